"""The documentation: complete in both languages, without dead links, and every example does what the page shows."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from serving import Server, published, serving

from atkg.store import Store
from atkg.web.endpoint.limits import Limits
from atkg.web.engine import LocalEngine
from atkg.web.site import create_site
from atkg.web.site.answers import MAX_OBJECTS
from atkg.web.site.api import api_blueprint
from atkg.web.site.docs import PAGES, address_of, docs_blueprint, read_document, readable, source
from atkg.web.site.questions import MAX_VALUE, OPTIONS

HERE = Path(__file__).parent
ADDRESS = "http://127.0.0.1:8000"
CLIENTS = HERE / "clients"
MANIFEST = {"digest": "sha256:0", "quads": 1, "version": "0.1.0", "validation": {}}
FENCE = re.compile(r"^```(?P<info>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Example:
    """A block that is run, with the marks behind its language and the output that the page shows."""

    page: str
    place: int
    language: str
    marks: frozenset[str]
    text: str
    output: str | None


def blocks(name: str, language: str) -> list[tuple[list[str], str]]:
    return [(match["info"].split(), match["text"]) for match in FENCE.finditer(source(name, language))]


def examples(name: str, language: str) -> Iterator[Example]:
    found = blocks(name, language)
    for place, ((info, text), after) in enumerate(zip(found, [*found[1:], ([], "")], strict=False)):
        if "run" in info:
            output = after[1] if after[0] == ["text", "output"] else None
            yield Example(name, place, info[0], frozenset(info[1:]), text, output)


EXAMPLES = [example for name in PAGES for example in examples(name, "en")]


@pytest.fixture(scope="module")
def server(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(published(tmp_path_factory.mktemp("docs"), store.nquads())) as running:
        yield running


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda each: f"{each.page}-{each.place}-{each.language}")
def test_every_example_gives_what_the_page_shows(example: Example, server: Server):
    text = example.text.replace(ADDRESS, server.url)
    tool = "npx" if "comunica" in example.marks else "curl" if example.language == "sh" else sys.executable
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not on this machine")
    if "comunica" in example.marks and not (CLIENTS / "node_modules").is_dir():
        pytest.skip("Comunica is not installed: npm ci --prefix tests/clients")
    command = ["bash", "-euo", "pipefail", "-c", text] if example.language == "sh" else [sys.executable, "-c", text]
    run = subprocess.run(
        command,
        cwd=CLIENTS if "comunica" in example.marks else None,
        env={**os.environ, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1", "PYTHONUTF8": "1"},
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stderr.decode()
    if example.output is not None:
        said = run.stdout.decode("utf-8").replace(server.url, ADDRESS).replace("\r\n", "\n")
        assert said.strip() == example.output.strip()


def test_the_page_for_registries_shows_each_kind_of_client():
    clients = {"curl", "SPARQLWrapper", "SPARQLStore", "comunica"}
    run = " ".join(example.text for example in EXAMPLES if example.page == "registries")
    assert {client for client in clients if client in run} == clients


@pytest.mark.parametrize("name", PAGES)
def test_both_languages_show_the_same_examples_sections_and_links(name):
    zh, en = source(name, "zh"), source(name, "en")
    assert blocks(name, "zh") == blocks(name, "en")
    assert re.findall(r"\{#([a-z-]+)\}", zh) == re.findall(r"\{#([a-z-]+)\}", en)
    assert sorted(re.findall(r"\]\((.*?)\)", zh)) == sorted(re.findall(r"\]\((.*?)\)", en))
    assert zh.count("\n|") == en.count("\n|")
    assert re.search("[\u4e00-\u9fff]", zh.partition("\n")[0])


def test_every_section_has_an_anchor_of_its_own():
    for name in PAGES:
        anchors = [anchor for anchor, _ in read_document(name, "en", Limits()).sections]
        assert all(anchors)
        assert len(set(anchors)) == len(anchors)


class Page(HTMLParser):
    """The tags of a page, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def client(store: Store) -> FlaskClient:
    return site_of(store, Limits()).test_client()


