"""The columns of a table, each known by the words in its head."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Final

from atkg.extract.roles import Word


class Column(StrEnum):
    """What a column holds. A MEASURE is a TASK's own text where a table has columns of both."""

    NUMBER = "number"
    SECTION = "section"
    TASK = "task"
    MEASURE = "measure"
    GOAL = "goal"
    LEAD = "lead"
    DUTY = "duty"
    COOPERATING = "cooperating"
    IMPLEMENTING = "implementing"
    UNIT = "unit"
    PROGRESS = "progress"
    OTHER = "other"


WORDS: Final[Mapping[Column, Word]] = {
    Column.LEAD: Word.LEAD,
    Column.DUTY: Word.DUTY,
    Column.COOPERATING: Word.HELP,
    Column.IMPLEMENTING: Word.EXECUTE,
}
"""The columns of units, with the word of role that their head says."""

YEARS: Final = r"(?P<first>[12]\d{3}) \s*年? (?: \s*[-—–－~～至]+\s* (?P<last>[12]\d{3}) \s*年? )?"
"""One year or several as a head: 2022年, 2023-2029."""

_UNITS: Final = "(?:单位|部门|机构|主体|科室|处室)"
_HEADS: Final = (
    # a person, a telephone, a note: no column of ours, though 责任 or 单位 may stand in its head
    (None, re.compile(r"领导|责任人|负责人|联系人|联络员|电话|职务|姓名|经办|备注|经费|资金")),
    (Column.NUMBER, re.compile(r"序号|编号|^(?:No|NO|no)\.?$")),
    (Column.SECTION, re.compile(r"工作项目|项目|类别|分类|领域|板块|方面|模块")),
    (Column.COOPERATING, re.compile(rf"(?:配合|协办|协助|参与|参加|协同|协作|支持)(?:责任)?{_UNITS}")),
    (
        Column.LEAD,
        re.compile(
            rf"(?:主责|牵头|主办|第一责任|主要责任)(?:[（(]责任[）)]|[/／及和、]?责任)?{_UNITS}|责任[（(]牵头[）)]{_UNITS}"
        ),
    ),
    (Column.IMPLEMENTING, re.compile(rf"(?:落实|实施|执行){_UNITS}")),
    (Column.DUTY, re.compile(rf"(?:责任|负责|承办|承担){_UNITS}|(?:责任|任务|职责)分工")),
    (Column.PROGRESS, re.compile(r"进度|时限|期限|时间|日期|节点")),
    (Column.TASK, re.compile(r"任务|事项|^工作$|重点工作|主要工作")),
    (Column.PROGRESS, re.compile(r"年度|进展|完成情况|落实情况")),
    (Column.MEASURE, re.compile(r"措施|举措|内容|做法|具体工作|工作要求|具体要求")),
    (Column.GOAL, re.compile(r"目标|成效|成果|指标")),
    (Column.UNIT, re.compile(r"单位|部门")),
    (Column.PROGRESS, re.compile(rf"季度|[上下]半年|月份|^{YEARS}$", re.VERBOSE)),
)
"""The first pattern that fits tells what the column holds."""

_TEXTS: Final = (Column.TASK, Column.MEASURE, Column.GOAL)
_DEADLINE: Final = re.compile(r"时限|期限|时间|日期|节点")
_LONGEST_HEAD: Final = 16
_NO_HEAD: Final = re.compile(r"[。，,；;：:]")


@dataclass(frozen=True, slots=True)
class Head:
    """A column: what its head says it holds, and for a column of years which."""

    kind: Column
    begin: date | None = None
    end: date | None = None
    label: str = ""
    span: tuple[int, int] | None = None

    @property
    def is_deadline(self) -> bool:
        """The head says that a date stands below it: 完成时限, but not 工作进度计划."""
        return self.kind is Column.PROGRESS and bool(_DEADLINE.search("".join(self.label.split())))


def column_kind(words: str) -> Column | None:
    """What the head of a column says that it holds; None where the head is not known.

    >>> column_kind("牵 头 单 位"), column_kind("责任单位"), column_kind("责任人")
    (<Column.LEAD: 'lead'>, <Column.DUTY: 'duty'>, None)
    """
    squeezed = "".join(words.split())
    if len(squeezed) > _LONGEST_HEAD or _NO_HEAD.search(squeezed):
        return None
    return next((kind for kind, pattern in _HEADS if pattern.search(squeezed)), None)


def are_heads(words: Sequence[str]) -> bool:
    """Two heads or more and nothing else, or heads of a text and of its unit among others that are not known."""
    squeezed = ["".join(word.split()) for word in words]
    if len(words) < 2 or any(len(word) > _LONGEST_HEAD or _NO_HEAD.search(word) for word in squeezed):
        return False
    kinds = {column_kind(word) for word in words}
    units = kinds & {Column.UNIT, *WORDS}
    texts = kinds & {*_TEXTS}
    return bool(units and texts) or (None not in kinds and bool(units | texts))


def settled(heads: Mapping[int, Head]) -> dict[int, Head]:
    """The heads of a page, each kind of text settled: the first text column there is holds the tasks.

    A second column of tasks holds their measures; without a column of tasks those of measures, or else of
    goals, are it.
    """
    found = dict(heads)
    first = next(
        (column for kind in _TEXTS for column in sorted(found) if found[column].kind is kind),
        None,
    )
    for column, head in found.items():
        if column == first:
            found[column] = replace(head, kind=Column.TASK)
        elif head.kind is Column.TASK:
            found[column] = replace(head, kind=Column.MEASURE)
    return found


def merged(above: Mapping[int, Head], below: Mapping[int, Head]) -> dict[int, Head]:
    """The heads of two rows of heads: 责任分工 over 牵头单位 and 配合单位 gives way to them."""
    return {**above, **below}
