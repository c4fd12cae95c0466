"""The parts that a validation is done in, each alone and in any process: the nodes of one owner at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final

from atkg import dataset, rules
from atkg.plans import PlanFolder, read_plan_folder
from atkg.registers import Registers
from atkg.store import Store
from atkg.validate.cache import Cache
from atkg.validate.closure import CONTEXT, Closure, Pool, is_blank, owner_of
from atkg.validate.inferred import TRACES
from atkg.validate.places import VALUE_WALKS, WALKS, Places
from atkg.validate.portable import Portable
from atkg.validate.results import Result
from atkg.validate.run import Fault, faults, result_of, targets
from atkg.validate.shapes import Shapes
from atkg.validate.sketches import AGENCY_PREDICATES, Sketch, quads_of, references_of, together
from atkg.validate.walks import Walk

AGENCIES: Final = "agency/"
"""How the owners begin that are the agencies of a jurisdiction."""

_POOLS: Final = 8
"""How many pools a process holds at once."""
_SKETCHES: Final = 8
"""How many sketches a process holds at once."""


@dataclass(frozen=True)
class Common:
    """What all parts of one validation share.

    Args:
        data: the data folder.
        cache: where sketches are kept.
        analyses: what is known about the queries of the shapes.
        walks: shape with targets → the ways that it looks.
        widened: rule that may make instances of the classes that shapes name → the ways that it looks.
        backward: the predicates that are followed from object to subject.
        apart: the shapes with targets that are not validated in parts.
        names: the local names of the shapes that are wanted; None for all.
        given: graph file → the quads that stand in its place.
        places: plan key → its jurisdiction.
        sketches: plan with a text → what its sketch is kept by.
        files: named graph → the file that its triples come from.
        context: the quads that stand beside the plans, as N-Quads.
        beside: the sketch of these.
        sayers: owner → the plans that say something of its nodes.
        users: jurisdiction → the plans that use its agencies.
        subclasses: the lines that put one class below another, of all graphs.
    """

    data: Path
    cache: Cache
    analyses: dict[str, Any] = field(default_factory=dict)
    walks: Mapping[str, Collection[Walk]] = field(default_factory=dict)
    widened: Mapping[str, Collection[Walk]] = field(default_factory=dict)
    backward: frozenset[str] = frozenset()
    apart: frozenset[str] = frozenset()
    names: frozenset[str] | None = None
    given: Mapping[Path, bytes] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)
    sketches: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, Path] = field(default_factory=dict)
    context: bytes = b""
    beside: Sketch = field(default_factory=Sketch)
    sayers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    users: Mapping[str, Sequence[str]] = field(default_factory=dict)
    subclasses: Sequence[str] = ()

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

    def home(self, owner: str) -> str:
        """The owner whose pool holds what is said of this one's nodes."""
        return owner if owner in self.sketches or owner.startswith(AGENCIES) else CONTEXT

    @property
    def crossing(self) -> frozenset[str]:
        """The predicates of agencies' lines that are followed from what stands beside the plans."""
        return self.backward & AGENCY_PREDICATES


class _Folders(Mapping[str, PlanFolder]):
    """The folders of the plans, each read when it is first asked for."""

    def __init__(self, common: Common) -> None:
        self._common = common
        self._read: dict[str, PlanFolder] = {}

    def __getitem__(self, key: str) -> PlanFolder:
        if key not in self._common.places:
            raise KeyError(key)
        if key not in self._read:
            self._read[key] = read_plan_folder(self._common.folder(key))
        return self._read[key]

    def __contains__(self, key: object) -> bool:
        return key in self._common.places

    def __iter__(self) -> Iterator[str]:
        return iter(self._common.places)

    def __len__(self) -> int:
        return len(self._common.places)


