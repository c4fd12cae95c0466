"""Class expressions of OWL in words and terms, in the order in which the Manchester syntax has them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from atkg.namespaces import OWL, RDF
from atkg.web.engine import Term

Piece = tuple[str, str]
"""("word", a key of WORDS or a literal) or ("term", an IRI)."""

WORDS: Final = {
    "and": ("且", "and"),
    "or": ("或", "or"),
    "not": ("非", "not"),
    "some": ("有某个", "some"),
    "only": ("只有", "only"),
    "value": ("为", "value"),
    "self": ("自身", "self"),
    "min": ("至少", "min"),
    "max": ("至多", "max"),
    "exactly": ("恰有", "exactly"),
    "inverse": ("反向的", "inverse of"),
    "one of": ("以下之一", "one of"),
}
"""The words of expressions in Chinese and in English."""

_LISTS: Final = {f"{OWL}intersectionOf": "and", f"{OWL}unionOf": "or"}
_FILLERS: Final = {
    f"{OWL}someValuesFrom": "some",
    f"{OWL}allValuesFrom": "only",
    f"{OWL}hasValue": "value",
}
_NUMBERS: Final = {
    f"{OWL}minCardinality": "min",
    f"{OWL}maxCardinality": "max",
    f"{OWL}cardinality": "exactly",
    f"{OWL}minQualifiedCardinality": "min",
    f"{OWL}maxQualifiedCardinality": "max",
    f"{OWL}qualifiedCardinality": "exactly",
}
_DEEPEST: Final = 20
"""Expressions nested deeper than this are cut, so that one that contains itself has an end."""

Triples = Mapping[str, Mapping[str, Sequence[Term]]]


def members(start: str, triples: Triples) -> list[Term]:
    """The members of an RDF list; nothing where the node is none."""
    found: list[Term] = []
    passed: set[str] = set()
    while (said := triples.get(start, {})) and f"{RDF}first" in said and start not in passed:
        passed.add(start)
        found += said[f"{RDF}first"][:1]
        start = next((each.value for each in said.get(f"{RDF}rest", ())), "")
    return found


def expression(node: Term, triples: Triples, depth: int = 0) -> list[Piece]:
    """The pieces of an expression from left to right; a node that is none is shown as it is."""
    if node.is_iri:
        return [("term", node.value)]
    said = triples.get(node.value, {})
    if node.kind == "literal" or depth > _DEEPEST or not said:
        return [("word", node.value if node.kind == "literal" else "…")]
    for property_, word in _LISTS.items():
        for start in said.get(property_, ()):
            return _joined((expression(each, triples, depth + 1) for each in members(start.value, triples)), word)
    for part in said.get(f"{OWL}complementOf", ()):
        return [("word", "not"), *expression(part, triples, depth + 1)]
    for start in said.get(f"{OWL}oneOf", ()):
        listed = _joined((expression(each, triples, depth + 1) for each in members(start.value, triples)), ",")
        return [("word", "one of"), *listed]
    for inverse in said.get(f"{OWL}inverseOf", ()):
        return [("word", "inverse"), *expression(inverse, triples, depth + 1)]
    return _restriction(said, triples, depth) or [("word", "…")]


def _restriction(said: Mapping[str, Sequence[Term]], triples: Triples, depth: int) -> list[Piece]:
    for property_ in said.get(f"{OWL}onProperty", ()):
        start = expression(property_, triples, depth + 1)
        for name, word in _FILLERS.items():
            for filler in said.get(name, ()):
                inner = expression(filler, triples, depth + 1)
                return [*start, ("word", word), *(_bracketed(inner) if len(inner) > 1 else inner)]
        for name, word in _NUMBERS.items():
            for number in said.get(name, ()):
                classes = [*said.get(f"{OWL}onClass", ()), *said.get(f"{OWL}onDataRange", ())]
                inner = expression(classes[0], triples, depth + 1) if classes else []
                return [*start, ("word", word), ("word", number.value), *inner]
        if f"{OWL}hasSelf" in said:
            return [*start, ("word", "self")]
    return []


def _joined(parts: Iterable[list[Piece]], word: str) -> list[Piece]:
    found: list[Piece] = []
    for part in parts:
        if found:
            found.append(("word", word))
        found += _bracketed(part) if any(piece in (("word", "and"), ("word", "or")) for piece in part) else part
    return found


def _bracketed(pieces: list[Piece]) -> list[Piece]:
    return [("word", "("), *pieces, ("word", ")")]
