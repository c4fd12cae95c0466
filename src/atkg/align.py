"""Derivations proposed for a plan: which part above each of its parts comes from, with a score and evidence.

What holds after each step:
1. `orders`: all that a plan orders (tasks, measures, other duties, headings) stands in the order of the text.
2. `Above`: each part above has words: its own, or those of the local parts of other lineages that attest it.
   Where a part attests several clauses, each of its phrases counts for those that the other attestations support.
3. Every pair has features: wording in both directions, agencies' functions, stage, heading.
4. A first logistic model scores the pairs; a second one sees the whole plan at once: what the neighbours
   and the parts below go to, and who else wants the same clause. Several links from or to a part are allowed.
The models learn from the plans whose links the register gives, never from the lineage that is aligned.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from atkg.derivation import THRESHOLD, Attested, Row, Stretch, parts, shared_wordings
from atkg.model import Reading, Role, Span, Task
from atkg.national import RegisteredClause
from atkg.registers import Registers

Matrix = NDArray[np.float64]
Features = dict[str, Matrix]

_REVIEW: Final = 0.2
"""Below this score nothing above is similar enough: a local measure, if a person agrees."""
_CANDIDATES: Final = 3
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

    A ROW stands in the table of an agency, where its neighbours say nothing of its place above.
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
    within: frozenset[str]
    sentences: tuple[str, ...] = ()


class Verdict(StrEnum):
    ACCEPT = "accept"
    REVIEW = "review"
    LOCAL = "local"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A part and a part above it may come from; `to` is None where nothing is similar enough.

    `score` is the share of right links among those of the same score in the evaluation; `evidence` the
    longest wording that both share, as (plan, span) on each side.
    """

    source: str
    to: str | None
    score: float
    verdict: Verdict
    basis: str
    evidence: tuple[tuple[str, Span], ...]


@dataclass(frozen=True)
class Known:
    """A register of clauses with the plans that attest them, and the agencies' register."""

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

    def judged(self, plan: str, clause: str) -> str | None:
        """The clause that the register cites for this one; None where it doesn't cite all there is.

        A paragraph counts as its article where the register cites the article. Of the table of an agency
        "yearly entries that repeat a key task are not all referenced" (the register's own description).
        """
        up, _, last = clause.rpartition("/")
        if (plan, clause) not in self.gold and last.startswith("par_") and (plan, up) in self.gold:
            return up
        return clause if (plan, clause) in self.gold or not clause.startswith("annex") else None


def lineage(reading: Reading, registers: Registers) -> str:
    """The jurisdiction right below the nation under which a plan stands."""
    places = [place.slug for place in registers.lineage(reading.plan.jurisdiction) if place.level != "nation"]
    return places[-1] if places else reading.plan.jurisdiction


# --- what a plan orders -------------------------------------------------------------------------------


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


def _cleaner(registers: Registers) -> Callable[[str], str]:
    names = {
        name
        for place in registers.jurisdictions.values()
        if place.level != "nation"
        for name in (place.name_zh, place.place_zh)
    }
    places = re.compile("|".join(sorted(names, key=lambda name: (-len(name), name))) or r"(?!)")

    def clean(text: str) -> str:
        text = re.sub(r"\s", "", places.sub("", text))
        for long, short in _SYNONYMS:
            text = text.replace(long, short)
        return text

    return clean


