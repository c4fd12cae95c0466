"""The folder of a new plan, written whole or not at all."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from importlib.metadata import version
from pathlib import Path

from atkg.documents import Kind, Received
from atkg.documents.received import Document
from atkg.errors import InputError, UsageError
from atkg.model import PlanRecord
from atkg.plans import KEY, PlanFolder

_CORRECTIONS = "place,read,meant,reason,checked_by\n"


def check_key(data: Path, key: str) -> Path:
    """Where the folder of a new plan with this key will be.

    Raises:
        UsageError: it is no plan key.
        InputError: there is a plan with this key.
    """
    if not KEY.fullmatch(key):
        raise UsageError(
            f"{key!r} 不是计划键；应为地名、年份、文号，如 luan-2022-49。",
            f"{key!r} is no plan key; expected place, year and number, as luan-2022-49",
        )
    folder = data / "plans" / key
    if folder.exists() or folder.is_symlink():
        raise InputError(folder, "这个计划已经有了；不会改写。", "this plan is there already; it is not overwritten")
    return folder


def new_folder(path: Path, record: PlanRecord, received: Received) -> PlanFolder:
    """The folder as it will be, nothing of it written: the record with the checksum of its source."""
    source = _source(received)
    checked = replace(record, encoding=received.document.encoding, sha256=hashlib.sha256(source).hexdigest())
    return PlanFolder(path, checked, received.document.text, ())


def write_folder(folder: PlanFolder, received: Received, derivations: str) -> None:
    """The folder lies among the plans, with all its files or not at all.

    Raises:
        InputError: it can't be written, or another one was made in the meantime.
    """
    try:
        with _aside(folder.path.parent) as holder:
            made = holder / folder.key
            made.mkdir()
            for name, data in _files(folder.record, received, derivations):
                (made / name).write_bytes(data)
            made.rename(folder.path)
    except OSError as error:
        raise InputError(folder.path, f"无法写入：{error.strerror}", f"can't be written: {error.strerror}") from error


@contextmanager
def _aside(parent: Path) -> Iterator[Path]:
    """A folder beside the plans that is none of them, gone when its use ends."""
    path = Path(tempfile.mkdtemp(dir=parent, prefix=".new-"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _files(record: PlanRecord, received: Received, derivations: str) -> Iterator[tuple[str, bytes]]:
    yield "source.txt", _source(received)
    if received.document.kind is not Kind.TXT:
        yield f"received.{received.document.kind.value}", received.data
    yield "plan.toml", plan_toml(record, received).encode()
    yield "corrections.csv", _CORRECTIONS.encode()
    yield "derivations.csv", derivations.encode()


def _source(received: Received) -> bytes:
    """What source.txt holds: a text file as it was received, else the text that was made."""
    document: Document = received.document
    return received.data if document.kind is Kind.TXT else document.text.encode()


def plan_toml(record: PlanRecord, received: Received) -> str:
    """The plan.toml of a new plan."""
    lines = [
        _line("title", record.title),
        _line("title_en", record.title_en),
        _line("number", record.number),
        _line("issuer", record.issuer),
        _line("jurisdiction", record.jurisdiction),
        _line("date", record.issued),
        _line("begin", record.begin),
        _line("end", record.end),
        _line("page", record.page),
        "\n[source]\n",
    ]
    kind = received.document.kind
    if kind is not Kind.TXT:
        lines.append(f"# source.txt was made from received.{kind.value} by atkg {version('atkg')}\n")
    lines += [
        _line("encoding", record.encoding),
        _line("sha256", record.sha256),
        _line("received", received.name),
    ]
    if kind is not Kind.TXT:
        lines.append(_line("received_sha256", hashlib.sha256(received.data).hexdigest()))
    for citation in record.cites:
        lines += ["\n[[cites]]\n", _line("plan", citation.plan), _line("number", citation.number)]
        if not citation.implements:
            lines.append("implements = false\n")
        if citation.basis != "cited":
            lines.append(_line("basis", citation.basis))
        lines.append(_line("reason", citation.reason))
    return "".join(lines)


def _line(key: str, value: str | date | None) -> str:
    """One key of a TOML file; a JSON string is a TOML string but for the character DEL."""
    if value is None:
        return ""
    if isinstance(value, date):
        return f"{key} = {value.isoformat()}\n"
    words = json.dumps(value, ensure_ascii=False).replace("\x7f", "")
    return f"{key} = {words}\n"
