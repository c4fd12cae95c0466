"""`atkg validate` as a person, a CI job and a registry abroad use it: paths, addresses, options, and all that goes wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import DATA
from validating import (  # the fixtures among them are asked for by name
    BASELINE,
    DATA,
    EXAMPLES,
    FAILS,
    GUIDE,
    JINGHAI,
    check,
    converted,
    data,
    elsewhere,
    registers_only,
    results,
    run,
)

from atkg.validate.files import FILE_CHECKS

BAD_INPUT = [
    # name, what it holds (None: nothing there, "": a folder), what the one sentence says
    ("missing.ttl", None, "没有这个文件", "there is no such file"),
    ("folder", "", "应为数据文件夹、计划文件夹或 RDF 文件", "expected a data folder, a plan folder or an RDF file"),
    ("broken.ttl", b"<a> <b>\n<c> . <d>", "不是有效的 Turtle", "is not valid Turtle"),
    ("empty.ttl", b"", "没有任何三元组", "holds no triple"),
    ("comment.ttl", b"# nothing\n", "没有任何三元组", "holds no triple"),
    ("rubbish.ttl", bytes(range(256)) * 40, "不是有效的 Turtle", "is not valid Turtle"),
    ("rubbish.jsonld", bytes(range(256)) * 40, "不是有效的 JSON-LD", "is not valid JSON-LD"),
    ("page.rdf", b"<html><body>no", "不是有效的 RDF/XML", "is not valid RDF/XML"),
    ("table.xlsx", b"PK\x03\x04", "不认识的 RDF 文件类型", "unknown kind of RDF file"),
    ("latin.ttl", "<a:é> <a:b> <a:c> .".encode("latin-1"), "不是有效的 Turtle", "is not valid Turtle"),
]


@pytest.mark.parametrize(("name", "content", "zh", "en"), BAD_INPUT, ids=[row[0] for row in BAD_INPUT])
def test_bad_input_is_one_sentence_that_names_the_file(name, content, zh, en, tmp_path, check):
    path = tmp_path / name
    if content == "":
        path.mkdir()
    elif content is not None:
        path.write_bytes(content)
    for language, words in (("zh", zh), ("en", en)):
        done = check(path, language=language)
        assert done.exit_code == 1 and isinstance(done.exception, SystemExit)
        assert name in done.stderr and words in done.stderr
        assert len(done.stderr.splitlines()) == 1 and "\x1b" not in done.output


@pytest.mark.parametrize("name", ["github", "sarif", "json", "junit", "csv"])
def test_a_broken_file_is_named_with_its_line_where_machines_read(name, tmp_path, check):
    (tmp_path / "broken.ttl").write_text("<a:a> <a:b> <a:c> .\n<a:d> <a:e>\n<a:f> . <a:g>")
    done = check("broken.ttl", "--format", name)
    assert done.exit_code == 1
    wanted = {
        "github": "::error file=broken.ttl,line=3,",
        "sarif": '"startLine": 3',
        "json": '"line": 3',
        "junit": 'file="broken.ttl" line="3"',
        "csv": "violation,File-readable,",
    }
    assert wanted[name] in done.stdout and "broken.ttl" in done.stdout


def test_one_bad_path_does_not_hide_what_is_wrong_with_the_others(tmp_path, check):
    (tmp_path / "fails.ttl").write_text(FAILS, encoding="utf-8")
    done = check("missing.ttl", "fails.ttl", "--format", "json")
    assert done.exit_code == 1 and "there is no such file" in done.stderr
    assert {result["shape"] for result in results(done)} == {"File-readable", "Task-leadAgency"}


IN_FILES = [
    # file, words, what becomes of them, the check, words on the line (None: the file alone)
    ("plans/luan-2022-49/plan.toml", "issuer =", "isuer =", "File-readable", "isuer ="),
    ("plans/luan-2022-49/plan.toml", "title =", "title ==", "File-readable", "title =="),
    (
        "plans/dazu-2022-60/corrections.csv",
        "checked_by\n",
        "checked_by\n100-102,某某,某,笔误,核对\n",
        "File-readable",
        "100-102",
    ),
    ("plans/dazu-2022-60/corrections.csv", "checked_by\n", "checked\n", "File-readable", "checked"),
    ("plans/dazu-2022-60/derivations.csv", "text,,true", "txt,,true", "File-readable", "txt,,true"),
    # the text is no longer the one received: from which line on
    ("plans/jinghai-2022-12/source.txt", "（2）依托区", "（2）依托本区", "File-readable", "（2）依托本区"),
    (
        "registers/agencies.csv",
        ",civil-affairs,government,",
        ",civil-affairz,government,",
        "File-readable",
        "civil-affairz",
    ),
    ("registers/stages.csv", "slug,", "slugs,", "File-readable", "slugs,"),
    (
        "registers/national-clauses.csv",
        "2.1.2.2.1,二(一)2(2)——1,2.1.2.2,",
        "2.1.2.2.1,二(一)2(2)——1,9.9,",
        "File-readable",
        ",9.9,",
    ),
    ("registers/national-clauses.csv", "yunnan:8(一)", "yunnan:88(一)", "File-readable", "yunnan:88(一)"),
    # graphs that are older than what they are made from
    ("plans/dazu-2022-60/derivations.csv", ",text,,true", ",text,,false", "File-current", ",text,,false"),
    (
        "plans/dazu-2022-60/derivations.csv",
        "sec_2/sub_1/item_1/t1,2.1.2.1,",
        "sec_2/sub_1/item_1/t1,2.1.2.2,",
        "File-current",
        "item_1/t1,2.1.2.2,",
    ),
    ("plans/luan-2022-49/derivations.csv", None, "sec_1,,text,,true,只在本地\n", "File-current", "只在本地"),
    ("plans/luan-2022-49/plan.toml", "begin = 2022-01-01", "begin = 2022-02-01", "File-current", "begin ="),
    ("plans/luan-2022-49/plan.toml", 'number = "六', 'number = "七', "File-current", "number ="),
    ("plans/luan-2022-49/derivation.ttl", "/to/cn-2021-13/3.1d> a", "/to/cn-2021-13/3.1e> a", "File-current", "3.1d"),
]


@pytest.mark.parametrize(
    ("file", "before", "after", "shape", "line"),
    IN_FILES,
    ids=[f"{row[3]}-{row[0]}-{place}" for place, row in enumerate(IN_FILES)],
)
def test_a_fault_of_a_file_is_a_result_on_its_line(file, before, after, shape, line, data, tmp_path):
    path = data / file
    old = path.read_bytes().decode()
    assert before is None or before in old
    new = old + after if before is None else old.replace(before, after, 1)
    path.write_bytes(new.encode())
    # what only shows when the registers are joined with the plans needs a shape to be run
    chosen = "Concept-prefLabel" if "88" in after else shape
    done = run(
        "--shape", chosen, "--report", "github=a.txt", "--report", "sarif=a.sarif", "--format", "json", data=data
    )
    assert done.exit_code == 1, done.output
    found = [result for result in results(done) if result["shape"] == shape]
    shown = (
        data / file if shape == "File-readable" or path.name != "derivation.ttl" else path.with_name("derivations.csv")
    )
    number = next(
        number for number, text in enumerate(shown.read_text(encoding="utf-8").splitlines(), 1) if line in text
    )
    name = shown.relative_to(tmp_path).as_posix()
    assert (name, number) in {(result["place"]["file"], result["place"]["line"]) for result in found}
    assert f"::error file={name},line={number}," in (tmp_path / "a.txt").read_text(encoding="utf-8")
    assert f'"uri": "{name}"' in (tmp_path / "a.sarif").read_text(encoding="utf-8")


def test_several_faults_of_files_are_told_at_once(data):
    for plan in ("luan-2022-49", "dazu-2022-60"):
        toml = data / "plans" / plan / "plan.toml"
        toml.write_text(toml.read_text(encoding="utf-8").replace("issuer", "isuer"), encoding="utf-8")
    stages = data / "registers" / "stages.csv"
    stages.write_bytes(b"")
    done = run("--format", "json", data=data)
    assert sorted(Path(result["place"]["file"]).name for result in results(done)) == [
        "plan.toml",
        "plan.toml",
        "stages.csv",
    ]


def test_a_text_that_changed_after_the_build_is_named_where_it_differs(data):
    import hashlib

    source = data / "plans" / "luan-2022-49" / "source.txt"
    source.write_bytes(source.read_bytes().replace("（市公安局牵头".encode(), "（市公安厅牵头".encode(), 1))
    toml = source.with_name("plan.toml")
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    toml.write_text(
        re.sub(r'sha256 = ".*"', f'sha256 = "{digest}"', toml.read_text(encoding="utf-8")), encoding="utf-8"
    )
    (found,) = results(run("--shape", "File-current", "--format", "json", data=data))
    lines = source.read_text(encoding="utf-8").splitlines()
    assert "（市公安厅牵头" in lines[found["place"]["line"] - 1]
    assert lines[found["place"]["line"] - 1][found["place"]["column"] - 1] == "厅"


OWN_FILES = ["source.txt", "plan.toml", "corrections.csv", "derivations.csv"]


@pytest.mark.parametrize("name", OWN_FILES)
def test_a_file_of_a_plan_stands_for_its_plan(name):
    found = results(run(JINGHAI / name, "--shape", "Task-leadOnlyCollective", "--format", "json"))
    assert {result["plan"] for result in found} == {"jinghai-2022-12"}


def test_a_register_stands_for_the_data_folder():
    one = ("--shape", "Task-leadAlsoCooperating", "--format", "json")
    done = run(DATA / "registers" / "agencies.csv", *one)
    assert results(done) == results(run(*one)) != []


def test_files_are_named_from_the_working_directory(data, monkeypatch):
    monkeypatch.chdir(data / "plans")
    found = results(run("jinghai-2022-12", "--shape", "Task-leadOnlyCollective", "--format", "json", data=data))
    assert {result["place"]["file"] for result in found} == {"jinghai-2022-12/source.txt"}


def test_a_file_that_no_shape_looks_at_is_a_warning(tmp_path, check):
    # one letter too many in the vocabulary's IRI
    (tmp_path / "odd.ttl").write_text("<a:x> a <https://w3id.org/atkgs/ontology#Task> .")
    done = check("odd.ttl", "--format", "json")
    assert done.exit_code == 0
    assert [(result["shape"], result["place"]["file"]) for result in results(done)] == [("File-looked-at", "odd.ttl")]
    assert check("odd.ttl", "--fail-on", "warning").exit_code == 1


KINDS = {
    "fails.ttl": lambda text: text,
    "fails.nt": lambda text: converted(text, "nt"),
    "fails.rdf": lambda text: converted(text, "xml"),
    "fails.jsonld": lambda text: converted(text, "json-ld"),
    "fails.nq": lambda text: re.sub(
        r" \.$", " <https://w3id.org/atkg/graph/plan/jia-2021-1> .", converted(text, "nt"), flags=re.M
    ),
}


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_rdf_file_is_checked_and_its_line_told_where_it_can_be_known(name, tmp_path, check):
    (tmp_path / name).write_text(KINDS[name](FAILS), encoding="utf-8")
    done = check(name, "--format", "json")
    (found,) = results(done)
    assert (done.exit_code, found["shape"], found["place"]["file"]) == (1, "Task-leadAgency", name)
    line = (tmp_path / name).read_text(encoding="utf-8").splitlines()[found["place"]["line"] - 1]
    assert "id/task/jia-2021-1/sec_1/t1" in line


WRONG_USAGE = [
    # a name that is nearly one: the nearest are told
    (("--shape", "Task-leadAgncy"), "Task-leadAgency"),
    (("--shape", "task-leadagency"), "Task-leadAgency"),
    (("--explain", "leadAgency"), "Task-leadAgency"),
    (("--explain", ""), "''"),
    (("--format", "pdf"), "pdf"),
    (("--fail-on", "error"), "error"),
    (("--report", "sarif"), "NAME=VALUE"),
    (("--report", "pdf=x.pdf"), "pdf"),
    (("--report", "sarif="), "no file"),
    (("--write-baseline",), "--baseline"),
    (("--jobs", "0"), "0"),
    (("http://",), "no host"),
    (("https://me:secret@example.org/x.ttl",), "password"),
]


@pytest.mark.parametrize(("arguments", "words"), WRONG_USAGE, ids=[" ".join(row[0]) for row in WRONG_USAGE])
def test_wrong_usage_ends_with_status_2(arguments, words):
    done = run(*arguments)
    assert done.exit_code == 2 and words in done.stderr
    assert "secret" not in done.output and "Traceback" not in done.output


def test_one_shape_alone_is_run(tmp_path, check):
    (tmp_path / "fails.ttl").write_text(FAILS.replace("atkg:order 1", 'atkg:order "one"'), encoding="utf-8")
    both = {result["shape"] for result in results(check("fails.ttl", "--format", "json"))}
    assert both >= {"Task-leadAgency", "Task-order"}
    done = check("fails.ttl", "--shape", "Task-order", "--format", "json")
    assert {result["shape"] for result in results(done)} == {"Task-order"}
    done = check("fails.ttl", "--shape", "Task-order", "--shape", "Task-leadAgency", "--format", "json")
    assert {result["shape"] for result in results(done)} == {"Task-order", "Task-leadAgency"}
    # the name of a class of shapes stands for all of it
    done = check("fails.ttl", "--shape", "Plan", "--format", "json")
    assert (done.exit_code, results(done)) == (0, [])


EXAMPLE_HEADINGS = {
    "zh": (("通过的例子", "pass"), ("不通过的例子", "fail")),
    "en": (("An example that passes", "pass"), ("An example that fails", "fail")),
}


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", GUIDE.names)
def test_every_shape_is_explained_with_an_example_of_either_kind(name, language):
    told = GUIDE.explain(name, language)
    for heading in ("提示语", "理由", "出处") if language == "zh" else ("Message", "Why", "Source"):
        assert f"{heading}:" in told
    assert re.search(r"shapes/[a-z-]+\.ttl:\d+", told)
    assert GUIDE.message(name, language) in told and GUIDE.reason(name, language) in told
    for heading, kind in EXAMPLE_HEADINGS[language]:
        (path,) = EXAMPLES.glob(f"{name}.{kind}.t*")
        notes = [line.removeprefix("# ") for line in path.read_text(encoding="utf-8").splitlines()[:2]]
        own, other = notes if language == "zh" else reversed(notes)
        assert f"\n{heading}: {own}\n" in told and other not in told


@pytest.mark.parametrize("name", FILE_CHECKS)
def test_the_checks_of_files_are_explained_too(name):
    for language in ("zh", "en"):
        done = run("--explain", name, language=language)
        assert done.exit_code == 0
        assert FILE_CHECKS[name].reason(language) in done.stdout


def test_an_explanation_says_target_property_and_what_is_asked():
    told = run("--explain", "atkgs:Task-leadAgency").stdout
    for words in (
        "every member of the class atkg:Task",
        "Property: atkg:leadAgency",
        "value(s) at least",
        "class atkg:Agency",
    ):
        assert words in told
    told = run("--explain", "Task").stdout
    assert "Task-leadAgency" in told and "Task-traced" in told


def test_coverage_tells_how_many_nodes_each_shape_looked_at():
    table = dict(line.split()[1::-1] for line in run("--coverage").stdout.splitlines())
    assert set(table) == set(GUIDE.names)
    # 297 of the five plans, 2 of the national clauses that a public page names ministries for
    assert table["Task-leadAgency"] == table["Task-traced"] == "299"
    assert table["Plan-title"] == "9"


def test_a_shape_that_looks_at_nothing_is_told(data):
    for derivations in data.glob("plans/*/derivations.csv"):
        rows = derivations.read_text(encoding="utf-8").splitlines(keepends=True)
        derivations.write_text("".join(row for row in rows if not re.match(r"[^,]*,,", row)), encoding="utf-8")
        links = derivations.with_name("derivation.ttl")
        text = links.read_text(encoding="utf-8")
        links.write_text(
            re.sub(r"^<[^>]*> atkg:localMeasure true ;\n\tatkg:reason .* \.\n", "", text, flags=re.M), encoding="utf-8"
        )
    done = run("--shape", "PlanPart-localReason", "--format", "json", data=data)
    found = [result for result in results(done) if result["shape"] == "Shape-looked"]
    assert {result["severity"] for result in found} == {"info"}
    assert "https://w3id.org/atkg/shapes#PlanPart-localReason" in {result["node"] for result in found}
    assert all(Path(result["place"]["file"]).suffix == ".ttl" and result["place"]["line"] for result in found)


def test_the_project_s_own_warnings_are_accepted():
    done = run("--baseline", BASELINE, "--fail-on", "warning")
    assert done.exit_code == 0, done.output
    assert "21 more are accepted with a reason" in done.stdout


def test_a_baseline_for_all_plans_serves_one_plan():
    done = run(JINGHAI, "--baseline", BASELINE, "--fail-on", "warning", "--format", "json")
    assert done.exit_code == 0
    assert {result["accepted"] is None for result in results(done)} == {False}
    # and one shape
    assert run("--shape", "Task-leadAlsoCooperating", "--baseline", BASELINE, "--fail-on", "warning").exit_code == 0


def test_a_row_too_many_fails_where_its_plan_is_checked(tmp_path):
    row = "Task-leadAlsoCooperating,id/task/jinghai-2022-12/sec_1/t9,id/agency/jinghai/x,reason\n"
    (tmp_path / "accepted.csv").write_text(BASELINE.read_text(encoding="utf-8") + row, encoding="utf-8")
    done = run(JINGHAI, "--baseline", "accepted.csv", "--format", "json")
    (gone,) = [result for result in results(done) if result["shape"] == "Baseline-current"]
    assert (done.exit_code, gone["place"]["file"], gone["place"]["line"]) == (1, "accepted.csv", 23)
    dazu = DATA / "plans" / "dazu-2022-60"
    assert run(dazu, "--shape", "Task-leadAlsoCooperating", "--baseline", "accepted.csv").exit_code == 0


def test_no_row_is_gone_where_the_files_can_t_be_read(data):
    (data / "registers" / "stages.csv").write_bytes(b"")
    done = run("--baseline", BASELINE, "--format", "json", data=data)
    assert [result["shape"] for result in results(done)] == ["File-readable"]


def test_a_baseline_of_no_bytes_is_refused(tmp_path):
    (tmp_path / "accepted.csv").write_bytes(b"")
    done = run("--baseline", "accepted.csv")
    assert done.exit_code == 1 and "accepted.csv:1: expected the columns shape,node,value,reason" in done.stderr


def test_a_baseline_is_written_for_a_person_to_complete(tmp_path):
    done = run(JINGHAI, "--baseline", "new.csv", "--write-baseline", "--fail-on", "info")
    assert done.exit_code == 0 and "need a reason" in done.stderr
    assert run(JINGHAI, "--baseline", "new.csv").exit_code == 1
    text = (tmp_path / "new.csv").read_text(encoding="utf-8")
    (tmp_path / "new.csv").write_text(re.sub(r",$", ",reason", text, flags=re.M), encoding="utf-8")
    assert run(JINGHAI, "--baseline", "new.csv", "--fail-on", "info").exit_code == 0


def test_a_report_that_can_t_be_written_is_one_sentence():
    done = run(JINGHAI, "--report", "sarif=nowhere/x.sarif")
    assert done.exit_code == 1
    assert "nowhere/x.sarif: can't be written" in done.stderr and "Traceback" not in done.output


def test_nothing_but_the_report_is_written_to_a_pipe():
    done = run(JINGHAI, "--format", "csv")
    assert done.stderr == "" and "\x1b" not in done.stdout
