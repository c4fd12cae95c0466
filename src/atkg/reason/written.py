"""What a reasoner has concluded, as N-Quads: each property and class in its own graph, with how it was made."""

from __future__ import annotations

from atkg import iris
from atkg.graph.terms import GraphWriter, node, text
from atkg.namespaces import ATKG, RDF, RDFS
from atkg.reason.hermit import Said
from atkg.rules import INFERRED, PROV


def as_quads(inferred: set[Said], engine: str) -> bytes:
    """The conclusions as sorted N-Quads: the same bytes for the same conclusions."""
    terms = {o if p == f"{RDF}type" else p for _, p, o in inferred}
    graphs = {term: iris.graph("inferred", _name(term)) for term in terms}
    lines = {f"<{s}> <{p}> <{o}> <{graphs[o if p == f'{RDF}type' else p]}> ." for s, p, o in inferred}
    lines.update(_made_by(sorted(graphs.values()), engine))
    return "".join(f"{line}\n" for line in sorted(lines)).encode()


def _name(term: str) -> str:
    """A name for the graph of a term: its local name, for a foreign one its IRI as a path."""
    return term.removeprefix(ATKG) if term.startswith(ATKG) else term.partition("://")[2].replace("#", "/")


def _made_by(graphs: list[str], engine: str) -> list[str]:
    writer = GraphWriter(INFERRED)
    a, activity, agent = node(f"{RDF}type"), node(f"{INFERRED}#reasoning"), node(f"{INFERRED}#reasoner")
    writer.add(activity, a, node(f"{PROV}Activity"))
    writer.add(activity, node(f"{PROV}used"), node(iris.ONTOLOGY))
    writer.add(activity, node(f"{PROV}wasAssociatedWith"), agent)
    writer.add(agent, a, node(f"{PROV}SoftwareAgent"))
    writer.add(agent, node(f"{RDFS}label"), text(engine))
    for graph in graphs:
        writer.add(node(graph), node(f"{PROV}wasGeneratedBy"), activity)
    return writer.lines
