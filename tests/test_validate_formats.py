"""Faults of different kinds in a copy of the real data: every format names the right file, line and shape."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest
from click.testing import CliRunner
from conftest import DATA
from junitparser import Failure, JUnitXml, Skipped
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import RDF, SH
from sarif import loader
from sarif.sarif_file import SarifFile
from sarif_pydantic import Sarif
from seeded_faults import EDITED, WRITTEN, edit, graph, text

from atkg.build import build
from atkg.cli import main
from atkg.validate import Level, Place, Report, Result, Shapes, subject_lines
from atkg.validate.explain import Guide
from atkg.validate.formats import FORMATS, render
from atkg.validate.formats.text import blank, caret, columns

SHAPES = "https://w3id.org/atkg/shapes#"
GUIDE = Guide(Shapes.load())


@dataclass(frozen=True)
class Spoilt:
    """The copy with all faults, and the reports on it by format, with files named from its parent folder."""

    root: Path
    reports: dict[str, str]

    def line(self, fault: Fault) -> int:
        lines = (self.root / "data" / fault.shown).read_text(encoding="utf-8").splitlines()
        return next(number for number, line in enumerate(lines, 1) if fault.line in line)


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory: pytest.TempPathFactory) -> Spoilt:
    root = tmp_path_factory.mktemp("spoilt")
    data = Path(shutil.copytree(DATA, root / "data"))
    for fault in WRITTEN:
        edit(data, fault)
    build(data, root / "out")
    for fault in EDITED:
        edit(data, fault)
    written = {name: root / f"report.{name}" for name in FORMATS}
    command = ["--lang", "en", "--out", str(root / "out"), "validate"]
    command += [part for name, path in written.items() for part in ("--report", f"{name}={path}")]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        done = CliRunner().invoke(main, command)
    assert done.exit_code == 1, done.output
    return Spoilt(root, {name: path.read_bytes().decode() for name, path in written.items()})


FAULTS = pytest.mark.parametrize("fault", [*WRITTEN, *EDITED], ids=lambda fault: f"{fault.shape}-{fault.file}")


def test_there_are_twenty_faults_of_many_kinds():
    assert len(WRITTEN) + len(EDITED) >= 20
    assert len({fault.shape for fault in (*WRITTEN, *EDITED)}) >= 15
    assert {Path(fault.file).name for fault in (*WRITTEN, *EDITED)} >= {
        *("source.txt", "plan.toml", "corrections.csv", "derivations.csv", "graph.ttl", "derivation.ttl"),
        *("jurisdictions.csv", "national-clauses.csv", "agencies.csv"),
    }


@FAULTS
def test_text_shows_each_fault_with_the_line_and_a_caret_under_it(fault, spoilt):
    blocks = spoilt.reports["text"].split("\n\n")
    shown = [
        block
        for block in blocks
        if re.match(rf"data/{fault.shown}:{spoilt.line(fault)}(:\d+)?: violation {fault.shape}\n", block)
    ]
    assert shown, fault
    assert re.search(rf"\n    {spoilt.line(fault)} │ .*\n     *│ [ \u3000]*[\^＾]", shown[0])


@FAULTS
def test_json_names_each_fault(fault, spoilt):
    found = json.loads(spoilt.reports["json"])["results"]
    places = {(each["shape"], each["place"]["file"], each["place"]["line"]) for each in found if each["place"]}
    assert (fault.shape, f"data/{fault.shown}", spoilt.line(fault)) in places


COMMAND = re.compile(r"::(?P<level>error|warning|notice) (?P<properties>[^\n]*?)::(?P<message>[^\n]*)")


def workflow_commands(report: str) -> list[dict[str, str]]:
    """The commands as GitHub's runner reads them: a line each, properties split at commas and =, then unescaped."""
    found = []
    for line in report.splitlines():
        if line.startswith("::"):
            command = COMMAND.fullmatch(line)
            assert command, line
            properties = dict(part.split("=", 1) for part in command["properties"].split(","))
            found.append(
                {key: unquote(value) for key, value in properties.items()}
                | {"level": command["level"], "message": unquote(command["message"])}
            )
    return found


