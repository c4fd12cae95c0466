"""A document as text: bytes decoded, corrections laid over it, and every offset led back to the source."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from atkg.errors import InputError
from atkg.model import Correction, Span

_SPACE: Final = re.compile(r"[\s\u00a0\u2003\u3000]+")
_ENCODINGS: Final = ("utf-8", "gb18030")


def normalise(text: str) -> str:
    """The text with runs of white space as one space and none at the ends; nothing else is changed."""
    return _SPACE.sub(" ", text).strip()


def decode(data: bytes, path: Path | str, encoding: str | None = None) -> tuple[str, str]:
    """(text, encoding) of a document; a byte order mark is not part of the text.

    Without an encoding, UTF-8 is tried, then GB18030 (which holds GBK and GB 2312).

    Raises:
        InputError: the file is empty, is no text, or is not in the encoding named.

    """
    if not data.strip():
        raise InputError(path, "文件是空的，应为计划的文本。", "is empty; expected the text of a plan")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        tries: Sequence[str] = ("utf-16",)
    else:
        tries = (encoding,) if encoding else _ENCODINGS
    for name in tries:
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        except LookupError:
            raise InputError(path, f"没有编码 {name!r}。", f"no such encoding: {name!r}") from None
        control = sum(char < " " and char not in "\t\n\r\f\v" for char in text)
        if control and control > len(text) / 1000:
            break
        return text.removeprefix("\ufeff"), name
    if encoding:
        raise InputError(path, f"不是 {encoding} 编码的文本。", f"is not text in the encoding {encoding}")
    raise InputError(
        path,
        "不是文本文件，应为 UTF-8 或 GB18030 编码的文本。",
        "is not a text file; expected text in UTF-8 or GB18030",
    )


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the document as read, without its line end."""

    start: int
    end: int
    text: str


class Text:
    """The document as it is to be read: the source with the corrections in place of what they correct.

    Readers work on `read` and its offsets; `span` and `words` lead back to the source, so that whatever
    stands in a record is what stands in the source.
    """

    def __init__(self, source: str, corrections: Sequence[Correction] = ()) -> None:
        self.source = source
        pieces: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        here = 0
        for correction in sorted(corrections, key=lambda correction: correction.span):
            start, end = correction.span.start, correction.span.end
            pieces += [source[here:start], correction.meant]
            starts += [*range(here, start), *[start] * len(correction.meant)]
            ends += [*range(here + 1, start + 1), *[end] * len(correction.meant)]
            here = end
        if corrections:
            pieces.append(source[here:])
            starts += range(here, len(source))
            ends += range(here + 1, len(source) + 1)
        self.read = "".join(pieces) if corrections else source
        self._starts, self._ends = starts, ends

    def span(self, start: int, end: int) -> Span:
        """The span of the source that read[start:end] stands for."""
        if not self._starts or start >= end:
            return Span(start, end) if not self._starts else Span(self._starts[start], self._starts[start])
        return Span(self._starts[start], self._ends[end - 1])

    def words(self, start: int, end: int) -> str:
        """What the source says there, white space normalised."""
        span = self.span(start, end)
        return normalise(self.source[span.start : span.end])

    def trim(self, start: int, end: int) -> tuple[int, int]:
        """The stretch without white space at its ends."""
        part = self.read[start:end]
        return start + len(part) - len(part.lstrip()), end - len(part) + len(part.rstrip())

    def lines(self) -> Iterator[Line]:
        start = 0
        for line in self.read.split("\n"):
            yield Line(start, start + len(line.removesuffix("\r")), line.removesuffix("\r"))
            start += len(line) + 1


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """The line and the column, both counted from 1, of an offset in the text."""
    before = text[:offset]
    return before.count("\n") + 1, offset - before.rfind("\n")
