"""Where each part of a plan comes from: derivations.csv, checked against both plans, with evidence.

The links of one plan go to the nearest plan above that has parts, so that chains are exact.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Final

from atkg import iris
from atkg.errors import InputError
from atkg.model import Reading, Span, Task
from atkg.national import RegisteredClause
from atkg.registers import Registers, read_csv

BASES: Final = ("cited", "register", "text", "position")
THRESHOLD: Final = 0.6
"""From this confidence on, a proposal that nobody has reviewed counts as a derivation."""
_SHORTEST_WORDING: Final = 5
"""Shared wording below this many characters is no evidence."""
_TITLE_WEIGHT: Final = 4.0
"""How much more a run tells that holds the whole title of its target than one that holds nothing of it."""
_MARKS: Final = "，,。；;：:、 \n\t"
_PHRASE: Final = re.compile(r"[^,。;:]+")
"""A phrase of a text whose punctuation has one width."""
_YEARS: Final = re.compile(r"(·[0-9]{4})-[0-9]{4}(?=·|$)")
"""A column of several years is cited by its first, too."""
_WIDTHS: Final = str.maketrans("，；：（）．！？", ",;:().!?")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of derivations.csv; `to` is None for a local measure."""

    line: int
    source: str
    to: str | None
    basis: str
    confidence: float | None
    reviewed: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Part:
    """A part that a derivation can start from or end in: where it stands, its list of agencies.

    `text` are its words; for a clause of a register its title.
    """

    iri: str
    plan: str
    spans: tuple[Span, ...]
    units: tuple[Span, ...]
    text: str | None
    is_task: bool


def read_rows(path: Path) -> list[Row]:
    """The rows of a derivations.csv, none where there is no file.

    Raises:
        InputError: a value is not of its kind, a local measure has no reason, or a link stands twice.
    """
    if not path.exists():
        return []
    rows: list[Row] = []
    seen: dict[tuple[str, str], int] = {}
    for line, row in read_csv(path, ("from", "to", "basis", "confidence", "reviewed", "reason")):
        link = (row["from"], row["to"])
        if link in seen:
            raise InputError(
                path,
                f"与第 {seen[link]} 行重复：{row['from']} → {row['to'] or '本地措施'}。",
                f"repeats line {seen[link]}: {row['from']} → {row['to'] or 'local measure'}",
                line,
            )
        seen[link] = line
        rows.append(_row(path, line, row))
    local = {row.source for row in rows if row.to is None}
    for found in rows:
        if found.to is not None and found.source in local:
            raise InputError(
                path,
                f"{found.source} 既有来源又列为本地措施。",
                f"{found.source} has an ancestor and is declared a local measure",
                found.line,
            )
    return rows


def _row(path: Path, line: int, row: Mapping[str, str]) -> Row:
    if row["to"] and row["basis"] not in BASES:
        known = ", ".join(BASES)
        raise InputError(
            path,
            f"basis：应为 {known} 之一，得到 {row['basis']!r}。",
            f"basis: expected one of {known}, found {row['basis']!r}",
            line,
        )
    if row["reviewed"] not in ("true", "false"):
        raise InputError(
            path,
            f"reviewed：应为 true 或 false，得到 {row['reviewed']!r}。",
            f"reviewed: expected true or false, found {row['reviewed']!r}",
            line,
        )
    try:
        confidence = float(row["confidence"]) if row["confidence"] else None
    except ValueError:
        confidence = -1.0
    if confidence is not None and not 0 <= confidence <= 1:
        raise InputError(
            path,
            f"confidence：应为 0 到 1 的数，得到 {row['confidence']!r}。",
            f"confidence: expected a number from 0 to 1, found {row['confidence']!r}",
            line,
        )
    if not row["to"] and not row["reason"]:
        raise InputError(path, "本地措施须写明理由。", "a local measure needs a reason", line)
    return Row(line, row["from"], row["to"] or None, row["basis"], confidence, row["reviewed"] == "true", row["reason"])


