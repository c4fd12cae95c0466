"""Forms of responsibility statement that other plans of this kind use, as a phrase book.

A case is the statement behind “健全核查机制。”, and who leads, helps and carries out.
"""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atkg.extract import read_plan
from atkg.extract.lists import read_lists
from atkg.extract.roles import Word, nearest_role
from atkg.extract.text import Text
from atkg.model import PlanRecord, Role
from test_extract_properties import check
from test_extract_properties import read as read_any
from test_statements import Duty, duties

L, LM, LMF = ("市公安局",), ("市公安局", "市民政局"), ("市公安局", "市民政局", "市妇联")
M, MF, F = ("市民政局",), ("市民政局", "市妇联"), ("市妇联",)
COUNTIES = ("各县（市、区）人民政府",)

LABELS = [
    # the label of one list, in the words that plans use for it
    ("（责任部门：市公安局）", Duty(L)),
    ("【责任单位：市公安局、市民政局】", Duty(LM)),
    ("（责任主体：市公安局）", Duty(L)),
    ("（承担单位：市公安局）", Duty(L)),
    ("（主责部门：市公安局；协同部门：市民政局）", Duty(L, M)),
    ("（主要责任单位：市公安局；协助单位：市民政局）", Duty(L, M)),
    ("（牵头部门：市公安局；参加部门：市民政局、市妇联）", Duty(L, MF)),
    ("（主办单位：市公安局，协办单位：市民政局）", Duty(L, M)),
    ("（总牵头单位：市公安局；支持单位：市民政局）", Duty(L, M)),
    # 责任单位 beside a 牵头单位 helps, whichever comes first
    ("（牵头单位：市公安局，责任单位：市民政局、市妇联）", Duty(L, MF)),
    ("（责任单位：市民政局；牵头单位：市公安局）", Duty(L, M)),
    ("（牵头单位：市公安局；责任单位：市民政局；配合单位：市妇联）", Duty(L, MF)),
    # who puts it into practice leads where nobody else does, and carries out beside one who does
    ("（实施单位：市公安局）", Duty(L)),
    ("（承办单位：市公安局）", Duty(L)),
    ("（牵头单位：市公安局；落实单位：各县（市、区）人民政府）", Duty(L, (), COUNTIES)),
    # both words in one label: they are one list
    ("（牵头（责任）单位：市公安局）", Duty(L)),
    ("（责任（牵头）单位：市公安局；配合单位：市民政局）", Duty(L, M)),
    ("（牵头单位/责任单位：市公安局）", Duty(L)),
    # the short label, with a space where another would put a stop
    ("牵头：市公安局 配合：市民政局", Duty(L, M)),
    ("（牵头：市公安局；配合：市民政局、市妇联）", Duty(L, MF)),
    ("（牵头单位：市公安局　责任单位：市民政局）", Duty(L, M)),
    # the label in a sentence, and the colon that was lost
    ("（责任单位为市公安局，配合单位为市民政局）", Duty(L, M)),
    ("（责任单位分别为市公安局、市民政局）", Duty(LM)),
    ("\n责任单位 市公安局、市民政局\n", Duty(LM)),
    # a label that only announces the statement
    ("（责任分工：市公安局牵头，市民政局配合）", Duty(L, M)),
    ("（任务分工：市公安局、市民政局）", Duty(LM)),
    # half-width signs, and space around them
    ("(责任单位:市公安局;配合单位:市民政局,市妇联)", Duty(L, MF)),
    ("（ 责任单位 ： 市公安局 ）", Duty(L)),
    ("[牵头单位:市公安局]", Duty(L)),
    ("〔牵头单位：市公安局；配合单位：市民政局〕", Duty(L, M)),
    # a comma and a semicolon go on with the list
    ("责任单位：市公安局、市民政局，各县（市、区）人民政府", Duty((*LM, *COUNTIES))),
    ("（责任单位：市公安局、市民政局；各县（市、区）人民政府）", Duty((*LM, *COUNTIES))),
    ("责任单位：市公安局、市民政局、市直有关单位。", Duty((*LM, "市直有关单位"))),
]

