"""The named queries over HTTP: forms, parameters, refusals, pages, and the OpenAPI document that describes them."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import schemathesis
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from serving import Server, published, serving

from atkg.errors import QueryStopped
from atkg.queries import NamedQuery, Parameter, named_queries
from atkg.sparql import tokens
from atkg.store import Store
from atkg.web.engine import Engine, LocalEngine, Term
from atkg.web.site import answers, api, create_site
from atkg.web.site.api import api_blueprint
from atkg.web.site.columns import LABELS, columns_of
from atkg.web.site.domains import DOMAINS, Domains
from atkg.web.site.openapi import default_of, document
from atkg.web.site.questions import FORMATS, MAX_VALUE, OPTIONS

QUERIES = list(named_queries())
NAMES = [query.name for query in QUERIES]
MANIFEST = {"digest": "sha256:0", "quads": 1, "version": "0.1.0", "validation": {}}
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "Accept-Language": "zh-CN,zh"}
TASKS = "/api/queries/tasks-of-plan"
LUAN = "eli/luan-2022-49"


def client_of(engine: Engine) -> FlaskClient:
    site = create_site(engine, MANIFEST)
    if "api" not in site.blueprints:
        site.register_blueprint(api_blueprint(engine))
    return site.test_client()


@pytest.fixture(scope="module")
def engine(store: Store) -> LocalEngine:
    return LocalEngine(store)


@pytest.fixture(scope="module")
def client(engine: LocalEngine) -> FlaskClient:
    return client_of(engine)


def address(name: str, **values: object) -> str:
    return f"/api/queries/{name}?{urlencode(values)}"


# What the queries must be for this to work ------------------------------------------------------------------------


@pytest.mark.parametrize("query", QUERIES, ids=NAMES)
def test_the_columns_read_from_the_text_are_those_of_the_answer_and_have_names_for_people(store, query):
    variables, _ = store.query(f"{query.text}\nLIMIT 1").rows()
    assert columns_of(query.text) == variables
    assert set(variables) <= LABELS.keys()


def test_every_column_with_a_name_is_a_column_of_some_query():
    assert LABELS.keys() == {name for query in QUERIES for name in columns_of(query.text)}


@pytest.mark.parametrize("query", QUERIES, ids=NAMES)
def test_no_parameter_has_the_name_of_an_option_and_no_query_has_a_limit_of_its_own(query):
    assert not {parameter.name for parameter in query.parameters} & set(OPTIONS)
    found = [token.text for token in tokens(query.text)]
    last = len(found) - found[::-1].index("}")
    assert not {"LIMIT", "OFFSET"} & {text.upper() for text in found[last:]}


def test_every_iri_parameter_has_a_domain_and_the_domain_an_example_in_the_graph(engine):
    names = {parameter.name for query in QUERIES for parameter in query.parameters if parameter.type == "iri"}
    assert names == DOMAINS.keys()
    for name, domain in DOMAINS.items():
        Domains(engine).check(name, f"<https://w3id.org/atkg/{domain.example}>")


# The list -----------------------------------------------------------------------------------------------------------


def test_the_list_has_every_query_with_what_it_asks_and_takes(client):
    listed = {entry["name"]: entry for entry in client.get("/api/queries").get_json()["queries"]}
    assert list(listed) == NAMES
    for query in QUERIES:
        entry = listed[query.name]
        assert entry["question"] == query.question
        assert entry["violations"] is query.name.endswith("-violation")
        assert [parameter["name"] for parameter in entry["parameters"]] == [each.name for each in query.parameters]
        assert client.get(entry["href"] + "?format=sparql").get_data(as_text=True).strip() == query.text.strip()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_of_all_queries_links_to_each_and_lists_violations_apart(client, language):
    page = client.get(f"/api/queries?lang={language}", headers=BROWSER).get_data(as_text=True)
    questions, violations = page.split('id="violations"')
    for query in QUERIES:
        part = violations if query.finds_violations else questions
        assert f'href="/api/queries/{query.name}?lang={language}">{query.question[language]}</a>' in part.replace(
            "&#39;", "'"
        )


# The answers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("query", QUERIES, ids=NAMES)
def test_every_query_answers_as_the_store_does(client, store, query):
    expected = store.query(query.text)
    assert client.get(address(query.name, format="csv")).data == expected.to_bytes("text/csv")
    variables, rows = store.query(query.text).values()
    found = client.get(address(query.name)).get_json()
    assert len(found) == len(rows)
    for row, values in zip(found, rows, strict=True):
        assert list(row) == variables
        # a number or a truth value is no text, and what is not there is null
        assert [_shown(value) for value in row.values()] == [_canonical(value) for value in values]


def _shown(value: object) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else _canonical(str(value))


def _canonical(text: str) -> str:
    return str(float(text)) if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text) and len(text) < 8 else text


VALUES = [
    (Term("uri", "https://w3id.org/atkg/eli/luan-2022-49"), "eli/luan-2022-49"),
    (Term("uri", "http://www.w3.org/2004/02/skos/core#Concept"), "skos:Concept"),
    # an IRI of nobody that we know stays recognisable as one
    (Term("uri", "http://example.org/a"), "<http://example.org/a>"),
    (Term("literal", "牵头", language="zh"), "牵头"),
    (Term("literal", "12", datatype="http://www.w3.org/2001/XMLSchema#integer"), 12),
    (Term("literal", "0.5", datatype="http://www.w3.org/2001/XMLSchema#decimal"), 0.5),
    (Term("literal", "true", datatype="http://www.w3.org/2001/XMLSchema#boolean"), True),
    (Term("literal", "2025-12-31", datatype="http://www.w3.org/2001/XMLSchema#date"), "2025-12-31"),
    # JSON has no such number
    (Term("literal", "INF", datatype="http://www.w3.org/2001/XMLSchema#double"), "INF"),
    # a literal that is not what its type says
    (Term("literal", "many", datatype="http://www.w3.org/2001/XMLSchema#integer"), "many"),
    # a text that looks like a number is a text
    (Term("literal", "12"), "12"),
    (None, None),
]


@pytest.mark.parametrize(("term", "value"), VALUES)
def test_a_plain_value(term, value):
    found = answers.plain(term)
    assert (type(found), found) == (type(value), value)


NEGOTIATED = [
    # no Accept at all, and a client that takes anything
    ("", None, 200, "application/json"),
    ("", "*/*", 200, "application/json"),
    ("", "application/json", 200, "application/json"),
    ("", "application/sparql-results+json", 200, "application/sparql-results+json"),
    ("", "application/sparql-results+xml", 200, "application/sparql-results+xml"),
    ("", "text/csv", 200, "text/csv"),
    ("", "text/tab-separated-values", 200, "text/tab-separated-values"),
    ("", "application/sparql-query", 200, "application/sparql-query"),
    ("", BROWSER["Accept"], 200, "text/html"),
    # q-values, and what has none of ours
    ("", "text/csv;q=0.5, application/sparql-results+xml;q=0.9", 200, "application/sparql-results+xml"),
    ("", "image/png, text/csv;q=0.1", 200, "text/csv"),
    ("", "application/json;q=0, */*;q=0.1", 200, "application/sparql-results+json"),
    ("", "image/png", 406, None),
    # the address outdoes the header
    ("?format=csv", "image/png", 200, "text/csv"),
    ("?format=table", "application/json", 200, "text/html"),
    ("?format=objects", BROWSER["Accept"], 200, "application/json"),
    ("?format=pdf", "text/csv", 400, None),
    ("?format=", "text/csv", 200, "text/csv"),
]


@pytest.mark.parametrize(("query", "accept", "status", "media_type"), NEGOTIATED)
def test_the_form_of_an_answer(client, query, accept, status, media_type):
    answer = client.get(f"/api/queries/traced-share{query}", headers={"Accept": accept} if accept else {})
    assert answer.status_code == status
    assert media_type is None or answer.mimetype == media_type
    assert "Accept" in answer.headers["Vary"]


@pytest.mark.parametrize("path", ["/api", "/api/queries", "/api/queries/traced-share"])
def test_head_and_etag(client, path):
    answer, head = client.get(path), client.head(path)
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["Content-Length"] == answer.headers["Content-Length"]
    tag = answer.headers["ETag"]
    assert head.headers["ETag"] == tag
    again = client.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    assert client.get(f"{path}?lang=en", headers={"If-None-Match": tag, **BROWSER}).status_code == 200


@pytest.mark.parametrize("path", ["/api", "/api/queries", TASKS])
def test_nothing_but_reading_is_allowed(client, path):
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        answer = client.open(path, method=method)
        assert answer.status_code == 405
        assert "GET" in answer.headers["Allow"]


# Parameters ---------------------------------------------------------------------------------------------------------

SAME = [
    LUAN,
    f"https://w3id.org/atkg/{LUAN}",
    f"/{LUAN}",
    # pasted with a space or a line end around it
    f" {LUAN} ",
    f"{LUAN}\t".strip("\t") + "　",
    # typed with a Chinese input method
    "ｅｌｉ／ｌｕａｎ－２０２２－４９",
]


@pytest.mark.parametrize("value", SAME)
def test_one_plan_written_in_many_ways(client, store, value):
    found = client.get(address("tasks-of-plan", plan=value)).get_json()
    assert {row["plan"] for row in found} == {LUAN}
    query = next(query for query in QUERIES if query.name == "tasks-of-plan")
    assert len(found) == len(store.query(query.bind({"plan": LUAN})).values()[1])


def test_a_year_in_full_width_digits_is_that_year(client):
    narrow, wide = (client.get(address("deadlines-of-agency", year=year)) for year in ("2022", "２０２２"))
    assert narrow.get_json() == wide.get_json() != []


def test_an_empty_value_is_not_given(client):
    assert client.get(f"{TASKS}?plan=&lang=&limit=&offset=&bom=&download=").data == client.get(TASKS).data


REFUSED = [
    # an unknown name is told the known ones, in the reader's language
    ("tasks-of-plan?jurisdiction=id/jurisdiction/luan", 400, "plan", "format, lang, bom, download, limit, offset"),
    ("tasks-of-plan?PLAN=eli/luan-2022-49", 400, "PLAN", "plan"),
    # not the type
    ("deadlines-of-agency?year=22", 400, "year", "22"),
    ("deadlines-of-agency?year=2022.5", 400, "year", "2022.5"),
    ("deadlines-of-agency?year=二〇二二", 400, "year", "二〇二二"),
    ("names-of-agency?language=zh_CN!", 400, "language", "zh_CN!"),
    ("tasks-of-plan?plan=a b", 400, "plan", "a b"),
    ("tasks-of-plan?plan=%3Chttps://w3id.org/atkg/eli/luan-2022-49%3E", 400, "plan", "eli/luan-2022-49"),
    ("tasks-of-plan?plan=javascript:alert(1)", 400, "plan", "javascript"),
    # an IRI that would close its brackets and go on
    ("tasks-of-plan?plan=x%3E%20%7D%20%23", 400, "plan", "x"),
    # a plan that isn't there is told the nearest; a thing of another kind is none either
    ("tasks-of-plan?plan=luan-2022-49", 400, "plan", "eli/luan-2022-49"),
    ("tasks-of-plan?plan=id/jurisdiction/luan", 400, "plan", "id/jurisdiction/luan"),
    ("tasks-of-agency?agency=id/agency/luan/civil-afairs", 400, "agency", "id/agency/luan/civil-affairs"),
    ("trace-of-task?task=eli/luan-2022-49", 400, "task", "id/task/"),
    # twice
    ("tasks-of-plan?plan=eli/luan-2022-49&plan=eli/dazu-2022-60", 400, "plan", "2"),
    ("tasks-of-plan?limit=1&limit=2", 400, "limit", "2"),
    # options
    ("tasks-of-plan?limit=-1", 400, "limit", "-1"),
    ("tasks-of-plan?limit=many", 400, "limit", "many"),
    ("tasks-of-plan?offset=9999999999", 400, "offset", "999999999"),
    ("tasks-of-plan?bom=yes&format=csv", 400, "bom", "yes"),
    ("tasks-of-plan?bom=1", 400, "bom", "CSV"),
    # words that are no text, or too many of them
    ("search-tasks?word=a%00b", 400, "word", str(MAX_VALUE)),
    (f"search-tasks?word={'拐' * (MAX_VALUE + 1)}", 400, "word", str(MAX_VALUE)),
    # unknown queries are told the nearest, and where all are
    ("tasks-of-plann", 404, "tasks-of-plan", "/api/queries"),
    ("qqqqqqqq", 404, "qqqqqqqq", "/api/queries"),
    ("..%2F..%2Fpyproject", 404, "", ""),
    ("%3Cscript%3E", 404, "", ""),
]


# the answer's own forms, and for a refusal plain text
ACCEPT = "text/plain, application/json;q=0.5"


@pytest.mark.parametrize(("path", "status", "name", "told"), REFUSED)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_is_refused_and_what_it_is_told(client, path, status, name, told, language):
    answer = client.get(f"/api/queries/{path}", headers={"Accept": ACCEPT, "Accept-Language": language})
    text = answer.get_data(as_text=True)
    assert (answer.status_code, answer.mimetype) == (status, "text/plain")
    assert name in text
    assert told in text
    titles = {"zh": {400: "400 请求有误", 404: "404 没有找到"}, "en": {400: "400 Bad Request", 404: "404 Not Found"}}
    assert text.partition("\n")[0] == titles[language][status]


def test_a_refusal_is_a_problem_for_programs_and_a_page_for_browsers(client):
    problem = client.get(f"{TASKS}?plan=x", headers={"Accept": "application/json"})
    assert problem.mimetype == "application/problem+json"
    assert problem.get_json()["status"] == 400
    page = client.get(f"{TASKS}?%3Cb%3E=1", headers=BROWSER)
    assert (page.status_code, page.mimetype) == (400, "text/html")
    assert "<b>" not in page.get_data(as_text=True)


HOSTILE = ['") } #', '"', "\\", "'''", "\\u0022) } SELECT", "?word", "} UNION { ?s ?p ?o }", '"@en', "{}", "$0", "\\1"]


@pytest.mark.parametrize("words", HOSTILE)
def test_words_stay_words(client, store, words):
    assert client.get(address("search-tasks", word=words)).get_json() == []
    text = client.get(address("search-tasks", word=words, format="sparql")).get_data(as_text=True)
    found = [token.text for token in tokens(text)]
    bound = found[found.index("?word", found.index("WHERE")) + 2]
    [row] = store.select(f"SELECT ?value WHERE {{ BIND ({bound} AS ?value) }}")
    assert row["value"] == words


def test_words_are_found(client):
    rows = client.get(address("search-tasks", word="留守儿童")).get_json()
    assert rows
    assert all("留守儿童" in row["taskText"] for row in rows)


# Slices, files, sizes -----------------------------------------------------------------------------------------------


def test_slices_put_together_are_the_whole(client):
    whole = client.get(f"{TASKS}?plan={LUAN}").get_json()
    step = 7
    parts = [
        client.get(f"{TASKS}?plan={LUAN}&limit={step}&offset={at}").get_json() for at in range(0, len(whole), step)
    ]
    assert [row for part in parts for row in part] == whole
    assert client.get(f"{TASKS}?limit=0").get_json() == []
    assert client.get(f"{TASKS}?offset={len(whole)}&plan={LUAN}").get_json() == []


def test_csv_for_excel(client):
    plain = client.get(f"{TASKS}?plan={LUAN}&format=csv")
    marked = client.get(f"{TASKS}?plan={LUAN}&format=csv&bom=1")
    assert marked.data == b"\xef\xbb\xbf" + plain.data
    assert plain.headers["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.reader(io.StringIO(marked.data.decode("utf-8-sig"), newline="")))
    assert rows[0][0] == "plan"
    assert {len(row) for row in rows} == {len(rows[0])}


FILES = [
    (f"tasks-of-plan?plan={LUAN}&format=csv", "tasks-of-plan_luan-2022-49.csv"),
    (f"tasks-of-plan?plan={LUAN}", "tasks-of-plan_luan-2022-49.json"),
    (f"tasks-of-plan?plan={LUAN}&format=sparql", "tasks-of-plan_luan-2022-49.rq"),
    (
        "deadlines-of-agency?agency=id/agency/luan/civil-affairs&year=2022&format=tsv",
        "deadlines-of-agency_agency-luan-civil-affairs_2022.tsv",
    ),
    # words are left out: they may be anything
    ("search-tasks?word=%22%0D%0A&format=csv".replace("%0D%0A", ""), "search-tasks.csv"),
]


@pytest.mark.parametrize(("path", "name"), FILES)
def test_the_name_of_a_file(client, path, name):
    answer = client.get(f"/api/queries/{path}&download=1")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert "Content-Disposition" not in client.get(f"/api/queries/{path}").headers


def test_more_objects_than_the_limit_are_refused_whole_and_can_be_had_in_slices(client, monkeypatch):
    monkeypatch.setattr(api, "MAX_OBJECTS", 20)
    answer = client.get(f"{TASKS}?plan={LUAN}", headers={"Accept-Language": "en"})
    assert answer.status_code == 413
    assert "more than 20 rows" in answer.get_data(as_text=True)
    assert len(client.get(f"{TASKS}?plan={LUAN}&limit=20").get_json()) == 20
    assert client.get(f"{TASKS}?plan={LUAN}&format=csv").status_code == 200


# Pages --------------------------------------------------------------------------------------------------------------


class Page(HTMLParser):
    """What a page holds: its tags in order, and the text of its cells."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.rows: list[list[str]] = []
        self._cell = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "tr":
            self.rows.append([])
        self._cell = tag in ("td", "th") or (self._cell and tag == "a")
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        self._cell = self._cell and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self._cell:
            self.rows[-1][-1] += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def page_of(client: FlaskClient, path: str, status: int = 200) -> tuple[str, Page]:
    answer = client.get(path, headers=BROWSER)
    assert (answer.status_code, answer.mimetype) == (status, "text/html")
    html = answer.get_data(as_text=True)
    return html, Page(html)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("query", QUERIES, ids=NAMES)
