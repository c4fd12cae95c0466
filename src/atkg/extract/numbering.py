"""The numbering that Chinese administrative texts use, from 第一章 down to the dash.

Rule: GB/T 9704-2012, 7.3.3 (一、 （一） 1. （1）) and the articles of statutes (第一章, 第一条), outermost first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

KINDS: Final = ("chp", "art", "sec", "sub", "item", "subitem", "dash")
"""The numbered kinds of clause, outermost first; a clause path is made of these words."""

CLAUSE_TYPES: Final = {
    "chp": "chapter",
    "art": "article",
    "sec": "section",
    "sub": "subsection",
    "item": "item",
    "subitem": "subitem",
    "dash": "dash",
    "par": "paragraph",
    "annex": "annex",
    "row": "row",
    "col": "column",
}
"""The concept of scheme clause-type for each word of a clause path."""

_CHINESE: Final = "〇零一二三四五六七八九十百"
_DIGITS: Final = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0}

_NUMBER: Final = re.compile(
    rf"""
      第(?P<chp>[{_CHINESE}]+|\d+)章
    | 第(?P<art>[{_CHINESE}]+|\d+)条
    | (?P<sec>[{_CHINESE}]+)、
    | [（(](?P<sub>[{_CHINESE}]+)[）)]
    | (?P<item>\d{{1,3}})[．.、](?!\d)      # 1. but neither 6.26国际禁毒日 nor 3.5万
    | [（(](?P<subitem>\d{{1,3}})[）)]
    | (?P<dash>——|──|--)
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Number:
    """A number that opens a clause: its kind, its value (0 for a dash), and where its words end."""

    kind: str
    value: int
    end: int


def number_at(text: str, start: int) -> Number | None:
    """The number that stands at this place of the text, if one does.

    >>> number_at("（十二）加强宣传。", 0)
    Number(kind='sub', value=12, end=4)
    >>> number_at("6.26国际禁毒日", 0)
    """
    match = _NUMBER.match(text, start)
    if not match:
        return None
    kind = match.lastgroup or ""
    value = 0 if kind == "dash" else to_int(match[kind])
    return Number(kind, value, match.end())


def to_int(words: str) -> int:
    """The value of a number below 1000 in Chinese or Arabic digits.

    >>> to_int("二十一"), to_int("十"), to_int("一百零五"), to_int("38")
    (21, 10, 105, 38)
    """
    if words.isdigit() and words.isascii():
        return int(words)
    total, digit = 0, 0
    for char in words:
        if char in "十百":
            total += (digit or 1) * (10 if char == "十" else 100)
            digit = 0
        else:
            digit = _DIGITS[char]
    return total + digit


def to_chinese(value: int) -> str:
    """The number below 100 in Chinese digits.

    >>> to_chinese(7), to_chinese(12), to_chinese(30), to_chinese(38)
    ('七', '十二', '三十', '三十八')
    """
    tens, ones = divmod(value, 10)
    digits = "零一二三四五六七八九"
    return ("" if tens == 0 else "十" if tens == 1 else digits[tens] + "十") + (
        digits[ones] if ones or not tens else ""
    )


def cite(kind: str, value: int) -> str:
    """The number in the form that people cite: 二, (一), 2, (2), ——1, 第十四条, ¶1.

    >>> [cite("sec", 2), cite("sub", 1), cite("subitem", 2), cite("dash", 1)]
    ['二', '(一)', '(2)', '——1']
    """
    match kind:
        case "chp":
            return f"第{to_chinese(value)}章"
        case "art":
            return f"第{to_chinese(value)}条"
        case "sec":
            return to_chinese(value)
        case "sub":
            return f"({to_chinese(value)})"
        case "item" | "row":
            return str(value)
        case "subitem":
            return f"({value})"
        case "dash":
            return f"——{value}"
        case _:
            return f"¶{value}"
