"""Tables that were flattened to text, as a phrase book: lines, and the tasks of their rows."""

from __future__ import annotations

import pytest

from atkg.extract import read_plan
from atkg.extract.columns import Column, column_kind
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


GRID = "序号\t工作任务\t主要措施\t牵头单位\t责任单位\t配合单位\t完成时限\t工作目标\n"

GRIDS = [
    # all the columns that such tables have: the task is the heading of its measures
    (
        GRID + "1\t加强宣传\t开展活动。\t市委宣传部\t市公安局\t市妇联\t2025年底前\t知晓率95%\n",
        ["row_1: 开展活动。 ← 市委宣传部 + 市公安局、市妇联 @deadline 2025-12-31"],
        [],
    ),
    # a 责任单位 without a 牵头单位 beside it leads its row
    (
        GRID + "1\t加强宣传\t开展活动。\t\t市公安局\t市妇联\t长期\t\n",
        ["row_1: 开展活动。 ← 市公安局 + 市妇联 @continuing"],
        [],
    ),
    # a measure that is left blank: the task is the text
    (GRID + "1\t加强宣传\t\t市公安局\t\t\t\t\n", ["row_1: 加强宣传 ← 市公安局"], []),
    # the columns in another order
    (
        "完成时限\t配合单位\t牵头单位\t工作任务\t序号\n2025年底前\t市妇联\t市公安局\t加强宣传\t1\n",
        ["row_1: 加强宣传 ← 市公安局 + 市妇联 @deadline 2025-12-31"],
        [],
    ),
    # only a column of units, in front
    (
        "责任单位\t工作任务\n市公安局\t加强打击\n市民政局\t加强救助\n",
        ["row_1: 加强打击 ← 市公安局", "row_2: 加强救助 ← 市民政局"],
        [],
    ),
    # heads with spaces within, as word processors leave them
    ("序 号\t工 作 任 务\t责 任 单 位\n1\t加强打击\t市公安局\n", ["row_1: 加强打击 ← 市公安局"], []),
    # one task above several measures: repeated, or left blank
    (
        "序号\t任务\t措施\t责任单位\n1\t加强宣传\t开展甲\t市公安局\n1\t加强宣传\t开展乙\t市民政局\n2\t加强管理\t开展丙\t市妇联\n",
        ["sec_1/row_1: 开展甲 ← 市公安局", "sec_1/row_2: 开展乙 ← 市民政局", "sec_2/row_1: 开展丙 ← 市妇联"],
        [],
    ),
    (
        "序号\t任务\t措施\t责任单位\n1\t加强宣传\t开展甲\t市公安局\n\t\t开展乙\t市民政局\n2\t加强管理\t开展丙\t市妇联\n",
        ["sec_1/row_1: 开展甲 ← 市公安局", "sec_1/row_2: 开展乙 ← 市民政局", "sec_2/row_1: 开展丙 ← 市妇联"],
        [],
    ),
    # …below a category of its own
    (
        "类别\t任务\t措施\t责任单位\n预防\t加强宣传\t开展甲\t市公安局\n预防\t加强宣传\t开展乙\t市民政局\n打击\t严惩\t开展丙\t市妇联\n",
        [
            "sec_1/sub_1/row_1: 开展甲 ← 市公安局",
            "sec_1/sub_1/row_2: 开展乙 ← 市民政局",
            "sec_2/sub_1/row_1: 开展丙 ← 市妇联",
        ],
        [],
    ),
    # one cell of units for several tasks, and one task for several units: blank where the row has no number either
    (
        "序号\t任务\t责任单位\t完成时限\n1\t开展甲\t市公安局\t2024年底前\n\t开展乙\t\t2025年底前\n\t\t市民政局\t长期\n",
        [
            "row_1: 开展甲 ← 市公安局 @deadline 2024-12-31",
            "row_2: 开展乙 ← 市公安局 @deadline 2025-12-31",
            "row_3: 开展乙 ← 市民政局 @continuing",
        ],
        ["cell-merged", "cell-merged"],
    ),
    # …but a row with a number of its own and a blank cell of units has none
    (
        "序号\t任务\t责任单位\t完成时限\n1\t开展甲\t市公安局\t2024年\n2\t开展乙\t\t2025年\n",
        ["row_1: 开展甲 ← 市公安局 @period 2024-12-31"],
        ["lead-missing"],
    ),
    # a head of two rows, its upper cell left blank or repeated
    (
        "序号\t任务\t责任分工\t\t时限\n\t\t牵头单位\t配合单位\t\n1\t开展甲\t市公安局\t市妇联\t长期\n",
        ["row_1: 开展甲 ← 市公安局 + 市妇联 @continuing"],
        [],
    ),
    (
        "序号\t任务\t责任分工\t责任分工\n序号\t任务\t牵头单位\t配合单位\n1\t开展甲\t市公安局\t市妇联\n",
        ["row_1: 开展甲 ← 市公安局 + 市妇联"],
        [],
    ),
    # headings across the whole table, with a number and without; a note at its end
    (
        "序号\t任务\t责任单位\n一、预防\t\t\n1\t开展甲\t市公安局\n二、打击\t\t\n2\t开展乙\t市民政局\n注：说明文字\t\t\n",
        ["sec_1/row_1: 开展甲 ← 市公安局", "sec_2/row_1: 开展乙 ← 市民政局"],
        ["line-in-table"],
    ),
    (
        "序号\t任务\t责任单位\n预防类\t\t\n1\t开展甲\t市公安局\n打击类\t\t\n2\t开展乙\t市民政局\n",
        ["sec_1/row_1: 开展甲 ← 市公安局", "sec_2/row_1: 开展乙 ← 市民政局"],
        [],
    ),
    # a cell of units that holds a statement, or marks the lead
    (
        "任务\t责任单位\n开展甲\t市公安局（牵头）、市妇联\n开展乙\t市公安局牵头，市民政局等部门配合\n",
        ["row_1: 开展甲 ← 市公安局 + 市妇联", "row_2: 开展乙 ← 市公安局 + 市民政局"],
        [],
    ),
    ("任务\t责任单位\n开展甲\t牵头单位：市公安局\u2028责任单位：市妇联\n", ["row_1: 开展甲 ← 市公安局 + 市妇联"], []),
    # line ends within cells: names on lines of their own, measures with numbers
    (
        "任务\t责任单位\n1.开展甲。\u20282.开展乙。\t市公安局\u2028市妇联\n",
        ["row_1: 1.开展甲。 2.开展乙。 ← 市公安局、市妇联"],
        [],
    ),
    # a stop behind the last unit, and names of collectives that end in no word for a body
    ("任务\t责任单位\n开展甲\t市公安局、各乡镇。\n", ["row_1: 开展甲 ← 市公安局、各乡镇"], []),
    # dates in figures, and what can't be placed
    (
        "任务\t责任单位\t完成时限\n开展甲\t市公安局\t2025.12\n开展乙\t市公安局\t尽快\n",
        ["row_1: 开展甲 ← 市公安局 @deadline 2025-12-31", "row_2: 开展乙 ← 市公安局 @undated"],
        ["date-unplaced"],
    ),
    # headings without a number beside numbered sections of the text: they are counted on
    ("一、总则。\n\n类别\t任务\t责任单位\n预防\t开展甲\t市公安局\n", ["sec_2/row_1: 开展甲 ← 市公安局"], []),
    # years and quarters as columns of progress
    (
        "任务\t责任单位\t2022年\t2023-2025年\n开展甲\t市公安局\t排查\t整治\n",
        ["row_1: 开展甲 ← 市公安局 @period 2022-12-31 @period 2025-12-31"],
        [],
    ),
    # a person beside a body: the body is not lost for it
    (
        "任务\t责任单位\n开展甲\t市公安局、张三、李四\n",
        ["row_1: 开展甲 ← 市公安局、张三、李四"],
        ["name-unlike-agency", "name-unlike-agency"],
    ),
    # what stands where no unit does
    ("任务\t责任单位\n开展甲\t市公安局\n开展乙\t无\n", ["row_1: 开展甲 ← 市公安局"], ["lead-missing"]),
    # a number of a row that does not follow
    (
        "序号\t任务\t责任单位\n1\t开展甲\t市公安局\n3\t开展乙\t市民政局\n",
        ["row_1: 开展甲 ← 市公安局", "row_2: 开展乙 ← 市民政局"],
        ["number-order"],
    ),
    # numbers that begin again below each heading
    (
        "类别\t序号\t任务\t责任单位\n预防\t1\t开展甲\t市公安局\n预防\t2\t开展乙\t市公安局\n打击\t1\t开展丙\t市民政局\n",
        ["sec_1/row_1: 开展甲 ← 市公安局", "sec_1/row_2: 开展乙 ← 市公安局", "sec_2/row_1: 开展丙 ← 市民政局"],
        [],
    ),
    # who puts it into practice, beside who leads
    ("任务\t牵头单位\t落实单位\n开展甲\t市公安局\t各县区人民政府\n", ["row_1: 开展甲 ← 市公安局"], []),
    # a word of role that is misspelt in a cell
    ("任务\t责任单位\n开展甲\t市民政局负责，市公安局佩合\n", ["row_1: 开展甲 ← 市民政局"], ["role-unknown"]),
]


