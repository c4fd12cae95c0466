"""Commitments in time, as a phrase book: the words, and the timing, dates and rule that they support."""

from __future__ import annotations

from datetime import date

import pytest

from atkg.extract.schedule import read_cell, read_text, time_at
from atkg.extract.text import Text
from atkg.model import Timing


def commitments(reader, words):
    text = Text(words)
    return [(c.timing, c.begin, c.until, c.recurrence) for c in reader(text, 0, len(words))]


def deadline(year, month, day):
    return Timing.DEADLINE, None, date(year, month, day), None


def recurring(rule, begin=None):
    return Timing.RECURRING, begin, None, rule


def period(first, last):
    return Timing.PERIOD, date(first, 1, 1), date(last, 12, 31), None


CONTINUING = (Timing.CONTINUING, None, None, None)
UNDATED = (Timing.UNDATED, None, None, None)
LAST_DAY = "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=31"

BOTH = [
    # the last day that the words allow
    ("2023年年底以前，实现规范。", [deadline(2023, 12, 31)]),
    ("2025年底前完成。", [deadline(2025, 12, 31)]),
    ("2022年一季度内完成。", [deadline(2022, 3, 31)]),
    ("2022年上半年完成。", [deadline(2022, 6, 30)]),
    ("2024年2月底前完成。", [deadline(2024, 2, 29)]),
    ("2025年6月15日前完成。", [deadline(2025, 6, 15)]),
    ("到2030年年底进行终期评估。", [deadline(2030, 12, 31)]),
    # before a year begins is not within it
    ("2025年前完成。", [deadline(2024, 12, 31)]),
    ("2025年内完成。", [deadline(2025, 12, 31)]),
    # spaces and full-width digits, as word processors leave them
    ("2025 年 12 月底前完成。", [deadline(2025, 12, 31)]),
    ("２０２５年６月底前完成。", [deadline(2025, 6, 30)]),
    # every year, with the last day of each duty
    ("每年一季度召开会议。", [recurring("FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=31")]),
    ("每年12月15日前报送。", [recurring("FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=15")]),
    ("每年2月底前报送。", [recurring("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1")]),
    ("每年至少召开1次会议。", [recurring(LAST_DAY)]),
    ("每季度通报。", [recurring("FREQ=YEARLY;BYMONTH=3,6,9,12;BYMONTHDAY=-1")]),
    ("从2022年开始，每年至少一次。", [recurring(LAST_DAY, date(2022, 1, 1))]),
    # spans of years, whatever dash
    ("2022—2025年开展。", [period(2022, 2025)]),
    ("2022－2025年开展。", [period(2022, 2025)]),
    ("2022年至2025年开展。", [period(2022, 2025)]),
    # a date that can't be is a commitment all the same
    ("2022年13月前完成。", [UNDATED]),
    ("2022年2月30日前完成。", [UNDATED]),
    ("每年2月30日前报送。", [UNDATED]),
    ("2030—2022年开展。", [UNDATED]),
    # a year that only tells when something was, or that stands in a title
    ("2025年6月前，落实《中国行动计划（2021—2030年）》。", [deadline(2025, 6, 30)]),
    # two commitments in one sentence
    ("2022年底前完成，每年一季度报送。", [deadline(2022, 12, 31), recurring("FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=31")]),
]


@pytest.mark.parametrize("reader", [read_cell, read_text])
@pytest.mark.parametrize(("words", "expected"), BOTH)
def test_words_of_time_give_dates_in_cells_and_in_text(reader, words, expected):
    assert commitments(reader, words) == expected


CELLS = [
    # words before the first phrase belong to it; continuity that follows at once is one
    ("召开会议（已完成）", [(Timing.DONE, None, None, None)]),
    ("持续推进，长期坚持。", [CONTINUING]),
    ("2022年年底前完成。持续推进，长期坚持。", [deadline(2022, 12, 31), CONTINUING]),
    # a cell without a phrase is one commitment all the same
    ("做好总结", [UNDATED]),
    # a year alone dates a cell
    ("2022年完成", [period(2022, 2022)]),
    # a cell that holds nothing but a date in figures, years, or a word of continuity
    ("2025.12", [deadline(2025, 12, 31)]),
    ("2025-06-30", [deadline(2025, 6, 30)]),
    ("2025/6/30前", [deadline(2025, 6, 30)]),
    ("2022-2025", [period(2022, 2025)]),
    ("2025", [period(2025, 2025)]),
    ("长期", [CONTINUING]),
    ("2025.13", [UNDATED]),
    ("0000年", [UNDATED]),
    # an empty cell commits to nothing
    ("  ", []),
]


@pytest.mark.parametrize(("words", "expected"), CELLS)
def test_a_progress_cell_holds_commitments(words, expected):
    assert commitments(read_cell, words) == expected


TEXTS = [
    # in running text a year alone need be no commitment
    ("2022年工作情况。", []),
    ("2021年以来，成效显著。", []),
    ("依据2021年版名录，2020年度考核。", []),
    ("持续推进工作。", []),
    ("《中国反对拐卖人口行动计划（2021—2030年）》", []),
]


@pytest.mark.parametrize(("words", "expected"), TEXTS)
def test_running_text_holds_commitments_only_where_it_commits(words, expected):
    assert commitments(read_text, words) == expected


def test_a_commitment_has_its_words_up_to_the_next_or_the_end_of_the_sentence():
    text = Text("应于2022年底前完成建设，每年一季度报送情况。其他。")
    assert [text.words(c.start, c.end) for c in read_text(text, 0, len(text.read))] == [
        "2022年底前完成建设，",
        "每年一季度报送情况。",
    ]


PARTS = [
    ("2025年底前完成", "2025年底前完成"),
    ("完成时限：2025年", "2025年"),
    ("完成时间:待定", "待定"),
    ("于2025年底前完成", "2025年底前完成"),
    ("长期坚持", "长期坚持"),
    ("年底前", "年底前"),
    # an agency, and a sentence that only holds a date, are no time
    ("市公安局", None),
    ("市公安局2025年底前完成", None),
]


@pytest.mark.parametrize(("words", "expected"), PARTS)
def test_a_part_of_a_statement_is_a_time_or_not(words, expected):
    text = Text(words)
    found = time_at(text, 0, len(words))
    assert (text.read[slice(*found)] if found else None) == expected
