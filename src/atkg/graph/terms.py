"""Terms of N-Quads as text, the cheapest way to write a quad, and the writer of one named graph."""

from __future__ import annotations

from datetime import date
from typing import Final

from atkg import iris
from atkg.model import Span
from atkg.namespaces import ATKG, OA, RDF, XSD

TYPE: Final = f"<{RDF}type>"
TRUE: Final = f'"true"^^<{XSD}boolean>'
FALSE: Final = f'"false"^^<{XSD}boolean>'
_ESCAPES: Final = str.maketrans(
    {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
)


def node(iri: str) -> str:
    return f"<{iri}>"


def term(name: str) -> str:
    """The IRI of a term of the ontology."""
    return f"<{ATKG}{name}>"


def text(value: str, language: str = "") -> str:
    """A plain string, or one with a language tag in lower case."""
    return f'"{value.translate(_ESCAPES)}"@{language}' if language else f'"{value.translate(_ESCAPES)}"'


def integer(value: int) -> str:
    return f'"{value}"^^<{XSD}integer>'


def decimal(value: float) -> str:
    return f'"{value:.3f}"^^<{XSD}decimal>'


def day(value: date) -> str:
    return f'"{value.isoformat()}"^^<{XSD}date>'


Spans = set[tuple[str, Span]]
"""(plan key, span): the spans that stand in some graph already."""


class GraphWriter:
    """Collects the lines of one named graph.

    Writers that share `spans` write the offsets of each span once among them, since every triple stands in
    one graph only.
    """

    def __init__(self, graph: str, spans: Spans | None = None) -> None:
        self.end = f"<{graph}> ."
        self.lines: list[str] = []
        self._spans: Spans = set() if spans is None else spans

    def add(self, subject: str, predicate: str, value: str) -> None:
        """Add a triple, its terms in N-Quads form."""
        self.lines.append(f"{subject} {predicate} {value} {self.end}")

    def evidence(self, subject: str, key: str, *spans: Span) -> None:
        """Say that the subject was read at these places of the plan's source."""
        for span in dict.fromkeys(spans):
            iri = node(iris.span(key, span))
            self.add(subject, term("evidence"), iri)
            if (key, span) not in self._spans:
                self._spans.add((key, span))
                self.add(iri, f"<{OA}start>", integer(span.start))
                self.add(iri, f"<{OA}end>", integer(span.end))
