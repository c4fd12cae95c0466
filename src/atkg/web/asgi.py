"""The outermost part of the application (ASGI): what every request and every response goes through.

/sparql and /graphs are answered here; everything else is Flask's, run in threads beside the event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import logging
import re
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, TextIO

from a2wsgi import WSGIMiddleware
from flask import Flask

from atkg.errors import AtkgError, QueryStopped
from atkg.web.downloads import PATH as DOWNLOADS
from atkg.web.downloads import Shelf, send_file
from atkg.web.endpoint.clients import Clients, Kind
from atkg.web.endpoint.limits import Limits
from atkg.web.endpoint.protocol import answer_graph, answer_query, read_query, wants_page
from atkg.web.endpoint.service import Service
from atkg.web.messages import Request, Response, decoded, refused
from atkg.web.problem import Problem

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

LOG_SECONDS: Final = 0.2
"""How long a line of the log may wait for others."""
PART: Final = 256 * 1024
"""Bytes of a body that are handed over at once."""
PAGE_THREADS: Final = 32
"""How many pages are made at once."""

_METHODS: Final = {"/sparql": "GET, HEAD, POST, OPTIONS"}
_READ: Final = "GET, HEAD, OPTIONS"

_SECURITY: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    # every answer is public and the same for all, so any page may read it; credentials are never asked for
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Link, Location, Retry-After, Content-Disposition",
}
_CHOOSING: Final = ("accept", "accept-language", "accept-encoding", "if-none-match")
CHOOSING_BYTES: Final = 4096
"""The longest header that chooses a form."""
_HOST: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~%!$&'()*+;=-]*)(:[0-9]*)?")
"""RFC 9112 section 3.2: uri-host [ ":" port ]."""
_PREFLIGHT: Final = {
    "Access-Control-Allow-Headers": "Accept, Accept-Language, Content-Type, If-None-Match",
    "Access-Control-Max-Age": "86400",
}


class Application:
    """The ASGI application: the protocol half over a service, the pages of a Flask application.

    Args:
        service: answers queries; its readers start and stop with the application.
        site: makes the Flask application, once the readers are there.
        address: where the service can be reached, for the description of itself where it can't be relative.
        log: takes one line of JSON for each request; None for no log.
        shelf: the files of /download.
        forwarded: take the client's address from the last entry of X-Forwarded-For, which a proxy of ours wrote.
    """

    def __init__(
        self,
        service: Service,
        site: Callable[[asyncio.AbstractEventLoop], Flask],
        address: str,
        log: TextIO | None = None,
        shelf: Shelf | None = None,
        *,
        forwarded: bool = False,
    ) -> None:
        self._service, self._make_site, self._address = service, site, address
        self._shelf = shelf or Shelf(None, {})
        self._log, self._forwarded = log, forwarded
        self._clients = Clients(service.limits)
        self._transit = _Transit(service.limits)
        self._flushing = False
        self._pages: Any = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._handle(scope, receive, _Sender(send, self._transit, head=scope["method"] == "HEAD"))

    async def start(self) -> None:
        """Start the readers and make the pages."""
        await self._service.pool.start()
        site: Any = self._make_site(asyncio.get_running_loop())
        self._pages = WSGIMiddleware(site, workers=PAGE_THREADS)

    async def stop(self) -> None:
        """End the readers."""
        await self._service.pool.close()
        self._shelf.close()
        if self._pages:
            self._pages.executor.shutdown(wait=False, cancel_futures=True)
        self._flush_log()

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return

    async def _handle(self, scope: Scope, receive: Receive, send: _Sender) -> None:
        start = time.monotonic()
        headers: dict[str, str] = {}
        for name, value in scope["headers"]:
            known, text = name.decode("latin-1"), value.decode("latin-1")
            headers[known] = f"{headers[known]}, {text}" if known in headers else text
        client = scope["client"][0] if scope.get("client") else ""
        if self._forwarded and "x-forwarded-for" in headers:
            client = headers["x-forwarded-for"].rpartition(",")[2].strip()
        request = Request(scope["method"], scope["path"], scope["query_string"], headers)
        account = None
        kind: Kind = "queries" if _asks(request) else "pages"
        try:
            _admit(scope, request, self._service.limits.header_bytes)
            account = self._clients.enter(client, start, kind)
            await self._route(scope, receive, request, send)
        except AtkgError as error:
            await send.response(refused(error, request))
        except TimeoutError:
            # the client takes nothing: the server closes its connection when this ends by an error
            raise
        except Exception:
            logging.getLogger("atkg").exception("%s %s", request.method, request.path)
            problem = Problem(500, "服务器内部错误，已记录。", "an internal error, which was logged")
            await send.response(refused(problem, request))
        finally:
            seconds = time.monotonic() - start
            # a file costs its time on the line only
            self._clients.leave(account, 0.0 if request.path.startswith(DOWNLOADS) else seconds, kind)
            self._write_log(client, request, send, seconds)

    async def _route(self, scope: Scope, receive: Receive, request: Request, send: _Sender) -> None:
        allowed = _METHODS.get(request.path, _READ)
        if request.method not in allowed.split(", "):
            raise Problem(405, f"此地址只支持 {allowed}。", f"only {allowed} can be used here", {"Allow": allowed})
        if request.method == "OPTIONS":
            preflight = {"Allow": allowed, "Access-Control-Allow-Methods": allowed, **_PREFLIGHT}
            await send.response(Response(204, b"", preflight))
        elif request.path == "/sparql":
            if request.method == "POST":
                request.body = await self._body(receive, request)
            asked = read_query(request)
            if wants_page(request, asked):
                await self._page(scope, receive, request, send)
            else:
                gone = functools.partial(_gone, receive)
                await send.response(await answer_query(self._service, request, asked, self._address, gone))
        elif request.path == "/graphs":
            gone = functools.partial(_gone, receive)
            await send.response(await answer_graph(self._service, request, self._address, gone))
        elif request.path == "/healthz":
            await send.response(self._health())
        elif request.path.startswith(DOWNLOADS) and request.path != DOWNLOADS:
            await send_file(self._shelf, request, self._service.limits.take_seconds, send.begin, send.give)
        else:
            await self._page(scope, receive, request, send)

    async def _page(self, scope: Scope, receive: Receive, request: Request, send: _Sender) -> None:
        """Let Flask answer; it gets the body as it was read, and an address that is all ASCII."""
        body: list[Message] = [{"type": "http.request", "body": request.body, "more_body": False}]

        async def replay() -> Message:
            return body.pop() if body else await receive()

        if self._pages is None:
            raise Problem(503, "服务正在启动。", "the service is starting", {"Retry-After": "1"})
        await self._pages(scope, replay, send)

    async def _body(self, receive: Receive, request: Request) -> bytes:
        """The body of a request.

        Raises:
            Problem: it is longer than body_bytes (413), or does not come within body_seconds (408).
        """
        limits = self._service.limits
        declared = request.headers.get("content-length", "0")
        length = int(declared) if declared.isdecimal() else 0
        body = bytearray()
        try:
            async with asyncio.timeout(limits.body_seconds):
                while length <= limits.body_bytes and len(body) <= limits.body_bytes:
                    message = await receive()
                    body += message.get("body", b"")
                    if not message.get("more_body"):
                        return bytes(body)
        except TimeoutError:
            raise Problem(
                408,
                f"请求正文未在 {limits.body_seconds} 秒内收齐（body_seconds）。",
                f"the body did not come within {limits.body_seconds} seconds (body_seconds)",
                {"Connection": "close"},
            ) from None
        raise Problem(
            413,
            f"请求正文超过 {limits.body_bytes} 字节（body_bytes）。",
            f"the body is longer than {limits.body_bytes} bytes (body_bytes)",
            {"Connection": "close"},
        )

    def _health(self) -> Response:
        readers = self._service.pool.readers
        state = {"status": "ok" if readers else "starting", "digest": self._service.digest, "readers": readers}
        headers = {"Content-Type": "application/json", "Cache-Control": "no-store", "Retry-After": "1"}
        return Response(200 if readers else 503, json.dumps(state).encode(), headers)

    def _write_log(self, client: str, request: Request, send: _Sender, seconds: float) -> None:
        if self._log is None:
            return
        entry = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "client": client,
            "method": request.method,
            "path": request.path,
            "status": send.status,
            "bytes": send.sent,
            "seconds": round(seconds, 4),
            "agent": request.headers.get("user-agent", ""),
        }
        self._log.write(json.dumps(entry) + "\n")
        if not self._flushing:
            # many lines go out at once
            self._flushing = True
            asyncio.get_running_loop().call_later(LOG_SECONDS, self._flush_log)

    def _flush_log(self) -> None:
        self._flushing = False
        if self._log:
            self._log.flush()


async def _gone(receive: Receive) -> None:
    """Wait until the client has hung up."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _asks(request: Request) -> bool:
    """Whether a request is a client's own question; a page asks few and small ones."""
    if request.path == "/sparql":
        return request.method == "POST" or b"query=" in request.query
    return request.path in ("/graphs", "/search") or request.path.startswith("/api/queries/")


