"""Duties outside every statement: sentences whose subject is a named body, and lists of members."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from atkg.extract.statements import read_names
from atkg.extract.text import Text

_SENTENCE: Final = re.compile(r"[^。！？!?]+[。！？!?]?[”’]?")

_WHEN: Final = r"(?:(?:每年|每半年|每季度|每月|到?\d{4}年)[^，,。；;]{0,12}[，,]\s*)?"
"""A time before the subject: 每年12月15日前，…"""

_ASIDE: Final = r"(?:[（(〔\[][^（()）〔〕\[\]]*[)）〕\]])?"
"""A bracket behind the subject: 市联席会议办公室（设在市公安局）."""

_MODAL: Final = "(?:要|应当?|须|必须|需|负责|牵头)"

_UNREGISTERED: Final = (
    r"(?:各级?|本级)?[省市区县州盟旗镇乡][^，。；、：,;:\s（(]{0,18}?"
    r"(?:局|厅|委|办|院|部|会|办公室|政府|街道|成员单位|领导小组|联席会议)"
)
"""What looks like the name of a body; only a modal verb behind it makes it a subject."""

_DESCRIBES: Final = re.compile(
    r"(?:下设|设在|设立|设(?!计)|是|为(?!了)|由[^，。]{0,30}(?:担任|组成)|包括|成立|组成|主任|的|等|作用|制度|机制|工作机制|、|和)"
)
"""What follows a name that is described, or is no subject at all."""

_MEMBERS: Final = re.compile(
    r"(?P<list>[^。：:]+?、[^。：:]+?)(?:等)?(?:\d+个(?:部门|单位))?为(?P<group>[^，。、]{0,10}?成员单位)"
)
_MEMBER_WORD: Final = "成员单位"
_FEWEST_MEMBERS: Final = 3


@dataclass(frozen=True, slots=True)
class Duty:
    """A sentence that orders something of its subject; offsets in Text.read."""

    start: int
    end: int
    names: tuple[tuple[int, int], ...]
    by_agent: bool


def find_duties(text: Text, start: int, end: int, registered: re.Pattern[str]) -> Iterator[Duty]:
    """The sentences in an uncovered stretch that lay something on the body that is their subject.

    The agent of 由…负责 is taken for the subject (`by_agent`): “…情况由联席会议办公室负责汇总”.
    """
    opening = re.compile(rf"\s*{_WHEN}(?P<subject>(?:{registered.pattern})(?:[、和](?:{registered.pattern}))*){_ASIDE}")
    unregistered = re.compile(rf"\s*{_WHEN}(?P<subject>{_UNREGISTERED}){_ASIDE}(?={_MODAL})")
    agent = re.compile(rf"[^，,。；;]{{2,40}}由(?P<subject>{registered.pattern})(?=负责)")
    for sentence in _SENTENCE.finditer(text.read, start, end):
        begin, stop = text.trim(*sentence.span())
        match = opening.match(text.read, begin, stop)
        if match and _DESCRIBES.match(text.read, match.end(), stop):
            continue
        match = match or unregistered.match(text.read, begin, stop)
        by_agent = False
        if not match:
            match = agent.match(text.read, begin, stop)
            by_agent = match is not None
        if match and stop - match.end() > 1:
            yield Duty(begin, stop, read_names(text, *match.span("subject")).spans, by_agent)


def find_members(text: Text, start: int, end: int) -> tuple[tuple[int, int], tuple[tuple[int, int], ...]] | None:
    """(group, members) where a sentence says that these bodies are the members: “甲、乙、丙为成员单位”."""
    match = _MEMBERS.search(text.read, start, end)
    if not match:
        return None
    members = read_names(text, *match.span("list")).spans
    if len(members) < _FEWEST_MEMBERS:
        return None
    return match.span("group"), members
