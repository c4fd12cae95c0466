"""The documentation: Markdown files in two languages, with tables that are made from the settings they describe."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from difflib import get_close_matches
from html import escape
from pathlib import Path
from typing import Final

from flask import Blueprint, Response
from markdown_it import MarkdownIt
from markdown_it.token import Token

from atkg.export import PROFILES
from atkg.namespaces import PREFIXES
from atkg.store import BINDING_TYPES, GRAPH_TYPES
from atkg.store import FORMATS as RESULT_FORMATS
from atkg.web.endpoint.limits import Limits
from atkg.web.problem import Problem
from atkg.web.site.negotiation import page_language
from atkg.web.site.pages import link, page
from atkg.web.site.questions import FORMATS

FOLDER: Final = Path(__file__).parent.parent / "docs"
"""Where the pages lie: <name>.zh.md and <name>.en.md."""
PAGES: Final = (
    "index",
    "registries",
    "queries",
    "exports",
    "export-dcat-ap",
    "export-void",
    "export-eli",
    "export-cpov",
    "export-org",
    "export-skos",
    "export-schema-org",
    "export-ics",
    "threat-model",
)
"""The pages, in the order of the table of contents."""

_ANCHOR: Final = re.compile(r"\s*\{#(?P<id>[a-z0-9-]+)\}$")
_SIZES: Final = ((1024**3, "GiB"), (1024**2, "MiB"), (1024, "KiB"))

Table = tuple[Sequence[str], Sequence[Sequence[str]]]
"""Headings and rows; a cell in back quotes is code."""


@dataclass(frozen=True, slots=True)
class Document:
    """One page in one language."""

    title: str
    html: str
    sections: Sequence[tuple[str, str]]
    """(anchor, heading) of each section."""


def docs_blueprint(limits: Limits | None = None) -> Blueprint:
    """The pages at /docs; the limits that they show are these, else the defaults."""
    blueprint = Blueprint("docs", __name__)
    in_force = limits or Limits()

    @blueprint.get("/docs")
    def index() -> Response:
        """The first page of the documentation."""
        return shown("index")

    @blueprint.get("/docs/<name>")
    def document(name: str) -> Response:
        """One of the other pages."""
        if name not in PAGES[1:]:
            near = ", ".join(map(address_of, get_close_matches(name, PAGES[1:]) or PAGES[1:]))
            raise Problem(404, f"没有这一页说明；有：{near}。", f"there is no such page; there are {near}")
        return shown(name)

    def shown(name: str) -> Response:
        language = page_language()
        contents = [(link(address_of(each)), title_of(each, language), each == name) for each in PAGES]
        return page("docs.html", document=read_document(name, language, in_force, link), contents=contents)

    return blueprint


def address_of(name: str) -> str:
    """The path of a page."""
    return "/docs" if name == "index" else f"/docs/{name}"


def title_of(name: str, language: str) -> str:
    """The title of a page: its first line."""
    return source(name, language).partition("\n")[0].removeprefix("# ")


def read_document(name: str, language: str, limits: Limits, address: Callable[[str], str] = str) -> Document:
    """The page of this name in this language; each link leads to `address` of what is written there."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse(source(name, language))
    sections = [(anchor, text) for level, anchor, text in _anchored(tokens) if level == "h2"]
    for token in tokens:
        if token.type == "fence":
            _fill(token, language, limits)
        for child in token.children or ():
            if child.type == "link_open":
                child.attrSet("href", address(str(child.attrGet("href"))))
    html = markdown.renderer.render(_scrolling(tokens, language), markdown.options, {})
    return Document(title_of(name, language), html, sections)


@functools.cache
def source(name: str, language: str) -> str:
    """The Markdown of a page."""
    return (FOLDER / f"{name}.{language}.md").read_text(encoding="utf-8")


def _anchored(tokens: Sequence[Token]) -> list[tuple[str, str, str]]:
    """(tag, anchor, text) of each heading; the mark of `## Limits {#limits}` becomes the heading's id."""
    found = []
    for opening, inline in itertools.pairwise(tokens):
        if opening.type != "heading_open" or not inline.children:
            continue
        last, anchor = inline.children[-1], ""
        if match := _ANCHOR.search(last.content):
            anchor, last.content = match["id"], last.content[: match.start()]
            opening.attrSet("id", anchor)
        found.append((opening.tag, anchor, "".join(child.content for child in inline.children)))
    return found


def _fill(token: Token, language: str, limits: Limits) -> None:
    """Put the table that a block names into its place; for code, keep its language and no further marks."""
    kind = (token.info.split() or [""])[0]
    if kind in _TABLES:
        token.type, token.content = "html_block", _html(_TABLES[kind](language, limits), language)
    token.info = kind