@FAULTS
def test_annotations_stand_on_the_line_of_each_fault(fault, spoilt):
    assert any(
        (found["level"], found["file"], found["line"]) == ("error", f"data/{fault.shown}", str(spoilt.line(fault)))
        and found["title"].startswith(fault.shape)
        for found in workflow_commands(spoilt.reports["github"])
    )


def test_annotations_use_the_properties_that_github_documents_and_the_gravest_stand_first(spoilt):
    commands = workflow_commands(spoilt.reports["github"])
    assert {key for command in commands for key in command} <= {
        *("file", "line", "endLine", "col", "endColumn", "title", "level", "message"),
    }
    levels = [command["level"] for command in commands]
    assert levels == sorted(levels, key=["error", "warning", "notice"].index)
    for command in commands:
        if "endColumn" in command:  # columns hold within one line only
            assert command["line"] == command["endLine"]
            assert int(command["endColumn"]) >= int(command["col"])


@pytest.fixture(scope="module")
def sarif(spoilt: Spoilt, tmp_path_factory: pytest.TempPathFactory) -> SarifFile:
    path = tmp_path_factory.mktemp("sarif") / "report.sarif"
    path.write_text(spoilt.reports["sarif"], encoding="utf-8")
    return loader.load_sarif_file(str(path))


@FAULTS
def test_a_reader_of_sarif_finds_each_fault(fault, spoilt, sarif):
    records = {
        (record["Code"], record["Location"], record["Line"], record["Severity"]) for record in sarif.get_records()
    }
    assert (fault.shape, f"data/{fault.shown}", spoilt.line(fault), "error") in records


def test_sarif_is_as_its_published_model_has_it(spoilt):
    log = Sarif.model_validate_json(spoilt.reports["sarif"])
    assert log.version == "2.1.0" and len(log.runs[0].results) == len(json.loads(spoilt.reports["json"])["results"])


def test_sarif_has_the_rules_in_both_languages_and_every_result_its_rule(spoilt):
    document = json.loads(spoilt.reports["sarif"])
    (run,) = document["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert {rule["id"] for rule in rules} >= set(GUIDE.names)
    for rule in rules:
        assert re.search(r"[\u4e00-\u9fff]", rule["help"]["text"]) and re.search(r"[a-z]{3}", rule["help"]["text"])
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert not re.search(r"[\u4e00-\u9fff]{8}", result["message"]["text"].splitlines()[0]), "one language only"


def test_sarif_leads_to_the_text_and_to_the_graph_by_relative_paths(spoilt):
    (run,) = json.loads(spoilt.reports["sarif"])["runs"]
    result = next(result for result in run["results"] if result["ruleId"] == "Task-sourceTextAtOffset")
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": f"data/{text('yunnan-2021-50')}", "uriBaseId": "%SRCROOT%"}
    assert place["region"]["snippet"]["text"].startswith("完善儿童失踪有关信息收集")
    related = result["relatedLocations"][0]["physicalLocation"]
    assert related["artifactLocation"]["uri"] == f"data/{graph('yunnan-2021-50')}"
    assert related["region"]["startLine"] > 1
    assert result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"].startswith(
        "https://w3id.org/atkg/id/task/"
    )
    assert "%SRCROOT%" in run["originalUriBaseIds"] and str(spoilt.root) not in spoilt.reports["sarif"]


def test_fingerprints_are_each_its_own_and_stay_when_lines_and_offsets_shift(spoilt):
    (run,) = json.loads(spoilt.reports["sarif"])["runs"]
    prints = [result["partialFingerprints"]["primaryLocationLineHash"] for result in run["results"]]
    assert len(set(prints)) == len(prints)
    span = "https://w3id.org/atkg/source/dazu-2022-60/{}"
    before = replace(SAMPLE, node=span.format("10-20"), text=Place("s.txt", 1, 1, 1, 9), quote="words")
    after = replace(before, node=span.format("110-120"), text=Place("s.txt", 8, 1, 8, 9))
    other = replace(before, node=span.format("30-40"), quote="other words")
    one, two, three = (
        json.loads(render(Report([each]), "sarif", "en", guide=GUIDE))["runs"][0]["results"][0]["partialFingerprints"]
        for each in (before, after, other)
    )
    assert one == two != three


