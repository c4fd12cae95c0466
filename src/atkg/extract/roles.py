"""The words of role: behind a list (甲局负责), before it (责任单位：), in a bracket behind a name (甲局（牵头）)."""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from enum import StrEnum
from typing import Final

from atkg.extract.text import COLON
from atkg.model import Role


class Word(StrEnum):
    """What a word of role says before the other lists of the statement are known."""

    LEAD = "lead"
    DUTY = "duty"
    HELP = "help"
    EXECUTE = "execute"
    CARRY_OUT = "carry out"
    TIME = "time"
    UNKNOWN = "unknown"
    NONE = "none"


_BY_DUTIES: Final = r"""
    (?: (?: 按照? | 依据 | 根据 | 依 ) (?: 各自 | 部门 | 职能 | 本?单位 | 工作 )? (?: 的 )?
        (?: 职责 | 职能 | 分工 ) (?: 和? 任务 )? (?: 分工 )? (?: 要求 )? )
"""
"""按职责分工, 按照各自职责, 依据职能任务分工, 按职能职责."""

_SUITED: Final = r"""
    (?: (?: 结合 | 按照? | 根据 | 依照 | 坚持 ) [^，,；;。、:：（()）\s]{0,8}? (?: 实际 | 原则 | 权限 | 情况 | 范围 | 要求 ) | 因地制宜 )
"""
"""结合实际, 按照属地管理原则."""

_HOW: Final = "(?: 分别 | 共同 | 联合 | 具体 | 各自 | 直接 | 归口 | 分工 | 分级 | 分头 | 全面 | 主要 | 统一 | 统筹 | 依法 | 切实 | 认真 | 积极 )"
_UNIT: Final = "(?: 单位 | 部门 | 机构 )"

BEHIND: Final = re.compile(
    rf"""
    (?P<words>
        (?P<lead> (?: {_BY_DUTIES} )? (?: 共同 | 联合 | 分别 | 总 )? (?: 负责 )? 牵头
                  (?: 负责 | 实施 | 落实 | 组织 | 推进 | 抓总 | 抓落实 | 办理 | 组织实施 | 抓好落实 | 统筹 | 协调 | 统筹协调 | 统筹推进 | 协调推进 )?
                | 主责 | 主办 | 主抓 | 为主 | 负?总责 | 总负责
                | (?: 作? 为 | 是 ) (?: 牵头 | 主责 | 主办 | 第一责任 | 主要责任 ) {_UNIT} )
      | (?P<help> (?: {_BY_DUTIES} )?
                  (?: 积极 | 协同 | 协助 | 密切 | 共同 | 主动 | 做好 | 全力 )* (?: 支持配合 | 配合支持 | 配合 ) (?: 落实 | 实施 | 做好 | 支持 | 推进 | 开展 )? (?: 相关 | 有关 )? (?: 工作 )?
                | (?: {_BY_DUTIES} )? (?: 共同 | 积极 )? (?: 协助 | 协同 | 协办 | 协作 | 参与 | 参加 ) (?: 落实 | 实施 | 推进 | 配合 | 做好 )? (?: 相关 | 有关 )? (?: 工作 )?
                | (?: 作? 为 | 是 ) (?: 配合 | 协助 | 协办 | 参与 | 协同 ) {_UNIT} )
      | (?P<carry_out> (?: {_SUITED} )? {_HOW}? 负责 (?: 抓好 | 组织 | 具体 )? (?: 贯彻 )? 落实 )
      | (?P<duty> {_BY_DUTIES} (?: 分别 | 共同 | 协同 | 各自 | 抓好 | 做好 | 组织 | 认真 | 贯彻 )* (?: 负责 | 落实 | 实施 | 推进 )+
                | (?: {_BY_DUTIES} )? 各 (?: 负其责 | 司其职 )
                | {_SUITED}? {_HOW}* 负责
                | (?: 作? 为 | 是 ) 责任 {_UNIT} )
      | (?P<execute> (?: {_SUITED} )? {_HOW}? (?: 负责 )? (?: 具体 | 认真 | 全面 )?
                     (?: (?: 抓好 | 抓 | 组织 | 推动 | 推进 | 贯彻 | 做好 | 具体 )? (?: 贯彻 )? 落实 (?: 到位 )?
                       | (?: 组织 | 具体 | 推进 | 推动 | 负责 )* (?: 实施 | 推进 | 推动 | 执行 | 承办 | 办理 ) | 负责组织 | 抓好 ) )
    )\s*$
    """,
    re.VERBOSE,
)
"""The word of role behind a list: 甲局、乙局负责."""

