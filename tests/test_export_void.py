"""The profile void: counts that are true, examples and links, the same as the site says."""

from __future__ import annotations

import pytest
from rdflib import RDF, Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, RDFS, VOID, XSD

from atkg import snapshot
from atkg.catalogue import Counts, count
from atkg.export.profile import Source
from atkg.export.void import VOID as PROFILE
from atkg.namespaces import BASE
from atkg.web.engine import LocalEngine
from atkg.web.site import create_site
from exporting import MANIFEST, ask, graph

DATASET = URIRef(f"{BASE}dataset/atkg")


@pytest.fixture(scope="module")
def void(store, tmp_path_factory) -> Graph:
    return graph(store, PROFILE, tmp_path_factory.mktemp("void"))


def test_each_class_has_a_partition_with_its_number(void, store):
    parts = {
        (str(void.value(part, VOID["class"])), str(void.value(part, VOID.entities)))
        for part in void.objects(DATASET, VOID.classPartition)
    }
    assert parts == ask(store, "SELECT ?c (STR(COUNT(*)) AS ?n) { ?x a ?c } GROUP BY ?c")


def test_each_property_has_a_partition_with_its_number(void, store):
    parts = {
        (str(void.value(part, VOID.property)), str(void.value(part, VOID.triples)))
        for part in void.objects(DATASET, VOID.propertyPartition)
    }
    assert parts == ask(store, "SELECT ?p (STR(COUNT(*)) AS ?n) { ?s ?p ?o } GROUP BY ?p")


def test_the_triples_are_all_and_the_graphs_sum_up_to_them(void, store):
    assert int(void.value(DATASET, VOID.triples)) == len(store)
    graphs = [part for part in void.objects(DATASET, VOID.subset) if str(part).startswith(f"{BASE}graph/")]
    assert sum(int(void.value(part, VOID.triples)) for part in graphs) == len(store)


def test_link_sets_count_the_links_to_each_site(void, store):
    links = {}
    for part in void.subjects(RDF.type, VOID.Linkset):
        target = void.value(part, VOID.objectsTarget)
        home = str(void.value(target, URIRef("http://xmlns.com/foaf/0.1/homepage")))
        links[str(void.value(part, VOID.linkPredicate)), home] = int(void.value(part, VOID.triples))
    wikidata = ask(store, "SELECT ?s { ?s skos:exactMatch ?o FILTER (STRSTARTS(STR(?o), 'http://www.wikidata.org/')) }")
    assert links["http://www.w3.org/2004/02/skos/core#exactMatch", "http://www.wikidata.org/"] == len(wikidata) > 0


def test_examples_are_things_of_the_dataset(void, store):
    examples = list(void.objects(DATASET, VOID.exampleResource))
    assert len(examples) == 3
    assert all(store.ask(f"ASK {{ <{example}> a ?class }}") for example in examples)


def test_every_partition_is_a_dataset_as_void_has_it(void):
    parts = {
        *void.objects(DATASET, VOID.classPartition),
        *void.objects(DATASET, VOID.propertyPartition),
        *(part for part in void.objects(DATASET, VOID.subset) if "#links" not in str(part)),
    }
    assert {part for part in parts if (part, RDF.type, VOID.Dataset) not in void} == set()


def test_it_is_dated_by_the_snapshot(void):
    assert void.value(DATASET, DCTERMS.modified) == Literal(MANIFEST["built"], datatype=XSD.dateTime)


def test_the_site_says_the_same_and_dcat_besides(void, store):
    client = create_site(LocalEngine(store), MANIFEST).test_client()
    said = Graph().parse(data=client.get("/.well-known/void", headers={"Accept": "text/turtle"}).data, format="turtle")
    assert set(void) < set(said)
    assert any("dcat#" in str(property_) for property_ in said.predicates())


def test_counts_that_the_manifest_keeps_are_not_counted_again(store, tmp_path):
    class Unasked:
        def select(self, text):
            raise AssertionError(text)

    manifest = {**MANIFEST, "counts": count(store.select).to_json()}
    (made,) = PROFILE.write(Source(Unasked(), manifest), tmp_path)
    assert int(Graph().parse(made).value(DATASET, VOID.triples)) == len(store)


def test_the_site_counts_nothing_where_the_manifest_keeps_counts(store):
    asked = []

    class Noting(LocalEngine):
        def answer(self, text, media_type, **options):
            asked.append(text)
            return super().answer(text, media_type, **options)

    manifest = {**MANIFEST, "counts": count(store.select).to_json()}
    client = create_site(Noting(store), manifest).test_client()
    assert client.get("/dataset.nt").status_code == client.get("/").status_code == 200
    assert not [text for text in asked if "GROUP BY ?key" in text]


class NoFindings:
    """What publishing needs of a validation report."""

    def counts(self):
        return {"violation": 0, "warning": 0, "info": 0}


def test_a_snapshot_is_counted_when_it_is_published_and_only_then(store, tmp_path, monkeypatch):
    nquads = store.nquads()
    kept = snapshot.publish(tmp_path, nquads, NoFindings(), "").manifest["counts"]
    assert Counts.from_json(kept) == count(store.select)
    assert snapshot.current_snapshot(tmp_path).manifest["counts"] == kept

    def refuse(select):
        raise AssertionError("the same quads are counted again")

    monkeypatch.setattr(snapshot, "count", refuse)
    assert snapshot.publish(tmp_path, nquads, NoFindings(), "").manifest["counts"] == kept


def test_of_a_nations_plans_the_site_lists_some_and_says_where_all_are(store, monkeypatch):
    monkeypatch.setattr("atkg.web.site.catalogue.MAX_PLANS", 2)
    client = create_site(LocalEngine(store), MANIFEST).test_client()
    said = Graph().parse(data=client.get("/dataset.nt").data, format="nt")
    assert len(list(said.subject_objects(URIRef("http://www.w3.org/ns/dcat#inSeries")))) == 2
    assert URIRef(f"{BASE}download/dcat-ap/atkg.ttl") in set(said.objects(URIRef(f"{BASE}dataset"), RDFS.seeAlso))
