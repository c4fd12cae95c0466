"""Results of earlier validations, kept in files by the digest of all that they depend on.

A file is written whole or not at all, and is read only where its own checksum fits: what is lost, cut short or changed
is computed anew. Runs at the same time may write the same file, since its name tells its content. What no run has
asked for lately is deleted.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

_SPARE: Final = 256
"""Files that may lie in the cache beside twice as many as the last run has used."""
_YOUNG: Final = 3600.0
"""Seconds for which a file is never deleted: another run may be about to read it."""


@dataclass
class Cache:
    """Documents of plain values by name; without a folder nothing is kept."""

    folder: Path | None
    used: set[str] = field(default_factory=set)

    def get(self, kind: str, digest: str) -> Any | None:
        """The document of this kind and digest; None where there is none that can be trusted."""
        if self.folder is None:
            return None
        path = self.folder / f"{kind}-{digest}.json"
        try:
            checksum, _, text = path.read_bytes().partition(b"\n")
        except OSError:
            return None
        if hashlib.sha256(text).hexdigest().encode() != checksum:
            return None
        self.used.add(path.name)
        with contextlib.suppress(OSError):
            os.utime(path)
        return json.loads(text)

    def keeps(self, kind: str, digest: str) -> bool:
        """A document of this kind and digest is there; it may still be one that can't be trusted."""
        if self.folder is None or not (self.folder / f"{kind}-{digest}.json").is_file():
            return False
        self.used.add(f"{kind}-{digest}.json")
        return True

    def put(self, kind: str, digest: str, document: Any) -> None:
        """Keep a document. A folder that can't be written to keeps nothing."""
        if self.folder is None:
            return
        text = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
        path = self.folder / f"{kind}-{digest}.json"
        self.used.add(path.name)
        with contextlib.suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self.folder, prefix=".writing-")
            with os.fdopen(handle, "wb") as file:
                file.write(hashlib.sha256(text).hexdigest().encode() + b"\n" + text)
            Path(name).replace(path)

    def clean(self) -> None:
        """Delete the files that were not asked for longest, where there are too many."""
        if self.folder is None:
            return
        found: list[tuple[float, Path]] = []
        with contextlib.suppress(OSError):
            for path in self.folder.iterdir():
                if path.name not in self.used and path.is_file():
                    found.append((path.stat().st_mtime, path))
        limit = time.time() - _YOUNG
        spare = len(self.used) + _SPARE
        for age, path in sorted(found, reverse=True)[spare:]:
            if age < limit:
                with contextlib.suppress(OSError):
                    path.unlink()


def digest_of(*parts: str | bytes | Mapping[str, Any]) -> str:
    """A digest of these parts, each told apart from the next."""
    digest = hashlib.sha256()
    for part in parts:
        text = json.dumps(part, sort_keys=True, ensure_ascii=False) if isinstance(part, Mapping) else part
        data = text.encode() if isinstance(text, str) else text
        digest.update(f"{len(data)}\0".encode())
        digest.update(data)
    return digest.hexdigest()
