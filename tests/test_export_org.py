"""The profile org: bodies, collectives, and who works with whom, without more than the documents say."""

from __future__ import annotations

import pytest
from rdflib import Graph, Namespace, URIRef
from rdflib.namespace import DCTERMS, FOAF, RDF, SKOS

from atkg.export.org import ORG
from atkg.namespaces import BASE
from exporting import ask, graph

O = Namespace("http://www.w3.org/ns/org#")


@pytest.fixture(scope="module")
def org(store, tmp_path_factory) -> Graph:
    return graph(store, ORG, tmp_path_factory.mktemp("org"))


def test_every_body_is_an_organisation_and_an_agent(org, store):
    bodies = ask(store, "SELECT ?a { ?a a atkg:Body }")
    assert {(str(each),) for each in org.subjects(RDF.type, O.Organization)} == bodies
    assert bodies <= {(str(each),) for each in org.subjects(RDF.type, FOAF.Agent)}


def test_a_collective_is_a_group_and_no_organisation(org, store):
    groups = ask(store, "SELECT ?a { ?a a atkg:AgencyGroup }")
    assert {(str(each),) for each in org.subjects(RDF.type, FOAF.Group)} == groups
    assert not set(org.subjects(RDF.type, FOAF.Group)) & set(org.subjects(RDF.type, O.Organization))


def test_the_members_of_a_collective_are_those_that_the_document_lists(org, store):
    listed = ask(store, "SELECT ?g ?m { ?g atkg:hasMember ?m }")
    assert {(str(group), str(member)) for group, member in org.subject_objects(FOAF.member)} == listed
    seats = [each for each in org.subjects(RDF.type, O.Membership) if not list(org.objects(each, O.role))]
    assert {(str(org.value(each, O.organization)), str(org.value(each, O.member))) for each in seats} == listed
    assert len(seats) == len(listed) == 37
    assert {str(org.value(each, DCTERMS.source)) for each in seats} == {f"{BASE}eli/yunnan-2021-50/art_5"}


def test_only_a_listed_collective_is_a_collaboration(org):
    both = set(org.subjects(RDF.type, FOAF.Group)) & set(org.subjects(RDF.type, O.OrganizationalCollaboration))
    assert both == {URIRef(f"{BASE}id/agency/yunnan/member-units")}


def test_the_agencies_of_a_shared_task_are_its_members_each_in_its_role(org, store):
    shared = ask(
        store,
        """SELECT ?assignment ?agency ?role {
            ?task atkg:assignment ?assignment ; atkg:statedIn ?clause .
            ?assignment atkg:agency ?agency ; atkg:role ?role .
            FILTER NOT EXISTS { ?clause a atkg:ReconstructedClause }
            FILTER EXISTS { ?task atkg:assignment/atkg:agency ?other FILTER (?other != ?agency) }
        }""",
    )
    told = {
        (str(each), str(org.value(each, O.member)), str(org.value(each, O.role)))
        for each in org.subjects(RDF.type, O.Membership)
        if list(org.objects(each, O.role))
    }
    assert told == shared
    assert len(told) > 1000


def test_a_collaboration_has_two_parties_at_least_and_its_task_as_purpose(org, store):
    tasks = ask(store, "SELECT ?t { ?t a atkg:Task }")
    for each in org.subjects(RDF.type, O.OrganizationalCollaboration):
        members = {org.value(seat, O.member) for seat in org.subjects(O.organization, each)}
        assert len(members) > 1
        if str(each).endswith("#agencies"):
            assert (str(org.value(each, O.purpose)),) in tasks


def test_nothing_reconstructed_is_told(org):
    assert not any("reconstructed" in str(term) or "/cn-2021-13/" in str(term) for triple in org for term in triple)


def test_nobody_is_said_to_be_under_another(org):
    """A bureau of a county is no part of the bureau of the city: the line is a purpose that both share."""
    for property_ in (O.subOrganizationOf, O.unitOf, O.reportsTo):
        assert not list(org.subject_objects(property_))
    line = URIRef(f"{BASE}id/function/public-security")
    assert len({org.value(body, DCTERMS.spatial) for body in org.subjects(O.purpose, line)}) > 4


def test_roles_are_concepts_with_a_meaning(org):
    roles = set(org.subjects(RDF.type, O.Role))
    assert roles == {URIRef(f"{BASE}id/role/{name}") for name in ("lead", "cooperating", "implementing")}
    assert all({label.language for label in org.objects(role, SKOS.definition)} == {"zh", "en"} for role in roles)


def test_places_lie_within_each_other(org):
    yuxi, yunnan, china = (URIRef(f"{BASE}id/jurisdiction/{name}") for name in ("yuxi", "yunnan", "cn"))
    assert org.value(yuxi, DCTERMS.isPartOf) == yunnan
    assert org.value(yunnan, DCTERMS.isPartOf) == china


def test_whatever_is_pointed_to_is_described(org):
    pointed = {value for _, property_, value in org if property_ in (O.member, O.role, O.organization, DCTERMS.spatial)}
    assert {value for value in pointed if not list(org.objects(value, RDF.type))} == set()


def test_one_plan_alone_tells_of_its_own_tasks(org, store, tmp_path):
    one = graph(store, ORG, tmp_path, "dazu-2022-60")
    assert set(one) < set(org)
    seats = {str(each) for each in one.subjects(RDF.type, O.Membership)}
    assert seats
    assert all(each.startswith(f"{BASE}id/assignment/dazu-2022-60/") for each in seats)
    pointed = set(one.objects(None, O.member))
    assert {agency for agency in pointed if not list(one.objects(agency, RDF.type))} == set()
