"""The numbering that plans use, as a phrase book: what stands at the start of a line, and what it numbers."""

from __future__ import annotations

import pytest

from atkg.extract.numbering import Number, cite, number_at, to_chinese, to_int

NUMBERS = [
    # the four levels of GB/T 9704-2012
    ("一、工作目标", ("sec", 1)),
    ("（十二）加强宣传", ("sub", 12)),
    ("1．人力资源领域", ("item", 1)),
    ("（3）规范收养", ("subitem", 3)),
    # the divisions of statutes, 第三节 as a section of its chapter
    ("第一章　总则", ("chp", 1)),
    ("第三节 范围", ("sec", 3)),
    ("第一百二十条 附则", ("art", 120)),
    ("第14条 附则", ("art", 14)),
    # parts above the chapters
    ("第二部分 主要任务", ("chp", 2)),
    # spaces within, as in a title that is spread out
    ("第 一 章 总 则", ("chp", 1)),
    ("（ 一 ）加强宣传", ("sub", 1)),
    # half and full width, and a mark of the other width
    ("(一)加强宣传", ("sub", 1)),
    ("（一)加强宣传", ("sub", 1)),
    ("１．加强宣传", ("item", 1)),
    ("（１２）加强宣传", ("subitem", 12)),
    # other habits: a comma behind, a bracket behind, a stop behind a Chinese numeral
    ("1、加强宣传", ("item", 1)),
    ("2.加强宣传", ("item", 2)),
    ("3）加强宣传", ("subitem", 3)),
    ("一．总体要求", ("sec", 1)),
    # numbers that are one character
    ("①细化措施", ("subitem", 1)),
    ("⑴细化措施", ("subitem", 1)),
    ("⒉细化措施", ("item", 2)),
    ("㈢细化措施", ("sub", 3)),
    # dashes, which are counted later
    ("——加强宣传", ("dash", 0)),
    ("--加强宣传", ("dash", 0)),
    # a date and a decimal are no numbers
    ("6.26国际禁毒日", None),
    ("3.5万人次", None),
    # nor are several numbers, a year, a plain word
    ("1、2号楼", None),
    ("2022年工作要点", None),
    ("（2021—2030年）", None),
    ("一是加强宣传", None),
    ("第一时间报告", None),
    # a line of dashes parts nothing
    ("————————", None),
    ("------", None),
    ("", None),
]


@pytest.mark.parametrize(("line", "expected"), NUMBERS)
def test_a_line_opens_with_a_number(line, expected):
    number = number_at(line, 0)
    assert (number and (number.kind, number.value)) == expected


HOLDS = [
    # outermost first: whatever has the lower rank can hold what has the higher
    [
        "第一编 总纲",
        "第一章 总则",
        "第一节 目标",
        "第一条 依据",
        "一、目标",
        "（一）加强",
        "1.加强",
        "（1）加强",
        "①加强",
        "——加强",
    ],
    # forms of one level stand side by side
    ["1、加强"],
]


@pytest.mark.parametrize("lines", HOLDS)
def test_forms_are_ranked_from_the_outermost(lines):
    ranks = [number_at(line, 0).rank for line in lines]
    assert ranks == sorted(set(ranks))


def test_forms_of_one_level_have_one_rank():
    for same in (("1.甲", "1、甲", "⒈甲"), ("（1）甲", "1）甲", "⑴甲"), ("（一）甲", "㈠甲"), ("一、甲", "一．甲")):
        assert len({number_at(line, 0).rank for line in same}) == 1


def test_a_number_knows_where_its_words_end():
    assert number_at("见（十二）加强", 1) == Number("sub", 12, 5, 5)


VALUES = [
    ("〇", 0),
    ("十", 10),
    ("十二", 12),
    ("二十", 20),
    ("二〇", 20),
    ("一百零五", 105),
    ("一百二十", 120),
    ("一千零二十", 1020),
    ("38", 38),
    ("３８", 38),
]


@pytest.mark.parametrize(("words", "value"), VALUES)
def test_a_numeral_has_a_value(words, value):
    assert to_int(words) == value


def test_chinese_numerals_lead_back_to_their_value():
    assert [to_int(to_chinese(value)) for value in range(1, 10_000)] == list(range(1, 10_000))
    assert to_chinese(10_000) == "10000"


CITED = [
    ("chp", 3, "第三章"),
    ("art", 120, "第一百二十条"),
    ("sec", 2, "二"),
    ("sub", 1, "(一)"),
    ("par", 2, "¶2"),
    ("row", 4, "4"),
]


@pytest.mark.parametrize(("kind", "value", "expected"), CITED)
def test_a_clause_is_cited_by_its_number(kind, value, expected):
    assert cite(kind, value) == expected
