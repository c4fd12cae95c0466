"""The W3C's own tests of SPARQL 1.1 Protocol, Service Description and Graph Store Protocol, driven over HTTP.

The requests are those of the published manifests, byte for byte but for the path prefix that they ask to be
replaced. The endpoint is read-only by design: where a test can't apply, the table says why, and the documented
refusal is asserted in its place.
"""

from __future__ import annotations

import http.client
import os
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from rdflib import RDF, Graph, Namespace, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

from serving import Reply, Server, published, serving

SUITES = Path(os.environ.get("ATKG_SUITES") or Path(__file__).parents[2] / "shared" / "suites") / "w3c-sparql11"
PRESENT = (SUITES / "protocol" / "manifest.ttl").exists()
pytestmark = pytest.mark.skipif(
    not PRESENT, reason="the W3C suites are neither in ../shared/suites nor where ATKG_SUITES points"
)

MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
UT = Namespace("http://www.w3.org/2009/sparql/tests/test-update#")
HT = Namespace("http://www.w3.org/2011/http#")
CNT = Namespace("http://www.w3.org/2011/content#")
SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
RDFS_LABEL = URIRef("http://www.w3.org/2000/01/rdf-schema#label")

DATA = "http://kasei.us/2009/09/sparql/data/"
DOCUMENT = "http://xmlns.com/foaf/0.1/Document"

BOOLEAN = {"application/sparql-results+json", "application/sparql-results+xml"}
TABULAR = {*BOOLEAN, "text/csv", "text/tab-separated-values"}
GRAPH = {
    "text/turtle": "turtle",
    "application/n-triples": "nt",
    "application/ld+json": "json-ld",
    "application/rdf+xml": "xml",
}

QUERIES = (
    "query_post_form",
    "query_dataset_default_graphs_get",
    "query_dataset_default_graphs_post",
    "query_dataset_named_graphs_post",
    "query_dataset_named_graphs_get",
    "query_dataset_full",
    "query_multiple_dataset",
    "query_get",
    "query_content_type_select",
    "query_content_type_ask",
    "query_content_type_describe",
    "query_content_type_construct",
    "query_post_direct",
)
REFUSALS = (
    "bad_query_method",
    "bad_multiple_queries",
    "bad_query_wrong_media_type",
    "bad_query_missing_form_type",
    "bad_query_missing_direct_type",
    "bad_query_non_utf8",
    "bad_query_syntax",
    "bad_update_get",
    "bad_multiple_updates",
    "bad_update_wrong_media_type",
    "bad_update_missing_form_type",
    "bad_update_non_utf8",
    "bad_update_syntax",
    "bad_update_dataset_conflict",
)
# They begin with an update that must succeed. The graph is made from the data folder and published whole, so no
# update is taken from anybody: the first request gets its refusal, and nothing is changed.
UPDATES = (
    "update_dataset_default_graph",
    "update_dataset_default_graphs",
    "update_dataset_named_graphs",
    "update_dataset_full",
    "update_post_form",
    "update_post_direct",
    "update_base_uri",
)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request of a protocol test, and what its answer must be."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes | None
    statuses: set[int]
    boolean: bool | None
    format: str | None


def exchanges(name: str) -> Iterator[Exchange]:
    """The requests of one test of the manifest, in their order."""
    graph = manifest("protocol")
    test = next(test for test in entries(graph) if str(test).rpartition("#")[2] == name)
    connection = graph.value(test, MF.action)
    for request in Collection(graph, graph.value(connection, HT.requests)):
        answer = graph.value(request, HT.resp)
        body = graph.value(request, HT.body)
        encoded = None
        if body is not None:
            encoded = str(graph.value(body, CNT.chars)).encode(str(graph.value(body, CNT.characterEncoding)))
        path, question, parameters = str(graph.value(request, HT.absolutePath)).partition("?")
        assert path == "/sparql/"
        fields = graph.value(request, HT.headers)
        boolean = graph.value(answer, MF.expectedBoolean)
        format_ = graph.value(answer, MF.expectedFormat)
        yield Exchange(
            str(graph.value(request, HT.methodName)),
            "/sparql" + question + parameters,
            {
                str(graph.value(field, HT.fieldName)): str(graph.value(field, HT.fieldValue))
                for field in (Collection(graph, fields) if fields else ())
            },
            encoded,
            {int(str(status)[-3]) for status in graph.objects(answer, MF.expectedStatus)},
            None if boolean is None else bool(boolean.toPython()),
            None if format_ is None else str(format_),
        )


