"""The site as browsers and programs meet it: which form they get, what a page says, how an error reads."""

from __future__ import annotations

import json
import random
from collections import Counter, deque
from html.parser import HTMLParser
from urllib.parse import urljoin

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from atkg.errors import QueryStopped
from atkg.namespaces import BASE
from atkg.store import Store
from atkg.web.engine import LocalEngine
from atkg.web.site import create_site
from atkg.web.site.things import PAGE_SIZE

MANIFEST = {"digest": "sha256:0", "quads": 1, "version": "0.1.0", "validation": {"warning": 2}, "built": "2026-01-01"}
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
LEAD = "/id/role/lead"


class Counting(LocalEngine):
    """An engine that counts what it is asked."""

    asked = 0

    def answer(self, *args, **options) -> bytes:
        self.asked += 1
        return super().answer(*args, **options)


@pytest.fixture(scope="module")
def engine(store: Store) -> Counting:
    return Counting(store)


@pytest.fixture(scope="module")
def client(engine: Counting) -> FlaskClient:
    return create_site(engine, MANIFEST).test_client()


NEGOTIATED = [
    # no wish at all: the page, as for a person who follows a link
    (None, 303, "/page/id/role/lead"),
    ("", 303, "/page/id/role/lead"),
    ("*/*", 303, "/page/id/role/lead"),
    (BROWSER, 303, "/page/id/role/lead"),
    # programs that name what they read
    ("text/turtle", 303, "/data/id/role/lead.ttl"),
    ("application/n-triples", 303, "/data/id/role/lead.nt"),
    ("application/ld+json", 303, "/data/id/role/lead.jsonld"),
    ("application/rdf+xml", 303, "/data/id/role/lead.rdf"),
    # what rdflib sends: many types that nobody has, RDF before */*
    ("text/n3;q=0.8, application/rdf+xml, */*;q=0.1", 303, "/data/id/role/lead.rdf"),
    # the weights decide, not the order
    ("text/html;q=0.4, text/turtle;q=0.5", 303, "/data/id/role/lead.ttl"),
    ("text/turtle;q=0.4,text/html;q=0.5", 303, "/page/id/role/lead"),
    # equal weights: the page is offered first
    ("text/turtle, text/html", 303, "/page/id/role/lead"),
    # the most specific range decides, even where a wider one weighs more (RFC 9110, 12.5.1)
    ("*/*, text/html;q=0.1", 303, "/data/id/role/lead.ttl"),
    ("text/html;q=0, */*;q=0.5", 303, "/data/id/role/lead.ttl"),
    ("text/*;q=0.9, application/ld+json;q=0.8", 303, "/page/id/role/lead"),
    # parameters narrow nothing that we could offer
    ("text/turtle;charset=utf-8", 303, "/data/id/role/lead.ttl"),
    ('application/ld+json;profile="http://www.w3.org/ns/json-ld#compacted"', 303, "/data/id/role/lead.jsonld"),
    ("TEXT/TURTLE", 303, "/data/id/role/lead.ttl"),
    # nothing of it is here
    ("image/png", 406, None),
    ("text/turtle;q=0", 406, None),
    ("application/json", 406, None),
]


@pytest.mark.parametrize(("accept", "status", "location"), NEGOTIATED)
def test_an_iri_leads_to_the_form_that_the_client_likes_best(client, accept, status, location):
    answer = client.get(LEAD, headers={} if accept is None else {"Accept": accept})
    assert (answer.status_code, answer.headers.get("Location")) == (status, location)
    assert "Accept" in answer.headers["Vary"]


def test_a_refused_form_names_those_there_are(client):
    answer = client.get(LEAD, headers={"Accept": "image/png"})
    assert answer.mimetype == "text/plain"
    assert all(form in answer.text for form in ("text/html", "text/turtle", "application/rdf+xml"))


LANGUAGES = [
    # (address, Accept-Language, html lang)
    ("/page/id/role/lead", None, "zh-Hans"),
    ("/page/id/role/lead", "en-GB,en;q=0.9", "en"),
    ("/page/id/role/lead", "zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans"),
    # a language that isn't here
    ("/page/id/role/lead", "fr", "zh-Hans"),
    # what the reader chose outweighs what the browser says
    ("/page/id/role/lead?lang=en", "zh-CN", "en"),
    ("/page/id/role/lead?lang=zh", "en", "zh-Hans"),
    # nonsense is no choice
    ("/page/id/role/lead?lang=xx", "en", "en"),
]


