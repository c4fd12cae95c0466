"""What validation costs, beside pySHACL alone over the union of all graphs.

    python tests/benchmarks/validation.py --plans 5 --judge all

A made-up nation with faults in it is written as a data folder, graphs and derivations included. Then it is validated
from nothing, again after a plan that nothing hangs on was changed, and again after the one at the top was; each in a
process of its own, whose highest memory is told. pySHACL has the same graphs as one rdflib graph, and must find the
same: with `--judge core` the shapes without a query, with `--judge all` every shape (minutes for each plan).
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource as process
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Any, Final

import nation
from atkg import dataset, iris
from atkg.checks import check
from atkg.derivation import Row, parts
from atkg.graph import Above, DerivationWriter, Spans
from atkg.model import Reading, Span
from atkg.namespaces import BASE, OA
from atkg.plans import read_plans
from atkg.registers import Registers
from atkg.resources import resource
from atkg.store import Store, to_turtle
from atkg.validate import Shapes
from atkg.validate.judge import judged
from atkg.validate.run import faults
from nation_faults import Written, descent, task_iri
from nation_material import read_material
from nation_plans import Nation, Plan, plant


def write_nation(plans: int, seed: int, share: float, out: Path) -> Path:
    """The data folder of a nation of so many plans, with faults in this share of its measures."""
    source, data = resource("data"), out / "data"
    registers = Registers.load(source / "registers")
    material = read_material(source, registers)
    root, registers = plant(plans, registers)
    nation._write_registers(source / "registers", data / "registers", registers)
    spans: Spans = set()
    made = nation.extract(Nation(root, registers, material, seed, share), nation.Clock())
    for written, above in made:
        plan = written.plan
        nation._write_folder(data, plan)
        folder = data / "plans" / plan.key
        toml = (folder / "plan.toml").read_text(encoding="utf-8")
        for citation in plan.record.cites:
            if citation.number and citation.number not in plan.text:  # a table without a preamble cites nothing
                toml = toml.replace(f'number = "{citation.number}"\n', 'basis = "register"\n', 2).replace(
                    'basis = "register"\n', f'number = "{citation.number}"\n', toml.count(citation.number) - 1
                )
        (folder / "plan.toml").write_text(toml, encoding="utf-8")
        (folder / "graph.ttl").write_bytes(to_turtle(written.lines))
        spans |= {
            (plan.key, Span(int(span["start"]), int(span["end"]))) for span in map(_SPAN.match, written.lines) if span
        }
        (folder / "derivation.ttl").write_bytes(to_turtle(_links(plan, written, above, spans)))
    return data


_SPAN: Final = re.compile(rf"<{re.escape(BASE)}source/[^/]+/(?P<start>\d+)-(?P<end>\d+)> <{re.escape(OA)}start>")


def _links(plan: Plan, written: Written, above: tuple[Plan, Reading] | None, spans: Spans) -> list[str]:
    """The lines of graph/derivation for the true links of a plan; `spans` are those that stand in some graph."""
    if above is None:
        return []
    reading = written.reading
    readings = {plan.key: reading, above[0].key: above[1]}
    rows = [
        Row(number, _path(task_iri(plan, low)), _path(task_iri(above[0], high)), "text", None, True, "")
        for number, (low, high) in enumerate(descent(plan, reading, above), 2)
    ]
    writer = DerivationWriter(reading, readings, spans)
    return writer.derivation_lines(rows, Above(above[0].key, parts(above[1]), None), Path("derivations.csv"))


def _path(task: str) -> str:
    return task.partition("/id/task/")[2].partition("/")[2]


def leg(name: str, data: Path, cache: Path, jobs: int | None) -> dict[str, Any]:
    """The figures of one run, which has this process for itself."""
    start = perf_counter()
    found: Counter[Any]
    if name.startswith("pyshacl"):
        shapes = Shapes.load()
        rules = shapes.graph if name == "pyshacl all" else shapes.core
        store = dataset.load(read_plans(data), Registers.load(data / "registers"))
        loaded = perf_counter() - start
        theirs = Counter((str(f[0]), f[1], f[2], str(f[3]), f[4]) for f in judged(store, rules))
        seconds = perf_counter() - start
        spent_by_them = sum(process.getrusage(process.RUSAGE_SELF)[:2])
        ours = Counter((str(f.shape), f.component, f.focus, str(f.path), f.value) for f in faults(store, Shapes(rules)))
        figures = {"loading": loaded, "agree": ours == theirs, "results": theirs.total(), "cpu": spent_by_them}
    else:
        report = check(data, cache=cache, jobs=jobs)
        seconds = perf_counter() - start
        figures = {"results": len(report.results)}
    used = [process.getrusage(who) for who in (process.RUSAGE_SELF, process.RUSAGE_CHILDREN)]
    own, below = highest_memory(), used[1].ru_maxrss / 1024
    spent = sum(one.ru_utime + one.ru_stime for one in used)
    return {"seconds": seconds, "cpu": spent, "peak_mb": own, "child_mb": below, **figures}


def highest_memory() -> float:
    """The most memory that this process had, in MB; what it was started from is not counted, as ru_maxrss would."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(re.search(r"VmHWM:\s+(\d+)", status.read_text())[1]) / 1024
    return process.getrusage(process.RUSAGE_SELF).ru_maxrss / 1024


