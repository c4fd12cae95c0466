"""The data behind the pages: every IRI of the graph answers, and its documents say what the graph says."""

from __future__ import annotations

import random
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from rdflib import BNode, Graph, URIRef
from rdflib.compare import isomorphic
from rdflib.namespace import RDF

from atkg import catalogue
from atkg.namespaces import BASE
from atkg.store import Store
from atkg.web.engine import LocalEngine
from atkg.web.site import create_site
from atkg.web.site.documents import MAX_INCOMING

MANIFEST = {"digest": "sha256:0", "quads": 1, "version": "0.1.0", "built": "2026-01-01T00:00:00+00:00"}
FORMS = {
    "ttl": ("text/turtle", "turtle"),
    "nt": ("application/n-triples", "nt"),
    "jsonld": ("application/ld+json", "json-ld"),
    "rdf": ("application/rdf+xml", "xml"),
}
VOID = "http://rdfs.org/ns/void#"
DCAT = "http://www.w3.org/ns/dcat#"


@pytest.fixture(scope="module")
def site(store: Store):
    return create_site(LocalEngine(store), MANIFEST)


@pytest.fixture(scope="module")
def client(site) -> FlaskClient:
    return site.test_client()


@pytest.fixture(scope="module")
def minted(store: Store) -> list[str]:
    """Every IRI below our base that stands in a triple or names a graph."""
    rows = store.select("SELECT DISTINCT ?x WHERE { { ?x ?p ?o } UNION { ?s ?p ?x } FILTER (ISIRI(?x)) }")
    return sorted({row["x"] for row in rows if row["x"].startswith(BASE) and row["x"] != BASE} | set(store.graphs()))


def kind_of(iri: str) -> str:
    """What the path of an IRI says of its kind."""
    parts = urlsplit(iri).path.removeprefix("/atkg/").split("/")
    return "/".join(parts[:2]) if parts[0] == "id" else parts[0]


def test_every_iri_of_the_graph_has_a_path_here(site, minted):
    routes = site.url_map.bind("here")
    assert len(minted) > 6000
    endpoints = {iri: routes.match(urlsplit(iri).path.removeprefix("/atkg"))[0] for iri in minted}
    assert {endpoint.split(".")[0] for endpoint in endpoints.values()} <= {"resources", "terms", "catalogue"}


def test_iris_of_every_kind_dereference_in_every_form(client, minted):
    chance = random.Random(11)
    kinds: dict[str, list[str]] = {}
    for iri in minted:
        kinds.setdefault(kind_of(iri), []).append(iri)
    assert len(kinds) > 20
    for iris in kinds.values():
        for iri in chance.sample(iris, min(8, len(iris))):
            path = urlsplit(iri).path.removeprefix("/atkg")
            for media_type in ("text/html", *(media_type for media_type, _ in FORMS.values())):
                answer = client.get(path, headers={"Accept": media_type}, follow_redirects=True)
                assert (answer.status_code, answer.mimetype) == (200, media_type), (iri, media_type)


def stated(store: Store, iri: str) -> Graph:
    """The statements about a thing, as the graph has them."""
    construct = f"CONSTRUCT {{ <{iri}> ?p ?o }} WHERE {{ <{iri}> ?p ?o }}"
    return Graph().parse(data=store.query(construct).to_bytes("application/n-triples"), format="nt")


def test_a_document_holds_every_statement_about_its_thing_in_every_form(client, store, minted):
    chance = random.Random(5)
    kinds: dict[str, list[str]] = {}
    for iri in minted:
        if "#" not in iri and not iri.startswith((f"{BASE}graph/", f"{BASE}ontology", f"{BASE}shapes")):
            kinds.setdefault(kind_of(iri), []).append(iri)
    for iris in kinds.values():
        for iri in chance.sample(iris, min(4, len(iris))):
            wanted = set(stated(store, iri))
            graphs = []
            for extension, (media_type, form) in FORMS.items():
                answer = client.get(f"/data/{iri.removeprefix(BASE)}.{extension}")
                assert answer.mimetype == media_type
                graphs.append(Graph().parse(data=answer.data, format=form))
            assert all(wanted <= set(graph) for graph in graphs), iri
            assert all(set(graph) == set(graphs[0]) for graph in graphs), iri
            assert not any(isinstance(term, BNode) for triple in graphs[0] for term in triple)


