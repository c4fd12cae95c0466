"""The baseline: accepted results don't fail, ones that are gone do, and nobody accepts without a reason."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from atkg.errors import InputError
from atkg.validate import Level, Place, Report, Result, Shapes
from atkg.validate.baseline import COLUMNS, Accepted, apply, key_of, read_baseline, write_baseline
from atkg.validate.explain import Guide
from conftest import ROOT

GUIDE = Guide(Shapes.load())
BASE = "https://w3id.org/atkg/"
HEAD = ",".join(COLUMNS)


def warning(node: str = "id/task/jia-2021-1/sec_1/t1", value: str = "id/agency/jia/member-units") -> Result:
    return Result(
        "Task-leadOnlyCollective",
        Level.WARNING,
        {"zh": "只有机构统称。", "en": "Only a collective."},
        BASE + node,
        value=BASE + value,
        text=Place("source.txt", 3),
    )


ROW = "Task-leadOnlyCollective,id/task/jia-2021-1/sec_1/t1,id/agency/jia/member-units,"


def baseline(tmp_path: Path, *rows: str) -> Path:
    path = tmp_path / "accepted.csv"
    path.write_text("\n".join([HEAD, *rows]) + "\n", encoding="utf-8")
    return path


def applied(report: Report, path: Path, *, judged: bool = True) -> Report:
    return apply(report, read_baseline(path, GUIDE), path, judged=lambda _: judged)


def test_an_accepted_warning_does_not_fail_and_keeps_its_reason(tmp_path):
    report = applied(Report([warning()]), baseline(tmp_path, ROW + "各单位各自负责。"))
    assert not report.fails(Level.INFO)
    assert [result.accepted for result in report.results] == ["各单位各自负责。"]
    assert (report.count(Level.WARNING), report.accepted) == (0, 1)


SAME = [
    # the ways in which people write the same IRI
    "id/task/jia-2021-1/sec_1/t1",
    BASE + "id/task/jia-2021-1/sec_1/t1",
    f"<{BASE}id/task/jia-2021-1/sec_1/t1>",
]


@pytest.mark.parametrize("node", SAME)
def test_a_row_names_its_node_in_any_form(node, tmp_path):
    row = f"Task-leadOnlyCollective,{node},id/agency/jia/member-units,reason"
    assert not applied(Report([warning()]), baseline(tmp_path, row)).fails(Level.INFO)


OTHERS = [
    # another node, another value: a row accepts exactly one result
    warning(node="id/task/jia-2021-1/sec_1/t2"),
    warning(value="id/agency/jia/other-units"),
]


@pytest.mark.parametrize("other", OTHERS, ids=["node", "value"])
def test_a_row_accepts_no_other_result(other, tmp_path):
    report = applied(Report([warning(), other]), baseline(tmp_path, ROW + "reason"))
    assert [result.accepted for result in report.results] == ["reason", None]
    assert report.fails(Level.WARNING)


def test_a_row_whose_result_is_gone_fails_on_its_line(tmp_path):
    path = baseline(tmp_path, "", ROW + "reason")
    report = applied(Report([]), path)
    (gone,) = report.results
    assert report.fails(Level.VIOLATION)
    assert (gone.shape, gone.where) == ("Baseline-current", Place(str(path), 3))
    assert "Task-leadOnlyCollective" in gone.message("zh") and "occurs no longer" in gone.message("en")


def test_a_row_about_what_was_not_checked_this_time_is_not_gone(tmp_path):
    assert not applied(Report([]), baseline(tmp_path, ROW + "reason"), judged=False).results


FAULTY = [
    # a reason is what the table is for
    (ROW, 2, "needs a reason"),
    (ROW + " ", 2, "needs a reason"),
    # a Violation is wrong data
    ("Task-leadAgency,id/task/jia-2021-1/sec_1/t1,,looks right to me", 2, "can't be accepted"),
    ("File-readable,eli/jia-2021-1,,never mind", 2, "can't be accepted"),
    # a shape that is none, with the one that was meant
    ("Task-leadOnlyColective,id/task/jia-2021-1/sec_1/t1,,reason", 2, "Task-leadOnlyCollective"),
    ("Task-leadOnlyCollective,,,reason", 2, "node: is empty"),
    (f"{ROW}one\n{ROW}two", 3, "repeats line 2"),
    ("Task-leadOnlyCollective,a", 2, "expected 4 values"),
]


@pytest.mark.parametrize(
    ("rows", "line", "words"), FAULTY, ids=[row[2] + str(place) for place, row in enumerate(FAULTY)]
)
def test_a_faulty_row_is_refused_with_its_line(rows, line, words, tmp_path):
    with pytest.raises(InputError, match=words) as refused:
        read_baseline(baseline(tmp_path, rows), GUIDE)
    assert refused.value.line == line


NO_BASELINE = [
    # nothing in it, not even the columns
    (b"", "expected the columns"),
    (b"shape,node\n", "expected the columns"),
    (b"\xff\xfe\x00\x00", "not UTF-8"),
    (None, "there is no such file"),
]


@pytest.mark.parametrize(
    ("content", "words"), NO_BASELINE, ids=[row[1] + str(place) for place, row in enumerate(NO_BASELINE)]
)
def test_a_file_that_is_no_baseline_is_refused(content, words, tmp_path):
    path = tmp_path / "accepted.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=words):
        read_baseline(path, GUIDE)


def test_a_written_baseline_waits_for_reasons_and_keeps_those_given(tmp_path):
    path = tmp_path / "accepted.csv"
    first = warning()
    violation = Result("Task-leadAgency", Level.VIOLATION, {"en": "no lead"}, BASE + "id/task/jia-2021-1/sec_2/t1")
    text, missing = write_baseline(path, Report([first, violation]))
    assert missing == 1 and "Task-leadAgency" not in text
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="needs a reason"):
        read_baseline(path, GUIDE)
    path.write_text(text.replace("member-units,", "member-units,各自负责"), encoding="utf-8")
    second = warning(node="id/task/jia-2021-1/sec_3/t1")
    text, missing = write_baseline(path, Report([first, second]))
    assert missing == 1 and "各自负责" in text
    # what is gone is left out
    text, missing = write_baseline(path, Report([second]))
    assert "各自负责" not in text and missing == 1


def test_a_written_baseline_with_reasons_accepts_what_it_was_written_from(tmp_path):
    path = tmp_path / "accepted.csv"
    literal = Result(
        "Clause-repeatedNumber",
        Level.WARNING,
        {"en": "x"},
        "urn:x",
        value='two\nlines, "quoted" and 中文 ',
        path="urn:p",
    )
    report = Report([warning(), literal])
    rows = list(csv.DictReader(write_baseline(path, report)[0].splitlines()))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows({**row, "reason": "seen"} for row in rows)
    assert not applied(report, path).open


def test_the_project_s_own_baseline_gives_a_reason_in_both_languages_for_each_row():
    rows = read_baseline(ROOT / ".github" / "accepted-warnings.csv", GUIDE)
    assert rows
    for row in rows:
        assert any("\u4e00" <= char <= "\u9fff" for char in row.reason) and row.reason.isprintable()
        assert row.reason.rpartition("。")[2].strip().isascii()


def test_a_key_is_what_people_see_in_a_report():
    assert key_of(warning()) == Accepted(2, tuple(ROW.split(",")[:3]), "").key
