"""The folders data/plans/<key>: plan.toml, source.txt, corrections.csv."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from atkg.errors import InputError
from atkg.extract.text import decode
from atkg.model import Citation, Correction, PlanRecord, Span
from atkg.registers import read_csv

KEY: Final = re.compile(r"[a-z]+(?:-[a-z]+)*-[0-9]{4}(?:-[0-9]+)?")
"""A plan key: place, year, number, as luan-2022-49."""

_PLAN: Final[Mapping[str, type]] = {
    "title": str,
    "title_en": str,
    "number": str,
    "issuer": str,
    "jurisdiction": str,
    "date": date,
    "begin": date,
    "end": date,
    "page": str,
    "register": str,
    "witnesses": dict,
    "source": dict,
    "cites": list,
}
_REQUIRED: Final = ("title", "jurisdiction")
_SOURCE: Final[Mapping[str, type]] = {"encoding": str, "sha256": str, "received": str, "received_sha256": str}
_CITES: Final[Mapping[str, type]] = {"plan": str, "number": str, "implements": bool, "basis": str, "reason": str}


@dataclass(frozen=True, slots=True)
class PlanFolder:
    """One plan as it lies in the data folder; `text` is None for a plan that is only cited."""

    path: Path
    record: PlanRecord
    text: str | None
    corrections: tuple[Correction, ...]

    @property
    def key(self) -> str:
        return self.record.key


def read_plans(data: Path) -> list[PlanFolder]:
    """All plans of the data folder, by key.

    Raises:
        InputError: a plan.toml or a source is missing or not as it should be, or a plan cites an unknown one.
    """
    try:
        paths = sorted(path for path in (data / "plans").iterdir() if path.is_dir() and not path.name.startswith("."))
    except OSError as error:
        raise InputError.unreadable(data / "plans", error) from error
    folders = [read_plan_folder(path) for path in paths]
    keys = {folder.key for folder in folders}
    for folder in folders:
        for citation in folder.record.cites:
            if citation.plan not in keys:
                raise InputError(
                    folder.path / "plan.toml",
                    f"引用的计划 {citation.plan!r} 在 {data / 'plans'} 中没有文件夹。",
                    f"cites the plan {citation.plan!r}, which has no folder in {data / 'plans'}",
                    _line_of(_toml_text(folder.path / "plan.toml"), "plan", citation.plan),
                )
    return folders


def read_plan_folder(path: Path) -> PlanFolder:
    """The plan in this folder, its source checked against the checksum in plan.toml.

    Raises:
        InputError: as read_plans.
    """
    if not KEY.fullmatch(path.name):
        raise InputError(
            path,
            "不是计划键；应为地名、年份、文号，如 luan-2022-49。",
            "is not a plan key; expected place, year and number, as luan-2022-49",
        )
    record = read_plan_toml(path / "plan.toml")
    source = path / "source.txt"
    if not record.has_text:
        if source.exists():
            raise InputError(
                path / "plan.toml",
                "有 source.txt，却没有写明其编码和 SHA-256 的 [source]。",
                "there is a source.txt, but no [source] with its encoding and SHA-256",
            )
        return PlanFolder(path, record, None, ())
    data = read_bytes(source)
    digest = hashlib.sha256(data).hexdigest()
    if digest != record.sha256:
        raise InputError(
            source,
            f"SHA-256 为 {digest}，而 plan.toml 写的是 {record.sha256}：source.txt 不是所收到的文本。",
            f"SHA-256 is {digest}, but plan.toml says {record.sha256}: source.txt is not the text received",
        )
    _check_received(path, record)
    text, _ = decode(data, source, record.encoding)
    return PlanFolder(path, record, text, read_corrections(path / "corrections.csv", text))


def _check_received(path: Path, record: PlanRecord) -> None:
    """The file that source.txt was made from lies beside it as it was received.

    Raises:
        InputError: it is missing, or is another.
    """
    if record.received_sha256 is None:
        return
    received = next(iter(sorted(path.glob("received.*"))), path / "received.*")
    digest = hashlib.sha256(read_bytes(received)).hexdigest()
    if digest != record.received_sha256:
        raise InputError(
            received,
            f"SHA-256 为 {digest}，而 plan.toml 写的是 {record.received_sha256}：这不是所收到的文件。",
            f"SHA-256 is {digest}, but plan.toml says {record.received_sha256}: this is not the file received",
        )


def read_bytes(path: Path) -> bytes:
    """The bytes of a file.

    Raises:
        InputError: there is no such file, or it can't be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError.unreadable(path, error) from error


def read_plan_toml(path: Path) -> PlanRecord:
    """The record in a plan.toml; the plan's key is the name of its folder.

    Raises:
        InputError: no valid TOML, an unknown key, a missing one, or a value of the wrong type.
    """
    text = _toml_text(path)
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"at line (\d+)", str(error))
        line = int(place[1]) if place else None
        raise InputError(path, f"不是有效的 TOML：{error}", f"is not valid TOML: {error}", line) from error
    _check(path, text, table, _PLAN)
    for key in _REQUIRED:
        if key not in table:
            raise InputError(path, f"缺少键 {key!r}。", f"lacks the key {key!r}")
    source = table.get("source", {})
    _check(path, text, source, _SOURCE, "source.")
    for key in ("sha256", "received_sha256") if source else ():
        if (key == "sha256" or key in source) and not re.fullmatch(r"[0-9a-f]{64}", source.get(key, "")):
            raise InputError(
                path,
                f"source.{key}：应为 64 位十六进制数。",
                f"source.{key}: expected 64 hexadecimal digits",
                _line_of(text, key) or _line_of(text, "source"),
            )
    begin, end = table.get("begin"), table.get("end")
    if begin and end and begin > end:
        raise InputError(
            path, f"begin {begin} 晚于 end {end}。", f"begin {begin} is after end {end}", _line_of(text, "begin")
        )
    return PlanRecord(
        key=path.parent.name,
        title=table["title"],
        title_en=table.get("title_en"),
        jurisdiction=table["jurisdiction"],
        number=table.get("number"),
        issuer=table.get("issuer"),
        issued=table.get("date"),
        begin=begin,
        end=end,
        cites=tuple(_citation(path, text, cited) for cited in table.get("cites", [])),
        encoding=source.get("encoding"),
        sha256=source.get("sha256"),
        received_sha256=source.get("received_sha256"),
        page=table.get("page"),
        register=table.get("register"),
        witnesses=_witnesses(path, text, table.get("witnesses", {})),
    )


