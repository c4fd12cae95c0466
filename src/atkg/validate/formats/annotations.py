"""The report as workflow commands of GitHub Actions, which annotate the lines of a commit.

GitHub shows ten errors, ten warnings and ten notices of a step, so the gravest stand first.
"""

from __future__ import annotations

from typing import Final

from atkg.namespaces import shorten
from atkg.validate.formats.view import View
from atkg.validate.results import Level, Result

_COMMANDS: Final = {Level.VIOLATION: "error", Level.WARNING: "warning", Level.INFO: "notice"}


def as_annotations(view: View) -> str:
    """A command for each result that nobody accepted, then the summary as plain text."""
    shown = sorted(
        (result for result in view.ordered() if result.accepted is None), key=lambda result: result.level.rank
    )
    return "\n".join([*(_command(view, result) for result in shown), view.report.summary(view.language)]) + "\n"


def _command(view: View, result: Result) -> str:
    place = result.where
    properties: list[tuple[str, object]] = []
    if place and not place.is_remote:
        properties = [
            ("file", place.file),
            ("line", place.line),
            # columns hold within one line only
            ("endLine", place.end_line),
        ]
        if place.end_line in (None, place.line):
            last = place.end_column - 1 if place.end_column and place.column else None
            properties += [("col", place.column), ("endColumn", last and max(last, place.column or 1))]
    properties.append(("title", f"{result.shape} ({view.words[result.level]})"))
    said = ",".join(f"{key}={escape_property(str(value))}" for key, value in properties if value is not None)
    return f"::{_COMMANDS[result.level]} {said}::{escape(_message(view, result))}"


def _message(view: View, result: Result) -> str:
    lines = [result.message(view.language)]
    if result.quote:
        lines.append(f"“{result.quote}”")
    lines.append(" ".join(filter(None, (shorten(result.node) if "://" in result.node else "", result.label))))
    if value := view.value(result):
        lines.append(value)
    others = result.elsewhere if result.where and not result.where.is_remote else [result.where, *result.elsewhere]
    lines += [f"{view.words['also']} {place}" for place in others if place]
    return "\n".join(filter(None, lines))


def escape(text: str) -> str:
    r"""The text as GitHub wants it in the message of a command.

    >>> escape("100%\nsure")
    '100%25%0Asure'
    """
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escape_property(text: str) -> str:
    """The text as GitHub wants it in a property of a command.

    >>> escape_property("a:b,c")
    'a%3Ab%2Cc'
    """
    return escape(text).replace(":", "%3A").replace(",", "%2C")
