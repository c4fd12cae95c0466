"""The generator of the benchmark: the same seed gives the same bytes, and the faults it tells of are there."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import nation
from atkg.plans import read_plans
from atkg.registers import Registers
from nation import generate
from nation_plans import Kind, level_counts

SHARE = 0.1


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return generate(4, 1, SHARE, tmp_path_factory.mktemp("nation"))


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """Another nation, without faults, its texts as a data folder beside it."""
    return generate(4, 2, 0.0, tmp_path_factory.mktemp("sound"), folders=True)


def test_gives_the_same_digest_whatever_the_hash_seed(made, tmp_path):
    script = Path(nation.__file__)
    command = [sys.executable, str(script), "--plans", "4", "--faults", str(SHARE), "--generate-only"]
    environment = {**os.environ, "PYTHONHASHSEED": "4711"}
    figures = tmp_path / "figures.json"
    subprocess.run([*command, "--json", str(figures)], env=environment, check=True, stdout=subprocess.DEVNULL)
    assert json.loads(figures.read_text(encoding="utf-8"))["digest"] == made.digest


def test_another_seed_gives_another_nation(made, sound):
    assert made.nquads.read_bytes() != sound.nquads.read_bytes()


def test_has_a_plan_of_every_level(made):
    assert [made.registers.jurisdictions[record.jurisdiction].level for record in made.records] == list(level_counts(4))


def test_puts_in_the_stated_share_of_faults(made):
    assert len(made.faults) == int(made.measures * SHARE)
    assert not made.astray


def test_every_measure_is_read_as_a_task(made):
    assert made.tasks >= made.measures


def test_the_faults_are_in_the_graph(made):
    quads = made.nquads.read_text(encoding="utf-8")
    ontology = "https://w3id.org/atkg/ontology#"
    for fault in made.faults:
        own = [line for line in quads.splitlines() if line.startswith(f"<{fault.task}> ")]
        assert own
        has_lead = any("leadAgency" in line for line in own)
        has_text = any(f"<{ontology}sourceText>" in line for line in own)
        assert has_lead == (fault.kind is not Kind.LEAD_LOST)
        assert has_text == (fault.kind is not Kind.TEXT_LOST)
        if fault.kind is Kind.AGENCY_UNKNOWN:
            assert "/x-" in fault.nodes[1]
            assert f"<{fault.task}> <{ontology}leadAgency> <{fault.nodes[1]}>" in quads


def test_without_faults_every_date_lies_in_the_plan(sound):
    quads = sound.nquads.read_text(encoding="utf-8")
    years = {line.split('"')[1][:4] for line in quads.splitlines() if "#endDate>" in line}
    assert years
    assert max(years) <= "2030"
    assert not sound.faults


def test_true_links_lead_to_a_task_of_the_plan_above(made):
    above = {record.key: record.cites[0].plan for record in made.records if record.cites}
    with (made.nquads.parent / "descent.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == made.links > 100
    for row in rows:
        here, there = (row[name].partition("/id/task/")[2].partition("/")[0] for name in ("task", "above"))
        assert above[here] == there


def test_writes_folders_that_atkg_can_read(sound):
    data = sound.nquads.parent / "data"
    registers = Registers.load(data / "registers")
    folders = read_plans(data)
    assert len(folders) == 4
    assert all(folder.record.jurisdiction in registers.jurisdictions for folder in folders)