def site_of(store: Store, limits: Limits) -> Flask:
    engine = LocalEngine(store)
    site = create_site(engine, MANIFEST)
    for blueprint in (api_blueprint(engine), docs_blueprint(limits)):
        if blueprint.name not in site.blueprints:
            site.register_blueprint(blueprint)
    return site


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", PAGES)
def test_each_page_is_a_page(client, name, language):
    answer = client.get(f"{address_of(name)}?lang={language}")
    page = Page(answer.get_data(as_text=True))
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    assert len(page.all("h1")) == 1
    assert page.all("html")[0]["lang"] == {"zh": "zh-Hans", "en": "en"}[language]
    assert not page.all("script")
    assert not any(attribute == "style" for _, attributes in page.tags for attribute in attributes)
    assert not re.search(r"\{#|```|\]\(", page.text), "a mark of Markdown stands on the page"
    assert "Accept-Language" in answer.headers["Vary"]
    assert (
        client.get(f"{address_of(name)}?lang={language}", headers={"If-None-Match": answer.headers["ETag"]}).status_code
        == 304
    )


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", PAGES)
def test_no_link_is_dead_and_all_keep_the_language(client, server, name, language):
    page = Page(client.get(f"{address_of(name)}?lang={language}").get_data(as_text=True))
    ids = {attributes["id"] for _, attributes in page.tags if "id" in attributes}
    for href in {str(link["href"]) for link in page.all("a")}:
        path, _, fragment = href.partition("#")
        if path.startswith("http"):
            continue
        if not path:
            assert fragment in ids, href
        elif path.startswith("/"):
            assert f"lang={language}" in path, href
            reply = server.request(path, headers={"Accept": "text/html, application/json;q=0.5"})
            assert reply.status in (200, 303), href
            if fragment:
                assert f'id="{fragment}"' in reply.text, href


def test_the_reader_gets_the_language_of_the_browser_and_chinese_without_one(client):
    for wish, title in (("en-GB,en;q=0.9", "Documentation"), ("zh-CN", "说明"), ("fr", "说明"), (None, "说明")):
        headers = {"Accept-Language": wish} if wish else {}
        assert f"<title>{title}</title>" in client.get("/docs", headers=headers).get_data(as_text=True)


@pytest.mark.parametrize(
    "path", ["/docs/nothing", "/docs/index", "/docs/threat-model.en.md", "/docs/..%2Fsite", "/docs/%E6%8B%90"]
)
def test_there_is_no_other_page(client, path):
    answer = client.get(path, headers={"Accept-Language": "en"})
    assert answer.status_code == 404


def test_a_misspelt_page_is_told_the_nearest(client):
    assert "/docs/registries" in client.get("/docs/registrys").get_data(as_text=True)


def test_the_limits_shown_are_those_in_force(store):
    limits = replace(Limits(), deadline=7.5, query_bytes=3 * 1024, result_rows=1234)
    for language, index in (("zh", "zh"), ("en", "en")):
        page = site_of(store, limits).test_client().get(f"/docs/registries?lang={language}").get_data(as_text=True)
        for name, value in (("deadline", "7.5"), ("query_bytes", "3,072 (3 KiB)"), ("result_rows", "1,234")):
            assert f"<td><code>{name}</code></td><td>{value}</td>" in page
        for each in fields(Limits):
            assert (
                f"<td><code>{each.name}</code></td><td>{readable(each.name, getattr(limits, each.name))}</td>" in page
            )
            assert each.metadata[index] in page


@pytest.mark.parametrize("language", ["zh", "en"])
def test_limits_that_the_pages_name_are_limits(language):
    named = {word for name in PAGES for word in re.findall(r"`([a-z]+_[a-z_]+)`", source(name, language))}
    assert named
    assert named <= {each.name for each in fields(Limits)}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_each_promise_names_tests_that_are_there(language):
    promises = source("threat-model", language).partition("{#promises}")[2].partition("\n## ")[0]
    rows = [line.strip("|").split("|") for line in promises.splitlines() if line.startswith("|")][2:]
    assert len(rows) >= 15
    for row in rows:
        named = re.findall(r"`(tests/test_[a-z_]+\.py)(?:::(\w+))?`", row[-1])
        assert named, row[0]
        for path, function in named:
            assert f"def {function}" in (HERE.parent / path).read_text(encoding="utf-8"), f"{path}::{function}"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_numbers_on_the_page_of_queries_are_those_of_the_program(language):
    text = source("queries", language)
    assert f"{MAX_OBJECTS:,}" in text
    assert f"{MAX_VALUE:,}" in text
    options = re.findall(r"`([a-z]+)(?:=1)?`", text.partition("{#options}")[2].partition("```")[0])
    assert set(OPTIONS) <= set(options)


HOSTILE = [
    ("<script>alert(1)</script>", "&lt;script&gt;"),
    ("[a](javascript:alert(1))", "[a](javascript:alert(1))"),
    ("```<b>\n</code><i>\n```", "&lt;/code&gt;&lt;i&gt;"),
]


@pytest.mark.parametrize(("text", "shown"), HOSTILE)
def test_markdown_makes_no_html_of_its_own(client, monkeypatch, text, shown):
    monkeypatch.setattr("atkg.web.site.docs.source", lambda *_: f"# T\n\n{text}\n")
    page = client.get("/docs").get_data(as_text=True).partition("<article>")[2]
    assert shown in page
    assert "<script" not in page
    assert "<i>" not in page
