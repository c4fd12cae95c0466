"""The shapes files: read, compiled to SPARQL, and their words."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Final

from rdflib import Graph, Literal, Node, URIRef
from rdflib.namespace import SH

from atkg.namespaces import RDFS, SHAPES
from atkg.resources import resource
from atkg.store import Store
from atkg.validate.compiled import Compiled, Compiler
from atkg.validate.reading import TARGETS, classes_named, roots
from atkg.validate.results import Level

_LEVELS: Final = {str(SH.Violation): Level.VIOLATION, str(SH.Warning): Level.WARNING, str(SH.Info): Level.INFO}


@dataclass(frozen=True, slots=True)
class SparqlRule:
    """A shape with a SPARQL constraint, as one query over the whole graph."""

    shape: str
    query: str


@dataclass(frozen=True)
class Shapes:
    """The shapes of a folder."""

    graph: Graph
    analyses: dict[str, Any] = field(default_factory=dict)
    """What is known about the queries of SPARQL constraints: it may come from an earlier run."""

    @classmethod
    def load(cls, folder: Path | None = None) -> Shapes:
        """The shapes files of this folder, else those that came with atkg."""
        graph = Graph()
        for path in sorted((folder or resource("shapes")).glob("*.ttl")):
            graph.parse(path, format="turtle")
        return cls(graph)

    @cached_property
    def roots(self) -> tuple[Node, ...]:
        """The shapes that have targets."""
        return tuple(sorted(roots(self.graph), key=str))

    @property
    def aimed(self) -> set[str]:
        """The predicates whose objects are targets."""
        return {str(predicate) for predicate in self.graph.objects(None, SH.targetObjectsOf)}

    def compile(self, store: Store) -> Compiled:
        """The shapes as queries over this store, whose subclasses count."""
        below = subclasses(store, classes_named(self.graph))
        key = repr(sorted(below.items()))
        if key not in self._compiled:
            self._compiled[key] = Compiler(self.graph, below, partial(_evaluates, store), self.analyses).compile()
        return self._compiled[key]

    @cached_property
    def _compiled(self) -> dict[str, Compiled]:
        return {}

    @cached_property
    def core(self) -> Graph:
        """The shapes without their SPARQL constraints."""
        core = _copy(self.graph)
        for shape, constraint in list(core.subject_objects(SH.sparql)):
            core.remove((shape, SH.sparql, constraint))
            core.remove((constraint, None, None))
        return core

    @cached_property
    def rules(self) -> tuple[SparqlRule, ...]:
        """The SPARQL constraints of shapes with targets, each as one query over a whole graph."""
        found = Compiler(self.graph, {}, lambda _: True, self.analyses).compile().checks
        return tuple(
            SparqlRule(str(check.shape), check.query)
            for checks in found.values()
            for check in checks
            if check.constraint is not None
        )

    def names_below(self, root: Node) -> set[str]:
        """The local names of the shape itself and of the property shapes that hang on it, at any depth."""
        found = [root]
        for shape in found:
            found += [inner for inner in self.graph.objects(shape, SH.property) if inner not in found]
        return {local_name(shape) for shape in found}

    def only(self, kept: Collection[Node]) -> Shapes:
        """The same shapes with these roots alone: no other has a target."""
        graph = _copy(self.graph)
        for root in self.roots:
            if root not in kept:
                for target in (*TARGETS, SH.target):
                    graph.remove((root, target, None))
        return Shapes(graph, self.analyses)

    def severity(self, shape: str) -> str:
        """The severity of the shape as SHACL names it; it may be one of the shapes' own."""
        return str(self.graph.value(_node(shape), SH.severity) or SH.Violation)

    def level(self, shape: str) -> Level:
        return _LEVELS.get(self.severity(shape), Level.VIOLATION)

    def messages(self, named: str) -> dict[str, str]:
        """The messages of the shape (or of its constraint) by language, as the shapes file has them."""
        shape = _node(named)
        holders = [shape, *self.graph.objects(shape, SH.sparql)]
        found = (message for holder in holders for message in self.graph.objects(holder, SH.message))
        return {str(message.language): str(message) for message in found if isinstance(message, Literal)}


def local_name(shape: Node) -> str:
    """The name of a shape as people write it: without our namespace."""
    return str(shape).removeprefix(SHAPES)


def _node(shape: str) -> Node:
    return shape if isinstance(shape, Node) else URIRef(shape)


def _copy(graph: Graph) -> Graph:
    copy = Graph()
    for triple in graph:
        copy.add(triple)
    return copy


def subclasses(store: Store, names: Iterable[str]) -> dict[str, list[str]]:
    """Class → itself and all below it in the data, by their IRIs."""
    found = {name: {name} for name in names}
    below: dict[str, set[str]] = {}
    pattern = f"?low <{RDFS}subClassOf> ?high FILTER (ISIRI(?low) && ISIRI(?high))"
    for row in store.select(f"SELECT ?low ?high WHERE {{ {pattern} }}"):
        below.setdefault(row["high"], set()).add(row["low"])
    for name, known in found.items():
        pending = [name]
        while pending:
            for low in below.get(pending.pop(), set()) - known:
                known.add(low)
                pending.append(low)
    return {name: sorted(known) for name, known in sorted(found.items())}


def _evaluates(store: Store, expression: str) -> bool:
    """The engine gives a value for this expression."""
    return store.select(f"SELECT ({expression} AS ?value) WHERE {{}}")[0]["value"] is not None
