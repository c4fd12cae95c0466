"""The results that somebody accepted, each with a reason, in a table that people write.

Only Warnings and Infos can be accepted. A Violation is wrong data: a slip of a document is put right in
corrections.csv, where it shows in the graph, and a rule that is too strict is changed in the shapes.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from atkg.errors import InputError
from atkg.namespaces import BASE, PREFIXES, shorten
from atkg.registers import read_csv
from atkg.validate.explain import Guide
from atkg.validate.files import FILE_CHECKS, fault
from atkg.validate.results import Level, Place, Report, Result

COLUMNS: Final = ("shape", "node", "value", "reason")
"""The columns of the table; node and value in the short form in which reports show them."""

Key = tuple[str, str, str]
"""Shape, node, value."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A row of the baseline."""

    line: int
    key: Key
    reason: str


def key_of(result: Result) -> Key:
    """What a row must say to accept this result."""
    return result.shape, _short(result.node), _short(result.value or "")


def read_baseline(path: Path, guide: Guide) -> list[Accepted]:
    """The rows of a baseline.

    Raises:
        InputError: a row has no reason, names no shape or one whose results can't be accepted, or stands twice.
    """
    rows: list[Accepted] = []
    lines: dict[Key, int] = {}
    for line, row in read_csv(path, COLUMNS):
        shape = row["shape"]
        if shape not in guide.names and shape not in FILE_CHECKS:
            nearest = guide.unknown(shape)
            raise InputError(path, nearest.zh, nearest.en, line)
        if guide.level(shape) is Level.VIOLATION:
            raise InputError(
                path,
                f"{shape} 的结果是错误，不能接受；文件的笔误写入该计划的 corrections.csv。",
                f"the results of {shape} are violations, which can't be accepted; "
                "a slip of a document goes into the plan's corrections.csv",
                line,
            )
        if not row["node"]:
            raise InputError(path, "node：是空的，应为节点的标识。", "node: is empty; expected the node's IRI", line)
        if not row["reason"]:
            raise InputError(
                path,
                f"接受 {shape} 的这个结果须写明理由。",
                f"this result of {shape} needs a reason for being accepted",
                line,
            )
        key = (shape, _short(_expand(row["node"])), _short(_expand(row["value"])))
        if key in lines:
            raise InputError(path, f"与第 {lines[key]} 行重复。", f"repeats line {lines[key]}", line)
        lines[key] = line
        rows.append(Accepted(line, key, row["reason"]))
    return rows


def apply(report: Report, rows: Sequence[Accepted], path: Path, *, judged: Callable[[Accepted], bool]) -> Report:
    """The report with the results marked that the rows accept, and a fault for each row that accepts none.

    Args:
        report: the report.
        rows: the rows of the baseline.
        path: where they stand.
        judged: whether a row is about something that was checked this time; others may accept nothing.
    """
    reasons = {row.key: row.reason for row in rows}
    results = [replace(result, accepted=reasons.get(key_of(result))) for result in report.results]
    found = {key_of(result) for result in report.results}
    for row in rows:
        if row.key not in found and judged(row):
            shape, node, value = row.key
            results.append(
                fault(
                    "Baseline-current",
                    _expand(node),
                    row=Place(str(path), row.line),
                    zh=f"{shape} 的这个结果已不再出现；请删去这一行。",
                    en=f"This result of {shape} occurs no longer; delete the row.",
                    value=_expand(value) if value else None,
                )
            )
    return report.with_results(results)


def write_baseline(path: Path, report: Report) -> tuple[str, int]:
    """(text, rows without a reason) of a baseline for all Warnings and Infos; the reasons given already are kept.

    A row without a reason is refused by read_baseline, so that a person has to write it.

    Raises:
        InputError: there is a file, and it is no baseline.
    """
    kept: dict[Key, str] = {}
    if path.exists():
        for _, row in read_csv(path, COLUMNS):
            kept[row["shape"], _short(_expand(row["node"])), _short(_expand(row["value"]))] = row["reason"]
    keys = sorted({key_of(result) for result in report.results if result.level is not Level.VIOLATION})
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows((*key, kept.get(key, "")) for key in keys)
    return file.getvalue(), sum(not kept.get(key) for key in keys)


def _short(term: str) -> str:
    return shorten(term) if "://" in term else " ".join(term.split())


def _expand(term: str) -> str:
    """The IRI that a short form stands for; anything else as it is."""
    prefix, colon, local = term.partition(":")
    if colon and prefix in PREFIXES and not local.startswith("//"):
        return PREFIXES[prefix] + local
    if term.startswith(("id/", "eli/", "source/", "graph/", "dataset/")):
        return BASE + term
    return term[1:-1] if term.startswith("<") and term.endswith(">") else term
