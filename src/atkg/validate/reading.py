"""What stands in a shapes graph: targets, lists, numbers, constants, and the SHACL paths as SPARQL paths."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Final

from rdflib import BNode, Graph, Literal, Node, URIRef
from rdflib.collection import Collection
from rdflib.namespace import OWL, RDF, RDFS, SH

TARGETS: Final = (SH.targetClass, SH.targetNode, SH.targetSubjectsOf, SH.targetObjectsOf)
_SUFFIXES: Final[dict[Node, str]] = {SH.zeroOrMorePath: "*", SH.oneOrMorePath: "+", SH.zeroOrOnePath: "?"}


class Unsupported(Exception):
    """A construct that isn't compiled; the message names it."""


def roots(shapes: Graph) -> set[Node]:
    """The shapes that have targets, those that are classes among them."""
    found = {shape for target in (*TARGETS, SH.target) for shape in shapes.subjects(target)}
    return found | set(implicit(shapes))


def implicit(shapes: Graph) -> Iterator[Node]:
    """Shapes that are classes, and so target their own instances."""
    kinds = {OWL.Class, *shapes.transitive_subjects(RDFS.subClassOf, RDFS.Class)}
    for shape in {*shapes.subjects(RDF.type, SH.NodeShape), *shapes.subjects(RDF.type, SH.PropertyShape)}:
        if isinstance(shape, URIRef) and kinds.intersection(shapes.objects(shape, RDF.type)):
            yield shape


def target_pattern(
    shapes: Graph, root: Node, subclasses: Mapping[str, Sequence[str]], classes_too: Container[Node]
) -> str:
    """A pattern that binds `?this` to the targets of the shape; `classes_too` are the shapes that are classes.

    Raises:
        Unsupported: a target is a blank node, or told by a query.
    """
    if (root, SH.target, None) in shapes:
        raise Unsupported("sh:target")
    classes = {str(name) for name in shapes.objects(root, SH.targetClass)}
    if root in classes_too:
        classes.add(str(root))
    below = {each for name in classes for each in subclasses.get(name, (name,))}
    patterns = [f"?this <{RDF.type}> <{name}> ." for name in below]
    patterns += [f"?this {path.n3()} ?object ." for path in shapes.objects(root, SH.targetSubjectsOf)]
    patterns += [f"?subject {path.n3()} ?this ." for path in shapes.objects(root, SH.targetObjectsOf)]
    patterns += [f"BIND ({constant(node)} AS ?this)" for node in shapes.objects(root, SH.targetNode)]
    return patterns[0] if len(patterns) == 1 else " UNION ".join(f"{{ {pattern} }}" for pattern in sorted(patterns))


def classes_named(shapes: Graph) -> set[str]:
    """The classes whose subclasses in the data matter to the shapes."""
    named = {*shapes.objects(None, SH.targetClass), *shapes.objects(None, SH["class"]), *implicit(shapes)}
    return {str(name) for name in named if isinstance(name, URIRef)}


def allowed_paths(shapes: Graph, shape: Node) -> list[URIRef]:
    """What a closed shape lets its nodes have."""
    paths: set[Node | None] = {shapes.value(inner, SH.path) for inner in shapes.objects(shape, SH.property)}
    for ignored in shapes.objects(shape, SH.ignoredProperties):
        paths |= set(members(shapes, ignored))
    return sorted(path for path in paths if isinstance(path, URIRef))


def deactivated(shapes: Graph, shape: Node) -> bool:
    return is_true(shapes, shape, SH.deactivated)


def is_true(shapes: Graph, shape: Node, parameter: URIRef) -> bool:
    return any(isinstance(value, Literal) and str(value) == "true" for value in shapes.objects(shape, parameter))


def arguments(shapes: Graph, shape: Node, parameter: URIRef) -> list[Node]:
    """The values of a parameter of a shape, in an order of their own."""
    return sorted(shapes.objects(shape, parameter), key=str)


def numbers(shapes: Graph, shape: Node, parameter: URIRef) -> list[int]:
    return [int(str(value)) for value in arguments(shapes, shape, parameter)]


def constant(node: Node) -> str:
    """A term of the shapes in SPARQL.

    Raises:
        Unsupported: a blank node, which no other graph shares.
    """
    if isinstance(node, BNode):
        raise Unsupported("a blank node as a constant")
    return node.n3()


def members(shapes: Graph, head: Node) -> list[Node]:
    """The members of an RDF list."""
    return list(Collection(shapes, head))


def path_text(shapes: Graph, path: Node) -> str:
    """The path in SPARQL.

    Raises:
        Unsupported: it is none of the paths of SHACL.
    """
    if isinstance(path, URIRef):
        return path.n3()
    if (path, RDF.first, None) in shapes:
        return "(" + "/".join(path_text(shapes, step) for step in members(shapes, path)) + ")"
    for kind, value in shapes.predicate_objects(path):
        if kind == SH.inversePath:
            return f"(^{path_text(shapes, value)})"
        if kind == SH.alternativePath:
            return "(" + "|".join(path_text(shapes, step) for step in members(shapes, value)) + ")"
        if kind in _SUFFIXES:
            return f"({path_text(shapes, value)}{_SUFFIXES[kind]})"
    raise Unsupported(f"sh:path {path.n3()}")
