"""The ontology as its pages and its picture show it: each term with all that is said of it, read from its graph."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from atkg import iris
from atkg.namespaces import ATKG, DCT, OWL, RDF, RDFS, SCHEMA, SKOS
from atkg.web.engine import Engine, Term, iri, select
from atkg.web.site.expressions import Piece, expression, members
from atkg.web.site.things import iris_of, text_of

COUNTER: Final = f"{ATKG}counterExample"
"""The property of what does not fall under a term."""
VANN: Final = "http://purl.org/vocab/vann/"

_KINDS: Final = {
    "class": (f"{OWL}Class", f"{RDFS}Class"),
    "object": (f"{OWL}ObjectProperty",),
    "data": (f"{OWL}DatatypeProperty",),
    "annotation": (f"{OWL}AnnotationProperty", f"{RDF}Property"),
}
_SECTIONS: Final = {"class": "classes", "object": "properties", "data": "properties", "annotation": "properties"}
_TEXTS: Final = {
    "definition": f"{SKOS}definition",
    "hint": f"{RDFS}comment",
    "example": f"{SKOS}example",
    "counter": COUNTER,
    "note": f"{SKOS}scopeNote",
}
_CONDITIONS: Final = (f"{RDFS}subClassOf", f"{OWL}equivalentClass")

Triples = Mapping[str, Mapping[str, Sequence[Term]]]
"""Subject → property → values; a blank node goes by its label."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One term; lists of IRIs are sorted, texts go by language."""

    iri: str
    kind: str
    labels: Mapping[str, str]
    texts: Mapping[str, Mapping[str, Sequence[str]]]
    above: Sequence[str]
    domain: Sequence[str]
    range: Sequence[str]
    characteristics: Sequence[str]
    apart: Sequence[str]
    see_also: Sequence[str]
    replaced_by: Sequence[str]
    deprecated: bool
    conditions: Sequence[Sequence[Piece]] = ()
    """What makes a thing a member of the class."""
    demands: Sequence[Sequence[Piece]] = ()
    """What holds of every member of the class."""
    chains: Sequence[Sequence[str]] = ()

    @property
    def name(self) -> str:
        """The part of its IRI that tells it from the other terms."""
        return self.iri.removeprefix(ATKG)

    @property
    def section(self) -> str:
        """Classes or properties; no name is in both, but `Role` and `role` differ in case alone."""
        return _SECTIONS[self.kind]

    def label(self, language: str) -> str:
        """Its name in this language, else in Chinese, else as its IRI has it."""
        return self.labels.get(language) or self.labels.get("zh") or self.name

    def text(self, kind: str, language: str) -> Sequence[str]:
        """What is said of it in this language: definition, hint, example, counter or note."""
        return self.texts[kind].get(language, ())


@dataclass(frozen=True, slots=True)
class Version:
    """One entry of the change log."""

    iri: str
    name: str
    notes: Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Ontology:
    """All terms of atkg by IRI, and the document that they stand in."""

    document: Mapping[str, Sequence[Term]]
    terms: Mapping[str, Entry]
    versions: Sequence[Version] = field(default=())

    @cached_property
    def classes(self) -> Sequence[Entry]:
        return [term for term in self.terms.values() if term.kind == "class"]

    @cached_property
    def properties(self) -> Sequence[Entry]:
        return [term for term in self.terms.values() if term.kind != "class"]

    @cached_property
    def below(self) -> Mapping[str, Sequence[str]]:
        """Term → the terms of atkg directly beneath it."""
        found: dict[str, list[str]] = {}
        for term in self.terms.values():
            for above in term.above:
                found.setdefault(above, []).append(term.iri)
        return found

    def find(self, section: str, name: str) -> Entry | None:
        """The term of this name among the classes or the properties."""
        term = self.terms.get(ATKG + name)
        return term if term and term.section == section else None

    def all_below(self, term: str) -> Sequence[str]:
        """The terms of atkg beneath this one, at any depth, without itself."""
        found: dict[str, None] = {}
        waiting = list(self.below.get(term, ()))
        while waiting:
            if (each := waiting.pop(0)) not in found and each != term:
                found[each] = None
                waiting += self.below.get(each, ())
        return list(found)

    def at_home(self, class_: str) -> Sequence[Entry]:
        """The properties whose domain is this class."""
        return [term for term in self.properties if class_ in term.domain]

    def ending_in(self, class_: str) -> Sequence[Entry]:
        """The properties whose values are of this class."""
        return [term for term in self.properties if class_ in term.range]

    def text(self, property_: str, language: str = "zh") -> str | None:
        """What the document says of itself."""
        return text_of(self.document, property_, language)

    def links(self, property_: str) -> Sequence[str]:
        """The IRIs that the document has as values of a property."""
        return iris_of(self.document, property_)