def orders(reading: Reading, registers: Registers) -> list[Order]:
    """All that the plan orders, in the order of the text: each Task, what a Clause says beside its Tasks, headings."""
    clean = _cleaner(registers)
    place = reading.plan.jurisdiction
    clauses = {clause.path: clause for clause in reading.clauses}
    stated: dict[str, list[Task]] = {}
    for task in reading.tasks:
        stated.setdefault(task.clause, []).append(task)

    def functions(task: Task, *, helping: bool) -> Iterator[str]:
        for assignment in task.assignments:
            if (assignment.role is Role.COOPERATING) == helping:
                for known in registers.candidates(assignment.name, place):
                    yield from known.row.functions

    # the only row of a heading is cited by the heading
    rows = {clause.reference for clause in reading.clauses if clause.kind == "row"}
    found: list[Order] = []

    def add(
        source: str, clause: str, kind: Kind, text: str, lead: Iterable[str] = (), helping: Iterable[str] = ()
    ) -> None:
        cleaned = clean(text)
        found.append(
            Order(
                plan=reading.plan.key,
                lineage=lineage(reading, registers),
                source=source,
                clause=clause,
                kind=kind,
                phrases=phrases(cleaned),
                heading="" if kind is Kind.ROW else clean(next((h for h in headings[-2:][::-1] if h), "")),
                stage=stage,
                lead=frozenset(lead),
                helping=frozenset(helping),
                place=len(found),
                within=frozenset(above[1:]),
                sentences=tuple(sentence for sentence in _SENTENCES.split(cleaned) if phrases(sentence)),
            )
        )

    for clause in reading.clauses:
        above = [clause.path]
        while (parent := clauses[above[-1]].parent) is not None and parent in clauses:
            above.append(parent)
        headings = [clauses[path].heading or "" for path in reversed(above)]
        stage = clause.stage or registers.stage([heading for heading in headings if heading])
        of_agency = any(path.startswith("annex") for path in above)
        rest = clause.text or ""
        for task in stated.get(clause.path, ()):
            source = f"{clause.path}/t{task.index}"
            kind = Kind.LOST if task.text is None else Kind.ROW if of_agency else Kind.TEXT
            add(
                source,
                clause.path,
                kind,
                task.text or "",
                functions(task, helping=False),
                functions(task, helping=True),
            )
            rest = rest.replace(task.text or "\0", "。")
        if phrases(rest):
            row = {path for path in above if path.startswith("annex/")}
            lead = {function for order in found if order.within & row or order.clause in row for function in order.lead}
            add(clause.path, clause.path, Kind.ROW if of_agency else Kind.TEXT, rest, lead)
        elif clause.heading and clause.path not in stated and not of_agency and clause.reference not in rows:
            add(clause.path, clause.path, Kind.HEADING, clause.heading)
    return found


def _sentences(given: Sequence[Order]) -> list[Order]:
    """Each sentence of running text as if it were a row in the table of its first leading line, to learn from."""
    return [
        replace(order, kind=Kind.ROW, phrases=phrases(sentence), heading="", stage=None,
                lead=frozenset(sorted(order.lead)[:1]), helping=frozenset(), place=place, sentences=(sentence,))
        for place, (order, sentence) in enumerate(
            (order, sentence) for order in given if order.kind is Kind.TEXT for sentence in order.sentences
        )
    ]  # fmt: skip


# --- what stands above --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Target:
    """A part above with the orders whose words stand for it. `within` are the parts that contain it."""

    to: str
    title: str
    stage: str | None
    orders: tuple[Order, ...]
    is_heading: bool
    within: frozenset[str]


def registered_targets(known: Known, hidden: AbstractSet[str]) -> list[Target]:
    """The registered clauses that a lineage which isn't hidden attests."""
    by_clause: dict[tuple[str, str], list[Order]] = {}
    for key, given in known.orders.items():
        for order in given:
            clause = known.judged(key, order.clause) or order.clause
            by_clause.setdefault((key, clause), []).append(order)
    found: list[Target] = []
    for clause in known.clauses.values():
        above = [clause.id]
        while (parent := known.clauses[above[-1]].parent) is not None:
            above.append(parent)
        words = [
            order
            for key, path in known.attested[clause.id]
            if known.lineage(key) not in hidden
            for order in by_clause.get((key, path), ())
        ]
        if words:
            is_heading = clause.parent is None
            found.append(
                Target(clause.id, clause.title_zh, clause.stage, tuple(words), is_heading, frozenset(above[1:]))
            )
    return found


def plan_targets(given: Sequence[Order]) -> list[Target]:
    """What a plan with text orders, each part with its own words."""
    return [
        Target(o.source, o.heading, o.stage, (o,), o.kind is Kind.HEADING, o.within)
        for o in given
        if o.kind is not Kind.LOST
    ]


