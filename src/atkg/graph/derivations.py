"""Where a plan and its parts come from, as quads: links, their evidence, local measures, recovered texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from atkg import iris
from atkg.derivation import THRESHOLD, Attestations, Part, Row, Shared, Wanted, parts, shared_wordings
from atkg.errors import InputError
from atkg.graph.terms import FALSE, TRUE, TYPE, GraphWriter, Spans, decimal, node, term, text
from atkg.model import Reading, Span


@dataclass(frozen=True, slots=True)
class Above:
    """The nearest plan above that has parts: what links can end in, and what attests its clauses."""

    key: str
    parts: Mapping[str, Part]
    attestations: Attestations | None


class DerivationWriter(GraphWriter):
    """Writes graph/derivation/<plan>."""

    def __init__(self, reading: Reading, readings: Mapping[str, Reading], spans: Spans) -> None:
        super().__init__(iris.graph("derivation", reading.plan.key), spans)
        self._reading, self._readings = reading, readings
        self._key = reading.plan.key

    def derivation_lines(self, rows: list[Row], above: Above | None, path: Path) -> list[str]:
        """The plan's own lineage, and the links and local measures of its parts.

        Raises:
            InputError: a row names a part that this plan or the plan above does not have.
        """
        self._plans()
        here = parts(self._reading)
        for source, group in _grouped(rows):
            part = here.get(source)
            if part is None:
                raise InputError(
                    path,
                    f"from：{self._key} 中没有 {source}。",
                    f"from: there is no {source} in {self._key}",
                    group[0].line,
                )
            self._part(part, group, above, path)
        return self.lines

    def _plans(self) -> None:
        plan = iris.plan(self._key)
        for citation in self._reading.plan.cites:
            if not citation.implements:
                continue
            above = iris.plan(citation.plan)
            self.add(node(plan), term("implementsPlan"), node(above))
            link = self._link(plan, above, citation.basis)
            self.add(link, term("reviewed"), TRUE)
            if citation.reason:
                self.add(link, term("reason"), text(citation.reason))
            if citation.number and (place := self._reading.text.find(citation.number)) >= 0:
                self.evidence(link, self._key, Span(place, place + len(citation.number)))

    def _link(self, from_iri: str, to_iri: str, basis: str) -> str:
        link = node(iris.derivation(from_iri, to_iri))
        self.add(link, TYPE, term("Derivation"))
        self.add(link, term("from"), node(from_iri))
        self.add(link, term("to"), node(to_iri))
        self.add(link, term("derivationBasis"), node(iris.concept("derivation-basis", basis)))
        return link

    def _part(self, part: Part, rows: Sequence[Row], above: Above | None, path: Path) -> None:
        """The links of one part, or its declaration as a local measure."""
        links: list[tuple[Row, Part]] = []
        for row in rows:
            if row.to is None:
                self.add(node(part.iri), term("localMeasure"), TRUE)
                self.add(node(part.iri), term("reason"), text(row.reason))
                continue
            target = self._target(row, part, above, path)
            if row.reviewed or (row.confidence or 0) >= THRESHOLD:  # else it waits for a person
                links.append((row, target))
        wanted = [self._wanted(row, target, above) for row, target in links]
        wordings = shared_wordings(self._readings, part, wanted)
        for (row, target), shared in zip(links, wordings, strict=True):
            self._derivation(row, part, target, shared, above)

    def _derivation(self, row: Row, part: Part, target: Part, shared: Shared | None, above: Above | None) -> None:
        self.add(node(part.iri), term("derivedFrom"), node(target.iri))
        link = self._link(part.iri, target.iri, row.basis)
        self.add(link, term("reviewed"), TRUE if row.reviewed else FALSE)
        if row.confidence is not None:
            self.add(link, term("confidence"), decimal(row.confidence))
        if row.reason:
            self.add(link, term("reason"), text(row.reason))
        if above and above.attestations and above.attestations.only_by(_register_id(row), self._key):
            self.add(link, term("selfAttested"), TRUE)
        if shared:
            self.evidence(link, self._key, shared.here)
            self.evidence(link, *shared.there)
        else:
            self.evidence(link, self._key, *part.spans)
            if row.basis == "position":
                self.evidence(link, target.plan, *(target.units or target.spans))
        if part.is_task and part.text is None and target.is_task and target.spans and target.text:
            self.add(node(part.iri), term("recoveredText"), text(target.text, "zh"))

    def _target(self, row: Row, part: Part, above: Above | None, path: Path) -> Part:
        """The part above; its task where both are tasks, since there the duty is a task."""
        to = row.to or ""
        found = above.parts.get(to) if above else None
        if above and part.is_task and found and not found.is_task:
            found = above.parts.get(f"{to}/t1", found) if above.attestations else found
        if found is None:
            of = above.key if above else "—"
            raise InputError(
                path, f"to：上级计划 {of} 中没有 {to}。", f"to: there is no {to} in the plan above, {of}", row.line
            )
        return found

    def _wanted(self, row: Row, target: Part, above: Above | None) -> Wanted:
        """Where words may be shared: the target's own, or those that attest it in other lineages."""
        if above and above.attestations:
            return Wanted(tuple(above.attestations.words(_register_id(row), self._key)), target.text or "")
        return Wanted(tuple(((target.plan, span), 1) for span in target.spans) if target.text else ())


def _grouped(rows: Sequence[Row]) -> list[tuple[str, list[Row]]]:
    """The rows of each part, in the order of the file."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.source, []).append(row)
    return list(groups.items())


def _register_id(row: Row) -> str:
    return (row.to or "").partition("/")[0]
