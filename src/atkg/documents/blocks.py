"""Paragraphs and tables as lines of text, in the two forms of table that the extractor reads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from atkg.documents.received import CELLS_LIMIT, Unusable
from atkg.extract.numbering import number_at

_DROPPED: Final = re.compile("[\u0000-\u0008\u000e-\u001f\u007f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
"""Control characters, soft hyphens and characters without width: nobody sees them, and they part words."""

_BREAKS: Final = re.compile(r"\r\n?|[\n\v\f\x85\u2028\u2029]")
_LONGEST_HEAD: Final = 16
_NO_HEAD: Final = re.compile(r"[。，,；;：:]")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph; a line break in it starts a line of its own."""

    text: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell and the columns and rows that it spans, with its paragraphs."""

    row: int
    column: int
    lines: tuple[str, ...]
    width: int = 1
    height: int = 1


@dataclass(frozen=True, slots=True)
class Table:
    """The cells of a table in any order; whatever no cell covers is empty."""

    cells: tuple[Cell, ...]

    @property
    def columns(self) -> int:
        return max((cell.column + cell.width for cell in self.cells), default=0)

    @property
    def rows(self) -> int:
        return max((cell.row + cell.height for cell in self.cells), default=0)


Block = Paragraph | Table


def clean(text: str) -> str:
    """The text without what nobody sees."""
    return _DROPPED.sub("", text)


def to_text(blocks: Iterable[Block]) -> str:
    """The document as text: a line a paragraph, a blank line around each table."""
    lines: list[str] = []
    for block in blocks:
        if isinstance(block, Paragraph):
            lines += [line.strip() for line in _BREAKS.split(clean(block.text).replace("\t", " ")) if line.strip()]
        elif table := _table_lines(block):
            lines += ["", *table, ""]
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")
    return f"{text}\n" if text.strip() else ""


def _table_lines(table: Table) -> list[str]:
    """The lines of a table.

    What stands in a single cell above the head, such as a title over all columns, is a line of running text; so is
    every cell of a table with one column. Where no cell has several paragraphs a row is one line with tabs; else
    a cell is a line that opens with a tab, its further paragraphs are lines without one, and a blank line ends the
    row.
    """
    grid = _grid(table)
    before: list[str] = []
    while grid and sum(map(bool, grid[0])) <= 1:
        before += [line for cell in grid[0] for line in cell]
        del grid[0]
    if not grid:
        return before
    if any(len(cell) > 1 for row in grid for cell in row) and not _breaks_off(grid):
        for row in grid:
            before.append("")
            for cell in row:
                before += [f"\t{cell[0] if cell else ''}", *cell[1:]]
        return [*before, ""]
    return [*before, *("\t".join(_joined(cell) for cell in row) for row in grid)]


def _grid(table: Table) -> list[list[tuple[str, ...]]]:
    """The rows of cells: what spans several rows stands in each of them, what spans several columns in the first.

    The first row that has more than one cell is the head; a cell of it that spans rows stands there once.

    Raises:
        Unusable: the rectangle of the table has more than CELLS_LIMIT cells.
    """
    columns, rows = table.columns, table.rows
    if columns * rows > CELLS_LIMIT:
        raise Unusable(
            f"一个表格有 {columns * rows} 格，超过限额 CELLS_LIMIT（{CELLS_LIMIT} 格）。",
            f"a table has {columns * rows} cells; the limit CELLS_LIMIT is {CELLS_LIMIT}",
        )
    grid: list[list[tuple[str, ...]]] = [[()] * columns for _ in range(rows)]
    head = _head_row(table)
    for cell in table.cells:
        lines = tuple(line for line in (_one_line(part) for text in cell.lines for part in _BREAKS.split(text)) if line)
        for row in range(cell.row, cell.row + (1 if cell.row == head else cell.height)):
            grid[row][cell.column] = lines
    return [row for row in grid if any(row)]


def _head_row(table: Table) -> int | None:
    """The first row with several cells that hold words, if those look like heads: short, without punctuation."""
    rows: dict[int, list[str]] = {}
    for cell in table.cells:
        if words := "".join(cell.lines).strip():
            rows.setdefault(cell.row, []).append(words)
    first = min((row for row, words in rows.items() if len(words) > 1), default=None)
    if first is None or any(len(words) > _LONGEST_HEAD or _NO_HEAD.search(words) for words in rows[first]):
        return None
    return first


def _one_line(text: str) -> str:
    return re.sub(r"[^\S\u3000]+", " ", clean(text)).strip()


def _joined(cell: Sequence[str]) -> str:
    """The paragraphs of a cell on one line: a name and a number each keep apart from what stands before."""
    return " ".join(cell)


def _breaks_off(grid: Sequence[Sequence[Sequence[str]]]) -> bool:
    """A further paragraph in a cell opens with a number that would end the table: 一、 or 第一条."""
    further = (line for row in grid for cell in row for line in cell[1:])
    return any((number := number_at(line, 0)) and number.kind in ("chp", "art", "sec") for line in further)


def join_lines(first: str, second: str) -> str:
    """Two parts of one sentence that a line end cut: a space stands between letters and digits only.

    >>> join_lines("反对拐", "卖人口"), join_lines("human", "trafficking"), join_lines("traf-", "ficking")
    ('反对拐卖人口', 'human trafficking', 'trafficking')
    """
    if not first or not second:
        return first + second
    if first[-1] == "-" and len(first) > 1 and first[-2].isascii() and first[-2].isalpha() and second[0].islower():
        return first[:-1] + second
    apart = first[-1].isascii() and second[0].isascii() and first[-1].isalnum() and second[0].isalnum()
    return f"{first} {second}" if apart else first + second
