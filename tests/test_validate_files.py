"""Files are read again where they were written again, and where a subject stands in one is found without reading all."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

import pytest

from atkg.namespaces import ATKG, BASE
from atkg.validate import contents
from atkg.validate.cache import Cache
from atkg.validate.statements import read_turtle

REWRITTEN = [
    # at once, in the same moment by the clock of a coarse file system
    lambda path: path.write_text("b", encoding="utf-8"),
    # with its old time set again, as by a tool that restores times
    lambda path: (path.write_text("b", encoding="utf-8"), os.utime(path, ns=(1, 1))),
    # another file in its place
    lambda path: (path.with_suffix(".new").write_text("b", encoding="utf-8"), path.with_suffix(".new").replace(path)),
]


@pytest.mark.parametrize("rewrite", REWRITTEN, ids=["at once", "time restored", "replaced"])
@pytest.mark.parametrize("waited", [0, 3 * 10**9], ids=["new", "settled"])
def test_a_file_of_the_same_size_is_read_again_where_it_was_written_again(rewrite, waited, tmp_path, monkeypatch):
    path = tmp_path / "file.txt"
    path.write_text("a", encoding="utf-8")
    os.utime(path, ns=(1, 1))
    cache, now = Cache(tmp_path / "cache"), time.time_ns()
    monkeypatch.setattr(contents.time, "time_ns", lambda: now + waited)
    before = contents.Contents(cache, tmp_path, {})
    digest = before.digest(path)
    before.keep()
    rewrite(path)
    assert contents.Contents(cache, tmp_path, {}).digest(path) == hashlib.sha256(b"b").hexdigest() != digest


def test_a_file_that_stays_as_it_is_is_read_once(tmp_path, monkeypatch):
    path = tmp_path / "file.txt"
    path.write_text("a", encoding="utf-8")
    cache, now = Cache(tmp_path / "cache"), time.time_ns()
    monkeypatch.setattr(contents.time, "time_ns", lambda: now + 3 * 10**9)
    before = contents.Contents(cache, tmp_path, {})
    digest = before.digest(path)
    before.keep()
    read: list[Path] = []
    known = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: (read.append(path), known(path))[1])
    assert contents.Contents(cache, tmp_path, {}).digest(path) == digest
    assert path not in read


HEAD = f"@base <{BASE}> .\n@prefix atkg: <ontology#> .\n"
LAYOUTS = [
    # as atkg writes it
    HEAD + '<eli/a> a atkg:Plan ;\n\tatkg:text "x . y\\n" .\n<eli/b> a atkg:Plan .\n',
    # a statement a line, and the same subject twice
    HEAD + "<eli/b> a atkg:Plan .\n<eli/a> a atkg:Plan .\n<eli/a> atkg:order 1 .\n",
    # an IRI written in full, and one of which another is the beginning
    HEAD + f"<eli/ab> a atkg:Plan .\n<{BASE}eli/a> a atkg:Plan .\n",
    # another base or prefix on the way, as where somebody adds to the end
    HEAD + f"<eli/b> a atkg:Plan .\n@base <{BASE}eli/> .\n<a> a atkg:Plan .\n",
    # a line end in a string, behind which another statement seems to begin
    HEAD + '<eli/b> atkg:text """one\n<eli/a> a atkg:Plan .\n""" .\n<eli/a> atkg:order 2 .\n',
    # a comment, another order of lines, names with a prefix
    HEAD + "# <eli/a>\n<eli/b>\n  a atkg:Plan .\n  <eli/a> a\n atkg:Plan .\n",
    HEAD + "@prefix e: <eli/> .\ne:a a atkg:Plan .\n",
    # no head at all
    f"<{BASE}eli/a> <{ATKG}order> 1 .\n",
]


@pytest.mark.parametrize("text", LAYOUTS)
def test_a_subject_is_found_where_a_reading_of_the_whole_file_finds_it(text):
    node = f"{BASE}eli/a"
    places = read_turtle(text).places
    wanted = {key: place for key, place in places.items() if key[0] == node}
    assert wanted
    assert {key: place for key, place in read_turtle(text, [node]).places.items() if key[0] == node} == wanted
