"""A document as text: bytes decoded, corrections laid over it, and every offset led back to the source."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from atkg.errors import InputError
from atkg.model import Correction, Span

_SPACE: Final = re.compile(r"[\s\u00a0\u2003\u3000]+")
_ENCODINGS: Final = ("utf-8", "gb18030")
LINE_END: Final = re.compile(r"\r\n?|[\n\v\f\x85\u2028\u2029]")
"""Every line end that a text can hold: those of the systems, and Word's soft break and page break."""

COLON: Final = "[:：︰∶﹕]"
"""The colon in the widths and shapes that input methods and scanners give it."""

_INVISIBLE: Final = "\u200b\u200c\u200d\u2060\ufeff"
"""Characters without width that web pages leave in a text; at the ends of a stretch they count as space."""

_SPACES: Final = re.compile(rf"[\s{_INVISIBLE}]*")


_CONTROL: Final = [chr(code) for code in range(32) if chr(code) not in "\t\n\r\f\v"]
"""Characters that a text holds by accident at most, and a binary file in plenty."""


def normalise(text: str) -> str:
    """The text with runs of white space as one space and none at the ends; nothing else is changed."""
    return _SPACE.sub(" ", text).strip()


def decode(data: bytes, path: Path | str, encoding: str | None = None) -> tuple[str, str]:
    """(text, encoding) of a document; a byte order mark is not part of the text.

    Without an encoding, UTF-8 is tried, then GB18030 (which holds GBK and GB 2312).

    Raises:
        InputError: the file is empty, is no text, or is not in the encoding named.

    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        tries: Sequence[str] = ("utf-16",)
    else:
        tries = (encoding,) if encoding else _ENCODINGS
    for name in tries:
        try:
            text = data.decode(name).removeprefix("\ufeff")
        except UnicodeError:
            continue
        except LookupError:
            raise InputError(path, f"没有编码 {name!r}。", f"no such encoding: {name!r}") from None
        if not text.strip():
            raise InputError(path, "文件是空的，应为计划的文本。", "is empty; expected the text of a plan")
        control = sum(map(text.count, _CONTROL))
        if control and control > len(text) / 1000:
            break
        return text, name
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
        self._places: list[int] = [0]
        """Where each piece of `read` starts: source and correction by turns."""
        self._spans: list[Span] = []
        here = 0
        for correction in sorted(corrections, key=lambda correction: correction.span):
            self._spans += [Span(here, correction.span.start), correction.span]
            pieces += [source[here : correction.span.start], correction.meant]
            here = correction.span.end
        self._spans.append(Span(here, len(source)))
        pieces.append(source[here:])
        for piece in pieces[:-1]:
            self._places.append(self._places[-1] + len(piece))
        self.read = "".join(pieces)

    def span(self, start: int, end: int) -> Span:
        """The span of the source that read[start:end] stands for; all of a correction where it touches one."""
        first = self._piece(start)
        last = self._piece(end - 1) if end > start else first
        begin = self._spans[first].start + (0 if first % 2 else start - self._places[first])
        if end <= start:
            return Span(begin, begin)
        stop = self._spans[last]
        return Span(begin, stop.end if last % 2 else stop.start + end - self._places[last])

    def _piece(self, place: int) -> int:
        return bisect_right(self._places, place) - 1

    def words(self, start: int, end: int) -> str:
        """What the source says there, white space normalised."""
        span = self.span(start, end)
        return normalise(self.source[span.start : span.end])

    def said(self, start: int, end: int) -> str:
        """What is read there, corrections in place, white space normalised."""
        return normalise(self.read[start:end])

    def trim(self, start: int, end: int) -> tuple[int, int]:
        """The stretch without white space and invisible characters at its ends."""
        return self.skip(start, end), self.skip_back(start, end)

    def skip(self, start: int, end: int) -> int:
        """The first place from `start` on that holds more than white space, `end` if none does."""
        match = _SPACES.match(self.read, start, end)
        return match.end() if match else start

    def skip_back(self, start: int, end: int) -> int:
        """Where the stretch ends if white space at its end is left out, `start` if there is nothing else."""
        while end > start and (self.read[end - 1].isspace() or self.read[end - 1] in _INVISIBLE):
            end -= 1
        return end

    def lines(self) -> Iterator[Line]:
        """The lines, whatever ends them."""
        start = 0
        for match in LINE_END.finditer(self.read):
            yield Line(start, match.start(), self.read[start : match.start()])
            start = match.end()
        yield Line(start, len(self.read), self.read[start:])


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    r"""The line and the column, both counted from 1, of an offset in the text.

    >>> line_and_column("第一行\r\n第二行", 6)
    (2, 2)
    """
    starts = _line_starts(text)
    line = bisect_right(starts, offset)
    return line, offset - starts[line - 1] + 1


@lru_cache(maxsize=2)
def _line_starts(text: str) -> list[int]:
    """Where the lines of an editor start, which knows three line ends."""
    return [0, *(match.end() for match in re.finditer(r"\r\n?|\n", text))]
