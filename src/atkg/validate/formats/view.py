"""What every format shows: the words of both languages, and the lines of a file around a place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from atkg.errors import InputError
from atkg.extract.text import decode
from atkg.namespaces import shorten
from atkg.validate.explain import Guide
from atkg.validate.results import Level, Place, Report, Result

WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "zh": {
        "violation": "错误",
        "warning": "警告",
        "info": "提示",
        "accepted": "已接受",
        "also": "另见",
        "title": "校验报告",
        "nowhere": "不属于任何文件",
        "shape": "形状",
        "severity": "级别",
        "message": "说明",
        "node": "节点",
        "value": "值",
        "place": "位置",
        "reason": "接受理由",
        "looked": "检查的节点数",
        "coverage": "各形状检查的节点数",
        "conforms": "没有错误。",
        "fails": "有错误。",
        "none": "没有结果。",
        "passed": "没有发现问题的形状",
        "why": "理由",
        "until": "至第 {} 行",
        "more": "另有 {} 条，见完整报告。",
        "nodes": "检查了 {} 个节点",
        "tool": "atkg 按 SHACL 形状校验反对拐卖人口行动计划的数据。",
    },
    "en": {
        "violation": "violation",
        "warning": "warning",
        "info": "info",
        "accepted": "accepted",
        "also": "see also",
        "title": "Validation report",
        "nowhere": "in no file",
        "shape": "shape",
        "severity": "severity",
        "message": "message",
        "node": "node",
        "value": "value",
        "place": "place",
        "reason": "accepted because",
        "looked": "nodes looked at",
        "coverage": "How many nodes each shape looked at",
        "conforms": "There is no violation.",
        "fails": "There are violations.",
        "none": "Nothing was found.",
        "passed": "shapes that found nothing",
        "why": "why",
        "until": "to line {}",
        "more": "{} more are in the full report.",
        "nodes": "looked at {} nodes",
        "tool": "atkg checks the data of action plans against human trafficking by SHACL shapes.",
    },
}

_UNSEEN: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
"""Characters that steer a terminal or turn the direction of writing, and halves of pairs that no encoding knows."""


@dataclass(frozen=True, slots=True)
class View:
    """A report as it is to be shown: in one language, with what the shapes ask at hand."""

    report: Report
    language: str
    guide: Guide
    fail_on: Level

    @property
    def words(self) -> Mapping[str, str]:
        return WORDS[self.language]

    def message(self, result: Result) -> str:
        return printable(result.message(self.language))

    def value(self, result: Result) -> str | None:
        """The value as people write it, with its property; None where it says nothing more than the node."""
        if result.value is None or result.value == result.node:
            return None
        path = f"{shorten(result.path)} " if result.path else ""
        label = f"  {printable(result.value_label)}" if result.value_label else ""
        return path + "→ " + printable(name(result.value)) + label

    def fails(self, result: Result) -> bool:
        return result.accepted is None and result.level.rank <= self.fail_on.rank

    def ordered(self) -> Iterator[Result]:
        """The results of all documents, each in the order of its lines."""
        for results in self.report.documents().values():
            yield from results


def name(term: str) -> str:
    """An IRI as people write it, a literal as it is; anything long is cut."""
    shown = shorten(term) if re.match(r"(https?|urn):[^\s<>]*$", term) else term
    return shown if len(shown) <= 200 else shown[:199] + "…"


def printable(text: str) -> str:
    """The text as one line, without characters that could steer a terminal: each is shown as � instead."""
    return _UNSEEN.sub("�", re.sub(r"\r\n?|\n", "⏎", text))


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A line of a file in three pieces, of which the middle one is meant."""

    number: int
    before: str
    marked: str
    after: str
    last: int


def excerpt(place: Place | None, width: int = 60) -> Excerpt | None:
    """The line at a place, cut to about this many characters around what is meant; None where it can't be read."""
    if place is None or place.line is None or place.is_remote:
        return None
    lines = _lines(place.file)
    if not 0 < place.line <= len(lines):
        return None
    line = lines[place.line - 1]
    start = min((place.column or 1) - 1, len(line))
    if place.column is None:
        start = len(line) - len(line.lstrip())
    last = place.end_line or place.line
    end = len(line) if last > place.line or place.end_column is None else place.end_column - 1
    end = max(start, min(end, len(line)))
    first = max(0, start - width // 3)
    stop = min(len(line), end + width // 3)
    if stop - first > width:
        stop = max(first + width, start + 1)
    before = ("…" if first else "") + line[first:start].lstrip("\t ")
    marked = line[start : min(end, stop)]
    after = line[min(end, stop) : stop] + ("…" if stop < len(line) else "")
    return Excerpt(place.line, _flat(before), _flat(marked), _flat(after), last)


def _flat(text: str) -> str:
    return printable(text.replace("\t", " "))


@lru_cache(maxsize=64)
def _lines(file: str) -> list[str]:
    path = Path(file)
    try:
        text, _ = decode(path.read_bytes(), path)
    except (OSError, InputError):
        return []
    return re.split(r"\r\n?|\n", text)
