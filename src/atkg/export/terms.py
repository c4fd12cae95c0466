"""Quads read back from sorted canonical N-Quads, subject by subject."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Final, NamedTuple

from atkg.export.profile import Unfit
from atkg.namespaces import XSD

STRING: Final = f"{XSD}string"

_LINE: Final = re.compile(
    r"""
    (?: <(?P<subject>[^<>]*)> | (?P<blank>_:[^ ]+) )
    [ ] <(?P<predicate>[^<>]*)>
    [ ] (?:
        <(?P<iri>[^<>]*)>
        | (?P<node>_:[^ ]+)
        | "(?P<text>(?:[^"\\]|\\.)*)" (?: @(?P<language>[^ ]+) | \^\^<(?P<datatype>[^<>]*)> )?
    )
    (?: [ ] (?: <(?P<graph>[^<>]*)> | (?P<unnamed>_:[^ ]+) ) )?
    [ ] \.\n?
    """,
    re.VERBOSE,
)
_ESCAPE: Final = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))")
_ESCAPES: Final = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}


class Quad(NamedTuple):
    """One statement; a blank node is written _:label, and `kind` is iri, blank or literal."""

    subject: str
    predicate: str
    value: str
    kind: str
    datatype: str
    language: str
    graph: str


def subjects(nquads: Path) -> Iterator[tuple[str, list[Quad]]]:
    """Each subject with its quads, in the file's order; the lines must be sorted."""
    with nquads.open(encoding="utf-8", newline="\n") as lines:
        for subject, quads in groupby(map(quad_of, lines), key=attrgetter("subject")):
            yield subject, list(quads)


def quad_of(line: str) -> Quad:
    r"""The quad of a line of canonical N-Quads.

    >>> quad_of('<a:s> <a:p> "x\\ny"@zh <a:g> .')
    Quad(subject='a:s', predicate='a:p', value='x\ny', kind='literal', datatype='', language='zh', graph='a:g')

    Raises:
        Unfit: a term of it is a statement itself.
    """
    match = _LINE.fullmatch(line)
    if match is None:
        raise Unfit(
            f"有的陈述只有 RDF 1.2 能表示，不能写成这种格式：{line[:200]}",
            f"a statement is one of RDF 1.2, which this form can't hold: {line[:200]}",
        )
    subject, blank, predicate, iri, node, text, language, datatype, graph, unnamed = match.groups()
    if iri is not None:
        value, kind = iri, "iri"
    elif node is not None:
        value, kind = node, "blank"
    else:
        value, kind = _ESCAPE.sub(_unescaped, text) if "\\" in text else text, "literal"
        if not language and datatype is None:
            datatype = STRING
    return Quad(subject or blank, predicate, value, kind, datatype or "", language or "", graph or unnamed or "")


def _unescaped(match: re.Match[str]) -> str:
    short, long, char = match.groups()
    return _ESCAPES.get(char, char) if char else chr(int(short or long, 16))


def line_of(quad: Quad) -> str:
    r"""The line of canonical N-Quads, with its end.

    >>> line_of(Quad("a:s", "a:p", "x\ny\x01", "literal", "", "zh", "a:g"))
    '<a:s> <a:p> "x\\ny\\u0001"@zh <a:g> .\n'
    """
    if quad.kind == "literal":
        text = _SPECIAL.sub(_escaped, quad.value)
        value = f'"{text}"' + (f"@{quad.language}" if quad.language else "")
        if not quad.language and quad.datatype != STRING:
            value += f"^^<{quad.datatype}>"
    else:
        value = _node(quad.value)
    graph = f" {_node(quad.graph)}" if quad.graph else ""
    return f"{_node(quad.subject)} <{quad.predicate}> {value}{graph} .\n"


_SPECIAL: Final = re.compile(r'[\x00-\x1f"\\\x7f]')
_NAMED: Final = {"\t": "\\t", "\b": "\\b", "\n": "\\n", "\r": "\\r", "\f": "\\f", '"': '\\"', "\\": "\\\\"}


def _escaped(match: re.Match[str]) -> str:
    char = match.group()
    return _NAMED.get(char) or f"\\u{ord(char):04X}"


def _node(name: str) -> str:
    return name if name.startswith("_:") else f"<{name}>"
