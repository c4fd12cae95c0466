"""A web page as text: the main text without navigation, its tables, and what its head says of it.

Nothing that the page refers to is fetched, and nothing in it runs: it is only parsed.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import Final

from lxml import etree

from atkg.documents.blocks import Block, Cell, Paragraph, Table, to_text
from atkg.documents.plain import decode_text
from atkg.documents.received import CELLS_LIMIT, Document, Kind, Unusable
from atkg.documents.word_numbers import write_number
from atkg.extract.numbering import number_at

_GONE: Final = frozenset(
    {
        *("script", "style", "noscript", "template", "head", "title", "nav", "footer", "aside", "iframe", "object"),
        *("embed", "svg", "canvas", "audio", "video", "map", "button", "select", "option", "textarea", "input", "img"),
    }
)
_BLOCKS: Final = frozenset(
    {
        *("p", "div", "li", "ul", "ol", "dl", "dt", "dd", "h1", "h2", "h3", "h4", "h5", "h6", "section", "article"),
        *("main", "header", "blockquote", "pre", "address", "center", "figure", "figcaption", "fieldset", "form", "hr"),
        *("table", "tbody", "thead", "tfoot", "tr", "td", "th", "caption", "body", "html", "details", "summary"),
    }
)
_CHARSET: Final = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*(?P<name>[A-Za-z0-9_.:-]{2,40})", re.IGNORECASE)
_PROLOGUE: Final = re.compile(r"^\s*<\?xml[^>]*\?>")
_HIDDEN: Final = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all", re.IGNORECASE)
_HEAD_BYTES: Final = 8192
"""How far the declaration of the encoding is looked for."""
_WIDER: Final = {"gb2312": "gb18030", "gbk": "gb18030", "gb_2312-80": "gb18030", "x-gbk": "gb18030"}
"""Names under which pages use what only the larger set holds."""

_BETWEEN_CHINESE: Final = re.compile(
    r"(?<=[\u2e80-\u9fff\uff00-\uffef])[ \t\r\f]*\n\s*(?=[\u2e80-\u9fff\uff00-\uffef])"
)
_SPACES: Final = re.compile(r"[ \t\r\n\f]+")
_SENTENCE: Final = re.compile("[。；]")
_KEPT: Final = 0.98
"""The share of the page's sentences that must stand in its main part."""
_TITLE: Final = re.compile(r"\s*(?:[_|]|\s[-–—]\s).*$")
"""What a page's title has behind the document's: the name of the site."""

_LIST_FORMS: Final = {
    "a": "lowerLetter",
    "A": "upperLetter",
    "i": "lowerRoman",
    "I": "upperRoman",
    "1": "decimal",
    "cjk-ideographic": "chineseCounting",
    "simp-chinese-informal": "chineseCounting",
    "trad-chinese-informal": "chineseCounting",
}
_LIST_STYLE: Final = re.compile(r"list-style(?:-type)?\s*:\s*([a-z-]+)", re.IGNORECASE)
_META: Final = {
    "articletitle": "title",
    "og:title": "title",
    "url": "page",
    "og:url": "page",
    "pubdate": "date",
    "contentsource": "issuer",
}
"""What the meta elements of government sites are called."""