@pytest.mark.parametrize(("path", "accepted", "language"), LANGUAGES)
def test_a_page_is_in_the_language_of_its_reader(client, path, accepted, language):
    answer = client.get(path, headers={"Accept-Language": accepted} if accepted else {})
    assert f'<html lang="{language}">' in answer.text
    assert answer.headers["Content-Language"] == language
    assert "Accept-Language" in answer.headers["Vary"]


def test_the_language_that_was_chosen_stays_in_the_links(client):
    assert (
        client.get(f"{LEAD}?lang=en", headers={"Accept": BROWSER}).headers["Location"] == "/page/id/role/lead?lang=en"
    )
    assert 'href="/ontology?lang=en#Role"' in client.get("/page/id/role/lead?lang=en").text
    assert 'href="/ontology#Role"' in client.get("/page/id/role/lead").text


def test_a_document_tells_what_it_describes_and_its_other_forms(client):
    for path in ("/page/id/role/lead", "/data/id/role/lead.nt"):
        links = client.get(path).headers["Link"]
        assert f'<{BASE}id/role/lead>; rel="describes"' in links
        assert f'<{BASE}id/role/lead>; rel="canonical"' in links
        assert '</data/id/role/lead.ttl>; rel="alternate"; type="text/turtle"' in links
    assert '</page/id/role/lead>; rel="describedby"; type="text/html"' in client.get(LEAD).headers["Link"]
    assert f'<link rel="canonical" href="{BASE}id/role/lead">' in client.get("/page/id/role/lead").text


UNKNOWN = [
    "/id/nothing",
    "/page/id/nothing",
    "/data/id/nothing.ttl",
    "/eli/no-plan",
    "/source/luan-2022-49/1-2",
    "/graph/nothing",
    "/dataset/nothing",
    "/ontology/9.9.9",
    # what can't be an IRI is no IRI of ours, and nothing of it comes back as markup
    "/id/%3Cscript%3Ealert(1)%3C%2Fscript%3E",
    "/id/role/lead%3E%20%3Fp%20%3Fo%20%7D%20%23",
    "/id/%00",
    "/id/%22%7D",
    # the address of a document is not that of its thing
    "/data/id/role/lead",
    "/data/id/role/lead.xlsx",
    "/page/ontology",
    "/page/",
    # another IRI than /id/role/lead
    "/id/role/lead/",
    "/no/such/path",
]


@pytest.mark.parametrize("path", UNKNOWN)
def test_an_unknown_address_is_404_in_the_readers_language(client, path):
    for language, word in (("zh", "没有找到"), ("en", "Not Found")):
        answer = client.get(path, headers={"Accept": BROWSER, "Accept-Language": language})
        assert (answer.status_code, answer.mimetype) == (404, "text/html")
        assert word in answer.text
        assert "<script" not in answer.text


ERRORS = [
    # (Accept, media type): each client gets an error that it can read
    (None, "text/plain"),
    ("*/*", "text/plain"),
    ("text/turtle", "text/plain"),
    (BROWSER, "text/html"),
    ("application/json", "application/problem+json"),
    ("application/problem+json", "application/problem+json"),
]


@pytest.mark.parametrize(("accept", "media_type"), ERRORS)
def test_an_error_comes_in_a_form_that_the_client_reads(client, accept, media_type):
    answer = client.get("/id/nothing", headers={"Accept": accept} if accept else {})
    assert (answer.status_code, answer.mimetype) == (404, media_type)
    if media_type == "application/problem+json":
        assert json.loads(answer.text)["status"] == 404


def test_only_reading_is_allowed(client):
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        answer = client.open("/page/id/role/lead", method=method)
        assert answer.status_code == 405
        assert {"GET", "HEAD"} <= set(answer.headers["Allow"].split(", "))


def test_a_fault_of_the_program_shows_nothing_of_it(store):
    class Broken(LocalEngine):
        def answer(self, *args, **options):
            raise RuntimeError("/secret/path")

    site = create_site(Broken(store), MANIFEST)
    site.config["PROPAGATE_EXCEPTIONS"] = False
    answer = site.test_client().get("/page/id/role/lead", headers={"Accept": BROWSER})
    assert answer.status_code == 500
    assert not any(word in answer.text for word in ("secret", "Traceback", "RuntimeError"))


