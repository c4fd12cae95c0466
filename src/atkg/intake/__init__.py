"""A new plan's way in: the received file becomes a plan folder, and a person is told what to look at.

What holds after each step:
1. `documents` made the file a text; `head` read in it what the plan says of itself.
2. `new_record`: nothing that is needed is missing, and the place is registered.
3. `take_in`: the plan is read and aligned in memory, then its folder is written whole.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from atkg.align import Proposal, Verdict, propose, write_rows
from atkg.build import as_json
from atkg.corrections import correction_for
from atkg.documents import Note, Received
from atkg.errors import AtkgError, InputError
from atkg.extract import read_plan
from atkg.graph import PlanWriter
from atkg.intake.advice import (
    agency_row,
    csv_line,
    jurisdiction_row,
    loose_dates,
    near_names,
)
from atkg.intake.folder import check_key, new_folder, write_folder
from atkg.intake.head import Head, read_citations, read_head
from atkg.lineage import Lineage
from atkg.model import Finding, PlanRecord, Reading, Severity, Span
from atkg.plans import PlanFolder, read_plans
from atkg.registers import Registers

__all__ = ["Advice", "Head", "Intake", "check_key", "new_record", "read_head", "take_in"]

_NEEDED: Final = (
    ("title", "--title", "标题", "title"),
    ("jurisdiction", "--jurisdiction", "行政区划", "jurisdiction"),
    ("begin", "--begin", "起始日", "first day"),
    ("end", "--end", "截止日", "last day"),
)
_PAGE: Final = re.compile(r"https?://[^\s<>\"{}|\\^`]{3,2000}")
_QUOTED: Final = re.compile("“([^”]+)”")


@dataclass(frozen=True, slots=True)
class Advice:
    """A finding with what would settle it: names that are near, a register row to add, a correction to write."""

    finding: Finding
    record: dict[str, Any]
    near: tuple[str, ...] = ()
    row: str | None = None
    correction: str | None = None


@dataclass(frozen=True, slots=True)
class Intake:
    """A plan that was taken in, and what a person is to look at, in the order of the text."""

    folder: PlanFolder
    reading: Reading
    proposals: tuple[Proposal, ...]
    above: str | None
    advice: tuple[Advice, ...]
    notes: tuple[Note, ...] = field(default=())

    def count(self, verdict: Verdict) -> int:
        """How many parts have a proposal of this verdict."""
        return len({proposal.source for proposal in self.proposals if proposal.verdict is verdict})


def new_record(data: Path, key: str, head: Head, registers: Registers) -> PlanRecord:
    """The record of a new plan.

    Raises:
        AtkgError: something that is needed is missing, and the sentence lists all of it.
        InputError: the place is not registered; the sentence names the nearest and the row to add.
    """
    jurisdiction = _jurisdiction(data, key, head, registers)
    missing = [row for row in _NEEDED if getattr(replace(head, jurisdiction=jurisdiction), row[0]) in (None, "")]
    if missing:
        zh = "、".join(f"{option}（{name}）" for _, option, name, _ in missing)
        en = ", ".join(f"{option} ({name})" for _, option, _, name in missing)
        raise AtkgError(
            f"文件中没有写明，请用选项给出：{zh}。没有写入任何内容。",
            f"the document doesn't say, so give these options: {en}; nothing was written",
        )
    if head.begin and head.end and head.begin >= head.end:
        raise AtkgError(
            f"起始日 {head.begin} 不早于截止日 {head.end}。",
            f"the first day {head.begin} is not before the last, {head.end}",
        )
    if head.page and not _PAGE.fullmatch(head.page):
        raise AtkgError(f"{head.page!r} 不是网址。", f"{head.page!r} is no address of a web page")
    return PlanRecord(
        key=key,
        title=head.title or "",
        title_en=head.title_en,
        jurisdiction=jurisdiction or "",
        number=head.number,
        issuer=head.issuer,
        issued=head.issued,
        begin=head.begin,
        end=head.end,
        page=head.page,
    )


def _jurisdiction(data: Path, key: str, head: Head, registers: Registers) -> str | None:
    """The slug of the place that the head names by slug or name; None where it names none.

    Raises:
        InputError: the place is not registered.
    """
    wanted = head.jurisdiction or head.place or ""
    if not wanted:
        return None
    if wanted in registers.jurisdictions:
        return wanted
    named = [place.slug for place in registers.jurisdictions.values() if wanted in (place.name_zh, place.place_zh)]
    if len(named) == 1:
        return named[0]
    row, near = jurisdiction_row(head, wanted, registers, key)
    close = f"最接近的是 {'、'.join(near)}。" if near else ""
    close_en = f"the nearest are {', '.join(near)}; " if near else ""
    raise InputError(
        data / "registers" / "jurisdictions.csv",
        f"没有登记行政区划 {wanted!r}。{close}请用 --jurisdiction 指明已登记的，或加一行（… 处由人填写）：{row}",
        f"no jurisdiction {wanted!r} is registered; {close_en}name a registered one with --jurisdiction, or add this "
        f"row (a person fills in what stands as …): {row}",
    )


def take_in(
    data: Path, path: Path, record: PlanRecord, received: Received, registers: Registers, implements: Sequence[str] = ()
) -> Intake:
    """Read, align and write a new plan; its folder is there with all its files, or nothing was written.

    Raises:
        InputError: something in the data folder is not as it should be, or can't be written.
        AtkgError: a plan that is to be implemented is not in the data folder.
    """
    plans = read_plans(data)
    known = {plan.key for plan in plans}
    if absent := [key for key in implements if key not in known]:
        raise AtkgError(
            f"--implements：没有计划 {'、'.join(absent)}；已有：{'、'.join(sorted(known))}。",
            f"--implements: there is no plan {', '.join(absent)}; there are {', '.join(sorted(known))}",
        )
    text = received.document.text
    places = {place.slug for place in registers.lineage(record.jurisdiction)}
    others = [plan.record for plan in plans if plan.record.jurisdiction in places or plan.key in implements]
    cited = read_citations(text, record, others, implements)
    folder = new_folder(path, replace(record, cites=cited.citations), received)
    reading = read_plan(folder.record, text, registers)
    writer = PlanWriter(reading, registers)
    writer.plan_lines()
    above, proposals, notes = _proposals(folder, plans, reading, registers)
    findings = [*reading.findings, *writer.findings, *loose_dates(reading), *_citation_findings(cited.unknown)]
    if above is None:
        findings.append(_nothing_above())
    else:
        findings += _unsettled(reading, proposals)
    placed = sorted((_placed(reading, finding) for finding in findings), key=lambda found: (found.span, found.kind))
    write_folder(folder, received, write_rows(proposals, []))
    advice = tuple(_advice(reading, finding, registers, proposals) for finding in placed)
    return Intake(folder, reading, tuple(proposals), above, advice, (*received.document.notes, *notes))


def _proposals(
    folder: PlanFolder, plans: Sequence[PlanFolder], reading: Reading, registers: Registers
) -> tuple[str | None, list[Proposal], list[Note]]:
    """(plan above, proposals, notes); no proposal where no plan stands above, or nothing to learn from."""
    readings = {
        plan.key: read_plan(plan.record, plan.text, registers, plan.corrections)
        for plan in plans
        if plan.text is not None
    }
    readings[folder.key] = reading
    lineage = Lineage([*plans, folder], readings, registers)
    above = lineage.of(folder)
    if above is None:
        return None, [], []
    try:
        return above.key, propose(reading, lineage.known, readings.get(above.key)), []
    except AtkgError as error:
        return above.key, [], [Note(f"没有提出承接关系：{error.zh}", f"No derivations were proposed: {error.en}")]


def _citation_findings(unknown: Sequence[tuple[str, int]]) -> list[Finding]:
    return [
        Finding(
            "citation-unknown",
            Span(place, place + len(number)),
            f"引用的文号“{number}”没有对应的计划；若是上级计划，请先登记它。",
            f"The cited number “{number}” belongs to no plan here; if it is a plan above, register that first.",
            Severity.INFO,
        )
        for number, place in unknown
    ]


def _nothing_above() -> Finding:
    return Finding(
        "plan-above-missing",
        Span(0, 0),
        "没有读到所贯彻的上级计划，未提出承接关系；请用 --implements 指明。",
        "No plan above that this one implements was found, so no derivations were proposed; name it with --implements.",
    )


def _unsettled(reading: Reading, proposals: Sequence[Proposal]) -> list[Finding]:
    """A finding for each task that no proposal would be accepted for: a person decides where it comes from."""
    accepted = {proposal.source for proposal in proposals if proposal.verdict is Verdict.ACCEPT}
    return [
        Finding(
            "derivation-unsettled",
            task.spans[0],
            f"任务“{path}”从何承接待定：请在 derivations.csv 中审定，或认定为本地措施并写明理由。",
            f"Where the task “{path}” comes from is open: settle it in derivations.csv, or declare a local measure there, "
            "with the reason.",
        )
        for task in reading.tasks
        if (path := f"{task.clause}/t{task.index}") not in accepted
    ]


def _placed(reading: Reading, finding: Finding) -> Finding:
    """The finding at the words that it quotes, where it bears no place of its own."""
    quoted = _QUOTED.search(finding.zh)
    if finding.span.end or not quoted:
        return finding
    place = reading.text.find(quoted[1])
    return finding if place < 0 else replace(finding, span=Span(place, place + len(quoted[1])))


def _advice(reading: Reading, finding: Finding, registers: Registers, proposals: Sequence[Proposal]) -> Advice:
    record = as_json(reading, finding)
    quoted = _QUOTED.search(finding.zh)
    if finding.kind == "derivation-unsettled" and quoted:
        path = quoted[1]
        candidates = [proposal for proposal in proposals if proposal.source == path and proposal.to]
        shown = tuple(f"{proposal.to} ({proposal.score:.2f})" for proposal in candidates)
        return Advice(finding, record, shown, csv_line([path, "", "", "", "true", "…"]))
    correction = correction_for(finding, reading, registers)
    if finding.kind != "agency-unknown" or not quoted:
        return Advice(finding, record, correction=correction)
    place = reading.plan.jurisdiction
    near = near_names(quoted[1], place, registers)
    return Advice(
        finding, record, tuple(known.name for known in near), agency_row(quoted[1], place, registers, near), correction
    )
