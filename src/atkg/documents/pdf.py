"""A .pdf with text as text: its lines joined to paragraphs, its ruled tables as tables.

A PDF holds characters at places, no more: what is a line, a paragraph or a cell follows from where they stand.
Left out are what repeats at the top or the bottom of the pages, the numbers of pages, and turned text (watermarks).
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pdfplumber
from pdfminer.pdfdocument import PDFEncryptionError, PDFPasswordIncorrect
from pdfplumber.page import Page
from pdfplumber.utils.exceptions import PdfminerException

from atkg.documents.blocks import Block, Paragraph, Table, join_lines, to_text
from atkg.documents.pdf_tables import ENDS, Area, fill, find_areas, join_tables
from atkg.documents.pdf_words import Char, Line, lines_of
from atkg.documents.received import PAGES_LIMIT, Document, Kind, Note, Unusable
from atkg.extract.numbering import number_at
from atkg.extract.tables import is_page_number

_MARGIN: Final = 0.12
"""The share of a page's height, at the top and at the bottom, where running heads and feet stand."""
_FEWEST_REPEATS: Final = 2
_BARE_NUMBER: Final = re.compile(r"\s*[-—–·]?\s*\d{1,4}\s*(?:[/／]\s*\d{1,4}\s*)?[-—–·]?\s*")
"""The number of a page where nothing else stands in the margin: 3, 3/12."""
_TURNED: Final = 0.1
"""The slope of a line from which on it is turned."""
_UNBROKEN: Final = re.compile(r"[（〔《“‘【\[(]*[A-Za-z0-9.,:%/+-]*[）〕》”’】、，。；：！？\])]*.?")
"""What no line end can part: a number with its brackets, a mark with the character before it."""
_PRINTED: Final = re.compile(
    r"""
      (?: https? | file ) :// \S+ (?: \s+ \d{1,4} / \d{1,4} )? $
    | \d{1,4} [/.-] \d{1,2} [/.-] \d{1,4} [,，]? \s+ (?: [AP]M | [上下]午 )? \s* \d{1,2}:\d{2}
    """,
    re.VERBOSE,
)
"""What a browser prints above and below a page: the time, and the address."""
_LEAST_READABLE: Final = 0.9
"""The share of characters with a meaning below which the text can't be read: fonts without a table of their characters."""


@dataclass(slots=True)
class _PageParts:
    """The characters and ruled tables of one page; then its running lines, and its tables filled."""

    height: float
    chars: list[Char]
    areas: list[Area]
    pictures: bool
    lines: list[Line] = field(default_factory=list)
    tables: list[Ruled] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Ruled:
    """A table and where it stands on its page, of one over several pages the last part."""

    area: Area
    table: Table

    @property
    def top(self) -> float:
        return self.area.top


def read_pdf(data: bytes) -> Document:
    """A .pdf as text.

    Raises:
        Unusable: it is damaged, encrypted, longer than PAGES_LIMIT, or holds pictures of text only.
    """
    try:
        with pdfplumber.open(io.BytesIO(data)) as file:
            count = len(file.pages)
            pages = [_parts(page) for page in file.pages] if count <= PAGES_LIMIT else []
    except MemoryError:
        raise
    except Exception as error:  # a damaged file can fail anywhere in the library
        raise _unreadable(error) from error
    if count > PAGES_LIMIT:
        raise Unusable(
            f"有 {count} 页，超过限额 PAGES_LIMIT（{PAGES_LIMIT} 页）。",
            f"has {count} pages; the limit PAGES_LIMIT is {PAGES_LIMIT}",
        )
    _check_readable(pages)
    _drop_margins(pages)
    before: Area | None = None
    for page in pages:
        _settle(page, before)
        before = page.tables[-1].area if page.tables else None
    text = to_text(_blocks(pages))
    if not text:
        raise _no_text(pages)
    blank = [
        str(number) for number, page in enumerate(pages, 1) if page.pictures and not page.lines and not page.tables
    ]
    notes = []
    if blank:
        which = "、".join(blank)
        notes.append(
            Note(
                f"第 {which} 页只有图片，没有文字，未读取。",
                f"Pages without text, pictures only, were not read: {', '.join(blank)}.",
            )
        )
    return Document(Kind.PDF, text, notes=tuple(notes))