_LABEL: Final = rf"""
    (?P<lead> (?: 总 | 共同 )? 牵头 (?: [（(] 责任 [）)] | [/／及和、]? 责任 )? {_UNIT}? (?: [/／] 责任 {_UNIT} )?
            | 责任 [（(] 牵头 [）)] {_UNIT} | (?: 主责 | 主办 ) {_UNIT}? | (?: 主要 | 第一 ) 责任 {_UNIT} )
  | (?P<execute> (?: 落实 | 实施 | 承办 | 执行 | 具体实施 | 具体落实 ) (?: 单位 | 部门 | 主体 ) )
  | (?P<duty> (?: 具体 | 共同 )? (?: 责任 | 负责 | 承担 ) (?: 单位 | 部门 | 主体 | 机构 | 科室 | 处室 )
            | (?: 责任 | 职责 | 任务 | 工作 ) 分工 )
  | (?P<help> (?: 协助 )? (?: 配合 | 协助 | 协办 | 参与 | 参加 | 协作 | 协同 | 支持 ) (?: 责任 )? {_UNIT}? )
"""

_BESIDE: Final = "(?<= [位门体构室] )"
"""Behind 单位 or 部门, so that 配合市公安局做好工作 is no label."""


def _spaced(pattern: str) -> str:
    """The pattern with room for spaces between its characters: 责 任 单 位."""
    return re.sub(
        r"\[[^]]*\]|([\u4e00-\u9fff])", lambda char: char[0] + (r"[ \u3000]{0,2}" if char[1] else ""), pattern
    )


LABEL: Final = re.compile(
    rf"(?P<words> {_spaced(_LABEL)} ) (?: \s* {COLON} | {_BESIDE} [ \u3000]+ (?= [省市区县州团各] ) )",
    re.VERBOSE,
)
"""The label before a list: 责任单位：甲局、乙局; the colon may be lost between 单位 and the first name: 责任单位 市公安局."""

SAID: Final = re.compile(
    rf"(?P<words> {_LABEL} ) (?: (?: 分别 )? [为是] (?! 主 ) | {_BESIDE} (?= [省市区县州] ) )", re.VERBOSE
)
"""The label as a subject, or without its colon in a bracket: 责任单位为市公安局, （责任单位市公安局）."""

MARK: Final = re.compile(
    rf"""
    \s* [（(] \s* (?P<words> (?P<lead> 牵头 | 主责 | 主办 | 第一责任 ) {_UNIT}?
                           | (?P<duty> 负责 | 责任 ) {_UNIT}?
                           | (?P<help> 配合 | 协助 | 协办 | 参与 ) {_UNIT}? ) \s* [）)] \s* $
    """,
    re.VERBOSE,
)
"""The word of role in a bracket behind one name of a list: 市公安局（牵头）、市民政局."""

ABOVE: Final = re.compile(
    r"""
    (?: 以上 | 上述 ) (?: 第? [\d一二三四五六七八九十]{1,3} (?: [-—－–~～至、] 第? [\d一二三四五六七八九十]{1,3} )? )?
    (?: 各? [项条款点] )? (?: 重点 )? (?: 任务 | 工作 | 措施 | 事项 | 内容 | 要求 | 目标 ){0,2} (?: 均 | 都 )? \s* [，,：:]? \s*
    """,
    re.VERBOSE,
)
"""What says that a statement is of all the items above: 以上各项任务由市公安局负责."""

THIS: Final = re.compile("(?:[此该本这](?:项|条|款)?(?:工作|任务|事项|措施|内容)?(?:均|具体)?|具体)(?=由)")
"""What a statement can open with that says nothing of its own: 该项工作由市公安局牵头."""

