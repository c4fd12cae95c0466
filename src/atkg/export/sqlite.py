"""The tables as one SQLite file, which is also where the CSV files are written from."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from atkg.export.profile import Profile, Source
from atkg.export.sort import sorted_quads
from atkg.export.tables import LINKS, PATH, QUADS, SEPARATOR, SLUG, TABLES, Column, Table
from atkg.export.terms import Quad, subjects
from atkg.namespaces import ATKG, BASE, RDF

Row = dict[str, str | int | float]

_BATCH: Final = 2_000
"""Rows that are inserted at once."""
_INSERT: Final = "INSERT INTO TABLE VALUES (MARKS)"
_TYPES: Final = {"integer": "INTEGER", "boolean": "BOOLEAN", "date": "DATE", "decimal": "REAL"}

_PRAGMAS: Final = """
PRAGMA page_size = 4096;
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -32768;
PRAGMA temp_store = FILE;
"""

_INVERSE: Final = """
UPDATE TABLE SET COLUMN = (
    SELECT i.source FROM aside.inverse i
    WHERE i.target = TABLE.id AND i.property = 'PROPERTY' AND i.graph = TABLE.graph
)
WHERE 1 = (
    SELECT count(*) FROM aside.inverse i JOIN REFERS r ON r.id = i.source
    WHERE i.target = TABLE.id AND i.property = 'PROPERTY' AND i.graph = TABLE.graph
) AND 1 = (
    SELECT count(*) FROM aside.inverse i
    WHERE i.target = TABLE.id AND i.property = 'PROPERTY' AND i.graph = TABLE.graph
);
INSERT INTO links SELECT i.source, i.property, i.target, i.graph FROM aside.inverse i
WHERE i.property = 'PROPERTY' AND NOT EXISTS (
    SELECT 1 FROM TABLE t WHERE t.id = i.target AND t.COLUMN = i.source AND t.graph = i.graph
);
"""
"""What the subject of exactly one link is becomes a cell of its object's row; the other links stay links."""

_PLANS_OF_CLAUSES: Final = (
    "UPDATE clauses SET plan = part_of WHERE part_of IN (SELECT id FROM plans)",
    """
    UPDATE clauses SET plan = (SELECT above.plan FROM clauses above WHERE above.id = clauses.part_of)
    WHERE plan IS NULL
        AND EXISTS (SELECT 1 FROM clauses above WHERE above.id = clauses.part_of AND above.plan IS NOT NULL)
    """,
)
"""The first once, the second as often as it finds something."""

_TASK_LIST: Final = """
CREATE VIEW task_list AS
SELECT t.id, p.title AS plan_title, c.reference, t.text, LEAD AS lead, COOPERATING AS cooperating,
    IMPLEMENTING AS implementing
FROM tasks t LEFT JOIN plans p ON p.id = t.plan LEFT JOIN clauses c ON c.id = t.clause
"""


def write_tables(source: Source, stem: str, folder: Path) -> Path:
    """The SQLite file of all tables, made once for an export."""
    path = (source.scratch or folder) / f".{stem}.tables.sqlite"
    if not path.exists():
        nquads = sorted_quads(source, stem, folder)
        making = path.with_suffix(".making")
        fill(nquads, making, {"version": source.manifest["version"], "digest": source.manifest["digest"]})
        making.replace(path)
    return path


