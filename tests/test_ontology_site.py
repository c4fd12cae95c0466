"""The ontology site: a page for each term, a picture drawn from the ontology, and the same as files without a server."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from itertools import combinations
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest
from flask.testing import FlaskClient

from atkg import iris
from atkg.cli.docs import DOCS
from atkg.errors import QueryStopped
from atkg.export import Source, export
from atkg.namespaces import ATKG, BASE
from atkg.store import Store
from atkg.web.engine import LocalEngine
from atkg.web.site import create_site
from atkg.web.site.column import stack
from atkg.web.site.exported import write_pages
from atkg.web.site.layered import Box, Layout, Line, Stretch, lay_out
from atkg.web.site.ontology import Ontology, read_ontology
from atkg.web.site.picture import WIDE, draw

MANIFEST = {"digest": "sha256:0", "quads": 1, "version": "0.1.0", "validation": {"warning": 2}, "built": "2026-01-01"}
SVG = "{http://www.w3.org/2000/svg}"


class Links(HTMLParser):
    """The addresses that a page leads to, its anchors, its images and its title."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.hrefs: list[str] = []
        self.ids: list[str] = []
        self.headings = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.headings += tag == "h1"
        self.hrefs += [value for name in ("href", "src") if (value := values.get(name))]
        self.ids += [value for value in [values.get("id")] if value]


@pytest.fixture(scope="module")
def client(store: Store) -> FlaskClient:
    return create_site(LocalEngine(store), MANIFEST).test_client()


@pytest.fixture(scope="module")
def ontology(store: Store) -> Ontology:
    return read_ontology(LocalEngine(store))


# The pages


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_term_has_a_page_with_all_that_is_said_of_it(client, ontology: Ontology, language: str) -> None:
    for term in ontology.terms.values():
        answer = client.get(f"/ontology/{term.section}/{term.name}?lang={language}")
        assert answer.status_code == 200, term.name
        text = re.sub(r"&#39;", "'", answer.text)
        for tongue in ("zh", "en"):
            assert term.label(tongue) in text
            assert term.text("definition", tongue)[0] in text
            assert term.text("hint", tongue)[0] in text
        for kind in ("example", "counter", "note"):
            for said in term.text(kind, language):
                assert said in text, (term.name, kind)
        assert f"<code>{term.iri}</code>" in text
        assert Links(text).headings == 1


SAYS = [
    # how often, for instance where, by which question, checked by what, and what others call it
    (
        "/ontology/classes/Plan?lang=en",
        ["of them", "/page/eli/", "/api/queries/plans-of-jurisdiction", "/shapes?lang=en#Plan-", "eli:LegalResource"],
    ),
    (
        "/ontology/properties/leadAgency",
        ["处", "/page/id/task/", "tasks-of-agency", "Task-leadAgency", "cv:hasCompetent"],
    ),
    # what stands above and below, and that nobody states it
    ("/ontology/classes/PlanPart", ["/ontology/classes/Clause", "/ontology/classes/Task", "下位术语"]),
    ("/ontology/properties/tracesTo?lang=en", ["transitive", "Narrower terms", "derivedFrom"]),
    # what belongs to a class follows from a condition, in words
    ("/ontology/classes/DeadlineTask?lang=en", ["Whatever is", "some", "value", "/page/id/timing/deadline"]),
    ("/ontology/properties/inJurisdiction", ["由以下推得", "/ontology/properties/partOf"]),
    # what no data has yet is said to be so
    ("/ontology/properties/confirmedAs?lang=en", ["Not used in the present data", "/sparql?query=PREFIX"]),
    # the whole: versions and their log, every term by its anchor, the picture for both screens
    (
        "/ontology",
        ["变更记录", "第一个版本", 'id="Task"', 'id="leadAgency"', 'class="wide"', 'class="narrow"', "0.1.0"],
    ),
]


@pytest.mark.parametrize(("path", "words"), SAYS, ids=[path for path, _ in SAYS])
def test_a_page_says_where_a_term_is_used_and_what_it_maps_to(client, path: str, words: list[str]) -> None:
    text = client.get(path).text
    assert [word for word in words if word not in text] == []


