"""The report as one HTML page that needs nothing else: no script, no other file, no network; it prints well."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from atkg.namespaces import shorten
from atkg.validate.formats.view import View, excerpt, name, printable
from atkg.validate.results import Level


def as_page(view: View) -> str:
    """The results by document with their words, then how many nodes each shape looked at."""
    documents = [(document or view.words["nowhere"], results) for document, results in view.report.documents().items()]
    coverage = [
        (shape, view.guide.name(shape, view.language), count) for shape, count in sorted(view.report.coverage.items())
    ]
    return _template().render(
        view=view,
        words=view.words,
        report=view.report,
        documents=documents,
        levels=list(Level),
        coverage=coverage,
        excerpt=excerpt,
        shorten=lambda iri: shorten(iri) if "://" in iri else iri,
        shown=lambda text: printable(name(text)),
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("atkg.validate", "formats"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["printable"] = printable
    return environment.get_template("report.html")
