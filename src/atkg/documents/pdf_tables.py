"""The ruled tables of a page, and tables that go on on the next page."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from pdfplumber.page import Page

from atkg.documents.blocks import Cell, Table, join_lines
from atkg.documents.pdf_words import Char, Line, lines_of
from atkg.extract.numbering import number_at

ENDS: Final = re.compile(r"[。；！？：;!?:”’》）)\]】〕…]\s*$")
"""The end of a sentence: what goes on in the next line or on the next page does not end so."""
_NEAR: Final = 3.0
"""Points between two lines that are one."""
_SHORTEST: Final = 8.0
"""Points below which a line is the end of a thick one."""


Edge = Mapping[str, Any]
"""A line of the page, as pdfplumber gives it."""
Box = tuple[float, float, float, float]
"""Left, top, right and bottom of a cell."""


@dataclass(frozen=True, slots=True)
class Area:
    """The cells of a ruled table on a page; `cut` where no line closes it below, so that its last row goes on."""

    boxes: tuple[Box, ...]
    cut: bool

    @property
    def top(self) -> float:
        return min(box[1] for box in self.boxes)

    @property
    def lefts(self) -> list[float]:
        """Where the columns begin."""
        return _edges([box[0] for box in self.boxes])

    def has_columns_of(self, other: Area) -> bool:
        """The columns stand where those of the other table do, as far as both have them.

        The last ones may be missing where a page cuts the table between rows that reach that far.
        """
        alike = all(abs(here - there) < _NEAR for here, there in zip(self.lefts, other.lefts, strict=False))
        return alike and (self.cut or len(self.lefts) == len(other.lefts))

    def holds(self, char: Char) -> bool:
        """The middle of the character lies in a cell."""
        return any(_holds(box, char) for box in self.boxes)


def find_areas(page: Page) -> list[Area]:
    """The ruled tables of the page, as far as its lines tell."""
    tops, bottoms = _open_ends(page.edges)
    found: list[Area] = []
    for table in page.find_tables({"explicit_horizontal_lines": [*tops, *bottoms]}):
        boxes = tuple((float(box[0]), float(box[1]), float(box[2]), float(box[3])) for box in table.cells)
        cut = any(abs(line["top"] - table.bbox[3]) < _NEAR for line in bottoms)
        area = Area(boxes, cut)
        if len(area.lefts) > 1:
            found.append(area)
    return found


def _open_ends(edges: Sequence[Edge]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The lines that would close the columns of a table at their upper and lower ends, where a page cut it."""
    upright = [edge for edge in edges if edge["orientation"] == "v" and edge["bottom"] - edge["top"] > _SHORTEST]
    level = [edge for edge in edges if edge["orientation"] == "h" and edge["x1"] - edge["x0"] > _SHORTEST]
    return _closing(upright, level, "top"), _closing(upright, level, "bottom")


def _closing(upright: Sequence[Edge], level: Sequence[Edge], end: str) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    for place in _edges([float(edge[end]) for edge in upright]):
        here = [edge for edge in upright if abs(edge[end] - place) < _NEAR]
        left, right = min(edge["x0"] for edge in here), max(edge["x1"] for edge in here)
        closed = any(abs(edge["top"] - place) < _NEAR and edge["x0"] < right and edge["x1"] > left for edge in level)
        if right - left > _SHORTEST and not closed:
            line = {"object_type": "line", "x0": left, "x1": right, "top": place, "bottom": place}
            made.append({**line, "width": right - left, "height": 0.0, "orientation": "h"})
    return made


def fill(area: Area, chars: Sequence[Char], before: Area | None) -> Table | None:
    """The table with the characters in its cells; None for a frame around a single column.

    Args:
        before: the last table of the page before, whose last row may go on in a single column here.
    """
    lefts, tops = area.lefts, _edges([box[1] for box in area.boxes])
    cells: list[Cell] = []
    for box in area.boxes:
        x0, top, x1, bottom = box
        lines = tuple(_paragraphs(lines_of([char for char in chars if _holds(box, char)])))
        width = max(sum(x0 - 1 <= left < x1 - 1 for left in lefts), 1)
        height = max(sum(top - 1 <= edge < bottom - 1 for edge in tops), 1)
        cells.append(Cell(_nearest(tops, top), _nearest(lefts, x0), lines, width, height))
    goes_on = before is not None and before.cut and before.has_columns_of(area)
    filled = len({cell.column for cell in cells if cell.lines})
    return Table(tuple(cells)) if filled > 1 or (filled and goes_on) else None