def test_a_stopped_query_says_when_to_come_back(store):
    class Busy(LocalEngine):
        def answer(self, *args, **options):
            raise QueryStopped(503, "超时", "took too long", retry_after=7)

    answer = create_site(Busy(store), MANIFEST).test_client().get("/page/id/role/lead")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "7")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/page/id/role/lead",
        "/data/id/role/lead.ttl",
        "/ontology",
        "/dataset",
        "/search?q=妇联",
        "/static/style.css",
    ],
)
def test_what_a_client_has_is_not_sent_again(client, path):
    first = client.get(path, buffered=True)
    tag = first.headers["ETag"]
    again = client.get(path, headers={"If-None-Match": tag}, buffered=True)
    assert (again.status_code, again.data) == (304, b"")
    assert client.get(path, headers={"If-None-Match": '"other"'}, buffered=True).status_code == 200
    assert client.head(path, buffered=True).headers["ETag"] == tag


def test_another_snapshot_language_or_form_has_another_tag(client, store):
    other = create_site(LocalEngine(store), {**MANIFEST, "digest": "sha256:1"}).test_client()
    tags = [
        client.get("/ontology").headers["ETag"],
        client.get("/ontology?lang=en").headers["ETag"],
        client.get("/ontology", headers={"Accept-Language": "en"}).headers["ETag"],
        client.get("/ontology", headers={"Accept": "text/turtle"}).headers["ETag"],
        other.get("/ontology").headers["ETag"],
    ]
    assert len(set(tags)) == len(tags)


def test_a_head_has_the_headers_of_the_get_and_no_body(client):
    for path in ("/page/id/role/lead", "/data/id/role/lead.nt", LEAD):
        get, head = client.get(path), client.head(path)
        assert head.data == b""
        assert dict(head.headers) | {"Date": ""} == dict(get.headers) | {"Date": ""}


PAGES = [
    # a task: its words, its lead as written, its place, the line up to the national plan
    (
        "/page/id/task/yunnan-2021-50/art_11/sub_1/t1",
        ["谁来做", "牵头", "从哪里来", "中国", "推定条款", "依据的原文", "第十一条(一)"],
    ),
    # words that are lost are said to be lost, and what was recovered is marked as a copy
    ("/page/id/task/yuxi-2021-2030/sec_3/sub_1/row_4/t1", ["原文已经缺失", "不是本计划的原文", "2023-12-31"]),
    # a table's column
    ("/page/eli/luan-2022-49/annex/row_1/col_2030", ["做好总结、评估、考核、宣传等工作", "附件"]),
    # a reconstructed clause says what it is, and on what it rests
    ("/page/id/reconstructed/cn-2021-13/2.1.2.1", ["是从各地文件推定的", "推定的编号", "佐证", "溯源到它的全部内容"]),
    # a plan with its text, one known from evidence, one only cited
    ("/page/eli/luan-2022-49", ["38 项任务", "文件全文", "条款和任务", "从哪里来"]),
    ("/page/eli/cn-2021-13", ["原文不在来源之中", "贯彻它的计划", "六安市"]),
    ("/page/eli/anhui-2021-108", ["只被引用或登记"]),
    ("/page/id/agency/yuxi/public-security", ["玉溪市公安局", "牵头的任务", "公安", "市公安局"]),
    ("/page/id/jurisdiction/yuxi", ["玉溪市", "计划", "云南省", "530400"]),
    ("/page/id/role/lead", ["牵头", "这个角色的分工"]),
    ("/page/id/role", ["概念表", "配合"]),
    ("/page/source/luan-2022-49", ["全文", 'id="L1"']),
    ("/page/graph/plan/luan-2022-49", ["命名图", "三元组", "任务"]),
    ("/page/graph/inferred/tracesTo", ["命名图", "溯源至"]),
    ("/page/dataset/atkg", ["反对拐卖人口行动计划知识图谱"]),
    ("/", ["查找", "六安市反对拐卖人口行动实施方案", "/api/queries/tasks-of-plan"]),
]


@pytest.mark.parametrize(("path", "words"), PAGES, ids=[path for path, _ in PAGES])
def test_a_page_says_what_its_reader_came_for(client, path, words):
    text = client.get(path).text
    assert [word for word in words if word not in text] == []


def test_what_nobody_reviewed_says_so():
    derivation = f"{BASE}id/derivation/a/t1/to/b"
    store = Store.from_quads(
        f"<{subject}> <{predicate}> {value} <{BASE}graph/derivation/a> ."
        for subject, predicate, value in (
            (derivation, "http://www.w3.org/1999/02/22-rdf-syntax-ns#type", f"<{BASE}ontology#Derivation>"),
            (derivation, f"{BASE}ontology#from", f"<{BASE}id/task/a/t1>"),
            (derivation, f"{BASE}ontology#to", f"<{BASE}id/reconstructed/b/1>"),
            (derivation, f"{BASE}ontology#selfAttested", '"true"^^<http://www.w3.org/2001/XMLSchema#boolean>'),
            (derivation, f"{BASE}ontology#confidence", '"0.71"^^<http://www.w3.org/2001/XMLSchema#decimal>'),
            (f"{BASE}id/task/a/t1", "http://www.w3.org/1999/02/22-rdf-syntax-ns#type", f"<{BASE}ontology#Task>"),
        )
    )
    client = create_site(LocalEngine(store), MANIFEST).test_client()
    page = client.get("/page/id/derivation/a/t1/to/b?lang=en").text
    assert "nobody has reviewed it" in page
    assert "Self-attested" in page
    assert "0.71" in page
    task = client.get("/page/id/task/a/t1?lang=en").text
    assert "not reviewed" in task
    assert "self-attested" in task


