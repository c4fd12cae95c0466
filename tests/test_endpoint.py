"""The endpoint over HTTP: forms of a query, media types, caching, its page, and what it refuses by name."""

from __future__ import annotations

import csv
import gzip
import io
import json
import xml.etree.ElementTree as ET
from urllib.parse import urlencode

import pytest
from rdflib import Graph
from serving import DIRECT, FORM, published, serving, wait_for

from atkg.web.endpoint.limits import Limits

LIMITS = Limits()
TASK = "<https://w3id.org/atkg/ontology#Task>"
SELECT = f"SELECT ?task WHERE {{ ?task a {TASK} }} ORDER BY ?task LIMIT 3"
ASK = f"ASK {{ ?task a {TASK} }}"
CONSTRUCT = f"CONSTRUCT {{ ?task a ?type }} WHERE {{ ?task a ?type FILTER (?type = {TASK}) }}"
DESCRIBE = "DESCRIBE <https://w3id.org/atkg/id/agency/yuxi/public-security>"
COUNT = f"SELECT (COUNT(*) AS ?tasks) WHERE {{ ?task a {TASK} }}"
JSON = "application/sparql-results+json"
XML = "application/sparql-results+xml"
HTML = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
PLAN = "https://w3id.org/atkg/graph/plan/luan-2022-49"


@pytest.fixture(scope="module")
def server(store, tmp_path_factory):
    with serving(published(tmp_path_factory.mktemp("endpoint"), store.nquads())) as running:
        yield running


def get(server, query=None, accept=None, headers={}, **parameters):
    values = ({"query": query} if query is not None else {}) | parameters
    return server.request(f"/sparql?{urlencode(values)}", headers={**({"Accept": accept} if accept else {}), **headers})


def post(server, values, accept="text/plain"):
    headers = {"Content-Type": FORM, "Accept": accept}
    return server.request("/sparql", method="POST", body=urlencode(values).encode(), headers=headers)


NEGOTIATED = [
    # no Accept at all must answer: the first form of each kind
    (SELECT, None, 200, JSON),
    (ASK, None, 200, JSON),
    (CONSTRUCT, None, 200, "text/turtle"),
    (SELECT, "*/*", 200, JSON),
    (SELECT, XML, 200, XML),
    (SELECT, "text/csv", 200, "text/csv"),
    (SELECT, "text/tab-separated-values", 200, "text/tab-separated-values"),
    # what clients write who mean the results format of the same syntax
    (SELECT, "application/json", 200, JSON),
    (SELECT, "application/xml", 200, XML),
    # q-values decide
    (SELECT, "text/csv;q=0.5, application/sparql-results+xml;q=0.9", 200, XML),
    (SELECT, "application/sparql-results+json;q=0, */*;q=0.1", 200, XML),
    (ASK, XML, 200, XML),
    (CONSTRUCT, "text/turtle", 200, "text/turtle"),
    (CONSTRUCT, "application/n-triples", 200, "application/n-triples"),
    (CONSTRUCT, "application/ld+json", 200, "application/ld+json"),
    (DESCRIBE, "application/rdf+xml", 200, "application/rdf+xml"),
    # a browser reads a page
    (SELECT, HTML, 200, "text/html"),
    # a form that the answer has not
    (SELECT, "text/turtle", 406, "text/plain"),
    (CONSTRUCT, "text/csv", 406, "text/plain"),
    (ASK, "text/csv", 406, "text/plain"),
    (SELECT, "image/png", 406, "text/plain"),
    # faults of the query
    ("SELECT", None, 400, "text/plain"),
    ("", None, 400, "text/plain"),
    ("INSERT DATA { <a:a> <a:b> <a:c> }", None, 400, "text/plain"),
]


@pytest.mark.parametrize(("query", "accept", "status", "media_type"), NEGOTIATED)
def test_the_answer_has_the_media_type_that_the_client_likes_best(server, query, accept, status, media_type):
    headers = {"Accept": accept} if accept else {}
    for reply in (
        get(server, query, accept),
        server.request(
            "/sparql",
            method="POST",
            body=urlencode({"query": query}).encode(),
            headers={**headers, "Content-Type": FORM},
        ),
        server.request("/sparql", method="POST", body=query.encode(), headers={**headers, "Content-Type": DIRECT}),
    ):
        assert (reply.status, reply.media_type) == (status, media_type), reply.text
        assert "accept" in reply.headers["vary"].lower()


