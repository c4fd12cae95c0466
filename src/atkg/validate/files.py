"""The checks that no shape can make, since they are about files: what can't be read, is stale, or is never looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from atkg.validate.results import Level, Place, Result


@dataclass(frozen=True, slots=True)
class FileCheck:
    """A check with a name like a shape's, the severity of its results, and what it says."""

    level: Level
    messages: Mapping[str, str]
    names: Mapping[str, str]
    reasons: Mapping[str, str]

    def name(self, language: str) -> str:
        return self.names[language]

    def reason(self, language: str) -> str:
        return self.reasons[language]


FILE_CHECKS: Final[Mapping[str, FileCheck]] = {
    "File-readable": FileCheck(
        Level.VIOLATION,
        {"zh": "文件无法读取，或不是所应有的样子。", "en": "A file can't be read, or is not what its place promises."},
        {"zh": "文件可以读取", "en": "file that can be read"},
        {
            "zh": "读不了的文件无从校验；改正之前，其他结果也不完整。",
            "en": "What can't be read can't be checked; until it is mended the other results are not complete.",
        },
    ),
    "File-current": FileCheck(
        Level.VIOLATION,
        {
            "zh": "图谱文件不是由现在的文件生成的；请运行 atkg build。",
            "en": "The graph file was not made from the file as it is now; run `atkg build`.",
        },
        {"zh": "图谱文件是最新的", "en": "graph file that is current"},
        {
            "zh": "graph.ttl 和 derivation.ttl 由 source.txt 和 derivations.csv 生成；改了文件而不重新生成，校验的就是旧数据。",
            "en": "graph.ttl and derivation.ttl are made from source.txt and derivations.csv; where these changed and "
            "the graphs did not, it is the old data that is checked.",
        },
    ),
    "File-looked-at": FileCheck(
        Level.WARNING,
        {"zh": "没有任何形状检查过这个文件中的节点。", "en": "No shape looked at any node in this file."},
        {"zh": "文件受到检查", "en": "file that is looked at"},
        {
            "zh": "词汇的网址写错一个字母，就没有形状能找到数据，结果看起来却是“没有错误”。",
            "en": "With one letter wrong in the IRI of a vocabulary no shape finds the data, and all seems well.",
        },
    ),
    "Shape-looked": FileCheck(
        Level.INFO,
        {"zh": "形状没有找到可以检查的节点。", "en": "The shape found no node to look at."},
        {"zh": "形状有检查对象", "en": "shape that looks at something"},
        {
            "zh": "没有检查对象的形状从不报错：它可能写错了类名，也可能所说的东西已不在数据中。",
            "en": "A shape without a node never fails: its class may be misspelt, or what it is about is gone.",
        },
    ),
    "Baseline-current": FileCheck(
        Level.VIOLATION,
        {
            "zh": "所接受的结果已不再出现；请删去这一行。",
            "en": "The result that is accepted here occurs no longer; delete the row.",
        },
        {"zh": "基线文件是最新的", "en": "baseline that is current"},
        {
            "zh": "不再出现的结果留在基线中，日后再犯同样的错误时就会被放过。",
            "en": "A row that is kept lets the same fault pass when it comes back.",
        },
    ),
}
"""Name → check. The names stand beside those of the shapes in every report."""


def fault(
    check: str,
    node: str,
    *,
    row: Place | None = None,
    text: Place | None = None,
    zh: str = "",
    en: str = "",
    plan: str | None = None,
    value: str | None = None,
    label: str | None = None,
) -> Result:
    """A result of one of the FILE_CHECKS; `zh` and `en` stand in place of its general message."""
    known = FILE_CHECKS[check]
    messages = {"zh": zh or known.messages["zh"], "en": en or known.messages["en"]}
    return Result(check, known.level, messages, node, value=value, label=label, plan=plan, row=row, text=text)
