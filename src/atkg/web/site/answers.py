"""The rows of an answer for programs, as plain objects, and for people, as cells with names and links."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from atkg.namespaces import ATKG, DCT, RDFS, SKOS, XSD, shorten
from atkg.web.engine import Engine, Term, select
from atkg.web.site.columns import column_label, companions
from atkg.web.site.negotiation import page_path

Row = Mapping[str, Term]

MAX_OBJECTS: Final = 10_000
"""The most rows as plain objects; the other forms have the engine's own limits."""

_INTEGERS: Final = frozenset(XSD + name for name in ("integer", "int", "long", "nonNegativeInteger", "positiveInteger"))
_NUMBERS: Final = frozenset(XSD + name for name in ("decimal", "double", "float"))
_CHUNK: Final = 300
"""How many things are asked for their names at once: the query stays far below the limit of its length."""


def objects(columns: Sequence[str], rows: Iterable[Row]) -> str:
    """The rows as a JSON list of objects, each with every column; see `plain` for the values."""
    found = [{name: plain(row.get(name)) for name in columns} for row in rows]
    return json.dumps(found, ensure_ascii=False, allow_nan=False)


def plain(term: Term | None) -> str | int | float | bool | None:
    """The value without its RDF: an IRI as people write it, a number, true or false, else a text.

    >>> plain(Term("uri", "https://w3id.org/atkg/id/role/lead"))
    'id/role/lead'
    >>> plain(Term("literal", "07", datatype="http://www.w3.org/2001/XMLSchema#integer"))
    7
    """
    if term is None:
        return None
    if term.is_iri:
        return shorten(term.value)
    try:
        if term.datatype in _INTEGERS:
            return int(term.value)
        if term.datatype in _NUMBERS and math.isfinite(number := float(term.value)):
            return number
    except ValueError:
        return term.value
    if term.datatype == XSD + "boolean":
        return term.value in ("true", "1")
    return term.value


@dataclass(frozen=True, slots=True)
class Cell:
    """What a reader sees of one value."""

    text: str
    href: str | None = None
    language: str | None = None
    kind: str = ""
    """How it is laid out: as a number, a date, or words; else as it comes."""


@dataclass(frozen=True, slots=True)
class Table:
    """An answer as people read it."""

    headings: Sequence[str]
    rows: Sequence[Sequence[Cell]]


def table(
    engine: Engine, columns: Sequence[str], rows: Sequence[Row], language: str, given: Collection[str] = ()
) -> Table:
    """The rows with things named and linked; a thing and the column that names it are one cell.

    What was given in the question, and so is the same in every row, has no column.
    """
    partners = companions(list(columns))
    thing_of = {partner: thing for thing, partner in partners.items()}
    shown = [name for name in columns if name not in partners and not {name, thing_of.get(name)} & set(given)]
    things = [thing_of.get(name, name) for name in shown]
    # the names that an answer brings along are Chinese, so that an English page asks for all
    asked = [thing for name, thing in zip(shown, things, strict=True) if thing == name or language == "en"]
    iris = {row[name].value for row in rows for name in asked if name in row and row[name].is_iri}
    known = names(engine, sorted(iris), language)
    cells = [[_cell(row, *pair, known, language) for pair in zip(shown, things, strict=True)] for row in rows]
    return Table([column_label(name, language) for name in shown], cells)


def _cell(row: Row, name: str, thing: str, known: Mapping[str, Term], language: str) -> Cell:
    value = row.get(name)
    target = row.get(thing)
    if target is not None and target.is_iri:
        label = known.get(target.value)
        if thing != name and value is not None and value.value and (label is None or label.language != language):
            label = value
        if label is None:
            return Cell(shorten(target.value), page_path(target.value))
        return Cell(label.value, page_path(target.value), _foreign(label, language))
    value = value or target
    if value is None:
        return Cell("")
    match plain(value):
        case bool(truth):
            return Cell(_TRUTH[language][truth])
        case int() | float():
            return Cell(value.value, kind="number")
    kind = "date" if value.datatype == XSD + "date" else "words" if len(value.value) > _LONG else ""
    return Cell(value.value, language=_foreign(value, language), kind=kind)


_LONG: Final = 60
"""Characters from which a text gets a wide column."""
_TRUTH: Final = {"zh": ("否", "是"), "en": ("no", "yes")}


def _foreign(term: Term, language: str) -> str | None:
    """The language of a text where it isn't the page's."""
    own = term.language or ("zh" if any("\u4e00" <= char <= "\u9fff" for char in term.value) else language)
    return None if own == language else "zh-Hans" if own == "zh" else own


def names(engine: Engine, iris: Sequence[str], language: str) -> dict[str, Term]:
    """What these things are called: in this language, else in Chinese, else by the reference that people cite."""
    found: dict[str, Term] = {}
    for start in range(0, len(iris), _CHUNK):
        values = " ".join(Term("uri", iri).to_sparql() for iri in iris[start : start + _CHUNK])
        for row in select(engine, _NAMES.replace("VALUES ?thing {}", f"VALUES ?thing {{ {values} }}")):
            name, thing = row["name"], row["thing"].value
            if thing not in found or _rank(name, language) < _rank(found[thing], language):
                found[thing] = name
    return found


_NAMES: Final = f"""SELECT ?thing ?name WHERE {{
    VALUES ?thing {{}}
    ?thing <{SKOS}prefLabel>|<{DCT}title>|<{RDFS}label>|<{ATKG}reference>|<{ATKG}statedIn>/<{ATKG}reference> ?name
}}"""


def _rank(name: Term, language: str) -> tuple[int, str]:
    return (0 if name.language == language else 1 if name.language == "zh" else 2), name.value
