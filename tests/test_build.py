"""A build gives the same bytes each time, says what is stale, and never leaves half a snapshot."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from atkg.build import build
from atkg.snapshot import current_snapshot, open_store
from atkg.errors import InputError
from conftest import DATA


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A copy of the data folder that a test may spoil."""
    return Path(shutil.copytree(DATA, tmp_path / "data"))


def atkg(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "atkg", *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        check=False,
    )


def test_two_builds_with_different_hash_seeds_give_the_same_bytes(tmp_path: Path):
    for seed in ("1", "2"):
        done = atkg("--data", str(DATA), "--out", str(tmp_path / seed), "build", "--check", PYTHONHASHSEED=seed)
        assert done.returncode == 0, done.stdout + done.stderr
    for name in ("atkg.nq", "findings.json"):
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes()


def test_check_names_the_graph_that_is_stale_and_leaves_it(data: Path, tmp_path: Path):
    graph = data / "plans" / "yuxi-2021-2030" / "graph.ttl"
    stale = graph.read_text(encoding="utf-8").replace("市民政局", "市民局")
    graph.write_text(stale, encoding="utf-8")
    done = atkg("--data", str(data), "--out", str(tmp_path / "out"), "build", "--check")
    assert done.returncode == 1
    assert str(graph) in done.stdout
    assert graph.read_text(encoding="utf-8") == stale


def test_a_build_writes_the_graph_that_was_stale(data: Path, tmp_path: Path):
    graph = data / "plans" / "yuxi-2021-2030" / "graph.ttl"
    fresh = graph.read_bytes()
    graph.write_bytes(b"")
    build(data, tmp_path / "out")
    assert graph.read_bytes() == fresh


def test_a_published_snapshot_is_whole_and_named_by_its_digest(tmp_path: Path):
    built = build(DATA, tmp_path, check=True)
    assert built.snapshot
    snapshot = current_snapshot(tmp_path)
    assert snapshot and snapshot.manifest == built.snapshot.manifest
    assert snapshot.manifest["digest"].removeprefix("sha256:").startswith(snapshot.folder.name)
    assert len(snapshot.open()) == snapshot.manifest["quads"]
    assert snapshot.open().nquads() == (tmp_path / "atkg.nq").read_bytes()


def test_a_build_with_violations_publishes_nothing(data: Path, tmp_path: Path):
    agencies = data / "registers" / "agencies.csv"
    lines = agencies.read_text(encoding="utf-8").splitlines(keepends=True)
    agencies.write_text("".join(line for line in lines if not line.startswith("civil-affairs,")), encoding="utf-8")
    done = atkg("--data", str(data), "--out", str(tmp_path / "out"), "--lang", "en", "build")
    assert done.returncode == 1
    assert "Agency-registered" in done.stdout
    assert current_snapshot(tmp_path / "out") is None
    findings = json.loads((tmp_path / "out" / "findings.json").read_text(encoding="utf-8"))
    assert {"agency-unknown"} <= {finding["kind"] for finding in findings}


def test_the_snapshot_is_used_only_while_the_data_is_what_it_was_built_from(data: Path, tmp_path: Path):
    build(data, tmp_path / "out")
    ask = 'ASK { ?agency ?label "玉溪市民政局"@zh }'
    assert open_store(data, tmp_path / "out").ask(ask)
    register = data / "registers" / "jurisdictions.csv"
    register.write_text(register.read_text(encoding="utf-8").replace("玉溪市", "玉溪城"), encoding="utf-8")
    assert not open_store(data, tmp_path / "out").ask(ask)


def test_no_clock_and_no_path_of_a_machine_stands_in_the_graph(tmp_path: Path):
    build(DATA, tmp_path, check=True)
    text = (tmp_path / "atkg.nq").read_text(encoding="utf-8")
    assert str(DATA.parent) not in text
    assert "generatedAtTime" not in text


def test_a_citation_that_the_source_does_not_hold_is_refused(data: Path, tmp_path: Path):
    toml = data / "plans" / "luan-2022-49" / "plan.toml"
    toml.write_text(
        toml.read_text(encoding="utf-8").replace("国办发〔2021〕13号", "国办发〔2021〕14号"), encoding="utf-8"
    )
    with pytest.raises(InputError, match="国办发〔2021〕14号"):
        build(data, tmp_path / "out")