def parts(reading: Reading) -> dict[str, Part]:
    """path → part, for the clauses and the tasks (`path/t1`) of a plan that was read."""
    key = reading.plan.key
    found: dict[str, Part] = {}
    for clause in reading.clauses:
        iri = iris.clause(key, clause.path)
        found[clause.path] = Part(iri, key, clause.spans, (), clause.text or clause.heading, is_task=False)
    for task in reading.tasks:
        iri = iris.task(key, task.clause, task.index)
        names = [assignment.span for assignment in task.assignments]
        units = (Span(names[0].start, names[-1].end),) if names else ()
        found[f"{task.clause}/t{task.index}"] = Part(iri, key, task.spans, units, task.text, is_task=True)
    return found


def registered_parts(key: str, clauses: Mapping[str, RegisteredClause]) -> dict[str, Part]:
    """id → part for the clauses of a register, and `id/t1` for those with a task."""
    found: dict[str, Part] = {}
    for clause in clauses.values():
        title = clause.title_zh
        found[clause.id] = Part(iris.reconstructed(key, clause.id), key, (), (), title, is_task=False)
        if clause.lead:
            found[f"{clause.id}/t1"] = Part(iris.task(key, clause.id, 1), key, (), (), title, is_task=True)
    return found


Stretch = tuple[str, Span]
"""A stretch of a plan's source: (plan key, span)."""

Attested = Mapping[str, Sequence[tuple[str, str]]]
"""id of a registered clause → (plan key, clause path) of each local part that carries it."""


def attested(
    clauses: Mapping[str, RegisteredClause],
    witnesses: Mapping[str, str],
    references: Mapping[str, Mapping[str, str]],
    path: Path,
) -> Attested:
    """Which local parts carry each clause.

    Args:
        clauses: the register.
        witnesses: the name that the register cites a plan by → its key.
        references: plan key → reference → clause path.
        path: the register's file, for errors.

    Raises:
        InputError: a plan that is here has no such reference.
    """
    found: dict[str, list[tuple[str, str]]] = {}
    for clause in clauses.values():
        found[clause.id] = []
        for attestation in clause.attested_by:
            key = witnesses.get(attestation.place)
            if key is None:
                continue  # a plan that is not in this data folder
            here = references[key].get(attestation.reference)
            if here is None:
                raise InputError(
                    path,
                    f"{clause.id}：{key} 中没有 {attestation.reference}。",
                    f"{clause.id}: there is no {attestation.reference} in {key}",
                )
            found[clause.id].append((key, here))
    return found


def by_reference(clauses: Iterable[tuple[str, str, bool]]) -> dict[str, str]:
    """reference → clause path, from (path, reference, states a task).

    Of two clauses with one reference (a heading and its only row) the one that states a task is meant.
    """
    found: dict[str, str] = {}
    for path, reference, states_task in clauses:
        for cited in (reference, _YEARS.sub(r"\1", reference)):
            if cited not in found or states_task:
                found[cited] = path
    return found


class Attestations:
    """Who attests the clauses of a register, for the writer of derivations."""

    def __init__(self, found: Attested, readings: Mapping[str, Reading], registers: Registers) -> None:
        self._found, self._readings, self._registers = found, readings, registers
        self._clauses = {(key, clause.path): clause for key, reading in readings.items() for clause in reading.clauses}
        self._carried = Counter(place for places in found.values() for place in set(places))
        self._tasks: dict[tuple[str, str], list[Task]] = {}
        for key, reading in readings.items():
            for task in reading.tasks:
                self._tasks.setdefault((key, task.clause), []).append(task)

    def lineage(self, plan: str) -> str:
        """The jurisdiction right below the nation under which a plan stands."""
        places = self._registers.lineage(self._readings[plan].plan.jurisdiction)
        below = [place.slug for place in places if place.level != "nation"]
        return below[-1] if below else self._readings[plan].plan.jurisdiction

    def only_by(self, clause: str, plan: str) -> bool:
        """The clause is attested by the lineage of this plan alone."""
        return {self.lineage(key) for key, _ in self._found.get(clause, ())} == {self.lineage(plan)}

    def words(self, clause: str, but: str) -> Iterator[tuple[Stretch, int]]:
        """The words that attest the clause in other lineages than that of this plan.

        Each with the number of clauses that the same words attest.
        """
        for key, path in self._found.get(clause, ()):
            if self.lineage(key) == self.lineage(but):
                continue
            carried = self._carried[key, path]
            for task in self._tasks.get((key, path), ()):
                if task.text:
                    yield from (((key, span), carried) for span in task.spans)
            attesting = self._clauses[key, path]
            if attesting.text:
                yield from (((key, span), carried) for span in attesting.spans)


