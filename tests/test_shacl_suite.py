"""The W3C SHACL test suite, core and SPARQL: compiled shapes report what the suite expects, and what pySHACL reports.

The suite lies beside the checkout or where ATKG_SUITES says; without it these tests are skipped.
"""

from __future__ import annotations

import logging
import os
import re
from collections import Counter
from pathlib import Path

import pyshacl
import pytest
import rdflib
from rdflib import Graph, Namespace, Node, URIRef
from rdflib.namespace import RDF, SH

from atkg.errors import AtkgError
from atkg.store import Store
from atkg.validate import Shapes
from atkg.validate.judge import read_report
from atkg.validate.reading import path_text
from atkg.validate.run import faults

MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
SHT = Namespace("http://www.w3.org/ns/shacl-test#")

BESIDE = Path(__file__).parents[2] / "shared" / "suites"
SUITE = Path(os.environ.get("ATKG_SUITES", BESIDE)) / "w3c-shacl"
FILES = sorted(path for path in SUITE.rglob("*.ttl") if "sht:Validate" in path.read_text(encoding="utf-8"))

OTHERWISE = {
    # the engine keeps every integer type as xsd:integer, so a value is reported under that name
    "datatype-ill-formed": "Oxigraph has one integer type: xsd:byte becomes xsd:integer when the data is loaded",
    # optional in SHACL: "SPARQL variables shapesGraph … support is not required"
    "shapesGraph-001": "$shapesGraph is optional; the shapes graph is refused in one sentence",
}
"""Tests that can't come out as the suite has them, and why."""

JUDGE_DIFFERS = {
    "datatype-ill-formed": OTHERWISE["datatype-ill-formed"],
    "uniqueLang-002": 'pySHACL takes sh:uniqueLang "1"^^xsd:boolean for true; only the term true is, says the suite',
}
"""Tests in which pySHACL alone and we differ, and why."""

REFUSED = {
    # constraint components that the shapes graph itself defines
    *("nodeValidator-001", "optional-001", "propertyValidator-select-001", "validator-001"),
    # $this is used where no pattern has bound it, which only evaluation node by node can answer
    *("pre-binding-001", "pre-binding-002", "pre-binding-003", "pre-binding-004", "pre-binding-005"),
    # a datatype that the engine keeps under another name
    "datatype-ill-formed",
    # the shape is its own constraint
    *("sparql-002", "sparql-003"),
    # MINUS, VALUES and SERVICE, nested SELECT, or $this assigned to: pySHACL answers, or refuses in turn
    *("pre-binding-006", "pre-binding-007", "shapesGraph-001"),
    *(f"unsupported-sparql-00{number}" for number in range(1, 7)),
}
"""Tests with a shape that is not compiled."""

pytestmark = [
    pytest.mark.skipif(not FILES, reason=f"the W3C SHACL test suite is not in {SUITE}; see ATKG_SUITES"),
    # rdflib tells of each literal that it can't convert; the suite has some on purpose
    pytest.mark.filterwarnings("ignore:Parsing weird boolean"),
]


@pytest.fixture(autouse=True)
def literals_as_written(monkeypatch):
    monkeypatch.setattr(rdflib, "NORMALIZE_LITERALS", False)
    monkeypatch.setattr(rdflib.term, "_NORMALIZE_LITERALS", False, raising=False)
    logging.getLogger("rdflib.term").setLevel(logging.CRITICAL)


Finding = tuple[str, str, str, str | None, str | None]
"""(source shape, constraint component, focus node, path, value), blank nodes told apart by nothing."""


def finding(graph: Graph, shape: Node, component: str, focus: str, path: Node | None, value: str | None) -> Finding:
    named = shape.n3() if isinstance(shape, URIRef) else "_:"
    return named, component, term(focus), path and path_text(graph, path), value and term(value)


def term(text: str) -> str:
    """A term of N-Triples, numbers by their value as Oxigraph keeps them."""
    if text.startswith("_:"):
        return "_:"
    number = re.fullmatch(r'"([+-]?[0-9.]+)"\^\^<http://www\.w3\.org/2001/XMLSchema#(integer|decimal)>', text)
    return f"{float(number[1])} {number[2]}" if number else text