class Corpus:
    """How similar any two phrases are: the cosine of their characters in runs of two to four, weighted by rarity."""

    def __init__(self, given: Iterable[Iterable[Order]], titles: Iterable[str]) -> None:
        words = {phrase for plan in given for order in plan for phrase in (*order.phrases, order.heading)}
        words |= {phrase for plan in given for order in plan for s in order.sentences for phrase in phrases(s)}
        self._place = {phrase: place for place, phrase in enumerate(sorted(words | set(titles)))}
        vectors = TfidfVectorizer(analyzer="char", ngram_range=(2, 4), sublinear_tf=True).fit_transform(self._place)
        self.grams = (vectors > 0).astype(np.float64)
        self._cosine: Matrix = (vectors @ vectors.T).toarray()

    def places(self, words: Iterable[str]) -> NDArray[np.int64]:
        return np.array([self._place[word] for word in words], dtype=np.int64)

    def cosine(self, first: NDArray[np.int64], second: NDArray[np.int64]) -> Matrix:
        return self._cosine[np.ix_(first, second)]


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
            self.weight[n] = ((self.support[n] + 0.02) / (best[word, clause] + 0.02)) ** 2
        self.lengths = np.array([len(phrase) for phrase, _, _ in rows], dtype=np.float64)
        self.heading_share = np.array([np.mean([o.kind is Kind.HEADING for o in t.orders]) for t in targets])
        self.is_heading = np.array([target.is_heading for target in targets])
        self.contains = np.array([[float(t.to in s.within) for s in targets] for t in targets])
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


# --- features -----------------------------------------------------------------------------------------


def _features(given: Sequence[Order], above: Above) -> Features:
    """What speaks for each pair of an order (row) and a target (column), taken by itself."""
    corpus, n, m = above.corpus, len(given), len(above.targets)
    words = corpus.places(phrase for order in given for phrase in order.phrases)
    of = np.array([place for place, order in enumerate(given) for _ in order.phrases], dtype=np.int64)
    lengths = np.array([len(phrase) for order in given for phrase in order.phrases], dtype=np.float64)
    total = np.maximum(np.bincount(of, lengths, n), 1)[:, None]
    cosine = corpus.cosine(words, above.words)
    pairs = _by_group(cosine * above.weight, above.of, m, axis=1)
    top = pairs.max(axis=1, keepdims=True, initial=0)
    second = np.where(pairs == top, np.sort(pairs, axis=1)[:, -2:-1], top)
    gather = sparse.csr_matrix((lengths, (of, np.arange(len(of)))), shape=(n, len(of)))
    f: Features = {
        "max": _by_group(pairs, of, n, axis=0),
        "forward": gather @ pairs / total,
        "win": _by_group(pairs * (pairs / np.maximum(top, 0.05)) ** 4, of, n, axis=0),
        "won": gather @ ((pairs == top) * np.minimum(2 * pairs, 1)) / total,
        "margin": _by_group(np.where(pairs == top, pairs - second, pairs - top) + 1, of, n, axis=0) - 1,
        "backward": np.zeros((n, m)),
    }
    # how much of what attests the target, as far as others support it, stands in the order
    best = _by_group(cosine, of, n, axis=0)
    core = above.lengths * above.weight * (above.support + 0.1)
    for place in range(m):
        mine = np.flatnonzero(above.of == place)
        for clause in np.unique(above.clause[mine]):
            part = mine[above.clause[mine] == clause]
            f["backward"][:, place] = np.maximum(f["backward"][:, place], best[:, part] @ core[part] / core[part].sum())
    # runs of characters that few targets have
    grams = sparse.csr_matrix((np.ones(len(of)), (of, np.arange(len(of)))), shape=(n, len(of))) @ corpus.grams[words]
    grams.data[:] = 1
    theirs = sparse.csr_matrix((above.weight, (above.of, np.arange(len(above.of)))), shape=(m, len(above.of)))
    theirs = theirs @ corpus.grams[above.words]
    theirs.data = np.minimum(theirs.data, 1)
    rarity = np.log((m + 1) / (np.asarray((theirs > 0).sum(axis=0)).ravel() + 1))
    shared = (grams.multiply(rarity).tocsr() @ theirs.T).toarray()
    mass, their_mass = np.maximum(grams @ rarity, 20)[:, None], np.maximum(theirs @ rarity, 20)
    f["contained"] = shared / mass
    f["rare"] = shared / np.sqrt(mass * their_mass)
    f["mass"] = np.log1p(shared)
    f["title"] = _by_group(corpus.cosine(words, above.titles), of, n, axis=0)
    f["lead"] = _agencies(given, above, helping=0.0)
    f["agencies"] = _agencies(given, above, helping=0.5)
    f["stage"] = np.array([[float(bool(o.stage) and o.stage != t.stage) for t in above.targets] for o in given])
    heads = corpus.cosine(corpus.places(order.heading for order in given), above.headings)
    f["heading"] = _by_group(heads, above.heading_of, m, axis=1)
    f["headings"] = np.tile(above.heading_share, (n, 1))
    f["sections"] = np.tile(above.is_heading.astype(np.float64), (n, 1))
    f["aim"] = np.tile([[float(bool(_AIMS.search(order.heading)))] for order in given], (1, m))
    base = f["max"] + f["backward"] + f["rare"]
    f["of row"] = base / np.maximum(base.max(axis=1, keepdims=True), 0.05)
    f["of column"] = base / np.maximum(base.max(axis=0, keepdims=True), 0.05)
    f["both"] = f["backward"] * f["win"]
    return f


