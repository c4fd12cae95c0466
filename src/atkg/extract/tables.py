"""Tables that were flattened to text: what its columns are, and which cell stands where.

Two ways of flattening are read: a line a row with tabs between the cells, and a line a cell with a tab
before it, rows parted by a blank line. A column is known by the words in its head, never by its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

from atkg.extract.numbering import number_at
from atkg.extract.text import Line, Text


class Column(StrEnum):
    SECTION = "section"
    TASK = "task"
    LEAD = "lead"
    COOPERATING = "cooperating"
    UNIT = "unit"
    PROGRESS = "progress"


_HEADS: Final = (
    (Column.SECTION, re.compile(r"工作项目|项目|类别|工作领域|序号")),
    (Column.LEAD, re.compile(r"(?:主责|牵头|责任|负责|主办)(?:单位|部门)")),
    (Column.COOPERATING, re.compile(r"(?:配合|协办|协助|参与|参加)(?:单位|部门)")),
    (Column.TASK, re.compile(r"(?:工作|重点|主要)?(?:任务|措施|内容)")),
    (Column.PROGRESS, re.compile(r"进度|年度|举措|完成时限|时限|时间安排")),
    (Column.UNIT, re.compile(r"单位|部门")),
)

_YEARS: Final = re.compile(r"(?P<first>\d{4})\s*年?(?:\s*[-—–~至]+\s*(?P<last>\d{4})\s*年?)?")


@dataclass(frozen=True, slots=True)
class Head:
    """A column: what its head says it holds, and for a column of years which."""

    kind: Column
    begin: date | None = None
    end: date | None = None
    label: str = ""
    span: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell that holds words; offsets in Text.read."""

    column: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Row:
    start: int
    end: int
    cells: tuple[Cell, ...]
    page: int


@dataclass(slots=True)
class Table:
    """The rows of a table with the heads of their page; `by_unit` where each row is an agency's."""

    heads: list[dict[int, Head]] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    start: int = 0

    @property
    def by_unit(self) -> bool:
        kinds = {head.kind for heads in self.heads for head in heads.values()}
        return Column.UNIT in kinds and not kinds & {Column.LEAD, Column.COOPERATING}

    def head(self, row: Row, column: int) -> Head | None:
        """The head above this column; a blank head goes on with the one to its left."""
        heads = self.heads[row.page]
        left = [place for place in heads if place <= column]
        return heads[max(left)] if left else None


def split_tables(text: Text, lines: Sequence[Line]) -> tuple[list[Line], list[Table]]:
    """The lines of running text, and the tables among them."""
    running: list[Line] = []
    tables: list[Table] = []
    rest = list(lines)
    while rest:
        line = rest[0]
        by_line = "\t" in line.text.strip()
        if not _opens(text, rest[:2], by_line=by_line):
            running.append(rest.pop(0))
            continue
        taken = _block(rest, by_line=by_line)
        groups = [[row] for row in taken if row.text.strip()] if by_line else _groups(taken)
        table = Table(start=line.start)
        for group in groups:
            _add(text, table, group, by_line=by_line)
        tables.append(table)
        del rest[: len(taken)]
    return running, tables


def _block(lines: Sequence[Line], *, by_line: bool) -> list[Line]:
    """The lines from the first head to the end of the table."""
    taken: list[Line] = []
    for line in lines:
        stripped = line.text.strip()
        number = number_at(stripped, 0) if "\t" not in line.text else None
        if by_line and stripped and "\t" not in line.text:
            break
        if not by_line and number and number.kind in ("chp", "art", "sec"):
            break
        taken.append(line)
    return taken


def _groups(lines: Sequence[Line]) -> list[list[Line]]:
    """The lines of each row where a blank line parts the rows."""
    groups: list[list[Line]] = [[]]
    for line in lines:
        if line.text:
            groups[-1].append(line)
        elif groups[-1]:
            groups.append([])
    return [group for group in groups if group and any(line.text.strip() for line in group)]


def _cells(text: Text, line: Line) -> list[tuple[int, int, int]]:
    """(column, start, end) of the cells of a line that hold words."""
    cells: list[tuple[int, int, int]] = []
    start = line.start
    for column, part in enumerate(line.text.split("\t")):
        begin, end = text.trim(start, start + len(part))
        if begin < end:
            cells.append((column, begin, end))
        start += len(part) + 1
    return cells


def _group_cells(text: Text, group: Sequence[Line]) -> list[tuple[int, int, int]]:
    """The cells of a row that was flattened to a line a cell: each opens with a tab."""
    cells: list[tuple[int, int, int]] = []
    column = -1
    for line in group:
        begin, end = text.trim(line.start, line.end)
        if line.text.startswith("\t"):
            column += 1
            if begin < end:
                cells.append((column, begin, end))
        elif cells and begin < end:
            cells[-1] = (cells[-1][0], cells[-1][1], end)
    return cells


def _opens(text: Text, lines: Sequence[Line], *, by_line: bool) -> bool:
    """These lines are the head of a table: two heads or more, in one line or in lines that open with a tab."""
    if by_line:
        cells = _cells(text, lines[0])
    elif all(line.text.startswith("\t") for line in lines):
        cells = [cell for line in lines for cell in _cells(text, line)]
    else:
        return False
    return len(cells) > 1 and all(_kind(text.words(begin, end)) for _, begin, end in cells)


def _add(text: Text, table: Table, group: Sequence[Line], *, by_line: bool) -> None:
    """Put a row into the table: as the head of a page, as years below that head, or as a row of cells."""
    cells = _cells(text, group[0]) if by_line else _group_cells(text, group)
    words = [text.words(begin, end) for _, begin, end in cells]
    years = [_YEARS.fullmatch(word) for word in words]
    if cells and all(years) and table.heads:
        for (column, begin, end), match in zip(cells, years, strict=True):
            if match:
                table.heads[-1][column] = _year_head(match, (begin, end))
        return
    kinds = [_kind(word) for word in words]
    if len(cells) > 1 and all(kinds):
        heads = {
            column: Head(kind, label=word, span=(begin, end))
            for (column, begin, end), kind, word in zip(cells, kinds, words, strict=True)
            if kind
        }
        table.heads.append(heads)
        return
    if cells and table.heads:
        end = group[-1].end if by_line else min(group[-1].end + 1, len(text.read))
        page = len(table.heads) - 1
        table.rows.append(Row(cells[0][1], end, tuple(Cell(*cell) for cell in cells), page))


def _kind(words: str) -> Column | None:
    if len(words) > 12 or "。" in words:
        return None
    return next((kind for kind, pattern in _HEADS if pattern.search(words)), None)


def _year_head(match: re.Match[str], span: tuple[int, int]) -> Head:
    first = int(match["first"])
    last = int(match["last"] or first)
    return Head(Column.PROGRESS, date(first, 1, 1), date(last, 12, 31), match.group(), span)


def items(text: Text, cell: Cell) -> Iterator[tuple[int | None, int, int, int]]:
    """(number, start, start of the words, end) of each numbered or separate line in a cell."""
    found: list[tuple[int | None, int, int, int]] = []
    start = cell.start
    for part in text.read[cell.start : cell.end].split("\n"):
        begin, end = text.trim(start, start + len(part))
        start += len(part) + 1
        if begin >= end:
            continue
        number = number_at(text.read, begin)
        if number and number.kind == "item":
            found.append((number.value, begin, text.trim(number.end, end)[0], end))
        elif found and found[-1][0] is not None:  # a line that goes on with the numbered one above
            value, first, words, _ = found[-1]
            found[-1] = (value, first, words, end)
        else:
            found.append((None, begin, begin, end))
    yield from found
