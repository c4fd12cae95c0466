"""What it costs to ask along a chain of derivations, and what the closure costs that is made at build time.

    python tests/benchmarks/closure.py --plans 320

The true links of the generated nation become derivedFrom; graph/inferred/tracesTo is made as `build` makes
it; then each question is asked three ways: over derivedFrom+ as one would write it, over derivedFrom+ with the
path first and the type behind FILTER EXISTS, and over tracesTo. All three must give the same answer.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter

from nation import generate

from atkg import iris, rules
from atkg.namespaces import ATKG
from atkg.store import Store

REPEATS = 5
_DERIVED = f"<{ATKG}derivedFrom>"
_PREFIX = f"PREFIX atkg: <{ATKG}>\n"

QUESTIONS = {
    "all above one task": (
        "SELECT (COUNT(*) AS ?n) WHERE {{ <{low}> atkg:derivedFrom+ ?above . ?above a atkg:Task }}",
        "SELECT (COUNT(*) AS ?n) WHERE {{ <{low}> atkg:derivedFrom+ ?above . FILTER EXISTS {{ ?above a atkg:Task }} }}",
        "SELECT (COUNT(*) AS ?n) WHERE {{ <{low}> atkg:tracesTo ?above . ?above a atkg:Task }}",
    ),
    "all below one task": (
        "SELECT (COUNT(*) AS ?n) WHERE {{ ?task atkg:derivedFrom+ <{high}> . ?task a atkg:Task }}",
        "SELECT (COUNT(*) AS ?n) WHERE {{ ?task atkg:derivedFrom+ <{high}> . FILTER EXISTS {{ ?task a atkg:Task }} }}",
        "SELECT (COUNT(*) AS ?n) WHERE {{ ?task atkg:tracesTo <{high}> . ?task a atkg:Task }}",
    ),
    "plans that take up each task of the top": (
        "SELECT (COUNT(*) AS ?n) WHERE {{ SELECT DISTINCT ?top ?plan WHERE {{ ?top atkg:partOf <{plan}> ; a atkg:Task ."
        " ?task atkg:derivedFrom+ ?top ; atkg:partOf ?plan }} }}",
        "SELECT (COUNT(*) AS ?n) WHERE {{ SELECT DISTINCT ?top ?plan WHERE {{ ?task atkg:derivedFrom+ ?top ."
        " FILTER EXISTS {{ ?top atkg:partOf <{plan}> }} ?task atkg:partOf ?plan }} }}",
        "SELECT (COUNT(*) AS ?n) WHERE {{ SELECT DISTINCT ?top ?plan WHERE {{ ?top atkg:partOf <{plan}> ; a atkg:Task ."
        " ?task atkg:tracesTo ?top ; atkg:partOf ?plan }} }}",
    ),
}


def timed(work: Callable[[], object]) -> tuple[float, object]:
    """(seconds, what the work gave)."""
    start = perf_counter()
    result = work()
    return perf_counter() - start, result


def measure(plans: int, seed: int, out: Path) -> list[tuple[str, str]]:
    """The rows of the table: what, and its figure."""
    made = generate(plans, seed, 0.0, out)
    with (out / "descent.csv").open(encoding="utf-8", newline="") as file:
        links = [(row["task"], row["above"]) for row in csv.DictReader(file)]
    store = Store()
    store.load(made.nquads.read_bytes())
    graph = iris.graph("derivation", "nation")
    store.load("".join(f"<{low}> {_DERIVED} <{high}> <{graph}> .\n" for low, high in links).encode())
    before = len(store)
    seconds, _ = timed(lambda: rules.conclude(store, "tracesTo"))
    added = len(store) - before
    rows = [
        ("plans, tasks, links", f"{plans:,}, {made.tasks:,}, {len(links):,}"),
        ("closure", f"{seconds:.2f} s, {added:,} quads, {100 * added / before:.1f} % of the graph"),
    ]
    heights = dict(links)
    low = max(heights, key=lambda task: (_height(task, heights), task))
    high = next(high for high in (chain for chain in _chain(low, heights)) if high not in heights)
    plan = iris.plan(made.records[0].key)
    for name, forms in QUESTIONS.items():
        figures, answers = [], set()
        for form in forms:
            text = _PREFIX + form.format(low=low, high=high, plan=plan)
            times = [timed(partial(_count, store, text)) for _ in range(REPEATS)]
            figures.append(1000 * median(second for second, _ in times))
            answers |= {answer for _, answer in times}
        if len(answers) != 1:
            raise SystemExit(f"{name}: the forms disagree: {sorted(answers)}")
        shown = ", ".join(f"{figure:.2f}" for figure in figures)
        rows.append((name, f"{shown} ms (as written, path first, tracesTo); answer {answers.pop()}"))
    return rows


def _count(store: Store, text: str) -> str:
    return str(store.select(text)[0]["n"])


def _chain(task: str, heights: dict[str, str]) -> list[str]:
    chain = [task]
    while chain[-1] in heights:
        chain.append(heights[chain[-1]])
    return chain


def _height(task: str, heights: dict[str, str]) -> int:
    return len(_chain(task, heights))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="closure.py", description="Chains of derivations: searched, or materialised.")
    parser.add_argument("--plans", type=int, default=32, metavar="N", help="how many plans (default 32)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same plans (default 1)")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as out:
        for name, figure in measure(options.plans, options.seed, Path(out)):
            print(f"{name:42}{figure}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