def _agencies(given: Sequence[Order], above: Above, *, helping: float) -> Matrix:
    """The cosine of the lines that lead (and help); a middling value where one side names none."""
    lines = sorted({line for t in above.targets for o in t.orders for line in o.lead | o.helping})

    def vector(order: Order) -> list[float]:
        return [1.0 if line in order.lead else helping if line in order.helping else 0.0 for line in lines]

    ours = np.array([vector(order) for order in given]).reshape(len(given), len(lines))
    theirs = np.array([
        np.mean([vector(order) for order in target.orders if order.lead] or [[0.0] * len(lines)], axis=0)
        for target in above.targets
    ])  # fmt: skip
    rarity = np.log((len(theirs) + 1) / ((theirs > 0).sum(axis=0) + 1)) + 0.3
    ours, theirs = ours * rarity, theirs * rarity
    norms = np.linalg.norm(ours, axis=1)[:, None] * np.linalg.norm(theirs, axis=1)
    return np.where(norms > 0, ours @ theirs.T / np.maximum(norms, 1e-9), 0.35)


def _whole(given: Sequence[Order], above: Above, scores: Matrix) -> Features:
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
    greatest = np.sort(scores, axis=0)
    return {
        "before": before,
        "after": after,
        "between": before * after,
        "tree": tree,
        "top tree": tree * (tree >= tree.max(axis=1, keepdims=True)),
        "outer": (below.T[:, :, None] * tree[None, :, :]).max(axis=1, initial=0),
        "below": np.where(ours > 0.3, both / np.maximum(ours, 1e-9), 0),
        "in row": scores / np.maximum(scores.max(axis=1, keepdims=True), 0.02),
        "in column": scores / np.maximum(greatest[-1:], 0.02),
        "taken": np.where(scores == greatest[-1:], greatest[-2:-1] if len(scores) > 1 else 0, greatest[-1:]),
        "first": np.log((scores + 1e-3) / (1 - scores + 1e-3)),
    }


# --- models -------------------------------------------------------------------------------------------

_WORDING: Final = (
    "max",
    "forward",
    "win",
    "won",
    "margin",
    "backward",
    "contained",
    "rare",
    "mass",
    "title",
    "of row",
    "both",
)
_FIRST: Final = (*_WORDING, "lead", "agencies", "stage", "heading", "headings", "aim", "of column")
_SECOND: Final = (*_FIRST, "before", "after", "between", "in row", "in column", "first")
_ROW: Final = (*_WORDING, "lead")
_LOST: Final = ("lead", "agencies", "stage", "headings", "before", "after", "between", "taken")
_HEADING: Final = ("max", "title", "heading", "headings", "sections", "stage", "tree", "top tree", "below", "outer")


@dataclass(frozen=True)
class Sample:
    """Pairs with what the register says of them: right or wrong, and which are judged at all."""

    given: Sequence[Order]
    above: Above
    features: Features
    right: NDArray[np.bool_]
    judged: NDArray[np.bool_]

    def of(self, *kinds: Kind) -> NDArray[np.bool_]:
        return self.judged & np.array([order.kind in kinds for order in self.given])[:, None]


