"""The five documents against an independent reading: every task, role, milestone and measure.

tests/reading holds what a reader found in the documents without the extractor; a third way counts the
brackets, rows and key tasks by the plainest means, so that the two readings can't share a mistake unseen.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path

import pytest

from atkg.extract.text import line_and_column, normalise
from atkg.model import Basis, Reading, Role, Task

READING = Path(__file__).parent / "reading"
KEYS = ("dazu-2022-60", "jinghai-2022-12", "luan-2022-49", "yunnan-2021-50", "yuxi-2021-2030")

# plan: tasks by statement, table, subject; names that lead, cooperate, implement; open lists; lost texts
COUNTS = {
    "dazu-2022-60": (53, 0, 6, 120, 190, 0, 0, 0),
    "jinghai-2022-12": (81, 0, 5, 169, 211, 0, 0, 0),
    "luan-2022-49": (4, 30, 4, 49, 2, 4, 2, 0),
    "yunnan-2021-50": (52, 0, 8, 124, 124, 0, 0, 0),
    "yuxi-2021-2030": (0, 54, 0, 110, 121, 0, 0, 6),
}


def rows(name: str) -> list[dict[str, str]]:
    with (READING / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def as_row(reading: Reading, task: Task) -> dict[str, str]:
    """The task in the form of the independent reading."""
    by_role = {
        role: "|".join(assignment.mention for assignment in task.assignments if assignment.role is role)
        for role in Role
    }
    milestones = (
        ";".join(str(part or "") for part in (found.timing, found.begin, found.end, found.recurrence)).rstrip(";")
        for found in task.milestones
    )
    return {
        "clause": task.clause,
        "task": f"t{task.index}",
        "line": str(line_and_column(reading.text, task.spans[0].start)[0]),
        "basis": task.basis,
        "first": (task.text or "")[:12],
        **by_role,
        "open": "true" if task.open_list else "",
        "milestones": "|".join(milestones),
    }


@pytest.mark.parametrize("key", KEYS)
def test_every_task_is_as_an_independent_reader_found_it(key, readings):
    assert [as_row(readings[key], task) for task in readings[key].tasks] == rows(f"{key}.csv")


def test_every_yearly_measure_is_as_an_independent_reader_found_it(readings):
    reading = readings["luan-2022-49"]
    clauses = {clause.path: clause for clause in reading.clauses}
    found = [
        {
            "clause": milestone.clause,
            "line": str(line_and_column(reading.text, milestone.spans[0].start)[0]),
            "agency": milestone.row_agency,
            "begin": str(milestone.begin),
            "end": str(milestone.end),
            "first": (clauses[milestone.clause].text or "")[:12],
        }
        for milestone in reading.milestones
        if milestone.row
    ]
    assert found == rows("luan-2022-49.measures.csv")


@pytest.mark.parametrize("key", KEYS)
def test_the_counts_are_those_of_the_readme(key, readings):
    tasks = readings[key].tasks
    bases = Counter(task.basis for task in tasks)
    roles = Counter(assignment.role for task in tasks for assignment in task.assignments)
    assert COUNTS[key] == (
        *(bases[basis] for basis in Basis),
        *(roles[role] for role in Role),
        sum(task.open_list for task in tasks),
        sum(task.text is None for task in tasks),
    )
    readme = (READING.parent.parent / "README.md").read_text(encoding="utf-8")
    assert "| " + " | ".join(map(str, (key, len(tasks), *COUNTS[key]))) + " |" in readme


# the plainest count of what assigns: brackets that end with a word of role, table lines that name a unit
PLAIN = {
    "dazu-2022-60": r"（[^（）]*(?:（[^（）]*）[^（）]*)*(?:负责|配合)）\s*$",
    "jinghai-2022-12": r"\[[^\[\]]*(?:负责|配合|区住建委)\]\s*$",
    "luan-2022-49": r"负责落实[）)]\s*$",
    "yunnan-2021-50": r"\([^()]*(?:负责|配合)\)\s*$",
}


@pytest.mark.parametrize("key", PLAIN)
def test_there_are_as_many_statements_as_brackets_with_a_word_of_role(key, readings):
    reading = readings[key]
    found = sum(task.basis is Basis.STATEMENT for task in reading.tasks)
    assert found == len(re.findall(PLAIN[key], reading.text, re.MULTILINE))


def test_each_line_of_the_flattened_table_that_is_no_head_is_a_task(readings):
    reading = readings["yuxi-2021-2030"]
    lines = [line for line in reading.text.split("\n") if "\t" in line]
    heads = [line for line in lines if "主责单位" in line or "2021年" in line.split("\t")]
    assert len(reading.tasks) == len(lines) - len(heads)


@pytest.mark.parametrize("key", KEYS)
def test_every_span_points_at_the_words_that_are_claimed(key, readings):
    reading = readings[key]

    def words(span):
        return normalise(reading.text[span.start : span.end])

    for task in reading.tasks:
        assert task.text in (None, words(task.spans[0]))
        for assignment in task.assignments:
            assert words(assignment.span) == assignment.mention
    for milestone in reading.milestones:
        assert milestone.text in (None, words(milestone.spans[0]))
    for clause in reading.clauses:
        own = words(clause.spans[0])
        for part in (clause.number, clause.heading, clause.text):
            assert part is None or part in own
