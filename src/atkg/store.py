"""The only home of Oxigraph: stores in memory and on disk, queries, and every serialisation by the engine."""

from __future__ import annotations

import functools
import io
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

from atkg.errors import BadQuery, InputError
from atkg.namespaces import BASE, PREFIXES, RDF, shorten
from atkg.sparql import named_datasets, tokens, whole_graph

BINDING_TYPES: Final = {
    "application/sparql-results+json": ox.QueryResultsFormat.JSON,
    "application/sparql-results+xml": ox.QueryResultsFormat.XML,
    "text/csv": ox.QueryResultsFormat.CSV,
    "text/tab-separated-values": ox.QueryResultsFormat.TSV,
}
"""Media types of SELECT and ASK, the preferred one first; CSV and TSV have no form for ASK."""

GRAPH_TYPES: Final = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "application/ld+json": ox.RdfFormat.JSON_LD,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
}
"""Media types of CONSTRUCT and DESCRIBE, the preferred one first."""

FORMATS: Final = {
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "json": "application/sparql-results+json",
    "xml": "application/sparql-results+xml",
    "turtle": "text/turtle",
    "ntriples": "application/n-triples",
    "jsonld": "application/ld+json",
    "rdfxml": "application/rdf+xml",
}
"""The short names of the media types."""

if TYPE_CHECKING:
    from rdflib import Dataset

_FILE_FORMATS: Final = {
    ".ttl": ox.RdfFormat.TURTLE,
    ".nt": ox.RdfFormat.N_TRIPLES,
    ".nq": ox.RdfFormat.N_QUADS,
    ".trig": ox.RdfFormat.TRIG,
    ".rdf": ox.RdfFormat.RDF_XML,
    ".owl": ox.RdfFormat.RDF_XML,
    ".jsonld": ox.RdfFormat.JSON_LD,
}


_SCHEMELESS: Final = re.compile(rb'"(?:[^"\\]|\\.)*"|(?P<iri><//)', re.DOTALL)
"""An IRI of another host that was written relative to our base, and the strings in which it is none."""

_BLANK: Final = re.compile(rb"^_:| _:", re.MULTILINE)
"""A line of N-Quads with a blank node, or with a text that looks like one."""


