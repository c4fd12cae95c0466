"""The headings of a task table, in columns of their own, across the table, or a task above several measures."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from atkg.extract.numbering import Number, number_at
from atkg.extract.outline import Unit, distinct
from atkg.extract.running import unit_clause
from atkg.extract.tables import Cell
from atkg.extract.text import Text
from atkg.model import Finding, Reading, Severity

_LONGEST_COMPARED: Final = 100
"""How much of two headings is compared."""

_LIKE: Final = 0.5
"""Headings with the same number are one where they are at least so similar (0 to 1)."""


@dataclass(slots=True)
class Headings:
    """The section, the subsection and the task that the rows stand below, each a clause of the reading."""

    reading: Reading
    text: Text
    above: str | None
    taken: dict[str, int]
    section: Unit | None = None
    subsection: Unit | None = None
    task: Unit | None = None

    @property
    def innermost(self) -> Unit | None:
        """The heading right above the rows."""
        return self.task or self.subsection or self.section

    def enter(self, number: Number | None, cell: Cell) -> None:
        """Go on in the section that this heading names, or open it; one without a number is counted."""
        if not number:
            if self.section and self._is_same(self.section, cell):
                return
            number = self._counted("sec", self.above, cell)
        heading = self.text.trim(number.end, cell.end)
        current = self.section if number.kind == "sec" else self.subsection
        if current and current.value == number.value and self._is_alike(current, heading, cell):
            return
        parent = None if number.kind == "sec" else self.section
        unit = self._open(number, cell, parent, parent.path if parent else self.above)
        if number.kind == "sec":
            self.section, self.subsection = unit, None
        else:
            self.subsection = unit
        self.task = None

    def enter_task(self, cell: Cell, ordinal: Cell | None) -> None:
        """Go on below the task whose measures the row holds, or open it."""
        if self.task and self._is_same(self.task, cell):
            return
        parent = self.subsection or self.section
        above = parent.path if parent else self.above
        number = number_at(self.text.read, cell.start)
        if number and number.kind in ("sec", "sub", "item", "subitem"):
            self.task = self._open(number, cell, parent, above)
        else:
            self.task = self._open(self._counted("sub" if parent else "sec", above, cell), cell, parent, above, ordinal)

    def leave_task(self) -> None:
        """Stand below the section again."""
        self.task = None

    def _counted(self, kind: str, above: str | None, cell: Cell) -> Number:
        """The next number of this kind that no clause has."""
        counted = f"{above or ''}/{kind}"
        value = self.taken.get(counted, 0) + 1
        while _path(kind, value, above) in self.taken:
            value += 1
        self.taken[counted] = value
        return Number(kind, value, cell.start, -1)

    def _open(
        self, number: Number, cell: Cell, parent: Unit | None, above: str | None, ordinal: Cell | None = None
    ) -> Unit:
        """A clause for this heading, in the reading; its number may stand in a column of its own."""
        path = distinct(_path(number.kind, number.value, above), self.taken)
        heading = self.text.trim(number.end, cell.end)
        unit = Unit(number.kind, number.value, cell.start, number.end, parent, heading, path=path)
        clause = unit_clause(self.text, unit)
        clause.parent = above
        if ordinal and ordinal.end <= cell.start:
            clause.number = self.text.words(ordinal.start, ordinal.end)
            clause.spans = (self.text.span(ordinal.start, heading[1]),)
        self.reading.clauses.append(clause)
        if "~" in path.rpartition("/")[2]:
            self._find("number-again", cell, "编号在同一级重复出现。", "The number is used again on the same level.")
        return unit

    def _is_same(self, unit: Unit, cell: Cell) -> bool:
        """The cell holds the words of this heading again."""
        heading = unit.heading
        return heading is not None and squeezed(self.text, Cell(0, unit.start, heading[1])) == squeezed(self.text, cell)

    def _is_alike(self, current: Unit, heading: tuple[int, int], cell: Cell) -> bool:
        """The heading with the same number says nearly the same; how it varies is a finding."""
        before = squeezed(self.text, Cell(0, *(current.heading or (0, 0))))
        now = squeezed(self.text, Cell(0, *heading))
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

    def _find(self, kind: str, cell: Cell, zh: str, en: str, severity: Severity = Severity.WARNING) -> None:
        self.reading.findings.append(Finding(kind, self.text.span(cell.start, cell.end), zh, en, severity))


def squeezed(text: Text, cell: Cell) -> str:
    """The words of a cell without any white space."""
    return "".join(text.read[cell.start : cell.end].split())


def _path(kind: str, value: int, above: str | None) -> str:
    return f"{above}/{kind}_{value}" if above else f"{kind}_{value}"
