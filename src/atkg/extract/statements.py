"""Responsibility statements: the bracket behind a text that says who leads, who helps, who carries out.

Rule of the roles: 主责, 牵头, and 负责 or 按职责分工负责 where no 牵头 stands beside them, lead; 配合, 会同, 协助, and
负责 beside a 牵头, and a last list without a word of role, cooperate; 负责落实 implements.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from atkg.extract.text import Text
from atkg.model import Assignment, Finding, Role, Severity

_OPEN: Final = "（(［[【〔〈"
_CLOSE: Final = "）)］]】〕〉"


class _Word(StrEnum):
    """What a word of role says before the other lists of the statement are known."""

    LEAD = "lead"
    DUTY = "duty"
    HELP = "help"
    CARRY_OUT = "carry out"
    NONE = "none"


_BEHIND: Final = re.compile(
    r"""
    (?P<words>
        (?P<carry_out> (?:负责)?(?:抓好)?(?:贯彻)?落实 | 负责(?:具体)?实施 )
      | (?P<lead> 牵头(?:负责|实施)? | 主责 | 主办 )
      | (?P<duty> (?:按照?|依据|根据|依)(?:各自)?(?:的)?(?:职责|职能)(?:和?任务)?(?:分工)?(?:分别|共同)?(?:负责|落实)
                | (?:分别|共同|具体|各自|分工)?负责 )
      | (?P<help> (?:积极|协同|协助|密切)?配合 | 协助 | 协同 | 协办 | 参与 | 参加 )
    )\s*$
    """,
    re.VERBOSE,
)
"""The word of role behind a list: 甲局、乙局负责."""

_BEFORE: Final = re.compile(
    r"""
    \s*(?P<words>
        (?P<lead> 牵头(?:单位|部门)? | 主责(?:单位|部门)? | 主办(?:单位|部门)? )
      | (?P<carry_out> (?:落实|实施|承办)(?:单位|部门) )
      | (?P<duty> (?:责任|负责)(?:单位|部门) )
      | (?P<help> (?:配合|协助|协办|参与|参加|协作)(?:单位|部门)? )
    )\s*[:：]
    """,
    re.VERBOSE,
)
"""The label before a list: 责任单位：甲局、乙局."""

_TOGETHER: Final = re.compile(r"会同|联合")
_OPEN_LIST: Final = re.compile(
    r"等\s*(?:\d+个)?(?:市级|区级|省级|县级)?(?:有关|相关|其他|各)?(?:部门|单位|成员单位)?(?:和单位)?\s*$"
)
_LEVEL: Final = "省市区县州盟旗镇乡团各"
_JOINED: Final = re.compile(rf"(?<=[局委办厅院部会府站司团心位室联署行队])(?:以及|和|及|与)(?=[{_LEVEL}])")
"""A word for "and" between two names: 县级以上政府及各成员单位, but not 文化和旅游局."""

_LEVELS: Final = re.compile(r"\s*各(?:、?(?:省|自治区|州|盟|市|县|区|旗|乡|镇|街道))+\s*")
_LONGEST_NAME: Final = 45


@dataclass(frozen=True, slots=True)
class Statement:
    """A responsibility statement: its bracket in Text.read, and the assignments in their order."""

    start: int
    end: int
    assignments: tuple[Assignment, ...]
    open_list: bool
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Names:
    """The names of one list, and whether 等 leaves it open."""

    spans: tuple[tuple[int, int], ...]
    open_list: bool


@dataclass(frozen=True, slots=True)
class _List:
    word: _Word
    wording: str | None
    names: Names


def find_statements(text: Text, start: int, end: int) -> Iterator[Statement]:
    """The responsibility statements in a stretch of text, each behind the words that it covers."""
    for opening, closing in _brackets(text.read, start, end):
        following = text.read[closing:end].lstrip()
        preceding = text.read[start:opening].rstrip()
        ends_a_sentence = not following or following[0] in "。；;" or preceding.endswith(("。", "；", ";", "！"))
        if ends_a_sentence and (statement := _read_bracket(text, opening, closing)):
            yield statement


def _brackets(read: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The outermost brackets, whatever the width of the one that closes; one left open ends with the text."""
    depth, opening = 0, start
    for place in range(start, end):
        if read[place] in _OPEN:
            if depth == 0:
                opening = place
            depth += 1
        elif read[place] in _CLOSE and depth:
            depth -= 1
            if depth == 0:
                yield opening, place + 1
    if depth:
        yield opening, end


