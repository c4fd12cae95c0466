"""The named queries: each parses alone, says what it asks, and answers on the real graph."""

from __future__ import annotations

import pytest
from pyoxigraph import Store as Oxigraph

from atkg.errors import InputError, UsageError
from atkg.queries import NamedQuery, Parameter, find_query, named_queries, read_query, to_term
from atkg.store import Store

QUERIES = list(named_queries())


def test_there_are_queries_for_the_questions_of_the_users():
    assert len(QUERIES) >= 15


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_a_query_parses_alone_and_has_its_header_in_both_languages(query: NamedQuery):
    Oxigraph().query(query.text)
    for words in (query.summary, query.question):
        assert any("\u4e00" <= char <= "\u9fff" for char in words["zh"])
        assert words["en"].isascii() or "," in words["en"]
    for parameter in query.parameters:
        assert parameter.label_zh and parameter.label_en


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_a_query_answers_on_the_real_graph_and_a_violation_never_does(query: NamedQuery, store: Store):
    _, rows = store.query(query.text).values()
    assert bool(rows) != query.finds_violations
    assert len({tuple(row) for row in rows}) == len(rows), "a row stands twice"


@pytest.mark.parametrize(
    "query", [query for query in QUERIES if not query.finds_violations], ids=lambda query: query.name
)
def test_rows_have_an_order_that_the_query_states(query: NamedQuery, store: Store):
    assert "ORDER BY" in query.text
    assert store.query(query.text).values() == store.query(query.text).values()


TERMS = [
    ("iri", "eli/luan-2022-49", "<https://w3id.org/atkg/eli/luan-2022-49>"),
    ("iri", "https://w3id.org/atkg/eli/luan-2022-49", "<https://w3id.org/atkg/eli/luan-2022-49>"),
    ("string", 'a"} UNION { ?s ?p ?o', r'"a\"} UNION { ?s ?p ?o"'),
    ("string", "a\\b\n", r'"a\\b\n"'),
    ("integer", "-12", "-12"),
    ("year", "2025", "2025"),
    ("date", "2025-12-31", '"2025-12-31"^^<http://www.w3.org/2001/XMLSchema#date>'),
    ("language", "ZH-Hans", '"zh-hans"'),
]


@pytest.mark.parametrize(("type_", "value", "term"), TERMS)
def test_a_value_becomes_a_term_of_its_type(type_, value, term):
    assert to_term(Parameter("x", type_, "", ""), value) == term


REFUSED = [
    # an attempt to leave the brackets of an IRI
    ("iri", "x> ?p ?o } #"),
    ("iri", "https://a/ b"),
    ("integer", "1 } UNION {"),
    ("integer", ""),
    ("year", "25"),
    ("date", "2025-02-30"),
    ("language", "zh@"),
]


@pytest.mark.parametrize(("type_", "value"), REFUSED)
def test_a_value_that_is_not_of_its_type_is_refused(type_, value):
    with pytest.raises(UsageError):
        to_term(Parameter("x", type_, "", ""), value)


def test_binding_rewrites_the_block_alone_and_the_answer_is_that_of_the_value(store: Store):
    query = find_query("tasks-of-agency")
    bound = query.bind({"agency": "id/agency/yuxi/transport"})
    assert bound.replace("<https://w3id.org/atkg/id/agency/yuxi/transport>", "UNDEF") == query.text
    columns, rows = store.query(bound).values()
    assert {row[columns.index("agency")] for row in rows} == {"id/agency/yuxi/transport"}


def test_a_text_parameter_can_hold_no_sparql(store: Store):
    query = find_query("search-tasks")
    name = next(parameter.name for parameter in query.parameters if parameter.type == "string")
    assert store.query(query.bind({name: '") } #'})).values()[1] == []
    assert store.query(query.bind({name: "绿色通道"})).values()[1]


def test_a_header_that_lacks_its_question_is_refused(tmp_path):
    (tmp_path / "x.rq").write_text("#+ summary: x\nSELECT * {}")
    with pytest.raises(InputError, match="summary-zh"):
        read_query(tmp_path / "x.rq")
