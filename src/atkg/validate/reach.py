"""How far from its focus nodes a shape looks with its core constraints."""

from __future__ import annotations

from itertools import chain, product
from typing import Final

from rdflib import Graph, Node, URIRef
from rdflib.namespace import RDF, SH

from atkg.validate.reading import arguments, is_true, members
from atkg.validate.walks import ANY, Reach, Step, Walk, repetition

_BESIDE: Final = (SH.equals, SH.disjoint, SH.lessThan, SH.lessThanOrEquals)
_LISTS: Final = (SH["and"], SH["or"], SH.xone)
_NAMED: Final = (SH.property, SH.node, SH["not"], SH.qualifiedValueShape)


def reach_of_core(shapes: Graph, root: Node) -> Reach:
    """How far the core constraints of a shape look, those of the shapes that it names included."""
    walks: set[Walk] = set()
    pending: list[tuple[Node, Walk, tuple[Node, ...]]] = [(root, (), ())]
    while pending:
        shape, before, above = pending.pop()
        if shape in above:  # the compiler refuses it
            continue
        walks |= {
            (*before, Step.to(name)) for parameter in _BESIDE for name in map(str, shapes.objects(shape, parameter))
        }
        path = shapes.value(shape, SH.path)
        ends = [before] if path is None else [before + walk for walk in walks_along(shapes, path)]
        walks.update(ends)
        named = _named(shapes, shape)
        for end in ends:
            if (shape, SH["class"], None) in shapes:
                walks.add((*end, Step.to(str(RDF.type))))
            if is_true(shapes, shape, SH.closed):
                walks.add((*end, Step.to(ANY)))
            pending += [(each, end, (*above, shape)) for each in named]
    return Reach(frozenset(walks - {()}))


def _named(shapes: Graph, shape: Node) -> list[Node]:
    """The shapes that the values of this shape are held against."""
    named = [each for parameter in _NAMED for each in arguments(shapes, shape, parameter)]
    lists = [each for parameter in _LISTS for each in arguments(shapes, shape, parameter)]
    named += [each for head in lists for each in members(shapes, head)]
    if (shape, SH.qualifiedValueShapesDisjoint, None) in shapes:
        siblings = {
            each for parent in shapes.subjects(SH.property, shape) for each in shapes.objects(parent, SH.property)
        }
        named += [each for sibling in siblings for each in arguments(shapes, sibling, SH.qualifiedValueShape)]
    return named


def walks_along(shapes: Graph, path: Node, *, inverse: bool = False) -> list[Walk]:
    """The ways that a SHACL path goes."""
    if isinstance(path, URIRef):
        return [(Step.to(str(path), backward=inverse),)]
    if (path, RDF.first, None) in shapes:
        steps = members(shapes, path)
        parts = [walks_along(shapes, step, inverse=inverse) for step in (reversed(steps) if inverse else steps)]
        return [tuple(chain.from_iterable(chosen)) for chosen in product(*parts)]
    found: list[Walk] = []
    for kind, value in shapes.predicate_objects(path):
        if kind == SH.inversePath:
            found += walks_along(shapes, value, inverse=not inverse)
        elif kind == SH.alternativePath:
            found += [walk for step in members(shapes, value) for walk in walks_along(shapes, step, inverse=inverse)]
        elif kind == SH.zeroOrOnePath:
            found += [(), *walks_along(shapes, value, inverse=inverse)]
        elif kind in {SH.zeroOrMorePath, SH.oneOrMorePath}:
            found += [()] if kind == SH.zeroOrMorePath else []
            found.append(repetition(walks_along(shapes, value, inverse=inverse)))
    return found
