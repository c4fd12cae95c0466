"""The lists of a responsibility statement, each with its word of role, and the parts that tell a time."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from atkg.extract.names import Names, read_names, split
from atkg.extract.schedule import TIME_LABEL, time_at
from atkg.extract.text import Text


class Word(StrEnum):
    """What a word of role says before the other lists of the statement are known."""

    LEAD = "lead"
    DUTY = "duty"
    HELP = "help"
    CARRY_OUT = "carry out"
    TIME = "time"
    NONE = "none"


_BY_DUTIES: Final = "(?:按照?|依据|根据|依)(?:各自|部门)?(?:的)?(?:职责|职能)(?:和?任务)?(?:分工)?(?:要求)?"
"""按职责分工, 按照各自职责, 依据职能任务分工."""

_BEHIND: Final = re.compile(
    rf"""
    (?P<words>
        (?P<lead> (?:负责)?牵头(?:负责|实施|落实|组织|推进|抓总|办理|组织实施|抓好落实)? | 主责 | 主办 | (?:作?为|是)(?:牵头|主责|主办)(?:单位|部门) )
      | (?P<help> (?:{_BY_DUTIES})?
                  (?:积极|协同|协助|密切|共同|主动|做好)?(?:配合|支持配合)(?:落实|实施|做好|支持|推进|开展)?(?:相关|有关)?(?:工作)?
                | (?:{_BY_DUTIES})?(?: 协助 | 协同 | 协办 | 参与 | 参加 )(?:落实|实施|推进|配合)?
                | (?:作?为|是)(?:配合|协助|协办|参与|协同)(?:单位|部门) )
      | (?P<duty> {_BY_DUTIES}(?:分别|共同|协同|各自|抓好|做好|组织|认真|贯彻)*(?:负责|落实|实施|推进)+
                | (?:分别|共同|具体|各自|分工)?负责 | (?:作?为|是)责任(?:单位|部门) )
      | (?P<carry_out> (?:负责)?(?:抓好|组织|具体)?(?:贯彻)?落实 | 负责(?:具体|组织)?实施 )
    )\s*$
    """,
    re.VERBOSE,
)
"""The word of role behind a list: 甲局、乙局负责."""

_LABEL: Final = re.compile(
    r"""
    (?P<words>
        (?P<lead> 牵头(?:责任)?(?:单位|部门)? | 主责(?:单位|部门)? | 主要责任(?:单位|部门) | 主办(?:单位|部门)? )
      | (?P<carry_out> (?:落实|实施|承办)(?:单位|部门) )
      | (?P<duty> (?:责任|负责)(?:单位|部门|主体) )
      | (?P<help> (?:配合|协助|协办|参与|参加|协作|协同)(?:责任)?(?:单位|部门)? )
    )\s*[:：]
    """,
    re.VERBOSE,
)
"""The label before a list: 责任单位：甲局、乙局."""

_OTHER_LABEL: Final = re.compile(r"[^\s，,。；;：:、]{2,8}[:：]")
"""A label that is not of agencies: 责任人：, 联系电话：."""

_AND_BY: Final = re.compile("并(?=[于在到])")
"""并 before a time: 市公安局负责并于2025年底前完成."""

_TOGETHER: Final = re.compile(r"(?:^|(?<=[局委办厅院部会府站司团心位室联署行队、，,\s]))(?:会同|联合(?![会国体]))")
"""会同 between two lists, but neither in 市总工会同 nor 联合 in 妇女联合会."""


@dataclass(frozen=True, slots=True)
class RoleList:
    """The names of one list (for `Word.TIME` the words of the time), and how the text words their role."""

    word: Word
    wording: str | None
    names: Names


def label_at(read: str, start: int, end: int, *, time: bool = False) -> re.Match[str] | None:
    """The label of a list of agencies (or of a time) that stands here."""
    return _LABEL.match(read, start, end) or (TIME_LABEL.match(read, start, end) if time else None)


def labels(text: Text, start: int, end: int) -> list[int]:
    """Where the labels stand that are not the end of a longer word: 责任单位：, but not 明确责任单位：.

    主办单位： outside a bracket is left out: it is the imprint of a web page.
    """
    return sorted(
        match.start()
        for match in (*_LABEL.finditer(text.read, start, end), *TIME_LABEL.finditer(text.read, start, end))
        if (match.start() == start or not "\u4e00" <= text.read[match.start() - 1] <= "\u9fff")
        and not match.group().startswith(("主办", "承办"))
    )


def read_lists(text: Text, start: int, end: int) -> list[RoleList]:
    """The lists of a statement with their words of role; a comma may part lists or the names of one."""
    lists: list[RoleList] = []
    waiting: list[tuple[int, int]] = []  # parts before the one that carries the word of role
    labelled = label_at(text.read, text.skip(start, end), end) is not None
    for part in _parts(text, start, end):
        if time := time_at(text, *part):
            lists.append(RoleList(Word.TIME, None, Names((time,), open_list=False)))
            continue
        found = _one_list(text, *part)
        if not found:
            waiting.append(part)
            continue
        if waiting and not label_at(text.read, text.skip(*part), part[1]):
            held = _names_of(text, waiting)
            found[0] = replace(found[0], names=_joined(held, found[0].names))
            waiting = []
        lists += found
    if waiting:
        held = _names_of(text, waiting)
        last = next((place for place in reversed(range(len(lists))) if lists[place].word is not Word.TIME), None)
        if labelled and last is not None and not _other_label(text, waiting):  # 配合单位：甲局，乙局
            lists[last] = replace(lists[last], names=_joined(lists[last].names, held))
        elif lists:
            lists.append(RoleList(Word.NONE, None, held))
    return lists


def _parts(text: Text, start: int, end: int) -> list[tuple[int, int]]:
    """The parts of a statement between commas and stops; a label or a line end begins one too."""
    parts: list[tuple[int, int]] = []
    for begin, stop in split(text.read, start, end, "，,；;。\n\r"):
        here = begin
        cuts = labels(text, begin, stop)
        cuts += [match.end() for match in _AND_BY.finditer(text.read, begin, stop) if time_at(text, match.end(), stop)]
        for place in sorted(cuts):
            if text.skip(begin, stop) < place:
                parts.append((here, _and_by(text, here, place)))
                here = place
        parts.append((here, stop))
    return [part for part in parts if text.skip(*part) < part[1]]


def _and_by(text: Text, start: int, end: int) -> int:
    """Where the part ends that a cut at `end` leaves: before 并 in 负责并于2025年底前完成."""
    return end - 1 if end - start > 1 and text.read[end - 1] == "并" else end


def _other_label(text: Text, parts: list[tuple[int, int]]) -> bool:
    return any(_OTHER_LABEL.match(text.read, text.skip(*part), part[1]) for part in parts)


def _names_of(text: Text, parts: list[tuple[int, int]]) -> Names:
    names = Names((), open_list=False)
    for part in parts:
        names = _joined(names, read_names(text, *part))
    return names


def _joined(first: Names, second: Names) -> Names:
    return Names(first.spans + second.spans, first.open_list or second.open_list, first.too_long + second.too_long)


def _one_list(text: Text, start: int, end: int) -> list[RoleList]:
    """The list that this part of a statement makes (two, where 会同 joins them), or none without a word of role."""
    start, end = text.trim(start, end)
    label = label_at(text.read, start, end)
    begin = text.skip(label.end(), end) if label else start
    behind = _BEHIND.search(text.read, begin, end)
    stop = behind.start() if behind else end
    words = behind or label
    together = _TOGETHER.search(text.read, begin, stop)
    if together:
        helpers = RoleList(Word.HELP, together.group(), read_names(text, together.end(), stop))
        leads = read_names(text, begin, together.start())
        word, wording = (_word(words), words["words"]) if words else (Word.LEAD, None)
        return [RoleList(word, wording, leads), helpers] if leads.spans else [helpers]
    if words:
        return [RoleList(_word(words), words["words"], read_names(text, begin, stop))]
    return []


def _word(match: re.Match[str]) -> Word:
    groups = match.groupdict()
    if groups["lead"]:
        return Word.LEAD
    if groups["carry_out"]:
        return Word.CARRY_OUT
    return Word.DUTY if groups["duty"] else Word.HELP
