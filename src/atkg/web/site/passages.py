"""The words of documents: the passage that a span points at, in its surroundings, with its line and column."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from atkg.namespaces import ATKG, BASE, OA
from atkg.web.engine import Engine, iri, select

CONTEXT: Final = 60
"""The most characters shown before and after a passage."""
MAX_PASSAGES: Final = 80
"""The most passages on a page."""

_SPAN: Final = re.compile(rf"({re.escape(BASE)}source/[^/]+)/[0-9]+-[0-9]+")
_LINE_END: Final = re.compile(r"\r\n?|\n")


@dataclass(frozen=True, slots=True)
class Passage:
    """The words that a span points at; line and column count from 1, as editors do."""

    span: str
    source: str
    words: str
    before: str
    after: str
    line: int
    column: int

    @property
    def place(self) -> str:
        """Line and column as people write them."""
        return f"{self.line}:{self.column}"


def source_of(span: str) -> str | None:
    """The document that a span is of; None where the IRI is no span's.

    >>> source_of("https://w3id.org/atkg/source/luan-2022-49/12-20")
    'https://w3id.org/atkg/source/luan-2022-49'
    """
    match = _SPAN.fullmatch(span)
    return match[1] if match else None


def read_passages(engine: Engine, spans: Iterable[str]) -> dict[str, Passage]:
    """Span → passage, for the first MAX_PASSAGES of these that the graph knows; cut out by the engine."""
    pairs = [(span, source) for span in dict.fromkeys(spans) if (source := source_of(span))][:MAX_PASSAGES]
    if not pairs:
        return {}
    listed = " ".join(f"({iri(span).to_sparql()} {iri(source).to_sparql()})" for span, source in pairs)
    # line ends are those of line_and_column: CR LF, CR or LF
    rows = select(
        engine,
        rf"""SELECT ?span ?source ?words ?before ?after ?lines ?column WHERE {{
            VALUES (?span ?source) {{ {listed} }}
            ?span <{OA}start> ?start ; <{OA}end> ?end . ?source <{ATKG}text> ?text .
            BIND (SUBSTR(?text, ?start + 1, ?end - ?start) AS ?words)
            BIND (IF(?start > {CONTEXT}, ?start - {CONTEXT}, 0) AS ?from)
            BIND (SUBSTR(?text, ?from + 1, ?start - ?from) AS ?before)
            BIND (SUBSTR(?text, ?end + 1, {CONTEXT}) AS ?after)
            BIND (REPLACE(SUBSTR(?text, 1, ?start), "\\r\\n?", "\\n") AS ?above)
            BIND (STRLEN(REPLACE(?above, "[^\\n]+", "")) AS ?lines)
            BIND (STRLEN(REPLACE(?above, "^.*\\n", "", "s")) AS ?column)
        }}""",
    )
    return {
        row["span"].value: Passage(
            row["span"].value,
            row["source"].value,
            row["words"].value,
            _LINE_END.split(row["before"].value)[-1],
            _LINE_END.split(row["after"].value)[0],
            int(row["lines"].value) + 1,
            int(row["column"].value) + 1,
        )
        for row in rows
    }


def read_lines(engine: Engine, source: str) -> list[str] | None:
    """The lines of a document; None where the graph has no text of it."""
    rows = select(engine, f"SELECT ?text WHERE {{ {iri(source).to_sparql()} <{ATKG}text> ?text }} LIMIT 1")
    return _LINE_END.split(rows[0]["text"].value) if rows else None
