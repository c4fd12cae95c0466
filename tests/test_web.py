"""The endpoint over real HTTP messages: forms, media types, limits, and what it refuses."""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ET

import pytest
from flask.testing import FlaskClient
from rdflib import Graph

from atkg.store import Store
from atkg.web import create_app
from atkg.web.guard import MAX_DEPTH, MAX_OPERATORS, MAX_PATTERNS, MAX_QUERY_BYTES

SELECT = "SELECT ?task WHERE { ?task a <https://w3id.org/atkg/ontology#Task> } ORDER BY ?task LIMIT 3"
ASK = "ASK { ?task a <https://w3id.org/atkg/ontology#Task> }"
CONSTRUCT = "CONSTRUCT { ?task a ?type } WHERE { ?task a ?type FILTER (?type = <https://w3id.org/atkg/ontology#Task>) }"
DESCRIBE = "DESCRIBE <https://w3id.org/atkg/id/agency/yuxi/public-security>"
MANIFEST = {
    "digest": "sha256:0",
    "quads": 1,
    "version": "0.1.0",
    "validation": {"violation": 0, "warning": 0, "info": 0},
}


@pytest.fixture(scope="module")
def client(store: Store) -> FlaskClient:
    return create_app(store, MANIFEST).test_client()


NEGOTIATED = [
    # no Accept at all must answer: the first form of each kind
    (SELECT, None, 200, "application/sparql-results+json"),
    (ASK, None, 200, "application/sparql-results+json"),
    (CONSTRUCT, None, 200, "text/turtle"),
    (SELECT, "*/*", 200, "application/sparql-results+json"),
    (SELECT, "application/sparql-results+xml", 200, "application/sparql-results+xml"),
    (SELECT, "text/csv", 200, "text/csv"),
    (SELECT, "text/tab-separated-values", 200, "text/tab-separated-values"),
    # a list of which only one fits
    (SELECT, "text/html, text/csv", 200, "text/csv"),
    # q-values decide
    (SELECT, "text/csv;q=0.5, application/sparql-results+xml;q=0.9", 200, "application/sparql-results+xml"),
    (ASK, "application/sparql-results+xml", 200, "application/sparql-results+xml"),
    (CONSTRUCT, "text/turtle", 200, "text/turtle"),
    (CONSTRUCT, "application/n-triples", 200, "application/n-triples"),
    (CONSTRUCT, "application/ld+json", 200, "application/ld+json"),
    (DESCRIBE, "application/rdf+xml", 200, "application/rdf+xml"),
    # a form that the answer has not
    (SELECT, "text/turtle", 406, "text/plain"),
    (CONSTRUCT, "text/csv", 406, "text/plain"),
    (SELECT, "image/png", 406, "text/plain"),
    # faults of the query
    ("SELECT", None, 400, "text/plain"),
    ("", None, 400, "text/plain"),
    ("INSERT DATA { <a:a> <a:b> <a:c> }", None, 400, "text/plain"),
]


@pytest.mark.parametrize(("query", "accept", "status", "media_type"), NEGOTIATED)
def test_the_answer_has_the_media_type_that_the_client_likes_best(client, query, accept, status, media_type):
    headers = {"Accept": accept} if accept else {}
    for answer in (
        client.get("/sparql", query_string={"query": query}, headers=headers),
        client.post("/sparql", data={"query": query}, headers=headers),
        client.post("/sparql", data=query, content_type="application/sparql-query", headers=headers),
    ):
        assert (answer.status_code, answer.mimetype) == (status, media_type), answer.text


READERS = {
    "application/sparql-results+json": lambda body: json.loads(body)["results"]["bindings"],
    "application/sparql-results+xml": lambda body: ET.fromstring(body).findall(".//{*}result"),
    "text/csv": lambda body: list(csv.DictReader(io.StringIO(body))),
    "text/tab-separated-values": lambda body: body.strip().split("\n")[1:],
}