class Bench:
    """Works on parts one after the other."""

    def __init__(self, common: Common) -> None:
        self.common = common
        self._other_pool = lru_cache(maxsize=_POOLS)(self._pool)
        self._sketch_of = lru_cache(maxsize=_SKETCHES)(self._known_sketch)

    @cached_property
    def shapes(self) -> Shapes:
        shapes = Shapes(Shapes.load().graph, self.common.analyses)
        if self.common.apart:
            shapes = shapes.only([root for root in shapes.roots if str(root) not in self.common.apart])
        return shapes

    @cached_property
    def registers(self) -> Registers:
        return Registers.load(self.common.data / "registers")

    def sketch(self, key: str) -> tuple[Sketch, dataset.References]:
        """What others have to know of a plan, and how its clauses are cited.

        Raises:
            InputError: as dataset.load.
        """
        store = Store()
        self.common.load(store, key)
        issued = dataset.issued([read_plan_folder(self.common.folder(key))], self.registers)
        return Sketch.of({key}, store, self.common.backward, issued), references_of(store, key)

    def _known_sketch(self, key: str) -> Sketch:
        document = self.common.cache.get("sketch", self.common.sketches[key])
        return self.sketch(key)[0] if document is None else Sketch.from_json(document)

    def _store(self, owner: str) -> tuple[Store, set[str]]:
        """(what is said of an owner's nodes, the blank nodes that no other owner has)."""
        common = self.common
        store = Store()
        if owner in common.sketches:
            common.load(store, owner)
        elif owner == CONTEXT:
            store.load(common.context)
        blank = {str(row[0]) for row in store.query(_BLANK).rows()[1]}
        if owner.startswith(AGENCIES):
            store.load("\n".join(self._agency_lines(owner)).encode())
        if owner == CONTEXT and common.crossing:
            for place in sorted({*common.users, *common.beside.usage}):
                lines = self._agency_lines(f"{AGENCIES}{place}")
                store.load("\n".join(line for line in lines if line.split(" ", 2)[1][1:-1] in common.crossing).encode())
        told = [name for name in {*common.sayers, *common.beside.says} if common.home(name) == owner]
        for name in sorted(told):
            sketches = [self._sketch_of(key) for key in common.sayers.get(name, ())]
            if owner != CONTEXT:
                sketches.append(common.beside)
            for sketch in sketches:
                store.load("\n".join(sketch.says.get(name, ())).encode())
        return store, blank

    def _agency_lines(self, owner: str) -> list[str]:
        place = owner.removeprefix(AGENCIES)
        usages = [self._sketch_of(key).usage[place] for key in self.common.users.get(place, ())]
        if place in self.common.beside.usage:
            usages.append(self.common.beside.usage[place])
        return list(dataset.agency_quads(together(usages), self.common.places, self.registers))

    def pool(self, owner: str) -> Pool:
        """What is said of an owner's nodes; that of what stands beside the plans, which all ask, is never let go."""
        return self._context_pool if owner == CONTEXT else self._other_pool(owner)

    @cached_property
    def _context_pool(self) -> Pool:
        return self._pool(CONTEXT)

    def _pool(self, owner: str) -> Pool:
        return Pool(quads_of(self._store(owner)[0]), self.common.backward)

    def validate(self, owner: str) -> dict[str, Any]:
        """The results on the nodes of an owner, what its shapes looked at, and what else was asked, as plain values.

        Raises:
            InputError: a graph is missing or can't be parsed.
            AtkgError: as faults.
        """
        common = self.common
        store, blank = self._store(owner)
        pool = Pool(quads_of(store), common.backward)
        closure = Closure(owner, pool, self.pool, common.home)

        def is_own(term: str) -> bool:
            return term in blank if is_blank(term) else common.home(owner_of(term)) == owner

        subjects = set(filter(is_own, pool.subjects)) if common.widened else set()
        for walks in common.widened.values():
            closure.follow(walks, subjects)
        store.load("\n".join((*common.subclasses, *closure.lines)).encode())
        rules.conclude(store, *common.widened)
        found_by_query = targets(store, self.shapes)
        own = {id(terms): set(filter(is_own, terms)) for terms in found_by_query.values()}
        looked = {root: own[id(terms)] for root, terms in found_by_query.items()}
        ways: dict[int, set[Walk]] = {}
        for root, terms in found_by_query.items():
            ways.setdefault(id(terms), set()).update(common.walks[str(root)])
        for group, walks in ways.items():
            closure.follow(walks, own[group])
        store.load("\n".join(closure.lines).encode())
        rules.conclude(store, TRACES, *common.widened)
        found = [fault for fault in faults(store, self.shapes, common.names, looked) if is_own(fault.root)]
        results, files = self._located(found, store, closure)
        portable = Portable(common.data)
        return {
            "results": list(map(portable.kept, results)),
            "coverage": {str(root): len(terms) for root, terms in looked.items()},
            "asked": closure.answers(),
            "files": sorted(map(portable.name, files)),
        }

    def _located(self, found: Sequence[Fault], store: Store, closure: Closure) -> tuple[list[Result], set[Path]]:
        """(these faults with their places, the files that were looked into for them)."""
        if not found:
            return [], set()
        plain = [result_of(fault, self.shapes) for fault in found]
        closure.follow(WALKS, {fault.focus for fault in found})
        closure.follow(VALUE_WALKS, {fault.value for fault in found if fault.value})
        store.load("\n".join(closure.lines).encode())
        places = Places(store, _Folders(self.common), self.common.files, {each.node for each in plain})
        return [places.locate(result) for result in plain], places.read


_BLANK: Final = """
SELECT DISTINCT ?node WHERE {
    { ?node ?predicate ?object } UNION { ?subject ?predicate ?node }
    FILTER (ISBLANK(?node))
}
"""