_KNOWN: Final = (  # the commonest first
    *("牵头", "负责", "主责", "主办", "配合", "协助", "协办", "会同", "落实", "负责落实", "组织实施", "抓好落实"),
    *("按职责分工负责", "牵头负责", "具体负责", "共同负责", "分别负责"),
)
_KNOWN_LABELS: Final = tuple(
    word + unit
    for unit in ("单位", "部门")
    for word in ("牵头", "责任", "主责", "主要责任", "配合", "协办", "协助", "参与", "落实", "实施")
)

_NO_ROLE: Final = re.compile(
    r"""
    (?: 负责 )? (?: 统筹 | 协调 | 指导 | 督导 | 督促 | 督办 | 监督 | 监管 | 主管 | 审核 | 汇总 | 统计 | 保障 | 考核 | 验收 | 把关 | 支持 | 通报 )
    (?: 统筹 | 协调 | 指导 | 督导 | 督促 | 督办 | 监督 | 落实 | 推进 | 实施 | 负责 )?
    """,
    re.VERBOSE,
)
"""Words that stand where a word of role would, and say neither who leads nor who helps: 市公安局指导."""

UNKNOWN_LABEL: Final = re.compile(r"(?P<word>[\u4e00-\u9fff]{2,8})\s*" + COLON)
_LABEL_NO_ROLE: Final = re.compile(
    r"(?:责任|牵头|分管|包保|包案|挂钩|联系)?(?:领导|人|人员|同志|电话)|联系.*|.*(?:目标|措施|标准|要求|成果|内容|任务)"
)
"""Labels of what is no unit: 责任领导：, 联系电话：, 工作目标：."""


def word_of(match: re.Match[str]) -> Word:
    """What the groups of a pattern of this module say."""
    groups = match.groupdict()
    for word in (Word.LEAD, Word.DUTY, Word.EXECUTE, Word.CARRY_OUT):
        if groups.get(word.name.lower()):
            return word
    return Word.HELP


def role_of(word: Word, words: AbstractSet[Word]) -> Role:
    """The role that a word gives its list beside the words of the other lists.

    负责, 按职责分工负责 and 责任单位 lead, but beside a 牵头 they help; 组织实施 leads where nobody else does.
    """
    match word:
        case Word.LEAD:
            return Role.LEAD
        case Word.DUTY:
            return Role.COOPERATING if Word.LEAD in words else Role.LEAD
        case Word.EXECUTE:
            return Role.IMPLEMENTING if words & {Word.LEAD, Word.DUTY} else Role.LEAD
        case Word.CARRY_OUT:
            return Role.IMPLEMENTING
        case _:
            return Role.COOPERATING


def nearest_role(words: str) -> str | None:
    """The word of role, or the label, that these words misspell in one place; of several the commonest.

    >>> nearest_role("牵投"), nearest_role("責任单位"), nearest_role("配"), nearest_role("配合"), nearest_role("指导")
    ('牵头', '责任单位', '配合', None, None)
    """
    if len(words) == 1:
        return next((known for known in _KNOWN if len(known) == 2 and known[0] == words), None)
    if words in _KNOWN or words in _KNOWN_LABELS or _NO_ROLE.fullmatch(words) or words.endswith("人"):
        return None
    return next((known for known in (*_KNOWN, *_KNOWN_LABELS) if _one_slip(words, known)), None)


def is_no_role(words: str) -> bool:
    """The words stand where a word of role would, but say neither who leads nor who helps."""
    return bool(_NO_ROLE.fullmatch(words))


def is_unknown_label(words: str) -> bool:
    """The label looks like one of units, and is not known: 督导单位, but not 责任领导 nor 工作目标."""
    return words.endswith(("单位", "部门", "机构")) and not _LABEL_NO_ROLE.fullmatch(words)


def _one_slip(words: str, known: str) -> bool:
    """One character was changed, left out, put in, or swapped with its neighbour."""
    if words == known or abs(len(words) - len(known)) > 1 or len(words) < 2:
        return False
    start = 0
    while start < min(len(words), len(known)) and words[start] == known[start]:
        start += 1
    end = 0
    while end < min(len(words), len(known)) - start and words[-1 - end] == known[-1 - end]:
        end += 1
    left, right = words[start : len(words) - end], known[start : len(known) - end]
    swapped = len(left) == 2 and left == right[::-1]
    return swapped or (len(left) <= 1 and len(right) <= 1)