def fill(nquads: Path, path: Path, facts: Mapping[str, str]) -> None:
    """Write the tables of sorted N-Quads into a new SQLite file: the same bytes for the same quads."""
    aside = path.with_name(f"{path.name}.aside")
    with closing(sqlite3.connect(path, isolation_level=None)) as base:
        base.executescript(_PRAGMAS)
        base.execute("ATTACH ? AS aside", (str(aside),))
        base.executescript("PRAGMA aside.journal_mode = OFF; PRAGMA aside.synchronous = OFF;")
        base.execute("BEGIN")
        for statement in _schema():
            base.execute(statement)
        base.executemany("INSERT INTO facts VALUES (?, ?)", sorted(facts.items()))
        _insert(base, subjects(nquads))
        base.execute("CREATE INDEX aside.by_target ON inverse (target, property)")
        for table in TABLES:
            for column in table.columns:
                if column.inverse:
                    _take_inverse(base, table, column)
        base.execute(_PLANS_OF_CLAUSES[0])
        while base.execute(_PLANS_OF_CLAUSES[1]).rowcount:
            pass
        for statement in _indexes():
            base.execute(statement)
        base.execute(_task_list())
        base.execute("COMMIT")
        base.execute("DETACH aside")
    aside.unlink()


def _task_list() -> str:
    view = _TASK_LIST
    for column in next(table for table in TABLES if table.name == "tasks").columns:
        view = view.replace(f"{column.name.upper()} AS", f"{column.sql} AS")
    return view


def stored(table: Table) -> list[Column]:
    """The columns that the database holds; what is put together for readers is a view, but for a reference."""
    return [column for column in table.columns if not column.sql or column.refers]


def _schema() -> Iterator[str]:
    for table in TABLES:
        columns = ["id TEXT NOT NULL PRIMARY KEY"]
        for column in stored(table):
            refers = f" REFERENCES {column.refers} (id)" if column.refers else ""
            columns.append(f"{column.name} {_TYPES.get(column.form, 'TEXT')}{refers}")
        columns.append("graph TEXT NOT NULL")
        yield f"CREATE TABLE {table.name} ({', '.join(columns)}) WITHOUT ROWID"
    names = [f"{column.name} TEXT NOT NULL" for column in LINKS.columns]
    keys = ", ".join(column.name for column in LINKS.columns)
    yield f"CREATE TABLE links ({', '.join(names)}, PRIMARY KEY ({keys})) WITHOUT ROWID"
    yield f"CREATE TABLE aside.inverse ({', '.join(names)})"
    yield f"CREATE TABLE quads ({', '.join(f'{column.name} TEXT' for column in QUADS.columns)})"
    yield "CREATE TABLE facts (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID"


def _indexes() -> Iterator[str]:
    for table in TABLES:
        for column in stored(table):
            if column.refers:
                yield f"CREATE INDEX {table.name}_by_{column.name} ON {table.name} ({column.name})"
    yield "CREATE INDEX clauses_by_part_of ON clauses (part_of)"
    yield "CREATE INDEX derivations_by_part ON derivations (part)"
    yield "CREATE INDEX derivations_by_above ON derivations (above)"
    yield "CREATE INDEX links_by_target ON links (target, property)"
    yield "CREATE INDEX quads_by_subject ON quads (subject, predicate)"


class _Batches:
    """Rows that wait to be inserted together."""

    def __init__(self, base: sqlite3.Connection) -> None:
        self._base = base
        self._rows: dict[str, list[Sequence[Any]]] = {}

    def add(self, table: str, row: Sequence[Any]) -> None:
        rows = self._rows.setdefault(table, [])
        rows.append(row)
        if len(rows) >= _BATCH:
            self._insert(table)

    def close(self) -> None:
        for table in self._rows:
            self._insert(table)

    def _insert(self, table: str) -> None:
        if rows := self._rows[table]:
            marks = ", ".join("?" * len(rows[0]))
            self._base.executemany(_INSERT.replace("TABLE", table).replace("MARKS", marks), rows)
            rows.clear()


