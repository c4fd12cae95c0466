"""What is reasoned over: the triples of RDF files, each with the file that says so; nothing is fetched."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from atkg.errors import InputError
from atkg.namespaces import OWL, RDF
from atkg.resources import resource
from atkg.store import Store
from atkg.validate.statements import Statements

TYPE: Final = f"<{RDF}type>"
_TRIPLE: Final = re.compile(r"(?P<s><[^>]*>|_:\S+) (?P<p><[^>]*>) (?P<o>.+) \.")
_EVERYTHING: Final = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"

Triple = tuple[str, str, str]
"""Subject, property and value, each as N-Triples write it."""


@dataclass(slots=True)
class Given:
    """Triples, each with the file that it stands in; None where it comes from the data folder."""

    triples: dict[Triple, Path | None] = field(default_factory=dict)

    def add(self, store: Store, path: Path | None = None) -> None:
        """Add the triples of a store; blank nodes keep apart from those that are there."""
        number = len(self.triples)
        text = store.query(_EVERYTHING).to_bytes("application/n-triples").decode()
        for line in text.splitlines():
            if match := _TRIPLE.fullmatch(line):
                subject, value = (
                    f"_:b{number}x{term[2:]}" if term.startswith("_:") else term for term in (match["s"], match["o"])
                )
                self.triples.setdefault((subject, match["p"], value), path)

    def place(self, triples: Iterable[Triple], known: dict[Path, Statements]) -> str | None:
        """`file:line` of the first of these that stands in a file.

        Args:
            triples: triples of this.
            known: where the statements of the files stand, as far as they have been asked for.
        """
        for subject, predicate, value in triples:
            path = self.triples.get((subject, predicate, value))
            if path is None:
                continue
            if path not in known:
                known[path] = Statements.of(path)
            plain = value[1:-1] if value.startswith("<") else None
            stretch = None if subject.startswith("_:") else known[path].find(subject[1:-1], predicate[1:-1], plain)
            return f"{path}:{stretch[0]}" if stretch else str(path)
        return None


def ontology_files() -> list[Path]:
    """The files of the ontology that came with this atkg."""
    return sorted(resource("ontology").glob("*.ttl"))


def files_in(paths: Iterable[Path]) -> list[Path]:
    """The files named, for a folder the RDF files in it.

    Raises:
        InputError: a folder holds none.
    """
    found: list[Path] = []
    for path in paths:
        inside = sorted(each for each in path.iterdir() if each.suffix in _SUFFIXES) if path.is_dir() else [path]
        if not inside:
            kinds = ", ".join(_SUFFIXES)
            raise InputError(path, f"文件夹里没有 RDF 文件（{kinds}）。", f"the folder holds no RDF file ({kinds})")
        found += inside
    return list(dict.fromkeys(found))


_SUFFIXES: Final = (".ttl", ".nt", ".rdf", ".owl", ".jsonld", ".trig", ".nq")


def read(paths: Sequence[Path]) -> Given:
    """The triples of these files and of what they import.

    Raises:
        InputError: a file is missing, of an unknown kind or can't be parsed, or an import is not at hand.
    """
    given = Given()
    pending, seen = list(paths), set()
    imports: list[tuple[str, Path]] = []
    while pending:
        path = pending.pop(0)
        if path.resolve() in seen:
            continue
        seen.add(path.resolve())
        store = Store()
        store.load_file(path)
        given.add(store, path)
        for wanted in sorted(_objects(store, "imports")):
            imports.append((wanted, path))
            if (local := _local(wanted)) is not None and local.is_file():
                pending.append(local)
    names = _names(given)
    for wanted, path in imports:
        local = _local(wanted)
        if wanted not in names and (local is None or not local.is_file()):
            said = Statements.of(path).places.items()
            line = next((place[0] for key, place in said if key[1:] == (f"{OWL}imports", wanted)), None)
            raise InputError(
                path,
                f"要导入的本体 <{wanted}> 不在所给的文件之中。atkg 不从网上取任何东西；请下载它，并把文件一并写上。",
                f"imports <{wanted}>, which none of the files given is. Nothing is fetched from the network: "
                "download it, and name its file too",
                line,
            )
    return given


def _objects(store: Store, name: str) -> Iterator[str]:
    for row in store.select(f"SELECT DISTINCT ?o WHERE {{ ?s <{OWL}{name}> ?o FILTER (ISIRI(?o)) }}"):
        yield row["o"]


def _names(given: Given) -> set[str]:
    """The IRIs under which the ontologies at hand can be imported."""
    ontologies = {s for s, p, o in given.triples if p == TYPE and o == f"<{OWL}Ontology>"}
    versions = {o for _, p, o in given.triples if p == f"<{OWL}versionIRI>"}
    return {name[1:-1] for name in ontologies | versions}


def _local(iri: str) -> Path | None:
    """The file that a file: IRI names."""
    parts = urlsplit(iri)
    return Path(unquote(parts.path)) if parts.scheme == "file" else None
