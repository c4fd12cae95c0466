"""The ontology and the shapes as documents of their own: a readable page, or RDF.

Both are documents, and their terms are fragments of them, so one GET answers: 200 with Content-Location, no 303.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, Response

from atkg import iris
from atkg.errors import BadQuery
from atkg.namespaces import ATKG, BASE, DCT, OWL, RDF, RDFS, SCHEMA, SH, SKOS, shorten
from atkg.web.engine import Engine, Term, ask, iri, select
from atkg.web.problem import Problem
from atkg.web.site import documents
from atkg.web.site.catalogue import Tally
from atkg.web.site.names import Names, Node
from atkg.web.site.negotiation import EXTENSIONS, PAGE, RESOURCE, choose, page_language
from atkg.web.site.pages import announce, page
from atkg.web.site.search import KINDS
from atkg.web.site.shapes import Shape, read_shapes
from atkg.web.site.things import iris_of, text_of

_CLASSES: Final = (f"{OWL}Class", f"{RDFS}Class")
_PROPERTIES: Final = (f"{OWL}ObjectProperty", f"{OWL}DatatypeProperty", f"{OWL}AnnotationProperty", f"{RDF}Property")
_DOCUMENTS: Final = {"ontology": iris.graph("ontology"), "shapes": iris.graph("shapes")}


@dataclass(frozen=True, slots=True)
class Entry:
    """One term of the ontology as its page shows it."""

    node: Node
    name: str
    labels: Mapping[str, str]
    definition: str | None
    notes: Sequence[str]
    examples: Sequence[str]
    kinds: Sequence[Node]
    above: Sequence[Node]
    domain: Sequence[Node]
    range: Sequence[Node]
    see_also: Sequence[Node]
    used: int | None
    search: str | None


def terms_blueprint(engine: Engine, tally: Tally) -> Blueprint:
    """The paths /ontology and /shapes, with their versions and data documents."""
    blueprint = Blueprint("terms", __name__)

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
        return _ontology(engine, tally) if name == "ontology" else _shapes(engine)

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

    return blueprint


def _forms(name: str) -> list[tuple[str, str]]:
    return [(PAGE, f"/{name}"), *((media_type, f"/{name}.{each}") for each, media_type in EXTENSIONS.items())]


def _triples(engine: Engine, name: str) -> dict[str, dict[str, list[Term]]]:
    """Subject → property → values, of one document; a blank node goes by its label."""
    rows = select(engine, f"SELECT ?s ?p ?o WHERE {{ GRAPH {iri(_DOCUMENTS[name]).to_sparql()} {{ ?s ?p ?o }} }}")
    found: dict[str, dict[str, list[Term]]] = {}
    for row in rows:
        found.setdefault(row["s"].value, {}).setdefault(row["p"].value, []).append(row["o"])
    return found


def _ontology(engine: Engine, tally: Tally) -> Response:
    triples = _triples(engine, "ontology")
    names = Names(engine, page_language())
    counts = tally.things()
    ours = sorted((term for term in triples if term.startswith(ATKG)), key=lambda term: (term.lower(), term))
    links = (
        f"{RDF}type",
        f"{RDFS}subClassOf",
        f"{RDFS}subPropertyOf",
        *(_DOMAIN),
        *(_RANGE),
        f"{RDFS}seeAlso",
    )
    names.learn([*ours, *(each for term in ours for link in links for each in iris_of(triples[term], link))])
    entries = [_entry(term, triples[term], names, counts) for term in ours]
    document = triples.get(BASE + "ontology", {})
    return page(
        "ontology.html",
        canonical=BASE + "ontology",
        alternates=_forms("ontology")[1:],
        vary="Accept, Accept-Language",
        title=text_of(document, f"{DCT}title", names.language),
        description=text_of(document, f"{DCT}description", names.language),
        version=text_of(document, f"{OWL}versionInfo"),
        namespace=ATKG,
        parts=[
            ("classes", [each for each in entries if _is(triples[each.node.iri], _CLASSES)]),
            ("properties", [each for each in entries if _is(triples[each.node.iri], _PROPERTIES)]),
        ],
    )


_DOMAIN: Final = (f"{RDFS}domain", f"{SCHEMA}domainIncludes")
_RANGE: Final = (f"{RDFS}range", f"{SCHEMA}rangeIncludes")


def _is(properties: Mapping[str, Sequence[Term]], kinds: Sequence[str]) -> bool:
    return any(kind in kinds for kind in iris_of(properties, f"{RDF}type"))


def _entry(term: str, said: Mapping[str, Sequence[Term]], names: Names, counts: Mapping[str, int]) -> Entry:
    def nodes(*properties: str) -> list[Node]:
        return [names.node(each) for property_ in properties for each in iris_of(said, property_)]

    def texts(property_: str) -> list[str]:
        return sorted(each.value for each in said.get(property_, ()) if each.language in (names.language, None))

    kind = next((name for name, each in KINDS.items() if term == each.class_), None)
    return Entry(
        node=names.node(term),
        name=term.removeprefix(ATKG),
        labels={each.language: each.value for each in said.get(f"{RDFS}label", ()) if each.language},
        definition=text_of(said, f"{SKOS}definition", names.language),
        notes=texts(f"{SKOS}scopeNote"),
        examples=texts(f"{SKOS}example"),
        kinds=nodes(f"{RDF}type"),
        above=nodes(f"{RDFS}subClassOf", f"{RDFS}subPropertyOf"),
        domain=nodes(*_DOMAIN),
        range=nodes(*_RANGE),
        see_also=nodes(f"{RDFS}seeAlso"),
        used=counts.get(term),
        search=f"/search?kind={kind}" if kind and counts.get(term) else None,
    )


def _shapes(engine: Engine) -> Response:
    triples = _triples(engine, "shapes")
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
