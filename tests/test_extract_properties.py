"""What holds of every text, whatever it is: nothing is refused, and every span says what the record claims."""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from itertools import groupby

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from atkg.extract import guess_record, read_plan
from atkg.extract.text import normalise
from atkg.model import PlanRecord, Reading, Role
from atkg.plans import read_plans
from atkg.registers import Registers
from conftest import DATA

REGISTERS = Registers.load(DATA / "registers")
SOURCES = {folder.key: folder for folder in read_plans(DATA) if folder.text is not None}

ALPHABET = "（）()［］[]【】〔〕〈〉《》“”、，,。；;：:！？一二三十百〇第章节条编附件表0123456789１２①⑴㈠．.—-年月日底前每季度市区县局委厅公安民政牵头配合负责责任单位会同等和各\t\n\r\n\r \u3000\u200b\ufeff\v\f"

PIECES = [
    "一、工作目标\n",
    "（二）加强宣传教育\n",
    "（三）",
    "1．人力资源领域。",
    "第十四条 查找核实。",
    "第二节 范围\n",
    "——加强管理。",
    "附件1\n",
    "附件：1．任务表\n2．名单\n",
    "抄送：区委办公室。\n",
    "— 3 —\n",
    "（市公安局、市民政局牵头，市妇联配合，2025年底前完成）",
    "[区教委负责",
    "市妇联）",
    "责任单位：市公安局；配合单位：市民政局\n",
    "由市公安局牵头，会同市民政局负责。\n",
    "市公安局要做好工作。",
    "每年12月15日前，市联席会议办公室应报送情况。",
    "市公安局、市民政局、市妇联为联席会议成员单位。",
    "序号\t任务\t责任单位\t配合单位\t完成时限\n",
    "1\t建设儿童福利院\t市民政局\t市公安局\t2025年底前\n",
    "\t\t市民政局\t\t长期坚持\n",
    "类别\t工作任务\t主责单位\t工作进度计划\n",
    "\t\t\t2021年\t2022—2030年\n",
    "一、组织机构\t加强领导。\t市公安局\t各成员单位\t（已完成）\t每年一季度召开。长期坚持。\n",
    "\t单位\n\t重点任务\n\t年度推进举措\n\n\t\n\t\n\t2022\n\t2023-2029\n\n",
    "\t市公安局\n\t1.加强管理。\n2.加强宣传。\n\t1.甲。\n1.乙。\n\t做好总结\n\n",
    "\n",
    "\r\n",
    "\t",
]


@cache
def real_pieces() -> list[str]:
    """Every paragraph, line and cell of the real plans."""
    found = {piece for folder in SOURCES.values() for piece in re.split(r"(?<=[\n\t。，）\])])", folder.text or "")}
    return sorted(piece for piece in found if 0 < len(piece) < 400)


def record(place: str = "yuxi") -> PlanRecord:
    return PlanRecord("yuxi-2022-1", "计划", None, place, begin=date(2021, 1, 1), end=date(2030, 12, 31))


def read(text: str) -> Reading:
    return read_plan(record(), text, REGISTERS)


raw = st.text(ALPHABET, max_size=200)
recombined = st.lists(
    st.one_of(st.sampled_from(PIECES), st.sampled_from(real_pieces()), st.text(ALPHABET, max_size=6)), max_size=25
).map("".join)
documents = st.one_of(raw, recombined, st.text(max_size=60))