READERS = {
    JSON: lambda body: json.loads(body)["results"]["bindings"],
    XML: lambda body: ET.fromstring(body).findall(".//{*}result"),
    "text/csv": lambda body: list(csv.DictReader(io.StringIO(body))),
    "text/tab-separated-values": lambda body: body.strip().split("\n")[1:],
}


@pytest.mark.parametrize("media_type", READERS)
def test_other_readers_find_three_rows_in_each_form(server, media_type):
    assert len(READERS[media_type](get(server, SELECT, media_type).text)) == 3


@pytest.mark.parametrize(
    ("media_type", "format_"),
    [
        ("text/turtle", "turtle"),
        ("application/n-triples", "nt"),
        ("application/ld+json", "json-ld"),
        ("application/rdf+xml", "xml"),
    ],
)
def test_rdflib_reads_each_graph_form_as_the_same_graph(server, media_type, format_):
    plain = Graph().parse(data=get(server, DESCRIBE, "application/n-triples").text, format="nt")
    assert set(Graph().parse(data=get(server, DESCRIBE, media_type).text, format=format_)) == set(plain)
    assert len(plain) > 3


def test_chinese_comes_back_as_utf_8(server):
    reply = get(server, 'SELECT ("玉溪市" AS ?name) WHERE {}', "text/csv")
    assert reply.body.decode("utf-8").splitlines() == ["name", "玉溪市"]
    assert reply.headers["content-type"] == "text/csv; charset=utf-8"


def test_a_format_short_cut_stands_over_accept(server):
    assert get(server, SELECT, JSON, format="csv").media_type == "text/csv"


def test_the_parser_says_line_and_column(server):
    reply = get(server, "SELECT *\nWHERE { ?s ?p }")
    assert reply.status == 400
    assert "line 2, column 16" in reply.text
    assert "第 2 行第 16 列" in reply.text


def test_errors_are_in_the_language_asked_for_and_as_problem_json_where_asked_for(server):
    both = get(server, "SELECT * { SERVICE <http://a/> {} }").text
    assert "不支持 SERVICE" in both
    assert "SERVICE is refused" in both
    english = get(server, "SELECT * { SERVICE <http://a/> {} }", headers={"Accept-Language": "en-GB"}).text
    assert "不支持" not in english
    problem = get(server, "SELECT * { SERVICE <http://a/> {} }", "application/problem+json")
    assert problem.media_type == "application/problem+json"
    assert problem.json["status"] == 400
    assert "SERVICE" in problem.json["detail"]


REFUSED = [
    # a call to elsewhere
    ("SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }", "SERVICE"),
    # what overflows the native stack of a parser
    ("SELECT * WHERE " + "{" * 3000 + "}" * 3000, "depth"),
    ("SELECT * WHERE { FILTER (" + "!" * 9500 + "true) }", "operators"),
    ("SELECT * WHERE { FILTER (1" + "+1" * 7000 + " = 2) }", "operators"),
    ("SELECT * WHERE { " + "{} UNION " * 6700 + "{} }", "patterns"),
    # what keeps a planner busy
    ("SELECT * WHERE { " + "?a ?b ?c . " * 600 + "}", "patterns"),
    ("SELECT * WHERE { VALUES ?x { " + "1 " * 30_000 + "} }", "tokens"),
    ("SELECT * WHERE { ?a ?b '" + "x" * LIMITS.query_bytes + "' }", "query_bytes"),
    # a dataset of another place
    ("SELECT * FROM <file:///etc/passwd> { ?s ?p ?o }", "file:///etc/passwd"),
    ("PREFIX h: <http://127.0.0.1/> SELECT * FROM NAMED h:x { GRAPH ?g { ?s ?p ?o } }", "http://127.0.0.1/x"),
]


@pytest.mark.parametrize(("query", "named"), REFUSED, ids=range(len(REFUSED)))
def test_what_would_end_or_leave_the_process_is_refused_by_name(server, query, named):
    reply = server.query(query)
    assert (reply.status, named in reply.text) == (400, True), reply.text


