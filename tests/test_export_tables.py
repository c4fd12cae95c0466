"""The tables as CSV on the Web and as SQLite, and the way back from what carries everything."""

from __future__ import annotations

import contextlib
import csv
import json
import shutil
import sqlite3
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from csvw import CSVW

from atkg.cli import main
from atkg.errors import InputError
from atkg.export import PROFILES, Source, export, importing
from atkg.export.csvw import METADATA
from atkg.export.described import table_lines
from atkg.export.importing import import_files
from atkg.export.tables import LINKS, QUADS, TABLES
from atkg.namespaces import ATKG, BASE, RDF, XSD
from atkg.snapshot import current_snapshot
from atkg.store import Store

PREFIXES = (
    f"PREFIX atkg: <{ATKG}> PREFIX skos: <http://www.w3.org/2004/02/skos/core#> PREFIX oa: <http://www.w3.org/ns/oa#>\n"
)
SHORT = {
    "rdf": RDF,
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "dc": "http://purl.org/dc/terms/",
    "schema": "https://schema.org/",
    "oa": "http://www.w3.org/ns/oa#",
    "xsd": XSD,
}
GRAPH = f"<{BASE}graph/plan/x>"
TASK = f"<{BASE}id/task/x/sec_1/t1>"


def source_of(store: Store) -> Source:
    return Source(
        store, {"digest": "sha256:0", "version": "0.1.0", "quads": len(store), "built": "2026-01-01T00:00:00Z"}
    )


