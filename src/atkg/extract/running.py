"""Running text: units of the outline become clauses, what they order becomes tasks."""

from __future__ import annotations

import re
from collections.abc import Sequence

from atkg.extract.numbering import CLAUSE_TYPES
from atkg.extract.outline import Outline, Unit
from atkg.extract.schedule import read_text
from atkg.extract.statements import Statement, find_statements
from atkg.extract.subjects import Duty, find_duties, find_members
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
)
from atkg.registers import Registers


def read_units(reading: Reading, text: Text, outline: Outline, registers: Registers) -> None:
    """Put clauses, tasks and milestones of the running text into the reading."""
    registered = registers.subject_pattern(reading.plan.jurisdiction)
    for unit in outline.units():
        clause = unit_clause(text, unit)
        reading.clauses.append(clause)
        if len(unit.paragraphs) > 1:
            _shorten(text, clause, unit)
            for order, (start, end) in enumerate(unit.paragraphs, 1):
                path = f"{unit.path}/par_{order}"
                paragraph = Clause(path, CLAUSE_TYPES["par"], unit.path, order, (text.span(start, end),))
                reading.clauses.append(paragraph)
                _read_words(reading, text, paragraph, start, end, registered)
        elif unit.paragraphs:
            _read_words(reading, text, clause, *unit.paragraphs[0], registered)


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


def _read_words(
    reading: Reading, text: Text, clause: Clause, start: int, end: int, registered: re.Pattern[str]
) -> None:
    """Read the own words of a clause: statements first, then duties in what no statement covers."""
    statements = list(find_statements(text, start, end))
    covered = start
    for statement in statements:
        begin, stop = text.trim(covered, statement.start)
        covered = statement.end
        reading.findings += statement.findings
        if begin < stop:
            _add_statement(reading, text, clause, statement, begin, stop)
        else:
            shown = text.words(statement.start, statement.end)
            reading.findings.append(
                Finding(
                    "statement-alone",
                    text.span(statement.start, statement.end),
                    f"责任表述“{shown}”前没有任务文字，未读取。",
                    f"Before the statement “{shown}” stands no text of a task; it was not read.",
                )
            )
    rest_start, rest_end = text.trim(covered, end)
    while rest_start < rest_end and text.read[rest_start] in "。；;":  # the stop behind the bracket
        rest_start, rest_end = text.trim(rest_start + 1, rest_end)
    duties = list(find_duties(text, rest_start, rest_end, registered))
    for duty in duties:
        _add_duty(reading, text, clause, duty)
    _add_members(reading, text, clause, rest_start, rest_end)
    said_by_tasks = sum(duty.end - duty.start for duty in duties)
    if said_by_tasks < len("".join(text.read[rest_start:rest_end].split())):
        clause.text = text.words(rest_start if statements else start, rest_end)


def _add_statement(reading: Reading, text: Text, clause: Clause, statement: Statement, start: int, end: int) -> None:
    _add_task(reading, text, clause, start, end, Basis.STATEMENT, statement.assignments, open_list=statement.open_list)


def _add_duty(reading: Reading, text: Text, clause: Clause, duty: Duty) -> None:
    assignments = tuple(
        Assignment(text.words(begin, stop), text.read[begin:stop], Role.LEAD, None, text.span(begin, stop))
        for begin, stop in duty.names
    )
    if duty.by_agent:
        shown = assignments[0].mention
        reading.findings.append(
            Finding(
                "subject-by-agent",
                text.span(duty.start, duty.end),
                f"“{shown}”由“由……负责”引出，按主语读取为牵头单位。",
                f"“{shown}” is introduced by 由…负责; it is read as the subject, which leads.",
                Severity.INFO,
            )
        )
    _add_task(reading, text, clause, duty.start, duty.end, Basis.SUBJECT, assignments)


def _add_task(
    reading: Reading,
    text: Text,
    clause: Clause,
    start: int,
    end: int,
    basis: Basis,
    assignments: Sequence[Assignment],
    *,
    open_list: bool = False,
) -> None:
    milestones = word_milestones(reading, text, clause.path, start, end)
    reading.milestones += milestones
    reading.tasks.append(
        Task(
            clause=clause.path,
            index=1 + sum(task.clause == clause.path for task in reading.tasks[-50:]),
            basis=basis,
            spans=(text.span(start, end),),
            text=text.words(start, end),
            assignments=tuple(assignments),
            open_list=open_list,
            milestones=milestones,
        )
    )


def word_milestones(reading: Reading, text: Text, clause: str, start: int, end: int) -> tuple[Milestone, ...]:
    """The dated and yearly commitments in a task's own words, numbered on within the clause."""
    taken = sum(milestone.clause == clause for milestone in reading.milestones[-50:])
    return tuple(
        Milestone(
            clause=clause,
            index=taken + place,
            timing=found.timing,
            spans=(text.span(found.start, found.end),),
            text=text.words(found.start, found.end),
            begin=found.begin,
            end=found.until,
            recurrence=found.recurrence,
        )
        for place, found in enumerate(read_text(text, start, end), 1)
    )


def _add_members(reading: Reading, text: Text, clause: Clause, start: int, end: int) -> None:
    found = find_members(text, start, end)
    if found:
        group, members = found
        names = tuple(text.read[begin:stop] for begin, stop in members)
        reading.memberships.append(Membership(text.read[group[0] : group[1]], clause.path, names))