BEHIND = [
    # the words behind a list
    ("（市公安局负责牵头，市民政局配合）", Duty(L, M)),
    ("（市公安局牵头负责，市民政局积极配合）", Duty(L, M)),
    ("（市公安局、市民政局共同牵头，市妇联协作）", Duty(LM, F)),
    ("（市公安局牵头抓总，市民政局具体负责）", Duty(L, M)),
    ("（市公安局主责，市民政局协助落实）", Duty(L, M)),
    ("（以市公安局为主，市民政局配合）", Duty(L, M)),
    ("（市公安局负总责，市民政局配合）", Duty(L, M)),
    ("（市公安局、市民政局分别负责）", Duty(LM)),
    ("（市公安局统一负责）", Duty(L)),
    ("（市公安局、市民政局各负其责）", Duty(LM)),
    # by whose duties, in the words that plans use for it
    ("（市公安局、市民政局等按职责分工负责）", Duty(LM, open=True)),
    ("（市公安局、市民政局按分工负责）", Duty(LM)),
    ("（市公安局、市民政局按照职能职责分工负责）", Duty(LM)),
    ("（市公安局、市民政局依据各自职责落实）", Duty(LM)),
    ("（市公安局牵头，市民政局、市妇联等按职责分工负责）", Duty(L, MF, open=True)),
    ("（市公安局牵头，各成员单位按职责分工配合）", Duty(L, ("各成员单位",))),
    # putting into practice: alone it leads, beside another it carries out
    ("（市公安局、市民政局抓好落实）", Duty(LM)),
    ("（市公安局组织实施）", Duty(L)),
    ("（市公安局牵头，各县（市、区）人民政府组织实施）", Duty(L, (), COUNTIES)),
    ("（市公安局、市民政局按职责分工负责，各县（市、区）人民政府结合实际落实）", Duty(LM, (), COUNTIES)),
    ("（市公安局牵头，各县（市、区）人民政府按照属地管理原则抓好落实）", Duty(L, (), COUNTIES)),
    # …but 负责落实 says that it carries out, whoever else is there
    ("（各县（市、区）人民政府负责落实）", Duty((), (), COUNTIES, findings=("lead-missing",))),
    # 会同: the first leads, whatever the verb
    ("（由市公安局牵头，会同市民政局、市妇联组织实施）", Duty(L, MF)),
    ("（市公安局会同市民政局、市妇联抓好落实）", Duty(L, MF)),
    ("（市公安局会同市民政局等部门负责落实）", Duty(L, M, open=True)),
    ("（市公安局商市民政局负责）", Duty(L, M)),
    ("（市公安局会有关部门负责）", Duty(L, ("有关部门",))),
    ("（市公安局牵头，会市民政局）", Duty(L, M)),
    # without a bracket, as a sentence of its own
    ("由市公安局牵头，会同市民政局、市妇联等部门抓好落实。", Duty(L, MF, open=True)),
    ("由市公安局牵头，会同有关部门负责。", Duty(L, ("有关部门",))),
    ("由市公安局组织实施。", Duty(L)),
    ("由市公安局、市民政局分别负责。", Duty(LM)),
    ("由公安机关牵头，民政部门配合。", Duty(("公安机关",), ("民政部门",))),
    ("市公安局、市民政局等部门按职责分工负责。", Duty(LM, open=True)),
    ("市公安局牵头，市民政局等部门参与。", Duty(L, M, open=True)),
]

ODD = [
    # spaces within a label, and the colons of scanners and input methods
    ("\n责　任　单　位：市公安局\n牵 头 单 位：市民政局\n", Duty(M, L)),
    ("责任单位︰市公安局", Duty(L)),
    ("责任单位∶市公安局", Duty(L)),
    ("（责任单位市公安局，配合单位市民政局）", Duty(L, M)),
    # brackets that are rarely used, and signs that are none
    ("〖责任单位：市公安局〗", Duty(L)),
    ("“责任单位：市公安局”", Duty(L)),
    ("●责任单位：市公安局", Duty(L)),
    # a stop within, which makes a list of the second label's
    ("（牵头单位：市公安局。责任单位：市民政局。）", Duty(L, M)),
    ("（牵头单位：市公安局，市民政局；责任单位：市妇联）", Duty(LM, F)),
    # words before the first name that say nothing of their own
    ("（此项工作由市公安局负责）", Duty(L)),
    ("该项任务由市公安局牵头，市民政局、市妇联配合。", Duty(L, MF)),
    ("具体由市公安局负责。", Duty(L)),
    ("责任单位为市公安局、市民政局。", Duty(LM)),
    # what stands where no name does
    ("（牵头单位：无；责任单位：市公安局）", Duty(L)),
    ("（责任单位：待定）", Duty(findings=("statement-empty",))),
    ("（市公安局、市民政局……负责）", Duty(LM, open=True)),
    # three roles and a time
    (
        "（市公安局牵头，市民政局配合，各县（市、区）人民政府组织实施，2025年12月底前完成）",
        Duty(L, M, COUNTIES, times=("2025年12月底前完成",)),
    ),
    # ministries, as the national plan names them
    ("（公安部牵头，民政部、全国妇联等按职责分工负责）", Duty(("公安部",), ("民政部", "全国妇联"), open=True)),
    # Party committees and governments as one
    ("（责任单位：各县（市、区）党委、政府）", Duty(("各县（市、区）党委、政府",))),
    ("（责任单位：市公安局，各县（市、区）党委和政府）", Duty((*L, "各县（市、区）党委和政府"))),
]