def test_what_a_rule_concluded_is_marked_as_inferred(client):
    text = client.get("/page/id/task/yunnan-2021-50/art_11/sub_1/t1").text
    row = text[text.index('<th scope="row"><a href="/ontology#tracesTo">') :]
    assert row.index("推得") < row.index("</th>")
    assert "推得" not in row[row.index("</th>") :]
    # and so are the links that end here
    group = text[text.index("溯源到它的全部内容") :]
    assert group.index("推得") < group.index("</h3>")


def test_a_passage_is_shown_in_its_line_with_line_and_column(client, store):
    spans = store.select(
        f"SELECT ?span ?start ?end WHERE {{ ?span <http://www.w3.org/ns/oa#start> ?start ; <http://www.w3.org/ns/oa#end> ?end }}"
    )
    for row in random.Random(4).sample(spans, 12):
        source, _, _ = row["span"].rpartition("/")
        text = store.select(f"SELECT ?text WHERE {{ <{source}> <{BASE}ontology#text> ?text }}")[0]["text"]
        start, end = int(row["start"]), int(row["end"])
        line = text.count("\n", 0, start) + 1
        column = start - text.rfind("\n", 0, start)
        page = client.get(f"/page/{row['span'].removeprefix(BASE)}").text
        assert f"第 {line} 行第 {column} 列" in page
        marked = Parsed(page).marked
        assert marked == text[start:end].lstrip("\n")


HUB = f"{BASE}id/agency/x/hub"


@pytest.fixture(scope="module")
def hub() -> FlaskClient:
    """An agency that leads 250 tasks."""
    type_ = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
    lines = [f"<{HUB}> <{type_}> <{BASE}ontology#Body> <{BASE}graph/register/agencies> ."]
    for number in range(1, 251):
        task = f"{BASE}id/task/p/row_{number}/t1"
        lines.append(f"<{task}> <{type_}> <{BASE}ontology#Task> <{BASE}graph/plan/p> .")
        lines.append(f"<{task}> <{BASE}ontology#leadAgency> <{HUB}> <{BASE}graph/plan/p> .")
    return create_site(LocalEngine(Store.from_quads(lines)), MANIFEST).test_client()


def test_a_hub_shows_its_links_by_pages(hub):
    def tasks(path: str) -> list[str]:
        return [link for link in Parsed(hub.get(path).text).links if "/id/task/" in link]

    assert len(tasks("/page/id/agency/x/hub")) == PAGE_SIZE
    assert "250" in hub.get("/page/id/agency/x/hub").text
    pages = [tasks(f"/page/id/agency/x/hub?of=leadAgency&page={number}") for number in (1, 2, 3)]
    assert [len(page) for page in pages] == [100, 100, 50]
    assert len({task for page in pages for task in page}) == 250


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("of=leadAgency&page=4", 404),
        ("of=nothing", 404),
        ("of=leadAgency&page=0", 400),
        ("of=leadAgency&page=-1", 400),
        ("of=leadAgency&page=%D9%A1", 400),
        ("of=leadAgency&page=99999999999999999999", 400),
        ("page=x", 400),
    ],
)
def test_a_page_that_is_not_there_is_refused(hub, query, status):
    assert hub.get(f"/page/id/agency/x/hub?{query}").status_code == status


