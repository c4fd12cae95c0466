"""The report in every form: for people, for CI systems, for programs, in RDF."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from atkg.validate.explain import Guide
from atkg.validate.formats.annotations import as_annotations
from atkg.validate.formats.junit import as_junit
from atkg.validate.formats.markdown import as_markdown
from atkg.validate.formats.page import as_page
from atkg.validate.formats.rdf import as_turtle
from atkg.validate.formats.records import as_csv, as_json
from atkg.validate.formats.sarif import as_sarif
from atkg.validate.formats.text import as_text
from atkg.validate.formats.view import View
from atkg.validate.results import Level, Report
from atkg.validate.shapes import Shapes

FORMATS: Final[Mapping[str, Callable[[View], str]]] = {
    "text": as_text,
    "json": as_json,
    "turtle": as_turtle,
    "junit": as_junit,
    "sarif": as_sarif,
    "github": as_annotations,
    "csv": as_csv,
    "html": as_page,
    "markdown": as_markdown,
}
"""Name of a format → what writes the report in it."""


def render(
    report: Report,
    format_: str,
    language: str,
    *,
    guide: Guide | None = None,
    fail_on: Level = Level.VIOLATION,
) -> str:
    """The report in one of the FORMATS, its messages in one language.

    Args:
        report: the report.
        format_: the name of the format.
        language: `zh` or `en`.
        guide: what the shapes ask, for the formats that tell it; made from the shapes of atkg where it is not given.
        fail_on: the severity from which a result counts as a failure.
    """
    return FORMATS[format_](View(report, language, guide or Guide(Shapes.load()), fail_on))
