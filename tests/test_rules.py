"""What is concluded by rule: each conclusion in its rule's graph, said by no other graph, and up to date after a change."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from atkg import iris, rules
from atkg.errors import InputError
from atkg.namespaces import ATKG, BASE, RDFS
from atkg.store import Store

PREFIXES = f"BASE <{BASE}> PREFIX atkg: <{ATKG}> PREFIX prov: <{rules.PROV}> PREFIX rdfs: <{RDFS}> "

# name, how many conclusions on the five plans, what the same question asked directly gives
COUNTS = [
    # every clause and task has one place: that of its plan
    ("inJurisdiction", 907, "{ ?a a atkg:Clause } UNION { ?a a atkg:Task }"),
    # a task whose lead has two functions counts twice
    ("ledByFunction", 586, "SELECT DISTINCT ?a ?b { ?a atkg:leadAgency/atkg:function ?b }"),
    ("tracesTo", 645, "SELECT DISTINCT ?a ?b { ?a atkg:derivedFrom+ ?b }"),
    ("NationalClause", 108, "?a a atkg:ReconstructedClause"),
    ("DeadlineTask", 20, "SELECT DISTINCT ?a { ?a a atkg:Task ; atkg:milestone/atkg:timing <id/timing/deadline> }"),
    ("ContinuingTask", 52, "SELECT DISTINCT ?a { ?a a atkg:Task ; atkg:milestone/atkg:timing <id/timing/continuing> }"),
    ("CollectiveLedTask", 18, "SELECT DISTINCT ?a { ?a atkg:leadAgency/a atkg:AgencyGroup }"),
    # the branches of central bodies in Yunnan; no plan names an agency of another level
    (
        "CrossLevelTask",
        6,
        "SELECT DISTINCT ?a { ?a atkg:assignment/atkg:agency/atkg:bodyKind <id/body-kind/central-branch> }",
    ),
]


def conclusions(store: Store) -> dict[str, set[str]]:
    return {each.name: set(store.graph_ntriples([each.graph]).decode().splitlines()) for each in rules.rules()}


def count(store: Store, pattern: str) -> int:
    inner = pattern if pattern.startswith("{ ?a") or not pattern.startswith("SELECT") else f"{{ {pattern} }}"
    return int(store.select(f"{PREFIXES} SELECT (COUNT(*) AS ?n) {{ {inner} }}")[0]["n"])


@pytest.mark.parametrize(("name", "number", "asked"), COUNTS, ids=[row[0] for row in COUNTS])
def test_a_rule_concludes_what_the_question_asked_directly_gives(name, number, asked, store):
    assert len(conclusions(store)[name]) == number == count(store, asked)


def test_there_is_a_row_for_every_rule():
    assert {row[0] for row in COUNTS} == {each.name for each in rules.rules()}


def test_people_can_ask_for_what_was_concluded(store):
    assert count(store, "?a a atkg:DeadlineTask ; atkg:inJurisdiction <id/jurisdiction/yuxi>") == 19
    led = "?a atkg:ledByFunction <id/function/public-security> ; atkg:inJurisdiction <id/jurisdiction/dazu>"
    assert count(store, led) > 10


def test_a_conclusion_stands_in_its_graph_alone(store):
    doubled = f"{PREFIXES} ASK {{ GRAPH ?rule {{ ?s ?p ?o }} GRAPH ?other {{ ?s ?p ?o }} "
    doubled += f"FILTER (STRSTARTS(STR(?rule), '{rules.INFERRED}/') && ?rule != ?other) }}"
    assert not store.ask(doubled)
    for each in rules.rules():
        for line in conclusions(store)[each.name]:
            assert each.term in line


def test_each_graph_tells_by_which_rule_and_engine_it_was_made(store):
    asked = (
        f"{PREFIXES} SELECT ?graph ?rule ?engine {{ "
        "?graph prov:wasGeneratedBy ?activity . ?activity prov:used/prov:value ?rule ; "
        "prov:wasAssociatedWith/rdfs:label ?engine }"
    )
    found = {row["graph"]: (row["rule"], row["engine"]) for row in store.select(asked)}
    assert found.keys() == {each.graph for each in rules.rules()}
    for each in rules.rules():
        text, engine = found[each.graph]
        assert text == each.text
        # not its version: the same data have the same digest on every machine
        assert engine == "Oxigraph"


def test_what_another_graph_says_is_not_said_again():
    store = Store.from_quads(
        [
            f"<{BASE}a> <{ATKG}derivedFrom> <{BASE}b> <{BASE}graph/derivation/x> .",
            f"<{BASE}a> <{ATKG}tracesTo> <{BASE}b> <{BASE}graph/derivation/x> .",
        ]
    )
    rules.materialise(store)
    assert conclusions(store)["tracesTo"] == set()


def test_to_conclude_twice_changes_nothing(store):
    quads = store.nquads()
    again = Store()
    again.load(quads)
    rules.materialise(again)
    assert again.nquads() == quads


# After a change


@pytest.fixture
def copy(store) -> Store:
    copied = Store()
    copied.load(store.nquads())
    return copied


def graph_lines(store: Store, graph: str) -> list[str]:
    return [f"{line[:-1]}<{graph}> ." for line in store.graph_ntriples([graph]).decode().splitlines()]


def afresh(store: Store) -> dict[str, set[str]]:
    """What the rules conclude from the same data from nothing."""
    whole = Store()
    whole.load(store.nquads())
    rules.materialise(whole)
    return conclusions(whole)


YUNNAN = iris.graph("plan", "yunnan-2021-50")
YUXI = iris.graph("plan", "yuxi-2021-2030")
AGENCIES = iris.graph("register", "agencies")
CHANGES = [
    # a plan in the middle of a lineage is taken out and put back: those below it trace through it
    ("derivations of the middle", iris.graph("derivation", "yunnan-2021-50"), lambda line: False, {"tracesTo"}),
    ("a plan", YUXI, lambda line: False, {"inJurisdiction", "ledByFunction", "DeadlineTask", "ContinuingTask"}),
    # what says so is the milestone, two steps from the task
    ("timings", YUXI, lambda line: f"<{ATKG}timing>" not in line, {"DeadlineTask", "ContinuingTask"}),
    # a plan moves: all its parts do
    ("the place of a plan", YUNNAN, lambda line: not re.search(r"eli/yunnan-2021-50> <\S+#jurisdiction>", line), {"inJurisdiction"}),
    # of an agency only the register knows the functions, of tasks in all plans
    ("functions", AGENCIES, lambda line: f"<{ATKG}function>" not in line, {"ledByFunction"}),
    ("kinds", AGENCIES, lambda line: f"<{ATKG}bodyKind>" not in line, {"CrossLevelTask"}),
    ("groups", AGENCIES, lambda line: "AgencyGroup" not in line, {"CollectiveLedTask"}),
]  # fmt: skip


@pytest.mark.parametrize(("graph", "keep", "touched"), [row[1:] for row in CHANGES], ids=[row[0] for row in CHANGES])
def test_a_graph_that_is_replaced_leaves_what_the_rules_would_conclude_from_nothing(graph, keep, touched, copy):
    before, lines = conclusions(copy), graph_lines(copy, graph)
    rules.replace(copy, graph, "\n".join(filter(keep, lines)).encode())
    assert conclusions(copy) == afresh(copy)
    assert {name for name, own in conclusions(copy).items() if own != before[name]} >= touched
    rules.replace(copy, graph, "\n".join(lines).encode())
    assert conclusions(copy) == before


def test_so_do_any_changes(copy):
    """Lines come and go at random, in any graph."""
    chance = random.Random(7)
    graphs = [graph for graph in copy.graphs() if "/plan/" in graph or "/derivation/" in graph or graph == AGENCIES]
    for _ in range(6):
        graph = chance.choice(graphs)
        lines = graph_lines(copy, graph)
        rules.replace(copy, graph, "\n".join(line for line in lines if chance.random() < 0.97).encode())
    assert conclusions(copy) == afresh(copy)


@pytest.fixture
def applied(monkeypatch) -> dict[str, int]:
    """Rule → to how many subjects it was applied."""
    found: dict[str, int] = {}
    about = rules.Rule.about

    def counted(rule, subjects):
        found[rule.name] = len(list(subjects))
        return about(rule, subjects)

    monkeypatch.setattr(rules.Rule, "about", counted)
    return found


def test_a_change_is_looked_at_by_the_rules_that_it_concerns_and_where_it_matters(copy, applied):
    lines = graph_lines(copy, YUNNAN)
    rules.replace(copy, YUNNAN, "\n".join(lines).encode())
    assert applied == {}, "nothing has changed"
    less = [line for line in lines if "art_9/" not in line or f"<{ATKG}leadAgency>" not in line]
    rules.replace(copy, YUNNAN, "\n".join(less).encode())
    # Yuxi's tasks trace to these, but what leads them has nothing to do with that
    assert applied.keys() == {"ledByFunction", "CollectiveLedTask", "CrossLevelTask"}
    assert set(applied.values()) == {len({line.split()[0] for line in set(lines) - set(less)})}


def test_where_most_is_touched_a_rule_is_applied_to_all(copy, applied, monkeypatch):
    monkeypatch.setattr(rules, "_MANY", 3)
    rules.replace(copy, YUXI, b"")
    assert applied == {}
    assert conclusions(copy) == afresh(copy)


# Files that are no rules

HEADER = "#+ summary: x\n#+ summary-zh: 一\n#+ question: x\n#+ question-zh: 一\n"
UNREADABLE = [
    # a question, and no rule
    ({"knows": "SELECT * { ?s ?p ?o }"}, "knows.rq", "CONSTRUCT"),
    # the file's name is that of the graph, and so of the conclusion
    ({"knows": "CONSTRUCT { ?x atkg:likes ?y } WHERE { ?y atkg:likes ?x }"}, "knows.rq", "atkg:knows"),
    # two conclusions would stand in one graph
    ({"knows": "CONSTRUCT { ?x atkg:knows ?y . ?y atkg:likes ?x } WHERE { ?x ?y ?z }"}, "knows.rq", "atkg:knows"),
    # neither can be the first
    (
        {
            "likes": "CONSTRUCT { ?x atkg:likes ?y } WHERE { ?y atkg:knows ?x }",
            "knows": "CONSTRUCT { ?x atkg:knows ?y } WHERE { ?y atkg:likes ?x }",
        },
        "",
        "knows, likes",
    ),
]


@pytest.mark.parametrize(("files", "place", "words"), UNREADABLE, ids=[row[2] for row in UNREADABLE])
def test_a_file_that_is_no_rule_is_refused_in_a_sentence(files, place, words, tmp_path):
    for name, text in files.items():
        (tmp_path / f"{name}.rq").write_text(HEADER + text, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        rules.read_rules(tmp_path)
    assert refused.value.path == str(tmp_path / place) and words in refused.value.en


def test_a_rule_that_looks_at_another_comes_after_it():
    names = [each.name for each in rules.rules()]
    assert names.index("inJurisdiction") < min(names.index("NationalClause"), names.index("CrossLevelTask"))


def files() -> Iterator[Path]:
    yield from (Path(__file__).parents[1] / "queries" / "rules").glob("*.rq")


@pytest.mark.parametrize("path", sorted(files()), ids=lambda path: path.stem)
def test_a_rule_says_its_conclusion_only_where_nobody_else_does(path):
    text = path.read_text(encoding="utf-8")
    [conclusion] = re.findall(r"CONSTRUCT \{ (.*?) \} WHERE", text)
    assert f"FILTER NOT EXISTS {{ {conclusion} }}" in text
