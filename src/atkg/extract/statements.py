"""Responsibility statements: the words behind a text that say who leads, who helps, who carries out.

    statement := bracket | labelled | bare
    bracket   := （ list {，list} ）                 （甲局牵头，乙局配合，2025年底前完成）
    labelled  := label：names {；label：names}       责任单位：甲局、乙局；配合单位：丙局
    bare      := list {，list}                       由市公安局牵头，会同市民政局负责。
    list      := names role | label：names | names 会同 names role | time

Rule of the roles: 主责, 牵头, and 负责 or 按职责分工负责 where no 牵头 stands beside them, lead; 配合, 会同, 协助, and
负责 beside a 牵头, and a last list without a word of role, cooperate; 负责落实 implements.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from typing import Final
from weakref import WeakKeyDictionary

from atkg.extract.lists import label_at, labels, read_lists, words_said
from atkg.extract.names import CLOSE, OPEN, brackets, looks_like_body, looks_local, read_names
from atkg.extract.roles import ABOVE, LABEL, THIS, UNKNOWN_LABEL, Word, nearest_role, role_of
from atkg.extract.text import LINE_END, Text
from atkg.model import Assignment, Finding, Role, Severity

_STOPS: Final = "。；;！!？?"
_MARK: Final = re.compile(r"[。；;\n\r]")
_MAY_STATE: Final = re.compile(
    f"[{re.escape(OPEN)}]|牵头|主责|负责|落实|实施|配合|协助|协同|会同|责任|单位|部门|[牵责配][ \u3000]"
)
"""Without one of these nothing is a statement."""

_SAYS_ROLE: Final = re.compile(r"牵头|主责|负责|配合|会同|责任单位|责任部门|组织实施|抓好落实|各负其责")
_LOCAL_BODY: Final = re.compile(
    r"(?:^|[，、：:；（(\s])[省市区县州团各][^，。、；：\s]{1,15}(?:局|委|办|厅|院|部|会|府|联|单位|部门)"
)
_ABOVE_LABEL: Final = re.compile(rf"(?:{ABOVE.pattern})(?={LABEL.pattern})", re.VERBOSE)
"""以上任务责任单位：市公安局."""

_LINE_LABEL: Final = re.compile(
    rf"(?:^|(?<=[\n\r。；;]))[ \t\u3000]{{0,40}}{UNKNOWN_LABEL.pattern}(?P<rest>[^\n\r。；;]*)",
)
_SENTENCE: Final = re.compile(r"[^。！!？?]+[。！!？?]?")
_ANSWERS: Final = re.compile(r"牵头|(?<!落实)负责(?!.*落实)|各负其责|各司其职|责任")
"""The words of role with which a sentence is a statement even where it holds one list only: 各有关部门按职责分工负责。"""

_OTHERS: Final = ("有关", "相关", "其他", "其它", "市直", "区直", "县直", "本级")
_LONGEST_BARE: Final = 200
_LONGEST: Final = 3000
"""How far a bracket that is left open, or a labelled statement, can reach."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A responsibility statement: its place in Text.read, the assignments in their order, its parts that tell a time.

    Without assignments it is no statement, and its findings say what could not be read.
    """

    start: int
    end: int
    assignments: tuple[Assignment, ...]
    open_list: bool
    times: tuple[tuple[int, int], ...] = ()
    findings: tuple[Finding, ...] = field(default=())
    above: bool = False
    """It says itself that it is of all the items above it: 以上各项任务由市公安局负责."""


_FOUND: Final[WeakKeyDictionary[Text, dict[tuple[int, int], tuple[Statement, ...]]]] = WeakKeyDictionary()
"""What was found in the stretches of a text: several stages ask for the same ones."""


def find_statements(text: Text, start: int, end: int) -> tuple[Statement, ...]:
    """The responsibility statements in a stretch of text, each behind the words that it covers."""
    found = _FOUND.setdefault(text, {})
    if (start, end) not in found:
        found[start, end] = tuple(_find_statements(text, start, end))
    return found[start, end]


def _find_statements(text: Text, start: int, end: int) -> Iterator[Statement]:
    if not _MAY_STATE.search(text.read, start, end):
        return
    pairs, left_open, _ = brackets(text.read, start, end)
    found = [*_bracketed(text, start, end, pairs, left_open), *_labelled(text, start, end, pairs)]
    found += _misspelt(text, start, end)
    found.sort(key=lambda statement: (statement.start, -statement.end))
    reached = start
    kept: list[Statement] = []
    for statement in found:
        if statement.start < reached:
            continue
        if kept and kept[-1].assignments and text.skip(kept[-1].end, statement.start) == statement.start:
            kept[-1] = _merged(kept[-1], statement)
        else:
            kept.append(statement)
        reached = statement.end
    if (bare := _bare(text, reached, end)) and not any(statement.assignments for statement in kept):
        kept.append(bare)
    yield from kept


def is_statement(text: Text, start: int, end: int) -> bool:
    """The stretch is a statement and nothing else, as where it stands on a line of its own."""
    start, end = text.trim(start, end)
    covered = start
    if end - start > _LONGEST:
        return False
    found = [statement for statement in find_statements(text, start, end) if statement.assignments]
    for statement in found:
        if text.read[covered : statement.start].strip(_STOPS + " \t\n\r\u3000"):
            return False
        covered = statement.end
    return bool(found) and not text.read[covered:end].strip(_STOPS + " \t\n\r\u3000")


def _bracketed(
    text: Text, start: int, end: int, pairs: Sequence[tuple[int, int]], left_open: Sequence[int]
) -> Iterator[Statement]:
    """The statements in brackets: at the end of the text or of a sentence, or of nothing but bodies of a level."""
    read = text.read
    starts = [opening for opening, _ in pairs]
    for opening, closing in pairs:
        following = text.skip(closing, end)
        preceding = text.skip_back(start, opening)
        ends = (
            following == end
            or read[following] in _STOPS + OPEN
            or (preceding > start and read[preceding - 1] in _STOPS)
        )
        statement = _read(text, opening, closing, opening + 1, closing - 1)
        if statement:
            inside = read[following] in "，,、" if following < end else False
            if ends or (inside and _all_local(statement)):
                yield statement
            elif statement.assignments and _all_local(statement):
                yield _unread(text, opening, closing, "括号后还有文字", "words go on behind the bracket")
        elif ends and _names_bodies(text, opening + 1, closing - 1):
            yield _unread(text, opening, closing, "看不出谁负责、谁配合", "it does not say who leads and who helps")
    for opening, following in zip_longest(left_open, left_open[1:], fillvalue=end):
        stop = read.find("。", opening, min(end, opening + _LONGEST))
        closing = stop if stop >= 0 else min(end, opening + _LONGEST)
        place = bisect_right(starts, opening)
        if following < closing or (place < len(starts) and starts[place] < closing):
            continue  # what stands in the bracket within is read, or is no statement
        if statement := _read(text, opening, closing, opening + 1, closing):
            yield replace(statement, findings=(*statement.findings, _bracket_open(text, opening, closing)))


def _labelled(text: Text, start: int, end: int, pairs: Sequence[tuple[int, int]]) -> Iterator[Statement]:
    """The statements without a bracket whose lists follow a label: 责任单位：甲局、乙局."""
    reached = start
    starts = [opening for opening, _ in pairs]
    above = [match.start() for match in _ABOVE_LABEL.finditer(text.read, start, end) if _opens(text, match, start)]
    for begin in sorted({*labels(text, start, end), *above}):
        around = bisect_right(starts, begin) - 1
        if begin < reached or (around >= 0 and begin < pairs[around][1]):
            continue
        reached = _end_of_labelled(text, begin, min(end, begin + _LONGEST))
        stop = text.skip_back(begin, reached)
        if statement := _read(text, begin, stop, begin, stop):
            yield statement


def _opens(text: Text, match: re.Match[str], start: int) -> bool:
    """A line or a sentence begins with the match: 以上任务责任单位：, but not 增长7%以上, and 责任单位： on the next line."""
    here = text.skip_back(start, match.start())
    return (
        here == start or text.read[here - 1] in _STOPS + OPEN or bool(LINE_END.search(text.read, here, match.start()))
    )


def _misspelt(text: Text, start: int, end: int) -> Iterator[Statement]:
    """The lines that open with a misspelt label and hold nothing but bodies of a level: 责任単位：市公安局."""
    for match in _LINE_LABEL.finditer(text.read, start, end):
        if not nearest_role(match["word"]):
            continue
        begin, stop = match.start("word"), text.skip_back(match.end(), match.end("rest"))
        names = [text.read[slice(*name)] for name in read_names(text, match.start("rest"), stop).spans]
        if names and all(map(looks_local, names)):
            finding = role_unknown(text, match.span("word"), "、".join(names))
            yield Statement(begin, stop, (), open_list=False, findings=(finding,))


def _end_of_labelled(text: Text, start: int, end: int) -> int:
    """Where the lists that start with this label end: at a stop or line end behind which no further label stands."""
    here = start
    while mark := _MARK.search(text.read, here, end):
        following = text.skip(mark.end(), end)
        if label_at(text.read, following, end, time=True):
            here = following
        elif mark.group() in "\r\n" and text.read[text.skip_back(start, mark.start()) - 1] in "、，,：:":
            here = mark.end()
        else:
            return mark.end()
    return end


def _bare(text: Text, start: int, end: int) -> Statement | None:
    """The last sentence, where it holds nothing but bodies of a level with their roles.

    A single list makes one only with 由 before it or with a word that somebody answers for the task.
    """
    last = None
    begin = max(start, end - _LONGEST_BARE)
    for match in _SENTENCE.finditer(text.read, begin, end):
        if text.skip(match.start(), match.end()) < match.end():
            last = match
    if not last or (last.start() == begin > start) or not _SAYS_ROLE.search(last.group()):
        return None
    begin, stop = text.trim(*last.span())
    inner = stop
    while inner > begin and text.read[inner - 1] in _STOPS + CLOSE:
        inner -= 1
    statement = _read(text, begin, stop, begin, inner)
    if not statement or not statement.assignments:
        return None
    opening = THIS.match(text.read, begin, stop)
    by_agent = text.read.startswith("由", opening.end() if opening else begin) or statement.above
    if not (_all_bodies(statement) if by_agent else _all_local(statement)):
        return None
    roles = {assignment.wording for assignment in statement.assignments}
    if len(roles) == 1 and not by_agent and not _ANSWERS.search(next(iter(roles)) or ""):
        return None
    stray = any(char in CLOSE for char in text.read[inner:stop])
    return replace(statement, findings=(*statement.findings, _bracket_open(text, begin, stop))) if stray else statement


def _all_local(statement: Statement) -> bool:
    """Every name is that of a body of a level, or of the others beside one: 市公安局, 有关部门."""
    names = [assignment.name for assignment in statement.assignments]
    return any(map(looks_local, names)) and all(
        looks_local(name) or (name.startswith(_OTHERS) and looks_like_body(name)) for name in names
    )


def _all_bodies(statement: Statement) -> bool:
    return all(looks_like_body(assignment.name) for assignment in statement.assignments)


def _read(text: Text, opening: int, closing: int, start: int, end: int) -> Statement | None:
    """The statement that the words from start to end make; None if they assign nothing."""
    if end - start > _LONGEST or _holds_sentences(text, start, end):
        return None
    above = ABOVE.match(text.read, text.skip(start, end), end)
    if above:
        start = above.end()
    if this := THIS.match(text.read, text.skip(start, end), end):
        start = this.end()
    lists = read_lists(text, start, end)
    labelled = label_at(text.read, start, end)
    if not any(found.word not in (Word.NONE, Word.TIME) and (found.names.spans or labelled) for found in lists):
        return None
    span = text.span(opening, closing)
    findings: list[Finding] = []
    words = words_said(lists)
    assignments: list[Assignment] = []
    for found in lists:
        names = found.names.spans
        if found.word is Word.TIME:
            continue
        if found.word is Word.UNKNOWN and found.said:
            shown = "、".join(text.words(*name) for name in names)
            findings.append(role_unknown(text, found.said, shown))
            continue
        if found.word is Word.NONE:
            unread = [name for name in names if not looks_like_body(text.read[slice(*name)])]
            names = tuple(name for name in names if name not in unread)
            findings += [_part_unread(text, *name) for name in unread]
            if names:
                findings.append(_role_unsaid(text, names))
        findings += [_part_unread(text, *name) for name in found.names.too_long]
        role = role_of(found.word, words)
        for begin, stop in names:
            assignments.append(
                Assignment(text.words(begin, stop), text.said(begin, stop), role, found.wording, text.span(begin, stop))
            )
    if not assignments and words & {Word.UNKNOWN}:
        pass  # what is wrong has been said
    elif not assignments:
        findings = [Finding("statement-empty", span, "责任表述没有写出单位。", "The statement names no agency.")]
    elif not any(assignment.role is Role.LEAD for assignment in assignments):
        findings.append(Finding("lead-missing", span, "责任表述没有牵头单位。", "The statement names no lead agency."))
    times = tuple(name for found in lists if found.word is Word.TIME for name in found.names.spans)
    open_list = any(found.names.open_list for found in lists)
    return Statement(opening, closing, tuple(assignments), open_list, times, tuple(findings), above is not None)


def _holds_sentences(text: Text, start: int, end: int) -> bool:
    """More than one sentence stands there, and not each of them opens with a label."""
    stop = text.skip_back(start, end)
    while stop > start and text.read[stop - 1] == "。":
        stop -= 1
    place = text.read.find("。", start, stop)
    while place >= 0:
        if not label_at(text.read, text.skip(place + 1, stop), stop, time=True):
            return True
        place = text.read.find("。", place + 1, stop)
    return False


def _merged(first: Statement, second: Statement) -> Statement:
    """Two statements with nothing between them as one: （牵头单位：甲局）（配合单位：乙局）."""
    return Statement(
        first.start,
        second.end,
        first.assignments + second.assignments,
        first.open_list or second.open_list,
        first.times + second.times,
        first.findings + tuple(finding for finding in second.findings if finding.kind != "lead-missing"),
        first.above or second.above,
    )


def _bracket_open(text: Text, start: int, end: int) -> Finding:
    return Finding(
        "bracket-open",
        text.span(start, end),
        "责任单位的括号没有成对。",
        "The bracket of the statement is not opened or not closed.",
    )


def _unread(text: Text, start: int, end: int, zh: str, en: str) -> Statement:
    shown = text.words(start, min(end, start + 60))
    finding = Finding(
        "statement-unread",
        text.span(start, end),
        f"“{shown}”像是责任表述，未读取：{zh}。",
        f"“{shown}” looks like a statement and was not read: {en}.",
    )
    return Statement(start, end, (), open_list=False, findings=(finding,))


def _names_bodies(text: Text, start: int, end: int) -> bool:
    """A bracket that is not read holds a list of local bodies, or a word of role beside one."""
    words = text.read[start : min(end, start + _LONGEST)]
    if _SAYS_ROLE.search(words) and _LOCAL_BODY.search(words):
        return True
    names = read_names(text, start, end)
    return (
        bool(names.spans) and not names.too_long and all(looks_local(text.read[slice(*name)]) for name in names.spans)
    )


def _role_unsaid(text: Text, names: Sequence[tuple[int, int]]) -> Finding:
    return Finding(
        "role-unsaid",
        text.span(names[0][0], names[-1][1]),
        "有一组单位没有写明“负责”或“配合”，按配合单位读取。",
        "A list has no word of role; it is read as cooperating.",
        Severity.INFO,
    )


def _part_unread(text: Text, start: int, end: int) -> Finding:
    shown = text.words(start, min(end, start + 30))
    return Finding(
        "part-unread",
        text.span(start, end),
        f"责任表述中的“{shown}”不像单位名称，未读取。",
        f"“{shown}” in the statement does not look like the name of an agency; it was not read.",
    )


def role_unknown(text: Text, said: tuple[int, int], names: str) -> Finding:
    """The finding for words that stand where a word of role should."""
    word = text.words(*said)
    return Finding(
        "role-unknown",
        text.span(*said),
        f"“{word}”不是已知的职责用语，“{names}”在这里的职责未读取。",
        f"“{word}” is no known word of role; what “{names}” has to do here was not read.",
    )
