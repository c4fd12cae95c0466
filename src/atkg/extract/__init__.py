"""From the text of a plan to records and findings: `read_plan` is the whole of it.

The stages, and what holds after each:
1. `text`: offsets count in the text as read, and every one leads back to the source.
2. `tables`, `outline`: every line is running text in a unit, a cell of a table, front matter, or a finding.
3. `running`, `rows`: every responsibility statement, row and duty is a Task; every name has its role.
4. `finish`: clauses are in the order of the text, with stage and reference.
No text is refused: what can't be placed is a finding.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

from atkg.extract.numbering import cite
from atkg.extract.outline import read_outline
from atkg.extract.rows import read_table
from atkg.extract.running import read_units
from atkg.extract.tables import split_tables
from atkg.extract.text import Text, normalise
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
    outline = read_outline(text, running)
    reading = Reading(plan, source, corrections=tuple(corrections), findings=outline.findings)
    read_units(reading, text, outline, registers)
    for table in tables:
        annexes = [unit.path for unit in outline.top if unit.kind == "annex" and unit.start < table.start]
        read_table(reading, text, table, registers, annexes[-1] if annexes else None)
    _finish(reading, registers)
    return reading


def guess_record(source: str, key: str, registers: Registers) -> PlanRecord:
    """What the front of a document tells of the plan, for a document without a plan.toml."""
    front = source[:_FRONT]
    lines = [normalise(line) for line in front.splitlines() if normalise(line)]
    titles = [line for line in lines if re.search(r"(?:计划|方案|细则|意见|规划|任务细化表)$", line.rstrip("）)"))]
    place = next((slug for name, slug in registers.jurisdiction_names if name in front), "unknown")
    number, period = _NUMBER.search(front), _PERIOD.search(front)
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
    reading.clauses.sort(key=lambda clause: (clause.spans[0].start, clause.path.count("/"), clause.spans[0].end))
    clauses = {clause.path: clause for clause in reading.clauses}
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
                parts = [cite(kind, int(value))]  # articles run on through the chapters
            case "annex":
                parts = [f"附件{value}"]
            case "row" if parts and parts[0].startswith("附件"):
                parts.append(f"·{clause.heading or value}")
            case "row" if not clause.number and not clause.lost:
                pass  # the only row of its heading is cited by the heading
            case "col":
                parts.append(f"·{value}")
            case _:
                column = clause.path.split("/")[-2:-1]
                if column and column[0].startswith("col_"):
                    parts.append(f"·{column[0].removeprefix('col_')}·")
                parts.append(cite(kind, int(value)))
    return "".join(parts)