@dataclass(frozen=True, slots=True)
class _Graph:
    """All triples of one graph, which the engine writes four times as fast as what a CONSTRUCT gives."""

    store: ox.Store
    name: ox.NamedNode

    def write(self, output: Any, format_: ox.RdfFormat) -> bytes | None:
        if format_ is ox.RdfFormat.RDF_XML:
            triples = (quad.triple for quad in self.store.quads_for_pattern(None, None, None, self.name))
            return _handed_over(_as_xml(triples), output)
        return self.store.dump(output, format_, from_graph=self.name, prefixes=_prefixes(format_))


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query gave, to be written once in a media type that fits its form."""

    results: ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples | _Graph

    @property
    def media_types(self) -> tuple[str, ...]:
        """The media types that this form of query has, the preferred one first."""
        if isinstance(self.results, (ox.QueryTriples, _Graph)):
            return tuple(GRAPH_TYPES)
        if isinstance(self.results, ox.QueryBoolean):
            return tuple(BINDING_TYPES)[:2]
        return tuple(BINDING_TYPES)

    def to_bytes(self, media_type: str) -> bytes:
        """The answer as Oxigraph writes it.

        Raises:
            BadQuery: the evaluation failed on the way.
        """
        return self._write(media_type, None) or b""

    def write(self, output: Any, media_type: str) -> None:
        """Write the answer to a binary file as Oxigraph goes on; what its `write` raises ends the evaluation.

        Raises:
            BadQuery: the evaluation failed on the way; a part may have been written.
        """
        self._write(media_type, output)

    def _write(self, media_type: str, output: Any) -> bytes | None:
        try:
            if isinstance(self.results, (ox.QuerySolutions, ox.QueryBoolean)):
                return self.results.serialize(output, format=BINDING_TYPES[media_type])
            format_ = GRAPH_TYPES[media_type]
            if isinstance(self.results, _Graph):
                return self.results.write(output, format_)
            if format_ is ox.RdfFormat.RDF_XML:
                return _handed_over(_as_xml(self.results), output)
            return ox.serialize(self.results, output, format=format_, prefixes=_prefixes(format_))
        except (OSError, ValueError, RuntimeError) as error:
            raise BadQuery.from_engine(error) from error

    def values(self) -> tuple[list[str], list[list[str]]]:
        """(variables, rows) of a SELECT for people: IRIs shortened, literals plain, "" where unbound.

        Raises:
            BadQuery: the query is no SELECT.
        """
        variables, rows = self.rows()
        return variables, [[_shown(term) for term in row] for row in rows]

    def rows(self) -> tuple[list[str], list[list[Any]]]:
        """(variables, rows) of a SELECT; each value is a term of Oxigraph or None.

        Raises:
            BadQuery: the query is no SELECT.
        """
        if not isinstance(self.results, ox.QuerySolutions):
            raise BadQuery("只有 SELECT 有结果行。", "only a SELECT has rows")
        variables = [variable.value for variable in self.results.variables]
        return variables, [list(solution) for solution in self.results]


def _prefixes(format_: ox.RdfFormat) -> dict[str, str] | None:
    return PREFIXES if format_ is ox.RdfFormat.TURTLE else None


def _handed_over(written: bytes, output: Any) -> bytes | None:
    return written if output is None else output.write(written)


def _shown(term: Any) -> str:
    if term is None:
        return ""
    return shorten(term.value) if isinstance(term, ox.NamedNode) else str(getattr(term, "value", term))


class Store:
    """Quads in Oxigraph. The default graph of every query is the union of all named graphs."""

    def __init__(self, store: ox.Store | None = None) -> None:
        self._store = store if store is not None else ox.Store()

    @classmethod
    def from_quads(cls, lines: Iterable[str]) -> Store:
        """A store in memory with these lines of N-Quads."""
        store = cls()
        store.load("\n".join(lines).encode())
        return store

    @classmethod
    def open(cls, folder: Path) -> Store:
        """The store in this folder, for reading only.

        Raises:
            InputError: there is none, or it can't be opened.
        """
        try:
            return cls(ox.Store.read_only(str(folder)))
        except OSError as error:
            raise InputError(
                folder, f"不是可以打开的图库：{error}", f"is not a store that can be opened: {error}"
            ) from error

    @staticmethod
    def write(folder: Path, nquads: bytes) -> None:
        """Make a store on disk that holds these quads; the folder must not exist."""
        store = ox.Store(str(folder))
        store.bulk_load(nquads, format=ox.RdfFormat.N_QUADS)
        store.flush()

    def __len__(self) -> int:
        return len(self._store)

    def __bool__(self) -> bool:
        """True: an empty store is one too, and to know the length the engine looks at every quad."""
        return True

    def load(self, nquads: bytes) -> None:
        """Add quads given as N-Quads."""
        self._store.bulk_load(nquads, format=ox.RdfFormat.N_QUADS)

    def load_nquads(self, path: Path) -> None:
        """Add the quads of a file that atkg itself has written."""
        self._store.bulk_load(path=str(path), format=ox.RdfFormat.N_QUADS)

    @classmethod
    def new(cls, folder: Path) -> Store:
        """An empty store on disk, to be filled; the folder must not exist."""
        return cls(ox.Store(str(folder)))

    def load_quads(self, path: Path) -> None:
        """Add a TriG or N-Quads file, however large; its blank nodes are its own.

        Raises:
            InputError: the file is missing, or can't be parsed; a part may have been added.
            OSError: the store can't be written.
        """
        format_ = _FILE_FORMATS[path.suffix]
        try:
            file = path.open("rb")
        except OSError as error:
            raise InputError.unreadable(path, error) from error
        with file:
            try:
                self._store.bulk_load(file, format=format_, base_iri=BASE)
            except (SyntaxError, ValueError) as error:
                raise _invalid(path, format_, error) from error

    def load_file(self, path: Path, graph: str | None = None) -> None:
        """Add the triples of an RDF file to a graph, or the quads of a TriG or N-Quads file.

        Raises:
            InputError: the file is missing, of an unknown kind, or can't be parsed.
        """
        format_ = _FILE_FORMATS.get(path.suffix)
        if format_ is None:
            kinds = ", ".join(_FILE_FORMATS)
            raise InputError(
                path, f"不认识的 RDF 文件类型；应为 {kinds}。", f"unknown kind of RDF file; expected one of {kinds}"
            )
        try:
            data = path.read_bytes()
            if format_.supports_datasets and graph is None:
                self._store.load(data, format=format_, base_iri=BASE)
            else:
                to_graph = ox.NamedNode(graph) if graph else None
                self._store.load(data, format=format_, base_iri=BASE, to_graph=to_graph)
        except OSError as error:
            raise InputError.unreadable(path, error) from error
        except (SyntaxError, ValueError) as error:
            raise _invalid(path, format_, error) from error

    def query(self, text: str, *, default_graphs: Sequence[str] = (), named_graphs: Sequence[str] = ()) -> Answer:
        """The answer to a SPARQL query, over these graphs where some are named, else over all.

        Once one of the two is given, the dataset holds nothing else, as the SPARQL protocol has it.

        Raises:
            BadQuery: the text can't be parsed, with the parser's message; or it can't be evaluated.
        """
        # the union would overrule a FROM that the query has of its own
        own = "from" in text.lower() and named_datasets(list(tokens(text)))
        chosen: dict[str, Any] = {"use_default_graph_as_union": not own}
        if default_graphs or named_graphs:
            chosen = {
                "default_graph": [ox.NamedNode(graph) for graph in default_graphs],
                "named_graphs": [ox.NamedNode(graph) for graph in named_graphs],
            }
        elif graph := whole_graph(text):
            return Answer(_Graph(self._store, ox.NamedNode(graph)))
        try:
            results = self._store.query(text, base_iri=BASE, **chosen)
        except (SyntaxError, ValueError, OSError, RuntimeError) as error:
            raise BadQuery.from_engine(error) from error
        return Answer(results)

    def select(self, text: str) -> list[dict[str, Any]]:
        """The rows of a SELECT as plain values: an IRI or literal as a string, None where unbound."""
        variables, rows = self.query(text).rows()
        return [{name: getattr(term, "value", None) for name, term in zip(variables, row, strict=True)} for row in rows]

    def infer(self, construct: str, graph: str) -> None:
        """Add to a graph what a CONSTRUCT concludes from all others."""
        concluded = self.query(construct).to_bytes("application/n-triples")
        self._store.load(concluded, format=ox.RdfFormat.N_TRIPLES, to_graph=ox.NamedNode(graph))

    def change(self, update: str) -> None:
        """Carry out a SPARQL update that atkg itself has written."""
        self._store.update(update, base_iri=BASE)

    def ask(self, text: str) -> bool:
        return bool(self.query(text).results)

    def nquads(self) -> bytes:
        """All quads as canonical N-Quads, in the order of their bytes: the same bytes for the same quads.

        Blank nodes (in ontology and shapes only) are labelled by RDFC-1.0, which looks at their quads alone.
        """
        plain, blank = without_blank_nodes((self._store.dump(format=ox.RdfFormat.N_QUADS) or b"").splitlines(True))
        return b"".join(sorted(plain + label_blank_nodes(blank)))

    def dump(self, output: Any) -> None:
        """Write all quads as N-Quads, in the order and with the blank nodes that they happen to have.

        Raises:
            OSError: as `output.write`.
        """
        self._store.dump(output, ox.RdfFormat.N_QUADS)

    def lines_in(self, graphs: Iterable[str]) -> list[bytes]:
        """The quads of these graphs as lines of N-Quads."""
        quads = (quad for graph in graphs for quad in self._store.quads_for_pattern(None, None, None, _node(graph)))
        return (ox.serialize(quads, format=ox.RdfFormat.N_QUADS) or b"").splitlines(keepends=True)

    def lines_about(self, subjects: Iterable[str], within: str) -> list[bytes]:
        """The quads of these subjects, in the graphs whose IRIs begin so, as lines of N-Quads."""
        quads = (
            quad
            for subject in subjects
            for quad in self._store.quads_for_pattern(_node(subject), None, None, None)
            if isinstance(quad.graph_name, ox.NamedNode) and quad.graph_name.value.startswith(within)
        )
        return (ox.serialize(quads, format=ox.RdfFormat.N_QUADS) or b"").splitlines(keepends=True)

    def graph_ntriples(self, graphs: Sequence[str]) -> bytes:
        """The triples of these graphs as N-Triples."""
        buffer = io.BytesIO()
        for graph in graphs:
            self._store.dump(buffer, format=ox.RdfFormat.N_TRIPLES, from_graph=ox.NamedNode(graph))
        return buffer.getvalue()

    def read_through(self) -> None:
        """Go once over everything there is, and keep nothing."""
        with Path(os.devnull).open("wb") as nothing:
            self._store.dump(nothing, ox.RdfFormat.N_QUADS)

    def graphs(self) -> list[str]:
        """The IRIs of the named graphs, sorted."""
        return sorted(graph.value for graph in self._store.named_graphs())

    def as_dataset(self) -> Dataset:
        """The same quads as an rdflib Dataset, queried by Oxigraph: for Python programs and notebooks."""
        # rdflib takes a quarter of a second to import, which a reader of queries never needs
        from oxrdflib import OxigraphStore
        from rdflib import Dataset

        return Dataset(store=OxigraphStore(store=self._store), default_union=True)


def _invalid(path: Path, format_: ox.RdfFormat, error: Exception) -> InputError:
    line = getattr(error, "lineno", None)
    reason = getattr(error, "msg", error)
    return InputError(path, f"不是有效的 {format_.name}：{reason}", f"is not valid {format_.name}: {reason}", line)


def _node(iri: str) -> ox.NamedNode:
    return ox.NamedNode(iri)


def without_blank_nodes(lines: Iterable[bytes]) -> tuple[list[bytes], list[bytes]]:
    """(lines of N-Quads without blank nodes, those that may have one)."""
    plain: list[bytes] = []
    blank: list[bytes] = []
    for line in lines:
        (blank if b"_:" in line and _BLANK.search(line) else plain).append(line)
    return plain, blank


def label_blank_nodes(lines: Iterable[bytes]) -> list[bytes]:
    """The quads of these lines of N-Quads with the blank nodes' labels of RDFC-1.0."""
    labelled = ox.Dataset(ox.parse(b"\n".join(lines), format=ox.RdfFormat.N_QUADS))
    labelled.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return (ox.serialize(labelled, format=ox.RdfFormat.N_QUADS) or b"").splitlines(keepends=True)


