"""The label search: what is found, in which order, and what is refused."""

from __future__ import annotations

import json
import string

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from atkg.namespaces import BASE
from atkg.store import Store
from atkg.web.engine import LocalEngine
from atkg.web.site import create_site
from atkg.web.site.search import KINDS, MAX_LENGTH, MAX_WORDS, PAGE_SIZE, find

MANIFEST = {"digest": "sha256:0", "quads": 1, "version": "0.1.0"}


@pytest.fixture(scope="module")
def client(store: Store) -> FlaskClient:
    return create_site(LocalEngine(store), MANIFEST).test_client()


def results(client: FlaskClient, q: str, **more: str) -> list[str]:
    answer = client.get("/search", query_string={"q": q, "format": "json", **more})
    assert answer.status_code == 200, answer.text
    return [each["iri"].removeprefix(BASE) for each in json.loads(answer.text)["results"]]


FIRST = [
    # a name that is exactly what was typed comes first
    ("玉溪市公安局", "id/agency/yuxi/public-security"),
    ("Yuxi Public Security Bureau", "id/agency/yuxi/public-security"),
    # small letters and capitals are one
    ("yuxi public SECURITY bureau", "id/agency/yuxi/public-security"),
    # a misspelling that a document has
    ("市委宣传部分", "id/agency/yuxi/publicity"),
    # a document number, with the brackets of a keyboard too
    ("国办发〔2021〕13号", "eli/cn-2021-13"),
    ("国办发[2021]13号", "eli/cn-2021-13"),
    ("国办发（2021）13号", "eli/cn-2021-13"),
    ("国办发【2021】13号", "eli/cn-2021-13"),
    # a plan's title, a place, a code of a place, a function
    ("六安市反对拐卖人口行动实施方案", "eli/luan-2022-49"),
    ("静海区", "id/jurisdiction/jinghai"),
    ("530400", "id/jurisdiction/yuxi/gb-t-2260/530400"),
    # full-width figures
    ("５３０４００", "id/jurisdiction/yuxi/gb-t-2260/530400"),
]


@pytest.mark.parametrize(("q", "first"), FIRST)
def test_the_thing_that_is_meant_comes_first(client, q, first):
    assert results(client, q)[0] == first


HELD = [
    # words of a task, by kind
    ("持续推进来历不明儿童", {"kind": "clause"}, "eli/luan-2022-49/annex/row_1/col_2023-2029/item_3"),
    # words apart, which must all be there
    ("玉溪 公安", {}, "id/agency/yuxi/public-security"),
    ("公安 玉溪", {}, "id/agency/yuxi/public-security"),
    # a clause as people cite it
    ("第十一条(一)", {"kind": "clause"}, "eli/yunnan-2021-50/art_11/sub_1"),
    # a term of the ontology
    ("任务", {"kind": "term"}, "ontology#Task"),
]


@pytest.mark.parametrize(("q", "more", "found"), HELD)
def test_what_holds_the_words_is_found(client, q, more, found):
    assert found in results(client, q, **more)


NOTHING = [
    # signs of patterns and of SPARQL are letters like others
    "公.局",
    ".*",
    "公安|教育",
    '"} } #',
    "' OR 1=1",
    "\\",
    "[[",
    "((((",
    "<https://w3id.org/atkg/id/role/lead>",
    "?thing",
    "没有这样的字",
    "\U0001f600",
]


@pytest.mark.parametrize("q", NOTHING)
def test_what_is_typed_is_never_read_as_a_pattern_or_a_query(client, q):
    assert results(client, q, kind="agency") == []


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]) | st.sampled_from(string.punctuation), max_size=30))
def test_any_text_gets_an_answer(client, q):
    answer = client.get("/search", query_string={"q": q, "format": "json"})
    assert answer.status_code in (200, 400), answer.text


REFUSED = [
    ({"q": "长" * (MAX_LENGTH + 1)}, str(MAX_LENGTH)),
    ({"q": " ".join("一" * (MAX_WORDS + 1))}, str(MAX_WORDS)),
    ({"q": "公安", "kind": "nonsense"}, "agency"),
    ({"q": "公安", "format": "xml"}, "json"),
    ({"q": "公安", "page": "0"}, "1"),
    ({"q": "公安", "page": "x"}, "1"),
]


