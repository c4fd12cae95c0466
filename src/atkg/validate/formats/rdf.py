"""The report as the W3C defines it, in Turtle."""

from __future__ import annotations

from typing import Final

from rdflib import BNode, Graph, Literal, URIRef
from rdflib.namespace import RDF, SH, Namespace
from rdflib.util import from_n3

from atkg.namespaces import ATKG, BASE, SHAPES
from atkg.validate.formats.view import View
from atkg.validate.results import Level, Result

_SEVERITIES: Final = {Level.VIOLATION: SH.Violation, Level.WARNING: SH.Warning, Level.INFO: SH.Info}


def as_turtle(view: View) -> str:
    """A sh:ValidationReport; as the W3C has it, it conforms only where there is no result of any severity.

    What somebody accepted stays in it. The message is in the chosen language only.
    """
    graph = Graph(bind_namespaces="none")
    for prefix, namespace in (("sh", str(SH)), ("atkg", ATKG), ("atkgs", SHAPES)):
        graph.bind(prefix, Namespace(namespace))
    report = BNode("report")
    results = list(view.ordered())
    graph.add((report, RDF.type, SH.ValidationReport))
    graph.add((report, SH.conforms, Literal(not results)))
    for number, result in enumerate(results, 1):
        node = BNode(f"result{number:06}")
        graph.add((report, SH.result, node))
        _add(graph, node, view, result)
    return graph.serialize(format="turtle")


def _add(graph: Graph, node: BNode, view: View, result: Result) -> None:
    shape = URIRef(SHAPES + result.shape)
    graph.add((node, RDF.type, SH.ValidationResult))
    graph.add((node, SH.focusNode, _term(result.node)))
    graph.add((node, SH.resultSeverity, _SEVERITIES[result.level]))
    graph.add((node, SH.sourceShape, shape))
    graph.add((node, SH.sourceConstraintComponent, _component(view, result)))
    graph.add((node, SH.resultMessage, Literal(result.message(view.language), lang=view.language)))
    if result.path:
        graph.add((node, SH.resultPath, URIRef(result.path)))
    elif (path := view.guide.shapes.graph.value(shape, SH.path)) is not None:
        for triple in view.guide.shapes.graph.cbd(path) if isinstance(path, BNode) else ():
            graph.add(triple)
        graph.add((node, SH.resultPath, path))
    if result.value is not None:
        value = from_n3(result.term) if result.term and not result.term.startswith("_:") else None
        graph.add((node, SH.value, value if isinstance(value, URIRef | Literal) else Literal(result.value)))


def _term(node: str) -> URIRef | BNode | Literal:
    if "://" in node or node.startswith("urn:"):
        return URIRef(node)
    return BNode() if node.startswith("_:") or not node else URIRef(BASE + node.replace(" ", "%20"))


def _component(view: View, result: Result) -> URIRef:
    if result.component:
        return URIRef(str(SH) + result.component.removeprefix(str(SH)))
    shape = URIRef(SHAPES + result.shape)
    if (shape, SH.sparql, None) in view.guide.shapes.graph:
        return SH.SPARQLConstraintComponent
    return SH.NodeConstraintComponent
