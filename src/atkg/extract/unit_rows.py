"""Tables whose rows are agencies: their key tasks, and measures in columns of years."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from atkg.extract.columns import Column, Head
from atkg.extract.numbering import CLAUSE_TYPES
from atkg.extract.outline import distinct
from atkg.extract.rows import list_assignments, unplaced
from atkg.extract.running import as_milestones
from atkg.extract.schedule import Commitment, read_cell, read_text
from atkg.extract.tables import Cell, Row, Table, items
from atkg.extract.text import Text
from atkg.model import Assignment, Basis, Clause, Finding, Milestone, Reading, Role, Task, Timing


@dataclass(slots=True)
class UnitTable:
    """A table whose rows are agencies: their key tasks, and measures in columns of years."""

    reading: Reading
    text: Text
    table: Table
    above: str | None
    taken: dict[str, int]

    def read(self) -> None:
        """Put every row into the reading."""
        counted = f"{self.above or ''}/row"
        for row in self.table.rows:
            self.taken[counted] = self.taken.get(counted, 0) + 1
            self._read_row(self.taken[counted], row)

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
        if not leads:
            self.reading.findings.append(
                Finding("lead-missing", clause.spans[0], "该行没有单位。", "The row names no unit.")
            )
        for cell in row.cells:
            head = kinds[cell.column]
            if _is(head, Column.TASK):
                self._read_tasks(clause, cell, leads)
            elif head and head.kind is Column.PROGRESS:
                self._read_measures(path, cell, head, leads)
            elif cell != unit and not _is(head, Column.NUMBER):
                self.reading.findings.append(unplaced(self.text, cell))

    def _read_tasks(self, of_row: Clause, cell: Cell, leads: Sequence[Assignment]) -> None:
        """Each numbered key task is a clause with its task; one without a number is the row's own."""
        found = list(items(self.text, cell))
        alone = len(found) == 1 and found[0][0] is None
        for order, (number, start, words, end) in enumerate(found, 1):
            row = path = of_row.path
            clause = of_row
            if not alone:
                path = self._path(row, number, order)
                clause = self._add_clause(path, row, number, order, start, words, end)
            if not leads:  # words that are laid on nobody
                clause.text = self.text.words(words, end)
                continue
            milestones = as_milestones(self.text, path, read_text(self.text, words, end))
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
        """Each measure in a column of years is a clause that states one milestone with the column's period.

        In a column without years it states what its own words say of the time.
        """
        found = list(items(self.text, cell))
        years = re.sub(r"[^0-9]+", "-", head.label).strip("-")
        column = distinct(f"{row}/col_{years or cell.column + 1}", self.taken)
        alone = len(found) == 1 and found[0][0] is None
        for order, (number, start, words, end) in enumerate(found, 1):
            path = column
            if not alone:
                path = self._path(column, number, order)
            clause = self._add_clause(path, row, number, order, start, words, end)
            clause.text = self.text.words(words, end)
            if alone:
                clause.kind, clause.order = CLAUSE_TYPES["col"], cell.column + 1
            whole = Commitment(Timing.PERIOD, words, end, head.begin, head.end)
            for index, said in enumerate([whole] if head.begin else read_cell(self.text, words, end), 1):
                spans = [clause.spans[0] if head.begin else self.text.span(said.start, said.end)]
                if head.begin and head.span:
                    spans.append(self.text.span(*head.span))
                self.reading.milestones.append(
                    Milestone(
                        clause=path,
                        index=index,
                        timing=said.timing,
                        spans=tuple(spans),
                        begin=said.begin,
                        end=said.until,
                        recurrence=said.recurrence,
                        row_agency=leads[0].name if leads else None,
                        row=row,
                    )
                )
        self._check_numbers(found)

    def _path(self, above: str, number: int | None, order: int) -> str:
        return distinct(f"{above}/item_{number}" if number is not None else f"{above}/par_{order}", self.taken)

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
