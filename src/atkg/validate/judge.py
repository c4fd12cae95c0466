"""pySHACL, which answers for the shapes that aren't compiled."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rdflib import Dataset, Graph, Node
from rdflib.namespace import SH, XSD

from atkg.errors import AtkgError
from atkg.store import Store
from atkg.validate.reading import roots

Judged = tuple[Node, str, str, Node | None, str | None, str, Node | None]
"""The fields of a Fault: shape, component, focus node, path, value, target, constraint."""


def judged(store: Store, shapes: Graph) -> Iterator[Judged]:
    """What pySHACL finds in the union of the store's graphs.

    Raises:
        AtkgError: it can't evaluate the shapes.
    """
    import pyshacl  # a quarter of a second, which no run needs whose shapes are all compiled

    data: Graph = store.as_dataset() if _asks_for_graphs(shapes) else Graph()
    if not isinstance(data, Dataset):
        data.parse(data=store.graph_ntriples(store.graphs()), format="nt")
    try:
        _, report, text = pyshacl.validate(data, shacl_graph=shapes, inplace=True, allow_warnings=True, advanced=True)
    except Exception as error:  # it and rdflib raise errors of many kinds, plain ones among them
        raise AtkgError(f"pySHACL 无法校验：{error}", f"pySHACL could not validate: {error}") from error
    if not isinstance(report, Graph):
        raise AtkgError(f"pySHACL 无法校验：{text}", f"pySHACL could not validate: {text}")
    yield from read_report(report)


def _asks_for_graphs(shapes: Graph) -> bool:
    """A query of a shape with targets, or of one that hangs on it, names graphs, which one graph doesn't have."""
    hung = {shape for root in roots(shapes) for shape in shapes.transitive_objects(root, SH.property)}
    constraints = [constraint for shape in hung for constraint in shapes.objects(shape, SH.sparql)]
    selects = [str(select) for constraint in constraints for select in shapes.objects(constraint, SH.select)]
    return any(re.search(r"\bGRAPH\b", select, re.IGNORECASE) for select in selects)


def read_report(report: Graph) -> Iterator[Judged]:
    """The results in a validation report, without those that only explain another."""
    for node in report.objects(None, SH.result):
        shape, focus = report.value(node, SH.sourceShape), report.value(node, SH.focusNode)
        if shape is None or focus is None:
            continue
        value = report.value(node, SH.value)
        component = str(report.value(node, SH.sourceConstraintComponent)).removeprefix(str(SH))
        path, constraint = report.value(node, SH.resultPath), report.value(node, SH.sourceConstraint)
        yield shape, component, _term(focus), path, None if value is None else _term(value), _term(focus), constraint


def _term(node: Node) -> str:
    """A term as N-Triples writes it, a plain string without its datatype."""
    text = node.n3()
    return text.removesuffix(f"^^{XSD.string.n3()}") if text.startswith('"') else text