class Parsed(HTMLParser):
    """The links, anchors and faults of a page."""

    _EMPTY = {"meta", "link", "input", "br", "img", "hr"}

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: list[str] = []
        self.faults: list[str] = []
        self.headings = 0
        self.marked = ""
        self._open: list[str] = []
        self._labelled: set[str] = set()
        self._fields: set[str] = set()
        self.feed(html)
        self.faults += [f"<{tag}> stays open" for tag in self._open]
        self.faults += [f"#{name} stands {count} times" for name, count in Counter(self.ids).items() if count > 1]
        self.faults += [f"field {name} has no label" for name in self._fields - self._labelled]
        if self.headings != 1:
            self.faults.append(f"{self.headings} h1")

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        if "id" in values:
            self.ids.append(values["id"])
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        # a block of data is no script: it is not run
        data = tag == "script" and attributes == [("type", "application/ld+json")]
        if (
            (tag in ("script", "style") and not data)
            or "style" in values
            or any(name.startswith("on") for name in values)
        ):
            self.faults.append(f"<{tag}> has what the policy forbids")
        if tag == "th" and "scope" not in values:
            self.faults.append("a th without a scope")
        if tag == "label":
            self._labelled.add(values.get("for", ""))
        if tag in ("select", "textarea") or (tag == "input" and values.get("type") != "hidden"):
            self._fields.add(values.get("id", ""))
        self.headings += tag == "h1"
        if tag not in self._EMPTY:
            self._open.append(tag)

    def handle_endtag(self, tag):
        if self._open and self._open[-1] == tag:
            self._open.pop()
        else:
            self.faults.append(f"</{tag}> closes {self._open[-1:]}")

    def handle_data(self, data):
        if "mark" in self._open:
            self.marked += data


OTHERS = ("/sparql", "/api", "/docs", "/graphs")
"""Paths that other parts of the application answer."""


def test_every_link_leads_somewhere_and_every_page_is_sound(client, engine):
    """From the first page on, a sample of all links in both languages, seeded, and every fragment that is named."""
    chance = random.Random(7)
    seen: dict[str, set[str]] = {}
    fragments: list[tuple[str, str]] = []
    for language in ("zh", "en"):
        waiting = deque([f"/?lang={language}"])
        visited = 0
        while waiting and visited < 220:
            path = waiting.popleft()
            if path in seen:
                continue
            visited += 1
            before = engine.asked
            answer = client.get(path, headers={"Accept": BROWSER})
            assert answer.status_code == 200, path
            assert engine.asked - before <= 40, f"{path} asks {engine.asked - before} queries"
            if answer.mimetype != "text/html":
                answer.close()
                seen[path] = set()
                continue
            page = Parsed(answer.text)
            assert page.faults == [], path
            seen[path] = set(page.ids)
            links = [urljoin(f"http://here{path}", link) for link in page.links]
            ours = [link.removeprefix("http://here") for link in links if link.startswith("http://here/")]
            fragments += [(link.partition("#")[0], link.partition("#")[2]) for link in ours if "#" in link]
            found = sorted({link.partition("#")[0] for link in ours if not link.startswith(OTHERS)} - seen.keys())
            # a few of each page, so that the walk gets far
            waiting.extend(chance.sample(found, min(9, len(found))))
    assert [(path, name) for path, name in fragments if path in seen and name not in seen[path]] == []


def test_the_host_that_a_client_names_stands_nowhere(client):
    for path in ("/", LEAD, "/page/id/role/lead", "/data/id/role/lead.ttl", "/dataset", "/search?q=公安", "/nowhere"):
        answer = client.get(path, headers={"Host": "elsewhere.example", "X-Forwarded-Host": "elsewhere.example"})
        assert "elsewhere" not in answer.text
        assert "elsewhere" not in str(answer.headers)


PIECES = ["id", "eli", "page", "data", "source", "graph", "dataset", "ontology", "shapes", "role", "lead", "task", "to"]
PIECES += [
    "luan-2022-49",
    "..",
    ".",
    "%2e%2e",
    "%00",
    "%0d%0a",
    "%ff",
    "%E4%B8%AD",
    "~2",
    "1-2",
    "99999999999-1",
    "<a>",
]
PIECES += [
    "lead.ttl",
    ".ttl",
    "{}",
    '"',
    "'",
    "%",
    "%25",
    "#",
    "?",
    "?page=2&of=role",
    "?lang=en",
    "a" * 3000,
    " ",
    "\\",
]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=6), st.sampled_from([BROWSER, "text/turtle", "", "*;q=x"])
)
def test_no_address_makes_the_site_fail(client, pieces, accept):
    answer = client.get("/" + "/".join(pieces), headers={"Accept": accept}, buffered=True)
    assert answer.status_code < 500
    assert all("\n" not in value for value in answer.headers.values())


def test_parameters_that_nobody_knows_do_no_harm(client):
    assert client.get("/page/id/role/lead?utm_source=x&y[]=1").status_code == 200


@pytest.mark.parametrize("path", ["/favicon.ico", "/static/favicon.svg", "/robots.txt", "/static/style.css"])
def test_what_browsers_and_crawlers_look_for_is_there(client, path):
    assert client.get(path, buffered=True).status_code == 200
