"""The SPARQL endpoint: queries by GET and POST, results by Accept or ?format=, read-only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from flask import Blueprint, Response, abort, render_template, request

from atkg.errors import BadQuery, UsageError
from atkg.queries import find_query
from atkg.store import FORMATS, Answer, Store
from atkg.web.guard import check_query
from atkg.web.language import page_language

_FORM: Final = "application/x-www-form-urlencoded"
_DIRECT: Final = "application/sparql-query"
_PAGE: Final = "page"
_EXAMPLE: Final = "tasks-of-plan"
MAX_PAGE_ROWS: Final = 1000
"""The most rows that the page shows; every other form of the answer is whole."""


def sparql_blueprint(store: Store) -> Blueprint:
    """The endpoint /sparql over this store."""
    blueprint = Blueprint("sparql", __name__)

    @blueprint.route("/sparql", methods=["GET", "POST"])
    def sparql() -> Response:
        """Answer one query in the media type that the client likes best."""
        text = _query_text()
        wanted = _value("format")
        if text is None:
            return _page(_example())
        if wanted is not None and wanted != _PAGE and wanted not in FORMATS:
            abort(400, f"unknown format {wanted!r}; there are {', '.join(FORMATS)}")
        try:
            check_query(text)
            answer = store.query(text, default_graphs=_graphs())
            if wanted == _PAGE:
                return _answer_page(text, answer)
            media_type = _media_type(answer, wanted)
            return Response(answer.to_bytes(media_type), mimetype=media_type, headers={"Vary": "Accept"})
        except BadQuery as error:
            if wanted == _PAGE:
                return _page(text, error=error.message(page_language()), status=400)
            abort(400, error.message("en"))

    return blueprint


def _query_text() -> str | None:
    """The query of this request; None where a browser asks for the page."""
    if request.method == "POST" and request.mimetype == _DIRECT:
        if request.args.get("query"):
            abort(400, "expected one query, found one in the body and one in the address")
        return _decoded(request.get_data())
    if request.method == "POST" and request.mimetype != _FORM:
        abort(415, f"a query is posted as {_DIRECT} or as {_FORM}")
    values = request.form if request.method == "POST" else request.args
    if "update" in values:
        abort(400, "this endpoint is read-only; it takes no update")
    queries = values.getlist("query")
    if len(queries) > 1:
        abort(400, "expected one query, found several")
    if queries:
        return queries[0]
    if request.method == "GET" and (request.accept_mimetypes.accept_html or "example" in request.args):
        return None
    abort(400, "expected a parameter “query” with a SPARQL query")


def _decoded(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        abort(400, "the query is not UTF-8 text")


def _value(name: str) -> str | None:
    return request.args.get(name) or request.form.get(name)


def _graphs() -> list[str] | None:
    values = request.form if request.method == "POST" and request.mimetype == _FORM else request.args
    if values.getlist("named-graph-uri"):
        abort(400, "named-graph-uri is not supported; use GRAPH in the query")
    return values.getlist("default-graph-uri") or None


def _media_type(answer: Answer, wanted: str | None) -> str:
    if wanted is None:
        return choose(answer.media_types)
    if FORMATS[wanted] not in answer.media_types:
        abort(406, f"this answer can be had as {', '.join(answer.media_types)}")
    return FORMATS[wanted]


def choose(offers: Sequence[str]) -> str:
    """The offered media type that the client likes best; the first if it names none."""
    wishes = request.accept_mimetypes
    found = wishes.best_match(offers) if wishes else offers[0]
    if found is None:
        abort(406, f"this answer can be had as {', '.join(offers)}")
    return found


def _example() -> str:
    try:
        return find_query(request.args.get("example", _EXAMPLE)).text
    except UsageError as error:
        abort(404, error.message("en"))


def _page(
    text: str,
    *,
    columns: Sequence[str] = (),
    rows: Sequence[Sequence[str]] | None = None,
    error: str | None = None,
    status: int = 200,
) -> Response:
    """The page with the query, and below it the table or the error."""
    language = page_language()
    page = render_template("sparql.html", language=language, text=text, columns=columns, rows=rows, error=error)
    return Response(page, status=status, mimetype="text/html", headers={"Vary": "Accept, Accept-Language"})


def _answer_page(text: str, answer: Answer) -> Response:
    if "text/csv" in answer.media_types:
        columns, rows = answer.values()
        if len(rows) > MAX_PAGE_ROWS:
            message = {
                "zh": f"结果有 {len(rows)} 行，网页只显示前 {MAX_PAGE_ROWS} 行；其他格式给出全部。",
                "en": f"The answer has {len(rows)} rows; the page shows the first {MAX_PAGE_ROWS}, every other form all.",
            }[page_language()]
            return _page(text, columns=columns, rows=rows[:MAX_PAGE_ROWS], error=message)
        return _page(text, columns=columns, rows=rows)
    if "text/turtle" in answer.media_types:
        turtle = answer.to_bytes("text/turtle").decode()
        return _page(text, columns=["Turtle"], rows=[[line] for line in turtle.splitlines()[:MAX_PAGE_ROWS]])
    return _page(text, columns=["ASK"], rows=[[str(bool(answer.results)).lower()]])
