"""The line of corrections.csv that would settle a finding.

What the line proposes has a basis: a registered name one slip away, the next number, the word of role that was
misspelt, the bracket that is missing. Without one `meant` is left empty for the person who checks the text, and so
is `checked_by` always: the file is refused until somebody stands for the line.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from atkg.extract.names import CLOSE, OPEN
from atkg.extract.numbering import number_at, renumbered, to_int
from atkg.extract.roles import nearest_role
from atkg.extract.schedule import GARBLED
from atkg.extract.text import normalise
from atkg.model import Clause, Finding, Reading, Span
from atkg.registers import Registers, normalise_name

COLUMNS: Final = ("place", "read", "meant", "reason", "checked_by")

_LONGEST_SHOWN: Final = 120
"""A longer stretch is corrected at its end alone."""

_FEWEST_FOR_TWO: Final = 7
"""From which length on a name may differ from a registered one in two places."""

_DIGITS: Final = re.compile(r"\d+|[一二三四五六七八九十]+")
_FIGURES: Final = str.maketrans({char: "0" if char in "oOＯ" else "1" for char in GARBLED})


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a row of corrections.csv would say; `meant` is empty where nothing tells what is meant."""

    span: Span
    meant: str
    reason: str


def correction_for(finding: Finding, reading: Reading, registers: Registers | None = None) -> str | None:
    """The line to put into corrections.csv for this finding; None where no correction could settle it.

    The registers tell which names are near an unknown one; without them none is proposed.
    """
    proposal = propose(finding, reading, registers)
    return _as_line(proposal, reading) if proposal else None


def correction_lines(findings: Iterable[Finding], reading: Reading, registers: Registers | None = None) -> list[str]:
    """The lines for these findings that corrections.csv can hold together: in the order of the text, none overlapping.

    Of several numbers of one list only the first is there, since the others may be right once it is.
    """
    proposals = {propose(finding, reading, registers): finding for finding in findings}
    kept: list[Proposal] = []
    lists: set[str] = set()
    # what proposes something goes before what leaves it open, and of these what changes less
    for proposal in sorted((one for one in proposals if one), key=lambda one: (not one.meant, _length(one), one.span)):
        numbered = _numbered(proposals[proposal], reading) if proposals[proposal].kind in _NUMBERS else None
        above = _list_of(numbered) if numbered else None
        if above in lists or any(_overlap(proposal.span, other.span) for other in kept):
            continue
        kept.append(proposal)
        lists |= {above} if above else set()
    return [_as_line(proposal, reading) for proposal in sorted(kept, key=lambda one: one.span)]


def _length(proposal: Proposal) -> int:
    return proposal.span.end - proposal.span.start


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


def propose(finding: Finding, reading: Reading, registers: Registers | None = None) -> Proposal | None:
    """What would settle the finding; None where no correction could, or another one stands there already."""
    settle = _SETTLE.get(finding.kind)
    found = settle(finding, reading, registers) if settle else None
    if not found:
        return None
    words = reading.text[found.span.start : found.span.end]
    start = found.span.start + len(words) - len(words.lstrip())  # the columns of the file are stripped
    span = Span(start, start + len(words.strip()))
    taken = any(_overlap(span, other.span) for other in reading.corrections)
    if taken or span.start >= span.end or found.meant == reading.text[span.start : span.end]:
        return None
    return Proposal(span, found.meant.strip(), normalise(found.reason))


def _as_line(proposal: Proposal, reading: Reading) -> str:
    span = proposal.span
    file = io.StringIO()
    row = (f"{span.start}-{span.end}", reading.text[span.start : span.end], proposal.meant, proposal.reason, "")
    csv.writer(file, lineterminator="\r\n").writerow(row)  # with it, line ends within a value are quoted
    return file.getvalue().removesuffix("\r\n")


@dataclass(frozen=True, slots=True, order=True)
class Near:
    """A registered name that is near to an unknown one; the smaller, the likelier it is meant."""

    unused: bool
    slips: int
    levels: int
    """How many levels above the plan's own place the agency stands."""
    other_length: bool
    order: int
    name: str

    @property
    def weight(self) -> tuple[bool, int, int]:
        """What tells whether one agency is likelier than another."""
        return self.unused, self.slips, self.levels