def test_the_page_of_every_query(client, query, language):
    html, page = page_of(client, address(query.name, lang=language))
    assert len(page.all("h1")) == 1
    assert page.all("html")[0]["lang"] == {"zh": "zh-Hans", "en": "en"}[language]
    labelled = {attributes["for"] for attributes in page.all("label")}
    fields = [
        each for tag in ("select", "input") for each in page.all(tag) if each.get("type") not in ("hidden", "search")
    ]
    assert {field["name"] for field in fields} == {parameter.name for parameter in query.parameters}
    assert {field["id"] for field in fields} <= labelled
    # the page works without scripts and under the content security policy
    assert not page.all("script")
    assert not any(name == "style" or name.startswith("on") for _, attributes in page.tags for name in attributes)
    assert "https://w3id.org/atkg/id/" not in html.split("<details>")[0]
    found = client.get(address(query.name)).get_json()
    assert len(page.rows[1:]) == min(len(found), api.PAGE_ROWS)
    if found:
        assert all({"scope": "col"}.items() <= heading.items() for heading in page.all("th"))


def test_things_are_shown_by_name_and_linked_to_their_pages(client):
    html, page = page_of(client, address("tasks-of-plan"))
    assert page.rows[0][:4] == ["计划", "条款号", "标题", "任务文字"]
    assert "六安市反对拐卖人口行动实施方案" in {row[0] for row in page.rows}
    assert f'<a href="/page/{LUAN}">' in html
    # what was given has no column: it would be the same in every row
    html, page = page_of(client, address("tasks-of-plan", plan=LUAN))
    assert page.rows[0][:3] == ["条款号", "标题", "任务文字"]
    assert '<a href="/page/id/task/luan-2022-49/' in html
    assert f'<option value="{LUAN}" selected>六安市反对拐卖人口行动实施方案</option>' in html


