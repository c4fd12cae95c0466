"""A .docx as text: paragraphs with their automatic numbers, tables, notes and text boxes, as the reader sees them.

Tracked changes count as accepted: what was inserted stands, what was deleted doesn't. Left out are headers,
footers, comments, hidden text and a table of contents.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from atkg.documents.blocks import Block, Cell, Paragraph, Table, to_text
from atkg.documents.package import Package
from atkg.documents.received import Document, Kind, Note, Unusable
from atkg.documents.word_numbers import Numbering, child, integer, local, value

_GONE: Final = frozenset({"del", "moveFrom", "delText", "instrText", "delInstrText", "pPr", "rPr", "comment"})
_NOTES: Final = {
    "footnoteReference": ("footnotes", "footnote", "注"),
    "endnoteReference": ("endnotes", "endnote", "尾注"),
}
_HIDDEN: Final = Note("文件中有隐藏的文字，未读取。", "The file holds hidden text, which was not read.")
_EMBEDDED: Final = Note("文件中嵌有另一份文件，未读取。", "Another document is embedded in the file; it was not read.")
_PICTURES: Final = Note("文件中有图片；图片里的文字未读取。", "The file holds pictures; words in them were not read.")
_TRACKED: Final = Note(
    "文件中有修订标记：插入的文字按接受读取，删除的不读取。",
    "The file holds tracked changes: insertions were read as accepted, deletions left out.",
)
_DEEPEST: Final = 100
"""How many tables and text boxes can stand within each other."""


@dataclass(slots=True)
class _Field:
    """A field: its instruction, such as PAGE or TOC, and whether its result has begun."""

    instruction: str = ""
    in_result: bool = False

    @property
    def is_contents(self) -> bool:
        return self.instruction.split()[:1] == ["TOC"]


@dataclass(slots=True)
class _Aside:
    """What hangs on a paragraph and stands behind it: numbers of notes, and text boxes."""

    notes: list[tuple[str, str]] = field(default_factory=list)
    boxes: list[etree._Element] = field(default_factory=list)


class WordReader:
    """Reads one package; made for one use."""

    def __init__(self, package: Package, main: str) -> None:
        self._package, self._main = package, main
        self._numbering = Numbering(self._part("numbering"), self._part("styles"))
        self._note_texts: dict[str, dict[str, etree._Element]] = {}
        self._note_counts: dict[str, int] = {}
        self._fields: list[_Field] = []
        self._held = ""
        """The words of a paragraph whose mark was deleted: they open the next one."""
        self._found: dict[Note, None] = {}
        self._depth = 0
        self._behind: list[Block] | None = None
        """In a table, the notes to its cells: they stand behind it."""

    def _part(self, kind: str) -> etree._Element | None:
        name = self._package.part_of(self._main, kind)
        return self._package.xml(name) if name and name in self._package else None

    def read(self) -> Document:
        """The document.

        Raises:
            Unusable: the package is damaged, or holds no words.
        """
        root = self._package.xml(self._main)
        body = child(root, "body")
        text = to_text(self._blocks(body)) if body is not None else ""
        if self._held.strip():
            text += f"{self._held.strip()}\n"
        if not text:
            if _PICTURES in self._found:
                raise Unusable(
                    "这份 Word 文件里只有图片，没有文字；不提供文字识别（OCR），请取得有文字的文件。",
                    "this Word file holds pictures only, no words; there is no OCR here, so get a file with text",
                )
            raise Unusable("这份 Word 文件里没有文字。", "this Word file holds no words")
        return Document(Kind.DOCX, text, notes=tuple(self._found))

    def _blocks(self, parent: etree._Element) -> Iterator[Block]:
        """The paragraphs and tables in an element, in the order of the text."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise Unusable(
                f"表格或文本框嵌套超过 {_DEEPEST} 层。", f"tables or text boxes lie in each other {_DEEPEST} deep"
            )
        for element in parent:
            name = local(element)
            if name == "p":
                yield from self._paragraph(element)
            elif name == "tbl":
                yield from self._table(element)
            elif name == "altChunk":
                self._found[_EMBEDDED] = None
            elif name in ("del", "moveFrom"):
                self._found[_TRACKED] = None
            elif name == "sdt" and _gallery(element) == "table of contents":
                continue
            elif name not in ("sectPr", "tcPr", "tblPr", "trPr", "sdtPr"):
                yield from self._blocks(element)
        self._depth -= 1

    def _paragraph(self, element: etree._Element) -> Iterator[Block]:
        properties = child(element, "pPr")
        aside = _Aside()
        deleted = child(properties, "rPr", "del") is not None
        number = "" if deleted else self._numbering.next_number(properties)
        words = self._held + "".join(self._words(element, aside))
        self._held = ""
        if deleted:  # the mark at its end is gone, so the words run on into the next paragraph
            self._found[_TRACKED] = None
            self._held = words
        elif words.strip() and not self._numbering.style_name(value(child(properties, "pStyle"))).startswith("toc "):
            yield Paragraph(number + words)
        for box in aside.boxes:
            yield from self._blocks(box)
        for mark, key in aside.notes:
            notes = list(self._note(mark, key))
            if self._behind is None:
                yield from notes
            else:
                self._behind += notes

    def _note(self, mark: str, key: str) -> Iterator[Block]:
        """A footnote or endnote, as a paragraph of its own behind the one that it belongs to."""
        part, name, word = _NOTES[mark]
        if part not in self._note_texts:
            root = self._part(part)
            notes = root if root is not None else ()
            self._note_texts[part] = {value(note, "id") or "": note for note in notes if local(note) == name}
        note = self._note_texts[part].pop(key, None)
        if note is None:
            return
        self._note_counts[part] = self._note_counts.get(part, 0) + 1
        held, self._held = self._held, ""
        words = " ".join(block.text.strip() for block in self._blocks(note) if isinstance(block, Paragraph))
        self._held = held
        if words.strip():
            yield Paragraph(f"{word}{self._note_counts[part]}：{words.strip()}")

    def _words(self, element: etree._Element, aside: _Aside) -> Iterator[str]:
        """The words in a paragraph, or in anything that a paragraph can hold."""
        for part in element:
            name = local(part)
            if name in ("del", "moveFrom"):
                self._found[_TRACKED] = None
            elif name in _GONE:
                if name == "instrText" and self._fields:
                    self._fields[-1].instruction += part.text or ""
            elif name in ("ins", "moveTo"):
                self._found[_TRACKED] = None
                yield from self._words(part, aside)
            elif name == "r":
                yield from self._run(part, aside)
            elif name == "ruby":
                base = child(part, "rubyBase")
                yield from (self._words(base, aside) if base is not None else ())
            elif name == "AlternateContent":
                chosen = child(part, "Choice")
                if chosen is None:
                    chosen = child(part, "Fallback")
                yield from (self._words(chosen, aside) if chosen is not None else ())
            elif name == "fldSimple":
                if (value(part, "instr") or "").split()[:1] != ["TOC"]:
                    yield from self._words(part, aside)
            else:
                yield from self._piece(part, name, aside)

    def _run(self, run: etree._Element, aside: _Aside) -> Iterator[str]:
        hidden = child(run, "rPr", "vanish")
        if hidden is not None and value(hidden) not in ("0", "false"):
            if any(local(part) == "t" for part in run):
                self._found[_HIDDEN] = None
            return
        yield from self._words(run, aside)

    def _piece(self, part: etree._Element, name: str, aside: _Aside) -> Iterator[str]:
        if name == "fldChar":
            self._field(value(part, "fldCharType"))
        elif name == "t":
            if not any(found.is_contents or not found.in_result for found in self._fields):
                yield part.text or ""
        elif name in ("tab", "ptab"):
            yield " "
        elif name in ("br", "cr"):
            yield "\n"
        elif name == "noBreakHyphen":
            yield "-"
        elif name == "sym":
            yield _symbol(value(part, "char"))
        elif name in _NOTES:
            aside.notes.append((name, value(part, "id") or ""))
        elif name == "txbxContent":
            aside.boxes.append(part)
        else:
            if name in ("blip", "imagedata"):
                self._found[_PICTURES] = None
            yield from self._words(part, aside)

    def _field(self, kind: str | None) -> None:
        if kind == "begin":
            self._fields.append(_Field())
        elif kind == "separate" and self._fields:
            self._fields[-1].in_result = True
        elif kind == "end" and self._fields:
            self._fields.pop()

    def _table(self, element: etree._Element) -> Iterator[Block]:
        cells: list[Cell] = []
        open_: dict[int, int] = {}  # column → the place in `cells` of the cell that goes on downwards
        outermost = self._behind is None
        behind = self._behind = [] if self._behind is None else self._behind
        count = 0
        for row in _rows(element):
            if child(row, "trPr", "del") is not None:
                self._found[_TRACKED] = None
                continue
            column = integer(value(child(row, "trPr", "gridBefore")))
            for cell in _of(row, "tc"):
                properties = child(cell, "tcPr")
                width = max(integer(value(child(properties, "gridSpan")), 1), 1)
                merged = child(properties, "vMerge")
                lines = tuple(self._cell_lines(cell))
                if merged is not None and value(merged) != "restart" and column in open_:
                    above = cells[open_[column]]
                    more = tuple(line for line in lines if line)
                    cells[open_[column]] = Cell(
                        above.row, above.column, (*above.lines, *more), above.width, count - above.row + 1
                    )
                else:
                    open_.pop(column, None)
                    if merged is not None:
                        open_[column] = len(cells)
                    cells.append(Cell(count, column, lines, width))
                column += width
            count += 1
        if len({cell.column for cell in cells if any(cell.lines)}) > 1:
            yield Table(tuple(cells))
        else:  # a frame around running text
            yield from (Paragraph(line) for cell in cells for line in cell.lines if line.strip())
        if outermost:
            self._behind = None
            yield from behind

    def _cell_lines(self, cell: etree._Element) -> Iterator[str]:
        """The paragraphs of a cell; a table within it gives a line a row."""
        for block in self._blocks(cell):
            if isinstance(block, Paragraph):
                yield block.text
            else:
                rows: dict[int, list[str]] = {}
                for inner in block.cells:
                    rows.setdefault(inner.row, []).append(" ".join(inner.lines))
                yield from (" ".join(words) for words in rows.values())


def _rows(table: etree._Element) -> Iterator[etree._Element]:
    return _of(table, "tr")


def _of(parent: etree._Element, name: str) -> Iterator[etree._Element]:
    """The children of this name, those in content controls and insertions included."""
    for element in parent:
        found = local(element)
        if found == name:
            yield element
        elif found in ("sdt", "sdtContent", "customXml", "ins", "moveTo"):
            yield from _of(element, name)


def _gallery(element: etree._Element) -> str:
    return (value(child(element, "sdtPr", "docPartObj", "docPartGallery")) or "").lower()


def _symbol(code: str | None) -> str:
    """A character of a symbol font; a private one has no meaning outside its font."""
    try:
        char = chr(int(code or "", 16))
    except ValueError:
        return ""
    return "●" if "\ue000" <= char <= "\uf8ff" else char


def read_word(data: bytes, package: Package | None = None) -> Document:
    """A .docx as text.

    Raises:
        Unusable: it is damaged, or holds no words.
    """
    package = package or Package(data)
    if package.main is None:
        raise Unusable("不是 Word 文件。", "is no Word file")
    return WordReader(package, package.main).read()
