"""What the real plans say, cut into measures whose agencies and places are slots that any jurisdiction can fill.

A slot stands between ⟦ and ⟧: L is the character of the level (省, 市, 区), J the full name of the place, P its
short name; any other word is the slug of an agency, with ^ before it where the agency is of the place above.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from random import Random
from typing import Final

from atkg.extract import read_plan
from atkg.model import Basis, Clause, Milestone, Reading, Role, Task
from atkg.plans import read_plans
from atkg.registers import Jurisdiction, Registers

STAGES: Final = ("prevention", "enforcement", "assistance", "legislation", "publicity", "international", "safeguard")
"""The stages in the order in which the chapters of a plan take them."""

_SLOT: Final = re.compile(r"⟦([^⟧]*)⟧")
_OWN_LEVEL: Final = re.compile(r"(?<=[全我本])[省市区县]")
_STAND_IN: Final = "public-security"
"""The agency in place of one that a level doesn't have (a railway company, a border station)."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A task of a real plan, fit to be laid on the agencies of any place."""

    key: str
    stage: str
    heading: str | None
    words: str
    agencies: tuple[tuple[str, Role], ...]
    open_list: bool = False

    def slugs(self, role: Role) -> list[str]:
        return list(dict.fromkeys(slug for slug, own in self.agencies if own is role))


@dataclass(frozen=True, slots=True)
class Material:
    """All that the real plans give: measures, duties and the words between them."""

    measures: tuple[Measure, ...]
    duties: tuple[str, ...]
    goals: tuple[str, ...]
    chapters: Mapping[str, tuple[str, ...]]
    groups: Mapping[str, tuple[str, ...]]
    progress: tuple[str, ...]
    yearly: tuple[tuple[str, tuple[str, ...]], ...]
    """(column of years, measures that stand in it)."""


def read_material(data: Path, registers: Registers) -> Material:
    """The material in the plans of this data folder that have a text."""
    readings = [
        read_plan(folder.record, folder.text, registers, folder.corrections)
        for folder in read_plans(data)
        if folder.text is not None
    ]
    measures: list[Measure] = []
    duties: list[str] = []
    goals: list[str] = []
    chapters: dict[str, list[str]] = {stage: [] for stage in STAGES}
    groups: dict[str, list[str]] = {stage: [] for stage in STAGES}
    progress: list[str] = []
    yearly: dict[str, list[str]] = {}
    for reading in readings:
        slots = _Slots(registers, reading.plan.jurisdiction)
        clauses = {clause.path: clause for clause in reading.clauses}
        for task in reading.tasks:
            if task.basis is Basis.SUBJECT:
                duties.append(slots.cut(task.text or ""))
            elif measure := _measure(reading, clauses[task.clause], task, slots, registers):
                measures.append(measure)
        stating = {task.clause for task in reading.tasks}
        for clause in reading.clauses:
            heading = slots.cut(clause.heading) if clause.heading else None
            stage = registers.stage([clause.heading]) if clause.heading else None
            if clause.text and clause.kind in ("section", "subsection", "article") and clause.path not in stating:
                goals.append(_sentence(slots.cut(clause.text)))
            elif clause.text and "/col_" in clause.path:
                column = re.sub(r".*/col_([0-9-]+).*", r"\1", clause.path)
                yearly.setdefault(column, []).append(slots.cut(clause.text))
            if heading and stage and not clause.text and 4 <= len(heading) <= 24 and "。" not in heading:
                kept = chapters if clause.kind in ("chapter", "section") else groups
                kept[stage].append(heading)
        progress += [slots.cut(milestone.text) for milestone in _progress(reading) if milestone.text]
    return Material(
        measures=tuple(measures),
        duties=_distinct(duties),
        goals=_distinct(goals),
        chapters={stage: _distinct(found) or _distinct(groups[stage]) for stage, found in chapters.items()},
        groups={stage: _distinct(found) or _distinct(chapters[stage]) for stage, found in groups.items()},
        progress=_distinct(progress),
        yearly=tuple((column, _distinct(found)) for column, found in sorted(yearly.items())),
    )


def _progress(reading: Reading) -> list[Milestone]:
    """The commitments of the progress cells: those whose words stand in no task."""
    told = [span for task in reading.tasks for span in task.spans]
    return [
        milestone
        for milestone in reading.milestones
        if not any(span.start <= milestone.spans[0].start < span.end for span in told)
    ]


def _measure(reading: Reading, clause: Clause, task: Task, slots: _Slots, registers: Registers) -> Measure | None:
    agencies = [(slug, held.role) for held in task.assignments if (slug := slots.slug(held.name))]
    if not task.text or task.text[0].isdigit() or not any(role is Role.LEAD for _, role in agencies):
        return None
    words = _sentence(slots.cut(task.text))
    stage = clause.stage or registers.stage([task.text]) or STAGES[0]
    leads = {slug for slug, role in agencies if role is Role.LEAD}
    return Measure(
        key=f"{reading.plan.key}/{task.clause}/t{task.index}",
        stage=stage if stage in STAGES else STAGES[0],
        heading=slots.cut(clause.heading) if clause.heading and clause.kind != "row" else None,
        words=words,
        agencies=tuple(dict.fromkeys(pair for pair in agencies if pair[1] is Role.LEAD or pair[0] not in leads)),
        open_list=task.open_list,
    )