def near_names(name: str, jurisdiction: str, registers: Registers, used: Container[str] = ()) -> list[str]:
    """The registered names that are one slip away from an unknown one, or two from a long one; the likeliest first.

    Each stands for exactly one agency in a plan of this jurisdiction, and of an agency only its likeliest is there:
    one that the text uses elsewhere, that has fewer slips, that is of the plan's own place.
    """
    return [near.name for near in _near(name, jurisdiction, registers, used)]


def _near(name: str, jurisdiction: str, registers: Registers, used: Container[str]) -> list[Near]:
    wanted = normalise_name(name)
    if not wanted or registers.candidates(wanted, jurisdiction):
        return []
    furthest = 2 if len(wanted) >= _FEWEST_FOR_TWO else 1
    found: dict[tuple[str, str], Near] = {}
    for levels, order, known in _names(jurisdiction, registers):
        slips = _slips(wanted, known, furthest)
        stands_for = registers.candidates(known, jurisdiction) if slips else []
        if not slips or len(stands_for) != 1 or stands_for[0].misspelt:
            continue
        near = Near(known not in used, slips, levels, len(known) != len(wanted), order, known)
        agency = stands_for[0].jurisdiction, stands_for[0].row.slug
        found[agency] = min(found.get(agency, near), near)
    return sorted(found.values())


def _names(jurisdiction: str, registers: Registers) -> Iterator[tuple[int, int, str]]:
    """(levels above, place in its row, name) of the names that a plan of this place can use."""
    for levels, place in enumerate(registers.lineage(jurisdiction)):
        for row in registers.agencies:
            if row.scope in ("", place.level, place.slug):
                for order, pattern in enumerate(row.names):
                    name = pattern.format(L=place.name_zh[-1], J=place.name_zh, P=place.place_zh)
                    yield levels, order, normalise_name(name)


def _slips(first: str, second: str, most: int) -> int | None:
    """How many characters have to be changed, put in, left out or swapped with the next; None if more than `most`."""
    if abs(len(first) - len(second)) > most:
        return None
    before_last: list[int] = []
    before = list(range(len(second) + 1))
    for row, char in enumerate(first, 1):
        now = [row]
        for column, other in enumerate(second, 1):
            cost = min(before[column] + 1, now[-1] + 1, before[column - 1] + (char != other))
            if row > 1 and column > 1 and char == second[column - 2] and first[row - 2] == other:
                cost = min(cost, before_last[column - 2] + 1)
            now.append(cost)
        if min(now) > most:
            return None
        before_last, before = before, now
    return before[-1] if 0 < before[-1] <= most else None


def _name(finding: Finding, reading: Reading, registers: Registers | None) -> Proposal | None:
    """A name that is not registered: the one that is near, if one is likelier than all others."""
    mention = reading.text[finding.span.start : finding.span.end].strip()
    used = {normalise_name(one.name) for task in reading.tasks for one in task.assignments}
    near = _near(mention, reading.plan.jurisdiction, registers, used) if registers else []
    if not near:
        return None
    likeliest = [one.name for one in near if one.weight == near[0].weight]
    if len(likeliest) == 1:
        many = "两处" if near[0].slips > 1 else "一处"
        reason = f"“{mention}”未登记，与已登记的“{likeliest[0]}”只差{many}，疑为误写。"
        return Proposal(finding.span, likeliest[0], reason)
    shown = "、".join(f"“{name}”" for name in likeliest)
    return Proposal(finding.span, "", f"“{mention}”未登记，与{shown}都相近，须核对后填写。")


def _unlike_name(finding: Finding, reading: Reading, registers: Registers | None) -> Proposal | None:
    mention = reading.text[finding.span.start : finding.span.end].strip()
    return _name(finding, reading, registers) or Proposal(
        finding.span, "", f"“{mention}”不像单位名称，须核对后填写应为的单位；留空即不读取这一名称。"
    )


def _ambiguous(finding: Finding, reading: Reading, registers: Registers | None) -> Proposal | None:
    mention = reading.text[finding.span.start : finding.span.end].strip()
    known = registers.candidates(mention, reading.plan.jurisdiction) if registers else []
    shown = "、".join(f"“{one.full_name}”" for one in known) or "几个机构"
    return Proposal(finding.span, "", f"“{mention}”可指{shown}，须核对后填写机构全称。")