MARKED = [
    # the word of role in a bracket behind one of the names
    ("（责任单位：市公安局（牵头）、市民政局、市妇联）", Duty(L, MF)),
    ("责任单位：市公安局(牵头单位)、市民政局", Duty(L, M)),
    ("（市公安局（牵头）、市民政局（配合））", Duty(L, M)),
    # …and no word for the others: they help, and somebody should look
    ("（市公安局（牵头）、市民政局、市妇联）", Duty(L, MF, findings=("role-unsaid",))),
    # a bracket that is part of a name is none
    ("（责任单位：市委统战部（市民族宗教局）、市公安局）", Duty(("市委统战部（市民族宗教局）", "市公安局"))),
]

OPEN_LISTS = [
    ("（责任单位：市公安局、市民政局等）", Duty(LM, open=True)),
    ("（责任单位：市公安局、市民政局等；各县（市、区）人民政府）", Duty((*LM, *COUNTIES), open=True)),
    ("（市公安局、市民政局等部门和各县（市、区）人民政府负责）", Duty((*LM, *COUNTIES), open=True)),
    ("（市公安局、市民政局等有关部门（单位）负责）", Duty(LM, open=True)),
    ("（市公安局等10个市直部门负责）", Duty(L, open=True)),
    ("（市公安局、市民政局等单位、部门配合，市妇联牵头）", Duty(F, LM, open=True)),
    # 等 within a name leaves nothing open
    ("（市高等法院、市公安局负责）", Duty(("市高等法院", "市公安局"))),
]

TIMES = [
    ("（牵头单位：市公安局；配合单位：市民政局；完成时限：2025年12月底前）", Duty(L, M, times=("2025年12月底前",))),
    ("（责任单位：市公安局；完成时限：2023年12月底前，并长期坚持）", Duty(L, times=("2023年12月底前", "长期坚持"))),
    ("（完成时限：2025年12月底前；牵头单位：市公安局）", Duty(L, times=("2025年12月底前",))),
    ("（市公安局牵头，市民政局配合，每年6月底前完成）", Duty(L, M, times=("每年6月底前完成",))),
    ("（市公安局牵头，持续推进）", Duty(L, times=("持续推进",))),
    ("（市公安局牵头；推进时限：全年）", Duty(L, times=("全年",))),
    ("（市公安局负责，二〇二五年十二月底前完成）", Duty(L, times=("二〇二五年十二月底前完成",))),
    ("\n责任单位：市公安局\n完成时限：2025年底前\n", Duty(L, times=("2025年底前",))),
    ("\n工作进度安排：2025年底前\n责任单位：市公安局\n", Duty(L, times=("2025年底前",))),
]

NAMES = [
    # two names with 和, 及, 以及 between them, a level at the second or not
    ("（市公安局和市民政局负责）", Duty(LM)),
    ("（市公安局和民政局负责）", Duty(("市公安局", "民政局"))),
    ("（市级各有关部门及各县区人民政府负责）", Duty(("市级各有关部门", "各县区人民政府"))),
    ("（市公安局、市民政局以及市妇联负责）", Duty(LMF)),
    # …but not where the word is part of one
    ("（市住房和城乡建设局、市人力资源和社会保障局负责）", Duty(("市住房和城乡建设局", "市人力资源和社会保障局"))),
    # the levels of one collective
    ("（市、县（区）人民政府负责）", Duty(("市、县（区）人民政府",))),
    ("（省、市、县三级公安机关负责）", Duty(("省、市、县三级公安机关",))),
    ("（市公安局牵头，有关部门、单位配合）", Duty(L, ("有关部门、单位",))),
    # a level that only the first of a list bears
    ("（省科技厅、教育厅负责）", Duty(("省科技厅", "教育厅"))),
    ("（市公安局/市民政局负责）", Duty(LM)),
]

