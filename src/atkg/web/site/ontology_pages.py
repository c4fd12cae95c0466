"""What the pages of the ontology say, whoever shows them: the site, or files that need no server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from atkg.namespaces import ATKG, BASE, DCT, OWL, shorten
from atkg.queries import NamedQuery
from atkg.web.engine import Engine, Term
from atkg.web.site.expressions import WORDS, Piece
from atkg.web.site.names import Names, excerpt
from atkg.web.site.ontology import VANN, Entry, Ontology
from atkg.web.site.picture import description, draw
from atkg.web.site.usage import EXCERPT, Usage, Use, questions
from atkg.web.site.vocabulary import CHARACTERISTICS, VOCABULARIES


class Links(Protocol):
    """Where things are, seen from one page; None where they can't be reached from there."""

    def index(self, fragment: str = "") -> str:
        """The page of the whole ontology."""

    def term(self, term: Entry) -> str:
        """The page of a term."""

    def thing(self, iri: str) -> str | None:
        """The page of anything else that has an IRI."""

    def query(self, name: str) -> str | None:
        """The page of a named query."""

    def shape(self, name: str) -> str | None:
        """The place of a shape."""

    def sparql(self, text: str) -> str | None:
        """The page that runs a query."""

    def file(self, name: str) -> str | None:
        """A file of the ontology, such as picture.svg."""


@dataclass(frozen=True, slots=True)
class Part:
    """Something named on a page: what is written, where it leads, and how its IRI is written."""

    label: str
    path: str | None
    code: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Example:
    """A real use: the thing, and its value where the term is a property."""

    thing: Part
    value: Part | None
    inferred: bool


class Writer:
    """The contents of pages in one language."""

    def __init__(self, engine: Engine, ontology: Ontology, language: str) -> None:
        self.ontology, self.language = ontology, language
        self._names = Names(engine, language)

    def index(self, links: Links, pictures: Sequence[str]) -> dict[str, Any]:
        """What the page of the whole ontology shows, with the pictures as `pictures` makes them."""
        ontology, language = self.ontology, self.language
        return {
            "title": ontology.text(f"{DCT}title", language) or ("本体" if language == "zh" else "Ontology"),
            "description": ontology.text(f"{DCT}description", language),
            "namespace": ATKG,
            "prefix": ontology.text(f"{VANN}preferredNamespacePrefix") or "atkg",
            "version": ontology.text(f"{OWL}versionInfo"),
            "version_iris": ontology.links(f"{OWL}versionIRI"),
            "prior": ontology.links(f"{OWL}priorVersion"),
            "licences": ontology.links(f"{DCT}license"),
            "versions": ontology.versions,
            "parts": [("classes", ontology.classes), ("properties", ontology.properties)],
            "picture": description(ontology, language),
            "pictures": pictures,
            "questions": [
                (query.name, self._question(query), links.query(query.name))
                for query, _ in questions()
                if not query.finds_violations
            ],
            "to": links,
        }

    def pictures(self, links: Links) -> list[str]:
        """The ontology as SVG, for a large screen and for a narrow one."""

        def name(iri: str) -> str:
            return self._part(iri, links).label

        return [draw(self.ontology, self.language, name, links.term, narrow=narrow) for narrow in (False, True)]

    def term(self, term: Entry, usage: Usage, links: Links) -> dict[str, Any]:
        """What the page of a term shows."""
        ontology = self.ontology
        mentioned = [*term.above, *term.domain, *term.range, *term.see_also]
        self._names.learn([*mentioned, *(use.subject for use in usage.uses)])
        return {
            "term": term,
            "above": self._parts([each for each in term.above if each in ontology.terms], links),
            "below": self._parts(ontology.below.get(term.iri, ()), links),
            "domain": self._parts(term.domain, links),
            "values": self._parts(term.range, links),
            "apart": self._parts(term.apart, links),
            "kind": CHARACTERISTICS[term.kind],
            "characteristics": [CHARACTERISTICS.get(each, (shorten(each),) * 2) for each in term.characteristics],
            "conditions": [self._pieces(each, links) for each in term.conditions],
            "demands": [self._pieces(each, links) for each in term.demands],
            "chains": [self._parts(each, links) for each in term.chains],
            "has": self._parts([each.iri for each in ontology.at_home(term.iri)], links),
            "ends": self._parts([each.iri for each in ontology.ending_in(term.iri)], links),
            "axioms": [code_of(each) for each in term.above if each not in ontology.terms],
            "see_also": [code_of(each) for each in term.see_also],
            "replaced_by": self._parts(term.replaced_by, links),
            "count": usage.direct,
            "counts_below": [(self._part(each, links), count) for each, count in usage.below],
            "examples": [self._example(term, use, links) for use in usage.uses],
            "listing": usage.text,
            "queries": [(query.name, self._question(query), links.query(query.name)) for query in usage.queries],
            "shapes": [(name, links.shape(name)) for name in usage.shapes],
            "to": links,
        }

    def _question(self, query: NamedQuery) -> str:
        return query.question[self.language]

    def _example(self, term: Entry, use: Use, links: Links) -> Example:
        return Example(
            self._part(use.subject, links),
            None if term.kind == "class" or use.value is None else self._value(use.value, links),
            use.inferred,
        )

    def _value(self, value: Term, links: Links) -> Part:
        if value.is_iri:
            return self._part(value.value, links)
        language = "zh-Hans" if any("\u4e00" <= char <= "\u9fff" for char in value.value) else None
        return Part(excerpt(" ".join(value.value.split()), EXCERPT), None, None, language)

    def _parts(self, iris: Sequence[str], links: Links) -> list[Part]:
        return [self._part(each, links) for each in iris]

    def _part(self, iri: str, links: Links) -> Part:
        if term := self.ontology.terms.get(iri):
            return Part(term.label(self.language), links.term(term), f"atkg:{term.name}")
        node = self._names.node(iri)
        if iri.startswith(BASE):
            return Part(node.label, links.thing(iri), None, node.language)
        code, path = code_of(iri)
        return Part(code if node.label in (iri, f"<{iri}>") else node.label, path, code, node.language)

    def _pieces(self, pieces: Sequence[Piece], links: Links) -> list[Part]:
        found = []
        for kind, value in pieces:
            if kind == "term":
                found.append(self._part(value, links))
            else:
                found.append(Part(WORDS[value][self.language != "zh"] if value in WORDS else value, None))
        return found


def code_of(iri: str) -> tuple[str, str | None]:
    """(the IRI as people write it, where it leads).

    >>> code_of("http://www.w3.org/ns/prov#Plan")
    ('prov:Plan', 'http://www.w3.org/ns/prov#Plan')
    """
    path = iri if iri.startswith(("http://", "https://")) else None
    for namespace, prefix in VOCABULARIES.items():
        if iri.startswith(namespace):
            return f"{prefix}:{iri.removeprefix(namespace)}", path
    return shorten(iri), path
