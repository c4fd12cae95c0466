"""Commitments in time: deadlines, recurrences, words of continuity, in progress cells and in running text."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from atkg.extract.numbering import to_int
from atkg.extract.text import Text
from atkg.model import Timing

_QUARTER: Final = "[一二三四1-4]"
_BEFORE: Final = "(?:以前|之前|前|以内|之内|内)?"

_DATED: Final = rf"""
      (?: 从 | 自 ) (?P<from_year> \d{{4}} ) 年 (?: 起 | 开始 ) (?: [，,]? [^，,。；;]{{0,12}}? (?P<then_yearly> 每年 (?: 至少 )? ) )?
    | 每年 (?: 的 )? (?P<each_month> \d{{1,2}} ) 月 (?: (?P<each_day> \d{{1,2}} ) 日 | 底 | 末 | 份 )? {_BEFORE}
    | 每年 (?: 第 )? (?P<each_quarter> {_QUARTER} ) 季度 {_BEFORE}
    | 每年 (?: 的 )? (?P<each_half> 上 ) 半年 {_BEFORE}
    | (?P<every> 每半年 | 每季度 | 每个?月 | 每年 (?: 年底 | 底 )? (?: 至少 )? )
    | (?P<range_from> \d{{4}} ) 年? [-—–至到~]+ (?P<range_to> \d{{4}} ) 年
    | 到? (?P<year> \d{{4}} ) 年
      (?: (?P<month> \d{{1,2}} ) 月 (?: (?P<day> \d{{1,2}} ) 日 | 底 | 末 | 份 )?
        | (?P<year_end> 年? [底末] )
        | (?: 第 )? (?P<quarter> {_QUARTER} ) 季度
        | (?P<half> [上下] ) 半年
      )? {_BEFORE}
"""

_CONTINUITY: Final = r"""
    (?P<continuing>
        (?: 持续推进 | 长期坚持 | 长期推进 | 常抓不懈
          | (?: (?<= [，。；,;\s] ) | ^ ) 持续 (?: 加强 | 强化 | 深化 | 开展 | 推进 | 做好 | 抓好 )
        )
    )
"""

_DONE: Final = r"(?P<done> [（(]? 已 (?: 经 )? 完成 [）)]? )"

_IN_CELL: Final = re.compile(f"{_DATED} | {_CONTINUITY} | {_DONE}", re.VERBOSE | re.MULTILINE)
_IN_TEXT: Final = re.compile(_DATED, re.VERBOSE)
_TITLE: Final = re.compile(r"《[^》]*》")
_SENTENCE_END: Final = re.compile(r"[。！!?？]")


@dataclass(frozen=True, slots=True)
class Commitment:
    """A timing with its words in Text.read, and the dates that the words support."""

    timing: Timing
    start: int
    end: int
    begin: date | None = None
    until: date | None = None
    recurrence: str | None = None


def read_cell(text: Text, start: int, end: int) -> list[Commitment]:
    """The commitments of a progress cell: one for each phrase of time, with the words up to the next.

    Words before the first phrase belong to it; a cell without a phrase is one commitment, undated.
    Phrases of continuity that follow each other at once (持续推进，长期坚持) are one.
    """
    start, end = text.trim(start, end)
    phrases = [match for match in _phrases(_IN_CELL, text.read, start, end) if _is_commitment(match)]
    kept: list[re.Match[str]] = []
    for match in phrases:
        if kept and _continues(text.read, kept[-1], match):
            continue
        kept.append(match)
    if not kept:
        return [Commitment(Timing.UNDATED, start, end)]
    places = [start, *(match.start() for match in kept[1:]), end]
    return [_commitment(match, *text.trim(places[index], places[index + 1])) for index, match in enumerate(kept)]


def read_text(text: Text, start: int, end: int) -> list[Commitment]:
    """The dated and yearly commitments in running text, each with its words up to the end of its sentence."""
    found = []
    phrases = [
        match for match in _phrases(_IN_TEXT, text.read, start, end) if _is_commitment(match) and not _bare_year(match)
    ]
    for index, match in enumerate(phrases):
        stop = _SENTENCE_END.search(text.read, match.end(), end)
        sentence_end = stop.end() if stop else end
        if index + 1 < len(phrases):
            sentence_end = min(sentence_end, phrases[index + 1].start())
        found.append(_commitment(match, *text.trim(match.start(), sentence_end)))
    return found


def _phrases(pattern: re.Pattern[str], read: str, start: int, end: int) -> Iterator[re.Match[str]]:
    """The phrases of time that don't stand in the title of a document."""
    titles = [match.span() for match in _TITLE.finditer(read, start, end)]
    for match in pattern.finditer(read, start, end):
        if not any(first <= match.start() < last for first, last in titles):
            yield match


