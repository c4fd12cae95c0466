"""What is known of a query before a parser sees it: its tokens, whether it calls outside, what it weighs."""

from __future__ import annotations

import time

import pytest

from atkg.errors import BadQuery
from atkg.sparql import calls_outside, named_datasets, query_form, rewrite_closure, tokens
from atkg.web.endpoint.clients import Clients, account_name
from atkg.web.endpoint.guard import check_query
from atkg.web.endpoint.limits import Limits
from atkg.web.endpoint.rows import RowCounter

ATKG = "https://w3id.org/atkg/ontology#"
TRACES = "https://w3id.org/atkg/graph/inferred/tracesTo"

# Oxigraph's grammar knows no word boundaries, and reads \u in strings, IRIs and names only
CALLS = [
    "SELECT * { SERVICE <http://a/> { ?s ?p ?o } }",
    "SELECT * { service SILENT ?x { ?s ?p ?o } }",
    "SELECT * { #x\n SERVICE#x\n<http://a/> {} }",
    # an engine that decoded everywhere would find the word
    "SELECT * { SER\\u0056ICE <http://a/> {} }",
    # a comparison that looks like an IRI
    "SELECT * { FILTER(1<2)SERVICE:p#>\n{ ?s ?p ?o } }",
    # quotes that are none in a string
    'SELECT * { BIND("a\\u0022" AS ?x) SERVICE :p {} BIND("b" AS ?y) }',
    # the keyword glued to a bracket, a number, a truth value
    "SELECT * { FILTER(true)SERVICE:p{} }",
    "SELECT * { VALUES ?x {UNDEF}SERVICE:p{} }",
    "SELECT * { ?a ?b 1.0e1SERVICE :p{} }",
    "SELECT * { ?a ?b trueSERVICE :p{} }",
    "SELECT * { }SERVICESILENT:p{}",
    # characters that a name may hold escaped, and a comment or string may not begin with
    "SELECT * { BIND(:a\\# AS ?x) SERVICE :p {} }",
    "SELECT * { BIND(:a\\' AS ?x) SERVICE :p {} BIND('b' AS ?y) }",
    # a local name can't begin with a full stop
    "SELECT * { ?a ?b :.SERVICE :p{} }",
    'SELECT * { FILTER("a"<"b"||1<2)SERVICE:p#">\n{} }',
    "SELECT * { FILTER(1<2)SERVICE:p#\\u003E\n{} }",
]

HARMLESS = [
    'SELECT ("SERVICE <http://a/> {" AS ?text) {}',
    "SELECT ?service { BIND (1 AS ?service) } # SERVICE <http://a/>",
    "SELECT * { BIND (<http://a/SERVICE> AS ?iri) }",
    "SELECT * { BIND ('''it's a SERVICE \"x\" ''' AS ?text) }",
    "PREFIX service: <http://a/> SELECT * { BIND (service:SERVICE AS ?iri) }",
    "PREFIX ex: <http://a/> SELECT * { ?s ex:service ?o }",
]


@pytest.mark.parametrize("query", CALLS)
def test_a_call_outside_is_seen_however_it_is_written(query):
    assert calls_outside(query) or calls_outside(query.replace("\\u0056", "V"))
    with pytest.raises(BadQuery, match="SERVICE"):
        check_query(query, Limits(), ())


@pytest.mark.parametrize("query", HARMLESS)
def test_the_word_service_where_it_calls_nothing_passes(query):
    assert check_query(query, Limits(), ()).text == query


@pytest.mark.parametrize("query", ["", " ", "# nothing but a comment"])
def test_a_text_without_a_token_is_left_to_the_parser(query):
    assert check_query(query, Limits(), ()).form == "SELECT"


FORMS = [
    ("select * {}", "SELECT"),
    ("PREFIX select: <http://a/> ASK {}", "ASK"),
    ("BASE <http://a/> # CONSTRUCT\nDESCRIBE <x>", "DESCRIBE"),
    ("CONSTRUCT WHERE {}", "CONSTRUCT"),
    ("DROP ALL", None),
    ("", None),
]


