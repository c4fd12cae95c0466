"""Lines of N-Quads in the order of their bytes, however many: sorted in runs on disk, then merged block by block.

No line is handled by itself in Python: a run is split, sorted and joined as a whole, and the merge takes from every
run what can't come after the smallest of the blocks' last lines.
"""

from __future__ import annotations

import os
import tempfile
from bisect import bisect_right
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Final

from atkg import iris
from atkg.export.profile import DATASET, Source
from atkg.namespaces import BASE
from atkg.store import Store, label_blank_nodes, without_blank_nodes

RUN: Final = 16 * 1024**2
"""Bytes that are sorted at once."""
MERGED: Final = 8 * 1024**2
"""Bytes that the blocks of all runs hold together."""
_LEAST_BLOCK: Final = 64 * 1024
_LINES: Final = 10_000
"""Lines that are written at once."""


def split(data: bytes) -> list[bytes]:
    """The lines of a text that ends with a line, without their ends."""
    lines = data.split(b"\n")
    lines.pop()
    return lines


def joined(lines: list[bytes]) -> bytes:
    """The lines as a text."""
    return b"\n".join(lines) + b"\n" if lines else b""


class Sorter:
    """A binary file to write lines into, each once; `blocks` gives them sorted.

    Args:
        file: where the runs are kept.
        run: bytes that are sorted at once.
        merged: bytes that the blocks of all runs hold together.
        lines: what lines are taken from a text.
    """

    def __init__(
        self, file: IO[bytes], run: int = RUN, merged: int = MERGED, lines: Callable[[bytes], list[bytes]] = split
    ) -> None:
        self._file, self._run, self._merged, self._lines = file, run, merged, lines
        self._waiting: list[bytes] = []
        self._bytes = 0
        self._runs: list[_Run] = []

    def write(self, data: bytes) -> int:
        """Take a part of the text, which may end within a line."""
        self._waiting.append(data)
        self._bytes += len(data)
        if self._bytes >= self._run:
            self.spill()
        return len(data)

    def flush(self) -> None:
        """Nothing: what is written is kept until there is enough of it."""

    def spill(self) -> None:
        """Sort what is waiting, up to its last whole line."""
        self.add(self._lines(self._whole_lines()))

    def _whole_lines(self) -> bytes:
        """Take away and give what is waiting, up to its last whole line."""
        last = next((at for at in range(len(self._waiting) - 1, -1, -1) if b"\n" in self._waiting[at]), None)
        if last is None:
            return b""
        end = self._waiting[last].rfind(b"\n") + 1
        rest = [self._waiting[last][end:], *self._waiting[last + 1 :]]
        self._waiting[last:] = [self._waiting[last][:end]]
        data = b"".join(self._waiting)
        self._waiting, self._bytes = rest, sum(map(len, rest))
        return data

    def add(self, lines: list[bytes]) -> None:
        """Take these lines, without their ends, as a run."""
        if lines:
            lines.sort()
            start = self._file.tell()
            for at in range(0, len(lines), _LINES):
                self._file.write(joined(lines[at : at + _LINES]))
            self._runs.append(_Run(start, self._file.tell()))

    def blocks(self) -> Iterator[list[bytes]]:
        """The lines without their ends, sorted, in lists that follow each other."""
        self.spill()
        self._file.flush()
        block = max(_LEAST_BLOCK, self._merged // max(1, len(self._runs)))
        live = self._runs
        while live:
            for run in live:
                run.fill(self._file.fileno(), block)
            # what comes later in a run is not before the last line that is held of it
            ends = [run.lines[-1] for run in live if run.position < run.end]
            found: list[bytes] = []
            for run in live:
                found += run.take(min(ends)) if ends else run.lines
            found.sort()
            yield found
            live = [run for run in live if run.lines or run.position < run.end] if ends else []


class _Run:
    """A sorted part of the file, of which a block is held."""

    def __init__(self, start: int, end: int) -> None:
        self.position, self.end = start, end
        self.lines: list[bytes] = []

    def fill(self, file: int, block: int) -> None:
        """Hold at least a line, if there is one left."""
        while not self.lines and self.position < self.end:
            data = os.pread(file, min(block, self.end - self.position), self.position)
            whole = data.rfind(b"\n") + 1
            self.lines = split(data[:whole])
            self.position += whole
            block *= 2

    def take(self, bound: bytes) -> list[bytes]:
        """Take away and give the lines up to this one."""
        end = bisect_right(self.lines, bound)
        taken = self.lines[:end]
        del self.lines[:end]
        return taken


def sorted_quads(source: Source, stem: str, folder: Path) -> Path:
    """A file of sorted canonical N-Quads: the dataset's, or those of the plan that the stem names.

    Profiles of one export share it by the source's scratch folder; else it is made in `folder`.
    """
    path = (source.scratch or folder) / f".{stem}.sorted.nq"
    if path.exists():
        return path
    made = path.with_suffix(".making")
    with made.open("wb") as file:
        if stem == DATASET:
            for block in _sorted_store(source, path.parent):
                file.write(joined(block))
        else:
            file.writelines(sorted(plan_lines(source.store, stem)))
    return made.replace(path)


def _sorted_store(source: Source, folder: Path) -> Iterator[list[bytes]]:
    """All quads, sorted, with the blank nodes' labels of RDFC-1.0: the quads that have some are held in memory."""
    blank: list[bytes] = []
    dumped = 0

    def plain(data: bytes) -> list[bytes]:
        nonlocal dumped
        dumped += len(data)
        source.advance(f"{dumped // 1024**2} MiB")
        if b"_:" not in data:
            return split(data)
        lines, others = without_blank_nodes(split(data))
        blank.extend(others)
        return lines

    with tempfile.TemporaryFile(dir=folder) as file:
        sorter = Sorter(file, lines=plain)
        source.store.dump(sorter)
        sorter.spill()
        sorter.add([line.removesuffix(b"\n") for line in label_blank_nodes(blank)])
        yield from sorter.blocks()


def plan_lines(store: Store, key: str) -> set[bytes]:
    """What the graphs say of a plan, as lines of N-Quads, each in the graph in which it stands.

    Its own two graphs, what is inferred of its parts, and what the registers say of the agencies, places, concepts
    and reconstructed clauses that it names, with all that these name in turn; of other plans what describes them,
    and of their texts the places that evidence names.
    """
    lines = set(store.lines_in([iris.graph("plan", key), iris.graph("derivation", key)]))
    subjects = {_subject(line) for line in lines}
    lines |= set(store.lines_about(sorted(subjects), iris.graph("inferred", "")))
    seen: set[str] = set()
    wanted = subjects | _named(lines)
    while new := wanted - seen:
        seen |= new
        found = set(store.lines_about(sorted(new), iris.graph("register", "")))
        plans = sorted(name for name in new if name.startswith(f"{BASE}eli/") and name.count("/") == _PLAN_SLASHES)
        found |= set(store.lines_about(plans, iris.graph("plan", "")))
        spans = sorted(name for name in new if name.startswith(f"{BASE}source/") and name.count("/") > _SOURCE_SLASHES)
        found |= set(store.lines_about(spans, iris.graph("")))
        lines |= found
        wanted = _named(found)
    return lines


_PLAN_SLASHES: Final = iris.plan("x").count("/")
_SOURCE_SLASHES: Final = iris.source("x").count("/")


def _subject(line: bytes) -> str:
    return line[1 : line.index(b">")].decode()


def _named(lines: set[bytes]) -> set[str]:
    """Our IRIs that stand as objects."""
    start = f"<{BASE}".encode()
    found = set()
    for line in lines:
        term = line.split(b" ", 2)[2]
        if term.startswith(start):
            found.add(term[1 : term.index(b">")].decode())
    return found
