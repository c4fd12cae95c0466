"""The SPARQL 1.1 Protocol (query) and the Graph Store Protocol (read), from requests to responses.

Sources: https://www.w3.org/TR/sparql11-protocol/ sections 2.1 and 2.2, https://www.w3.org/TR/sparql11-http-rdf-update/
sections 4.2, 5.2 and 5.8.
"""

from __future__ import annotations

import asyncio
import gzip
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from werkzeug.datastructures import ETags
from werkzeug.http import parse_etags, parse_options_header

from atkg.namespaces import BASE
from atkg.store import BINDING_TYPES, FORMATS, GRAPH_TYPES
from atkg.web.endpoint.description import describe
from atkg.web.endpoint.pool import Gone
from atkg.web.endpoint.service import Key, Service
from atkg.web.messages import Request, Response, fields_of, utf8
from atkg.web.negotiation import best, takes_gzip, wishes
from atkg.web.problem import Problem

FORM: Final = "application/x-www-form-urlencoded"
DIRECT: Final = "application/sparql-query"
PAGE: Final = "page"
HTML: Final = "text/html"

_TYPES: Final = {
    "SELECT": tuple(BINDING_TYPES),
    # CSV and TSV have no form for a truth value
    "ASK": tuple(BINDING_TYPES)[:2],
    "CONSTRUCT": tuple(GRAPH_TYPES),
    "DESCRIBE": tuple(GRAPH_TYPES),
}
_ALIASES: Final = {
    "application/json": "application/sparql-results+json",
    "application/xml": "application/sparql-results+xml",
    "text/xml": "application/sparql-results+xml",
}
"""What clients ask for when they mean the results format of the same syntax."""

SMALL: Final = 1024
"""Bytes up to which packing an answer gains nothing."""
_LARGE: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class Asked:
    """The parameters of one query operation."""

    query: str | None
    format: str | None
    default_graphs: tuple[str, ...]
    named_graphs: tuple[str, ...]
    seconds: float | None


def read_query(request: Request) -> Asked:
    """The parameters of a request to /sparql; its `query` is None where there is none.

    Raises:
        Problem: they are not as the protocol has them.
    """
    pairs = fields_of(request.query)
    texts = [value for name, value in pairs if name == "query"]
    if request.method == "POST":
        media_type, options = parse_options_header(request.headers.get("content-type"))
        if options.get("charset", "utf-8").lower() not in ("utf-8", "utf8", "us-ascii"):
            raise Problem(415, "请求正文应为 UTF-8。", "expected a request body in UTF-8")
        if media_type == DIRECT:
            texts.append(utf8(request.body))
        elif media_type == FORM:
            posted = fields_of(request.body)
            texts += [value for name, value in posted if name == "query"]
            pairs += posted
        else:
            raise Problem(
                415,
                f"以 POST 提交的查询应为 {DIRECT} 或 {FORM}。",
                f"expected a query posted as {DIRECT} or {FORM}",
                {"Accept-Post": f"{DIRECT}, {FORM}"},
            )
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    if {"update", "using-graph-uri", "using-named-graph-uri"} & values.keys():
        raise Problem(400, "本服务只读，不接受更新。", "this service is read-only; it takes no update")
    if len(texts) > 1:
        raise Problem(400, f"应有一条查询，得到 {len(texts)} 条。", f"expected one query, found {len(texts)}")
    return Asked(
        query=texts[0] if texts else None,
        format=values.get("format", [None])[-1] or None,
        default_graphs=tuple(values.get("default-graph-uri", ())),
        named_graphs=tuple(values.get("named-graph-uri", ())),
        seconds=_seconds(values.get("timeout", [""])[-1]),
    )


def _seconds(value: str) -> float | None:
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise Problem(
            400, f"timeout 应为正的秒数，得到 {value!r}。", f"timeout: expected seconds above 0, found {value!r}"
        )
    return seconds


def wants_page(request: Request, asked: Asked) -> bool:
    """Whether a browser asks, for whom a page answers better than data."""
    if asked.format is not None:
        return asked.format == PAGE
    return _likes_html(request.headers.get("accept", "*/*"))


@lru_cache(maxsize=512)
def _likes_html(accept: str) -> bool:
    liked = wishes(accept)
    data = max(liked.quality(each) for each in (*BINDING_TYPES, *GRAPH_TYPES, "text/plain"))
    # a client that takes anything is no browser
    return HTML in liked.values() and liked.quality(HTML) >= data


