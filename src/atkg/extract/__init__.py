"""From the text of a plan to records and findings: `read_plan` is the whole of it.

The stages, and what holds after each:
1. `text`: offsets count in the text as read, and every one leads back to the source.
2. `tables`, `outline`: every line is running text in a unit, a cell of a table, front matter, or a finding.
3. `running`, `rows`: every responsibility statement, row and duty is a Task; every name has its role.
4. `precedence`: where the document says that the first of a list leads, the others help.
5. `finish`: clauses are in the order of the text, with stage and reference.
No text is refused: what can't be placed is a finding.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import date

from atkg.extract.names import unlike_body
from atkg.extract.numbering import cite
from atkg.extract.outline import Unit, read_outline
from atkg.extract.precedence import apply_precedence
from atkg.extract.rows import TaskTable
from atkg.extract.running import read_units
from atkg.extract.tables import Table, split_tables
from atkg.extract.text import Text, normalise
from atkg.extract.unit_rows import UnitTable
from atkg.model import Clause, Correction, Finding, PlanRecord, Reading, Span
from atkg.registers import Registers

__all__ = ["guess_record", "read_plan"]

_NUMBER = re.compile(r"^\s*(?P<number>[\u4e00-\u9fff]{2,12}[〔\[［][0-9]{4}[〕\]］]\s*[0-9]+\s*号)\s*$", re.MULTILINE)
_PERIOD = re.compile(r"(?P<begin>20[0-9]{2})\s*年?\s*[—–~至-]+\s*(?P<end>20[0-9]{2})\s*年")
_FRONT = 1500
"""How far, in code points, title, number and issuer are looked for."""


def read_plan(plan: PlanRecord, source: str, registers: Registers, corrections: Sequence[Correction] = ()) -> Reading:
    """All that the source says, in the order of the text, with what a person should look at as findings."""
    text = Text(source, corrections)
    running, tables = split_tables(text, list(text.lines()))
    outline = read_outline(text, running, tables[0].start if tables else len(text.read))
    reading = Reading(plan, source, corrections=tuple(corrections), findings=outline.findings)
    read_units(reading, text, outline, registers)
    units = list(outline.units())
    starts = [unit.start for unit in units]
    for table in tables:
        before = bisect_left(starts, table.start)
        above = _unit_above(units[before - 1], table) if before else None
        _read_table(reading, text, table, registers, above, outline.taken)
    apply_precedence(reading, text)
    _finish(reading, registers)
    return reading


def _unit_above(unit: Unit, table: Table) -> str | None:
    """The unit that a table belongs to, from the one that stands before it: its annex, or a heading without text."""
    if unit.heading and not any(start < table.start for start, _ in unit.paragraphs):
        return unit.path
    while unit.parent:
        unit = unit.parent
    return unit.path if unit.kind == "annex" else None


def _read_table(
    reading: Reading, text: Text, table: Table, registers: Registers, above: str | None, taken: dict[str, int]
) -> None:
    """Put clauses, tasks and milestones of a table into the reading, below the unit `above` if it is in one."""
    if table.by_unit:
        UnitTable(reading, text, table, above, taken).read()
    else:
        TaskTable(reading, text, table, registers, above, taken).read()
    if table.headless:
        reading.findings.append(
            Finding(
                "table-headless",
                text.span(table.start, table.end),
                "表格没有表头：按内容读取，第一列单位按主责，第二列按配合。",
                "The table has no head; it was read by its contents: the first list of units leads, the second helps.",
            )
        )
    reading.findings += [
        Finding(
            "line-in-table",
            text.span(*stretch),
            "表格中有一行不是表格的行，未读取。",
            "A line within the table is no row of it and was not read.",
        )
        for stretch in table.loose
    ]


def guess_record(source: str, key: str, registers: Registers) -> PlanRecord:
    """What the front of a document tells of the plan, for a document without a plan.toml."""
    front = source[:_FRONT]
    lines = [normalise(line) for line in front.splitlines() if normalise(line)]
    titles = [line for line in lines if re.search(r"(?:计划|方案|细则|意见|规划|任务细化表)$", line.rstrip("）)"))]
    place = next((slug for name, slug in registers.jurisdiction_names if name in front), "unknown")
    number, period = _NUMBER.search(front), _PERIOD.search(front)
    if period and period["begin"] > period["end"]:
        period = None
    return PlanRecord(
        key=re.sub(r"[^a-z0-9]+", "-", key.lower()).strip("-") or "document",
        title=(titles or lines or [key])[0],
        title_en=None,
        jurisdiction=place,
        number=normalise(number["number"]) if number else None,
        begin=date(int(period["begin"]), 1, 1) if period else None,
        end=date(int(period["end"]), 12, 31) if period else None,
    )


def _finish(reading: Reading, registers: Registers) -> None:
    clauses = {clause.path: clause for clause in reading.clauses}
    first = {path: clause.spans[0].start for path, clause in clauses.items()}
    for clause in reading.clauses:  # a heading can stand in a column behind the number of its first row
        for above in _lineage(clause, clauses):
            first[above.path] = min(first[above.path], clause.spans[0].start)
    reading.clauses.sort(key=lambda clause: (first[clause.path], clause.path.count("/"), clause.spans[0].end))
    stating = {task.clause for task in reading.tasks}
    for clause in reading.clauses:
        lineage = list(_lineage(clause, clauses))
        clause.reference = _reference(lineage)
        if clause.path in stating:
            headings = [above.heading for above in reversed(lineage) if above.heading]
            clause.stage = registers.stage(headings)
    place = {clause.path: index for index, clause in enumerate(reading.clauses)}
    reading.tasks.sort(key=lambda task: (place[task.clause], task.index))
    reading.milestones.sort(key=lambda milestone: (place[milestone.clause], milestone.index))
    reading.findings += _unlike_agencies(reading, registers)
    if not reading.tasks:
        reading.findings.append(
            Finding(
                "no-task",
                Span(0, len(reading.text)),
                "全文没有责任单位表述、任务表格或以单位为主语的职责。",
                "The text holds no responsibility statement, no task table and no duty with a body as its subject.",
            )
        )
    reading.findings.sort(key=lambda finding: (finding.span, finding.kind))


def _unlike_agencies(reading: Reading, registers: Registers) -> Iterator[Finding]:
    """A finding for each name that is not registered and that hardly is one of an agency."""
    for assignment in dict.fromkeys(assignment for task in reading.tasks for assignment in task.assignments):
        known = registers.candidates(assignment.name, reading.plan.jurisdiction)
        if not known and unlike_body(assignment.name):
            yield Finding(
                "name-unlike-agency",
                assignment.span,
                f"“{assignment.mention}”不像单位名称，却列在责任单位中。",
                f"“{assignment.mention}” stands in a list of agencies, and does not look like the name of one.",
            )


def _lineage(clause: Clause, clauses: dict[str, Clause]) -> Iterator[Clause]:
    here: Clause | None = clause
    while here:
        yield here
        here = clauses.get(here.parent) if here.parent else None


def _reference(lineage: Sequence[Clause]) -> str:
    """The clause in the form that people cite: 二(一)2(2)——1, 第十四条(一), 附件·市公安局·2022·3."""
    parts: list[str] = []
    for clause in reversed(lineage):
        last = clause.path.rpartition("/")[2].partition("~")[0]
        kind, _, value = last.partition("_")
        match kind:
            case "art":
                annexes = parts[:1] if clause.path.startswith("annex") else []
                parts = [*annexes, cite(kind, int(value))]  # articles run on through the chapters
            case "annex":
                parts = [f"附件{value}"]
            case "row" if parts and parts[0].startswith("附件"):
                parts.append(f"·{clause.heading or value}")
            case "sec" if clause.number and clause.number.startswith("第"):
                parts.append(clause.number)  # 第一节, where 一、 may stand below it
            case "row" if parts and not clause.number and not clause.lost:
                pass  # the only row of its heading is cited by the heading
            case "col":
                parts.append(f"·{value}")
            case _:
                column = clause.path.split("/")[-2:-1]
                if column and column[0].startswith("col_"):
                    parts.append(f"·{column[0].removeprefix('col_')}·")
                parts.append(cite(kind, int(value)))
    return "".join(parts)
