"""The report as JUnit XML, which every CI system shows as a list of tests.

A suite is a document and a test in it one result, so that each fault is a line of its own with its place; a
last suite holds the shapes that found nothing. Results that fail the run are failures; milder ones, and
those that somebody accepted, are skipped tests, which no system counts as failed and every one shows.
"""

from __future__ import annotations

from xml.etree import ElementTree as ET

from atkg.namespaces import shorten
from atkg.validate.formats.view import View, printable
from atkg.validate.results import Result


def as_junit(view: View) -> str:
    """A `testsuites` element with a suite for each document."""
    root = ET.Element("testsuites", name="atkg validate")
    totals = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    for document, results in view.report.documents().items():
        suite = _suite(root, document or view.words["nowhere"])
        for result in results:
            _case(view, suite, result)
        _count(suite, totals)
    found = {result.shape for result in view.report.results}
    passed = [shape for shape in sorted(view.report.coverage) if shape not in found]
    if passed:
        suite = _suite(root, view.words["passed"])
        for shape in passed:
            case = ET.SubElement(
                suite, "testcase", classname=shape, name=view.guide.name(shape, view.language), time="0"
            )
            ET.SubElement(case, "system-out").text = view.words["nodes"].format(view.report.coverage[shape])
        _count(suite, totals)
    for key, value in totals.items():
        root.set(key, str(value))
    root.set("time", "0")
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _suite(root: ET.Element, name: str) -> ET.Element:
    return ET.SubElement(root, "testsuite", name=printable(name), time="0")


def _case(view: View, suite: ET.Element, result: Result) -> None:
    where = result.where
    node = printable(shorten(result.node) if "://" in result.node else result.node)
    value = view.value(result)
    case = ET.SubElement(
        suite,
        "testcase",
        classname=result.shape,
        name=" ".join(filter(None, (node, printable(result.label or ""), value))),
        time="0",
    )
    if where:
        case.set("file", printable(where.file))
        if where.line:
            case.set("line", str(where.line))
    said = printable(f"{where or '-'}: {view.message(result)}")
    if view.fails(result):
        fault = ET.SubElement(case, "failure", type=result.level.value, message=said)
    else:
        kind = view.words["accepted"] if result.accepted is not None else view.words[result.level]
        fault = ET.SubElement(case, "skipped", type=result.level.value, message=f"{kind}: {said}")
    lines = [
        view.guide.reason(result.shape, view.language),
        f"“{result.quote}”" if result.quote else "",
        value or "",
        *(f"{view.words['also']} {place}" for place in result.elsewhere),
        f"{view.words['reason']}: {result.accepted}" if result.accepted else "",
    ]
    fault.text = "\n".join(printable(line) for line in lines if line)


def _count(suite: ET.Element, totals: dict[str, int]) -> None:
    counts = {
        "tests": len(suite),
        "failures": len(suite.findall("testcase/failure")),
        "errors": 0,
        "skipped": len(suite.findall("testcase/skipped")),
    }
    for key, value in counts.items():
        suite.set(key, str(value))
        totals[key] += value
