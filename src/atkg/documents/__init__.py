"""Received files as text: .txt, .docx, .xlsx, .pdf with text, .html; `read_received` is the whole of it.

A file comes from outside and may be damaged or made to do harm, so it is read in a process of its own that has
bounded time and memory, opens no connection and starts no program. The same bytes always give the same text.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from atkg.documents.kinds import SUFFIXES
from atkg.documents.received import FILE_LIMIT, SECONDS_LIMIT, Document, Kind, Note
from atkg.errors import InputError

__all__ = ["FILE_LIMIT", "Document", "Kind", "Note", "Received", "read_received"]


_READER: Final = (sys.executable, "-P", "-m", "atkg.documents")
_KILLED: Final = (-signal.SIGXCPU, -signal.SIGKILL)


@dataclass(frozen=True, slots=True)
class Received:
    """A received file: its name, its bytes, and the document that they make."""

    name: str
    data: bytes
    document: Document


def read_received(path: Path) -> Received:
    """The file with its text.

    Raises:
        InputError: it can't be read, is larger than FILE_LIMIT, or is no document that atkg reads; the sentence says
            what it is instead, and what to do.
    """
    data = _read_bytes(path)
    return Received(path.name, data, _checked(path, _convert(path, data)))


def _read_bytes(path: Path) -> bytes:
    try:
        if path.exists() and not path.is_file():
            if path.is_dir():
                raise InputError.unreadable(path, IsADirectoryError())
            raise InputError(path, "不是普通文件。", "is no regular file")
        size = path.stat().st_size
        if size <= FILE_LIMIT:
            with path.open("rb") as file:
                data = file.read(FILE_LIMIT + 1)
            size = len(data)
    except OSError as error:
        raise InputError.unreadable(path, error) from error
    if size > FILE_LIMIT:
        have, limit = size / 1024**2, FILE_LIMIT // 1024**2
        raise InputError(
            path,
            f"文件有 {have:.1f} MiB，超过限额 FILE_LIMIT（{limit} MiB）。",
            f"has {have:.1f} MiB; the limit FILE_LIMIT is {limit} MiB",
        )
    return data


def _convert(path: Path, data: bytes) -> Document:
    """What the reading process answers."""
    try:
        done = subprocess.run(
            _READER,
            input=data,
            capture_output=True,
            timeout=2 * SECONDS_LIMIT,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _too_long(path) from error
    if done.returncode or not done.stdout:
        raise _too_long(path) if done.returncode in _KILLED else _broke_off(path)
    found: dict[str, Any] = json.loads(done.stdout)
    if "refused" in found:
        raise InputError(path, *found["refused"])
    return Document(
        kind=Kind(found["kind"]),
        text=found["text"],
        encoding=found["encoding"],
        notes=tuple(Note(*note) for note in found["notes"]),
        hints=found["hints"],
    )


def _too_long(path: Path) -> InputError:
    return InputError(
        path,
        f"读取它所需的时间超过限额 SECONDS_LIMIT（{SECONDS_LIMIT} 秒）。",
        f"takes longer to read than the limit SECONDS_LIMIT ({SECONDS_LIMIT} s)",
    )


def _broke_off(path: Path) -> InputError:
    return InputError(
        path,
        "文件无法读取：其内容使读取程序中断。请另存一份再试。",
        "can't be read: what it holds made its reader break off; save it anew and try again",
    )


def _checked(path: Path, document: Document) -> Document:
    """The document, with a note where the name of the file says another kind."""
    suffix = path.suffix.lower()
    if suffix in SUFFIXES[document.kind]:
        return document
    own = document.kind.value
    note = Note(
        f"文件名以 {suffix or '（无后缀）'} 结尾，内容是 .{own}，按内容读取。",
        f"The name ends in {suffix or 'nothing'}, but the file is .{own}; it was read as that.",
    )
    return Document(document.kind, document.text, document.encoding, (*document.notes, note), document.hints)
