"""The profiles that are named CONSTRUCT queries: queries/export/<profile>-*.rq, asked part by part.

Each query describes the things that its one VALUES block names, so that the files grow on the disk and not in
memory. A thing that several parts share, such as a concept, a place or an issuer, is described the same way by
each of them, and written where it comes first.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Final, TextIO

from atkg import iris
from atkg.export.profile import Source
from atkg.namespaces import BASE, PREFIXES, RDF, XSD, shorten
from atkg.queries import NamedQuery, find_query
from atkg.resources import resource
from atkg.store import Store

VOCABULARIES: Final = {
    "cv": "http://data.europa.eu/m8g/",
    "dcat": "http://www.w3.org/ns/dcat#",
    "eli": "http://data.europa.eu/eli/ontology#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "org": "http://www.w3.org/ns/org#",
    "prov": "http://www.w3.org/ns/prov#",
    "spdx": "http://spdx.org/rdf/terms#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
}
"""The prefixes of the vocabularies that only exports use."""

BATCH: Final = 200
"""Things that are asked for at once."""

_OWN: Final = tuple(f"<{BASE}{path}" for path in ("eli/", "source/", "id/task/", "id/assignment/", "id/derivation/"))
"""How the IRIs of things begin that belong to one plan, so that no other part describes them."""
_NUMBERS: Final = re.compile(r"([0-9]+)")
_BLOCK: Final = re.compile(r"(VALUES \?\w+ \{ )UNDEF( \})")
_TYPE: Final = f"<{RDF}type>"
_LOCAL: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_TYPED: Final = re.compile(rf'"\^\^<{re.escape(XSD)}(?P<type>[A-Za-z]+)>$')


@dataclass(slots=True)
class Turtle:
    """A Turtle file that is written block by block: the same bytes for the same triples in the same parts."""

    file: TextIO
    prefixes: Mapping[str, str]
    seen: set[str] = field(default_factory=set)
    """The shared subjects that stand in the file."""

    def add(self, ntriples: bytes, own: Collection[str] = ()) -> None:
        """Write the triples, a block for each subject in natural order; shared subjects that are there are skipped.

        Args:
            ntriples: the triples.
            own: the things that no other part describes, which need not be remembered.
        """
        alone = {f"<{thing}>" for thing in own}
        subjects: dict[str, dict[str, set[str]]] = {}
        for line in ntriples.decode().split("\n"):
            if line:
                subject, predicate, value = line.split(" ", 2)
                subjects.setdefault(subject, {}).setdefault(predicate, set()).add(value.removesuffix(" ."))
        blocks = []
        for subject in sorted(subjects, key=_natural):
            if not subject.startswith(_OWN) and subject not in alone:
                if subject in self.seen:
                    continue
                self.seen.add(subject)
            blocks.append(self._block(subject, subjects[subject]))
        self.file.write("".join(blocks))

    def _block(self, subject: str, statements: Mapping[str, set[str]]) -> str:
        lines = []
        for predicate in sorted(statements, key=lambda each: (each != _TYPE, each)):
            values = statements[predicate]
            written = map(self._term, sorted(values, key=_natural) if len(values) > 1 else values)
            lines.append(f"{'a' if predicate == _TYPE else self._term(predicate)} {' , '.join(written)}")
        return f"\n{self._term(subject)} " + " ;\n    ".join(lines) + " .\n"

    def _term(self, term: str) -> str:
        """A term of N-Triples, with the prefix that its IRI or datatype has."""
        if not term.startswith("<"):
            return _TYPED.sub(r'"^^xsd:\g<type>', term) if term.endswith(">") and "xsd" in self.prefixes else term
        if term.startswith(_OWN):
            return term
        for name, namespace in self.prefixes.items():
            if term.startswith(namespace, 1) and _LOCAL.fullmatch(term, len(namespace) + 1, len(term) - 1):
                return f"{name}:{term[len(namespace) + 1 : -1]}"
        return term


def new_turtle(file: TextIO, prefixes: Sequence[str]) -> Turtle:
    """A Turtle file that begins with these prefixes."""
    known = PREFIXES | VOCABULARIES
    file.writelines(f"@prefix {name}: <{known[name]}> .\n" for name in sorted(prefixes))
    return Turtle(file, {name: known[name] for name in prefixes})


def _natural(term: str) -> tuple[str, ...]:
    """A key that sorts row_2 before row_10: numbers by their length first."""
    return tuple(f"{len(part):03}{part}" if part[:1].isdecimal() else part for part in _NUMBERS.split(term))


@dataclass(frozen=True, slots=True)
class Select:
    """How the things of a step are found: all of them, and those of the plan that stands for <>."""

    all: str
    of_plan: str


@dataclass(frozen=True, slots=True)
class Step:
    """A query of queries/export, and the things it is asked about.

    Args:
        query: its name.
        things: a SELECT of ?thing, over all or over one plan.
        batch: how many things are asked about at once.
    """

    query: str
    select: Select
    batch: int = BATCH

    def things(self, store: Store, plan: str | None) -> Iterable[str]:
        """The IRIs of the things, in natural order."""
        text = self.select.all if plan is None else self.select.of_plan.replace("<>", f"<{iris.plan(plan)}>")
        return sorted((row["thing"] for row in store.select(text)), key=_natural)


def write(source: Source, folder: Path, profile: str, prefixes: Sequence[str], steps: Sequence[Step]) -> Iterator[Path]:
    """The Turtle files of a profile: one for the dataset, or one for each chosen plan.

    Args:
        source: what is exported.
        folder: where the files go, below a folder of the profile's name.
        profile: its name.
        prefixes: the names of the prefixes to write.
        steps: the queries, and what each is asked about.
    """
    (folder / profile).mkdir(parents=True, exist_ok=True)
    for stem in source.stems:
        path = folder / profile / f"{stem}.ttl"
        chosen = stem if source.plans else None
        with path.open("w", encoding="utf-8", newline="\n") as file:
            turtle = new_turtle(file, prefixes)
            for step in steps:
                for things in batched(step.things(source.store, chosen), step.batch):
                    turtle.add(construct(source.store, step.query, things), things)
                    source.advance(shorten(things[-1]))
        yield path


def construct(store: Store, query: str, things: Sequence[str]) -> bytes:
    """What a query of queries/export says about these things, as N-Triples."""
    return store.query(filled(query, things)).to_bytes("application/n-triples")


def filled(query: str, things: Sequence[str]) -> str:
    """A query of queries/export, asked about these things."""
    listed = " ".join(f"<{thing}>" for thing in things)
    return _BLOCK.sub(lambda block: f"{block[1]}{listed}{block[2]}", export_query(query).text)


@cache
def export_query(name: str) -> NamedQuery:
    """A query of queries/export."""
    return find_query(name, resource("queries") / "export")


def batched(things: Iterable[str], size: int) -> Iterator[list[str]]:
    """The things in lists of this size; the last may be shorter."""
    iterator = iter(things)
    while batch := list(islice(iterator, size)):
        yield batch
