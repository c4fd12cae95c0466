"""`atkg new`: from a received file to a plan folder, with every planted fault named on its line."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import pty
import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import draft
from atkg.cli import main
from atkg.documents import read_received
from atkg.extract import read_plan
from atkg.intake import head, new_record
from atkg.plans import read_plan_folder, read_plans
from atkg.registers import Registers
from conftest import DATA

ROW = "tracing-service,wuhu,{L}反拐寻亲服务中心,,anti-trafficking,coordination,,{J} Family Tracing Service Centre,\n"


@pytest.fixture(scope="session")
def registered(tmp_path_factory):
    """A copy of the data in which the place of the draft is registered."""
    data = tmp_path_factory.mktemp("registered") / "data"
    shutil.copytree(DATA, data)
    append(data / "registers" / "jurisdictions.csv", draft.JURISDICTION)
    append(data / "registers" / "jurisdiction-identifiers.csv", draft.IDENTIFIER)
    return data


@pytest.fixture
def data(registered, tmp_path):
    shutil.copytree(registered, tmp_path / "data")
    return tmp_path / "data"


@pytest.fixture(scope="session")
def taken(registered, tmp_path_factory):
    """(data, report): the data folder with the faulty draft in it, and what `new` said of it."""
    data = tmp_path_factory.mktemp("taken") / "data"
    shutil.copytree(registered, data)
    file = received(data, word(), "市方案 (终稿).docx")
    done = run(data, "new", draft.KEY, file, "--source-url", "https://example.cn/a", "--format", "json")
    assert done.exit_code == 1, done.output
    return data, json.loads(done.stdout)


@pytest.fixture
def faulty(taken, tmp_path):
    """A copy of the data folder with the faulty draft in it."""
    shutil.copytree(taken[0], tmp_path / "faulty" / "data")
    return tmp_path / "faulty" / "data"


def append(path: Path, line: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(line)


def run(data: Path, *arguments: str | Path, language: str = "en") -> Result:
    out = data.parent / "out"
    return CliRunner().invoke(main, ["--lang", language, "--data", str(data), "--out", str(out), *map(str, arguments)])


def received(data: Path, content: bytes, name: str = "plan.docx") -> Path:
    path = data.parent / name
    path.write_bytes(content)
    return path


def word() -> bytes:
    return draft.saved(draft.word())


def mended() -> bytes:
    """The draft as its author mends it."""
    parts = [replace(part, text=part.text.replace("市公按局", "市公安局")) for part in draft.mended()]
    table = [list(row) for row in draft.TABLE]
    table[3][2], table[3][3] = "市民政局", "市公安局"
    return draft.saved(draft.word(parts, table))


def entries(data: Path) -> list[str]:
    return sorted(path.name for path in (data / "plans").iterdir())


# --- a plan's way in ------------------------------------------------------------------------------------------------


def test_every_planted_fault_is_named_on_its_line(taken):
    data, report = taken
    found = report["findings"]
    lines = (data / "plans" / draft.KEY / "source.txt").read_text(encoding="utf-8").splitlines()
    named = {(finding["kind"], finding["line"]) for finding in found}
    for part in draft.PARTS:
        for fault in part.fault.split():
            kind, _, shown = fault.partition(":")
            line = lines.index(f"{part.number}{' ' if part.number == '2.' else ''}{part.text}") + 1
            assert (kind, line) in named, (fault, line)
            if shown:
                [finding] = [one for one in found if (one["kind"], one["line"]) == (kind, line)]
                assert finding["words"].startswith(shown)
                assert lines[line - 1][finding["column"] - 1 :].startswith(shown)
    assert (
        draft.TABLE_FAULT,
        len(lines) - lines[::-1].index("3\t加强被拐卖儿童的安置和档案管理。\t\t市民政局\t2024年6月30日前"),
    ) in named
    # and nothing is named that is no fault
    faults = sum(len(part.fault.split()) for part in draft.PARTS) + 1
    assert len(found) == faults


def test_what_would_settle_a_fault_is_printed_with_it(taken, faulty):
    data = faulty
    found = {finding["words"]: finding for finding in taken[1]["findings"]}
    slip, unknown = found["市公按局"], found["市反拐寻亲服务中心"]
    assert slip["near"][0] == "市公安局"
    assert slip["correction"].split(",")[1:3] == ["市公按局", "市公安局"]
    assert unknown["row"].startswith("…,wuhu,{L}反拐寻亲服务中心,,")
    # the lines are taken over, by a person who stands for them
    folder = data / "plans" / draft.KEY
    append(folder / "corrections.csv", slip["correction"] + "某人\n")
    append(data / "registers" / "agencies.csv", ROW)
    again = read_plan_folder(folder)
    reading = read_plan(again.record, again.text, Registers.load(data / "registers"), again.corrections)
    names = {one.name for task in reading.tasks for one in task.assignments}
    assert "市公安局" in names and "市公按局" not in names


def test_three_commands_lead_from_word_to_a_validated_and_aligned_graph(data):
    append(data / "registers" / "agencies.csv", ROW)
    new = run(data, "new", draft.KEY, received(data, mended()), "--format", "json")
    assert (new.exit_code, json.loads(new.stdout)["findings"]) == (0, []), new.output
    build = run(data, "build")
    assert build.exit_code == 0, build.output
    check = run(data, "validate", data / "plans" / draft.KEY)
    assert check.exit_code == 0, check.output
    derivation = (data / "plans" / draft.KEY / "derivation.ttl").read_text(encoding="utf-8")
    read = read_plan_folder(data / "plans" / draft.KEY)
    tasks = read_plan(read.record, read.text, Registers.load(data / "registers")).tasks
    assert len(tasks) == 11
    for task in tasks:
        assert f"<id/task/{draft.KEY}/{task.clause}/t{task.index}> atkg:derivedFrom" in derivation


def test_the_faults_of_the_draft_stop_the_build_on_the_same_lines(faulty):
    data = faulty
    done = run(data, "build")
    assert done.exit_code == 1
    source = data / "plans" / draft.KEY / "source.txt"
    for line, shape in ((11, "Task-leadAgency"), (12, "Agency-registered"), (19, "Task-deadlineWithinPlan")):
        assert re.search(rf"{re.escape(str(source))}:{line}:\d+: .*{shape}", done.output), shape


# --- what is written ------------------------------------------------------------------------------------------------


def test_the_folder_holds_the_file_as_received_and_the_text_made_of_it(taken):
    data, _ = taken
    content = (data.parent / "市方案 (终稿).docx").read_bytes()
    folder = data / "plans" / draft.KEY
    assert sorted(path.name for path in folder.iterdir()) == [
        *["corrections.csv", "derivations.csv", "plan.toml", "received.docx", "source.txt"],
    ]
    assert (folder / "received.docx").read_bytes() == content
    plan = tomllib.loads((folder / "plan.toml").read_text(encoding="utf-8"))
    assert plan["source"] == {
        "encoding": "utf-8",
        "sha256": hashlib.sha256((folder / "source.txt").read_bytes()).hexdigest(),
        "received": "市方案 (终稿).docx",
        "received_sha256": hashlib.sha256(content).hexdigest(),
    }
    assert (plan["title"], plan["number"]) == ("芜湖市反对拐卖人口行动实施方案（示例）", "芜政办〔2022〕999号")
    assert (plan["issuer"], str(plan["date"])) == ("芜湖市人民政府办公室", "2022-05-20")
    assert (str(plan["begin"]), str(plan["end"]), plan["page"]) == ("2021-01-01", "2030-12-31", "https://example.cn/a")
    assert [(cited["plan"], cited["number"]) for cited in plan["cites"]] == [
        *[("anhui-2021-108", "皖政办秘〔2021〕108号"), ("cn-2021-13", "国办发〔2021〕13号")],
    ]
    assert (folder / "corrections.csv").read_text() == "place,read,meant,reason,checked_by\n"
    rows = list(csv.DictReader((folder / "derivations.csv").read_text(encoding="utf-8").splitlines()))
    assert len(rows) > 10 and {row["reviewed"] for row in rows} == {"false"}


def test_a_text_file_is_kept_as_it_was_received(data):
    content = draft.plain().encode("gb18030")
    run(data, "new", draft.KEY, received(data, content, "plan.txt"))
    folder = data / "plans" / draft.KEY
    assert (folder / "source.txt").read_bytes() == content
    assert not list(folder.glob("received.*"))
    assert read_plan_folder(folder).text == draft.plain()


def tasks_of(file: Path, content: bytes, registers: Registers) -> list[tuple]:
    """The tasks that are read in a document, with all that the text says of them."""
    file.write_bytes(content)
    document = read_received(file).document
    record = new_record(DATA, draft.KEY, head.read_head(document.text, draft.KEY, document.hints, registers), registers)
    return [
        (
            *(task.clause, task.text, task.basis),
            tuple((one.name, one.role) for one in task.assignments),
            tuple((one.timing, one.begin, one.end, one.text) for one in task.milestones),
        )
        for task in read_plan(record, document.text, registers).tasks
    ]


def test_the_same_plan_gives_the_same_tasks_in_every_format(registered, tmp_path):
    registers = Registers.load(registered / "registers")
    wanted = tasks_of(tmp_path / "plan.txt", draft.plain().encode(), registers)
    assert len(wanted) == 10
    assert tasks_of(tmp_path / "plan.docx", word(), registers) == wanted
    assert tasks_of(tmp_path / "plan.html", draft.html().encode(), registers) == wanted
    assert tasks_of(tmp_path / "plan.xlsx", draft.xlsx(), registers) == wanted
    assert tasks_of(tmp_path / "plan.pdf", draft.pdf(), registers) == wanted


def test_the_report_for_people_says_what_was_read_and_what_to_look_at(data):
    done = run(data, "new", draft.KEY, received(data, word()), "--number", "芜政办〔2022〕1000号", language="zh")
    assert done.exit_code == 1 and not done.stderr
    for words in (
        "文号：芜政办〔2022〕1000号（选项）",
        "贯彻：anhui-2021-108、cn-2021-13",
        "读出条款 15 个、任务 10 项",
        "未登记或分不清的机构 (2)",
        f"{data / 'plans' / draft.KEY / 'source.txt'}:12:56: agency-unknown: 机构名称“市公按局”未登记",
        "最接近的已登记名称：市公安局",
        "没有牵头单位 (2)",
        "编号不连续 (1)",
        "没有读懂的责任表述 (1)",
    ):
        assert words in done.stdout, words


# --- what is refused, with nothing written --------------------------------------------------------------------------

REFUSED = [
    # arguments behind `new`, exit status, words of the sentence
    (["Wuhu-2022-999", "plan.docx"], 2, "'Wuhu-2022-999' is no plan key"),
    (["../wuhu-2022-999", "plan.docx"], 2, "'../wuhu-2022-999' is no plan key"),
    (["wuhu-2022-999/../x-2022-1", "plan.docx"], 2, "is no plan key"),
    (["wuhu", "plan.docx"], 2, "'wuhu' is no plan key"),
    (["luan-2022-49", "plan.docx"], 1, "this plan is there already"),
    ([draft.KEY, "none.docx"], 1, "none.docx: there is no such file"),
    ([draft.KEY, "zip.docx"], 1, "zip.docx: is a zip archive"),
    ([draft.KEY, "plan.docx", "--jurisdiction", "anqing"], 1, "no jurisdiction 'anqing' is registered"),
    ([draft.KEY, "plan.docx", "--begin", "2031-01-01"], 1, "the first day 2031-01-01 is not before the last"),
    ([draft.KEY, "plan.docx", "--begin", "2031-13-01"], 2, "2031-13-01"),
    ([draft.KEY, "plan.docx", "--source-url", "example cn"], 1, "is no address of a web page"),
    ([draft.KEY, "plan.docx", "--implements", "hubei-2021-1"], 1, "there is no plan hubei-2021-1"),
    ([draft.KEY], 2, "FILE"),
]


@pytest.mark.parametrize(("arguments", "status", "sentence"), REFUSED, ids=[" ".join(row[0]) for row in REFUSED])
def test_nothing_is_written_where_something_is_wrong(arguments, status, sentence, data):
    received(data, word())
    received(data, b"PK\x05\x06" + bytes(18), "zip.docx")
    before = entries(data)
    paths = [data.parent / one if one.endswith(".docx") else one for one in arguments]
    done = run(data, "new", *paths)
    assert (done.exit_code, done.stdout) == (status, "")
    assert sentence in done.stderr and "Traceback" not in done.stderr
    assert entries(data) == before


def test_all_that_is_missing_is_listed_at_once(data):
    before = entries(data)
    done = run(data, "new", "shi-2022-1", received(data, "一、加强宣传。（市公安局牵头）\n".encode(), "plan.txt"))
    assert done.exit_code == 1 and len(done.stderr.splitlines()) == 1
    assert "--title (title), --jurisdiction (jurisdiction), --begin (first day), --end (last day)" in done.stderr
    assert entries(data) == before
    given = ["--title", "某方案", "--jurisdiction", "六安市", "--begin", "2022-01-01", "--end", "2025-12-31"]
    done = run(data, "new", "shi-2022-1", data.parent / "plan.txt", *given)
    assert "read: 1 clauses, 1 tasks" in done.stdout
    assert "plan-above-missing" in done.stdout and done.exit_code == 1


def test_a_place_that_is_not_registered_is_named_with_the_row_to_add(data):
    shutil.copy(DATA / "registers" / "jurisdictions.csv", data / "registers" / "jurisdictions.csv")
    done = run(data, "new", draft.KEY, received(data, word()))
    assert done.exit_code == 1
    assert "no jurisdiction '芜湖市' is registered" in done.stderr
    assert "wuhu,芜湖市,芜湖,Wuhu,prefecture,anhui,…" in done.stderr
    assert draft.KEY not in entries(data)


def test_a_folder_that_can_not_be_written_leaves_nothing_behind(data, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    file = received(data, word())
    before = entries(data)
    monkeypatch.setattr(Path, "rename", full)
    done = run(data, "new", draft.KEY, file)
    assert done.exit_code == 1 and "can't be written: No space left on device" in done.stderr
    assert entries(data) == before


def test_a_plan_that_was_altered_after_it_was_received_is_refused(faulty):
    data = faulty
    with (data / "plans" / draft.KEY / "received.docx").open("ab") as file:
        file.write(b"x")
    done = run(data, "build", "--check")
    assert done.exit_code == 1
    assert "received.docx" in done.stderr and "this is not the file received" in done.stderr


# --- the head of a document -----------------------------------------------------------------------------------------

HEADS = [
    # title on two lines, number, no notice
    ("六政办〔2022〕1号\n六安市反对拐卖人口行动\n实施方案（2022—2030年）\n一、总则", {"title": "六安市反对拐卖人口行动实施方案（2022—2030年）", "number": "六政办〔2022〕1号", "jurisdiction": "luan"}),
    # the notice quotes the title, whatever stands above
    ("某文件\n《大足区行动计划实施细则》已经区政府同意，现印发给你们。\n一、总则", {"title": "大足区行动计划实施细则", "jurisdiction": "dazu"}),
    # the issuer above the date, spaces within both
    ("重庆市大足区人民政府办公室\n2022年5月9日\n（此件公开发布）\n一、总则", {"issuer": "重庆市大足区人民政府办公室", "jurisdiction": "dazu"}),
    # the issuer as the one that writes
    ("天津市静海区人民政府办公室关于印发方案的通知\n一、总则", {"issuer": "天津市静海区人民政府办公室", "jurisdiction": "jinghai"}),
    # a place that is not registered below one that is: neither is guessed
    ("安徽省芜湖市人民政府办公室\n2022年5月9日\n一、总则", {"jurisdiction": None, "place": "芜湖市"}),
    # a date that is none
    ("六安市人民政府\n2022年2月30日\n一、总则", {"issued": None}),
    # a period that runs backwards
    ("六安市方案（2030—2021年）\n一、总则", {"begin": None, "end": None}),
    # what stands in the text is not its head
    ("一、总则\n《芜湖市实施方案》已经同意。\n2022年5月9日", {"title": None, "issued": None}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wanted"), HEADS)
def test_the_head_says_what_the_plan_is(text, wanted, registers):
    found = head.read_head(text, "x-2022-1", {}, registers)
    assert {name: getattr(found, name) for name in wanted} == wanted


def test_the_key_tells_the_place_where_the_document_does_not(registers):
    found = head.read_head("某方案\n一、总则", "luan-2023-1", {}, registers)
    assert (found.jurisdiction, found.place) == ("luan", "六安市")


@pytest.mark.parametrize("key", ["yunnan-2021-50", "luan-2022-49", "dazu-2022-60", "jinghai-2022-12"])
def test_the_heads_of_the_real_plans_say_what_their_records_say(key, registers):
    [plan] = [plan for plan in read_plans(DATA) if plan.key == key]
    found = head.read_head(plan.text, key, {}, registers)
    assert (found.number, found.issued) == (plan.record.number, plan.record.issued)
    assert (found.jurisdiction, found.issuer) == (plan.record.jurisdiction, plan.record.issuer)
    assert re.sub(r"\W", "", found.title) == re.sub(r"\W", "", plan.record.title)


CITED = [
    # text, plans to implement, (plan, number as written, implements, basis)
    ("根据国办发〔2021〕13号", [], [("cn-2021-13", "国办发〔2021〕13号", True, "cited")]),
    # other brackets and spaces: as this text writes them
    ("根据国办发[2021] 13 号", [], [("cn-2021-13", "国办发[2021] 13 号", True, "cited")]),
    # by title, without a number
    ("根据《中国反对拐卖人口行动计划（2021－2030年）》", [], [("cn-2021-13", None, True, "register")]),
    # named by a person
    ("一、总则", ["anhui-2021-108"], [("anhui-2021-108", None, True, "register")]),
    # named by a person, and another one cited
    (
        "根据国办发〔2021〕13号",
        ["anhui-2021-108"],
        [("anhui-2021-108", None, True, "register"), ("cn-2021-13", "国办发〔2021〕13号", False, "cited")],
    ),
    ("一、总则", [], []),
]


@pytest.mark.parametrize(("text", "implements", "wanted"), CITED)
def test_the_plans_above_are_those_that_the_text_cites_or_a_person_names(text, implements, wanted, plans):
    others = [plan.record for plan in plans if plan.key in ("cn-2021-13", "anhui-2021-108")]
    record = replace(others[0], key="x-2022-1", number="六政办〔2022〕1号")
    found = head.read_citations(text, record, others, implements).citations
    assert [(one.plan, one.number, one.implements, one.basis) for one in found] == wanted


def test_a_cited_number_that_no_plan_bears_is_told_of(plans):
    record = replace(plans[0].record, key="x-2022-1", number="六政办〔2022〕1号")
    found = head.read_citations("六政办〔2022〕1号\n根据皖公通〔2020〕7号\n一、总则", record, [], [])
    assert found.unknown == (("皖公通〔2020〕7号", 14),)


# --- at a terminal, and installed elsewhere -------------------------------------------------------------------------


def test_at_a_terminal_what_the_document_does_not_say_is_asked(data):
    file = received(data, "一、加强宣传。（市公安局牵头）\n".encode(), "plan.txt")
    answers = ["某方案", "", "", "soon", "", "2022-01-01", "2025-12-31", "luan", ""]
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "atkg", "--lang", "en", "--data", str(data), "new", "shi-2022-1", str(file)],
        stdin=follower,
        stdout=subprocess.PIPE,
        stderr=follower,
    )
    os.close(follower)
    os.write(leader, "".join(f"{answer}\n" for answer in answers).encode())
    output = process.communicate(timeout=120)[0].decode()
    shown = os.read(leader, 65536).decode(errors="replace")
    os.close(leader)
    assert process.returncode == 1, shown
    assert "title: 某方案" in output and "last day: 2025-12-31" in output and "jurisdiction: luan" in output
    assert "expected a date, as 2022-04-06" in shown


def test_the_data_that_came_with_an_installed_atkg_is_not_written_to(tmp_path, monkeypatch):
    from atkg import resources
    from atkg.cli import new as command

    came = tmp_path / "resources" / "data"
    shutil.copytree(DATA, came)
    monkeypatch.setattr(resources, "_PACKAGE", tmp_path)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plan.docx").write_bytes(word())
    done = CliRunner().invoke(main, ["--lang", "en", "new", draft.KEY, "plan.docx"])
    assert done.exit_code == 1 and f"cp -r {came} data" in done.stderr
    assert command is not None and draft.KEY not in entries(came)
    # a copy of it is one's own
    shutil.copytree(came, tmp_path / "data")
    append(tmp_path / "data" / "registers" / "jurisdictions.csv", draft.JURISDICTION)
    done = CliRunner().invoke(main, ["--lang", "en", "new", draft.KEY, "plan.docx"])
    assert f"Taken in: data/plans/{draft.KEY}" in done.stdout
