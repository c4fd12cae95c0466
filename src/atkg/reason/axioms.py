"""Triples as axioms: what can be left out by itself, what declares a term, and what a reasoner does not look at."""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations, count
from math import log2
from typing import Final

from atkg.namespaces import ATKG, OWL, RDF, RDFS, XSD
from atkg.reason.given import TYPE, Triple

_DECLARED: Final = {
    f"<{OWL}{name}>": name
    for name in ("Class", "ObjectProperty", "DatatypeProperty", "AnnotationProperty", "NamedIndividual")
} | {f"<{RDFS}Datatype>": "Datatype"}
_STRUCTURE: Final = {f"<{OWL}{name}>" for name in ("Class", "Restriction", "DataRange")} | {f"<{RDF}List>"}
_HEADER: Final = {f"<{OWL}{name}>" for name in ("Ontology", "imports", "versionIRI", "priorVersion", "deprecated")}
_LOGICAL: Final = {
    f"<{RDFS}subClassOf>",
    f"<{RDFS}subPropertyOf>",
    f"<{RDFS}domain>",
    f"<{RDFS}range>",
    TYPE,
}
_ANNOTATING: Final = {
    f"<{OWL}{name}>" for name in ("versionInfo", "backwardCompatibleWith", "incompatibleWith")
} | _HEADER
_DISJOINT: Final = f"<{OWL}disjointWith>"
_MEMBERS: Final = f"<{OWL}members>"
_FIRST: Final = f"<{RDF}first>"
_INVERSE: Final = f"<{OWL}inverseOf>"
_REST: Final = f"<{RDF}rest>"

DATATYPES: Final = frozenset(
    f"{XSD}{name}"
    for name in [
        "string",
        "boolean",
        "decimal",
        "integer",
        "double",
        "float",
        "anyURI",
        "hexBinary",
        "base64Binary",
        "dateTime",
        "dateTimeStamp",
        "normalizedString",
        "token",
        "language",
        "Name",
        "NCName",
        "NMTOKEN",
        "nonNegativeInteger",
        "nonPositiveInteger",
        "positiveInteger",
        "negativeInteger",
        "long",
        "int",
        "short",
        "byte",
        "unsignedLong",
        "unsignedInt",
        "unsignedShort",
        "unsignedByte",
    ]
) | {f"{RDF}XMLLiteral", f"{RDF}PlainLiteral"}
"""The datatypes of OWL 2 DL; a date is none of them, and a DL reasoner stops at one."""


@dataclass(frozen=True, slots=True)
class Axiom:
    """What can be taken away by itself: one triple, with what its blank nodes stand for."""

    triples: tuple[Triple, ...]

    @property
    def root(self) -> Triple:
        return self.triples[0]

    def terms(self) -> set[str]:
        """The named things that it is about."""
        return {term for s, _, o in self.triples for term in (s, o) if term.startswith(("<", "_:"))} | {
            p for _, p, _ in self.triples if p.startswith(f"<{ATKG}")
        }


@dataclass(slots=True)
class Axioms:
    """What a reasoner is given, and what it is not.

    Args:
        declarations: what kind of term each is; without them nothing can be read.
        logical: the axioms proper.
        values: datatype that a DL reasoner does not know → how many values of it are left out.
        unknown: the terms of atkg that are used and nowhere declared → how often.
    """

    declarations: list[Triple] = field(default_factory=list)
    logical: list[Axiom] = field(default_factory=list)
    values: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)


def axioms_of(triples: Iterable[Triple]) -> Axioms:
    """The triples sorted into axioms, those about terms first, each kind in an order that never changes."""
    listed = list(triples)
    kinds: dict[str, set[str]] = defaultdict(set)
    about: dict[str, list[Triple]] = defaultdict(list)
    for triple in listed:
        subject, predicate, value = triple
        about[subject].append(triple)
        if predicate == TYPE and value in _DECLARED:
            kinds[_DECLARED[value]].add(subject)
    found = Axioms()
    structural = {s for s, own in about.items() if s.startswith("_:") and _is_structural(own)}
    within = {o for s, p, o in listed if o in structural and (s in structural or not _annotates(p, kinds))}
    schema: list[Axiom] = []
    facts: list[Axiom] = []
    for triple in listed:
        subject, predicate, value = triple
        if subject in structural:
            continue
        if predicate == TYPE and value in _DECLARED and not subject.startswith("_:"):
            found.declarations.append(triple)
        elif _annotates(predicate, kinds):
            if predicate.startswith(f"<{ATKG}") and predicate not in kinds["AnnotationProperty"]:
                found.unknown[predicate] += 1
        elif value in _HEADER:
            continue
        elif (kind := _foreign_datatype(value)) is not None:
            found.values[kind] += 1
        elif not (predicate == TYPE and value == f"<{OWL}NamedIndividual>"):
            if predicate == TYPE and value.startswith(f"<{ATKG}") and value not in kinds["Class"]:
                found.unknown[value] += 1
                continue
            axiom = Axiom((triple, *_closure(value, about, structural)))
            is_schema = (predicate != TYPE and predicate in _LOGICAL) or predicate.startswith(f"<{OWL}")
            (schema if is_schema or value.startswith(f"<{OWL}") else facts).append(axiom)
    for node in sorted(structural - within):
        schema += _general(node, about, structural)
    found.declarations.sort()
    bound = {term for axiom in schema for triple in axiom.triples for term in triple}
    # of a property that no axiom is about nothing follows, and there are thousands of these
    facts = [fact for fact in facts if fact.root[1] == TYPE or fact.root[1] in bound]
    found.logical = sorted(schema, key=_said) + sorted(facts, key=_said)
    return found


