"""What speaks for a pair of an order and a target: by itself, and in the whole of a plan."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer

from atkg.align.orders import Kind, Order, Target, phrases

Matrix = NDArray[np.float64]
Features = dict[str, Matrix]
"""A row for each order, a column for each target."""

_LITTLE: Final = 0.4
"""To be the most similar of all that are less similar than this says nothing: a local measure is like none."""


class Corpus:
    """How similar any two phrases are: the cosine of their characters in runs of one to three, weighted by rarity."""

    def __init__(self, given: Iterable[Iterable[Order]], titles: Iterable[str]) -> None:
        words = {phrase for plan in given for order in plan for phrase in (*order.phrases, order.heading)}
        words |= {phrase for plan in given for order in plan for s in order.sentences for phrase in phrases(s)}
        self._place = {phrase: place for place, phrase in enumerate(sorted(words | set(titles)))}
        vectors = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True).fit_transform(self._place)
        self._cosine: Matrix = (vectors @ vectors.T).toarray()

    def places(self, words: Iterable[str]) -> NDArray[np.int64]:
        return np.array([self._place[word] for word in words], dtype=np.int64)

    def cosine(self, first: NDArray[np.int64], second: NDArray[np.int64]) -> Matrix:
        return self._cosine[np.ix_(first, second)]


def _highest_other(matrix: Matrix, *, axis: int) -> Matrix:
    """For each value the highest other one of its row (axis 1) or column (axis 0), zero where it is alone."""
    ordered = np.sort(np.concatenate([matrix, np.zeros_like(matrix.take([0], axis))], axis=axis), axis=axis)
    first, second = ordered.take([-1], axis), ordered.take([-2], axis)
    return np.where(matrix == first, second, first)


def _by_group(matrix: Matrix, groups: NDArray[np.int64], size: int, *, axis: int) -> Matrix:
    """The greatest value of each group of rows (or columns); zeros for a group without any. Groups ascend."""
    out = np.zeros((size, matrix.shape[1]) if axis == 0 else (matrix.shape[0], size))
    if len(groups):
        starts = np.flatnonzero(np.r_[True, groups[1:] != groups[:-1]])
        reduced = np.maximum.reduceat(matrix, starts, axis=axis)
        if axis == 0:
            out[groups[starts]] = reduced
        else:
            out[:, groups[starts]] = reduced
    return out


class Above:
    """What the parts of a plan are compared with."""

    def __init__(self, targets: Sequence[Target], corpus: Corpus) -> None:
        self.targets, self.corpus = targets, corpus
        rows = [
            (phrase, place, order)
            for place, target in enumerate(targets)
            for order in target.orders
            for phrase in ((order.heading,) if target.is_heading and order.heading else order.phrases)
        ]
        self.words = corpus.places(phrase for phrase, _, _ in rows)
        self.of = np.array([place for _, place, _ in rows], dtype=np.int64)
        self.titles = corpus.places(target.title for target in targets)
        clauses = {clause: n for n, clause in enumerate(dict.fromkeys((o.plan, o.clause) for _, _, o in rows))}
        self.clause = np.array([clauses[order.plan, order.clause] for _, _, order in rows], dtype=np.int64)
        # what other attestations of the same clause, or its title, say too
        lineages = np.array([order.lineage for _, _, order in rows])
        others = (self.of[:, None] == self.of) & (lineages[:, None] != lineages)
        self.support = np.maximum(
            (corpus.cosine(self.words, self.words) * others).max(axis=1, initial=0),
            0.8 * corpus.cosine(self.words, self.titles)[np.arange(len(rows)), self.of],
        )
        # of the clauses that one part attests, a phrase speaks for the one that supports it best
        self.weight = np.ones(len(rows))
        best: dict[tuple[int, int], float] = {}
        for word, clause, support in zip(self.words, self.clause, self.support, strict=True):
            best[word, clause] = max(best.get((word, clause), 0.0), support)
        for n, (word, clause) in enumerate(zip(self.words, self.clause, strict=True)):
            self.weight[n] = (self.support[n] + 0.02) / (best[word, clause] + 0.02)
        self.core = np.array([len(phrase) for phrase, _, _ in rows]) * self.weight * (self.support + 0.1)
        self.is_heading = np.array([target.is_heading for target in targets])
        contains = [[float(t.to in s.within) for s in targets] for t in targets]
        self.contains = np.array(contains).reshape(len(targets), len(targets))
        self.has_parts = self.contains.any(axis=1)
        heads = [
            (h, n) for n, t in enumerate(targets) for h in sorted({o.heading for o in t.orders} - {""} | {t.title})
        ]
        self.headings, self.heading_of = corpus.places(h for h, _ in heads), np.array([n for _, n in heads])

    @cached_property
    def closeness(self) -> Matrix:
        """How soon the second target comes after the first in the plans that attest both; 1 for the same place."""
        size = len(self.targets)
        found = np.zeros((size, size))
        for plan in sorted({order.plan for target in self.targets for order in target.orders}):
            places = [[o.place for o in t.orders if o.plan == plan and o.kind is not Kind.ROW] for t in self.targets]
            flat = np.array([place for some in places for place in some], dtype=np.float64)
            of = np.array([n for n, some in enumerate(places) for _ in some], dtype=np.int64)
            if len(flat):
                ahead = flat - flat[:, None]
                close = np.exp(-np.where(ahead < 0, 1 - ahead, ahead) / 1.5)
                found = np.maximum(found, _by_group(_by_group(close, of, size, axis=0), of, size, axis=1))
        return found


def features(given: Sequence[Order], above: Above) -> Features:
    """What speaks for each pair of an order (row) and a target (column), taken by itself."""
    corpus, n, m = above.corpus, len(given), len(above.targets)
    words = corpus.places(phrase for order in given for phrase in order.phrases)
    of = np.array([place for place, order in enumerate(given) for _ in order.phrases], dtype=np.int64)
    cosine = corpus.cosine(words, above.words)
    pairs = _by_group(cosine * above.weight, above.of, m, axis=1)
    # a phrase speaks for the target that it resembles most
    ahead = pairs - _highest_other(pairs, axis=1)
    # how much of what attests the target, as far as others support it, stands in the order
    covered = np.zeros((n, m))
    best = _by_group(cosine, of, n, axis=0)
    for place in range(m):
        mine = np.flatnonzero(above.of == place)
        for clause in np.unique(above.clause[mine]):
            part = mine[above.clause[mine] == clause]
            core = above.core[part] / above.core[part].sum()
            covered[:, place] = np.maximum(covered[:, place], best[:, part] @ core)
    f: Features = {
        "wording": _by_group(pairs, of, n, axis=0),
        "ahead": _by_group(ahead + 1, of, n, axis=0) - 1,
        "covered": covered,
        "title": _by_group(corpus.cosine(words, above.titles), of, n, axis=0),
        "agencies": _agencies(given, above),
        "aim": np.tile([[float(order.is_aim)] for order in given], (1, m)),
    }
    f["other stage"] = np.array([[float(bool(o.stage) and o.stage != t.stage) for t in above.targets] for o in given])
    heads = corpus.cosine(corpus.places(order.heading for order in given), above.headings)
    f["heading"] = _by_group(heads, above.heading_of, m, axis=1)
    similar = f["wording"] + covered
    f["similar"] = similar
    f["in row"] = similar / np.maximum(similar.max(axis=1, keepdims=True, initial=0), _LITTLE)
    f["in column"] = similar / np.maximum(similar.max(axis=0, keepdims=True, initial=0), _LITTLE)
    return f


def _agencies(given: Sequence[Order], above: Above) -> Matrix:
    """The cosine of the lines that lead (and help); a middling value where one side names none."""
    lines = sorted({line for t in above.targets for o in t.orders for line in o.lead | o.helping})

    def vector(order: Order) -> list[float]:
        return [1.0 if line in order.lead else 0.5 if line in order.helping else 0.0 for line in lines]

    ours = np.array([vector(order) for order in given]).reshape(len(given), len(lines))
    theirs = np.array([
        np.mean([vector(order) for order in target.orders if order.lead] or [[0.0] * len(lines)], axis=0)
        for target in above.targets
    ])  # fmt: skip
    rarity = np.log((len(theirs) + 1) / ((theirs > 0).sum(axis=0) + 1)) + 0.3
    ours, theirs = ours * rarity, theirs * rarity
    norms = np.linalg.norm(ours, axis=1)[:, None] * np.linalg.norm(theirs, axis=1)
    return np.where(norms > 0, ours @ theirs.T / np.maximum(norms, 1e-9), 0.35)


def whole_plan(given: Sequence[Order], above: Above, scores: Matrix) -> Features:
    """What the rest of the plan says of each pair, from scores of all pairs."""
    share = scores / np.maximum(scores.sum(axis=1, keepdims=True), 1)
    running = [place for place, order in enumerate(given) if order.kind in (Kind.TEXT, Kind.LOST)]
    flow = share[running]
    before, after = np.zeros_like(scores), np.zeros_like(scores)
    for step, weight in ((1, 1.0), (2, 0.6), (3, 0.4)):
        if step < len(running):
            before[running[step:]] = np.maximum(before[running[step:]], weight * (flow[:-step] @ above.closeness))
            after[running[:-step]] = np.maximum(after[running[:-step]], weight * (flow[step:] @ above.closeness.T))
    below = np.array([[float(order.clause in other.within) for other in given] for order in given])
    both = below @ share @ above.contains.T
    ours, theirs = (below @ share).sum(axis=1)[:, None], above.contains @ share.sum(axis=0)
    tree = np.where((ours > 0.3) & (theirs > 0.3), 2 * both / np.maximum(ours + theirs, 1e-9), 0)
    # a heading below another one that is as near to the target
    outer = np.zeros_like(scores)
    for place in range(len(given)):
        outer[place] = tree[below[:, place] > 0].max(axis=0, initial=0)
    return {
        "before": before,
        "after": after,
        "between": before * after,
        "tree": tree,
        "top tree": tree * (tree >= tree.max(axis=1, keepdims=True)),
        "outer": outer,
        "below": np.where(ours > 0.3, both / np.maximum(ours, 1e-9), 0),
        "score in row": scores / np.maximum(scores.max(axis=1, keepdims=True, initial=0), 0.1),
        "score in column": scores / np.maximum(scores.max(axis=0, keepdims=True, initial=0), 0.1),
        "taken": _highest_other(scores, axis=0),
        "score": np.log((scores + 1e-3) / (1 - scores + 1e-3)),
    }
