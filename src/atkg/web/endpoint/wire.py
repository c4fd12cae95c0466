"""What goes over the socket between the server and a reader: frames of a kind and a length, and the request."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

HEADER: Final = struct.Struct("!BI")
"""Kind and length of a frame."""

CHUNK: Final = 256 * 1024
"""About how many bytes of an answer go into one frame."""
SMALL: Final = 16 * 1024
"""Bytes up to which header and body go out together, at the price of a copy."""


class Kind(IntEnum):
    """What a frame holds."""

    READY = 0
    """Sent once by a reader that can be asked: the IRIs of the named graphs, as a list in JSON."""
    DATA = 1
    """A part of an answer."""
    END = 2
    """The answer is whole."""
    BAD = 3
    """The query is refused: the sentence in Chinese and in English."""
    LARGE = 4
    """The answer is larger than the question allows."""


@dataclass(frozen=True, slots=True)
class Question:
    """A checked query with all that its evaluation needs."""

    text: str
    media_type: str
    default_graphs: Sequence[str] = ()
    named_graphs: Sequence[str] = ()
    seconds: float = 10.0
    most_rows: int = 200_000
    most_bytes: int = 64 * 1024 * 1024

    def to_bytes(self) -> bytes:
        return json.dumps([getattr(self, name) for name in self.__slots__]).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Question:
        return cls(*json.loads(data))


def frame(kind: Kind, body: bytes | bytearray = b"") -> bytes:
    """The frame as it goes over the socket."""
    return HEADER.pack(kind, len(body)) + body


def sentence(zh: str, en: str) -> bytes:
    """The two sentences of a refusal."""
    return json.dumps([zh, en]).encode()