def _insert(base: sqlite3.Connection, found: Iterable[tuple[str, list[Quad]]]) -> None:
    batches = _Batches(base)
    inverse = {column.predicate for table in TABLES for column in table.columns if column.inverse}
    for subject, quads in found:
        filled: set[str] = set()
        graphs: dict[str, list[Quad]] = {}
        for quad in quads:
            graphs.setdefault(quad.graph, []).append(quad)
        for graph, told in graphs.items():
            rest = told
            table = _table_of(told) if _is_path(subject) and _is_path(graph) else None
            if table and table.name not in filled:
                filled.add(table.name)
                row, rest = row_of(table, told)
                cells = [row.get(column.name) for column in stored(table)]
                batches.add(table.name, (subject.removeprefix(BASE), *cells, graph.removeprefix(BASE)))
            for quad in rest:
                if link := _link(quad):
                    batches.add("aside.inverse" if quad.predicate in inverse else "links", link)
                else:
                    batches.add(
                        "quads",
                        (subject, quad.predicate, quad.value, quad.kind, quad.datatype, quad.language, graph),
                    )
    batches.close()


def _table_of(quads: Sequence[Quad]) -> Table | None:
    types = {quad.value for quad in quads if quad.predicate == _TYPE and quad.kind == "iri"}
    predicates = {quad.predicate for quad in quads}
    return next((table for table in TABLES if table.type in types or table.having in predicates), None)


def row_of(table: Table, quads: Sequence[Quad]) -> tuple[Row, list[Quad]]:
    """(the cells that stand for quads of one subject in one graph, the quads that no cell stands for)."""
    row: Row = {}
    rest = []
    for quad in quads:
        if table.type and quad.predicate == _TYPE and quad.value == table.type and quad.kind == "iri":
            continue
        for column in _own(table).get(quad.predicate, ()):
            cell = column.cell(quad)
            if cell is not None and column.form == "texts" and column.name in row:
                row[column.name] = f"{row[column.name]}{SEPARATOR}{cell}"
                break
            if cell is not None and column.name not in row:
                row[column.name] = cell
                break
        else:
            rest.append(quad)
    return row, rest


def _own(table: Table) -> Mapping[str, Sequence[Column]]:
    if table.name not in _OWN:
        columns: dict[str, list[Column]] = {}
        for column in table.own:
            columns.setdefault(column.predicate, []).append(column)
        _OWN[table.name] = columns
    return _OWN[table.name]


_OWN: Final[dict[str, Mapping[str, Sequence[Column]]]] = {}
_TYPE: Final = f"{RDF}type"


def _is_path(iri: str) -> bool:
    return iri.startswith(BASE) and PATH.fullmatch(iri, len(BASE)) is not None


def _link(quad: Quad) -> tuple[str, str, str, str] | None:
    """The row of `links` for a relation by a property of ours between things of ours."""
    if quad.kind != "iri" or not all(map(_is_path, (quad.subject, quad.value, quad.graph))):
        return None
    if not quad.predicate.startswith(ATKG) or not SLUG.fullmatch(quad.predicate, len(ATKG)):
        return None
    source, target, graph = (iri.removeprefix(BASE) for iri in (quad.subject, quad.value, quad.graph))
    return source, quad.predicate.removeprefix(ATKG), target, graph


def _take_inverse(base: sqlite3.Connection, table: Table, column: Column) -> None:
    script = _INVERSE
    words = {"TABLE": table.name, "COLUMN": column.name, "REFERS": column.refers}
    words["PROPERTY"] = column.predicate.removeprefix(ATKG)
    for word, meant in words.items():
        script = script.replace(word, meant)
    for statement in script.split(";")[:-1]:
        base.execute(statement)


def _write(source: Source, folder: Path) -> Iterator[Path]:
    for stem in source.stems:
        made = write_tables(source, stem, folder)
        path = folder / f"{stem}.sqlite"
        with made.open("rb") as tables, path.open("wb") as file:
            while part := tables.read(1024**2):
                file.write(part)
        source.advance(path.name)
        yield path


SQLITE: Final = Profile(
    "sqlite",
    "全部内容的 SQLite 数据库，每类一张表：供 pandas、DuckDB、Datasette 使用。",
    "Everything as an SQLite database, a table a kind: for pandas, DuckDB, Datasette.",
    {".sqlite": "application/vnd.sqlite3"},
    _write,
)
