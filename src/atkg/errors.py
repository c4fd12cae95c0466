"""The errors that a user meets: one sentence that says what, where, and what was expected."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

_PLACE: Final = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)
"""How Oxigraph tells the place of a syntax error."""


class AtkgError(Exception):
    """Something that the user gave can't be used; `message` is the sentence to show."""

    def __init__(self, zh: str, en: str) -> None:
        self.zh, self.en = zh, en
        super().__init__(en)

    def message(self, language: str) -> str:
        """The sentence in Chinese (zh) or English."""
        return self.zh if language == "zh" else self.en


class InputError(AtkgError):
    """A file or folder is missing, unreadable, or not what its place promises."""

    def __init__(self, path: Path | str, zh: str, en: str, line: int | None = None) -> None:
        self.path, self.line = str(path), line
        where = f"{path}:{line}" if line else str(path)
        super().__init__(f"{where}：{zh}", f"{where}: {en}")

    @classmethod
    def unreadable(cls, path: Path | str, error: OSError) -> InputError:
        """The error for a file that the system refuses to read."""
        if isinstance(error, FileNotFoundError):
            return cls(path, "没有这个文件。", "there is no such file")
        if isinstance(error, IsADirectoryError):
            return cls(path, "这是文件夹，应为文件。", "is a folder; expected a file")
        return cls(path, f"无法读取：{error.strerror or error}", f"can't be read: {error.strerror or error}")


class UsageError(AtkgError):
    """The command names something that doesn't exist: a plan key, a query, a parameter."""


class BadQuery(AtkgError):
    """A SPARQL text that is refused or can't be parsed."""

    @classmethod
    def from_engine(cls, error: Exception) -> BadQuery:
        """The engine's own words, which name the line and the column of a syntax error."""
        if place := _PLACE.match(str(error)):
            line, column, rest = place.groups()
            return cls(f"查询第 {line} 行第 {column} 列有误：{rest}", f"line {line}, column {column}: {rest}")
        return cls(f"查询有误：{error}", str(error))


class QueryStopped(AtkgError):
    """A query that ran into a limit; nothing of its answer is given.

    Args:
        status: the HTTP status that tells of it.
        retry_after: seconds after which a client may ask again; None where asking again is no use.
    """

    def __init__(self, status: int, zh: str, en: str, retry_after: int | None = None) -> None:
        super().__init__(zh, en)
        self.status, self.retry_after = status, retry_after
