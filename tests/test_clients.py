"""Other people's software against a real server: each client gets the rows that the store has, and its own kind of error."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from rdflib import Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCTERMS, RDF, SKOS
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from serving import Server, published, serving
from SPARQLWrapper import (
    CSV,
    GET,
    JSON,
    JSONLD,
    N3,
    POST,
    POSTDIRECTLY,
    RDFXML,
    TSV,
    TURTLE,
    URLENCODED,
    XML,
    SPARQLWrapper,
)
from SPARQLWrapper.SPARQLExceptions import QueryBadFormed

from atkg.store import Store

CLIENTS = Path(__file__).parent / "clients"
ATKG = Namespace("https://w3id.org/atkg/ontology#")
PLAN = URIRef("https://w3id.org/atkg/eli/luan-2022-49")
GRAPH = URIRef("https://w3id.org/atkg/graph/plan/luan-2022-49")

# Chinese goes in and comes out; the order is the query's
SELECT = """PREFIX atkg: <https://w3id.org/atkg/ontology#> PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT ?agency ?name WHERE {
    ?agency a atkg:Agency ; skos:prefLabel ?name FILTER (LANG(?name) = "zh" && CONTAINS(?name, "公安"))
} ORDER BY ?agency"""
ASK = 'ASK { ?agency <http://www.w3.org/2004/02/skos/core#prefLabel> "六安市公安局"@zh }'
CONSTRUCT = (
    "CONSTRUCT { ?plan a ?class } WHERE { ?plan a ?class FILTER (?class = <https://w3id.org/atkg/ontology#Plan>) }"
)
DESCRIBE = f"DESCRIBE <{PLAN}>"
BROKEN = "SELECT ?x WHERE {"
REFUSED = "SELECT * WHERE { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }"


@pytest.fixture(scope="module")
def server(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(published(tmp_path_factory.mktemp("clients"), store.nquads())) as running:
        yield running


@pytest.fixture(scope="module")
def agencies(store: Store) -> list[tuple[str, str]]:
    """What SELECT must give."""
    return [(row["agency"], row["name"]) for row in store.select(SELECT)]


def graph_of(store: Store, text: str) -> set[tuple[object, object, object]]:
    return set(Graph().parse(store.query(text).to_bytes("application/n-triples"), format="nt"))


# SPARQLWrapper -----------------------------------------------------------------------------------------------------

METHODS = [(GET, URLENCODED), (POST, URLENCODED), (POST, POSTDIRECTLY)]


def wrapper(server: Server, text: str, form: str, method: tuple[str, str], *, only_accept: bool) -> SPARQLWrapper:
    endpoint = SPARQLWrapper(f"{server.url}/sparql")
    endpoint.setQuery(text)
    endpoint.setReturnFormat(form)
    endpoint.setMethod(method[0])
    endpoint.setRequestMethod(method[1])
    # else it writes the form into the address too, by names of its own: format=n3, format=application/rdf+xml
    endpoint.setOnlyConneg(only_accept)
    return endpoint


def rows_in(form: str, body: bytes) -> list[tuple[str, str]]:
    """The agencies and names in an answer of this form."""
    text = body.decode("utf-8")
    if form == JSON:
        rows = json.loads(text)["results"]["bindings"]
        return [(row["agency"]["value"], row["name"]["value"]) for row in rows]
    if form == XML:
        found = ET.fromstring(text).iter("{http://www.w3.org/2005/sparql-results#}result")
        return [(row[0][0].text or "", row[1][0].text or "") for row in found]
    if form == CSV:
        return [(agency, name) for agency, name in list(csv.reader(io.StringIO(text)))[1:]]
    lines = [line.split("\t") for line in text.splitlines()[1:]]
    return [(agency.strip("<>"), name.removesuffix("@zh").strip('"')) for agency, name in lines]


@pytest.mark.parametrize("only_accept", [True, False], ids=["accept", "accept-and-format"])
@pytest.mark.parametrize("method", METHODS, ids=["get", "post-form", "post-direct"])
@pytest.mark.parametrize("form", [JSON, XML, CSV, TSV])
def test_sparqlwrapper_reads_rows(server, agencies, form, method, only_accept):
    answer = wrapper(server, SELECT, form, method, only_accept=only_accept).query()
    assert rows_in(form, answer.response.read()) == agencies
    assert agencies


@pytest.mark.parametrize("only_accept", [True, False], ids=["accept", "accept-and-format"])
@pytest.mark.parametrize("method", METHODS, ids=["get", "post-form", "post-direct"])
@pytest.mark.parametrize("form", [JSON, XML])
def test_sparqlwrapper_reads_a_truth_value(server, form, method, only_accept):
    body = wrapper(server, ASK, form, method, only_accept=only_accept).query().response.read().decode()
    assert ('"boolean":true' in body) if form == JSON else ("<boolean>true</boolean>" in body)


@pytest.mark.parametrize("only_accept", [True, False], ids=["accept", "accept-and-format"])
@pytest.mark.parametrize("method", METHODS, ids=["get", "post-form", "post-direct"])
@pytest.mark.parametrize(
    ("form", "syntax"), [(TURTLE, "turtle"), (N3, "n3"), (XML, "xml"), (RDFXML, "xml"), (JSONLD, "json-ld")]
)
@pytest.mark.parametrize("text", [CONSTRUCT, DESCRIBE], ids=["construct", "describe"])
def test_sparqlwrapper_reads_a_graph(server, store, text, form, syntax, method, only_accept):
    body = wrapper(server, text, form, method, only_accept=only_accept).query().response.read()
    assert set(Graph().parse(body, format=syntax)) == graph_of(store, text)


@pytest.mark.parametrize("method", METHODS, ids=["get", "post-form", "post-direct"])
@pytest.mark.parametrize("text", [BROKEN, REFUSED], ids=["broken", "refused"])
def test_sparqlwrapper_raises_its_error_for_a_bad_query(server, text, method):
    with pytest.raises(QueryBadFormed):
        wrapper(server, text, JSON, method, only_accept=False).query()


# rdflib ------------------------------------------------------------------------------------------------------------


@pytest.fixture(params=["GET", "POST", "POST_FORM"])
def remote(server: Server, request: pytest.FixtureRequest) -> Graph:
    """The endpoint as a graph of rdflib."""
    return Graph(SPARQLStore(f"{server.url}/sparql", method=request.param))


def test_rdflib_counts_every_triple_once(remote, store):
    assert len(remote) == len(store)


def test_rdflib_walks_triples(remote, store):
    assert set(remote.triples((PLAN, None, None))) == graph_of(store, f"CONSTRUCT WHERE {{ <{PLAN}> ?p ?o }}")
    assert remote.value(PLAN, DCTERMS.identifier) == Literal("六政办秘〔2022〕49号")
    assert (PLAN, RDF.type, ATKG.Plan) in remote
    assert (PLAN, RDF.type, ATKG.Task) not in remote


def test_rdflib_reads_rows_a_truth_value_and_graphs(remote, store, agencies):
    assert [(str(row.agency), str(row.name)) for row in remote.query(SELECT)] == agencies
    assert bool(remote.query(ASK)) is True
    assert set(remote.query(CONSTRUCT).graph) == graph_of(store, CONSTRUCT)
    assert set(remote.query(DESCRIBE).graph) == graph_of(store, DESCRIBE)


def test_rdflib_finds_a_chinese_literal(remote):
    name = Literal("六安市公安局", lang="zh")
    assert list(remote.subjects(SKOS.prefLabel, name)) == [
        URIRef("https://w3id.org/atkg/id/agency/luan/public-security")
    ]


@pytest.mark.parametrize("text", [BROKEN, REFUSED], ids=["broken", "refused"])
def test_rdflib_tells_of_a_bad_query(remote, text):
    # by GET rdflib raises; by POST it hands back (status, message, None) in place of a result
    try:
        status, message, nothing = remote.query(text)
    except ValueError as error:
        assert "SPARQL query" in str(error)
    else:
        assert (status, nothing) == (400, None)
        assert "400" in message


def test_rdflib_reads_one_named_graph(server, store):
    part = Graph(SPARQLStore(f"{server.url}/sparql"), identifier=GRAPH)
    assert len(part) == len(graph_of(store, f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{GRAPH}> {{ ?s ?p ?o }} }}"))


@pytest.mark.parametrize("syntax", ["turtle", "nt", "json-ld", "xml"])
def test_rdflib_parses_a_whole_graph(server, store, syntax):
    types = {"turtle": "text/turtle", "nt": "application/n-triples", "json-ld": "application/ld+json"}
    accept = types.get(syntax, "application/rdf+xml")
    reply = server.request(f"/graphs?graph={GRAPH}", headers={"Accept": accept})
    assert reply.media_type == accept
    assert set(Graph().parse(reply.body, format=syntax)) == graph_of(
        store, f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{GRAPH}> {{ ?s ?p ?o }} }}"
    )


# curl --------------------------------------------------------------------------------------------------------------

Run = Callable[..., subprocess.CompletedProcess[bytes]]


def run(command: Sequence[str], folder: Path | None = None) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=120, check=False)


@pytest.fixture(scope="session")
def curl() -> Run:
    program = shutil.which("curl")
    if program is None:
        pytest.skip("curl is not on this machine")
    return lambda *arguments: run([program, "-s", *arguments])


CURL = [
    # the query as the issue of a form, as a form, and as it stands
    ("get", ["-G", "--data-urlencode", f"query={SELECT}"]),
    ("post-form", ["--data-urlencode", f"query={SELECT}"]),
    ("post-direct", ["-H", "Content-Type: application/sparql-query", "--data-binary", SELECT]),
    ("packed", ["--compressed", "--data-urlencode", f"query={SELECT}"]),
]


@pytest.mark.parametrize("arguments", [arguments for _, arguments in CURL], ids=[name for name, _ in CURL])
def test_curl_reads_rows(server, curl, agencies, arguments):
    body = curl(*arguments, "-H", "Accept: text/csv", f"{server.url}/sparql").stdout
    assert rows_in(CSV, body) == agencies


def test_curl_fails_for_a_bad_query_where_it_is_told_to(server, curl):
    done = curl("--fail-with-body", "--data-urlencode", f"query={BROKEN}", f"{server.url}/sparql")
    assert done.returncode == 22
    assert done.stdout.startswith(b"400 ")


# Comunica ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def comunica() -> Run:
    program = CLIENTS / "node_modules" / ".bin" / "comunica-sparql"
    if shutil.which("node") is None:
        pytest.skip("node is not on this machine")
    if not program.exists():
        pytest.skip("Comunica is not installed: npm ci --prefix tests/clients")
    return lambda *arguments: run([str(program), *arguments], CLIENTS)


# told what the source is, and left to find out by itself from the service description
@pytest.mark.parametrize("kind", ["sparql@", ""], ids=["told", "found-out"])
def test_comunica_reads_rows(server, comunica, agencies, kind):
    done = comunica(f"{kind}{server.url}/sparql", "-t", "text/csv", "-q", SELECT)
    assert rows_in(CSV, done.stdout) == agencies


def test_comunica_reads_languages(server, comunica):
    done = comunica(f"sparql@{server.url}/sparql", "-t", "application/sparql-results+json", "-q", SELECT)
    assert {row["name"]["xml:lang"] for row in json.loads(done.stdout)["results"]["bindings"]} == {"zh"}


def test_comunica_reads_a_truth_value_and_a_graph(server, comunica, store):
    assert comunica(f"sparql@{server.url}/sparql", "-q", ASK).stdout.strip() == b"true"
    body = comunica(f"sparql@{server.url}/sparql", "-t", "application/n-triples", "-q", CONSTRUCT).stdout
    assert set(Graph().parse(body, format="nt")) == graph_of(store, CONSTRUCT)


def test_comunica_joins_our_endpoint_with_one_of_our_documents(server, comunica):
    text = f"""SELECT DISTINCT ?number ?name WHERE {{
        <{PLAN}> <{DCTERMS.identifier}> ?number .
        <https://w3id.org/atkg/id/role/lead> <{SKOS.prefLabel}> ?name FILTER (LANG(?name) = "en")
    }}"""
    document = f"{server.url}/data/id/role/lead.ttl"
    done = comunica(f"sparql@{server.url}/sparql", document, "-t", "text/csv", "-q", text)
    assert done.stdout.decode().split() == ["number,name", "六政办秘〔2022〕49号,lead"]


def test_comunica_reports_a_refused_query(server, comunica):
    done = comunica(f"sparql@{server.url}/sparql", "-q", REFUSED)
    assert b"400" in done.stdout + done.stderr
