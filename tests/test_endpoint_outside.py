"""No query makes the server call another host or read another source, however it is written; words alone are no fault."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Iterator

import pytest

from atkg.store import Store
from serving import Server, published, serving


@pytest.fixture(scope="module")
def server(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(published(tmp_path_factory.mktemp("outside"), store.nquads())) as running:
        yield running
        running.is_well()


BAD_NETWORK = """PREFIX : <http://127.0.0.1:{port}/> SELECT * WHERE {{ ?a ?b ?c . {trick} }}"""
TRICKS = [
    "SERVICE <http://127.0.0.1:{port}/> {{ ?s ?p ?o }}",
    "service silent :x {{ ?s ?p ?o }}",
    "SERVICE ?c {{ ?s ?p ?o }}",
    "SER\\u0056ICE :x {{ ?s ?p ?o }}",
    "#x\nSERVICE#x\n:x#x\n{{ ?s ?p ?o }}",
    # the parser knows no ends of words
    "FILTER(true)SERVICE:x{{ ?s ?p ?o }}",
    "FILTER(true)SERVICESILENT:x{{ ?s ?p ?o }}",
    "FILTER(true)servicesilent :x{{ ?s ?p ?o }}",
    "VALUES ?x {{ UNDEF }}SERVICE:x{{ ?s ?p ?o }}",
    "OPTIONAL {{ ?x ?y true }}SERVICE:x{{ ?s ?p ?o }}",
    "?x ?y trueSERVICE :x{{ ?s ?p ?o }}",
    "?x ?y 1.0e1SERVICE :x{{ ?s ?p ?o }}",
    "?x ?y 1.SERVICE :x{{ ?s ?p ?o }}",
    "?x ?y :.SERVICE :x{{ ?s ?p ?o }}",
    "GRAPH ?g {{ ?s ?p ?o }}SERVICE:x{{ ?s ?p ?o }}",
    "LATERAL {{SERVICE:x{{ ?s ?p ?o }}}}",
    # less-than is no IRI, and the comment ends no query
    "FILTER(1<2)SERVICE:x#>\n{{ ?s ?p ?o }}",
    "FILTER(1<2)SERVICE:x#\\u003E\n{{ ?s ?p ?o }}",
    'FILTER("a"<"b"||1<2)SERVICE:x#">\n{{ ?s ?p ?o }}',
    # an escape in a string ends no string, one in a name begins no comment and no string
    'BIND("a\\u0022" AS ?x) SERVICE :x {{ ?s ?p ?o }} BIND("b" AS ?y)',
    'BIND("a\\u005C" AS ?x) SERVICE :x {{ ?s ?p ?o }} BIND("b" AS ?y)',
    "BIND(:a\\# AS ?x) SERVICE :x {{ ?s ?p ?o }}",
    "BIND(:a\\' AS ?x) SERVICE :x {{ ?s ?p ?o }} BIND('b' AS ?y)",
    "BIND('''a\\'''' AS ?x) SERVICE :x {{ ?s ?p ?o }} BIND('''b''' AS ?y)",
    # other ways out
    "}} ; LOAD <http://127.0.0.1:{port}/> ; ASK {{",
    "}} LOAD :x",
]
ELSEWHERE = [
    ("SELECT * FROM <http://127.0.0.1:{port}/x> WHERE {{ ?s ?p ?o }}", {400}),
    ("SELECT * FROM NAMED <http://127.0.0.1:{port}/x> WHERE {{ GRAPH ?g {{ ?s ?p ?o }} }}", {400}),
    ("SELECT * FROM <file:///etc/hosts> WHERE {{ ?s ?p ?o }}", {400}),
    ("SELECT * FROM <file:///no/such/file> WHERE {{ ?s ?p ?o }}", {400}),
    ("SELECT * WHERE {{ GRAPH <http://127.0.0.1:{port}/x> {{ ?s ?p ?o }} }}", {200, 400}),
    ("DESCRIBE <http://127.0.0.1:{port}/x>", {200, 400}),
    ("LOAD <http://127.0.0.1:{port}/x>", {400}),
    ("LOAD <file:///etc/hosts> INTO GRAPH <x:y>", {400}),
]


@pytest.fixture(scope="module")
def outside() -> Iterator[tuple[int, list[bytes]]]:
    """The port of a listener on this machine, and what came to it."""
    heard: list[bytes] = []
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()

        def hear() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    heard.append(b"call")
                    connection.close()

        threading.Thread(target=hear, daemon=True).start()
        yield listener.getsockname()[1], heard
        listener.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("trick", TRICKS, ids=range(len(TRICKS)))
def test_no_query_makes_a_call(server, outside, trick):
    port, heard = outside
    reply = server.query(BAD_NETWORK.format(port=port, trick=trick.format(port=port)))
    assert reply.status == 400, reply.text[:300]
    assert not heard


@pytest.mark.parametrize(("text", "allowed"), ELSEWHERE, ids=range(len(ELSEWHERE)))
def test_no_query_reads_another_source(server, outside, text, allowed):
    port, heard = outside
    reply = server.query(text.format(port=port))
    assert reply.status in allowed, reply.text[:300]
    if "file:" in text:
        assert "no/such" in text or "localhost" not in reply.text
    assert not heard


def test_a_reader_can_open_no_socket_even_where_the_guard_is_passed(outside, store):
    """What stands behind the guard: the process itself is forbidden to call."""
    from atkg.web.endpoint.confine import confine

    port, heard = outside
    text = f"SELECT * WHERE {{ SERVICE <http://127.0.0.1:{port}/> {{ ?s ?p ?o }} }}"
    pid = os.fork()
    if not pid:
        status = 1
        try:
            confine(1 << 30, files=True)
            store.query(text).to_bytes("text/csv")
        except Exception:  # whatever the engine makes of it
            status = 42
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 42
    assert not heard


FAIR = [
    # the word where it calls nothing
    'SELECT ("SERVICE <http://a/> { LOAD" AS ?text) WHERE {}',
    "SELECT ?service WHERE { BIND (1 AS ?service) } # SERVICE <http://a/> {",
    "SELECT * WHERE { BIND (<http://a/SERVICE> AS ?iri) }",
    "SELECT * WHERE { BIND ('''it's a SERVICE \"x\" ''' AS ?text) }",
    "PREFIX service: <http://a/> SELECT * WHERE { BIND (service:SERVICE AS ?iri) }",
    "PREFIX sd: <http://www.w3.org/ns/sparql-service-description#> SELECT * WHERE { ?s a sd:Service }",
    "PREFIX s: <http://schema.org/> SELECT * WHERE { ?s s:serviceType ?o }",
    # words of updates as names
    "SELECT ?insert ?delete ?load WHERE { ?insert ?delete ?load } LIMIT 1",
    'SELECT ("DROP ALL; INSERT DATA { <a:a> <a:b> <a:c> }" AS ?x) WHERE {}',
    # less-than before an IRI and after a number
    "SELECT * WHERE { FILTER (1<2&&3>2) BIND (<http://a/b(c)> AS ?x) }",
    # nested as far as people nest
    "SELECT * WHERE { { { { ?s ?p ?o OPTIONAL { ?o ?q ?r OPTIONAL { ?r ?u ?v } } } UNION { ?s ?x ?y } } } } LIMIT 1",
]


@pytest.mark.parametrize("text", FAIR)
def test_an_honest_query_that_looks_like_one_of_these_is_answered(server, text):
    reply = server.query(text)
    assert reply.status == 200, reply.text
