"""The named queries over HTTP: a list of them, and each as a resource with its parameters checked and bound as terms."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from flask import Blueprint, Response, request

from atkg.errors import QueryStopped
from atkg.namespaces import BASE
from atkg.queries import NamedQuery, Parameter, named_queries
from atkg.web.engine import Engine, select
from atkg.web.problem import Problem
from atkg.web.site.answers import MAX_OBJECTS, Row, Table, objects, table
from atkg.web.site.columns import columns_of
from atkg.web.site.domains import DOMAINS, Domains, Option
from atkg.web.site.negotiation import PAGE, choose, page_language
from atkg.web.site.openapi import described, document
from atkg.web.site.openapi.parts import OPENAPI
from atkg.web.site.pages import page, same_page
from atkg.web.site.questions import FORMATS, Question, read

PAGE_ROWS: Final = 500
"""The most rows on one page; links lead to the others."""
UNBOUND_SECONDS: Final = 2.0
"""How long a page that was opened without a parameter waits for the answer before it asks for one."""

_BOM: Final = "\ufeff".encode()
_JSON: Final = "application/json"


def api_blueprint(engine: Engine) -> Blueprint:
    """The documents and pages at /api and below, answered by this engine."""
    blueprint = Blueprint("api", __name__)
    domains = Domains(engine)

    @blueprint.get("/api")
    def description() -> Response:
        """What can be asked here: for programs as OpenAPI, for people as a page."""
        kind = _form({"json": _JSON, "openapi": OPENAPI, "page": PAGE})
        queries = list(_queries().values())
        if kind == PAGE:
            forms = [(_JSON, same_page(format="json"))]
            return page("api.html", alternates=forms, vary=_VARY, document=document(queries), queries=queries)
        return _negotiated(Response(json.dumps(document(queries), ensure_ascii=False), mimetype=kind))

    @blueprint.get("/api/queries")
    def index() -> Response:
        """All named queries."""
        queries = list(_queries().values())
        if _form({"json": _JSON, "page": PAGE}) == PAGE:
            violations = [query for query in queries if query.finds_violations]
            forms = [(_JSON, same_page(format="json"))]
            return page(
                "api-queries.html", alternates=forms, vary=_VARY, groups=_groups(queries), violations=violations
            )
        listed = {"queries": [described(query) for query in queries]}
        return _negotiated(Response(json.dumps(listed, ensure_ascii=False), mimetype=_JSON))

    @blueprint.get("/api/queries/<name>")
    def named(name: str) -> Response:
        """The answer to one named query."""
        query = _query(name)
        question = read(query, request.args, domains)
        form = _form(FORMATS)
        if question.bom and form != FORMATS["csv"]:
            raise Problem(400, "bom=1 只用于 CSV。", "bom=1 goes with CSV only")
        return _page(engine, question, domains) if form == PAGE else _answer(engine, question, form)

    return blueprint


_VARY: Final = "Accept, Accept-Language"


@functools.cache
def _queries() -> Mapping[str, NamedQuery]:
    return {query.name: query for query in named_queries()}


def _query(name: str) -> NamedQuery:
    """The query of this name.

    Raises:
        Problem: 404, naming the nearest.
    """
    if query := _queries().get(name):
        return query
    near = get_close_matches(name, _queries(), n=3, cutoff=0.4)
    zh, en = (f"是否指 {'、'.join(near)}？", f"did you mean {' or '.join(near)}? ") if near else ("", "")
    raise Problem(
        404,
        f"没有查询 {name[:80]!r}；{zh}全部查询见 /api/queries。",
        f"there is no query {name[:80]!r}; {en}/api/queries lists them all",
    )


def _form(offers: Mapping[str, str]) -> str:
    """The media type by ?format=, else by Accept.

    Raises:
        Problem: 400, there is no such format; or 406.
    """
    wanted = request.args.get("format")
    if not wanted:
        return choose(list(offers.values()))
    if wanted not in offers:
        known = ", ".join(offers)
        raise Problem(
            400, f"没有格式 {wanted[:40]!r}；可用：{known}。", f"there is no format {wanted[:40]!r}; there are {known}"
        )
    return offers[wanted]


def _negotiated(response: Response) -> Response:
    response.vary.add("Accept")
    response.headers["Link"] = f'</api>; rel="service-desc"; type="{OPENAPI}", </docs/queries>; rel="service-doc"'
    return response


def _answer(engine: Engine, question: Question, media_type: str) -> Response:
    """The answer for a program: whole, or refused.

    Raises:
        QueryStopped: it ran into a limit.
    """
    ending = next(name for name, offered in FORMATS.items() if offered == media_type)
    if media_type == FORMATS["sparql"]:
        body, ending = question.text().encode(), "rq"
    elif media_type == FORMATS["objects"]:
        rows = select(engine, question.text(MAX_OBJECTS + 1))
        if len(rows) > MAX_OBJECTS:
            raise QueryStopped(
                413,
                f"结果超过 {MAX_OBJECTS} 行；请加参数，用 limit 和 offset 分批，或改用 format=csv。",
                f"the answer has more than {MAX_OBJECTS} rows; give a parameter, ask in parts with limit and offset, "
                "or take format=csv",
            )
        body, ending = objects(columns_of(question.query.text), rows).encode(), "json"
    else:
        body = engine.answer(question.text(), media_type)
    response = Response((_BOM if question.bom else b"") + body, mimetype=media_type)
    if question.download:
        response.headers["Content-Disposition"] = f'attachment; filename="{question.file_name}.{ending}"'
    return _negotiated(response)


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter as a form asks for it."""

    name: str
    type: str
    label: str
    value: str
    options: Sequence[Option]
    example: str

    @property
    def groups(self) -> dict[str, list[Option]]:
        """The options by group, in order."""
        found: dict[str, list[Option]] = {}
        for option in self.options:
            found.setdefault(option.group, []).append(option)
        return found