UNKNOWN = [
    # a word of role that is misspelt: what it says is not guessed, the rest is read
    ("（市公安局牵投，市民政局配合）", Duty((), M, findings=("role-unknown", "lead-missing"))),
    ("（市公安局牵头，市民政局佩合）", Duty(L, findings=("role-unknown",))),
    ("（市公安局牵投）", Duty(findings=("role-unknown",))),
    ("\n责任単位：市公安局、市民政局\n", Duty(findings=("role-unknown",))),
    ("（牵头单位：市公安局；配台单位：市民政局）", Duty(L, findings=("role-unknown",))),
    # …and where it was 牵头, nobody else is taken to lead
    ("（市公安局牵投，市民政局按职责分工负责）", Duty((), M, findings=("role-unknown", "lead-missing"))),
    # …with a character put in, or left out, behind a collective too
    ("（市公安局牵头，市民政局、各镇街配合合）", Duty(L, findings=("role-unknown",))),
    ("（市公安局牵头，市民政局配）", Duty(L, findings=("role-unknown",))),
    # a word that says neither who leads nor who helps
    ("（市公安局指导，市民政局负责）", Duty(M, findings=("role-unknown",))),
    ("（市公安局负责统筹，市民政局负责）", Duty(M, findings=("role-unknown",))),
    ("（督导单位：市公安局；责任单位：市民政局）", Duty(M, findings=("role-unknown",))),
    # a label that is not of units
    ("（责任单位：市公安局；责任人：张三）", Duty(L, findings=("part-unread",))),
]

CASES = [*LABELS, *BEHIND, *ODD, *MARKED, *OPEN_LISTS, *TIMES, *NAMES, *UNKNOWN]


@pytest.mark.parametrize(("statement", "duty"), CASES)
def test_a_statement_of_another_form_is_read(statement, duty):
    assert duties("健全核查机制。" + statement) == [duty]


@pytest.mark.parametrize(
    ("statement", "duty"), [case for case in CASES if "\n" not in case[0] and not case[1].findings]
)
def test_the_width_of_the_signs_changes_nothing(statement, duty):
    half = statement.translate(str.maketrans("：；，（）", ":;,()"))
    widened = [
        Duty(
            *(
                tuple(name.translate(str.maketrans("()", "（）")) for name in names)
                for names in (found.lead, found.cooperating, found.implementing)
            ),
            open=found.open,
        )
        for found in duties("健全核查机制。" + half)
    ]
    assert widened == [Duty(duty.lead, duty.cooperating, duty.implementing, open=duty.open)]


NONE = [
    # words of role that lay nothing on a body
    "配合有关部门做好工作。",
    "责任单位是推进工作的主体。",
    "各责任单位：要高度重视。",
    "任务分工：详见附件。",
    "以上工作要抓好落实。",
    "实行属地负责、部门配合。",
    "形成公安机关主抓、社会参与的格局。",
    "（联系人：张三；电话：12345）",
    "（主要措施）",
    "加强部门会商。",
]


@pytest.mark.parametrize("words", NONE)
def test_words_that_only_sound_like_one_are_no_statement(words):
    assert duties("健全核查机制。" + words) == []


SLIPS = [
    ("牵投", "牵头"),
    ("前头", "牵头"),
    ("佩合", "配合"),
    ("负则", "负责"),
    ("責任单位", "责任单位"),
    ("牵头単位", "牵头单位"),
    ("责任位单", "责任单位"),
    ("牵头头单位", "牵头单位"),
    # too far, a person's title, a word that is right, a word of no role
    ("总揽", None),
    ("负责人", None),
    ("牵头", None),
    ("指导", None),
    ("主管单位", "主责单位"),
]


@pytest.mark.parametrize(("words", "role"), SLIPS)
def test_a_misspelt_word_of_role_is_told_from_others(words, role):
    assert nearest_role(words) == role


@pytest.fixture(scope="module")
def read(registers):
    def reading(words):
        return read_plan(PlanRecord("yuxi-2022-1", "计划", None, "yuxi"), words, registers)

    return reading


