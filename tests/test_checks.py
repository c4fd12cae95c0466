"""Validation plan by plan gives what one validation of the whole gives, fresh or from the cache, whatever was changed."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner
from rdflib import Graph
from rdflib.namespace import SH

import small_nation
from atkg import dataset
from atkg.checks import check
from atkg.cli import main
from atkg.errors import AtkgError, InputError
from atkg.namespaces import ATKG, BASE, RDF
from atkg.plans import read_plans
from atkg.registers import Registers
from atkg.store import Store
from atkg.validate import Report, Shapes, validate
from atkg.validate import run as running
from conftest import DATA
from small_nation import BELOW, CITY, PROVINCE, SISTER

SHAPES = Shapes.load()


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("nation")
    data = small_nation.write(folder)
    shutil.copytree(data, folder / "kept")
    check(data, jobs=1, cache=folder / "warm")
    return data


@pytest.fixture
def data(built: Path) -> Iterator[Path]:
    """The data folder, always at the same place, as it was built."""
    yield built
    shutil.rmtree(built)
    shutil.copytree(built.parent / "kept", built)


@pytest.fixture
def cache(data: Path, tmp_path: Path) -> Path:
    """A cache that knows the data folder as it was built."""
    return Path(shutil.copytree(data.parent / "warm", tmp_path / "cache"))


def whole(data: Path) -> Report:
    """The report of one validation of everything."""
    plans = read_plans(data)
    store = dataset.load(plans, Registers.load(data / "registers"))
    return validate(store, SHAPES, plans, dataset.files(data, plans))


def found(report: Report) -> Counter:
    return Counter(
        (result.shape, result.level, result.node, result.path, result.term, result.component)
        for result in report.results
    )


def shapes_in(report: Report) -> set[str]:
    return {result.shape for result in report.results}


def triples(path: Path) -> list[str]:
    """The statements of a graph file, each as a line of N-Triples."""
    store = Store()
    store.load_file(path, BASE + "graph/test")
    return store.graph_ntriples([BASE + "graph/test"]).decode().splitlines()


def graph(data: Path, key: str, name: str = "graph") -> Path:
    return data / "plans" / key / f"{name}.ttl"


def add(path: Path, *statements: str) -> None:
    """Add statements, with `atkg:` and relative IRIs as in the files that atkg writes."""
    head = f"@base <{BASE}> .\n@prefix atkg: <{ATKG}> .\n"
    path.write_text(path.read_text(encoding="utf-8") + head + "\n".join(statements) + "\n", encoding="utf-8")


def task(key: str, number: int) -> str:
    return f"<id/task/{key}/sec_1/sub_{number}/t1>"


# --- the same as the whole ---------------------------------------------------------------------------------------


def test_the_real_data_gives_the_same_in_parts_and_whole(tmp_path):
    parts, one = check(DATA, jobs=1, cache=tmp_path), whole(DATA)
    assert list(parts.results) == list(one.results)
    assert parts.coverage == one.coverage
    assert found(parts)


def test_processes_side_by_side_give_the_same(data):
    add(graph(data, CITY), f"{task(CITY, 1)} atkg:endDate '2031-01-01' .")
    assert found(check(data, jobs=2)) == found(check(data, jobs=1))


def test_results_lead_to_the_same_places(data):
    add(graph(data, CITY), f"{task(CITY, 1)} atkg:partOf <eli/{SISTER}> .")
    assert list(check(data, jobs=1).results) == list(whole(data).results) != []


Spoil = Callable[[Path], None]


def lines_lost(name: str, key: str, words: str) -> Spoil:
    def spoil(data: Path) -> None:
        path = graph(data, key, name)
        kept = [line for line in triples(path) if words not in line]
        path.write_text("\n".join(kept) + "\n", encoding="utf-8")

    return spoil


def stated(key: str, *statements: str, name: str = "graph") -> Spoil:
    return lambda data: add(graph(data, key, name), *statements)


def copied(data: Path) -> None:
    """One plan's folder holds the graph of another."""
    shutil.copy(graph(data, CITY), graph(data, SISTER))


