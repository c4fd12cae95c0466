"""The ontology and the data before the reasoner: consistent or not, what follows, and whether the rules say the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Final

from atkg import rules
from atkg.namespaces import BASE, RDF, RDFS, SKOS
from atkg.reason.axioms import Axiom, Axioms, axioms_of
from atkg.reason.explain import clash, unsatisfiable, write
from atkg.reason.given import Given
from atkg.reason.hermit import Hermit, Inconsistent, Said
from atkg.store import Store
from atkg.validate.statements import Statements

_LEFT_OUT: Final = tuple(f"{BASE}graph/{name}" for name in ("shapes", "catalogue", "ontology", "inferred"))
"""The graphs that are no data: what is concluded is not taken for granted."""

_EXPLAINED: Final = 5
"""How many classes without members are explained: most often the others fail for the same reason."""


@dataclass(frozen=True, slots=True)
class Clash:
    """Axioms that can't all be true.

    Args:
        about: the class that can have no members on their account; None where they contradict each other.
        axioms: each with the place where it stands, if it stands in a file; none where there are many such classes.
    """

    about: str | None
    axioms: Sequence[tuple[Axiom, str | None]]


@dataclass(slots=True)
class Outcome:
    """What came of reasoning.

    Args:
        engine: the reasoner and its version.
        axioms: how many axioms it was given.
        seconds: how long the reasoner took.
        clashes: what can't be; empty where all is well.
        stated: property or class → how often the data says so.
        inferred: what follows and is not stated.
        differences: (rule, conclusions of the rule alone, of the reasoner alone) where the two disagree.
        left_out: datatype → values that no DL reasoner takes.
        unknown: terms of atkg that are used and nowhere declared → how often.
        labels: IRI → language → label.
    """

    engine: str
    axioms: int
    seconds: float
    clashes: list[Clash] = field(default_factory=list)
    stated: Counter[str] = field(default_factory=Counter)
    inferred: set[Said] = field(default_factory=set)
    differences: list[tuple[str, int, int]] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)
    labels: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def consistent(self) -> bool:
        return not self.clashes

    def counts(self) -> Counter[str]:
        """Property or class → how many conclusions."""
        return Counter(o if p == f"{RDF}type" else p for _, p, o in self.inferred)


def reason(
    ontology: Given,
    data: Store,
    hermit: Hermit,
    *,
    files: Mapping[str, Path] | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Outcome:
    """Judge an ontology, with what its files say of things, and the data.

    Args:
        ontology: the files that were given.
        data: further triples; what stands in graph/inferred is not looked at.
        hermit: the reasoner.
        files: graph of the data → the file that it was read from.
        progress: told what is worked on.

    Raises:
        AtkgError: the reasoner refuses the ontology, or ran into a limit.
    """
    everything = Given(dict(ontology.triples))
    for graph in data.graphs():
        if not graph.startswith(_LEFT_OUT):
            one = Store()
            one.load(data.graph_ntriples([graph]))
            everything.add(one, (files or {}).get(graph))
    found = axioms_of(everything.triples)
    outcome = Outcome(hermit.version, len(found.logical), 0.0, left_out=found.values, unknown=found.unknown)
    outcome.labels = _labels(everything)
    places: dict[Path, Statements] = {}
    progress("HermiT")
    start = perf_counter()
    with TemporaryDirectory(prefix="atkg-") as folder:
        file = Path(folder) / "all.nt"
        write(file, found.declarations, found.logical)
        try:
            classified = hermit.classify(file)
        except Inconsistent:
            outcome.seconds = perf_counter() - start
            progress("why")
            outcome.clashes = [_located(None, clash(hermit, found.declarations, found.logical), everything, places)]
            return outcome
    outcome.seconds = perf_counter() - start
    for number, name in enumerate(sorted(classified.impossible)):
        progress(name)
        few = number < _EXPLAINED
        axioms = unsatisfiable(hermit, found.declarations, found.logical, name) if few else []
        outcome.clashes.append(_located(name, axioms, everything, places))
    stated = set(_said(found))
    outcome.stated = Counter(o if p == f"{RDF}type" else p for _, p, o in stated)
    outcome.inferred = classified.conclusions(stated) - stated
    outcome.differences = _differences(everything, outcome.inferred)
    return outcome


def _located(about: str | None, axioms: Sequence[Axiom], given: Given, places: dict[Path, Statements]) -> Clash:
    return Clash(about, [(axiom, given.place(axiom.triples, places)) for axiom in axioms])


def _said(found: Axioms) -> Iterable[Said]:
    """What is stated of named individuals."""
    declared = {triple[0] for triple in found.declarations}
    for axiom in found.logical:
        subject, predicate, value = axiom.root
        if len(axiom.triples) == 1 and value.startswith("<") and subject.startswith("<") and subject not in declared:
            yield subject[1:-1], predicate[1:-1], value[1:-1]


def _labels(given: Given) -> dict[str, dict[str, str]]:
    """The labels of terms and things, in Chinese and English."""
    found: dict[str, dict[str, str]] = {}
    naming = {f"<{RDFS}label>", f"<{SKOS}prefLabel>"}
    for s, p, o in given.triples:
        text, at, language = o.rpartition('"@')
        if p in naming and at and language in ("zh", "en"):
            found.setdefault(s[1:-1], {}).setdefault(language, text[1:])
    return found


def _differences(given: Given, inferred: set[Said]) -> list[tuple[str, int, int]]:
    """Where the rules in SPARQL conclude something else than the reasoner."""
    store = Store.from_quads(f"{s} {p} {o} ." for s, p, o in given.triples)
    rules.materialise(store)
    found = []
    for rule in rules.rules():
        by_rule = set(conclusions_of(store, rule))
        by_reasoner = {each for each in inferred if (each[2] if each[1] == f"{RDF}type" else each[1]) == rule.term}
        if by_rule != by_reasoner:
            found.append((rule.name, len(by_rule - by_reasoner), len(by_reasoner - by_rule)))
    return found


def conclusions_of(store: Store, rule: rules.Rule) -> Iterable[Said]:
    """What a rule has concluded in this store."""
    for row in store.select(f"SELECT ?s ?p ?o WHERE {{ GRAPH <{rule.graph}> {{ ?s ?p ?o }} }}"):
        yield row["s"], row["p"], row["o"]
