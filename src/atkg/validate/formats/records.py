"""The report as plain values: JSON, and a table for spreadsheets."""

from __future__ import annotations

import csv
import io
import json
from typing import Any, Final

from atkg.namespaces import shorten
from atkg.validate.formats.view import View
from atkg.validate.results import Level, Place, Result

COLUMNS: Final = (
    "severity",
    "shape",
    "message",
    "file",
    "line",
    "column",
    "end_line",
    "end_column",
    "plan",
    "node",
    "label",
    "path",
    "value",
    "quote",
    "text_place",
    "row_place",
    "graph_place",
    "accepted",
)
"""The columns of the table."""


def as_json(view: View) -> str:
    """Counts, results and coverage; places as they are, the message in one language."""
    document = {
        "conforms": view.report.conforms,
        "counts": {level.value: view.report.count(level) for level in Level} | {"accepted": view.report.accepted},
        "results": [_json(view, result) for result in view.ordered()],
        "coverage": dict(sorted(view.report.coverage.items())),
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _json(view: View, result: Result) -> dict[str, Any]:
    return {
        "shape": result.shape,
        "severity": result.level.value,
        "message": result.message(view.language),
        "node": result.node,
        "label": result.label,
        "path": result.path,
        "value": result.value,
        "plan": result.plan,
        "place": _place(result.where),
        "text": _place(result.text),
        "row": _place(result.row),
        "graph": _place(result.graph),
        "quote": result.quote,
        "accepted": result.accepted,
    }


def _place(place: Place | None) -> dict[str, Any] | None:
    if place is None:
        return None
    return {
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "end_line": place.end_line,
        "end_column": place.end_column,
    }


def as_csv(view: View) -> str:
    """A row for each result; IRIs in the short form in which people write them."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for result in view.ordered():
        where = result.where or Place("")
        row = (
            result.level.value,
            result.shape,
            result.message(view.language),
            where.file,
            where.line,
            where.column,
            where.end_line,
            where.end_column,
            result.plan,
            shorten(result.node) if "://" in result.node else result.node,
            result.label,
            shorten(result.path) if result.path else None,
            shorten(result.value) if result.value and result.term and result.term.startswith("<") else result.value,
            result.quote,
            result.text,
            result.row,
            result.graph,
            result.accepted,
        )
        writer.writerow([_cell(value) for value in row])
    return file.getvalue()


def _cell(value: object) -> str:
    """The value; one that a spreadsheet would take for a formula is marked as text."""
    text = "" if value is None else str(value)
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
