"""The report in Markdown: the summary of a workflow run or a comment on a change."""

from __future__ import annotations

import re
from typing import Final

from atkg.namespaces import shorten
from atkg.validate.formats.view import View, printable
from atkg.validate.results import Level, Result

LONGEST: Final = 200
"""How many results are listed; GitHub takes a summary of 1 MiB at most."""

_SIGNS: Final = {Level.VIOLATION: "🔴", Level.WARNING: "🟡", Level.INFO: "🔵"}


def as_markdown(view: View) -> str:
    """A heading, the counts, and a table for each document."""
    words = view.words
    lines = [f"## atkg: {words['title']}", "", view.report.summary(view.language), ""]
    left = LONGEST
    for document, results in view.report.documents().items():
        shown = [result for result in results if result.accepted is None][:left]
        if not shown:
            continue
        left -= len(shown)
        lines += [f"### {_plain(document or words['nowhere'])}", ""]
        lines += [
            f"| | {words['place']} | {words['shape']} | {words['message']} | {words['node']} |",
            "|---|---|---|---|---|",
        ]
        lines += [_row(view, result) for result in shown]
        lines.append("")
    hidden = len(view.report.open) - (LONGEST - left)
    if hidden:
        lines += [words["more"].format(hidden), ""]
    return "\n".join(lines)


def _row(view: View, result: Result) -> str:
    where = result.where
    place = ":".join(str(part) for part in (where.line, where.column) if part) if where else ""
    message = _plain(view.message(result)) + (f"<br>“{_plain(result.quote)}”" if result.quote else "")
    value = view.value(result)
    node = _plain(" ".join(filter(None, (shorten(result.node), result.label or "", value))))
    sign = f"{_SIGNS[result.level]} {view.words[result.level]}"
    return f"| {sign} | {place} | `{result.shape}` | {message} | {node} |"


def _plain(text: str) -> str:
    """The text so that Markdown and HTML take no part of it for their own."""
    text = printable(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_\[\]|~#!@])", r"\\\1", " ".join(text.split()))
