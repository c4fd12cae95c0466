"""The cells of a row of a task table by what they hold: headings, the text, lists of units, progress."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from atkg.extract.columns import WORDS, Column, Head
from atkg.extract.lists import RoleList, read_lists
from atkg.extract.names import Names, looks_like_body, read_names
from atkg.extract.numbering import Number, number_at
from atkg.extract.roles import Word
from atkg.extract.tables import Cell, Row, Table
from atkg.extract.text import Text
from atkg.registers import Registers

_ORDINAL: Final = re.compile(r"[(（]?(?:\d{1,4}|[一二三四五六七八九十]{1,4})[)）]?[．.、]?")
"""A cell that only counts the rows."""

_LONGEST_NAME: Final = 30
_LONGEST_COLLECTIVE: Final = 12
"""Up to this length a name that opens with 各 is one of bodies: 各乡镇, 各县区."""


@dataclass(slots=True)
class Parts:
    """The cells of a row by what they hold: `title` is the task above the measures that are its text."""

    headings: list[tuple[Number | None, Cell]] = field(default_factory=list)
    ordinal: Cell | None = None
    title: Cell | None = None
    text: Cell | None = None
    measure: Cell | None = None
    goal: Cell | None = None
    units: list[tuple[Cell, list[RoleList]]] = field(default_factory=list)
    progress: list[Cell] = field(default_factory=list)
    kinds: list[tuple[Cell, Column]] = field(default_factory=list)
    unread: list[Cell] = field(default_factory=list)
    repeated: bool = False
    """The ordinal is that of the row above."""
    moved: bool = False
    """Flattening has moved the cells; they are known by what they say."""
    inherited: bool = False
    """Text or units are those of the row above, whose cells were merged with the blank ones here."""

    @property
    def only_headings(self) -> bool:
        return not (self.text or self.title or self.goal or self.units or self.progress)

    @property
    def names(self) -> int:
        """How many agencies the row names."""
        return sum(len(found.names.spans) for _, lists in self.units for found in lists)


@dataclass(slots=True)
class CellReader:
    """Tells what the cells of the rows of one table hold."""

    text: Text
    table: Table
    registers: Registers
    place: str

    def parts(self, row: Row) -> Parts:
        """The cells of the row: by the heads above them, or where flattening has moved them by what they say."""
        return self._by_heads(row) or self._by_words(row)

    def numbers_rows(self, row: Row) -> bool:
        """A column counts the rows, so that a row without a number goes on with the one above."""
        return any(head.kind is Column.NUMBER for head in self.table.heads[row.page].values())

    def _by_heads(self, row: Row) -> Parts | None:
        """The cells of a row by the heads above them; None where one does not hold what its head says."""
        heads = self.table.heads[row.page]
        kinds = {head.kind for head in heads.values()}
        if Column.TASK not in kinds or not kinds & WORDS.keys():
            return None
        parts = Parts()
        for cell in row.cells:
            head = heads.get(cell.column)
            if not head or not self._take(
                parts, cell, head, has_sections=Column.SECTION in kinds, alone=len(row.cells) == 1
            ):
                return None
            if head.kind is not Column.OTHER:
                parts.kinds.append((cell, head.kind))
        if parts.measure:
            parts.title, parts.text = parts.text, parts.measure
        elif parts.text and len(row.cells) == 1 and (number := self._section(parts.text)):
            parts.headings.append((number, parts.text))
            parts.text = None
        return parts

    def _section(self, cell: Cell) -> Number | None:
        """The number of a section that the cell opens with."""
        number = number_at(self.text.read, cell.start)
        return number if number and number.kind in ("sec", "sub") else None

    def _take(self, parts: Parts, cell: Cell, head: Head, *, has_sections: bool, alone: bool) -> bool:
        """Put the cell where its head says; False if it does not hold such a thing."""
        section = self._section(cell)
        match head.kind:
            case Column.LEAD | Column.DUTY | Column.COOPERATING | Column.IMPLEMENTING:
                lists = self.lists(cell, WORDS[head.kind], head.label)
                if lists:
                    parts.units.append((cell, lists))
                return bool(lists)
            case Column.TASK if section and has_sections:
                return False
            case Column.TASK | Column.MEASURE:
                before = parts.text if head.kind is Column.TASK else parts.measure
                whole = Cell(cell.column, before.start if before else cell.start, cell.end)
                if before and self.text.read[before.end : cell.start].strip():
                    parts.unread.append(cell)  # a second column of measures that stands apart from the first
                elif head.kind is Column.TASK:
                    parts.text = whole
                else:
                    parts.measure = whole
            case Column.GOAL:
                parts.goal = cell
            case Column.SECTION if section or not self.is_list(cell):
                parts.headings.append((section, cell))
            case Column.NUMBER if self.is_ordinal(cell):
                parts.ordinal = cell
            case Column.NUMBER if section or alone:
                parts.headings.append((section, cell))
            case Column.PROGRESS:
                parts.progress.append(cell)
            case Column.OTHER:
                parts.unread.append(cell)
            case _:
                return False
        return True

    def _by_words(self, row: Row) -> Parts:
        """The cells of a row by what they say: headings, the text, one list or two, progress."""
        parts = Parts(moved=True)
        for cell in row.cells:
            number = number_at(self.text.read, cell.start)
            unheaded = not parts.units and not parts.text
            if unheaded and self.is_ordinal(cell):
                parts.ordinal = cell
                parts.kinds.append((cell, Column.NUMBER))
            elif unheaded and number and number.kind in ("sec", "sub"):
                rest = self._rest_of_heading(number, cell)
                parts.headings.append((number, Cell(cell.column, cell.start, rest.start if rest else cell.end)))
                parts.kinds.append((cell, Column.SECTION))
                parts.text = rest
            elif len(parts.units) < 2 and not parts.progress and self.is_list(cell):
                kind = Column.COOPERATING if parts.units else Column.LEAD
                parts.units.append((cell, self.lists(cell, WORDS[kind], self._wording(row, kind))))
                parts.kinds.append((cell, kind))
            elif parts.units:
                parts.progress.append(cell)
                parts.kinds.append((cell, Column.PROGRESS))
            elif parts.text:
                parts.unread.append(cell)
            else:
                parts.text = cell
                parts.kinds.append((cell, Column.TASK))
        return parts

    def _wording(self, row: Row, kind: Column) -> str:
        """The head of the first column of this kind; of the first column of units for the list that leads."""
        heads = [head for _, head in sorted(self.table.heads[row.page].items()) if head.kind in WORDS]
        fitting = [head.label for head in heads if head.kind is kind]
        if kind is Column.LEAD and not fitting:
            fitting = [head.label for head in heads if head.kind is Column.DUTY]
        return fitting[0] if fitting else ""

    def is_ordinal(self, cell: Cell) -> bool:
        """The cell only counts the rows."""
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

    def lists(self, cell: Cell, word: Word, wording: str) -> list[RoleList]:
        """The lists of a cell of units: all in the role of its column, but where its own words say another.

        Empty where the cell holds no units.
        """
        start, end = cell.start, self._without_stop(cell)
        said = [found for found in read_lists(self.text, start, end) if found.names.spans]
        if any(found.word not in (Word.NONE, Word.TIME, Word.UNKNOWN) for found in said):
            if not all(self._are_names(found) for found in said if found.word not in (Word.TIME, Word.UNKNOWN)):
                return []
            return [
                RoleList(word, wording or None, found.names) if found.word is Word.NONE else found for found in said
            ]
        names = read_names(self.text, start, end)
        is_list = self.is_list(Cell(cell.column, start, end)) or self._holds_bodies(names)
        return [RoleList(word, wording or None, names)] if is_list else []

    def _holds_bodies(self, names: Names) -> bool:
        """A body stands among short words: below the head of units, persons beside it are no reason to lose it."""
        said = [self.text.said(*span) for span in names.spans]
        short = not names.too_long and all(
            len(name) <= _LONGEST_COLLECTIVE and not re.search("[。：:]", name) for name in said
        )
        return short and any(bool(self.registers.candidates(name, self.place)) for name in said)

    def _without_stop(self, cell: Cell) -> int:
        """The end of the cell without the stop that closes its list."""
        end = cell.end
        while end > cell.start and self.text.read[end - 1] in "。；;，、 ":
            end -= 1
        return end

    def is_list(self, cell: Cell) -> bool:
        """The cell is a list of agencies: names that are registered, or end as names of bodies do."""
        if re.search(r"[。：:]", self.text.read[cell.start : cell.end]):
            return False
        return self._are_names(RoleList(Word.NONE, None, read_names(self.text, cell.start, cell.end)))

    def _are_names(self, found: RoleList) -> bool:
        names = [self.text.said(*span) for span in found.names.spans]
        if not names or found.names.too_long or max(map(len, names)) > _LONGEST_NAME:
            return False
        named = sum(
            looks_like_body(name)
            or bool(self.registers.candidates(name, self.place))
            or (name.startswith("各") and len(name) <= _LONGEST_COLLECTIVE)
            for name in names
        )
        return 2 * named >= len(names)
