"""Rows of tables: a row a task with its units and progress, or a row an agency with its tasks and measures."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Final

from atkg.extract.numbering import CLAUSE_TYPES, Number, number_at
from atkg.extract.outline import Unit, distinct, split_headings
from atkg.extract.running import unit_clause, word_milestones
from atkg.extract.schedule import Commitment, read_cell
from atkg.extract.statements import read_names
from atkg.extract.tables import Cell, Column, Head, Row, Table, items
from atkg.extract.text import Text
from atkg.model import (
    Assignment,
    Basis,
    Clause,
    Finding,
    Milestone,
    Reading,
    Role,
    Severity,
    Span,
    Task,
    Timing,
)
from atkg.registers import Registers

_BODY: Final = re.compile(r"(?:局|委|办|厅|院|部|会|府|中心|公司|集团|总?站|单位|街道|镇|室|联|署|行)(?:[）)])?$")
"""The end of what looks like the name of a body."""

_LIKE: Final = 0.5
"""Headings with the same number are one where they are at least so similar (0 to 1)."""


def read_table(reading: Reading, text: Text, table: Table, registers: Registers, above: str | None) -> None:
    """Put clauses, tasks and milestones of a table into the reading, below the annex `above` if it is in one."""
    if table.by_unit:
        _UnitTable(reading, text, table, above).read()
    else:
        _TaskTable(reading, text, table, registers, above).read()


@dataclass(slots=True)
class _Parts:
    """The cells of a row by what they hold."""

    headings: list[tuple[Number, Cell]] = field(default_factory=list)
    text: Cell | None = None
    lead: Cell | None = None
    cooperating: Cell | None = None
    progress: list[Cell] = field(default_factory=list)
    kinds: list[tuple[Cell, Column]] = field(default_factory=list)


@dataclass(slots=True)
class _TaskTable:
    """A table whose rows are tasks. Cells are known by what they say, since flattening moves them."""

    reading: Reading
    text: Text
    table: Table
    registers: Registers
    above: str | None
    section: Unit | None = None
    subsection: Unit | None = None
    rows: dict[str, list[tuple[Unit, Row, _Parts]]] = field(default_factory=dict)
    taken: dict[str, int] = field(default_factory=dict)

    def read(self) -> None:
        for row in self.table.rows:
            parts = self._parts(row)
            for number, cell in parts.headings:
                self._enter(number, cell)
            self._collect(row, parts)
        for siblings in self.rows.values():
            split_headings(self.text, [unit for unit, _, _ in siblings if unit.number_end > unit.start])
            for unit, row, parts in siblings:
                self._write(unit, row, parts)

    def _parts(self, row: Row) -> _Parts:
        parts = _Parts()
        for cell in row.cells:
            number = number_at(self.text.read, cell.start)
            if not parts.lead and not parts.text and number and number.kind in ("sec", "sub"):
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
                self._find(
                    "cell-unplaced",
                    cell,
                    "任务行中有一格无法判断内容，未读取。",
                    "A cell of the row could not be placed and was not read.",
                )
            else:
                parts.text = cell
                parts.kinds.append((cell, Column.TASK))
        return parts

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
        names = [self.text.read[start:end] for start, end in read_names(self.text, cell.start, cell.end).spans]
        named = sum(
            bool(_BODY.search(name) or self.registers.candidates(name, self.reading.plan.jurisdiction))
            for name in names
        )
        return bool(names) and 2 * named >= len(names) and max(map(len, names)) <= 30

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

    def _is_alike(self, current: Unit, heading: tuple[int, int], cell: Cell) -> bool:
        before = "".join(self.text.read[slice(*(current.heading or (0, 0)))].split())
        now = "".join(self.text.read[slice(*heading)].split())
        if SequenceMatcher(None, before, now, autojunk=False).ratio() < _LIKE:
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
        order = len(siblings) + 1
        numbered = number and number.kind in ("item", "subitem") and parts.text
        unit = Unit("row", order, start, number.end if number and numbered else start, parent)
        unit.path = f"{above}/row_{order}" if above else f"row_{order}"
        if parts.text:
            unit.paragraphs.append(self.text.trim(unit.number_end, parts.text.end))
        siblings.append((unit, row, parts))
        if number and numbered and number.value != order and parts.text:
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
        own: tuple[Milestone, ...] = ()
        if words:
            own = word_milestones(self.reading, self.text, unit.path, *words)
        else:
            clause.lost = True
            clause.number = None
            self._find(
                "text-lost",
                row,
                "该行有单位和进度，但任务文字缺失。",
                "The row has units and progress, but its task text is lost.",
            )
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
        milestones = own + self._progress(unit.path, len(own), row, parts)
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


@dataclass(slots=True)
class _UnitTable:
    """A table whose rows are agencies: their key tasks, and measures in columns of years."""

    reading: Reading
    text: Text
    table: Table
    above: str | None

    def read(self) -> None:
        for order, row in enumerate(self.table.rows, 1):
            self._read_row(order, row)

    def _read_row(self, order: int, row: Row) -> None:
        kinds = {cell.column: self.table.head(row, cell.column) for cell in row.cells}
        unit = next((cell for cell in row.cells if _is(kinds[cell.column], Column.UNIT)), None)
        path = f"{self.above}/row_{order}" if self.above else f"row_{order}"
        clause = Clause(path, CLAUSE_TYPES["row"], self.above, order, (self.text.span(row.start, row.end),))
        self.reading.clauses.append(clause)
        leads: list[Assignment] = []
        if unit:
            clause.heading = self.text.words(unit.start, unit.end)
            head = kinds[unit.column]
            leads = list_assignments(self.text, unit, Role.LEAD, head.label if head else None)
        else:
            self.reading.findings.append(
                Finding("lead-missing", clause.spans[0], "该行没有单位。", "The row names no unit.")
            )
        for cell in row.cells:
            head = kinds[cell.column]
            if _is(head, Column.TASK):
                self._read_tasks(path, cell, leads)
            elif head and head.kind is Column.PROGRESS:
                self._read_measures(path, cell, head, leads)

    def _read_tasks(self, row: str, cell: Cell, leads: Sequence[Assignment]) -> None:
        """Each numbered key task is a clause with its task; one without a number is the row's own."""
        found = list(items(self.text, cell))
        alone = len(found) == 1 and found[0][0] is None
        for order, (number, start, words, end) in enumerate(found, 1):
            path = row
            if not alone:
                path = f"{row}/item_{number}" if number is not None else f"{row}/par_{order}"
                self._add_clause(path, row, number, order, start, words, end)
            milestones = word_milestones(self.reading, self.text, path, words, end)
            self.reading.milestones += milestones
            self.reading.tasks.append(
                Task(
                    clause=path,
                    index=1,
                    basis=Basis.TABLE,
                    spans=(self.text.span(words, end),),
                    text=self.text.words(words, end),
                    assignments=tuple(leads),
                    milestones=milestones,
                )
            )
        self._check_numbers(found)

    def _read_measures(self, row: str, cell: Cell, head: Head, leads: Sequence[Assignment]) -> None:
        """Each measure in a column of years is a clause that states one milestone with the column's period."""
        found = list(items(self.text, cell))
        column = f"{row}/col_{re.sub(r'[^0-9]+', '-', head.label).strip('-')}"
        alone = len(found) == 1 and found[0][0] is None
        for order, (number, start, words, end) in enumerate(found, 1):
            path = column
            if not alone:
                path = f"{column}/item_{number}" if number is not None else f"{column}/par_{order}"
            clause = self._add_clause(path, row, number, order, start, words, end)
            clause.text = self.text.words(words, end)
            if alone:
                clause.kind = CLAUSE_TYPES["col"]
            spans = [clause.spans[0]]
            if head.span:
                spans.append(self.text.span(*head.span))
            self.reading.milestones.append(
                Milestone(
                    clause=path,
                    index=1,
                    timing=Timing.PERIOD if head.begin else Timing.UNDATED,
                    spans=tuple(spans),
                    begin=head.begin,
                    end=head.end,
                    row_agency=leads[0].name if leads else None,
                    row=row,
                )
            )
        self._check_numbers(found)

    def _add_clause(
        self, path: str, row: str, number: int | None, order: int, start: int, words: int, end: int
    ) -> Clause:
        kind = CLAUSE_TYPES["item" if number is not None else "par"]
        clause = Clause(path, kind, row, number if number is not None else order, (self.text.span(start, end),))
        if number is not None:
            clause.number = self.text.words(start, self.text.trim(start, words)[1])
        self.reading.clauses.append(clause)
        return clause

    def _check_numbers(self, found: Sequence[tuple[int | None, int, int, int]]) -> None:
        before = 0
        for number, start, words, _ in found:
            if number is not None and number != before + 1:
                self.reading.findings.append(
                    Finding(
                        "number-order",
                        self.text.span(start, words),
                        f"编号{number}不接前一个编号（应为{before + 1}）。",
                        f"The number {number} does not follow the one before it; {before + 1} was expected.",
                    )
                )
            before = number if number is not None else before


def _is(head: Head | None, kind: Column) -> bool:
    return head is not None and head.kind is kind


def list_assignments(text: Text, cell: Cell, role: Role, wording: str | None) -> list[Assignment]:
    """The agencies in a cell, all in one role; the wording is the head of their column."""
    spans = read_names(text, cell.start, cell.end).spans
    return [Assignment(text.words(*span), text.read[slice(*span)], role, wording, _span(text, span)) for span in spans]


def _span(text: Text, span: tuple[int, int]) -> Span:
    return text.span(*span)
