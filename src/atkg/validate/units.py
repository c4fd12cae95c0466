"""The parts that a validation is done in, each alone and in any process: a plan, or what stands beside the plans."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from rdflib import Node

from atkg import dataset, iris
from atkg.dataset import Usage
from atkg.plans import read_plan_folder
from atkg.registers import Registers
from atkg.store import Store
from atkg.validate.closure import Lines, Outline, hashed, packed, plan_of, terms_of
from atkg.validate.places import Places
from atkg.validate.results import Level, Place, Result
from atkg.validate.run import faults, result_of, targets
from atkg.validate.shapes import Shapes

CONTEXT: Final = ""
"""The key of the part that stands beside the plans."""

_PLACES: Final = ("text", "graph", "row")


@dataclass(frozen=True)
class Common:
    """What all parts of one validation share.

    Args:
        data: the data folder.
        analyses: what is known about the queries of the shapes.
        backward: the predicates that some shape follows from object to subject.
        aimed: the predicates whose objects are the targets of a shape.
        places: plan key → its jurisdiction.
        beside: the plans without a text.
        apart: the shapes with targets that are not validated in parts.
        names: the local names of the shapes that are wanted; None for all.
        given: graph file → the quads that stand in its place.
        context: the quads that stand beside the plans, as N-Quads.
    """

    data: Path
    analyses: dict[str, Any]
    backward: frozenset[str] = frozenset()
    aimed: frozenset[str] = frozenset()
    places: Mapping[str, str] = field(default_factory=dict)
    beside: Collection[str] = ()
    apart: frozenset[str] = frozenset()
    names: frozenset[str] | None = None
    given: Mapping[Path, bytes] = field(default_factory=dict)
    context: bytes = b""

    def folder(self, key: str) -> Path:
        return self.data / "plans" / key

    def load(self, store: Store, key: str) -> None:
        """Add the graphs of a plan.

        Raises:
            InputError: as dataset.load.
        """
        for path, graph in dataset.graph_files(self.folder(key)):
            if path in self.given:
                store.load(self.given[path])
            else:
                dataset.load_graph(store, path, graph)


@dataclass(frozen=True, slots=True)
class Unit:
    """One part: a plan by its key, or CONTEXT, and its closure.

    Args:
        key: the plan.
        plans: the plans whose graphs are loaded.
        lines: further quads.
        usage: how the agencies that these name are used anywhere.
    """

    key: str
    plans: Sequence[str]
    lines: Sequence[str]
    usage: Usage


@dataclass(frozen=True, slots=True)
class Sketch:
    """What others have to know of a plan: its outline, how it uses agencies, how its clauses are cited, who issued it."""

    outline: Outline
    usage: Usage
    references: dataset.References
    issued: list[tuple[str, str]]

    def as_json(self) -> dict[str, Any]:
        mentions = [[*key, times] for key, times in sorted(self.usage.mentions.items())]
        return {
            "outline": self.outline.as_json(),
            "agencies": sorted(self.usage.agencies),
            "mentions": mentions,
            "listed": sorted(self.usage.listed),
            "references": self.references,
            "issued": self.issued,
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Sketch:
        mentions = Counter({(agency, name, key): times for agency, name, key, times in document["mentions"]})
        usage = Usage(set(document["agencies"]), mentions, {(a, b, c) for a, b, c in document["listed"]})
        references = [(path, reference, states) for path, reference, states in document["references"]]
        issued = [(agency, name) for agency, name in document["issued"]]
        return cls(Outline.from_json(document["outline"]), usage, references, issued)


def sketch(common: Common, key: str, registers: Registers) -> tuple[Sketch, Lines]:
    """What others have to know of a plan, and the lines that they may need.

    Raises:
        InputError: as dataset.load.
    """
    store = Store()
    common.load(store, key)
    outline, lines = Outline.of(key, quads_of(store), common.backward, common.aimed)
    issued = dataset.issued([read_plan_folder(common.folder(key))], registers)
    return Sketch(outline, Usage.of(store), dataset.references_in(store).get(key, []), list(issued)), lines


def quads_of(store: Store) -> Iterator[tuple[str, str, str, str]]:
    """The quads of the named graphs, each term as in N-Quads."""
    for graph in store.graphs():
        for line in store.graph_ntriples([graph]).decode().splitlines():
            yield terms_of(f"{line[:-2]} <{graph}> .")


class Bench:
    """Validates parts one after the other, each in a store of its own."""

    def __init__(self, common: Common) -> None:
        self.common = common
        shapes = Shapes(Shapes.load().graph, common.analyses)
        if common.apart:
            shapes = shapes.only([root for root in shapes.roots if str(root) not in common.apart])
        self.shapes = shapes

    @cached_property
    def registers(self) -> Registers:
        return Registers.load(self.common.data / "registers")

    @cached_property
    def _context_terms(self) -> set[str]:
        store = Store()
        store.load(self.common.context)
        return terms_in(store, store.graphs())

    def validate(self, unit: Unit) -> dict[str, Any]:
        """The results of a part and what its shapes looked at, as plain values.

        Raises:
            InputError: a graph is missing or can't be parsed.
            AtkgError: as faults.
        """
        common = self.common
        store = Store()
        store.load(common.context)
        beside = set(store.graphs())
        for key in unit.plans:
            common.load(store, key)
        store.load("\n".join(unit.lines).encode())
        store.load("\n".join(dataset.agency_quads(unit.usage, common.places, self.registers)).encode())
        store.infer(dataset.TRACES, iris.graph("inferred", "tracesTo"))
        if unit.key == CONTEXT:
            own = terms_in(store, beside)
        else:
            own = terms_in(store, [graph for _, graph in dataset.graph_files(common.folder(unit.key))])
            own -= self._context_terms
        found_by_query = targets(store, self.shapes)
        shared = {id(terms): terms & own for terms in found_by_query.values()}
        looked = {root: shared[id(terms)] for root, terms in found_by_query.items()}
        found = [fault for fault in faults(store, self.shapes, common.names, looked) if fault.root in own]
        results = []
        if found:
            folders = [read_plan_folder(common.folder(key)) for key in (*unit.plans, *common.beside)]
            plain = [result_of(fault, self.shapes) for fault in found]
            places = Places(store, folders, dataset.files(common.data, folders), {each.node for each in plain})
            results = [
                {**as_plain(places.locate(result)), "root": hashed(fault.root)}
                for result, fault in zip(plain, found, strict=True)
            ]
        return {"results": results, "coverage": self._coverage(unit, store, looked)}

    def _coverage(self, unit: Unit, store: Store, looked: Mapping[Node, Collection[str]]) -> list[dict[str, Any]]:
        """What shapes with the same targets looked at: a plan's own nodes counted, others by the plan that they name.

        A node that its own plan mentions is left to that plan, unless it may be a target because of what another says:
        then both are told node by node, so that it counts once.
        """
        groups: dict[tuple[int, bool], list[Node]] = {}
        for root, terms in looked.items():
            groups.setdefault((id(terms), root in self.shapes.aiming), []).append(root)
        mentioned = {
            key: terms_in(store, [graph for _, graph in dataset.graph_files(self.common.folder(key))])
            for key in unit.plans
            if key != unit.key
        }
        found: list[dict[str, Any]] = []
        for (_, aiming), roots in groups.items():
            own: list[int] = []
            others: dict[str, list[int]] = {}
            for term in looked[roots[0]]:
                owner = plan_of(term) or CONTEXT
                if unit.key in (CONTEXT, owner):
                    own.append(hashed(term))
                elif aiming or term not in mentioned.get(owner, ()):
                    others.setdefault(owner, []).append(hashed(term))
            found.append(
                {
                    "shapes": [str(root) for root in roots],
                    "own": len(own),
                    "nodes": packed(own) if aiming else None,
                    "others": {owner: packed(nodes) for owner, nodes in others.items()},
                }
            )
        return found


def terms_in(store: Store, graphs: Collection[str]) -> set[str]:
    """The subjects and objects in these graphs, each as a term of N-Triples."""
    found: set[str] = set()
    for graph in graphs:
        for row in store.query(f"SELECT ?s ?o WHERE {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}").rows()[1]:
            found.update(map(str, row))
    return found


def as_plain(result: Result) -> dict[str, Any]:
    """A result as plain values."""
    return asdict(result)


def from_plain(values: Mapping[str, Any]) -> Result:
    """The result that was made these plain values."""
    fields = {name: value for name, value in values.items() if name != "root"}
    for name in _PLACES:
        fields[name] = Place(**fields[name]) if fields[name] else None
    return Result(**{**fields, "level": Level(fields["level"])})