async def answer_query(
    service: Service, request: Request, asked: Asked, address: str, gone: Gone | None = None
) -> Response:
    """The response to a request to /sparql; without a query, the description of the service at this address.

    `gone` is done once the client has hung up, upon which the work for it ends.

    Raises:
        AtkgError: the request or the query is refused, or a limit stopped it.
    """
    if asked.query is None:
        if request.method == "POST":
            raise Problem(400, "缺少参数 query。", "expected a parameter “query” with a SPARQL query")
        return describe(service.pool.graphs, address, *_chosen(request, asked.format, tuple(GRAPH_TYPES)))
    checked = await service.check(asked.query, asked.default_graphs, asked.named_graphs)
    media_type, vary = _chosen(request, asked.format, _TYPES[checked.form])
    key: Key = (asked.query, media_type, asked.default_graphs, asked.named_graphs)
    etag = service.etag(checked, key)
    headers = {"Vary": vary, "Cache-Control": "public, no-cache" if etag else "no-store"}
    if etag:
        headers["ETag"] = etag
        known = parse_etags(request.headers.get("if-none-match")) if request.method != "POST" else ETags()
        if known.contains_raw(etag):
            return Response(304, b"", headers)
    parts = await service.answer(checked, key, asked.seconds, gone)
    if etag and known.star_tag:
        return Response(304, b"", headers)
    headers["Content-Type"] = f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type
    return await compressed(request, Response(200, b"", headers, parts))


async def answer_graph(service: Service, request: Request, address: str, gone: Gone | None = None) -> Response:
    """The response to a request to /graphs: one graph, the union of all (?default), or what graphs there are.

    Raises:
        AtkgError: the request is refused, the graph is unknown, or a limit stopped it.
    """
    pairs = fields_of(request.query)
    values = dict(pairs)
    if sum(name in ("graph", "default") for name, _ in pairs) > 1:
        raise Problem(400, "应写一个 graph 或 default。", "expected one graph, or default")
    if "graph" in values:
        name = values["graph"] if ":" in values["graph"] else BASE + values["graph"].lstrip("/")
        if name not in service.pool.graphs:
            raise Problem(404, f"本服务没有图 <{name}>。", f"this service has no graph <{name}>")
        text = f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{name}> {{ ?s ?p ?o }} }}"
    elif "default" in values:
        text = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"
    else:
        return describe(service.pool.graphs, address, *_chosen(request, values.get("format"), tuple(GRAPH_TYPES)))
    inner = Asked(text, values.get("format") or None, (), (), _seconds(values.get("timeout", "")))
    return await answer_query(service, request, inner, address, gone)


def _chosen(request: Request, wanted: str | None, offers: Sequence[str]) -> tuple[str, str]:
    """(media type, Vary) of the answer: by ?format=, else by Accept, else the first."""
    accept = request.headers.get("accept", "*/*")
    if wanted is None:
        found = _negotiated(accept, tuple(offers))
    else:
        named = FORMATS.get(wanted, wanted.partition(",")[0].strip())
        if named in offers:
            return named, "Accept-Encoding"
        # SPARQLWrapper names a form of its own beside an Accept header that is right
        found = _negotiated(accept, tuple(offers)) if "*/*" not in accept else None
        if found is None and wanted not in FORMATS and "/" not in wanted:
            names = ", ".join(FORMATS)
            raise Problem(400, f"没有格式 {wanted!r}；可用：{names}。", f"no format {wanted!r}; there are {names}")
    if found is None:
        names = ", ".join(offers)
        raise Problem(406, f"这一结果可用的格式：{names}。", f"this answer can be had as {names}", {"Vary": "Accept"})
    return found, "Accept, Accept-Encoding"


@lru_cache(maxsize=512)
def _negotiated(header: str, offers: tuple[str, ...]) -> str | None:
    aliases = {alias: offer for alias, offer in _ALIASES.items() if offer in offers}
    found = best(header, (*offers, *aliases))
    return aliases.get(found, found) if found else None


async def compressed(request: Request, response: Response) -> Response:
    """The response, packed where the client takes that and it is worth it."""
    if response.length > SMALL and takes_gzip(request.headers.get("accept-encoding", "")):
        whole = b"".join((response.body, *response.parts))
        if len(whole) > _LARGE:
            whole = await asyncio.to_thread(gzip.compress, whole, 1, mtime=0)
        else:
            whole = gzip.compress(whole, 1, mtime=0)
        response.body, response.parts = whole, ()
        response.headers["Content-Encoding"] = "gzip"
    return response
