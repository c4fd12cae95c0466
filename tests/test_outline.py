"""Outlines, as a phrase book: lines, and the clauses with their headings, paragraphs and findings."""

from __future__ import annotations

import pytest

from atkg.extract.outline import read_outline
from atkg.extract.text import Text


def outline(words: str) -> tuple[list[str], set[str]]:
    """(path, heading and paragraphs of each unit, one a line; the kinds of the findings)."""
    text = Text(words)
    found = read_outline(text, list(text.lines()), len(words))
    shown = []
    for unit in found.units():
        heading = f" {text.words(*unit.heading)}" if unit.heading else ""
        shown.append(unit.path + heading + "".join(f" | {text.words(*paragraph)}" for paragraph in unit.paragraphs))
    return shown, {finding.kind for finding in found.findings}


OUTLINES = [
    # what stands before the first number is front matter
    ("某市方案\n各县区：\n一、目标\n加强管理。\n", ["sec_1 目标 | 加强管理。"], set()),
    # each level below the one above it; articles run on through chapters
    (
        "第一章 总则\n第一条 目的。\n第二章 预防\n第二条 领域\n（一）人力资源。\n",
        ["chp_1 总则", "art_1 | 目的。", "chp_2 预防", "art_2 领域", "art_2/sub_1 | 人力资源。"],
        set(),
    ),
    # a section of a chapter holds sections of its own
    (
        "第一章 总则\n第一节 目标\n一、近期\n加强。\n",
        ["chp_1 总则", "chp_1/sec_1 目标", "chp_1/sec_1/sec_1 近期 | 加强。"],
        set(),
    ),
    # articles of an annex are the annex's own
    (
        "第一条 甲。\n附件1\n名单\n第一条 乙。\n",
        ["art_1 | 甲。", "annex_1 名单", "annex_1/art_1 | 乙。"],
        set(),
    ),
    # run-in headings: where the siblings open in the same way
    (
        "一、措施\n（一）教育领域。加强管理。\n（二）医疗领域。严禁冒名，严厉打击。\n",
        ["sec_1 措施", "sec_1/sub_1 教育领域 | 加强管理。", "sec_1/sub_2 医疗领域 | 严禁冒名，严厉打击。"],
        set(),
    ),
    # the only sentence before a statement is the text
    ("（一）加强管理。（甲局负责）\n", ["sub_1 | 加强管理。（甲局负责）"], set()),
    # an item with two paragraphs
    ("1．领域。甲。\n乙。\n", ["item_1 领域 | 甲。 | 乙。"], set()),
    # a number on a line of its own, its heading on the next
    ("（一）\n加强领导\n做好工作。\n", ["sub_1 加强领导 | 做好工作。"], set()),
    ("（一）\n做好工作。\n", ["sub_1 | 做好工作。"], set()),
    # （一） without a heading, 1、 and ① below it, 第一 … as plain words
    (
        "（一）加强管理。\n1、甲。\n①乙。\n一是丙。\n",
        ["sub_1 加强管理", "sub_1/item_1 | 甲。", "sub_1/item_1/subitem_1 | 乙。 | 一是丙。"],
        set(),
    ),
    # a hard line break within a sentence; one behind a comma in a short line
    (
        "一、" + "甲" * 45 + "\n乙丙。\n（一）丁，\n戊。\n",
        ["sec_1 | " + "甲" * 45 + " 乙丙。", "sec_1/sub_1 | 丁， 戊。"],
        set(),
    ),
    # a line without a stop in the middle of the text is a paragraph, not its end
    (
        "一、措施\n加强管理\n做好工作\n严格要求。\n二、保障\n",
        ["sec_1 措施 | 加强管理 | 做好工作 | 严格要求。", "sec_2 保障"],
        set(),
    ),
    # numbers of pages are nobody's words
    ("一、措施\n加强。\n— 3 —\n做好。\n第4页 共9页\n", ["sec_1 措施 | 加强。 | 做好。"], set()),
    # a statement on a line of its own belongs to the paragraph before, bracket or not, and to a bare heading
    ("一、加强。\n（市公安局牵头，市妇联配合）\n", ["sec_1 | 加强。 （市公安局牵头，市妇联配合）"], set()),
    (
        "一、加强。\n\n责任单位：市公安局\n配合单位：市妇联\n",
        ["sec_1 | 加强。 责任单位：市公安局 配合单位：市妇联"],
        set(),
    ),
    (
        "一、加强。\n完成时限：2025年\n责任单位：市公安局\n",
        ["sec_1 | 加强。 完成时限：2025年 责任单位：市公安局"],
        set(),
    ),
    ("一、加强\n（市公安局负责）\n", ["sec_1 | 加强 （市公安局负责）"], set()),
    # no statement is front matter, and a text without numbers has paragraphs
    ("某市方案\n加强。（市公安局负责）\n一、保障\n", ["par_1 | 加强。（市公安局负责）", "sec_1 保障"], set()),
    ("某市方案\n加强。\n做好。\n", ["par_1 | 加强。", "par_2 | 做好。"], set()),
    # what stands behind the end
    ("一、加强。\n某市政府办公室\n2022年1月\n网站地图\n", ["sec_1 | 加强。"], {"after-end"}),
    ("一、加强。\n抄送：区委办公室。\n", ["sec_1 | 加强。"], {"after-end"}),
    ("一、加强。\n（此件公开发布）\n", ["sec_1 | 加强。"], {"after-end"}),
    # a list of annexes opens no clauses
    (
        "一、加强。\n附件：1．任务表\n2．名单\n\n附件1\n任务表\n甲。\n",
        ["sec_1 | 加强。", "annex_1 任务表 | 甲。"],
        {"after-end"},
    ),
    # but a statement there is read
    ("一、加强。\n某市办公室\n做好。（市公安局负责）\n", ["sec_1 加强 | 做好。（市公安局负责）"], {"after-end"}),
    # a number twice, a number left out
    ("一、甲\n一、乙\n", ["sec_1 甲", "sec_1~2 乙"], {"number-again"}),
    ("一、甲\n三、乙\n", ["sec_1 甲", "sec_3 乙"], {"number-order"}),
    # dashes are counted
    ("（1）甲。\n——乙。\n——丙。\n", ["subitem_1 | 甲。", "subitem_1/dash_1 | 乙。", "subitem_1/dash_2 | 丙。"], set()),
    # nothing at all
    ("", [], set()),
    ("\n\t\n", [], set()),
]


@pytest.mark.parametrize(("words", "units", "findings"), OUTLINES)
def test_lines_make_an_outline(words, units, findings):
    assert outline(words) == (units, findings)


def test_what_stands_in_two_places_behind_the_end_is_two_findings():
    words = "一、甲。\n抄送：乙。\n丙\n二、丁。\n抄送：戊。\n"
    text = Text(words)
    found = [text.words(f.span.start, f.span.end) for f in read_outline(text, list(text.lines()), len(words)).findings]
    assert found == ["抄送：乙。 丙", "抄送：戊。"]