@pytest.mark.parametrize(("parameters", "named"), REFUSED)
def test_a_search_that_breaks_a_limit_is_refused_by_name(client, parameters, named):
    answer = client.get("/search", query_string=parameters)
    assert answer.status_code == 400
    assert named in answer.text


def test_the_longest_search_is_answered(client):
    assert results(client, "长" * MAX_LENGTH) == []


def test_names_come_before_words_and_exact_before_the_beginning_before_the_middle(store):
    found = find(LocalEngine(store), "公安").matches
    ranks = [match.rank for match in found]
    assert ranks == sorted(ranks)
    assert {rank[1] for rank in ranks if not rank[0]} == {0, 1, 2}
    assert {rank[0] for rank in ranks} == {0, 1}


def test_a_thing_is_found_once_however_many_names_match(store):
    things = [match.thing for match in find(LocalEngine(store), "市").matches]
    assert len(things) == len(set(things)) > 100


def test_results_come_by_pages_that_meet(client, store):
    everything = [match.thing.removeprefix(BASE) for match in find(LocalEngine(store), "儿童").matches]
    first = json.loads(client.get("/search?q=儿童&format=json").text)
    assert (first["total"], first["page"], len(first["results"])) == (len(everything), 1, PAGE_SIZE)
    listed, path = [], "/search?q=儿童&format=json"
    while path:
        answer = json.loads(client.get(path).text)
        listed += [each["iri"].removeprefix(BASE) for each in answer["results"]]
        path = answer["next"]
    assert listed == everything


@pytest.mark.parametrize("kind", KINDS)
def test_all_things_of_a_kind_can_be_listed(client, store, kind):
    answer = json.loads(client.get("/search", query_string={"kind": kind, "format": "json"}).text)
    counted = store.select(
        f"SELECT (COUNT(DISTINCT ?x) AS ?n) WHERE {{ ?x a <{KINDS[kind].class_}> FILTER (ISIRI(?x)) }}"
    )
    assert answer["total"] == int(counted[0]["n"]) > 0


FORMS = [
    # (Accept, ?format=, media type)
    (None, None, "text/html"),
    ("application/json", None, "application/json"),
    ("text/html;q=0.5, application/json", None, "application/json"),
    ("text/html", "json", "application/json"),
    ("application/json", "html", "text/html"),
]


@pytest.mark.parametrize(("accept", "form", "media_type"), FORMS)
def test_a_search_is_a_page_or_json(client, accept, form, media_type):
    answer = client.get(
        "/search",
        query_string={"q": "公安"} | ({"format": form} if form else {}),
        headers={"Accept": accept} if accept else {},
    )
    assert (answer.status_code, answer.mimetype) == (200, media_type)
    assert "Accept" in answer.headers["Vary"]


def test_an_empty_search_is_a_form(client):
    for path in ("/search", "/search?q=", "/search?q=%20%20"):
        text = client.get(path).text
        assert 'name="q"' in text
        assert "<ol" not in text


def test_what_was_typed_comes_back_as_text(client):
    text = client.get("/search", query_string={"q": '"><script>alert(1)</script>'}).text
    assert "<script" not in text
    assert "&lt;script&gt;" in text


def test_a_search_that_was_cut_says_so():
    lines = [
        f'<{BASE}id/agency/x/a{number}> <http://www.w3.org/2004/02/skos/core#prefLabel> "市局{number}"@zh <{BASE}graph/g> .'
        for number in range(2500)
    ]
    client = create_site(LocalEngine(Store.from_quads(lines)), MANIFEST).test_client()
    answer = json.loads(client.get("/search?q=市局&format=json").text)
    assert answer["complete"] is False
    # what was typed whole is found all the same
    exact = json.loads(client.get("/search?q=市局2499&format=json").text)
    assert exact["results"][0]["iri"] == f"{BASE}id/agency/x/a2499"
    assert "还有更多" in client.get("/search?q=市局").text