def _unreadable(error: Exception) -> Unusable:
    """The sentence for what the library stumbled over.

    Raises:
        MemoryError: it is that.
    """
    cause = error.args[0] if isinstance(error, PdfminerException) and error.args else error
    if isinstance(cause, MemoryError):
        raise cause
    if isinstance(cause, PDFPasswordIncorrect | PDFEncryptionError):
        return Unusable(
            "PDF 已加密，没有密码不能读取；请取得未加密的文件。",
            "is an encrypted PDF and can't be read without its password; get a file that isn't encrypted",
        )
    return Unusable(
        "PDF 文件已损坏或没有收全，无法读取；请重新取得文件。",
        "is a damaged PDF, or was not received whole, and can't be read; get the file again",
    )


def _no_text(pages: Sequence[_PageParts]) -> Unusable:
    if any(page.pictures for page in pages):
        return Unusable(
            "这份 PDF 是扫描件，只有图片，没有文字；不提供文字识别（OCR），请取得有文字的文件，或先识别为文本。",
            "is a scanned PDF: pictures only, no text. There is no OCR here; get a file with text, or have it "
            "recognised first",
        )
    return Unusable("这份 PDF 里没有文字。", "this PDF holds no text")


def _check_readable(pages: Sequence[_PageParts]) -> None:
    words = "".join(char.text for page in pages for char in page.chars)
    lost = len(re.findall(r"\(cid:\d+\)", words)) + sum(
        "\ue000" <= char <= "\uf8ff" or char == "\ufffd" for char in words
    )
    if words and lost > (1 - _LEAST_READABLE) * max(len(words) - 7 * lost, lost):
        raise Unusable(
            "这份 PDF 的字体没有字符对照表，文字无法取出；请取得 Word 文件，或先识别为文本。",
            "the fonts of this PDF have no table of their characters, so its text can't be taken out; get the Word "
            "file, or have it recognised first",
        )


def _parts(page: Page) -> _PageParts:
    upright = page.filter(_is_upright).dedupe_chars(tolerance=1)
    chars = [
        Char(
            text=char["text"],
            x0=float(char["x0"]),
            x1=float(char["x1"]),
            top=float(char["top"]),
            bottom=float(char["bottom"]),
            size=float(char["size"]),
        )
        for char in upright.chars
    ]
    parts = _PageParts(float(page.height), chars, find_areas(upright), bool(page.images))
    page.close()
    return parts


def _settle(page: _PageParts, before: Area | None) -> None:
    """Give each character of the page to the table that it stands in, or to its lines."""
    for area in page.areas:
        if table := fill(area, page.chars, before):
            page.tables.append(Ruled(area, table))
            page.chars = [char for char in page.chars if not area.holds(char)]
    page.lines = lines_of(page.chars)


def _is_upright(thing: Mapping[str, Any]) -> bool:
    """What is no character, or one whose line runs from left to right."""
    along, up = thing["matrix"][:2] if thing.get("object_type") == "char" else (1.0, 0.0)
    return bool(along > 0 and abs(up) < _TURNED * along)