def read_ontology(engine: Engine) -> Ontology:
    """The ontology of the snapshot that the engine answers from."""
    triples = read_graph(engine, iris.graph("ontology"))
    ours = sorted((term for term in triples if term.startswith(ATKG)), key=lambda term: (term.lower(), term))
    terms = {each.iri: each for each in filter(None, (_entry(term, triples) for term in ours))}
    versions = [
        Version(
            iri=node,
            name=text_of(said, f"{DCT}title") or node.rpartition("/")[2],
            notes=_by_language(said, f"{SKOS}changeNote"),
        )
        for node, said in triples.items()
        if iris.ONTOLOGY in iris_of(said, f"{DCT}isVersionOf")
    ]
    return Ontology(
        triples.get(iris.ONTOLOGY, {}),
        terms,
        sorted(versions, key=lambda each: _release(each.name), reverse=True),
    )


def read_graph(engine: Engine, graph: str) -> Triples:
    """All that one graph says."""
    rows = select(engine, f"SELECT ?s ?p ?o WHERE {{ GRAPH {iri(graph).to_sparql()} {{ ?s ?p ?o }} }}")
    found: dict[str, dict[str, list[Term]]] = {}
    for row in rows:
        found.setdefault(row["s"].value, {}).setdefault(row["p"].value, []).append(row["o"])
    return found


def _release(name: str) -> list[tuple[int, str]]:
    """A key that puts 0.10.0 behind 0.9.0."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in name.split(".")]


def _entry(term: str, triples: Triples) -> Entry | None:
    said = triples[term]
    types = iris_of(said, f"{RDF}type")
    kind = next((name for name, iris_ in _KINDS.items() if any(each in types for each in iris_)), None)
    if kind is None:
        return None
    declared = {each for iris_ in _KINDS.values() for each in iris_}
    return Entry(
        iri=term,
        kind=kind,
        labels={each.language: each.value for each in said.get(f"{RDFS}label", ()) if each.language},
        texts={name: _by_language(said, property_) for name, property_ in _TEXTS.items()},
        above=[*iris_of(said, f"{RDFS}subClassOf"), *iris_of(said, f"{RDFS}subPropertyOf")],
        domain=[*iris_of(said, f"{RDFS}domain"), *iris_of(said, f"{SCHEMA}domainIncludes")],
        range=[*iris_of(said, f"{RDFS}range"), *iris_of(said, f"{SCHEMA}rangeIncludes")],
        characteristics=[each for each in types if each not in declared],
        apart=_apart(term, triples),
        see_also=iris_of(said, f"{RDFS}seeAlso"),
        replaced_by=iris_of(said, f"{DCT}isReplacedBy"),
        deprecated=text_of(said, f"{OWL}deprecated") == "true",
        conditions=sorted(_conditions(term, triples)),
        demands=sorted(_demands(said, triples)),
        chains=sorted(
            [each.value for each in members(value.value, triples)] for value in said.get(f"{OWL}propertyChainAxiom", ())
        ),
    )


def _by_language(said: Mapping[str, Sequence[Term]], property_: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in said.get(property_, ()):
        if each.language:
            found.setdefault(each.language, []).append(each.value)
    return {language: sorted(texts) for language, texts in found.items()}


def _apart(term: str, triples: Triples) -> list[str]:
    """The classes or properties that share no member with this one, as axioms say."""
    found = set(iris_of(triples[term], f"{OWL}disjointWith")) | set(
        iris_of(triples[term], f"{OWL}propertyDisjointWith")
    )
    for other, said in triples.items():
        if term in iris_of(said, f"{OWL}disjointWith") or term in iris_of(said, f"{OWL}propertyDisjointWith"):
            found.add(other)
        if f"{OWL}AllDisjointClasses" in iris_of(said, f"{RDF}type"):
            for start in said.get(f"{OWL}members", ()):
                listed = [each.value for each in members(start.value, triples) if each.is_iri]
                if term in listed:
                    found.update(listed)
    return sorted(found - {term})


def _conditions(term: str, triples: Triples) -> Iterator[list[Piece]]:
    for other, said in triples.items():
        for property_ in _CONDITIONS:
            if other.startswith(("http://", "https://")) or term not in iris_of(said, property_):
                continue
            yield expression(Term("bnode", other), triples)
    for value in triples[term].get(f"{OWL}equivalentClass", ()):
        if not value.is_iri:
            yield expression(value, triples)


def _demands(said: Mapping[str, Sequence[Term]], triples: Triples) -> Iterator[list[Piece]]:
    for value in said.get(f"{RDFS}subClassOf", ()):
        if not value.is_iri:
            yield expression(value, triples)
