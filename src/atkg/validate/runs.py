"""One validation of a data folder: what is read, what is known from before, what remains to be done."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from atkg import dataset
from atkg import rules as inference
from atkg.plans import read_plans
from atkg.registers import Registers
from atkg.resources import resource
from atkg.store import Store
from atkg.validate.cache import Cache, digest_of
from atkg.validate.closure import CONTEXT
from atkg.validate.contents import Contents, code_digest
from atkg.validate.pool import run
from atkg.validate.portable import Portable
from atkg.validate.records import known_folders
from atkg.validate.results import Report, Result
from atkg.validate.rules import Rules
from atkg.validate.run import coverage, faults, located, result_of
from atkg.validate.shapes import Shapes
from atkg.validate.sketches import Sketch
from atkg.validate.units import AGENCIES, Bench, Common

Progress = Callable[[str, int, int], None]
"""Called with what is worked on, how many parts are done, and how many there are."""

_READ: Final = (".csv", ".toml", ".ttl", ".txt")


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of graphs without their sketch: see Sketch.summary.

    Args:
        digest: what their sketch is kept by.
        says: owner → a digest of what they say of its nodes.
        usage: jurisdiction → a digest of how they use its agencies, and the plans whose places that depends on.
        subclasses: the lines that put one class below another.
        references: a digest of how their clauses are cited.
    """

    digest: str
    says: Mapping[str, str]
    usage: Mapping[str, tuple[str, Sequence[str]]]
    subclasses: Sequence[str]
    references: str

    @classmethod
    def of(cls, digest: str, document: Mapping[str, Any]) -> _Known:
        usage = {place: (told, keys) for place, (told, keys) in document["usage"].items()}
        return cls(digest, document["says"], usage, document["subclasses"], document["references"])


