"""The line of corrections.csv that a finding is printed with, and that it settles the finding.

Faults are seeded into copies of the real texts, and the line is put into a real corrections.csv.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from atkg.corrections import COLUMNS, correction_for, correction_lines, near_names
from atkg.errors import InputError
from atkg.extract import read_plan
from atkg.graph import PlanWriter
from atkg.model import Correction, Finding, PlanRecord, Reading, Span
from atkg.plans import read_corrections

HEADER = ",".join(COLUMNS)


@dataclass(frozen=True)
class Fault:
    """A stretch of a real text, what stands in its place, the finding, and what the line should propose.

    `person` is what a person writes where nothing is proposed.
    """

    plan: str
    original: str
    faulty: str
    kind: str
    meant: str
    person: str = ""


FAULTS = [
    # a name that is one slip away from a registered one: a wrong character, one left out, two swapped
    Fault("yunnan-2021-50", "(省公安厅负责,省委网信办", "(省公按厅负责,省委网信办", "agency-unknown", "省公安厅"),
    Fault("yunnan-2021-50", "负责,省民政厅、", "负责,省民厅、", "agency-unknown", "省民政厅"),
    Fault("dazu-2022-60", "区卫生健康委", "区卫生康健委", "agency-unknown", "区卫生健康委"),
    # a name that is near to several: those that stand elsewhere in the text are proposed
    Fault("jinghai-2022-12", "区市场监管局", "区市场监官局", "agency-unknown", "区市场监管局"),
    # the next number, in the form of the others
    Fault("yunnan-2021-50", "\n(四)婚姻登记领域", "\n(三)婚姻登记领域", "number-again", "(四)"),
    Fault("dazu-2022-60", "\n（四）加强情况报", "\n（五）加强情况报", "number-order", "（四）"),
    Fault("yunnan-2021-50", "\n第十条 ", "\n第九条 ", "number-again", "第十条"),
    # a word of role
    Fault("yunnan-2021-50", "负责,", "负贵,", "role-unknown", "负责"),
    Fault("dazu-2022-60", "区妇联、区妇儿工委办配合）", "区妇联、区妇儿工委办佩合）", "role-unknown", "配合"),
    Fault("jinghai-2022-12", "负责，", "负则，", "role-unknown", "负责"),
    # a bracket that is not closed, or not opened
    Fault("dazu-2022-60", "区妇联、区妇儿工委办配合）", "区妇联、区妇儿工委办配合", "bracket-open", "…）"),
    # a date that no calendar holds, and one with a letter
    Fault("yuxi-2021-2030", "2023年年底以前", "2O23年年底以前", "date-unplaced", "2023"),
    Fault("yuxi-2021-2030", "2022年年底前", "2022年13月底前", "date-unplaced", "", "2022年12月底前"),
]


def seeded(plans, fault: Fault) -> tuple[PlanRecord, str]:
    """A copy of the plan's text with the fault in the first place that fits."""
    [folder] = [folder for folder in plans if folder.key == fault.plan]
    source = folder.text.replace("\r\n", "\n")
    assert fault.original in source
    return replace(folder.record), source.replace(fault.original, fault.faulty, 1)


def findings_of(reading: Reading, registers) -> list[Finding]:
    """What the extractor and the writer of the graph find."""
    writer = PlanWriter(reading, registers)
    writer.plan_lines()
    return [*reading.findings, *writer.findings]


def read_with(folder: Path, record, source, registers, lines):
    """The reading with these lines in corrections.csv, each checked by somebody."""
    path = folder / "corrections.csv"
    path.write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
    return read_plan(record, source, registers, read_corrections(path, source))


def signed(line: str, meant: str | None = None) -> str:
    """The line with somebody's name in the last column, and with what they say is meant."""
    [row] = csv.reader(io.StringIO(line))
    assert row[4] == ""
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerow([*row[:2], row[2] if meant is None else meant, row[3], "核对人"])
    return file.getvalue().removesuffix("\n")


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.plan}-{fault.kind}-{fault.faulty.strip()}")
def test_the_printed_line_settles_a_fault_in_a_real_text(fault, plans, registers, tmp_path):
    record, source = seeded(plans, fault)
    reading = read_plan(record, source, registers)
    known = {(finding.kind, finding.zh) for finding in findings_of(clean(plans, fault, registers), registers)}
    found = [
        one for one in findings_of(reading, registers) if one.kind == fault.kind and (one.kind, one.zh) not in known
    ]
    assert found, "the fault is not found"
    line = correction_for(found[0], reading, registers)
    assert line is not None
    place, read, meant, reason, checked_by = next(csv.reader(io.StringIO(line)))
    start, end = map(int, place.split("-"))
    assert source[start:end] == read
    assert meant == fault.meant or (fault.meant == "…）" and meant == read + "）")
    assert reason.endswith("。")
    assert checked_by == ""
    corrected = read_with(tmp_path, record, source, registers, [signed(line, fault.person or None)])
    left = [(one.kind, one.zh) for one in findings_of(corrected, registers)]
    assert (found[0].kind, found[0].zh) not in left
    assert len(corrected.tasks) >= len(reading.tasks)


