"""Derivations proposed for a plan: which part above each of its parts comes from, with a score and evidence.

What holds after each step:
1. `orders`: all that a plan orders (tasks, measures, other duties, headings) stands in the order of the text;
   a part above has words: its own, or those of the parts of other lineages that attest it.
2. `features`: every pair has wording in both directions, agencies' functions, stage, heading; where a part
   attests several clauses, each of its phrases counts for the one that other attestations support.
3. `models`: a first logistic model scores each pair; a second one sees the whole plan at once: what the
   neighbours and the parts below go to, and who else wants the same clause. A part may have several links,
   and several parts the same one. Nothing is learned from the lineage that is aligned.
4. `evaluation`: how good that is.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from threadpoolctl import threadpool_limits

from atkg.align.evaluation import THRESHOLDS, Evaluation, Figures, Link, evaluate
from atkg.align.features import Above, features
from atkg.align.models import Learner
from atkg.align.orders import Kind, Known, Order, Target, lineage, orders, plan_targets
from atkg.derivation import THRESHOLD, Part, Row, Stretch, Wanted, parts, shared_wordings
from atkg.model import Reading

__all__ = [
    "THRESHOLDS",
    "Evaluation",
    "Figures",
    "Known",
    "Link",
    "Proposal",
    "Verdict",
    "evaluate",
    "propose",
    "write_rows",
]

_REVIEW: Final = 0.2
"""Below this score nothing above is similar enough to show to a person."""
_CANDIDATES: Final = 3


class Verdict(StrEnum):
    ACCEPT = "accept"
    REVIEW = "review"
    LOCAL = "local"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A part and a part above that it may come from; `to` is None where nothing is similar enough.

    `score` is the share of right links among those of the same score in the evaluation; `evidence` the
    longest wording that both sides share, or by position the agencies on both sides.
    """

    source: str
    to: str | None
    score: float
    verdict: Verdict
    basis: str
    evidence: tuple[Stretch, ...]


def propose(reading: Reading, known: Known, above: Reading | None = None) -> list[Proposal]:
    """For all that the plan orders, ranked, where it may come from: registered clauses, or parts of the plan above.

    A part has every link that would be accepted and at most three in all; one with none has a single proposal
    without `to`. Headings that nothing above resembles, and aims, have none.

    Args:
        reading: the plan; what its own lineage attests is not looked at.
        known: the register, with the readings of the plans that attest it.
        above: the plan above where it has a text, else the register's clauses are what stands above.
    """
    given = orders(reading, known.registers)
    own = lineage(reading, known.registers)
    readings = {**known.readings, reading.plan.key: reading}
    over: list[Order] = []
    if above is not None:
        readings[above.plan.key] = above
        over = orders(above, known.registers)
    with threadpool_limits(1):
        learner = Learner(known, given, over)
        there = learner.above(own) if above is None else Above(plan_targets(over), learner.corpus)
        scores = np.zeros((len(given), len(there.targets)))
        if scores.size:
            scores = learner.learn(own)(given, there, features(given, there))
    here = parts(reading)
    places = {key: parts(other) for key, other in readings.items()}
    found: list[Proposal] = []
    for order, row in zip(given, scores, strict=True):
        ranked = [int(n) for n in np.argsort(-row, kind="stable") if row[n] >= _REVIEW]
        taken = [n for rank, n in enumerate(ranked) if rank < _CANDIDATES or row[n] >= THRESHOLD]
        if not taken and order.kind is not Kind.HEADING and not order.is_aim:
            found.append(Proposal(order.source, None, _rounded(row.max(initial=0)), Verdict.LOCAL, "", ()))
        part = here[order.source]
        targets = [there.targets[n] for n in taken]
        if order.kind is Kind.LOST:
            units = [(part.plan, span) for span in part.units or part.spans]
            words = [[*units, *_units(target, places)] for target in targets]
        else:
            shared = shared_wordings(readings, part, [_wanted(target, places, known) for target in targets])
            words = [[(part.plan, wording.here), wording.there] if wording else [] for wording in shared]
        found += [
            Proposal(
                source=order.source,
                to=target.to,
                score=_rounded(row[n]),
                verdict=Verdict.ACCEPT if row[n] >= THRESHOLD else Verdict.REVIEW,
                basis="position" if order.kind is Kind.LOST else "text",
                evidence=tuple(evidence),
            )
            for n, target, evidence in zip(taken, targets, words, strict=True)
        ]
    return found


def _rounded(score: float) -> float:
    """The score in hundredths, cut off so that rounding accepts nothing."""
    return int(float(score) * 100) / 100


def _wanted(target: Target, places: Mapping[str, Mapping[str, Part]], known: Known) -> Wanted:
    """The words of the target, each stretch with the number of registered clauses that its part attests."""
    stretches = [
        ((order.plan, span), max(len(known.gold.get((order.plan, known.cited(order) or ""), ())), 1))
        for order in target.orders
        for span in places[order.plan][order.source].spans
    ]
    return Wanted(stretches, target.title)


def _units(target: Target, places: Mapping[str, Mapping[str, Part]]) -> Iterator[Stretch]:
    for order in target.orders:
        yield from ((order.plan, span) for span in places[order.plan][order.source].units)


def write_rows(proposals: Iterable[Proposal], existing: Sequence[Row]) -> str:
    """A derivations.csv: reviewed rows as they are, then the proposals for parts without any.

    What looks like a local measure has no row: to declare it is a person's to do, with a reason.
    """
    kept = [row for row in existing if row.reviewed]
    settled = {row.source for row in kept}
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(("from", "to", "basis", "confidence", "reviewed", "reason"))
    for row in kept:
        confidence = "" if row.confidence is None else f"{row.confidence:g}"
        writer.writerow((row.source, row.to or "", row.basis, confidence, "true", row.reason))
    for proposal in proposals:
        if proposal.to is not None and proposal.source not in settled:
            writer.writerow((proposal.source, proposal.to, proposal.basis, f"{proposal.score:g}", "false", ""))
    return file.getvalue()