def shown(reading):
    """clause: text ← leads + helpers, one a task."""
    tasks = []
    for task in reading.tasks:
        by_role = ["、".join(a.mention for a in task.assignments if a.role is role) for role in Role]
        tasks.append(f"{task.clause}: {task.text} ← {' + '.join(names for names in by_role if names)}")
    return tasks


DOCUMENTS = [
    # a statement on its own line is of the item before it, where others have theirs
    (
        "一、任务\n1.开展甲。\n责任单位：市公安局\n2.开展乙。\n责任单位：市民政局\n",
        ["sec_1/item_1: 开展甲。 ← 市公安局", "sec_1/item_2: 开展乙。 ← 市民政局"],
        [],
    ),
    # …and of all items of the level, where it is the only one and stands behind the last
    (
        "一、任务\n1.开展甲。\n2.开展乙。\n责任单位：市公安局；配合单位：市民政局\n二、保障\n加强。\n",
        ["sec_1: 1.开展甲。 2.开展乙。 ← 市公安局 + 市民政局"],
        ["statement-shared"],
    ),
    # …the bracket on a line of its own too
    (
        "（一）任务\n——开展甲。\n——开展乙。\n（牵头单位：市公安局；配合单位：市民政局）\n",
        ["sub_1: ——开展甲。 ——开展乙。 ← 市公安局 + 市民政局"],
        ["statement-shared"],
    ),
    # …but not the one within the last item's own line
    ("一、任务\n1.开展甲。\n2.开展乙。（市公安局负责）\n", ["sec_1/item_2: 开展乙。 ← 市公安局"], []),
    # …nor chapters, articles and sections: they are no list
    ("一、任务\n开展甲。\n二、管理\n开展乙。\n责任单位：市公安局\n", ["sec_2: 开展乙。 ← 市公安局"], []),
    # the paragraphs of one item
    (
        "一、任务\n一是开展甲。\n二是开展乙。\n责任单位：市公安局\n",
        ["sec_1: 一是开展甲。 二是开展乙。 ← 市公安局"],
        ["statement-shared"],
    ),
    # where it says so itself: those since the last statement
    (
        "一、任务\n1.甲。（市公安局负责）\n2.乙。\n3.丙。\n以上2—3项由市民政局负责。\n4.丁。\n责任单位：市妇联\n",
        ["sec_1: 2.乙。 3.丙。 ← 市民政局", "sec_1/item_1: 甲。 ← 市公安局", "sec_1/item_4: 丁。 ← 市妇联"],
        ["statement-shared"],
    ),
    (
        "一、任务\n1.甲。\n2.乙。（以上任务由市公安局牵头，市民政局配合）\n",
        ["sec_1: 1.甲。 2.乙。 ← 市公安局 + 市民政局"],
        ["statement-shared"],
    ),
    ("一、任务\n加强管理。\n上述任务责任单位：市公安局\n", ["sec_1: 加强管理。 ← 市公安局"], []),
    # a sentence within words that a statement covers is no task of its own
    (
        "一、任务\n1.市公安局要开展甲。\n2.开展乙。\n责任单位：市公安局\n",
        ["sec_1: 1.市公安局要开展甲。 2.开展乙。 ← 市公安局"],
        ["statement-shared"],
    ),
    # a statement in the heading is of what stands below it: its text, its paragraphs, its items
    ("（一）加强管理（市公安局负责）\n开展甲。\n", ["sub_1: 开展甲。 ← 市公安局"], []),
    ("（一）加强管理（市公安局负责）。开展甲。\n", ["sub_1: 开展甲。 ← 市公安局"], []),
    (
        "（一）加强管理（市公安局负责）\n一是开展甲。\n二是开展乙。\n",
        ["sub_1: 一是开展甲。 二是开展乙。 ← 市公安局"],
        ["statement-shared"],
    ),
    (
        "（一）加强管理（市公安局负责）\n1.开展甲。\n（1）乙。\n2.开展丙。\n（二）丁\n戊。\n",
        ["sub_1: 1.开展甲。 （1）乙。 2.开展丙。 ← 市公安局"],
        ["statement-shared"],
    ),
    # …unless one of them has its own, or there is nothing below it
    (
        "（一）加强管理（市公安局负责）\n1.开展甲。（市民政局负责）\n2.开展乙。\n",
        ["sub_1: 加强管理 ← 市公安局", "sub_1/item_1: 开展甲。 ← 市民政局"],
        [],
    ),
    ("（一）加强管理（市公安局负责）\n", ["sub_1: 加强管理 ← 市公安局"], []),
    # a heading with the statement on the line below it
    ("（一）生产总值增长7%以上\n责任单位：市公安局\n", ["sub_1: 生产总值增长7%以上 ← 市公安局"], []),
    # a label and its list on lines of their own
    (
        "一、甲\n开展甲。\n牵头单位：市公安局\n责任单位：市民政局、\n市妇联\n",
        ["sec_1: 开展甲。 ← 市公安局 + 市民政局、市妇联"],
        [],
    ),
    # the document says itself that the first of a list leads
    (
        "一、甲\n开展甲。（责任单位：市公安局、市民政局）\n注：排在首位的为牵头单位。\n",
        ["sec_1/par_1: 开展甲。 ← 市公安局 + 市民政局"],
        ["first-leads"],
    ),
    # a person in a list of agencies
    (
        "一、甲。（责任单位：市公安局、市公安局分管副局长）\n",
        ["sec_1: 甲。 ← 市公安局、市公安局分管副局长"],
        ["name-unlike-agency"],
    ),
    # dates that can't be placed
    (
        "一、甲，2025年13月底前完成。（市公安局负责）\n",
        ["sec_1: 甲，2025年13月底前完成。 ← 市公安局"],
        ["date-unplaced"],
    ),
    ("一、甲，2O25年底前完成。（市公安局负责）\n", ["sec_1: 甲，2O25年底前完成。 ← 市公安局"], ["date-unplaced"]),
    ("一、甲。（市公安局负责，完成时限：尽快）\n", ["sec_1: 甲。 ← 市公安局"], ["date-unplaced"]),
]


