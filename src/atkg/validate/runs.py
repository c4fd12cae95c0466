"""One validation of a data folder: what is read, what is known from before, what remains to be done."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from atkg import dataset
from atkg.dataset import Usage
from atkg.plans import read_plans
from atkg.registers import Registers
from atkg.resources import VERSION, resource
from atkg.store import Store
from atkg.validate.cache import Cache, digest_of
from atkg.validate.closure import Closure, Closures, Lines, Outline, hashed, packed, plan_of, unpacked
from atkg.validate.pool import run
from atkg.validate.reach import ANY
from atkg.validate.results import Report
from atkg.validate.rules import Rules
from atkg.validate.run import coverage, faults, located, result_of
from atkg.validate.shapes import Shapes
from atkg.validate.units import CONTEXT, Bench, Common, Sketch, Unit, as_plain, from_plain, quads_of, sketch

Progress = Callable[[str, int, int], None]
"""Called with what is worked on, how many parts are done, and how many there are."""

_HELD: Final = 64
"""How many plans' lines are held at once."""
_READ: Final = (".csv", ".toml", ".ttl", ".txt")


@dataclass(frozen=True, slots=True)
class Context:
    """What stands beside the plans.

    Args:
        outline: what it mentions.
        usage: how it uses agencies.
        issued: the agencies that issue the plans without a text, and their names.
        edges: predicate → the plans that its objects name.
        digest: of all that it is made from.
    """

    outline: Outline
    usage: Usage
    issued: Sequence[tuple[str, str]]
    edges: Mapping[str, Sequence[str]]
    digest: str


class Agencies:
    """How the agencies are used by all plans together, to be had for a few of them."""

    def __init__(self, usages: Mapping[str, Usage], issued: Iterable[tuple[str, str]]) -> None:
        """Add up the usages of the plans, and the names of agencies that issue plans."""
        self._total = Usage()
        self.holders: dict[str, set[str]] = {}
        for key, usage in usages.items():
            self._total.add(usage)
            for agency in usage.agencies:
                self.holders.setdefault(agency, set()).add(key)
        self._total.add_names(issued)
        self._mentions: dict[str, list[tuple[str, str, str]]] = {}
        for mention in self._total.mentions:
            self._mentions.setdefault(mention[0], []).append(mention)
        self._listed: dict[str, list[tuple[str, str, str]]] = {}
        for row in self._total.listed:
            self._listed.setdefault(row[2], []).append(row)
        self._nodes = {hashed(f"<{agency}>"): agency for agency in self._total.agencies}

    def among(self, nodes: Iterable[int]) -> set[str]:
        """The agencies that these hashes stand for."""
        return {self._nodes[node] for node in self._nodes.keys() & nodes}

    def usage(self, agencies: Collection[str]) -> Usage:
        """How these are used."""
        used = Usage(set(agencies))
        for agency in agencies:
            for mention in self._mentions.get(agency, ()):
                used.mentions[mention] = self._total.mentions[mention]
            used.listed.update(self._listed.get(agency, ()))
        return used