def manifest(suite: str) -> Graph:
    path = SUITES / suite / "manifest.ttl"
    return Graph().parse(path, publicID=f"http://example.org/{suite}/manifest")


def entries(graph: Graph) -> list[Node]:
    listed = next(graph.subjects(RDF.type, MF.Manifest))
    return list(Collection(graph, graph.value(listed, MF.entries)))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose named graphs are the data files of the suite, under the IRIs that the manifest gives them.

    data0.rdf, which several tests name and no file of the suite fills, is a graph of one triple.
    """
    quads = f"<{DATA}data0.rdf> <{RDF.type}> <{DOCUMENT}> <{DATA}data0.rdf> .\n"
    graph = manifest("protocol")
    names = {
        (Path(str(graph.value(data, UT.graph))).name, str(graph.value(data, RDFS_LABEL)))
        for data in graph.objects(None, UT.graphData)
    }
    assert {Path(iri).stem for _, iri in names} == {"data1", "data2", "data3"}
    for file, iri in sorted(names):
        for line in (SUITES / "protocol" / file).read_text(encoding="utf-8").splitlines():
            if triple := line.strip().removesuffix("."):
                quads += f"{triple} <{iri}> .\n"
    out = published(tmp_path_factory.mktemp("protocol"), quads.encode())
    with serving(out) as running:
        yield running


def send(server: Server, exchange: Exchange) -> Reply:
    return server.request(exchange.target, method=exchange.method, body=exchange.body, headers=exchange.headers)


def check(reply: Reply, exchange: Exchange) -> None:
    assert reply.status // 100 in exchange.statuses, reply.text
    if exchange.format == "boolean":
        assert reply.media_type in BOOLEAN
        assert truth(reply) in (True, False)
        assert exchange.boolean is None or truth(reply) is exchange.boolean
    elif exchange.format == "tabular":
        assert reply.media_type in TABULAR
        assert reply.body
    elif exchange.format == "RDF":
        Graph().parse(data=reply.body, format=GRAPH[reply.media_type])


def truth(reply: Reply) -> bool:
    """The answer to an ASK."""
    if reply.media_type.endswith("+json"):
        return bool(reply.json["boolean"])
    return ET.fromstring(reply.body).findtext("{*}boolean") == "true"


def test_the_tables_name_every_test_of_the_manifest():
    names = [str(test).rpartition("#")[2] for test in entries(manifest("protocol"))]
    assert len(names) == 34
    assert sorted(names) == sorted((*QUERIES, *REFUSALS, *UPDATES))


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_is_answered_as_the_manifest_says(server, name):
    for exchange in exchanges(name):
        check(send(server, exchange), exchange)


@pytest.mark.parametrize("name", REFUSALS)
def test_what_the_manifest_calls_bad_is_refused(server, name):
    for exchange in exchanges(name):
        reply = send(server, exchange)
        check(reply, exchange)
        assert reply.text.strip(), "a refusal says why"


@pytest.mark.parametrize("name", UPDATES)
def test_an_update_is_refused_and_changes_nothing(server, name):
    update, *questions = exchanges(name)
    before = everything(server)
    reply = send(server, update)
    assert reply.status in (400, 403, 405, 415), reply.text
    assert "read-only" in reply.text or "application/sparql-query" in reply.text
    assert everything(server) == before
    for question in questions:  # the questions that follow are answered, and find nothing
        assert truth(send(server, question)) is False


def everything(server: Server) -> bytes:
    text = "SELECT * WHERE { GRAPH ?g { ?s ?p ?o } } ORDER BY ?g ?s ?p ?o"
    reply = server.query(text, "text/csv")
    assert reply.body.count(b"\r\n") == 5
    return reply.body


def test_a_relative_iri_of_a_query_has_a_base_too(server):
    """What update_base_uri asks, of a query: the service has a base, so that <test> is another IRI than "test"."""
    reply = server.query('ASK { BIND (<test> AS ?iri) FILTER (isIRI(?iri) && STR(?iri) != "test") }')
    assert truth(reply) is True


DATASETS = [
    # a default graph alone: nothing is named
    ("ASK { ?s ?p ?o }", ["data1"], [], True),
    ("ASK { GRAPH ?g { ?s ?p ?o } }", ["data1"], [], False),
    # named graphs alone: the default graph is empty
    ("ASK { ?s ?p ?o }", [], ["data1"], False),
    ("ASK { GRAPH ?g { ?s ?p ?o } }", [], ["data1"], True),
    # the request stands over FROM in the query
    (f"ASK FROM <{DATA}data1.rdf> {{ <{DATA}data1.rdf> ?p ?o }}", ["data2"], [], False),
    (f"ASK FROM NAMED <{DATA}data1.rdf> {{ GRAPH <{DATA}data1.rdf> {{ ?s ?p ?o }} }}", [], ["data2"], False),
    # without parameters FROM decides
    (f"ASK FROM <{DATA}data1.rdf> {{ <{DATA}data1.rdf> ?p ?o }}", [], [], True),
    (f"ASK FROM <{DATA}data1.rdf> {{ <{DATA}data2.rdf> ?p ?o }}", [], [], False),
    # without any of them the default graph is the union
    (f"ASK {{ <{DATA}data1.rdf> ?p ?o . <{DATA}data2.rdf> ?p ?x }}", [], [], True),
]


@pytest.mark.parametrize(("text", "default", "named", "expected"), DATASETS)
def test_the_dataset_is_that_of_the_request(server, text, default, named, expected):
    """The same by GET, by form and by direct POST; in a form the parameters may stand in the body or in the address."""
    parameters = [("default-graph-uri", f"{DATA}{name}.rdf") for name in default]
    parameters += [("named-graph-uri", f"{DATA}{name}.rdf") for name in named]
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for reply in (
        server.request("/sparql?" + urlencode([("query", text), *parameters])),
        server.query(text, parameters=parameters),
        server.request("/sparql", method="POST", body=urlencode([("query", text), *parameters]).encode(), headers=form),
        server.request(
            "/sparql?" + urlencode(parameters),
            method="POST",
            body=urlencode([("query", text)]).encode(),
            headers=form,
        ),
    ):
        assert reply.status == 200, reply.text
        assert truth(reply) is expected


# Service Description: the range of each property, and the class that a subject of it must have.
SERVICE, DATASET, NAMED = "Service", "Dataset", "NamedGraph"
SCHEMA = {
    "endpoint": (SERVICE, None),
    "feature": (SERVICE, "Feature"),
    "defaultEntailmentRegime": (SERVICE, "EntailmentRegime"),
    "defaultSupportedEntailmentProfile": (SERVICE, "EntailmentProfile"),
    "entailmentRegime": (NAMED, "EntailmentRegime"),
    "supportedEntailmentProfile": (NAMED, "EntailmentProfile"),
    "extensionFunction": (SERVICE, "Function"),
    "extensionAggregate": (SERVICE, "Aggregate"),
    "languageExtension": (SERVICE, "Feature"),
    "supportedLanguage": (SERVICE, "Language"),
    "propertyFeature": (SERVICE, "Feature"),
    "defaultDataset": (SERVICE, DATASET),
    "availableGraphs": (SERVICE, "GraphCollection"),
    "resultFormat": (SERVICE, None),
    "inputFormat": (SERVICE, None),
    "defaultGraph": (DATASET, "Graph"),
    "namedGraph": (None, NAMED),  # of a Dataset or a GraphCollection
    "name": (NAMED, None),
    "graph": (NAMED, "Graph"),
}
CLASSES = {SERVICE, DATASET, NAMED, "Graph", "GraphCollection", "Feature", "Language", "Function", "Aggregate"} | {
    "EntailmentRegime",
    "EntailmentProfile",
}
# what the vocabularies themselves declare of these classes
INSTANCES = {
    "Feature": (
        str(SD),
        {"DereferencesURIs", "UnionDefaultGraph", "RequiresDataset", "EmptyGraphs", "BasicFederatedQuery"},
    ),
    "Language": (str(SD), {"SPARQL10Query", "SPARQL11Query", "SPARQL11Update"}),
    "EntailmentRegime": (
        "http://www.w3.org/ns/entailment/",
        {"Simple", "RDF", "RDFS", "D", "OWL-RDF-Based", "OWL-Direct", "RIF"},
    ),
}
READ_BY = {**GRAPH, "application/n-triples": "nt"}


def description(server: Server, accept: str | None) -> tuple[Reply, Graph]:
    reply = server.request("/sparql", headers={"Accept": accept} if accept else {})
    assert reply.status == 200, reply.text
    return reply, Graph().parse(data=reply.body, format=READ_BY[reply.media_type], publicID=f"{server.url}/sparql")


@pytest.mark.parametrize("accept", [None, "*/*", *READ_BY])
def test_a_get_of_the_endpoint_returns_rdf(server, accept):
    """Service Description: returns-rdf."""
    reply, graph = description(server, accept)
    assert accept in (None, "*/*", reply.media_type)
    assert len(list(graph.subjects(RDF.type, SD.Service))) == 1
    assert "Accept" in reply.headers["vary"]


def test_the_description_names_the_endpoint(server):
    """Service Description: has-endpoint-triple; where it was fetched, or the IRI that leads there."""
    _, graph = description(server, "text/turtle")
    named = {str(endpoint) for endpoint in graph.objects(None, SD.endpoint)}
    assert named <= {f"{server.url}/sparql", "https://w3id.org/atkg/sparql"}
    assert named


def test_the_description_does_not_repeat_a_forged_host(server):
    """An absolute IRI of the request's Host in an answer that caches keep would send clients elsewhere."""
    reply = server.request("/sparql", headers={"Host": "evil.example", "Accept": "text/turtle"})
    assert b"evil.example" not in reply.body


