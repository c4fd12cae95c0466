"""`atkg validate` on what stands at an address: RDF of every kind, an endpoint, and all that servers can do wrong."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from conftest import DATA
from validating import (  # the fixtures among them are asked for by name
    DATA,
    FAILS,
    PASSES,
    check,
    converted,
    elsewhere,
    registers_only,
    results,
    run,
)

from atkg import remote
from atkg.errors import InputError


@dataclass
class Web:
    """A server of the tests: path → (status, headers, body), and what it was asked."""

    answers: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    address: str = ""


@pytest.fixture
def web() -> Iterator[Web]:
    served = Web()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.0"

        def do_GET(self) -> None:
            served.asked.append((self.path, dict(self.headers)))
            status, headers, body = served.answers.get(urlsplit(self.path).path, (404, {}, b""))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            for start in range(0, len(body), 1 << 20):
                self.wfile.write(body[start : start + (1 << 20)])
            if "X-Slow" in headers:
                for _ in range(100):
                    time.sleep(0.05)
                    self.wfile.write(b"#\n")
                    self.wfile.flush()

        def log_message(self, *_: object) -> None: ...

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None: ...  # a client that hangs up

    server = Server(("127.0.0.1", 0), Handler)
    served.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield served
    server.shutdown()
    thread.join()
    server.server_close()


SERVED = [
    # the media type decides, whatever the address ends in
    ("/x.html", "text/turtle", FAILS),
    ("/x", "text/turtle; charset=utf-8", FAILS),
    ("/x", "application/n-triples", converted(FAILS, "nt")),
    ("/x", "application/rdf+xml", converted(FAILS, "xml")),
    ("/x", "application/ld+json", converted(FAILS, "json-ld")),
    # a type that says nothing: the suffix decides
    ("/x.ttl", "text/plain", FAILS),
    ("/x.ttl", "application/octet-stream", FAILS),
]


@pytest.mark.parametrize(("path", "kind", "body"), SERVED, ids=[" ".join(row[:2]) for row in SERVED])
def test_rdf_at_an_address_is_checked(path, kind, body, web, check):
    web.answers[path] = (200, {"Content-Type": kind}, body.encode())
    done = check(web.address + path, "--format", "json")
    assert done.exit_code == 1, done.output
    (found,) = results(done)
    assert (found["shape"], found["place"]["file"]) == ("Task-leadAgency", web.address + path)
    assert "text/turtle" in web.asked[0][1]["Accept"]


def test_an_annotation_of_what_was_fetched_names_no_file_of_the_repository(web, check):
    web.answers["/x"] = (200, {"Content-Type": "text/turtle"}, FAILS.encode())
    done = check(f"{web.address}/x", "--format", "github")
    command = done.stdout.splitlines()[0]
    assert command.startswith("::error title=") and f"{web.address}/x" in command


def test_a_packed_dump_is_unpacked(web, check):
    quads = "".join(line + "\n" for line in converted(FAILS, "nt").splitlines())
    web.answers["/dump.nt.gz"] = (200, {"Content-Type": "application/gzip"}, gzip.compress(quads.encode()))
    assert {result["shape"] for result in results(check(f"{web.address}/dump.nt.gz", "--format", "json"))} == {
        "Task-leadAgency"
    }


def test_a_sparql_endpoint_is_asked_for_all_its_triples(web, check):
    web.answers["/sparql"] = (200, {"Content-Type": "application/n-triples"}, converted(FAILS, "nt").encode())
    done = check(f"{web.address}/sparql", "--format", "json")
    assert {result["shape"] for result in results(done)} == {"Task-leadAgency"}
    (query,) = parse_qs(urlsplit(web.asked[0][0]).query)["query"]
    assert query.startswith("CONSTRUCT") and "GRAPH" in query


def test_a_whole_snapshot_is_as_good_as_the_data_folder(web, tmp_path):
    """Its registers are not taken for copies of those that it is checked beside."""
    from atkg import dataset
    from atkg.plans import read_plans
    from atkg.registers import Registers

    store = dataset.load(read_plans(DATA), Registers.load(DATA / "registers"))
    triples = b"".join(sorted(set(store.graph_ntriples(store.graphs()).splitlines(keepends=True))))
    for path, kind, body in (
        ("/graphs", "application/n-triples", triples),
        ("/atkg.nq", "application/n-quads", store.nquads()),
    ):
        web.answers[path] = (200, {"Content-Type": kind}, body)
        done = run(f"{web.address}{path}?default", "--format", "json")
        shapes = [result["shape"] for result in results(done)]
        assert (done.exit_code, len(shapes), set(shapes)) == (
            0,
            21,
            {"Task-leadAlsoCooperating", "Task-leadOnlyCollective"},
        )


REFUSED = [
    ("/page", (200, {"Content-Type": "text/html"}, b"<p>hello"), "answered with text/html, not RDF"),
    ("/none", (200, {}, b"hello"), "not RDF"),
    ("/gone", (404, {}, b""), "the server answered 404"),
    ("/down", (503, {}, b""), "the server answered 503"),
    ("/faulty", (200, {"Content-Type": "text/turtle"}, b"<a> <b>"), "is not valid Turtle"),
    ("/empty", (200, {"Content-Type": "text/turtle"}, b""), "holds no triple"),
    ("/file", (302, {"Location": "file:///etc/hostname"}, b""), "302"),
    ("/ftp", (302, {"Location": "ftp://127.0.0.1/x.ttl"}, b""), "302"),
    ("/round", (302, {"Location": "/round"}, b""), "302"),
    (
        "/torn",
        (200, {"Content-Type": "text/turtle", "Content-Encoding": "gzip"}, gzip.compress(FAILS.encode())[:60]),
        "cut short",
    ),
    ("/odd", (200, {"Content-Type": "text/turtle", "Content-Encoding": "gzip"}, b"no gzip"), "can't be unpacked"),
    ("/short", (200, {"Content-Type": "text/turtle", "Content-Length": "9000"}, b"<a:a> "), "cut short"),
]


@pytest.mark.parametrize(("path", "answer", "words"), REFUSED, ids=[row[0] for row in REFUSED])
def test_an_address_that_gives_no_rdf_is_one_sentence(path, answer, words, web, check):
    web.answers[path] = answer
    done = check(web.address + path)
    assert done.exit_code == 1 and isinstance(done.exception, SystemExit), done.output
    assert words in done.stderr and f"{web.address}{path}" in done.stderr
    assert len(done.stderr.splitlines()) == 1 and "Traceback" not in done.output


def test_a_redirect_is_followed(web, check):
    web.answers["/old"] = (303, {"Location": "/new.ttl"}, b"")
    web.answers["/new.ttl"] = (200, {"Content-Type": "text/turtle"}, PASSES.encode())
    assert check(f"{web.address}/old").exit_code == 0


def test_nobody_there_is_one_sentence(check):
    done = check("http://127.0.0.1:9/x.ttl")
    assert done.exit_code == 1 and "can't be fetched" in done.stderr and "Traceback" not in done.output


@pytest.mark.alone
def test_what_is_too_large_or_too_slow_is_given_up(web):
    web.answers["/large"] = (200, {"Content-Type": "text/turtle"}, b"#" * 300_000)
    bomb = gzip.compress(b"#" * 50_000_000)
    web.answers["/bomb"] = (200, {"Content-Type": "text/turtle", "Content-Encoding": "gzip"}, bomb)
    web.answers["/slow"] = (200, {"Content-Type": "text/turtle", "X-Slow": "yes"}, b"")
    for path in ("/large", "/bomb"):
        with pytest.raises(InputError, match="larger than"):
            remote.fetch(web.address + path, largest=200_000)
    start = time.monotonic()
    with pytest.raises(InputError, match="too long"):
        remote.fetch(f"{web.address}/slow", longest=0.3)
    assert time.monotonic() - start < 4


def test_an_address_in_chinese_is_escaped(web, check):
    web.answers["/%E8%AE%A1%E5%88%92.ttl"] = (200, {"Content-Type": "text/turtle"}, PASSES.encode())
    assert check(f"{web.address}/计划.ttl").exit_code == 0
    assert web.asked[0][0] == "/%E8%AE%A1%E5%88%92.ttl"