ACROSS = [
    # both plans hold the task and all its quads: each triple stands in two graphs
    ("two plans with one graph", copied, {"Dataset-tripleInOneGraph"}),
    # the triple stands in the sister's graph too, whose own nodes are as they should be
    (
        "a triple in two graphs",
        stated(SISTER, f"{task(CITY, 1)} a atkg:Task ."),
        {"Dataset-tripleInOneGraph"},
    ),
    # what the city's task is derived from is gone above it
    ("the task above is gone", lines_lost("graph", PROVINCE, "/sec_1/sub_2/t1> <http"), {"PlanPart-derivedFrom"}),
    # the sister counts a measure of its own under the city's heading, whose number is taken
    (
        "a number taken by another plan",
        stated(
            SISTER,
            f"<eli/{CITY}/sec_1/sub_9> atkg:partOf <eli/{CITY}/sec_1> ; atkg:number '（一）' .",
        ),
        {"Clause-uniqueNumber"},
    ),
    # the province's task comes from the city's, which comes from the province's
    (
        "a circle over two plans",
        stated(PROVINCE, f"{task(PROVINCE, 1)} atkg:derivedFrom {task(CITY, 1)} .", name="derivation"),
        {"PlanPart-tracesToItself", "PlanPart-planAbove"},
    ),
    # three plans, in whose circle no two hold both ends
    (
        "a circle over three plans",
        stated(PROVINCE, f"{task(PROVINCE, 3)} atkg:derivedFrom {task(BELOW, 3)} .", name="derivation"),
        {"PlanPart-tracesToItself", "PlanPart-planAbove"},
    ),
    # a link between plans of which neither is above the other
    (
        "a link sideways",
        stated(CITY, f"{task(CITY, 4)} atkg:derivedFrom {task(SISTER, 4)} .", name="derivation"),
        {"PlanPart-planAbove"},
    ),
    # the sister's task claims an assignment of the city's task, which then has two tasks
    (
        "an assignment of two tasks",
        stated(SISTER, f"{task(SISTER, 1)} atkg:assignment <id/assignment/{CITY}/sec_1/sub_1/t1/a1> ."),
        {"Assignment-task", "Assignment-evidence"},
    ),
    # a concept of the registers is called a task in a plan's graph
    ("a concept as a task", stated(BELOW, "<id/role/lead> a atkg:Task ."), {"Task-partOf", "Task-leadAgency"}),
    # offsets of the city's text that only the sister's graph gives
    (
        "offsets of another's text",
        stated(SISTER, f"<source/{CITY}/1-99999> <http://www.w3.org/ns/oa#end> 99999 ."),
        {"Span-withinText", "Span-start"},
    ),
    # offsets that are aimed at, but given nowhere
    ("no offsets", stated(BELOW, f"{task(BELOW, 1)} atkg:evidence <source/{BELOW}/1-2> ."), {"Span-start", "Span-end"}),
    # a class of the ontology gets a class below it in a plan's graph
    (
        "a subclass from a plan",
        stated(
            SISTER,
            "<http://example.org/Duty> <http://www.w3.org/2000/01/rdf-schema#subClassOf> atkg:Task .",
            f"<id/task/{SISTER}/x/t1> a <http://example.org/Duty> .",
        ),
        {"Task-partOf"},
    ),
]


@pytest.mark.parametrize(("spoil", "shapes"), [row[1:] for row in ACROSS], ids=[row[0] for row in ACROSS])
def test_a_fault_across_plans_is_found_as_in_the_whole(spoil, shapes, data, cache):
    spoil(data)
    cached, one = check(data, jobs=1, cache=cache), whole(data)
    assert found(cached) == found(one)
    assert cached.coverage == one.coverage
    assert shapes <= shapes_in(cached)


# --- what a change asks for anew ---------------------------------------------------------------------------------


@pytest.fixture
def evaluated(monkeypatch) -> list[str]:
    """The parts that were validated and not answered from the cache."""
    from atkg.validate.units import Bench

    parts: list[str] = []
    known = Bench.validate

    def watched(bench, owner):
        parts.append(owner)
        return known(bench, owner)

    monkeypatch.setattr(Bench, "validate", watched)
    return parts


def place_words(path: Path) -> None:
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")


def label(data: Path) -> None:
    """A stage gets another name."""
    path = data / "registers" / "stages.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("prevention", "forestalling", 1), encoding="utf-8")


