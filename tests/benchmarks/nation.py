"""Measure atkg on a made-up nation of plans: python tests/benchmarks/nation.py --plans 32 --seed 1 --faults 0.02

The plans are recombined from the five real ones and go through the real extractor and graph writer. The same seed
gives the same bytes, so that figures of two versions can be set side by side.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import multiprocessing
import os
import resource as process
import shutil
import statistics
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from time import perf_counter
from typing import Any, Final

import pyoxigraph as ox

from atkg import dataset, iris
from atkg.errors import AtkgError
from atkg.extract import read_plan
from atkg.model import PlanRecord, Reading
from atkg.namespaces import BASE
from atkg.plans import PlanFolder
from atkg.queries import NamedQuery, named_queries
from atkg.registers import Jurisdiction, Registers
from atkg.resources import resource
from atkg.store import Store, to_turtle
from atkg.validate import Shapes, validate
from nation_faults import Fault, Written, break_graph, break_reading, count_kinds, descent, recall, task_iri, write
from nation_material import read_material
from nation_plans import Nation, Plan, level_counts, plant

CORE_UP_TO: Final = 64
"""The most plans for which pySHACL runs unless it is asked for."""
_REPEATS: Final = 7
_SLOWEST: Final = 8
_QUERY_BUDGET: Final = 5.0
"""Seconds after which a query is not repeated again."""
_DEADLINE: Final = 30.0
"""Seconds after which a query is given up."""


@dataclass(slots=True)
class Clock:
    """Seconds by stage, and the highest memory that the process had reached by the end of each."""

    seconds: dict[str, float] = field(default_factory=dict)
    peaks: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        start = perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + perf_counter() - start
        self.peaks[name] = process.getrusage(process.RUSAGE_SELF).ru_maxrss / 1024


@dataclass(slots=True)
class Made:
    """What was generated: the counts, the faults, and where the quads lie."""

    nquads: Path
    registers: Registers
    records: list[PlanRecord] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    astray: list[str] = field(default_factory=list)
    findings: Counter[str] = field(default_factory=Counter)
    forms: Counter[str] = field(default_factory=Counter)
    characters: int = 0
    source_bytes: int = 0
    turtle_bytes: int = 0
    measures: int = 0
    tasks: int = 0
    links: int = 0
    quads: int = 0
    digest: str = ""


def generate(
    plans: int,
    seed: int,
    share: float,
    out: Path,
    *,
    data: Path | None = None,
    folders: bool = False,
    clock: Clock | None = None,
) -> Made:
    """Write plans.nq, manifest.json and descent.csv to `out`: plans, faults, and true links upwards.

    With `folders` the texts are written to out/data too, as a data folder that `atkg build --data` takes.
    """
    clock = clock or Clock()
    data = data or resource("data")
    with clock.stage("material"):
        registers = Registers.load(data / "registers")
        material = read_material(data, registers)
        root, registers = plant(plans, registers)
        nation = Nation(root, registers, material, seed, share)
    out.mkdir(parents=True, exist_ok=True)
    made = Made(out / "plans.nq", registers)
    digest = hashlib.sha256()
    with made.nquads.open("wb") as file, (out / "descent.csv").open("w", encoding="utf-8") as links:
        links.write("task,above\n")
        for written, above in extract(nation, clock):
            with clock.stage("turtle"):
                made.turtle_bytes += len(to_turtle(written.lines))
            with clock.stage("n-quads file"):
                quads = "".join(f"{line}\n" for line in written.lines).encode()
                file.write(quads)
            digest.update(quads)
            _count(made, written)
            if above:
                for task, higher in descent(written.plan, written.reading, above):
                    links.write(f"{task_iri(written.plan, task)},{task_iri(above[0], higher)}\n")
                    made.links += 1
            if folders:
                _write_folder(out / "data", written.plan)
    manifest = _manifest(made, plans, seed, share)
    digest.update(manifest)
    made.digest = digest.hexdigest()
    (out / "manifest.json").write_bytes(manifest)
    if folders:
        _write_registers(data / "registers", out / "data" / "registers", registers)
    return made


def extract(nation: Nation, clock: Clock) -> Iterator[tuple[Written, tuple[Plan, Reading] | None]]:
    """Every plan read and written, with the plan above and its reading; only one line of descent is held."""
    lineage: list[tuple[Plan, Reading]] = []
    plans = nation.plans()
    while True:
        with clock.stage("generate"):
            plan = next(plans, None)
        if plan is None:
            return
        with clock.stage("extract"):
            reading = read_plan(plan.record, plan.text, nation.registers)
        while lineage and lineage[-1][0].key != plan.above:
            lineage.pop()
        broken = break_reading(plan, reading)
        with clock.stage("write"):
            written = write(plan, broken, nation.registers)
        yield break_graph(written, nation.seed), lineage[-1] if lineage else None
        lineage.append((plan, reading))


def _count(made: Made, written: Written) -> None:
    plan = written.plan
    made.records.append(plan.record)
    made.faults += written.faults
    made.astray += written.astray
    made.findings.update(finding.kind for finding in written.reading.findings)
    made.forms[plan.form] += 1
    made.characters += len(plan.text)
    made.source_bytes += len(plan.text.encode())
    made.measures += len(plan.laid)
    made.tasks += len(written.reading.tasks)
    made.quads += len(written.lines)


def _manifest(made: Made, plans: int, seed: int, share: float) -> bytes:
    manifest = {
        "plans": plans,
        "seed": seed,
        "share": share,
        "levels": level_counts(plans),
        "measures": made.measures,
        "kinds": count_kinds(made.faults),
        "astray": made.astray,
        "faults": [fault.as_json() for fault in made.faults],
    }
    return (json.dumps(manifest, ensure_ascii=False, indent=1) + "\n").encode()


def _write_folder(data: Path, plan: Plan) -> None:
    folder = data / "plans" / plan.key
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "source.txt").write_bytes(plan.text.encode())
    record = plan.record
    strings = {
        "title": record.title,
        "title_en": record.title_en,
        "number": record.number,
        "issuer": record.issuer,
        "jurisdiction": record.jurisdiction,
    }
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in strings.items()]
    lines += [f"date = {record.issued}", f"begin = {record.begin}", f"end = {record.end}"]
    lines += ["", "[source]", 'encoding = "utf-8"', f'sha256 = "{record.sha256}"']
    for citation in record.cites:
        lines += ["", "[[cites]]", f'plan = "{citation.plan}"', f'number = "{citation.number}"']
    (folder / "plan.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _write_registers(source: Path, target: Path, registers: Registers) -> None:
    shutil.copytree(source, target, dirs_exist_ok=True)
    with (target / "jurisdictions.csv").open("a", encoding="utf-8") as file:
        for place in registers.jurisdictions.values():
            if place.source == "generated":
                file.write(",".join(getattr(place, name) for name in Jurisdiction.__dataclass_fields__) + "\n")


@dataclass(slots=True)
class Measured:
    """What the stages after extraction gave."""

    quads: int = 0
    nquads_bytes: int = 0
    queries: dict[str, tuple[float, int]] = field(default_factory=dict)
    rules: dict[str, float] = field(default_factory=dict)
    recall: dict[str, dict[str, tuple[int, int]]] = field(default_factory=dict)
    elsewhere: dict[str, Counter[str]] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)


def measure(made: Made, out: Path, clock: Clock, *, core: bool, sparql: bool) -> Measured:
    """Load, query, dump and validate what was generated."""
    measured = Measured(nquads_bytes=made.nquads.stat().st_size)
    with clock.stage("parse alone"):
        measured.quads = sum(1 for _ in ox.parse(path=made.nquads, format=ox.RdfFormat.N_QUADS))
    engine = ox.Store()
    with clock.stage("load in memory"):
        engine.bulk_load(path=made.nquads, format=ox.RdfFormat.N_QUADS)
    store = Store(engine)
    with clock.stage("registers and ontology"):
        dataset.add_context(
            store,
            [PlanFolder(path=out, record=record, text="", corrections=()) for record in made.records],
            made.registers,
        )
    with clock.stage("queries"):
        measured.queries = dict(_time_queries(store, made.records))
    with clock.stage("dump as it comes"):
        engine.dump(format=ox.RdfFormat.N_QUADS)
    with clock.stage("dump sorted"):
        store.nquads()
    with tempfile.TemporaryDirectory(dir=out, prefix="store-") as folder:
        disk = ox.Store(folder)
        with clock.stage("load on disk"):
            disk.bulk_load(path=made.nquads, format=ox.RdfFormat.N_QUADS)
            disk.flush()
        del disk
    shapes = Shapes.load()
    if not len(shapes.graph):
        measured.said.append("shapes/ has no files: nothing to validate with")
        return measured
    if sparql:
        with clock.stage("validate: sparql"):
            results = []
            for rule in shapes.rules:
                start = perf_counter()
                results += [(rule.shape, row["this"]) for row in store.select(rule.query)]
                measured.rules[rule.shape.rpartition("#")[2]] = perf_counter() - start
        _judge(measured, "sparql", made.faults, results)
    if core:
        with clock.stage("validate: core"):
            report = validate(store, Shapes(shapes.core))
        _judge(measured, "core", made.faults, [(result.shape, result.node) for result in report.results])
    return measured


def _judge(measured: Measured, part: str, faults: Sequence[Fault], results: Sequence[tuple[str, str]]) -> None:
    """Which faults the results found, and how many results stand where no fault was put in, by shape."""
    measured.recall[part] = recall(faults, {node for _, node in results})
    faulty = {node for fault in faults for node in fault.nodes}
    measured.elsewhere[part] = Counter(shape.rpartition("#")[2] for shape, node in results if node not in faulty)


_QUERIES: Final = (
    "tasks-of-agency",
    "tasks-of-agency-as-helper",
    "deadlines-of-agency",
    "tasks-of-plan",
    "tasks-without-deadline",
    "workload-of-agency",
    "agencies-of-function",
    "co-led-tasks",
    "citations-of-plan",
)


def _time_queries(store: Store, records: Sequence[PlanRecord]) -> Iterator[tuple[str, tuple[float, int]]]:
    """(name, (median seconds, rows)) of the named queries, each as its file asks it and for one plan or agency."""
    last = records[-1]
    values = {
        "agency": iris.agency(last.jurisdiction, "public-security"),
        "plan": iris.plan(last.key),
        "function": iris.concept("function", "public-security"),
    }
    for query in named_queries():
        if query.name in _QUERIES:
            yield query.name, _time(store, query, {})
            bound = {
                parameter.name: values[parameter.name] for parameter in query.parameters if parameter.name in values
            }
            if "agency" in bound:
                bound = {"agency": bound["agency"]}
            if bound:
                shown = ", ".join(value.removeprefix(BASE) for value in bound.values())
                yield f"{query.name} {shown}", _time(store, query, bound)


def _time(store: Store, query: NamedQuery, values: Mapping[str, str]) -> tuple[float, int]:
    """(median seconds, rows) in a process of its own, which is killed at the deadline: then (infinity, 0); (nan, 0) if it fails."""
    fork = multiprocessing.get_context("fork")
    ours, theirs = fork.Pipe(duplex=False)
    child = fork.Process(target=_repeat, args=(store, query.bind(values), theirs))
    child.start()
    theirs.close()
    found: tuple[float, int] = (math.inf, 0)
    try:
        if ours.poll(_DEADLINE):
            found = ours.recv()
    except EOFError:  # the query failed; its process has said why
        found = (math.nan, 0)
    child.kill()
    child.join()
    return found


def _repeat(store: Store, text: str, pipe: Connection) -> None:
    seconds: list[float] = []
    rows = 0
    while len(seconds) < _REPEATS and sum(seconds) < _QUERY_BUDGET:
        start = perf_counter()
        rows = store.query(text).to_bytes("text/csv").count(b"\r\n") - 1
        seconds.append(perf_counter() - start)
    pipe.send((statistics.median(seconds), rows))


def as_json(made: Made, measured: Measured | None, clock: Clock) -> dict[str, Any]:
    """All figures as plain values."""
    document: dict[str, Any] = {
        "plans": len(made.records),
        "digest": made.digest,
        "levels": level_counts(len(made.records)),
        "forms": dict(sorted(made.forms.items())),
        "characters": made.characters,
        "source_bytes": made.source_bytes,
        "turtle_bytes": made.turtle_bytes,
        "measures": made.measures,
        "tasks": made.tasks,
        "links": made.links,
        "quads": made.quads,
        "faults": count_kinds(made.faults),
        "astray": made.astray,
        "findings": dict(sorted(made.findings.items())),
        "seconds": {name: round(seconds, 4) for name, seconds in clock.seconds.items()},
        "peak_mb": {name: round(peak, 1) for name, peak in clock.peaks.items()},
    }
    if measured:
        document |= {
            "nquads_bytes": measured.nquads_bytes,
            "queries_ms": {
                name: round(1000 * seconds, 2) if math.isfinite(seconds) else None
                for name, (seconds, _) in measured.queries.items()
            },
            "query_rows": {name: rows for name, (_, rows) in measured.queries.items()},
            "rules_ms": {name: round(1000 * seconds, 2) for name, seconds in measured.rules.items()},
            "recall": measured.recall,
            "results_elsewhere": measured.elsewhere,
        }
    return document


def as_table(made: Made, measured: Measured | None, clock: Clock) -> str:
    """The figures for people."""
    seconds = clock.seconds
    megabytes = made.source_bytes / 1e6
    levels = "/".join(str(count) for count in level_counts(len(made.records)).values())
    rates = {
        "extract": f"{_rate(len(made.records), seconds, 'extract')} plans/s, {_rate(megabytes, seconds, 'extract')} MB/s",
        "write": f"{_rate(made.quads, seconds, 'write')} quads/s",
        "turtle": f"{_rate(made.quads, seconds, 'turtle')} quads/s, {made.turtle_bytes / 1e6:.1f} MB",
    }
    if measured:
        for name in ("parse alone", "load in memory", "load on disk"):
            ratio = seconds[name] / seconds["parse alone"]
            rates[name] = f"{_rate(measured.quads, seconds, name)} quads/s" + (
                "" if ratio == 1 else f", {ratio:.1f} x parse"
            )
        rates["dump sorted"] = f"{seconds['dump sorted'] / seconds['dump as it comes']:.1f} x as it comes"
    lines = [
        f"{len(made.records)} plans ({levels}), {megabytes:.2f} MB of text, {made.tasks:,} tasks, "
        f"{made.quads:,} quads, {made.nquads.stat().st_size / 1e6:.1f} MB N-Quads",
        f"forms: {_counts(made.forms)}; true links upwards: {made.links:,}",
        f"faults: {len(made.faults)} in {made.measures:,} measures ({_counts(count_kinds(made.faults))}); "
        f"{len(made.astray)} did not arrive",
        f"findings of the extractor: {_counts(made.findings) or 'none'}",
        f"digest: {made.digest}",
        "",
        f"{'stage':<24}{'s':>10}{'peak MB':>10}  rate",
    ]
    lines += [
        f"{name:<24}{spent:>10.3f}{clock.peaks[name]:>10.0f}  {rates.get(name, '')}".rstrip()
        for name, spent in seconds.items()
    ]
    if measured:
        lines += ["", f"{'query':<76}{'p50 ms':>10}{'rows':>10}"]
        for name, (spent, rows) in measured.queries.items():
            shown = f"{1000 * spent:>10.2f}{rows:>10,}"
            if not math.isfinite(spent):
                shown = f"{'failed' if math.isnan(spent) else f'> {1000 * _DEADLINE:,.0f}':>10}"
            lines.append(f"{name:<76}{shown}")
        if measured.rules:
            lines += ["", f"{'slowest SPARQL constraints':<76}{'ms':>10}"]
            slowest = sorted(measured.rules.items(), key=lambda pair: -pair[1])[:_SLOWEST]
            lines += [f"{name:<76}{1000 * spent:>10.2f}" for name, spent in slowest]
        parts = list(measured.recall)
        if parts:
            lines += ["", f"{'faults with a result':<24}" + "".join(f"{part:>10}" for part in parts) + f"{'of':>10}"]
        for kind, (_, count) in measured.recall[parts[0]].items() if parts else ():
            hits = "".join(f"{measured.recall[part][kind][0]:>10}" for part in parts)
            lines.append(f"{kind:<24}{hits}{count:>10}")
        for part in parts:
            lines.append(f"results of {part} elsewhere: {_counts(measured.elsewhere[part]) or 'none'}")
        lines += ["", *measured.said] if measured.said else []
    return "\n".join(lines)


def _rate(count: float, seconds: Mapping[str, float], stage: str) -> str:
    rate = count / max(seconds[stage], 1e-9)
    return f"{rate:,.0f}" if rate >= 100 else f"{rate:.2f}"


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in sorted(counts.items()))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="nation.py", description="Generate a made-up nation of plans and measure atkg on it."
    )
    parser.add_argument("--plans", type=int, default=32, metavar="N", help="how many plans (default 32)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same plans (default 1)")
    parser.add_argument(
        "--faults", type=float, default=0.02, metavar="SHARE", help="share of measures with a fault (default 0.02)"
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="keep plans.nq, manifest.json and descent.csv here")
    parser.add_argument(
        "--folders", action="store_true", help="write OUT/data too, to run atkg on; only faults of texts are in it"
    )
    parser.add_argument("--generate-only", action="store_true", help="extract and write, but load and query nothing")
    parser.add_argument("--no-validate", dest="validate", action="store_false", help="leave validation out")
    parser.add_argument(
        "--core",
        action=argparse.BooleanOptionalAction,
        help=f"run the core part by pySHACL (default: up to {CORE_UP_TO} plans)",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to this file as JSON")
    options = parser.parse_args(arguments)
    if options.plans < 1 or not 0 <= options.faults <= 1:
        parser.error("--plans must be 1 or more, --faults from 0 to 1")
    if options.folders and not options.out:
        parser.error("--folders needs --out")
    core = options.plans <= CORE_UP_TO if options.core is None else options.core
    with tempfile.TemporaryDirectory() as scratch:
        out = options.out or Path(scratch)
        clock = Clock()
        try:
            made = generate(options.plans, options.seed, options.faults, out, folders=options.folders, clock=clock)
            measured = None
            if not options.generate_only:
                measured = measure(made, out, clock, core=core and options.validate, sparql=options.validate)
        except AtkgError as error:
            print(error, file=sys.stderr)
            return 1
        print(as_table(made, measured, clock))
        if options.json:
            document = as_json(made, measured, clock)
            options.json.write_text(json.dumps(document, ensure_ascii=False, indent=1) + os.linesep, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
