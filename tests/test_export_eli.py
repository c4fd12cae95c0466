"""The profile eli: what a legislation registry asks for is there, and nothing that no document says."""

from __future__ import annotations

import pytest
from rdflib import Graph, Literal, Namespace, URIRef
from rdflib.namespace import PROV, RDF, RDFS, SKOS

from atkg.export.eli import ELI
from atkg.namespaces import ATKG, BASE
from atkg.store import Store
from exporting import ask, broken, files, graph, published

E = Namespace("http://data.europa.eu/eli/ontology#")


@pytest.fixture(scope="module")
def eli(store, tmp_path_factory) -> Graph:
    return graph(store, ELI, tmp_path_factory.mktemp("eli"))


MANDATORY = [
    # what registries ask of every legal resource: its kind, where it holds, and a version that can be read
    (E.LegalResource, E.type_document),
    (E.LegalResource, E.jurisdiction),
    (E.LegalResource, E.is_realized_by),
    # of every expression: which work it is of, its language and its title
    (E.LegalExpression, E.realizes),
    (E.LegalExpression, E.language),
    (E.LegalExpression, E.title),
    # of every format: what it embodies, as what, and that it is no official publication
    (E.Format, E.embodies),
    (E.Format, E.media_type),
    (E.Format, E.legal_value),
    # of every part: what it is part of, and its kind
    (E.LegalResourceSubdivision, E.is_part_of),
    (E.LegalResourceSubdivision, E.type_subdivision),
]


@pytest.mark.parametrize(("class_", "property_"), MANDATORY)
def test_every_thing_has_what_is_mandatory(eli, class_, property_):
    things = set(eli.subjects(RDF.type, class_))
    assert things
    assert {thing for thing in things if not list(eli.objects(thing, property_))} == set()


# property → (classes of the subject, class of the value), as the ELI ontology 1.4 declares them
LEGAL = (E.LegalResource, E.LegalResourceSubdivision)
DECLARED = {
    E.applies: (LEGAL, E.LegalResourceSubdivision),
    E.cites: (LEGAL, None),
    E.date_document: (LEGAL, None),
    E.embodies: ((E.Format,), E.LegalExpression),
    E.ensures_implementation_of: (LEGAL, E.LegalResource),
    E.has_part: (LEGAL, E.LegalResourceSubdivision),
    E.id_local: (LEGAL, None),
    E.is_embodied_by: ((E.LegalExpression,), E.Format),
    E.is_part_of: (LEGAL, LEGAL),
    E.is_realized_by: (LEGAL, E.LegalExpression),
    E.jurisdiction: (LEGAL, E.AdministrativeArea),
    E.language: ((E.LegalExpression,), E.Language),
    E.legal_value: ((E.Format,), None),
    E.media_type: ((E.Format,), None),
    E.number: (LEGAL, None),
    E.passed_by: (LEGAL, E.Organization),
    E.realizes: ((E.LegalExpression,), LEGAL),
    E.title: ((E.LegalExpression,), None),
    E.type_document: ((E.LegalResource,), E.ResourceType),
    E.type_subdivision: ((E.LegalResourceSubdivision,), E.SubdivisionType),
}


def test_every_property_is_one_of_eli_and_stands_between_its_classes(eli):
    faults = []
    for subject, property_, value in eli:
        if str(property_).startswith(str(E)):
            domain, range_ = DECLARED[property_]
            types = set(eli.objects(subject, RDF.type))
            if not types & set(domain):
                faults.append(("domain", subject, property_))
            wanted = range_ if isinstance(range_, tuple) else (range_,)
            if range_ and not set(eli.objects(value, RDF.type)) & set(wanted):
                faults.append(("range", property_, value))
    assert faults == []


def test_the_plans_are_those_of_the_dataset(eli, store):
    assert {(str(plan),) for plan in eli.subjects(RDF.type, E.LegalResource)} == ask(
        store, "SELECT ?plan { ?plan a atkg:Plan }"
    )


def test_the_parts_are_the_clauses_that_were_read_and_no_reconstructed_one(eli, store):
    parts = {(str(part),) for part in eli.subjects(RDF.type, E.LegalResourceSubdivision)}
    assert parts == ask(store, "SELECT ?c { ?c a atkg:Clause FILTER NOT EXISTS { ?c a atkg:ReconstructedClause } }")
    assert not any("/id/reconstructed/" in str(term) for triple in eli for term in triple)


