"""Tables that were flattened to text, as a phrase book: lines, and the tasks of their rows."""

from __future__ import annotations

import pytest

from atkg.extract import read_plan
from atkg.extract.tables import split_tables
from atkg.extract.text import Text
from atkg.model import Basis, PlanRecord, Role

FULL = "序号\t任务\t责任单位\t配合单位\t完成时限\n"
UNITS = "\t单位\n\t重点任务\n\t年度推进举措\n\n\t\n\t\n\t2022\n\t2023-2029\n\n"


@pytest.fixture(scope="module")
def read(registers):
    def reading(words):
        return read_plan(PlanRecord("yuxi-2022-1", "表", None, "yuxi"), words, registers)

    return reading


def tasks(reading):
    """path: text ← leads + helpers @ timings, one a task."""
    shown = []
    for task in reading.tasks:
        assert task.basis is Basis.TABLE
        leads, helpers = (
            "、".join(a.mention for a in task.assignments if a.role is role) for role in (Role.LEAD, Role.COOPERATING)
        )
        times = "".join(f" @{m.timing} {m.end or ''}".rstrip() for m in task.milestones)
        shown.append(f"{task.clause}: {task.text} ← {leads}" + (f" + {helpers}" if helpers else "") + times)
    return shown


def kinds(reading):
    return sorted(finding.kind for finding in reading.findings)


TABLES = [
    # a line a row
    (
        FULL + "1\t加强宣传\t市委宣传部\t市公安局、市妇联\t2025年底前\n2\t加强管理\t市公安局\t\t长期\n",
        [
            "row_1: 加强宣传 ← 市委宣传部 + 市公安局、市妇联 @deadline 2025-12-31",
            "row_2: 加强管理 ← 市公安局 @continuing",
        ],
        [],
    ),
    # a line a cell
    (
        "\t序号\n\t任务\n\t责任单位\n\t配合单位\n\n\t1\n\t加强宣传\n\t市委宣传部\n\t市公安局\n\n\t2\n\t加强管理\n\t市公安局\n\t/\n\n",
        ["row_1: 加强宣传 ← 市委宣传部 + 市公安局", "row_2: 加强管理 ← 市公安局"],
        [],
    ),
    # a text that ends like the name of a body is known by its head
    (FULL + "1\t建设儿童福利院\t市民政局\t市妇联\t\n", ["row_1: 建设儿童福利院 ← 市民政局 + 市妇联"], []),
    # cells that hold nothing
    (FULL + "1\t加强宣传\t市委宣传部\t/\t—\n", ["row_1: 加强宣传 ← 市委宣传部"], []),
    # a missing cell: the progress text has moved under 配合单位
    (
        "任务\t责任单位\t配合单位\t完成时限\n1.加强宣传。开展活动。\t市委宣传部\t2025年底前完成。\n",
        ["row_1: 开展活动。 ← 市委宣传部 @deadline 2025-12-31"],
        ["cell-shifted"],
    ),
    # the text of a row is lost, and stays lost
    ("任务\t责任单位\t配合单位\n\t市公安局\t市民政局\n", ["row_1: None ← 市公安局 + 市民政局"], ["text-lost"]),
    # headings in a column of their own: numbered, or named only, once for all their rows
    (
        "工作项目\t任务\t责任单位\n一、预防\t加强管理\t市公安局\n\t加强宣传\t市民政局\n二、打击\t严惩犯罪\t市公安局\n",
        ["sec_1/row_1: 加强管理 ← 市公安局", "sec_1/row_2: 加强宣传 ← 市民政局", "sec_2/row_1: 严惩犯罪 ← 市公安局"],
        [],
    ),
    (
        "类别\t任务\t责任单位\n预防\t加强管理\t市公安局\n\t加强宣传\t市民政局\n打击\t严惩犯罪\t市公安局\n",
        ["sec_1/row_1: 加强管理 ← 市公安局", "sec_1/row_2: 加强宣传 ← 市民政局", "sec_2/row_1: 严惩犯罪 ← 市公安局"],
        [],
    ),
    # a heading on a row of its own
    (
        "任务\t责任单位\n一、预防\n加强管理\t市公安局\n二、打击\n严惩犯罪\t市公安局\n",
        ["sec_1/row_1: 加强管理 ← 市公安局", "sec_2/row_1: 严惩犯罪 ← 市公安局"],
        [],
    ),
    # the head again on the next page, with the number of the page between
    (
        "任务\t责任单位\n加强管理\t市公安局\n\n— 2 —\n任务\t责任单位\n加强宣传\t市民政局\n",
        ["row_1: 加强管理 ← 市公安局", "row_2: 加强宣传 ← 市民政局"],
        [],
    ),
    # the number of a page within, and a line that is no row
    (
        "任务\t责任单位\n加强管理\t市公安局\n— 2 —\n加强宣传\t市民政局\n说明文字\n严惩犯罪\t市公安局\n",
        ["row_1: 加强管理 ← 市公安局", "row_2: 加强宣传 ← 市民政局", "row_3: 严惩犯罪 ← 市公安局"],
        ["line-in-table"],
    ),
    # two tables with text between: rows are counted on
    (
        "任务\t责任单位\n加强管理\t市公安局\n\n以下为续表。\n\n任务\t责任单位\n加强宣传\t市民政局\n",
        ["row_1: 加强管理 ← 市公安局", "row_2: 加强宣传 ← 市民政局"],
        [],
    ),
    # a column that is not known among those that are: its cells are findings
    ("任务\t责任单位\t责任人\n加强管理\t市公安局\t张三\n", ["row_1: 加强管理 ← 市公安局"], ["cell-unplaced"]),
    # no head at all: known by what the rows say
    (
        "1\t加强宣传教育工作\t市委宣传部\t市公安局\t2025年底前\n2\t加强管理工作\t市公安局\t市民政局\t长期\n",
        [
            "row_1: 加强宣传教育工作 ← 市委宣传部 + 市公安局 @deadline 2025-12-31",
            "row_2: 加强管理工作 ← 市公安局 + 市民政局 @continuing",
        ],
        ["table-headless"],
    ),
    # a row that names no unit lays its words on nobody, and is there all the same
    ("任务\t责任单位\n加强管理\t市公安局\n备注说明\t\n", ["row_1: 加强管理 ← 市公安局"], ["lead-missing"]),
    # under a heading without text, the table is its own
    ("一、任务分工\n任务\t责任单位\n加强管理\t市公安局\n二、保障\n做好。\n", ["sec_1/row_1: 加强管理 ← 市公安局"], []),
    # in an annex
    ("一、总则。\n附件2\n分工表\n任务\t责任单位\n加强管理\t市公安局\n", ["annex_2/row_1: 加强管理 ← 市公安局"], []),
    # each row an agency: key tasks with and without numbers
    (
        UNITS
        + "\t市公安局\n\t1.加强管理。\n2.加强宣传。\n\t1.甲。\n\t做好总结\n\n\t市民政局\n\t救助安置\n\t乙\n\t丙\n\n",
        ["row_1/item_1: 加强管理。 ← 市公安局", "row_1/item_2: 加强宣传。 ← 市公安局", "row_2: 救助安置 ← 市民政局"],
        [],
    ),
    # a number twice in one cell
    (
        UNITS + "\t市公安局\n\t1.加强管理。\n1.加强宣传。\n\t甲\n\t乙\n\n",
        ["row_1/item_1: 加强管理。 ← 市公安局", "row_1/item_1~2: 加强宣传。 ← 市公安局"],
        ["number-order"],
    ),
]


