"""What shapes see that no graph states: which rules matter to them, and what a rule looks at."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import product
from typing import Any, Final

from rdflib import Graph, Literal, Node, URIRef
from rdflib.namespace import RDF
from rdflib.plugins.sparql import prepareQuery

from atkg import rules
from atkg.namespaces import ATKG
from atkg.store import Store
from atkg.validate.patterns import reach_of
from atkg.validate.reading import classes_named
from atkg.validate.shapes import subclasses
from atkg.validate.walks import ANY, Step, Walk

TRACES: Final = "tracesTo"
"""The one inferred property that parts of the dataset are validated with."""
_TRACES: Final = f"{ATKG}{TRACES}", f"{ATKG}derivedFrom"
_TYPE: Final = (str(RDF.type), False)


def widening(shapes: Graph, ontology: Store) -> dict[str, frozenset[Walk]]:
    """The rules that may make a node an instance of a class that the shapes name, and the ways that each looks.

    A rule that asks its nodes to be instances already makes none.

    Raises:
        ValueError: what such a rule looks at can't be told.
    """
    below = subclasses(ontology, classes_named(shapes))
    found: dict[str, frozenset[Walk]] = {}
    for each in rules.rules():
        above = {name for name, lower in below.items() if each.term in lower}
        if each.name[0].islower() or not above:
            continue
        algebra = prepareQuery(each.text).algebra
        subject = algebra.template[0][0]
        stated = _classes(algebra.p, subject)
        if all(stated.intersection(below[name]) for name in above):
            continue
        reach = reach_of(algebra.p, subject)
        if reach.whole or {rule.name for rule in rules.rules()} & each.terms:
            raise ValueError(each.name)
        found[each.name] = reach.walks
    return found


def _classes(part: Any, subject: Node) -> set[str]:
    """The classes that a pattern asks of a variable in any case."""
    if part.name == "BGP":
        return {str(value) for node, predicate, value in part.triples if (node, predicate) == (subject, RDF.type)}
    if part.name == "Join":
        return _classes(part.p1, subject) | _classes(part.p2, subject)
    if part.name == "Union":
        return _classes(part.p1, subject) & _classes(part.p2, subject)
    return _classes(part.p1 if part.name == "LeftJoin" else part.p, subject)


def mentioned(shapes: Graph, root: Node) -> list[str]:
    """The inferred terms that a shape names, or one that hangs on it; tracesTo is none of them."""
    names = {each.name for each in rules.rules()} - {TRACES}
    pattern = re.compile(rf"\b({'|'.join(sorted(names))})\b")
    found = [str(node) for node in _below(shapes, root) if isinstance(node, Literal | URIRef)]
    return sorted({name for words in found for name in pattern.findall(words)})


def _below(shapes: Graph, root: Node) -> Iterator[Node]:
    pending, seen = [root], {root}
    while pending:
        node = pending.pop()
        for predicate, value in shapes.predicate_objects(node):
            yield from (predicate, value)
            if value not in seen:
                seen.add(value)
                pending.append(value)


def with_inferred(walks: Iterable[Walk], widened: Iterable[Walk] = ()) -> frozenset[Walk]:
    """These walks, and those to what inferred statements follow from that they may come by.

    Args:
        walks: the ways that a shape looks.
        widened: the ways that the rules look which make instances.
    """
    found: set[Walk] = set()
    for walk in walks:
        for way in product(*map(_alternatives, walk)):
            found.add(way)
            before = (way[:place] for place, step in enumerate(way) if _TYPE in step.along)
            found.update((*start, *rest) for start in before for rest in widened)
    return frozenset(found)


def _alternatives(step: Step) -> list[Step]:
    inferred, stated = _TRACES
    back = {backward for name, backward in step.along if name in {inferred, ANY}}
    if not back:
        return [step]
    followed = frozenset((stated, backward) for backward in back)
    if step.repeated:
        return [Step(step.along | followed, repeated=True)]
    return [step, Step(followed, repeated=True)]
