"""On which line of an RDF/XML or JSON-LD file each subject and property stands."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urljoin
from xml.parsers import expat

from atkg.namespaces import BASE, RDF
from atkg.validate.statements import Statements

_XML: Final = "http://www.w3.org/XML/1998/namespace"
_DEPTH: Final = 200
"""Objects in objects beyond this depth have no line."""


def read_xml(data: bytes) -> Statements:
    """The lines of the subjects and properties of an RDF/XML file, as far as it can be read.

    Entities are not expanded: a file that declares some has lines up to there.
    """
    found = Statements()
    parser = expat.ParserCreate(namespace_separator=" ")
    open_elements: list[tuple[str | None, str]] = []
    """(subject, base) of the node element; the subject is that of the parent for a property element."""

    def start(name: str, attributes: dict[str, str]) -> None:
        parent = open_elements[-1] if open_elements else (None, BASE)
        base = urljoin(parent[1], attributes.get(f"{_XML} base", ""))
        line = parser.CurrentLineNumber
        iri = name.replace(" ", "", 1)
        if iri == f"{RDF}RDF":
            open_elements.append((None, base))
            return
        if parent[0] is not None and len(open_elements) % 2 == 0:  # a property element of the node around it
            found.add((parent[0], iri, None), (line, None, None, None))
            if resource := attributes.get(f"{RDF} resource"):
                found.add((parent[0], iri, urljoin(base, resource)), (line, None, None, None))
            open_elements.append((parent[0], base))
            return
        about, name_ = attributes.get(f"{RDF} about"), attributes.get(f"{RDF} ID")
        subject = urljoin(base, about) if about is not None else urljoin(base, f"#{name_}") if name_ else f"_:{line}"
        found.add((subject, None, None), (line, None, None, None))
        open_elements.append((subject, base))

    def end(_: str) -> None:
        open_elements.pop()

    def refuse(*_: Any) -> None:
        raise expat.ExpatError

    parser.StartElementHandler, parser.EndElementHandler, parser.EntityDeclHandler = start, end, refuse
    try:
        parser.Parse(data, True)
    except expat.ExpatError:
        return found
    return found


def read_json(text: str) -> Statements:
    """The lines of the objects with an `@id` and more, and of their keys, in a JSON-LD file.

    Names are expanded by the contexts that stand in the file itself.
    """
    found = Statements()
    _Json(text, found).read()
    return found


class _Json:
    """Reads JSON and remembers where the keys stand."""

    _TOKEN: Final = re.compile(
        r'\s*(?:(?P<string>"(?:[^"\\]|\\.)*")|(?P<mark>[{}\[\],:])|(?P<other>[^\s,\]}]+))', re.DOTALL
    )

    def __init__(self, text: str, found: Statements) -> None:
        self._tokens = [
            (match.lastgroup, match[match.lastgroup or 0], match.start(match.lastgroup or 0))
            for match in self._TOKEN.finditer(text)
        ]
        self._starts = [0, *(match.end() for match in re.finditer(r"\r\n?|\n", text))]
        self._here = 0
        self._found = found

    def read(self) -> None:
        self._value({}, 0)

    def _line(self, offset: int) -> int:
        return bisect_right(self._starts, offset)

    def _next(self) -> tuple[str | None, str, int]:
        token = self._tokens[self._here] if self._here < len(self._tokens) else (None, "", 0)
        self._here += 1
        return token

    def _value(self, context: Mapping[str, str], depth: int) -> Any:
        """The value that starts here; objects are entered into what is found."""
        kind, word, place = self._next()
        if depth > _DEPTH:
            self._here = len(self._tokens)
            return None
        if word == "{":
            return self._object(context, place, depth)
        if word == "[":
            items = []
            while self._here < len(self._tokens) and self._tokens[self._here][1] != "]":
                items.append(self._value(context, depth + 1))
                if self._here < len(self._tokens) and self._tokens[self._here][1] == ",":
                    self._here += 1
            self._here += 1
            return items
        if kind == "string":
            try:
                return json.loads(word, strict=False)
            except ValueError:
                return None
        return word

    def _object(self, context: Mapping[str, str], place: int, depth: int) -> dict[str, Any]:
        members: dict[str, Any] = {}
        lines: dict[str, int] = {}
        while self._here < len(self._tokens):
            kind, word, at = self._next()
            if word == "}":
                break
            if kind != "string":
                continue
            key = json.loads(word, strict=False) if "\\" in word else word[1:-1]
            self._here += 1  # the colon
            lines[key] = self._line(at)
            members[key] = self._value(context, depth + 1)
            if key == "@context":
                context = {**context, **_terms(members[key])}
        node = members.get("@id")
        if isinstance(node, str) and len(members.keys() - {"@id", "@context"}):
            subject = _expand(node, context, vocabulary=False)
            self._found.add((subject, None, None), (lines.get("@id", self._line(place)), None, None, None))
            for key, line in lines.items():
                if not key.startswith("@"):
                    self._found.add((subject, _expand(key, context, vocabulary=True), None), (line, None, None, None))
        return members


def _terms(context: Any) -> dict[str, str]:
    """Term or prefix → IRI, of the contexts written out here."""
    if isinstance(context, list):
        return {term: iri for part in context for term, iri in _terms(part).items()}
    if not isinstance(context, dict):
        return {}
    found: dict[str, str] = {}
    for term, meaning in context.items():
        iri = meaning.get("@id") if isinstance(meaning, dict) else meaning
        if isinstance(iri, str):
            found[term] = iri
    return found


def _expand(name: str, context: Mapping[str, str], *, vocabulary: bool) -> str:
    if vocabulary and name in context:
        return _expand(context[name], {key: iri for key, iri in context.items() if key != name}, vocabulary=True)
    prefix, colon, local = name.partition(":")
    if colon and not local.startswith("//") and prefix in context:
        return context[prefix] + local
    if colon:
        return name
    return context.get("@vocab", "") + name if vocabulary else urljoin(context.get("@base", BASE), name)