@pytest.mark.parametrize(("words", "expected", "findings"), TABLES)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_rows_of_a_table_are_tasks(read, words, expected, findings, end):
    reading = read(words.replace("\n", end))
    assert tasks(reading) == expected
    assert kinds(reading) == findings


def test_a_measure_in_a_column_of_years_is_a_clause_with_the_period_of_the_column(read):
    reading = read(UNITS + "\t市公安局\n\t1.加强管理。\n\t1.甲。\n2.乙。\n\t做好总结\n\n")
    assert [(m.clause, str(m.begin), str(m.end), m.row_agency, m.row) for m in reading.milestones] == [
        ("row_1/col_2022/item_1", "2022-01-01", "2022-12-31", "市公安局", "row_1"),
        ("row_1/col_2022/item_2", "2022-01-01", "2022-12-31", "市公安局", "row_1"),
        ("row_1/col_2023-2029", "2023-01-01", "2029-12-31", "市公安局", "row_1"),
    ]


def test_in_a_column_without_years_the_words_of_the_cell_give_the_time(read):
    reading = read("单位\t重点任务\t完成时限\n市公安局\t加强管理\t2025年底前\n")
    assert [(m.clause, str(m.timing), str(m.end)) for m in reading.milestones] == [
        ("row_1/col_3", "deadline", "2025-12-31")
    ]


TEXTS = [
    # a tab in ordinary text, a head without rows, lines that open with a tab
    "一、加强\t管理。\n",
    "任务\t责任单位\n",
    "任务\t责任单位\n\n一、加强管理。\n",
    "\t牵头单位：市公安局\n\t责任单位：市民政局\n",
    "首页\t政务公开\t互动交流\n",
    "序号\t姓名\t职务\n1\t张三\t局长\n",
    "",
]


@pytest.mark.parametrize("words", TEXTS)
def test_what_is_no_table_stays_running_text(words):
    text = Text(words)
    lines = list(text.lines())
    assert split_tables(text, lines) == (lines, [])
