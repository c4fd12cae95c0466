"""How far from its focus nodes a shape looks: what has to be at hand so that it finds there what it finds in the whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from rdflib import Graph, Node, URIRef
from rdflib.namespace import RDF, RDFS, SH

from atkg.validate.reading import arguments, is_true, members

ANY: Final = "*"
"""Stands for every predicate."""
_BESIDE: Final = (SH.equals, SH.disjoint, SH.lessThan, SH.lessThanOrEquals)
_LISTS: Final = (SH["and"], SH["or"], SH.xone)
_NAMED: Final = (SH.property, SH.node, SH["not"], SH.qualifiedValueShape)
_REPEATED: Final = (SH.zeroOrMorePath, SH.oneOrMorePath)


@dataclass(frozen=True, slots=True)
class Reach:
    """How far from its focus node a constraint looks.

    Args:
        backward: the predicates that it follows from object to subject.
        inner: the predicates that it follows from another node than the focus node; `ANY` for all.
        whole: why it may look anywhere; None where every pattern hangs on the focus node.
    """

    backward: frozenset[str] = frozenset()
    inner: frozenset[str] = frozenset()
    whole: str | None = None

    def __or__(self, other: Reach) -> Reach:
        return Reach(self.backward | other.backward, self.inner | other.inner, self.whole or other.whole)


def reach_of_core(shapes: Graph, root: Node) -> Reach:
    """How far the core constraints of a shape look, those of the shapes that it names included."""
    behind: set[str] = {str(RDFS.subClassOf)}
    inner: set[str] = {str(RDF.type), str(RDFS.subClassOf)}
    pending, seen = [(root, True)], set()
    while pending:
        shape, at_focus = pending.pop()
        if (shape, at_focus) in seen:
            continue
        seen.add((shape, at_focus))
        path = shapes.value(shape, SH.path)
        if path is not None:
            first, later = _steps(shapes, path)
            behind |= backward(shapes, path)
            inner |= later if at_focus else first | later
        if not at_focus:
            inner |= {str(name) for parameter in _BESIDE for name in shapes.objects(shape, parameter)}
        on_focus = at_focus and path is None
        if is_true(shapes, shape, SH.closed) and not on_focus:
            inner.add(ANY)
        named = [each for parameter in _NAMED for each in arguments(shapes, shape, parameter)]
        lists = [each for parameter in _LISTS for each in arguments(shapes, shape, parameter)]
        named += [each for head in lists for each in members(shapes, head)]
        pending += [(each, on_focus) for each in named]
    return Reach(frozenset(behind), frozenset(inner))


def _steps(shapes: Graph, path: Node) -> tuple[set[str], set[str]]:
    """The predicates with which this path can start, and those that it can follow afterwards."""
    if isinstance(path, URIRef):
        return {str(path)}, set()
    if (path, RDF.first, None) in shapes:
        parts = [_steps(shapes, step) for step in members(shapes, path)]
        every = [first | later for first, later in parts]
        # a step that can be empty lets the next one start: any of them may
        return set().union(*every), set().union(*every[1:], *(later for _, later in parts))
    first: set[str] = set()
    later: set[str] = set()
    for kind, value in shapes.predicate_objects(path):
        if kind == SH.alternativePath:
            for each in members(shapes, value):
                start, rest = _steps(shapes, each)
                first, later = first | start, later | rest
        elif kind in {SH.inversePath, SH.zeroOrOnePath, *_REPEATED}:
            start, rest = _steps(shapes, value)
            reverse = kind == SH.inversePath
            first, later = first | start | (rest if reverse else set()), later | rest
            later |= start if kind in _REPEATED or (reverse and rest) else set()
    return first, later


def backward(shapes: Graph, path: Node, *, inverse: bool = False) -> set[str]:
    """The predicates that this path follows from object to subject."""
    if isinstance(path, URIRef):
        return {str(path)} if inverse else set()
    if (path, RDF.first, None) in shapes:
        return {name for step in members(shapes, path) for name in backward(shapes, step, inverse=inverse)}
    found: set[str] = set()
    for kind, value in shapes.predicate_objects(path):
        if kind == SH.inversePath:
            found |= backward(shapes, value, inverse=not inverse)
        elif kind == SH.alternativePath:
            found |= {name for step in members(shapes, value) for name in backward(shapes, step, inverse=inverse)}
        elif kind in {SH.zeroOrOnePath, *_REPEATED}:
            found |= backward(shapes, value, inverse=inverse)
    return found
