"""An .xlsx as text: every visible sheet, with the values that the cells show.

A formula gives the value that was stored with it; one without is refused, since only Excel could compute it.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Final

from lxml import etree
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from atkg.documents.blocks import Block, Cell, Paragraph, Table, to_text
from atkg.documents.package import Package
from atkg.documents.received import CELLS_LIMIT, Document, Kind, Note, Unusable
from atkg.documents.word_numbers import integer, value
from atkg.extract.numbering import to_chinese

_PLAIN_NAME: Final = re.compile(r"(?:Sheet|工作表|表)\s*\d*", re.IGNORECASE)
_LITERAL: Final = re.compile(r'(?:"(?P<before>[^"]*)")?[#0,]*0(?:"(?P<behind>[^"]*)")?')
"""A number format with words around the number: "第"0"条"."""

_PLACE: Final = re.compile(r"([A-Z]{1,3})[0-9]{1,7}")


def read_excel(data: bytes, package: Package | None = None) -> Document:
    """An .xlsx as text.

    Raises:
        Unusable: it is damaged, holds no words, or a formula has no stored value.
    """
    package = package or Package(data)
    package.check_xml()
    extents = dict(_extents(package))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            values = load_workbook(io.BytesIO(data), data_only=True, keep_links=False)
    except MemoryError:
        raise
    except Exception as error:  # the library has no class of its own for a damaged workbook
        raise Unusable(
            f"Excel 文件已损坏，无法读取：{error}", f"is a damaged Excel file and can't be read: {error}"
        ) from error
    notes: list[Note] = []
    blocks: list[Block] = []
    shown = [sheet for sheet in values.worksheets if sheet.sheet_state == "visible"]
    for sheet in values.worksheets:
        if sheet not in shown:
            notes.append(
                Note(f"隐藏的工作表“{sheet.title}”未读取。", f"The hidden sheet “{sheet.title}” was not read.")
            )
    filled = [sheet for sheet in shown if extents.get(sheet.title, _Extent()).rows]
    for sheet in filled:
        extent = extents[sheet.title]
        rows, columns = extent.rows, extent.columns
        _check(sheet.title, extent)
        if len(filled) > 1 and not _PLAIN_NAME.fullmatch(sheet.title):
            blocks.append(Paragraph(sheet.title))
        blocks += _blocks(sheet, rows, columns)
        if any(sheet.row_dimensions[row].hidden for row in range(1, rows + 1) if row in sheet.row_dimensions):
            notes.append(
                Note(
                    f"工作表“{sheet.title}”中有隐藏的行，已一并读取。",
                    f"The sheet “{sheet.title}” has hidden rows; they were read like the others.",
                )
            )
    text = to_text(blocks)
    if not text:
        raise Unusable("这份 Excel 文件里没有文字。", "this Excel file holds no words")
    return Document(Kind.XLSX, text, notes=tuple(notes))


@dataclass(slots=True)
class _Extent:
    """How far the cells of a sheet reach that hold something, and its formulas without a stored value."""

    rows: int = 0
    columns: int = 0
    uncomputed: list[str] = field(default_factory=list)


def _extents(package: Package) -> Iterator[tuple[str, _Extent]]:
    """(title, extent) of each sheet; the library alone would go through every cell up to the last."""
    main = package.main or ""
    relations = package.relations(main)
    for sheet in package.xml(main).iter("{*}sheet"):
        relation = relations.get(value(sheet, "id") or "")
        if relation and relation.part and relation.part in package:
            yield sheet.get("name", ""), _extent(package.xml(relation.part))


def _extent(sheet: etree._Element) -> _Extent:
    found = _Extent()
    row = 0
    for line in sheet.iter("{*}row"):
        row = integer(line.get("r"), row + 1)
        column = 0
        for cell in line.iter("{*}c"):
            place = _PLACE.fullmatch(cell.get("r", ""))
            column = _column(place[1]) if place else column + 1
            stored = cell.findtext("{*}v") or cell.get("t") == "str"
            if stored or cell.find("{*}is") is not None:
                found.rows, found.columns = max(found.rows, row), max(found.columns, column)
            elif cell.find("{*}f") is not None:
                found.rows, found.columns = max(found.rows, row), max(found.columns, column)
                found.uncomputed.append(cell.get("r", ""))
    return found


def _column(letters: str) -> int:
    """The number of a column.

    >>> _column("A"), _column("AB")
    (1, 28)
    """
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number


def _check(title: str, extent: _Extent) -> None:
    cells = extent.rows * extent.columns
    if cells > CELLS_LIMIT:
        raise Unusable(
            f"工作表“{title}”有 {cells} 格，超过限额 CELLS_LIMIT（{CELLS_LIMIT} 格）。",
            f"the sheet “{title}” has {cells} cells; the limit CELLS_LIMIT is {CELLS_LIMIT}",
        )
    if extent.uncomputed:
        place = extent.uncomputed[0]
        raise Unusable(
            f"工作表“{title}”的 {place} 是公式，文件里没有它的计算结果；请用 Excel 或 WPS 打开并保存一次，再试。",
            f"cell {place} of the sheet “{title}” is a formula whose result isn't stored in the file; open it in Excel "
            "or WPS and save it, then try again",
        )


def _blocks(sheet: Worksheet, rows: int, columns: int) -> Iterator[Block]:
    """The sheet as tables, parted by blank rows; rows whose only cell is the first are running text."""
    spans = {(area.min_row, area.min_col): area for area in sheet.merged_cells.ranges}
    held: list[Cell] = []
    for row in range(1, rows + 1):
        cells: list[Cell] = []
        for column in range(1, columns + 1):
            words = _shown(sheet.cell(row, column))
            if not words:
                continue
            area = spans.get((row, column))
            width = min(area.max_col, columns) - column + 1 if area else 1
            height = min(area.max_row, rows) - row + 1 if area else 1
            cells.append(Cell(row, column - 1, tuple(words.split("\n")), width, height))
        held += cells
        covered = any(cell.row < row < cell.row + cell.height for cell in held)
        if not cells and not covered:
            yield from _table(held)
            held = []
    yield from _table(held)


def _table(cells: list[Cell]) -> Iterator[Block]:
    if len({cell.column for cell in cells}) > 1:
        first = min(cell.row for cell in cells)
        yield Table(tuple(Cell(cell.row - first, cell.column, cell.lines, cell.width, cell.height) for cell in cells))
    else:
        yield from (Paragraph(line) for cell in cells for line in cell.lines)


def _shown(cell: object) -> str:
    """What a cell shows, as far as its number format is one that plans use."""
    held, form = getattr(cell, "value", None), str(getattr(cell, "number_format", "General"))
    if held is None:
        return ""
    if isinstance(held, bool):
        return "TRUE" if held else "FALSE"
    if isinstance(held, datetime | date):
        return _day(held, form)
    if isinstance(held, time):
        return held.isoformat("minutes")
    if isinstance(held, int | float):
        return _number(held, form)
    return str(held)


def _day(when: date, form: str) -> str:
    """The date as far as the cell shows it: 2025年, 2025年6月, 2025年6月30日."""
    letters = re.sub(r'"[^"]*"|\[[^\]]*\]|\\.', "", form).lower()
    words = f"{when.year}年"
    if "m" in letters:
        words += f"{when.month}月"
    return words + f"{when.day}日" if "d" in letters else words


def _number(count: float, form: str) -> str:
    if form.rstrip().endswith("%"):
        return f"{round(count * 100, 6):g}%"
    words = str(int(count)) if float(count).is_integer() and abs(count) < 1e15 else repr(count)
    if "[DBNum1]" in form and words.isdecimal():
        return to_chinese(int(words))
    if match := _LITERAL.fullmatch(form):
        return f"{match['before'] or ''}{words}{match['behind'] or ''}"
    return words