METHODS = [
    ("PUT", b"", {}, 405),
    ("DELETE", b"", {}, 405),
    ("PATCH", b"", {}, 405),
    ("POST", b"x", {"Content-Type": "text/plain"}, 415),
    ("POST", b"x", {}, 415),
    ("POST", b"update=DROP+ALL", {"Content-Type": FORM}, 400),
    ("POST", b"DROP ALL", {"Content-Type": "application/sparql-update"}, 415),
    ("POST", b"", {"Content-Type": FORM}, 400),
    # two bytes that begin no character
    ("POST", b"\xff\xfe", {"Content-Type": DIRECT}, 400),
    ("POST", "ASK {}".encode("utf-16"), {"Content-Type": f"{DIRECT}; charset=utf-16"}, 415),
    ("POST", b"query=%ZZ", {"Content-Type": FORM}, 400),
    ("POST", gzip.compress(b"ASK {}"), {"Content-Type": DIRECT, "Content-Encoding": "gzip"}, 415),
]


@pytest.mark.parametrize(("method", "body", "headers", "status"), METHODS, ids=range(len(METHODS)))
def test_other_methods_bodies_and_updates_are_refused(server, method, body, headers, status):
    reply = server.request("/sparql", method=method, body=body, headers=headers)
    assert (reply.status, reply.media_type) == (status, "text/plain"), reply.text
    if status == 405:
        assert "GET" in reply.headers["allow"]


def test_a_body_past_the_limit_is_refused_before_it_is_read(server):
    head = f"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: {DIRECT}\r\nContent-Length: 2000000\r\n\r\n"
    assert server.send(head.encode()).startswith(b"HTTP/1.1 413 ")


DATASETS = [
    # 297 tasks of the five documents, and two of the national plan that a public page names
    (COUNT, {}, "299"),
    (COUNT, {"default-graph-uri": PLAN}, "38"),
    # with only named graphs the default graph is empty
    (COUNT, {"named-graph-uri": PLAN}, "0"),
    (f"SELECT (COUNT(*) AS ?tasks) {{ GRAPH ?g {{ ?task a {TASK} }} }}", {"named-graph-uri": PLAN}, "38"),
    (f"SELECT (COUNT(*) AS ?tasks) FROM <{PLAN}> {{ ?task a {TASK} }}", {}, "38"),
    # the protocol's dataset stands over the query's
    (
        f"SELECT (COUNT(*) AS ?tasks) FROM <{PLAN}> {{ ?task a {TASK} }}",
        {"default-graph-uri": "https://w3id.org/atkg/graph/plan/yuxi-2021-2030"},
        "54",
    ),
]


@pytest.mark.parametrize(("query", "dataset", "tasks"), DATASETS, ids=range(len(DATASETS)))
def test_the_dataset_is_what_protocol_or_query_name(server, query, dataset, tasks):
    assert get(server, query, format="csv", **dataset).text.split() == ["tasks", tasks]


# the chain of a task, as people write it first, with the path before or behind, by prefix or by IRI
CHAINS = [
    "?task atkg:derivedFrom+ ?above . ?task a atkg:Task .",
    "?task a atkg:Task ; atkg:derivedFrom+ ?above .",
    "?task a atkg:Task . ?above ^<https://w3id.org/atkg/ontology#derivedFrom>+ ?task .",
    "?task a atkg:Task ; atkg:tracesTo ?above .",
]


def test_a_chain_is_the_same_however_it_is_written(server):
    prefix = "PREFIX atkg: <https://w3id.org/atkg/ontology#> "
    counts = {
        get(server, f"{prefix} SELECT (COUNT(*) AS ?n) {{ {chain} }}", format="csv").text.split()[1] for chain in CHAINS
    }
    graph = "SELECT (COUNT(*) AS ?n) { ?task a atkg:Task . { SELECT DISTINCT ?task ?above { ?task (atkg:derivedFrom)+ ?above } } }"
    counts.add(get(server, prefix + graph, format="csv").text.split()[1])
    assert len(counts) == 1
    assert int(counts.pop()) > 297


def test_an_answer_has_a_name_that_saves_its_second_transfer(server):
    first = get(server, SELECT)
    again = get(server, SELECT, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status, again.body) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert get(server, SELECT, "text/csv").headers["etag"] != first.headers["etag"]
    assert get(server, SELECT, headers={"If-None-Match": 'W/"other"'}).status == 200
    assert get(server, SELECT, headers={"If-None-Match": "*"}).status == 304


