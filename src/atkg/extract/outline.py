"""The outline of the running text: which unit is inside which, its heading, and its own paragraphs.

After this stage every line of the running text stands in exactly one unit, in the front matter, or in a
finding. A text is never refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from atkg.extract.numbering import KINDS, number_at
from atkg.extract.text import Line, Text
from atkg.model import Finding

_CLOSES: Final = re.compile(r"[。；！？：;!?:”’》）)\]】〕…]\s*$")
"""The end of a sentence, a quotation or a bracket: the end of a paragraph."""

_AFTER_TEXT: Final = re.compile(r"\s*(?:抄送|附件|附表|附)\s*[:：]")
"""What follows the last clause of an official document: copies to, list of annexes."""

_ANNEX: Final = re.compile(r"\s*附\s*(?:件|表)\s*(?P<number>\d*)\s*$")

_RUN_IN: Final = re.compile(r"[^。；，,;：:！？\n]{2,40}。")
"""A first sentence that can be a run-in heading: short and without a comma."""

_LONGEST_HEADING: Final = 40


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

    @property
    def end(self) -> int:
        """Where the unit's own words end, those of its children not counted."""
        if self.paragraphs:
            return self.paragraphs[-1][1]
        return self.heading[1] if self.heading else self.number_end


@dataclass(slots=True)
class Outline:
    """The units at the top, those that are headed by an annex line, and what stood in no unit."""

    top: list[Unit] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def units(self) -> Iterator[Unit]:
        """All units in the order of the text."""
        pending = list(reversed(self.top))
        while pending:
            unit = pending.pop()
            yield unit
            pending.extend(reversed(unit.children))


def read_outline(text: Text, lines: Sequence[Line]) -> Outline:
    """The outline of these lines (those of tables left out), with paths and run-in headings settled."""
    outline = Outline()
    current: Unit | None = None
    trailing = False
    for line in _paragraphs(lines):
        start, end = text.trim(line.start, line.end)
        if start >= end:
            continue
        annex = _ANNEX.match(line.text)
        if annex and current:
            current = Unit("annex", int(annex["number"] or 0), start, end, None)
            outline.top.append(current)
            trailing = False
            continue
        number = number_at(text.read, start)
        if number:
            trailing = False
            current = _place(outline, current, Unit(number.kind, number.value, start, number.end, None))
            _open(text, current, end)
        elif current is None:
            continue  # the title, the addressees, the preamble
        elif trailing or _AFTER_TEXT.match(line.text):
            trailing = True
            _left_over(outline, text, start, end)
        elif current.kind == "annex" and not current.heading:
            current.heading = (start, end)
        elif _CLOSES.search(text.read[start:end]):
            current.paragraphs.append((start, end))
        else:
            trailing = True
            _left_over(outline, text, start, end)
    _settle_paths(text, outline)
    _settle_headings(text, outline)
    return outline


def _paragraphs(lines: Sequence[Line]) -> Iterator[Line]:
    """The lines, with those joined that a hard line break cut within a sentence."""
    held: Line | None = None
    for line in lines:
        wraps = (
            held is not None
            and held.text.strip()
            and line.text.strip()
            and len(held.text.strip()) > _LONGEST_HEADING
            and not _CLOSES.search(held.text)
            and not number_at(line.text.strip(), 0)
            and not _AFTER_TEXT.match(line.text)
            and not _ANNEX.match(line.text)
            and line.start - held.end <= 2  # nothing but the line end between them
        )
        if held is not None and wraps:
            held = Line(held.start, line.end, held.text + line.text)
            continue
        if held is not None:
            yield held
        held = line
    if held is not None:
        yield held


def _place(outline: Outline, current: Unit | None, unit: Unit) -> Unit:
    """The unit, put below the nearest open unit of a higher kind."""
    above = current
    while above and above.kind != "annex" and KINDS.index(above.kind) >= KINDS.index(unit.kind):
        above = above.parent
    unit.parent = above
    (above.children if above else outline.top).append(unit)
    return unit


def _open(text: Text, unit: Unit, end: int) -> None:
    """What stands behind the number on its own line: a heading if it is no sentence, else text."""
    start, end = text.trim(unit.number_end, end)
    if start >= end:
        return
    if _CLOSES.search(text.read[start:end]):
        unit.paragraphs.append((start, end))
    else:
        unit.heading = (start, end)


def _left_over(outline: Outline, text: Text, start: int, end: int) -> None:
    shown = text.words(start, min(end, start + 20))
    span = text.span(start, end)
    if outline.findings and outline.findings[-1].kind == "after-end":
        first = outline.findings.pop()
        span = type(span)(first.span.start, span.end)
        shown = text.words(first.span.start, min(first.span.end, first.span.start + 20))
    outline.findings.append(
        Finding(
            "after-end",
            span,
            f"“{shown}…”起的文字不属于任何条款，未读取。",
            f"The text from “{shown}…” on belongs to no clause and was not read.",
        )
    )


def _settle_paths(text: Text, outline: Outline) -> None:
    """Paths from the kinds and numbers; a dash is counted, a number used again takes ~2 and a finding."""
    taken: dict[str, int] = {}
    dashes: dict[str, int] = {}
    for unit in outline.units():
        runs_on = unit.kind == "art" or unit.parent is None  # articles run on through the chapters
        prefix = "" if runs_on or unit.parent is None else unit.parent.path + "/"
        if unit.kind == "dash":
            dashes[prefix] = dashes.get(prefix, 0) + 1
            unit.value = dashes[prefix]
        word = "annex" if unit.kind == "annex" and not unit.value else f"{unit.kind}_{unit.value}"
        unit.path = distinct(prefix + word, taken)
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
        _check_order(text, outline, unit)


def distinct(path: str, taken: dict[str, int]) -> str:
    """The path, with ~2, ~3 … where it is taken already."""
    taken[path] = taken.get(path, 0) + 1
    return path if taken[path] == 1 else f"{path}~{taken[path]}"


def _check_order(text: Text, outline: Outline, unit: Unit) -> None:
    siblings = [other for other in (unit.parent.children if unit.parent else outline.top) if other.kind == unit.kind]
    place = next(index for index, other in enumerate(siblings) if other is unit)
    before = siblings[place - 1].value if place else 0
    if unit.kind in ("art", "annex", "dash") or unit.value in (before, before + 1):
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
        if match and text.read[match.end() : end].lstrip().startswith(("（", "(", "[", "〔", "【")):
            match = None  # the only sentence before a responsibility statement is the text
        whole = match is not None and match.end() == end
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
