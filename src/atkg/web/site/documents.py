"""Data documents: what the graph says about a thing or in a graph, as RDF written by the engine in a fixed order.

A document of a thing holds its own statements; the assignments, milestones and identifiers that hang on it with
their spans; the derivations that start from it; the links by which one reads on downwards, since all links of the
graph point upwards; and the names of what it points to, so that it is of use alone.
"""

from __future__ import annotations

from typing import Final

from atkg.namespaces import ADMS, ATKG, DCT, OA, RDF, RDFS, SKOS
from atkg.web.engine import Engine, iri
from atkg.web.site.things import count_incoming

MAX_INCOMING: Final = 1_000
"""The most links of one property that end in a thing and stand in its document; where there are more, none does."""

_HANGING: Final = f"<{ATKG}assignment>|<{ATKG}milestone>|<{ADMS}identifier>"
_NAMES: Final = ", ".join(
    f"<{name}>"
    for name in (
        f"{RDF}type",
        f"{SKOS}prefLabel",
        f"{DCT}title",
        f"{RDFS}label",
        f"{ATKG}reference",
        f"{ATKG}heading",
        f"{SKOS}notation",
    )
)
_DOWNWARDS: Final = (
    *(
        f"{ATKG}{name}"
        for name in (
            "assignment",
            "attestedBy",
            "cooperatingAgency",
            "derivedFrom",
            "evidence",
            "function",
            "hasMember",
            "implementingAgency",
            "implementsPlan",
            "issuer",
            "jurisdiction",
            "leadAgency",
            "milestone",
            "partOf",
            "statedIn",
            "within",
        )
    ),
    f"{DCT}references",
    f"{SKOS}inScheme",
    f"{ADMS}identifier",
)


def thing(engine: Engine, name: str, media_type: str) -> bytes:
    """The document of a thing."""
    term = iri(name).to_sparql()
    counts = count_incoming(engine, name)
    links = [iri(each).to_sparql() for each in _DOWNWARDS if 0 < counts.get(each, 0) <= MAX_INCOMING]
    below = "".join(f" UNION {{ ?s {link} {term} BIND ({link} AS ?p) BIND ({term} AS ?o) }}" for link in links)
    return _written(
        engine,
        f"""
        {{ {term} ?p ?o BIND ({term} AS ?s) }}
        UNION {{ {term} {_HANGING} ?s . ?s ?p ?o }}
        UNION {{ {term} <{ATKG}evidence> ?s . ?s ?p ?o }}
        UNION {{ {term} {_HANGING} ?part . ?part <{ATKG}evidence> ?s . ?s ?p ?o FILTER (?p IN (<{OA}start>, <{OA}end>)) }}
        UNION {{ ?s <{ATKG}from> {term} . ?s ?p ?o }}
        UNION {{ {term} ?any ?s . ?s ?p ?o FILTER (?p IN ({_NAMES})) }}
        UNION {{ {term} {_HANGING} ?part . ?part ?any ?s . ?s ?p ?o FILTER (?p IN ({_NAMES})) }}
        {below}
        """,
        media_type,
    )


def graph(engine: Engine, name: str, media_type: str) -> bytes:
    """All triples of a named graph."""
    return _written(engine, f"GRAPH {iri(name).to_sparql()} {{ ?s ?p ?o }}", media_type)


def _written(engine: Engine, where: str, media_type: str) -> bytes:
    # a subject's triples come together, so that Turtle and RDF/XML write it once
    document = engine.answer(
        f"""CONSTRUCT {{ ?s ?p ?o }} WHERE {{ {{
            SELECT DISTINCT ?s ?p ?o WHERE {{ {where} }} ORDER BY ?s ?p STR(?o) LANG(?o)
        }} }}""",
        media_type,
    )
    # XML reads a bare carriage return as a line feed, and Oxigraph writes it bare
    return document.replace(b"\r", b"&#13;") if media_type == "application/rdf+xml" else document