def test_a_reconstructed_clause_stays_out_however_it_is_dressed_up():
    plan, clause = f"{BASE}eli/p", f"{BASE}eli/p/art_1"
    kind = f"{BASE}id/clause-type/article"
    lines = [
        f"<{plan}> <{RDF.type}> <{ATKG}Plan> <{BASE}g> .",
        f'<{plan}> <http://purl.org/dc/terms/title> "计划"@zh <{BASE}g> .',
        f'<{ATKG}Plan> <{RDFS.label}> "计划"@zh <{BASE}g> .',
        f'<{kind}> <{SKOS.prefLabel}> "条"@zh <{BASE}g> .',
        *(
            f"<{each}> <{property_}> {value} <{BASE}g> ."
            for each in (clause, f"{BASE}eli/p/art_2")
            for property_, value in (
                (RDF.type, f"<{ATKG}Clause>"),
                (f"{ATKG}partOf", f"<{plan}>"),
                (f"{ATKG}clauseType", f"<{kind}>"),
                (f"{ATKG}reference", '"一"'),
            )
        ),
        f"<{clause}> <{RDF.type}> <{ATKG}ReconstructedClause> <{BASE}g> .",
    ]
    out = Graph()
    store = Store.from_quads(lines)
    from atkg.export.mapped import construct

    for query in ("eli-plans", "eli-clauses", "eli-applied"):
        out.parse(data=construct(store, query, [plan]), format="nt")
    assert set(out.subjects(RDF.type, E.LegalResourceSubdivision)) == {URIRef(f"{BASE}eli/p/art_2")}


def test_each_link_between_plans_says_what_it_rests_on(eli, store):
    pairs = ask(store, "SELECT ?plan ?above { ?plan atkg:implementsPlan ?above }")
    assert {tuple(map(str, pair)) for pair in eli.subject_objects(E.ensures_implementation_of)} == pairs
    assert len(pairs) == 8
    told = {
        (str(plan), str(eli.value(link, PROV.entity)))
        for plan, link in eli.subject_objects(PROV.qualifiedDerivation)
        if list(eli.objects(link, URIRef("http://purl.org/dc/terms/type")))
    }
    assert told == pairs


# of two plans that don't cite the plan above, the link says that it is known otherwise, and how
@pytest.mark.parametrize(
    ("plan", "above"), [("yuxi-2021-2030", "yunnan-2021-50"), ("jinghai-2022-12", "tianjin-2021-51")]
)
def test_what_the_document_does_not_say_is_marked(eli, plan, above):
    link = URIRef(f"{BASE}id/derivation/{plan}/to/{above}")
    assert eli.value(link, URIRef("http://purl.org/dc/terms/type")) == URIRef(f"{BASE}id/derivation-basis/register")
    assert "The" in str(eli.value(link, RDFS.comment))


ABSENT = [
    # its date and number are not on the table of tasks
    ("yuxi-2021-2030", E.date_document),
    ("yuxi-2021-2030", E.id_local),
    ("yuxi-2021-2030", E.passed_by),
    # no document says when it enters into force
    ("yunnan-2021-50", E.first_date_entry_in_force),
    ("yunnan-2021-50", E.in_force),
]


@pytest.mark.parametrize(("plan", "property_"), ABSENT)
def test_what_is_not_known_is_not_there(eli, plan, property_):
    assert list(eli.objects(URIRef(f"{BASE}eli/{plan}"), property_)) == []


def test_a_title_of_ours_is_no_title_of_an_expression(eli):
    assert {title.language for title in eli.objects(None, E.title)} == {"zh"}
    assert Literal(
        "Yunnan Province: Detailed Rules for Carrying Out the Action Plan against Human Trafficking (2021–2030)",
        lang="en",
    ) in set(eli.objects(URIRef(f"{BASE}eli/yunnan-2021-50"), RDFS.label))


def test_only_a_plan_whose_text_is_at_hand_has_a_format(eli):
    formats = {str(each).removeprefix(f"{BASE}source/") for each in eli.subjects(RDF.type, E.Format)}
    assert formats == {"yunnan-2021-50", "yuxi-2021-2030", "luan-2022-49", "dazu-2022-60", "jinghai-2022-12"}


def test_addresses_are_those_that_the_validator_of_eli_likes(eli):
    for class_ in (*LEGAL, E.LegalExpression):
        assert all("/eli/" in str(thing) for thing in eli.subjects(RDF.type, class_))


def test_one_plan_alone_says_what_the_whole_says_of_it(eli, store, tmp_path):
    one = graph(store, ELI, tmp_path, "yuxi-2021-2030")
    assert set(one) < set(eli)
    assert set(one.subjects(RDF.type, E.LegalResource)) == {URIRef(f"{BASE}eli/yuxi-2021-2030")}
    whole = {triple for triple in eli if "yuxi-2021-2030" in str(triple[0])}
    assert whole == {triple for triple in one if "yuxi-2021-2030" in str(triple[0])}


def test_chosen_plans_have_a_file_each(store, tmp_path):
    made = files(store, ELI, tmp_path, "luan-2022-49", "cn-2021-13")
    assert list(made) == ["eli/luan-2022-49.ttl", "eli/cn-2021-13.ttl"]


def test_the_published_shapes_find_nothing(eli):
    assert broken(eli, *published("eli-1.2/eli-1.2-shapes.ttl")) == []