@FAULTS
def test_a_reader_of_junit_finds_each_fault(fault, spoilt):
    suites = JUnitXml.fromstring(spoilt.reports["junit"].encode())
    assert any(
        suite.name == f"data/{fault.shown}"
        and case.classname == fault.shape
        and case._elem.get("line") == str(spoilt.line(fault))
        and isinstance(case.result[0], Failure)
        for suite in suites
        for case in suite
    )


def test_junit_counts_what_it_holds_and_warnings_do_not_fail(spoilt):
    suites = JUnitXml.fromstring(spoilt.reports["junit"].encode())
    said = (suites.tests, suites.failures, suites.skipped)
    suites.update_statistics()
    assert said == (suites.tests, suites.failures, suites.skipped)
    kinds = {case.result[0].type: type(case.result[0]) for suite in suites for case in suite if case.result}
    assert kinds["violation"] is Failure and kinds["warning"] is Skipped


@FAULTS
def test_csv_has_a_row_for_each_fault(fault, spoilt):
    rows = list(csv.DictReader(io.StringIO(spoilt.reports["csv"], newline="")))
    assert any(
        (row["severity"], row["shape"], row["file"], row["line"])
        == ("violation", fault.shape, f"data/{fault.shown}", str(spoilt.line(fault)))
        for row in rows
    )


@FAULTS
def test_the_turtle_report_names_shape_and_node(fault, spoilt):
    report = Graph().parse(data=spoilt.reports["turtle"], format="turtle")
    nodes = {
        result["node"]
        for result in json.loads(spoilt.reports["json"])["results"]
        if result["shape"] == fault.shape
        and result["place"]
        and (result["place"]["file"], result["place"]["line"]) == (f"data/{fault.shown}", spoilt.line(fault))
    }
    found = {
        str(report.value(result, SH.focusNode))
        for result in report.subjects(SH.sourceShape, URIRef(SHAPES + fault.shape))
    }
    assert nodes and nodes <= found


def test_the_turtle_report_is_as_the_w3c_defines_it(spoilt):
    report = Graph().parse(data=spoilt.reports["turtle"], format="turtle")
    (node,) = report.subjects(RDF.type, SH.ValidationReport)
    assert report.value(node, SH.conforms) == Literal(False)
    results = list(report.objects(node, SH.result))
    assert len(results) == len(json.loads(spoilt.reports["json"])["results"])
    for result in results:
        for needed in (SH.focusNode, SH.resultSeverity, SH.sourceConstraintComponent, SH.sourceShape):
            assert len(list(report.objects(result, needed))) == 1, needed
        assert report.value(result, SH.resultMessage).language == "en"
    values = {str(report.value(result, SH.value)): report.value(result, SH.value) for result in results}
    assert isinstance(values["https://w3id.org/atkg/id/role/boss"], URIRef)
    assert values["EVERY YEAR"] == Literal("EVERY YEAR")


class Page(HTMLParser):
    """What a browser would fetch or run, and the text."""

    def __init__(self) -> None:
        super().__init__()
        self.outside: list[str] = []
        self.articles: list[str] = []
        self.document = ""
        self._in = ""

    def handle_starttag(self, tag, attrs):
        if tag in {"script", "link", "img", "iframe", "object", "embed", "base", "form", "a"}:
            self.outside.append(tag)
        self.outside += [
            name for name, value in attrs if name in {"src", "href", "srcset", "action"} or name.startswith("on")
        ]
        if tag == "article":
            self.articles.append("")
        self._in = tag

    def handle_data(self, data):
        if self._in == "h2" and data.strip():
            self.document, self._in = data.strip(), ""
        if self.articles:
            self.articles[-1] += f"{self.document}|{data}" if not self.articles[-1] else data


