"""Records and registers as quads: the only place where a record turns into triples.

Every function yields lines of N-Quads; no blank nodes; each triple in one graph.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Final

from atkg import iris
from atkg.model import Clause, Correction, Finding, Milestone, PlanRecord, Reading, Role, Severity, Span, Task
from atkg.namespaces import ADMS, ATKG, BASE, DCT, OA, OWL, RDF, SCHEMA, SKOS, VOID, XSD
from atkg.registers import Known, Registers, normalise_name

_TYPE: Final = f"<{RDF}type>"
_ESCAPES: Final = str.maketrans(
    {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
)
_SHORT_CUTS: Final = {
    Role.LEAD: f"<{ATKG}leadAgency>",
    Role.COOPERATING: f"<{ATKG}cooperatingAgency>",
    Role.IMPLEMENTING: f"<{ATKG}implementingAgency>",
}
LICENCE: Final = "https://creativecommons.org/publicdomain/zero/1.0/"


def _iri(iri: str) -> str:
    return f"<{iri}>"


def _atkg(name: str) -> str:
    return f"<{ATKG}{name}>"


def _text(value: str, language: str = "") -> str:
    return f'"{value.translate(_ESCAPES)}"@{language}' if language else f'"{value.translate(_ESCAPES)}"'


def _integer(value: int) -> str:
    return f'"{value}"^^<{XSD}integer>'


def _date(value: date) -> str:
    return f'"{value.isoformat()}"^^<{XSD}date>'


_TRUE: Final = f'"true"^^<{XSD}boolean>'


class PlanWriter:
    """The two graphs of one plan: `plan_lines` (what was read) and `derivation_lines`."""

    def __init__(self, reading: Reading, registers: Registers) -> None:
        self._reading, self._registers = reading, registers
        self._key = reading.plan.key
        self._spans: set[Span] = set()
        self._lines: list[str] = []
        self._graph = ""
        self.findings: list[Finding] = []

    def plan_lines(self) -> list[str]:
        """What was read in the document: plan, clauses, tasks, assignments, milestones, spans, text."""
        self._open(iris.graph("plan", self._key))
        self._plan()
        notes = self._notes()
        for clause in self._reading.clauses:
            self._clause(clause, notes)
        for milestone in self._reading.milestones:
            self._milestone(milestone)
        for task in self._reading.tasks:
            self._task(task, notes)
        self._members()
        return self._lines

    def derivation_lines(self) -> list[str]:
        """Where the plan comes from: the plans that it carries out, each with its Derivation."""
        self._open(iris.graph("derivation", self._key))
        plan = iris.plan(self._key)
        for citation in self._reading.plan.cites:
            if not citation.implements:
                continue
            above = iris.plan(citation.plan)
            self._add(_iri(plan), _atkg("implementsPlan"), _iri(above))
            node = _iri(iris.derivation(plan, above))
            self._add(node, _TYPE, _atkg("Derivation"))
            self._add(node, _atkg("from"), _iri(plan))
            self._add(node, _atkg("to"), _iri(above))
            basis = iris.concept("derivation-basis", citation.basis)
            self._add(node, _atkg("derivationBasis"), _iri(basis))
            self._add(node, _atkg("reviewed"), _TRUE)
            if citation.reason:
                self._add(node, _atkg("reason"), _text(citation.reason))
            if citation.number and (place := self._reading.text.find(citation.number)) >= 0:
                self._evidence(node, Span(place, place + len(citation.number)))
        return self._lines

    def _open(self, graph: str) -> None:
        self._graph = f"<{graph}> ."
        self._lines = []

    def _add(self, subject: str, predicate: str, value: str) -> None:
        self._lines.append(f"{subject} {predicate} {value} {self._graph}")

    def _evidence(self, node: str, *spans: Span) -> None:
        for span in dict.fromkeys(spans):
            iri = _iri(iris.span(self._key, span))
            self._add(node, _atkg("evidence"), iri)
            if span not in self._spans:
                self._spans.add(span)
                self._add(iri, f"<{OA}start>", _integer(span.start))
                self._add(iri, f"<{OA}end>", _integer(span.end))

    def _plan(self) -> None:
        record = self._reading.plan
        node = _iri(iris.plan(self._key))
        self._lines += plan_record_lines(record, iris.graph("plan", self._key))
        if record.issuer:
            known = self.resolve(record.issuer, Span(0, 0))
            if known:
                self._add(node, _atkg("issuer"), _iri(known))
        if record.has_text:
            source = _iri(iris.source(self._key))
            self._add(node, f"<{DCT}source>", source)
            self._add(source, _atkg("text"), _text(self._reading.text))

    def _notes(self) -> list[tuple[Span, str]]:
        return [(correction.span, correction_note(correction)) for correction in self._reading.corrections]

    def _clause(self, clause: Clause, notes: Iterable[tuple[Span, str]]) -> None:
        node = _iri(iris.clause(self._key, clause.path))
        parent = iris.clause(self._key, clause.parent) if clause.parent else iris.plan(self._key)
        self._add(node, _TYPE, _atkg("Clause"))
        self._add(node, _atkg("partOf"), _iri(parent))
        self._add(node, _atkg("order"), _integer(clause.order))
        self._add(node, _atkg("clauseType"), _iri(iris.concept("clause-type", clause.kind)))
        self._add(node, _atkg("reference"), _text(clause.reference))
        if clause.number:
            self._add(node, _atkg("number"), _text(clause.number))
        if clause.heading:
            self._add(node, _atkg("heading"), _text(clause.heading, "zh"))
        if clause.text:
            self._add(node, _atkg("sourceText"), _text(clause.text, "zh"))
        if clause.lost:
            self._add(node, _atkg("textState"), _iri(iris.concept("text-state", "lost")))
        if clause.stage:
            self._add(node, _atkg("stage"), _iri(iris.concept("stage", clause.stage)))
        self._evidence(node, *clause.spans)
        self._annotate(node, clause.spans, notes)

    def _task(self, task: Task, notes: Iterable[tuple[Span, str]]) -> None:
        node = _iri(iris.task(self._key, task.clause, task.index))
        self._add(node, _TYPE, _atkg("Task"))
        self._add(node, _atkg("partOf"), _iri(iris.plan(self._key)))
        self._add(node, _atkg("statedIn"), _iri(iris.clause(self._key, task.clause)))
        self._add(node, _atkg("order"), _integer(task.index))
        self._add(node, _atkg("assignmentBasis"), _iri(iris.concept("basis", task.basis)))
        if task.text:
            self._add(node, _atkg("sourceText"), _text(task.text, "zh"))
        else:
            self._add(node, _atkg("textState"), _iri(iris.concept("text-state", "lost")))
        if task.open_list:
            self._add(node, _atkg("openList"), _TRUE)
        self._evidence(node, *task.spans)
        short_cuts: dict[str, None] = {}
        for order, assignment in enumerate(task.assignments, 1):
            place = _iri(iris.assignment(self._key, task.clause, task.index, order))
            self._add(node, _atkg("assignment"), place)
            self._add(place, _TYPE, _atkg("Assignment"))
            self._add(place, _atkg("role"), _iri(iris.concept("role", assignment.role)))
            self._add(place, _atkg("mention"), _text(assignment.mention))
            if assignment.wording:
                self._add(place, _atkg("roleWording"), _text(assignment.wording))
            if agency := self.resolve(assignment.name, assignment.span):
                self._add(place, _atkg("agency"), _iri(agency))
                short_cuts[f"{_SHORT_CUTS[assignment.role]} <{agency}>"] = None
            self._evidence(place, assignment.span)
            self._annotate(place, (assignment.span,), notes)
        self._lines += [f"{node} {short_cut} {self._graph}" for short_cut in short_cuts]
        for milestone in task.milestones:
            self._add(node, _atkg("milestone"), _iri(iris.milestone(self._key, milestone.clause, milestone.index)))

    def _milestone(self, milestone: Milestone) -> None:
        node = _iri(iris.milestone(self._key, milestone.clause, milestone.index))
        self._add(node, _TYPE, _atkg("Milestone"))
        self._add(node, _atkg("statedIn"), _iri(iris.clause(self._key, milestone.clause)))
        self._add(node, _atkg("timing"), _iri(iris.concept("timing", milestone.timing)))
        if milestone.text:
            self._add(node, _atkg("sourceText"), _text(milestone.text, "zh"))
        if milestone.begin:
            self._add(node, _atkg("beginDate"), _date(milestone.begin))
        if milestone.end:
            self._add(node, _atkg("endDate"), _date(milestone.end))
        if milestone.recurrence:
            self._add(node, _atkg("recurrence"), _text(milestone.recurrence))
        if milestone.row_agency and (agency := self.resolve(milestone.row_agency, milestone.spans[0])):
            self._add(node, _atkg("agency"), _iri(agency))
        if milestone.row:
            self._add(_iri(iris.clause(self._key, milestone.row)), _atkg("milestone"), node)
        self._evidence(node, *milestone.spans)

    def _members(self) -> None:
        for membership in self._reading.memberships:
            group = self.resolve(membership.group, Span(0, 0))
            if not group:
                continue
            clause = iris.clause(self._key, membership.clause)
            self._add(_iri(group), _atkg("statedIn"), _iri(clause))
            members = (self.resolve(name, Span(0, 0)) for name in membership.members)
            for member in dict.fromkeys(member for member in members if member):
                self._add(_iri(group), _atkg("hasMember"), _iri(member))

    def _annotate(self, node: str, spans: Iterable[Span], notes: Iterable[tuple[Span, str]]) -> None:
        for place, note in notes:
            if any(span.start <= place.start and place.end <= span.end for span in spans):
                self._add(node, f"<{SKOS}editorialNote>", _text(note, "zh"))

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
    node, end = _iri(iris.plan(record.key)), f"<{graph}> ."
    yield f"{node} {_TYPE} {_atkg('Plan')} {end}"
    yield f"{node} <{DCT}title> {_text(record.title, 'zh')} {end}"
    yield f"{node} {_atkg('jurisdiction')} {_iri(iris.jurisdiction(record.jurisdiction))} {end}"
    if record.title_en:
        yield f"{node} <{DCT}title> {_text(record.title_en, 'en')} {end}"
    if record.number:
        yield f"{node} <{DCT}identifier> {_text(record.number)} {end}"
    if record.issued:
        yield f"{node} <{DCT}issued> {_date(record.issued)} {end}"
    if record.begin:
        yield f"{node} {_atkg('beginDate')} {_date(record.begin)} {end}"
    if record.end:
        yield f"{node} {_atkg('endDate')} {_date(record.end)} {end}"
    if record.page:
        yield f"{node} <{SCHEMA}url> {_iri(record.page)} {end}"
    for citation in record.cites:
        if citation.basis == "cited":
            yield f"{node} <{DCT}references> {_iri(iris.plan(citation.plan))} {end}"


def agency_lines(registers: Registers, used: Mapping[str, Counter[str]], homes: Mapping[str, str]) -> Iterator[str]:
    """graph/register/agencies: the agencies used, with their names as the documents write them.

    Args:
        registers: the registers.
        used: agency IRI → how often each name stands for it.
        homes: agency IRI → a jurisdiction whose plan uses it, in which its names are looked up.

    """
    end = f"<{iris.graph('register', 'agencies')}> ."
    for agency, mentions in sorted(used.items()):
        place, _, slug = agency.removeprefix(BASE + "id/agency/").partition("/")
        node = _iri(agency)
        known = _known(registers, mentions, homes[agency], slug)
        yield f"{node} {_TYPE} {_atkg('Agency')} {end}"
        yield f"{node} {_atkg('jurisdiction')} {_iri(iris.jurisdiction(place))} {end}"
        if not known:
            yield f"{node} <{SKOS}prefLabel> {_text(min(mentions), 'zh')} {end}"
            continue
        row = next(iter(known.values())).row
        yield f"{node} {_TYPE} {_atkg('AgencyGroup' if row.is_group else 'Body')} {end}"
        for function in row.functions:
            yield f"{node} {_atkg('function')} {_iri(iris.concept('function', function))} {end}"
        if not row.is_group:
            yield f"{node} {_atkg('bodyKind')} {_iri(iris.concept('body-kind', row.kind))} {end}"
        jurisdiction = registers.jurisdictions[place]
        label = row.label_zh.format(J=jurisdiction.name_zh, P=jurisdiction.place_zh) or _label(known)
        yield f"{node} <{SKOS}prefLabel> {_text(label, 'zh')} {end}"
        if row.label_en:
            yield f"{node} <{SKOS}prefLabel> {_text(row.label_en.format(J=jurisdiction.name_en), 'en')} {end}"
        for mention in sorted(mentions):
            if mention != label:
                misspelt = mention in known and known[mention].misspelt
                yield f"{node} <{SKOS}{'hiddenLabel' if misspelt else 'altLabel'}> {_text(mention, 'zh')} {end}"


def _known(registers: Registers, mentions: Iterable[str], home: str, slug: str) -> dict[str, Known]:
    """Mention → what the register knows of it, the most frequent mention first."""
    known = {}
    ranked = mentions.most_common() if isinstance(mentions, Counter) else [(mention, 1) for mention in mentions]
    for mention, _ in sorted(ranked, key=lambda pair: (-pair[1], -len(pair[0]), pair[0])):
        for candidate in registers.candidates(mention, home):
            if candidate.row.slug == slug:
                known[mention] = candidate
    return known


def _label(known: Mapping[str, Known]) -> str:
    """The full form of the most frequent name, one without a fault where there is one."""
    return min(known.values(), key=lambda candidate: candidate.misspelt).full_name


def register_lines(registers: Registers) -> Iterator[str]:
    """graph/register/jurisdictions, functions, stages and concepts."""
    yield from _jurisdictions(registers)
    concepts = [
        ("functions", registers.functions),
        ("concepts", registers.concepts),
    ]
    for name, rows in concepts:
        end = f"<{iris.graph('register', name)}> ."
        kinds = {"function": "Function", "role": "Role"}
        for row in rows:
            node = _iri(iris.concept(row.scheme, row.slug))
            yield from _concept(node, row.scheme, row.label_zh, row.label_en, kinds.get(row.scheme), end)
            for language, definition in (("zh", row.definition_zh), ("en", row.definition_en)):
                if definition:
                    yield f"{node} <{SKOS}definition> {_text(definition, language)} {end}"
    end = f"<{iris.graph('register', 'stages')}> ."
    for stage in registers.stages:
        node = _iri(iris.concept("stage", stage.slug))
        yield from _concept(node, "stage", stage.label_zh, stage.label_en, "Stage", end)
    end = f"<{iris.graph('register', 'concepts')}> ."
    for scheme in registers.schemes:
        node = _iri(iris.scheme(scheme.slug))
        yield f"{node} {_TYPE} <{SKOS}ConceptScheme> {end}"
        yield f"{node} <{SKOS}prefLabel> {_text(scheme.label_zh, 'zh')} {end}"
        yield f"{node} <{SKOS}prefLabel> {_text(scheme.label_en, 'en')} {end}"


def _concept(node: str, scheme: str, zh: str, en: str, kind: str | None, end: str) -> Iterator[str]:
    yield f"{node} {_TYPE} <{SKOS}Concept> {end}"
    if kind:
        yield f"{node} {_TYPE} {_atkg(kind)} {end}"
    yield f"{node} <{SKOS}inScheme> {_iri(iris.scheme(scheme))} {end}"
    yield f"{node} <{SKOS}prefLabel> {_text(zh, 'zh')} {end}"
    yield f"{node} <{SKOS}prefLabel> {_text(en, 'en')} {end}"


_ELSEWHERE: Final = {
    "wikidata": "http://www.wikidata.org/entity/{}",
    "geonames": "https://sws.geonames.org/{}/",
}


def _jurisdictions(registers: Registers) -> Iterator[str]:
    end = f"<{iris.graph('register', 'jurisdictions')}> ."
    for place in registers.jurisdictions.values():
        node = _iri(iris.jurisdiction(place.slug))
        yield f"{node} {_TYPE} {_atkg('Jurisdiction')} {end}"
        yield f"{node} {_atkg('level')} {_iri(iris.concept('level', place.level))} {end}"
        yield f"{node} <{SKOS}prefLabel> {_text(place.name_zh, 'zh')} {end}"
        yield f"{node} <{SKOS}prefLabel> {_text(place.name_en, 'en')} {end}"
        if place.place_zh != place.name_zh:
            yield f"{node} <{SKOS}altLabel> {_text(place.place_zh, 'zh')} {end}"
        if place.within:
            yield f"{node} {_atkg('within')} {_iri(iris.jurisdiction(place.within))} {end}"
    for code in registers.identifiers:
        node = _iri(iris.jurisdiction(code.slug))
        if template := _ELSEWHERE.get(code.scheme):
            match = "exactMatch" if code.match == "exact" else "closeMatch"
            yield f"{node} <{SKOS}{match}> {_iri(template.format(code.identifier))} {end}"
            continue
        identifier = _iri(iris.jurisdiction_code(code.slug, code.scheme, code.identifier))
        yield f"{node} <{ADMS}identifier> {identifier} {end}"
        yield f"{identifier} {_TYPE} <{ADMS}Identifier> {end}"
        yield f"{identifier} <{SKOS}notation> {_text(code.identifier)} {end}"
        yield f"{identifier} <{ADMS}schemaAgency> {_text(code.scheme)} {end}"
        for name, when in (("validFrom", code.valid_from), ("validThrough", code.valid_until)):
            if when:
                kind = "gYear" if len(when) == 4 else "date"
                yield f'{identifier} <{SCHEMA}{name}> "{when}"^^<{XSD}{kind}> {end}'


def catalogue_lines(version: str) -> Iterator[str]:
    """graph/catalogue: what the dataset is, and on what terms it may be used."""
    end = f"<{iris.graph('catalogue')}> ."
    node = _iri(iris.DATASET)
    yield f"{node} {_TYPE} <{VOID}Dataset> {end}"
    yield f"{node} <{DCT}title> {_text('反对拐卖人口行动计划知识图谱', 'zh')} {end}"
    yield f"{node} <{DCT}title> {_text('Knowledge graph of the action plans against human trafficking', 'en')} {end}"
    yield f"{node} <{DCT}license> <{LICENCE}> {end}"
    yield f"{node} <{DCT}conformsTo> {_iri(iris.ONTOLOGY)} {end}"
    yield f"{node} <{OWL}versionInfo> {_text(version)} {end}"
    yield f"{node} <{VOID}uriSpace> {_text(BASE)} {end}"
    yield f"{node} <{VOID}vocabulary> {_iri(ATKG)} {end}"
