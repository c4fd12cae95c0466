"""How much of what the dataset holds, as SPARQL tells it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from atkg import iris
from atkg.catalogue.lines import literal
from atkg.namespaces import ATKG, DCT, RDF, SKOS, XSD

MATCHES: Final = (f"{SKOS}exactMatch", f"{SKOS}closeMatch", "http://www.w3.org/2002/07/owl#sameAs")
"""The properties that link our things to those of other datasets."""

Select = Callable[[str], Sequence[Mapping[str, Any]]]
"""Answers a SELECT: rows of plain values, as Store.select does; what is unbound is None or absent."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How much of what the dataset holds."""

    triples: int
    classes: Mapping[str, int] = field(default_factory=dict)
    """Class → things."""
    properties: Mapping[str, int] = field(default_factory=dict)
    """Property → triples."""
    graphs: Mapping[str, int] = field(default_factory=dict)
    """Named graph → triples."""
    links: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """(property, site) → links to things of that site."""
    examples: tuple[str, ...] = ()
    """A plan, a task, an agency."""
    said: tuple[tuple[str, str], ...] = ()
    """(property, value as written in N-Triples) of the dataset in graph/catalogue."""

    def to_json(self) -> dict[str, Any]:
        """The counts as plain values, to be kept beside the snapshot that they count."""
        return {
            "triples": self.triples,
            "classes": dict(self.classes),
            "properties": dict(self.properties),
            "graphs": dict(self.graphs),
            "links": [[*key, number] for key, number in self.links.items()],
            "examples": list(self.examples),
            "said": [list(pair) for pair in self.said],
        }

    @classmethod
    def from_json(cls, kept: Any) -> Counts | None:
        """What `to_json` gave; None for anything else, such as what an earlier atkg kept."""
        try:
            return cls(
                triples=int(kept["triples"]),
                classes={str(key): int(number) for key, number in kept["classes"].items()},
                properties={str(key): int(number) for key, number in kept["properties"].items()},
                graphs={str(key): int(number) for key, number in kept["graphs"].items()},
                links={(property_, site): int(number) for property_, site, number in kept["links"]},
                examples=tuple(map(str, kept["examples"])),
                said=tuple((property_, value) for property_, value in kept["said"]),
            )
        except (AttributeError, KeyError, TypeError, ValueError):
            return None


def count(select: Select) -> Counts:
    """The counts of the dataset that answers these queries; each triple stands in one graph, so that sums are true."""
    graphs = _numbers(select("SELECT ?key (COUNT(*) AS ?n) WHERE { GRAPH ?key { ?s ?p ?o } } GROUP BY ?key"))
    listed = " ".join(f"<{property_}>" for property_ in MATCHES)
    links = select(
        f"""SELECT ?property ?site (COUNT(*) AS ?n) WHERE {{
            VALUES ?property {{ {listed} }} ?ours ?property ?theirs
            BIND (REPLACE(STR(?theirs), "^(https?://[^/]+/).*$", "$1") AS ?site)
        }} GROUP BY ?property ?site"""
    )
    return Counts(
        triples=sum(graphs.values()),
        classes=count_things(select),
        properties=_numbers(select("SELECT ?key (COUNT(*) AS ?n) WHERE { ?s ?key ?o } GROUP BY ?key")),
        graphs=graphs,
        links={(row["property"], row["site"]): int(row["n"]) for row in links},
        examples=_examples(select),
        said=said_of(select),
    )


def count_things(select: Select) -> dict[str, int]:
    """Class → things."""
    return _numbers(select(f"SELECT ?key (COUNT(*) AS ?n) WHERE {{ ?thing <{RDF}type> ?key }} GROUP BY ?key"))


def said_of(select: Select) -> tuple[tuple[str, str], ...]:
    """(property, value as written in N-Triples) of the dataset in graph/catalogue, sorted."""
    rows = select(
        f"""SELECT ?property (STR(?value) AS ?text) (LANG(?value) AS ?language) (DATATYPE(?value) AS ?type) WHERE {{
            GRAPH <{iris.graph("catalogue")}> {{ <{iris.DATASET}> ?property ?value }}
        }}"""
    )
    return tuple(sorted((row["property"], _written(row)) for row in rows))


def _numbers(rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    return {row["key"]: int(row["n"]) for row in sorted(rows, key=lambda row: str(row["key"])) if "key" in row}


def _examples(select: Select) -> tuple[str, ...]:
    """The first plan with a text, its first task, and the first agency that leads it."""
    found: list[str] = []
    for pattern in (
        f"?key a <{ATKG}Plan> ; <{DCT}source> ?text",
        f"?key <{ATKG}partOf> <{{0}}> ; a <{ATKG}Task>",
        f"<{{0}}> <{ATKG}leadAgency> ?key",
    ):
        rows = select(
            f"SELECT ?key WHERE {{ {pattern.format(*found[-1:]) if found else pattern} }} ORDER BY ?key LIMIT 1"
        )
        if not rows:
            break
        found.append(rows[0]["key"])
    return tuple(found)


def _written(row: Mapping[str, Any]) -> str:
    """A value as N-Triples have it."""
    if not row.get("type") and not row.get("language"):
        return f"<{row['text']}>"
    language, datatype = row.get("language"), row.get("type")
    return literal(row["text"], language or None, None if language or datatype == f"{XSD}string" else datatype)
