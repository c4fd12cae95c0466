"""What a plan orders, and the parts above that it may come from, as words, stages and lines of agencies."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Final

from atkg.derivation import Attested
from atkg.model import Clause, Reading, Role, Task
from atkg.national import RegisteredClause
from atkg.registers import Registers

_BREAKS: Final = re.compile(r"[。；;，,：:！？]")
_SENTENCES: Final = re.compile(r"[。；;]")
_AIMS: Final = re.compile(r"目标|指导思想|依据|总则")
_SYNONYMS: Final = (("反对拐卖人口", "反拐"), ("打击拐卖人口", "打拐"))


class Kind(StrEnum):
    TEXT = "text"
    ROW = "row"
    LOST = "lost"
    HEADING = "heading"


@dataclass(frozen=True, slots=True)
class Order:
    """Something that a plan orders, or a heading over it. `source` is as in derivations.csv.

    A ROW stands in the table of an agency, where its neighbours say nothing of its place above. `within`
    are the clauses that contain it, `sentences` its text with the marks.
    """

    plan: str
    lineage: str
    source: str
    clause: str
    kind: Kind
    phrases: tuple[str, ...]
    heading: str
    stage: str | None
    lead: frozenset[str]
    helping: frozenset[str]
    place: int
    within: tuple[str, ...]
    sentences: tuple[str, ...]

    @property
    def is_aim(self) -> bool:
        return bool(_AIMS.search(self.heading))


@dataclass(frozen=True, slots=True)
class Target:
    """A part above with the orders whose words stand for it, and the parts that contain it."""

    to: str
    title: str
    stage: str | None
    orders: tuple[Order, ...]
    is_heading: bool
    within: frozenset[str]


@dataclass(frozen=True)
class Known:
    """A register of clauses with the plans that attest them, and the other registers."""

    clauses: Mapping[str, RegisteredClause]
    attested: Attested
    readings: Mapping[str, Reading]
    registers: Registers

    def lineage(self, plan: str) -> str:
        return lineage(self.readings[plan], self.registers)

    @cached_property
    def orders(self) -> dict[str, list[Order]]:
        return {key: orders(self.readings[key], self.registers) for key in sorted(self.readings)}

    @cached_property
    def gold(self) -> dict[tuple[str, str], set[str]]:
        """(plan, clause path) → the registered clauses that it attests."""
        found: dict[tuple[str, str], set[str]] = {}
        for clause, places in self.attested.items():
            for place in places:
                found.setdefault(place, set()).add(clause)
        return found

    def cited(self, order: Order) -> str | None:
        """The clause for which the register gives the links of an order; None where it needn't give them.

        A paragraph counts as its article where the register cites the article. Of the table of an agency
        "yearly entries that repeat a key task are not all referenced" (the register's own description).
        """
        up, _, last = order.clause.rpartition("/")
        if (order.plan, order.clause) in self.gold:
            return order.clause
        if last.startswith("par_") and (order.plan, up) in self.gold:
            return up
        return None if order.kind is Kind.ROW else order.clause


def lineage(reading: Reading, registers: Registers) -> str:
    """The jurisdiction right below the nation under which a plan stands."""
    places = [place.slug for place in registers.lineage(reading.plan.jurisdiction) if place.level != "nation"]
    return places[-1] if places else reading.plan.jurisdiction


def phrases(text: str) -> tuple[str, ...]:
    """The text in pieces of six characters or more between marks, without the marks.

    >>> phrases("完善机制，加强上下联动、部门联动。依法严惩")
    ('完善机制加强上下联动部门联动', '依法严惩')
    """
    found: list[str] = []
    rest = ""
    for piece in _BREAKS.split(text):
        rest += re.sub(r"\W", "", piece)
        if len(rest) >= 6:
            found.append(rest)
            rest = ""
    if rest and found and len(rest) < 4:
        found[-1] += rest
    elif len(rest) >= 2:
        found.append(rest)
    return tuple(found)


def orders(reading: Reading, registers: Registers) -> list[Order]:
    """All that the plan orders, in the order of the text: each Task, what a Clause says beside its Tasks, headings."""
    return list(_Orders(reading, registers).read())


class _Orders:
    def __init__(self, reading: Reading, registers: Registers) -> None:
        self._reading, self._registers = reading, registers
        self._clauses = {clause.path: clause for clause in reading.clauses}
        self._stated: dict[str, list[Task]] = {}
        for task in reading.tasks:
            self._stated.setdefault(task.clause, []).append(task)
        places = {
            name for p in registers.jurisdictions.values() if p.level != "nation" for name in (p.name_zh, p.place_zh)
        }
        self._places = re.compile("|".join(sorted(places, key=lambda name: (-len(name), name))) or r"(?!)")
        self._count = 0

    def read(self) -> Iterator[Order]:
        # the only row of a heading is cited by the heading
        rows = {clause.reference for clause in self._reading.clauses if clause.kind == "row"}
        leads: dict[str, set[str]] = {}
        for clause in self._reading.clauses:
            above = list(self._above(clause))
            agency = next((one.path for one in (clause, *above) if self._is_agency(one)), None)
            kind = Kind.ROW if agency else Kind.TEXT
            rest = clause.text or ""
            for task in self._stated.get(clause.path, ()):
                lead, helping = self._functions(task, helping=False), self._functions(task, helping=True)
                leads.setdefault(agency or "", set()).update(lead)
                source = f"{clause.path}/t{task.index}"
                yield self._order(
                    source, clause, Kind.LOST if task.text is None else kind, task.text or "", lead, helping
                )
                rest = rest.replace(task.text or "\0", "。")
            if phrases(rest):
                lead = frozenset(leads.get(agency, ()) if agency else ())
                yield self._order(clause.path, clause, kind, rest, lead)
            elif clause.heading and not agency and clause.path not in self._stated and clause.reference not in rows:
                yield self._order(clause.path, clause, Kind.HEADING, clause.heading)

    def _above(self, clause: Clause) -> Iterator[Clause]:
        while clause.parent is not None and clause.parent in self._clauses:
            clause = self._clauses[clause.parent]
            yield clause

    def _is_agency(self, clause: Clause) -> bool:
        """The clause is the row of an agency, with all that the agency has to do."""
        place = self._reading.plan.jurisdiction
        return clause.kind == "row" and bool(self._registers.candidates(clause.heading or "", place))

    def _functions(self, task: Task, *, helping: bool) -> frozenset[str]:
        return frozenset(
            function
            for assignment in task.assignments
            if (assignment.role is Role.COOPERATING) == helping
            for known in self._registers.candidates(assignment.name, self._reading.plan.jurisdiction)
            for function in known.row.functions
        )

    def _clean(self, text: str) -> str:
        """The text without white space and names of places, long and short forms alike."""
        text = re.sub(r"\s", "", self._places.sub("", text))
        for long, short in _SYNONYMS:
            text = text.replace(long, short)
        return text

    def _order(
        self,
        source: str,
        clause: Clause,
        kind: Kind,
        text: str,
        lead: frozenset[str] = frozenset(),
        helping: frozenset[str] = frozenset(),
    ) -> Order:
        above = list(self._above(clause))
        headings = [one.heading for one in (clause, *above) if one.heading]
        near = next((one.heading for one in (clause, *above[:1]) if one.heading), "")
        cleaned = self._clean(text)
        self._count += 1
        return Order(
            plan=self._reading.plan.key,
            lineage=lineage(self._reading, self._registers),
            source=source,
            clause=clause.path,
            kind=kind,
            phrases=phrases(cleaned),
            heading="" if kind is Kind.ROW else self._clean(near),
            stage=clause.stage or self._registers.stage(headings[::-1]),
            lead=lead,
            helping=helping,
            place=self._count,
            within=tuple(one.path for one in above),
            sentences=tuple(sentence for sentence in _SENTENCES.split(cleaned) if phrases(sentence)),
        )


def as_rows(given: Iterable[Order]) -> list[Order]:
    """Each sentence of running text as if it were a row in the table of one of its leading lines, to learn from."""
    return [
        replace(order, kind=Kind.ROW, phrases=phrases(sentence), heading="", stage=None,
                lead=frozenset(sorted(order.lead)[:1]), helping=frozenset(), sentences=(sentence,))
        for order in given if order.kind is Kind.TEXT for sentence in order.sentences
    ]  # fmt: skip


def registered_targets(known: Known, hidden: AbstractSet[str]) -> list[Target]:
    """The registered clauses that a lineage attests which isn't hidden."""
    by_clause: dict[tuple[str, str], list[Order]] = {}
    for key, given in known.orders.items():
        for order in given:
            by_clause.setdefault((key, known.cited(order) or order.clause), []).append(order)
    found: list[Target] = []
    for clause in known.clauses.values():
        above = [clause]
        while above[-1].parent is not None:
            above.append(known.clauses[above[-1].parent])
        words = tuple(
            order
            for key, path in known.attested[clause.id]
            if known.lineage(key) not in hidden
            for order in by_clause.get((key, path), ())
        )
        if words:
            within = frozenset(one.id for one in above[1:])
            found.append(Target(clause.id, clause.title_zh, clause.stage, words, clause.parent is None, within))
    return found


def plan_targets(given: Sequence[Order]) -> list[Target]:
    """What a plan with text orders, each part with its own words."""
    return [
        Target(order.source, order.heading, order.stage, (order,), order.kind is Kind.HEADING, frozenset(order.within))
        for order in given
        if order.kind is not Kind.LOST
    ]