def test_the_description_conforms_to_the_schema(server):
    """Service Description: conforms-to-schema."""
    _, graph = description(server, "text/turtle")
    kinds = {(node, str(kind).removeprefix(str(SD))) for node, kind in graph.subject_objects(RDF.type) if kind in SD}
    assert {kind for _, kind in kinds} <= CLASSES
    for subject, predicate, value in graph:
        if predicate not in SD:
            continue
        domain, range_ = SCHEMA[str(predicate).removeprefix(str(SD))]
        if domain:
            assert (subject, domain) in kinds, f"{predicate} of {subject}, which is no {domain}"
        if range_ in INSTANCES and str(value).startswith(INSTANCES[range_][0]):
            assert str(value).removeprefix(INSTANCES[range_][0]) in INSTANCES[range_][1]
        elif range_:
            assert (value, range_) in kinds, f"{value} is no {range_}"
    for node, kind in kinds:
        if kind == NAMED:
            assert len(list(graph.objects(node, SD.name))) == 1
        if kind == DATASET:
            assert len(list(graph.objects(node, SD.defaultGraph))) == 1


def test_the_description_tells_what_is_so(server):
    """Read-only, the union as default graph, the named graphs that are there, the formats that are served."""
    _, graph = description(server, "text/turtle")
    service = next(graph.subjects(RDF.type, SD.Service))
    assert set(graph.objects(service, SD.supportedLanguage)) == {SD.SPARQL11Query}
    features = set(graph.objects(service, SD.feature))
    assert SD.UnionDefaultGraph in features
    assert SD.BasicFederatedQuery not in features
    names = {str(name) for name in graph.objects(None, SD.name)}
    assert names == {f"{DATA}data{number}.rdf" for number in range(4)}
    formats = {str(value) for value in graph.objects(service, SD.resultFormat)}
    for format_ in ("SPARQL_Results_JSON", "SPARQL_Results_XML", "SPARQL_Results_CSV", "SPARQL_Results_TSV"):
        assert f"http://www.w3.org/ns/formats/{format_}" in formats
    for format_ in ("Turtle", "N-Triples", "JSON-LD", "RDF_XML"):
        assert f"http://www.w3.org/ns/formats/{format_}" in formats


