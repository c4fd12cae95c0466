"""Responsibility statements, as a phrase book: what stands behind a text, and who leads, helps and carries out."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from atkg.extract.names import read_names
from atkg.extract.statements import find_statements, is_statement
from atkg.extract.text import Text
from atkg.model import Role


@dataclass(frozen=True)
class Duty:
    lead: tuple[str, ...] = ()
    cooperating: tuple[str, ...] = ()
    implementing: tuple[str, ...] = ()
    open: bool = False
    times: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()


def duties(words: str) -> list[Duty]:
    """The statements in a text."""
    text = Text(words)
    return [
        Duty(
            *(
                tuple(a.mention for a in statement.assignments if a.role is role)
                for role in (Role.LEAD, Role.COOPERATING, Role.IMPLEMENTING)
            ),
            open=statement.open_list,
            times=tuple(text.words(*time) for time in statement.times),
            findings=tuple(finding.kind for finding in statement.findings),
        )
        for statement in find_statements(text, 0, len(words))
    ]


ROLES = [
    # one lead, one helper
    ("（甲局牵头，乙局配合）", Duty(("甲局",), ("乙局",))),
    # co-leads; no word of cooperation
    ("（甲局、乙局负责）", Duty(("甲局", "乙局"))),
    # 负责 leads where no 牵头 stands beside it
    ("（甲局、乙局负责，丙局、丁局配合）", Duty(("甲局", "乙局"), ("丙局", "丁局"))),
    # three roles: 负责落实 carries out, 按职责分工负责 beside a 牵头 helps
    (
        "（市公安局牵头，市反拐联席会议其他成员单位按职责分工负责，各县区人民政府负责落实）",
        Duty(("市公安局",), ("市反拐联席会议其他成员单位",), ("各县区人民政府",)),
    ),
    # 按职责分工负责 alone leads
    (
        "（市教体局、市妇联按职责分工负责，各县区人民政府负责落实）",
        Duty(("市教体局", "市妇联"), (), ("各县区人民政府",)),
    ),
    ("（甲局、乙局按照各自职责分工负责）", Duty(("甲局", "乙局"))),
    ("（甲局牵头落实，乙局按照职责分工抓好落实）", Duty(("甲局",), ("乙局",))),
    # 等 leaves the list open, however many it counts
    ("（市公安局、市妇联等按职责分工负责）", Duty(("市公安局", "市妇联"), open=True)),
    ("（市公安局等部门按职责分工负责）", Duty(("市公安局",), open=True)),
    ("（市公安局牵头，市民政局等15个部门配合）", Duty(("市公安局",), ("市民政局",), open=True)),
    ("（市公安局牵头，市民政局等市直有关部门和单位配合）", Duty(("市公安局",), ("市民政局",), open=True)),
    # labels in front of the lists
    ("（责任单位：甲局、乙局；配合单位：丙局）", Duty(("甲局", "乙局"), ("丙局",))),
    ("（牵头单位：甲局；责任单位：乙局、丙局）", Duty(("甲局",), ("乙局", "丙局"))),
    ("〔责任单位：甲局〕", Duty(("甲局",))),
    ("【牵头单位:甲局，配合单位:乙局，丙局】", Duty(("甲局",), ("乙局", "丙局"))),
    # a label and a word of role: the word is nearer
    ("（责任单位：甲局牵头，乙局配合）", Duty(("甲局",), ("乙局",))),
    # 会同
    ("（由市公安局牵头，会同市民政局、市妇联负责）", Duty(("市公安局",), ("市民政局", "市妇联"))),
    ("（市公安局会同市民政局负责）", Duty(("市公安局",), ("市民政局",))),
    # …but not in the name of a body: 总工会同, 联合会
    ("（市残疾人联合会、市妇女联合会负责）", Duty(("市残疾人联合会", "市妇女联合会"))),
    # the list with commas, the list with spaces, the list with 和
    ("（甲局，乙局，丙局负责）", Duty(("甲局", "乙局", "丙局"))),
    ("（责任单位：市公安局 市民政局　市妇联）", Duty(("市公安局", "市民政局", "市妇联"))),
    ("（市委宣传部和市文化和旅游局牵头）", Duty(("市委宣传部", "市文化和旅游局"))),
    # a name with a bracket of its own, and nested brackets of another kind
    (
        "[区农业农村委负责，区委统战部（区民族和宗教事务委员会）配合]",
        Duty(("区农业农村委",), ("区委统战部（区民族和宗教事务委员会）",)),
    ),
    (
        "（区公安局负责，工作联席会议〔以下简称会议〕各成员单位配合）",
        Duty(("区公安局",), ("工作联席会议〔以下简称会议〕各成员单位",)),
    ),
    # a bracket that is closed in the other width
    ("（市委宣传部、团市委负责)", Duty(("市委宣传部", "团市委"))),
    # the roles as what a body is
    ("（市公安局为牵头单位，市民政局为配合单位）", Duty(("市公安局",), ("市民政局",))),
    # a second list without a word of role helps
    ("（区文旅局负责，区委宣传部、区妇联）", Duty(("区文旅局",), ("区委宣传部", "区妇联"), findings=("role-unsaid",))),
    # two brackets behind each other are one statement
    ("（牵头单位：甲局）（配合单位：乙局）", Duty(("甲局",), ("乙局",))),
    # line breaks between the lists
    ("\n责任单位：市公安局\n配合单位：市民政局、\n市妇联\n", Duty(("市公安局",), ("市民政局", "市妇联"))),
    # without a bracket
    ("责任单位：市公安局、市民政局；配合单位：市妇联", Duty(("市公安局", "市民政局"), ("市妇联",))),
    ("由市公安局牵头，会同市民政局、市妇联负责。", Duty(("市公安局",), ("市民政局", "市妇联"))),
    ("市公安局牵头，市民政局、市妇联配合。", Duty(("市公安局",), ("市民政局", "市妇联"))),
]


@pytest.mark.parametrize(("statement", "duty"), ROLES)
def test_a_statement_lays_a_task_on_agencies(statement, duty):
    assert duties("健全核查机制。" + statement) == [duty]
    assert is_statement(Text(statement), 0, len(statement))


TIMES = [
    # a deadline is no agency
    (
        "（市公安局牵头，市直各有关单位配合，2025年底前完成）",
        Duty(("市公安局",), ("市直各有关单位",), times=("2025年底前完成",)),
    ),
    ("（市公安局负责；完成时限：2025 年 12 月）", Duty(("市公安局",), times=("2025 年 12 月",))),
    ("（责任单位：市公安局。完成时限：长期）", Duty(("市公安局",), times=("长期",))),
    ("（市公安局负责并于2025年底前完成）", Duty(("市公安局",), times=("2025年底前完成",))),
    ("（市公安局负责，长期坚持）", Duty(("市公安局",), times=("长期坚持",))),
    ("（12月底前完成，市公安局负责）", Duty(("市公安局",), times=("12月底前完成",))),
]


@pytest.mark.parametrize(("statement", "duty"), TIMES)
def test_a_part_that_tells_a_time_is_no_agency(statement, duty):
    assert duties("健全核查机制。" + statement) == [duty]


FAULTS = [
    # a bracket that is not closed, not opened, or stray before the statement
    ("机制。（市公安局牵头，市民政局配合", Duty(("市公安局",), ("市民政局",), findings=("bracket-open",))),
    ("机制。（市公安局牵头，市民政局配合。余下的话。", Duty(("市公安局",), ("市民政局",), findings=("bracket-open",))),
    ("机制。市公安局牵头，市民政局配合）", Duty(("市公安局",), ("市民政局",), findings=("bracket-open",))),
    ("（以下简称机制。完善制度。（市公安局牵头）", Duty(("市公安局",))),
    # nobody leads, or nobody at all is named
    ("机制。（市妇联配合）", Duty((), ("市妇联",), findings=("lead-missing",))),
    ("机制。（牵头单位：）", Duty(findings=("statement-empty",))),
    # what is no agency is said, not taken for one
    ("机制。（责任领导：张三；责任单位：市公安局）", Duty(("市公安局",), findings=("part-unread",))),
    ("机制。（市公安局负责，按季度通报）", Duty(("市公安局",), findings=("part-unread",))),
    ("机制。（" + "某某" * 30 + "局、市公安局负责）", Duty(("市公安局",), findings=("part-unread",))),
    # a list of bodies without any word of role
    ("机制。（市公安局、市民政局）", Duty(findings=("statement-unread",))),
    # a statement in the middle of a sentence
    ("机制（市公安局牵头）的要求。", Duty(findings=("statement-unread",))),
]


@pytest.mark.parametrize(("words", "duty"), FAULTS)
def test_what_is_wrong_with_a_statement_is_a_finding(words, duty):
    assert duties(words) == [duty]


NONE = [
    # a bracket that assigns nothing
    "联席会议（以下简称会议）。",
    "市联席会议办公室（设在市公安局）负责组织对实施情况进行督导检查。",
    "（国办发〔2021〕13号）",
    "救助保护机构（含儿童福利机构）。",
    # 牵头 and 配合 in a text that lays nothing on anybody
    "完善公安机关牵头、有关单位配合、社会协同、公众参与的打拐工作机制。",
    "形成政府牵头，部门配合的格局。",
    "进一步明确责任单位：各司其职。",
    # the imprint of a web page
    "主办单位:云南省人民政府办公厅 运行维护:云南网",
    "加强配合。",
    "",
]


@pytest.mark.parametrize("words", NONE)
def test_other_words_are_no_statement(words):
    assert duties(words) == []


SEVERAL = [
    # each statement covers the words before it; the stop behind a bracket belongs to none
    ("健全机制。（甲局负责）。完善制度。（乙局负责）。余下的话。", [Duty(("甲局",)), Duty(("乙局",))]),
    # within a sentence, where every name is that of a local body
    ("健全机制（市公安局负责），完善制度（市民政局负责）。", [Duty(("市公安局",)), Duty(("市民政局",))]),
]


@pytest.mark.parametrize(("words", "expected"), SEVERAL)
def test_a_paragraph_can_hold_several_statements(words, expected):
    assert duties(words) == expected


NAMES = [
    ("甲局、乙局，丙局", ["甲局", "乙局", "丙局"]),
    # 、 within a bracket, or within one collective, parts nothing
    ("各县（市、区）人民政府、甲局", ["各县（市、区）人民政府", "甲局"]),
    ("各州、市、县、区人民政府", ["各州、市、县、区人民政府"]),
    ("县级以上政府及各成员单位", ["县级以上政府", "各成员单位"]),
    ("市公安局以及市民政局", ["市公安局", "市民政局"]),
    ("市文化和旅游局", ["市文化和旅游局"]),
    ("团 市委", ["团 市委"]),
    ("由市公安局", ["市公安局"]),
    ("市公安局和有关部门", ["市公安局", "有关部门"]),
    ("市公安局、", ["市公安局"]),
    ("、", []),
]


@pytest.mark.parametrize(("words", "expected"), NAMES)
def test_a_list_is_parted_into_names(words, expected):
    text = Text(words)
    assert [text.read[slice(*span)] for span in read_names(text, 0, len(words)).spans] == expected