class Model:
    """A logistic combination of features."""

    def __init__(
        self, names: Sequence[str], samples: Iterable[tuple[Features, NDArray[np.bool_], NDArray[np.bool_]]]
    ) -> None:
        self._names = names
        taken = [(self._stack(features)[mask], right[mask]) for features, right, mask in samples]
        values = np.concatenate([values for values, _ in taken])
        self._mean, self._deviation = values.mean(axis=0), values.std(axis=0) + 1e-9
        self._model = LogisticRegression(C=0.3, solver="newton-cholesky")
        self._model.fit((values - self._mean) / self._deviation, np.concatenate([right for _, right in taken]))

    def _stack(self, features: Features) -> NDArray[np.float64]:
        return np.stack([features[name] for name in self._names], axis=-1)

    def __call__(self, features: Features) -> Matrix:
        stacked = self._stack(features)
        values = (stacked.reshape(-1, len(self._names)) - self._mean) / self._deviation
        scores: Matrix = self._model.predict_proba(values)[:, 1].reshape(stacked.shape[:2])
        return scores


@dataclass(frozen=True)
class Models:
    """What was learned from some plans. `second`, `lost` and `heading` are there once the first ones can be asked."""

    first: Model
    row: Model
    second: Model | None = None
    lost: Model | None = None
    heading: Model | None = None

    def __call__(self, given: Sequence[Order], above: Above, features: Features) -> Matrix:
        """The score of each pair of an order and a target."""
        kinds = np.array([order.kind.value for order in given])[:, None]
        sections = above.is_heading[None, :]
        scores = np.where(kinds == "text", self.first(features), np.where(kinds == "row", self.row(features), 0))
        scores = np.where(sections, 0, scores)
        if self.second and self.lost and self.heading:
            better = self.second({**features, **_whole(given, above, scores)})
            scores = np.where((kinds == "text") & ~sections, better, scores)
            for _ in range(3 if (kinds == "lost").any() else 0):  # lost rows support each other
                found = self.lost({**features, **_whole(given, above, scores)})
                scores = np.where((kinds == "lost") & ~sections, found, scores)
            found = self.heading({**features, **_whole(given, above, scores)})
            scores = np.where(kinds == "heading", found, scores)
        return scores


class Learner:
    """Learns from the plans whose links a register gives, and scores any plan."""

    def __init__(self, known: Known, *more: Sequence[Order]) -> None:
        self.known = known
        titles = {clause.title_zh for clause in known.clauses.values()}
        self.corpus = Corpus([*known.orders.values(), *more], titles)
        self._samples: dict[tuple[str, frozenset[str], bool], Sample] = {}
        self._above: dict[frozenset[str], Above] = {}

    def above(self, hidden: frozenset[str]) -> Above:
        if hidden not in self._above:
            self._above[hidden] = Above(registered_targets(self.known, hidden), self.corpus)
        return self._above[hidden]

    def sample(self, plan: str, hidden: frozenset[str], *, sentences: bool = False) -> Sample:
        """The pairs of a plan with what other lineages attest."""
        key = (plan, hidden, sentences)
        if key not in self._samples:
            given = self.known.orders[plan]
            given = _sentences(given) if sentences else given
            above = self.above(hidden)
            features = _features(given, above)
            self._samples[key] = self._judge(plan, given, above, features, sentences=sentences)
        return self._samples[key]

    def _judge(self, plan: str, given: Sequence[Order], above: Above, features: Features, *, sentences: bool) -> Sample:
        """The register gives the links of a clause; of its tasks and sentences the most similar one has the link."""
        right = np.zeros((len(given), len(above.targets)), dtype=bool)
        judged = np.ones_like(right)
        groups: dict[str, list[int]] = {}
        for place, order in enumerate(given):
            clause = self.known.judged(plan, order.clause)
            if clause is None:
                judged[place] = False
                continue
            groups.setdefault(clause, []).append(place)
            links = self.known.gold.get((plan, clause), set())
            right[place] = [target.to in links for target in above.targets]
            judged[place] = not sentences or bool(right[place].any())
        similar = features["max"] + features["rare"] + features["backward"]
        for places in groups.values():
            for target in np.flatnonzero(right[places[0]]):
                best = similar[places, target] >= similar[places, target].max()
                judged[places, target] &= best | (sentences & (right[places].sum(axis=1) == 1))
        return Sample(given, above, features, right, judged)

    def learn(self, but: str | None) -> Models:
        """Models from every lineage but this one; nothing of that one is seen."""
        hidden = frozenset({but} - {None})
        plans = [plan for plan in self.known.orders if self.known.lineage(plan) != but]
        own = {plan: hidden | {self.known.lineage(plan)} for plan in plans}
        whole = {plan: self.sample(plan, own[plan]) for plan in plans}

        def first(some: Sequence[str]) -> Models:
            full = [whole[plan] for plan in some]
            split = [self.sample(plan, own[plan], sentences=True) for plan in some]
            return Models(
                Model(_FIRST, ((s.features, s.right, s.of(Kind.TEXT)) for s in full)),
                Model(_ROW, ((s.features, s.right, s.of(Kind.ROW)) for s in (*full, *split))),
            )

        seen: list[tuple[Features, Sample]] = []
        for plan, sample in whole.items():
            others = first([other for other in plans if own[other] != own[plan]])
            scores = others(sample.given, sample.above, sample.features)
            seen.append(({**sample.features, **_whole(sample.given, sample.above, scores)}, sample))
        running = [(features, sample.right, sample.of(Kind.TEXT)) for features, sample in seen]
        return replace(
            first(plans),
            second=Model(_SECOND, running),
            lost=Model(_LOST, running),
            heading=Model(_HEADING, ((features, sample.right, sample.of(Kind.HEADING)) for features, sample in seen)),
        )


