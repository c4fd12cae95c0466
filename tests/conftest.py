"""What several tests need: the data folder, its plans and registers, and the whole dataset in one store."""

from __future__ import annotations

from pathlib import Path

import pytest

from atkg import dataset
from atkg.extract import read_plan
from atkg.model import Reading
from atkg.plans import PlanFolder, read_plans
from atkg.registers import Registers
from atkg.store import Store

ROOT = Path(__file__).parent.parent
DATA = ROOT / "data"


@pytest.fixture(scope="session")
def registers() -> Registers:
    return Registers.load(DATA / "registers")


@pytest.fixture(scope="session")
def plans() -> list[PlanFolder]:
    return read_plans(DATA)


@pytest.fixture(scope="session")
def readings(plans: list[PlanFolder], registers: Registers) -> dict[str, Reading]:
    """What is read in each of the five documents."""
    return {
        plan.key: read_plan(plan.record, plan.text, registers, plan.corrections)
        for plan in plans
        if plan.text is not None
    }


@pytest.fixture(scope="session")
def store(plans: list[PlanFolder], registers: Registers) -> Store:
    """The dataset as it lies in the data folder."""
    return dataset.load(plans, registers)
