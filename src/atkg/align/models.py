"""Logistic models of links, learned from the plans whose links a register gives."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from atkg.align.features import Above, Corpus, Features, Matrix, features, whole_plan
from atkg.align.orders import Kind, Known, Order, as_rows, registered_targets
from atkg.errors import UsageError

_WORDING: Final = ("wording", "ahead", "title", "in row", "agencies")
_ROW: Final = (*_WORDING, "in column")
_FIRST: Final = (*_WORDING, "other stage", "aim", "in column")
_SECOND: Final = (*_FIRST, "before", "between", "score in row", "score in column", "score")
_LOST: Final = ("agencies", "other stage", "before", "after", "between", "taken")
_HEADING: Final = ("title", "heading", "tree", "top tree", "below", "outer")


Pairs = NDArray[np.bool_]


@dataclass(frozen=True)
class Sample:
    """Pairs with what the register says of them: right or wrong, and which are judged at all."""

    given: Sequence[Order]
    above: Above
    features: Features
    right: Pairs
    judged: Pairs

    def of(self, kind: Kind) -> Pairs:
        """The judged pairs of the orders of a kind."""
        return self.judged & of_kind(self.given, kind)


def of_kind(given: Sequence[Order], kind: Kind) -> Pairs:
    """One column: which orders are of a kind."""
    return np.array([[order.kind is kind] for order in given], dtype=np.bool_).reshape(len(given), 1)


class Model:
    """A logistic combination of features."""

    def __init__(self, names: Sequence[str], samples: Iterable[tuple[Features, Pairs, Pairs]]) -> None:
        self._names = names
        taken = [(self._stack(features)[mask], right[mask]) for features, right, mask in samples]
        values = np.concatenate([values for values, _ in taken])
        self._mean, self._deviation = values.mean(axis=0), values.std(axis=0) + 1e-9
        self._model = LogisticRegression(C=0.3, solver="newton-cholesky")
        self._model.fit((values - self._mean) / self._deviation, np.concatenate([right for _, right in taken]))

    def __call__(self, features: Features) -> Matrix:
        stacked = self._stack(features)
        values = (stacked.reshape(-1, len(self._names)) - self._mean) / self._deviation
        scores: Matrix = self._model.predict_proba(values)[:, 1].reshape(stacked.shape[:2])
        return scores

    def _stack(self, features: Features) -> Matrix:
        return np.stack([features[name] for name in self._names], axis=-1)


@dataclass(frozen=True)
class First:
    """Models that score each pair by itself."""

    text: Model
    row: Model

    def __call__(self, given: Sequence[Order], above: Above, features: Features) -> Matrix:
        scores = np.where(of_kind(given, Kind.TEXT), self.text(features), 0)
        scores = np.where(of_kind(given, Kind.ROW), self.row(features), scores)
        return np.where(above.is_heading, 0, scores)


def _outermost(given: Sequence[Order], scores: Matrix) -> Matrix:
    """The scores of headings where each comes from one part, and not from that of a heading over it."""
    best = np.where(scores >= scores.max(axis=1, keepdims=True, initial=0), scores, 0)
    taken: dict[str, NDArray[np.bool_]] = {}
    for place, order in enumerate(given):  # what contains comes before what is contained
        for clause in order.within:
            best[place, taken.get(clause, np.zeros(best.shape[1], dtype=np.bool_))] = 0
        if order.kind is Kind.HEADING:
            taken[order.clause] = best[place] > 0.5
    return best


@dataclass(frozen=True)
class Models:
    """Models that also see what the rest of the plan goes to."""

    first: First
    text: Model
    lost: Model
    heading: Model

    def __call__(self, given: Sequence[Order], above: Above, features: Features) -> Matrix:
        """The score of each pair of an order and a target. Only headings come from headings."""
        scores = self.first(given, above, features)
        for kind, model in ((Kind.TEXT, self.text), (Kind.LOST, self.lost), (Kind.HEADING, self.heading)):
            better = model({**features, **whole_plan(given, above, scores)})
            if kind is Kind.HEADING:
                better = _outermost(given, np.where(above.has_parts, better, 0))
            asked = of_kind(given, kind) & (~above.is_heading | (kind is Kind.HEADING))
            scores = np.where(asked, better, scores)
        return scores


class Learner:
    """Learns from the plans whose links a register gives."""

    def __init__(self, known: Known, *more: Sequence[Order]) -> None:
        self.known = known
        titles = {clause.title_zh for clause in known.clauses.values()}
        self.corpus = Corpus([*known.orders.values(), *more], titles)
        self._above: dict[frozenset[str], Above] = {}
        self._samples: dict[tuple[str, frozenset[str], bool], Sample] = {}

    def above(self, *hidden: str) -> Above:
        """The registered clauses as the lineages attest them that aren't hidden."""
        key = frozenset(hidden)
        if key not in self._above:
            self._above[key] = Above(registered_targets(self.known, key), self.corpus)
        return self._above[key]

    def _sample(self, plan: str, *hidden: str, rows: bool = False) -> Sample:
        """The pairs of a plan with what other lineages attest; with `rows`, each sentence by itself."""
        key = (plan, frozenset(hidden), rows)
        if key not in self._samples:
            given = as_rows(self.known.orders[plan]) if rows else self.known.orders[plan]
            self._samples[key] = self._judge(plan, given, self.above(*hidden), rows=rows)
        return self._samples[key]

    def _judge(self, plan: str, given: Sequence[Order], above: Above, *, rows: bool) -> Sample:
        """The register gives the links of a clause; of its tasks and sentences the most similar one has the link."""
        found = features(given, above)
        right = np.zeros((len(given), len(above.targets)), dtype=np.bool_)
        judged = np.ones_like(right)
        groups: dict[str, list[int]] = {}
        for place, order in enumerate(given):
            clause = self.known.cited(order)
            if clause is None:
                judged[place] = False
                continue
            groups.setdefault(clause, []).append(place)
            links = self.known.gold.get((plan, clause), set())
            right[place] = [target.to in links for target in above.targets]
        for places in groups.values():
            links_here = np.flatnonzero(right[places[0]])
            if rows and len(links_here) == 1:
                continue  # every sentence has the link
            for target in links_here:
                similar = found["similar"][places, target]
                judged[places, target] = similar >= similar.max()
        return Sample(given, above, found, right, judged)

    def learn(self, but: str) -> Models:
        """Models from every lineage but this one, of which nothing is seen.

        Each plan is scored without its own lineage, by models that have not seen it, before the models of
        the whole plan learn from it.

        Raises:
            UsageError: fewer than two other lineages attest clauses.
        """
        own = {plan: self.known.lineage(plan) for plan in self.known.orders}
        plans = [plan for plan, lineage in own.items() if lineage != but]
        if len({own[plan] for plan in plans}) < 2:
            raise UsageError(
                "至少须有两个其他省份的计划为登记条目作证，才能学习比对。",
                "plans of two other lineages at least must attest the registered clauses to learn from",
            )
        whole = {plan: self._sample(plan, but, own[plan]) for plan in plans}

        def first(some: Sequence[str]) -> First:
            full = [whole[plan] for plan in some]
            split = [self._sample(plan, but, own[plan], rows=True) for plan in some]
            return First(
                Model(_FIRST, [(s.features, s.right, s.of(Kind.TEXT)) for s in full]),
                Model(_ROW, [(s.features, s.right, s.of(Kind.ROW)) for s in (*full, *split)]),
            )

        running, headings, lost = [], [], []
        for plan, sample in whole.items():
            others = first([other for other in plans if own[other] != own[plan]])
            scores = others(sample.given, sample.above, sample.features)
            around = {**sample.features, **whole_plan(sample.given, sample.above, scores)}
            running.append((around, sample.right, sample.of(Kind.TEXT)))
            headings.append((around, sample.right, sample.of(Kind.HEADING)))
            text = of_kind(sample.given, Kind.TEXT)
            for half in (0, 1):  # as if four in a row were lost, here and there
                gone = text & (np.cumsum(text)[:, None] // 4 % 2 == half)
                around = {**sample.features, **whole_plan(sample.given, sample.above, np.where(gone, 0, scores))}
                lost.append((around, sample.right, sample.judged & gone))
        return Models(first(plans), Model(_SECOND, running), Model(_LOST, lost), Model(_HEADING, headings))