@pytest.mark.parametrize(("query", "form"), FORMS)
def test_the_form_is_the_first_word_after_the_prologue(query, form):
    assert query_form(list(tokens(query))) == form


DATASETS = [
    ("SELECT * FROM <http://a/> FROM NAMED <http://b/> {}", ["http://a/", "http://b/"]),
    ("PREFIX g: <http://a/> SELECT * FROM g:b\\-c {}", ["http://a/b-c"]),
    ("BASE <http://a/x/> SELECT * FROM <../y> {}", ["http://a/y"]),
    # without a BASE, names are below ours
    ("SELECT * FROM <graph/catalogue> {}", ["https://w3id.org/atkg/graph/catalogue"]),
    ("SELECT ?from { ?from ?p 'FROM <http://a/>' }", []),
]


@pytest.mark.parametrize(("query", "datasets"), DATASETS)
def test_datasets_are_named_in_full(query, datasets):
    assert named_datasets(list(tokens(query))) == datasets


# what is looked up in the closure, and what only looks like it
REWRITTEN = [
    ("?s a:derivedFrom+ ?o", "?s a:tracesTo     ?o"),
    ("?s ^a:derivedFrom+ ?o", "?s ^a:tracesTo     ?o"),
    ("?s a:derivedFrom+/a:partOf ?o", "?s a:tracesTo    /a:partOf ?o"),
    (f"?s <{ATKG}derivedFrom>+ ?o", f"?s <{ATKG}tracesTo>     ?o"),
    # a single step, no step, another sign's number, a negation
    ("?s a:derivedFrom ?o", None),
    ("?s a:derivedFrom* ?o", None),
    ("?s a:derivedFrom +5", None),
    ("?s !a:derivedFrom+ ?o", None),
    ("?s 'a:derivedFrom+' ?o", None),
    ("?s b:derivedFrom+ ?o", None),
]


@pytest.mark.parametrize(("pattern", "meant"), REWRITTEN)
def test_a_chain_is_looked_up_in_the_closure(pattern, meant):
    query = f"PREFIX a: <{ATKG}> SELECT * {{ {pattern} }}"
    found = rewrite_closure(query, f"{ATKG}derivedFrom", f"{ATKG}tracesTo")
    assert found == query.replace(pattern, meant or pattern)
    assert len(found) == len(query)


@pytest.mark.parametrize(
    ("query", "whole"),
    [
        (f"PREFIX a: <{ATKG}> SELECT * {{ GRAPH ?g {{ ?s a:derivedFrom+ ?o }} }}", True),
        (f"PREFIX a: <{ATKG}> SELECT * FROM <{TRACES}> {{ ?s a:derivedFrom+ ?o }}", True),
        (f"PREFIX a: <{ATKG}> SELECT * {{ ?s a:derivedFrom+ ?o }}", False),
        (f"PREFIX a: <{ATKG}> PREFIX a: <http://b/> SELECT * {{ ?s a:derivedFrom+ ?o }}", True),
    ],
)
def test_a_chain_within_some_graphs_stays_as_it_is(query, whole):
    assert check_query(query, Limits(), {TRACES}, whole=whole).text == query


# texts that a careless pattern reads again from every character
SLOW = {
    "quotes without end": '"' + '\\"' * 32_000,
    "quotes and backslashes": '"\\' * 32_000,
    "names without colon": "a." * 32_000,
    "backslashes": "\\" * 65_000,
    "bases": "BASE <aaaaaaaa/> " * 3_600,
    "long strings": "'''" + "''a" * 20_000,
    "IRIs without end": "<" * 60_000,
    "the word itself": "service " * 8_000,
    "exponents": "1e" * 30_000,
}


@pytest.mark.alone
@pytest.mark.parametrize("text", SLOW.values(), ids=SLOW)
def test_any_text_is_judged_in_a_moment(text):
    start = time.monotonic()
    try:
        check_query(text, Limits(), ())
    except BadQuery:
        pass
    # a tenth of this on a quiet machine
    assert time.monotonic() - start < 2


LIMITS = [
    ("depth", "{", "}", Limits().depth),
    ("patterns", "?a ?b ?c . ", "", Limits().patterns),
    ("operators", "!", "", Limits().operators),
    ("tokens", "a ", "", Limits().tokens),
]