YUXI, YUNNAN = "agency/yuxi", "agency/yunnan"

CHANGED = [
    ("nothing", lambda data: None, set()),
    # a plan that no other names
    ("leaf", lambda data: place_words(graph(data, BELOW)), {BELOW}),
    # another plan derives from it, but what it asks there is answered as before
    ("middle", lambda data: place_words(graph(data, CITY)), {CITY}),
    ("words of the middle", stated(CITY, f"{task(CITY, 1)} atkg:sourceText 'other words'@zh ."), {CITY}),
    # it asks of what class the tasks above are
    ("class in the middle", stated(CITY, f"{task(CITY, 1)} a atkg:Clause ."), {CITY, BELOW}),
    # and for the whole chain above them
    (
        "chain at the top",
        stated(PROVINCE, f"{task(PROVINCE, 1)} atkg:derivedFrom <id/reconstructed/cn-2021-13/1> .", name="derivation"),
        {PROVINCE, CITY, SISTER, BELOW},
    ),
    ("layout at the top", lambda data: place_words(graph(data, PROVINCE, "derivation")), {PROVINCE}),
    # what another plan says of this one's nodes is part of it
    ("said by another", stated(SISTER, f"{task(CITY, 1)} atkg:order 7 ."), {SISTER, CITY}),
    # a name in use is a label of its agency
    (
        "another name",
        stated(CITY, f"<id/assignment/{CITY}/sec_1/sub_1/t1/a1> atkg:mention '玉溪市公安局' ."),
        {CITY, YUXI},
    ),
    # places in the report are taken from these files
    ("derivations.csv", lambda data: place_words(data / "plans" / SISTER / "derivations.csv"), {SISTER}),
    # the agencies are made from registers; what plans ask of the others is answered as before
    ("layout of a register", lambda data: place_words(data / "registers" / "stages.csv"), {YUXI, YUNNAN}),
    ("register", label, {"", YUXI, YUNNAN}),
    # every closure holds the classes, wherever they are told
    (
        "class hierarchy",
        stated(
            SISTER, "<http://example.org/A> <http://www.w3.org/2000/01/rdf-schema#subClassOf> <http://example.org/B> ."
        ),
        {"", PROVINCE, CITY, SISTER, BELOW, YUXI, YUNNAN},
    ),
]


@pytest.mark.parametrize(("change", "parts"), [row[1:] for row in CHANGED], ids=[row[0] for row in CHANGED])
def test_a_change_is_validated_where_something_is_asked_that_it_answers_otherwise(
    change, parts, data, cache, evaluated
):
    change(data)
    report = check(data, jobs=1, cache=cache)
    assert sorted(evaluated) == sorted(parts)
    assert found(report) == found(whole(data))


@pytest.fixture(scope="module")
def real(tmp_path_factory) -> tuple[Path, Path]:
    """(data, cache): a copy of the real data, and a cache that knows it."""
    folder = tmp_path_factory.mktemp("real")
    data = Path(shutil.copytree(DATA, folder / "data"))
    check(data, jobs=1, cache=folder / "cache")
    return data, folder / "cache"


JINGHAI, YU, XI = "jinghai-2022-12", "yunnan-2021-50", "yuxi-2021-2030"


def reworded(data: Path) -> None:
    """One word of 静海 is another, in the text and in the graph that is made from it."""
    folder = data / "plans" / JINGHAI
    before = (folder / "source.txt").read_bytes()
    text = before.decode(tomllib.loads((folder / "plan.toml").read_text(encoding="utf-8"))["source"]["encoding"])
    after = text.replace("摸排", "排查").encode("utf-8-sig" if before.startswith(b"\xef\xbb\xbf") else "utf-8")
    assert after != before
    (folder / "source.txt").write_bytes(after)
    toml = (folder / "plan.toml").read_text(encoding="utf-8")
    digests = hashlib.sha256(before).hexdigest(), hashlib.sha256(after).hexdigest()
    (folder / "plan.toml").write_text(toml.replace(*digests), encoding="utf-8")
    path = folder / "graph.ttl"
    path.write_text(path.read_text(encoding="utf-8").replace("摸排", "排查"), encoding="utf-8")


