"""Quads from tables, read as their description says (W3C's CSV on the Web), whichever columns they have.

The graph of each row stands in a column `graph`; the statements of `quads.csv` are read as they stand. Nothing is
fetched: a description may only name files beside it.
"""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from atkg.errors import InputError
from atkg.export.tables import QUADS
from atkg.export.terms import STRING, Quad, line_of
from atkg.namespaces import BASE, RDF, XSD

MAX_CELL: Final = 64 * 1024**2
"""The most characters of one cell."""
MAX_METADATA: Final = 16 * 1024**2
"""The most bytes of a description of tables."""

_IRI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|\\^`]*")
_NODE: Final = re.compile(r"_:[A-Za-z0-9]+(?:[._-]*[A-Za-z0-9]+)*")
_LANGUAGE: Final = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*(?:--(?:ltr|rtl))?")
_TEMPLATE: Final = re.compile(r"\{(?P<reserved>\+?)(?P<name>[A-Za-z0-9_.%]+)\}")
_RESERVED: Final = ":/?#[]@!$&'()*+,;="
_TYPE: Final = {"gYear": "gYear", "number": "double", "any": "anyAtomicType", "binary": "base64Binary"}


_FORMS: Final = {
    "integer": (re.compile(r"[+-]?[0-9]+"), "整数", "a whole number"),
    "decimal": (re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"), "小数", "a decimal number"),
    "boolean": (re.compile(r"true|false|1|0"), " true 或 false", "true or false"),
    "date": (
        re.compile(r"-?[0-9]{4,}-[0-9]{2}-[0-9]{2}(?:Z|[+-][0-9]{2}:[0-9]{2})?"),
        "日期，如 2025-12-31",
        "a date such as 2025-12-31",
    ),
}
"""What a cell of a datatype looks like, and its name: programs for tables like to write others."""


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
            form = None if self.language else _FORMS.get(self.datatype)
            if form and not form[0].fullmatch(text):
                raise _expected(path, line, self.name, form[1], form[2], text)
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
