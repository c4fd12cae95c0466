"""The profile cpov: every public body that the plans charge, as the EU's shapes have it, and nothing else."""

from __future__ import annotations

from collections import Counter

import pytest
from rdflib import Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCTERMS, RDF, RDFS, SKOS

from atkg.export.cpov import CPOV
from atkg.export.mapped import construct
from atkg.namespaces import ATKG, BASE
from atkg.store import Store
from exporting import ask, broken, graph, published

CV = Namespace("http://data.europa.eu/m8g/")
ORG = Namespace("http://www.w3.org/ns/org#")
SHAPES = "cpov-2.1.2/core-public-organisation-ap-SHACL.ttl"


@pytest.fixture(scope="module")
def cpov(store, tmp_path_factory) -> Graph:
    return graph(store, CPOV, tmp_path_factory.mktemp("cpov"))


# the shapes of public services ask more of an organisation: a name and a place
@pytest.mark.parametrize("shapes", [SHAPES, "cpsv-ap-3.2.0/cpsv-ap-SHACL.ttl"])
def test_the_published_shapes_find_nothing(cpov, shapes):
    assert broken(cpov, *published(shapes)) == []


# what must not be forgotten, each found by the shapes when it is
BREAKS = [
    # a place without its class
    ((None, RDF.type, DCTERMS.Location), "spatial"),
    # a function that is no concept
    ((None, RDF.type, SKOS.Concept), "purpose"),
]


@pytest.mark.parametrize(("taken", "path"), BREAKS)
def test_the_published_shapes_would_find(cpov, taken, path):
    (shapes,) = published(SHAPES)
    damaged = Graph()
    for triple in cpov:
        damaged.add(triple)
    damaged.remove(taken)
    assert any(path in result for result in broken(damaged, shapes))


def test_a_second_alternative_name_would_break_the_profile(cpov):
    (shapes,) = published(SHAPES)
    damaged = Graph()
    for triple in cpov:
        damaged.add(triple)
    agency = next(iter(cpov.subjects(SKOS.altLabel, None)))
    damaged.add((agency, SKOS.altLabel, Literal("又一个名称", lang="zh")))
    assert broken(damaged, shapes)


def test_the_organisations_are_all_bodies_but_enterprises(cpov, store):
    assert {(str(each),) for each in cpov.subjects(RDF.type, CV.PublicOrganisation)} == ask(
        store,
        f"SELECT ?a {{ ?a a atkg:Body ; atkg:bodyKind ?kind FILTER (?kind != <{BASE}id/body-kind/enterprise>) }}",
    )


OUTSIDE = [
    # a company in the list of members
    "yunnan/railway-kunming",
    # a phrase that stands for several bodies
    "yuxi/member-units",
    "dazu/towns-subdistricts",
]


@pytest.mark.parametrize("agency", OUTSIDE)
def test_what_is_no_public_organisation_is_not_there(cpov, agency):
    assert not list(cpov.predicate_objects(URIRef(f"{BASE}id/agency/{agency}")))


def test_an_agency_that_no_register_knows_is_not_there():
    agency = f"{BASE}id/agency/yuxi/x-12345678"
    lines = [
        f"<{agency}> <{RDF.type}> <{ATKG}Agency> <{BASE}g> .",
        f'<{agency}> <{SKOS.prefLabel}> "市某局"@zh <{BASE}g> .',
        f"<{agency}> <{ATKG}jurisdiction> <{BASE}id/jurisdiction/yuxi> <{BASE}g> .",
    ]
    assert construct(Store.from_quads(lines), "cpov-organisations", [agency]) == b""


def test_each_has_its_names_its_kind_its_line_and_its_place(cpov):
    agency = URIRef(f"{BASE}id/agency/yuxi/public-security")
    assert set(cpov.objects(agency, SKOS.prefLabel)) == {
        Literal("玉溪市公安局", lang="zh"),
        Literal("Yuxi Public Security Bureau", lang="en"),
    }
    assert cpov.value(agency, ORG.classification) == URIRef(f"{BASE}id/body-kind/government")
    assert cpov.value(agency, ORG.purpose) == URIRef(f"{BASE}id/function/public-security")
    place = cpov.value(agency, DCTERMS.spatial)
    assert Literal("玉溪市", lang="zh") in set(cpov.objects(place, RDFS.label))


def test_of_several_other_names_the_longest_stands_for_all(cpov, store):
    names = Counter(agency for agency in cpov.subjects(SKOS.altLabel, None))
    assert set(names.values()) == {1}
    several = ask(store, "SELECT ?a (MAX(STRLEN(?n)) AS ?most) { ?a a atkg:Body ; skos:altLabel ?n } GROUP BY ?a")
    chosen = {str(agency): len(str(name)) for agency, name in cpov.subject_objects(SKOS.altLabel)}
    assert all(chosen[agency] == int(most) for agency, most in several if agency in chosen)


def test_a_code_that_is_no_longer_valid_is_not_given(cpov, store):
    codes = {str(code) for code in cpov.objects(None, SKOS.notation)}
    expired = ask(store, "SELECT ?c { ?i skos:notation ?c ; <https://schema.org/validThrough> ?until }")
    assert "530400" in codes
    assert expired
    assert not codes & {code for (code,) in expired}


def test_one_plan_names_its_own_agencies(cpov, store, tmp_path):
    one = graph(store, CPOV, tmp_path, "luan-2022-49")
    agencies = {str(each) for each in one.subjects(RDF.type, CV.PublicOrganisation)}
    assert f"{BASE}id/agency/luan/public-security" in agencies
    assert {each.removeprefix(f"{BASE}id/agency/").partition("/")[0] for each in agencies} == {"luan"}
    assert set(one) < set(cpov)