def first(name: str, key: str, pattern: str) -> Callable[[Path], re.Match[str]]:
    """The first statement of a graph that fits."""

    def find(data: Path) -> re.Match[str]:
        text = "\n".join(triples(graph(data, key, name)))
        match = re.search(pattern, text)
        assert match
        return match

    return find


def without_class(task: str) -> Spoil:
    """A task that 玉溪 derives from loses its class in 云南."""
    return lambda data: lines_lost("graph", YU, f"<{BASE}id/task/{YU}/{task}> <{RDF}type> ")(data)


def recovered_text_changed(data: Path) -> None:
    """The words that 玉溪 has recovered from 云南 are others there."""
    match = first("derivation", XI, r"recoveredText> \"(\S{12})")(data)
    path = graph(data, YU)
    path.write_text(path.read_text(encoding="utf-8").replace(match[1], match[1][::-1]), encoding="utf-8")


def witness_lost(data: Path) -> None:
    """A clause of 六安 that attests a national one is a clause no longer."""
    store = dataset.load(read_plans(data), Registers.load(data / "registers"))
    query = f"SELECT ?c {{ ?r <{ATKG}attestedBy> ?c FILTER (CONTAINS(STR(?c), '/luan-')) }} ORDER BY ?c LIMIT 1"
    lines_lost("graph", "luan-2022-49", f"<{store.select(query)[0]['c']}> <{RDF}type> ")(data)


REAL = [
    # nobody else reads the words of 静海
    ("a word of 静海", reworded, {JINGHAI}, set()),
    ("a class above", without_class("art_8/sub_1/t1"), {YU, XI}, {"PlanPart-derivedFrom"}),
    # 各成员单位 leads it: a rule concludes that it is a task
    ("a class above that is inferred", without_class("art_35/t5"), {YU, XI}, set()),
    ("recovered words", recovered_text_changed, {YU, XI}, {"Task-recoveredText"}),
    ("a witness", witness_lost, {"", "luan-2022-49"}, {"ReconstructedClause-attestedBy"}),
    (
        "offsets given by another",
        stated(JINGHAI, "<source/luan-2022-49/701-728> <http://www.w3.org/ns/oa#end> 99999 ."),
        {JINGHAI, "luan-2022-49"},
        {"Span-withinText"},
    ),
    (
        "a circle",
        stated(YU, f"<id/task/{YU}/art_1/t1> atkg:derivedFrom <id/task/{YU}/art_1/t1> .", name="derivation"),
        {YU},
        {"PlanPart-tracesToItself"},
    ),
]


@pytest.mark.parametrize(("spoil", "parts", "shapes"), [row[1:] for row in REAL], ids=[row[0] for row in REAL])
def test_in_the_real_data_a_change_is_noticed_by_those_who_read_it(spoil, parts, shapes, real, tmp_path, evaluated):
    data, known = real
    cache = shutil.copytree(known, tmp_path / "cache")
    plans = shutil.copytree(data / "plans", tmp_path / "plans")
    spoil(data)
    report, one = check(data, jobs=1, cache=cache), whole(data)
    shutil.rmtree(data / "plans")
    plans.rename(data / "plans")
    assert set(evaluated) == parts
    assert found(report) == found(one)
    assert report.coverage == one.coverage
    assert shapes <= shapes_in(report)


@pytest.mark.parametrize("name", ["shapes", "ontology"])
def test_a_change_of_the_rules_is_validated_anew(name, data, cache, tmp_path, monkeypatch, evaluated):
    changed = shutil.copytree(DATA.parent / name, tmp_path / name)
    place_words(next(iter(sorted(changed.glob("*.ttl")))))
    for module in ("atkg.dataset", "atkg.validate.runs", "atkg.validate.shapes"):
        monkeypatch.setattr(f"{module}.resource", lambda kind: changed if kind == name else DATA.parent / kind)
    check(data, jobs=1, cache=cache)
    assert set(evaluated) == {"", PROVINCE, CITY, SISTER, BELOW, YUXI, YUNNAN}


def test_a_change_of_the_code_is_validated_anew(data, cache, monkeypatch, evaluated):
    monkeypatch.setattr("atkg.validate.contents.VERSION", "0.0.0")
    check(data, jobs=1, cache=cache)
    assert PROVINCE in evaluated