def _holds(box: Box, char: Char) -> bool:
    x0, top, x1, bottom = box
    return x0 <= (char.x0 + char.x1) / 2 < x1 and top <= char.middle < bottom


def _edges(places: Sequence[float]) -> list[float]:
    """The places without those that are one with another."""
    edges: list[float] = []
    for place in sorted(places):
        if not edges or place - edges[-1] > _NEAR:
            edges.append(place)
    return edges


def _nearest(edges: Sequence[float], place: float) -> int:
    return min(range(len(edges)), key=lambda number: abs(edges[number] - place))


def _paragraphs(lines: Sequence[Line]) -> Iterator[str]:
    """The paragraphs of a cell: a line that opens with a number, or stands behind one that stops short, opens one."""
    right = max((line.right for line in lines), default=0.0)
    held = ""
    before: Line | None = None
    for line in lines:
        short = before is not None and right - before.right > 2 * before.size
        if held and (number_at(line.text, 0) or (short and ENDS.search(held))):
            yield held
            held = ""
        held = join_lines(held, line.text)
        before = line
    if held:
        yield held


def join_tables(table: Table, below: Table, *, cut: bool) -> Table:
    """A table with its part on the next page, whose head is left out where it is repeated.

    Args:
        cut: the end of the page cut the last row, so that the first one there is the rest of it.
    """
    rows = [row for row in _rows(below) if any(cell.lines for cell in row)]
    if rows and _words(rows[0]) == _words(_rows(table)[0]):
        rows = rows[1:]
    first = min((cell.row for row in rows for cell in row), default=0)
    cells = list(table.cells)
    here = table.rows
    if rows and (cut or _is_rest(cells, rows[0])):
        cells = _with_rest(cells, rows[0])
        here -= 1
        spans = {cell.column: cell for cell in rows[0] if cell.height > 1}
        cells = [
            _longer(cell, spans[cell.column].height - 1) if _ends_at(cell, here, spans) else cell for cell in cells
        ]
        rows = [[cell for cell in row if cell.row > first] for row in rows]
    for cell in (cell for row in rows for cell in row):
        above = next((other for other in cells if other.column == cell.column and _bottom(other) == table.rows), None)
        goes_on = cell.row == first and not cell.lines and above and above.lines and max(above.height, cell.height) > 1
        if goes_on and above:
            cells[cells.index(above)] = _longer(above, cell.height)
        else:
            cells.append(replace(cell, row=here + cell.row - first))
    return Table(tuple(cells))


def _rows(table: Table) -> list[list[Cell]]:
    return [row for number in range(table.rows) if (row := [cell for cell in table.cells if cell.row == number])]


def _words(row: Sequence[Cell]) -> list[str]:
    return [unicodedata.normalize("NFKC", "".join("".join(cell.lines).split())) for cell in row]


def _bottom(cell: Cell) -> int:
    return cell.row + cell.height


def _longer(cell: Cell, rows: int) -> Cell:
    return replace(cell, height=cell.height + rows)


def _ends_at(cell: Cell, row: int, spans: dict[int, Cell]) -> bool:
    return cell.column in spans and _bottom(cell) == row + 1


def _is_rest(cells: Sequence[Cell], row: Sequence[Cell]) -> bool:
    """The row is the rest of the one above: it is empty where that one isn't, and goes on where that one broke off."""
    bottom = max(map(_bottom, cells), default=0)
    last = {cell.column: cell for cell in cells if _bottom(cell) == bottom and cell.lines}
    filled = {cell.column for cell in row if cell.lines}
    whole = {column for column, cell in last.items() if cell.height == 1}
    return bool(filled) and filled < whole and not any(ENDS.search(last[column].lines[-1]) for column in filled)


def _with_rest(cells: Sequence[Cell], row: Sequence[Cell]) -> list[Cell]:
    """The cells with the words of the row behind those of the last row."""
    bottom = max(map(_bottom, cells), default=0)
    rest = {cell.column: cell.lines for cell in row if cell.lines}
    made: list[Cell] = []
    for cell in cells:
        lines = rest.get(cell.column, ()) if _bottom(cell) == bottom else ()
        if lines and cell.lines and not number_at(lines[0], 0):
            lines = (*cell.lines[:-1], join_lines(cell.lines[-1], lines[0]), *lines[1:])
        elif lines:
            lines = (*cell.lines, *lines)
        made.append(replace(cell, lines=lines) if lines else cell)
    return made