@pytest.mark.parametrize(("words", "expected", "findings"), GRIDS)
def test_a_table_of_other_columns_is_read_by_its_heads(read, words, expected, findings):
    reading = read(words)
    assert tasks(reading) == expected
    assert kinds(reading) == findings


def test_the_number_of_a_row_counts_the_tasks_where_each_has_several_measures(read):
    # repeated beside each measure, as a cell that was merged is; the measures of one cell keep their numbers
    reading = read("序号\t任务\t措施\t责任单位\n1\t加强宣传\t1.甲 2.乙\t市公安局\n1\t加强宣传\t丙\t市妇联\n")
    assert [(clause.path, clause.number) for clause in reading.clauses] == [
        ("sec_1", "1"),
        ("sec_1/row_1", None),
        ("sec_1/row_2", None),
    ]
    assert [task.text for task in reading.tasks] == ["1.甲 2.乙", "丙"]


def test_a_repeated_number_numbers_only_the_first_row(read):
    reading = read("序号\t任务\t责任单位\n1\t甲\t市公安局\n1\t乙\t市妇联\n")
    assert [clause.number for clause in reading.clauses] == ["1", None]


def test_a_goal_is_the_rows_own_text_and_its_date_one_of_the_task(read):
    reading = read("任务\t责任单位\t工作目标\n开展甲\t市公安局\t2025年底前覆盖率达90%。\n")
    assert [clause.text for clause in reading.clauses] == ["2025年底前覆盖率达90%。"]
    assert [str(milestone.end) for milestone in reading.tasks[0].milestones] == ["2025-12-31"]


def test_a_heading_stands_before_its_rows_whatever_column_it_stands_in(read):
    reading = read("序号\t任务\t类别\t责任单位\n1\t开展甲\t预防\t市公安局\n2\t开展乙\t预防\t市民政局\n")
    assert [clause.path for clause in reading.clauses] == ["sec_1", "sec_1/row_1", "sec_1/row_2"]


HEADS = [
    ("工作任务", Column.TASK),
    ("年度重点任务", Column.TASK),
    ("任务完成时限", Column.PROGRESS),
    ("年度推进举措", Column.PROGRESS),
    ("主要举措", Column.MEASURE),
    ("工作目标", Column.GOAL),
    ("目标任务", Column.TASK),
    ("牵头（责任）单位", Column.LEAD),
    ("责任单位", Column.DUTY),
    ("责任领导", None),
    ("责任人", None),
    ("配合责任单位", Column.COOPERATING),
    ("落实单位", Column.IMPLEMENTING),
    ("单位", Column.UNIT),
    ("任务类别", Column.SECTION),
    ("一个很长很长的句子不会是表头的内容", None),
]


@pytest.mark.parametrize(("words", "kind"), HEADS)
def test_a_column_is_known_by_its_head(words, kind):
    assert column_kind(words) is kind


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
