"""Validation on the real data: it passes, each fault is named with shape, node, file and line, and pySHACL agrees."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pyoxigraph
import pyshacl
import pytest
from click.testing import CliRunner, Result
from rdflib import Graph
from rdflib.namespace import RDF, SH

from atkg.cli import main
from atkg.store import Store
from atkg.validate import Level, Shapes, subject_lines, validate
from conftest import DATA

SHAPE_FILES = Path(__file__).parent / "shapes"
SHAPES = Shapes.load()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DATA, tmp_path / "data"))


def run(data: Path, *arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["--lang", "en", "--data", str(data), "validate", *map(str, arguments)])


def test_the_real_data_has_no_violation_and_its_lost_cells_do_not_fail_it():
    done = run(DATA, "--format", "json")
    report = json.loads(done.stdout)
    assert (done.exit_code, report["conforms"], report["counts"]["violation"]) == (0, True, 0)
    warned = {
        result["node"].rpartition("atkg/")[2]
        for result in report["results"]
        if result["shape"] == "Task-leadAlsoCooperating"
    }
    # the two rows of 玉溪 where a body helps itself
    assert warned == {
        "id/task/yuxi-2021-2030/sec_2/sub_4/row_4/t1",
        "id/task/yuxi-2021-2030/sec_3/sub_2/row_3/t1",
    }


def test_a_warning_fails_only_where_it_is_asked_to():
    assert run(DATA, "--fail-on", "warning").exit_code == 1


TASK = "<id/task/yunnan-2021-50/art_14/sub_1/t1>"
LEAD = "<id/assignment/yunnan-2021-50/art_14/sub_1/t1/a1>"


def without_lead(text: str) -> str:
    """The lead of a task is lost as a document would lose it: short cut and assignment together."""
    blocks = [block for block in text.split(" .\n") if not block.startswith(LEAD)]
    return " .\n".join(
        re.sub(r"\tatkg:leadAgency [^\n]*;\n", "", block.replace(f"{LEAD} , ", "")) if block.startswith(TASK) else block
        for block in blocks
    )


def with_offset_moved(text: str) -> str:
    """The task points at the heading in front of its words."""
    head, task, tail = text.partition(f"{TASK} a")
    return head + task + tail.replace("<source/yunnan-2021-50/5889-5984>", "<source/yunnan-2021-50/5881-6005>", 1)


def with_deadline_beyond_the_plan(text: str) -> str:
    head, milestone, tail = text.partition("<id/milestone/dazu-2022-60/sec_7/sub_1/m3>")
    return head + milestone + tail.replace("2030-12-31", "2031-12-31", 1)


FAULTS = [
    (without_lead, "yunnan-2021-50", 107, TASK, {"Task-leadAgency"}),
    (with_offset_moved, "yunnan-2021-50", 107, TASK, {"Task-sourceTextAtOffset"}),
    # the task whose milestone it is answers for the date
    (
        with_deadline_beyond_the_plan,
        "dazu-2022-60",
        163,
        "<id/task/dazu-2022-60/sec_7/sub_1/t3>",
        {"Task-deadlineWithinPlan"},
    ),
]


@pytest.mark.parametrize(
    ("spoil", "plan", "line", "node", "shapes"), FAULTS, ids=[fault[0].__name__ for fault in FAULTS]
)
def test_a_fault_is_named_with_shape_node_file_and_line(spoil, plan, line, node, shapes, data):
    graph = data / "plans" / plan / "graph.ttl"
    text = graph.read_text(encoding="utf-8")
    spoilt = spoil(text)
    assert spoilt != text
    graph.write_text(spoilt, encoding="utf-8")
    done = run(data, "--format", "json")
    assert done.exit_code == 1
    violations = [result for result in json.loads(done.stdout)["results"] if result["severity"] == "violation"]
    assert {result["shape"] for result in violations} == shapes
    assert {(result["text"]["file"], result["text"]["line"]) for result in violations} == {
        (str(data / "plans" / plan / "source.txt"), line)
    }
    named = {result["node"].removeprefix("https://w3id.org/atkg/"): result["graph"] for result in violations}
    place = named[node.strip("<>")]
    # in the block of the node: at the value or the property where it is found there, else at the subject
    starts = [number for number, row in enumerate(spoilt.splitlines(), 1) if row.startswith("<")]
    block = max(start for start in starts if start <= place["line"])
    assert (place["file"], spoilt.splitlines()[block - 1].partition(" ")[0]) == (str(graph), node)


def test_a_plan_folder_is_answered_alone():
    done = run(DATA, DATA / "plans" / "jinghai-2022-12", "--format", "json")
    assert {result["plan"] for result in json.loads(done.stdout)["results"]} == {"jinghai-2022-12"}


def test_a_single_graph_file_is_checked_beside_the_registers(data):
    graph = data / "plans" / "dazu-2022-60" / "graph.ttl"
    assert run(DATA, graph).exit_code == 0
    graph.write_text(
        graph.read_text(encoding="utf-8").replace("atkg:role <id/role/lead>", "atkg:role <id/role/boss>", 1),
        encoding="utf-8",
    )
    done = run(DATA, graph)
    assert done.exit_code == 1
    assert "Assignment-role" in done.stdout and f"{graph}:" in done.stdout


NOT_RDF = [
    ("missing.ttl", None, "there is no such file"),
    ("faulty.ttl", "<a> <b>\n<c> . <d>", "is not valid Turtle"),
    ("table.xlsx", "PK", "unknown kind of RDF file"),
]


@pytest.mark.parametrize(("name", "content", "words"), NOT_RDF, ids=[row[0] for row in NOT_RDF])
def test_a_file_that_is_no_rdf_is_refused_in_one_sentence(name, content, words, tmp_path):
    if content is not None:
        (tmp_path / name).write_text(content)
    done = run(DATA, tmp_path / name)
    assert done.exit_code == 1
    assert name in done.stderr and words in done.stderr


FAIL_FILES = sorted((*SHAPE_FILES.glob("*.fail.ttl"), *SHAPE_FILES.glob("*.fail.trig")))
RULES = {rule.shape.rpartition("#")[2] for rule in SHAPES.rules}


def store_of(path: Path) -> Store:
    store = Store()
    store.load_file(path, "https://w3id.org/atkg/graph/file/given" if path.suffix == ".ttl" else None)
    return store


@pytest.mark.parametrize("path", FAIL_FILES, ids=lambda path: path.stem)
def test_a_failing_file_breaks_its_shape_and_no_other(path):
    assert {result.shape for result in validate(store_of(path), SHAPES).results} == {path.name.partition(".")[0]}


@pytest.mark.parametrize(
    "path", [path for path in FAIL_FILES if path.name.partition(".")[0] in RULES], ids=lambda path: path.stem
)
def test_oxigraph_finds_the_nodes_that_pyshacl_alone_finds(path):
    """pySHACL alone evaluates the SPARQL constraints too, node by node with $this bound."""
    alone = pyoxigraph.Store()
    alone.load(path=str(path))
    _, report, _ = pyshacl.validate(alone, shacl_graph=SHAPES.graph)
    assert isinstance(report, Graph)
    found = {
        (str(report.value(result, SH.sourceShape)).partition("#")[2], str(report.value(result, SH.focusNode)))
        for result in report.subjects(RDF.type, SH.ValidationResult)
    }
    assert found == {(result.shape, result.node) for result in validate(store_of(path), SHAPES).results}


def test_the_gravest_level_decides():
    store = Store.from_quads(
        ["<a:task> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <https://w3id.org/atkg/ontology#Task> <a:graph> ."]
    )
    report = validate(store, SHAPES)
    assert not report.conforms
    assert report.fails(Level.VIOLATION) and report.fails(Level.INFO)


def test_subjects_are_found_in_prefixed_and_full_form(tmp_path):
    file = tmp_path / "x.ttl"
    file.write_text(
        '@base <http://a/> .\n@prefix e: <http://e/> .\n<s> e:p 1 .\n\ne:t\n  e:p 2 .\n<http://b/u> e:p "x\\ny" .\n'
    )
    assert subject_lines(file) == {"http://a/s": 3, "http://e/t": 5, "http://b/u": 7}
