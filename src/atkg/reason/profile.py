"""Whether axioms lie within OWL 2 RL, the part of OWL that rules can carry out on data of any size.

The grammar is that of the W3C's "OWL 2 Profiles", section 4.2: what may stand below another class, what above it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from atkg.namespaces import OWL, RDF, RDFS
from atkg.reason.axioms import Axiom
from atkg.reason.given import TYPE, Triple

_THING: Final = f"<{OWL}Thing>"
_REFUSED: Final = {f"<{OWL}{name}>" for name in ("disjointUnionOf", "hasSelf")}
_FEW: Final = ('"0"', '"1"')


@dataclass(frozen=True, slots=True)
class _Expressions:
    """The class expressions among the triples of an axiom."""

    about: Mapping[str, Mapping[str, str]]

    @classmethod
    def of(cls, triples: Iterable[Triple]) -> _Expressions:
        about: dict[str, dict[str, str]] = {}
        for subject, predicate, value in triples:
            about.setdefault(subject, {})[predicate] = value
        return cls(about)

    def get(self, node: str, name: str) -> str | None:
        return self.about.get(node, {}).get(f"<{OWL}{name}>")

    def members(self, head: str) -> list[str]:
        found = []
        while (own := self.about.get(head)) is not None and f"<{RDF}first>" in own:
            found.append(own[f"<{RDF}first>"])
            head = own[f"<{RDF}rest>"]
        return found

    def below(self, node: str) -> bool:
        """It may stand below another class."""
        if not node.startswith("_:"):
            return node != _THING
        for name in ("intersectionOf", "unionOf"):
            if head := self.get(node, name):
                return all(self.below(each) for each in self.members(head))
        if filler := self.get(node, "someValuesFrom"):
            return filler == _THING or self.below(filler)
        return any(self.get(node, name) for name in ("oneOf", "hasValue"))

    def above(self, node: str) -> bool:
        """It may stand above another class."""
        if not node.startswith("_:"):
            return node != _THING
        if head := self.get(node, "intersectionOf"):
            return all(self.above(each) for each in self.members(head))
        if negated := self.get(node, "complementOf"):
            return self.below(negated)
        if filler := self.get(node, "allValuesFrom"):
            return self.above(filler)
        if self.get(node, "hasValue"):
            return True
        number = self.get(node, "maxCardinality") or self.get(node, "maxQualifiedCardinality")
        filler = self.get(node, "onClass") or _THING
        return number is not None and number.startswith(_FEW) and (filler == _THING or self.below(filler))

    def same(self, node: str) -> bool:
        """It may be said to be the same as another class."""
        if not node.startswith("_:"):
            return node != _THING
        if head := self.get(node, "intersectionOf"):
            return all(self.same(each) for each in self.members(head))
        return self.get(node, "hasValue") is not None


def outside_rl(axioms: Iterable[Axiom]) -> list[Axiom]:
    """Those of the axioms that OWL 2 RL has no room for."""
    return [axiom for axiom in axioms if not _is_rl(axiom)]


def _is_rl(axiom: Axiom) -> bool:
    subject, predicate, value = axiom.root
    expressions = _Expressions.of(axiom.triples)
    if predicate in _REFUSED or any(each in _REFUSED for _, each, _ in axiom.triples):
        return False
    if predicate == f"<{RDFS}subClassOf>":
        return expressions.below(subject) and expressions.above(value)
    if predicate == f"<{OWL}equivalentClass>":
        return expressions.same(subject) and expressions.same(value)
    if predicate == f"<{OWL}disjointWith>":
        return expressions.below(subject) and expressions.below(value)
    if predicate in (f"<{RDFS}domain>", f"<{RDFS}range>"):
        return expressions.above(value)
    if predicate == TYPE and not value.startswith(f"<{OWL}"):
        return expressions.above(value)
    return value != f"<{OWL}ReflexiveProperty>"
