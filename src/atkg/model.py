"""What is read in a plan, as records: no RDF here, and nothing that is not in the text or its plan.toml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of source.txt in Unicode code points: start included, end not."""

    start: int
    end: int


class Role(StrEnum):
    LEAD = "lead"
    COOPERATING = "cooperating"
    IMPLEMENTING = "implementing"


class Basis(StrEnum):
    """How the text lays a task on its agencies."""

    STATEMENT = "statement"
    TABLE = "table"
    SUBJECT = "subject"


class Timing(StrEnum):
    DEADLINE = "deadline"
    PERIOD = "period"
    RECURRING = "recurring"
    CONTINUING = "continuing"
    UNDATED = "undated"
    DONE = "done"


class Severity(StrEnum):
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in the text that a person should look at; it never stops the reading."""

    kind: str
    span: Span
    zh: str
    en: str
    severity: Severity = Severity.WARNING


@dataclass(frozen=True, slots=True)
class Correction:
    """A row of corrections.csv: at this place the text says `read`, and `meant` is to be understood."""

    span: Span
    read: str
    meant: str
    reason: str
    checked_by: str


@dataclass(frozen=True, slots=True)
class Citation:
    """A plan that this plan cites; `implements` where it says that it carries it out."""

    plan: str
    number: str | None
    implements: bool
    basis: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class PlanRecord:
    """What plan.toml says of a plan.

    `register` names the register that its clauses are reconstructed in, and `witnesses` the plans by whose
    parts it attests them, each under the name that the register cites it by.
    """

    key: str
    title: str
    title_en: str | None
    jurisdiction: str
    number: str | None = None
    issuer: str | None = None
    issued: date | None = None
    begin: date | None = None
    end: date | None = None
    cites: tuple[Citation, ...] = ()
    encoding: str | None = None
    sha256: str | None = None
    received_sha256: str | None = None
    page: str | None = None
    register: str | None = None
    witnesses: Mapping[str, str] = field(default_factory=dict)

    @property
    def has_text(self) -> bool:
        return self.sha256 is not None


@dataclass(slots=True)
class Clause:
    """An addressable part of a plan. `path` is `kind_number/…`, outermost first."""

    path: str
    kind: str
    parent: str | None
    order: int
    spans: tuple[Span, ...]
    number: str | None = None
    heading: str | None = None
    text: str | None = None
    lost: bool = False
    stage: str | None = None
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Assignment:
    """An agency in a role: `mention` as written, `name` as it is to be looked up."""

    mention: str
    name: str
    role: Role
    wording: str | None
    span: Span


@dataclass(frozen=True, slots=True)
class Milestone:
    """A commitment in time. `row_agency` is set where a row of an agency's table bears it."""

    clause: str
    index: int
    timing: Timing
    spans: tuple[Span, ...]
    text: str | None = None
    begin: date | None = None
    end: date | None = None
    recurrence: str | None = None
    row_agency: str | None = None
    row: str | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """A unit of work laid on named agencies; `text` is None where the source lost it."""

    clause: str
    index: int
    basis: Basis
    spans: tuple[Span, ...]
    text: str | None
    assignments: tuple[Assignment, ...]
    open_list: bool = False
    milestones: tuple[Milestone, ...] = ()


@dataclass(frozen=True, slots=True)
class Membership:
    """A list of members that a clause gives of a collective, with the place of its name and of each of theirs."""

    group: str
    clause: str
    members: tuple[str, ...]
    group_span: Span = Span(0, 0)
    spans: tuple[Span, ...] = ()


@dataclass(slots=True)
class Reading:
    """All that was read in one document, in the order of the text."""

    plan: PlanRecord
    text: str
    clauses: list[Clause] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    milestones: list[Milestone] = field(default_factory=list)
    memberships: list[Membership] = field(default_factory=list)
    corrections: tuple[Correction, ...] = ()
    findings: list[Finding] = field(default_factory=list)