def _drop_margins(pages: Sequence[_PageParts]) -> None:
    """Take out running heads and feet: what stands in the margin of several pages, and numbers of pages.

    In the cells of a table what repeats may be its head, so there only what a browser prints is taken out.
    """
    margins = [lines_of([char for char in page.chars if _in_margin(page, char)]) for page in pages]
    inside = [
        [any(area.holds(char) for area in page.areas for char in line.chars) for line in lines]
        for page, lines in zip(pages, margins, strict=True)
    ]
    counts: Counter[str] = Counter()
    for lines, in_table in zip(margins, inside, strict=True):
        counts.update({_pattern(line.text) for line, within in zip(lines, in_table, strict=True) if not within})
    repeats = max(_FEWEST_REPEATS, len(pages) // 2)
    for page, lines, in_table in zip(pages, margins, inside, strict=True):
        gone: set[Char] = set()
        for line, within in zip(lines, in_table, strict=True):
            repeated = counts[_pattern(line.text)] >= repeats and not number_at(line.text, 0)
            number = is_page_number(line.text) or _BARE_NUMBER.fullmatch(line.text)
            if _PRINTED.match(line.text) or (not within and (repeated or number)):
                gone.update(line.chars)
        page.chars = [char for char in page.chars if char not in gone]


def _pattern(words: str) -> str:
    """The words of a line with every number alike."""
    return re.sub(r"\d+", "#", re.sub(r"\s+", "", words))


def _in_margin(page: _PageParts, thing: Char | Line) -> bool:
    return thing.bottom < page.height * _MARGIN or thing.top > page.height * (1 - _MARGIN)


def _blocks(pages: Sequence[_PageParts]) -> Iterator[Block]:
    """Paragraphs and tables in reading order; both run on over the end of a page."""
    left, right = _column(pages)
    held: list[Line] = []
    table: Ruled | None = None
    for page in pages:
        things: list[Line | Ruled] = [*page.lines, *page.tables]
        for place, thing in enumerate(sorted(things, key=lambda thing: thing.top)):
            if isinstance(thing, Line):
                if table:
                    yield table.table
                    table = None
                if held and not _runs_on(held[-1], thing, left, right):
                    yield _paragraph(held)
                    held = []
                held.append(thing)
                continue
            if held:
                yield _paragraph(held)
                held = []
            if table and place == 0 and table.area.has_columns_of(thing.area):
                table = Ruled(thing.area, join_tables(table.table, thing.table, cut=table.area.cut))
            else:
                if table:
                    yield table.table
                table = thing
    if held:
        yield _paragraph(held)
    if table:
        yield table.table


def _paragraph(lines: Sequence[Line]) -> Paragraph:
    words = ""
    for line in lines:
        words = join_lines(words, line.text)
    return Paragraph(words)


def _column(pages: Sequence[_PageParts]) -> tuple[float, float]:
    """(left, right) of the running text: where most lines begin at the left, and the outermost place where several end."""
    lines = [line for page in pages for line in page.lines if not _in_margin(page, line)]
    lines = lines or [line for page in pages for line in page.lines]
    if not lines:
        return 0.0, 0.0
    several = max(2, len(lines) // 20)
    lefts = Counter(round(line.left) for line in lines)
    left = min((place for place, count in lefts.items() if count >= several), default=min(lefts))
    rights = sorted((line.right for line in lines), reverse=True)
    for place in rights:
        if sum(place - lines[0].size < other <= place for other in rights) >= several:
            return float(left), place
    return float(left), rights[0]


def _runs_on(before: Line, line: Line, left: float, right: float) -> bool:
    """The line goes on with the paragraph of the one before.

    The one before reaches the right margin, or as far as the first word of this one leaves it; and this one begins
    at the left, without the indent of a paragraph, in the same size, not far below.
    """
    word = _UNBROKEN.match(line.text)
    needed = sum(0.55 if char.isascii() else 1.0 for char in word.group()) if word else 1.0
    reaches = right - before.right < (needed + 0.7) * before.size
    indented = line.left - left > 1.2 * line.size
    same_size = abs(before.size - line.size) < 0.15 * before.size
    apart = line.top - before.bottom > 1.6 * line.size and line.top > before.top
    if not reaches or indented or not same_size or apart:
        return False
    number = number_at(line.text, 0)
    return not (number and ENDS.search(before.text))