@FAULTS
def test_the_page_shows_each_fault_under_its_document(fault, spoilt):
    page = Page()
    page.feed(spoilt.reports["html"])
    assert any(
        article.startswith(f"data/{fault.shown}|")
        and fault.shape in article
        and re.search(rf"\b{spoilt.line(fault)}\b", article)
        for article in page.articles
    )


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_stands_alone_and_says_its_language(language, spoilt):
    html = spoilt.reports["html"] if language == "en" else render(Report([SAMPLE]), "html", "zh", guide=GUIDE)
    page = Page()
    page.feed(html)
    assert page.outside == []
    assert "url(" not in html and "@import" not in html
    assert f'<html lang="{"zh-Hans" if language == "zh" else "en"}">' in html
    assert "@media print" in html


@FAULTS
def test_the_summary_in_markdown_lists_each_fault(fault, spoilt):
    section = next(
        section
        for section in spoilt.reports["markdown"].split("\n### ")
        if section.splitlines()[0].replace("\\", "") == f"data/{fault.shown}"
    )
    assert re.search(rf"\| {spoilt.line(fault)}(:\d+)? \| `{fault.shape}` \|", section)


SAMPLE = Result(
    shape="Task-leadAgency",
    level=Level.VIOLATION,
    messages={"zh": "任务没有牵头单位。", "en": "The task has no lead."},
    node="https://w3id.org/atkg/id/task/jia-2021-1/sec_1/t1",
    text=Place("plan.txt", 1, 1, 1, 4),
)

HOSTILE = [
    # a command to the runner of GitHub, at the start of a line
    "\n::set-env name=PATH::/evil",
    "\r\n::stop-commands::x",
    # a terminal's escape, and writing turned round
    "\x1b[2J\x1b[31m",
    "\u202eevil",
    # what HTML and Markdown would take for their own
    "<script>alert(1)</script>",
    "](https://example.org) ![x](https://example.org/x.png)",
    "| a | b |",
    # a formula of a spreadsheet
    "=HYPERLINK(1)",
    # half of a pair, a character that XML forbids
    "\x00\x0b\ufffe",
]


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("name", FORMATS)
def test_data_is_never_taken_for_markup_or_commands(name, words):
    hostile = replace(SAMPLE, label=words, value=words, quote=words, term=None, accepted=None)
    report = render(Report([hostile]), name, "en", guide=GUIDE)
    report.encode()
    if name == "github":
        assert len([line for line in report.splitlines() if line.lstrip().startswith("::")]) == 1
    if name in ("text", "markdown", "html", "junit"):
        assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\u202e]", report)
        assert not [line for line in report.splitlines() if line.lstrip().startswith("::")]
    if name in ("html", "markdown"):
        assert "<script>" not in report
    if name == "markdown":
        assert not re.search(r"(?<!\\)\](\(|\[)|(?<!\\)!\[", report)
    if name == "junit":
        JUnitXml.fromstring(report.encode())
    if name == "csv":
        (row,) = csv.DictReader(io.StringIO(report, newline=""))
        assert not row["value"].startswith("=")
    if name in ("json", "sarif"):
        json.loads(report)
    if name == "turtle":
        parsed = Graph().parse(data=report, format="turtle")
        assert str(next(parsed.objects(None, SH.value))) == words


ESCAPES = [
    # what GitHub documents for messages and for properties
    (Place("a,b:c%d.txt", 3, 5, 3, 9), "file=a%2Cb%3Ac%25d.txt,line=3,endLine=3,col=5,endColumn=8,"),
    # more than one line: no columns
    (Place("x.txt", 3, 5, 4, 9), "file=x.txt,line=3,endLine=4,title="),
    # only the file is known
    (Place("x.jsonld"), "file=x.jsonld,title="),
    # fetched: no file of the repository
    (Place("https://example.org/x", 3), "title="),
]


@pytest.mark.parametrize(("place", "properties"), ESCAPES)
def test_properties_of_annotations_are_escaped(place, properties):
    line = render(Report([replace(SAMPLE, text=place)]), "github", "en", guide=GUIDE).splitlines()[0]
    assert line.startswith(f"::error {properties}")


CARETS = [
    # full-width characters are two columns wide, and so is their mark
    ("第十条", "　　　", "＾＾＾"),
    ("2(1)——1", " " * 7, "^" * 7),
    ("“a”", "   ", "^^^"),
    ("e\u0301", " ", "^"),
    ("", "", "^"),
]