# Graph Store Protocol: the tests of the manifest that read; every other one begins with a write, which is refused.
GRAPHS = "/graphs?graph=" + quote(f"{DATA}data1.rdf", safe="")
READS = [
    # head_on_an_existing_graph, and the get_of_… tests: the graph, in the media type that was asked for
    ("GET", GRAPHS, 200),
    ("HEAD", GRAPHS, 200),
    # get_of_put__default_graph: the union here
    ("GET", "/graphs?default", 200),
    ("HEAD", "/graphs?default", 200),
    # get_of_delete__existing_graph, head_on_a_nonexisting_graph: a graph that isn't there
    ("GET", "/graphs?graph=" + quote("http://example.org/none", safe=""), 404),
    ("HEAD", "/graphs?graph=" + quote("http://example.org/none", safe=""), 404),
]


@pytest.mark.parametrize("media_type", READ_BY)
@pytest.mark.parametrize(("method", "target", "status"), READS)
def test_the_graph_store_is_read(server, method, target, status, media_type):
    reply = server.request(target, method=method, headers={"Accept": media_type})
    assert reply.status == status
    if method == "HEAD":
        whole = server.request(target, headers={"Accept": media_type})
        assert reply.body == b""
        assert reply.headers["content-type"] == whole.headers["content-type"]
        assert reply.headers.get("content-length") in (None, whole.headers["content-length"])
    elif status == 200:
        assert reply.media_type == media_type
        graph = Graph().parse(data=reply.body, format=READ_BY[media_type])
        assert len(graph) == (4 if "default" in target else 1)


