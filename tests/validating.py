"""What tests of `atkg validate` share: the command as a user calls it, and what it is called on."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from conftest import DATA, ROOT

from atkg.cli import main
from atkg.validate import Shapes
from atkg.validate.explain import Guide

GUIDE = Guide(Shapes.load())
EXAMPLES = Path(__file__).parent / "shapes"
FAILS = (EXAMPLES / "Task-leadAgency.fail.ttl").read_text(encoding="utf-8")
PASSES = (EXAMPLES / "Task-leadAgency.pass.ttl").read_text(encoding="utf-8")
BASELINE = ROOT / ".github" / "accepted-warnings.csv"
JINGHAI = DATA / "plans" / "jinghai-2022-12"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is written into the checkout, and no proxy stands between the tests and their server."""
    monkeypatch.chdir(tmp_path)
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


def run(*arguments: str | Path, data: Path = DATA, language: str = "en") -> Result:
    return CliRunner().invoke(main, ["--lang", language, "--data", str(data), "validate", *map(str, arguments)])


@pytest.fixture(scope="module")
def registers_only(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder without plans: all that a single file is checked beside."""
    folder = tmp_path_factory.mktemp("registers") / "data"
    shutil.copytree(DATA / "registers", folder / "registers")
    (folder / "plans").mkdir()
    return folder


@pytest.fixture
def check(registers_only: Path) -> Callable[..., Result]:
    """`run` on files and addresses, beside the registers."""
    return partial(run, data=registers_only)


def results(done: Result) -> list[dict]:
    return json.loads(done.stdout)["results"]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DATA, tmp_path / "data"))


def converted(text: str, kind: str) -> str:
    from rdflib import Graph

    return Graph().parse(data=text, format="turtle").serialize(format=kind)