@pytest.mark.parametrize(("words", "space", "marks"), CARETS)
def test_marks_are_as_wide_as_the_words(words, space, marks):
    assert (blank(words), caret(words)) == (space, marks)
    assert sum(map(columns, blank(words))) == sum(map(columns, words))


def test_each_language_has_its_own_words_and_none_of_the_other():
    for name in set(FORMATS) - {"sarif"}:
        english = render(Report([SAMPLE], {"Task-leadAgency": 1}), name, "en", guide=GUIDE)
        chinese = render(Report([SAMPLE], {"Task-leadAgency": 1}), name, "zh", guide=GUIDE)
        assert "The task has no lead." in english and "任务没有牵头单位。" not in english
        assert "任务没有牵头单位。" in chinese and "The task has no lead." not in chinese


@pytest.mark.parametrize("name", FORMATS)
def test_an_empty_report_is_a_report(name):
    report = render(Report([]), name, "zh", guide=GUIDE)
    assert report.strip()
    if name == "turtle":
        parsed = Graph().parse(data=report, format="turtle")
        assert next(parsed.objects(None, SH.conforms)) == Literal(True)


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_report_gives_the_same_bytes(name, spoilt):
    results = [replace(SAMPLE, node=f"{SAMPLE.node}{number}") for number in range(30)]
    one, two = (render(Report(order), name, "en", guide=GUIDE) for order in (results, results[::-1]))
    assert one == two


LINES: list[tuple[str, str, dict[str, int]]] = [
    # prefixes, a base, several subjects on a line, words over lines that look like subjects
    (
        "x.ttl",
        '@base <http://a/> .\n@prefix e: <http://e/> .\n<s> e:p 1 . <u> e:p 2 .\n\ne:t\n  e:p """\n<no> e:p 1 .\n""" .\n',
        {"http://a/s": 3, "http://a/u": 3, "http://e/t": 5},
    ),
    # SPARQL's way to declare, a comment that looks like a statement, a blank node in a blank node
    (
        "x.ttl",
        "PREFIX e: <http://e/>\n# <x> e:p 1 .\ne:a.b e:p [ e:q e:r ; e:s ( e:t e:u ) ] ;\n e:q 1.5 .\n[ e:p 1 ] e:q 2 .\ne:z e:p e:y.\n",
        {"http://e/a.b": 3, "http://e/z": 6},
    ),
    # graphs
    (
        "x.trig",
        "@prefix e: <http://e/> .\ne:g {\n  e:s e:p e:o .\n}\nGRAPH e:h { e:t e:p 1 }\n",
        {"http://e/s": 3, "http://e/t": 5},
    ),
    (
        "x.nq",
        '<http://a/s> <http://a/p> "x\\ny" <http://a/g> .\n<http://a/t> <http://a/p> <http://a/s> .\n',
        {"http://a/s": 1, "http://a/t": 2},
    ),
    (
        "x.rdf",
        '<?xml version="1.0"?>\n<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e/"\n'
        ' xml:base="http://a/">\n<rdf:Description rdf:about="s">\n<e:p rdf:resource="o"/>\n<e:q><e:C rdf:about="t"/></e:q>\n'
        "</rdf:Description>\n</rdf:RDF>\n",
        {"http://a/s": 4, "http://a/t": 6},
    ),
    (
        "x.jsonld",
        '{"@context": {"e": "http://e/", "@base": "http://a/"},\n "@graph": [\n {"@id": "s",\n "e:p": {"@id": "ref"}},\n'
        ' {"e:q": 1,\n "@id": "e:t"}]}\n',
        {"http://a/s": 3, "http://e/t": 6},
    ),
    # no RDF at all: no line, and no error
    ("x.jsonld", "[1, {", {}),
    ("x.rdf", "<a><b>", {}),
    ("x.ttl", '\x00\x01 <<<< "unclosed', {}),
]


@pytest.mark.parametrize(("name", "content", "lines"), LINES, ids=range(len(LINES)))
def test_subjects_are_found_in_every_kind_of_file(name, content, lines, tmp_path):
    (tmp_path / name).write_text(content, encoding="utf-8")
    found = subject_lines(tmp_path / name)
    assert {iri: line for iri, line in found.items() if not iri.startswith("_:")} == lines