UNCLEAR = [
    # both
    (GRAPHS + "&default", {400}),
    # two graphs
    (GRAPHS + "&graph=" + quote(f"{DATA}data2.rdf", safe=""), {400}),
    # no IRI, one that can't be, one that isn't ours
    ("/graphs?graph=", {400, 404}),
    ("/graphs?graph=data1.rdf", {400, 404}),
    ("/graphs?graph=" + quote("a b<>", safe=""), {400, 404}),
    ("/graphs?graph=" + quote("file:///etc/hosts", safe=""), {404}),
]


@pytest.mark.parametrize(("target", "statuses"), UNCLEAR)
def test_the_graph_store_says_what_is_wrong_with_a_request(server, target, statuses):
    reply = server.request(target)
    assert reply.status in statuses
    assert reply.text.strip()


def test_the_graph_store_itself_lists_its_graphs(server):
    reply = server.request("/graphs", headers={"Accept": "text/turtle"})
    assert reply.status == 200
    assert {f"{DATA}data{number}.rdf" for number in range(4)} == {
        str(name) for name in Graph().parse(data=reply.body, format="turtle").objects(None, SD.name)
    }


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH"])
@pytest.mark.parametrize("target", [GRAPHS, "/graphs?default", "/graphs"])
def test_the_graph_store_takes_no_write(server, method, target):
    before = everything(server)
    body = f"<{DATA}data1.rdf> a <{DOCUMENT}> .".encode()
    reply = server.request(target, method=method, body=body, headers={"Content-Type": "text/turtle"})
    assert reply.status == 405
    assert {"GET", "HEAD"} <= {name.strip() for name in reply.headers["allow"].split(",")}
    assert everything(server) == before


def test_head_of_a_query_has_the_headers_of_get_and_no_body(server):
    target = "/sparql?" + urlencode({"query": "SELECT * WHERE { ?s ?p ?o }"})
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    try:
        replies = []
        for method in ("HEAD", "GET", "HEAD"):  # on one connection: a body behind HEAD would be read as the next answer
            connection.request(method, target)
            answer = connection.getresponse()
            replies.append((answer.status, answer.getheader("Content-Type"), len(answer.read())))
    finally:
        connection.close()
    assert [reply[0] for reply in replies] == [200, 200, 200]
    assert len({reply[1] for reply in replies}) == 1
    assert [reply[2] > 0 for reply in replies] == [False, True, False]
