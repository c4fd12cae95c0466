"""On which line and column of an RDF file each subject, property and value stands.

Parsers of RDF libraries don't tell, so the files are read a second time: Turtle and its kin by their tokens,
RDF/XML and JSON-LD by their elements and objects (lines only). The file has been parsed before, so what
is not understood here is passed over and has no line; nothing here raises on a text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urljoin

from atkg.namespaces import BASE, RDF

Stretch = tuple[int, int | None, int | None, int | None]
"""Line and column, end line and end column, all from 1; the last three are None where only the line is known."""

Key = tuple[str, str | None, str | None]
"""Subject, property, value: an IRI or the characters of a literal; None stands for any."""


@dataclass
class Statements:
    """Where the statements of one file stand; the first place of each counts."""

    places: dict[Key, Stretch] = field(default_factory=dict)

    @classmethod
    def of(cls, path: Path, wanted: Collection[str] | None = None) -> Statements:
        """The statements of this file; none where it can't be read or its kind has no lines.

        Args:
            path: the file.
            wanted: the subjects that will be asked for; others may be left out. None for all.
        """
        from atkg.validate import structured

        try:
            data = path.read_bytes()
        except OSError:
            return cls()
        text = data.decode("utf-8-sig", "replace")
        if path.suffix in (".ttl", ".trig", ".nt", ".nq"):
            return read_turtle(text, wanted)
        if path.suffix == ".rdf":
            return structured.read_xml(data)
        if path.suffix == ".jsonld":
            return structured.read_json(text)
        return cls()

    def add(self, key: Key, stretch: Stretch) -> None:
        self.places.setdefault(key, stretch)

    def find(self, node: str, path: str | None = None, value: str | None = None) -> Stretch | None:
        """The place of the value, else of the property, else of the subject."""
        for key in ((node, path, value), (node, path, None), (node, None, None)):
            if key in self.places:
                return self.places[key]
        return None

    @property
    def lines(self) -> dict[str, int]:
        """Subject → the line that it first stands on."""
        return {key[0]: place[0] for key, place in self.places.items() if key[1:] == (None, None)}


_TOKEN: Final = re.compile(
    r"""
      (?P<space> [\s\ufeff]+ | \#[^\n\r]* )
    | (?P<iri> < [^<>"{}|^`\x00-\x20]* > )
    | (?P<string> \"{3} (?: [^"\\] | \\. | \"{1,2}(?!\") )* \"{3}
                | '{3} (?: [^'\\] | \\. | '{1,2}(?!') )* '{3}
                | " (?: [^"\\\n\r] | \\. )* " | ' (?: [^'\\\n\r] | \\. )* ' )
    | (?P<tag> @ [A-Za-z]+ (?: - [A-Za-z0-9]+ )* )
    | (?P<blank> _: \w (?: [\w.\u00b7-]* [\w\u00b7-] )? )
    # a dot belongs to a name only where the name goes on
    | (?P<name> (?: [^\W\d_] (?: [\w.\u00b7-]* [\w\u00b7-] )? )? :
                (?: [\w:%\u00b7-] | \\. | \.(?=[\w:%.\\\u00b7-]) )* )
    | (?P<number> [+-]? (?: \d+ (?: \.\d+ )? | \.\d+ ) (?: [eE][+-]?\d+ )? )
    | (?P<word> [A-Za-z]+ )
    | (?P<type> \^\^ )
    | (?P<mark> [.;,\[\](){}] )
    """,
    re.VERBOSE | re.DOTALL,
)
_LAYOUT: Final = re.compile(
    rf"""
    (?P<head> @base [ ] <{re.escape(BASE)}> [ ] \.\n (?: @prefix [^"'\n]* [ ]\.\n )* )
    # a block for each subject, whose first line alone begins with an IRI, and whose last alone ends with a dot
    (?: < (?: [^\n]* [;,] \n\t )* [^\n]* [ ]\.\n )*
    """,
    re.VERBOSE,
)
"""A text as atkg writes it. No string in it has a line end."""
_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_ESCAPE: Final = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_ESCAPED: Final = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}


@dataclass(slots=True)
class _Frame:
    """Where the reader stands in a statement; one more for each bracket that is open."""

    subject: str | None = None
    predicate: str | None = None
    start: Stretch | None = None


class _Turtle:
    """Reads Turtle, TriG, N-Triples and N-Quads."""

    def __init__(self, text: str) -> None:
        self.found = Statements()
        self._text = text
        self._starts = [0, *(match.end() for match in re.finditer(r"\r\n?|\n", text))]
        self._base, self._prefixes = BASE, dict[str, str]()
        self._frames = [_Frame()]
        self._nodes = 0

    def read(self, wanted: Collection[str] | None = None) -> Statements:
        """The statements of these subjects, or of all."""
        for start, end in self._stretches(wanted):
            self._read(self._tokens(start, end))
        return self.found

    def _stretches(self, wanted: Collection[str] | None) -> list[tuple[int, int]]:
        """What has to be read for these subjects: head and blocks of a text laid out as atkg writes it, else all."""
        layout = None if wanted is None else _LAYOUT.fullmatch(self._text)
        if wanted is None or layout is None:
            return [(0, len(self._text))]
        found = [(0, layout.end("head"))]
        for node in wanted:
            for subject in (f"\n<{node}> ", f"\n<{node.removeprefix(BASE)}> "):
                here = self._text.find(subject, layout.end("head") - 1)
                while here >= 0:
                    end = self._text.find(" .\n", here)
                    found.append((here, end + len(" .")))
                    here = self._text.find(subject, end)
        return sorted(set(found))

    def _read(self, tokens: Iterator[tuple[str, re.Match[str]]]) -> None:
        for kind, match in tokens:
            word = match.group()
            if kind == "mark":
                self._mark(word, match)
            elif kind == "type":
                next(tokens, None)
            elif kind == "tag" and word in ("@prefix", "@base"):
                self._declare(word[1:], tokens)
            elif kind == "word" and word.lower() in ("prefix", "base"):
                self._declare(word.lower(), tokens)
            elif kind != "tag" and (kind != "word" or word in ("a", "true", "false")):
                self._term(self._value(kind, word), match)

    def _tokens(self, here: int, end: int) -> Iterator[tuple[str, re.Match[str]]]:
        while here < end:
            match = _TOKEN.match(self._text, here)
            if match is None or match.end() == here:
                here += 1
                continue
            here = match.end()
            if (kind := match.lastgroup or "") != "space":
                yield kind, match

    def _declare(self, what: str, tokens: Iterator[tuple[str, re.Match[str]]]) -> None:
        _, name = next(tokens, ("", None))
        if name is None:
            return
        if what == "base":
            self._base = self._absolute(name.group()[1:-1])
            return
        _, iri = next(tokens, ("", None))
        if iri is not None:
            self._prefixes[name.group().removesuffix(":")] = self._absolute(iri.group()[1:-1])

    def _value(self, kind: str, word: str) -> str:
        """The IRI that a token stands for, or the characters of the literal."""
        if kind == "iri":
            return self._absolute(unescaped(word[1:-1]))
        if kind == "name":
            prefix, _, local = word.partition(":")
            return self._prefixes.get(prefix, prefix + ":") + re.sub(r"\\(.)", r"\1", local)
        if kind == "string":
            quotes = 3 if word[:3] in ('"""', "'''") else 1
            return unescaped(word[quotes:-quotes])
        return f"{RDF}type" if word == "a" else word

    def _absolute(self, iri: str) -> str:
        if _ABSOLUTE.match(iri):
            return iri
        return urljoin(self._base, iri) + ("#" if iri.endswith("#") else "")  # urljoin drops an empty fragment

    def _stretch(self, start: int, end: int) -> Stretch:
        first, last = bisect_right(self._starts, start), bisect_right(self._starts, end)
        return first, start - self._starts[first - 1] + 1, last, end - self._starts[last - 1] + 1

    def _term(self, value: str, match: re.Match[str]) -> None:
        frame, stretch = self._frames[-1], self._stretch(match.start(), match.end())
        if frame.subject is None:
            frame.subject, frame.start = value, stretch
        elif frame.predicate is None:
            frame.predicate = value
            if frame.start:
                self.found.add((frame.subject, None, None), frame.start)
            self.found.add((frame.subject, value, None), stretch)
        else:
            self.found.add((frame.subject, frame.predicate, value), stretch)
            self.found.add((frame.subject, None, value), stretch)

    def _mark(self, mark: str, match: re.Match[str]) -> None:
        frame = self._frames[-1]
        if mark in "[(":
            self._nodes += 1
            place = self._stretch(match.start(), match.end())
            inner = f"_:[{self._nodes}]"
            if frame.subject is None:
                frame.subject, frame.start = inner, place
            # the items of a list are values of nothing that a result names
            self._frames.append(_Frame(inner, f"{RDF}first" if mark == "(" else None, place))
        elif mark in "])":
            if len(self._frames) > 1:
                self._frames.pop()
        elif mark in ".{}":
            self._frames = [_Frame()]
        elif mark == ";":
            frame.predicate = None


def read_turtle(text: str, wanted: Collection[str] | None = None) -> Statements:
    """The statements of a text in Turtle, TriG, N-Triples or N-Quads; all, or at least those of these subjects."""
    return _Turtle(text).read(wanted)


def unescaped(text: str) -> str:
    """The characters that a quoted string or an IRI of Turtle stands for."""
    if "\\" not in text:
        return text

    def char(match: re.Match[str]) -> str:
        code = match[1] or match[2]
        if code:
            return chr(min(int(code, 16), 0x10FFFF))
        return _ESCAPED.get(match[3], match[3])

    return _ESCAPE.sub(char, text)
