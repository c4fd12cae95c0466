"""Requests made at random from a seed: no answer says that the server failed, and no process is left behind.

ATKG_FUZZ=<number> makes more of them than the twelve hundred that every run of the tests makes, ATKG_FUZZ_SEED others.
"""

from __future__ import annotations

import http.client
import os
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote, quote_from_bytes, urlencode

import pytest

from atkg.store import Store
from serving import DIRECT, FORM, LINUX, Reply, Server, published, serving, wait_for

pytestmark = pytest.mark.alone

COUNT = int(os.environ.get("ATKG_FUZZ", "1200"))
SEED = int(os.environ.get("ATKG_FUZZ_SEED", "20211"))
CLIENTS = 8
UNABLE = ("deadline", "reader_bytes", "slow_queries", "正在制作", "being made")
"""What a 503 tells: a limit by its name, or that the downloads are not ready yet."""
QUERIES = [path.read_text(encoding="utf-8") for path in sorted((Path(__file__).parent.parent / "queries").glob("*.rq"))]

WORDS = (
    "SELECT ASK CONSTRUCT DESCRIBE WHERE FROM NAMED GRAPH OPTIONAL UNION MINUS FILTER EXISTS NOT BIND AS VALUES UNDEF "
    "SERVICE SILENT LATERAL ORDER BY GROUP HAVING LIMIT OFFSET DISTINCT REDUCED COUNT SUM AVG MIN SAMPLE GROUP_CONCAT "
    "REGEX REPLACE STR LANG IRI BNODE UUID NOW RAND CONCAT SUBSTR IF COALESCE IN PREFIX BASE INSERT DELETE LOAD DROP "
    "{ } ( ) [ ] . ; , * + ? / | ^ ! = != < > <= && || - a true 1 -1 1e400 0.5 ?x ?y $z <x:y> <> <../a> <\\u003E> "
    'atkg:Task atkg:derivedFrom+ atkg:tracesTo rdf:type :a _:b "text" "a"@zh "1"^^<x:y> """long""" \' " # \\ \\u0022 @ '
    "<< >> <<( )>> {| |} ~ \x00 \x7f \ufeff 计划 𠀀 \u202e \ud800"
).split(" ")
ACCEPTS = (
    None,
    "*/*",
    "text/csv",
    "application/sparql-results+json",
    "application/sparql-results+xml;q=0.3, text/html;q=0.2",
    "text/turtle",
    "text/html",
    "application/ld+json, */*;q=0.1",
    "image/png",
    ";q=",
    "*",
)
FORMATS = ("csv", "tsv", "json", "xml", "turtle", "ntriples", "jsonld", "rdfxml", "page", "", "x", "../")
PATHS = (
    "/",
    "/sparql",
    "/graphs",
    "/id/role/lead",
    "/page/id/role/lead",
    "/data/id/role/lead.ttl",
    "/eli/yuxi-2021-2030",
) + (
    "/ontology",
    "/shapes",
    "/dataset",
    "/.well-known/void",
    "/search",
    "/api",
    "/api/queries/tasks-of-plan",
    "/docs",
    "/healthz",
    "/static/style.css",
    "/calendar/x.ics",
    "/download/atkg.nq",
)
NAMES = (
    "query",
    "default-graph-uri",
    "named-graph-uri",
    "format",
    "timeout",
    "graph",
    "default",
    "q",
    "lang",
    "plan",
) + (
    "page",
    "agency",
    "update",
    "example",
    "bom",
    "計",
)
HEADERS = ("Accept", "Accept-Language", "Accept-Encoding", "If-None-Match", "If-Modified-Since", "Range", "Origin") + (
    "Content-Type",
    "Content-Encoding",
    "X-Forwarded-For",
    "Cookie",
    "Expect",
    "TE",
    "Upgrade",
    "User-Agent",
)


