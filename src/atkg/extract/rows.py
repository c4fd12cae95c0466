"""Tables whose rows are tasks, each with its units and progress."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from typing import Final

from atkg.extract.names import looks_like_body, read_names
from atkg.extract.numbering import Number, number_at
from atkg.extract.outline import Unit, distinct, split_headings
from atkg.extract.running import as_milestones, unit_clause
from atkg.extract.schedule import Commitment, read_cell, read_text
from atkg.extract.tables import Cell, Column, Head, Row, Table
from atkg.extract.text import Text
from atkg.model import (
    Assignment,
    Basis,
    Finding,
    Milestone,
    Reading,
    Role,
    Severity,
    Task,
    Timing,
)
from atkg.registers import Registers

_ORDINAL: Final = re.compile(r"[(（]?(?:\d{1,4}|[一二三四五六七八九十]{1,4})[)）]?[．.、]?")
"""A cell that only counts the rows."""

_LONGEST_COMPARED: Final = 100
"""How much of two headings is compared."""

_LIKE: Final = 0.5
"""Headings with the same number are one where they are at least so similar (0 to 1)."""


@dataclass(slots=True)
class _Parts:
    """The cells of a row by what they hold."""

    headings: list[tuple[Number | None, Cell]] = field(default_factory=list)
    ordinal: Cell | None = None
    text: Cell | None = None
    lead: Cell | None = None
    cooperating: Cell | None = None
    progress: list[Cell] = field(default_factory=list)
    kinds: list[tuple[Cell, Column]] = field(default_factory=list)

    @property
    def only_headings(self) -> bool:
        return not (self.text or self.lead or self.cooperating or self.progress)


@dataclass(slots=True)
class TaskTable:
    """A table whose rows are tasks. Where flattening moved the cells of a row, they are known by what they say."""

    reading: Reading
    text: Text
    table: Table
    registers: Registers
    above: str | None
    taken: dict[str, int]
    section: Unit | None = None
    subsection: Unit | None = None
    rows: dict[str, list[tuple[Unit, Row, _Parts]]] = field(default_factory=dict)

    def read(self) -> None:
        """Put every row into the reading, its headings first."""
        for row in self.table.rows:
            parts = self._parts_by_heads(row) or self._parts_by_words(row)
            for number, cell in parts.headings:
                if number:
                    self._enter(number, cell)
                else:
                    self._enter_unnumbered(cell)
            if not parts.only_headings:
                self._collect(row, parts)
        for siblings in self.rows.values():
            split_headings(self.text, [unit for unit, _, _ in siblings if unit.number_end > unit.start])
            for unit, row, parts in siblings:
                self._write(unit, row, parts)

    def _parts_by_heads(self, row: Row) -> _Parts | None:
        """The cells of a row by the heads above them; None where one does not hold what its head says."""
        heads = self.table.heads[row.page]
        if not {Column.TASK, Column.LEAD} <= {head.kind for head in heads.values()}:
            return None
        parts = _Parts()
        unread: list[Cell] = []
        for cell in row.cells:
            head = heads.get(cell.column)
            number = number_at(self.text.read, cell.start)
            kind = head.kind if head else None
            if kind in (Column.LEAD, Column.COOPERATING) and self._is_list(cell):
                if kind is Column.LEAD and not parts.lead:
                    parts.lead = cell
                elif kind is Column.COOPERATING and not parts.cooperating:
                    parts.cooperating = cell
                else:
                    return None
            elif kind is Column.TASK and not (number and number.kind in ("sec", "sub")):
                parts.text = Cell(cell.column, parts.text.start if parts.text else cell.start, cell.end)
            elif kind is Column.SECTION and (number or not self._is_list(cell)):
                parts.headings.append((number if number and number.kind in ("sec", "sub") else None, cell))
            elif kind is Column.NUMBER and self._is_ordinal(cell):
                parts.ordinal = cell
            elif kind is Column.PROGRESS:
                parts.progress.append(cell)
            elif kind is Column.OTHER:
                unread.append(cell)
            else:
                return None
            if kind and kind is not Column.OTHER:
                parts.kinds.append((cell, kind))
        if parts.only_headings if parts.headings else not (parts.text and parts.lead):
            return None
        self.reading.findings += [unplaced(self.text, cell) for cell in unread]
        return parts

    def _parts_by_words(self, row: Row) -> _Parts:
        """The cells of a row by what they say: headings, the text, one list or two, progress."""
        parts = _Parts()
        for cell in row.cells:
            number = number_at(self.text.read, cell.start)
            if not parts.lead and not parts.text and self._is_ordinal(cell):
                parts.ordinal = cell
                parts.kinds.append((cell, Column.NUMBER))
            elif not parts.lead and not parts.text and number and number.kind in ("sec", "sub"):
                rest = self._rest_of_heading(number, cell)
                parts.headings.append((number, Cell(cell.column, cell.start, rest.start if rest else cell.end)))
                parts.kinds.append((cell, Column.SECTION))
                parts.text = rest
            elif not parts.cooperating and not parts.progress and self._is_list(cell):
                if parts.lead:
                    parts.cooperating = cell
                    parts.kinds.append((cell, Column.COOPERATING))
                else:
                    parts.lead = cell
                    parts.kinds.append((cell, Column.LEAD))
            elif parts.lead:
                parts.progress.append(cell)
                parts.kinds.append((cell, Column.PROGRESS))
            elif parts.text:
                self.reading.findings.append(unplaced(self.text, cell))
            else:
                parts.text = cell
                parts.kinds.append((cell, Column.TASK))
        return parts

    def _is_ordinal(self, cell: Cell) -> bool:
        return bool(_ORDINAL.fullmatch(self.text.read, cell.start, cell.end))

    def _rest_of_heading(self, number: Number, cell: Cell) -> Cell | None:
        """The text that stands in one cell with its heading: (四) 解救 依法解救被拐卖儿童，…。"""
        if "。" not in self.text.read[cell.start : cell.end]:
            return None
        begin, end = self.text.trim(number.end, cell.end)
        space = re.search(r"\s", self.text.read[begin:end])
        if not space:
            return None
        return Cell(cell.column, *self.text.trim(begin + space.end(), end))

    def _is_list(self, cell: Cell) -> bool:
        """The cell is a list of agencies: names that are registered, or end as names of bodies do."""
        if re.search(r"[。；;：:]", self.text.read[cell.start : cell.end]):
            return False
        found = read_names(self.text, cell.start, cell.end)
        names = [self.text.read[start:end] for start, end in found.spans]
        if not names or found.too_long or max(map(len, names)) > 30:
            return False
        place = self.reading.plan.jurisdiction
        named = sum(looks_like_body(name) or bool(self.registers.candidates(name, place)) for name in names)
        return 2 * named >= len(names)

    def _enter(self, number: Number, cell: Cell) -> None:
        """Go on in the section that this heading names, or open it."""
        heading = self.text.trim(number.end, cell.end)
        current = self.section if number.kind == "sec" else self.subsection
        if current and current.value == number.value and self._is_alike(current, heading, cell):
            return
        parent = None if number.kind == "sec" else self.section
        above = parent.path if parent else self.above
        path = distinct(
            f"{above}/{number.kind}_{number.value}" if above else f"{number.kind}_{number.value}", self.taken
        )
        unit = Unit(number.kind, number.value, cell.start, number.end, parent, heading, path=path)
        if number.kind == "sec":
            self.section, self.subsection = unit, None
        else:
            self.subsection = unit
        clause = unit_clause(self.text, unit)
        clause.parent = above
        self.reading.clauses.append(clause)
        if "~" in path.rpartition("/")[2]:
            self._find("number-again", cell, "编号在同一级重复出现。", "The number is used again on the same level.")

    def _enter_unnumbered(self, cell: Cell) -> None:
        """Go on in the section of this name, or open it: it is counted, since it bears no number."""
        heading = self.text.trim(cell.start, cell.end)
        now = "".join(self.text.read[slice(*heading)].split())
        if self.section and self.section.heading:
            before = "".join(self.text.read[slice(*self.section.heading)].split())
            if before == now:
                return
        counted = f"{self.above or ''}/sec"
        self.taken[counted] = self.taken.get(counted, 0) + 1
        number = Number("sec", self.taken[counted], cell.start, -1)
        self._enter(number, cell)

    def _is_alike(self, current: Unit, heading: tuple[int, int], cell: Cell) -> bool:
        before = "".join(self.text.read[slice(*(current.heading or (0, 0)))].split())
        now = "".join(self.text.read[slice(*heading)].split())
        compared = before[:_LONGEST_COMPARED], now[:_LONGEST_COMPARED]
        if SequenceMatcher(None, *compared, autojunk=False).ratio() < _LIKE:
            return False
        if before != now:
            self._find(
                "heading-varies",
                cell,
                f"同一标题前后写法不同：“{before}”、“{now}”。",
                f"The same heading is written in two ways: “{before}”, “{now}”.",
                Severity.INFO,
            )
        return True

    def _collect(self, row: Row, parts: _Parts) -> None:
        parent = self.subsection or self.section
        above = parent.path if parent else self.above
        siblings = self.rows.setdefault(above or "", [])
        start = parts.text.start if parts.text else row.start
        number = number_at(self.text.read, start) if parts.text else None
        if number and number.kind not in ("item", "subitem"):
            number = None
        counted = f"{above or ''}/row"
        order = self.taken[counted] = self.taken.get(counted, 0) + 1
        if parts.ordinal and parts.ordinal.end <= start:
            unit = Unit("row", order, parts.ordinal.start, parts.ordinal.end, parent)
        else:
            unit = Unit("row", order, start, number.end if number else start, parent)
        unit.path = f"{above}/row_{order}" if above else f"row_{order}"
        if parts.text:
            unit.paragraphs.append(self.text.trim(start if parts.ordinal else unit.number_end, parts.text.end))
        siblings.append((unit, row, parts))
        if number and not parts.ordinal and number.value != order and parts.text:
            self._find(
                "row-number",
                parts.text,
                f"行内编号为{number.value}，按位置应为{order}。",
                f"The row bears the number {number.value}; by its place it is {order}.",
            )

    def _write(self, unit: Unit, row: Row, parts: _Parts) -> None:
        clause = unit_clause(self.text, unit)
        clause.parent = unit.path.rpartition("/")[0] or None
        clause.spans = (self.text.span(row.start, row.end),)
        self.reading.clauses.append(clause)
        words: tuple[int, int] | None = unit.paragraphs[0] if unit.paragraphs else unit.heading
        if not unit.paragraphs:
            clause.heading = None  # the only sentence of the row is its task
        assignments = [
            *self._assignments(parts.lead, Role.LEAD, row, Column.LEAD),
            *self._assignments(parts.cooperating, Role.COOPERATING, row, Column.COOPERATING),
        ]
        if not parts.lead:
            self._find(
                "lead-missing", row, "该行没有可识别的主责单位。", "The row has no lead agency that could be read."
            )
        own = read_text(self.text, *words) if words else []
        if not assignments:
            # a row that names no unit lays its words on nobody
            clause.text = self.text.words(*words) if words else None
            clause.lost = not words
            milestones = as_milestones(self.text, unit.path, own, row=unit.path)
            progress = self._progress(unit.path, len(own), row, parts)
            self.reading.milestones += [*milestones, *(replace(found, row=unit.path) for found in progress)]
            return
        if not words:
            clause.lost = True
            clause.number = None
            self._find(
                "text-lost",
                row,
                "该行有单位和进度，但任务文字缺失。",
                "The row has units and progress, but its task text is lost.",
            )
        milestones = as_milestones(self.text, unit.path, own)
        milestones += self._progress(unit.path, len(own), row, parts)
        self.reading.milestones += milestones
        self.reading.tasks.append(
            Task(
                clause=unit.path,
                index=1,
                basis=Basis.TABLE,
                spans=(self.text.span(*words) if words else clause.spans[0],),
                text=self.text.words(*words) if words else None,
                assignments=tuple(assignments),
                open_list=any(
                    read_names(self.text, cell.start, cell.end).open_list
                    for cell in (parts.lead, parts.cooperating)
                    if cell
                ),
                milestones=milestones,
            )
        )

    def _assignments(self, cell: Cell | None, role: Role, row: Row, kind: Column) -> list[Assignment]:
        if not cell:
            return []
        heads = self.table.heads[row.page].values()
        wording = next((head.label for head in heads if head.kind is kind), None)
        return list_assignments(self.text, cell, role, wording)

    def _progress(self, path: str, taken: int, row: Row, parts: _Parts) -> tuple[Milestone, ...]:
        milestones: list[Milestone] = []
        follows_lead = parts.lead and parts.progress and parts.progress[0].column == parts.lead.column + 1
        if follows_lead and not parts.cooperating:
            self._find(
                "cell-shifted",
                parts.progress[0],
                "配合单位一格缺失，进度文字前移。",
                "The cell of cooperating units is missing; the progress text stands in its place.",
                Severity.INFO,
            )
        for place, cell in enumerate(parts.progress):
            head = self._own_head(row, parts, cell)
            for found in read_cell(self.text, cell.start, cell.end):
                index = taken + len(milestones) + 1
                milestones.append(self._milestone(path, index, found, head, first=place == 0))
        return tuple(milestones)

    def _milestone(self, path: str, index: int, found: Commitment, head: Head | None, *, first: bool) -> Milestone:
        """The milestone; the years above date what the words leave open.

        What recurs or goes on has no end there, and in the first progress cell no beginning either: that
        cell may have covered the whole schedule before the table was flattened.
        """
        timing, begin, until = found.timing, found.begin, found.until
        spans = [self.text.span(found.start, found.end)]
        open_ended = timing in (Timing.RECURRING, Timing.CONTINUING)
        if head and head.span and not begin and not until and not (open_ended and first):
            timing = Timing.PERIOD if timing is Timing.UNDATED else timing
            begin, until = head.begin, None if open_ended else head.end
            spans.append(self.text.span(*head.span))
        words = self.text.words(found.start, found.end)
        return Milestone(path, index, timing, tuple(spans), words, begin, until, found.recurrence)

    def _own_head(self, row: Row, parts: _Parts, cell: Cell) -> Head | None:
        """The years above a cell, if it and every cell before it in the row stand in their own columns."""
        for other, kind in parts.kinds:
            head = self.table.head(row, other.column)
            if not head or head.kind is not kind:
                return None
            if other == cell:
                return head if head.begin else None
            if kind is Column.PROGRESS and not self._agrees(other, head):
                return None
        return None

    def _agrees(self, cell: Cell, head: Head) -> bool:
        """No date in the words of the cell lies outside the years above it."""
        dates = [found.until or found.begin for found in read_cell(self.text, cell.start, cell.end)]
        return all(
            head.begin is not None and head.end is not None and head.begin <= when <= head.end for when in dates if when
        )

    def _find(self, kind: str, where: Cell | Row, zh: str, en: str, severity: Severity = Severity.WARNING) -> None:
        self.reading.findings.append(Finding(kind, self.text.span(where.start, where.end), zh, en, severity))


def unplaced(text: Text, cell: Cell) -> Finding:
    """The finding for a cell whose words were not read."""
    return Finding(
        "cell-unplaced",
        text.span(cell.start, cell.end),
        "任务行中有一格无法判断内容，未读取。",
        "A cell of the row could not be placed and was not read.",
    )


def list_assignments(text: Text, cell: Cell, role: Role, wording: str | None) -> list[Assignment]:
    """The agencies in a cell, all in one role; the wording is the head of their column."""
    spans = read_names(text, cell.start, cell.end).spans
    return [Assignment(text.words(*span), text.said(*span), role, wording, text.span(*span)) for span in spans]