class Case:
    """One file of the suite: its shapes and data, and the report that it expects."""

    def __init__(self, path: Path) -> None:
        self.manifest = Graph().parse(path, publicID=path.as_uri())
        test = self.manifest.value(None, RDF.type, SHT.Validate)
        action = self.manifest.value(test, MF.action)
        self.data = self._file(self.manifest.value(action, SHT.dataGraph))
        self.shapes = Graph().parse(self._file(self.manifest.value(action, SHT.shapesGraph)), publicID=BASE)
        self.result = self.manifest.value(test, MF.result)

    @staticmethod
    def _file(iri: Node | None) -> Path:
        return Path(str(iri).removeprefix("file://"))

    def expected(self) -> Counter[Finding] | None:
        """The results that the suite expects; None where it expects a failure."""
        if self.result == SHT.Failure:
            return None
        found: Counter[Finding] = Counter()
        for result in self.manifest.objects(self.result, SH.result):
            one = {name: self.manifest.value(result, SH[name]) for name in FIELDS}
            component = str(one["sourceConstraintComponent"]).removeprefix(str(SH))
            focus, value = one["focusNode"], one["value"]
            found[
                finding(
                    self.manifest,
                    one["sourceShape"],
                    component,
                    focus.n3(),
                    one["resultPath"],
                    value.n3() if value is not None else None,
                )
            ] += 1
        return found

    def ours(self) -> Counter[Finding]:
        store = Store()
        store.load_file(self.data, "https://example.org/data")
        return Counter(
            finding(self.shapes, fault.shape, fault.component, fault.focus, fault.path, fault.value)
            for fault in faults(store, Shapes(self.shapes))
        )

    def severities(self) -> Counter[str]:
        """The severity of each result that we report."""
        store = Store()
        store.load_file(self.data, "https://example.org/data")
        shapes = Shapes(self.shapes)
        return Counter(str(shapes.severity(fault.shape)) for fault in faults(store, shapes))

    def judged(self) -> Counter[Finding]:
        """What pySHACL reports by itself."""
        data = Graph().parse(self.data, publicID=BASE)
        _, report, _ = pyshacl.validate(data, shacl_graph=self.shapes)
        assert isinstance(report, Graph)
        return Counter(
            finding(report, shape, component, focus, path, value)
            for shape, component, focus, path, value, _, _ in read_report(report)
        )


BASE = "https://w3id.org/atkg/"
"""What the store resolves relative IRIs against."""
FIELDS = ("sourceShape", "sourceConstraintComponent", "focusNode", "resultPath", "value")


def cases(otherwise: dict[str, str]) -> list:
    return [
        pytest.param(
            path,
            id=str(path.relative_to(SUITE).with_suffix("")),
            marks=[pytest.mark.xfail(reason=otherwise[path.stem], strict=True)] if path.stem in otherwise else [],
        )
        for path in FILES
    ]


@pytest.mark.parametrize("path", cases(OTHERWISE))
def test_the_results_are_those_that_the_suite_expects(path):
    case = Case(path)
    expected = case.expected()
    if expected is None:
        with pytest.raises(AtkgError):
            case.ours()
    else:
        assert case.ours() == expected


@pytest.mark.parametrize("path", cases({"shapesGraph-001": OTHERWISE["shapesGraph-001"]}))
def test_the_severities_are_those_that_the_suite_expects(path):
    case = Case(path)
    if case.expected() is not None:
        wanted = Counter(
            str(case.manifest.value(result, SH.resultSeverity))
            for result in case.manifest.objects(case.result, SH.result)
        )
        assert case.severities() == wanted


@pytest.mark.parametrize("path", cases(JUDGE_DIFFERS))
def test_pyshacl_alone_reports_the_same(path):
    case = Case(path)
    try:
        judged = case.judged()
    except Exception:  # of whatever kind: then the verdict is a failure, and ours has to be one
        with pytest.raises(AtkgError):
            case.ours()
    else:
        assert case.ours() == judged


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SUITE).with_suffix("")))
def test_every_shape_is_compiled_or_is_known_not_to_be(path):
    case = Case(path)
    refused = Shapes(case.shapes).compile(Store()).refused
    assert bool(refused) == (path.stem in REFUSED)


def test_the_suite_is_there_whole():
    assert len(FILES) == 121