def _read_bracket(text: Text, opening: int, closing: int) -> Statement | None:
    closed = text.read[closing - 1] in _CLOSE
    inner = (opening + 1, closing - 1 if closed else closing)
    if "。" in text.read[inner[0] : inner[1]].rstrip("。"):
        return None
    lists = _lists(text, *inner)
    if not any(found.word is not _Word.NONE and found.names.spans for found in lists):
        return None
    findings: list[Finding] = []
    span = text.span(opening, closing)
    if not closed:
        findings.append(
            Finding("bracket-open", span, "责任单位的括号没有收尾。", "The bracket of the statement is not closed.")
        )
    leads = any(found.word is _Word.LEAD for found in lists)
    assignments: list[Assignment] = []
    for found in lists:
        if found.word is _Word.NONE:
            findings.append(
                Finding(
                    "role-unsaid",
                    span,
                    "有一组单位没有写明“负责”或“配合”，按配合单位读取。",
                    "A list has no word of role; it is read as cooperating.",
                    Severity.INFO,
                )
            )
        role = _role(found.word, beside_lead=leads)
        for begin, stop in found.names.spans:
            assignments.append(
                Assignment(text.words(begin, stop), text.read[begin:stop], role, found.wording, text.span(begin, stop))
            )
    return Statement(
        opening, closing, tuple(assignments), any(found.names.open_list for found in lists), tuple(findings)
    )


def _role(word: _Word, *, beside_lead: bool) -> Role:
    match word:
        case _Word.LEAD:
            return Role.LEAD
        case _Word.DUTY:
            return Role.COOPERATING if beside_lead else Role.LEAD
        case _Word.CARRY_OUT:
            return Role.IMPLEMENTING
        case _:
            return Role.COOPERATING


def _lists(text: Text, start: int, end: int) -> list[_List]:
    """The lists of a statement with their words of role; a comma may part lists or the names of one."""
    lists: list[_List] = []
    waiting: list[tuple[int, int]] = []  # parts before the one that carries the word of role
    for part in _split(text.read, start, end, "，,；;。"):
        found = _one_list(text, *part)
        if not found:
            waiting.append(part)
            continue
        if waiting and found[0].word is not _Word.NONE and not _BEFORE.match(text.read, *part):
            spans = tuple(span for held in waiting for span in read_names(text, *held).spans)
            found[0] = replace(found[0], names=replace(found[0].names, spans=spans + found[0].names.spans))
            waiting = []
        lists += found
    if waiting and lists:
        spans = tuple(span for held in waiting for span in read_names(text, *held).spans)
        open_list = any(read_names(text, *held).open_list for held in waiting)
        if _BEFORE.match(text.read, start, end):  # 配合单位：甲局，乙局
            last = lists.pop()
            lists.append(replace(last, names=Names(last.names.spans + spans, last.names.open_list or open_list)))
        else:
            lists.append(_List(_Word.NONE, None, Names(spans, open_list)))
    return lists


def _one_list(text: Text, start: int, end: int) -> list[_List]:
    """The list that this part of a statement makes (two, where 会同 joins them), or none without a word of role."""
    before = _BEFORE.match(text.read, start, end)
    if before:
        return [_List(_word(before), before["words"], read_names(text, before.end(), end))]
    together = _TOGETHER.search(text.read, start, end)
    behind = _BEHIND.search(text.read, start, end)
    if together:
        first, second = (start, together.start()), (together.end(), behind.start() if behind else end)
        helpers = _List(_Word.HELP, together.group(), read_names(text, *second))
        word, wording = (_word(behind), behind["words"]) if behind else (_Word.LEAD, None)
        leads = read_names(text, *first)
        return [_List(word, wording, leads), helpers] if leads.spans else [helpers]
    if behind:
        return [_List(_word(behind), behind["words"], read_names(text, start, behind.start()))]
    return []


def _word(match: re.Match[str]) -> _Word:
    groups = match.groupdict()
    if groups["lead"]:
        return _Word.LEAD
    if groups["carry_out"]:
        return _Word.CARRY_OUT
    return _Word.DUTY if groups["duty"] else _Word.HELP


def read_names(text: Text, start: int, end: int) -> Names:
    """The agency names in a list: parted by 、 or a comma outside brackets, or by a plain “and” between names."""
    read = text.read
    start, end = text.trim(start, end)
    if read.startswith("由", start):
        start += 1
    open_list = _OPEN_LIST.search(read, start, end)
    if open_list:
        end = open_list.start()
    spans: list[tuple[int, int]] = []
    here = start
    for part in _split(read, start, end, "、，,；;"):
        if _LEVELS.fullmatch(read, here, part[1]):
            continue  # the first words of 各州、市、县、区人民政府
        for joint in _JOINED.finditer(read, here, part[1]):
            spans.append(text.trim(here, joint.start()))
            here = joint.end()
        spans.append(text.trim(here, part[1]))
        here = part[1] + 1
    return Names(tuple(span for span in spans if 0 < span[1] - span[0] <= _LONGEST_NAME), bool(open_list))


def _split(read: str, start: int, end: int, marks: str) -> Iterator[tuple[int, int]]:
    """The parts between the marks that stand outside every bracket."""
    depth, here = 0, start
    for place in range(start, end):
        if read[place] in _OPEN:
            depth += 1
        elif read[place] in _CLOSE:
            depth = max(0, depth - 1)
        elif depth == 0 and read[place] in marks:
            yield here, place
            here = place + 1
    yield here, end
