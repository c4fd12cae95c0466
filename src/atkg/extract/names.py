"""Lists of agencies: where one name ends and the next begins, and what looks like the name of a body."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from atkg.extract.text import Text

OPEN: Final = "（(［[【〔〈〖｛"
CLOSE: Final = "）)］]】〕〉〗｝"

_LEVEL: Final = "省市区县州盟旗镇乡团各"
_END: Final = "局委办厅院部会府站司团心位室联署行队"
"""The last characters of names, behind which a word for “and” or a space can part two of them."""

_OPEN_LIST: Final = re.compile(
    r"""
    等 \s*
    (?: (?: \d{1,4} | [一二三四五六七八九十]+ ) \s* 个? )?
    (?: 市级 | 区级 | 省级 | 县级 | [省市区县州]直 | [省市区县州]属 | 有关 | 相关 | 其他 | 其它 | 职能 | 各 )*
    (?: 成员单位 | 部门 (?: [和及、/]? (?: 有关 | 相关 )? 单位 | [（(] 单位 [）)] )? | 单位 (?: [和及、/]? 部门 | [（(] 部门 [）)] )? | 机构 )?
    """,
    re.VERBOSE,
)
"""What leaves a list open: 等, 等15个部门, 等有关部门和单位, 等部门（单位）."""

_JOINED: Final = re.compile(
    rf"""
      (?<=[{_END}门位企业校]) \s* (?: 以及 | 和 | 及 | 与 ) (?= [{_LEVEL}] | 有关 | 相关 | 其他 )
    | (?<=[局委厅院部府署]) (?: 以及 | 和 | 及 | 与 ) (?! (?: 人民 )? 政府 ) (?= [\u4e00-\u9fff]{{1,12}} [局委厅院部府署办联队会] (?: $ | [、，,；;（(\s] ) )
    | (?<=[{_END.replace("团", "")}]) \s+ (?=[{_LEVEL}])
    """,
    re.VERBOSE,
)
"""A word for “and”, or a space, between two names.

县级以上政府及各成员单位, and 市公安局和民政局 where a whole name ends before it and another behind, but neither
文化和旅游局 nor 团 市委.
"""

_LEVELS: Final = re.compile(r"\s*各?(?:、?(?:省|自治区|州|盟|市|县|区|旗|乡|镇|街道))+\s*")
_WITH: Final = re.compile(r"\s*(?:单位|部门)\s*")
"""The end of 有关部门、单位."""

_AND_GOVERNMENT: Final = re.compile(r"\s*(?:人民)?政府\s*")
"""The end of 各县区党委、政府."""

_PLACE_HOLDER: Final = re.compile(r"无|暂无|待定|空缺|等|[-—－─/／*＊]+")
"""What stands in a list where no name does."""

_RANK: Final = re.compile(r"[（(][^（()）]*(?:首位|第一|排名|排序)[^（()）]*[）)]$")
"""A note behind the last name of a list: 市民政局（排在首位的为牵头单位）."""

_MORE: Final = re.compile(r"(?:…+|\.{3,}|。{3,})$")
"""Dots that leave a list open."""

_QUOTES: Final = "“”‘’《》<>＜＞\"'。；;，,"
"""Signs at the ends of a name that are not part of it."""

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


_NOT_BODY: Final = re.compile(
    r"""
      (?: [局厅市县区镇乡院会科处部组站所队] 长 | 主任 | 书记 | 主席 | 秘书长 | 负责人 | 负责同志 | 领导 | 同志 | 专员 ) (?: [）)] )? $
    | [的了将] | 加强 | 开展 | 推进 | 做好 | 落实 | 完成 | 建立 | 完善 | 定期 | 按[照月季年]
    | \d{2,}
    | ^ [^省市区县州盟旗镇乡团各中] [\u4e00-\u9fff]{1,2} $
    """,
    re.VERBOSE,
)
"""A person's title at the end, words that no name of a body holds, or two or three characters, as people's names have."""


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
    for _, stop in split(read, start, end, "、，,；;/／\u2028\v"):
        if _LEVELS.fullmatch(read, here, stop) and stop < end:
            continue  # the first words of 各州、市、县、区人民政府
        if spans and read[here - 1 : here] == "、" and _goes_on(read, spans[-1], here, stop):
            spans[-1] = spans[-1][0], text.trim(here, stop)[1]
        else:
            for joint in _JOINED.finditer(read, here, stop):
                spans.append(text.trim(here, joint.start()))
                here = joint.end()
            spans.append(text.trim(here, stop))
        here = stop + 1
    cut = [_open_list(read, *span) for span in spans]  # 市公安局等部门和各县区人民政府
    spans = [_bare_name(text, begin, stop if at is None else at) for (begin, stop), at in zip(spans, cut, strict=True)]
    spans = [span for span in spans if span[0] < span[1] and not _PLACE_HOLDER.fullmatch(read, *span)]
    return Names(
        tuple(span for span in spans if span[1] - span[0] <= _LONGEST_NAME),
        open_list is not None or any(at is not None for at in cut),
        tuple(span for span in spans if span[1] - span[0] > _LONGEST_NAME),
    )


def _goes_on(read: str, before: tuple[int, int], start: int, end: int) -> bool:
    """The part behind 、 is the end of the name before: 有关部门、单位, 各县区党委、政府."""
    if _WITH.fullmatch(read, start, end):
        return True
    return read.endswith(("党委", "党工委"), *before) and bool(_AND_GOVERNMENT.fullmatch(read, start, end))


def _bare_name(text: Text, start: int, end: int) -> tuple[int, int]:
    """The stretch without quotation marks, stops and a note on the order of the list at its ends."""
    if rank := _RANK.search(text.read, start, end):
        end = rank.start()
    start, end = text.trim(start, end)
    while end > start and text.read[end - 1] in _QUOTES:
        end = text.skip_back(start, end - 1)
    while start < end and text.read[start] in _QUOTES:
        start = text.skip(start + 1, end)
    return start, end


def _open_list(read: str, start: int, end: int) -> int | None:
    """Where the word 等 stands that leaves the list open."""
    if more := _MORE.search(read, start, end):
        return more.start()
    place = read.rfind("等", max(start, end - _LONGEST_NAME), end)
    return place if place > start and _OPEN_LIST.fullmatch(read, place, end) else None


def looks_like_body(name: str) -> bool:
    """The name ends as names of bodies do.

    >>> looks_like_body("市公安局"), looks_like_body("加强部门联动")
    (True, False)
    """
    return bool(_BODY.search(name[-_LONGEST_NAME:]))


def unlike_body(name: str) -> bool:
    """The name can hardly be that of an agency: it is a person's, or words of a sentence.

    >>> unlike_body("市公安局局长"), unlike_body("做好宣传的"), unlike_body("各乡镇")
    (True, True, False)
    """
    return bool(_NOT_BODY.search(name)) and not looks_like_body(name)


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
