"""The numbering that Chinese administrative texts use, from 第一章 down to the dash.

Rule: GB/T 9704-2012, 7.3.3 (一、 （一） 1. （1）) and the divisions of statutes (第一章, 第一节, 第一条), outermost first;
beside them what plans really use: 1、 1） ① ⑴ ㈠, digits of full width, and spaces within the number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

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

_CHINESE: Final = "〇零一二三四五六七八九十百千"
_DIGITS: Final = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "○": 0}
_UNITS: Final = {"十": 10, "百": 100, "千": 1000}

_ENCLOSED: Final = (
    ("sub", "㈠㈡㈢㈣㈤㈥㈦㈧㈨㈩"),
    ("item", "⒈⒉⒊⒋⒌⒍⒎⒏⒐⒑⒒⒓⒔⒕⒖⒗⒘⒙⒚⒛"),
    ("subitem", "⑴⑵⑶⑷⑸⑹⑺⑻⑼⑽⑾⑿⒀⒁⒂⒃⒄⒅⒆⒇"),
    ("circled", "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"),
)
"""Numbers that are one character, in order from 1, with the form that they stand for."""

_ONE_CHARACTER: Final = {char: (form, value) for form, chars in _ENCLOSED for value, char in enumerate(chars, start=1)}

_FORMS: Final = {
    "part": "chp",
    "chp": "chp",
    "division": "sec",
    "art": "art",
    "sec": "sec",
    "sub": "sub",
    "item": "item",
    "subitem": "subitem",
    "circled": "subitem",
    "dash": "dash",
}
"""The forms of number, outermost first, with the kind of clause that each opens.

第一编 and 第一章 both open chapters, 第一节 and 一、 both sections, （1） and ① both subitems: one may hold the other.
"""

_RANKS: Final = {form: rank for rank, form in enumerate(_FORMS)}

_NUMBER: Final = re.compile(
    rf"""
      第\s*(?P<part>[{_CHINESE}]{{1,7}}|\d{{1,4}})\s*(?:编|篇|部分)
    | 第\s*(?P<chp>[{_CHINESE}]{{1,7}}|\d{{1,4}})\s*章
    | 第\s*(?P<division>[{_CHINESE}]{{1,7}}|\d{{1,4}})\s*节
    | 第\s*(?P<art>[{_CHINESE}]{{1,7}}|\d{{1,4}})\s*条
    | (?P<sec>[{_CHINESE}]{{1,7}})[、．.]
    | [（(]\s*(?P<sub>[{_CHINESE}]{{1,7}})\s*[）)]
    | (?P<item>\d{{1,3}})[．.、](?!\d)      # 1. but neither 6.26国际禁毒日 nor 3.5万
    | [（(]\s*(?P<subitem>\d{{1,3}})\s*[）)] | (?P<bare_subitem>\d{{1,3}})[）)]
    | (?P<enclosed>[{"".join(_ONE_CHARACTER)}])
    | (?P<dash>——|──|--)(?![—─-])        # no line of dashes
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Number:
    """A number that opens a clause: its kind, its value (0 for a dash), where its words end, and its rank.

    Whatever has the lower rank can hold what has the higher.
    """

    kind: str
    value: int
    end: int
    rank: int


def number_at(text: str, start: int) -> Number | None:
    """The number that stands at this place of the text, if one does.

    >>> number_at("（十二）加强宣传。", 0)
    Number(kind='sub', value=12, end=4, rank=5)
    >>> number_at("6.26国际禁毒日", 0)
    """
    match = _NUMBER.match(text, start)
    if not match:
        return None
    form = match.lastgroup or ""
    if form == "enclosed":
        form, value = _ONE_CHARACTER[match[form]]
    else:
        value = 0 if form == "dash" else to_int(match[form])
        form = form.removeprefix("bare_")
    return Number(_FORMS[form], value, match.end(), _RANKS[form])


def to_int(words: str) -> int:
    """The value of a number below 10,000 in Chinese digits or in Arabic ones of either width.

    >>> to_int("二十一"), to_int("十"), to_int("一百零五"), to_int("二〇"), to_int("38"), to_int("１２")
    (21, 10, 105, 20, 38, 12)
    """
    if words.isdecimal():
        return int(words)
    if not any(char in _UNITS for char in words):
        return int("".join(str(_DIGITS[char]) for char in words))
    total, digit = 0, 0
    for char in words:
        if char in _UNITS:
            total += (digit or 1) * _UNITS[char]
            digit = 0
        else:
            digit = _DIGITS[char]
    return total + digit


def to_chinese(value: int) -> str:
    """The number in Chinese digits, from 10,000 on in Arabic ones.

    >>> [to_chinese(value) for value in (0, 7, 12, 30, 38, 105, 110, 1020)]
    ['零', '七', '十二', '三十', '三十八', '一百零五', '一百一十', '一千零二十']
    """
    if not 0 < value < 10_000:
        return str(value) if value else "零"
    words, skipped = "", False
    for unit, sign in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, value = divmod(value, unit)
        if not digit:
            skipped = bool(words)
            continue
        words += "零" if skipped else ""
        words += "零一二三四五六七八九"[digit] + sign
        skipped = False
    return words.removeprefix("一") if words.startswith("一十") else words


def renumbered(words: str, value: int) -> str | None:
    """The number as written, with another value in the same form; None where the form has no such value.

    >>> renumbered("（四）", 3), renumbered("４．", 3), renumbered("④", 3), renumbered("第三十条", 31)
    ('（三）', '３．', '③', '第三十一条')
    """
    for _, chars in _ENCLOSED:
        if words.strip() in chars and words.strip():
            return words.replace(words.strip(), chars[value - 1]) if 0 < value <= len(chars) else None
    match = re.search(rf"[{_CHINESE}]+|\d+", words)
    if not match:
        return None
    new = to_chinese(value)
    if match.group().isdecimal():
        new = str(value)
        if not match.group().isascii():
            new = new.translate({ord(digit): ord(digit) - ord("0") + ord("０") for digit in "0123456789"})
    return words[: match.start()] + new + words[match.end() :]


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