def test_after_any_edits_cached_and_fresh_and_whole_agree(data, cache):
    random = Random(20210409)
    files = {path: triples(path) for path in sorted(data.glob("plans/*/*.ttl"))}
    for _ in range(6):
        for path in edit(random, files):
            path.write_text("\n".join(files[path]) + "\n", encoding="utf-8")
        report = check(data, jobs=1, cache=cache)
        one = whole(data)
        assert found(report) == found(one)
        assert report.coverage == one.coverage
    assert found(check(data, jobs=1)) == found(report)


def edit(random: Random, files: dict[Path, list[str]]) -> Iterator[Path]:
    """Change a statement or two, here and there, as no extractor would; the files that were changed."""
    here, there = (random.choice([path for path in files if files[path]]) for _ in range(2))
    place = random.randrange(len(files[here]))
    subject, predicate, value = files[here][place][:-2].split(" ", 2)
    other = random.choice(files[there])
    far, relation, end = other[:-2].split(" ", 2)
    kinds = ("Task", "Clause", "Plan", "Agency", "AgencyGroup", "Milestone", "Derivation", "ReconstructedClause")
    match random.randrange(7):
        case 0:
            del files[here][place]
        case 1:
            files[here][place] = f"{subject} {predicate} {far} ."
        case 2:
            files[here] += [line for line in files[there] if line.startswith(f"{far} ")]
        case 3:
            files[here].append(f"{far} <{RDF}type> <{ATKG}{random.choice(kinds)}> .")
        case 4:
            files[here].append(f"{far} {relation} {value} .")
        case 5:
            files[here].append(f"{subject} <{ATKG}derivedFrom> {far} .")
        case _:
            files[here].append(f"<{BASE}id/role/lead> {relation} {end} .")
            files[there].append(f"<{BASE}id/role/lead> {predicate} {subject} .")
            yield there
    yield here


# --- the cache itself --------------------------------------------------------------------------------------------


