"""Three real places of the documents, triple by triple, as they must stand in the built graph."""

from __future__ import annotations

from pathlib import Path

import pytest

from atkg.store import Store

EXPECTED = Path(__file__).parent / "plans" / "three_places.trig"
BASE = "https://w3id.org/atkg/"
SKOS = "http://www.w3.org/2004/02/skos/core#"

# nodes of which the expectation shows a part: others use the body by more names, and the row has more measures
PARTLY = {
    "eli/luan-2022-49/annex/row_8",
    "id/agency/jinghai/culture-tourism",
    "id/agency/yuxi/member-units",
    "id/agency/yuxi/public-security",
}


def quads(store: Store) -> set[str]:
    return set(store.nquads().decode().splitlines())


@pytest.fixture(scope="module")
def expected() -> set[str]:
    store = Store()
    store.load_file(EXPECTED)
    return quads(store)


def test_what_is_expected_stands_in_its_graph(expected: set[str], store: Store):
    assert not expected - quads(store)


def test_no_more_is_said_in_these_graphs_of_the_nodes_that_are_shown_whole(expected: set[str], store: Store):
    def shown(found: set[str]) -> set[str]:
        return {quad for quad in found if quad.split()[0] in whole and quad.split()[-2] in graphs}

    whole = {quad.split()[0] for quad in expected} - {f"<{BASE}{name}>" for name in PARTLY}
    graphs = {quad.split()[-2] for quad in expected}
    assert shown(quads(store)) == shown(expected)


def test_a_lost_text_is_absent_and_never_empty(store: Store):
    lost = "https://w3id.org/atkg/id/task/yuxi-2021-2030/sec_3/sub_2/row_1/t1"
    assert not store.ask(f"ASK {{ <{lost}> <{BASE}ontology#sourceText> ?text }}")
    assert not store.ask(f'ASK {{ ?node <{BASE}ontology#sourceText> ?text FILTER (STR(?text) = "") }}')


def test_every_agency_has_one_chinese_label(store: Store):
    rows = store.select(f"""
        PREFIX skos: <{SKOS}>
        SELECT ?agency (COUNT(?label) AS ?labels) WHERE {{
            ?agency a <{BASE}ontology#Agency> .
            OPTIONAL {{ ?agency skos:prefLabel ?label . FILTER (LANG(?label) = "zh") }}
        }} GROUP BY ?agency HAVING (COUNT(?label) != 1)""")
    assert not rows