@pytest.mark.parametrize("media_type", READERS)
def test_other_readers_find_three_rows_in_each_form(client, media_type):
    answer = client.get("/sparql", query_string={"query": SELECT}, headers={"Accept": media_type})
    assert len(READERS[media_type](answer.text)) == 3


@pytest.mark.parametrize(
    ("media_type", "format_"),
    [
        ("text/turtle", "turtle"),
        ("application/n-triples", "nt"),
        ("application/ld+json", "json-ld"),
        ("application/rdf+xml", "xml"),
    ],
)
def test_rdflib_reads_each_graph_form_as_the_same_graph(client, media_type, format_):
    answer = client.get("/sparql", query_string={"query": DESCRIBE}, headers={"Accept": media_type})
    plain = client.get("/sparql", query_string={"query": DESCRIBE}, headers={"Accept": "application/n-triples"})
    assert set(Graph().parse(data=answer.text, format=format_)) == set(Graph().parse(data=plain.text, format="nt"))


def test_chinese_comes_back_as_utf_8(client):
    answer = client.get(
        "/sparql", query_string={"query": 'SELECT ("玉溪市" AS ?name) WHERE {}'}, headers={"Accept": "text/csv"}
    )
    assert answer.data.decode("utf-8").splitlines() == ["name", "玉溪市"]
    assert answer.content_type == "text/csv; charset=utf-8"


def test_a_format_short_cut_stands_over_accept(client):
    answer = client.get("/sparql", query_string={"query": SELECT, "format": "csv"}, headers={"Accept": "text/turtle"})
    assert answer.mimetype == "text/csv"


def test_the_parser_says_line_and_column(client):
    answer = client.get("/sparql", query_string={"query": "SELECT *\nWHERE { ?s ?p }"})
    assert answer.status_code == 400
    assert "2:" in answer.text


REFUSED = [
    # a call to elsewhere, however it is written
    ("SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }", "SERVICE"),
    ("SELECT * { service SILENT ?x { ?s ?p ?o } }", "SERVICE"),
    ("SELECT * { SER\\u0056ICE <http://127.0.0.1:1/> {} }", "SERVICE"),
    ("SELECT * { #x\n SERVICE#x\n<http://127.0.0.1:1/> {} }", "SERVICE"),
    # what overflows the native stack of a parser
    ("SELECT * WHERE " + "{" * 3000 + "}" * 3000, str(MAX_DEPTH)),
    ("SELECT * WHERE { FILTER (" + "!" * 9500 + "true) }", str(MAX_OPERATORS)),
    ("SELECT * WHERE { FILTER (1" + "+1" * 7000 + " = 2) }", str(MAX_OPERATORS)),
    ("SELECT * WHERE { " + "{} UNION " * 6700 + "{} }", ""),
    # what keeps a planner busy
    ("SELECT * WHERE { " + "?a ?b ?c . " * 600 + "}", str(MAX_PATTERNS)),
    ("SELECT * WHERE { ?a ?b '" + "x" * MAX_QUERY_BYTES + "' }", str(MAX_QUERY_BYTES)),
]


@pytest.mark.parametrize(("query", "named"), REFUSED, ids=range(len(REFUSED)))
def test_what_would_end_or_leave_the_process_is_refused_by_name(client, query, named):
    answer = client.post("/sparql", data=query, content_type="application/sparql-query")
    assert answer.status_code == 400
    assert named in answer.text


ANSWERED = [
    # the word in a literal, a comment, an IRI or a variable calls nothing
    'SELECT ("SERVICE <http://a/> {" AS ?text) WHERE {}',
    "SELECT ?service WHERE { BIND (1 AS ?service) } # SERVICE <http://a/>",
    "SELECT * WHERE { BIND (<http://a/SERVICE> AS ?iri) }",
    "SELECT * WHERE { BIND ('''it's a SERVICE \"x\" ''' AS ?text) }",
    "PREFIX service: <http://a/> SELECT * WHERE { BIND (service:SERVICE AS ?iri) }",
]


