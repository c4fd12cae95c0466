"""The page with the query editor, and the table of an answer: what a browser gets at /sparql."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from flask import Blueprint, Response, render_template, request

from atkg.errors import AtkgError, BadQuery, QueryStopped, UsageError
from atkg.namespaces import shorten
from atkg.queries import find_query
from atkg.sparql import query_form, tokens
from atkg.store import FORMATS
from atkg.web.engine import JSON, Engine
from atkg.web.site.negotiation import page_language, page_path

EXAMPLE: Final = "tasks-of-plan"
"""The named query that the editor opens with."""
MAX_ROWS: Final = 1000
"""The most rows that the page shows; every other form of the answer is whole."""

Cell = tuple[str, str | None]
"""What a cell shows, and where it leads."""


def sparql_page(engine: Engine) -> Blueprint:
    """The page at /sparql over this engine."""
    blueprint = Blueprint("sparql", __name__)

    @blueprint.route("/sparql", methods=["GET", "POST"])
    def sparql() -> Response:
        """The editor; with a query, its answer below."""
        text = request.values.get("query")
        if text is None:
            return _shown(_example())
        try:
            columns, rows = _answer(engine, text)
        except (BadQuery, QueryStopped) as error:
            status = error.status if isinstance(error, QueryStopped) else 400
            headers = {}
            if isinstance(error, QueryStopped) and error.retry_after is not None:
                headers["Retry-After"] = str(error.retry_after)
            return _shown(text, error=error, status=status, headers=headers)
        return _shown(text, columns=columns, rows=rows)

    return blueprint


def _example() -> str:
    try:
        return find_query(request.args.get("example", EXAMPLE)).text
    except UsageError:
        return find_query(EXAMPLE).text


def _answer(engine: Engine, text: str) -> tuple[list[str], list[list[Cell]]]:
    """(columns, rows) of the answer as a person reads it."""
    default_graphs = request.values.getlist("default-graph-uri")
    named_graphs = request.values.getlist("named-graph-uri")
    form = query_form(list(tokens(text)))
    if form in ("CONSTRUCT", "DESCRIBE"):
        turtle = engine.answer(text, "text/turtle", default_graphs=default_graphs, named_graphs=named_graphs).decode()
        return ["Turtle"], [[(line, None)] for line in turtle.splitlines()]
    answer: dict[str, Any] = json.loads(
        engine.answer(text, JSON, default_graphs=default_graphs, named_graphs=named_graphs)
    )
    if "boolean" in answer:
        return ["ASK"], [[(str(answer["boolean"]).lower(), None)]]
    columns: list[str] = answer["head"]["vars"]
    return columns, [[_cell(row.get(name)) for name in columns] for row in answer["results"]["bindings"]]


def _cell(value: dict[str, Any] | None) -> Cell:
    if value is None:
        return "", None
    if value["type"] == "uri":
        return shorten(value["value"]), page_path(value["value"])
    return value["value"], None


def _shown(
    text: str,
    *,
    columns: Sequence[str] = (),
    rows: Sequence[Sequence[Cell]] | None = None,
    error: AtkgError | None = None,
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> Response:
    language = page_language()
    page = render_template(
        "sparql.html",
        text=text,
        columns=columns,
        rows=rows[:MAX_ROWS] if rows is not None else None,
        count=len(rows or ()),
        most=MAX_ROWS,
        formats=list(FORMATS),
        error=error.message(language) if error else None,
    )
    headers = {"Vary": "Accept, Accept-Language", **(headers or {})}
    return Response(page, status=status, mimetype="text/html", headers=headers)
