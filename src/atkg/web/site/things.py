"""What the graph says about things: their own triples, and the links that end in them; each by a bounded query."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from atkg.namespaces import ATKG, BASE
from atkg.web.engine import Engine, Term, ask, iri, select

MAX_COUNTED: Final = 100_000
"""The most incoming links that are counted; a page says so where there are more."""
MAX_SORTED: Final = 5_000
"""The most incoming links of one property that are sorted before they are paged; more come as the store has them."""
PAGE_SIZE: Final = 100
"""The most incoming links of one property on a page."""
MAX_RELATED: Final = 2_000
"""The most things that are read along one property, such as the clauses of a plan."""
_AT_ONCE: Final = 200
"""The most things that one query asks about."""
_INFERRED: Final = BASE + "graph/inferred/"

Properties = Mapping[str, Sequence[Term]]
"""What is said of one thing: property → values."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One triple about a thing: the property, the value, the graph that says so."""

    predicate: str
    value: Term
    graph: str

    @property
    def inferred(self) -> bool:
        """A rule concluded it; no document says so."""
        return self.graph.startswith(_INFERRED)


def exists(engine: Engine, thing: str) -> bool:
    """The graph says something about this IRI, or it is the IRI of a graph."""
    return thing in engine.graphs or ask(engine, f"ASK {{ {iri(thing).to_sparql()} ?property ?value }}")


def statements(engine: Engine, thing: str) -> list[Statement]:
    """All that is said of a thing but for the text of a document, by property and value."""
    subject = iri(thing).to_sparql()
    rows = select(
        engine,
        f"""SELECT ?graph ?property ?value WHERE {{
            GRAPH ?graph {{ {subject} ?property ?value }} FILTER (?property != <{ATKG}text>)
        }} LIMIT {MAX_RELATED}""",
    )
    found = [Statement(row["property"].value, row["value"], row["graph"].value) for row in rows]
    return sorted(found, key=lambda each: (each.predicate, natural(each.value.value), each.value.language or ""))


def describe(engine: Engine, things: Iterable[str]) -> dict[str, dict[str, list[Term]]]:
    """Thing → property → values, for all of these that the graph knows; without the texts of documents."""
    found: dict[str, dict[str, list[Term]]] = {}
    for some in _batches(things):
        rows = select(
            engine,
            f"""SELECT ?thing ?property ?value WHERE {{
                VALUES ?thing {{ {_listed(some)} }} ?thing ?property ?value FILTER (?property != <{ATKG}text>)
            }}""",
        )
        for row in rows:
            found.setdefault(row["thing"].value, {}).setdefault(row["property"].value, []).append(row["value"])
    return found


def count_incoming(engine: Engine, thing: str) -> dict[str, int]:
    """Property → how many links of it end in the thing, of the first MAX_COUNTED links."""
    rows = select(
        engine,
        f"""SELECT ?property (COUNT(*) AS ?links) WHERE {{
            {{ SELECT ?property WHERE {{
                ?other ?property {iri(thing).to_sparql()} FILTER (ISIRI(?other))
            }} LIMIT {MAX_COUNTED} }}
        }} GROUP BY ?property""",
    )
    return {row["property"].value: int(row["links"].value) for row in rows}


def incoming(
    engine: Engine, thing: str, counts: Mapping[str, int], pages: Mapping[str, int] | None = None
) -> dict[str, list[str]]:
    """Property → the things whose link of it ends in this one, PAGE_SIZE of each.

    Args:
        engine: answers the query.
        thing: the thing.
        counts: how many there are, as count_incoming has it.
        pages: property → the page to show, from 1; the first where none is given.
    """
    parts = []
    for property_, links in counts.items():
        term = iri(property_).to_sparql()
        order = "ORDER BY STRLEN(STR(?other)) ?other" if links <= MAX_SORTED else ""
        offset = ((pages or {}).get(property_, 1) - 1) * PAGE_SIZE
        parts.append(
            f"""{{ SELECT ?other ({term} AS ?property) WHERE {{ ?other {term} {iri(thing).to_sparql()} FILTER (ISIRI(?other)) }}
                {order} LIMIT {PAGE_SIZE} OFFSET {offset} }}"""
        )
    found: dict[str, list[str]] = {property_: [] for property_ in counts}
    if parts:
        query = "SELECT ?other ?property WHERE { " + " UNION ".join(parts) + " }"
        for row in select(engine, query):
            if row["other"].is_iri:
                found[row["property"].value].append(row["other"].value)
    return {property_: sorted(others, key=natural) for property_, others in found.items()}


def subjects(
    engine: Engine, property_: str, thing: str, kind: str | None = None, limit: int = MAX_RELATED
) -> list[str]:
    """The things, of one class where one is given, whose link of this property ends in the thing; sorted."""
    of_kind = f"?other a {iri(kind).to_sparql()} ." if kind else ""
    rows = select(
        engine,
        f"""SELECT ?other WHERE {{
            ?other {iri(property_).to_sparql()} {iri(thing).to_sparql()} . {of_kind} FILTER (ISIRI(?other))
        }} LIMIT {limit}""",
    )
    return sorted((row["other"].value for row in rows), key=natural)


def natural(text: str) -> list[tuple[int, str]]:
    """A key that sorts row_2 before row_10."""
    parts: list[tuple[int, str]] = []
    number = ""
    for char in text:
        if char in "0123456789":
            number += char
            continue
        if number:
            parts.append((int(number[:18]), ""))
            number = ""
        parts.append((-1, char))
    return [*parts, (int(number[:18]), "")] if number else parts


def iris_of(properties: Properties, property_: str) -> list[str]:
    """The IRIs among the values of a property, sorted."""
    return sorted((term.value for term in properties.get(property_, ()) if term.is_iri), key=natural)


def text_of(properties: Properties, property_: str, language: str = "zh") -> str | None:
    """One literal of a property: in this language, else in Chinese, else in none, else any."""
    literals = [term for term in properties.get(property_, ()) if term.kind == "literal"]
    order = (language, "zh", None)
    literals.sort(key=lambda term: (order.index(term.language) if term.language in order else len(order), term.value))
    return literals[0].value if literals else None


def _listed(things: Sequence[str]) -> str:
    return " ".join(iri(thing).to_sparql() for thing in things)


def _batches(things: Iterable[str]) -> Iterator[list[str]]:
    waiting = sorted(set(things))
    for start in range(0, len(waiting), _AT_ONCE):
        yield waiting[start : start + _AT_ONCE]
