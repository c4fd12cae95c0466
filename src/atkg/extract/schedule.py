"""Commitments in time: deadlines, recurrences, words of continuity, in progress cells and in running text."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest
from typing import Final

from atkg.extract.numbering import to_int
from atkg.extract.text import COLON, Text
from atkg.model import Timing

GARBLED: Final = "oOＯolIｌ"
"""Letters that stand in a year for a digit."""

_QUARTER: Final = "[一二三四1-4]"
_YEAR: Final = r"(?: [1１2２] \d{3} | [一二] [〇○零一二三四五六七八九]{3} )"
_COUNT: Final = r"(?: \d{1,2} | [一二三四五六七八九十]{1,3} )"
"""A month or a day, in digits of either kind."""

_GAP: Final = r"[ \u00a0\u3000]?"
"""A space between a numeral and its unit, as word processors leave it: 2025 年 12 月."""

_BEFORE: Final = "(?:以前|之前|前|以内|之内|内)?"
_DASH: Final = r"\s?[-—–－~～至到]+\s?"

_DATED: Final = rf"""
      (?: 从 | 自 ) (?P<from_year> {_YEAR} ) {_GAP} 年 (?: 起 | 开始 )
      (?: [，,]? [^，,。；;]{{0,12}}? (?P<then_yearly> 每年 (?: 至少 )? ) )?
    | 每年 (?: 的 )? {_GAP} (?P<each_month> {_COUNT} ) {_GAP} 月
      (?: {_GAP} (?P<each_day> {_COUNT} ) {_GAP} 日 | 底 | 末 | 份 )? {_BEFORE}
    | 每年 (?: 第 )? (?P<each_quarter> {_QUARTER} ) 季度 {_BEFORE}
    | 每年 (?: 的 )? (?P<each_half> 上 ) 半年 {_BEFORE}
    | (?P<every> 每半年 | 每季度 | 每个?月 | 每年 (?: 年底 | 底 )? (?: 至少 )? )
    | (?P<range_from> {_YEAR} ) {_GAP} 年? {_DASH} (?P<range_to> {_YEAR} ) {_GAP} 年
    | 到? {_GAP} (?P<year> {_YEAR} ) {_GAP} 年
      (?: {_GAP} (?P<month> {_COUNT} ) {_GAP} 月 (?: {_GAP} (?P<day> {_COUNT} ) {_GAP} 日 | 底 | 末 | 份 )?
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
_TITLE: Final = r"(?P<title> 《 [^》]{0,200} 》 )"
"""The title of a document: the years in it date no commitment."""

_IN_CELL: Final = re.compile(f"{_TITLE} | {_DATED} | {_CONTINUITY} | {_DONE}", re.VERBOSE | re.MULTILINE)
_IN_TEXT: Final = re.compile(f"{_TITLE} | {_DATED}", re.VERBOSE)
_GARBLED: Final = re.compile(rf"(?<![0-9A-Za-z])(?P<year>[12](?=[0-9]{{0,2}}[{GARBLED}])[0-9{GARBLED}]{{3}})(?=\s?年)")
_SENTENCE_END: Final = re.compile(r"[。！!?？]")

_ALWAYS: Final = re.compile(
    r"(?:长期|持续|常态化|常年|长期持续|贯穿全年|全年)(?:坚持|推进|开展|实施|执行|落实)?[。；;]?"
)
"""A whole cell, or what stands behind 完成时限：, that names no date but says that there is no end."""

_FIGURES: Final = re.compile(rf"({_YEAR.replace(' ', '')})[./-](\d{{1,2}})(?:[./-](\d{{1,2}}))?(?:前|之前|底)?[。；;]?")
_YEARS: Final = re.compile(rf"({_YEAR.replace(' ', '')})(?:{_DASH}({_YEAR.replace(' ', '')}))?[。；;]?")
"""A whole cell that gives a date or years in figures: 2025.12, 2025-12-31, 2022-2025."""

_LABEL: Final = r"""
    (?: (?: 完成 | 办结 | 落实 | 整改 | 推进 | 实施 | 工作 | 任务 | 启动 | 建成 | 起止 | 截止 | 具体 )?
        (?: 时限 | 时间 | 期限 | 日期 ) (?: 要求 | 安排 | 节点 | 进度 )? | (?: 工作 )? 进度 (?: 安排 | 要求 ) )
"""
_TIME: Final = re.compile(
    rf"""
    (?: {_LABEL} \s* {COLON} )?
    \s* 并? (?: 于 | 在 | 力争 | 确保 | 截?至 )? \s*
    (?P<time>
        (?: {_DATED} | 每 (?: 年 | 半年 | 季度? | 月 | 周 | 日 | 天 ) | \d{{1,2}} {_GAP} 月 | (?: 今年 | 明年 | 本年 | 当年 | 年 ) 度? [底末内] {_BEFORE}
          | 长期 | 持续 | 常态化 | 常年 | 贯穿全年 | 全年 | 即日 | 立即 | \d{{1,3}} 个 (?: 工作日 | 月 ) )
        [^，,；;。]*
    )
    """,
    re.VERBOSE,
)
"""A part of a statement that tells the time: 2025年底前完成, 完成时限：长期."""

TIME_LABEL: Final = re.compile(rf"{_LABEL} \s* {COLON}", re.VERBOSE)
"""The label before a time: 完成时限：2025年底."""


@dataclass(frozen=True, slots=True)
class Commitment:
    """A timing with its words in Text.read, and the dates that the words support."""

    timing: Timing
    start: int
    end: int
    begin: date | None = None
    until: date | None = None
    recurrence: str | None = None


def time_at(text: Text, start: int, end: int) -> tuple[int, int] | None:
    """The words of time that this part of a statement consists of, without their label; None if it is no time."""
    start, end = text.trim(start, end)
    match = _TIME.fullmatch(text.read, start, end)
    if match:
        return text.trim(*match.span("time"))
    label = TIME_LABEL.match(text.read, start, end)
    return text.trim(label.end(), end) if label else None


def read_cell(text: Text, start: int, end: int) -> list[Commitment]:
    """The commitments of a progress cell: one for each phrase of time, with the words up to the next.

    Words before the first phrase belong to it; a cell without a phrase is one commitment, undated.
    Phrases of continuity that follow each other at once (持续推进，长期坚持) are one.
    """
    start, end = text.trim(start, end)
    if start >= end:
        return []
    if whole := _whole_cell(text.read, start, end):
        return [whole]
    kept: list[re.Match[str]] = []
    for match in _phrases(_IN_CELL, text.read, start, end):
        if not (kept and _continues(text.read, kept[-1], match)):
            kept.append(match)
    if not kept:
        return [Commitment(Timing.UNDATED, start, end)]
    places = [start, *(match.start() for match in kept[1:]), end]
    return [_commitment(match, *text.trim(places[index], places[index + 1])) for index, match in enumerate(kept)]


def _whole_cell(read: str, start: int, end: int) -> Commitment | None:
    """The commitment of a cell that holds a date in figures, or a word of continuity, and nothing else."""
    if _ALWAYS.fullmatch(read, start, end):
        return Commitment(Timing.CONTINUING, start, end)
    try:
        if match := _YEARS.fullmatch(read, start, end):
            first, last = to_int(match[1]), to_int(match[2] or match[1])
            if first <= last:
                return Commitment(Timing.PERIOD, start, end, date(first, 1, 1), date(last, 12, 31))
        elif match := _FIGURES.fullmatch(read, start, end):
            year, month = to_int(match[1]), int(match[2])
            day = int(match[3] or monthrange(year, month)[1])
            return Commitment(Timing.DEADLINE, start, end, None, date(year, month, day))
    except ValueError:  # 2025.13
        pass
    return None


def misdated(text: Text, start: int, end: int) -> list[tuple[int, int]]:
    """The dates that no calendar holds (2025年13月), and years with a letter for a digit (2O25年)."""
    found = [
        match.span() for match in _phrases(_IN_CELL, text.read, start, end) if _meaning(match)[0] is Timing.UNDATED
    ]
    found += [match.span("year") for match in _GARBLED.finditer(text.read, start, end)]
    return sorted((begin, text.skip_back(begin, stop)) for begin, stop in found)


def read_text(text: Text, start: int, end: int) -> list[Commitment]:
    """The dated and yearly commitments in running text, each with its words up to the end of its sentence."""
    found = []
    phrases = [match for match in _phrases(_IN_TEXT, text.read, start, end) if not _bare_year(match)]
    for match, following in zip_longest(phrases, phrases[1:]):
        limit = following.start() if following else end
        stop = _SENTENCE_END.search(text.read, match.end(), limit)
        found.append(_commitment(match, *text.trim(match.start(), stop.end() if stop else limit)))
    return found


def _phrases(pattern: re.Pattern[str], read: str, start: int, end: int) -> Iterator[re.Match[str]]:
    """The phrases of time that don't stand in the title of a document."""
    for match in pattern.finditer(read, start, end):
        if not match["title"] and _is_commitment(match):
            yield match


def _is_commitment(match: re.Match[str]) -> bool:
    """False for a year that only tells when something was: 2021年以来, 2020年度."""
    following = match.string[match.end() : match.end() + 2]
    return not following.startswith(("以来", "度", "版"))


def _bare_year(match: re.Match[str]) -> bool:
    """A year alone, as 2022年, which in running text need not be a commitment; 2022年前 and 2022年内 are more."""
    alone = match["year"] and not any(match[name] for name in ("month", "year_end", "quarter", "half"))
    return bool(alone) and not match.group().endswith(("前", "内"))


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
        last = monthrange(2000, month)[1] if 1 <= month <= 12 else 0
        day = value("each_day") if groups["each_day"] else last
        if not 1 <= day <= last:  # 每年13月, 每年2月30日
            return Timing.UNDATED, None, None, None
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
        if value("range_from") > value("range_to"):
            return Timing.UNDATED, None, None, None
        return Timing.PERIOD, date(value("range_from"), 1, 1), date(value("range_to"), 12, 31), None
    return _dated(match)


def _dated(match: re.Match[str]) -> tuple[Timing, date | None, date | None, str | None]:
    year = to_int(match["year"])
    try:
        if match["month"]:
            month = to_int(match["month"])
            day = to_int(match["day"]) if match["day"] else monthrange(year, month)[1]
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