@pytest.mark.parametrize("query", ANSWERED)
def test_the_word_service_where_it_calls_nothing_is_answered(client, query):
    assert client.get("/sparql", query_string={"query": query}).status_code == 200


METHODS = [
    ("PUT", {}, 405),
    ("DELETE", {}, 405),
    ("PATCH", {}, 405),
    ("POST", {"data": "x", "content_type": "text/plain"}, 415),
    ("POST", {"data": {"update": "DROP ALL"}}, 400),
    ("POST", {"data": "DROP ALL", "content_type": "application/sparql-update"}, 415),
    ("GET", {"query_string": {"query": [SELECT, SELECT]}}, 400),
    ("GET", {"query_string": {"query": SELECT, "format": "xls"}}, 400),
    ("POST", {"data": b"\xff\xfe", "content_type": "application/sparql-query"}, 400),
    ("POST", {"data": b"x" * 2_000_000, "content_type": "application/sparql-query"}, 413),
]


@pytest.mark.parametrize(("method", "arguments", "status"), METHODS, ids=range(len(METHODS)))
def test_other_methods_bodies_and_updates_are_refused(client, method, arguments, status):
    answer = client.open("/sparql", method=method, **arguments)
    assert answer.status_code == status
    assert answer.mimetype == "text/plain"
    if status == 405:
        assert "GET" in answer.headers["Allow"]


def test_default_graph_uri_limits_the_graph(client):
    """297 tasks of the five documents, and two of the national plan that a public page names."""
    plan = "https://w3id.org/atkg/graph/plan/luan-2022-49"
    count = "SELECT (COUNT(*) AS ?tasks) WHERE { ?task a <https://w3id.org/atkg/ontology#Task> }"
    limited = client.get("/sparql", query_string={"query": count, "default-graph-uri": plan, "format": "csv"})
    whole = client.get("/sparql", query_string={"query": count, "format": "csv"})
    assert (limited.text.split(), whole.text.split()) == (["tasks", "38"], ["tasks", "299"])


PAGES = [
    # Chinese unless the reader asks for English
    ({}, {}, "反对拐卖人口行动计划知识图谱"),
    ({"lang": "en"}, {}, "The action plans against human trafficking"),
    ({}, {"Accept-Language": "en-GB,en;q=0.9"}, "The action plans against human trafficking"),
    ({}, {"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5"}, "反对拐卖人口行动计划知识图谱"),
]


@pytest.mark.parametrize(("arguments", "headers", "words"), PAGES)
def test_pages_speak_the_language_of_the_reader(client, arguments, headers, words):
    answer = client.get("/", query_string=arguments, headers=headers)
    assert answer.status_code == 200
    assert words in answer.text


def test_a_browser_without_a_query_gets_the_editor_and_its_answers_escaped(client):
    html = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    assert "<textarea" in client.get("/sparql", headers=html).text
    shown = client.post(
        "/sparql", data={"query": 'SELECT ("<script>x</script>" AS ?x) WHERE {}', "format": "page"}, headers=html
    )
    assert "<script>" not in shown.text
    assert "&lt;script&gt;" in shown.text
    wrong = client.post("/sparql", data={"query": "SELECT <", "format": "page"}, headers=html)
    assert wrong.status_code == 400
    assert 'role="alert"' in wrong.text


def test_no_page_loads_anything_from_another_host(client):
    for path in ("/", "/sparql"):
        page = client.get(path, headers={"Accept": "text/html"})
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        assert 'src="http' not in page.text
        assert 'rel="stylesheet" href="/' in page.text


def test_health_tells_the_digest(client):
    assert client.get("/healthz").json == {"status": "ok", "digest": "sha256:0", "quads": 1}


def test_what_is_not_there_is_said_in_a_sentence(client):
    answer = client.get("/nothing")
    assert (answer.status_code, answer.mimetype) == (404, "text/plain")
