"""What the endpoints are asked: the quads of a generated nation, and questions about many of its tasks and plans."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nation import generate

from atkg import iris, rules
from atkg.namespaces import ATKG
from atkg.store import Store

JSON: Final = "application/sparql-results+json"
ROWS: Final = 100_000
_PREFIX: Final = f"PREFIX atkg: <{ATKG}> "
_DIFFERENT: Final = 400
"""How many different questions of a kind are asked."""


@dataclass(frozen=True, slots=True)
class Question:
    """One kind of question: its texts, what it is asked as, and whether it takes next to nothing."""

    name: str
    texts: Sequence[str]
    accept: str
    quick: bool


def make_quads(plans: int, seed: int, out: Path) -> tuple[Path, list[tuple[str, str]], list[str]]:
    """(the quads of this many plans with links and closure, the links, the plans' keys), made anew or found in `out`."""
    path, about = out / "all.nq", out / "all.json"
    asked = {"plans": plans, "seed": seed}
    if not about.exists() or json.loads(about.read_text(encoding="utf-8"))["asked"] != asked:
        made = generate(plans, seed, 0.0, out)
        store = Store()
        store.load(made.nquads.read_bytes())
        graph = iris.graph("derivation", "nation")
        found = _links(out)
        store.load("".join(f"<{low}> <{ATKG}derivedFrom> <{high}> <{graph}> .\n" for low, high in found).encode())
        rules.conclude(store, "tracesTo")
        path.write_bytes(store.nquads())
        keys = [record.key for record in made.records]
        about.write_text(json.dumps({"asked": asked, "keys": keys}), encoding="utf-8")
    return path, _links(out), json.loads(about.read_text(encoding="utf-8"))["keys"]


def _links(out: Path) -> list[tuple[str, str]]:
    with (out / "descent.csv").open(encoding="utf-8", newline="") as file:
        return [(row["task"], row["above"]) for row in csv.DictReader(file)]


def make_questions(links: Sequence[tuple[str, str]], keys: Sequence[str], store: Store) -> list[Question]:
    """The questions that are measured, each about many tasks, plans or agencies."""
    heights = dict(links)
    low = [task for task, above in links if above in heights] or [task for task, _ in links]
    step = max(1, len(low) // _DIFFERENT)
    low = low[::step][:_DIFFERENT]
    tops = [top for top, _ in Counter(_top(task, heights) for task, _ in links).most_common(16)]
    agencies = [
        row["agency"]
        for row in store.select(
            f"SELECT ?agency (COUNT(*) AS ?n) WHERE {{ ?task <{ATKG}leadAgency> ?agency }} "
            f"GROUP BY ?agency ORDER BY DESC(?n) ?agency LIMIT {_DIFFERENT}"
        )
    ]
    graphs = [iris.graph("plan", key) for key in keys[:: max(1, len(keys) // 40)]]
    rows, triples = JSON, "application/n-triples"
    return [
        Question("point", [f"SELECT ?p ?o WHERE {{ <{task}> ?p ?o }}" for task in low], rows, quick=True),
        Question(
            "join",
            [
                f"{_PREFIX}SELECT ?task ?clause ?name WHERE {{ ?task atkg:leadAgency <{agency}> ; atkg:statedIn ?clause ; "
                "atkg:assignment ?as . ?as atkg:role ?role ; atkg:mention ?name }"
                for agency in agencies
            ],
            rows,
            quick=True,
        ),
        Question(
            "trace",
            [f"{_PREFIX}SELECT ?up WHERE {{ <{task}> atkg:tracesTo ?up . ?up a atkg:Task }}" for task in low],
            rows,
            quick=True,
        ),
        Question(
            "trace, derivedFrom+",
            [f"{_PREFIX}SELECT ?up WHERE {{ <{task}> atkg:derivedFrom+ ?up . ?up a atkg:Task }}" for task in low],
            rows,
            quick=True,
        ),
        Question(
            "descend",
            [f"{_PREFIX}SELECT ?low WHERE {{ ?low atkg:tracesTo <{top}> . ?low a atkg:Task }}" for top in tops],
            rows,
            quick=True,
        ),
        Question(
            "descend, derivedFrom+",
            [f"{_PREFIX}SELECT ?low WHERE {{ ?low atkg:derivedFrom+ <{top}> . ?low a atkg:Task }}" for top in tops],
            rows,
            quick=True,
        ),
        Question(
            "plan as a graph",
            [f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}" for graph in graphs],
            triples,
            quick=False,
        ),
        Question("100,000 rows", [f"SELECT ?s ?p ?o WHERE {{ ?s ?p ?o }} LIMIT {ROWS}"], rows, quick=False),
    ]


def _top(task: str, heights: Mapping[str, str]) -> str:
    while task in heights:
        task = heights[task]
    return task


def size_of(status: int, body: bytes, accept: str) -> int:
    """How many rows or triples an answer has; -1 for none."""
    if status != 200:
        return -1
    if accept == JSON:
        try:
            return len(json.loads(body)["results"]["bindings"])
        except ValueError:
            return -1
    return len(set(body.splitlines()))
