"""The export frame, the RDF forms and the release, read back by readers that are not ours."""

from __future__ import annotations

import hashlib
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import tracemalloc
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from click.testing import CliRunner

from atkg.cli import main
from atkg.errors import InputError
from atkg.export import PROFILES, Profile, Source, Unfit, export
from atkg.export.release import release
from atkg.export.sort import Sorter, joined
from atkg.export.terms import line_of, quad_of
from atkg.namespaces import ATKG, BASE, RDF
from atkg.snapshot import Snapshot, publish
from atkg.store import Store
from atkg.validate import Report

PLAN = "yuxi-2021-2030"
TRIPLES = {"turtle": ".ttl", "ntriples": ".nt", "rdfxml": ".rdf", "jsonld": ".jsonld"}
READERS = {".ttl": "turtle", ".nt": "nt", ".rdf": "xml", ".jsonld": "json-ld"}
G = "<https://w3id.org/atkg/graph/plan/x>"


@pytest.fixture(scope="module")
def snapshot(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return publish(tmp_path_factory.mktemp("published"), store.nquads(), Report(()), "")


@pytest.fixture(scope="module")
def source(snapshot: Snapshot) -> Source:
    return Source(snapshot.open(), snapshot.manifest)


@pytest.fixture(scope="module")
def released(source: Source, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release of the whole dataset."""
    out = tmp_path_factory.mktemp("released")
    assert not release(source, PROFILES.values(), out).left_out
    return out


@pytest.fixture(scope="module")
def of_plan(source: Source, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The one file of a plan in each RDF form."""
    out = tmp_path_factory.mktemp("plan")
    chosen = Source(source.store, source.manifest, (PLAN,))
    made = {name: export(chosen, PROFILES[name], out) for name in ("nquads", "trig", *TRIPLES)}
    return {name: next(path for path in paths if path.stem == PLAN) for name, paths in made.items()}


def canonical(paths: list[Path]) -> set[str]:
    """The triples of files, without their graphs, as Oxigraph reads them, blank nodes labelled by RDFC-1.0."""
    found = ox.Dataset()
    for path in paths:
        for quad in ox.parse(path=path):
            found.add(ox.Quad(quad.subject, quad.predicate, quad.object))
    found.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return {str(quad) for quad in found}


@pytest.fixture(scope="module")
def whole(released: Path) -> set[str]:
    """The triples of the sorted N-Quads."""
    return canonical([released / "atkg.nq"])


@pytest.fixture(scope="module")
def by_rdflib(of_plan: dict[str, Path]) -> set[tuple]:
    """The triples of a plan's N-Triples, as rdflib reads them."""
    return set(rdflib.Graph().parse(of_plan["ntriples"], format="nt"))


def nquads_of(*lines: str) -> Store:
    return Store.from_quads(lines)


def source_of(store: Store, digest: str = "sha256:0") -> Source:
    return Source(store, {"digest": digest, "version": "0.1.0", "quads": len(store), "built": "2026-01-01T00:00:00Z"})


# --- the RDF forms


def test_sorted_nquads_are_the_bytes_of_the_digest(released, store, snapshot):
    written = (released / "atkg.nq").read_bytes()
    assert written == store.nquads()
    assert f"sha256:{hashlib.sha256(written).hexdigest()}" == snapshot.manifest["digest"]


def test_trig_is_the_same_dataset_by_rdfc(released):
    datasets = [ox.Dataset(ox.parse(path=released / name)) for name in ("atkg.nq", "atkg.trig")]
    for dataset in datasets:
        dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    assert datasets[0] == datasets[1]


def test_trig_writes_each_graph_once(released, store):
    opened = [line for line in (released / "atkg.trig").read_text(encoding="utf-8").splitlines() if line.endswith(" {")]
    assert len(opened) == len(set(opened)) == len(store.graphs())


@pytest.mark.parametrize("name", TRIPLES)
def test_every_form_says_the_same_triples(released, whole, name):
    paths = [path for path in released.rglob(f"*{TRIPLES[name]}") if path.parent.name in (released.name, name)]
    assert canonical(paths) == whole


@pytest.mark.parametrize("name", ["turtle", "rdfxml", "jsonld"])
def test_rdflib_reads_the_same_triples(of_plan, by_rdflib, name):
    read = rdflib.Graph().parse(of_plan[name], format=READERS[TRIPLES[name]])
    if name == "jsonld":  # what rules have concluded stands in another file
        read.parse(of_plan[name].with_stem(f"{PLAN}.inferred"), format="json-ld")
    assert set(read) == by_rdflib
    assert len(by_rdflib) > 4000


@pytest.mark.parametrize(("name", "form"), [("nquads", "nquads"), ("trig", "trig")])
def test_rdflib_reads_the_same_graphs(of_plan, name, form):
    read = rdflib.Dataset()
    read.parse(of_plan[name], format=form)
    graphs = {str(graph.identifier): len(graph) for graph in read.graphs() if len(graph)}
    expected: dict[str, int] = {}
    for quad in ox.parse(path=of_plan["nquads"]):
        expected[quad.graph_name.value] = expected.get(quad.graph_name.value, 0) + 1
    assert graphs == expected


def test_a_plan_comes_with_what_it_names(of_plan, store):
    read = Store()
    read.load_nquads(of_plan["nquads"])
    unnamed = """PREFIX atkg: <https://w3id.org/atkg/ontology#> PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
        SELECT ?thing WHERE { ?any atkg:agency|atkg:role|atkg:stage|atkg:timing|atkg:jurisdiction|atkg:issuer ?thing
            FILTER NOT EXISTS { ?thing skos:prefLabel ?label } }"""
    assert read.select(unnamed) == []
    for graph in (f"plan/{PLAN}", f"derivation/{PLAN}"):
        ask = f"SELECT (COUNT(*) AS ?n) WHERE {{ GRAPH <https://w3id.org/atkg/graph/{graph}> {{ ?s ?p ?o }} }}"
        assert read.select(ask) == store.select(ask)
    places = """PREFIX atkg: <https://w3id.org/atkg/ontology#> PREFIX oa: <http://www.w3.org/ns/oa#>
        SELECT ?place WHERE { ?any atkg:evidence ?place FILTER NOT EXISTS { ?place oa:start ?n } }"""
    assert read.select(places) == []


# --- JSON-LD as plain JSON


def test_a_plan_is_one_plain_object(of_plan, store):
    document = json.loads(of_plan["jsonld"].read_text(encoding="utf-8"))
    plan = document["@graph"][0]
    assert plan["title"]["zh"] and plan["type"] == "Plan"
    assert len(plan["tasks"]) == 54
    for task in plan["tasks"]:
        assert task["type"] == "Task"
        assert all(agency["name"]["zh"] for agency in task["leadAgency"])
        assert {each["role"]["id"].rpartition("/")[2] for each in task["assignment"]} <= {"lead", "cooperating"}
        assert all(each["start"] < each["end"] for each in task["evidence"])

    def below(clause: dict) -> Iterator[dict]:
        yield clause
        for part in clause.get("parts", ()):
            yield from below(part)

    clauses = [part for clause in plan["clauses"] for part in below(clause)]
    asked = "SELECT ?c WHERE { GRAPH <https://w3id.org/atkg/graph/plan/%s> { ?c a <https://w3id.org/atkg/ontology#Clause> } }"
    assert {clause["id"] for clause in clauses} == {row["c"] for row in store.select(asked % PLAN)}
    # as the text has it
    orders = [clause["order"] for clause in plan["clauses"]]
    assert orders == sorted(orders)


def test_every_json_ld_file_has_its_context_in_it(released):
    for path in (released / "jsonld").iterdir():
        context = json.loads(path.read_text(encoding="utf-8"))["@context"]
        assert isinstance(context, dict), path.name
        assert "@import" not in context


# a value that the plain name can't hold is still there: wrong language, wrong type, a name of the context's own
AWKWARD = [
    '<https://w3id.org/atkg/ontology#sourceText> "hello"@en',
    '<https://w3id.org/atkg/ontology#sourceText> "no language"',
    '<https://w3id.org/atkg/ontology#endDate> "soon"',
    '<https://w3id.org/atkg/ontology#order> "007"^^<http://www.w3.org/2001/XMLSchema#integer>',
    '<https://w3id.org/atkg/ontology#order> "123456789012345678901"^^<http://www.w3.org/2001/XMLSchema#integer>',
    '<https://w3id.org/atkg/ontology#openList> "1"^^<http://www.w3.org/2001/XMLSchema#boolean>',
    '<https://w3id.org/atkg/ontology#text> "a\\rb\\u0001\\u2028\\"\\\\"',
    '<https://w3id.org/atkg/ontology#id> "not the keyword"',
    '<https://w3id.org/atkg/ontology#type> "not the keyword"',
    '<https://w3id.org/atkg/ontology#tasks> "not the list"',
    "<https://w3id.org/atkg/ontology#oa> <http://www.w3.org/ns/oa#x>",
    '<http://www.w3.org/2004/02/skos/core#prefLabel> "no language"',
    '<http://www.w3.org/2004/02/skos/core#prefLabel> "一"@zh',
    '<http://www.w3.org/2004/02/skos/core#prefLabel> "二"@zh',
    '<http://www.w3.org/1999/02/22-rdf-syntax-ns#type> "a literal as type"',
    "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <urn:x:Class>",
    '<urn:example:p/1> ""',
    "<https://w3id.org/atkg/ontology#partOf> <https://w3id.org/atkg/eli/x>",
    "<https://w3id.org/atkg/ontology#evidence> <https://w3id.org/atkg/eli/x>",
    "<https://w3id.org/atkg/ontology#milestone> <https://w3id.org/atkg/eli/x>",
]


@pytest.mark.parametrize("name", ["jsonld", "turtle", "trig", "nquads", "ntriples"])
def test_awkward_values_survive(tmp_path, name):
    lines = [f"<https://w3id.org/atkg/eli/x> {each} {G} ." for each in AWKWARD]
    lines += [
        f"<https://w3id.org/atkg/eli/x> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <https://w3id.org/atkg/ontology#Plan> {G} ."
    ]
    expected = tmp_path / "expected.nq"
    store = nquads_of(*lines)
    expected.write_bytes(store.nquads())  # the store itself writes 007 as 7
    made = export(source_of(store), PROFILES[name], tmp_path / "out")
    assert canonical(made) == canonical([expected])


def test_a_graph_named_to_climb_out_of_the_folder_stays_in_it(tmp_path):
    climbing = "<https://w3id.org/atkg/graph/plan/../../../outside>"
    made = export(source_of(nquads_of(f'<urn:a> <urn:b> "c" {climbing} .')), PROFILES["jsonld"], tmp_path / "in")
    assert [path.parent for path in made] == [tmp_path / "in" / "jsonld"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in"]


def test_a_plan_that_is_called_like_a_graph_keeps_its_file(tmp_path):
    graphs = [
        f"<https://w3id.org/atkg/graph/{name}>" for name in ("plan/ontology", "ontology", "inferred", "plan/inferred")
    ]
    store = nquads_of(*(f'<urn:a> <urn:b> "{number}" {graph} .' for number, graph in enumerate(graphs)))
    expected = tmp_path / "expected.nq"
    expected.write_bytes(store.nquads())
    made = export(source_of(store), PROFILES["jsonld"], tmp_path / "out")
    assert canonical(made) == canonical([expected])


def nested(depth: int) -> list[str]:
    """A plan of clauses each in the one before."""
    plan, type_ = f"{BASE}eli/x", f"<{RDF}type>"
    clauses = [plan, *(f"{plan}/c{number}" for number in range(depth))]
    lines = [f"<{plan}> {type_} <{ATKG}Plan> {G} ."]
    for above, clause in pairwise(clauses):
        lines += [f"<{clause}> {type_} <{ATKG}Clause> {G} .", f"<{clause}> <{ATKG}partOf> <{above}> {G} ."]
    return lines


ENORMOUS = {
    # deeper than a reader of JSON goes
    "clauses in each other": nested(1_000),
    # more digits than Python reads
    "a number": [*nested(1), f'<{BASE}eli/x/c0> <{ATKG}order> "{"9" * 5_000}" {G} .'],
    # longer than a file's name can be
    "a graph's name": [f'<urn:a> <urn:b> "c" <{BASE}graph/{"g" * 300}> .'],
    # more than a process may have files open
    "graphs": [f'<urn:a> <urn:b> "{number}" <{BASE}graph/g{number}> .' for number in range(600)],
}


@pytest.mark.parametrize("lines", ENORMOUS.values(), ids=ENORMOUS)
def test_what_is_enormous_is_written_all_the_same(tmp_path, lines):
    store = nquads_of(*lines)
    (tmp_path / "expected.nq").write_bytes(store.nquads())
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(512, hard), hard))
    try:
        made = export(source_of(store), PROFILES["jsonld"], tmp_path / "out")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert canonical(made) == canonical([tmp_path / "expected.nq"])
    for path in made:
        json.loads(path.read_text(encoding="utf-8"))


# --- RDF/XML


def test_a_carriage_return_survives_xml(tmp_path):
    store = nquads_of(f'<urn:a> <urn:x#b> "one\\rtwo\\r\\nthree" {G} .')
    [path] = export(source_of(store), PROFILES["rdfxml"], tmp_path)
    assert [str(value) for value in rdflib.Graph().parse(path, format="xml").objects()] == ["one\rtwo\r\nthree"]


# what XML 1.0 holds in no way
@pytest.mark.parametrize("character", ["\\u0001", "\\f", "\\u001F", "\\uFFFE"])
def test_what_xml_cannot_hold_is_said_and_the_release_goes_on_without(tmp_path, character):
    source = source_of(nquads_of(f'<urn:a> <urn:x#b> "x{character}y" {G} .'))
    with pytest.raises(Unfit, match=r"U\+"):
        export(source, PROFILES["rdfxml"], tmp_path / "alone")
    assert list((tmp_path / "alone").iterdir()) == []
    made = release(source, [PROFILES["rdfxml"], PROFILES["nquads"]], tmp_path / "all")
    assert [(name, error.en[:9]) for name, error in made.left_out] == [("rdfxml", "the data ")]
    assert json.loads((tmp_path / "all" / "manifest.json").read_text())["left_out"][0]["profile"] == "rdfxml"
    assert (tmp_path / "all" / "atkg.nq").exists()


# --- sorting


@pytest.mark.parametrize("seed", range(5))
def test_the_external_sort_sorts(tmp_path, seed):
    chance = random.Random(seed)
    # a line longer than a block, lines that begin alike, and equal ones
    lines = [b"x" * chance.choice((0, 1, 50, 300_000)) + b"%d" % chance.randrange(50) for _ in range(400)]
    text = joined(lines)
    with tempfile.TemporaryFile(dir=tmp_path) as file:
        sorter = Sorter(file, run=chance.choice((1, 5_000, 10**9)), merged=chance.choice((1, 100_000)))
        while text:
            cut = chance.randrange(1, 400_000)
            sorter.write(text[:cut])
            text = text[cut:]
        assert [line for block in sorter.blocks() for line in block] == sorted(lines)


def test_the_sort_holds_a_run_and_not_the_whole(tmp_path):
    line = b"%032x " + b"x" * 200
    with tempfile.TemporaryFile(dir=tmp_path) as file:
        sorter = Sorter(file, run=256 * 1024, merged=256 * 1024)
        tracemalloc.start()
        for number in range(80_000):  # 18.6 MB
            sorter.write(line % (number * 7919 % 80_000) + b"\n")
        count = sum(len(block) for block in sorter.blocks())
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert count == 80_000
    assert peak < 6 * 1024**2


def test_blank_nodes_have_the_labels_of_rdfc_wherever_they_stand(tmp_path):
    store = nquads_of(
        f"_:x <urn:p> _:y {G} .",
        f'_:y <urn:p> "text with _:x in it" {G} .',
        f'<urn:a> <urn:p> "plain, but looks like > _:b" {G} .',
        '<urn:a> <urn:p> "in a graph without a name" _:g .',
    )
    [path] = export(source_of(store), PROFILES["nquads"], tmp_path)
    assert path.read_bytes() == store.nquads()
    assert b"_:c14n" in path.read_bytes()


def test_lines_and_quads_are_the_same_thing(released):
    with (released / "atkg.nq").open(encoding="utf-8", newline="\n") as lines:
        for line in lines:
            assert line_of(quad_of(line)) == line


def test_a_statement_about_a_statement_is_refused_in_a_sentence(tmp_path):
    store = nquads_of(f"<urn:a> <urn:p> <<( <urn:a> <urn:p> <urn:b> )>> {G} .")
    for name in ("csvw", "jsonld", "sqlite"):
        with pytest.raises(Unfit, match=r"RDF 1\.2"):
            export(source_of(store), PROFILES[name], tmp_path)


# --- determinism and the release


def test_another_process_with_another_hash_seed_writes_the_same_bytes(released, snapshot, tmp_path):
    environment = {**os.environ, "PYTHONHASHSEED": "4711"}
    published = str(snapshot.folder.parent.parent)
    command = [sys.executable, "-m", "atkg", "--out", published, "export", "release", "--out", str(tmp_path)]
    subprocess.run(command, env=environment, check=True, timeout=120, stdout=subprocess.DEVNULL)
    assert (tmp_path / "SHA256SUMS").read_text() == (released / "SHA256SUMS").read_text()


def test_the_release_lists_every_file_with_its_checksum(released, snapshot):
    manifest = json.loads((released / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["digest"] == snapshot.manifest["digest"]
    listed = {file["path"]: file for file in manifest["files"]}
    there = {path.relative_to(released).as_posix() for path in released.rglob("*") if path.is_file()}
    assert there == {*listed, "manifest.json", "SHA256SUMS"}
    assert {file["profile"] for file in listed.values()} == set(PROFILES)
    sums = dict(reversed(line.split("  ")) for line in (released / "SHA256SUMS").read_text().splitlines())
    assert set(sums) == there - {"SHA256SUMS"}
    for path, digest in sums.items():
        content = (released / path).read_bytes()
        assert hashlib.sha256(content).hexdigest() == digest
        if path in listed:
            assert (listed[path]["sha256"], listed[path]["size"]) == (digest, len(content))
            assert "/" in listed[path]["media_type"] and listed[path]["media_type"] != "application/octet-stream"


def test_the_catalogue_of_a_release_names_its_files_with_their_checksums(released):
    sums = dict(reversed(line.split("  ")) for line in (released / "SHA256SUMS").read_text().splitlines())
    described = "".join(path.read_text(encoding="utf-8") for path in (released / "dcat-ap").iterdir())
    for name in ("atkg.nq", "atkg.ttl", "atkg.sqlite"):
        assert sums[name] in described


def test_a_later_release_takes_away_what_it_does_not_have(tmp_path):
    source = source_of(nquads_of(f'<urn:a> <urn:x#b> "c" {G} .'))
    release(source, [PROFILES["nquads"], PROFILES["turtle"]], tmp_path)
    (tmp_path / "mine.txt").write_text("not of the release")
    release(source, [PROFILES["nquads"]], tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["SHA256SUMS", "atkg.nq", "manifest.json", "mine.txt"]


def test_a_manifest_from_elsewhere_takes_nothing_away_outside(tmp_path):
    (tmp_path / "victim").write_text("here")
    out = tmp_path / "out"
    out.mkdir()
    files = [{"path": "../victim"}, {"path": str(tmp_path / "victim")}]
    (out / "manifest.json").write_text(json.dumps({"files": files}))
    release(source_of(nquads_of(f'<urn:a> <urn:b> "c" {G} .')), [PROFILES["nquads"]], out)
    assert (tmp_path / "victim").exists()


def test_every_step_is_told(snapshot, tmp_path):
    steps: list[str] = []
    export(Source(snapshot.open(), snapshot.manifest, advance=steps.append), PROFILES["ntriples"], tmp_path)
    assert steps[-1] == "atkg.nt"
    assert any("MiB" in step for step in steps)


# --- what goes wrong


FILLING = """
import json, resource, sys
from pathlib import Path
from atkg.errors import InputError
from atkg.export import PROFILES, Source, export
from atkg.export.release import release
from atkg.export.sort import sorted_quads
from atkg.export.sqlite import fill
from atkg.export.staging import staging
from atkg.store import Store
snapshot, out, limit = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
source = Source(Store.open(snapshot / "store"), json.loads((snapshot / "manifest.json").read_text()))
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, -1))
said = []
for name in sys.argv[4:]:
    try:
        if name == "release":
            release(source, PROFILES.values(), out)
        elif name == "tables":
            with staging(source, out) as (staged, folder):
                nquads = sorted_quads(staged, "atkg", folder)
                resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, -1))
                fill(nquads, folder / "atkg.sqlite", {})
        else:
            export(source, PROFILES[name], out)
        said.append(f"{name}: whole")
    except InputError as error:
        said.append(f"{name}: {error.en.partition(': ')[2]}")
    said += [f"{name} left {path}" for path in out.rglob("*")]
print("\\n".join(said))
"""
FULL = "the disk is full, or a file is larger than allowed; no part of a file was left"


LIMITS = [
    # before the first block is written
    (3_000, ["nquads", "jsonld", "csvw", "release"], FULL),
    # in the middle of the sorted quads
    (2_000_000, ["turtle", "sqlite"], FULL),
    # in the middle of the tables; SQLite doesn't say why
    (0, ["tables"], "can't be written: disk I/O error"),
]


@pytest.mark.parametrize(("limit", "names", "sentence"), LIMITS)
def test_a_file_that_cannot_grow_leaves_no_half_file(snapshot, tmp_path, limit, names, sentence):
    command = [sys.executable, "-c", FILLING, str(snapshot.folder), str(tmp_path / "out"), str(limit), *names]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=100).stdout.splitlines()
    assert said == [f"{name}: {sentence}" for name in names]


def test_a_disk_that_fills_up_leaves_no_half_file(snapshot, tmp_path):
    names = ["nquads", "csvw", "release"]
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = f"mount -t tmpfs -o size=5M tmpfs {disk}"
    if (
        not shutil.which("unshare")
        or subprocess.run(["unshare", "-rm", "sh", "-c", mount], capture_output=True, check=False).returncode
    ):
        pytest.skip("a small disk can't be mounted here")
    command = [sys.executable, "-c", FILLING, str(snapshot.folder), str(disk / "out"), "0", *names]
    script = f'{mount} && exec "$@"'
    run = subprocess.run(
        ["unshare", "-rm", "sh", "-c", script, "sh", *command], capture_output=True, text=True, timeout=100, check=False
    )
    assert run.stdout.splitlines() == [f"{name}: {FULL}" for name in names], run.stderr


def run_cli(snapshot: Snapshot, *arguments: str) -> tuple[int, str, str]:
    """(exit status, standard output, standard error) in English."""
    out = str(snapshot.folder.parent.parent)
    result = CliRunner().invoke(main, ["--lang", "en", "--out", out, *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


WRONG = [
    # a slip of the hand: the nearest, and all there are
    (["export", "turtel"], 2, "no profile 'turtel', perhaps turtle; there are nquads, trig"),
    (["export", "turtle", "--plan", "luan-2022"], 2, "no plan 'luan-2022'; near it: luan-2022-49"),
    # one right and one wrong key: nothing is written
    (["export", "turtle", "--plan", "luan-2022-49", "--plan", "../etc"], 2, "no plan '../etc'"),
    (["export", "release", "--plan", "luan-2022-49"], 2, "takes no --plan"),
    (["export", "nquads", "--out", "/dev/null/x"], 1, "can't be written: Not a directory"),
    (["export", "nquads", "--out", "/proc/nothing"], 1, "can't be written"),
    (["import", "/nowhere/atkg.nq", "--out", "IN"], 1, "/nowhere/atkg.nq: there is no such file"),
    (["import", "--out", "IN"], 2, "Missing argument"),
]


@pytest.mark.parametrize(("arguments", "status", "words"), WRONG, ids=lambda each: str(each)[:40])
def test_what_is_asked_wrongly_is_said_in_a_sentence(snapshot, tmp_path, monkeypatch, arguments, status, words):
    monkeypatch.chdir(tmp_path)
    found, out, said = run_cli(snapshot, *arguments)
    assert (found, out) == (status, "")
    assert words in said
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_without_a_snapshot_export_says_what_to_do(tmp_path):
    result = CliRunner().invoke(main, ["--out", str(tmp_path), "export", "nquads"])
    assert result.exit_code == 1
    assert "请先运行 atkg build" in result.stderr


def test_export_writes_the_names_of_its_files(snapshot, tmp_path):
    plans = ("--plan", PLAN, "--plan", "luan-2022-49", "--plan", PLAN)
    status, out, said = run_cli(snapshot, "export", "turtle", *plans, "--out", str(tmp_path))
    assert status == 0
    assert out.splitlines() == [str(tmp_path / "luan-2022-49.ttl"), str(tmp_path / f"{PLAN}.ttl")]
    assert "2 files of snapshot sha256:" in said


def test_without_a_profile_export_lists_them(snapshot):
    status, out, said = run_cli(snapshot, "export")
    assert status == 0
    assert [line.split()[0] for line in out.splitlines()][: len(PROFILES)] == list(PROFILES)
    assert "release" in said