def test_an_english_page_has_english_names_where_there_are_some_and_says_which_are_chinese(client):
    html, page = page_of(client, address("tasks-of-stage", stage="id/stage/prevention", lang="en"))
    assert page.rows[0][:2] == ["plan", "reference"]
    assert {"Lu'an City"} < {row[0].partition(":")[0] for row in page.rows}
    assert '<td lang="zh-Hans">' in html
    assert f'<a href="/page/{LUAN}?lang=en">' in html


def test_things_without_a_name_in_the_answer_are_asked_for_theirs(client):
    _, page = page_of(client, address("coverage", jurisdiction="id/jurisdiction/luan"))
    plans = {row[page.rows[0].index("计划")] for row in page.rows[1:]}
    assert plans == {"六安市反对拐卖人口行动实施方案"}


def test_agencies_are_chosen_from_groups_and_tasks_are_typed(client):
    html, page = page_of(client, address("tasks-of-agency"))
    assert '<optgroup label="六安市">' in html
    assert len([option for option in page.all("option") if (option["value"] or "").startswith("id/agency/")]) > 100
    html, page = page_of(client, address("trace-of-task", limit=1))
    assert [field["name"] for field in page.all("input") if field.get("type") is None] == ["task"]


def test_long_answers_come_in_pages_that_lead_to_each_other(client, monkeypatch):
    monkeypatch.setattr(api, "PAGE_ROWS", 10)
    seen: list[list[str]] = []
    path: str | None = f"{TASKS}?plan={LUAN}"
    while path:
        _, page = page_of(client, path)
        assert len(page.rows) <= 11
        seen += page.rows[1:]
        following = [link["href"] for link in page.all("a") if link.get("rel") == "next"]
        path = f"{TASKS}{following[0]}" if following else None
    assert len(seen) == len(client.get(f"{TASKS}?plan={LUAN}").get_json())
    _, page = page_of(client, f"{TASKS}?plan={LUAN}&offset=5")
    assert [link["href"] for link in page.all("a") if link.get("rel") == "prev"] == [f"?{urlencode({'plan': LUAN})}"]