TASK = "id/task/luan-2022-49/annex/row_1/item_1/t1"
HANGING = [
    # who does it, in which role, as written where
    "SELECT ?x { <{task}> a:assignment ?n . ?n a:agency ?agency ; a:role ?role ; a:mention ?x ; a:evidence/oa:start ?s }",
    # the names of what it points to
    "SELECT ?x { <{task}> a:leadAgency/skos:prefLabel ?x }",
    "SELECT ?x { <{task}> a:assignment/a:agency/skos:prefLabel ?x }",
    "SELECT ?x { <{task}> a:statedIn/a:reference ?x }",
    "SELECT ?x { <{task}> a:partOf/dct:title ?x }",
    # its words' place, and why it derives from what it derives from
    "SELECT ?x { <{task}> a:evidence/oa:end ?x }",
    "SELECT ?x { ?d a:from <{task}> ; a:to ?x ; a:derivationBasis ?basis }",
]


@pytest.mark.parametrize("question", HANGING)
def test_the_document_of_a_task_is_of_use_alone(client, question):
    graph = Graph().parse(data=client.get(f"/data/{TASK}.ttl").data)
    prefixes = "PREFIX a: <https://w3id.org/atkg/ontology#> PREFIX oa: <http://www.w3.org/ns/oa#> "
    prefixes += "PREFIX skos: <http://www.w3.org/2004/02/skos/core#> PREFIX dct: <http://purl.org/dc/terms/> "
    assert list(graph.query(prefixes + question.replace("{task}", BASE + TASK)))


def test_one_can_read_on_downwards_from_a_plan(client):
    """All links of the graph point upwards, so a document names what links to its thing."""
    graph = Graph().parse(data=client.get("/data/eli/luan-2022-49.ttl").data)
    tasks = set(graph.subjects(URIRef(f"{BASE}ontology#partOf"), URIRef(f"{BASE}eli/luan-2022-49")))
    assert len(tasks) > 38


def test_links_of_a_hub_stay_out_of_its_document():
    level = f"{BASE}id/level/county"
    lines = [
        f"<{BASE}id/jurisdiction/{number}> <{BASE}ontology#within> <{level}> <{BASE}graph/g> ."
        for number in range(MAX_INCOMING + 1)
    ]
    lines.append(f'<{level}> <http://www.w3.org/2004/02/skos/core#prefLabel> "县"@zh <{BASE}graph/g> .')
    client = create_site(LocalEngine(Store.from_quads(lines)), MANIFEST).test_client()
    assert len(Graph().parse(data=client.get("/data/id/level/county.nt").data, format="nt")) == 1


def test_the_same_snapshot_gives_the_same_bytes(store):
    """However the quads came in."""
    lines = store.nquads().decode().splitlines()
    random.Random(3).shuffle(lines)
    other = create_site(LocalEngine(Store.from_quads(lines)), MANIFEST).test_client()
    here = create_site(LocalEngine(store), MANIFEST).test_client()
    for path in (
        f"/data/{TASK}.ttl",
        "/data/eli/luan-2022-49.rdf",
        "/data/graph/plan/yuxi-2021-2030.nt",
        "/dataset.ttl",
    ):
        assert other.get(path).data == here.get(path).data


def test_line_ends_of_a_document_survive_every_form():
    """XML reads a bare carriage return as a line feed."""
    text = r'"\u7B2C\r\n\u4E00\r\u884C\n"'
    lines = [f"<{BASE}source/p> <{BASE}ontology#text> {text} <{BASE}graph/plan/p> ."]
    client = create_site(LocalEngine(Store.from_quads(lines)), MANIFEST).test_client()
    for extension, (_, form) in FORMS.items():
        graph = Graph().parse(data=client.get(f"/data/source/p.{extension}").data, format=form)
        assert [str(value) for value in graph.objects()] == ["第\r\n一\r行\n"], extension


def test_the_document_of_a_named_graph_is_that_graph(client, store):
    for name in ("plan/luan-2022-49", "inferred/tracesTo", "catalogue", "ontology"):
        graph = Graph().parse(data=client.get(f"/data/graph/{name}.nt").data, format="nt")
        wanted = Graph().parse(data=store.graph_ntriples([f"{BASE}graph/{name}"]), format="nt")
        assert isomorphic(graph, wanted), name


DOCUMENTS = [
    ("/ontology", "Task", "牵头单位"),
    ("/ontology/0.1.0", "Task", "牵头单位"),
    ("/ontology/alignments", "Task", "牵头单位"),
    ("/ontology/", "Task", "牵头单位"),
    ("/shapes", "Task-leadAgency", "任务没有牵头单位"),
]


