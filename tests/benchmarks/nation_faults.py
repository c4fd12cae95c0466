"""Faults in what was read and written, and the record of every fault, to measure recall of validation against."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any, Final

from atkg import iris
from atkg.graph import PlanWriter
from atkg.model import Basis, Reading, Role, Span, Task
from atkg.namespaces import ATKG, BASE
from atkg.registers import Registers
from nation_plans import IN_TEXT, Kind, Laid, Plan

_LEAD: Final = f"<{ATKG}leadAgency>"
_HELP: Final = f"<{ATKG}cooperatingAgency>"
_TEXT: Final = f"<{ATKG}sourceText>"


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault that stands in the graph: a result of validation on any of its nodes has found it."""

    kind: Kind
    plan: str
    task: str
    nodes: tuple[str, ...]
    start: int
    end: int
    detail: str

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind.value,
            "plan": self.plan,
            "task": self.task,
            "nodes": list(self.nodes),
            "start": self.start,
            "end": self.end,
            "detail": self.detail,
        }


@dataclass(frozen=True, slots=True)
class Written:
    """A plan as quads, with the faults in them."""

    plan: Plan
    reading: Reading
    lines: list[str]
    faults: tuple[Fault, ...]
    astray: tuple[str, ...]
    """Faults that did not arrive, because the extractor made no task of their measure or read it otherwise."""


def tasks_of_measures(plan: Plan, reading: Reading) -> dict[str, Task]:
    """Key of each measure → the task that was read in its stretch of the text, where exactly one was."""
    tasks = sorted((task for task in reading.tasks if task.basis is not Basis.SUBJECT), key=lambda task: task.spans[0])
    starts = [task.spans[0].start for task in tasks]
    found: dict[str, Task] = {}
    for laid in plan.laid:
        here = tasks[bisect_left(starts, laid.start) : bisect_left(starts, laid.end)]
        if len(here) == 1 and here[0].spans[0].end <= laid.end:
            found[laid.measure.key] = here[0]
    return found


def descent(plan: Plan, reading: Reading, above: tuple[Plan, Reading]) -> Iterator[tuple[Task, Task]]:
    """The true links upwards: each task with the task of the same measure in the plan above.

    What writes derivations, or is judged by them, starts from here: both readings are at hand.
    """
    there = tasks_of_measures(*above)
    for key, task in tasks_of_measures(plan, reading).items():
        if key in there:
            yield task, there[key]


def task_iri(plan: Plan, task: Task) -> str:
    return iris.task(plan.key, task.clause, task.index)


def break_reading(plan: Plan, reading: Reading) -> Reading:
    """The reading with those faults that a wrong record has: a lead lost, an offset moved."""
    tasks = tasks_of_measures(plan, reading)
    changed: dict[tuple[str, int], Task] = {}
    for laid in plan.laid:
        task = tasks.get(laid.measure.key)
        if task and laid.fault is Kind.LEAD_LOST:
            kept = tuple(held for held in task.assignments if held.role is not Role.LEAD)
            changed[task.clause, task.index] = replace(task, assignments=kept)
        elif task and laid.fault is Kind.OFFSET_MOVED:
            span = task.spans[0]
            moved = Span(span.start - 3, span.end - 3)
            changed[task.clause, task.index] = replace(task, spans=(moved, *task.spans[1:]))
    return replace(reading, tasks=[changed.get((task.clause, task.index), task) for task in reading.tasks])


def write(plan: Plan, reading: Reading, registers: Registers) -> Written:
    """The quads of a plan as the project's own writer makes them, before any fault of the graph is put in."""
    return Written(plan, reading, PlanWriter(reading, registers).plan_lines(), (), ())


