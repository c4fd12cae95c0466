"""One statement for several items or paragraphs above it.

（一）加强宣传            The statement on its own line behind the last item is of all of them, where no
1.开展甲。                other item of the level has one. Where it says so itself (以上各项由…负责) it is
2.开展乙。                of those since the last statement.
责任单位：市公安局
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from atkg.extract.outline import Outline, Unit
from atkg.extract.statements import Statement, find_statements
from atkg.extract.text import LINE_END, Text
from atkg.model import Finding, Severity

_HEADING: Final = re.compile(r"[^。；，,;：:！？\n（(［\[【〔]{2,40}")
_STOPS_AND_SPACE: Final = re.compile(r"[\s。；;]*")
_LISTED: Final = ("sub", "item", "subitem", "dash")
"""The kinds of unit that a statement behind the last of them can cover without saying so."""


@dataclass(frozen=True, slots=True)
class Shared:
    """A statement of several units or paragraphs: it is stated in `of`, and its task's words go from start to end."""

    of: Unit
    start: int
    end: int
    statement: Statement
    units: tuple[Unit, ...]

    def findings(self, text: Text) -> Iterator[Finding]:
        """What a person should check: that several items or paragraphs are one task."""
        count = len(self.units) if self.units[0] is not self.of else len(self.of.paragraphs)
        if count > 1:
            yield Finding(
                "statement-shared",
                text.span(self.statement.start, self.statement.end),
                f"责任表述按涵盖{count}项（段）读取，成为一项任务。",
                f"The statement is read as one of {count} items or paragraphs, which make one task.",
                Severity.INFO,
            )


def find_shared(text: Text, outline: Outline) -> list[Shared]:
    """The statements of the text that cover more than the words right before them, in their order.

    A unit whose heading carries the statement has afterwards its heading, and its paragraphs without it.
    """
    found: list[Shared] = []
    for unit in outline.units():
        if not unit.paragraphs or unit.kind == "par":
            continue
        if headed := _headed(text, unit):
            found.append(headed)
            continue
        begin, end = unit.paragraphs[-1]
        statement = _last_statement(text, begin, end)
        if not statement:
            continue
        words_end = text.skip_back(begin, statement.start)
        run = _run(text, outline, unit, explicit=statement.above)
        if unit.parent and len(run) > 1:
            found.append(Shared(unit.parent, run[0].start, words_end, statement, tuple(run)))
        elif len(unit.paragraphs) > 1 and not any(_states(text, *paragraph) for paragraph in unit.paragraphs[:-1]):
            found.append(Shared(unit, unit.paragraphs[0][0], words_end, statement, (unit,)))
    return found


def _headed(text: Text, unit: Unit) -> Shared | None:
    """The statement in the heading of a unit, if nothing below it has one of its own."""
    begin, end = unit.paragraphs[0]
    match = _HEADING.match(text.read, begin, end)
    if unit.heading or not match:
        return None
    found = [statement for statement in find_statements(text, begin, end) if statement.assignments]
    if len(found) != 1 or found[0].start != match.end():
        return None
    space = _STOPS_AND_SPACE.match(text.read, found[0].end, end)
    rest = text.trim(space.end() if space else found[0].end, end)
    paragraphs = [*([rest] if rest[0] < rest[1] else []), *unit.paragraphs[1:]]
    below = list(_below(unit))
    if not (paragraphs or below):
        return None
    if any(_states(text, *paragraph) for paragraph in paragraphs) or any(_any_states(text, one) for one in below):
        return None
    unit.heading, unit.paragraphs = text.trim(*match.span()), paragraphs
    units = (unit, *below) if paragraphs else tuple(below)
    start = paragraphs[0][0] if paragraphs else below[0].start
    return Shared(unit, start, max(one.end for one in units), found[0], units)


def _below(unit: Unit) -> Iterator[Unit]:
    """The units below this one, in the order of the text."""
    for child in unit.children:
        yield child
        yield from _below(child)


def _last_statement(text: Text, start: int, end: int) -> Statement | None:
    """The only statement of a paragraph, at its end: on a line of its own, or one that says what it covers."""
    if not (LINE_END.search(text.read, start, end) or "以上" in text.read[start:end] or "上述" in text.read[start:end]):
        return None
    found = [statement for statement in find_statements(text, start, end) if statement.assignments]
    if not found or text.read[found[-1].end : end].strip("。；; \t\r\n\u3000"):
        return None
    last = found[-1]
    before = text.read[start : last.start].rstrip(" \t\u3000")
    if not before.strip():
        return None
    own_line = bool(LINE_END.search(before[-1:])) and len(found) == 1
    return last if own_line or last.above else None


def _run(text: Text, outline: Outline, unit: Unit, *, explicit: bool) -> list[Unit]:
    """The units that a statement at the end of this one covers, itself the last of them."""
    siblings = unit.parent.children if unit.parent else outline.top
    place = next(place for place, sibling in enumerate(siblings) if sibling is unit)
    first = place
    while first and siblings[first - 1].kind == unit.kind and not _any_states(text, siblings[first - 1]):
        first -= 1
    if not explicit:
        last = place + 1 == len(siblings)
        if (
            unit.kind not in _LISTED
            or unit.children
            or not last
            or any(one.kind == unit.kind for one in siblings[:first])
        ):
            return [unit]
    return list(siblings[first : place + 1])


def _any_states(text: Text, unit: Unit) -> bool:
    """A statement stands in the words of the unit or of one below it."""
    pending: list[Unit] = [unit]
    while pending:
        here = pending.pop()
        words: Sequence[tuple[int, int]] = [*here.paragraphs, *([here.heading] if here.heading else [])]
        if any(_states(text, *stretch) for stretch in words):
            return True
        pending += here.children
    return False


def _states(text: Text, start: int, end: int) -> bool:
    return any(statement.assignments or statement.findings for statement in find_statements(text, start, end))
