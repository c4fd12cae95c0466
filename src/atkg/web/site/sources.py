"""Pages of what the graph was read from and is kept in: a document by lines, a passage in it, a named graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from flask import Response

from atkg.namespaces import ATKG, BASE, DCT, RDF
from atkg.web.engine import Engine, iri, select
from atkg.web.problem import Problem
from atkg.web.site.names import Names
from atkg.web.site.negotiation import page_language
from atkg.web.site.pages import page
from atkg.web.site.passages import read_lines, read_passages
from atkg.web.site.things import natural, subjects

MAX_SAMPLES: Final = 20
"""The most things of one class that the page of a graph names."""
MAX_READINGS: Final = 200
"""The most things that the page of a passage names as read from it."""

_Alternates = Sequence[tuple[str, str]]


def source_page(engine: Engine, source: str, alternates: _Alternates) -> Response:
    """The whole text of a document, each line with its number and an anchor."""
    lines = read_lines(engine, source)
    if lines is None:
        raise Problem(404, f"图谱里没有这份文件的文字：{source}", f"the graph has no text of this document: {source}")
    names = Names(engine, page_language())
    plans = subjects(engine, f"{DCT}source", source)
    return page(
        "source.html",
        canonical=source,
        alternates=alternates,
        thing=names.node(source),
        plans=[names.node(each) for each in plans],
        lines=lines,
    )


def span_page(engine: Engine, span: str, alternates: _Alternates) -> Response:
    """The words of a passage in their surroundings, and what was read from them."""
    passages = read_passages(engine, [span])
    if span not in passages:
        raise Problem(404, f"图谱里没有这段文字：{span}", f"the graph has no such passage: {span}")
    names = Names(engine, page_language())
    readings = subjects(engine, f"{ATKG}evidence", span, limit=MAX_READINGS)
    names.learn([*readings, passages[span].source])
    return page(
        "span.html",
        canonical=span,
        alternates=alternates,
        thing=names.node(span),
        passage=passages[span],
        source=names.node(passages[span].source),
        readings=[names.node(each) for each in readings],
    )


def graph_page(engine: Engine, graph: str, alternates: _Alternates) -> Response:
    """What a named graph holds: how many triples, how many things of each class, and some of them."""
    term = iri(graph).to_sparql()
    triples = select(engine, f"SELECT (COUNT(*) AS ?triples) WHERE {{ GRAPH {term} {{ ?s ?p ?o }} }}")
    classes = select(
        engine,
        f"""SELECT ?class (COUNT(*) AS ?things) WHERE {{
            GRAPH {term} {{ ?thing <{RDF}type> ?class }} FILTER (ISIRI(?thing))
        }} GROUP BY ?class""",
    )
    properties = select(
        engine,
        f"SELECT ?property (COUNT(*) AS ?triples) WHERE {{ GRAPH {term} {{ ?s ?property ?o }} }} GROUP BY ?property",
    )
    samples: dict[str, list[str]] = {}
    for row in classes:
        found = select(
            engine,
            f"""SELECT ?thing WHERE {{
                GRAPH {term} {{ ?thing a {row["class"].to_sparql()} }} FILTER (ISIRI(?thing))
            }} LIMIT {MAX_SAMPLES}""",
        )
        samples[row["class"].value] = sorted((each["thing"].value for each in found), key=natural)
    names = Names(engine, page_language())
    names.learn([*samples, *(each for some in samples.values() for each in some)])
    names.learn(row["property"].value for row in properties)
    counted = {row["class"].value: int(row["things"].value) for row in classes}
    return page(
        "graph.html",
        canonical=graph,
        alternates=alternates,
        graph=graph,
        short=graph.removeprefix(BASE),
        triples=int(triples[0]["triples"].value),
        classes=[
            (names.node(each), counted[each], [names.node(thing) for thing in samples[each]])
            for each in sorted(counted, key=lambda each: (-counted[each], each))
        ],
        properties=sorted(
            ((names.node(row["property"].value), int(row["triples"].value)) for row in properties),
            key=lambda pair: (-pair[1], pair[0].iri),
        ),
    )
