"""What it costs to conclude what follows from the data: rules in SPARQL, OWL 2 RL engines, a description-logic reasoner.

    python tests/benchmarks/reasoning.py --plans 300 --judges

The generated nation with its true links is loaded, every rule of queries/rules is applied as `build` applies it, one
plan is changed, and the conclusions are brought up to date. With `--judges` the same data, a few plans of it, goes
through owlrl, reasonable (where it is installed) and HermiT, whose conclusions must be those of the rules.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter

from nation import generate
from reasoning_judges import hermit, owlrl, reasonable

from atkg import dataset, iris, rules
from atkg.graph import register_lines
from atkg.namespaces import ATKG, BASE, RDF
from atkg.store import Store

REPEATS = 5
_JUDGED = 2
"""How many plans the judges are given: owlrl takes a minute for four."""

ENGINES = (("HermiT", "owlready2", hermit), ("owlrl", "owlrl", owlrl), ("reasonable", "reasonable", reasonable))

Said = tuple[str, str, str]


def timed(work: Callable[[], object]) -> float:
    """Seconds that it took."""
    start = perf_counter()
    work()
    return perf_counter() - start


def nation(plans: int, seed: int, out: Path) -> tuple[Path, list[str]]:
    """The quads of a generated nation with its links and registers, and the keys of its plans."""
    made = generate(plans, seed, 0.0, out)
    store = Store()
    store.load_nquads(made.nquads)
    with (out / "descent.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            key = row["task"].removeprefix(f"{BASE}id/task/").partition("/")[0]
            line = f"<{row['task']}> <{ATKG}derivedFrom> <{row['above']}> <{iris.graph('derivation', key)}> ."
            store.load(line.encode())
    store.load("\n".join(register_lines(made.registers)).encode())
    dataset.add_terms(store)
    places = {record.key: record.jurisdiction for record in made.records}
    store.load("\n".join(dataset.agency_quads(usage(store), places, made.registers)).encode())
    (out / "whole.nq").write_bytes(store.nquads())
    return out / "whole.nq", [record.key for record in made.records]


def usage(store: Store) -> dataset.Usage:
    """The agencies that are used, each by one of its names: the names say nothing to a rule."""
    rows = store.select(
        f"SELECT ?agency (SAMPLE(?name) AS ?mention) {{ ?a <{ATKG}agency> ?agency ; <{ATKG}mention> ?name }} GROUP BY ?agency"
    )
    mentions = Counter({(row["agency"], row["mention"], ""): 1 for row in rows})
    return dataset.Usage({agency for agency, _, _ in mentions}, mentions)


def conclusions(store: Store) -> dict[str, set[Said]]:
    """Rule → what it has concluded."""
    return {
        rule.name: {
            (row["s"], row["p"], row["o"])
            for row in store.select(f"SELECT ?s ?p ?o {{ GRAPH <{rule.graph}> {{ ?s ?p ?o }} }}")
        }
        for rule in rules.rules()
    }


def measure(plans: int, seed: int, out: Path) -> Iterator[tuple[str, str]]:
    """The rows of the table for the rules."""
    quads, keys = nation(plans, seed, out)
    store = Store()
    load = timed(lambda: store.load_nquads(quads))
    before = len(store)
    yield "plans, quads", f"{plans:,}, {before:,}"
    yield "load in memory", f"{load:.2f} s"
    total = timed(lambda: rules.materialise(store))
    yield "all rules", f"{total:.2f} s, {total / load:.2f} of the load, {len(store) - before:,} quads"
    for rule in rules.rules():
        number = len(conclusions(store)[rule.name])
        store.change(f"DROP SILENT GRAPH <{rule.graph}>")
        yield f"  {rule.name}", f"{timed(partial(rules.conclude, store, rule.name)):.2f} s, {number:,} conclusions"
    for name, key in (("at the bottom", keys[-1]), ("at the top", keys[0])):
        graph = iris.graph("plan", key)
        lines = [f"{line[:-1]}<{graph}> ." for line in store.graph_ntriples([graph]).decode().splitlines()]
        fewer = "\n".join(line for line in lines if f"<{ATKG}leadAgency>" not in line).encode()
        whole = "\n".join(lines).encode()
        seconds = []
        for _ in range(REPEATS):
            seconds += [timed(partial(rules.replace, store, graph, each)) for each in (fewer, whole)]
        yield f"one plan changed, {name}", f"{median(seconds):.2f} s, slowest {max(seconds):.2f} s"
    kept = conclusions(store)
    rules.materialise(store)
    if conclusions(store) != kept:
        raise SystemExit("what was brought up to date is not what follows")


def judge(seed: int, out: Path) -> Iterator[tuple[str, str]]:
    """The rows for the engines beside the rules, all of which must conclude the same."""
    quads, _ = nation(_JUDGED, seed, out)
    store = Store()
    store.load_nquads(quads)
    yield f"{_JUDGED} plans", f"{len(store):,} quads"
    yield "rules in SPARQL", f"{timed(lambda: rules.materialise(store)):.2f} s"
    by_rule = conclusions(store)
    for name, package, engine in ENGINES:
        if importlib.util.find_spec(package) is None:
            yield name, f"is not measured: {package} is not installed"
            continue
        plain = Store()
        plain.load_nquads(quads)
        start = perf_counter()
        found = engine(plain, out)
        seconds = perf_counter() - start
        compared = compare(by_rule, found)
        yield name, f"{seconds:.2f} s; {compared}"


def compare(by_rule: dict[str, set[Said]], found: set[Said]) -> str:
    """Which rules' conclusions an engine gives as well; one that gives others is wrong."""
    same, none = [], []
    for name, own in by_rule.items():
        term = f"{ATKG}{name}"
        theirs = {each for each in found if each[1] == term or (each[1] == f"{RDF}type" and each[2] == term)}
        theirs = {each for each in theirs if each[0].startswith(BASE)}
        if theirs == own:
            same.append(name)
        elif theirs < own:
            none.append(f"{name} {len(theirs):,} of {len(own):,}")
        else:
            raise SystemExit(f"{name}: {len(theirs - own)} conclusions that the rule has not")
    return f"the same closure for {len(same)} of {len(by_rule)} rules" + (f"; {', '.join(none)}" if none else "")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="reasoning.py", description="What follows: by rule, and by other engines.")
    parser.add_argument("--plans", type=int, default=32, metavar="N", help="how many plans (default 32)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same plans (default 1)")
    parser.add_argument("--judges", action="store_true", help=f"compare with other engines on {_JUDGED} plans")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as out:
        for name, figure in measure(options.plans, options.seed, Path(out)):
            print(f"{name:30}{figure}", flush=True)
    if options.judges:
        with tempfile.TemporaryDirectory() as out:
            for name, figure in judge(options.seed, Path(out)):
                print(f"{name:30}{figure}", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