class Run:
    """A validation on its way."""

    def __init__(
        self,
        cache: Cache,
        data: Path,
        names: frozenset[str] | None,
        jobs: int | None,
        progress: Progress,
        given: Mapping[Path, bytes],
    ) -> None:
        """Read what has changed since the last run, and sketch the plans among it.

        Raises:
            InputError: as dataset.load.
        """
        self._cache, self._data, self._jobs, self._progress = cache, data, jobs, progress
        self._names = names
        self._contents = Contents(cache, data, given)
        self._portable = Portable(data)
        self._registers = Registers.load(data / "registers")
        self._terms = digest_of(code_digest(), self._digest_of_terms())
        self._tables = self._contents.digests((data / "registers").glob("*.csv"), data)
        self._folders = known_folders(data, cache, self._contents)
        self.keys = [folder.key for folder in self._folders if folder.text is not None]
        self.rules = self._known_rules()
        self._graphs = {key: self._graph_digest(key) for key in self.keys}
        self._kept_by = {key: self._sketch_digest(key) for key in self.keys}
        self._common = Common(
            data=data,
            cache=cache,
            analyses=self.rules.analyses,
            walks=self.rules.walks,
            widened=self.rules.widened,
            backward=self.rules.backward,
            apart=frozenset(self.rules.apart),
            names=names,
            given=given,
            places={folder.key: folder.record.jurisdiction for folder in self._folders},
            sketches=self._kept_by,
            files=dataset.files(data, self._folders),
        )
        self._known = self._known_sketches()
        self._context, beside = self._known_context()
        self._said: dict[str, list[tuple[str, str]]] = {}
        self._used: dict[str, list[tuple[str, str, Sequence[str]]]] = {}
        for key, known in (*self._known.items(), (CONTEXT, _Known.of("", {**beside.summary(), "references": ""}))):
            for owner, digest in known.says.items():
                self._said.setdefault(self._common.home(owner), []).append((f"{key} {owner}", digest))
            for place, (digest, keys) in known.usage.items():
                self._used.setdefault(place, []).append((key, digest, keys))
        sayers: dict[str, list[str]] = {}
        for key, known in self._known.items():
            for owner in known.says:
                sayers.setdefault(owner, []).append(key)
        below = {line for known in self._known.values() for line in known.subclasses}
        self._common = replace(
            self._common,
            beside=beside,
            sayers=sayers,
            users={place: [key for key, _, _ in used if key != CONTEXT] for place, used in self._used.items()},
            subclasses=sorted(below.union(beside.subclasses)),
        )

    @cached_property
    def owners(self) -> list[str]:
        """The owners of all nodes, the parts of the validation."""
        agencies = {owner for owner in self._said if owner.startswith(AGENCIES)}
        return [CONTEXT, *self.keys, *sorted(agencies.union(f"{AGENCIES}{place}" for place in self._used))]

    def owners_beside(self, key: str) -> list[str]:
        """The plan itself, and all owners on whose nodes its graphs say something or that its agencies have."""
        known = self._known.get(key)
        if known is None:
            return []
        told = {*known.says, *(f"{AGENCIES}{place}" for place in known.usage), CONTEXT}
        return [key, *(owner for owner in self.owners if owner in told and owner not in self._known)]

    def _digest_of_terms(self) -> str:
        found = {name: resource(name) for name in ("ontology", "shapes")}
        return digest_of({name: self._contents.digests(folder.glob("*.ttl"), folder) for name, folder in found.items()})

    def _known_rules(self) -> Rules:
        document = self._cache.get("rules", self._terms)
        if document is not None:
            return Rules.from_json(document)
        rules = Rules.of(Shapes.load())
        self._cache.put("rules", self._terms, rules.as_json())
        return rules

    def _folder(self, key: str) -> Path:
        return self._data / "plans" / key

    def _graph_digest(self, key: str) -> str:
        paths = [path for path, _ in dataset.graph_files(self._folder(key))]
        return digest_of(self._terms, key, *map(self._contents.digest, paths))

    def _sketch_digest(self, key: str) -> str:
        """A digest of all that the sketch of a plan is made from."""
        return digest_of(self._graphs[key], self._tables, self._contents.digest(self._folder(key) / "plan.toml"))

    def _known_sketches(self) -> dict[str, _Known]:
        found: dict[str, _Known] = {}
        missing: list[str] = []
        for key in self.keys:
            document = self._cache.get("summary", self._kept_by[key])
            if document is None or not self._cache.keeps("sketch", self._kept_by[key]):
                missing.append(key)
            else:
                found[key] = _Known.of(self._kept_by[key], document)
        self._progress("", 0, len(missing))
        parts = run(self._common, sketched, missing, self._jobs, len(missing))
        for done, (key, (summary, sketch, references)) in enumerate(parts, 1):
            self._cache.put("sketch", self._kept_by[key], sketch)
            self._cache.put("cited", self._kept_by[key], references)
            self._cache.put("summary", self._kept_by[key], summary)
            found[key] = _Known.of(self._kept_by[key], summary)
            self._progress(key, done, len(missing))
        return {key: found[key] for key in self.keys}

    def _known_context(self) -> tuple[str, Sketch]:
        """(what the quads beside the plans are kept by, their sketch), made anew where what they are made from changed."""
        witnesses = {key for folder in self._folders for key in folder.record.witnesses.values()} & self._known.keys()
        records = [
            folder.path / "plan.toml" for folder in self._folders if folder.text is None or folder.record.register
        ]
        cited = {key: self._known[key].references for key in sorted(witnesses)}
        digest = digest_of(self._terms, self._tables, self._contents.digests(records, self._data), cited)
        document = self._cache.get("context", digest)
        if document is not None and self._cache.keeps("quads", document["quads"]):
            return document["quads"], Sketch.from_json(document["sketch"])
        store = self._context_store()
        issued = dataset.issued([folder for folder in self._folders if folder.text is None], self._registers)
        sketch = Sketch.of({CONTEXT}, store, self.rules.backward, issued)
        quads = store.nquads().decode()
        told = digest_of(quads)
        self._cache.put("quads", told, quads)
        self._cache.put("context", digest, {"quads": told, "sketch": sketch.as_json()})
        return told, sketch

    def _context_store(self) -> Store:
        references: dict[str, dataset.References] = {}
        for key in {key for folder in self._folders for key in folder.record.witnesses.values()} & self._known.keys():
            document = self._cache.get("cited", self._kept_by[key])
            references[key] = (
                Bench(self._common).sketch(key)[1] if document is None else [tuple(row) for row in document]
            )
        store = Store()
        store.load("\n".join(dataset.context_lines(self._folders, self._registers, references)).encode())
        dataset.add_terms(store)
        store.load("\n".join(inference.provenance(inference.rules(), "Oxigraph")).encode())
        return store

    # --- what each part depends on

    def _pool_digest(self, owner: str) -> str:
        """A digest of all that the pool of an owner is made from."""
        said = dict(self._said.get(owner, ()))
        if owner == CONTEXT:
            crossing = sorted(self._common.crossing)
            used = {place: self._usage_digest(place) for place in self._used} if crossing else {}
            return digest_of(self._terms, self._context, said, {"crossing": crossing, "used": used})
        if owner.startswith(AGENCIES):
            return digest_of(self._terms, self._usage_digest(owner.removeprefix(AGENCIES)), said)
        return digest_of(self._graphs[owner], said)

    def _usage_digest(self, place: str) -> str:
        used = self._used.get(place, ())
        places = {key: self._common.places.get(key, "") for _, _, keys in used for key in keys}
        return digest_of(self._tables, {key: digest for key, digest, _ in used}, places)

    def _own_digest(self, owner: str) -> str:
        """A digest of all that the results of a part depend on, but for what it asks of others."""
        files = {}
        if owner in self._known:
            folder = self._folder(owner)
            read = (path for path in folder.iterdir() if path.suffix in _READ and path.stem != "received")
            files = {"files": self._contents.digests(read, folder)}
        names = None if self._names is None else sorted(self._names)
        about = {"owner": owner, "names": names, "below": self._common.subclasses, **files}
        return digest_of(self._pool_digest(owner), about)

    # --- the parts

    def documents(self, wanted: Sequence[str]) -> Iterator[tuple[list[Result], Mapping[str, int]]]:
        """(results, shape with targets → how many nodes it looked at) of each part, from the cache or made now.

        Raises:
            AtkgError: as faults.
        """
        missing: dict[str, str] = {}
        pools = {owner: self._pool_digest(owner) for owner in self.owners}
        bench = Bench(self._with_context)
        for owner in wanted:
            digest = self._own_digest(owner)
            document = self._standing(digest, pools, bench)
            if document is None:
                missing[owner] = digest
            else:
                yield self._read(document)
        done = len(wanted) - len(missing)
        self._progress("", done, len(wanted))
        if missing:
            heavy = sum(not owner.startswith(AGENCIES) for owner in missing)
            tasks = sorted(missing, key=self._lineage)
            for owner, document in run(self._with_context, Bench.validate, tasks, self._jobs, heavy):
                self._cache.put("asked", missing[owner], document["asked"])
                rests = {
                    "pools": {asked: pools[asked] for asked in sorted(document["asked"])},
                    "files": {name: self._contents.digest(self._portable.path(name)) for name in document["files"]},
                }
                self._cache.put("part", missing[owner], {**document, "asked": None, **rests})
                done += 1
                self._progress(owner, done, len(wanted))
                yield self._read(document)
        self._contents.keep()

    def _lineage(self, owner: str) -> tuple[bool, list[str]]:
        """A key that puts plans beside each other which ask the same plans above them, and agencies behind them."""
        chain = [owner]
        while (above := self._above.get(chain[0])) and above not in chain:
            chain.insert(0, above)
        return owner.startswith(AGENCIES), chain

    @cached_property
    def _above(self) -> dict[str, str]:
        records = [folder.record for folder in self._folders]
        return {record.key: each.plan for record in records for each in record.cites if each.implements}

    @cached_property
    def _with_context(self) -> Common:
        quads = self._cache.get("quads", self._context) or self._context_store().nquads().decode()
        return replace(self._common, context=quads.encode())

    def _standing(self, digest: str, pools: Mapping[str, str], bench: Bench) -> Mapping[str, Any] | None:
        """What is known of a part, if all that it asked of others is answered as it was."""
        document = self._cache.get("part", digest)
        if document is None or any(
            self._contents.digest(self._portable.path(name)) != told for name, told in document["files"].items()
        ):
            return None
        changed = [owner for owner, told in document["pools"].items() if pools.get(owner) != told]
        if not changed:
            self._cache.keeps("asked", digest)
            return dict(document)
        asked = self._cache.get("asked", digest)
        if asked is None or any(owner not in pools for owner in changed):
            return None
        for owner in changed:
            questions, answers = asked[owner]
            if bench.pool(owner).digest([tuple(question) for question in questions]) != answers:
                return None
        document["pools"] = {owner: pools[owner] for owner in document["pools"]}
        self._cache.put("part", digest, document)
        return dict(document)

    def _read(self, document: Mapping[str, Any]) -> tuple[list[Result], Mapping[str, int]]:
        return list(map(self._portable.read, document["results"])), document["coverage"]

    def apart(self) -> Report:
        """The report of the shapes that are validated on the whole dataset.

        Raises:
            AtkgError: as faults.
        """
        names = None if self._names is None else sorted(self._names)
        plans = {key: self._own_digest(key) for key in self.keys}
        digest = digest_of(self._context, {"names": names, "plans": plans, "apart": sorted(self.rules.apart)})
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
            results = map(self._portable.kept, located(found, store, folders, self._common.files))
            document = {"results": list(results), "coverage": coverage(store, shapes)}
            self._cache.put("whole", digest, document)
        return Report(*self._read(document))


def sketched(bench: Bench, key: str) -> tuple[dict[str, Any], dict[str, Any], dataset.References]:
    """(summary, sketch, references) of a plan as plain values."""
    sketch, references = bench.sketch(key)
    told = digest_of("\n".join(map(repr, sorted(references))))
    return {**sketch.summary(), "references": told}, sketch.as_json(), references
