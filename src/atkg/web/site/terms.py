"""The ontology and the shapes as documents of their own: a readable page, or RDF; and a page for each term.

Both are documents, and their terms are fragments of them, so one GET answers: 200 with Content-Location, no 303.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect
from werkzeug.wrappers import Response as AnyResponse

from atkg import iris
from atkg.errors import BadQuery
from atkg.namespaces import BASE, DCT, OWL, RDFS, SH, shorten
from atkg.web.engine import Engine, ask, iri
from atkg.web.problem import Problem
from atkg.web.site import documents
from atkg.web.site.catalogue import Tally
from atkg.web.site.names import Names
from atkg.web.site.negotiation import (
    EXTENSIONS,
    PAGE,
    RESOURCE,
    choose,
    chosen_language,
    page_language,
    page_path,
)
from atkg.web.site.ontology import Entry, Ontology, read_graph, read_ontology
from atkg.web.site.ontology_pages import Writer
from atkg.web.site.pages import announce, link, page
from atkg.web.site.shapes import Shape, read_shapes
from atkg.web.site.things import text_of
from atkg.web.site.usage import all_shapes, usage_of

SVG: Final = "image/svg+xml"
_DOCUMENTS: Final = {"ontology": iris.graph("ontology"), "shapes": iris.graph("shapes")}


class _Here:
    """The paths of the site, with the language that the reader chose."""

    def index(self, fragment: str = "") -> str:
        return link("/ontology" + (f"#{fragment}" if fragment else ""))

    def term(self, term: Entry) -> str:
        return link(f"/ontology/{term.section}/{term.name}")

    def thing(self, iri: str) -> str | None:
        path = page_path(iri)
        return link(path) if path else None

    def query(self, name: str) -> str | None:
        return link(f"/api/queries/{name}")

    def shape(self, name: str) -> str | None:
        return link(f"/shapes#{name}")

    def sparql(self, text: str) -> str | None:
        return link(f"/sparql?{urlencode({'query': text})}")

    def file(self, name: str) -> str | None:
        return link(f"/ontology/{name}")


class _Shelf:
    """What is read of a snapshot once, when the first page needs it."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._lock = engine, threading.Lock()
        self._ontology: Ontology | None = None
        self._shapes: Sequence[Shape] | None = None
        self._pictures: dict[tuple[str, str | None], Sequence[str]] = {}

    @property
    def ontology(self) -> Ontology:
        with self._lock:
            if self._ontology is None:
                self._ontology = read_ontology(self._engine)
            return self._ontology

    @property
    def shapes(self) -> Sequence[Shape]:
        with self._lock:
            if self._shapes is None:
                self._shapes = all_shapes(self._engine)
            return self._shapes

    def pictures(self, writer: Writer) -> Sequence[str]:
        """The wide picture and the narrow one, with links in the language that the reader chose."""
        key = (writer.language, chosen_language())
        with self._lock:
            if key not in self._pictures:
                self._pictures[key] = writer.pictures(_Here())
            return self._pictures[key]


def terms_blueprint(engine: Engine, tally: Tally) -> Blueprint:
    """The paths /ontology and /shapes, with their versions, their data documents and the pages of terms."""
    blueprint = Blueprint("terms", __name__)
    shelf = _Shelf(engine)

    def data(name: str, extension: str) -> Response:
        media_type = EXTENSIONS[extension]
        answer = Response(documents.graph(engine, _DOCUMENTS[name], media_type), mimetype=media_type)
        announce(answer, BASE + name, [form for form in _forms(name) if form[0] != media_type])
        return answer

    def negotiated(name: str) -> Response:
        chosen = choose(RESOURCE)
        if chosen != PAGE:
            extension = next(each for each, media_type in EXTENSIONS.items() if media_type == chosen)
            answer = data(name, extension)
            answer.headers["Content-Location"] = f"/{name}.{extension}"
            answer.headers["Vary"] = "Accept"
            return answer
        return _ontology(engine, shelf) if name == "ontology" else _shapes(engine)

    def part(name: str, path: str) -> str:
        """The extension that a path below the document has, "" for none.

        The present version and a part with an IRI of its own, such as the alignments, stand in the same document.

        Raises:
            Problem: 404, the document has no such version or part.
        """
        stem, _, extension = path.rpartition(".")
        if extension not in EXTENSIONS:
            stem, extension = path, ""
        try:
            term = iri(f"{BASE}{name}/{stem}").to_sparql()
            known = ask(
                engine, f"ASK {{ {{ {term} ?property ?value }} UNION {{ ?document <{OWL}versionIRI> {term} }} }}"
            )
        except BadQuery:
            known = False
        if not known:
            raise Problem(
                404,
                "没有这个版本或部分；这里只有现在的版本。",
                "there is no such version or part; only the present version is here",
            )
        return extension

    @blueprint.get("/<any(ontology, shapes):name>", strict_slashes=False)
    @blueprint.get("/<any(ontology, shapes):name>/", strict_slashes=False)
    def document(name: str) -> Response:
        """The document, as a page or as RDF."""
        return negotiated(name)

    @blueprint.get("/<any(ontology, shapes):name>/<path:path>")
    def below(name: str, path: str) -> Response:
        """The document, by the IRI of its version or of a part of it."""
        extension = part(name, path)
        return data(name, extension) if extension else negotiated(name)

    @blueprint.get("/<any(ontology, shapes):name>.<any(ttl, nt, jsonld, rdf):extension>")
    def file(name: str, extension: str) -> Response:
        """The document as RDF."""
        return data(name, extension)

    _add_pages(blueprint, engine, tally, shelf)
    return blueprint