@pytest.fixture(scope="module")
def server(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    out = published(tmp_path_factory.mktemp("fuzz"), store.nquads())
    with serving(out, options=("--limit", "deadline=1", "--limit", "body_seconds=2")) as running:
        running.is_well()
        yield running
        assert "Traceback" not in running.said()


def text_of(chance: random.Random) -> str:
    """A query, more or less."""
    if chance.random() < 0.2:
        return " ".join(chance.choices(WORDS, k=chance.randint(1, 60)))
    text = chance.choice(QUERIES)
    for _ in range(chance.choice((0, 1, 1, 2, 3, 8))):
        start, end = sorted((chance.randrange(len(text) + 1), chance.randrange(len(text) + 1)))
        end = min(end, start + chance.choice((1, 5, 50, 500)))
        match chance.randrange(5):
            case 0:
                text = text[:start] + text[end:]
            case 1:
                text = text[:end] + text[start:end] * chance.choice((1, 2, 30)) + text[end:]
            case 2:
                text = text[:start] + chance.choice(WORDS) + text[start:]
            case 3:
                text = f"{text[:start]} {chance.choice(WORDS)} {text[end:]}"
            case _:
                opening, closing = chance.choice(("{}", "()", "[]", "<>", '""', "''"))
                times = chance.choice((1, 3, 60, 120))
                text = text[:start] + opening * times + text[start:end] + closing * times + text[end:]
        text = text[:80_000] or " "
    return text


def value_of(chance: random.Random) -> str:
    return chance.choice(
        (
            text_of(chance)[:3000],
            chance.choice(WORDS),
            "https://w3id.org/atkg/graph/plan/luan-2022-49",
            "".join(chr(chance.randrange(0x2FFF)) for _ in range(chance.randint(0, 40))),
            str(chance.uniform(-10, 10)),
            "../" * 5,
            "",
        )
    )


def a_query(server: Server, chance: random.Random) -> Reply:
    """A query by any of the three ways, with any wish."""
    text = text_of(chance).encode("utf-8", "surrogatepass")
    accept, wanted = chance.choice(ACCEPTS), chance.choice((None, None, chance.choice(FORMATS)))
    headers = {"Accept": accept} if accept else {}
    parameters = [("format", wanted)] if wanted is not None else []
    if chance.random() < 0.15:
        parameters.append((chance.choice(NAMES), value_of(chance)))
    encoded = urlencode(parameters, errors="surrogatepass")
    match chance.randrange(3):
        case 0 if len(text) < 20_000:
            return server.request(f"/sparql?{encoded}&query={quote_from_bytes(text)}", headers=headers)
        case 1:
            body = f"{encoded}&query={quote_from_bytes(text)}".encode()
            return server.request("/sparql", method="POST", body=body, headers={**headers, "Content-Type": FORM})
        case _:
            return server.request(
                f"/sparql?{encoded}", method="POST", body=text, headers={**headers, "Content-Type": DIRECT}
            )


def an_address(server: Server, chance: random.Random) -> Reply:
    """Any path, parameters, method and header fields."""
    path = chance.choice(PATHS)
    if chance.random() < 0.5:
        path += chance.choice(
            ("/", "//", "/..", "/%2e%2e/", "/x", ".ttl", ".json", "%00", "%", "%ff", "/计", ";a", "\\")
        )
    pairs = [(chance.choice(NAMES), value_of(chance)) for _ in range(chance.randint(0, 4))]
    if pairs:
        path += "?" + urlencode(pairs, errors="surrogatepass")
    if chance.random() < 0.1:
        place = chance.randrange(1, len(path) + 1)
        path = path[:place] + chance.choice(("%", "%g1", "%c0%ae", "&", "=", "#", "+", "?", ";")) + path[place:]
    headers = {
        chance.choice(HEADERS): re.sub(r"[^\x20-\x7e\xa0-\xff]", "", value_of(chance)[:300]).strip()
        for _ in range(chance.randint(0, 3))
    }
    method = chance.choice(("GET",) * 8 + ("HEAD", "OPTIONS", "POST", "PUT", "DELETE", "TRACE", "X"))
    path = quote(path, safe="/%?&=+;#:@!$'()*,~[]\\")
    body = value_of(chance).encode("utf-8", "surrogatepass") if method in ("POST", "PUT") else None
    headers.pop("Expect", None)  # http.client waits for nothing
    return server.request(path.split("#")[0], method=method, headers=headers, body=body)


def a_message(server: Server, chance: random.Random) -> Reply | None:
    """A message with some bytes changed; None where the server just closes the door."""
    body = text_of(chance).encode("utf-8", "surrogatepass")[:2000]
    head = f"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: {DIRECT}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    if chance.random() < 0.5:
        head, body = b"GET /sparql?query=ASK%7B%7D HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n", b""
    data = bytearray(head + body)
    for _ in range(chance.choice((1, 1, 2, 5, 20))):
        place = chance.randrange(min(len(data), len(head) + 20))
        match chance.randrange(4):
            case 0:
                data[place] = chance.randrange(256)
            case 1:
                del data[place : place + chance.choice((1, 2, 10))]
            case 2:
                data[place:place] = bytes(chance.choices(b"\r\n :;,\0\xff%09azAZ", k=chance.choice((1, 2, 5))))
            case _:
                data[place:place] = chance.choice(
                    (
                        b"Transfer-Encoding: chunked\r\n",
                        b"Content-Length: 3\r\n",
                        b"Connection: Upgrade\r\n",
                        b"\r\n\r\n",
                    )
                )
        if len(data) < 2:
            break
    answer = server.send(bytes(data), timeout=0.5)
    found = re.match(rb"HTTP/1\.[01] (\d{3})[^\r]*\r\n(.*?)\r\n\r\n(.*)", answer, re.DOTALL)
    if not found:
        return None
    fields = dict(line.lower().partition(b": ")[::2] for line in found[2].split(b"\r\n"))
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in fields.items()}
    # what was inserted may end the message, and what is left of it begins another, which has an answer of its own
    length = int(headers.get("content-length", len(found[3])))
    return Reply(int(found[1]), headers, found[3][:length], 0.0)


