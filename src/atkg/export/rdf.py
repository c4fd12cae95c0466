"""The dataset as RDF: everything in N-Quads and TriG, the triples without their graphs in the other forms.

Each is made from the sorted N-Quads, so that the same quads give the same bytes.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import IO, Any, Final

from atkg.export.profile import Profile, Source, Unfit
from atkg.export.sort import Sorter, joined, sorted_quads, split
from atkg.namespaces import PREFIXES
from atkg.store import rewrite

_XML_FORBIDS: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")
"""What XML 1.0 can't hold, not even as a reference."""
_PARTS: Final = 1024**2


def _write_nquads(source: Source, folder: Path) -> Iterator[Path]:
    for stem in source.stems:
        made = sorted_quads(source, stem, folder)
        path = folder / f"{stem}.nq"
        with made.open("rb") as lines, path.open("wb") as file:
            while part := lines.read(_PARTS):
                file.write(part)
        if source.scratch is None:
            made.unlink()
        source.advance(path.name)
        yield path


def _write(
    suffix: str, media_type: str, into: Callable[[IO[bytes]], Any], source: Source, folder: Path
) -> Iterator[Path]:
    """Write each stem's quads in this media type, through what `into` puts before the file."""
    for stem in source.stems:
        made = sorted_quads(source, stem, folder)
        path = folder / f"{stem}{suffix}"
        with path.open("wb") as file:
            if media_type == "application/trig":
                by_graph = _by_graph(made, folder)
                rewrite(by_graph, into(file), media_type, PREFIXES)
                by_graph.unlink()
            else:
                rewrite(made, into(file), media_type, None if suffix == ".nt" else PREFIXES)
        if source.scratch is None:
            made.unlink()
        source.advance(path.name)
        yield path


def _by_graph(nquads: Path, folder: Path) -> Path:
    """The lines sorted by graph first, so that each graph is written as one."""
    path = folder / ".by-graph.nq"
    with tempfile.TemporaryFile(dir=folder) as runs, nquads.open("rb") as lines, path.open("wb") as file:
        sorter = Sorter(runs, lines=_graph_first)
        while part := lines.read(_PARTS):
            sorter.write(part)
        for block in sorter.blocks():
            file.write(joined([line[line.index(b"\t") + 1 :] for line in block]))
    return path


def _graph_first(data: bytes) -> list[bytes]:
    return [line[line.rindex(b" ", 0, -2) + 1 :] + b"\t" + line for line in split(data)]


class _Xml:
    """A file for RDF/XML: a carriage return is written as a reference, since readers turn a bare one into a line feed.

    Raises:
        Unfit: there is a character that XML can't hold.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def write(self, data: bytes) -> int:
        if found := _XML_FORBIDS.search(data):
            character = f"U+{ord(found.group().decode()):04X}"
            raise Unfit(
                f"数据中有 XML 不能表示的控制字符 {character}，不能写成 RDF/XML；请用 Turtle 或 N-Triples。",
                f"the data hold the control character {character}, which XML can't; use Turtle or N-Triples",
            )
        self._file.write(data.replace(b"\r", b"&#13;"))
        return len(data)

    def flush(self) -> None:
        self._file.flush()


def _as_it_is(file: IO[bytes]) -> IO[bytes]:
    return file


NQUADS: Final = Profile(
    "nquads",
    "全部四元组，按字节排序的规范 N-Quads：用于核对、比较和装入别的图库。",
    "All quads as sorted canonical N-Quads: to check, compare and load into another store.",
    {".nq": "application/n-quads"},
    _write_nquads,
)
TRIG: Final = Profile(
    "trig",
    "全部四元组，按命名图分组，便于阅读。",
    "All quads, grouped by named graph and readable.",
    {".trig": "application/trig"},
    partial(_write, ".trig", "application/trig", _as_it_is),
)
TURTLE: Final = Profile(
    "turtle",
    "全部三元组，不分命名图，便于阅读。",
    "All triples without their graphs, readable.",
    {".ttl": "text/turtle"},
    partial(_write, ".ttl", "text/turtle", _as_it_is),
)
NTRIPLES: Final = Profile(
    "ntriples",
    "全部三元组，每行一条，按字节排序：用于逐行处理。",
    "All triples, one a line, sorted: for tools that go line by line.",
    {".nt": "application/n-triples"},
    partial(_write, ".nt", "application/n-triples", _as_it_is),
)
RDFXML: Final = Profile(
    "rdfxml",
    "全部三元组的 RDF/XML：供只读 XML 的系统使用。",
    "All triples as RDF/XML: for systems that read XML only.",
    {".rdf": "application/rdf+xml"},
    partial(_write, ".rdf", "application/rdf+xml", _Xml),
)
