"""The command line as a new user meets it: help, exit status, one sentence for each fault, data on stdout."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from atkg.cli import main
from conftest import DATA, ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
DAZU = DATA / "plans" / "dazu-2022-60" / "source.txt"


def run(*arguments: str | Path, data: Path = DATA, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(main, ["--data", str(data), *map(str, arguments)], input=stdin)


def test_every_command_has_help_in_both_languages_and_stands_in_both_parts_of_the_readme():
    english, _, chinese = README.partition("# 中文说明")
    for name, command in main.commands.items():
        assert re.search(r"[\u4e00-\u9fff].*[A-Za-z]{3}", command.help or "", re.DOTALL), name
        for part in (english, chinese):
            assert f"`atkg {name}" in part, name
        for parameter in command.params:
            if isinstance(parameter, click.Option) and parameter.help:
                assert re.search(r"[\u4e00-\u9fff].*[A-Za-z]{3}", parameter.help), f"{name} {parameter.name}"


ENCODINGS = [
    # as received
    ("utf-8", lambda text: text.encode()),
    ("utf-8 with a byte order mark", lambda text: b"\xef\xbb\xbf" + text.encode()),
    ("gb18030", lambda text: text.encode("gb18030")),
    ("gbk", lambda text: text.encode("gbk")),
    ("utf-16", lambda text: text.encode("utf-16")),
    ("line ends of Windows", lambda text: text.replace("\n", "\r\n").encode()),
]


@pytest.mark.parametrize("encode", [encode for _, encode in ENCODINGS], ids=[name for name, _ in ENCODINGS])
def test_the_same_plan_is_read_from_every_encoding(encode, tmp_path):
    file = tmp_path / "plan.txt"
    file.write_bytes(encode(DAZU.read_text(encoding="utf-8")))
    records = json.loads(run("extract", file).stdout)
    assert len(records["tasks"]) == 59
    assert records["plan"]["jurisdiction"] == "dazu"


UNREADABLE = [
    # name, what the file holds, what the sentence says in Chinese and in English
    ("missing.txt", None, "没有这个文件", "there is no such file"),
    ("empty.txt", b"", "是空的", "is empty"),
    ("blank.txt", b" \n\t\n", "是空的", "is empty"),
    ("binary.txt", bytes(range(256)) * 20, "不是文本文件", "is not a text file"),
]


@pytest.mark.parametrize(("name", "content", "zh", "en"), UNREADABLE, ids=[row[0] for row in UNREADABLE])
def test_a_file_that_is_no_plan_is_refused_in_one_sentence_that_names_it(name, content, zh, en, tmp_path):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    for language, words in (("zh", zh), ("en", en)):
        done = run("--lang", language, "extract", tmp_path / name)
        assert (done.exit_code, done.stdout) == (1, "")
        assert name in done.stderr and words in done.stderr
        assert len(done.stderr.splitlines()) == 1


def test_a_text_without_a_task_says_so_and_fails(tmp_path):
    (tmp_path / "notes.txt").write_text("今天天气很好。\n", encoding="utf-8")
    done = run("--lang", "en", "extract", tmp_path / "notes.txt")
    assert done.exit_code == 1
    assert "notes.txt:1:1: no-task:" in done.stderr


def test_standard_input_is_read_as_a_file():
    assert len(json.loads(run("extract", "-", stdin=DAZU.read_bytes()).stdout)["tasks"]) == 59


def test_an_extract_in_turtle_is_the_committed_graph():
    done = run("extract", DAZU, "--plan", "dazu-2022-60", "--format", "ttl")
    assert done.stdout == (DAZU.parent / "graph.ttl").read_text(encoding="utf-8")


WRONG_USAGE = [
    ("frobnicate",),
    ("extract", "x.txt", "--plan", "nowhere-2020-1"),
    ("query", "no-such-query"),
    ("query", "tasks-of-agency", "--param", "agency"),
    ("query", "tasks-of-agency", "--param", "nobody=x"),
    ("query", "deadlines-of-agency", "--param", "year=soon"),
    ("query", "tasks-of-agency", "--format", "turtle"),
    ("query", "tasks-of-agency", "--format", "xls"),
    ("build", "--no-such-option"),
]


@pytest.mark.parametrize("arguments", WRONG_USAGE, ids=" ".join)
def test_wrong_usage_ends_with_status_2_and_no_traceback(arguments, tmp_path):
    (tmp_path / "x.txt").write_bytes(DAZU.read_bytes())
    done = run(*(tmp_path / "x.txt" if argument == "x.txt" else argument for argument in arguments))
    assert done.exit_code == 2, done.output
    assert "Traceback" not in done.output


def test_an_unknown_query_names_the_nearest():
    assert "tasks-of-agency" in run("query", "task-of-agency").stderr


TOML = [
    # a key that nobody knows, with its line
    ('number = "x"', 'numbr = "x"', "numbr"),
    # a checksum that is not the file's
    ("sha256 = ", 'sha256 = "' + "0" * 64 + '" #', "source.txt"),
    ("sha256 = ", 'sha256 = "abc" #', "source.sha256"),
    # a date that is none
    ("date = 2022-05-09", 'date = "May"', "date"),
    ("begin = 2021-01-01", "begin = 2031-01-01", "begin"),
    # a plan that isn't there
    ('plan = "chongqing-2021-152"', 'plan = "chongqing-2021-999"', "chongqing-2021-999"),
    ("title = ", "title == ", "TOML"),
]


@pytest.mark.parametrize(
    ("before", "after", "named"), TOML, ids=[row[2] + str(place) for place, row in enumerate(TOML)]
)
def test_a_fault_in_plan_toml_is_named_with_its_file(before, after, named, tmp_path):
    data = Path(shutil.copytree(DATA, tmp_path / "data"))
    toml = data / "plans" / "dazu-2022-60" / "plan.toml"
    text = toml.read_text(encoding="utf-8").replace('number = "大足府办发〔2022〕60号"', 'number = "x"')
    assert before in text
    toml.write_text(text.replace(before, after, 1), encoding="utf-8")
    done = run("--lang", "en", "--out", tmp_path / "out", "build", data=data)
    assert done.exit_code == 1
    assert named in done.stderr and "dazu-2022-60" in done.stderr
    assert "Traceback" not in done.output and len(done.stderr.splitlines()) <= 2


def test_a_table_shows_names_and_short_iris():
    done = run("query", "tasks-of-agency", "--param", "agency=id/agency/yuxi/transport")
    assert done.exit_code == 0
    assert "玉溪市交通运输局" in done.stdout and "id/agency/yuxi/transport" in done.stdout
    assert "https://w3id.org" not in done.stdout


def test_csv_is_the_engine_s_own():
    done = run("query", "tasks-of-agency", "--param", "agency=id/agency/yuxi/transport", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [row["agencyLabel"] for row in rows] == ["玉溪市交通运输局"]


def test_a_query_file_is_run_and_a_faulty_one_says_where(tmp_path):
    (tmp_path / "count.rq").write_text("SELECT (COUNT(*) AS ?n) WHERE { ?s a <https://w3id.org/atkg/ontology#Plan> }")
    assert run("query", tmp_path / "count.rq", "--format", "csv").stdout.split() == ["n", "9"]
    (tmp_path / "faulty.rq").write_text("SELECT *\nWHERE { ?s ?p }")
    done = run("query", tmp_path / "faulty.rq")
    assert done.exit_code == 1
    assert "第 2 行第 16 列" in done.stderr


def test_without_a_name_the_queries_are_listed_with_their_questions():
    done = run("query")
    assert done.exit_code == 0
    assert "tasks-of-agency" in done.stdout and "？" in done.stdout


def test_up_builds_serves_and_ends_on_a_signal(tmp_path):
    command = [sys.executable, "-m", "atkg", "--data", str(DATA), "--out", str(tmp_path), "up", "--port", "0"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as server:
        assert server.stderr is not None
        deadline = time.monotonic() + 120
        line = ""
        while "http://" not in line and time.monotonic() < deadline:
            line = server.stderr.readline()
        url = re.search(r"http://\S+?/", line)
        assert url, line
        query = "ASK%20%7B%20%3Ftask%20a%20%3Chttps%3A%2F%2Fw3id.org%2Fatkg%2Fontology%23Task%3E%20%7D"
        with urllib.request.urlopen(f"{url.group()}sparql?query={query}", timeout=10) as answer:
            assert json.load(answer)["boolean"] is True
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=10) == 0