def test_a_spoilt_cache_is_made_anew(data, cache):
    first = check(data, jobs=1, cache=cache)
    for number, path in enumerate(sorted(cache.iterdir())):
        # empty, cut short, changed with its checksum kept, no text at all
        content = path.read_bytes()
        path.write_bytes([b"", content[: len(content) // 2], content[:-3] + b"1]}", b"\xff\xfe\x00"][number % 4])
    assert check(data, jobs=1, cache=cache) == first


def test_a_cache_that_can_not_be_written_is_done_without(data, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    assert check(data, jobs=1, cache=blocked) == check(data, jobs=1)


def test_a_run_without_a_cache_leaves_nothing(data, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    (tmp_path / "scratch").mkdir()
    check(data, jobs=1)
    assert list((tmp_path / "scratch").iterdir()) == []


def test_the_cache_stays_small(data, tmp_path, monkeypatch):
    from atkg.validate import cache as caching

    monkeypatch.setattr(caching, "_SPARE", 0)
    monkeypatch.setattr(caching, "_YOUNG", 0.0)
    cache = tmp_path / "cache"
    sizes = []
    for number in range(4):
        add(graph(data, BELOW), f"<eli/{BELOW}> <http://example.org/p> {number} .")
        check(data, jobs=1, cache=cache)
        sizes.append(len(list(cache.iterdir())))
    assert max(sizes) <= 2 * sizes[0]


def test_two_runs_at_once_share_a_cache(data, tmp_path):
    """Both begin with an empty folder; what they leave there serves a third."""
    add(graph(data, CITY), f"{task(CITY, 1)} atkg:endDate '2031-01-01' ; atkg:partOf <eli/{SISTER}> .")
    command = (
        "import sys; from pathlib import Path; from atkg.checks import check\n"
        "report = check(Path(sys.argv[1]), jobs=2, cache=Path(sys.argv[2]))\n"
        "print([(result.shape, result.node, result.value, str(result.where)) for result in report.results])\n"
    )
    arguments = [sys.executable, "-c", command, str(data), str(tmp_path / "cache")]
    runs = [subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [run.communicate(timeout=120)[0] for run in runs]
    third = check(data, jobs=1, cache=tmp_path / "cache")
    expected = [(result.shape, result.node, result.value, str(result.where)) for result in third.results]
    assert [run.returncode for run in runs] == [0, 0]
    assert said == [f"{expected}\n"] * 2
    assert found(third) == found(whole(data))
    assert not list((tmp_path / "cache").glob(".writing-*"))


def test_a_checkout_at_another_place_is_answered_from_the_same_cache(data, cache, tmp_path, evaluated):
    add(graph(data, CITY), f"{task(CITY, 1)} atkg:partOf <eli/{SISTER}> .")
    here = check(data, jobs=1, cache=cache)
    evaluated.clear()
    there = Path(shutil.copytree(data, tmp_path / "elsewhere"))
    report = check(there, jobs=1, cache=cache)
    assert evaluated == []
    assert [str(result.where).replace(str(there), str(data)) for result in report.results] == [
        str(result.where) for result in here.results
    ]
    assert {result.where.file for result in report.results} == {str(there / "plans" / CITY / "source.txt")}


def test_build_without_a_cache_keeps_nothing(data, tmp_path):
    result = CliRunner().invoke(main, ["--data", str(data), "--out", str(tmp_path / "out"), "build", "--no-cache"])
    assert result.exit_code == 0, result.output
    assert not (tmp_path / "out" / "validation").exists()


# --- what is not compiled, and what looks anywhere ---------------------------------------------------------------


def with_shape(monkeypatch, tmp_path: Path, turtle: str) -> None:
    """Let the shapes be those of the project and one more."""
    folder = shutil.copytree(DATA.parent / "shapes", tmp_path / "shapes")
    (folder / "more.ttl").write_text(
        f"@prefix atkgs: <https://w3id.org/atkg/shapes#> .\n@prefix atkg: <{ATKG}> .\n"
        "@prefix sh: <http://www.w3.org/ns/shacl#> .\n@prefix dct: <http://purl.org/dc/terms/> .\n" + turtle,
        encoding="utf-8",
    )
    for module in ("atkg.dataset", "atkg.validate.runs", "atkg.validate.shapes"):
        monkeypatch.setattr(f"{module}.resource", lambda kind: folder if kind == "shapes" else DATA.parent / kind)


MORE = [
    # a component that the shapes define themselves: pySHACL alone knows it
    (
        """
        atkgs:Titled a sh:ConstraintComponent ; sh:parameter [ sh:path atkgs:title ] ;
            sh:validator [ a sh:SPARQLAskValidator ; sh:ask "ASK { FILTER (STR($value) = STR($title)) }" ] .
        atkgs:Plan-titled a sh:NodeShape ; sh:targetClass atkg:Plan ; sh:property atkgs:Plan-titledAs .
        atkgs:Plan-titledAs sh:path dct:title ; atkgs:title "another" .
        """,
        "Plan-titledAs",
        4,
    ),
    # $this only in a FILTER: bound beforehand in SHACL, bound by nothing in one query for all
    (
        """
        atkgs:Plan-none a sh:NodeShape ; sh:targetClass atkg:Plan ;
            sh:sparql [ sh:select "SELECT $this WHERE { FILTER (ISIRI($this)) }" ] .
        """,
        "Plan-none",
        4,
    ),
    # two plans of one jurisdiction: nothing hangs on the plan but what is reached through a register's node
    (
        f"""
        atkgs:Plan-lonely a sh:NodeShape ; sh:targetClass atkg:Plan ;
            sh:sparql [ sh:select "SELECT $this ?value WHERE {{ $this a ?any . ?value a <{ATKG}Plan> FILTER (?value != $this) }}" ] .
        """,
        "Plan-lonely",
        12,
    ),
    # followed backward through a register's node into every other plan of the place
    (
        f"""
        atkgs:Plan-single a sh:NodeShape ; sh:targetClass atkg:Plan ; sh:sparql [ sh:select
            "SELECT $this ?value WHERE {{ $this <{ATKG}jurisdiction> ?place . ?value <{ATKG}jurisdiction> ?place ; a <{ATKG}Plan> FILTER (?value != $this) }}" ] .
        """,
        "Plan-single",
        6,
    ),
]


@pytest.mark.parametrize(("turtle", "name", "count"), MORE, ids=[row[1] for row in MORE])
def test_a_shape_that_parts_can_not_answer_is_answered_all_the_same(turtle, name, count, data, tmp_path, monkeypatch):
    with_shape(monkeypatch, tmp_path, turtle)
    report = check(data, jobs=1, cache=tmp_path / "cache")
    assert sum(result.shape == name for result in report.results) == count
    assert check(data, jobs=1, cache=tmp_path / "cache") == report
    assert report.coverage[name] == 4


def test_a_construct_that_is_not_known_goes_to_pyshacl(monkeypatch):
    """What the compiler refuses is in the results of pySHACL, and never left out."""
    asked: list[Graph] = []

    def judge(store, shapes):
        asked.append(shapes)
        yield from ()

    monkeypatch.setattr(running, "judged", judge)
    shapes = Shapes(
        Graph().parse(
            data="""
            @prefix sh: <http://www.w3.org/ns/shacl#> . @prefix e: <http://example.org/> .
            e:known sh:targetNode e:x ; sh:class e:C .
            e:unknown sh:targetNode e:x ; sh:property [ sh:path e:p ; sh:pattern "(?=ahead)" ] .
            e:later sh:targetNode e:x ; sh:somethingNew 1 .
            """,
            format="turtle",
        )
    )
    faults = list(running.faults(Store(), shapes))
    assert [str(fault.shape) for fault in faults] == ["http://example.org/known"]
    (given,) = asked
    targeted = set(given.subjects(SH.targetNode))
    assert {str(shape) for shape in targeted} == {"http://example.org/unknown", "http://example.org/later"}


def test_no_shape_of_the_project_has_to_be_looked_up_in_the_whole():
    compiled = SHAPES.compile(Store())
    assert compiled.refused == {}
    assert {str(root): reach.whole for root, reach in compiled.reach.items() if reach.whole} == {}


# --- for those who call it ---------------------------------------------------------------------------------------


def test_progress_tells_of_every_part(data):
    told: list[tuple[str, int, int]] = []
    check(data, jobs=1, progress=lambda *step: told.append(step))
    assert told[-1][1:] == (7, 7)
    assert {part for part, _, _ in told} >= {PROVINCE, CITY, SISTER, BELOW}


def test_one_shape_alone_gives_its_own_results(data):
    add(graph(data, CITY), f"{task(CITY, 1)} atkg:endDate '2031-01-01' ; atkg:partOf <eli/{SISTER}> .")
    everything = check(data, jobs=1)
    report = check(data, shapes={"Task-partOf"}, jobs=1)
    assert found(report) == Counter({key: n for key, n in found(everything).items() if key[0] == "Task-partOf"})
    assert set(report.coverage) == {"Task-partOf"}


def test_an_error_in_a_process_names_file_and_line(data):
    graph(data, SISTER).write_text("<a> <b>\n<c> . <d>", encoding="utf-8")
    for jobs in (1, 2):
        with pytest.raises(InputError, match=rf"{SISTER}/graph\.ttl:2: is not valid Turtle") as error:
            check(data, jobs=jobs)
        assert error.value.line == 2


def test_a_graph_that_is_not_there_is_named(data):
    graph(data, BELOW, "derivation").unlink()
    with pytest.raises(AtkgError, match=r"derivation\.ttl: is missing; run `atkg build`"):
        check(data, jobs=1)


def test_strange_agencies_stop_nothing(data):
    """What is no agency, or one of a place that no register knows, is a result and not a crash."""
    add(
        graph(data, CITY),
        f"{task(CITY, 1)} atkg:leadAgency 'a name' , <http://example.org/a> , <id/agency/nowhere/public-security> .",
    )
    report = check(data, jobs=1)
    assert found(report) == found(whole(data))
    assert "Task-leadAgency" in shapes_in(report)


def test_an_issuer_that_no_register_knows_is_led_to_its_line(data):
    toml = data / "plans" / CITY / "plan.toml"
    toml.write_text('issuer = "某某办"\n' + toml.read_text(encoding="utf-8"), encoding="utf-8")
    add(graph(data, CITY), f"<eli/{CITY}> atkg:issuer <id/agency/yuxi/x-00000000> .")
    report = check(data, jobs=1)
    (result,) = (result for result in report.results if result.shape == "Agency-registered")
    assert (result.plan, str(result.where)) == (CITY, f"{toml}:1:1")
    assert list(report.results) == list(whole(data).results)
    assert result in check(data, [data / "plans" / CITY], jobs=1).results
