"""Small whole documents and what is read in them: tests/plans/<name>.txt beside <name>.json, and shorter ones here.

A .json holds what a reader of the document would note down: for each task its clause, words, agencies by role and
dates, then the kinds of the findings.
"""

from __future__ import annotations

import json
import time
from datetime import date
from pathlib import Path

import pytest

from atkg.extract import guess_record, read_plan
from atkg.model import PlanRecord, Reading, Role
from conftest import DATA

PLANS = sorted((Path(__file__).parent / "plans").glob("*.txt"))


def read(words: str, registers, place: str = "yuxi") -> Reading:
    return read_plan(PlanRecord("yuxi-2022-1", "计划", None, place), words, registers)


def noted(reading: Reading) -> dict[str, object]:
    return {
        "tasks": [
            {
                "clause": f"{task.clause} t{task.index}",
                "basis": str(task.basis),
                "text": task.text,
                **{
                    str(role): [a.mention for a in task.assignments if a.role is role]
                    for role in Role
                    if any(a.role is role for a in task.assignments)
                },
                **({"open": True} if task.open_list else {}),
                **(
                    {
                        "milestones": [
                            " ".join(str(part) for part in (m.timing, m.begin, m.end, m.recurrence) if part)
                            for m in task.milestones
                        ]
                    }
                    if task.milestones
                    else {}
                ),
            }
            for task in reading.tasks
        ],
        "findings": sorted(finding.kind for finding in reading.findings),
    }


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_a_document_is_read_as_a_reader_notes_it_down(path, registers):
    expected = json.loads(path.with_suffix(".json").read_text("utf-8"))
    assert noted(read(path.read_text("utf-8"), registers)) == expected


STAND = "（市公安局负责）"
REFERENCES = [
    # a clause is cited by its own number, below those above it
    ("二、甲\n（一）乙\n2．丙\n（2）丁\n——戊。", "二(一)2(2)——1"),
    ("第二章 甲\n第十四条 乙\n（一）丙。", "第十四条(一)"),
    ("第二章 甲\n第一节 乙\n一、丙。", "第二章第一节一"),
    ("一、甲。\n附件1\n乙\n第一条 丙。", "附件1第一条"),
    ("一、甲。\n附件\n乙\n任务\t责任单位\n丙\t市公安局\n", "附件·1"),
    ("任务\t责任单位\n丙\t市公安局\n", "1"),
    ("一、甲\n任务\t责任单位\n丙\t市公安局\n", "一"),
    ("1．甲。\n乙。\n", "1¶2"),
]


@pytest.mark.parametrize(("words", "reference"), REFERENCES)
def test_a_clause_has_the_reference_that_people_cite(words, reference, registers):
    assert read(words, registers).clauses[-1].reference == reference


def test_a_document_without_any_duty_is_read_and_says_so(registers):
    reading = read("一、目标\n加强宣传，提高意识。\n", registers)
    assert [clause.text for clause in reading.clauses] == ["加强宣传，提高意识。"]
    assert noted(reading) == {"tasks": [], "findings": ["no-task"]}


def test_more_than_fifty_statements_in_one_paragraph_are_numbered_through(registers):
    reading = read("一、" + "加强管理，2025年底前完成。（市公安局负责）" * 120, registers)
    assert [task.index for task in reading.tasks] == list(range(1, 121))
    assert [milestone.index for milestone in reading.milestones] == list(range(1, 121))


def test_what_a_correction_leaves_unread_before_a_stray_bracket_is_a_finding(registers):
    reading = read("一、加强管理。（市公安局（市反拐办牵头，市民政局配合）", registers)
    assert [finding.kind for finding in reading.findings] == ["bracket-unbalanced"]


GUESSES = [
    (
        "玉溪市反对拐卖人口行动方案\n玉政办发〔2022〕1号\n（2021—2030年）",
        ("yuxi", "玉政办发〔2022〕1号", date(2021, 1, 1)),
    ),
    ("大足区实施细则\n", ("dazu", None, None)),
    # a period that ends before it begins is none
    ("某县方案（2030—2021年）", ("unknown", None, None)),
    ("", ("unknown", None, None)),
]


@pytest.mark.parametrize(("words", "expected"), GUESSES)
def test_the_front_of_a_document_tells_of_the_plan(words, expected, registers):
    record = guess_record(words, "Some Plan.txt", registers)
    assert (record.jurisdiction, record.number, record.begin) == expected
    assert record.key == "some-plan-txt"


LONG = {
    "a real plan many times over": (DATA / "plans/yunnan-2021-50/source.txt").read_text("utf-8"),
    "statements in one line": "加强管理，完善制度。（市公安局负责，市民政局配合）",
    "brackets left open": "（",
    "statements left open": "（市公安局负责",
    "brackets that close nothing": "）",
    "stops": "。",
    "titles left open": "《",
    "digits": "1",
    "members": "市公安局、为",
    "labels": "责任单位：",
    "spaces": " ",
    "line ends": "\n",
    "heads": "任务\t责任单位\n",
    "rows": "加强管理\t市公安局\n",
    "statements on their own lines": "责任单位：市公安局\n",
    "hard line breaks": "甲" * 50 + "\n",
}


@pytest.mark.parametrize("piece", LONG.values(), ids=LONG.keys())
def test_the_time_to_read_grows_with_the_length_and_no_faster(piece, registers):
    def seconds(length: int) -> float:
        words = "一、甲。\n任务\t责任单位\n" + piece * (length // len(piece) + 1) + "。"
        start = time.process_time()
        read(words, registers)
        return time.process_time() - start

    short = min(seconds(10_000), seconds(10_000))
    # eight times the length may take twice as long again for a machine's whims, but not 64 times
    assert seconds(80_000) < 24 * short + 0.5


def test_measures_that_are_alone_in_their_columns_stand_in_the_order_of_the_columns(registers: Registers):
    """Cells without a number would all be the first of their column, and so share one place in the row."""
    source = "\t单位\n\t重点任务\n\t年度推进举措\n\n\t\n\t\n\t2022\n\t2023-2029\n\n\t市公安局\n\t打击犯罪。\n\t开展排查。\n\t做好总结。\n"
    plan = PlanRecord("yuxi-2022-1", "玉溪市方案", None, "yuxi")
    columns = [clause for clause in read_plan(plan, source, registers).clauses if clause.kind == "column"]
    assert [(clause.path, clause.order) for clause in columns] == [("row_1/col_2022", 3), ("row_1/col_2023-2029", 4)]