def test_the_links_to_other_forms_give_the_whole_answer(client):
    html, page = page_of(client, f"{TASKS}?plan={LUAN}&limit=5&offset=5")
    links = [link["href"] or "" for link in page.all("a") if "format=" in (link["href"] or "")]
    assert {re.search(r"format=(\w+)", link)[1] for link in links} == FORMATS.keys() - {"table"}
    for link in links:
        answer = client.get(f"{TASKS}{link}")
        assert answer.status_code == 200
    excel = client.get(TASKS + next(link for link in links if "bom=1" in link))
    assert excel.data.startswith(b"\xef\xbb\xbf")
    assert excel.headers["Content-Disposition"].endswith('_luan-2022-49.csv"')
    assert len(list(csv.reader(io.StringIO(excel.data.decode("utf-8-sig"), newline="")))) == 39


def test_what_is_typed_is_escaped_on_the_page(client):
    html, _ = page_of(client, address("search-tasks", word='"><script>alert(1)</script>'))
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_a_check_that_finds_nothing_says_that_it_passes(client):
    html, _ = page_of(client, "/api/queries/cycle-violation")
    assert "检查通过" in html


class Slow(LocalEngine):
    """An engine for which every question about all plans takes too long."""

    seconds: float | None = None

    def answer(self, text: str, media_type: str, *, deadline: float | None = None, **graphs: Any) -> bytes:
        if "VALUES ?plan { UNDEF }" in text:
            self.seconds = deadline
            raise QueryStopped(503, "太久。", "too long", retry_after=10)
        return super().answer(text, media_type, **graphs)


