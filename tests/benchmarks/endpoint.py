"""Measure the endpoint beside others, in one run, over the same quads: python tests/benchmarks/endpoint.py --plans 320

The plans are those of nation.py, with their true links upwards and the closure of these. Every question is asked
of each peer in turn, for several rounds; figures are medians over the rounds, and what is printed against a goal is
a ratio within this run. No question is asked twice with the same words (each carries a comment of its own), so that
no cache flatters; what a cache gives is measured apart. An endpoint that is not installed is left out, and named:
`pip install -e '.[bench]'` brings them.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter, sleep
from typing import Final

import endpoint_peers as peers
from endpoint_load import Load, generator, load
from endpoint_questions import Question, make_quads, make_questions, size_of

from atkg import dataset
from atkg.plans import read_plans
from atkg.registers import Registers
from atkg.resources import resource
from atkg.store import Store

IN_PROCESS: Final = "pyoxigraph in process"
_DEADLINE: Final = 2.0
_QUICK: Final = 0.1
"""Seconds up to which an answer is asked for by wrk, which throws away what its window cuts off."""

ENDLESS: Final = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER (?a != ?i) }"


@dataclass(slots=True)
class Figures:
    """Medians: (question, peer, clients) → requests per second, and seconds an answer."""

    rate: dict[tuple[str, str, int], float] = field(default_factory=dict)
    seconds: dict[tuple[str, str, int], float] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Goal:
    """What was to be reached: the ratio measured, and the bound."""

    name: str
    ratio: float | None
    bound: float
    at_most: bool = False

    @property
    def verdict(self) -> str:
        if self.ratio is None or math.isnan(self.ratio):
            return "not measured"
        return "reached" if (self.ratio <= self.bound if self.at_most else self.ratio >= self.bound) else "MISSED"


def measure(
    questions: Sequence[Question],
    running: Sequence[peers.Peer],
    store: Store,
    clients: Sequence[int],
    rounds: int,
    seconds: float,
    scratch: Path,
) -> Figures:
    """Every question of every peer, in turn, for several rounds; the answers are compared first."""
    figures = Figures()
    for question in questions:
        able: list[peers.Peer] = []
        single: dict[str, float] = {}
        expected = size_of(200, store.query(question.texts[0]).to_bytes(question.accept), question.accept)
        for peer in running:
            begun = perf_counter()
            try:
                found = size_of(*peer.ask(question.texts[0], question.accept, timeout=30), question.accept)
            except OSError:
                figures.said.append(f"{question.name}: {peer.name} has no answer within 30 s")
                continue
            single[peer.name] = perf_counter() - begun
            if found == expected:
                able.append(peer)
            else:
                figures.said.append(f"{question.name}: {peer.name} answers {found} rows instead of {expected}")
        for count in clients:
            loads: dict[str, list[Load]] = {peer.name: [] for peer in able}
            for number in range(rounds):
                for peer in able[number % max(1, len(able)) :] + able[: number % max(1, len(able))]:
                    mark = f"{question.name[:1]}{count}{number}{os.getpid()}"
                    targets = [peer.target(text) for text in question.texts]
                    quick = question.quick and single[peer.name] < _QUICK
                    loads[peer.name].append(
                        load(peer.port, targets, question.accept, count, seconds, mark, scratch, quick=quick)
                    )
                if count == 1:
                    loads.setdefault(IN_PROCESS, []).append(in_process(store, question, seconds / 2))
            for name, found in loads.items():
                figures.rate[question.name, name, count] = statistics.median(each.rate for each in found)
                figures.seconds[question.name, name, count] = statistics.median(each.median for each in found)
                failed = sum(each.failed for each in found)
                if failed:
                    whole = sum(each.done for each in found)
                    figures.said.append(f"{question.name}: {name} refused {failed} of {whole} at {count} clients")
    return figures


def in_process(store: Store, question: Question, seconds: float) -> Load:
    """The same questions to Oxigraph in this process, answers written to bytes: what no server can beat."""
    times: list[float] = []
    begun = perf_counter()
    while not times or perf_counter() - begun < seconds:
        start = perf_counter()
        store.query(question.texts[len(times) % len(question.texts)]).to_bytes(question.accept)
        times.append(perf_counter() - start)
    return Load(len(times) / (perf_counter() - begun), statistics.median(times), 0, len(times))


def measure_cache(atkg: peers.Peer, questions: Sequence[Question], seconds: float, scratch: Path) -> dict[str, float]:
    """How many times faster a question is answered that was asked before, by 8 clients."""
    ratios = {}
    for question in questions:
        if question.name not in ("point", "join", "descend", "plan as a graph"):
            continue
        targets = [atkg.target(text) for text in question.texts[:16]]
        rates: dict[str, list[float]] = {"fresh": [], "same": []}
        for number in range(3):
            for mark, found in rates.items():
                name = mark if mark == "same" else f"cache{number}{os.getpid()}"
                quick = question.quick
                found.append(load(atkg.port, targets, question.accept, 8, seconds, name, scratch, quick=quick).rate)
        fresh = statistics.median(rates["fresh"])
        ratios[question.name] = statistics.median(rates["same"]) / fresh if fresh else math.nan
    return ratios


def measure_runaway(nquads: Path, scratch: Path) -> tuple[float, float]:
    """(seconds from the deadline to its answer, seconds from the deadline to the next answer)."""
    peer = peers.atkg(nquads, scratch, ["--limit", f"deadline={_DEADLINE}"], name="atkg-deadline")
    late, following = [], []
    try:
        for number in range(5):
            begun = perf_counter()
            status, _ = peer.ask(f"{ENDLESS} # {number}")
            ended = perf_counter()
            answered, _ = peer.ask(f"ASK {{ ?s ?p ?o }} # {number}")
            if (status, answered) != (503, 200):
                raise SystemExit(f"a runaway query got {status}, the next question {answered}")
            late.append(ended - begun - _DEADLINE)
            following.append(perf_counter() - begun - _DEADLINE)
            sleep(0.2)
    finally:
        peer.stop()
    return statistics.median(late), statistics.median(following)


def measure_start(scratch: Path) -> float:
    """Seconds from the start of the process to the first answer, on the five plans."""
    data = resource("data")
    quads = scratch / "five.nq"
    quads.write_bytes(dataset.load(read_plans(data), Registers.load(data / "registers")).nquads())
    times = []
    for _ in range(3):
        peer = peers.atkg(quads, scratch, name="atkg-five")
        times.append(peer.started)
        peer.stop()
    return statistics.median(times)


def goals(figures: Figures, cache: Mapping[str, float], runaway: float, start: float) -> list[Goal]:
    """Every goal as a ratio within this run."""

    def rate(name: str, peer: str, count: int = 8) -> float | None:
        ours, theirs = figures.rate.get((name, "atkg", count)), figures.rate.get((name, peer, count))
        return ours / theirs if ours is not None and theirs else None

    def times(name: str, other: str, peer: str = "atkg") -> float | None:
        first, second = figures.seconds.get((name, "atkg", 1)), figures.seconds.get((other, peer, 1))
        return first / second if first is not None and second else None

    return [
        Goal("point, 8 clients, against rdflib-endpoint", rate("point", "rdflib-endpoint"), 5),
        Goal("plan as a graph, 8 clients, against rdflib-endpoint", rate("plan as a graph", "rdflib-endpoint"), 20),
        Goal("100,000 rows, 1 client, against rdflib-endpoint", rate("100,000 rows", "rdflib-endpoint", 1), 20),
        Goal("point, 8 clients, against oxigraph", rate("point", "oxigraph"), 0.25),
        Goal("the same, aim", rate("point", "oxigraph"), 0.5),
        Goal("plan as a graph, 8 clients, against oxigraph", rate("plan as a graph", "oxigraph"), 3),
        Goal("descend, 8 clients, against oxigraph", rate("descend", "oxigraph"), 3),
        Goal("descend, derivedFrom+, 8 clients, against oxigraph", rate("descend, derivedFrom+", "oxigraph"), 3),
        Goal("100,000 rows, time against in process", times("100,000 rows", "100,000 rows", IN_PROCESS), 1.15, True),
        *(Goal(f"{name}, asked again, 8 clients, against fresh", ratio, 2) for name, ratio in cache.items()),
        Goal("trace, derivedFrom+, time against tracesTo", times("trace, derivedFrom+", "trace"), 2, True),
        Goal("descend, derivedFrom+, time against tracesTo", times("descend, derivedFrom+", "descend"), 2, True),
        Goal("runaway query: seconds from its deadline to the next answer", runaway, 0.2, True),
        Goal("five plans: seconds from start to first answer", start, 1.0, True),
    ]


def ceilings(figures: Figures, questions: Sequence[Question]) -> list[str]:
    """What no server over this engine can pass: all processors at work on the query itself, against oxigraph."""
    lines = []
    for question in questions:
        alone = figures.rate.get((question.name, IN_PROCESS, 1))
        theirs = figures.rate.get((question.name, "oxigraph", 8))
        if alone and theirs:
            most = alone * (os.cpu_count() or 1) / theirs
            lines.append(
                f"{question.name}: evaluation in memory alone allows {most:.2f} of oxigraph's answers a second"
            )
    return lines


def as_table(figures: Figures, questions: Sequence[Question], names: Sequence[str], clients: Sequence[int]) -> str:
    """The figures for people."""
    lines = []
    for count in clients:
        shown = [*names, IN_PROCESS] if count == 1 else list(names)
        unit = "ms an answer" if count == 1 else "answers a second"
        lines += ["", f"{f'{count} clients, {unit}':<36}" + "".join(f"{name:>24}" for name in shown)]
        for question in questions:
            cells = []
            for name in shown:
                key = (question.name, name, count)
                value = 1000 * figures.seconds[key] if count == 1 and key in figures.seconds else figures.rate.get(key)
                cells.append(f"{'-' if value is None else f'{value:,.2f}':>24}")
            made = generator(quick=question.quick)
            lines.append(f"{f'{question.name} ({made})':<36}" + "".join(cells))
    return "\n".join(lines)


def goal_lines(found: Sequence[Goal]) -> list[str]:
    """Each goal with what was measured."""
    lines = ["", f"{'goal':<64}{'measured':>12}{'bound':>10}"]
    for goal in found:
        ratio = "-" if goal.ratio is None else f"{goal.ratio:.3g}"
        bound = f"{'<=' if goal.at_most else '>='} {goal.bound:g}"
        lines.append(f"{goal.name:<64}{ratio:>12}{bound:>10}  {goal.verdict}")
    return lines


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="endpoint.py", description="The endpoint beside others, over the same quads.")
    parser.add_argument("--plans", type=int, default=4, metavar="N", help="how many plans (default 4)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same plans (default 1)")
    parser.add_argument("--rounds", type=int, default=3, help="how many rounds; figures are medians (default 3)")
    parser.add_argument("--seconds", type=float, default=2.0, help="length of one measurement (default 2)")
    parser.add_argument("--without", action="append", default=[], metavar="PEER", help="leave a peer out")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to this file as JSON")
    parser.add_argument("--scratch", type=Path, metavar="DIR", help="keep data and logs here, and use what is there")
    options = parser.parse_args(arguments)
    if options.plans < 3:
        parser.error("--plans must be 3 or more, so that something descends from something")
    clients = (1, 8)
    with ExitStack() as stack:
        scratch = options.scratch or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        nquads, links, keys = make_quads(options.plans, options.seed, scratch)
        store = Store()
        store.load(nquads.read_bytes())
        questions = make_questions(links, keys, store)
        print(f"{options.plans} plans, {len(store):,} quads, {len(links):,} links; {os.cpu_count()} processors")
        makers: dict[str, Callable[[Path, Path], peers.Peer | None]] = {
            "atkg": peers.atkg,
            "oxigraph": peers.oxigraph,
            "rdflib-endpoint": peers.rdflib_endpoint,
        }
        running = []
        for name, make in makers.items():
            peer = None if name in options.without else make(nquads, scratch)
            if peer is None:
                print(f"left out: {name} is not installed (the extra `bench` brings it), or was not wanted")
                continue
            stack.callback(peer.stop)
            running.append(peer)
            print(f"{name}: first answer {peer.started:.2f} s after its start")
            sys.stdout.flush()
        figures = measure(questions, running, store, clients, options.rounds, options.seconds, scratch)
        names = [peer.name for peer in running]
        print(as_table(figures, questions, names, clients), flush=True)
        cache = measure_cache(running[0], questions, options.seconds, scratch)
        late, following = measure_runaway(nquads, scratch)
        figures.said.append(f"runaway query: told {1000 * late:.0f} ms after its deadline")
        start = measure_start(scratch)
        found = goals(figures, cache, following, start)
        print("\n".join([*goal_lines(found), "", *ceilings(figures, questions), "", *figures.said]))
        if options.json:
            document = {
                "plans": options.plans,
                "rate": {" | ".join(map(str, key)): value for key, value in figures.rate.items()},
                "seconds": {" | ".join(map(str, key)): value for key, value in figures.seconds.items()},
                "goals": {goal.name: [goal.ratio, goal.bound, goal.verdict] for goal in found},
            }
            options.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