def _scrolling(tokens: Sequence[Token], language: str) -> list[Token]:
    """The tokens with each table in a frame that scrolls where the screen is narrow."""
    found: list[Token] = []
    for token in tokens:
        if token.type == "table_open":
            found.append(Token("html_block", "", 0, content=_FRAMES[language]))
        found.append(token)
        if token.type == "table_close":
            found.append(Token("html_block", "", 0, content="</div>\n"))
    return found


_FRAMES: Final = {
    language: f'<div class="scroll" role="region" tabindex="0" aria-label="{label}">\n'
    for language, label in (("zh", "表格"), ("en", "Table"))
}


def _html(table: Table, language: str) -> str:
    headings, rows = table
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in headings)
    body = "\n".join("<tr>" + "".join(f"<td>{_cell(text)}</td>" for text in row) + "</tr>" for row in rows)
    return f"{_FRAMES[language]}<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>\n"


def _cell(text: str) -> str:
    if len(text) > 2 and text[0] == text[-1] == "`":
        return f"<code>{escape(text[1:-1])}</code>"
    return escape(text)


def _limits(language: str, limits: Limits) -> Table:
    """Every limit with its value in force."""
    rows = [
        (f"`{each.name}`", readable(each.name, getattr(limits, each.name)), str(each.metadata[language]))
        for each in fields(limits)
    ]
    return (("名称", "值", "含义") if language == "zh" else ("name", "value", "what it bounds")), rows


def readable(name: str, value: float) -> str:
    """A limit as people read it.

    >>> readable("query_bytes", 65536), readable("deadline", 10.0), readable("result_rows", 200000)
    ('65,536 (64 KiB)', '10', '200,000')
    """
    number = f"{value:,.0f}" if value == int(value) else f"{value:g}"
    unit = next(((size, unit) for size, unit in _SIZES if value >= size and not value % size), None)
    return f"{number} ({value // unit[0]:g} {unit[1]})" if unit and name.endswith("_bytes") else number


def _formats(language: str, _limits: Limits) -> Table:
    """The forms of answers of /sparql and /graphs."""
    select, graph = (
        ("SELECT、ASK", "CONSTRUCT、DESCRIBE") if language == "zh" else ("SELECT, ASK", "CONSTRUCT, DESCRIBE")
    )
    rows = []
    for media_type in (*BINDING_TYPES, *GRAPH_TYPES):
        name = next(name for name, known in RESULT_FORMATS.items() if known == media_type)
        tabular = "SELECT" if media_type.startswith("text/") else select
        rows.append((f"`{media_type}`", f"`{name}`", tabular if media_type in BINDING_TYPES else graph))
    return ("Accept", "format", "查询" if language == "zh" else "query"), rows


def _answers(language: str, _limits: Limits) -> Table:
    """The forms of the named queries' answers."""
    rows = [(f"`{name}`", f"`{media_type}`", _FORMS[name][language == "en"]) for name, media_type in FORMATS.items()]
    return ("format", "Accept", "内容" if language == "zh" else "what it is"), rows


_FORMS: Final[Mapping[str, tuple[str, str]]] = {
    "objects": ("对象列表，IRI 缩写，数字和真假为 JSON 的", "a list of plain objects: short IRIs, JSON's own numbers"),
    "json": ("SPARQL 结果，带类型和语言", "SPARQL results, with types and languages"),
    "csv": ("表格，完整 IRI；bom=1 供 Excel", "a table with whole IRIs; bom=1 for Excel"),
    "tsv": ("表格，RDF 词项", "a table of RDF terms"),
    "xml": ("SPARQL 结果，带类型和语言", "SPARQL results, with types and languages"),
    "table": ("网页", "a page"),
    "sparql": ("绑定参数后的查询语句，不执行", "the query with its parameters bound, not run"),
}


def _prefixes(language: str, _limits: Limits) -> Table:
    """The prefixes that examples and answers are written with."""
    rows = [(f"`{name}:`", f"`{iri}`") for name, iri in PREFIXES.items()]
    return (("前缀", "命名空间") if language == "zh" else ("prefix", "namespace")), rows


def _profiles(language: str, _limits: Limits) -> Table:
    """The forms that the dataset is exported in."""
    rows = [
        (f"`{each.name}`", ", ".join(each.media_types), each.zh if language == "zh" else each.en)
        for each in PROFILES.values()
    ]
    return (
        ("名称", "文件", "是什么，供谁使用") if language == "zh" else ("name", "files", "what it is, and for whom")
    ), rows


_TABLES: Final = {
    "limits": _limits,
    "formats": _formats,
    "answers": _answers,
    "prefixes": _prefixes,
    "profiles": _profiles,
}
"""What a block of this name is replaced by."""
