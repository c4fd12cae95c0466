"""A note on the lists of the whole document: 责任单位排在首位的为牵头单位."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from atkg.extract.text import Text
from atkg.model import Basis, Finding, Reading, Role, Severity, Task

_FIRST_LEADS: Final = re.compile(
    r"""
    (?: [排列位居] (?: 在 | 于 | 名 )? (?: 首位 | 第一位? | 最前面? | 前面 ) | 第一[个家] | 首个 )
    (?: 的 | 者 )? (?: 责任 )? (?: 单位 | 部门 )? (?: 均 | 即 )? (?: 作为 | 为 | 是 )
    (?: 该? 项? (?: 工作 | 任务 ) 的? )? (?: 牵头 | 主责 ) (?: 责任 )? (?: 单位 | 部门 )?
    """,
    re.VERBOSE,
)
_LEADS: Final = re.compile("牵头|主责|主办|第一责任|主要责任|为主|总责")


def apply_precedence(reading: Reading, text: Text) -> None:
    """Where the document says that the first of a list leads, the others of a list without a 牵头 help."""
    note = _FIRST_LEADS.search(text.read)
    if not note:
        return
    reading.tasks = [_first_leads(task) for task in reading.tasks]
    reading.findings.append(
        Finding(
            "first-leads",
            text.span(*note.span()),
            f"按文件的说明“{text.words(*note.span())}”，责任单位中排首位的读作牵头单位，其余读作配合单位。",
            "As the document itself notes, the first of the responsible units is read as leading, the others as helping.",
            Severity.INFO,
        )
    )


def _first_leads(task: Task) -> Task:
    leads = [one for one in task.assignments if one.role is Role.LEAD]
    if task.basis is Basis.SUBJECT or any(not one.wording or _LEADS.search(one.wording) for one in leads):
        return task
    return replace(
        task,
        assignments=tuple(replace(one, role=Role.COOPERATING) if one in leads[1:] else one for one in task.assignments),
    )
