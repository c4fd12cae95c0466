"""The tables as CSV files with their description as CSV on the Web says it (W3C's csvw and csv2rdf).

A reader that follows the description makes from each table exactly the triples that it stands for. `quads.csv` is
outside of that (`suppressOutput`): CSV on the Web can't give every cell of a column a datatype of its own.
"""

from __future__ import annotations

import csv
import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from atkg.export.profile import DATASET, Profile, Source
from atkg.export.sqlite import stored, write_tables
from atkg.export.tables import LINKS, QUADS, SEPARATOR, TABLES, Column, Table
from atkg.namespaces import ATKG, BASE, RDF

METADATA: Final = "csv-metadata.json"
"""The name under which CSV on the Web looks for a description."""
CC0: Final = "https://creativecommons.org/publicdomain/zero/1.0/"

_SELECT: Final = "SELECT COLUMNS FROM TABLE t ORDER BY ORDERING"
_DANGLING: Final = """
SELECT 1 FROM TABLE t WHERE NOT EXISTS (SELECT 1 FROM REFERS r WHERE r.id = t.COLUMN) LIMIT 1
"""

Json = dict[str, Any]


def _write(source: Source, folder: Path) -> Iterator[Path]:
    for stem in source.stems:
        place = folder / "csvw" / ("" if stem == DATASET else stem)
        place.mkdir(parents=True)
        with closing(sqlite3.connect(write_tables(source, stem, folder))) as base:
            for table in TABLES:
                yield _write_table(base, place, table, ["id", *(each.name for each in table.columns), "graph"], "t.id")
                source.advance(f"{table.name}.csv")
            # the quads were put in by the order of their subjects
            for table, ordering in ((LINKS, "t.source, t.property, t.target, t.graph"), (QUADS, "t.rowid")):
                yield _write_table(base, place, table, [each.name for each in table.columns], ordering)
                source.advance(f"{table.name}.csv")
            described = _describe(base, source, stem)
        path = place / METADATA
        path.write_text(json.dumps(described, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")
        yield path


def _write_table(base: sqlite3.Connection, place: Path, table: Table, names: Sequence[str], ordering: str) -> Path:
    composed = {column.name: column.sql for column in table.columns if column.sql}
    columns = ", ".join(composed.get(name, f"t.{name}") for name in names)
    flags = {
        place
        for place, name in enumerate(names)
        for each in table.columns
        if (each.name, each.form) == (name, "boolean")
    }
    query = _SELECT.replace("COLUMNS", columns).replace("TABLE", table.name).replace("ORDERING", ordering)
    path = place / f"{table.name}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(names)
        rows: Iterable[Sequence[Any]] = base.execute(query)
        if flags:
            rows = ([_WORDS.get(cell, cell) if at in flags else cell for at, cell in enumerate(row)] for row in rows)
        writer.writerows(rows)
    return path


_WORDS: Final = {1: "true", 0: "false"}


def _describe(base: sqlite3.Connection, source: Source, stem: str) -> Json:
    """The description of all tables."""
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "zh"}],
        "dc:title": _both(
            "反对拐卖人口行动计划知识图谱：表格",
            "Knowledge graph of the action plans against human trafficking: tables",
        ),
        "dc:license": {"@id": CC0},
        "dc:source": {"@id": f"{BASE}dataset/atkg" if stem == DATASET else f"{BASE}eli/{stem}"},
        "dc:identifier": str(source.manifest["digest"]),
        "dialect": {"header": True, "encoding": "utf-8", "lineTerminators": ["\r\n", "\n"], "trim": False},
        "tables": [
            *(_table(base, table) for table in TABLES),
            _links(),
            {
                "url": "quads.csv",
                "dc:description": _both(QUADS.zh, QUADS.en),
                "suppressOutput": True,
                "tableSchema": {"columns": [_plain(column) for column in QUADS.columns]},
            },
        ],
    }


def _table(base: sqlite3.Connection, table: Table) -> Json:
    columns = [
        {
            "name": "id",
            "dc:description": _both("标识，base 之后的路径", "its IRI below the base"),
            "required": True,
            "suppressOutput": True,
        },
        *(_column(column) for column in table.columns),
        {
            "name": "graph",
            "dc:description": _both("所在的图", "the graph it stands in"),
            "required": True,
            "suppressOutput": True,
        },
    ]
    if table.type:
        columns.append({"name": "class", "virtual": True, "propertyUrl": f"{RDF}type", "valueUrl": table.type})
    schema: Json = {"aboutUrl": f"{BASE}{{+id}}", "primaryKey": "id", "columns": columns}
    keys = [
        {"columnReference": column.name, "reference": {"resource": f"{column.refers}.csv", "columnReference": "id"}}
        for column in stored(table)
        if column.refers and not _dangles(base, table, column)
    ]
    if keys:
        schema["foreignKeys"] = keys
    return {"url": f"{table.name}.csv", "dc:description": _both(table.zh, table.en), "tableSchema": schema}


def _dangles(base: sqlite3.Connection, table: Table, column: Column) -> bool:
    """Whether a row names nothing, or something that the other table doesn't hold: then it is no key to CSV readers."""
    query = _DANGLING.replace("TABLE", table.name).replace("COLUMN", column.name).replace("REFERS", column.refers)
    return base.execute(query).fetchone() is not None


def _column(column: Column) -> Json:
    found = _plain(column)
    if not column.predicate:
        return found | {"suppressOutput": True}
    found["propertyUrl"] = column.predicate
    if column.inverse:
        return found | {"aboutUrl": f"{BASE}{{+{column.name}}}", "valueUrl": f"{BASE}{{+id}}"}
    match column.form:
        case "path":
            found["valueUrl"] = f"{BASE}{{+{column.name}}}"
        case "slug":
            found["valueUrl"] = f"{column.prefix}{{{column.name}}}"
        case "iri":
            found["valueUrl"] = f"{{+{column.name}}}"
        case "text" | "texts":
            found["lang"] = column.prefix
            if column.form == "texts":
                found["separator"] = SEPARATOR
        case _:
            found["datatype"] = column.form
    return found


def _links() -> Json:
    source, property_, target, graph = LINKS.columns
    return {
        "url": "links.csv",
        "dc:description": _both(LINKS.zh, LINKS.en),
        "tableSchema": {
            "aboutUrl": f"{BASE}{{+source}}",
            "columns": [
                _plain(source) | {"suppressOutput": True},
                _plain(property_) | {"suppressOutput": True},
                _plain(target) | {"propertyUrl": f"{ATKG}{{property}}", "valueUrl": f"{BASE}{{+target}}"},
                _plain(graph) | {"suppressOutput": True},
            ],
        },
    }


def _plain(column: Column) -> Json:
    return {"name": column.name, "dc:description": _both(column.zh, column.en)}


def _both(zh: str, en: str) -> list[Json]:
    return [{"@value": zh, "@language": "zh"}, {"@value": en, "@language": "en"}]


CSVW: Final = Profile(
    "csvw",
    "全部内容的 CSV 表格及其说明（CSV on the Web）：供表格软件、pandas 和 R 使用。",
    "Everything as CSV tables with their description (CSV on the Web): for spreadsheets, pandas and R.",
    {".csv": "text/csv", ".json": "application/csvm+json"},
    _write,
)
