"""Triples as lines of N-Triples, which are made as text: every node of a description has an IRI."""

from __future__ import annotations

import re
from typing import Final

from atkg.namespaces import PREFIXES, RDF, XSD

TYPE: Final = f"{RDF}type"


class Lines:
    """Triples as lines of N-Triples."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def add(self, subject: str, *pairs: tuple[str, str]) -> None:
        """Each pair: a property, and a value as N-Triples write it."""
        self.lines += [f"<{subject}> <{property_}> {value} ." for property_, value in pairs]

    def add_text(self, subject: str, property_: str, zh: str | None, en: str | None) -> None:
        """A text in both languages; one that is not there is left out."""
        self.add(subject, *((property_, literal(text, tag)) for text, tag in ((zh, "zh"), (en, "en")) if text))


def literal(text: str, language: str | None = None, datatype: str | None = None) -> str:
    r"""A literal as N-Triples have it.

    >>> literal('a "b"', "en"), literal("1", datatype="http://www.w3.org/2001/XMLSchema#integer")
    ('"a \\"b\\""@en', '"1"^^<http://www.w3.org/2001/XMLSchema#integer>')
    """
    escapes = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    quoted = '"' + "".join(escapes.get(char, char) for char in text) + '"'
    return f"{quoted}@{language}" if language else f"{quoted}^^<{datatype}>" if datatype else quoted


def number(value: int) -> str:
    """A whole number as N-Triples have it."""
    return literal(str(value), None, f"{XSD}integer")


def slug(term: str) -> str:
    """A name of letters, digits and dashes for the fragment of a term or a site.

    >>> slug("https://w3id.org/atkg/ontology#Task"), slug("http://www.wikidata.org/")
    ('atkg-Task', 'www-wikidata-org')
    """
    for prefix, namespace in PREFIXES.items():
        if term.startswith(namespace):
            term = f"{prefix}-{term.removeprefix(namespace)}"
            break
    return re.sub(r"[^A-Za-z0-9]+", "-", re.sub(r"^https?://", "", term)).strip("-")