def run_leg(name: str, data: Path, cache: Path, jobs: int | None) -> dict[str, Any]:
    """The figures of a run in a new process."""
    command = [sys.executable, __file__, "--leg", name, "--data", str(data), "--cache", str(cache)]
    command += ["--jobs", str(jobs)] if jobs else []
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env={**os.environ, "COLUMNS": "80"})
    return dict(json.loads(done.stdout.splitlines()[-1]))


def change(data: Path, key: str) -> None:
    """Change a plan's graph so that its content is another."""
    store = Store()
    path = data / "plans" / key / "graph.ttl"
    store.load_file(path, iris.graph("plan", key))
    with path.open("a", encoding="utf-8") as file:
        file.write(
            f"<{iris.plan(key)}> <http://www.w3.org/2004/02/skos/core#editorialNote> 'changed {len(store)}'@en .\n"
        )


def measure(options: argparse.Namespace, out: Path) -> list[tuple[str, dict[str, Any]]]:
    """(name, figures) of each run."""
    data = options.data or write_nation(options.plans, options.seed, options.faults, out)
    cache = out / "cache"
    shutil.rmtree(cache, ignore_errors=True)
    keys = [folder.key for folder in read_plans(data) if folder.text is not None]
    low = next((key for key in keys if "-c-" in key), keys[0])
    top = next((key for key in keys if "-n-" in key), keys[-1])
    rows = [("from nothing", run_leg("check", data, cache, options.jobs))]
    rows.append(("nothing changed", run_leg("check", data, cache, options.jobs)))
    change(data, low)
    rows.append((f"{low} changed", run_leg("check", data, cache, options.jobs)))
    change(data, top)
    rows.append((f"{top} changed", run_leg("check", data, cache, options.jobs)))
    if options.judge != "none":
        rows.append((f"pySHACL alone, {options.judge}", run_leg(f"pyshacl {options.judge}", data, cache, 1)))
    return rows


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="validation.py", description="Validation beside pySHACL alone.")
    parser.add_argument("--plans", type=int, default=4, metavar="N", help="how many plans (default 4)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same plans (default 1)")
    parser.add_argument("--faults", type=float, default=0.02, metavar="SHARE", help="share of measures with a fault")
    parser.add_argument("--judge", choices=("none", "core", "all"), default="core", help="what pySHACL alone is given")
    parser.add_argument("--jobs", type=int, help="how many processes (default: as many as processors)")
    parser.add_argument("--out", type=Path, metavar="DIR", help="keep the data folder and the cache here")
    parser.add_argument("--data", type=Path, metavar="DIR", help="a data folder instead of a made-up nation")
    parser.add_argument("--leg", help=argparse.SUPPRESS)
    parser.add_argument("--cache", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.leg:
        print(json.dumps(leg(options.leg, options.data, options.cache, options.jobs)))
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        rows = measure(options, options.out or Path(scratch))
    print(f"{'run':<28}{'s':>9}{'CPU s':>9}{'peak MB':>9}{'child MB':>9}{'results':>9}")
    agree = True
    for name, figures in rows:
        agree = agree and figures.get("agree", True)
        said = {True: "  agrees", False: "  DISAGREES"}.get(figures.get("agree", ""), "")
        seconds, spent, peak, child = (figures[part] for part in ("seconds", "cpu", "peak_mb", "child_mb"))
        print(f"{name:<28}{seconds:>9.2f}{spent:>9.2f}{peak:>9.0f}{child:>9.0f}{figures['results']:>9}{said}")
    return 0 if agree else 1


if __name__ == "__main__":
    raise SystemExit(main())
