"""The report for people: by document, in the order of its lines, with the words and a caret under them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from atkg.namespaces import shorten
from atkg.validate.formats.view import View, excerpt, printable
from atkg.validate.results import Level, Result


def as_text(view: View) -> str:
    """The results that nobody accepted, and how many there are of each severity."""
    lines: list[str] = []
    for document, results in view.report.documents().items():
        shown = [result for result in results if result.accepted is None]
        if shown:
            lines += [_heading(view, document, shown), ""]
            for result in shown:
                lines += [*_result(view, result), ""]
    return "\n".join([*lines, view.report.summary(view.language)]) + "\n"


def _heading(view: View, document: str, results: list[Result]) -> str:
    counts = ((level, sum(result.level is level for result in results)) for level in Level)
    said = "，" if view.language == "zh" else ", "
    return f"── {printable(document) or view.words['nowhere']} ── " + said.join(
        f"{view.words[level]} {count}" for level, count in counts if count
    )


def _result(view: View, result: Result) -> Iterator[str]:
    where = result.where
    yield printable(f"{where or '-'}: {view.words[result.level]} {result.shape}")
    yield f"    {view.message(result)}"
    found = excerpt(where)
    if found:
        gutter = " " * len(str(found.number))
        yield f"    {found.number} │ {found.before}{found.marked}{found.after}"
        until = f"  ({view.words['until'].format(found.last)})" if found.last > found.number else ""
        yield f"    {gutter} │ {blank(found.before)}{caret(found.marked)}{until}"
    elif result.quote:
        yield f"    “{printable(result.quote)}”"
    if "://" in result.node or result.node.startswith("urn:"):
        label = f"  {printable(result.label)}" if result.label else ""
        yield f"    {printable(shorten(result.node))}{label}"
    value = view.value(result)
    if value:
        yield f"    {value}"
    for place in result.elsewhere:
        yield printable(f"    {view.words['also']} {place}")


def blank(text: str) -> str:
    r"""Blanks as wide as the text in a terminal.

    >>> blank("第1条")
    '\u3000 \u3000'
    """
    return "".join("\u3000" if columns(char) == 2 else " " * columns(char) for char in text)


def caret(text: str) -> str:
    """Carets as wide as the text in a terminal, one where there is no text.

    >>> caret("第1条")
    '＾^＾'
    """
    return "".join("＾" if columns(char) == 2 else "^" * columns(char) for char in text) or "^"


def columns(char: str) -> int:
    r"""How many columns of a terminal a character fills.

    >>> [columns(char) for char in "a第（\u0301"]
    [1, 2, 2, 0]
    """
    if unicodedata.combining(char) or unicodedata.category(char) in ("Cf", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