def _admit(scope: Scope, request: Request, header_bytes: int) -> None:
    """Pass a request that is whole and unambiguous.

    Raises:
        Problem: it names no host or two, packs its body, or its address is no percent-encoded UTF-8.
    """
    size = sum(len(name) + len(value) + 4 for name, value in scope["headers"]) + len(request.query)
    if size > header_bytes or any(len(request.headers.get(name, "")) > CHOOSING_BYTES for name in _CHOOSING):
        raise Problem(
            431,
            f"请求头超过 {header_bytes} 字节（header_bytes），或其中一项选择格式的头超过 {CHOOSING_BYTES} 字节。",
            f"the header is longer than {header_bytes} bytes (header_bytes), or one that chooses a form "
            f"than {CHOOSING_BYTES}",
            {"Connection": "close"},
        )
    # the server writes an empty one where there is none
    hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
    if len(hosts) > 1 or (not any(hosts) and scope["http_version"] != "1.0") or not all(map(_HOST.fullmatch, hosts)):
        raise Problem(400, "应有且只有一个有效的 Host。", "expected one valid header Host", {"Connection": "close"})
    if request.headers.get("transfer-encoding", "chunked").lower() != "chunked":
        raise Problem(
            501, "只接受 chunked 传输编码。", "only the transfer coding chunked is taken", {"Connection": "close"}
        )
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Problem(415, "不接受压缩的请求正文。", "a request body with a Content-Encoding is not taken")
    raw = scope.get("raw_path") or scope["path"].encode()
    if b"%" in raw or not raw.isascii():
        decoded(raw)
    if request.path != "/sparql":
        decoded(request.query)
    if not request.query.isascii():
        # as the client should have sent it
        request.query = b"".join(bytes([byte]) if byte < 0x7F else b"%%%02X" % byte for byte in request.query)
        scope["query_string"] = request.query