def _is_commitment(match: re.Match[str]) -> bool:
    """False for a year that only tells when something was: 2021年以来, 2020年度."""
    following = match.string[match.end() : match.end() + 2]
    return not following.startswith(("以来", "度", "版"))


def _bare_year(match: re.Match[str]) -> bool:
    """A year alone, as 2022年, which in running text need not be a commitment."""
    return bool(match["year"]) and not any(match[name] for name in ("month", "year_end", "quarter", "half"))


def _continues(read: str, before: re.Match[str], match: re.Match[str]) -> bool:
    """Both speak of continuity, and only the object of the first stands between them."""
    if not (before["continuing"] and match["continuing"]):
        return False
    return not _SENTENCE_END.search(read, before.end(), match.start())


def _commitment(match: re.Match[str], start: int, end: int) -> Commitment:
    timing, begin, until, recurrence = _meaning(match)
    return Commitment(timing, start, end, begin, until, recurrence)


def _meaning(match: re.Match[str]) -> tuple[Timing, date | None, date | None, str | None]:
    groups = match.groupdict()

    def value(name: str) -> int:
        return to_int(groups[name])

    if groups.get("done"):
        return Timing.DONE, None, None, None
    if groups.get("continuing"):
        return Timing.CONTINUING, None, None, None
    if groups["from_year"]:
        begin = date(value("from_year"), 1, 1)
        if groups["then_yearly"]:
            return Timing.RECURRING, begin, None, _yearly(12, 31)
        return Timing.CONTINUING, begin, None, None
    if groups["each_month"]:
        month = value("each_month")
        if not 1 <= month <= 12:
            return Timing.UNDATED, None, None, None
        day = value("each_day") if groups["each_day"] else monthrange(2001, month)[1]
        return Timing.RECURRING, None, None, _yearly(month, day if groups["each_day"] or month != 2 else -1)
    if groups["each_quarter"]:
        month = 3 * value("each_quarter")
        return Timing.RECURRING, None, None, _yearly(month, monthrange(2001, month)[1])
    if groups["each_half"]:
        return Timing.RECURRING, None, None, _yearly(6, 30)
    if groups["every"]:
        rule = next((rule for word, rule in _EVERY.items() if groups["every"].startswith(word)), _yearly(12, 31))
        return Timing.RECURRING, None, None, rule
    if groups["range_from"]:
        return Timing.PERIOD, date(value("range_from"), 1, 1), date(value("range_to"), 12, 31), None
    return _dated(match)


def _dated(match: re.Match[str]) -> tuple[Timing, date | None, date | None, str | None]:
    year = int(match["year"])
    try:
        if match["month"]:
            month = int(match["month"])
            day = int(match["day"]) if match["day"] else monthrange(year, month)[1]
            return Timing.DEADLINE, None, date(year, month, day), None
        if match["quarter"]:
            month = 3 * to_int(match["quarter"])
            return Timing.DEADLINE, None, date(year, month, monthrange(year, month)[1]), None
        if match["half"]:
            until = date(year, 6, 30) if match["half"] == "上" else date(year, 12, 31)
            return Timing.DEADLINE, None, until, None
        if match["year_end"] or re.search(r"[前内]$", match.group()):
            until = date(year - 1, 12, 31) if _before_the_year(match) else date(year, 12, 31)
            return Timing.DEADLINE, None, until, None
        return Timing.PERIOD, date(year, 1, 1), date(year, 12, 31), None
    except ValueError:  # 2022年13月, 2022年2月30日
        return Timing.UNDATED, None, None, None


def _before_the_year(match: re.Match[str]) -> bool:
    """2025年前 means before the year begins; 2025年年底前 and 2025年内 don't."""
    return not match["year_end"] and match.group().endswith("前")


def _yearly(month: int, day: int) -> str:
    """An RFC 5545 rule that gives the last day of a yearly duty."""
    return f"FREQ=YEARLY;BYMONTH={month};BYMONTHDAY={day}"


_EVERY: Final = {
    "每半年": "FREQ=YEARLY;BYMONTH=6,12;BYMONTHDAY=-1",
    "每季度": "FREQ=YEARLY;BYMONTH=3,6,9,12;BYMONTHDAY=-1",
    "每月": "FREQ=MONTHLY;BYMONTHDAY=-1",
    "每个月": "FREQ=MONTHLY;BYMONTHDAY=-1",
}
