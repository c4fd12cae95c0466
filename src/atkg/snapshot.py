"""Snapshots: immutable stores on disk, each with its manifest, and the link `current` to the published one.

Publishing is one atomic switch: a snapshot lies whole in its folder before `current` points to it, so a
crash at any point leaves the last good one.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from atkg.catalogue import Counts, count
from atkg.resources import VERSION, resource
from atkg.store import Store

if TYPE_CHECKING:
    from atkg.validate import Report

_INPUTS: Final = (".csv", ".py", ".rq", ".toml", ".ttl", ".txt")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An immutable store on disk with its manifest."""

    folder: Path
    manifest: dict[str, Any]

    def open(self) -> Store:
        """The snapshot's store, for reading only."""
        return Store.open(self.folder / "store")

    def source(self, memory_quads: int) -> Path:
        """What readers of this snapshot open: its N-Quads up to so many quads, which fit in memory, else its store."""
        nquads = self.folder / "atkg.nq"
        return nquads if self.manifest["quads"] <= memory_quads and nquads.exists() else self.folder / "store"


def write_atomically(path: Path, data: bytes) -> None:
    """The file holds these bytes, or what it held before: never a part."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def publish(out: Path, nquads: bytes, report: Report, inputs: str) -> Snapshot:
    """Make these quads a snapshot named by their digest, and switch `current` to it."""
    digest = hashlib.sha256(nquads).hexdigest()
    folder = out / "snapshots" / digest[:16]
    manifest: dict[str, Any] = {
        "digest": f"sha256:{digest}",
        "inputs": inputs,
        "quads": nquads.count(b"\n"),
        "version": VERSION,
        "validation": report.counts(),
        "built": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    if not (folder / "store").exists():
        making = Path(tempfile.mkdtemp(dir=_made(out / "snapshots"), prefix=".making-"))
        Store.write(making / "store", nquads)
        (making / "atkg.nq").write_bytes(nquads)
        making.chmod(0o755)
        making.rename(folder)
    # the endpoint's deadline is too short to count a nation's plans, so that they are counted once, here
    manifest["counts"] = _counts(folder).to_json()
    write_atomically(folder / "manifest.json", (json.dumps(manifest, indent=1) + "\n").encode())
    link = out / f".current-{os.getpid()}"
    link.unlink(missing_ok=True)
    link.symlink_to(Path("snapshots") / folder.name)
    link.replace(out / "current")
    return Snapshot(folder, manifest)


def _counts(folder: Path) -> Counts:
    """How much of what the snapshot in this folder holds; what was counted when it was published before is true still."""
    try:
        kept = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        kept = {}
    return Counts.from_json(kept.get("counts")) or count(Store.open(folder / "store").select)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def current_snapshot(out: Path) -> Snapshot | None:
    """The snapshot that is published in this folder, if one is."""
    manifest = out / "current" / "manifest.json"
    if not manifest.exists():
        return None
    return Snapshot((out / "current").resolve(), json.loads(manifest.read_text(encoding="utf-8")))


def open_store(data: Path, out: Path) -> Store:
    """The published snapshot if the data folder is still as it was built, else the data folder as it stands.

    Raises:
        InputError: as dataset.load.
    """
    # serving needs none of these, and is quicker without them
    from atkg import dataset
    from atkg.plans import read_plans
    from atkg.registers import Registers

    snapshot = current_snapshot(out)
    if snapshot and snapshot.manifest["inputs"] == input_digest(data):
        return snapshot.open()
    return dataset.load(read_plans(data), Registers.load(data / "registers"))


def input_digest(data: Path) -> str:
    """A digest of all that a build reads and writes, to know whether a snapshot is that of the data."""
    digest = hashlib.sha256(VERSION.encode())
    for root in (data, resource("ontology"), resource("shapes"), resource("queries") / "rules", Path(__file__).parent):
        for path in sorted(path for path in root.rglob("*") if path.suffix in _INPUTS):
            digest.update(f"{path.relative_to(root)}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