@pytest.mark.parametrize(("path", "anchor", "words"), DOCUMENTS)
def test_the_vocabulary_dereferences_to_a_page_or_to_rdf(client, path, anchor, words):
    page = client.get(path, headers={"Accept": "text/html"})
    assert (page.status_code, page.mimetype) == (200, "text/html")
    assert f'id="{anchor}"' in page.text
    assert words in page.text
    for extension, (media_type, form) in FORMS.items():
        answer = client.get(path, headers={"Accept": media_type})
        assert (answer.status_code, answer.mimetype) == (200, media_type)
        assert answer.headers["Content-Location"] == f"/{path.split('/')[1]}.{extension}"
        assert "Accept" in answer.headers["Vary"]
        assert len(Graph().parse(data=answer.data, format=form)) > 500


def test_every_term_and_every_shape_has_its_anchor(client, minted):
    pages = {name: client.get(f"/{name}").text for name in ("ontology", "shapes")}
    for iri in minted:
        document, _, name = iri.removeprefix(BASE).partition("#")
        if name and name != "Prefixes" and document in pages:
            assert f'id="{name}"' in pages[document], iri


def test_a_shape_shows_severity_target_and_path(client):
    text = client.get("/shapes?lang=en").text
    section = text[text.index('id="Task-leadAgency"') :]
    section = section[: section.index("</section>")]
    for words in ("Violation", "atkg:Task", "atkg:leadAgency", "The task names no lead agency", "任务没有牵头单位"):
        assert words in section


@pytest.mark.parametrize("path", ["/dataset", "/.well-known/void"])
def test_the_description_of_the_dataset_is_a_page_or_rdf(client, path):
    assert client.get(path, headers={"Accept": "text/html,*/*;q=0.8"}).mimetype == "text/html"
    graphs = []
    for media_type, form in FORMS.values():
        answer = client.get(path, headers={"Accept": media_type})
        assert answer.mimetype == media_type
        graphs.append(Graph().parse(data=answer.data, format=form))
    assert all(set(graph) == set(graphs[0]) for graph in graphs)
    assert client.get(path, headers={"Accept": "image/png"}).status_code == 406


@pytest.fixture(scope="module")
def description(client) -> Graph:
    return Graph().parse(data=client.get("/dataset.nt").data, format="nt")


DATASET = URIRef(f"{BASE}dataset/atkg")
DESCRIBED = [
    (f"{VOID}sparqlEndpoint", f"{BASE}sparql"),
    (f"{VOID}uriSpace", BASE),
    (f"{VOID}vocabulary", f"{BASE}ontology#"),
    ("http://purl.org/dc/terms/license", "https://creativecommons.org/publicdomain/zero/1.0/"),
    ("http://purl.org/dc/terms/title", "反对拐卖人口行动计划知识图谱"),
    (f"{DCAT}version", "0.1.0"),
]


@pytest.mark.parametrize(("property_", "value"), DESCRIBED)
def test_the_description_says(description, property_, value):
    assert value in {str(each) for each in description.objects(DATASET, URIRef(property_))}


def test_the_counts_of_the_description_are_true(description, store):
    triples = description.value(DATASET, URIRef(f"{VOID}triples"))
    assert int(triples) == len(store)
    for partition in description.objects(DATASET, URIRef(f"{VOID}classPartition")):
        class_ = description.value(partition, URIRef(f"{VOID}class"))
        counted = store.select(f"SELECT (COUNT(*) AS ?n) WHERE {{ ?x a <{class_}> }}")[0]["n"]
        assert int(description.value(partition, URIRef(f"{VOID}entities"))) == int(counted)
    parts = list(description.objects(DATASET, URIRef(f"{VOID}propertyPartition")))
    assert sum(int(description.value(part, URIRef(f"{VOID}triples"))) for part in parts) == len(store)


def test_what_the_description_names_can_be_had(client, description, minted):
    examples = list(description.objects(DATASET, URIRef(f"{VOID}exampleResource")))
    assert len(examples) == 3
    assert {str(example) for example in examples} <= set(minted)
    dumps = [str(dump) for dump in description.objects(None, URIRef(f"{VOID}dataDump"))]
    for dump in dumps:
        path = dump.removeprefix(BASE)
        if path.startswith("data/graph/inferred"):
            assert client.get(f"/{path}").status_code == 200
    assert len(dumps) > 40


def test_the_description_has_no_blank_node_and_both_vocabularies(description):
    assert not any(isinstance(term, BNode) for triple in description for term in triple)
    types = set(description.objects(DATASET, RDF.type))
    assert {URIRef(f"{VOID}Dataset"), URIRef(f"{DCAT}Dataset")} <= types
    links = set(description.subjects(RDF.type, URIRef(f"{VOID}Linkset")))
    assert links
    assert all(description.value(link, URIRef(f"{VOID}linkPredicate")) for link in links)


def test_an_empty_dataset_is_described_too():
    counts = catalogue.count(Store().select)
    assert counts.triples == 0
    assert catalogue.describe(counts, {"version": "0.1.0"})