@pytest.mark.parametrize(("name", "front", "back", "most"), LIMITS)
def test_each_limit_is_named_when_it_is_passed(name, front, back, most):
    with pytest.raises(BadQuery, match=name):
        check_query(f"ASK {front * (most + 1)}{back * (most + 1)}", Limits(), ())


def test_commas_of_argument_lists_are_no_patterns():
    values = ", ".join(map(str, range(1000)))
    assert check_query(f"ASK {{ ?s ?p ?o FILTER (?o IN ({values})) }}", Limits(), ())


JSON = "application/sparql-results+json"
ROWS = [
    (JSON, b'{"head":{"vars":["a"]},"results":{"bindings":[{"a":{"type":"uri","value":"x:"}},{"a":{"type":', 2),
    # what stands in a value is none
    (JSON, b'{"results":{"bindings":[{"a":{"type":"literal","value":"},{\\"a\\":{\\"type\\":"}},{"a":{}}]}}', 2),
    ("application/sparql-results+xml", b"<results><result/><result></result><result>", 2),
    ("text/csv", b'a,b\r\n1,"x\r\ny""\r\n"\r\n2,3\r\n', 2),
    ("text/tab-separated-values", b'?a\n"x\\ny"\n1\n', 2),
]


@pytest.mark.parametrize(("media_type", "answer", "rows"), ROWS)
@pytest.mark.parametrize("size", [1, 3, 7, 1000])
def test_rows_are_counted_wherever_an_answer_is_cut(media_type, answer, rows, size):
    for most, expected in ((rows, False), (rows - 1, True)):
        counter = RowCounter(media_type, most)
        parts = [answer[start : start + size] for start in range(0, len(answer), size)]
        assert any([counter.exceeded(part) for part in parts]) is expected, (most, size)


def test_a_client_has_so_many_queries_at_once():
    clients = Clients(Limits())
    names = [clients.enter("192.0.2.1", 0.0) for _ in range(4)]
    with pytest.raises(Exception, match="client_queries") as refusal:
        clients.enter("192.0.2.1", 0.0)
    assert (refusal.value.status, refusal.value.retry_after) == (429, 1)
    # another address is not concerned, nor is loopback ever
    assert clients.enter("192.0.2.2", 0.0)
    assert all(clients.enter("127.0.0.1", 0.0) is None for _ in range(100))
    clients.leave(names[0], 0.1)
    assert clients.enter("192.0.2.1", 0.1)


def test_pages_are_counted_apart():
    clients = Clients(Limits(client_pages=2))
    assert [clients.enter("192.0.2.1", 0.0, "pages") for _ in range(2)] == ["192.0.2.1"] * 2
    with pytest.raises(Exception, match="client_pages"):
        clients.enter("192.0.2.1", 0.0, "pages")
    assert clients.enter("192.0.2.1", 0.0)


def test_time_comes_back_at_one_minutes_worth_a_minute():
    clients = Clients(Limits())
    for _ in range(6):
        clients.leave(clients.enter("192.0.2.1", 0.0), 10.0)
    with pytest.raises(Exception, match="client_seconds") as refusal:
        clients.enter("192.0.2.1", 0.0)
    assert refusal.value.status == 429
    later = float(refusal.value.retry_after)
    assert clients.enter("192.0.2.1", later)


@pytest.mark.parametrize(
    ("address", "account"),
    [
        ("127.0.0.1", None),
        ("::1", None),
        ("::ffff:127.0.0.1", None),
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        # one client has a whole network of these
        ("2001:db8:0:1::1", "2001:db8:0:1::/64"),
        ("2001:db8:0:1:ffff::2", "2001:db8:0:1::/64"),
        ("nobody", "nobody"),
    ],
)
def test_who_is_billed(address, account):
    assert account_name(address) == account


@pytest.mark.parametrize("values", [{"deadlin": "3"}, {"deadline": "0"}, {"deadline": "x"}, {"readers": "-1"}])
def test_a_limit_that_is_none_is_refused_by_name(values):
    with pytest.raises(Exception, match=next(iter(values))):
        Limits.of(values)
