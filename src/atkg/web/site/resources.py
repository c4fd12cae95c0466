"""Every IRI that the graph mints: 303 to its page or its data by Accept, the page, the data documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, Response, request

from atkg import iris
from atkg.errors import BadQuery
from atkg.namespaces import ATKG, BASE, RDF
from atkg.web.engine import Engine, Term
from atkg.web.problem import Problem
from atkg.web.site import documents
from atkg.web.site.kinds import READERS, Scene
from atkg.web.site.names import Names, Node
from atkg.web.site.negotiation import EXTENSIONS, OURS, PAGE, RESOURCE, choose, data_path, page_language, page_path
from atkg.web.site.pages import announce, asked_number, link, page
from atkg.web.site.passages import read_passages, source_of
from atkg.web.site.sources import graph_page, source_page, span_page
from atkg.web.site.structured import structured
from atkg.web.site.things import (
    MAX_COUNTED,
    PAGE_SIZE,
    Statement,
    count_incoming,
    exists,
    incoming,
    iris_of,
    natural,
    statements,
)
from atkg.web.site.vocabulary import BACKWARDS

MAX_PAGES: Final = 1_000
"""The last page of a list of incoming links."""
_LONG: Final = 400
"""Characters after which a value in the table of statements is cut; the data document has it whole."""


@dataclass(frozen=True, slots=True)
class Row:
    """One property of a thing with its values, as the table of statements shows it."""

    property: Node
    values: list[tuple[Term, Node | None]]
    inferred: bool


@dataclass(frozen=True, slots=True)
class Group:
    """The things whose link of one property ends here: one page of them."""

    property: Node
    title: str
    count: int
    counted_all: bool
    inferred: bool
    nodes: list[Node]
    page: int
    pages: int


def resources_blueprint(engine: Engine) -> Blueprint:
    """All paths below /id, /eli, /source, /graph, /dataset, /page and /data."""
    blueprint = Blueprint("resources", __name__)

    def known(path: str) -> str:
        """The IRI at this path.

        Raises:
            Problem: 404, the graph doesn't know it.
        """
        thing = BASE + path
        try:
            if path.startswith(OURS) and exists(engine, thing):
                return thing
        except BadQuery:
            pass
        raise Problem(
            404, f"图谱里没有这个 IRI：{thing}", f"the graph says nothing about this IRI: {thing}", {"Vary": "Accept"}
        )

    def dereference(path: str) -> Response:
        """303 to the page or to a data document, as the client likes."""
        full = f"{request.path.split('/')[1]}/{path}"
        known(full)
        chosen = choose(RESOURCE)
        extension = next((name for name, media_type in EXTENSIONS.items() if media_type == chosen), None)
        to = data_path(full, extension) if extension else link(page_path(BASE + full) or "/")
        answer = Response(status=303, headers={"Location": to, "Vary": "Accept"}, mimetype="text/plain")
        answer.headers["Link"] = ", ".join(f'<{to}>; rel="describedby"; type="{type_}"' for type_, to in _forms(full))
        return answer

    for kind in OURS:
        blueprint.add_url_rule(f"/{kind}<path:path>", f"dereference-{kind.strip('/')}", dereference)

    @blueprint.get("/page/<path:path>")
    def thing_page(path: str) -> Response:
        thing = known(path)
        if path.startswith("graph/"):
            return graph_page(engine, thing, _forms(path, of_page=True))
        if source_of(thing):
            return span_page(engine, thing, _forms(path, of_page=True))
        if path.startswith("source/"):
            return source_page(engine, thing, _forms(path, of_page=True))
        return _page(engine, thing, _forms(path, of_page=True))

    @blueprint.get("/data/<path:path>")
    def data(path: str) -> Response:
        """What the graph says about a thing, as an RDF document."""
        stem, _, extension = path.rpartition(".")
        if extension not in EXTENSIONS:
            listed = "、".join(f".{name}" for name in EXTENSIONS)
            raise Problem(
                404,
                f"数据文件的扩展名应为 {listed} 之一。",
                f"a data document ends in one of {', '.join(f'.{name}' for name in EXTENSIONS)}",
            )
        thing = known(stem)
        media_type = EXTENSIONS[extension]
        if stem.startswith("graph/"):
            body = documents.graph(engine, thing, media_type)
        else:
            body = documents.thing(engine, thing, media_type)
        answer = Response(body, mimetype=media_type)
        others = [(type_, where) for type_, where in _forms(stem) if type_ != media_type]
        announce(answer, thing, others)
        return answer

    return blueprint


def _forms(path: str, *, of_page: bool = False) -> list[tuple[str, str]]:
    """(media type, path) of every form that a thing has; for a page those beside itself."""
    data = [(media_type, data_path(path, extension)) for extension, media_type in EXTENSIONS.items()]
    return data if of_page else [(PAGE, page_path(BASE + path) or "/"), *data]


def _page(engine: Engine, thing: str, alternates: list[tuple[str, str]]) -> Response:
    found = statements(engine, thing)
    properties: dict[str, list[Term]] = {}
    for each in found:
        properties.setdefault(each.predicate, []).append(each.value)
    names = Names(engine, page_language())
    counts = count_incoming(engine, thing)
    only, number = _asked_page(counts)
    shown = {only: counts[only]} if only else counts
    others = incoming(engine, thing, shown, {only: number} if only else {})
    names.learn(
        [
            thing,
            *(each.predicate for each in found),
            *(each.value.value for each in found if each.value.is_iri),
            *shown,
            *(other for some in others.values() for other in some),
        ]
    )
    passages = read_passages(engine, iris_of(properties, f"{ATKG}evidence"))
    scene = Scene(engine, names, thing, properties)
    template, reader = READERS.get(names.kind_of(thing) or "", ("thing.html", lambda _: {}))
    if only:
        template, reader = "links.html", lambda _: {}
    return page(
        template,
        canonical=thing,
        alternates=alternates,
        thing=names.node(thing),
        types=[names.node(kind) for kind in iris_of(properties, f"{RDF}type")],
        rows=_rows(found, names),
        graphs=[names.node(graph) for graph in sorted({each.graph for each in found})],
        groups=_groups(names, shown, others, number, graphs=engine.graphs, complete=sum(counts.values()) < MAX_COUNTED),
        only=names.node(only) if only else None,
        passages=sorted(passages.values(), key=lambda passage: (passage.source, natural(passage.span))),
        node=names.node,
        long=_LONG,
        page_size=PAGE_SIZE,
        structured=None if only else structured(engine, names.kind_of(thing), thing),
        **reader(scene),
    )


def _asked_page(counts: Mapping[str, int]) -> tuple[str | None, int]:
    """The property whose links are asked for alone, and the number of the page."""
    number = asked_number("page", MAX_PAGES)
    asked = request.args.get("of")
    if asked is None:
        return None, 1
    found = next((property_ for property_ in counts if asked in (property_, _short(property_))), None)
    if found is None or (number - 1) * PAGE_SIZE >= counts[found]:
        raise Problem(404, f"没有这一页：{asked[:80]}", f"there is no such page of links: {asked[:80]}")
    return found, number


def _short(property_: str) -> str:
    return property_.removeprefix(ATKG)


def _rows(found: list[Statement], names: Names) -> list[Row]:
    rows: dict[tuple[str, bool], list[tuple[Term, Node | None]]] = {}
    for each in found:
        value = (each.value, names.node(each.value.value) if each.value.is_iri else None)
        rows.setdefault((each.predicate, each.inferred), []).append(value)
    return [Row(names.node(property_), values, inferred) for (property_, inferred), values in rows.items()]


def _groups(
    names: Names,
    counts: Mapping[str, int],
    others: Mapping[str, list[str]],
    number: int,
    *,
    graphs: frozenset[str],
    complete: bool,
) -> list[Group]:
    order = list(BACKWARDS)
    return [
        Group(
            property=names.node(property_),
            title=BACKWARDS.get(property_, (names.node(property_).label,) * 2)[names.language != "zh"],
            count=counts[property_],
            counted_all=complete,
            # a rule's graph bears the name of the property that it concludes
            inferred=iris.graph("inferred", _short(property_)) in graphs,
            nodes=[names.node(other) for other in others[property_]],
            page=number,
            pages=min(-(-counts[property_] // PAGE_SIZE), MAX_PAGES),
        )
        for property_ in sorted(counts, key=lambda each: (order.index(each) if each in BACKWARDS else len(order), each))
    ]