def _sentence(words: str) -> str:
    return words if words.endswith(("。", "！", "”")) else words.rstrip("；;，,：:") + "。"


def _distinct(found: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found))


class _Slots:
    """Finds in the words of one plan what belongs to its place."""

    def __init__(self, registers: Registers, jurisdiction: str) -> None:
        self._registers, self._jurisdiction = registers, jurisdiction
        lineage = [place for place in registers.lineage(jurisdiction) if place.level != "nation"]
        self._names = registers.subject_pattern(jurisdiction)
        self._marks = tuple(place.name_zh[-1] for place in lineage) + tuple(place.place_zh for place in lineage)
        pairs = [(place.name_zh, "⟦J⟧") for place in lineage] + [(place.place_zh, "⟦P⟧") for place in lineage]
        self._places = dict(pairs)
        self._place = re.compile("|".join(sorted(map(re.escape, self._places), key=len, reverse=True)))

    def slug(self, name: str) -> str | None:
        """The slug of an agency of the plan's own place or of one above, None for an unknown one."""
        found = self._registers.candidates(name, self._jurisdiction)
        if len(found) != 1:
            return None
        return found[0].row.slug if found[0].jurisdiction == self._jurisdiction else f"^{found[0].row.slug}"

    def cut(self, words: str) -> str:
        """The words with slots in place of names."""
        words = self._names.sub(self._agency, words)
        words = "".join(
            part if index % 2 else _OWN_LEVEL.sub("⟦L⟧", self._place.sub(lambda m: self._places[m[0]], part))
            for index, part in enumerate(re.split(r"(⟦[^⟧]*⟧)", words))
        )
        return words.replace("\t", " ").replace("\n", " ")

    def _agency(self, match: re.Match[str]) -> str:
        name = match[0]
        found = self._registers.candidates(name, self._jurisdiction)
        ours = len(name) > 3 and any(known.row.scope == self._jurisdiction for known in found)
        if ours or name.startswith((*self._marks, "团")) or self._place.search(name):
            slug = self.slug(name)
            return f"⟦{slug}⟧" if slug else name
        return name


class Speller:
    """Names of agencies as a place of some level writes them, each one that the registers read back."""

    def __init__(self, registers: Registers) -> None:
        self._registers = replace(registers)  # an instance of its own, so that no cache of the one measured is warm

    @cache  # noqa: B019 - one Speller lives as long as the process
    def patterns(self, slug: str, level: str, probe: str) -> tuple[str, ...]:
        """The patterns by which this level names the agency; none where it has no such agency."""
        place = self._registers.jurisdictions[probe]
        rows = [row for row in self._registers.agencies if row.slug == slug and row.scope in ("", level)]
        kept: list[str] = []
        for row in sorted(rows, key=lambda row: not row.scope):
            if level == "nation" and not row.scope and not row.is_group:
                continue
            for pattern in row.names:
                if not row.is_group and "{" not in pattern and level != "nation":
                    continue
                found = self._registers.candidates(spell(pattern, place), probe)
                if [(known.jurisdiction, known.row.slug) for known in found] == [(probe, slug)]:
                    kept.append(pattern)
        return tuple(kept[:3])


def spell(pattern: str, place: Jurisdiction) -> str:
    return pattern.format(L=place.name_zh[-1], J=place.name_zh, P=place.place_zh)


@dataclass(slots=True)
class Names:
    """How one plan names its agencies: one name for each, chosen when it is first wanted."""

    speller: Speller
    place: Jurisdiction
    above: Jurisdiction
    probes: Mapping[str, str]
    """Level → a place of that level, at which names are tried."""
    random: Random
    chosen: dict[str, str | None]

    def of(self, slug: str) -> str | None:
        """The name, None where the level has no such agency."""
        if slug not in self.chosen:
            place = self.above if slug.startswith("^") else self.place
            patterns = self.speller.patterns(slug.removeprefix("^"), place.level, self.probes[place.level])
            self.chosen[slug] = spell(self.random.choice(patterns), place) if patterns else None
        return self.chosen[slug]

    def fill(self, words: str) -> str:
        """The words with every slot filled for the place."""
        return _SLOT.sub(lambda match: self._filled(match[1]), words)

    def _filled(self, slot: str) -> str:
        match slot:
            case "L":
                return self.place.name_zh[-1]
            case "J":
                return self.place.name_zh
            case "P":
                return self.place.place_zh
            case _:
                return self.of(slot) or self.of(_STAND_IN) or ""
