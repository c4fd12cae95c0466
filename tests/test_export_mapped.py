"""What the mapped profiles share: their queries, their Turtle, and that the same snapshot gives the same bytes."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rdflib import Graph, Literal, URIRef

from atkg.export import PROFILES
from atkg.export.mapped import batched, new_turtle
from atkg.namespaces import BASE
from atkg.queries import named_queries
from atkg.resources import resource
from exporting import MANIFEST

QUERIES = list(named_queries(resource("queries") / "export"))
MAPPED = ("dcat-ap", "void", "eli", "cpov", "org", "skos", "schema-org", "ics")


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_each_query_runs_as_it_stands_and_finds_something(query, store):
    """Every one can be pasted into the editor; without a value it describes all."""
    assert [parameter.type for parameter in query.parameters] == ["iri"]
    answer = store.query(query.text)
    assert len(answer.to_bytes(answer.media_types[-1])) > 200
    assert query.name.startswith(MAPPED)


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_each_query_stands_on_prefixes_of_its_own(query):
    body = query.text[query.text.index("PREFIX") :]
    assert "{ UNDEF }" in body
    declared = {line.split()[1].rstrip(":") for line in body.splitlines() if line.startswith("PREFIX")}
    assert all(f"{prefix}:" in body.split("\n\n", 1)[1] for prefix in declared), "a prefix that is not used"


WRITE = """
import json, sys
from pathlib import Path
from atkg.export import PROFILES
from atkg.export.profile import Source
from atkg.store import Store
store = Store()
store.load_nquads(Path(sys.argv[1]))
for name in sys.argv[4:]:
    folder = Path(sys.argv[2]) / name
    folder.mkdir(parents=True)
    list(PROFILES[name].write(Source(store, json.loads(sys.argv[3])), folder))
"""


def test_the_same_snapshot_gives_the_same_bytes(store, tmp_path):
    import json

    (tmp_path / "all.nq").write_bytes(store.nquads())
    digests = []
    for seed in ("1", "2"):
        folder = tmp_path / seed
        subprocess.run(
            [sys.executable, "-c", WRITE, tmp_path / "all.nq", folder, json.dumps(MANIFEST), *MAPPED],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            timeout=120,
        )
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
        digests.append({path.relative_to(folder): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths})
    assert digests[0] == digests[1]
    assert len(digests[0]) > 15


@pytest.mark.parametrize("name", MAPPED)
def test_each_is_a_profile_with_its_words_in_both_languages(name):
    profile = PROFILES[name]
    assert profile.zh.endswith("。")
    assert profile.en.endswith(".")


def turtle(*parts: str) -> str:
    file = io.StringIO()
    writer = new_turtle(file, ("dct", "skos", "xsd"))
    for part in parts:
        writer.add(part.encode())
    return file.getvalue()


DCT, SKOS, XSD = (
    "http://purl.org/dc/terms/",
    "http://www.w3.org/2004/02/skos/core#",
    "http://www.w3.org/2001/XMLSchema#",
)
TERMS = [
    # a name that Turtle could take for a number, or that ends in a dot
    f"<{BASE}x> <{DCT}relation> <{SKOS}1a> .",
    f"<{BASE}x> <{DCT}relation> <{SKOS}a.> .",
    f"<{BASE}x> <{DCT}relation> <{SKOS}> .",
    f"<{BASE}x> <{DCT}relation> <{SKOS}a/b> .",
    # texts with what ends a line, a statement or a string
    f'<{BASE}x> <{DCT}title> "a . b ; c , d"@zh .',
    f'<{BASE}x> <{DCT}title> "a\\nb\\r\\t\\"c\\\\" .',
    f'<{BASE}x> <{DCT}title> "<{SKOS}note> .\u2028\u0085 x"@en .',
    f'<{BASE}x> <{DCT}title> "x\\"^^<{XSD}date>" .',
    # a datatype of ours and one of others
    f'<{BASE}x> <{DCT}date> "2022-01-01"^^<{XSD}date> .',
    f'<{BASE}x> <{DCT}date> "v"^^<https://example.org/t> .',
]


@pytest.mark.parametrize("line", TERMS)
def test_turtle_says_what_the_line_says(line):
    assert set(Graph().parse(data=turtle(line), format="turtle")) == set(Graph().parse(data=line, format="nt"))


def test_turtle_is_in_natural_order_and_each_subject_stands_once():
    lines = [f'<{BASE}id/x/row_{number}> <{DCT}title> "{number}" .' for number in (10, 9, 2, 2)]
    text = turtle("\n".join(lines))
    assert [line.split("> ")[0][-6:].strip("_") for line in text.splitlines() if line.startswith(f"<{BASE}")] == [
        "/row_2",
        "/row_9",
        "row_10",
    ]


def test_a_thing_that_parts_share_is_written_where_it_comes_first():
    shared = f'<{BASE}id/function/x> <{SKOS}prefLabel> "某"@zh .'
    own = [f"<{BASE}eli/p/art_{number}> <{DCT}subject> <{BASE}id/function/x> ." for number in (1, 2)]
    text = turtle(f"{own[0]}\n{shared}", f"{own[1]}\n{shared}")
    assert text.count("skos:prefLabel") == 1
    assert set(Graph().parse(data=text, format="turtle")) == {
        (URIRef(f"{BASE}id/function/x"), URIRef(f"{SKOS}prefLabel"), Literal("某", lang="zh")),
        *((URIRef(f"{BASE}eli/p/art_{n}"), URIRef(f"{DCT}subject"), URIRef(f"{BASE}id/function/x")) for n in (1, 2)),
    }


def test_batches_hold_everything_once():
    assert list(batched("abcde", 2)) == [["a", "b"], ["c", "d"], ["e"]]
    assert list(batched([], 2)) == []


def test_no_thing_is_described_in_part(store, tmp_path):
    """Whatever the size of the parts, the files say the same."""
    from atkg.export import mapped
    from atkg.export.cpov import AGENCIES

    out = []
    for size in (1, 7, 1000):
        file = io.StringIO()
        writer = new_turtle(file, ("skos",))
        things = list(mapped.Step("cpov-organisations", AGENCIES).things(store, "yuxi-2021-2030"))
        for part in batched(things, size):
            writer.add(mapped.construct(store, "cpov-organisations", part))
        out.append(set(Graph().parse(data=file.getvalue(), format="turtle")))
    assert out[0] == out[1] == out[2]