def rewrite(nquads: Path, output: Any, media_type: str, prefixes: Mapping[str, str] | None = None) -> None:
    """Write the quads of an N-Quads file in another media type, in the file's order and never all in memory.

    Without a place for graphs in the media type, their triples are written; a triple of two graphs twice.

    Raises:
        OSError: as `output.write`.
    """
    format_ = ox.RdfFormat.from_media_type(media_type)
    if format_ is None:
        raise ValueError(media_type)
    quads = ox.parse(path=nquads, format=ox.RdfFormat.N_QUADS)
    named = format_.supports_datasets
    written: Iterable[Any] = quads if named else (quad.triple for quad in quads)
    ox.serialize(written, output, format=format_, prefixes=dict(prefixes) if prefixes else None)


def to_turtle(lines: Iterable[str]) -> bytes:
    """N-Quads lines as Turtle, the same bytes for the same triples: numbers in IRIs count as numbers."""
    nquads = "\n".join(lines)
    natural = functools.cache(_natural)

    def key(triple: ox.Triple) -> tuple[Any, ...]:
        subject, value = str(triple.subject), triple.object
        typed = triple.predicate.value != f"{RDF}type"
        order = natural(value.value) if isinstance(value, ox.NamedNode) else [(-1, str(value))]
        return natural(subject[1:-1]), typed, triple.predicate.value, order

    triples = sorted((quad.triple for quad in ox.parse(nquads.encode(), format=ox.RdfFormat.N_QUADS)), key=key)
    prefixes = {name: iri for name, iri in PREFIXES.items() if iri in nquads}
    turtle = ox.serialize(triples, format=ox.RdfFormat.TURTLE, prefixes=prefixes, base_iri=BASE) or b""
    return _SCHEMELESS.sub(lambda match: b"<https://" if match["iri"] else match.group(), turtle)


def _natural(iri: str) -> list[tuple[int, str]]:
    """A key that sorts row_2 before row_10."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"([0-9]+)", iri)]


def convert(turtle: bytes, media_type: str, base: str) -> bytes:
    """The triples of a Turtle text in another of GRAPH_TYPES, relative IRIs resolved against this base."""
    triples = [quad.triple for quad in ox.parse(turtle, format=ox.RdfFormat.TURTLE, base_iri=base)]
    format_ = GRAPH_TYPES[media_type]
    return _as_xml(triples) if format_ is ox.RdfFormat.RDF_XML else ox.serialize(triples, format=format_) or b""


def _as_xml(triples: Iterable[ox.Triple]) -> bytes:
    """RDF/XML; a carriage return is written as a reference, since readers of XML turn a bare one into a line feed."""
    written = ox.serialize(triples, format=ox.RdfFormat.RDF_XML, prefixes=PREFIXES) or b""
    return written.replace(b"\r", b"&#13;")