def _role(finding: Finding, reading: Reading, _: Registers | None) -> Proposal | None:
    """A word of role that is not known: the one that it misspells."""
    word = reading.text[finding.span.start : finding.span.end]
    near = nearest_role(word)
    if near:
        return Proposal(finding.span, near, f"“{word}”与职责用语“{near}”只差一字，疑为误写。")
    return Proposal(finding.span, "", f"“{word}”不是已知的职责用语，须核对后填写“牵头”“负责”“配合”等。")


def _role_unsaid(finding: Finding, reading: Reading, _: Registers | None) -> Proposal | None:
    words = reading.text[finding.span.start : finding.span.end].strip()
    return Proposal(finding.span, f"{words}配合", "这一组单位没有写明职责，按惯例在牵头单位之后的为配合单位。")


def _bracket(finding: Finding, reading: Reading, _: Registers | None) -> Proposal | None:
    """A bracket without its partner: the partner, at the other end of the statement."""
    start, end = finding.span.start, finding.span.end
    words = reading.text[start:end]
    if words[:1] in OPEN and words:
        partner = CLOSE[OPEN.index(words[0])]
        begin = start if len(words) <= _LONGEST_SHOWN else end - 10
        meant = reading.text[begin:end].rstrip() + partner
        return Proposal(Span(begin, end), meant, f"责任表述的括号没有闭合，补“{partner}”。")
    last = words.rstrip("。；; ")[-1:]
    if last and last in CLOSE:
        partner = OPEN[CLOSE.index(last)]
        stop = end if len(words) <= _LONGEST_SHOWN else start + 10
        return Proposal(Span(start, stop), partner + reading.text[start:stop], f"责任表述只有后括号，补“{partner}”。")
    return None


def _stray_bracket(finding: Finding, reading: Reading, _: Registers | None) -> Proposal | None:
    shown = reading.text[finding.span.start : finding.span.end]
    return Proposal(finding.span, "", f"“{shown}”没有成对的括号；确属多余的，应为一栏留空即删去。")


def _statement(finding: Finding, reading: Reading, _: Registers | None) -> Proposal | None:
    """Words that look like a statement, or one without names or a lead: what they mean only a person can tell."""
    words = reading.text[finding.span.start : finding.span.end]
    row = next((clause for clause in reading.clauses if clause.spans[0] == finding.span and clause.kind == "row"), None)
    if row or "\t" in words or len(words) > _LONGEST_SHOWN:
        return None  # a cell that is missing can't be corrected where it does not stand
    if finding.kind == "lead-missing" and any(_is_misspelt_role(one, finding, reading) for one in reading.findings):
        return None  # the word of role within is the one to correct
    reasons = {
        "lead-missing": "责任表述没有牵头单位，须核对原件后填写完整的表述。",
        "statement-empty": "责任表述没有写出单位，须核对原件后填写完整的表述。",
        "part-unread": "这几个字不像单位名称，须核对后填写；留空即不读取。",
    }
    reason = reasons.get(finding.kind, "看不出谁负责、谁配合，须核对原件后填写完整的表述。")
    return Proposal(finding.span, "", reason)


def _is_misspelt_role(one: Finding, within: Finding, reading: Reading) -> bool:
    word = reading.text[one.span.start : one.span.end]
    return one.kind == "role-unknown" and _holds(within.span, one.span) and nearest_role(word) is not None


def _number(finding: Finding, reading: Reading, _: Registers | None) -> Proposal | None:
    """A number that is used again or does not follow: the next one, where all in the list then follow each other."""
    clause = _numbered(finding, reading)
    if not clause or not clause.number:
        return None
    siblings = [one for one in reading.clauses if one.number and _list_of(one) == _list_of(clause)]
    siblings.sort(key=lambda one: one.spans[0])
    place = siblings.index(clause)
    values = [_value(one) for one in siblings]
    expected = values[place - 1] + 1 if place else 1
    values[place] = expected
    # the rows of a table may be numbered from 1 again below each heading
    again = clause.kind == "row"
    if any(later != earlier + 1 and not (again and later == 1) for earlier, later in pairwise(values)):
        return None
    start = clause.spans[0].start
    span = Span(start, start + len(clause.number))
    number = number_at(reading.text, start)
    if number and clause.kind != "row":
        span = Span(start, number.end)
    words = reading.text[span.start : span.end]
    meant = renumbered(words, expected)
    if not meant:
        return None
    before = f"前一个编号为“{siblings[place - 1].number}”" if place else "它是第一项"
    return Proposal(span, meant, f"编号“{words.strip()}”与前后不接：{before}，应为“{meant.strip()}”。")


