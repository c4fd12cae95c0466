"""Tables that were flattened to text: what its columns are, and which cell stands where.

Two ways of flattening are read: a line a row with tabs between the cells, and a line a cell with a tab
before it, rows parted by a blank line. A column is known by the words in its head, never by its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from atkg.extract.columns import WORDS, YEARS, Column, Head, are_heads, column_kind, merged, settled
from atkg.extract.names import looks_local, read_names
from atkg.extract.numbering import number_at
from atkg.extract.text import LINE_END, Line, Text

_EMPTY: Final = re.compile(r"[/／\\—－-]+|无")
"""What a cell holds that is to hold nothing."""

_FEWEST_CELLS: Final = 3
"""How many cells a row needs to be known as one without a head above it."""

_LOOKAHEAD: Final = 3
"""How many lines without a tab can stand between two rows of one table."""

_NOTE: Final = re.compile(r"(?:备?注|说明|填表说明)\s*[:：]")
_SOFT: Final = "\u2028\v"
"""The line ends that can stand within a cell of a table with a line a row."""

_PAGE: Final = re.compile(
    r"\s*(?:[-—－─]{1,2}\s*\d{1,4}\s*[-—－─]{1,2}|第\s*\d{1,4}\s*页(?:\s*[,，/]?\s*共\s*\d{1,4}\s*页)?)\s*"
)
_YEARS: Final = re.compile(YEARS, re.VERBOSE)


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
    end: int = 0
    loose: list[tuple[int, int]] = field(default_factory=list)
    """Lines among the rows that are no row."""

    @property
    def by_unit(self) -> bool:
        kinds = {head.kind for heads in self.heads for head in heads.values()}
        return Column.UNIT in kinds and not kinds & WORDS.keys()

    @property
    def headless(self) -> bool:
        return not any(self.heads)

    def head(self, row: Row, column: int) -> Head | None:
        """The head above this column; a blank head goes on with the one to its left."""
        heads = self.heads[row.page]
        left = [place for place in heads if place <= column]
        return heads[max(left)] if left else None


def split_tables(text: Text, lines: Sequence[Line]) -> tuple[list[Line], list[Table]]:
    """The lines of running text, and the tables among them."""
    running: list[Line] = []
    tables: list[Table] = []
    lines, parts = _with_cell_breaks(text, lines)
    place = 0
    while place < len(lines):
        line = lines[place]
        by_line = "\t" in line.text.strip()
        headed = _opens(text, lines[place : place + 2], by_line=by_line)
        if not headed and not (by_line and _opens_without_head(text, lines, place)):
            running += parts.get(line.start, [line])
            place += 1
            continue
        stop = _end_of_block(text, lines, place, by_line=by_line)
        table = _read_block(text, lines[place:stop], by_line=by_line, headed=headed)
        if not table.rows:
            running += [part for one in lines[place:stop] for part in parts.get(one.start, [one])]
        elif tables and tables[-1].by_unit == table.by_unit and not text.read[tables[-1].end : table.start].strip():
            _go_on(tables[-1], table)
        else:
            tables.append(table)
        place = stop
    return running, tables


def _with_cell_breaks(text: Text, lines: Sequence[Line]) -> tuple[list[Line], dict[int, list[Line]]]:
    """(the lines, those joined that a line end within a cell parts; the parts of each that was joined, by its start).

    Such a line end is U+2028 or a vertical tab, where a tab shows that the line is a row.
    """
    joined: list[list[Line]] = []
    for line in lines:
        if joined and line.start == joined[-1][-1].end + 1 and text.read[line.start - 1] in _SOFT:
            joined[-1].append(line)
        else:
            joined.append([line])
    found: list[Line] = []
    parts: dict[int, list[Line]] = {}
    for chain in joined:
        start, end = chain[0].start, chain[-1].end
        if len(chain) > 1 and any("\t" in line.text for line in chain):
            found.append(Line(start, end, text.read[start:end]))
            parts[start] = chain
        else:
            found += chain
    return found, parts


def _read_block(text: Text, lines: Sequence[Line], *, by_line: bool, headed: bool) -> Table:
    table = Table(start=lines[0].start, end=lines[-1].end, heads=[] if headed else [{}])
    groups = [[line] for line in lines if line.text.strip()] if by_line else _groups(lines)
    for group in groups:
        if any("\t" in line.text for line in group[:1]):
            _add(text, table, group, by_line=by_line)
        elif not is_page_number(group[0].text) or len(group) > 1:
            _add_loose(text, table, group)
    table.heads = [settled(heads) for heads in table.heads]
    return table


def _go_on(table: Table, page: Table) -> None:
    """Put the rows of a further page behind those of the table."""
    pages = len(table.heads)
    table.heads += page.heads
    table.rows += [Row(row.start, row.end, row.cells, row.page + pages) for row in page.rows]
    table.loose += page.loose
    table.end = page.end


def _end_of_block(text: Text, lines: Sequence[Line], place: int, *, by_line: bool) -> int:
    """Where the table ends that opens here: at a line without a tab, unless a row follows that belongs to it."""
    stop = place + 1
    here = place + 1
    while here < len(lines):
        line = lines[here]
        tabbed = "\t" in line.text if by_line else line.text.startswith("\t")
        if tabbed or _goes_on(lines, here, by_line=by_line):
            stop = here = here + 1  # a row, a cell, or a line that goes on with the cell above
        elif not line.text.strip():
            here += 1
        else:
            number = number_at(line.text.strip(), 0)
            following = None if number and number.kind in ("chp", "art") else _row_behind(lines, here, by_line=by_line)
            if following is None or _opens(text, lines[following : following + 2], by_line=by_line):
                break
            if number and number.kind == "sec" and not by_line:
                break
            stop = here = following
    return stop


def _goes_on(lines: Sequence[Line], place: int, *, by_line: bool) -> bool:
    """The line goes on with the cell on the line above, in a table with a line a cell."""
    if by_line or not lines[place].text or not lines[place - 1].text:
        return False
    number = number_at(lines[place].text.strip(), 0)
    return not (number and number.kind in ("chp", "art", "sec"))


def _row_behind(lines: Sequence[Line], place: int, *, by_line: bool) -> int | None:
    """The next row behind this line, if few enough lines stand between."""
    between = 0
    while place < len(lines):
        line = lines[place].text
        if "\t" in line.strip() if by_line else line.startswith("\t") and bool(line.strip()):
            return place
        between += bool(line.strip())
        if between > _LOOKAHEAD:
            return None
        place += 1
    return None


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
    """These lines are the head of a table, in one line or in lines that open with a tab."""
    if by_line:
        cells = _cells(text, lines[0])
    elif all(line.text.startswith("\t") for line in lines):
        cells = [cell for line in lines for cell in _cells(text, line)]
    else:
        return False
    return are_heads([text.words(begin, end) for _, begin, end in cells])


def _opens_without_head(text: Text, lines: Sequence[Line], place: int) -> bool:
    """A row stands here and on the next line that holds words: a text, and a list of bodies behind it."""
    if not _is_row(text, lines[place]):
        return False
    following = next((line for line in lines[place + 1 : place + 4] if line.text.strip()), None)
    return following is not None and _is_row(text, following)


def _is_row(text: Text, line: Line) -> bool:
    if "\t" not in line.text:
        return False
    cells = _cells(text, line)
    names = [read_names(text, begin, end).spans for _, begin, end in cells[1:]]
    return len(cells) >= _FEWEST_CELLS and any(
        listed and all(looks_local(text.read[slice(*name)]) for name in listed) for listed in names
    )


def is_page_number(line: str) -> bool:
    """The line holds the number of a page and nothing else: — 3 —, 第3页."""
    return bool(_PAGE.fullmatch(line))


def _add(text: Text, table: Table, group: Sequence[Line], *, by_line: bool) -> None:
    """Put a row into the table: as the head of a page, as years below that head, or as a row of cells."""
    cells = _cells(text, group[0]) if by_line else _group_cells(text, group)
    words = [text.words(begin, end) for _, begin, end in cells]
    years = [_YEARS.fullmatch(word) for word in words]
    page = len(table.heads) - 1
    below_head = table.heads and table.heads[-1] and not (table.rows and table.rows[-1].page == page)
    if cells and all(years) and below_head:
        for (column, begin, end), match in zip(cells, years, strict=True):
            if match:
                table.heads[-1][column] = _year_head(match, (begin, end))
        return
    if are_heads(words):
        heads = {
            column: _year_head(year, (begin, end))
            if year
            else Head(column_kind(word) or Column.OTHER, label=word, span=(begin, end))
            for (column, begin, end), word, year in zip(cells, words, years, strict=True)
        }
        if below_head:
            table.heads[-1] = merged(table.heads[-1], heads)
        else:
            table.heads.append(heads)
        return
    if filled_once := _note(text, cells):
        table.loose.append(filled_once)
        return
    filled = tuple(Cell(*cell) for cell, word in zip(cells, words, strict=True) if not _EMPTY.fullmatch(word))
    if filled and table.heads:
        end = group[-1].end if by_line else min(group[-1].end + 1, len(text.read))
        table.rows.append(Row(filled[0].start, end, filled, page))


def _note(text: Text, cells: Sequence[tuple[int, int, int]]) -> tuple[int, int] | None:
    """The only cell of a row that is a note on the table: 注：排在首位的为牵头单位。"""
    if len(cells) == 1 and _NOTE.match(text.read, cells[0][1], cells[0][2]):
        return cells[0][1:]
    return None


def _add_loose(text: Text, table: Table, group: Sequence[Line]) -> None:
    """Put a line without a tab into the table: as a row with one heading, or as a line that is no row."""
    begin, end = text.trim(group[0].start, group[-1].end)
    number = number_at(text.read, begin)
    if number and number.kind in ("sec", "sub") and table.heads:
        table.rows.append(Row(begin, end, (Cell(0, begin, end),), len(table.heads) - 1))
    else:
        table.loose.append((begin, end))


def _year_head(match: re.Match[str], span: tuple[int, int]) -> Head:
    first = int(match["first"])
    last = int(match["last"] or first)
    if first > last:
        return Head(Column.PROGRESS, label=match.group(), span=span)
    return Head(Column.PROGRESS, date(first, 1, 1), date(last, 12, 31), match.group(), span)


def items(text: Text, cell: Cell) -> Iterator[tuple[int | None, int, int, int]]:
    """(number, start, start of the words, end) of each numbered or separate line in a cell."""
    found: list[tuple[int | None, int, int, int]] = []
    stops = [match.span() for match in LINE_END.finditer(text.read, cell.start, cell.end)]
    starts = [cell.start, *(stop for _, stop in stops)]
    for start, stop in zip(starts, [*(start for start, _ in stops), cell.end], strict=True):
        begin, end = text.trim(start, stop)
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
