"""The profile skos: concept schemes that a SKOS browser loads as they are."""

from __future__ import annotations

import logging
from functools import partial
from pathlib import Path

import pytest
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, RDF, SKOS
from skosify import check

from atkg.export.mapped import construct
from atkg.export.skos import CONCEPTS
from atkg.namespaces import BASE
from atkg.store import Store
from exporting import ask, broken, files

SHAPES = Path(__file__).parent / "skos-integrity.ttl"
SCHEMES = (
    "basis",
    "body-kind",
    "clause-type",
    "derivation-basis",
    "function",
    "level",
    "number-state",
    "role",
    "stage",
    "text-state",
    "timing",
)


@pytest.fixture(scope="module")
def made(store, tmp_path_factory) -> dict[str, Path]:
    return files(store, CONCEPTS, tmp_path_factory.mktemp("skos"))


@pytest.fixture(scope="module")
def whole(made) -> Graph:
    return Graph().parse(made["skos/atkg.ttl"])


def test_each_scheme_has_a_file_and_all_of_them_one(made, whole):
    assert set(made) == {f"skos/{name}.ttl" for name in (*SCHEMES, "atkg")}
    together = Graph()
    for name in SCHEMES:
        together.parse(made[f"skos/{name}.ttl"])
    assert set(together) == set(whole)


def test_the_conditions_of_skos_hold(whole):
    assert broken(whole, SHAPES) == []


A, B = (URIRef(f"{BASE}id/role/{name}") for name in ("lead", "cooperating"))
SCHEME = URIRef(f"{BASE}id/role")
ELSEWHERE = URIRef("https://example.org/lead")
BREAKS = {
    # a scheme that is a concept
    "S9": [(SCHEME, RDF.type, SKOS.Concept)],
    # a label that is preferred and other
    "S13": [(A, SKOS.altLabel, Literal("牵头", lang="zh"))],
    # a second preferred label
    "S14": [(A, SKOS.prefLabel, Literal("主责", lang="zh"))],
    # related and broader at once
    "S27": [(A, SKOS.broader, B), (B, SKOS.related, A)],
    # exactly the same, and broader
    "S46": [(A, SKOS.exactMatch, ELSEWHERE), (A, SKOS.broadMatch, ELSEWHERE)],
    # what browsers need: one notation, no circle, top concepts that know of it
    "notation": [(A, SKOS.notation, Literal("lead-2"))],
    "circle": [(A, SKOS.broader, B), (B, SKOS.broader, A)],
    "top": [(SCHEME, SKOS.hasTopConcept, ELSEWHERE)],
}


@pytest.mark.parametrize("triples", BREAKS.values(), ids=BREAKS)
def test_the_shapes_would_find(made, triples):
    data = Graph().parse(made["skos/role.ttl"])
    for triple in triples:
        data.add(triple)
    assert broken(data, SHAPES)


def test_the_shapes_allow_what_skos_allows(made):
    data = Graph().parse(made["skos/role.ttl"])
    for triple in (
        (A, SKOS.broader, B),
        (A, SKOS.exactMatch, ELSEWHERE),
        (A, SKOS.altLabel, Literal("主责", lang="zh")),
    ):
        data.add(triple)
    assert broken(data, SHAPES) == []


CHECKS = [
    # no concept lies above itself
    partial(check.hierarchy_cycles, fix=True),
    # what is related is not broader
    partial(check.disjoint_relations, fix=True),
    # a broader concept is given once, not by a detour too
    partial(check.hierarchical_redundancy, fix=True),
    # one preferred label a language
    partial(check.preflabel_uniqueness, policy="shortest"),
    # no label is preferred and other at once
    partial(check.label_overlap, fix=True),
]


@pytest.mark.parametrize("mend", CHECKS, ids=lambda mend: mend.func.__name__)
def test_a_checker_of_others_finds_nothing_to_mend(made, mend, caplog):
    """Skosify mends what it finds and says so: it has nothing to say, and takes nothing away."""
    data = Graph().parse(made["skos/atkg.ttl"])
    before = set(data)
    with caplog.at_level(logging.INFO):
        mend(data)
    assert [record.getMessage() for record in caplog.records] == []
    assert set(data) == before


def test_the_checker_of_others_would_find(made, caplog):
    data = Graph().parse(made["skos/role.ttl"])
    data.add((A, SKOS.altLabel, Literal("牵头", lang="zh")))
    check.label_overlap(data, fix=True)
    assert caplog.records


def test_the_concepts_are_those_of_the_dataset(whole, store):
    told = {(str(concept), str(scheme)) for concept, scheme in whole.subject_objects(SKOS.inScheme)}
    assert told == ask(store, "SELECT ?c ?s { ?c skos:inScheme ?s }")


def test_a_scheme_is_named_and_licensed(whole):
    assert set(whole.objects(SCHEME, DCTERMS.title)) == {Literal("角色", lang="zh"), Literal("role", lang="en")}
    assert all(list(whole.objects(scheme, DCTERMS.license)) for scheme in whole.subjects(RDF.type, SKOS.ConceptScheme))


def test_a_concept_below_another_is_no_top_concept():
    top, below, scheme = f"{BASE}id/x/a", f"{BASE}id/x/a-1", f"{BASE}id/x"
    lines = [f"<{scheme}> <{RDF.type}> <{SKOS.ConceptScheme}> <{BASE}g> ."]
    lines += [f'<{scheme}> <{SKOS.prefLabel}> "某"@zh <{BASE}g> .']
    for concept in (top, below):
        lines += [f"<{concept}> <{SKOS.inScheme}> <{scheme}> <{BASE}g> ."]
        lines += [f'<{concept}> <{SKOS.prefLabel}> "{concept[-1]}"@zh <{BASE}g> .']
    lines += [f"<{below}> <{SKOS.broader}> <{top}> <{BASE}g> ."]
    found = Graph().parse(data=construct(Store.from_quads(lines), "skos-scheme", [scheme]), format="nt")
    assert list(found.objects(URIRef(scheme), SKOS.hasTopConcept)) == [URIRef(top)]
    assert list(found.subjects(SKOS.topConceptOf, URIRef(scheme))) == [URIRef(top)]
    assert found.value(URIRef(below), SKOS.broader) == URIRef(top)
