"""What the server makes of messages that no honest client sends, byte for byte over sockets."""

from __future__ import annotations

import gzip
import http.client
import re
import socket
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from atkg.store import Store
from serving import ASK, DIRECT, FORM, Server, published, read_all, serving

pytestmark = pytest.mark.alone

QUERY = "/sparql?query=ASK%7B%7D"
EVIL = "evil.example"


@pytest.fixture(scope="module")
def server(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(published(tmp_path_factory.mktemp("http"), store.nquads())) as running:
        yield running
        running.is_well()


@pytest.fixture(autouse=True)
def the_server_goes_on(server: Server) -> Iterator[None]:
    """Whatever a test sent, the next question gets its answer."""
    yield
    assert server.process.poll() is None
    server.is_well()


def get(target: str, *lines: str, host: str | None = "127.0.0.1", version: str = "1.1") -> bytes:
    """A GET as it goes over the wire, and the wish that the server close after it."""
    fields = [f"Host: {host}"] if host else []
    return "\r\n".join([f"GET {target} HTTP/{version}", *fields, *lines, "Connection: close", "", ""]).encode("latin-1")


def post(body: bytes, *lines: str, length: bool = True, target: str = "/sparql", kind: str = DIRECT) -> bytes:
    fields = ["Host: 127.0.0.1", f"Content-Type: {kind}", *([f"Content-Length: {len(body)}"] if length else []), *lines]
    return "\r\n".join([f"POST {target} HTTP/1.1", *fields, "", ""]).encode("latin-1") + body


def statuses(answer: bytes) -> list[int]:
    """The status of every HTTP answer among these bytes."""
    return [int(found) for found in re.findall(rb"HTTP/1\.[01] (\d{3})[ \r]", answer)]


MESSAGES = [
    # RFC 9112 3.2: no Host, two, one that is none
    (get(QUERY, host=None), {400}),
    (get(QUERY, f"Host: {EVIL}"), {400}),
    (get(QUERY, host="a b"), {400}),
    (get(QUERY, host="127.0.0.1/../x"), {400}),
    (get(QUERY, host="user@127.0.0.1"), {400}),
    (get(QUERY, host="a,b"), {400}),
    # HTTP/1.0 knows no Host
    (get(QUERY, host=None, version="1.0"), {200, 400, 505}),
    # bad and unfinished percent signs; what decodes to no UTF-8, to NUL, to an overlong form or a surrogate
    (get("/sparql?query=ASK%7B%7D%zz"), {400}),
    (get("/sparql?query=ASK%7B%7D%"), {400}),
    (get("/sparql?query=ASK%7B%7D%2"), {400}),
    (get("/sparql?query=ASK%7B%7D%ff"), {400}),
    (get("/sparql?query=ASK%7B%7D%00"), {400}),
    (get("/sparql?query=ASK%7B%7D%c0%ae"), {400}),
    (get("/sparql?query=ASK%7B%7D%ed%a0%80"), {400}),
    (get("/sparql?query=ASK%7B%7D&default-graph-uri=%ff"), {400}),
    (post(b"query=ASK%7B%7D%zz", kind=FORM), {400}),
    (post(b"query=ASK%7B%7D%ff", kind=FORM), {400}),
    (post(b"query=ASK\xff", kind=FORM), {400}),
    (post(b"ASK {} # \xff"), {400}),
    (post(b"ASK {} # \x00"), {400}),
    (post("ASK {}".encode("utf-16"), kind=f"{DIRECT}; charset=utf-16"), {400, 415}),
    (post("ASK {}".encode(), kind=f"{DIRECT}; charset=utf-16"), {400, 415}),
    (post("ASK {}".encode(), kind=f"{DIRECT}; charset=UTF-8"), {200}),
    # a byte order mark is no part of SPARQL: a clear refusal or the answer
    (post(b"\xef\xbb\xbfASK {}"), {200, 400}),
    # a query that says nothing
    (post(b""), {400}),
    (post(b" "), {400}),
    (post(b"# nothing"), {400}),
    (post(b"\xc2\xa0"), {400}),
    (post(b"query=", kind=FORM), {400}),
    (post(b"query=+", kind=FORM), {400}),
    (get("/sparql?query=%20", "Accept: text/html"), {400}),
    (get("/sparql?query=%23&format=page"), {400}),
    # a path that decodes to no text
    (get("/id/%ff"), {400, 404}),
    (get("/id/%00"), {400, 404}),
    (get("/id/%zz"), {400, 404}),
    (get("/page/id/%c0%ae%c0%ae/"), {400, 404}),
    # raw bytes beyond ASCII in the request line
    (get("/sparql?query=ASK\xff"), {400}),
    (get("/id/\xe8\xae\xa1"), {400, 404}),
    # a compressed body could be a bomb
    (post(gzip.compress(b"ASK {}"), "Content-Encoding: gzip"), {415}),
    (post(b"ASK {}", "Content-Encoding: identity"), {200, 415}),
    (post(b"ASK {}", "Content-Encoding: deflate, br"), {415}),
    # media types
    (post(b"ASK {}", kind="text/plain"), {415}),
    (post(b"ASK {}", kind="application/json"), {415}),
    (post(b"ASK {}", kind="multipart/form-data; boundary=x"), {415}),
    (post(b"ASK {}", kind="application/sparql-update"), {400, 403, 405, 415}),
    (post(b"ASK {}", kind=""), {400, 415}),
    (post(b"ASK {}", kind=";;;"), {400, 415}),
    # an answer that nobody wants
    (get(QUERY, "Accept: image/png"), {406}),
    (get(QUERY, "Accept: text/csv"), {406}),
    (get(QUERY, "Accept: application/sparql-results+json;q=0, */*;q=0"), {406}),
    # strange wishes are answered or refused, never an error of the server
    (get(QUERY, "Accept: ;;;,,,q=q=q"), {200, 400, 406}),
    (get(QUERY, "Accept: " + "text/x;q=0.5," * 500), {200, 400, 406, 431}),
    (get(QUERY, "Accept: */*;q=nan"), {200, 400, 406}),
    (get(QUERY, "Accept: */*;q=-1"), {200, 400, 406}),
    (get("/", "Accept-Language: " + "zz;q=9," * 500), {200, 431}),
    (get(QUERY, "If-None-Match: " + '"x",' * 1000), {200, 304, 431}),
    (get(QUERY, "If-None-Match: \xff\xfe"), {200, 400}),
    (get(QUERY, "If-Modified-Since: yesterday"), {200}),
    (get(QUERY, "Range: bytes=0-0"), {200, 206, 416}),
    (get(QUERY, "Cookie: " + "a" * 4000), {200}),
    # names of header fields
    (get(QUERY, "Bad Name: x"), {400}),
    (get(QUERY, "Space : x"), {400}),
    (get(QUERY, ": x"), {400}),
    (get(QUERY, "NoColon"), {400}),
    (get(QUERY, "X: a\x00b"), {400}),
    (get(QUERY, "X: a\rY: b"), {400}),
    (get(QUERY, "X: a", " folded: line"), {200, 400}),
    # too much of everything
    (get(QUERY, "X: " + "a" * 400_000), {400, 413, 431}),
    (get(QUERY, *[f"X{number}: a" for number in range(5000)]), {400, 431}),
    (get("/sparql?query=" + "a" * 400_000), {400, 413, 414, 431}),
    (get("/" + "a/" * 20_000), {404, 414, 431}),
    # request lines
    (b"GET\r\n\r\n", {400}),
    (b"GET /\r\n\r\n", {400}),
    (b"GET / HTTP/9.9\r\nHost: x\r\n\r\n", {400, 505}),
    (b"GET  / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", {400}),
    (b"get / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", {400, 405, 501}),
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 200, {400}),
    (b"\0" * 1000, {400}),
    (b"\r\n" * 3 + get(QUERY), {200, 400}),
    # a target that is another server's
    (get(f"http://{EVIL}/sparql?query=ASK%7B%7D"), {200, 400, 404, 421}),
    (b"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n", {400, 404, 405, 501}),
    (b"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", {200, 204, 400, 404, 405}),
    # other protocols on the same port
    (get(QUERY, "Connection: Upgrade", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA"), {200, 400}),
    (
        get(QUERY, "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="),
        {200, 400, 403, 404, 426},
    ),
    # bodies where none belong
    (get(QUERY, "Content-Length: 5") + b"12345", {200, 400}),
    (get(QUERY, "Transfer-Encoding: chunked") + b"0\r\n\r\n", {200, 400}),
    # lengths
    (post(b"ASK {}", "Content-Length: 6", length=False), {200}),
    (post(b"ASK {}", "Content-Length: 6", "Content-Length: 60", length=False), {400}),
    (post(b"ASK {}", "Content-Length: +6", length=False), {400}),
    (post(b"ASK {}", "Content-Length: -6", length=False), {400}),
    (post(b"ASK {}", "Content-Length: 0x6", length=False), {400}),
    (post(b"ASK {}", "Content-Length: 6 6", length=False), {400}),
    (post(b"ASK {}", "Content-Length: 99999999999999999999999", length=False), {400, 413, 431}),
    (post(b"ASK {}", "Content-Length: 18446744073709551615", length=False), {400, 413, 431}),
    (post(b"", "Content-Length: 2000000", length=False), {413}),
    (post(b"", "Content-Length: 1048577", length=False), {413}),
    # chunks
    (post(b"6\r\nASK {}\r\n0\r\n\r\n", "Transfer-Encoding: chunked", length=False), {200}),
    (post(b"3\r\nASK\r\n3\r\n {}\r\n0\r\n\r\n", "Transfer-Encoding: chunked", length=False), {200}),
    (post(b"6;a=b\r\nASK {}\r\n0\r\nTrailer: x\r\n\r\n", "Transfer-Encoding: chunked", length=False), {200, 400}),
    (post(b"x\r\nASK {}\r\n0\r\n\r\n", "Transfer-Encoding: chunked", length=False), {400}),
    (post(b"-6\r\nASK {}\r\n0\r\n\r\n", "Transfer-Encoding: chunked", length=False), {400}),
    (post(b"0x6\r\nASK {}\r\n0\r\n\r\n", "Transfer-Encoding: chunked", length=False), {400}),
    (post(b"FFFFFFFFFFFFFFFFF\r\nASK {}\r\n", "Transfer-Encoding: chunked", length=False), {400, 413}),
    (post(b"6\r\nASK {}\r\n0\r\n\r\n", "Transfer-Encoding: gzip, chunked", length=False), {400, 415, 501}),
    (post(b"6\r\nASK {}\r\n0\r\n\r\n", "Transfer-Encoding: identity", length=False), {400, 411, 415, 501}),
]


@pytest.mark.parametrize(("message", "allowed"), MESSAGES, ids=range(len(MESSAGES)))
def test_a_strange_message_gets_its_status_or_a_closed_door(server, message, allowed):
    if b"Connection: " not in message and b"\r\nHost: " in message:  # so that the end of the answer is seen
        message = message.replace(b"\r\nHost: ", b"\r\nConnection: close\r\nHost: ", 1)
    answer = server.send(message, timeout=3)
    found = statuses(answer)
    assert len(found) == 1, answer[:300]
    assert found[0] in allowed, answer[:600]
    assert b"Traceback" not in answer


SMUGGLED = b"GET /healthz?smuggled HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
DISAGREEING = [
    # RFC 9112 6.1: a length beside chunks is refused, or the connection ends with the answer
    post(b"0\r\n\r\n" + SMUGGLED, "Transfer-Encoding: chunked", "Content-Length: 6", length=False),
    post(b"0\r\n\r\n" + SMUGGLED, "Content-Length: 6", "Transfer-Encoding: chunked", length=False),
    post(b"6\r\nASK {}\r\n0\r\n\r\n" + SMUGGLED, "Content-Length: 21", "Transfer-Encoding: chunked", length=False),
    # an encoding that only one of two servers understands
    post(b"0\r\n\r\n" + SMUGGLED, "Transfer-Encoding: xchunked", "Content-Length: 5", length=False),
    post(b"0\r\n\r\n" + SMUGGLED, "Transfer-Encoding : chunked", "Content-Length: 5", length=False),
    post(b"0\r\n\r\n" + SMUGGLED, "Transfer-Encoding: chunked", "Transfer-Encoding: x", length=False),
    post(b"0\r\n\r\n" + SMUGGLED, "Transfer-Encoding: x", "Transfer-Encoding: chunked", length=False),
    post(b"0\r\n\r\n" + SMUGGLED, "Transfer-Encoding: chunked, identity", length=False),
    post(b"0\r\n\r\n" + SMUGGLED, "Transfer-Encoding:\x0bchunked", "Content-Length: 5", length=False),
    post(b"0\r\n\r\n" + SMUGGLED, "X: y\nTransfer-Encoding: chunked", "Content-Length: 5", length=False),
    # two lengths
    post(b"ASK {}" + SMUGGLED, "Content-Length: 6", f"Content-Length: {6 + len(SMUGGLED)}", length=False),
    post(b"ASK {}" + SMUGGLED, f"Content-Length: 6, {6 + len(SMUGGLED)}", length=False),
    # a chunk whose end isn't where it says
    post(b"6\r\nASK {}XX0\r\n\r\n" + SMUGGLED, "Transfer-Encoding: chunked", length=False),
    post(b"6\nASK {}\n0\n\n" + SMUGGLED, "Transfer-Encoding: chunked", length=False),
    post(b"00000000000000000\r\n\r\n" + SMUGGLED, "Transfer-Encoding: chunked", length=False)[:-1],
]


@pytest.mark.parametrize("message", DISAGREEING, ids=range(len(DISAGREEING)))
def test_a_message_whose_end_is_in_doubt_hides_no_second_one(server, message):
    """At most one answer comes: what stands behind a message of doubtful length is never taken for a request."""
    answer = server.send(message, timeout=2)
    assert len(statuses(answer)) <= 1, answer[:600]
    assert b"smuggled" not in answer
    assert b'"status"' not in answer


def test_requests_in_a_row_are_answered_in_their_order(server):
    texts = [f"SELECT ({number} AS ?n) {{}}" for number in range(5)]
    data = b"".join(post(text.encode(), "Accept: text/csv") for text in texts)
    with server.connect(5) as connection:
        connection.sendall(data + get("/healthz"))
        answer = read_all(connection)
    assert statuses(answer) == [200] * 6
    assert re.findall(rb"n\r\n(\d)\r\n", answer) == [b"0", b"1", b"2", b"3", b"4"]


def test_a_client_that_asks_to_wait_is_told_to_go_on_or_refused_before_it_sends(server):
    with server.connect(5) as connection:
        connection.sendall(post(b"", "Expect: 100-continue", "Content-Length: 6", length=False))
        first = connection.recv(1000)
        assert first.startswith(b"HTTP/1.1 100")
        connection.sendall(b"ASK {}")
        assert statuses(first + read_all(connection))[-1] == 200
    refused = server.send(post(b"", "Expect: 100-continue", "Content-Length: 2000000", length=False), timeout=3)
    assert 413 in statuses(refused)


METHODS = [
    ("PUT", "/sparql"),
    ("DELETE", "/sparql"),
    ("PATCH", "/sparql"),
    ("TRACE", "/sparql"),
    ("FOO", "/sparql"),
    ("PROPFIND", "/sparql"),
    ("PUT", "/graphs?default"),
    ("POST", "/graphs?default"),
    ("DELETE", "/graphs?default"),
    ("POST", "/"),
    ("PUT", "/id/role/lead"),
    ("DELETE", "/healthz"),
    ("TRACE", "/"),
    ("POST", "/search?q=x"),
    ("POST", "/api/queries/tasks-of-plan"),
]


@pytest.mark.parametrize(("method", "target"), METHODS)
def test_another_method_is_refused_and_the_allowed_ones_are_named(server, method, target):
    reply = server.request(target, method=method, headers={"X-Secret": "s3cret"})
    assert reply.status == 405, reply.text
    assert {"GET", "HEAD"} <= {name.strip() for name in reply.headers["allow"].split(",")}
    assert b"s3cret" not in reply.body, "TRACE would show a page the headers it may not read"


@pytest.mark.parametrize("target", ["/", QUERY, "/healthz", "/nothing", "/id/role/lead", "/graphs?default"])
def test_head_has_the_status_and_headers_of_get_and_no_body(server, target):
    got, head = (server.request(target, method=method) for method in ("GET", "HEAD"))
    assert head.status == got.status
    assert head.body == b""
    for name in ("content-type", "etag", "vary", "cache-control", "content-security-policy"):
        assert head.headers.get(name) == got.headers.get(name)


@pytest.mark.parametrize("target", ["/", "/sparql", "/graphs", "/healthz", "/id/role/lead"])
def test_options_names_the_methods(server, target):
    reply = server.request(target, method="OPTIONS")
    assert reply.status in (200, 204)
    allowed = {name.strip() for name in reply.headers["allow"].split(",")}
    assert {"GET", "HEAD", "OPTIONS"} <= allowed
    assert ("POST" in allowed) is (target == "/sparql")


def test_any_page_may_ask_and_none_with_credentials(server):
    origin = {"Origin": f"https://{EVIL}"}
    for reply in (
        server.request(QUERY, headers=origin),
        server.request("/sparql?query=ASK", headers=origin),
        server.request("/sparql", method="DELETE", headers=origin),
        server.request("/data/id/role/lead.ttl", headers=origin),
        server.request("/graphs?default", headers=origin),
        server.request("/nothing", headers=origin),
    ):
        assert reply.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in reply.headers
        assert "set-cookie" not in reply.headers


def test_a_preflight_allows_what_the_protocol_needs(server):
    reply = server.request(
        "/sparql",
        method="OPTIONS",
        headers={
            "Origin": f"https://{EVIL}",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type, accept",
        },
    )
    assert reply.status in (200, 204)
    assert reply.headers["access-control-allow-origin"] == "*"
    assert "POST" in reply.headers["access-control-allow-methods"]
    allowed = {name.strip().lower() for name in reply.headers["access-control-allow-headers"].split(",")}
    assert {"content-type", "accept"} <= allowed or allowed == {"*"}
    assert "access-control-allow-credentials" not in reply.headers


FORGED = [
    {"Host": EVIL},
    {
        "X-Forwarded-Host": EVIL,
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Port": "444",
        "X-Forwarded-Prefix": f"//{EVIL}",
    },
    {"Forwarded": f"host={EVIL};proto=https"},
    {"X-Host": EVIL, "X-Original-URL": f"//{EVIL}/", "X-Rewrite-URL": f"//{EVIL}/", "X-HTTP-Method-Override": "DELETE"},
    {"Referer": f"https://{EVIL}/", "Origin": f"https://{EVIL}"},
]
PATHS = ["/", "/sparql", "/id/role/lead", "/page/id/role/lead", "/data/id/role/lead.ttl", "/ontology", "/dataset"] + [
    "/.well-known/void",
    "/api",
    "/docs",
    "/search?q=x",
    "/nothing",
]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("forged", FORGED, ids=range(len(FORGED)))
def test_no_answer_repeats_a_forged_host(server, path, forged):
    """An answer that a cache keeps must not lead the next reader to another host."""
    for accept in ("text/html", "text/turtle", "*/*"):
        reply = server.request(path, headers={"Accept": accept, **forged})
        assert reply.status < 500
        assert EVIL.encode() not in reply.body
        assert not any(EVIL in value for value in reply.headers.values())


ELSEWHERE = [
    f"//{EVIL}",
    f"//{EVIL}/id/role/lead",
    f"///{EVIL}",
    f"/\\{EVIL}",
    f"/%5c{EVIL}",
    f"/%2f%2f{EVIL}",
    f"/id//{EVIL}",
    f"/id/%2f%2f{EVIL}/",
    f"/id/https://{EVIL}/",
    f"/id/..//{EVIL}",
    f"/./{EVIL}",
    f"/eli/\\{EVIL}",
    f"/graph//{EVIL}/x",
    f"/page//{EVIL}",
    f"/data//{EVIL}.ttl",
    f"/ontology//{EVIL}",
    f"/sparql//{EVIL}",
    f"/id/role/lead%0d%0aLocation:%20//{EVIL}",
    "/id/role/lead%0aSet-Cookie:%20a=b",
    f"/id/role/lead?lang=%0d%0aLocation:%20//{EVIL}",
    f"/id/role/lead?next=//{EVIL}",
    f"/search?q=x&next=//{EVIL}",
]


@pytest.mark.parametrize("target", ELSEWHERE)
def test_no_path_leads_to_another_host_or_adds_a_header(server, target):
    for accept in ("text/html", "text/turtle"):
        answer = server.send(get(target, f"Accept: {accept}"), timeout=5)
        assert statuses(answer)[0] < 500
        head = answer.partition(b"\r\n\r\n")[0].decode("latin-1").lower().split("\r\n")
        assert not any(line.startswith("set-cookie") for line in head)
        for line in head:
            if line.startswith("location:"):
                location = line.partition(":")[2].strip()
                assert location.startswith("/"), line
                assert not location.startswith(("//", "/\\")), line
        assert sum(line.startswith("location:") for line in head) <= 1


OUTSIDE = [
    "/static/../../../../../../etc/passwd",
    "/static/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "/static/..%2f..%2f..%2f..%2f..%2fetc%2fpasswd",
    "/static//etc/passwd",
    "/static/../__init__.py",
    "/static/%2e%2e/__init__.py",
    "/static/..%5c__init__.py",
    "/docs/../engine",
    "/docs/..%2f..%2f..%2f..%2fREADME",
    "/docs/%2e%2e%2f%2e%2e%2fREADME",
    "/data/../../../../etc/passwd.ttl",
    "/data/%2fetc%2fpasswd.ttl",
    "/api/queries/../../../pyproject",
    "/api/queries/..%2f..%2fREADME.md",
    "/api/queries/%2fetc%2fpasswd",
    "/page/../../../etc/passwd",
    "/source/../../../../etc/passwd",
    "/download/../../../../etc/passwd",
    "/sparql?example=../../../../etc/passwd",
    "/sparql?example=%2fetc%2fpasswd",
    "/graphs?graph=file:///etc/passwd",
    "/sparql?query=SELECT*%7B?s?p?o%7D&default-graph-uri=file:///etc/passwd",
]


@pytest.mark.parametrize("target", OUTSIDE)
def test_no_path_leads_out_of_what_is_served(server, target):
    answer = server.send(get(target), timeout=5)
    assert statuses(answer)[0] < 500, answer[:200]
    assert statuses(answer)[0] >= 300 or "example=" in target, answer[:200]
    for part in (b"root:", b"import ", b"[project]", b"# atkg"):
        assert part not in answer


MISTAKES = [
    # what a fault says: enough to mend it, nothing of the machine
    "/sparql?query=SELECT",
    "/sparql?query=%3Cscript%3Ealert(1)%3C/script%3E",
    "/sparql?format=%3Cscript%3E&query=ASK%7B%7D",
    "/sparql?query=SELECT*%7BSERVICE%3Chttp://127.0.0.1:1/%3E%7B%7D%7D",
    "/sparql?query=ASK%7B%7D&default-graph-uri=file:///etc/passwd",
    "/sparql?example=%3Cscript%3E",
    "/id/%3Cscript%3Ealert(1)%3C/script%3E",
    "/page/id/%22onmouseover=alert(1)//",
    "/search?q=%3Cscript%3Ealert(1)%3C/script%3E",
    "/api/queries/%3Cscript%3E",
    "/api/queries/tasks-of-plan?plan=%3Cscript%3E",
    "/docs/%3Cscript%3E",
    "/graphs?graph=%3Cscript%3E",
    "/nothing?lang=%3Cscript%3E",
]


@pytest.mark.parametrize("target", MISTAKES)
@pytest.mark.parametrize("accept", ["text/html", "*/*"])
def test_a_fault_is_told_without_scripts_paths_and_versions(server, target, accept):
    reply = server.request(target, headers={"Accept": accept})
    assert reply.status < 500
    if reply.media_type in ("text/html", "application/xhtml+xml", "image/svg+xml"):
        assert "<script" not in reply.text
        assert not re.search(r"<[^>]+\sonmouseover", reply.text)
    for word in (
        "Traceback",
        'File "',
        str(Path(__file__).parents[1]),
        "site-packages",
        "werkzeug",
        "granian",
        "pyoxigraph",
    ):
        assert word not in reply.text
    assert not re.search(r"\d", reply.headers.get("server", ""))


@pytest.mark.parametrize("path", [*PATHS, QUERY, "/static/style.css", "/graphs?default", "/sparql?query=ASK"])
def test_every_answer_carries_the_security_headers(server, path):
    for accept in ("text/html", "*/*", "text/turtle"):
        headers = server.request(path, headers={"Accept": accept}).headers
        assert headers["x-content-type-options"] == "nosniff"
        policy = {part.strip() for part in headers["content-security-policy"].split(";")}
        assert {"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} <= policy
        assert not any("unsafe" in part or "*" in part for part in policy)
        assert "referrer-policy" in headers
        assert "x-powered-by" not in headers


def test_a_long_query_is_refused_with_the_name_of_the_limit(server):
    reply = server.query("ASK {} #" + "x" * 70_000)
    assert reply.status in (400, 413)
    assert "query_bytes" in reply.text
    reply = server.request("/sparql", method="POST", body=b"x" * 1_100_000, headers={"Content-Type": DIRECT})
    assert reply.status == 413
    assert "body_bytes" in reply.text


def test_a_body_without_a_length_is_bounded_too(server):
    """Chunks that never end: refused at the limit, not gathered."""
    chunk = b"10000\r\n" + b"#" * 0x10000 + b"\r\n"
    with server.connect(10) as connection:
        connection.sendall(post(b"", "Transfer-Encoding: chunked", length=False))
        sent = 0
        try:
            while sent < 64 * len(chunk):
                connection.sendall(chunk)
                sent += len(chunk)
        except OSError:
            pass  # it has closed the door
        answer = read_all(connection)
    assert statuses(answer)[:1] in ([413], []), answer[:300]
    assert max(server.resident_mb().values()) < 1500


LABORIOUS = [
    # (what it is, headers, body of a form)
    ("as many fields as fit", {}, b"a&" * 500_000),
    ("nothing but separators", {}, b"&" * 1_000_000),
    ("one long escaped value", {}, b"query=" + b"%41" * 340_000),
    ("as many queries as fit", {}, b"query=a&" * 125_000),
    ("as many graphs as fit", {}, b"query=ASK{}&" + b"default-graph-uri=x:a&" * 45_000),
    ("as many wishes as fit", {"Accept": "a/b;q=0.1," * 24_000}, b"query=ASK{}"),
    ("a wish of many parameters", {"Accept": "a/b" + ";a=b" * 60_000}, b"query=ASK{}"),
    ("quotes without end", {"Accept": 'a/b;x="' + '\\"' * 110_000}, b"query=ASK{}"),
    ("as many languages as fit", {"Accept-Language": "zh;q=0.1," * 24_000}, b"query=ASK{}"),
    ("as many encodings as fit", {"Accept-Encoding": "gzip;q=0.1," * 24_000}, b"query=ASK{}"),
    ("as many tags as fit", {"If-None-Match": '"a",' * 60_000}, b"query=ASK{}"),
    ("a type of many parameters", {"Content-Type": FORM + ";a=b" * 50_000}, b"query=ASK{}"),
]


@pytest.mark.parametrize(("headers", "body"), [case[1:] for case in LABORIOUS], ids=[case[0] for case in LABORIOUS])
def test_no_message_within_the_limits_is_hard_work(server, headers, body):
    """What one event loop reads, all wait for: a third of a second of processor time is too much for one message."""
    server.is_well()
    before = server.cpu_seconds()
    reply = server.request("/sparql", method="POST", body=body, headers={"Content-Type": FORM, **headers})
    assert reply.status in (200, 400, 406, 413, 415, 431)
    assert server.cpu_seconds() - before < 0.3


def test_repeated_parameters_are_refused_or_one_thing(server):
    for name in ("query=ASK%7B%7D", "format=json", "timeout=1"):
        reply = server.request(f"{QUERY}&{name}&{name}")
        assert reply.status in (200, 400)
    assert server.request(f"{QUERY}&query=ASK%7B%7D").status == 400


def test_unknown_parameters_are_no_fault(server):
    reply = server.request(f"{QUERY}&utm_source=x&%E8%AE%A1=%E5%88%92")
    assert reply.status == 200


def test_a_connection_serves_many_questions(server):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    try:
        connection.connect()
        port = connection.sock.getsockname()[1]
        for number in range(200):
            connection.request("POST", "/sparql", f"ASK {{}} # {number}".encode(), {"Content-Type": DIRECT})
            answer = connection.getresponse()
            assert (answer.status, answer.read()) == (200, b'{"head":{},"boolean":true}')
        assert connection.sock.getsockname()[1] == port
    finally:
        connection.close()


def test_unanswered_bytes_of_a_refused_body_are_no_second_request(server):
    """A 415 before the body is read: what follows on this connection must not be taken for a request."""
    body = SMUGGLED.ljust(500)
    answer = server.send(post(body, kind="text/plain") + get("/healthz?honest"), timeout=3)
    assert statuses(answer)[0] == 415
    assert len(statuses(answer)) <= 2
    body = SMUGGLED.ljust(2_000_000)
    answer = server.send(post(body), timeout=3)
    assert statuses(answer)[:1] in ([413], [])
    assert len(statuses(answer)) <= 1


def test_a_question_that_no_answer_can_be_stored_for_another_wish(server):
    """The same address in two media types: a cache must keep them apart, and so must ours."""
    target = "/sparql?query=" + quote(f"SELECT (1 AS ?{'x' + uuid.uuid4().hex[:8]}) {{}}")
    first = server.request(target, headers={"Accept": "text/csv"})
    second = server.request(target, headers={"Accept": "application/sparql-results+json"})
    again = server.request(
        target, headers={"Accept": "application/sparql-results+json", "If-None-Match": first.headers["etag"]}
    )
    assert "Accept" in first.headers["vary"]
    assert first.headers["etag"] != second.headers["etag"]
    assert second.media_type == "application/sparql-results+json"
    assert again.status == 200
    same = server.request(target, headers={"Accept": "text/csv", "If-None-Match": first.headers["etag"]})
    assert (same.status, same.body) == (304, b"")


def test_gzip_is_given_to_who_asks_and_kept_apart(server):
    text = "SELECT * WHERE { ?s ?p ?o } ORDER BY ?s ?p ?o LIMIT 500"
    target = "/sparql?query=" + quote(text)
    plain = server.request(target, headers={"Accept": "text/csv"})
    packed = server.request(target, headers={"Accept": "text/csv", "Accept-Encoding": "gzip"})
    refused = server.request(target, headers={"Accept": "text/csv", "Accept-Encoding": "gzip;q=0, identity"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body == refused.body
    assert len(packed.body) < len(plain.body) / 3
    assert "Accept-Encoding" in packed.headers["vary"]
    # the same weak tag may name both; a strong one may not
    assert packed.headers["etag"].startswith("W/") or packed.headers["etag"] != plain.headers["etag"]
    for encoding in ("gzip", "identity"):
        tag = (packed if encoding == "gzip" else plain).headers["etag"]
        again = server.request(
            target, headers={"Accept": "text/csv", "Accept-Encoding": encoding, "If-None-Match": tag}
        )
        assert again.status == 304


def test_what_has_no_fixed_answer_is_not_kept(server):
    target = "/sparql?query=" + quote("SELECT (RAND() AS ?x) {}")
    first, second = (server.request(target, headers={"Accept": "text/csv"}) for _ in range(2))
    assert first.body != second.body
    assert "etag" not in first.headers or first.headers["etag"] != second.headers["etag"]


@pytest.mark.parametrize("address", ["0.0.0.0", "::1"])
def test_it_listens_on_loopback_alone(server, address):
    """The default --host is 127.0.0.1: no other address of this machine answers."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            own = probe.getsockname()[0]
        except OSError:
            pytest.skip("this machine has no other address")
    if own.startswith("127."):
        pytest.skip("this machine has no other address")
    target = "::1" if address == "::1" else own
    with pytest.raises(OSError):
        socket.create_connection((target, server.port), timeout=2).close()


def test_the_log_holds_no_query_and_no_line_of_another_making(server):
    """An access log: a line a request, without what was asked, and without line breaks from the address."""
    secret = uuid.uuid4().hex
    server.request(f"/sparql?query=ASK%7B%7D%23{secret}")
    server.request(f"/nothing%0d%0aFORGED{secret}%0a")
    server.request("/nothing", headers={"User-Agent": f"x\tFORGED{secret}"})
    time.sleep(0.5)
    lines = server.said().splitlines()
    assert not any(line.startswith("FORGED") for line in lines)
    assert not any(f"ASK%7B%7D%23{secret}" in line or f"#{secret}" in line for line in lines)


def test_questions_in_both_places_are_refused(server):
    reply = server.request(
        "/sparql?query=ASK%7B%7D", method="POST", body=ASK.encode(), headers={"Content-Type": DIRECT}
    )
    assert reply.status == 400
    reply = server.request(
        "/sparql?query=ASK%7B%7D", method="POST", body=b"query=ASK%7B%7D", headers={"Content-Type": FORM}
    )
    assert reply.status in (200, 400)
