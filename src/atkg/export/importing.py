"""The way back: quads from the forms that carry everything, as the sorted N-Quads that a snapshot is made of.

N-Quads and TriG are read by Oxigraph; tables as their CSV on the Web description says, whichever columns they have,
with the graph of each row in a column `graph`; and the statements of `quads.csv` as they stand.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from atkg.errors import InputError
from atkg.export.csvw import METADATA
from atkg.export.described import table_lines
from atkg.export.profile import DATASET, Source
from atkg.export.sort import sorted_quads
from atkg.export.staging import staging
from atkg.namespaces import BASE
from atkg.store import Store, without_blank_nodes

LABEL_SECONDS: Final = 60
"""How long the labelling of all blank nodes may take."""

_QUADS: Final = (".nq", ".trig")


@dataclass(frozen=True, slots=True)
class Imported:
    """What was read.

    Args:
        path: the sorted N-Quads.
        digest: as a snapshot's manifest has it.
        quads: how many.
        stated: the digest that the description of the tables states, where they are those of a whole dataset.
    """

    path: Path
    digest: str
    quads: int
    stated: str = ""


def import_files(paths: Sequence[Path], out: Path) -> Imported:
    """Write the quads of all files together into `out`/atkg.nq, sorted and canonical.

    Args:
        paths: N-Quads, TriG, or the description of tables (csv-metadata.json, or the folder that holds it).
        out: a folder, which is made.

    Raises:
        InputError: a file is missing, of another kind, or not as it should be; or the folder can't be written.
    """
    nothing = Source(Store(), {})
    with staging(nothing, out) as (source, folder):
        scratch = source.scratch or folder
        store = Store.new(scratch / "store")
        for number, path in enumerate(paths):
            file = _described_in(path) if path.is_dir() else path
            if file.suffix in _QUADS:
                _load(store, file)
            elif file.suffix == ".json":
                _load_tables(store, file, scratch / f"{number}.nq")
            else:
                raise InputError(
                    file,
                    f"不是可以导入的文件；应为 .nq、.trig，或表格的说明 {METADATA}。",
                    f"can't be imported; expected .nq, .trig, or {METADATA}, the description of tables",
                )
        if not len(store):
            raise InputError(paths[0], "其中没有任何四元组。", "holds no quad")
        _check_blank_nodes(store, paths[0], scratch / "blank.nq")
        made = sorted_quads(Source(store, {}, scratch=scratch), DATASET, folder)
        digest, quads = hashlib.sha256(), 0
        with made.open("rb") as file_, (folder / "atkg.nq").open("wb") as copy:
            while part := file_.read(1024**2):
                digest.update(part)
                quads += part.count(b"\n")
                copy.write(part)
    stated = _stated(paths[0]) if len(paths) == 1 else ""
    return Imported(out / "atkg.nq", f"sha256:{digest.hexdigest()}", quads, stated)


def _described_in(folder: Path) -> Path:
    """The description of the tables in this folder."""
    if not (folder / METADATA).exists():
        raise InputError(
            folder,
            f"文件夹中没有表格的说明 {METADATA}；请写明 .nq、.trig 文件或表格的文件夹。",
            f"the folder holds no description of tables ({METADATA}); name a .nq or .trig file or the folder of tables",
        )
    return folder / METADATA


def _stated(path: Path) -> str:
    """The digest that a description of tables states of the dataset that they are; "" where it states none."""
    file = path / METADATA if path.is_dir() else path
    if file.suffix != ".json":
        return ""
    found = json.loads(file.read_text(encoding="utf-8"))
    whole = found.get("dc:source") == {"@id": f"{BASE}dataset/atkg"}
    return str(found.get("dc:identifier", "")) if whole else ""


def _load(store: Store, path: Path) -> None:
    try:
        store.load_quads(path)
    except MemoryError as error:
        # the engine holds no term of more than 16 MiB, which is also how it takes a text without an end
        raise InputError(
            path,
            "其中有超过 16 MiB 的文字，或有引号没有闭合。",
            "holds a text of more than 16 MiB, or one whose quotation mark isn't closed",
        ) from error


_LABELLING: Final = (
    "import sys; from atkg.store import label_blank_nodes; label_blank_nodes(sys.stdin.buffer.read().splitlines())"
)


def _check_blank_nodes(store: Store, path: Path, scratch: Path) -> None:
    """Pass blank nodes that can be labelled: for some graphs that takes for ever, or more depth than a process has.

    Raises:
        InputError: they can't, as a process of its own has shown.
    """
    with scratch.open("w+b") as file:
        store.dump(_BlankOnly(file))
        if not file.tell():
            return
        file.seek(0)
        try:
            status = subprocess.run(
                [sys.executable, "-c", _LABELLING],
                stdin=file,
                stderr=subprocess.DEVNULL,
                timeout=LABEL_SECONDS,
                check=False,
            ).returncode
        except subprocess.TimeoutExpired:
            status = -1
    if status:
        raise InputError(
            path,
            f"空白节点互相缠绕，无法按 RDFC-1.0 命名（最多 {LABEL_SECONDS} 秒）；请给它们 IRI。",
            f"its blank nodes are too entangled for RDFC-1.0 to label them (in {LABEL_SECONDS} s at most); give them IRIs",
        )


class _BlankOnly:
    """A file for N-Quads that takes the lines with blank nodes alone."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._rest = file, b""

    def write(self, data: bytes) -> int:
        lines = (self._rest + data).split(b"\n")
        self._rest = lines.pop()
        self._file.writelines(line + b"\n" for line in without_blank_nodes(lines)[1])
        return len(data)

    def flush(self) -> None:
        self._file.flush()


def _load_tables(store: Store, path: Path, lines: Path) -> None:
    with lines.open("w", encoding="utf-8", newline="\n") as written:
        written.writelines(table_lines(path))
    try:
        _load(store, lines)
    except InputError as error:
        zh, en = error.zh.partition("：")[2], error.en.partition(": ")[2]
        raise InputError(
            path, f"表格中有写不成四元组的内容：{zh}", f"a table says what can't be a quad: {en}"
        ) from error
    lines.unlink()
