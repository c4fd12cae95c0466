"""Lists of agencies: where one name ends and the next begins, and what looks like the name of a body."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from atkg.extract.text import Text

OPEN: Final = "（(［[【〔〈"
CLOSE: Final = "）)］]】〕〉"

_LEVEL: Final = "省市区县州盟旗镇乡团各"
_END: Final = "局委办厅院部会府站司团心位室联署行队"
"""The last characters of names, behind which a word for “and” or a space can part two of them."""

_OPEN_LIST: Final = re.compile(
    r"""
    等 \s*
    (?: (?: \d{1,4} | [一二三四五六七八九十]+ ) \s* 个? )?
    (?: 市级 | 区级 | 省级 | 县级 | [省市区县州]直 | 有关 | 相关 | 其他 | 各 )*
    (?: 成员单位 | 部门 (?: [和及、]? 单位 )? | 单位 (?: [和及、]? 部门 )? )?
    """,
    re.VERBOSE,
)
"""What leaves a list open: 等, 等15个部门, 等有关部门和单位."""

_JOINED: Final = re.compile(
    rf"""
      (?<=[{_END}]) \s* (?: 以及 | 和 | 及 | 与 ) (?= [{_LEVEL}] | 有关 | 相关 | 其他 )
    | (?<=[{_END.replace("团", "")}]) \s+ (?=[{_LEVEL}])
    """,
    re.VERBOSE,
)
"""A word for “and”, or a space, between two names: 县级以上政府及各成员单位, but not 文化和旅游局 nor 团 市委."""

_LEVELS: Final = re.compile(r"\s*各(?:、?(?:省|自治区|州|盟|市|县|区|旗|乡|镇|街道))+\s*")
_LONGEST_NAME: Final = 45

_BODY: Final = re.compile(
    r"""
    (?: 局 | 委 | 办 | 厅 | 院 | 部 | 会 | 府 | 中心 | 公司 | 集团 | 总?站 | 单位 | 街道 | 镇 | 乡 | 室 | 联 | 署 | 行
      | 部门 | 机关 | 组织 | 机构 | 处 | 所 | [总支大中]队 | 军分?区 | 海关 | 法庭 | 银行 | 报社 | 电视?台 | 学校 | 大学 | 医院 | 企业
    ) [）)]? \s* $
    """,
    re.VERBOSE,
)
"""The end of what looks like the name of a body."""


@dataclass(frozen=True, slots=True)
class Names:
    """The names of one list, whether 等 leaves it open, and what is too long to be a name."""

    spans: tuple[tuple[int, int], ...]
    open_list: bool
    too_long: tuple[tuple[int, int], ...] = ()


def read_names(text: Text, start: int, end: int) -> Names:
    """The agency names in a list: parted by 、 or a comma outside brackets, or by a plain “and” between names."""
    read = text.read
    start, end = text.trim(start, end)
    if read.startswith("由", start, end):
        start += 1
    open_list = _open_list(read, start, end)
    if open_list is not None:
        end = open_list
    spans: list[tuple[int, int]] = []
    here = start
    for _, stop in split(read, start, end, "、，,；;"):
        if _LEVELS.fullmatch(read, here, stop):
            continue  # the first words of 各州、市、县、区人民政府
        for joint in _JOINED.finditer(read, here, stop):
            spans.append(text.trim(here, joint.start()))
            here = joint.end()
        spans.append(text.trim(here, stop))
        here = stop + 1
    if here < end:
        spans.append(text.trim(here, end))
    spans = [(begin, stop) for begin, stop in spans if begin < stop]
    return Names(
        tuple(span for span in spans if span[1] - span[0] <= _LONGEST_NAME),
        open_list is not None,
        tuple(span for span in spans if span[1] - span[0] > _LONGEST_NAME),
    )


def _open_list(read: str, start: int, end: int) -> int | None:
    """Where the word 等 stands that leaves the list open."""
    place = read.rfind("等", max(start, end - _LONGEST_NAME), end)
    return place if place > start and _OPEN_LIST.fullmatch(read, place, end) else None


def looks_like_body(name: str) -> bool:
    """The name ends as names of bodies do.

    >>> looks_like_body("市公安局"), looks_like_body("加强部门联动")
    (True, False)
    """
    return bool(_BODY.search(name[-_LONGEST_NAME:]))


def looks_local(name: str) -> bool:
    """The name opens with a level and ends as names of bodies do: 市公安局, 各县区人民政府, but not 政府.

    >>> looks_local("市公安局"), looks_local("政府")
    (True, False)
    """
    return len(name) > 2 and len(name) <= 20 and name[0] in _LEVEL and looks_like_body(name)


def split(read: str, start: int, end: int, marks: str) -> Iterator[tuple[int, int]]:
    """The parts between the marks that stand outside every bracket."""
    depth, here = 0, start
    for match in _brackets_and(marks).finditer(read, start, end):
        char, place = match.group(), match.start()
        if char in OPEN:
            depth += 1
        elif char in CLOSE:
            depth = max(0, depth - 1)
        elif depth == 0:
            yield here, place
            here = place + 1
    yield here, end


@cache
def _brackets_and(marks: str) -> re.Pattern[str]:
    return re.compile(f"[{re.escape(OPEN + CLOSE + marks)}]")


def brackets(read: str, start: int, end: int) -> tuple[list[tuple[int, int]], list[int], list[int]]:
    """(outermost pairs, those left open, those that close nothing), whatever the width of the bracket that closes.

    A bracket left open holds none of the pairs behind it.
    """
    open_: list[int] = []
    pairs: list[tuple[int, int]] = []
    closing: list[int] = []
    for match in _brackets_and("").finditer(read, start, end):
        place = match.start()
        if match.group() in OPEN:
            open_.append(place)
        elif open_:
            opening = open_.pop()
            while pairs and pairs[-1][0] > opening:
                pairs.pop()
            pairs.append((opening, place + 1))
        else:
            closing.append(place)
    return pairs, open_, closing