def read_html(data: bytes) -> Document:
    """A web page as text.

    Raises:
        Unusable: its encoding is not known, or it holds no words.
    """
    source = _PROLOGUE.sub("", _decode(data))
    parser = etree.HTMLParser(no_network=True, remove_comments=True, remove_pis=True, huge_tree=False)
    try:
        root = etree.fromstring(source, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unusable(f"网页无法解析：{error}", f"the web page can't be parsed: {error}") from error
    if any("depth" in error.message for error in parser.error_log):
        raise Unusable(
            "网页的元素嵌套太深，无法完整读取；请复制为文本文件。",
            "the elements of the web page are nested too deeply to be read whole; copy the words into a text file",
        )
    body = root.find("body") if root is not None else None
    text = to_text(_main_blocks(body)) if body is not None else ""
    if not text:
        raise Unusable(
            "网页里没有文字（正文可能要由脚本载入，或是图片）。请在浏览器中打开后另存，或复制为文本文件。",
            "the web page holds no words (a script may load them, or they are a picture); save it from a browser once "
            "it is open, or copy the words into a text file",
        )
    return Document(Kind.HTML, text, hints=_hints(root))


def _decode(data: bytes) -> str:
    """The page as text: by its byte order mark, as UTF-8 if it is that, else as it declares, else as any text."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return decode_text(data)[0]
    declared = _CHARSET.search(data[:_HEAD_BYTES])
    name = declared["name"].decode("ascii").lower() if declared else "utf-8"
    for encoding in ("utf-8-sig", _WIDER.get(name, name)):
        try:
            return data.decode(encoding)
        except (UnicodeError, LookupError):
            continue
    return decode_text(data)[0]


def _hints(root: etree._Element) -> dict[str, str]:
    """What the head of the page says of the document."""
    found: dict[str, str] = {}
    for meta in root.iter("meta"):
        name = (meta.get("name") or meta.get("property") or "").lower()
        content = (meta.get("content") or "").strip()
        if content and name in _META:
            found.setdefault(_META[name], content)
    title = root.find(".//title")
    if title is not None and title.text and "title" not in found:
        found["title"] = _TITLE.sub("", " ".join(title.text.split()))
    return found


def _is_gone(element: etree._Element) -> bool:
    return (
        element.tag in _GONE
        or element.get("hidden") is not None
        or element.get("aria-hidden") == "true"
        or bool(_HIDDEN.search(element.get("style") or ""))
    )


def _main_blocks(body: etree._Element) -> Iterator[Block]:
    """The paragraphs and tables of the main part, its title before them where that stands outside."""
    main = _main(body)
    inside = set(main.iter())
    for heading in body.iter("h1"):
        if heading not in inside and not any(map(_is_gone, [heading, *heading.iterancestors()])):
            yield from _Flow().read(heading)
            break
    yield from _Flow().read(main)


def _main(body: etree._Element) -> etree._Element:
    """The smallest element that holds all but a few of the page's sentences and all of its tables."""
    weights: dict[etree._Element, int] = {}

    def weigh(element: etree._Element) -> int:
        if _is_gone(element) or element.tag == "a":
            return 0
        words = "".join((element.text or "", *((part.tail or "") for part in element)))
        own = len(words.strip()) if _SENTENCE.search(words) or _opens_clause(words) else 0
        if element.tag == "table":
            own += len("".join(map(str, element.itertext())).strip()) // 2
        weights[element] = own + sum(map(weigh, element))
        return weights[element]

    total = weigh(body)
    here = body
    while total:
        below = max(here, key=lambda element: weights.get(element, 0), default=None)
        if below is None or weights.get(below, 0) < _KEPT * total or below.tag in ("p", "table", "span", "li"):
            break
        here = below
    return here


def _opens_clause(words: str) -> bool:
    number = number_at(words.strip(), 0)
    return number is not None and number.kind in ("chp", "art", "sec", "sub")


class _Flow:
    """The blocks of an element: words run on until a block element begins or ends, or a line breaks."""

    def __init__(self) -> None:
        self._words: list[str] = []
        self._counts: list[int] = []

    def read(self, element: etree._Element) -> Iterator[Block]:
        """The blocks of the element."""
        yield from self._element(element)
        yield from self._flush()

    def _flush(self) -> Iterator[Block]:
        words = _collapse("".join(self._words))
        self._words = []
        if words.strip():
            yield Paragraph(words.strip())

    def _element(self, element: etree._Element) -> Iterator[Block]:
        if _is_gone(element):
            return
        tag = element.tag
        if tag == "br":
            yield from self._flush()
            return
        if tag == "table" and not _is_layout(element):
            yield from self._flush()
            yield Table(tuple(_cells(element)))
            return
        block = tag in _BLOCKS
        if block:
            yield from self._flush()
        if tag == "ol":
            self._counts.append(_integer(element.get("start"), 1) - 1)
        elif tag == "li" and (mark := self._mark(element)):
            self._words.append(mark)
        self._words.append(element.text or "")
        for part in element:
            yield from self._element(part)
            self._words.append(part.tail or "")
        if tag == "ol":
            self._counts.pop()
        if block:
            yield from self._flush()

    def _mark(self, item: etree._Element) -> str:
        """The number that a browser writes before an item of a numbered list."""
        above = item.getparent()
        if above is None or above.tag != "ol" or not self._counts:
            return ""
        self._counts[-1] = _integer(item.get("value"), self._counts[-1] + 1)
        style = _LIST_STYLE.search(f"{item.get('style') or ''};{above.get('style') or ''}")
        if style and style[1].lower() == "none":
            return ""
        form = _LIST_FORMS.get(style[1].lower() if style else above.get("type") or "1", "decimal")
        number = write_number(self._counts[-1], form)
        return f"{number}、" if form == "chineseCounting" else f"{number}. "


def _collapse(words: str) -> str:
    """White space as a browser shows it, but for a line end between Chinese characters, which is none."""
    return _SPACES.sub(" ", _BETWEEN_CHINESE.sub("", words))


def _integer(text: str | None, default: int) -> int:
    return int(text) if text and re.fullmatch(r"\s*-?\d{1,6}\s*", text) else default


def _is_layout(table: etree._Element) -> bool:
    """The table only places what stands in it: it holds another, or has a single column or row."""
    rows = list(table.iter("tr"))
    widths = [sum(part.tag in ("td", "th") for part in row) for row in rows]
    return table.find(".//table") is not None or len(rows) < 2 or max(widths, default=0) < 2


def _cells(table: etree._Element) -> Iterator[Cell]:
    """The cells of a table at the places where a browser puts them."""
    taken: dict[tuple[int, int], bool] = {}
    count = 0
    for row in table.iter("tr"):
        if _is_gone(row):
            continue
        column = 0
        for part in row:
            if part.tag not in ("td", "th") or _is_gone(part):
                continue
            while (count, column) in taken:
                column += 1
            width = min(max(_integer(part.get("colspan"), 1), 1), 1000)
            height = min(max(_integer(part.get("rowspan"), 1), 1), 65_534)
            if len(taken) + width * height > CELLS_LIMIT:
                raise Unusable(
                    f"一个表格的格数超过限额 CELLS_LIMIT（{CELLS_LIMIT} 格）。",
                    f"a table has more cells than the limit CELLS_LIMIT ({CELLS_LIMIT})",
                )
            taken.update({(count + down, column + along): True for down in range(height) for along in range(width)})
            lines = tuple(block.text for block in _Flow().read(part) if isinstance(block, Paragraph))
            yield Cell(count, column, lines, width, height)
            column += width
        count += 1
