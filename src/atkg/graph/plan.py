"""What was read in one document as quads: plan, clauses, tasks, assignments, milestones, spans."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from atkg import iris
from atkg.graph.terms import TRUE, TYPE, GraphWriter, Spans, day, integer, node, term, text
from atkg.model import Clause, Correction, Finding, Milestone, PlanRecord, Reading, Role, Severity, Span, Task
from atkg.namespaces import DCT, SCHEMA, SKOS
from atkg.registers import Registers, normalise_name

_SHORT_CUTS: Final = {
    Role.LEAD: term("leadAgency"),
    Role.COOPERATING: term("cooperatingAgency"),
    Role.IMPLEMENTING: term("implementingAgency"),
}


class PlanWriter(GraphWriter):
    """Writes graph/plan/<plan>; names that the register doesn't know become findings."""

    def __init__(self, reading: Reading, registers: Registers, spans: Spans | None = None) -> None:
        super().__init__(iris.graph("plan", reading.plan.key), spans)
        self._reading, self._registers = reading, registers
        self._key = reading.plan.key
        self.findings: list[Finding] = []

    def plan_lines(self) -> list[str]:
        """What was read in the document: plan, clauses, tasks, assignments, milestones, spans, text."""
        self._plan()
        notes = self._notes()
        for clause in self._reading.clauses:
            self._clause(clause, notes)
        for milestone in self._reading.milestones:
            self._milestone(milestone)
        for task in self._reading.tasks:
            self._task(task, notes)
        self._members()
        return self.lines

    def _plan(self) -> None:
        record = self._reading.plan
        subject = node(iris.plan(self._key))
        self.lines += plan_record_lines(record, iris.graph("plan", self._key))
        if record.issuer:
            known = self.resolve(record.issuer, Span(0, 0))
            if known:
                self.add(subject, term("issuer"), node(known))
        if record.has_text:
            source = node(iris.source(self._key))
            self.add(subject, f"<{DCT}source>", source)
            self.add(source, term("text"), text(self._reading.text))

    def _notes(self) -> list[tuple[Span, str]]:
        return [(correction.span, correction_note(correction)) for correction in self._reading.corrections]

    def _clause(self, clause: Clause, notes: Iterable[tuple[Span, str]]) -> None:
        subject = node(iris.clause(self._key, clause.path))
        parent = iris.clause(self._key, clause.parent) if clause.parent else iris.plan(self._key)
        self.add(subject, TYPE, term("Clause"))
        self.add(subject, term("partOf"), node(parent))
        self.add(subject, term("order"), integer(clause.order))
        self.add(subject, term("clauseType"), node(iris.concept("clause-type", clause.kind)))
        self.add(subject, term("reference"), text(clause.reference))
        if clause.number:
            self.add(subject, term("number"), text(clause.number))
        if clause.heading:
            self.add(subject, term("heading"), text(clause.heading, "zh"))
        if clause.text:
            self.add(subject, term("sourceText"), text(clause.text, "zh"))
        if clause.lost:
            self.add(subject, term("textState"), node(iris.concept("text-state", "lost")))
        if clause.stage:
            self.add(subject, term("stage"), node(iris.concept("stage", clause.stage)))
        self.evidence(subject, self._key, *clause.spans)
        self._annotate(subject, clause.spans, notes)

    def _task(self, task: Task, notes: Iterable[tuple[Span, str]]) -> None:
        subject = node(iris.task(self._key, task.clause, task.index))
        self.add(subject, TYPE, term("Task"))
        self.add(subject, term("partOf"), node(iris.plan(self._key)))
        self.add(subject, term("statedIn"), node(iris.clause(self._key, task.clause)))
        self.add(subject, term("order"), integer(task.index))
        self.add(subject, term("assignmentBasis"), node(iris.concept("basis", task.basis)))
        if task.text:
            self.add(subject, term("sourceText"), text(task.text, "zh"))
        else:
            self.add(subject, term("textState"), node(iris.concept("text-state", "lost")))
        if task.open_list:
            self.add(subject, term("openList"), TRUE)
        self.evidence(subject, self._key, *task.spans)
        short_cuts: dict[str, None] = {}
        for order, assignment in enumerate(task.assignments, 1):
            place = node(iris.assignment(self._key, task.clause, task.index, order))
            self.add(subject, term("assignment"), place)
            self.add(place, TYPE, term("Assignment"))
            self.add(place, term("role"), node(iris.concept("role", assignment.role)))
            self.add(place, term("mention"), text(assignment.mention))
            if assignment.wording:
                self.add(place, term("roleWording"), text(assignment.wording))
            if agency := self.resolve(assignment.name, assignment.span):
                self.add(place, term("agency"), node(agency))
                short_cuts[f"{_SHORT_CUTS[assignment.role]} <{agency}>"] = None
            self.evidence(place, self._key, assignment.span)
            self._annotate(place, (assignment.span,), notes)
        self.lines += [f"{subject} {short_cut} {self.end}" for short_cut in short_cuts]
        for milestone in task.milestones:
            self.add(subject, term("milestone"), node(iris.milestone(self._key, milestone.clause, milestone.index)))

    def _milestone(self, milestone: Milestone) -> None:
        subject = node(iris.milestone(self._key, milestone.clause, milestone.index))
        self.add(subject, TYPE, term("Milestone"))
        self.add(subject, term("statedIn"), node(iris.clause(self._key, milestone.clause)))
        self.add(subject, term("timing"), node(iris.concept("timing", milestone.timing)))
        if milestone.text:
            self.add(subject, term("sourceText"), text(milestone.text, "zh"))
        if milestone.begin:
            self.add(subject, term("beginDate"), day(milestone.begin))
        if milestone.end:
            self.add(subject, term("endDate"), day(milestone.end))
        if milestone.recurrence:
            self.add(subject, term("recurrence"), text(milestone.recurrence))
        if milestone.row_agency and (agency := self.resolve(milestone.row_agency, milestone.spans[0])):
            self.add(subject, term("agency"), node(agency))
        if milestone.row:
            self.add(node(iris.clause(self._key, milestone.row)), term("milestone"), subject)
        self.evidence(subject, self._key, *milestone.spans)

    def _members(self) -> None:
        for membership in self._reading.memberships:
            group = self.resolve(membership.group, membership.group_span)
            if not group:
                continue
            clause = iris.clause(self._key, membership.clause)
            self.add(node(group), term("statedIn"), node(clause))
            named = zip(membership.members, membership.spans, strict=True)
            members = (self.resolve(name, span) for name, span in named)
            for member in dict.fromkeys(member for member in members if member):
                self.add(node(group), term("hasMember"), node(member))

    def _annotate(self, subject: str, spans: Iterable[Span], notes: Iterable[tuple[Span, str]]) -> None:
        for place, note in notes:
            if any(span.start <= place.start and place.end <= span.end for span in spans):
                self.add(subject, f"<{SKOS}editorialNote>", text(note, "zh"))

    def resolve(self, name: str, span: Span) -> str | None:
        """The IRI of the agency that a name stands for; None, and a finding, where several fit.

        A name that no register row knows stands for an agency of its own, with a finding.
        """
        place = self._reading.plan.jurisdiction
        found = self._registers.candidates(name, place)
        if len(found) == 1:
            return iris.agency(found[0].jurisdiction, found[0].row.slug)
        if found:
            fits = "、".join(f"{known.jurisdiction}/{known.row.slug}" for known in found)
            self._find("agency-ambiguous", span, f"“{name}”可指多个机构：{fits}。", f"“{name}” may be any of {fits}.")
            return None
        self._find(
            "agency-unknown",
            span,
            f"机构名称“{name}”未登记；请在 registers/agencies.csv 中登记。",
            f"The agency name “{name}” is not registered; add it to registers/agencies.csv.",
        )
        return iris.agency(place, iris.unregistered_slug(normalise_name(name)))

    def _find(self, kind: str, span: Span, zh: str, en: str) -> None:
        finding = Finding(kind, span, zh, en, Severity.WARNING)
        if finding not in self.findings:
            self.findings.append(finding)


