"""How good the proposals are: each lineage in turn aligned by what the others attest and teach."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from threadpoolctl import threadpool_limits

from atkg.align.features import features
from atkg.align.models import Learner
from atkg.align.orders import Known

THRESHOLDS: Final = (0.30, 0.40, 0.50, 0.60, 0.70, 0.75, 0.80, 0.85, 0.90, 0.95)


@dataclass(frozen=True, slots=True)
class Link:
    """A clause as the register cites it and a registered clause, with the best score of the clause's orders.

    `near`: wrong, but a right one is the parent or a child of the registered clause.
    """

    lineage: str
    plan: str
    clause: str
    to: str
    score: float
    right: bool
    near: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """How many links are proposed, how many of these are right, how many right or near, and how many there are."""

    proposed: int
    right: int
    right_or_near: int
    links: int

    @property
    def precision(self) -> float:
        return self.right / self.proposed if self.proposed else 1.0

    @property
    def lenient(self) -> float:
        """Precision where a link to the parent or a child of a right one counts as right."""
        return self.right_or_near / self.proposed if self.proposed else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.links if self.links else 1.0

    @property
    def f1(self) -> float:
        both = self.proposed + self.links
        return 2 * self.right / both if both else 1.0


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Every pair of a cited clause and a registered clause, scored without the clause's lineage.

    `unattested` are links that no other lineage attests, left out of recall; `unjudged` pairs of measures in
    an agency's table that the register doesn't cite, of which it gives no link, right or wrong.
    """

    links: tuple[Link, ...]
    unjudged: tuple[Link, ...]
    unattested: tuple[tuple[str, str, str], ...]

    @property
    def lineages(self) -> list[str]:
        return sorted({link.lineage for link in self.links})

    def figures(self, threshold: float, lineage: str | None = None) -> Figures:
        """The figures of the links with this score or more, of one lineage or of all."""
        here = [link for link in self.links if lineage in (None, link.lineage)]
        taken = [link for link in here if link.score >= threshold]
        right = sum(link.right for link in taken)
        near = sum(link.near for link in taken)
        return Figures(len(taken), right, right + near, sum(link.right for link in here))


def evaluate(known: Known) -> Evaluation:
    """The figures on the links of the register: a task counts as the clause that states it."""
    with threadpool_limits(1):  # the products are small: threads would only wait for each other
        learner = Learner(known)
        found = [_hidden(learner, lineage) for lineage in sorted({known.lineage(plan) for plan in known.orders})]
    links = tuple(link for judged, _, _ in found for link in judged)
    unjudged = tuple(link for _, unjudged, _ in found for link in unjudged)
    return Evaluation(links, unjudged, tuple(link for _, _, unattested in found for link in unattested))


def _hidden(learner: Learner, hidden: str) -> tuple[list[Link], list[Link], list[tuple[str, str, str]]]:
    """The links of a lineage that is hidden, judged and not, and those that no other one attests."""
    known, models, above = learner.known, learner.learn(hidden), learner.above(hidden)
    judged: list[Link] = []
    unjudged: list[Link] = []
    there = {target.to for target in above.targets}
    plans = [plan for plan in known.orders if known.lineage(plan) == hidden]
    for plan in plans:
        given = known.orders[plan]
        best: dict[tuple[str, str, bool], float] = {}
        # what has no order to be scored by is missed all the same
        for (key, clause), links in known.gold.items():
            best |= {(clause, to, True): 0.0 for to in sorted(links & there) if key == plan}
        for order, scores in zip(given, models(given, above, features(given, above)), strict=True):
            cited = known.cited(order)
            for target, score in zip(above.targets, scores, strict=True):
                pair = (cited or order.clause, target.to, cited is not None)
                best[pair] = max(best.get(pair, 0.0), float(score))
        for (place, to, is_judged), score in best.items():
            right = known.gold.get((plan, place), set())
            near = any(to == known.clauses[one].parent or known.clauses[to].parent == one for one in right)
            link = Link(hidden, plan, place, to, score, to in right, near and to not in right)
            (judged if is_judged else unjudged).append(link)
    unattested = [
        (plan, path, to) for (plan, path), links in known.gold.items() if plan in plans for to in sorted(links - there)
    ]
    return judged, unjudged, unattested
