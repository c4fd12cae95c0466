"""Digests of files, each read once as long as it isn't changed."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from atkg.resources import VERSION
from atkg.validate.cache import Cache, digest_of

_SETTLED: Final = 2_000_000_000
"""Nanoseconds after which a file that is written again has another time of change, on any file system."""


def code_digest() -> str:
    """A digest of atkg's own code, and of the version of each engine."""
    root = Path(__file__).parent.parent
    told = {path.relative_to(root).as_posix(): digest_of(path.read_bytes()) for path in root.rglob("*.py")}
    return digest_of(VERSION, version("pyoxigraph"), version("pyshacl"), told)


class Contents:
    """Tells the digests of files, from memory where their sizes and times of change are as they were."""

    def __init__(self, cache: Cache, data: Path, given: Mapping[Path, bytes]) -> None:
        """Prepare for the files of a data folder; what is given stands in place of a file."""
        self._cache, self._data, self._given = cache, data, given
        self._name = digest_of(str(data.absolute()))
        document = cache.get("files", self._name)
        self._known: dict[str, list[Any]] = document if isinstance(document, dict) else {}
        self._told: dict[Path, str] = {}
        self._changed = False

    def digest(self, path: Path) -> str:
        """The digest of a file; "" where there is none that can be read: what needs it says so."""
        if path not in self._told:
            given = self._given.get(path)
            self._told[path] = self._of_file(path) if given is None else hashlib.sha256(given).hexdigest()
        return self._told[path]

    def _of_file(self, path: Path) -> str:
        now = time.time_ns()
        try:
            status = path.stat()
            state = [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]
            known = self._known.get(str(path))
            if known and known[:4] == state:
                return str(known[4])
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError:
            return ""
        if max(state[1], state[2]) + _SETTLED < now:
            self._known[str(path)] = [*state, digest]
            self._changed = True
        return digest

    def digests(self, paths: Iterable[Path], root: Path) -> str:
        """One digest of several files and of their names below this folder."""
        told = {path.relative_to(root).as_posix(): self.digest(path) for path in paths}
        return digest_of(told)

    def keep(self) -> None:
        """Remember what is known for the next run."""
        if self._changed:
            self._cache.put("files", self._name, self._known)