@pytest.fixture(scope="module")
def tables(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the CSV files."""
    out = tmp_path_factory.mktemp("tables")
    export(source_of(store), PROFILES["csvw"], out)
    return out / "csvw"


@pytest.fixture(scope="module")
def base(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The SQLite file."""
    return export(source_of(store), PROFILES["sqlite"], tmp_path_factory.mktemp("sqlite"))[0]


@pytest.fixture(scope="module")
def read(tables: Path) -> CSVW:
    """The tables as another reader of CSV on the Web has them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return CSVW(str(tables / METADATA), validate=True)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def exported(tmp_path: Path, *lines: str) -> tuple[Store, Path]:
    """A store of these lines, and the folder of its tables."""
    store = Store.from_quads(lines)
    export(source_of(store), PROFILES["csvw"], tmp_path / "out")
    return store, tmp_path / "out" / "csvw"


# --- CSV on the Web


def test_another_reader_finds_the_tables_valid(read):
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        # strict: header, datatypes, required cells, primary keys, and foreign keys that all lead somewhere
        assert read.is_valid, [str(each.message) for each in (*said, *read.warnings)]
    keys = {(table.local_name, *key.columnReference) for table in read.tables for key in table.tableSchema.foreignKeys}
    assert ("tasks.csv", "clause") in keys and ("assignments.csv", "agency") in keys


def whole(name: str) -> str:
    """The IRI of a name as JSON made from tables has it."""
    prefix, _, local = name.partition(":")
    return SHORT[prefix] + local if prefix in SHORT else f"{RDF}type" if name == "@type" else name


def triples(thing: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """What an object says, with the objects that stand in it."""
    for name, values in thing.items():
        for value in (values if isinstance(values, list) else [values]) if name != "@id" else ():
            if isinstance(value, dict):
                yield thing["@id"], whole(name), value["@id"]
                yield from triples(value)
            else:
                text = str(value).lower() if isinstance(value, bool) else str(value)
                yield thing["@id"], whole(name), whole(text)


def test_another_reader_makes_of_them_the_triples_that_they_stand_for(read, tables, store):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = {triple for thing in read.to_json(minimal=True) for triple in triples(thing)}
    carried = "SELECT ?s ?p ?o WHERE { GRAPH ?g { ?s ?p ?o FILTER (!ISBLANK(?s) && !ISBLANK(?o)) } }"
    said = {(row["s"], row["p"], row["o"]) for row in store.select(carried)}
    beside = {(row["subject"], row["predicate"], row["object"]) for row in rows(tables / "quads.csv")}
    # the text of a literal in quads.csv may stand in a table in another language
    assert sorted(found - said, key=str)[:5] == []
    assert sorted(said - beside - found)[:5] == []
    assert len(found) > 25_000


@pytest.mark.parametrize("table", [table for table in TABLES if table.type], ids=lambda table: table.name)
def test_a_table_has_a_row_for_each_thing(tables, store, table):
    asked = f"SELECT DISTINCT ?thing WHERE {{ ?thing a <{table.type}> }}"
    assert {BASE + row["id"] for row in rows(tables / f"{table.name}.csv")} == {
        row["thing"] for row in store.select(asked)
    }


def test_what_people_look_for_stands_in_a_task_row(tables):
    [row] = [row for row in rows(tables / "tasks.csv") if row["id"] == "id/task/yunnan-2021-50/art_14/sub_1/t1"]
    assert row["plan"] == "eli/yunnan-2021-50"
    assert row["text"].startswith("完善儿童失踪有关信息收集")
    assert (row["lead"], row["basis"]) == ("云南省公安厅", "statement")
    assert row["cooperating"].count("、") == 1


def test_only_what_fits_no_table_stands_in_quads(tables):
    left = {row["predicate"] for row in rows(tables / "quads.csv") if "/graph/plan/" in row["graph"]}
    assert not left & {
        f"{ATKG}{name}" for name in ("sourceText", "leadAgency", "evidence", "agency", "statedIn", "order")
    }
    assert f"{ATKG}text" in left


def test_every_column_is_described_in_both_languages(tables):
    described = json.loads((tables / METADATA).read_text(encoding="utf-8"))
    for table in described["tables"]:
        header = (tables / table["url"]).read_bytes().partition(b"\r\n")[0].decode().split(",")
        columns = [column for column in table["tableSchema"]["columns"] if not column.get("virtual")]
        assert [column["name"] for column in columns] == header
        for column in columns:
            assert [each["@language"] for each in column["dc:description"]] == ["zh", "en"]
            assert all(each["@value"] for each in column["dc:description"])


# --- there and back


@pytest.mark.parametrize("name", ["nquads", "trig", "csvw", "csvw folder"])
def test_what_carries_everything_comes_back_whole(store, tmp_path, name):
    made = export(source_of(store), PROFILES[name.partition(" ")[0]], tmp_path / "out")
    given = next((path for path in made if path.name == METADATA), made[0])
    found = import_files([given.parent if name.endswith("folder") else given], tmp_path / "in")
    assert found.path.read_bytes() == store.nquads()
    assert found.quads == len(store)


# what no column can hold, or what some reader of CSV would change
AWKWARD = {
    "a second value": f"{TASK} <{ATKG}basis> <{BASE}id/basis/table> {GRAPH} .\n{TASK} <{ATKG}basis> <{BASE}id/basis/text> {GRAPH} .",
    "two texts": f'{TASK} <{ATKG}sourceText> "甲"@zh {GRAPH} .\n{TASK} <{ATKG}sourceText> "乙"@zh {GRAPH} .',
    "another language": f'{TASK} <{ATKG}sourceText> "a"@en {GRAPH} .',
    "no language": f'{TASK} <{ATKG}sourceText> "a" {GRAPH} .',
    "an empty text": f'{TASK} <{ATKG}sourceText> ""@zh {GRAPH} .',
    "blanks around": f'{TASK} <{ATKG}sourceText> " a "@zh {GRAPH} .',
    "line ends of all kinds": f'{TASK} <{ATKG}sourceText> "a\\rb\\nc\\r\\nd\\u2028e\\u0085"@zh {GRAPH} .',
    "a NUL": f'{TASK} <{ATKG}sourceText> "a\\u0000b"@zh {GRAPH} .',
    "quotes and commas": f'{TASK} <{ATKG}sourceText> "a,\\"b\\",\\\\c"@zh {GRAPH} .',
    "what a spreadsheet takes for a formula": f'{TASK} <{ATKG}sourceText> "=1+1"@zh {GRAPH} .',
    "a date that is none": f'{TASK} <{ATKG}order> "x"^^<{XSD}integer> {GRAPH} .',
    "a huge number": f'{TASK} <{ATKG}order> "{9**40}"^^<{XSD}integer> {GRAPH} .',
    "a decimal": f"<{BASE}id/derivation/a> a <{ATKG}Derivation> {GRAPH} .".replace(" a ", f" <{RDF}type> ")
    + f'\n<{BASE}id/derivation/a> <{ATKG}confidence> "0.70"^^<{XSD}decimal> {GRAPH} .',
    "a date of the year 12000": f'{TASK} <{ATKG}endDate> "12000-01-01"^^<{XSD}date> {GRAPH} .',
    "an IRI of another site": f"{TASK} <{ATKG}statedIn> <https://example.org/x> {GRAPH} .",
    "an IRI with an escape": f"{TASK} <{ATKG}statedIn> <{BASE}eli/x%2Fy> {GRAPH} .",
    "an IRI in Chinese": f"{TASK} <{ATKG}statedIn> <{BASE}eli/计划> {GRAPH} .",
    "an IRI with braces of a template": f"{TASK} <{ATKG}statedIn> <{BASE}eli/+id> {GRAPH} .",
    "a subject of another site": f"<urn:x> <{RDF}type> <{ATKG}Task> {GRAPH} .",
    "a subject that is the base": f"<{BASE}> <{RDF}type> <{ATKG}Task> {GRAPH} .",
    "a graph of another site": f"{TASK} <{RDF}type> <{ATKG}Task> <urn:g> .",
    "no graph": f"{TASK} <{RDF}type> <{ATKG}Task> .",
    "two graphs": f"{TASK} <{RDF}type> <{ATKG}Task> {GRAPH} .\n{TASK} <{RDF}type> <{ATKG}Task> <{BASE}graph/plan/y> .",
    "two classes": f"{TASK} <{RDF}type> <{ATKG}Task> {GRAPH} .\n{TASK} <{RDF}type> <{ATKG}Plan> {GRAPH} .\n{TASK} <{RDF}type> <urn:C> {GRAPH} .",
    "a class that is a text": f'{TASK} <{RDF}type> "{ATKG}Task" {GRAPH} .',
    "two kinds": f"{TASK} <{RDF}type> <{ATKG}A> {GRAPH} .\n{TASK} <{RDF}type> <{ATKG}B> {GRAPH} .",
    "names with the separator": f"<{BASE}id/agency/a> <{RDF}type> <{ATKG}Agency> {GRAPH} .\n"
    + "\n".join(
        f'<{BASE}id/agency/a> <http://www.w3.org/2004/02/skos/core#altLabel> "{name}"@zh {GRAPH} .'
        for name in ("甲|乙", "甲", "乙")
    ),
    "an assignment of two tasks": f"<{BASE}id/assignment/a> <{RDF}type> <{ATKG}Assignment> {GRAPH} .\n"
    f"{TASK} <{ATKG}assignment> <{BASE}id/assignment/a> {GRAPH} .\n"
    f"<{BASE}id/task/x/t2> <{ATKG}assignment> <{BASE}id/assignment/a> {GRAPH} .",
    "an assignment in another graph than its task": f"<{BASE}id/assignment/a> <{RDF}type> <{ATKG}Assignment> {GRAPH} .\n"
    f"{TASK} <{ATKG}assignment> <{BASE}id/assignment/a> <{BASE}graph/plan/y> .",
    "an assignment of nothing that is there": f"<{BASE}id/assignment/a> <{RDF}type> <{ATKG}Assignment> {GRAPH} .\n"
    f"<{BASE}id/gone> <{ATKG}assignment> <{BASE}id/assignment/a> {GRAPH} .",
    "clauses in a ring": "\n".join(
        f"<{BASE}eli/{a}> <{RDF}type> <{ATKG}Clause> {GRAPH} .\n<{BASE}eli/{a}> <{ATKG}partOf> <{BASE}eli/{b}> {GRAPH} ."
        for a, b in ("xy", "yx")
    ),
    "blank nodes": f'_:a <urn:p> _:b {GRAPH} .\n_:b <urn:p> "x" _:g .',
    "a predicate of ours with a strange name": f"{TASK} <{ATKG}a/b(c)> <{BASE}x> {GRAPH} .",
    "a text in a direction of writing": f'{TASK} <{ATKG}sourceText> "a"@ar--rtl {GRAPH} .',
}


@pytest.mark.parametrize("lines", AWKWARD.values(), ids=AWKWARD)
def test_nothing_is_lost_in_tables_whatever_it_is(tmp_path, lines):
    always = f"{TASK} <{RDF}type> <{ATKG}Task> {GRAPH} ." if "graph" not in lines.split(TASK)[-1] else ""
    store, folder = exported(tmp_path, *lines.splitlines(), always or f'<urn:a> <urn:b> "c" {GRAPH} .')
    assert import_files([folder], tmp_path / "in").path.read_bytes() == store.nquads()


def test_files_together_make_one_dataset(tmp_path):
    (tmp_path / "a.nq").write_text(f'_:x <urn:p> "a" {GRAPH} .\n<urn:s> <urn:p> "both" {GRAPH} .\n')
    (tmp_path / "b.trig").write_text(f'{GRAPH} {{ _:x <urn:p> "b" . <urn:s> <urn:p> "both" . }}')
    found = import_files([tmp_path / "a.nq", tmp_path / "b.trig"], tmp_path / "in")
    assert found.quads == 3
    # a blank node is that of its file
    assert found.path.read_text().count("_:c14n1") == 1


def test_tables_of_others_are_read_by_their_description(tmp_path):
    columns = [
        {"name": "id"},
        {"name": "name", "lang": "zh", "propertyUrl": "urn:name", "separator": ";"},
        {"name": "age", "datatype": {"base": "integer"}, "propertyUrl": "urn:{name}"},
        {"name": "kind", "virtual": True, "propertyUrl": "rdf:type", "valueUrl": "urn:Person"},
    ]
    schema = {"aboutUrl": "urn:p:{id}", "columns": columns}
    (tmp_path / "x.json").write_text(
        json.dumps({"@context": "http://www.w3.org/ns/csvw", "url": "p.csv", "tableSchema": schema})
    )
    (tmp_path / "p.csv").write_text("\ufeffid,name,age\n1,甲;乙,\n a,,7\n", encoding="utf-8")
    assert list(table_lines(tmp_path / "x.json")) == [
        '<urn:p:1> <urn:name> "甲"@zh .\n',
        '<urn:p:1> <urn:name> "乙"@zh .\n',
        f"<urn:p:1> <{RDF}type> <urn:Person> .\n",
        f'<urn:p:%20a> <urn:> "7"^^<{XSD}integer> .\n',
        f"<urn:p:%20a> <{RDF}type> <urn:Person> .\n",
    ]


HEADER = ",".join(column.name for column in QUADS.columns)
DESCRIBED = json.dumps(
    {"tables": [{"url": "quads.csv", "tableSchema": {"columns": [{"name": name} for name in HEADER.split(",")]}}]}
)
WRONG = [
    ("a.nq", "<a> <urn:b> <urn:c> .", "a.nq:1: is not valid N-Quads: Parser error at line 1"),
    ("a.nq", '<urn:a> <urn:b> "c" .\n<urn:a> <urn:b> "c" <urn:g>', "a.nq:2: is not valid N-Quads"),
    ("a.trig", "<urn:g> { <urn:a> <urn:b> }", "a.trig:1: is not valid TriG"),
    ("a.nq", "", "a.nq: holds no quad"),
    # a form without graphs can't carry everything
    ("a.ttl", "<urn:a> <urn:b> <urn:c> .", "a.ttl: can't be imported; expected .nq, .trig, or csv-metadata.json"),
    ("a.json", "[" * 100_000, "a.json: is not valid JSON"),
    ("a.json", '{"tables": 1}', "a.json: describes no tables"),
    ("a.json", '{"tables": ["x"]}', "a.json: describes no tables"),
    # nothing is read outside of the folder, and nothing fetched
    (
        "a.json",
        '{"url": "../../etc/passwd", "tableSchema": {"columns": []}}',
        "must be the name of a file in the same folder",
    ),
    ("a.json", '{"url": "http://127.0.0.1:1/x.csv", "tableSchema": {"columns": []}}', "must be the name of a file"),
    ("a.json", '{"url": ".", "tableSchema": {"columns": []}}', "must be the name of a file"),
    ("a.json", '{"url": "gone.csv", "tableSchema": {"columns": []}}', "gone.csv: there is no such file"),
    ("a.json", '{"url": "gone.csv"}', "table gone.csv has no tableSchema.columns"),
    ("a.json", '{"url": "quads.csv", "tableSchema": {"columns": [1]}}', "a.json: expected objects in `columns`"),
    (
        "a.json",
        '{"url": "quads.csv", "tableSchema": {"columns": [{"name": "x", "aboutUrl": 1}]}}',
        "a text for `aboutUrl`",
    ),
    ("quads.csv", "a,b\n", "quads.csv:1: the header is not as described; expected subject,predicate"),
    ("quads.csv", f"{HEADER}\nurn:a,urn:b\n", "quads.csv:2: expected 7 cells, found 2"),
    (
        "quads.csv",
        f'{HEADER}\nurn:a,urn:b,c,literal,,,urn:g\n\nurn:a,urn:b,"c\n',
        "quads.csv:3: expected 7 cells, found 0",
    ),
    ("quads.csv", f'{HEADER}\nurn:a,urn:b,"c" d,literal,,,\n', "quads.csv:2: is not valid CSV"),
    ("quads.csv", f"{HEADER}\nurn:a b,urn:b,c,literal,,,\n", "quads.csv:2: is not an IRI: 'urn:a b'"),
    ("quads.csv", f"{HEADER}\nurn:a,urn:b,c> <urn:x,iri,,,\n", "quads.csv:2: is not an IRI"),
    (
        "quads.csv",
        f"{HEADER}\nurn:a,urn:b,c,thing,,,\n",
        "quads.csv:2: kind: expected iri, blank or literal, found 'thing'",
    ),
    ("quads.csv", f"{HEADER}\nurn:a,urn:b,c,literal,,zh . <x>,\n", "quads.csv:2: language: expected a language tag"),
    ("quads.csv", f"{HEADER}\n_: <x>,urn:b,c,literal,,,\n", "quads.csv:2: is not a blank node"),
    # what only the store knows to be wrong
    ("quads.csv", f"{HEADER}\nhttp://a[b,urn:b,c,literal,,,\n", "a.json: a table says what can't be a quad"),
    ("quads.csv", "\udcff", "quads.csv: is not UTF-8"),
]


@pytest.mark.parametrize(("name", "text", "sentence"), WRONG, ids=lambda each: each[:40].replace("\n", " "))
def test_a_file_that_is_not_as_it_should_be_is_told_of_in_a_sentence(tmp_path, name, text, sentence):
    (tmp_path / "a.json").write_text(DESCRIBED)
    (tmp_path / "quads.csv").write_text(HEADER)
    (tmp_path / name).write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(InputError) as error:
        import_files([tmp_path / (name if name != "quads.csv" else "a.json")], tmp_path / "out")
    assert sentence in error.value.en
    assert "\n" not in error.value.en and len(error.value.en) < 500
    assert list((tmp_path / "out").iterdir()) == []


def test_tables_that_were_changed_after_the_export_are_told_of(tables, tmp_path):
    folder = shutil.copytree(tables, tmp_path / "copy")
    kept = (folder / "links.csv").read_bytes().splitlines(keepends=True)[:-1]
    (folder / "links.csv").write_bytes(b"".join(kept))
    stated = json.loads((folder / METADATA).read_text(encoding="utf-8"))["dc:identifier"]
    said = CliRunner().invoke(main, ["--lang", "en", "import", str(folder), "--out", str(tmp_path / "in")]).stderr
    assert f"the description of the tables states {stated}; they were changed after the export" in said


# (the table, the cell, what a program for tables made of it, what is said)
CELLS = [
    ("tasks", "position", "first", "position: expected a whole number, found 'first'"),
    ("tasks", "position", "1.0", "position: expected a whole number, found '1.0'"),
    ("tasks", "open_list", "TRUE", "open_list: expected true or false, found 'TRUE'"),
    ("milestones", "ends", "2025/12/31", "ends: expected a date such as 2025-12-31, found '2025/12/31'"),
    ("derivations", "confidence", "0,7", "confidence: expected a decimal number, found '0,7'"),
]


@pytest.mark.parametrize(("table", "column", "cell", "sentence"), CELLS)
def test_a_cell_of_another_type_is_told_of_with_its_line(tables, tmp_path, table, column, cell, sentence):
    shutil.copy(tables / METADATA, tmp_path)
    for described in TABLES:
        found = rows(tables / f"{described.name}.csv")[:2]
        if described.name == table:
            found[1][column] = cell
        with (tmp_path / f"{described.name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(found[0]))
            writer.writeheader()
            writer.writerows(found)
    with pytest.raises(InputError) as error:
        list(table_lines(tmp_path / METADATA))
    assert f"{table}.csv:3: {sentence}" in error.value.en


def test_a_folder_that_holds_no_tables_is_told_of(tmp_path):
    with pytest.raises(InputError, match=r"name a \.nq or \.trig file or the folder of tables"):
        import_files([tmp_path], tmp_path / "out")


# more than the engine holds of one term, as a text and as one that never ends
@pytest.mark.parametrize("end", ['" <urn:g> .', ""])
@pytest.mark.parametrize("name", ["a.nq", "a.trig"])
def test_a_text_that_is_too_long_is_told_of_in_a_sentence(tmp_path, name, end):
    start = "<urn:g> { <urn:a> <urn:b>" if name == "a.trig" else "<urn:a> <urn:b>"
    (tmp_path / name).write_text(f'{start} "{"x" * 17 * 1024**2}{end}')
    with pytest.raises(InputError, match="holds a text of more than 16 MiB, or one whose quotation mark"):
        import_files([tmp_path / name], tmp_path / "out")


KILLED = "import os; os.kill(os.getpid(), 11)"
UNLABELLED = [
    # each with each: every order of them is tried, for ever
    ("LABEL_SECONDS", 1, [(a, b) for a in range(12) for b in range(12) if a != b]),
    # the engine goes down along a chain of many thousands until its process falls
    ("_LABELLING", KILLED, [(0, 1)]),
]


@pytest.mark.parametrize(("name", "value", "pairs"), UNLABELLED, ids=["for ever", "too deep"])
def test_blank_nodes_that_nobody_can_label_are_refused(tmp_path, monkeypatch, name, value, pairs):
    monkeypatch.setattr(importing, name, value)
    (tmp_path / "a.nq").write_text("".join(f"_:a{a} <urn:p> _:a{b} <urn:g> .\n" for a, b in pairs))
    with pytest.raises(InputError, match="too entangled"):
        import_files([tmp_path / "a.nq"], tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_an_import_is_a_snapshot_that_can_be_served(tables, store, tmp_path):
    result = CliRunner().invoke(main, ["--lang", "en", "import", str(tables), "--out", str(tmp_path)])
    assert result.exit_code == 0, result.stderr
    snapshot = current_snapshot(tmp_path)
    assert f"{len(store)} quads, {snapshot.manifest['digest']}" in result.stderr
    assert snapshot.open().nquads() == store.nquads()


def test_what_breaks_the_rules_is_imported_but_not_published(tmp_path):
    (tmp_path / "a.nq").write_text(f"{TASK} <{RDF}type> <{ATKG}Task> {GRAPH} .\n")
    result = CliRunner().invoke(main, ["--lang", "en", "import", str(tmp_path / "a.nq"), "--out", str(tmp_path / "in")])
    assert result.exit_code == 1
    assert "No snapshot was published; see atkg validate" in result.stderr
    assert current_snapshot(tmp_path / "in") is None


# --- SQLite


@contextlib.contextmanager
def opened(path: Path):
    """The file as a reader opens it that may not write."""
    connection = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
    try:
        yield connection
    finally:
        connection.close()


def test_the_file_is_sound_and_every_reference_leads_somewhere(base):
    with opened(base) as tables:
        assert tables.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert tables.execute("PRAGMA foreign_key_check").fetchall() == []
        keys = tables.execute('PRAGMA foreign_key_list("assignments")').fetchall()
    assert {(key[3], key[2]) for key in keys} == {("task", "tasks"), ("agency", "agencies"), ("evidence", "spans")}


def test_the_references_of_one_plan_lead_somewhere_too(store, tmp_path):
    chosen = Source(store, {"digest": "sha256:0", "version": "0"}, ("luan-2022-49",))
    [path] = export(chosen, PROFILES["sqlite"], tmp_path)
    with opened(path) as tables:
        assert tables.execute("PRAGMA foreign_key_check").fetchall() == []
        assert tables.execute("SELECT count(*) FROM tasks WHERE plan = 'eli/luan-2022-49'").fetchone() == (38,)


# a question, what SPARQL asks for it, and the index that answers
QUESTIONS = [
    (
        "SELECT count(*) FROM assignments a JOIN tasks t ON t.id = a.task WHERE t.plan = 'eli/luan-2022-49' AND a.role = 'lead'",
        f"SELECT (COUNT(*) AS ?n) WHERE {{ ?t atkg:partOf <{BASE}eli/luan-2022-49> ; atkg:assignment ?a . ?a atkg:role <{BASE}id/role/lead> }}",
        "tasks_by_plan",
    ),
    (
        "SELECT count(*) FROM milestones WHERE agency = 'id/agency/luan/civil-affairs' AND ends < '2025-01-01'",
        f"SELECT (COUNT(*) AS ?n) WHERE {{ ?m atkg:agency <{BASE}id/agency/luan/civil-affairs> ; atkg:endDate ?e FILTER (?e < '2025-01-01'^^<{XSD}date>) }}",
        "milestones_by_agency",
    ),
    (
        "SELECT count(*) FROM links WHERE property = 'derivedFrom' AND target = 'id/reconstructed/cn-2021-13/2.2.2.1'",
        f"SELECT (COUNT(*) AS ?n) WHERE {{ ?p atkg:derivedFrom <{BASE}id/reconstructed/cn-2021-13/2.2.2.1> }}",
        "links_by_target",
    ),
    (
        "SELECT count(*) FROM clauses WHERE plan = 'eli/yuxi-2021-2030'",
        f"SELECT (COUNT(*) AS ?n) WHERE {{ ?c atkg:partOf+ <{BASE}eli/yuxi-2021-2030> . ?c a atkg:Clause }}",
        "clauses_by_plan",
    ),
    ("SELECT sum(stop - start) FROM spans", "SELECT (SUM(?e - ?s) AS ?n) WHERE { ?p oa:start ?s ; oa:end ?e }", ""),
    (
        "SELECT count(*) FROM derivations WHERE reviewed AND NOT coalesce(self_attested, 0)",
        "SELECT (COUNT(*) AS ?n) WHERE { ?d atkg:reviewed true FILTER NOT EXISTS { ?d atkg:selfAttested true } }",
        "",
    ),
]


@pytest.mark.parametrize(("sql", "sparql", "index"), QUESTIONS, ids=lambda each: each[:50])
def test_sql_gives_what_sparql_gives_and_uses_an_index(base, store, sql, sparql, index):
    with opened(base) as tables:
        [[number]] = tables.execute(sql).fetchall()
        plan = str(tables.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall())
    assert number == int(store.select(PREFIXES + sparql)[0]["n"]) > 0
    assert index in plan


def test_cells_have_types(base):
    with opened(base) as tables:
        kinds = tables.execute(
            "SELECT typeof(position), typeof(text), typeof(open_list) FROM tasks WHERE open_list"
        ).fetchone()
        assert kinds == ("integer", "text", "integer")
        ends = [row[0] for row in tables.execute("SELECT DISTINCT typeof(ends) FROM milestones WHERE ends IS NOT NULL")]
        assert ends == ["text"]
        declared = {row[1]: row[2] for row in tables.execute('PRAGMA table_info("milestones")')}
        assert (declared["ends"], declared["id"]) == ("DATE", "TEXT")


def test_a_view_lists_tasks_as_people_read_them(base):
    with opened(base) as tables:
        row = tables.execute(
            "SELECT plan_title, reference, lead FROM task_list WHERE id = 'id/task/yunnan-2021-50/art_14/sub_1/t1'"
        ).fetchone()
    assert "云南" in row[0] and row[2] == "云南省公安厅"


def test_every_table_is_in_the_file(base):
    with opened(base) as tables:
        names = {row[0] for row in tables.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert names == {table.name for table in (*TABLES, LINKS, QUADS)} | {"facts"}