def check(reading: Reading) -> None:
    """Every span lies in the text and says what is claimed; paths are unique; parents and clauses exist."""
    source = reading.text
    paths = [clause.path for clause in reading.clauses]
    assert len(paths) == len(set(paths))
    assert {clause.parent for clause in reading.clauses} - {None} <= set(paths)
    spans = [span for clause in reading.clauses for span in clause.spans]
    spans += [span for found in (*reading.tasks, *reading.milestones) for span in found.spans]
    spans += [finding.span for finding in reading.findings]
    spans += [assignment.span for task in reading.tasks for assignment in task.assignments]
    assert all(0 <= span.start <= span.end <= len(source) for span in spans)
    for clause in reading.clauses:
        assert clause.reference
        assert re.fullmatch(r"(?:[a-z]+(?:_[0-9]+(?:-[0-9]+)*)?(?:~[0-9]+)?/?)+", clause.path)
        [whole] = clause.spans
        for words in filter(None, (clause.number, clause.heading, clause.text)):
            assert words in normalise(source[whole.start : whole.end])
    for task in reading.tasks:
        [span] = task.spans
        assert task.clause in paths
        assert task.text is None or normalise(source[span.start : span.end]) == task.text != ""
        assert task.assignments
        for assignment in task.assignments:
            assert normalise(source[assignment.span.start : assignment.span.end]) == assignment.mention != ""
            assert assignment.role in Role
    for milestone in reading.milestones:
        first = milestone.spans[0]
        assert milestone.clause in paths
        assert milestone.text is None or normalise(source[first.start : first.end]) == milestone.text != ""
        assert not (milestone.begin and milestone.end) or milestone.begin <= milestone.end
    for found in (reading.tasks, reading.milestones):
        places = [(one.clause, one.index) for one in found]
        assert len(places) == len(set(places))
        for _, group in groupby(sorted(places), key=lambda place: place[0]):
            assert [index for _, index in group] == list(range(1, sum(p[0] == _ for p in places) + 1))
    stated = {(milestone.clause, milestone.index) for milestone in reading.milestones}
    linked = [(m.clause, m.index) for task in reading.tasks for m in task.milestones]
    linked += [(m.clause, m.index) for m in reading.milestones if m.row]
    assert sorted(linked) == sorted(stated)
    assert {m.row for m in reading.milestones if m.row} <= set(paths)
    assert reading.findings == sorted(reading.findings, key=lambda finding: (finding.span, finding.kind))
    assert not (not reading.tasks) or any(finding.kind == "no-task" for finding in reading.findings)


@settings(derandomize=True, deadline=None, max_examples=400)
@given(documents)
@example("")
@example("\ufeff")
@example("第一百二十条 从0000年起。（市公安局负责）")
@example("序号\t任务\t责任单位\n")
def test_any_text_is_read_and_every_span_says_what_is_claimed(text):
    check(read(text))


@settings(derandomize=True, deadline=None, max_examples=150)
@given(documents)
def test_reading_is_deterministic(text):
    assert read(text) == read(text)


@settings(derandomize=True, deadline=None, max_examples=150)
@given(documents)
def test_any_text_has_a_guessed_record_that_it_can_be_read_with(text):
    guessed = guess_record(text, "a text.txt", REGISTERS)
    assert not (guessed.begin and guessed.end) or guessed.begin <= guessed.end
    check(read_plan(guessed, text, REGISTERS))


def said(reading: Reading) -> list[object]:
    """What was read, without the offsets."""
    return [
        [(c.path, c.parent, c.number, c.heading, c.text, c.lost) for c in reading.clauses],
        [
            (t.clause, t.index, t.basis, t.text, t.open_list, [(a.mention, a.role, a.wording) for a in t.assignments])
            for t in reading.tasks
        ],
        [(m.clause, m.index, m.timing, m.text, m.begin, m.end, m.recurrence, m.row_agency) for m in reading.milestones],
        [finding.kind for finding in reading.findings],
    ]


@settings(derandomize=True, deadline=None, max_examples=150)
@given(documents.map(lambda text: re.sub(r"[\r\v\f\x85\u2028\u2029]", "", text)))
def test_line_ends_of_another_system_change_offsets_and_nothing_else(text):
    assert said(read(text.replace("\n", "\r\n"))) == said(read(text))
    assert said(read(text.replace("\n", "\r"))) == said(read(text))


@pytest.mark.parametrize("key", sorted(SOURCES))
def test_the_real_plans_hold_to_the_same(key):
    folder = SOURCES[key]
    reading = read_plan(folder.record, folder.text or "", REGISTERS, folder.corrections)
    check(reading)
    assert said(read_plan(folder.record, (folder.text or "").replace("\n", "\r\n"), REGISTERS)) == said(reading)


@pytest.mark.parametrize("key", sorted(SOURCES))
def test_a_plan_twice_as_long_takes_no_more_than_a_few_times_as_long(key):
    # the same words three times over: every clause is there three times, none is lost
    folder = SOURCES[key]
    once = read_plan(folder.record, folder.text or "", REGISTERS)
    check(read_plan(folder.record, (folder.text or "") * 3, REGISTERS))
    assert once.tasks
