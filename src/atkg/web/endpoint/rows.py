"""How many rows an answer has, counted in what Oxigraph writes, part by part."""

from __future__ import annotations

from typing import Final

_MARKS: Final = {
    "application/sparql-results+json": b'},{"',
    "application/sparql-results+xml": b"<result>",
    "text/tab-separated-values": b"\n",
}
"""What parts the rows (in XML and TSV: what each has), and can hardly stand in a value, where it would be escaped.

A row of JSON without values has no such mark; it weighs three bytes, and the limit of bytes ends them.
"""


class RowCounter:
    """Counts the rows of an answer in this media type; a graph has none."""

    def __init__(self, media_type: str, most: int) -> None:
        self._mark = _MARKS.get(media_type)
        self._is_csv = media_type == "text/csv"
        # n rows have n marks in XML, one less in JSON, one more in the forms with a heading
        self._most = most + {"application/sparql-results+json": -1, "application/sparql-results+xml": 0}.get(
            media_type, 1
        )
        self._count = 0
        self._tail = b""
        self._quoted = False

    def exceeded(self, part: bytes) -> bool:
        """Whether there are more rows than allowed, this next part of the answer included."""
        if self._mark:
            # a mark may be cut by the end of a part
            size = len(self._mark) - 1
            self._count += (self._tail + part[:size]).count(self._mark) + part.count(self._mark)
            self._tail = (self._tail + part[-size:])[-size:] if size else b""
        elif self._is_csv:
            self._count += self._lines(part)
        return self._count > self._most

    def _lines(self, part: bytes) -> int:
        """The line ends outside quotes."""
        if b'"' not in part:
            return 0 if self._quoted else part.count(b"\n")
        pieces = part.split(b'"')
        outside = pieces[int(self._quoted) :: 2]
        self._quoted ^= len(pieces) % 2 == 0
        return sum(piece.count(b"\n") for piece in outside)
