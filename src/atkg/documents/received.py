"""What a received file gives: its kind, its text, what a person should know; and the limits of what is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from atkg.errors import AtkgError

_MIB: Final = 1024 * 1024

FILE_LIMIT: Final = 64 * _MIB
"""Bytes of a received file; a plan with pictures has a few."""
UNPACKED_LIMIT: Final = 256 * _MIB
"""Bytes of all parts of a .docx or .xlsx together, unpacked: a small archive can hold gigabytes."""
XML_LIMIT: Final = 32 * _MIB
"""Bytes of one part of a .docx or .xlsx that is parsed; that of a plan has one or two million."""
PARTS_LIMIT: Final = 10_000
"""Parts of a .docx or .xlsx."""
PAGES_LIMIT: Final = 500
"""Pages of a .pdf."""
TEXT_LIMIT: Final = 5_000_000
"""Characters of the text that is made; the longest plan known has 20,000."""
CELLS_LIMIT: Final = 1_000_000
"""Cells of one table or sheet, empty ones in its rectangle included."""
SECONDS_LIMIT: Final = 120
"""Seconds of computing that one file may take."""
MEMORY_LIMIT: Final = 2048 * _MIB
"""Bytes of memory that one file may take."""


class Kind(StrEnum):
    """The kinds of file that are read, each the suffix of received.*."""

    TXT = "txt"
    HTML = "html"
    DOCX = "docx"
    XLSX = "xlsx"
    PDF = "pdf"


@dataclass(frozen=True, slots=True)
class Note:
    """Something of the received file that did not go into the text, in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Document:
    """A received file as text.

    `encoding` is that of the file where the text is the file itself (kind txt); `hints` what the file says of
    itself outside its text: title, page, date.
    """

    kind: Kind
    text: str
    encoding: str = "utf-8"
    notes: tuple[Note, ...] = ()
    hints: dict[str, str] = field(default_factory=dict)


class Unusable(AtkgError):
    """The file can't be read, and why; whoever knows its path puts it before the sentence."""
