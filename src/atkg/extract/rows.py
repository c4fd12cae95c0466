"""Tables whose rows are tasks, each with its units and progress."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final

from atkg.extract.cells import CellReader, Parts
from atkg.extract.columns import Column, Head
from atkg.extract.headings import Headings, squeezed
from atkg.extract.lists import words_said
from atkg.extract.names import Names, read_names
from atkg.extract.numbering import Number, number_at, to_int
from atkg.extract.outline import Unit, split_headings
from atkg.extract.roles import Word, role_of
from atkg.extract.running import as_milestones, unit_clause, unplaced_dates
from atkg.extract.schedule import Commitment, read_cell, read_text
from atkg.extract.statements import role_unknown
from atkg.extract.tables import Cell, Row, Table
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

_DIGITS: Final = re.compile(r"\d+|[一二三四五六七八九十]+")


@dataclass(slots=True)
class TaskTable:
    """A table whose rows are tasks."""

    reading: Reading
    text: Text
    table: Table
    registers: Registers
    above: str | None
    taken: dict[str, int]
    rows: dict[str, list[tuple[Unit, Row, Parts]]] = field(default_factory=dict)
    counted: int = 0
    """The number of the row before."""

    def read(self) -> None:
        """Put every row into the reading, its headings first."""
        headings = Headings(self.reading, self.text, self.above, self.taken)
        reader = CellReader(self.text, self.table, self.registers, self.reading.plan.jurisdiction)
        found = [(row, reader.parts(row)) for row in self.table.rows]
        grouped = self._is_grouped([parts for _, parts in found])
        before: Parts | None = None
        for row, parts in found:
            self.reading.findings += [unplaced(self.text, cell) for cell in parts.unread]
            for number, cell in parts.headings:
                headings.enter(number, cell)
            if parts.only_headings:
                before = None
                continue
            if parts.ordinal:
                self._count(parts)
            elif before and reader.numbers_rows(row):
                self._inherit(row, parts, before)
            if grouped and parts.title:
                headings.enter_task(parts.title, parts.ordinal)
                parts.title = parts.ordinal = None  # the number counts the tasks, not their measures
            elif grouped and not parts.measure:
                headings.leave_task()  # a task without measures is a row of its own
            self._collect(row, parts, headings.innermost)
            before = parts
        for siblings in self.rows.values():
            split_headings(self.text, [unit for unit, _, _ in siblings if unit.number_end > unit.start])
            for unit, row, parts in siblings:
                self._write(unit, row, parts)

    def _count(self, parts: Parts) -> None:
        """Check that the number of a row follows that of the row before, or begins again.

        A number that is repeated is that of a merged cell: it does not tell this row from the one above.
        """
        cell = parts.ordinal
        digits = _DIGITS.search(self.text.read, cell.start, cell.end) if cell else None
        if not cell or not digits:
            return
        value = to_int(digits.group())
        if value not in (1, self.counted, self.counted + 1):
            shown = self.text.words(cell.start, cell.end)
            self._find(
                "number-order",
                cell,
                f"序号“{shown}”不接前一个序号（应为{self.counted + 1}）。",
                f"The number “{shown}” does not follow the one before it; {self.counted + 1} was expected.",
            )
        parts.repeated = value == self.counted
        self.counted = value

    def _is_grouped(self, rows: Sequence[Parts]) -> bool:
        """The cells of tasks stand above several rows of measures, repeated there or left blank."""
        titles = [squeezed(self.text, parts.title) if parts.title else "" for parts in rows if parts.measure]
        return bool(titles and titles[0]) and any(not title or title == before for before, title in pairwise(titles))

    def _inherit(self, row: Row, parts: Parts, before: Parts) -> None:
        """Take text or units from the row above where their cells here were merged with it, and left blank."""
        if not parts.units and before.units and parts.text:
            parts.units, parts.inherited = before.units, True
        elif not parts.text and before.text and parts.units:
            parts.text, parts.inherited = before.text, True
        if parts.inherited:
            self._find(
                "cell-merged",
                row,
                "该行没有序号，任务或单位一格为空：按与上一行合并的单元格读取。",
                "The row has no number and a blank cell of text or units; it is read as merged with the row above.",
                Severity.INFO,
            )

    def _collect(self, row: Row, parts: Parts, parent: Unit | None) -> None:
        above = parent.path if parent else self.above
        siblings = self.rows.setdefault(above or "", [])
        own = parts.text if parts.text and not parts.inherited else None
        start = own.start if own else row.start
        numbered = parts.title or own
        number = number_at(self.text.read, numbered.start) if numbered else None
        if number and own and self._is_list_of_items(number, own):
            number = None
        counted = f"{above or ''}/row"
        order = self.taken[counted] = self.taken.get(counted, 0) + 1
        if parts.ordinal and not parts.repeated:
            unit = Unit("row", order, parts.ordinal.start, parts.ordinal.end, parent)
        elif number and numbered is own:
            unit = Unit("row", order, start, number.end, parent)
        else:
            unit = Unit("row", order, start, start, parent)
        unit.path = f"{above}/row_{order}" if above else f"row_{order}"
        if parts.title:
            unit.heading = self.text.trim(number.end if number else parts.title.start, parts.title.end)
        if parts.text:
            begin = parts.text.start if parts.ordinal or parts.inherited or parts.title else unit.number_end
            unit.paragraphs.append(self.text.trim(begin, parts.text.end))
        siblings.append((unit, row, parts))
        counts = number is not None and number.kind in ("item", "subitem") and numbered is own
        if number and counts and not parts.ordinal and number.value != order and own:
            self._find(
                "row-number",
                own,
                f"行内编号为{number.value}，按位置应为{order}。",
                f"The row bears the number {number.value}; by its place it is {order}.",
            )

    def _is_list_of_items(self, number: Number, cell: Cell) -> bool:
        """The cell holds a numbered list of its own, on one line or on several: 1.开展甲。2.开展乙。"""
        following = re.compile(rf"[\s。；;]\s*[（(]?{number.value + 1}[）)．.、](?!\d)")
        return number.kind in ("item", "subitem") and bool(following.search(self.text.read, number.end, cell.end))

    def _write(self, unit: Unit, row: Row, parts: Parts) -> None:
        clause = unit_clause(self.text, unit)
        clause.parent = unit.path.rpartition("/")[0] or None
        clause.spans = (self.text.span(row.start, row.end),)
        self.reading.clauses.append(clause)
        words: tuple[int, int] | None = unit.paragraphs[0] if unit.paragraphs else unit.heading
        if not unit.paragraphs:
            clause.heading = None  # the only sentence of the row is its task
        goal = (parts.goal.start, parts.goal.end) if parts.goal else None
        clause.text = self.text.words(*goal) if goal else None
        assignments = self._assignments(parts)
        if not any(assignment.role is Role.LEAD for assignment in assignments):
            self._find(
                "lead-missing", row, "该行没有可识别的主责单位。", "The row has no lead agency that could be read."
            )
        own: list[Commitment] = []
        for stretch in filter(None, (words, goal)):
            own += read_text(self.text, *stretch)
            self.reading.findings += unplaced_dates(self.text, *stretch)
        if not assignments:
            # a row that names no unit lays its words on nobody
            if words and not parts.inherited:
                clause.text = self.text.words(*words)
            clause.lost = not (clause.text or clause.heading)
            milestones = as_milestones(self.text, unit.path, own, row=unit.path)
            progress = self._progress(unit.path, len(own), row, parts)
            self.reading.milestones += [*milestones, *(replace(found, row=unit.path) for found in progress)]
            return
        if not words:
            clause.lost = not clause.text
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
                open_list=any(found.names.open_list for _, lists in parts.units for found in lists),
                milestones=milestones,
            )
        )

    def _assignments(self, parts: Parts) -> list[Assignment]:
        """The agencies of the row, each in the role that its column, or the words of its cell, give it."""
        lists = [found for _, lists in parts.units for found in lists]
        words = words_said(lists)
        assignments: list[Assignment] = []
        for found in lists:
            if found.word is Word.UNKNOWN and found.said:
                names = "、".join(self.text.words(*span) for span in found.names.spans)
                self.reading.findings.append(role_unknown(self.text, found.said, names))
            elif found.word is not Word.TIME:
                assignments += as_assignments(self.text, found.names, role_of(found.word, words), found.wording)
        return assignments

    def _progress(self, path: str, taken: int, row: Row, parts: Parts) -> tuple[Milestone, ...]:
        milestones: list[Milestone] = []
        shifted = bool(parts.progress) and self._stands_in_helpers(row, parts, parts.progress[0])
        if shifted:
            self._find(
                "cell-shifted",
                parts.progress[0],
                "配合单位一格缺失，进度文字前移。",
                "The cell of cooperating units is missing; the progress text stands in its place.",
                Severity.INFO,
            )
        for place, cell in enumerate(parts.progress):
            head = self._own_head(row, parts, cell)
            below = None if parts.moved else self.table.heads[row.page].get(cell.column)
            dated = below is not None and below.is_deadline
            self.reading.findings += unplaced_dates(self.text, cell.start, cell.end, expected=dated)
            for found in read_cell(self.text, cell.start, cell.end):
                index = taken + len(milestones) + 1
                milestones.append(self._milestone(path, index, found, head, first=place == 0))
        return tuple(milestones)

    def _stands_in_helpers(self, row: Row, parts: Parts, cell: Cell) -> bool:
        """The cells were moved, and this one stands right behind the only list of units, where the helping ones do."""
        if not parts.moved or len(parts.units) != 1 or cell.column != parts.units[0][0].column + 1:
            return False
        heads = self.table.heads[row.page].values()
        return not heads or any(head.kind is Column.COOPERATING for head in heads)

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

    def _own_head(self, row: Row, parts: Parts, cell: Cell) -> Head | None:
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
    return as_assignments(text, read_names(text, cell.start, cell.end), role, wording)


def as_assignments(text: Text, names: Names, role: Role, wording: str | None) -> list[Assignment]:
    """The assignments that these names make."""
    return [Assignment(text.words(*span), text.said(*span), role, wording, text.span(*span)) for span in names.spans]