class _Sender:
    """Sends one response, with the headers that all have; as an ASGI `send`, it is handed to Flask too.

    A body goes out in parts, each when the client has taken what went before: one that doesn't read keeps nothing
    but its own answer, and that for `take_seconds` at most.
    """

    def __init__(self, send: Send, transit: _Transit, *, head: bool) -> None:
        self._send, self._transit, self._head = send, transit, head
        self.status, self.sent = 0, 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            names = {name.lower() for name, _ in message["headers"]}
            added = [pair for pair in _COMMON if pair[0] not in names]
            await self._send({**message, "headers": [*message["headers"], *added]})
        else:
            await self._give([message.get("body", b"")], more=message.get("more_body", False))

    async def response(self, response: Response) -> None:
        """Send a whole response.

        Raises:
            QueryStopped: too much is on its way to clients already.
        """
        with self._transit.of(0 if self._head else response.length):
            self.status = response.status
            headers = [*_encoded(response.headers.items()), *_COMMON]
            if response.status not in (204, 304):
                headers.append((b"content-length", str(response.length).encode()))
            await self._send({"type": "http.response.start", "status": response.status, "headers": headers})
            await self._give([b""] if self._head else [response.body, *response.parts], more=False)

    async def begin(self, status: int, headers: Mapping[str, str]) -> None:
        """Send status and headers of a response whose body follows by `give`."""
        await self({"type": "http.response.start", "status": status, "headers": _encoded(headers.items())})

    async def give(self, part: bytes, left: int) -> None:
        """Send a part of the body, after which so many bytes are left."""
        await self({"type": "http.response.body", "body": part, "more_body": left > 0})

    async def _give(self, bodies: Sequence[bytes], *, more: bool) -> None:
        left = size = sum(map(len, bodies))
        for body in bodies:
            for at in range(0, len(body), PART):
                part = body[at : at + PART] if len(body) > PART else body
                left -= len(part)
                message = {"type": "http.response.body", "body": part, "more_body": more or left > 0}
                if size <= PART:
                    await self._send(message)
                else:
                    async with asyncio.timeout(self._transit.seconds):
                        await self._send(message)
                self.sent += len(part)
        if not size:
            await self._send({"type": "http.response.body", "body": b"", "more_body": more})


class _Transit:
    """The bytes of large answers on their way to clients."""

    def __init__(self, limits: Limits) -> None:
        self.seconds = limits.take_seconds
        self._most, self._bytes = limits.transit_bytes, 0

    @contextlib.contextmanager
    def of(self, size: int) -> Iterator[None]:
        """So many bytes more, as long as the block lasts.

        Raises:
            QueryStopped: that would be too many.
        """
        if size <= PART:
            yield
            return
        if self._bytes + size > self._most:
            raise QueryStopped(
                503,
                f"正在发送的结果合计超过 {self._most} 字节（transit_bytes），请稍后再试。",
                f"the answers on their way pass {self._most} bytes (transit_bytes); ask again later",
                retry_after=5,
            )
        self._bytes += size
        try:
            yield
        finally:
            self._bytes -= size


def _encoded(headers: Iterable[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode("latin-1", "replace")) for name, value in headers]


_COMMON: Final = _encoded(_SECURITY.items())