def clean(plans, fault: Fault, registers) -> Reading:
    [folder] = [folder for folder in plans if folder.key == fault.plan]
    return read_plan(folder.record, folder.text.replace("\r\n", "\n"), registers)


SMALL = [
    # (text, kind, meant proposed, what a person writes where nothing is)
    ("一、甲。（市公安局牵头，市民政局配合", "bracket-open", "（市公安局牵头，市民政局配合）", None),
    ("一、甲。市公安局牵头，市民政局配合）", "bracket-open", "（市公安局牵头，市民政局配合）", None),
    ("一、加强管理。（市公安局（市反拐办牵头，市民政局配合）", "bracket-unbalanced", "", ""),
    ("一、甲。（区教育局负责，市妇联、市民政局）", "role-unsaid", "市妇联、市民政局配合", None),
    # words that go over two lines, and a name with a comma in its bracket
    ("一、甲。（区教育局负责，市妇联、\n市民政局）", "role-unsaid", "市妇联、\n市民政局配合", None),
    ('一、甲。（责任单位：市公安局、"市公安局",副局长）', "name-unlike-agency", "", "市民政局"),
    ("一、甲。（市公安局、市民政局）", "statement-unread", "", "（市公安局、市民政局负责）"),
    ("一、甲。（牵头单位：）", "statement-empty", "", "（牵头单位：市公安局）"),
    ("一、甲。（市妇联配合）", "lead-missing", "", "（市公安局负责，市妇联配合）"),
    ("一、甲。（责任领导：张三；责任单位：市公安局）", "part-unread", "", ""),
    ("一、甲。（市公安局指导，市民政局负责）", "role-unknown", "", "配合"),
    ("一、甲。\n责任単位：市公安局", "role-unknown", "责任单位", None),
    ("一、甲。（责任单位：市公安局、市公安局副局长）", "name-unlike-agency", "", "市民政局"),
    ("一、甲。（市公安局负责，完成时限：尽快）", "date-unplaced", "", "2025年底前"),
    ("一、甲，2025年2月30日前完成。（市公安局负责）", "date-unplaced", "", "2025年2月28日前"),
    ("一、甲\n（一）乙。\n（三）丙。", "number-order", "（二）", None),
    ("一、甲\n①乙。\n②丙。\n④丁。", "number-order", "③", None),
    ("一、甲\n１．乙。\n１．丙。", "number-again", "２．", None),
    ("一、甲\n1.乙。\n2.丙。\n2.丁。\n4.戊。", "number-again", "3.", None),
    ("类别\t任务\t责任单位\n一、预防\t1.开展甲\t市公安局\n一、预防\t3.开展乙\t市公安局\n", "row-number", "2.", None),
    (
        "序号\t任务\t责任单位\n1\t开展甲\t市公安局\n3\t开展乙\t市民政局\n3\t开展丙\t市民政局\n",
        "number-order",
        "2",
        None,
    ),
    (
        "类别\t任务\t责任单位\n一、重点预防工作\t开展甲\t市公安局\n一、重点防预工作\t开展乙\t市公安局\n",
        "heading-varies",
        "一、重点预防工作",
        None,
    ),
]


@pytest.mark.parametrize(("words", "kind", "meant", "person"), SMALL)
def test_the_printed_line_settles_a_finding_of_each_kind(words, kind, meant, person, registers, tmp_path):
    record = PlanRecord("yuxi-2022-1", "计划", None, "yuxi")
    reading = read_plan(record, words, registers)
    found = next(finding for finding in reading.findings if finding.kind == kind)
    line = correction_for(found, reading, registers)
    assert line is not None
    assert next(csv.reader(io.StringIO(line)))[2] == meant
    corrected = read_with(tmp_path, record, words, registers, [signed(line, person)])
    assert (found.kind, found.span) not in [(one.kind, one.span) for one in corrected.findings]


NONE = [
    # what is not there can't be corrected where it does not stand
    ("任务\t责任单位\n加强管理\t市公安局\n备注说明\t\n", "lead-missing"),
    ("任务\t责任单位\t配合单位\n\t市公安局\t市民政局\n", "text-lost"),
    ("一、（牵头单位：市公安局）", "statement-alone"),
    ("一、目标\n加强宣传。\n", "no-task"),
    # a number is missing rather than wrong: with the next one, those behind would not follow
    ("一、甲\n1.乙。\n2.丙。\n4.丁。\n5.戊。", "number-order"),
    ("一、甲\n1.乙。\n2.丙。\n2.丁。\n3.戊。", "number-again"),
]


