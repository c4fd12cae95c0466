"""Running text: units of the outline become clauses, what they order becomes tasks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from atkg.extract.names import brackets
from atkg.extract.numbering import CLAUSE_TYPES
from atkg.extract.outline import Outline, Unit
from atkg.extract.schedule import Commitment, misdated, read_cell, read_text
from atkg.extract.shared import Shared, find_shared
from atkg.extract.statements import Statement, find_statements
from atkg.extract.subjects import Duty, Subjects, find_members
from atkg.extract.text import Text
from atkg.model import (
    Assignment,
    Basis,
    Clause,
    Finding,
    Membership,
    Milestone,
    Reading,
    Role,
    Severity,
    Task,
    Timing,
)
from atkg.registers import Registers

_STOPS_AND_SPACE: Final = re.compile(r"[\s。；;，,、]*")
"""What may stand between a statement and the words of the next task."""

_ROLE: Final = re.compile(r"牵头|主责|配合|协助|会同|负责|责任单位|责任部门")


def read_units(reading: Reading, text: Text, outline: Outline, registers: Registers) -> None:
    """Put clauses, tasks and milestones of the running text into the reading."""
    subjects = Subjects(registers.subject_pattern(reading.plan.jurisdiction))
    shared = find_shared(text, outline)
    covered = {id(unit): one for one in shared for unit in one.units}
    clauses: dict[str, Clause] = {}
    for unit in outline.units():
        clause = clauses[unit.path] = unit_clause(text, unit)
        reading.clauses.append(clause)
        of = covered.get(id(unit))
        paragraphs = [_before(of, *paragraph) for paragraph in unit.paragraphs]
        if len(paragraphs) > 1:
            _shorten(text, clause, unit)
        for order, (start, end) in enumerate(paragraphs, 1):
            own = clause
            if len(paragraphs) > 1:
                path = f"{unit.path}/par_{order}"
                own = Clause(path, CLAUSE_TYPES["par"], unit.path, order, (text.span(start, end),))
                reading.clauses.append(own)
            words = _Words(reading, text, own, subjects)
            if of and end <= of.end and of.of is unit and len(paragraphs) == len(of.units) == 1:
                continue  # the task takes all its words
            if of and end <= of.end:
                words.keep(start, end)
            else:
                words.read(start, end)
        if of and unit is of.units[-1]:
            _Words(reading, text, clauses[of.of.path], subjects).share(of)


def _before(shared: Shared | None, start: int, end: int) -> tuple[int, int]:
    """The paragraph without the statement that it shares with others."""
    return (start, min(end, shared.end)) if shared and start < shared.end else (start, end)


def unit_clause(text: Text, unit: Unit) -> Clause:
    """The clause of a unit, without the words that its tasks or paragraphs will take."""
    numbered = unit.number_end > unit.start and unit.kind not in ("dash", "annex")
    return Clause(
        path=unit.path,
        kind=CLAUSE_TYPES[unit.kind],
        parent=unit.parent.path if unit.parent else None,
        order=unit.value or 1,
        spans=(text.span(unit.start, unit.end),),
        number=text.words(unit.start, text.trim(unit.start, unit.number_end)[1]) if numbered else None,
        heading=text.words(*unit.heading) if unit.heading else None,
    )


def _shorten(text: Text, clause: Clause, unit: Unit) -> None:
    """Leave the unit with its number and heading, since its paragraphs are clauses of their own."""
    clause.spans = (text.span(unit.start, unit.heading[1] if unit.heading else unit.number_end),)


@dataclass(slots=True)
class _Words:
    """The own words of a clause on their way to tasks."""

    reading: Reading
    text: Text
    clause: Clause
    subjects: Subjects
    tasks: int = 0
    milestones: int = 0

    def read(self, start: int, end: int) -> None:
        """Read statements first, then duties in what no statement covers."""
        covered = start
        stated = False
        for statement in find_statements(self.text, start, end):
            self.reading.findings += statement.findings
            if not statement.assignments:
                continue
            begin, stop = self._between(covered, statement.start)
            if begin < stop:
                self._add_task(begin, stop, Basis.STATEMENT, statement.assignments, statement)
                self._check_brackets(begin, stop, statement.end)
                stated = True
                covered = statement.end
            else:
                self._find_alone(statement)
        begin, stop = self._between(covered, end) if stated else self.text.trim(start, end)
        self._check_brackets(begin, stop, stop)
        duties = list(self.subjects.find_duties(self.text, begin, stop))
        rest = begin
        left = ""
        for duty in duties:
            self._add_duty(duty)
            left += self.text.read[rest : duty.start].strip()
            rest = duty.end
        left += self.text.read[rest:stop].strip()
        self._add_members(begin, stop)
        if left and begin < stop:
            self.clause.text = self.text.words(begin, stop)

    def keep(self, start: int, end: int) -> None:
        """Keep the words as the clause's own: a statement further on makes the task of them."""
        self._add_members(start, end)
        self.clause.text = self.text.words(start, end)

    def share(self, shared: Shared) -> None:
        """Add the task of several clauses below this one, or of its paragraphs, behind the tasks that it has."""
        self.tasks = sum(task.clause == self.clause.path for task in self.reading.tasks)
        self.milestones = sum(milestone.clause == self.clause.path for milestone in self.reading.milestones)
        self.reading.findings += [*shared.statement.findings, *shared.findings(self.text)]
        statement = shared.statement
        self._add_task(shared.start, shared.end, Basis.STATEMENT, statement.assignments, statement)

    def _between(self, start: int, end: int) -> tuple[int, int]:
        """The words between two statements, without the stop that closes the one before."""
        space = _STOPS_AND_SPACE.match(self.text.read, start, end)
        return self.text.trim(space.end() if space else start, end)

    def _find_alone(self, statement: Statement) -> None:
        shown = self.text.words(statement.start, statement.end)
        self.reading.findings.append(
            Finding(
                "statement-alone",
                self.text.span(statement.start, statement.end),
                f"责任表述“{shown}”前没有任务文字，未读取。",
                f"Before the statement “{shown}” stands no text of a task; it was not read.",
            )
        )

    def _check_brackets(self, start: int, end: int, until: int) -> None:
        """A bracket without partner is a finding where a word of role stands near it: agencies may be lost there."""
        _, left_open, closing = brackets(self.text.read, start, end)
        for place in (*left_open, *closing):
            around = self.text.read[max(start, place - 60) : min(until, place + 60)]
            if _ROLE.search(around):
                self.reading.findings.append(
                    Finding(
                        "bracket-unbalanced",
                        self.text.span(place, place + 1),
                        "括号不成对，附近可能有未读取的责任单位。",
                        "The bracket has no partner; near it may stand agencies that were not read.",
                    )
                )

    def _add_duty(self, duty: Duty) -> None:
        text = self.text
        assignments = tuple(
            Assignment(text.words(begin, stop), text.said(begin, stop), Role.LEAD, None, text.span(begin, stop))
            for begin, stop in duty.names
        )
        if duty.by_agent:
            shown = assignments[0].mention
            self.reading.findings.append(
                Finding(
                    "subject-by-agent",
                    text.span(duty.start, duty.end),
                    f"“{shown}”由“由……负责”引出，按主语读取为牵头单位。",
                    f"“{shown}” is introduced by 由…负责; it is read as the subject, which leads.",
                    Severity.INFO,
                )
            )
        self._add_task(duty.start, duty.end, Basis.SUBJECT, assignments)

    def _add_task(
        self,
        start: int,
        end: int,
        basis: Basis,
        assignments: tuple[Assignment, ...],
        statement: Statement | None = None,
    ) -> None:
        text = self.text
        found = read_text(text, start, end)
        self.reading.findings += unplaced_dates(text, start, end)
        for time in statement.times if statement else ():
            found += read_cell(text, *time)
            self.reading.findings += unplaced_dates(text, *time, expected=True)
        milestones = as_milestones(text, self.clause.path, found, self.milestones)
        self.milestones += len(milestones)
        self.tasks += 1
        self.reading.milestones += milestones
        self.reading.tasks.append(
            Task(
                clause=self.clause.path,
                index=self.tasks,
                basis=basis,
                spans=(text.span(start, end),),
                text=text.words(start, end),
                assignments=assignments,
                open_list=bool(statement and statement.open_list),
                milestones=milestones,
            )
        )

    def _add_members(self, start: int, end: int) -> None:
        found = find_members(self.text, start, end)
        if found:
            group, members = found
            self.reading.memberships.append(
                Membership(
                    group=self.text.read[group[0] : group[1]],
                    clause=self.clause.path,
                    members=tuple(self.text.said(*member) for member in members),
                    group_span=self.text.span(*group),
                    spans=tuple(self.text.span(*member) for member in members),
                )
            )


def unplaced_dates(text: Text, start: int, end: int, *, expected: bool = False) -> list[Finding]:
    """The dates in these words that could not be placed; all of the words where they should tell a time and don't."""
    places = misdated(text, start, end)
    if expected and not places and [found.timing for found in read_cell(text, start, end)] == [Timing.UNDATED]:
        places = [text.trim(start, end)]
    return [
        Finding(
            "date-unplaced",
            text.span(*place),
            f"“{text.words(*place)}”不能确定日期，按没有日期读取。",
            f"“{text.words(*place)}” gives no date that could be placed; it is read as undated.",
        )
        for place in places
    ]


def as_milestones(
    text: Text, clause: str, found: Sequence[Commitment], taken: int = 0, row: str | None = None
) -> tuple[Milestone, ...]:
    """The milestones of these commitments, numbered on within the clause."""
    return tuple(
        Milestone(
            clause=clause,
            index=taken + place,
            timing=commitment.timing,
            spans=(text.span(commitment.start, commitment.end),),
            text=text.words(commitment.start, commitment.end),
            begin=commitment.begin,
            end=commitment.until,
            recurrence=commitment.recurrence,
            row=row,
        )
        for place, commitment in enumerate(found, 1)
    )