def _is_structural(own: Sequence[Triple]) -> bool:
    """The blank node stands for a class expression, a list or an axiom, and for no individual."""
    return any(
        value in _STRUCTURE
        or predicate in (_FIRST, _MEMBERS, _INVERSE)
        or (predicate == TYPE and value.startswith(f"<{OWL}") and value not in _DECLARED)
        for _, predicate, value in own
    )


def _annotates(predicate: str, kinds: dict[str, set[str]]) -> bool:
    if predicate in _LOGICAL:
        return False
    if predicate.startswith(f"<{OWL}"):
        return predicate in _ANNOTATING
    return predicate not in kinds["ObjectProperty"] and predicate not in kinds["DatatypeProperty"]


def _foreign_datatype(value: str) -> str | None:
    """The datatype of a literal that a DL reasoner does not know; None where it does, or where it is no literal."""
    quoted, mark, datatype = value.rpartition('"^^<')
    if not mark or not quoted.startswith('"'):
        return None
    return None if datatype[:-1] in DATATYPES else datatype[:-1]


def _closure(node: str, about: dict[str, list[Triple]], structural: set[str]) -> Iterator[Triple]:
    pending = [node]
    while pending:
        each = pending.pop()
        if each in structural:
            for triple in about[each]:
                yield triple
                pending.append(triple[2])


def _general(node: str, about: dict[str, list[Triple]], structural: set[str]) -> list[Axiom]:
    """The axioms that hang on a blank node which nothing names: general class axioms, disjointness of several."""
    own = about[node]
    members = [o for _, p, o in own if p == _MEMBERS]
    if members and (node, TYPE, f"<{OWL}AllDisjointClasses>") in own:
        pairs = combinations(_listed(members[0], about), 2)
        return [_pair(a, b, about, structural, str(number)) for number, (a, b) in enumerate(pairs)]
    asserted = [triple for triple in own if triple[1] in (f"<{RDFS}subClassOf>", f"<{OWL}equivalentClass>", _DISJOINT)]
    rest = [triple for triple in own if triple not in asserted]
    inner = [*rest, *(each for triple in rest for each in _closure(triple[2], about, structural))]
    if not asserted:
        return [Axiom(tuple(inner))] if inner else []
    return [Axiom((triple, *inner, *_closure(triple[2], about, structural))) for triple in asserted]


def _listed(head: str, about: dict[str, list[Triple]]) -> list[str]:
    found: list[str] = []
    while (own := about.get(head)) is not None:
        found += [o for _, p, o in own if p == _FIRST]
        head = next((o for _, p, o in own if p == _REST), "")
    return found


def _pair(a: str, b: str, about: dict[str, list[Triple]], structural: set[str], mark: str) -> Axiom:
    """One of the pairs that the disjointness of several stands for, with blank nodes of its own."""
    triples = [(a, _DISJOINT, b), *_closure(a, about, structural), *_closure(b, about, structural)]

    def own(term: str) -> str:
        return f"{term}p{mark}" if term in structural else term

    return Axiom(tuple((own(s), p, own(o)) for s, p, o in triples))


def _said(axiom: Axiom) -> tuple[str, ...]:
    """What an axiom says, whatever its blank nodes are called, to sort by."""
    names: dict[str, str] = {}
    said = []
    for triple in axiom.triples:
        parts = [names.setdefault(term, f"_:{len(names)}") if term.startswith("_:") else term for term in triple]
        said.append(" ".join(parts))
    return tuple(said)


def nearest_first(axioms: Sequence[Axiom], found: Sequence[Axiom]) -> list[Axiom]:
    """The axioms in the order of their distance from those found; a thing that many are about leads far."""
    by_term: dict[str, list[int]] = defaultdict(list)
    terms = [axiom.terms() for axiom in axioms]
    for number, own in enumerate(terms):
        for term in own:
            by_term[term].append(number)
    order: list[int] = []
    done: set[int] = set()
    reached: set[str] = set()
    tick = count()
    heap: list[tuple[float, int, str]] = [(0.0, next(tick), term) for axiom in found for term in sorted(axiom.terms())]
    while heap:
        far, _, term = heapq.heappop(heap)
        if term in reached:
            continue
        reached.add(term)
        step = far + 1 + log2(1 + len(by_term[term]))
        for number in by_term[term]:
            if number not in done:
                done.add(number)
                order.append(number)
                for other in sorted(terms[number] - reached):
                    heapq.heappush(heap, (step, next(tick), other))
    order += [number for number in range(len(axioms)) if number not in done]
    return [axioms[number] for number in order]
