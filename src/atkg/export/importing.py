"""The way back: quads from the forms that carry everything, as the sorted N-Quads that a snapshot is made of.

N-Quads and TriG are read by Oxigraph; tables as their CSV on the Web description says, whichever columns they have,
with the graph of each row in a column `graph`; and the statements of `quads.csv` as they stand.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final
from urllib.parse import quote

from atkg.errors import InputError
from atkg.export.csvw import METADATA
from atkg.export.profile import DATASET, Source
from atkg.export.sort import sorted_quads
from atkg.export.staging import staging
from atkg.export.tables import QUADS
from atkg.export.terms import STRING, Quad, line_of
from atkg.namespaces import BASE, RDF, XSD
from atkg.store import Store, without_blank_nodes

MAX_CELL: Final = 64 * 1024**2
"""The most characters of one cell."""
MAX_METADATA: Final = 16 * 1024**2
"""The most bytes of a description of tables."""
LABEL_SECONDS: Final = 60
"""How long the labelling of all blank nodes may take."""

_QUADS: Final = (".nq", ".trig")
_IRI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|\\^`]*")
_NODE: Final = re.compile(r"_:[A-Za-z0-9]+(?:[._-]*[A-Za-z0-9]+)*")
_LANGUAGE: Final = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*(?:--(?:ltr|rtl))?")
_TEMPLATE: Final = re.compile(r"\{(?P<reserved>\+?)(?P<name>[A-Za-z0-9_.%]+)\}")
_RESERVED: Final = ":/?#[]@!$&'()*+,;="
_TYPE: Final = {"gYear": "gYear", "number": "double", "any": "anyAtomicType", "binary": "base64Binary"}


@dataclass(frozen=True, slots=True)
class Imported:
    """What was read.

    Args:
        path: the sorted N-Quads.
        digest: as a snapshot's manifest has it.
        quads: how many.
    """

    path: Path
    digest: str
    quads: int


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
            file = path / METADATA if path.is_dir() else path
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
    return Imported(out / "atkg.nq", f"sha256:{digest.hexdigest()}", quads)


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


def table_lines(path: Path) -> Iterator[str]:
    """The lines of N-Quads that tables stand for, by their description.

    Raises:
        InputError: the description or a table is missing or not as it should be.
    """
    for table in _tables(path):
        url = table.get("url")
        # only what lies beside the description is read: nothing is fetched, and no path leads elsewhere
        if not isinstance(url, str) or not re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]*", url):
            raise InputError(
                path,
                f"表的 url 应为同一文件夹中的文件名，得到 {url!r}。",
                f"the url of a table must be the name of a file in the same folder, found {url!r}",
            )
        file = path.parent / url
        schema = table.get("tableSchema")
        if not isinstance(schema, dict) or not isinstance(columns := schema.get("columns"), list):
            raise InputError(path, f"表 {url} 没有 tableSchema.columns。", f"table {url} has no tableSchema.columns")
        names = [column.get("name") for column in columns if isinstance(column, dict) and not column.get("virtual")]
        if names == [column.name for column in QUADS.columns]:
            yield from map(line_of, _quads(file, names))
        elif not table.get("suppressOutput"):
            described = [_Column.of(column, schema, path) for column in columns]
            for number, row in _rows(file, names):
                graph = _iri(f"{BASE}{row['graph']}", file, number) if row.get("graph") else ""
                for column in described:
                    for quad in column.quads(row, graph, file, number):
                        yield line_of(quad)


def _tables(path: Path) -> list[dict[str, Any]]:
    try:
        if path.stat().st_size > MAX_METADATA:
            raise InputError(path, "过大，不像是表格的说明。", "is too large for a description of tables")
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError.unreadable(path, error) from error
    except (ValueError, RecursionError) as error:
        raise InputError(path, f"不是有效的 JSON：{error}", f"is not valid JSON: {error}") from error
    tables = found.get("tables", [found] if "url" in found else None) if isinstance(found, dict) else None
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise InputError(path, "没有说明任何表（tables）。", "describes no tables (`tables`)")
    return tables


def _rows(path: Path, names: Sequence[Any]) -> Iterator[tuple[int, dict[str, str]]]:
    """(line, row) of a CSV file whose first line has these names."""
    limit = csv.field_size_limit(min(MAX_CELL, sys.maxsize))
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            if (header := next(reader, [])) != list(names):
                raise InputError(
                    path,
                    f"表头与说明不符；应为 {','.join(map(str, names))}，得到 {','.join(header)[:200]}",
                    f"the header is not as described; expected {','.join(map(str, names))}, "
                    f"found {','.join(header)[:200]}",
                    1,
                )
            for row in reader:
                if len(row) != len(names):
                    raise InputError(
                        path,
                        f"应有 {len(names)} 列，得到 {len(row)} 列。",
                        f"expected {len(names)} cells, found {len(row)}",
                        reader.line_num,
                    )
                yield reader.line_num, dict(zip(names, row, strict=True))
    except OSError as error:
        raise InputError.unreadable(path, error) from error
    except UnicodeDecodeError as error:
        raise InputError(path, f"不是 UTF-8 文本：{error.reason}", f"is not UTF-8: {error.reason}") from error
    except csv.Error as error:
        raise InputError(path, f"不是有效的 CSV：{error}", f"is not valid CSV: {error}", reader.line_num) from error
    finally:
        csv.field_size_limit(limit)


def _quads(path: Path, names: Sequence[Any]) -> Iterator[Quad]:
    """The statements of quads.csv."""
    for number, row in _rows(path, names):
        kind, value = row["kind"], row["object"]
        datatype, language = row["datatype"], row["language"]
        if kind == "literal":
            if language and not _LANGUAGE.fullmatch(language):
                raise _expected(path, number, "language", "语言标签", "a language tag", language)
            datatype = "" if language else _iri(datatype or STRING, path, number)
        elif kind in ("iri", "blank"):
            value = _iri(value, path, number) if kind == "iri" else _blank(value, path, number)
        else:
            raise _expected(path, number, "kind", "iri、blank 或 literal", "iri, blank or literal", kind)
        subject = row["subject"]
        subject = _thing(subject, path, number)
        graph = _thing(row["graph"], path, number) if row["graph"] else ""
        predicate = _iri(row["predicate"], path, number)
        yield Quad(subject, predicate, value, kind, datatype, language, graph)


def _expected(path: Path, line: int, name: str, zh: str, en: str, found: str) -> InputError:
    return InputError(
        path, f"{name} 应为{zh}，得到 {found[:100]!r}", f"{name}: expected {en}, found {found[:100]!r}", line
    )


def _iri(text: str, path: Path, line: int) -> str:
    if not _IRI.fullmatch(text):
        raise InputError(path, f"不是 IRI：{text[:200]!r}", f"is not an IRI: {text[:200]!r}", line)
    return text


def _thing(text: str, path: Path, line: int) -> str:
    return _blank(text, path, line) if text.startswith("_:") else _iri(text, path, line)


def _blank(text: str, path: Path, line: int) -> str:
    if not _NODE.fullmatch(text):
        raise InputError(path, f"不是空白节点：{text[:200]!r}", f"is not a blank node: {text[:200]!r}", line)
    return text


@dataclass(frozen=True, slots=True)
class _Column:
    """How a column says triples, as CSV on the Web has it."""

    name: str
    about: str
    property: str
    value: str | None
    datatype: str
    language: str
    separator: str | None
    virtual: bool
    silent: bool

    @classmethod
    def of(cls, column: Any, schema: Mapping[str, Any], path: Path) -> _Column:
        """The column with what it inherits from the schema."""
        if not isinstance(column, dict):
            raise InputError(path, "columns 中应为对象。", "expected objects in `columns`")

        def said(key: str, default: Any = None) -> Any:
            found = column.get(key, schema.get(key, default))
            if found is not None and not isinstance(found, str):
                raise InputError(path, f"{key} 应为文本。", f"expected a text for `{key}`")
            return found

        datatype = column.get("datatype", schema.get("datatype", "string"))
        if isinstance(datatype, dict):
            datatype = datatype.get("base", "string")
        return cls(
            name=str(column.get("name", "")),
            about=said("aboutUrl") or "",
            property=said("propertyUrl") or "",
            value=said("valueUrl"),
            datatype=_TYPE.get(str(datatype), str(datatype)),
            language=said("lang", "") if "lang" in column or "lang" in schema else "",
            separator=said("separator"),
            virtual=bool(column.get("virtual")),
            silent=bool(column.get("suppressOutput")) or not said("propertyUrl"),
        )

    def quads(self, row: Mapping[str, str], graph: str, path: Path, line: int) -> Iterator[Quad]:
        """The triples that this column's cell stands for."""
        cell = row.get(self.name, "")
        if self.silent or (not cell and not self.virtual):
            return
        subject = _iri(_expanded(self.about, row), path, line)
        property_ = _iri(_prefixed(_expanded(self.property, row)), path, line)
        if self.value is not None:
            yield Quad(subject, property_, _iri(_expanded(self.value, row), path, line), "iri", "", "", graph)
            return
        if self.language and not _LANGUAGE.fullmatch(self.language):
            raise _expected(path, line, "lang", "语言标签", "a language tag", self.language)
        for text in cell.split(self.separator) if self.separator else (cell,):
            datatype = "" if self.language else _iri(f"{XSD}{self.datatype}", path, line)
            yield Quad(subject, property_, text, "literal", datatype, self.language, graph)


def _expanded(template: str, row: Mapping[str, str]) -> str:
    """A URI template with the row's cells (RFC 6570, {x} and {+x}).

    >>> _expanded("http://a/{+x}/{y}", {"x": "b/c", "y": "d e"})
    'http://a/b/c/d%20e'
    """
    return _TEMPLATE.sub(
        lambda found: quote(row.get(found["name"], ""), safe=(_RESERVED + "%" if found["reserved"] else "") + "~"),
        template,
    )


def _prefixed(name: str) -> str:
    """The IRI of a property; `rdf:type` is the one short form that descriptions of tables are full of."""
    return f"{RDF}type" if name == "rdf:type" else name
