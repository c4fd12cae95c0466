"""The outline of the running text: which unit is inside which, its heading, and its own paragraphs.

After this stage every line of the running text stands in exactly one unit, in the front matter, is the number
of a page, or stands in a finding. A text is never refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from atkg.extract.lists import label_at
from atkg.extract.names import OPEN
from atkg.extract.numbering import Number, number_at, to_int
from atkg.extract.schedule import TIME_LABEL
from atkg.extract.statements import find_statements, is_statement
from atkg.extract.tables import is_page_number
from atkg.extract.text import Line, Text
from atkg.model import Finding

_CLOSES: Final = re.compile(r"[。；！？：;!?:”’》）)\]】〕…]\s*$")
"""The end of a sentence, a quotation or a bracket: the end of a paragraph."""

_GOES_ON: Final = re.compile(r"[、，,]\s*$")
"""The end of a line that the next one goes on with, however short it is."""

_AFTER_TEXT: Final = re.compile(
    r"""
    \s*(?: (?: 抄送 | 抄报 | 分送 | 主题词 | 附件 | 附表 | 附 | 责任编辑 | 信息来源 | 上一篇 | 下一篇 ) \s* [:：]
         | [（(] \s* (?: 此件 | 本文 | 联系人 | 联系电话 )
    )
    """,
    re.VERBOSE,
)
"""What follows the last clause of an official document: copies to, list of annexes, (此件公开发布)."""

_ANNEX_LIST: Final = re.compile(r"\s*附\s*[件表]\s*[:：]\s*(?P<first>[1１一]\s*[．.、])?")
"""The first line of a list of annexes: the numbered lines behind it open no clauses."""

_ANNEX: Final = re.compile(r"\s*附\s*[件表录]\s*(?:(?P<number>\d{1,3}|[一二三四五六七八九十]{1,3})\s*[:：]?)?\s*$")
_RUN_IN: Final = re.compile(r"[^。；，,;：:！？\n]{2,40}。")
"""A first sentence that can be a run-in heading: short and without a comma."""

_LONGEST_HEADING: Final = 40
_LONGEST_UNCLOSED: Final = 120
"""A line longer than this is text, even where nothing closes it."""


@dataclass(slots=True)
class Unit:
    """A numbered unit (or the annex) with its own words; offsets count in Text.read."""

    kind: str
    value: int
    start: int
    number_end: int
    parent: Unit | None
    heading: tuple[int, int] | None = None
    paragraphs: list[tuple[int, int]] = field(default_factory=list)
    children: list[Unit] = field(default_factory=list)
    path: str = ""
    rank: int = -1

    @property
    def end(self) -> int:
        """Where the unit's own words end, those of its children not counted."""
        if self.paragraphs:
            return self.paragraphs[-1][1]
        return self.heading[1] if self.heading else self.number_end


@dataclass(slots=True)
class Outline:
    """The units at the top, the paths that are taken, and what stood in no unit."""

    top: list[Unit] = field(default_factory=list)
    taken: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def units(self) -> Iterator[Unit]:
        """All units in the order of the text."""
        pending = list(reversed(self.top))
        while pending:
            unit = pending.pop()
            yield unit
            pending.extend(reversed(unit.children))


@dataclass(frozen=True, slots=True)
class _Paragraph:
    """A paragraph: what opens it (a number or an annex line), and whether a statement ends it.

    `text` is without the statements that stand on lines of their own.
    """

    start: int
    end: int
    text: str
    number: Number | None
    annex: re.Match[str] | None
    stated: bool = False

    @property
    def opens(self) -> bool:
        return bool(self.number or self.annex)


def read_outline(text: Text, lines: Sequence[Line], front: int) -> Outline:
    """The outline of these lines (those of tables left out), with paths and run-in headings settled.

    What stands before the first number is front matter, but for what stands behind the place `front`, where
    the first table opens.
    """
    outline = Outline()
    paragraphs = _with_statements(text, list(_paragraphs(text, lines)))
    followed = _followed_by_number(paragraphs)
    numbered = any(paragraph.number for paragraph in paragraphs)
    current: Unit | None = None
    trailing = False
    left: list[tuple[int, int, int]] = []
    for place, paragraph in enumerate(paragraphs):
        start, end = paragraph.start, paragraph.end
        closed = _is_closed(text, paragraph)
        if paragraph.annex and current:
            current = Unit("annex", _annex_value(paragraph.annex), start, end, None)
            outline.top.append(current)
            trailing = False
        elif paragraph.number:
            trailing = False
            current = _place(outline, current, paragraph.number, start)
            _open(text, current, end, closed=closed)
        elif current is None or current.kind == "par":
            # the title, the addressees, the preamble; but no statement is front matter
            is_text = not numbered and (closed or end - start > _LONGEST_HEADING)
            if paragraph.stated or is_text or _states(text, paragraph):
                current = Unit("par", len(outline.top) + 1, start, start, None, paragraphs=[(start, end)])
                outline.top.append(current)
            elif start > front:
                _leave(left, place, start, end)
        elif _AFTER_TEXT.match(paragraph.text) and not paragraph.stated:
            trailing = True
            _leave(left, place, start, end)
        elif trailing and not paragraph.stated and not _states(text, paragraph):
            _leave(left, place, start, end)
        elif not (current.heading or current.paragraphs) and not closed:
            current.heading = (start, end)
        elif closed or followed[place] or paragraph.stated:
            trailing = False
            current.paragraphs.append((start, end))
        else:
            trailing = True
            _leave(left, place, start, end)
    outline.findings += [_after_end(text, start, end) for _, start, end in left]
    _settle_paths(text, outline)
    _settle_headings(text, outline)
    return outline


def _paragraphs(text: Text, lines: Sequence[Line]) -> Iterator[_Paragraph]:
    """The lines that hold words, with those joined that a hard line break cut within a sentence."""
    held: list[Line] = []
    for line in lines:
        if is_page_number(line.text):
            continue
        if held and not _wraps(held[-1], line):
            yield from _paragraph(text, held[0].start, held[-1].end)
            held = []
        held.append(line)
    if held:
        yield from _paragraph(text, held[0].start, held[-1].end)


def _wraps(before: Line, line: Line) -> bool:
    """The line goes on with the sentence of the one before."""
    first, second = before.text.strip(), line.text.strip()
    return bool(
        first
        and second
        and (len(first) > _LONGEST_HEADING or _GOES_ON.search(first[-20:]))
        and not _CLOSES.search(first[-20:])
        and not number_at(second, 0)
        and not _AFTER_TEXT.match(second)
        and not _ANNEX.match(second)
        and not label_at(second, 0, len(second))
        and line.start - before.end <= 2  # nothing but the line end between them
    )


def _paragraph(text: Text, start: int, end: int) -> Iterator[_Paragraph]:
    start, end = text.trim(start, end)
    if start < end:
        words = text.read[start:end]
        yield _Paragraph(start, end, words, number_at(text.read, start), _ANNEX.match(words))


def _with_statements(text: Text, paragraphs: Sequence[_Paragraph]) -> list[_Paragraph]:
    """The paragraphs, each together with the statements that stand on lines of their own behind it."""
    joined: list[_Paragraph] = []
    listed: int | None = None  # the last number of a list of annexes
    for place, paragraph in enumerate(paragraphs):
        number = paragraph.number
        if annexes := _ANNEX_LIST.match(paragraph.text):
            listed = 1 if annexes["first"] else 0
        elif listed is not None and number and number.value == listed + 1 and not _is_closed(text, paragraph):
            listed += 1
            joined.append(replace(paragraph, number=None))
            continue
        else:
            listed = None
        following = paragraphs[place + 1] if place + 1 < len(paragraphs) else None
        if joined and not joined[-1].annex and _is_statement_line(text, joined[-1], paragraph, following):
            joined[-1] = replace(joined[-1], end=paragraph.end, stated=True)
        else:
            joined.append(paragraph)
    return joined


def _is_statement_line(text: Text, before: _Paragraph, paragraph: _Paragraph, following: _Paragraph | None) -> bool:
    """The paragraph is a statement and nothing else, or the time that stands with one: 完成时限：2025年底."""
    if paragraph.opens:
        return False
    if is_statement(text, paragraph.start, paragraph.end):
        return True
    timed = TIME_LABEL.match(paragraph.text) and len(paragraph.text) <= _LONGEST_HEADING
    return bool(
        timed
        and (
            before.stated or (following and not following.opens and is_statement(text, following.start, following.end))
        )
    )


def _is_closed(text: Text, paragraph: _Paragraph) -> bool:
    """The paragraph ends as sentences and statements end, so it is no heading."""
    return (
        paragraph.stated
        or bool(_CLOSES.search(paragraph.text[-20:]))
        or paragraph.end - paragraph.start > _LONGEST_UNCLOSED
        or _states(text, paragraph)
    )


def _states(text: Text, paragraph: _Paragraph) -> bool:
    """A statement stands there, or one whose word of role is misspelt."""
    return any(
        found.assignments or any(finding.kind == "role-unknown" for finding in found.findings)
        for found in find_statements(text, paragraph.start, paragraph.end)
    )


def _followed_by_number(paragraphs: Sequence[_Paragraph]) -> list[bool]:
    """For each paragraph, whether the next one that opens something is numbered: the text has not ended."""
    followed = [False] * len(paragraphs)
    for place in range(len(paragraphs) - 2, -1, -1):
        following = paragraphs[place + 1]
        followed[place] = bool(following.number) if following.opens else followed[place + 1]
    return followed


def _annex_value(annex: re.Match[str]) -> int:
    return to_int(annex["number"]) if annex["number"] else 0


def _place(outline: Outline, current: Unit | None, number: Number, start: int) -> Unit:
    """A unit for this number, put below the nearest open unit of a lower rank."""
    above = current
    while above and above.kind != "annex" and (above.kind == "par" or above.rank >= number.rank):
        above = above.parent
    unit = Unit(number.kind, number.value, start, number.end, above, rank=number.rank)
    (above.children if above else outline.top).append(unit)
    return unit


def _open(text: Text, unit: Unit, end: int, *, closed: bool) -> None:
    """What stands behind the number on its own line: a heading if it is no sentence, else text."""
    start, end = text.trim(unit.number_end, end)
    if start >= end:
        return
    if closed:
        unit.paragraphs.append((start, end))
    else:
        unit.heading = (start, end)


def _leave(left: list[tuple[int, int, int]], place: int, start: int, end: int) -> None:
    """Note that this paragraph belongs to no clause, in one stretch with the one before if that does not either."""
    if left and left[-1][0] == place - 1:
        start = left.pop()[1]
    left.append((place, start, end))


def _after_end(text: Text, start: int, end: int) -> Finding:
    shown = text.words(start, min(end, start + 20))
    return Finding(
        "after-end",
        text.span(start, end),
        f"“{shown}…”起的文字不属于任何条款，未读取。",
        f"The text from “{shown}…” on belongs to no clause and was not read.",
    )


def _settle_paths(text: Text, outline: Outline) -> None:
    """Paths from the kinds and numbers; a dash is counted, a number used again takes ~2 and a finding."""
    dashes: dict[str, int] = {}
    before: dict[tuple[int, str], int] = {}
    for unit in outline.units():
        prefix = _prefix(unit)
        if unit.kind == "dash":
            dashes[prefix] = dashes.get(prefix, 0) + 1
            unit.value = dashes[prefix]
        word = "annex" if unit.kind == "annex" and not unit.value else f"{unit.kind}_{unit.value}"
        unit.path = distinct(prefix + word, outline.taken)
        if "~" in unit.path.rpartition("/")[2]:
            shown = text.words(unit.start, unit.number_end)
            outline.findings.append(
                Finding(
                    "number-again",
                    text.span(unit.start, unit.number_end),
                    f"编号“{shown}”在同一级重复出现。",
                    f"The number “{shown}” is used again on the same level.",
                )
            )
        siblings = id(unit.parent), unit.kind
        _check_order(text, outline, unit, before.get(siblings, 0))
        before[siblings] = unit.value


def _prefix(unit: Unit) -> str:
    """The path that the unit's own word is put behind; articles run on through the chapters of a text or annex."""
    above = unit.parent
    while above and unit.kind == "art" and above.kind != "annex":
        above = above.parent
    return above.path + "/" if above else ""


def distinct(path: str, taken: dict[str, int]) -> str:
    """The path, with ~2, ~3 … where it is taken already."""
    taken[path] = taken.get(path, 0) + 1
    return path if taken[path] == 1 else f"{path}~{taken[path]}"


def _check_order(text: Text, outline: Outline, unit: Unit, before: int) -> None:
    if unit.kind in ("art", "annex", "dash", "par") or unit.value in (before, before + 1):
        return
    shown = text.words(unit.start, unit.number_end)
    outline.findings.append(
        Finding(
            "number-order",
            text.span(unit.start, unit.number_end),
            f"编号“{shown}”不接前一个编号（应为第{before + 1}）。",
            f"The number “{shown}” does not follow the one before it; {before + 1} was expected.",
        )
    )


def _settle_headings(text: Text, outline: Outline) -> None:
    """First sentences become run-in headings where the units beside open in the same way."""
    groups: dict[tuple[int, str], list[Unit]] = {}
    for unit in outline.units():
        if unit.kind != "par":
            groups.setdefault((id(unit.parent), unit.kind), []).append(unit)
    for units in groups.values():
        split_headings(text, units)


def split_headings(text: Text, units: Sequence[Unit]) -> None:
    """Where two thirds of these siblings open with a short sentence without a comma, it is a heading.

    A first sentence that is the whole text of a unit is a heading only where the unit has children or
    further paragraphs: 第三十八条 本细则自印发之日起施行。 is text.
    """
    opening: list[tuple[Unit, int | None]] = []
    for unit in units:
        if not unit.paragraphs or unit.heading:
            continue
        start, end = unit.paragraphs[0]
        match = _RUN_IN.match(text.read, start, end)
        following = text.skip(match.end(), end) if match else end
        if match and following < end and (text.read[following] in OPEN or is_statement(text, following, end)):
            match = None  # the only sentence before a responsibility statement is the text
        if match and any(found.assignments for found in find_statements(text, start, match.end())):
            match = None  # 加强管理（市公安局负责）。
        whole = match is not None and following == end
        if whole and not unit.children and len(unit.paragraphs) == 1:
            continue
        opening.append((unit, match.end() if match else None))
    if 3 * sum(cut is not None for _, cut in opening) < 2 * len(opening):
        return
    for unit, cut in opening:
        if cut is None:
            continue
        start, end = unit.paragraphs[0]
        unit.heading = (start, cut - 1)
        rest = text.trim(cut, end)
        if rest[0] < rest[1]:
            unit.paragraphs[0] = rest
        else:
            del unit.paragraphs[0]