def _add_pages(blueprint: Blueprint, engine: Engine, tally: Tally, shelf: _Shelf) -> None:
    """Add the pages of terms and the picture."""

    @blueprint.get("/ontology/<any(classes, properties):section>/<name>")
    def term(section: str, name: str) -> AnyResponse:
        """The page of one term; who asks for RDF is sent to the document that the term is a part of."""
        chosen = choose(RESOURCE)
        if chosen != PAGE:
            extension = next(each for each, media_type in EXTENSIONS.items() if media_type == chosen)
            answer: AnyResponse = redirect(f"/ontology.{extension}", 303)
            answer.headers["Vary"] = "Accept"
            return answer
        found = shelf.ontology.find(section, name)
        if found is None:
            raise Problem(
                404,
                "本体没有这个术语；全部术语见 /ontology。",
                "the ontology has no such term; /ontology lists them all",
            )
        counts = tally.counts()
        numbers = counts.classes if found.kind == "class" else counts.properties
        usage = usage_of(engine, shelf.ontology, found, numbers, shelf.shapes)
        return page(
            "term.html",
            canonical=found.iri,
            alternates=_forms("ontology")[1:],
            vary="Accept, Accept-Language",
            layout="base.html",
            **Writer(engine, shelf.ontology, page_language()).term(found, usage, _Here()),
        )

    @blueprint.get("/ontology/picture.svg")
    def picture() -> Response:
        """The picture by itself."""
        writer = Writer(engine, shelf.ontology, page_language())
        answer = Response(shelf.pictures(writer)[0], mimetype=SVG)
        answer.headers["Vary"] = "Accept-Language"
        answer.headers["Content-Language"] = "zh-Hans" if writer.language == "zh" else "en"
        return answer


def _forms(name: str) -> list[tuple[str, str]]:
    return [(PAGE, f"/{name}"), *((media_type, f"/{name}.{each}") for each, media_type in EXTENSIONS.items())]


def _ontology(engine: Engine, shelf: _Shelf) -> Response:
    writer = Writer(engine, shelf.ontology, page_language())
    return page(
        "ontology.html",
        canonical=BASE + "ontology",
        alternates=_forms("ontology")[1:],
        vary="Accept, Accept-Language",
        layout="base.html",
        **writer.index(_Here(), shelf.pictures(writer)),
    )


def _shapes(engine: Engine) -> Response:
    triples = read_graph(engine, _DOCUMENTS["shapes"])
    language = page_language()
    names = Names(engine, language)
    shapes: list[Shape] = read_shapes(triples)
    names.learn(each for shape in shapes for each in (*shape.targets, *shape.path_terms, *shape.classes))
    document = triples.get(BASE + "shapes", {})
    return page(
        "shapes.html",
        canonical=BASE + "shapes",
        alternates=_forms("shapes")[1:],
        vary="Accept, Accept-Language",
        title=text_of(document, f"{DCT}title", language),
        comment=text_of(document, f"{RDFS}comment", language),
        shapes=shapes,
        node=names.node,
        shorten=shorten,
        severities={
            f"{SH}Violation": ("错误", "Violation"),
            f"{SH}Warning": ("警告", "Warning"),
            f"{SH}Info": ("提示", "Info"),
        },
    )