def correction_note(correction: Correction) -> str:
    return f"原文“{correction.read}”按“{correction.meant}”读取：{correction.reason}（{correction.checked_by}）"


def plan_record_lines(record: PlanRecord, graph: str) -> Iterator[str]:
    """What plan.toml says of a plan, but for the issuer, which needs the register of agencies."""
    subject, end = node(iris.plan(record.key)), f"<{graph}> ."
    yield f"{subject} {TYPE} {term('Plan')} {end}"
    yield f"{subject} <{DCT}title> {text(record.title, 'zh')} {end}"
    yield f"{subject} {term('jurisdiction')} {node(iris.jurisdiction(record.jurisdiction))} {end}"
    if record.title_en:
        yield f"{subject} <{DCT}title> {text(record.title_en, 'en')} {end}"
    if record.number:
        yield f"{subject} <{DCT}identifier> {text(record.number)} {end}"
    if record.issued:
        yield f"{subject} <{DCT}issued> {day(record.issued)} {end}"
    if record.begin:
        yield f"{subject} {term('beginDate')} {day(record.begin)} {end}"
    if record.end:
        yield f"{subject} {term('endDate')} {day(record.end)} {end}"
    if record.page:
        yield f"{subject} <{SCHEMA}url> {node(record.page)} {end}"
    for citation in record.cites:
        if citation.basis == "cited":
            yield f"{subject} <{DCT}references> {node(iris.plan(citation.plan))} {end}"