@dataclass(frozen=True, slots=True)
class Shared:
    """A wording that two stretches have in common, on both sides."""

    here: Span
    there: Stretch

    @property
    def length(self) -> int:
        return self.here.end - self.here.start


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a target may share words with: stretches with the number of clauses each carries, and its title."""

    stretches: Sequence[tuple[Stretch, int]]
    title: str = ""


def shared_wordings(readings: Mapping[str, Reading], part: Part, targets: Sequence[Wanted]) -> list[Shared | None]:
    """For each target the most telling wording that the part shares with one of the target's stretches.

    A part that carries one clause is shown its longest run; one that carries several shares other words with
    each. A phrase tells the more the longer it
    is, the fewer clauses the other stretch carries, and the more of the target's title it holds. The most
    telling is given out first; then each grows over the rest of its run, and none overlaps another. None
    where no phrase is long enough to be evidence.
    """
    chosen: dict[int, _Phrase] = {}
    given: list[Span] = []
    for phrase in sorted(
        _phrases(readings, part, targets), key=lambda phrase: (-phrase.weight, phrase.target, phrase.here)
    ):
        free = all(phrase.here.end <= taken.start or taken.end <= phrase.here.start for taken in given)
        if phrase.target not in chosen and free:
            chosen[phrase.target] = phrase
            given.append(phrase.here)
    found: list[Shared | None] = [None] * len(targets)
    for index, phrase in chosen.items():
        others = [span for span in given if span != phrase.here]
        start = max([phrase.run.start, *(span.end for span in others if span.end <= phrase.here.start)])
        end = min([phrase.run.end, *(span.start for span in others if span.start >= phrase.here.end)])
        given[given.index(phrase.here)] = Span(start, end)
        words = readings[part.plan].text[start:end]
        start += len(words) - len(words.lstrip(_MARKS))
        end -= len(words) - len(words.rstrip(_MARKS))
        there = Span(start + phrase.shift, end + phrase.shift)
        found[index] = Shared(Span(start, end), (phrase.plan, there))
    return found


@dataclass(frozen=True, slots=True)
class _Phrase:
    """A phrase of a common run, for one of the targets; `shift` leads from here to the other text."""

    target: int
    weight: float
    here: Span
    run: Span
    plan: str
    shift: int


def _phrases(readings: Mapping[str, Reading], part: Part, targets: Sequence[Wanted]) -> Iterator[_Phrase]:
    """Every phrase of every common run that is long enough to be evidence."""
    source = readings[part.plan].text
    pairs = [
        (index, span, stretch, clauses)
        for index, target in enumerate(targets)
        for span in (part.spans if part.text else ())
        for stretch, clauses in target.stretches
    ]
    for index, span, (plan, other), clauses in pairs:
        title = set(targets[index].title)
        first = source[span.start : span.end].translate(_WIDTHS)
        second = readings[plan].text[other.start : other.end].translate(_WIDTHS)
        for a, b, size in SequenceMatcher(None, first, second, autojunk=False).get_matching_blocks():
            run = Span(span.start + a, span.start + a + size)
            for phrase in _PHRASE.finditer(first, a, a + size):
                length = phrase.end() - phrase.start()
                if length < _SHORTEST_WORDING:
                    continue
                named = len(title & set(phrase.group())) / len(title) if title else 0.0
                yield _Phrase(
                    target=index,
                    weight=(length if len(targets) > 1 else size) / clauses * (1 + _TITLE_WEIGHT * named),
                    here=Span(span.start + phrase.start(), span.start + phrase.end()),
                    run=run,
                    plan=plan,
                    shift=other.start + b - run.start,
                )