@pytest.mark.parametrize(("words", "expected", "findings"), DOCUMENTS)
def test_a_statement_belongs_to_the_words_that_it_covers(read, words, expected, findings):
    reading = read(words)
    assert shown(reading) == expected
    assert [finding.kind for finding in reading.findings] == findings


def test_a_heading_that_carries_a_statement_is_a_heading(read):
    reading = read("（一）加强管理（市公安局负责）。开展甲。\n")
    assert [(clause.heading, clause.text) for clause in reading.clauses] == [("加强管理", None)]


def test_items_that_share_a_statement_keep_their_words_as_clauses(read):
    reading = read("一、任务\n1.开展甲。\n2.开展乙。\n责任单位：市公安局\n")
    assert {clause.path: clause.text for clause in reading.clauses} == {
        "sec_1": None,
        "sec_1/item_1": "开展甲。",
        "sec_1/item_2": "开展乙。",
    }


DATES = [
    # years and months in Chinese digits
    ("二〇二五年十二月底前完成。", ["deadline 2025-12-31"]),
    ("二○二五年底前完成。", ["deadline 2025-12-31"]),
    ("每年六月底前报送。", ["recurring FREQ=YEARLY;BYMONTH=6;BYMONTHDAY=30"]),
    # a date that no calendar holds stays undated
    ("2025年2月30日前完成。", ["undated"]),
]


@pytest.mark.parametrize(("words", "expected"), DATES)
def test_the_time_in_the_words_of_a_task_is_a_milestone(read, words, expected):
    [task] = read(f"一、甲，{words}（市公安局负责）\n").tasks
    found = [" ".join(str(part) for part in (m.timing, m.end, m.recurrence) if part) for m in task.milestones]
    assert found == expected


BODIES = [
    "市公安局",
    "市民政局",
    "市委宣传部",
    "市人力资源和社会保障局",
    "市委统战部（市民族宗教局）",
    "各县（市、区）人民政府",
    "市妇联",
]
JOINTS = ["、", "，", ",", "；", " 、", "、 "]
FORMS = [
    # (statement of two lists, the role of the second)
    ("（{}牵头，{}配合）", Role.COOPERATING),
    ("（牵头单位：{}；责任单位：{}）", Role.COOPERATING),
    ("【牵头单位:{};配合单位:{}】", Role.COOPERATING),
    ("\n牵头单位：{}\n配合单位：{}\n", Role.COOPERATING),
    ("（由{}牵头，会同{}组织实施）", Role.COOPERATING),
    ("（{}负责，{}协助）", Role.COOPERATING),
    ("（{}牵头，{}按职责分工负责）", Role.COOPERATING),
    ("（{}按职责分工负责，{}负责落实）", Role.IMPLEMENTING),
    ("（{}牵头，{}抓好落实）", Role.IMPLEMENTING),
]


