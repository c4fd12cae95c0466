"""The lists of a responsibility statement, each with its word of role, and the parts that tell a time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from atkg.extract.names import Names, looks_like_body, read_names, split
from atkg.extract.roles import (
    BEHIND,
    LABEL,
    MARK,
    SAID,
    UNKNOWN_LABEL,
    Word,
    is_no_role,
    is_unknown_label,
    nearest_role,
    word_of,
)
from atkg.extract.schedule import TIME_LABEL, time_at
from atkg.extract.text import COLON, Text

_OTHER_LABEL: Final = re.compile(r"[^\s，,。；;：:、]{2,8}" + COLON)
"""A label that is not of agencies: 责任人：, 联系电话：."""

_MAY_LABEL: Final = re.compile(COLON + r"|[位门体构室][ \u3000]")
"""Without one of these no label stands there."""

_AND_BY: Final = re.compile("并(?=[于在到])")
"""并 before a time: 市公安局负责并于2025年底前完成."""

_TOGETHER: Final = re.compile(
    r"""
    (?: ^ | (?<= [局委办厅院部会府站司团心位室联署行队门、，,\s] ) ) (?: 会同 | 联合 (?! [会国体] ) | 会商 )
    | (?<= [局厅部院府署，,；;] ) [会商] (?= [省市区县州团各] | 有关 | 相关 | 其他 )
    """,
    re.VERBOSE,
)
"""会同 between two lists, but neither in 市总工会同 nor 联合 in 妇女联合会; in old style 会 or 商 alone."""

_LONGEST_RESIDUE: Final = 8


@dataclass(frozen=True, slots=True)
class RoleList:
    """The names of one list, and how the text words their role.

    For `Word.TIME` the names are the words of the time, and for `Word.UNKNOWN` `said` is the place of the
    words that stand where a word of role should.
    """

    word: Word
    wording: str | None
    names: Names
    said: tuple[int, int] | None = None


def words_said(lists: Sequence[RoleList]) -> set[Word]:
    """The words of role of the lists that hold names; a misspelt 牵头 is one, so that nobody else is taken to lead."""
    words = {found.word for found in lists if found.names.spans}
    meant = [nearest_role(found.wording or "") or "" for found in lists if found.word is Word.UNKNOWN]
    return words | ({Word.LEAD} if any(word.startswith(("牵头", "主责", "主办")) for word in meant) else set())


def label_at(read: str, start: int, end: int, *, time: bool = False) -> re.Match[str] | None:
    """The label of a list of agencies (or of a time) that stands here."""
    return LABEL.match(read, start, end) or (TIME_LABEL.match(read, start, end) if time else None)


def labels(text: Text, start: int, end: int) -> list[int]:
    """Where the labels stand that are not the end of a longer word: 责任单位：, but not 明确责任单位：.

    主办单位： outside a bracket is left out: it is the imprint of a web page. So is 任务分工：, a heading.
    """
    if not _MAY_LABEL.search(text.read, start, end):
        return []
    return sorted(
        match.start()
        for match in (*LABEL.finditer(text.read, start, end), *TIME_LABEL.finditer(text.read, start, end))
        if (match.start() == start or not "\u4e00" <= text.read[match.start() - 1] <= "\u9fff")
        and not match.group().startswith(("主办", "承办"))
        and "分工" not in match.group()
    )


def read_lists(text: Text, start: int, end: int) -> list[RoleList]:
    """The lists of a statement with their words of role; a comma may part lists or the names of one."""
    lists: list[RoleList] = []
    waiting: list[tuple[int, int]] = []  # parts before the one that carries the word of role
    labelled: int | None = None  # the place of the list that a label opened: 配合单位：甲局，乙局 goes on with it
    for part in _parts(text, start, end):
        if time := time_at(text, *part):
            lists.append(RoleList(Word.TIME, None, Names((time,), open_list=False)))
            continue
        found = _one_list(text, *part)
        if not found:
            waiting.append(part)
            continue
        label = label_at(text.read, text.skip(*part), part[1])
        if waiting and label:
            _put(text, lists, labelled, waiting)
            waiting = []
        elif waiting and found[0].word is not Word.UNKNOWN:
            held = _names_of(text, waiting)
            found[0] = replace(found[0], names=_joined(held, found[0].names))
            waiting = []
        if label:
            labelled = len(lists) + len(found) - 1 if found[-1].wording == _said(label) else None
        lists += found
    if waiting and lists:
        _put(text, lists, labelled, waiting)
    return lists


def _put(text: Text, lists: list[RoleList], labelled: int | None, parts: Sequence[tuple[int, int]]) -> None:
    """Put names without a word of role into the list of the label before them, or make them a list of their own."""
    held = _names_of(text, parts)
    if labelled is not None and not _other_label(text, parts):
        lists[labelled] = replace(lists[labelled], names=_joined(lists[labelled].names, held))
    else:
        lists.append(RoleList(Word.NONE, None, held))


def _parts(text: Text, start: int, end: int) -> list[tuple[int, int]]:
    """The parts of a statement between commas and stops; a label or a line end begins one too."""
    parts: list[tuple[int, int]] = []
    for begin, stop in split(text.read, start, end, "，,；;。\n\r\u2028"):
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


def _other_label(text: Text, parts: Sequence[tuple[int, int]]) -> bool:
    return any(_OTHER_LABEL.match(text.read, text.skip(*part), part[1]) for part in parts)


def _names_of(text: Text, parts: Sequence[tuple[int, int]]) -> Names:
    names = Names((), open_list=False)
    for part in parts:
        names = _joined(names, read_names(text, *part))
    return names


def _joined(first: Names, second: Names) -> Names:
    return Names(first.spans + second.spans, first.open_list or second.open_list, first.too_long + second.too_long)


def _one_list(text: Text, start: int, end: int) -> list[RoleList]:
    """The list that this part of a statement makes (two, where 会同 joins them), or none without a word of role."""
    start, end = text.trim(start, end)
    label = label_at(text.read, start, end) or SAID.match(text.read, start, end)
    begin = text.skip(label.end(), end) if label else start
    behind = BEHIND.search(text.read, begin, end)
    stop = behind.start() if behind else end
    words = behind or label
    if behind and behind["words"] == "为主" and text.read.startswith("以", begin):
        begin += 1
    together = _TOGETHER.search(text.read, begin, stop)
    if together:
        helpers = RoleList(Word.HELP, together.group(), read_names(text, together.end(), stop))
        leads = read_names(text, begin, together.start())
        word, wording = (word_of(words), _said(words)) if words else (Word.LEAD, None)
        if word is Word.CARRY_OUT:
            word = Word.EXECUTE  # who carries out together with others answers for it, unless another leads
        return [RoleList(word, wording, leads), helpers] if leads.spans else [helpers]
    unknown = _unknown_role(text, start, end, labelled=bool(label)) if not behind else None
    if unknown:
        return [unknown]
    names = read_names(text, begin, stop)
    if words:
        return _marked(text, RoleList(word_of(words), _said(words), names))
    return _marked(text, RoleList(Word.NONE, None, names)) if any(_mark(text, *name) for name in names.spans) else []


def _said(words: re.Match[str]) -> str:
    """The word of role as it is to be shown: 责任单位 for 责 任 单 位."""
    return "".join(words["words"].split())


def _mark(text: Text, start: int, end: int) -> re.Match[str] | None:
    """The bracket behind a name that holds its word of role: 市公安局（牵头）."""
    opening = max(text.read.rfind("（", start, end), text.read.rfind("(", start, end))
    return MARK.match(text.read, opening, end) if opening > start else None


def _marked(text: Text, found: RoleList) -> list[RoleList]:
    """The list, parted where names carry a role of their own: 责任单位：市公安局（牵头）、市民政局."""
    lists: list[RoleList] = []
    rest: list[tuple[int, int]] = []
    for start, end in found.names.spans:
        mark = _mark(text, start, end)
        if mark:
            name = text.trim(start, mark.start())
            lists.append(RoleList(word_of(mark), mark["words"], Names((name,), open_list=False)))
        else:
            rest.append((start, end))
    if rest or not lists:
        lists.append(replace(found, names=replace(found.names, spans=tuple(rest))))
    elif found.names.open_list:
        lists[-1] = replace(lists[-1], names=replace(lists[-1].names, open_list=True))
    return lists


def _unknown_role(text: Text, start: int, end: int, *, labelled: bool) -> RoleList | None:
    """The list of a part that says a role in words that are not known: 市公安局牵投, 责任単位：市公安局."""
    if not labelled and (label := UNKNOWN_LABEL.match(text.read, start, end)):
        word = label["word"]
        if not (nearest_role(word) or is_unknown_label(word)):
            return None
        names = read_names(text, label.end(), end)
        return RoleList(Word.UNKNOWN, word, names, label.span("word"))
    names = read_names(text, start, end)
    if labelled or not names.spans:
        return None
    begin, stop = names.spans[-1]
    name = text.read[begin:stop]
    if looks_like_body(name):
        return None
    for length in range(1, min(_LONGEST_RESIDUE, len(name) - 2) + 1):
        residue, rest = name[-length:], name[:-length]
        if (looks_like_body(rest) or rest.startswith("各")) and (is_no_role(residue) or nearest_role(residue)):
            said = (stop - length, stop)
            spans = (*names.spans[:-1], (begin, stop - length))
            return RoleList(Word.UNKNOWN, residue, replace(names, spans=spans), said)
    return None