@pytest.mark.parametrize("path", ["/ontology", "/ontology/classes/Task", "/ontology/properties/leadAgency?lang=en"])
def test_no_anchor_stands_twice(client, path: str) -> None:
    ids = Links(client.get(path).text).ids
    assert [each for each in ids if ids.count(each) > 1] == []


def test_names_that_differ_in_case_alone_are_two_terms(client) -> None:
    assert "角色" in client.get("/ontology/classes/Role").text
    assert "担任角色" in client.get("/ontology/properties/role").text
    assert client.get("/ontology/classes/role").status_code == 404
    assert client.get("/ontology/properties/Role").status_code == 404


REFUSED = ["/ontology/classes/Nothing", "/ontology/classes/", "/ontology/terms/Task", "/ontology/classes/%3Cscript%3E"]


@pytest.mark.parametrize("path", REFUSED)
def test_what_is_no_term_is_not_found(client, path: str) -> None:
    answer = client.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert "<script" not in answer.text


def test_who_asks_for_rdf_of_a_term_is_sent_to_the_ontology(client) -> None:
    answer = client.get("/ontology/classes/Task", headers={"Accept": "text/turtle"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/ontology.ttl")
    assert client.get("/ontology/classes/Task", headers={"Accept": "image/png"}).status_code == 406


def test_the_version_iri_opens(client, ontology: Ontology) -> None:
    [version] = ontology.links("http://www.w3.org/2002/07/owl#versionIRI")
    path = "/" + version.removeprefix(BASE)
    assert client.get(path).status_code == 200
    assert version.encode() in client.get(path, headers={"Accept": "text/turtle"}).data


def test_all_links_between_the_pages_of_the_ontology_lead_somewhere(client, ontology: Ontology) -> None:
    pages = ["/ontology?lang=en", "/ontology/classes/Task?lang=en", "/ontology/properties/role?lang=en"]
    seen = {href for page in pages for href in Links(client.get(page).text).hrefs if href.startswith("/ontology")}
    assert len(seen) > len(ontology.terms)
    for href in sorted(seen):
        path, fragment = urldefrag(href)
        answer = client.get(path)
        assert answer.status_code == 200, href
        assert not fragment or fragment in Links(answer.text).ids, href


class Slow(LocalEngine):
    """An engine in which counting takes longer than a query may."""

    def answer(self, text, media_type, **options):
        if "COUNT(" in text:
            raise QueryStopped(503, "超时", "took too long")
        return super().answer(text, media_type, **options)


def test_what_could_not_be_counted_is_not_said_to_be_unused(store: Store) -> None:
    text = create_site(Slow(store), MANIFEST).test_client().get("/ontology/classes/Task?lang=en").text
    assert "Not counted" in text
    assert "Not used" not in text
    assert "/page/id/task/" in text


def test_what_a_rule_concluded_is_marked(client) -> None:
    assert "推得" in client.get("/ontology/properties/tracesTo").text
    assert "推得" not in client.get("/ontology/properties/derivedFrom").text.partition('id="data"')[2]


DECLARED = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://www.w3.org/2002/07/owl#Class>"


def ontology_of(*statements: str) -> Store:
    return Store.from_quads(f"{each} <{iris.graph('ontology')}> ." for each in statements)


def test_a_deprecated_term_says_what_to_use_instead() -> None:
    store = ontology_of(
        f"<{ATKG}Old> {DECLARED}",
        f"<{ATKG}New> {DECLARED}",
        f'<{ATKG}Old> <http://www.w3.org/2002/07/owl#deprecated> "true"^^<http://www.w3.org/2001/XMLSchema#boolean>',
        f"<{ATKG}Old> <http://purl.org/dc/terms/isReplacedBy> <{ATKG}New>",
    )
    client = create_site(LocalEngine(store), MANIFEST).test_client()
    text = client.get("/ontology/classes/Old").text
    notice = text[text.index('class="notice"') :]
    assert "已弃用" in notice.partition("</p>")[0]
    assert "/ontology/classes/New" in notice.partition("</p>")[0]
    assert "deprecated" in client.get("/ontology?lang=en").text
    assert 'class="notice"' not in client.get("/ontology/classes/New").text


@pytest.mark.parametrize(
    "store",
    [
        # no ontology at all
        Store(),
        # a class below itself, and two below each other
        ontology_of(f"<{ATKG}A> {DECLARED}", f"<{ATKG}A> <http://www.w3.org/2000/01/rdf-schema#subClassOf> <{ATKG}A>"),
        ontology_of(
            f"<{ATKG}A> {DECLARED}",
            f"<{ATKG}B> {DECLARED}",
            f"<{ATKG}A> <http://www.w3.org/2000/01/rdf-schema#subClassOf> <{ATKG}B>",
            f"<{ATKG}B> <http://www.w3.org/2000/01/rdf-schema#subClassOf> <{ATKG}A>",
        ),
        # an expression that contains itself, a list without an end
        ontology_of(
            f"<{ATKG}A> {DECLARED}",
            f"_:x <http://www.w3.org/2000/01/rdf-schema#subClassOf> <{ATKG}A>",
            "_:x <http://www.w3.org/2002/07/owl#complementOf> _:x",
        ),
        ontology_of(
            f"<{ATKG}A> {DECLARED}",
            f"_:x <http://www.w3.org/2000/01/rdf-schema#subClassOf> <{ATKG}A>",
            "_:x <http://www.w3.org/2002/07/owl#unionOf> _:l",
            "_:l <http://www.w3.org/1999/02/22-rdf-syntax-ns#rest> _:l",
        ),
    ],
    ids=["nothing", "itself", "circle", "expression", "list"],
)
def test_an_ontology_that_is_odd_or_absent_still_has_its_pages(store: Store) -> None:
    client = create_site(LocalEngine(store), MANIFEST).test_client()
    assert client.get("/ontology").status_code == 200
    assert client.get("/ontology/picture.svg").status_code == 200
    for name in read_ontology(LocalEngine(store)).terms:
        assert client.get(f"/ontology/classes/{name.removeprefix(ATKG)}").status_code == 200


# The picture


def svg(ontology: Ontology, language: str, *, narrow: bool) -> str:
    return draw(ontology, language, lambda iri: iri, lambda term: f"#{term.name}", narrow=narrow)


@pytest.mark.parametrize("narrow", [False, True], ids=["wide", "narrow"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_picture_shows_every_class_and_every_object_property(
    ontology: Ontology, language: str, narrow: bool
) -> None:
    root = ET.fromstring(svg(ontology, language, narrow=narrow))
    words = " ".join(text for text in root.itertext())
    for term in ontology.terms.values():
        if term.kind == "class":
            assert term.name in words.split()
        if term.kind in ("class", "object"):
            assert term.label(language) in words
    # it tells those who can't see it what it shows
    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None and description is not None
    assert root.get("aria-labelledby") == title.get("id")
    assert root.get("aria-describedby") == description.get("id")
    # no styles and no scripts, which the site's policy would stop
    assert not {element.tag for element in root.iter()} & {f"{SVG}style", f"{SVG}script"}
    assert not any("style" in element.attrib for element in root.iter())


def test_the_picture_fits_the_screen_that_it_is_for(ontology: Ontology) -> None:
    for language in ("zh", "en"):
        assert float(ET.fromstring(svg(ontology, language, narrow=False)).get("width")) <= WIDE
        # 360 pixels less the margins of the page, a tenth smaller at most
        assert float(ET.fromstring(svg(ontology, language, narrow=True)).get("width")) <= 336 * 1.1


@pytest.mark.parametrize("narrow", [False, True], ids=["wide", "narrow"])
def test_no_text_leaves_its_box(ontology: Ontology, narrow: bool) -> None:
    root = ET.fromstring(svg(ontology, "en", narrow=narrow))
    width = {False: 206, True: 222}[narrow]
    for text in root.iter(f"{SVG}tspan"):
        assert len(text.text or "") * 12 * 0.56 <= width, text.text


def boxes_apart(layout: Layout) -> bool:
    return not any(
        a.x < b.x + b.width and b.x < a.x + a.width and a.y < b.y + b.height and b.y < a.y + a.height
        for a, b in combinations(layout.boxes.values(), 2)
    )


def upright_through(layout: Layout) -> list[str]:
    """The boxes that an upright piece of a line runs through."""
    return [
        name
        for stretch in layout.stretches
        for (x, top), (other, bottom) in zip(stretch.points, stretch.points[1:], strict=False)
        if x == other
        for name, box in layout.boxes.items()
        if box.x < x < box.x + box.width
        and min(top, bottom) < box.y + box.height - 0.2
        and max(top, bottom) > box.y + 0.2
    ]


GRAPHS = [
    # nothing, one box, boxes without lines
    ("", ""),
    ("a", ""),
    ("a b c d e f g h", ""),
    # a box that points to itself, two that point to each other, a circle of four
    ("a b", "a>a a>b"),
    ("a b", "a>b b>a"),
    ("a b c d", "a>b b>c c>d d>a a>c"),
    # all to all
    ("a b c d e", " ".join(f"{x}>{y}" for x in "abcde" for y in "abcde")),
    # a line to what is not drawn
    ("a b", "a>z b>a"),
    # a hub
    ("a b c d e f g h i j", " ".join(f"{x}>a" for x in "bcdefghij")),
]


@pytest.mark.parametrize(("names", "arrows"), GRAPHS)
def test_no_layout_puts_a_box_or_a_line_over_a_box(names: str, arrows: str) -> None:
    sizes = {name: (200.0, 40.0 + 20 * number) for number, name in enumerate(names.split())}
    lines = [Line(*arrow.split(">"), kind="value") for arrow in arrows.split()]
    wide, narrow = lay_out(sizes, lines, 1100), stack(sizes, lines, dict.fromkeys(lines, 10.0), 20.0)
    for layout in (wide, narrow):
        assert set(layout.boxes) == set(sizes)
        assert boxes_apart(layout)
        assert upright_through(layout) == []
    # a line that is drawn has one arrow at least, at the box where it ends
    drawn = {line.end for line in lines if line.start != line.end and line.end in sizes}
    assert {stretch.end for stretch in wide.stretches if stretch.arrow} == drawn
    assert {stretch.end for stretch in narrow.stretches if stretch.arrow} == drawn


@pytest.mark.parametrize("narrow", [False, True], ids=["wide", "narrow"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_picture_of_the_real_ontology_has_no_line_over_a_box(
    ontology: Ontology, language: str, narrow: bool
) -> None:
    root = ET.fromstring(svg(ontology, language, narrow=narrow))
    frames = [
        [float(each.get(key)) for key in ("x", "y", "width", "height")]
        for each in root.iter(f"{SVG}rect")
        if each.get("x")
    ]
    boxes = {str(number): Box(*frame) for number, frame in enumerate(frames)}
    # the frame of each class, and its head
    assert len(boxes) == 2 * len(ontology.classes)
    pieces = []
    for path in root.iter(f"{SVG}path"):
        points: list[tuple[float, float]] = []
        for command, numbers in re.findall(r"([MLCZ])([^MLCZ]*)", path.get("d", "")):
            values = [float(number) for number in re.findall(r"-?[\d.]+", numbers)]
            if command in "ML":
                points.append((values[0], values[1]))
            else:
                # a curve stays between two layers; what follows it starts anew
                points = [(values[-2], values[-1])] if values else []
            if len(points) > 1 and command == "L":
                pieces.append(Stretch("", "", (points[-2], points[-1])))
    assert len(pieces) > len(ontology.classes)
    assert upright_through(Layout(0, 0, boxes, pieces)) == []


def test_an_ontology_with_odd_names_is_escaped() -> None:
    graph = iris.graph("ontology")
    odd = "<https://w3id.org/atkg/ontology#A>"
    store = Store.from_quads(
        [
            f"{odd} <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://www.w3.org/2002/07/owl#Class> <{graph}> .",
            f'{odd} <http://www.w3.org/2000/01/rdf-schema#label> "<b>&\\"\'</b>"@zh <{graph}> .',
        ]
    )
    ontology = read_ontology(LocalEngine(store))
    root = ET.fromstring(svg(ontology, "zh", narrow=False))
    assert "<b>&\"'</b>" in "".join(root.itertext())
    page = create_site(LocalEngine(store), MANIFEST).test_client().get("/ontology/classes/A").text
    assert "<b>" not in page


# The files


@pytest.fixture(scope="module")
def files(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("docs")
    made = write_pages(store, folder)
    assert sorted(path for path in folder.rglob("*") if path.is_file()) == made
    return folder


def test_the_profile_writes_into_a_folder_of_its_own(store: Store, tmp_path: Path) -> None:
    made = export(Source(store, MANIFEST), DOCS, tmp_path)
    assert (tmp_path / "docs" / "index.html") in made
    assert {path.relative_to(tmp_path).parts[0] for path in made} == {"docs"}
    assert {path.suffix for path in made} == set(DOCS.media_types)


def test_there_is_a_file_for_every_term_in_both_languages(files: Path, ontology: Ontology) -> None:
    for term in ontology.terms.values():
        for folder in (files, files / "en"):
            assert (folder / term.section / f"{term.name}.html").is_file()
    for name in ("index.html", "en/index.html", "picture.svg", "en/picture.svg", "atkg.ttl", "alignments.ttl"):
        assert (files / name).is_file()
    root = Path(__file__).parent.parent / "ontology"
    assert (files / "atkg.ttl").read_bytes() == (root / "atkg.ttl").read_bytes()


def test_no_two_files_share_a_name_where_case_counts_for_nothing(files: Path) -> None:
    names = [str(path.relative_to(files)).lower() for path in files.rglob("*")]
    assert len(names) == len(set(names))


def test_every_link_of_a_file_is_relative_and_leads_to_a_file_or_leads_outside(files: Path) -> None:
    anchors: dict[Path, list[str]] = {}
    for path in [*files.rglob("*.html"), *files.rglob("*.svg")]:
        parsed = Links(path.read_text("utf-8"))
        assert not any(href.startswith(("/", "file:", "javascript:")) for href in parsed.hrefs), path
        for href in parsed.hrefs:
            if href.startswith("https://") or href.startswith("http://"):
                continue
            address, fragment = urldefrag(href)
            target = (path.parent / unquote(address)).resolve() if address else path
            assert target.is_file(), (path, href)
            if fragment:
                if target not in anchors:
                    anchors[target] = Links(target.read_text("utf-8")).ids
                assert fragment in anchors[target], (path, href)


def test_a_file_is_in_its_language_and_leads_to_the_other(files: Path) -> None:
    chinese, english = (files / "classes" / "Task.html"), (files / "en" / "classes" / "Task.html")
    assert '<html lang="zh-Hans">' in chinese.read_text("utf-8")
    assert 'href="../en/classes/Task.html"' in chinese.read_text("utf-8")
    assert '<html lang="en">' in english.read_text("utf-8")
    assert 'href="../../classes/Task.html"' in english.read_text("utf-8")


def test_the_same_ontology_gives_the_same_pictures_whatever_the_seed_of_hashes() -> None:
    program = (
        "import hashlib, sys\n"
        "from atkg import dataset\n"
        "from atkg.store import Store\n"
        "from atkg.web.engine import LocalEngine\n"
        "from atkg.web.site.ontology import read_ontology\n"
        "from atkg.web.site.picture import draw\n"
        "store = Store()\n"
        "dataset.add_terms(store)\n"
        "ontology = read_ontology(LocalEngine(store))\n"
        "pictures = [draw(ontology, 'zh', str, lambda term: term.name, narrow=narrow) for narrow in (False, True)]\n"
        "print(hashlib.sha256(''.join(pictures).encode()).hexdigest())\n"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1