def _witnesses(path: Path, text: str, table: Mapping[str, Any]) -> dict[str, str]:
    for name, key in table.items():
        if not isinstance(key, str) or not KEY.fullmatch(key):
            raise InputError(
                path,
                f"witnesses.{name}：应为计划键，得到 {key!r}。",
                f"witnesses.{name}: expected a plan key, found {key!r}",
                _line_of(text, name),
            )
    return dict(table)


def _citation(path: Path, text: str, table: Mapping[str, Any]) -> Citation:
    _check(path, text, table, _CITES, "cites.")
    line = _line_of(text, "plan", table["plan"]) if "plan" in table else _line_of(text, "cites")
    if "plan" not in table:
        raise InputError(path, "cites 的一项缺少键 'plan'。", "an entry of cites lacks the key 'plan'", line)
    basis = table.get("basis", "cited")
    if basis not in ("cited", "register"):
        raise InputError(
            path,
            f"cites.basis：应为 'cited' 或 'register'，得到 {basis!r}。",
            f"cites.basis: expected 'cited' or 'register', found {basis!r}",
            _line_of(text, "basis", basis),
        )
    if basis == "cited" and "number" not in table:
        raise InputError(
            path,
            f"对 {table['plan']} 的引用须写明 number，即原文所写的文号。",
            f"the citation of {table['plan']} needs its number as the source writes it",
            line,
        )
    return Citation(table["plan"], table.get("number"), table.get("implements", True), basis, table.get("reason"))


def _check(path: Path, text: str, table: object, expected: Mapping[str, type], prefix: str = "") -> None:
    if not isinstance(table, dict):
        name = prefix.rstrip(".")
        raise InputError(path, f"{name}：应为表。", f"{name}: expected a table", _line_of(text, name))
    for key, value in table.items():
        if key not in expected:
            known = ", ".join(expected)
            raise InputError(
                path,
                f"未知的键 {prefix + key!r}；应为 {known} 之一。",
                f"unknown key {prefix + key!r}; expected one of {known}",
                _line_of(text, key),
            )
        if type(value) is not expected[key]:
            wanted = expected[key].__name__
            raise InputError(
                path,
                f"{prefix}{key}：类型应为 {wanted}，得到 {value!r}。",
                f"{prefix}{key}: expected a {wanted}, found {value!r}",
                _line_of(text, key),
            )
        if value == "":
            raise InputError(path, f"{prefix}{key}：是空的。", f"{prefix}{key}: is empty", _line_of(text, key))


def _toml_text(path: Path) -> str:
    return decode(read_bytes(path), path, "utf-8")[0]


def _line_of(text: str, key: str, value: str | None = None) -> int | None:
    """The line in which a key stands (with this value), or the header of a table of this name."""
    quoted = "" if value is None else rf"\s*[\"']{re.escape(value)}[\"']"
    pattern = re.compile(rf"\s*\[*\s*[\"']?{re.escape(key)}[\"']?\s*[\]=.]{quoted}")
    return next((number for number, line in enumerate(text.split("\n"), 1) if pattern.match(line)), None)


def read_corrections(path: Path, text: str) -> tuple[Correction, ...]:
    """The corrections of a plan (none where it has no corrections.csv), each checked against the text.

    Raises:
        InputError: a row's place is no stretch of the text, or the text there is not what the row reads.
    """
    if not path.exists():
        return ()
    corrections: list[Correction] = []
    for line, row in read_csv(path, ("place", "read", "meant", "reason", "checked_by")):
        match = re.fullmatch(r"([0-9]{1,9})-([0-9]{1,9})", row["place"])
        span = Span(int(match[1]), int(match[2])) if match else Span(0, 0)
        if span.start >= span.end:
            raise InputError(
                path,
                f"place：应为“起-止”字符偏移，起小于止，得到 {row['place']!r}。",
                f"place: expected start-end in code points, the start below the end; found {row['place']!r}",
                line,
            )
        found = text[span.start : span.end]
        if found != row["read"]:
            raise InputError(
                path,
                f"原文 {row['place']} 处是“{found}”，不是“{row['read']}”。",
                f"the source says “{found}” at {row['place']}, not “{row['read']}”",
                line,
            )
        if not row["reason"] or not row["checked_by"]:
            raise InputError(path, "更正须写明理由和核对人。", "a correction needs a reason and who checked it", line)
        if corrections and span.start < corrections[-1].span.end:
            raise InputError(
                path,
                "更正须按原文顺序排列，不得重叠。",
                "corrections must be in the order of the text and not overlap",
                line,
            )
        corrections.append(Correction(span, row["read"], row["meant"], row["reason"], row["checked_by"]))
    return tuple(corrections)