class Run:
    """A validation on its way: what is read, what is known from before, what remains to be done."""

    def __init__(
        self,
        cache: Cache,
        data: Path,
        names: frozenset[str] | None,
        jobs: int | None,
        progress: Progress,
        given: Mapping[Path, bytes],
    ) -> None:
        self._cache, self._data, self._jobs, self._progress, self._given = cache, data, jobs, progress, given
        self._names = names
        self._registers = Registers.load(data / "registers")
        # the texts are read again where they are needed: held all at once they would fill the memory
        self._folders = [
            replace(folder, text=None if folder.text is None else "", corrections=()) for folder in read_plans(data)
        ]
        self.keys = [folder.key for folder in self._folders if folder.text is not None]
        code = _code_digest()
        terms = _digest_of_files(path for name in ("ontology", "shapes") for path in resource(name).glob("*.ttl"))
        self._terms = digest_of(code, terms)
        self.rules = self._known_rules()
        self._common = Common(
            data=data,
            analyses=self.rules.analyses,
            backward=self.rules.reach.backward,
            aimed=self.rules.aimed,
            places={folder.key: folder.record.jurisdiction for folder in self._folders},
            beside=[folder.key for folder in self._folders if folder.text is None],
            apart=frozenset(self.rules.apart),
            names=names,
            given=given,
        )
        self._tables = _digest_of_files((data / "registers").glob("*.csv"))
        self._graphs = {key: self._graph_digest(key) for key in self.keys}
        self._plans = {key: self._plan_digest(key) for key in self.keys}
        self._sketches = self._known_sketches()
        self._beside = self._known_context()
        usages = {key: sketch.usage for key, sketch in self._sketches.items()}
        issued = [name for sketch in self._sketches.values() for name in sketch.issued]
        self._agencies = Agencies({CONTEXT: self._beside.usage, **usages}, [*self._beside.issued, *issued])
        self._named: dict[str, set[str]] = {}
        self._agencies_beside = self._agencies.among(self._beside.outline.mentions)

    def _known_rules(self) -> Rules:
        document = self._cache.get("rules", self._terms)
        if document is not None:
            return Rules.from_json(document)
        rules = Rules.of(Shapes.load())
        self._cache.put("rules", self._terms, rules.as_json())
        return rules

    def _graph_digest(self, key: str) -> str:
        """A digest of the plan's graphs, and of what a sketch depends on beside them."""
        folder = self._common.folder(key)
        paths = [path for path, _ in dataset.graph_files(folder)]
        parts = [self._given[path] if path in self._given else _bytes(path) for path in paths]
        return digest_of(self._terms, self._tables, _bytes(folder / "plan.toml"), *parts)

    def _plan_digest(self, key: str) -> str:
        """A digest of all that stands in the plan's folder, the documents as received apart."""
        found = (path for path in self._common.folder(key).iterdir() if path.suffix in _READ)
        return digest_of(self._graphs[key], _digest_of_files(path for path in found if path.stem != "received"))

    def _known_sketches(self) -> dict[str, Sketch]:
        found: dict[str, Sketch] = {}
        missing: list[str] = []
        for key in self.keys:
            document = self._cache.get("outline", self._graphs[key])
            if document is None or not all(self._cache.keeps(kind, self._graphs[key]) for kind in ("lines", "nodes")):
                missing.append(key)
            else:
                found[key] = Sketch.from_json(document)
        self._progress("", 0, len(missing))
        for key, (document, lines, nodes) in run(self._common, sketched, missing, self._jobs):
            self._cache.put("outline", self._graphs[key], document)
            self._cache.put("lines", self._graphs[key], lines)
            self._cache.put("nodes", self._graphs[key], nodes)
            found[key] = Sketch.from_json(document)
            self._progress(key, len(found), len(self.keys))
        return {key: found[key] for key in self.keys}

    def _lines_of(self, key: str) -> Lines:
        """The lines of a plan that others may need, as they were set aside."""
        document = self._cache.get("lines", self._graphs[key])
        if document is None:
            document = sketched(Bench(self._common), key)[1]
        return dict(document)

    def _mentions_of(self, key: str) -> Iterable[int]:
        """The nodes that a plan mentions; on the way it is noted which of them are agencies."""
        document = self._cache.get("nodes", self._graphs[key])
        if document is None:
            document = sketched(Bench(self._common), key)[2]
        nodes = unpacked(document)
        self._named[key] = self._agencies.among(nodes)
        return nodes

    def _known_context(self) -> Context:
        """What stands beside the plans, made anew where something that it is made from has changed."""
        references = self._references
        records = [
            folder.path / "plan.toml" for folder in self._folders if folder.text is None or folder.record.register
        ]
        digest = digest_of(self._terms, self._tables, _digest_of_files(records), references)
        document = self._cache.get("context", digest)
        if document is not None and self._cache.keeps("quads", digest):
            known = Sketch.from_json(document["sketch"])
            known.outline.mentions = unpacked(document["mentions"])
            return Context(known.outline, known.usage, known.issued, document["edges"], digest)
        store = self._context_store()
        quads = list(quads_of(store))
        outline, _ = Outline.of(CONTEXT, quads, (), ())
        outline.about.clear()
        edges: dict[str, set[str]] = {}
        for _, predicate, value, _ in quads:
            if named := plan_of(value):
                edges.setdefault(predicate[1:-1], set()).add(named)
        issued = dataset.issued([folder for folder in self._folders if folder.text is None], self._registers)
        known = Sketch(outline, Usage.of(store), [], list(issued))
        context = Context(
            outline, known.usage, known.issued, {name: sorted(named) for name, named in edges.items()}, digest
        )
        self._cache.put(
            "context", digest, {"sketch": known.as_json(), "mentions": packed(outline.mentions), "edges": context.edges}
        )
        self._cache.put("quads", digest, store.nquads().decode())
        return context

    @property
    def _references(self) -> dict[str, dataset.References]:
        """How the clauses of the plans are cited that attest the clauses of a register."""
        witnesses = {key for folder in self._folders for key in folder.record.witnesses.values()}
        return {key: self._sketches[key].references for key in sorted(witnesses & self._sketches.keys())}

    def _context_store(self) -> Store:
        store = Store()
        store.load("\n".join(dataset.context_lines(self._folders, self._registers, self._references)).encode())
        dataset.add_terms(store)
        return store

    def documents(self, wanted: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Part → what was found in it, from the cache or made now.

        Raises:
            AtkgError: as faults.
        """
        closures = Closures(
            {key: sketch.outline for key, sketch in self._sketches.items()},
            self._beside.outline,
            lru_cache(maxsize=_HELD)(self._lines_of),
            self._mentions_of,
            always=self._always,
        )
        found: dict[str, dict[str, Any]] = {}
        missing: dict[str, tuple[Unit, str]] = {}
        for key in wanted:
            unit = self._unit(key, closures.of_context() if key == CONTEXT else closures.of(key))
            digest = self._digest(unit)
            document = self._cache.get("part", digest)
            if document is None:
                missing[key] = unit, digest
            else:
                found[key] = document
        self._progress("", len(found), len(wanted))
        if missing:
            quads = self._cache.get("quads", self._beside.digest) or self._context_store().nquads().decode()
            common = replace(self._common, context=quads.encode())
            units = [unit for unit, _ in missing.values()]
            for unit, document in run(common, Bench.validate, units, self._jobs):
                self._cache.put("part", missing[unit.key][1], document)
                found[unit.key] = document
                self._progress(unit.key, len(found), len(wanted))
        return {key: found[key] for key in wanted}

    @property
    def _always(self) -> set[str]:
        """The plans that every closure holds, because some shape goes on to them from what stands beside the plans."""
        inner = self.rules.reach.inner
        named = {key for name, keys in self._beside.edges.items() if name in inner or ANY in inner for key in keys}
        return named & self._sketches.keys()

    def _unit(self, key: str, closure: Closure) -> Unit:
        agencies = set(self._agencies_beside)
        for plan in closure.plans:
            agencies |= self._named[plan]
        agencies |= self._agencies.among(closure.nodes)
        return Unit(key, sorted(closure.plans), sorted(closure.lines), self._agencies.usage(agencies))

    def _digest(self, unit: Unit) -> str:
        """A digest of all that the results of a part depend on."""
        plans = {key: self._plans[key] for key in unit.plans}
        # an agency that these plans alone use is told by their own digests
        shared = {agency for agency in unit.usage.agencies if not self._agencies.holders[agency] <= plans.keys()}
        lines = dataset.agency_quads(unit.usage.about(shared), self._common.places, self._registers)
        names = None if self._names is None else sorted(self._names)
        about = {"data": str(self._data), "key": unit.key, "names": names, "plans": plans}
        return digest_of(self._beside.digest, about, "\n".join(lines), "\n".join(unit.lines))

    def apart(self) -> Report:
        """The report of the shapes that are validated on the whole dataset.

        Raises:
            AtkgError: as faults.
        """
        names = None if self._names is None else sorted(self._names)
        about = {"data": str(self._data), "names": names, "plans": self._plans, "apart": sorted(self.rules.apart)}
        digest = digest_of(self._beside.digest, about)
        document = self._cache.get("whole", digest)
        if document is None:
            store = Store()
            for key in self.keys:
                self._common.load(store, key)
            folders = read_plans(self._data)
            dataset.add_context(store, folders, self._registers)
            shapes = Shapes(Shapes.load().graph, self.rules.analyses)
            shapes = shapes.only([root for root in shapes.roots if str(root) in self.rules.apart])
            found = [result_of(fault, shapes) for fault in faults(store, shapes, self._names)]
            results = located(found, store, folders, dataset.files(self._data, folders))
            counts = coverage(store, shapes)
            document = {"results": [as_plain(result) for result in results], "coverage": counts}
            self._cache.put("whole", digest, document)
        return Report([from_plain(result) for result in document["results"]], document["coverage"])


def sketched(bench: Bench, key: str) -> tuple[dict[str, Any], Lines, str]:
    """(sketch, lines, mentions) of a plan as plain values."""
    known, lines = sketch(bench.common, key, bench.registers)
    return known.as_json(), lines, packed(known.outline.mentions)


def _code_digest() -> str:
    """A digest of atkg's own code, and of the engine's version."""
    root = Path(dataset.__file__).parent
    return digest_of(VERSION, version("pyoxigraph"), version("pyshacl"), _digest_of_files(root.rglob("*.py")))


def _digest_of_files(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(f"{path}\0".encode())
        digest.update(hashlib.sha256(_bytes(path)).digest())
    return digest.hexdigest()


def _bytes(path: Path) -> bytes:
    """The bytes of a file, none where there is none: what needs it says so."""
    try:
        return path.read_bytes()
    except OSError:
        return b""