def test_a_question_about_everything_that_takes_too_long_is_asked_for_a_condition(store):
    engine = Slow(store)
    client = client_of(engine)
    html, page = page_of(client, TASKS)
    assert engine.seconds == api.UNBOUND_SECONDS
    assert "请在上面选择" in html
    assert [field["name"] for field in page.all("select")] == ["plan"]
    # a program is refused, and told when to come again
    answer = client.get(TASKS, headers={"Accept": "text/csv"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    # whoever gave a condition is told that it took too long
    assert client.get(address("search-tasks", word="儿童"), headers=BROWSER).status_code == 503


# OpenAPI ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def openapi(client: FlaskClient) -> dict[str, Any]:
    return client.get("/api").get_json()


def test_the_document_is_valid_openapi_3_1(openapi):
    OpenAPIV31SpecValidator(openapi).validate()
    assert openapi["openapi"].startswith("3.1")
    names = [operation["operationId"] for path in openapi["paths"].values() for operation in path.values()]
    assert len(names) == len(set(names))


def test_the_document_has_every_query_with_its_parameters(openapi):
    for query in QUERIES:
        operation = openapi["paths"][f"/api/queries/{query.name}"]["get"]
        own = [parameter["name"] for parameter in operation["parameters"] if "name" in parameter]
        assert own == [parameter.name for parameter in query.parameters]
        assert query.question["zh"] in operation["description"]
        assert query.question["en"] in operation["description"]
    assert {"/sparql", "/graphs", "/search", "/healthz", "/dataset", "/.well-known/void"} < openapi["paths"].keys()


@pytest.mark.parametrize("query", QUERIES, ids=NAMES)
def test_every_row_is_as_the_document_says(client, openapi, query):
    content = openapi["paths"][f"/api/queries/{query.name}"]["get"]["responses"]["200"]["content"]
    schema = {**content["application/json"]["schema"], "components": openapi["components"]}
    Draft202012Validator(schema).validate(client.get(address(query.name)).get_json())


def test_a_default_is_told_where_a_query_has_one():
    text = "#+ x: y\nSELECT ?a WHERE { VALUES ?a { <b:c> } VALUES ?d { UNDEF } VALUES ?e { 5 } }"
    parameters = tuple(Parameter(name, "iri", "", "") for name in "ade")
    query = NamedQuery("q", text, {"zh": "z", "en": "e"}, {"zh": "z", "en": "e"}, parameters)
    assert [default_of(query, name) for name in "ade"] == ["<b:c>", None, "5"]
    [first, *_] = document([query])["paths"]["/api/queries/q"]["get"]["parameters"]
    assert "<b:c>" in first["description"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_of_the_interface_names_every_path_and_query(client, openapi, language):
    html, page = page_of(client, f"/api?lang={language}")
    assert len(page.all("h1")) == 1
    for path in openapi["paths"]:
        assert path.removeprefix("/api/queries/") in html
    assert client.get("/api", headers={"Accept": "application/vnd.oai.openapi+json"}).mimetype.endswith("openapi+json")


# Driven by its own document -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(published(tmp_path_factory.mktemp("api"), store.nquads())) as running:
        yield running


@schemathesis.serializer("application/sparql-query")
def as_it_stands(_context: object, value: object) -> bytes:
    return str(value).encode()


def no_failure_but_a_deadline(_context: object, response: schemathesis.Response, _case: object) -> None:
    """A time limit that nothing can meet is told by 503; the server itself never fails."""
    assert response.status_code < 500 or (response.status_code == 503 and "deadline" in response.text)


# one query for each set of parameters stands for all that have the same
SAMPLE = {tuple(parameter.name for parameter in query.parameters): query for query in QUERIES}
schema = schemathesis.openapi.from_dict(document(list(SAMPLE.values())))


@schema.parametrize()
@settings(
    max_examples=2,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow, HealthCheck.data_too_large],
)
def test_whatever_the_document_allows_or_forbids_is_answered_as_it_says(case, server):
    case.call_and_validate(
        base_url=server.url,
        checks=[
            no_failure_but_a_deadline,
            status_code_conformance,
            content_type_conformance,
            response_schema_conformance,
        ],
    )
