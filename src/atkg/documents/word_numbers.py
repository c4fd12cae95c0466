"""The numbers that Word counts by itself: 一、 （一） 1. stand in no run of text, only in the rules of the list."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from atkg.extract.numbering import to_chinese

_LEVELS: Final = 9
_BULLET: Final = "●"
_DASHES: Final = frozenset("—–-－―─")
_MOST: Final = 1_000_000
"""From here on a counted number is written in digits, whatever its form."""


def local(element: etree._Element) -> str:
    """The name of an element without its namespace: Word has two for the same elements."""
    return str(element.tag).rpartition("}")[2]


def child(element: etree._Element | None, *names: str) -> etree._Element | None:
    """The first child of this name, then its first child of the next name, and so on."""
    for name in names:
        if element is None:
            return None
        element = next((part for part in element if local(part) == name), None)
    return element


def value(element: etree._Element | None, name: str = "val") -> str | None:
    """The attribute of this name, in whatever namespace."""
    if element is None:
        return None
    for key, found in element.attrib.items():
        if str(key).rpartition("}")[2] == name:
            return str(found)
    return None


def integer(text: str | None, default: int = 0) -> int:
    """The number that an attribute holds, the default where it holds none."""
    return int(text) if text and re.fullmatch(r"-?\d{1,9}", text) else default


@dataclass(frozen=True, slots=True)
class _Level:
    """How one level of a list is counted and written: `pattern` as 第%1条."""

    start: int = 1
    form: str = "decimal"
    pattern: str = ""
    after: str = "tab"
    restart: int | None = None
    arabic: bool = False
    style: str | None = None


@dataclass(slots=True)
class _List:
    """The levels of one list; lists of the same `base` count on in one another."""

    base: str
    levels: dict[int, _Level]
    starts: dict[int, int] = field(default_factory=dict)


class Numbering:
    """The lists of a document. `next_number` must be asked paragraph by paragraph, in the order of the text."""

    def __init__(self, numbering: etree._Element | None, styles: etree._Element | None) -> None:
        self._lists: dict[str, _List] = {}
        self._counts: dict[str, dict[int, int]] = {}
        self._begun: set[tuple[str, int]] = set()
        self._styles = dict(_styles(styles))
        if numbering is not None:
            self._read(numbering)

    def _read(self, numbering: etree._Element) -> None:
        bases: dict[str, tuple[dict[int, _Level], str | None]] = {}
        linked: dict[str, str] = {}
        for element in numbering:
            if local(element) == "abstractNum":
                key = value(element, "abstractNumId") or ""
                levels = {integer(value(level, "ilvl")): _level(level) for level in element if local(level) == "lvl"}
                bases[key] = (levels, value(child(element, "numStyleLink")))
                if style := value(child(element, "styleLink")):
                    linked[style] = key
        for element in numbering:
            if local(element) != "num":
                continue
            base = value(child(element, "abstractNumId")) or ""
            levels, link = bases.get(base, ({}, None))
            if link and link in linked:
                base = linked[link]
                levels = bases[base][0]
            found = _List(base, dict(levels))
            for override in element:
                if local(override) != "lvlOverride":
                    continue
                place = integer(value(override, "ilvl"))
                if (level := child(override, "lvl")) is not None:
                    found.levels[place] = _level(level)
                if start := value(child(override, "startOverride")):
                    found.starts[place] = integer(start, 1)
            self._lists[value(element, "numId") or ""] = found

    def next_number(self, properties: etree._Element | None) -> str:
        """The number of the next paragraph with what parts it from the text; "" for one without a number."""
        named = self._list_of(properties)
        if named is None:
            return ""
        key, place = named
        rules = self._lists[key]
        level = rules.levels.get(place)
        if level is None:
            return ""
        counts = self._counts.setdefault(rules.base, {})
        if place in rules.starts and (key, place) not in self._begun:
            counts[place] = rules.starts[place] - 1
        self._begun.add((key, place))
        counts[place] = counts.get(place, level.start - 1) + 1
        for deeper in [number for number in counts if number > place]:
            restart = rules.levels.get(deeper, _Level()).restart
            if restart is None or (restart and place < restart):
                del counts[deeper]
        return _written(rules.levels, counts, place)

    def _list_of(self, properties: etree._Element | None) -> tuple[str, int] | None:
        """The list and the level of a paragraph: its own, or those of its style."""
        own = child(properties, "numPr")
        key, place = value(child(own, "numId")), value(child(own, "ilvl"))
        if key is None:
            for style, numbers in self._style_numbers(value(child(properties, "pStyle"))):
                key = value(child(numbers, "numId"))
                if key is None:
                    continue
                rules = self._lists.get(key)
                bound = [number for number, level in rules.levels.items() if level.style == style] if rules else []
                place = place or (str(bound[0]) if bound else value(child(numbers, "ilvl")))
                break
        if key is None or key == "0" or key not in self._lists:
            return None
        return key, min(max(integer(place), 0), _LEVELS - 1)

    def _style_numbers(self, style: str | None) -> Iterator[tuple[str, etree._Element]]:
        seen: set[str] = set()
        style = style if style is not None else self.default_style
        while style and style in self._styles and style not in seen:
            seen.add(style)
            found = self._styles[style]
            if (numbers := child(found, "pPr", "numPr")) is not None:
                yield style, numbers
            style = value(child(found, "basedOn"))

    @property
    def default_style(self) -> str | None:
        """The style of a paragraph that names none."""
        for name, style in self._styles.items():
            if value(style, "default") in ("1", "true") and value(style, "type") == "paragraph":
                return name
        return None

    def style_name(self, style: str | None) -> str:
        """The name of a style as the user of Word sees it, in lower case."""
        return (value(child(self._styles.get(style or ""), "name")) or "").lower()


def _styles(styles: etree._Element | None) -> Iterator[tuple[str, etree._Element]]:
    for style in styles if styles is not None else ():
        if local(style) == "style" and (name := value(style, "styleId")):
            yield name, style


def _level(element: etree._Element) -> _Level:
    form = child(element, "numFmt")
    restart = value(child(element, "lvlRestart"))
    arabic = child(element, "isLgl")
    return _Level(
        start=integer(value(child(element, "start"))),
        form=value(form) or "decimal",
        pattern=value(child(element, "lvlText")) or "",
        after=value(child(element, "suff")) or "tab",
        restart=integer(restart) if restart is not None else None,
        arabic=arabic is not None and value(arabic) not in ("0", "false"),
        style=value(child(element, "pStyle")),
    )


def _written(levels: dict[int, _Level], counts: dict[int, int], place: int) -> str:
    level = levels[place]
    if level.form == "bullet":
        mark = level.pattern.strip()
        if mark and set(mark) <= _DASHES:
            return "——"
        return f"{_BULLET} " if level.pattern else ""

    def number(match: re.Match[str]) -> str:
        above = int(match[1]) - 1
        rule = levels.get(above, _Level())
        count = counts.get(above, rule.start)
        return write_number(count, "decimal" if level.arabic and above != place else rule.form)

    words = re.sub(r"%([1-9])", number, level.pattern)
    if not words.strip():
        return ""
    return words if level.after == "nothing" or words[-1] in "、）)" else f"{words.rstrip()} "


def _letters(count: int, first: str) -> str:
    return chr(ord(first) + (count - 1) % 26) * ((count - 1) // 26 + 1)


def _roman(count: int) -> str:
    words = ""
    for size, sign in zip(
        (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1),
        ("M", "CM", "D", "CD", "C", "XC", "L", "XL", "X", "IX", "V", "IV", "I"),
        strict=True,
    ):
        words += sign * (count // size)
        count %= size
    return words


def _from(chars: str) -> Callable[[int], str]:
    """Numbers that are one character each, digits from where those end."""
    return lambda count: chars[count - 1] if 0 < count <= len(chars) else str(count)


def _chinese_digits(count: int) -> str:
    return str(count).translate({ord(str(digit)): char for digit, char in enumerate("〇一二三四五六七八九")})


_FORMAL: Final = str.maketrans("零一二三四五六七八九十百千", "零壹贰叁肆伍陆柒捌玖拾佰仟")
_FULL_WIDTH: Final = {ord(str(digit)): chr(0xFF10 + digit) for digit in range(10)}

_FORMS: Final[dict[str, Callable[[int], str]]] = {
    "chineseCounting": to_chinese,
    "chineseCountingThousand": to_chinese,
    "taiwaneseCounting": to_chinese,
    "taiwaneseCountingThousand": to_chinese,
    "japaneseCounting": to_chinese,
    "chineseLegalSimplified": lambda count: to_chinese(count).translate(_FORMAL),
    "ideographLegalTraditional": lambda count: to_chinese(count).translate(_FORMAL),
    "ideographDigital": _chinese_digits,
    "japaneseDigitalTenThousand": _chinese_digits,
    "taiwaneseDigital": _chinese_digits,
    "ideographTraditional": _from("甲乙丙丁戊己庚辛壬癸"),
    "ideographZodiac": _from("子丑寅卯辰巳午未申酉戌亥"),
    "ideographEnclosedCircle": _from("㊀㊁㊂㊃㊄㊅㊆㊇㊈㊉"),
    "decimalEnclosedCircle": _from("①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"),
    "decimalEnclosedCircleChinese": _from("①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"),
    "decimalEnclosedParen": _from("⑴⑵⑶⑷⑸⑹⑺⑻⑼⑽⑾⑿⒀⒁⒂⒃⒄⒅⒆⒇"),
    "decimalEnclosedFullstop": _from("⒈⒉⒊⒋⒌⒍⒎⒏⒐⒑⒒⒓⒔⒕⒖⒗⒘⒙⒚⒛"),
    "decimalFullWidth": lambda count: str(count).translate(_FULL_WIDTH),
    "decimalFullWidth2": lambda count: str(count).translate(_FULL_WIDTH),
    "decimalZero": lambda count: f"{count:02}",
    "upperLetter": lambda count: _letters(count, "A"),
    "lowerLetter": lambda count: _letters(count, "a"),
    "upperRoman": _roman,
    "lowerRoman": lambda count: _roman(count).lower(),
    "none": lambda _: "",
}


def write_number(count: int, form: str) -> str:
    """The number in one of Word's forms; in digits where the form is another.

    >>> [write_number(12, form) for form in ("chineseCountingThousand", "decimalEnclosedCircle", "lowerRoman")]
    ['十二', '⑫', 'xii']
    """
    return _FORMS.get(form, str)(count) if 0 < count < _MOST else str(count)