KINDS: tuple[Callable[[Server, random.Random], Reply | None], ...] = (a_query, a_query, an_address, a_message)


@LINUX
def test_no_request_made_at_random_makes_the_server_fail(server):
    """No 5xx but 503 with Retry-After, no end of the server, no processor time afterwards, no process too many."""

    def one(number: int) -> tuple[str, int]:
        chance = random.Random(f"{SEED}/{number}")
        kind = KINDS[number % len(KINDS)]
        try:
            reply = kind(server, chance)
        except (OSError, http.client.HTTPException) as error:
            # a door closed in the middle of what is sent is an answer to a message that is too long or broken
            assert isinstance(error, (ConnectionError, http.client.BadStatusLine, http.client.InvalidURL)), (
                number,
                error,
            )
            return kind.__name__, 0
        status = reply.status if reply else 0
        assert status < 500 or (status == 503 and int(reply.headers["retry-after"]) > 0), (
            number,
            status,
            reply.body[:300],
        )
        if status == 503 and reply.body:
            assert any(reason in reply.text for reason in UNABLE), (number, reply.text)
        if status == 200 and reply.media_type == "application/sparql-results+json" and reply.body:
            assert reply.headers.get("content-encoding") or reply.body.rstrip().endswith(b"}")
        return kind.__name__, status

    with ThreadPoolExecutor(CLIENTS) as executor:
        counted = Counter(executor.map(one, range(COUNT)))
    assert server.process.poll() is None
    # most kinds of answers were met: a fuzz that only sees refusals tests nothing behind them
    assert {200, 400} <= {status for kind, status in counted if kind == "a_query"}
    assert {200, 404} <= {status for kind, status in counted if kind == "an_address"}
    assert {200, 400} <= {status for kind, status in counted if kind == "a_message"}
    server.is_well()
    assert wait_for(lambda: _quiet(server), 15), "processor time is used for nobody"
    assert len(server.children()) < 40


def _quiet(server: Server) -> bool:
    before = server.cpu_seconds()
    time.sleep(0.5)
    return server.cpu_seconds() - before < 0.1


def test_the_same_seed_makes_the_same_requests():
    texts = [text_of(random.Random(f"{SEED}/{number}")) for number in range(50)]
    assert texts == [text_of(random.Random(f"{SEED}/{number}")) for number in range(50)]
    assert len(set(texts)) > 40
