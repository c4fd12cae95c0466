"""Duties outside every statement: sentences whose subject is a named body, and lists of members."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from atkg.extract.names import read_names
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
    r"(?:下设|设在|设立|设(?!计)|是|为(?!了)|由[^，。]{0,30}(?:担任|组成)|包括|成立|组成|主任|副?[局厅部院处科市县区州]长|(?:主要|分管)?(?:负责人|负责同志|领导)|的|等|作用|制度|机制|工作机制|、|和)"
)
"""What follows a name that is described, or is no subject at all."""

_MEMBERS: Final = re.compile(r"(?:等)?(?:\d{1,4}个(?:部门|单位))?为(?P<group>[^，。、：:]{0,10}?成员单位)")
"""What stands behind a list of members."""

_FEWEST_MEMBERS: Final = 3
_LONGEST_MEMBERS: Final = 3000


@dataclass(frozen=True, slots=True)
class Duty:
    """A sentence that orders something of its subject; offsets in Text.read."""

    start: int
    end: int
    names: tuple[tuple[int, int], ...]
    by_agent: bool


class Subjects:
    """The patterns that find a named body as the subject of a sentence, made once for a plan."""

    def __init__(self, registered: re.Pattern[str]) -> None:
        names = registered.pattern
        self._opening = re.compile(rf"\s*{_WHEN}(?P<subject>(?:{names})(?:[、和](?:{names}))*){_ASIDE}")
        self._unregistered = re.compile(rf"\s*{_WHEN}(?P<subject>{_UNREGISTERED}){_ASIDE}(?={_MODAL})")
        self._agent = re.compile(rf"[^，,。；;]{{2,40}}由(?P<subject>{names})(?=负责)")

    def find_duties(self, text: Text, start: int, end: int) -> Iterator[Duty]:
        """The sentences in an uncovered stretch that lay something on the body that is their subject.

        The agent of 由…负责 is taken for the subject (`by_agent`): “…情况由联席会议办公室负责汇总”.
        """
        for sentence in _SENTENCE.finditer(text.read, start, end):
            begin, stop = text.trim(*sentence.span())
            match = self._opening.match(text.read, begin, stop)
            if match and _DESCRIBES.match(text.read, match.end(), stop):
                continue
            match = match or self._unregistered.match(text.read, begin, stop)
            by_agent = False
            if not match:
                match = self._agent.match(text.read, begin, stop)
                by_agent = match is not None
            if match and stop - match.end() > 1:
                yield Duty(begin, stop, read_names(text, *match.span("subject")).spans, by_agent)


def find_members(text: Text, start: int, end: int) -> tuple[tuple[int, int], tuple[tuple[int, int], ...]] | None:
    """(group, members) where a sentence says that these bodies are the members: “甲、乙、丙为成员单位”."""
    match = _MEMBERS.search(text.read, start, end)
    if not match:
        return None
    limit = max(start, match.start() - _LONGEST_MEMBERS)
    begin = max([limit, *(text.read.rfind(mark, limit, match.start()) + 1 for mark in "。：:\n")])
    members = read_names(text, begin, match.start()).spans
    if len(members) < _FEWEST_MEMBERS:
        return None
    return match.span("group"), members
