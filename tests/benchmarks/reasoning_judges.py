"""The engines that the rules are compared with: each takes a store, and gives all triples between named things."""

from __future__ import annotations

from pathlib import Path

from rdflib import Graph, URIRef

from atkg.reason.axioms import axioms_of
from atkg.reason.explain import write
from atkg.reason.given import Given, ontology_files, read
from atkg.reason.hermit import Hermit, Said
from atkg.store import Store


def _given(store: Store) -> Given:
    given = read(ontology_files())
    data = Store()
    data.load(store.graph_ntriples([graph for graph in store.graphs() if not graph.endswith(("/ontology", "/shapes"))]))
    given.add(data)
    return given


def _objects(store: Store, out: Path) -> Path:
    """A file with the axioms and the object triples: of texts and dates no rule concludes anything."""
    given = _given(store)
    found = axioms_of(triple for triple in given.triples if not triple[2].startswith('"'))
    path = out / "objects.nt"
    write(path, found.declarations, found.logical)
    return path


def hermit(store: Store, out: Path) -> set[Said]:
    file = _objects(store, out)
    triples = (line.removesuffix(" .").split(" ", 2) for line in file.read_text(encoding="utf-8").splitlines())
    stated = {(s[1:-1], p[1:-1], o[1:-1]) for s, p, o in triples if s.startswith("<") and o.startswith("<")}
    return Hermit().classify(file).conclusions(stated)


def owlrl(store: Store, out: Path) -> set[Said]:
    import owlrl as engine

    graph = Graph().parse(_objects(store, out), format="nt")
    engine.DeductiveClosure(engine.OWLRL_Semantics).expand(graph)
    return _named(graph)


def reasonable(store: Store, out: Path) -> set[Said]:
    import reasonable as engine

    path = out / "objects.ttl"  # it knows a file's kind by its name, and N-Triples are Turtle
    path.write_bytes(_objects(store, out).read_bytes())
    reasoner = engine.PyReasoner()
    reasoner.load_file(str(path))
    return {(str(s), str(p), str(o)) for s, p, o in reasoner.reason()}


def _named(graph: Graph) -> set[Said]:
    return {(str(s), str(p), str(o)) for s, p, o in graph if isinstance(s, URIRef) and isinstance(o, URIRef)}