def test_what_differs_each_time_is_not_kept(server):
    one, two = (get(server, "SELECT (STRUUID() AS ?x) {}", format="csv") for _ in range(2))
    assert one.text != two.text
    assert "etag" not in one.headers
    assert one.headers["cache-control"] == "no-store"


def test_a_large_answer_is_packed_for_who_takes_it(server):
    query = "SELECT ?s ?o { ?s ?p ?o } LIMIT 500"
    plain = get(server, query, "text/csv")
    packed = get(server, query, "text/csv", headers={"Accept-Encoding": "gzip, br"})
    refused = get(server, query, "text/csv", headers={"Accept-Encoding": "gzip;q=0"})
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body == refused.body
    assert len(packed.body) < len(plain.body)


def test_head_tells_the_length_and_sends_nothing(server):
    reply = server.request(f"/sparql?{urlencode({'query': SELECT})}", method="HEAD")
    assert (reply.status, reply.body) == (200, b"")
    assert int(reply.headers["content-length"]) == len(get(server, SELECT).body)


def test_any_page_may_ask_but_none_with_credentials(server):
    reply = server.request(
        "/sparql", method="OPTIONS", headers={"Origin": "http://a.example", "Access-Control-Request-Method": "POST"}
    )
    assert reply.status == 204
    assert reply.headers["access-control-allow-origin"] == "*"
    assert "POST" in reply.headers["access-control-allow-methods"]
    assert "access-control-allow-credentials" not in reply.headers


LIMITED = [
    ("SELECT ?a ?c { ?a ?b ?x . ?c ?d ?y } LIMIT 200001", {}, 413, "result_rows"),
    ('SELECT (REPLACE("' + "a" * 30_000 + '", "a", "' + "b" * 5_000 + '") AS ?x) {}', {}, 413, "result_bytes"),
    ("SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }", {"timeout": "0.4"}, 503, "deadline"),
    ("ASK {}", {"timeout": "soon"}, 400, "timeout"),
]


@pytest.mark.parametrize(("query", "parameters", "status", "named"), LIMITED, ids=range(len(LIMITED)))
def test_a_limit_is_named_and_nothing_is_given_in_part(server, query, parameters, status, named):
    reply = get(server, query, **parameters) if len(query) < 1000 else server.query(query)
    assert (reply.status, named in reply.text) == (status, True), reply.text[:300]
    assert ("retry-after" in reply.headers) == (status == 503)
    assert server.is_well() < 5


def test_as_many_rows_as_allowed_are_given(server):
    reply = get(server, "SELECT ?a { ?a ?b ?x . ?c ?d ?y } LIMIT 200000", "text/tab-separated-values")
    assert reply.status == 200
    assert reply.body.count(b"\n") == 200_001


def test_a_browser_without_a_query_gets_the_editor_and_its_answers_escaped(server):
    assert "<textarea" in get(server, accept=HTML).text
    shown = post(server, {"query": 'SELECT ("<script>x</script>" AS ?x) WHERE {}', "format": "page"}, HTML).text
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown
    wrong = post(server, {"query": "SELECT <", "format": "page"}, HTML)
    assert wrong.status == 400
    assert 'role="alert"' in wrong.text


def test_no_page_loads_anything_from_another_host(server):
    for path in ("/", "/sparql", "/docs", "/api/queries", "/ontology"):
        page = server.request(path, headers={"Accept": HTML})
        assert page.status == 200, path
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert 'src="http' not in page.text
        assert 'rel="stylesheet" href="/' in page.text


def test_health_tells_the_digest(server):
    health = server.request("/healthz").json
    assert health["status"] == "ok"
    assert health["digest"].startswith("sha256:")


def test_each_request_is_a_line_of_json_without_its_query(server):
    get(server, "ASK { <urn:secret> ?p ?o }", headers={"User-Agent": 'a "quoted"\tname'})
    assert wait_for(lambda: "quoted" in server.said(), 5)
    line = next(line for line in server.said().splitlines() if "quoted" in line)
    entry = json.loads(line)
    assert (entry["method"], entry["path"], entry["status"]) == ("GET", "/sparql", 200)
    assert "secret" not in server.said()