@pytest.mark.parametrize("seed", range(40))
def test_any_two_lists_in_any_form_are_read_name_by_name(seed):
    """Each name stands in its list whatever parts it from the next, and whatever form the statement has."""
    chance = random.Random(seed)
    form, second = chance.choice(FORMS)
    names = chance.sample(BODIES, chance.randint(2, len(BODIES)))
    cut = chance.randint(1, len(names) - 1)
    # a semicolon parts lists where no label stands before them, and behind 会同 a comma does too
    joints = JOINTS if "：" in form and "\n" not in form else JOINTS[:3] + JOINTS[4:]
    joints = ["、", " 、", "、 "] if "会同" in form else joints
    lists = [
        "".join(name + chance.choice(joints) for name in part[:-1]) + part[-1] for part in (names[:cut], names[cut:])
    ]
    [duty] = duties("健全核查机制。" + form.format(*lists))
    assert duty.lead == tuple(names[:cut])
    assert (duty.cooperating, duty.implementing) == (
        (tuple(names[cut:]), ()) if second is Role.COOPERATING else ((), tuple(names[cut:]))
    )


@pytest.mark.parametrize("seed", range(60))
def test_no_garbled_statement_is_refused_or_lost_without_a_word(seed, read):
    """A statement with a character put in, left out or changed is read, or there is a finding: never silence."""
    chance = random.Random(1000 + seed)
    statement = "（" + chance.choice([case for case, duty in BEHIND if case.startswith("（") and not duty.findings])[1:]
    place = chance.randrange(1, len(statement) - 1)
    garbled = chance.choice(
        [
            statement[:place] + statement[place + 1 :],
            statement[:place] + chance.choice("甲、，（）。：市局") + statement[place:],
            statement[:place] + chance.choice("甲、，（）。：市局") + statement[place + 1 :],
        ]
    )
    reading = read(f"一、健全核查机制。{garbled}\n")
    assert (
        reading.tasks
        or [finding for finding in reading.findings if finding.kind != "no-task"]
        or not re.search("牵头|负责|配合|单位|落实|会同|实施", garbled)
    ), garbled
    for task in reading.tasks:
        for assignment in task.assignments:
            assert reading.text[assignment.span.start : assignment.span.end].strip()


PIECES = [
    "一、任务\n",
    "（一）加强宣传\n",
    "1.开展甲，二〇二五年底前完成。\n",
    "2．开展乙，2O25年6月底前完成。\n",
    "——开展丙\n",
    "以上各项任务由市公安局负责。\n",
    "上述1—2项责任单位：市公安局（牵头）、市民政局\n",
    "责任単位：市公安局\n",
    "（市公安局牵投，市民政局等部门和各县区佩合）\n",
    "（督导单位：市公安局；责任单位：市公安局局长）\n",
    "完成时限：尽快\n",
    "注：排在首位的为牵头单位。\n",
    "序号\t任务\t措施\t牵头单位\t责任单位\t完成时限\t工作目标\n",
    "\t\t\t主责单位\t配合单位\t\t\n",
    "1\t加强宣传\t开展甲\t市公安局\t市妇联\t2025.12\t2025年底前达标\n",
    "1\t加强宣传\t1.甲。\u20282.乙。\t市公安局\u2028市民政局\t\t尽快\t\n",
    "\t\t开展乙\t\t市民政局\t\t\n",
    "3\t\t\t市公安局牵头，市妇联佩合\t\t2025年13月\t\n",
    "预防类\t\t\t\t\t\t\n",
    "二、打击\t\t\t\t\t\t\n",
    "\u2028",
    "\t",
    "\n",
]


@settings(derandomize=True, deadline=None, max_examples=300)
@given(
    st.lists(
        st.one_of(st.sampled_from(PIECES), st.text("市局等和、，；：（）\t\n\u2028牵头负责配合以上单位12", max_size=5)),
        max_size=20,
    )
)
def test_whatever_forms_stand_together_every_span_says_what_is_claimed(pieces):
    check(read_any("".join(pieces)))


def test_every_word_of_role_has_a_statement_that_uses_it():
    """No entry of the patterns is there for nothing: each kind of word is met in the phrase book."""
    met = {
        found.word
        for words in (statement.strip("（(【[〔〕]】)）。\n") for statement, _ in CASES)
        for found in read_lists(Text(words), 0, len(words))
    }
    assert met == set(Word)
