"""Files get their places whole or not at all, whatever else stands or happens in the folder."""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from atkg.errors import InputError
from atkg.export import PROFILES, Profile, Source, export
from atkg.store import Store

MANIFEST = {"digest": "sha256:0", "version": "0.1.0", "quads": 1, "built": "2026-01-01T00:00:00Z"}
SOURCE = Source(Store.from_quads(['<urn:a> <urn:x#b> "c" <https://w3id.org/atkg/graph/plan/x> .']), MANIFEST)


def _breaks(error: Exception) -> Profile:
    def write(source: Source, folder: Path) -> Iterator[Path]:
        (folder / "atkg.nq").write_text("half")
        yield folder / "atkg.nq"
        raise error

    return Profile("broken", "坏", "broken", {".nq": "application/n-quads"}, write)


def test_an_export_that_fails_leaves_what_was_there(tmp_path):
    (tmp_path / "atkg.nq").write_text("the last whole one")
    with pytest.raises(InputError, match="No space left"):
        export(SOURCE, _breaks(OSError("No space left")), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["atkg.nq"]
    assert (tmp_path / "atkg.nq").read_text() == "the last whole one"


def test_an_interrupted_export_leaves_nothing_half(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        export(SOURCE, _breaks(KeyboardInterrupt()), tmp_path)
    assert list(tmp_path.iterdir()) == []


# what stands in a file's place, and what is said of it
IN_THE_WAY = [
    # a folder that is called like the last file, when others could be moved already
    ("csvw/tasks.csv/x", "csvw/tasks.csv: is a folder; a file goes here"),
    # a file that is called like the folder
    ("csvw", "csvw: is a file; a folder goes here"),
]


@pytest.mark.parametrize(("there", "sentence"), IN_THE_WAY)
def test_what_is_in_the_way_is_named_before_anything_is_moved(tmp_path, there, sentence):
    (tmp_path / there).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / there).write_text("mine")
    with pytest.raises(InputError) as error:
        export(SOURCE, PROFILES["csvw"], tmp_path)
    assert error.value.en == f"{tmp_path}/{sentence}"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [tmp_path / there]


def test_a_file_where_the_folder_should_be_is_named(tmp_path):
    (tmp_path / "out").write_text("mine")
    with pytest.raises(InputError, match="something else stands here; a folder goes here"):
        export(SOURCE, PROFILES["nquads"], tmp_path / "out")


def _meanwhile(do: Callable[[], None]) -> Profile:
    """Writes a file, and does something while it is not yet in its place."""

    def write(source: Source, folder: Path) -> Iterator[Path]:
        (folder / "atkg.nq").write_text("whole")
        do()
        yield folder / "atkg.nq"

    return Profile("meanwhile", "", "", {".nq": "application/n-quads"}, write)


def test_what_a_killed_export_left_is_cleared_away_but_not_what_another_makes(tmp_path):
    left = tmp_path / ".making-killed"
    (left / "files").mkdir(parents=True)
    (left / "files" / "half").write_text("half")
    (left / "nquads").mkdir()
    mine = tmp_path / ".making-mine"
    mine.mkdir()
    (mine / "notes").write_text("of somebody else")
    made = export(SOURCE, _meanwhile(lambda: export(SOURCE, PROFILES["turtle"], tmp_path)), tmp_path)
    assert made[0].read_text() == "whole"
    assert {path.name for path in tmp_path.iterdir()} == {"atkg.nq", "atkg.ttl", ".making-mine"}


def test_two_exports_into_one_folder_do_not_move_their_files_at_once(tmp_path):
    held = os.open(tmp_path, os.O_RDONLY)
    moved = threading.Event()

    def other() -> None:
        export(SOURCE, PROFILES["nquads"], tmp_path)
        moved.set()

    fcntl.flock(held, fcntl.LOCK_EX)
    waiting = threading.Thread(target=other)
    waiting.start()
    assert not moved.wait(0.3)
    assert not (tmp_path / "atkg.nq").exists()
    os.close(held)
    waiting.join(20)
    assert (tmp_path / "atkg.nq").exists()
