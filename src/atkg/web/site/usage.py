"""Where a term is used: how often in the data and for instance where, by which questions, by which shapes."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from atkg import iris
from atkg.namespaces import ATKG
from atkg.queries import NamedQuery, named_queries
from atkg.sparql import tokens
from atkg.web.engine import Engine, Term, iri, select
from atkg.web.site.ontology import Entry, Ontology, read_graph
from atkg.web.site.shapes import Shape, read_shapes

EXAMPLES: Final = 3
"""The most real examples that a page shows."""
LOOKED_AT: Final = 5_000
"""The most uses that the examples are chosen from, the first by name; where there are more, from any of these."""
EXCERPT: Final = 120
"""The most characters of a value that an example shows."""

_INFERRED: Final = iris.graph("inferred", "")


@dataclass(frozen=True, slots=True)
class Use:
    """One real use: a member of the class, or a subject of the property with its value."""

    subject: str
    value: Term | None = None
    inferred: bool = False
    """A rule concluded it; no document says so."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Where a term is used."""

    direct: int | None
    """None where nobody has counted."""
    below: Sequence[tuple[str, int]]
    """(term beneath it, its own uses), of those that are used."""
    uses: Sequence[Use]
    text: str
    """The query that lists the uses."""
    queries: Sequence[NamedQuery]
    shapes: Sequence[str]


def usage_of(
    engine: Engine, ontology: Ontology, term: Entry, counts: Mapping[str, int], shapes: Sequence[Shape]
) -> Usage:
    """Where this term is used.

    Args:
        engine: answers what is asked of the data.
        ontology: the term's.
        term: the term.
        counts: members of each class, for a class, and triples of each property, for a property; empty where
            nobody has counted, since that took too long.
        shapes: all shapes.
    """
    return Usage(
        direct=counts.get(term.iri, 0) if counts else None,
        below=[(each, counts[each]) for each in sorted(ontology.all_below(term.iri)) if counts.get(each)],
        uses=_uses(engine, term) if not counts or counts.get(term.iri) else [],
        text=listing(term),
        queries=sorted(
            (query for query, named in questions() if term.iri in named), key=lambda query: query.finds_violations
        ),
        shapes=[shape.name for shape in shapes if term.iri in terms_of_shape(shape)],
    )


def listing(term: Entry) -> str:
    """A query that lists the members of the class, or the subjects and values of the property."""
    name = f"atkg:{term.name}"
    what, where = ("?thing", f"?thing a {name}") if term.kind == "class" else ("?thing ?value", f"?thing {name} ?value")
    return f"PREFIX atkg: <{ATKG}>\n\nSELECT {what} WHERE {{\n    {where} .\n}}\nORDER BY {what}\nLIMIT 100"


def all_shapes(engine: Engine) -> list[Shape]:
    """The shapes of the snapshot."""
    return read_shapes(read_graph(engine, iris.graph("shapes")))


def terms_of_query(text: str) -> frozenset[str]:
    """The terms of atkg that a query names, whatever it calls their prefix.

    >>> sorted(terms_of_query("PREFIX a: <https://w3id.org/atkg/ontology#> ASK { ?x a:partOf 'a:text' } # a:role"))
    ['https://w3id.org/atkg/ontology#partOf']
    """
    found: set[str] = set()
    prefixes: set[str] = set()
    name = ""
    for token in tokens(text):
        if token.kind == "iri":
            value = token.text[1:-1]
            if value == ATKG and name.endswith(":"):
                prefixes.add(name)
            elif value.startswith(ATKG):
                found.add(value)
        elif token.kind == "name":
            prefix, _, local = token.text.partition(":")
            if prefix + ":" in prefixes and local:
                found.add(ATKG + local)
        name = token.text
    return frozenset(found)


def terms_of_shape(shape: Shape) -> frozenset[str]:
    """The terms of atkg that a shape looks at or asks for."""
    found = {each for each in (*shape.targets, *shape.path_terms, *shape.classes) if each.startswith(ATKG)}
    # constraints are written with prefixed names, and the rules of our shapes declare this prefix outside the query
    written = "\n".join(["", *(value for _, value in shape.constraints), shape.select or ""])
    return frozenset(found | terms_of_query(f"PREFIX atkg: <{ATKG}> {written}"))


@functools.cache
def questions() -> tuple[tuple[NamedQuery, frozenset[str]], ...]:
    """Each named query, and the terms of atkg that it names."""
    return tuple((query, terms_of_query(query.text)) for query in named_queries())


def _uses(engine: Engine, term: Entry) -> list[Use]:
    node = iri(term.iri).to_sparql()
    # a value can be the text of a whole document
    short = f"(IF(ISLITERAL(?all), SUBSTR(STR(?all), 1, {EXCERPT + 1}), ?all) AS ?value)"
    what, pattern = ("", f"?thing a {node}") if term.kind == "class" else (short, f"?thing {node} ?all")
    rows = select(
        engine,
        f"""SELECT ?thing ?graph {what} WHERE {{
            {{ SELECT * WHERE {{ GRAPH ?graph {{ {pattern} }} FILTER (ISIRI(?thing)) }} LIMIT {LOOKED_AT} }}
        }} ORDER BY ?thing {"" if term.kind == "class" else "?all"} ?graph LIMIT {EXAMPLES}""",
    )
    return [Use(row["thing"].value, row.get("value"), row["graph"].value.startswith(_INFERRED)) for row in rows]