@pytest.mark.parametrize(("words", "kind"), NONE)
def test_what_no_correction_could_settle_has_no_line(words, kind, registers):
    reading = read_plan(PlanRecord("yuxi-2022-1", "计划", None, "yuxi"), words, registers)
    found = [finding for finding in reading.findings if finding.kind == kind]
    assert [correction_for(finding, reading, registers) for finding in found] == [None]


def test_without_a_basis_nothing_is_proposed_for_a_name(registers):
    reading = read_plan(
        PlanRecord("yuxi-2022-1", "计划", None, "yuxi"), "一、甲。（市星际联络局、市教委局负责）", registers
    )
    writer = PlanWriter(reading, registers)
    writer.plan_lines()
    assert correction_for(writer.findings[0], reading, registers) is None
    # nor can it be without the registers
    assert [correction_for(finding, reading) for finding in writer.findings] == [None, None]


NEAR = [
    ("市公按局", "yuxi", ["市公安局"]),
    ("市公安", "yuxi", ["市公安局"]),
    ("玉溪市公按局", "yuxi", ["玉溪市公安局"]),
    ("市人力资原和社会保璋局", "yuxi", ["市人力资源和社会保障局"]),
    # two slips in a short name, a name that is registered
    ("市功按局", "yuxi", []),
    ("市公安局", "yuxi", []),
    # every name of the one body that is nearest, and no misspelling that is known
    ("", "yuxi", []),
    # of the plan's own place before one above
    ("团是委", "luan", ["团市委", "团省委"]),
]


@pytest.mark.parametrize(("name", "place", "expected"), NEAR)
def test_a_near_name_is_registered_and_one_slip_away(name, place, expected, registers):
    assert near_names(name, place, registers) == expected


def test_the_members_of_a_collective_have_their_places(readings):
    for reading in readings.values():
        for found in reading.memberships:
            assert found.group == reading.text[found.group_span.start : found.group_span.end]
            assert len(found.members) == len(found.spans)
            for name, span in zip(found.members, found.spans, strict=True):
                assert name == "".join(reading.text[span.start : span.end].split())


def test_a_line_without_a_checker_is_refused(registers, tmp_path):
    source = "一、甲。（市公安局牵投，市民政局配合）"
    record = PlanRecord("yuxi-2022-1", "计划", None, "yuxi")
    reading = read_plan(record, source, registers)
    lines = correction_lines(reading.findings, reading, registers)
    with pytest.raises(InputError, match="checked it"):
        read_with(tmp_path, record, source, registers, lines)


def test_the_lines_of_a_text_can_stand_in_one_file(registers, tmp_path):
    # overlapping findings, two numbers of one list, quotes and commas and line ends in what is read
    source = (
        "一、甲\n（一）乙。（市公按局牵投,“市民政局”\n配合）\n（三）丙。\n（五）丁。（市妇联配合）\n"
        '（六）戊。（责任领导："张三","李四"；责任单位：市教育局）\n'
    )
    record = PlanRecord("yuxi-2022-1", "计划", None, "yuxi")
    reading = read_plan(record, source, registers)
    lines = correction_lines(findings_of(reading, registers), reading, registers)
    assert len(lines) >= 3
    corrected = read_with(tmp_path, record, source, registers, [signed(line) for line in lines])
    assert len(corrected.corrections) == len(lines)


def test_a_lead_that_a_misspelt_word_hides_is_settled_by_the_word(registers, tmp_path):
    source = "一、甲。（市公安局牵投，市民政局按职责分工负责）"
    record = PlanRecord("yuxi-2022-1", "计划", None, "yuxi")
    reading = read_plan(record, source, registers)
    assert [finding.kind for finding in reading.findings] == ["lead-missing", "role-unknown"]
    [line] = correction_lines(reading.findings, reading, registers)
    assert read_with(tmp_path, record, source, registers, [signed(line)]).findings == []


def test_where_a_correction_stands_already_none_is_printed(registers):
    source = "一、甲。（市公安局牵投，市民政局配合）"
    kept = Correction(Span(9, 11), "牵投", "牵手", "理由。", "核对人")
    reading = read_plan(PlanRecord("yuxi-2022-1", "计划", None, "yuxi"), source, registers, (kept,))
    assert not [line for line in correction_lines(reading.findings, reading, registers) if "牵投" in line.split(",")[1]]


def test_the_real_plans_have_lines_that_can_be_put_into_their_files(plans, registers, tmp_path):
    for folder in plans:
        if folder.text is None:
            continue
        reading = read_plan(folder.record, folder.text, registers, folder.corrections)
        lines = correction_lines(findings_of(reading, registers), reading, registers)
        corrected = read_with(tmp_path, folder.record, folder.text, registers, [signed(line) for line in lines])
        assert len(corrected.corrections) == len(lines)
        assert len(findings_of(corrected, registers)) <= len(findings_of(reading, registers))