def break_graph(written: Written, seed: int) -> Written:
    """The quads with the faults that only a graph can have, and the record of all faults of the plan."""
    plan = written.plan
    tasks = tasks_of_measures(plan, _with_old_spans(written))
    random = Random(f"{seed} graph {plan.key}")
    lines = written.lines
    faults: list[Fault] = []
    astray: list[str] = []
    for laid in plan.laid:
        if laid.fault is None:
            continue
        task = tasks.get(laid.measure.key)
        found = _break(plan, lines, laid, task, random) if task else None
        if task is None or found is None:
            astray.append(f"{plan.key} {laid.fault.value} {laid.start}-{laid.end}")
            continue
        lines, nodes = found
        iri = task_iri(plan, task)
        faults.append(Fault(laid.fault, plan.key, iri, (iri, *nodes), laid.start, laid.end, laid.detail))
    return replace(written, lines=lines, faults=tuple(faults), astray=tuple(astray))


def _with_old_spans(written: Written) -> Reading:
    """The reading with moved offsets moved back, so that measures still find their tasks."""
    moved = [laid for laid in written.plan.laid if laid.fault is Kind.OFFSET_MOVED]

    def back(task: Task) -> Task:
        span = task.spans[0]
        if any(laid.start - 3 <= span.start and span.end + 3 <= laid.end for laid in moved):
            return replace(task, spans=(Span(span.start + 3, span.end + 3), *task.spans[1:]))
        return task

    return replace(written.reading, tasks=[back(task) for task in written.reading.tasks])


def _break(plan: Plan, lines: list[str], laid: Laid, task: Task, random: Random) -> tuple[list[str], list[str]] | None:
    """(lines, further nodes) with this fault in them; None where it did not arrive."""
    node = f"<{task_iri(plan, task)}>"
    match laid.fault:
        case Kind.AGENCY_UNKNOWN:
            name = laid.detail.rpartition(" → ")[2]
            if all(held.mention != name for held in task.assignments):
                return None
            slug = iris.unregistered_slug(name)
            return lines, [iris.agency(plan.record.jurisdiction, slug), *_assignments(plan, task)]
        case Kind.DATE_OUTSIDE:
            late = [
                iris.milestone(plan.key, milestone.clause, milestone.index)
                for milestone in task.milestones
                if milestone.end and plan.record.end and milestone.end > plan.record.end
            ]
            return (lines, late) if late else None
        case Kind.ROLE_DOUBLED:
            held = [held.role for held in task.assignments if held.mention == laid.detail]
            return (lines, _assignments(plan, task)) if len(held) == 2 else None
        case Kind.LEAD_LOST:
            return lines, []
        case Kind.OFFSET_MOVED:
            return lines, [iris.span(plan.key, Span(task.spans[0].start - 3, task.spans[0].end - 3))]
        case Kind.TEXT_LOST:
            return [line for line in lines if not line.startswith(f"{node} {_TEXT} ")], []
        case Kind.SHORT_CUT_ALONE:
            own = {line.split(" ")[2] for line in lines if line.startswith(f"{node} <{ATKG}") and "/id/agency/" in line}
            place = f"<{BASE}id/agency/{plan.record.jurisdiction}/"
            others = {line.split(" ")[2] for line in lines if f" {_LEAD} {place}" in line and "/x-" not in line}
            agency = random.choice(sorted(others - own))
            return [*lines, f"{node} {_HELP} {agency} <{iris.graph('plan', plan.key)}> ."], [agency.strip("<>")]
        case Kind.ASSIGNMENT_ALONE:
            cuts = [line for line in lines if line.startswith(f"{node} {_HELP} ")]
            if not cuts:
                return None
            gone = random.choice(cuts)
            return [line for line in lines if line != gone], _assignments(plan, task)
    return None


def _assignments(plan: Plan, task: Task) -> list[str]:
    return [iris.assignment(plan.key, task.clause, task.index, order) for order in range(1, len(task.assignments) + 1)]


def count_kinds(faults: Iterable[Fault]) -> dict[str, int]:
    counts = {kind.value: 0 for kind in Kind}
    for fault in faults:
        counts[fault.kind.value] += 1
    return counts


def recall(faults: Sequence[Fault], nodes: set[str]) -> dict[str, tuple[int, int]]:
    """Kind → (faults with a result on one of their nodes, all faults)."""
    found = count_kinds(fault for fault in faults if nodes.intersection(fault.nodes))
    return {kind: (found[kind], count) for kind, count in count_kinds(faults).items() if count}