# --- evaluation ---------------------------------------------------------------------------------------

THRESHOLDS: Final = (0.30, 0.40, 0.50, 0.60, 0.70, 0.75, 0.80, 0.85, 0.90, 0.95)


@dataclass(frozen=True, slots=True)
class Figures:
    """Links proposed, how many of them are right (`near`: or lead to the row above or below a right one), of how many."""

    proposed: int
    right: int
    near: int
    links: int

    @property
    def precision(self) -> float:
        return self.right / self.proposed if self.proposed else 1.0

    @property
    def lenient(self) -> float:
        return self.near / self.proposed if self.proposed else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.links if self.links else 1.0

    @property
    def f1(self) -> float:
        both = self.proposed + self.links
        return 2 * self.right / both if both else 1.0


@dataclass(frozen=True, slots=True)
class Scored:
    """A link between a clause as the register cites it and a registered clause, with the best score for it."""

    plan: str
    clause: str
    to: str
    score: float
    right: bool
    near: bool
    lineage: str


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Every link scored without its lineage. `unattested` links have no words in any other; `unjudged` aren't cited."""

    links: tuple[Scored, ...]
    unjudged: tuple[Scored, ...]
    unattested: tuple[tuple[str, str, str], ...]

    def figures(self, threshold: float, lineage: str | None = None) -> Figures:
        """The figures at a threshold, of one lineage or of all."""
        here = [link for link in self.links if lineage in (None, link.lineage)]
        taken = [link for link in here if link.score >= threshold]
        return Figures(
            len(taken),
            sum(link.right for link in taken),
            sum(link.right or link.near for link in taken),
            sum(link.right for link in here),
        )

    @property
    def lineages(self) -> list[str]:
        return sorted({link.lineage for link in self.links})


def evaluate(known: Known) -> Evaluation:
    """Each lineage in turn aligned against what the others attest, by what was learned from the others."""
    learner = Learner(known)
    links: list[Scored] = []
    unjudged: list[Scored] = []
    unattested: list[tuple[str, str, str]] = []
    for hidden in sorted({known.lineage(plan) for plan in known.orders}):
        models = learner.learn(hidden)
        above = learner.above(frozenset({hidden}))
        there = {target.to for target in above.targets}
        for plan, given in known.orders.items():
            if known.lineage(plan) != hidden:
                continue
            scores = models(given, above, learner.sample(plan, frozenset({hidden})).features)
            best: dict[tuple[str, str, bool], float] = {}
            for order, row in zip(given, scores, strict=True):
                clause = known.judged(plan, order.clause)
                for target, score in zip(above.targets, row, strict=True):
                    key = (clause or order.clause, target.to, clause is not None)
                    best[key] = max(best.get(key, 0.0), float(score))
            for (clause, to, judged), score in best.items():
                right = known.gold.get((plan, clause), set())
                near = any(known.clauses[to].parent == link or known.clauses[link].parent == to for link in right)
                (links if judged else unjudged).append(Scored(plan, clause, to, score, to in right, near, hidden))
            for (key, clause), right in sorted(known.gold.items()):
                if key == plan:
                    unattested += [(plan, clause, to) for to in sorted(right - there)]
    return Evaluation(tuple(links), tuple(unjudged), tuple(unattested))