def _numbered(finding: Finding, reading: Reading) -> Clause | None:
    """The clause whose number the finding is about."""
    start = finding.span.start
    return next((one for one in reading.clauses if one.number and one.spans[0].start == start), None)


def _value(clause: Clause) -> int:
    """The value of the number as written; a row is counted by its place, whatever number it bears."""
    digits = _DIGITS.search(clause.number or "") if clause.kind == "row" else None
    return to_int(digits.group()) if digits else clause.order


def _list_of(clause: Clause) -> str:
    """What the numbers of one list have in common: articles run on through the chapters."""
    above, _, last = clause.path.rpartition("/")
    kind = last.partition("_")[0]
    if kind == "row":  # the numbers of rows run on through the headings of a table
        top = clause.path.partition("/")[0]
        return f"{top if top.startswith('annex') else ''}/row"
    return f"{'' if kind == 'art' and not above.startswith('annex') else above}/{kind}"


def _row_number(finding: Finding, reading: Reading, _: Registers | None) -> Proposal | None:
    """The number in a row's text: the one that its place gives it."""
    number = number_at(reading.text, finding.span.start)
    row = next(
        (one for one in reading.clauses if one.kind == "row" and _holds(one.spans[0], finding.span)),
        None,
    )
    if not number or not row:
        return None
    span = Span(finding.span.start, number.end)
    words = reading.text[span.start : span.end]
    meant = renumbered(words, row.order)
    return Proposal(span, meant, f"行内编号“{words.strip()}”按位置应为“{meant.strip()}”。") if meant else None


def _holds(outer: Span, inner: Span) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _heading(finding: Finding, reading: Reading, _: Registers | None) -> Proposal | None:
    """A heading that varies: as it was written first."""
    now = number_at(reading.text, finding.span.start)
    before = [
        one
        for one in reading.clauses
        if one.heading and one.number and one.kind in ("section", "subsection") and one.spans[0] < finding.span
    ]
    same = [one for one in before if now and one.order == now.value and _form(one) == now.kind]
    if not now or not same:
        return None
    first = max(same, key=lambda one: one.spans[0])
    meant = reading.text[finding.span.start : now.end].rstrip() + (first.heading or "")
    return Proposal(finding.span, meant, f"同一标题前文写作“{first.heading}”，与前文一致。")


def _form(clause: Clause) -> str:
    return clause.path.rpartition("/")[2].partition("_")[0]


def _date(finding: Finding, reading: Reading, _: Registers | None) -> Proposal | None:
    words = reading.text[finding.span.start : finding.span.end]
    mended = words.translate(_FIGURES)
    if mended != words and mended.isdecimal():
        return Proposal(finding.span, mended, f"年份“{words}”中有字母，疑为“{mended}”。")
    if len(words) > _LONGEST_SHOWN:
        return None
    return Proposal(finding.span, "", f"“{words.strip()}”定不出日期，须核对原件后填写。")


_NUMBERS: Final = frozenset({"number-order", "number-again"})
_SETTLE: Final[Mapping[str, Callable[[Finding, Reading, Registers | None], Proposal | None]]] = {
    "agency-ambiguous": _ambiguous,
    "agency-unknown": _name,
    "bracket-open": _bracket,
    "bracket-unbalanced": _stray_bracket,
    "date-unplaced": _date,
    "heading-varies": _heading,
    "lead-missing": _statement,
    "name-unlike-agency": _unlike_name,
    "number-again": _number,
    "number-order": _number,
    "part-unread": _statement,
    "role-unknown": _role,
    "role-unsaid": _role_unsaid,
    "row-number": _row_number,
    "statement-empty": _statement,
    "statement-unread": _statement,
}
"""How each kind of finding is settled; the kinds that are not here no correction of words can settle."""
