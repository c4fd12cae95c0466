"""The ontology as a picture: a box for each class with its object properties, and lines to the classes of their values.

Nothing in it was placed by hand. It is SVG without styles or scripts, so that it shows where neither is allowed, and
each box and row leads to its term.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from atkg.namespaces import ATKG
from atkg.web.site.column import stack
from atkg.web.site.layered import Box, Layout, Line, Stretch, lay_out
from atkg.web.site.ontology import Entry, Ontology

WIDE: Final = 1112.0
"""How wide the picture may be on a large screen: the text column of a window of 1,200 pixels."""

_WIDTH: Final = {False: 206.0, True: 222.0}
_HEAD: Final = 44.0
_ROW: Final = 17.0
_PAD: Final = 8.0
_INDENT: Final = 12.0
_TEXT: Final = 12.0
_MARGIN: Final = 6.0
_INK: Final = "#1a1d21"
_PAPER: Final = "#ffffff"
_DIM: Final = "#4a525c"
_SUPER: Final = "#0b57a4"
_TINTS: Final = (
    "#9a3412",
    "#15616d",
    "#6b21a8",
    "#3f6212",
    "#9d174d",
    "#374151",
    "#7c4a03",
    "#0f766e",
    "#a21caf",
    "#166534",
    "#b91c1c",
    "#713f12",
)
"""Of the lines to one class; each has a contrast of 4.5 at least to white."""
_FONT: Final = "system-ui, 'Noto Sans CJK SC', 'Noto Sans SC', 'PingFang SC', 'Microsoft YaHei', sans-serif"
_MONO: Final = "ui-monospace, 'Noto Sans Mono CJK SC', monospace"

Name = Callable[[str], str]
"""What a reader calls the class of this IRI."""


@dataclass(frozen=True, slots=True)
class _Row:
    """One property of a class: what is written, and how far down."""

    entry: Entry
    lines: Sequence[str]
    top: float


def draw(ontology: Ontology, language: str, name: Name, href: Callable[[Entry], str], *, narrow: bool = False) -> str:
    """The picture as an SVG document that can stand in a page.

    Args:
        ontology: what is drawn.
        language: of all words.
        name: names the classes of others.
        href: leads to the page of a term.
        narrow: one column, for a phone; else at most WIDE.
    """
    width = _WIDTH[narrow]
    rows = {each.name: _rows(each, ontology, language, name, width) for each in ontology.classes}
    sizes = {class_: (width, _height(listed)) for class_, listed in rows.items()}
    lines = _lines(ontology)
    if narrow:
        layout = stack(sizes, lines, {line: _exit(line, rows[line.start], ontology) for line in lines}, _HEAD / 2)
    else:
        layout = lay_out(sizes, lines, WIDE - 2 * _MARGIN)
    return _svg(ontology, language, layout, rows, href, narrow=narrow)


def description(ontology: Ontology, language: str) -> tuple[str, str]:
    """What the picture shows, in a line and in a sentence for those who can't see it."""
    classes = len(ontology.classes)
    properties = sum(1 for each in ontology.properties if each.kind == "object")
    below = "；".join if language == "zh" else "; ".join
    tree = below(
        f"{each.label(language)} ⊂ {ontology.terms[above].label(language)}"
        for each in ontology.classes
        for above in each.above
        if above in ontology.terms
    )
    if language == "zh":
        words = (
            f"{classes} 个类和 {properties} 个对象属性。每个方框是一个类，其中列出它的属性和取值所属的类；"
            f"有色的线连到取值的类，蓝色虚线连到上位类：{tree}。"
        )
        return "本体一览", words
    words = (
        f"{classes} classes and {properties} object properties. Each box is a class with its properties and the classes "
        f"of their values; a coloured line leads to the class of the values, a blue dashed one to the class above: {tree}."
    )
    return "The ontology at a glance", words


def _lines(ontology: Ontology) -> list[Line]:
    found = [
        Line(each.name, ontology.terms[above].name, "above", upwards=True)
        for each in ontology.classes
        for above in each.above
        if above in ontology.terms
    ]
    ours = {each.iri for each in ontology.classes}
    for property_ in ontology.properties:
        if property_.kind == "object":
            found += [
                Line(start.removeprefix(ATKG), end.removeprefix(ATKG), "value")
                for start in property_.domain
                for end in property_.range
                if start in ours and end in ours
            ]
    return sorted(set(found), key=lambda line: (line.start, line.end, line.kind))


def _rows(class_: Entry, ontology: Ontology, language: str, name: Name, width: float) -> list[_Row]:
    rows: list[_Row] = []
    top = _HEAD
    for each in ontology.at_home(class_.iri):
        if each.kind != "object":
            continue
        joined = ("、" if language == "zh" else ", ").join(
            ontology.terms[end].label(language) if end in ontology.terms else name(end) for end in each.range
        )
        label = each.label(language)
        whole = f"{label} → {joined}"
        lines = [whole] if _length(whole) * _TEXT <= width - 2 * _PAD else [label, f"→ {joined}"]
        rows.append(
            _Row(each, [_fitting(line, width - 2 * _PAD - _INDENT * number) for number, line in enumerate(lines)], top)
        )
        top += len(lines) * _ROW
    return rows


def _height(rows: Sequence[_Row]) -> float:
    return _HEAD + sum(len(row.lines) for row in rows) * _ROW + _PAD / 2 if rows else _HEAD - _PAD + 2


def _exit(line: Line, rows: Sequence[_Row], ontology: Ontology) -> float:
    """How far down its box a line leaves: at the first row that names its end."""
    if line.kind == "value":
        for row in rows:
            if any(end in ontology.terms and ontology.terms[end].name == line.end for end in row.entry.range):
                return row.top + _ROW * len(row.lines) - _ROW / 2
    return _PAD


