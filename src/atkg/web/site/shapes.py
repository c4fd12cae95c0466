"""The shapes as their page shows them: message, severity, target and path of each, read from the shapes graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from atkg.namespaces import RDF, RDFS, SH, SHAPES, shorten
from atkg.web.engine import Term
from atkg.web.site.things import iris_of, text_of

_KINDS: Final = (f"{SH}NodeShape", f"{SH}PropertyShape")
_TARGETS: Final = (f"{SH}targetClass", f"{SH}targetSubjectsOf", f"{SH}targetObjectsOf", f"{SH}targetNode")
_SUFFIXES: Final = {"zeroOrMorePath": "*", "oneOrMorePath": "+", "zeroOrOnePath": "?"}
_SHOWN_ELSEWHERE: Final = {
    f"{RDF}type",
    f"{RDFS}comment",
    f"{RDFS}isDefinedBy",
    f"{SH}message",
    f"{SH}name",
    f"{SH}path",
    f"{SH}property",
    f"{SH}severity",
    f"{SH}sparql",
    *_TARGETS,
}

Triples = Mapping[str, Mapping[str, Sequence[Term]]]


@dataclass(frozen=True, slots=True)
class Shape:
    """One named shape."""

    iri: str
    name: str
    labels: Mapping[str, str]
    messages: Mapping[str, str]
    comments: Mapping[str, str]
    severity: str
    targets: Sequence[str]
    how: Sequence[str]
    path: str | None
    path_terms: Sequence[str]
    used_by: Sequence[str]
    constraints: Sequence[tuple[str, str]]
    classes: Sequence[str]
    select: str | None


def read_shapes(triples: Triples) -> list[Shape]:
    """All named shapes of the graph, by name; a property shape has the targets of the shapes that use it."""
    named = [
        shape
        for shape, said in triples.items()
        if shape.startswith(SHAPES) and any(kind in _KINDS for kind in iris_of(said, f"{RDF}type"))
    ]
    users: dict[str, list[str]] = {}
    for shape in named:
        for used in iris_of(triples[shape], f"{SH}property"):
            users.setdefault(used, []).append(shape)
    return [
        _shape(shape, triples, sorted(users.get(shape, ())))
        for shape in sorted(named, key=lambda shape: (shape.lower(), shape))
    ]


def _shape(shape: str, triples: Triples, users: list[str]) -> Shape:
    said = triples[shape]
    targets: dict[str, str] = {}
    for each in (shape, *users):
        for kind in _TARGETS:
            for target in iris_of(triples.get(each, {}), kind):
                targets.setdefault(target, kind.removeprefix(SH))
    terms: list[str] = []
    path = next((_path(value, triples, terms) for value in said.get(f"{SH}path", ())), None)
    rule = next((triples.get(value.value, {}) for value in said.get(f"{SH}sparql", ())), {})
    return Shape(
        iri=shape,
        name=shape.removeprefix(SHAPES),
        labels=_by_language(said, f"{SH}name"),
        messages=_by_language(said, f"{SH}message"),
        comments=_by_language(said, f"{RDFS}comment"),
        severity=next(iter(iris_of(said, f"{SH}severity")), f"{SH}Violation"),
        targets=list(targets),
        how=list(targets.values()),
        path=path,
        path_terms=list(dict.fromkeys(terms)),
        used_by=[each.removeprefix(SHAPES) for each in users],
        constraints=_constraints(said, triples),
        classes=iris_of(said, f"{SH}class"),
        select=(text_of(rule, f"{SH}select") or "").strip() or None,
    )


def _by_language(said: Mapping[str, Sequence[Term]], property_: str) -> dict[str, str]:
    return {each.language: each.value for each in said.get(property_, ()) if each.language}


def _constraints(said: Mapping[str, Sequence[Term]], triples: Triples) -> list[tuple[str, str]]:
    """(constraint, value) of what the shape demands, in SHACL's words."""
    return [
        (shorten(property_), _value(value, triples))
        for property_ in sorted(said)
        if property_.startswith(SH) and property_ not in _SHOWN_ELSEWHERE
        for value in said[property_]
    ]


def _value(value: Term, triples: Triples) -> str:
    if value.kind == "bnode":
        members = _members(value.value, triples)
        if members:
            return "( " + " ".join(_value(each, triples) for each in members) + " )"
        inner = [f"{name} {shown}" for name, shown in _constraints(triples.get(value.value, {}), triples)]
        return f"[ {' ; '.join(inner)} ]"
    return shorten(value.value) if value.is_iri else value.value


def _path(value: Term, triples: Triples, terms: list[str]) -> str:
    """A SHACL path as SPARQL writes it; its properties are added to `terms`."""
    if value.is_iri:
        terms.append(value.value)
        return shorten(value.value)
    if members := _members(value.value, triples):
        return "/".join(_path(each, triples, terms) for each in members)
    said = triples.get(value.value, {})
    for inverse in said.get(f"{SH}inversePath", ()):
        return "^" + _path(inverse, triples, terms)
    for choice in said.get(f"{SH}alternativePath", ()):
        return "(" + "|".join(_path(each, triples, terms) for each in _members(choice.value, triples)) + ")"
    for name, suffix in _SUFFIXES.items():
        for inner in said.get(SH + name, ()):
            return f"({_path(inner, triples, terms)}){suffix}"
    return "?"


def _members(start: str, triples: Triples) -> list[Term]:
    """The members of an RDF list; nothing where the node is none."""
    members: list[Term] = []
    passed: set[str] = set()
    while (said := triples.get(start, {})) and f"{RDF}first" in said and start not in passed:
        passed.add(start)
        members += said[f"{RDF}first"][:1]
        start = next((each.value for each in said.get(f"{RDF}rest", ())), "")
    return members
