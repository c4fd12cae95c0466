"""Axioms in a sentence, in Chinese and English; class expressions in the words of the Manchester syntax."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from atkg.namespaces import OWL, RDF, RDFS, shorten
from atkg.reason.axioms import Axiom
from atkg.reason.given import TYPE, Triple

_SENTENCES: Final[Mapping[str, tuple[str, str]]] = {
    TYPE: ("{s} 是 {o}", "{s} is a {o}"),
    f"<{RDFS}subClassOf>": ("凡是 {s}，都是 {o}", "every {s} is a {o}"),
    f"<{RDFS}subPropertyOf>": ("凡有 {s}，就有 {o}", "whatever has {s} has {o}"),
    f"<{RDFS}domain>": ("有 {s} 的都是 {o}", "whatever has {s} is a {o}"),
    f"<{RDFS}range>": ("{s} 的值都是 {o}", "every value of {s} is a {o}"),
    f"<{OWL}equivalentClass>": ("{s} 就是 {o}", "{s} and {o} are the same class"),
    f"<{OWL}equivalentProperty>": ("{s} 就是 {o}", "{s} and {o} are the same property"),
    f"<{OWL}disjointWith>": ("没有什么既是 {s} 又是 {o}", "nothing is both {s} and {o}"),
    f"<{OWL}propertyDisjointWith>": (
        "没有什么既有 {s} 又有 {o}，而值相同",
        "nothing has {s} and {o} with the same value",
    ),
    f"<{OWL}complementOf>": ("{s} 是不属于 {o} 的一切", "{s} is whatever is not {o}"),
    f"<{OWL}inverseOf>": ("{s} 与 {o} 互逆", "{s} is the inverse of {o}"),
    f"<{OWL}sameAs>": ("{s} 与 {o} 是同一个", "{s} and {o} are the same"),
    f"<{OWL}differentFrom>": ("{s} 与 {o} 不是同一个", "{s} and {o} are not the same"),
    f"<{OWL}propertyChainAxiom>": ("依次有 {o}，就有 {s}", "{o}, one after the other, make {s}"),
}
_CHARACTERS: Final[Mapping[str, tuple[str, str]]] = {
    f"<{OWL}AsymmetricProperty>": ("{s} 从不双向成立", "{s} never holds both ways"),
    f"<{OWL}FunctionalProperty>": ("{s} 至多有一个值", "{s} has one value at most"),
    f"<{OWL}InverseFunctionalProperty>": ("{s} 的值至多属于一个", "a value of {s} belongs to one thing at most"),
    f"<{OWL}IrreflexiveProperty>": ("{s} 从不指向自己", "nothing has itself as {s}"),
    f"<{OWL}ReflexiveProperty>": ("{s} 总指向自己", "everything has itself as {s}"),
    f"<{OWL}SymmetricProperty>": ("{s} 总是双向成立", "{s} always holds both ways"),
    f"<{OWL}TransitiveProperty>": ("{s} 可以传递", "{s} is transitive"),
}
_FILLERS: Final = {
    "someValuesFrom": "some",
    "allValuesFrom": "only",
    "hasValue": "value",
    "hasSelf": "Self",
    "minCardinality": "min",
    "maxCardinality": "max",
    "cardinality": "exactly",
    "minQualifiedCardinality": "min",
    "maxQualifiedCardinality": "max",
    "qualifiedCardinality": "exactly",
}
_LISTS: Final = {"intersectionOf": " and ", "unionOf": " or ", "oneOf": ", "}


@dataclass(frozen=True, slots=True)
class Words:
    """Says axioms in one language.

    Args:
        language: zh or en.
        labels: IRI → how people call it.
    """

    language: str
    labels: Mapping[str, str]

    def say(self, axiom: Axiom) -> str:
        """The axiom as a clause of a sentence."""
        subject, predicate, value = axiom.root
        patterns = _CHARACTERS.get(value) if predicate == TYPE else None
        patterns = patterns or _SENTENCES.get(predicate)
        english = self.language == "en"
        about = _Node(axiom.triples, self)
        if patterns is None:
            return f"{about.name(subject)} {about.name(predicate)} {about.name(value)}"
        return patterns[english].format(s=about.name(subject), o=about.name(value))

    def name(self, iri: str) -> str:
        """The IRI as people write it, with its label where it is a term of an ontology."""
        short, label = shorten(iri), self.labels.get(iri)
        if not label:
            return short
        return f"{short}（{label}）" if self.language == "zh" else f"{short} ({label})"


class _Node:
    """Reads the class expressions among the triples of an axiom."""

    def __init__(self, triples: tuple[Triple, ...], words: Words) -> None:
        self._words = words
        self._about: dict[str, dict[str, str]] = {}
        for subject, predicate, value in triples:
            self._about.setdefault(subject, {}).setdefault(predicate, value)

    def name(self, term: str) -> str:
        if term.startswith("<"):
            return self._words.name(term[1:-1])
        if not term.startswith("_:"):
            return term.replace("<http://www.w3.org/2001/XMLSchema#", "<xsd:")
        own = self._about.get(term, {})
        if f"<{RDF}first>" in own:
            return " → ".join(self._members(term))
        for key, joined in _LISTS.items():
            if head := own.get(f"<{OWL}{key}>"):
                inner = joined.join(self._members(head))
                return f"{{{inner}}}" if key == "oneOf" else f"({inner})"
        if inverted := own.get(f"<{OWL}inverseOf>"):
            return f"(inverse {self.name(inverted)})"
        if negated := own.get(f"<{OWL}complementOf>"):
            return f"(not {self.name(negated)})"
        if (property_ := own.get(f"<{OWL}onProperty>")) is not None:
            return f"({self._restriction(property_, own)})"
        return term

    def _restriction(self, property_: str, own: Mapping[str, str]) -> str:
        for key, word in _FILLERS.items():
            if (filler := own.get(f"<{OWL}{key}>")) is not None:
                number = filler.split('"')[1] if filler.startswith('"') and "ardinality" in key else ""
                qualified = own.get(f"<{OWL}onClass>") or own.get(f"<{OWL}onDataRange>") or ""
                last = number or self.name(filler)
                tail = f" {self.name(qualified)}" if qualified else ""
                return f"{self.name(property_)} {word} {last}{tail}"
        return self.name(property_)

    def _members(self, head: str) -> list[str]:
        found = []
        while (own := self._about.get(head)) is not None:
            found.append(self.name(own[f"<{RDF}first>"]))
            head = own.get(f"<{RDF}rest>", "")
        return found