def _fitting(text: str, width: float) -> str:
    """The text, or as much of it as the width takes."""
    if _length(text) * _TEXT <= width:
        return text
    while _length(text + "…") * _TEXT > width:
        text = text[:-1]
    return text + "…"


def _length(text: str) -> float:
    """About how wide a text is, in ems."""
    return sum(1.0 if ord(char) > 0x2E7F else 0.68 if char.isupper() else 0.54 for char in text)


def _svg(
    ontology: Ontology,
    language: str,
    layout: Layout,
    rows: dict[str, list[_Row]],
    href: Callable[[Entry], str],
    *,
    narrow: bool,
) -> str:
    title, sentence = description(ontology, language)
    which = "narrow" if narrow else "wide"
    width, height = _figure(layout.width + 2 * _MARGIN), _figure(layout.height + 2 * _MARGIN)
    lines = [_stretch(each, _tint(each, ontology)) for each in layout.stretches]
    boxes = [
        line
        for class_, box in layout.boxes.items()
        for line in _box(ontology.terms[ATKG + class_], box, rows[class_], language, href)
    ]
    document = _tag(
        "svg",
        _tag("title", escape(title), id=f"picture-{which}-title"),
        _tag("desc", escape(sentence), id=f"picture-{which}-words"),
        _tag("rect", width=width, height=height, fill=_PAPER),
        _tag(
            "g",
            _tag("g", *lines, fill="none", stroke_width="1.3", stroke_linejoin="round", aria_hidden="true"),
            *boxes,
            transform=f"translate({_figure(_MARGIN)} {_figure(_MARGIN)})",
        ),
        xmlns="http://www.w3.org/2000/svg",
        class_=which,
        viewBox=f"0 0 {width} {height}",
        width=width,
        height=height,
        role="group",
        lang="zh-Hans" if language == "zh" else "en",
        aria_labelledby=f"picture-{which}-title",
        aria_describedby=f"picture-{which}-words",
        font_family=_FONT,
        font_size=_figure(_TEXT),
        fill=_INK,
    )
    return document + "\n"


def _tint(stretch: Stretch, ontology: Ontology) -> str:
    if stretch.kind == "above":
        return _SUPER
    ends = sorted({end for each in ontology.properties if each.kind == "object" for end in each.range})
    return _TINTS[ends.index(ATKG + stretch.end) % len(_TINTS)]


def _stretch(stretch: Stretch, tint: str) -> str:
    points = [(round(x, 1), round(y, 1)) for x, y in stretch.points]
    path = f"M{_point(points[0])}"
    for number, (x, y) in enumerate(points[1:], 1):
        before = points[number - 1]
        if stretch.bent and number == len(points) - 1 and x != before[0]:
            middle = (before[1] + y) / 2
            path += f"C{_point((before[0], middle))} {_point((x, middle))} {_point((x, y))}"
        else:
            path += f"L{_point((x, y))}"
    above = stretch.kind == "above"
    drawn = _tag("path", d=path, stroke=tint, **({"stroke_dasharray": "5 3"} if above else {}))
    if not stretch.arrow:
        return drawn
    x, y = points[-1] if stretch.arrow == "down" else points[0]
    sides = {
        "down": ((x - 4, y - 8), (x + 4, y - 8)),
        "up": ((x - 4, y + 8), (x + 4, y + 8)),
        "left": ((x + 8, y - 4), (x + 8, y + 4)),
    }[stretch.arrow]
    head = f"M{_point((x, y))}L{_point(sides[0])}L{_point(sides[1])}Z"
    return drawn + _tag("path", d=head, stroke=tint, fill=_PAPER if above else tint)


def _box(entry: Entry, box: Box, rows: Sequence[_Row], language: str, href: Callable[[Entry], str]) -> list[str]:
    frame = {"x": _figure(box.x), "y": _figure(box.y), "width": _figure(box.width), "rx": "5", "stroke": _DIM}
    head = {"x": _figure(box.x + box.width / 2), "text_anchor": "middle"}
    label = _tag(
        "text", escape(entry.label(language)), **head, y=_figure(box.y + 17), font_size="14", font_weight="600"
    )
    name = _tag("text", escape(entry.name), **head, y=_figure(box.y + 32), font_size="11", fill=_DIM, font_family=_MONO)
    top = _tag("rect", **frame, height=_figure(_HEAD - _PAD + 2), fill="#e6eef7")
    out = [
        _tag("rect", **frame, height=_figure(box.height), fill=_PAPER),
        _tag("a", top, label, name, href=href(entry)),
    ]
    for row in rows:
        written = [
            _tag(
                "tspan",
                escape(line),
                x=_figure(box.x + _PAD + _INDENT * number),
                y=_figure(box.y + row.top + number * _ROW + 11),
            )
            for number, line in enumerate(row.lines)
        ]
        out.append(_tag("a", _tag("text", *written), href=href(row.entry)))
    return out


def _tag(name: str, /, *inside: str, **attributes: str) -> str:
    """An element; `_` in the name of an attribute stands for `-`, and at its end for nothing."""
    written = "".join(f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"' for key, value in attributes.items())
    # text is white space where lines break inside it
    between = "\n" if name in ("svg", "g") else ""
    return f"<{name}{written}>{between}{between.join(inside)}{between}</{name}>" if inside else f"<{name}{written}/>"


def _point(point: tuple[float, float]) -> str:
    return f"{_figure(point[0])},{_figure(point[1])}"


def _figure(number: float) -> str:
    """A number as short as it can be; never “-0”."""
    text = f"{number:.1f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