def _page(engine: Engine, question: Question, domains: Domains) -> Response:
    """The question as a form, and its answer as a table.

    Raises:
        QueryStopped: the answer to a question with parameters ran into a limit.
    """
    language, query = page_language(), question.query
    most = PAGE_ROWS if question.limit is None else min(PAGE_ROWS, question.limit)
    found: Table | None = None
    rows: Sequence[Row] = ()
    try:
        rows = select(engine if question.narrowed else _Impatient(engine), question.text(most + 1))
        found = table(engine, columns_of(query.text), rows[:most], language, question.values)
    except QueryStopped:
        if question.narrowed:
            raise
    offset = question.offset
    return page(
        "api-query.html",
        alternates=[(FORMATS[name], same_page(format=name, limit=None, offset=None)) for name in _MACHINE],
        vary=_VARY,
        query=query,
        fields=[_field(parameter, question, domains, language) for parameter in query.parameters],
        table=found,
        first=offset + 1,
        after=same_page(offset=offset + most) if len(rows) > most > 0 else None,
        before=same_page(offset=max(0, offset - most) or None) if offset else None,
        excel=same_page(format="csv", bom=1, download=1, limit=None, offset=None),
        forms=[(name, same_page(format=name, limit=None, offset=None)) for name in _MACHINE],
        text=query.bind(question.values),
    )


_MACHINE: Final = tuple(name for name in FORMATS if name != "table")


class _Impatient:
    """The same engine with a short deadline: for an answer that nobody has asked for in so many words."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self.graphs = engine, engine.graphs

    def answer(
        self,
        text: str,
        media_type: str,
        *,
        default_graphs: Sequence[str] = (),
        named_graphs: Sequence[str] = (),
        deadline: float | None = None,
    ) -> bytes:
        """As Engine.answer."""
        seconds = min(UNBOUND_SECONDS, deadline or UNBOUND_SECONDS)
        return self._engine.answer(
            text, media_type, default_graphs=default_graphs, named_graphs=named_graphs, deadline=seconds
        )


def _field(parameter: Parameter, question: Question, domains: Domains, language: str) -> Field:
    value = question.values.get(parameter.name, "").removeprefix(BASE)
    options = domains.options(parameter.name, language) if parameter.type == "iri" else []
    if value and options and value not in [option.value for option in options]:
        options.append(Option(value, value))
    example = DOMAINS[parameter.name].example if parameter.name in DOMAINS else ""
    label = parameter.label_zh if language == "zh" else parameter.label_en
    return Field(parameter.name, parameter.type, label, value, options, example)


def _groups(queries: Sequence[NamedQuery]) -> list[tuple[Parameter | None, list[NamedQuery]]]:
    """The questions by what they ask about, the first parameter of each; the largest group first."""
    found: dict[str, tuple[Parameter | None, list[NamedQuery]]] = {}
    for query in queries:
        if not query.finds_violations:
            first = query.parameters[0] if query.parameters else None
            found.setdefault(first.name if first else "", (first, []))[1].append(query)
    return sorted(found.values(), key=lambda group: -len(group[1]))
