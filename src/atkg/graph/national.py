"""The clauses of a plan known from evidence only, as quads: a title and a presumed number, never words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from atkg import iris
from atkg.derivation import Attested
from atkg.graph.terms import TYPE, integer, node, term, text
from atkg.model import PlanRecord, Role
from atkg.namespaces import DCT, SKOS
from atkg.national import RegisteredClause
from atkg.registers import Registers

_SHORT_CUTS: Final = {Role.LEAD: "leadAgency", Role.COOPERATING: "cooperatingAgency"}


def register_clause_lines(
    record: PlanRecord,
    clauses: Mapping[str, RegisteredClause],
    attested: Attested,
    registers: Registers,
) -> Iterator[str]:
    """graph/register/<register>: the reconstructed clauses of the plan, and the tasks that a public page names."""
    key = record.key
    end = f"<{iris.graph('register', record.register or '')}> ."
    for clause in clauses.values():
        subject = node(iris.reconstructed(key, clause.id))
        parent = iris.reconstructed(key, clause.parent) if clause.parent else iris.plan(key)
        yield f"{subject} {TYPE} {term('Clause')} {end}"
        yield f"{subject} {TYPE} {term('ReconstructedClause')} {end}"
        yield f"{subject} {term('partOf')} {node(parent)} {end}"
        yield f"{subject} {term('order')} {integer(clause.order)} {end}"
        yield f"{subject} {term('stage')} {node(iris.concept('stage', clause.stage))} {end}"
        yield f"{subject} <{SKOS}prefLabel> {text(clause.title_zh, 'zh')} {end}"
        yield f"{subject} <{SKOS}prefLabel> {text(clause.title_en, 'en')} {end}"
        yield f"{subject} {term('presumedNumber')} {text(clause.presumed_number)} {end}"
        yield f"{subject} {term('numberState')} {node(iris.concept('number-state', clause.number_state))} {end}"
        yield f"{subject} {term('attestationCount')} {integer(clause.attestation_count)} {end}"
        for plan, path in dict.fromkeys(attested[clause.id]):
            yield f"{subject} {term('attestedBy')} {node(iris.clause(plan, path))} {end}"
        if clause.lead and clause.source:
            yield from _task(record, clause, clause.source, registers, end)


def _task(record: PlanRecord, clause: RegisteredClause, source: str, registers: Registers, end: str) -> Iterator[str]:
    key = record.key
    subject = node(iris.task(key, clause.id, 1))
    yield f"{subject} {TYPE} {term('Task')} {end}"
    yield f"{subject} {term('partOf')} {node(iris.plan(key))} {end}"
    yield f"{subject} {term('statedIn')} {node(iris.reconstructed(key, clause.id))} {end}"
    yield f"{subject} {term('order')} {integer(1)} {end}"
    yield f"{subject} {term('assignmentBasis')} {node(iris.concept('basis', 'statement'))} {end}"
    yield f"{subject} <{DCT}source> {node(source)} {end}"
    named = [(Role.LEAD, name) for name in clause.lead] + [(Role.COOPERATING, name) for name in clause.cooperating]
    for order, (role, name) in enumerate(named, 1):
        place = node(iris.assignment(key, clause.id, 1, order))
        yield f"{subject} {term('assignment')} {place} {end}"
        yield f"{place} {TYPE} {term('Assignment')} {end}"
        yield f"{place} {term('role')} {node(iris.concept('role', role))} {end}"
        yield f"{place} {term('mention')} {text(name)} {end}"
        for known in registers.candidates(name, record.jurisdiction):
            agency = node(iris.agency(known.jurisdiction, known.row.slug))
            yield f"{place} {term('agency')} {agency} {end}"
            yield f"{subject} {term(_SHORT_CUTS[role])} {agency} {end}"
