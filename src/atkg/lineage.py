"""What stands above a plan: a plan with a text or a register, and the proposals and figures that follow from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

from atkg import dataset
from atkg.align import Evaluation, Known, Proposal, evaluate, propose
from atkg.derivation import Attestations, Attested, attested, by_reference, parts, registered_parts
from atkg.errors import AtkgError, UsageError
from atkg.extract import read_plan
from atkg.graph import Above
from atkg.model import Reading
from atkg.national import RegisteredClause, read_register
from atkg.plans import PlanFolder, read_plans
from atkg.registers import Registers


class Lineage:
    """For each plan, the nearest plan above that has parts."""

    def __init__(self, plans: Sequence[PlanFolder], readings: Mapping[str, Reading], registers: Registers) -> None:
        self._plans = {plan.key: plan for plan in plans}
        self._readings, self._registers = readings, registers
        self._above: dict[str, Above] = {}

    def of(self, folder: PlanFolder) -> Above | None:
        """What the derivations of this plan end in; None where no plan above has parts."""
        cited = [self._plans[citation.plan] for citation in folder.record.cites if citation.implements]
        with_parts = [plan for plan in cited if plan.key in self._readings or plan.record.register]
        if not with_parts:
            return None
        nearest = max(with_parts, key=lambda plan: len(list(self._registers.lineage(plan.record.jurisdiction))))
        if nearest.key not in self._above:
            self._above[nearest.key] = self._parts_of(nearest)
        return self._above[nearest.key]

    def _parts_of(self, folder: PlanFolder) -> Above:
        if folder.key in self._readings:
            return Above(folder.key, parts(self._readings[folder.key]), None)
        clauses, found = self._registered(folder)
        attestations = Attestations(found, self._readings, self._registers)
        return Above(folder.key, registered_parts(folder.key, clauses), attestations)

    def _registered(self, folder: PlanFolder) -> tuple[dict[str, RegisteredClause], Attested]:
        """The register of this plan's clauses, and the parts that attest each."""
        path = dataset.register_path(folder)
        clauses = read_register(path)
        references = {}
        for key, reading in self._readings.items():
            stating = {task.clause for task in reading.tasks}
            references[key] = by_reference(sorted((c.path, c.reference, c.path in stating) for c in reading.clauses))
        witnesses = {name: key for name, key in folder.record.witnesses.items() if key in references}
        return clauses, attested(clauses, witnesses, references, path)

    @cached_property
    def known(self) -> Known:
        """The register that proposals are learned from.

        Raises:
            AtkgError: no plan of the data folder has a register of its clauses.
        """
        for folder in self._plans.values():
            if folder.record.register:
                clauses, found = self._registered(folder)
                return Known(clauses, found, self._readings, self._registers)
        raise AtkgError("没有登记推定条款的计划，无从比对。", "no plan has a register of its clauses to align with")


def _lineage(data: Path) -> tuple[dict[str, PlanFolder], dict[str, Reading], Lineage]:
    registers = Registers.load(data / "registers")
    plans = read_plans(data)
    readings = {
        folder.key: read_plan(folder.record, folder.text, registers, folder.corrections)
        for folder in plans
        if folder.text is not None
    }
    return {folder.key: folder for folder in plans}, readings, Lineage(plans, readings, registers)


def propose_for(data: Path, key: str) -> tuple[PlanFolder, list[Proposal], Reading]:
    """What is proposed for a plan of the data folder: its folder, the proposals, its reading.

    Raises:
        UsageError: there is no such plan, or it has no text.
        InputError: as read_plans.
    """
    plans, readings, lineage = _lineage(data)
    if key not in readings:
        there = ", ".join(readings)
        raise UsageError(f"没有可读取的计划 {key}；可用：{there}。", f"no plan {key!r} with a text; there are {there}")
    above = lineage.of(plans[key])
    over = readings.get(above.key) if above else None
    return plans[key], propose(readings[key], lineage.known, over), readings[key]


def evaluate_register(data: Path) -> Evaluation:
    """How well the links of each lineage are found without it.

    Raises:
        InputError: as read_plans.
    """
    _, _, lineage = _lineage(data)
    return evaluate(lineage.known)
