"""Duties outside every statement, as a phrase book: sentences whose subject is a named body, and member lists."""

from __future__ import annotations

import pytest

from atkg.extract.subjects import Subjects, find_members
from atkg.extract.text import Text


@pytest.fixture(scope="module")
def subjects(registers):
    return Subjects(registers.subject_pattern("dazu"))


DUTIES = [
    # a registered body, with or without a modal verb
    ("区反拐联席会议统筹抓好贯彻落实。", [["区反拐联席会议"]]),
    ("区公安局要加强管理。", [["区公安局"]]),
    # a time before it, a bracket behind it
    ("每年12月15日前，区反拐联席会议成员单位应报送情况。", [["区反拐联席会议成员单位"]]),
    ("联席会议办公室（设在区公安局）负责组织督导检查。", [["联席会议办公室"]]),
    # several subjects
    ("区公安局、区民政局要做好工作。", [["区公安局", "区民政局"]]),
    # two sentences, one of which orders nothing
    ("区政府应当保障经费。鼓励社会捐助。", [["区政府"]]),
    # an unregistered body only with a modal verb
    ("区某某局要做好工作。", [["区某某局"]]),
    ("区某某局做好工作。", []),
    # 由…负责 names its agent
    ("年度工作情况由联席会议办公室负责汇总报送。", [["联席会议办公室"]]),
    # a body that is described, or is part of another phrase
    ("联席会议下设办公室在区公安局。", []),
    ("区公安局局长是召集人。", []),
    ("联席会议由区政府领导担任召集人。", []),
    ("区公安局的工作人员要认真负责。", []),
    # goals have no body as subject
    ("加强宣传教育，提高防范意识。", []),
    ("", []),
]


@pytest.mark.parametrize(("words", "expected"), DUTIES)
def test_a_sentence_lays_a_duty_on_its_subject(subjects, words, expected):
    text = Text(words)
    found = [[text.read[slice(*name)] for name in duty.names] for duty in subjects.find_duties(text, 0, len(words))]
    assert found == expected


MEMBERS = [
    ("省公安厅、省民政厅、省妇联为成员单位。", ("成员单位", ["省公安厅", "省民政厅", "省妇联"])),
    (
        "联席会议成员：区公安局、区民政局、区妇联等15个部门为联席会议成员单位。",
        ("联席会议成员单位", ["区公安局", "区民政局", "区妇联"]),
    ),
    # two are no list of members
    ("省公安厅、省民政厅为成员单位。", None),
    ("省公安厅为牵头单位。", None),
    ("", None),
]


@pytest.mark.parametrize(("words", "expected"), MEMBERS)
def test_a_sentence_lists_the_members_of_a_collective(words, expected):
    text = Text(words)
    found = find_members(text, 0, len(words))
    assert (found and (text.read[slice(*found[0])], [text.read[slice(*name)] for name in found[1]])) == expected
