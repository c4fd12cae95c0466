"""The lines of a page, from characters that each stand at a place of their own."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, eq=False)
class Char:
    """A character and where it stands; `size` is the height of its font."""

    text: str
    x0: float
    x1: float
    top: float
    bottom: float
    size: float

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


_SAME_LINE: Final = 0.4
"""How far apart, as a share of their size, the middles of two characters of one line can be."""
_SPACE_IN_LATIN: Final = 0.15
_SPACE_IN_CHINESE: Final = 0.8
"""Gaps, as shares of the size of the characters, from which on a space stands between them."""

_NAMED_INSTEAD: Final = {ord("\u2015"): "—", 0x2F3E: "户", 0x2FAD: "青"} | dict(
    zip(
        map(ord, "⺁⺋⺎⺟⺠⺩⺪⺫⺬⺯⺶⻁⻄⻅⻆⻉⻋⻑⻒⻓⻔⻘⻙⻚⻛⻜⻝⻞⻠⻢⻤⻥⻦⻧⻨⻩⻪⻫⻬⻭⻮⻯⻰⻳"),
        "厂㔾兀母民王疋罒示糸羊虎西见角贝车長镸长门青韦页风飞食飠饣马鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龟",
        strict=True,
    )
)


@dataclass(frozen=True, slots=True)
class Line:
    """The words of a line and where they stand; `size` is the height of most of its characters."""

    text: str
    left: float
    right: float
    top: float
    bottom: float
    size: float
    chars: tuple[Char, ...]


def readable(text: str) -> str:
    """The text with the characters that are meant where fonts name radicals or another dash instead of them.

    >>> readable("⼀、⼈⼝")
    '一、人口'
    """
    return "".join(
        unicodedata.normalize("NFKC", char) if "\u2f00" <= char <= "\u2fdf" or "\uf900" <= char <= "\ufb06" else char
        for char in text.translate(_NAMED_INSTEAD)
    )


def lines_of(chars: Sequence[Char]) -> list[Line]:
    """The lines that these characters make, from top to bottom."""
    rows: list[list[Char]] = []
    for char in sorted(chars, key=lambda found: (found.middle, found.x0)):
        if rows and abs(rows[-1][-1].middle - char.middle) < _SAME_LINE * max(rows[-1][-1].size, char.size):
            rows[-1].append(char)
        else:
            rows.append([char])
    lines = [_line(sorted(row, key=lambda char: char.x0)) for row in rows]
    return [line for line in lines if line.text]


def _line(chars: Sequence[Char]) -> Line:
    words = ""
    before: Char | None = None
    for char in chars:
        if before is not None and _is_apart(before, char):
            words += " "
        words += char.text
        before = char
    filled = [char for char in chars if not char.text.isspace()] or chars
    return Line(
        text=" ".join(readable(words).split()),
        left=min(char.x0 for char in filled),
        right=max(char.x1 for char in filled),
        top=min(char.top for char in filled),
        bottom=max(char.bottom for char in filled),
        size=sorted(char.size for char in filled)[len(filled) // 2],
        chars=tuple(chars),
    )


def _is_apart(before: Char, char: Char) -> bool:
    latin = before.text[-1:].isascii() and char.text[:1].isascii()
    return char.x0 - before.x1 > (_SPACE_IN_LATIN if latin else _SPACE_IN_CHINESE) * char.size
