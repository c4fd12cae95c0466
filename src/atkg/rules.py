"""What follows from the data by rule: each file of queries/rules concludes one property or class, in a graph of its own.

The rules say in SPARQL what the ontology says in OWL 2 RL, and Oxigraph applies them: a reasoner gives the same
closure (a test compares them), and takes fifty times as long. A rule looks at what its subject leads to and at
nothing else, so that after a change only the subjects that lead to it are looked at again.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from atkg import iris
from atkg.errors import InputError
from atkg.graph.terms import GraphWriter, node, text
from atkg.namespaces import ATKG, DCT, RDF, RDFS, SCHEMA
from atkg.queries import read_query
from atkg.resources import resource
from atkg.store import Store

PROV: Final = "http://www.w3.org/ns/prov#"
INFERRED: Final = iris.graph("inferred")
"""The graph that tells how the inferred graphs were made."""

_CONCLUSION: Final = re.compile(r"CONSTRUCT\s*\{\s*\?(?P<subject>\w+)\s+(?:a|atkg:\w+)\s[^}]*\}\s*WHERE\s*\{")
_TERM: Final = re.compile(r"\batkg:(\w+)")
_BEGIN: Final = re.compile(r"<(?P<s>[^>]*)> <(?P<p>[^>]*)>")
_MANY: Final = 5_000
"""From so many subjects on, applying a rule to all costs less than naming them."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, named by the property or class that it concludes."""

    name: str
    text: str
    summary: Mapping[str, str]

    @property
    def graph(self) -> str:
        """The named graph of its conclusions."""
        return iris.graph("inferred", self.name)

    @property
    def term(self) -> str:
        """The IRI of the property or class."""
        return f"{ATKG}{self.name}"

    @property
    def predicate(self) -> str:
        """The property of its conclusions: its term, or rdf:type where that is a class."""
        return self.term if self.name[0].islower() else f"{RDF}type"

    @property
    def terms(self) -> frozenset[str]:
        """The local names of the terms of atkg that it looks at, its own apart."""
        return frozenset(_TERM.findall(self.text)) - {self.name}

    def about(self, subjects: Iterable[str]) -> str:
        """The rule for these subjects alone.

        Args:
            subjects: IRIs in angle brackets.
        """
        start = _CONCLUSION.search(self.text)
        if start is None:  # read_rules refuses such a file
            raise ValueError(self.name)
        values = " ".join(subjects)
        return f"{self.text[: start.end()]} VALUES ?{start['subject']} {{ {values} }} {self.text[start.end() :]}"


@cache
def rules() -> tuple[Rule, ...]:
    """The rules that came with this atkg, in an order in which each finds what it looks at.

    Raises:
        InputError: as read_rules.
    """
    return read_rules(resource("queries") / "rules")


def read_rules(folder: Path) -> tuple[Rule, ...]:
    """The rules of a folder, a file a rule, in an order in which each finds what it looks at.

    Raises:
        InputError: a file has no valid header, does not conclude what its name says, or two wait for each other.
    """
    found = {path.stem: _read(path) for path in sorted(folder.glob("*.rq"))}
    ordered: dict[str, Rule] = {}
    while len(ordered) < len(found):
        ready = [
            rule for name, rule in found.items() if name not in ordered and not rule.terms & (found.keys() - ordered)
        ]
        if not ready:
            waiting = ", ".join(sorted(found.keys() - ordered.keys()))
            raise InputError(folder, f"这些规则互相等待：{waiting}。", f"these rules wait for each other: {waiting}")
        ordered |= {rule.name: rule for rule in ready}
    return tuple(ordered.values())


def _read(path: Path) -> Rule:
    query = read_query(path)
    start = _CONCLUSION.search(query.text)
    concluded = _TERM.findall(start.group()) if start else []
    if concluded != [query.name]:
        raise InputError(
            path,
            f"规则应为 CONSTRUCT {{ ?x … }} WHERE {{ … }}，其结论为 atkg:{query.name}。",
            f"expected a rule CONSTRUCT {{ ?x … }} WHERE {{ … }} that concludes atkg:{query.name}",
        )
    return Rule(query.name, query.text, query.summary)


def rule(name: str) -> Rule:
    """The rule that concludes this property or class.

    Raises:
        KeyError: there is none.
    """
    return {each.name: each for each in rules()}[name]


def conclude(store: Store, *names: str) -> None:
    """Add what these rules conclude to their graphs, without telling how it was made."""
    for name in names:
        store.infer(rule(name).text, rule(name).graph)


def materialise(store: Store) -> None:
    """Every rule's graph holds what the rule concludes and no other graph says; graph/inferred tells how it was made."""
    for each in rules():
        store.change(f"DROP SILENT GRAPH <{each.graph}>")
        store.infer(each.text, each.graph)
    store.change(f"DROP SILENT GRAPH <{INFERRED}>")
    store.load("\n".join(provenance(rules(), "Oxigraph")).encode())


def replace(store: Store, graph: str, nquads: bytes) -> None:
    """Put these quads in the place of a named graph, and bring up to date what the rules conclude from it."""
    before = set(store.graph_ntriples([graph]).splitlines())
    store.change(f"DROP SILENT GRAPH <{graph}>")
    store.load(nquads)
    after = set(store.graph_ntriples([graph]).splitlines())
    changed = {(match["s"], match["p"]) for line in before ^ after if (match := _BEGIN.match(line.decode()))}
    update(store, changed)


def update(store: Store, changed: Iterable[tuple[str, str]]) -> None:
    """Bring up to date what the rules conclude, after triples with these subjects and properties came or went.

    Args:
        changed: (subject, property) as IRIs.
    """
    pairs = list(changed)
    touched: list[tuple[Rule, list[str]]] = []
    for each in rules():
        followed = _followed(each)
        starts = {subject for subject, property_ in pairs if property_ in followed or property_ == f"{RDF}type"}
        if starts:
            touched.append((each, _leading_to(store, starts, sorted(followed))))
    for each, subjects in touched:
        if len(subjects) > _MANY:
            store.change(f"DROP SILENT GRAPH <{each.graph}>")
        else:
            values = f"VALUES ?s {{ {' '.join(subjects)} }}"
            stale = f"GRAPH <{each.graph}> {{ ?s ?p ?o }}"
            store.change(f"DELETE {{ {stale} }} WHERE {{ {values} {stale} }}")
    for each, subjects in touched:
        store.infer(each.text if len(subjects) > _MANY else each.about(subjects), each.graph)


def _followed(each: Rule) -> frozenset[str]:
    """The properties that a rule follows, those of the rules that it looks at among them."""
    known = {other.name: other for other in rules()}
    own = {f"{ATKG}{term}" for term in each.terms if term[0].islower() and term not in known}
    return frozenset(own).union(*(_followed(known[term]) for term in each.terms & known.keys()))


def _leading_to(store: Store, starts: Collection[str], followed: Collection[str]) -> list[str]:
    """These nodes, and all from which one comes to them along the properties, in angle brackets; or too many."""
    path = "|".join(f"<{property_}>" for property_ in followed)
    found = {f"<{node}>" for node in starts}
    new = found
    while new and len(found) <= _MANY:
        values = " ".join(sorted(new))
        rows = store.select(
            f"SELECT DISTINCT ?node {{ VALUES ?next {{ {values} }} ?node {path} ?next FILTER (ISIRI(?node)) }}"
        )
        new = {f"<{row['node']}>" for row in rows} - found
        found |= new
    return sorted(found)


def provenance(concluded: Iterable[Rule], engine: str, engine_version: str | None = None) -> list[str]:
    """Lines of N-Quads in graph/inferred: by which rule and engine each inferred graph was made.

    A dataset does not name the version of its engine: the same data have the same digest on every machine.
    """
    writer = GraphWriter(INFERRED)
    a, label = node(f"{RDF}type"), node(f"{RDFS}label")
    agent = node(f"{INFERRED}#{engine.lower()}")
    writer.add(agent, a, node(f"{PROV}SoftwareAgent"))
    writer.add(agent, label, text(engine))
    if engine_version:
        writer.add(agent, node(f"{SCHEMA}softwareVersion"), text(engine_version))
    for each in concluded:
        graph, activity, applied = node(each.graph), node(f"{each.graph}#activity"), node(f"{each.graph}#rule")
        for language, words in each.summary.items():
            writer.add(graph, node(f"{DCT}title"), text(words, language))
            writer.add(applied, label, text(words, language))
        writer.add(graph, node(f"{PROV}wasGeneratedBy"), activity)
        writer.add(activity, a, node(f"{PROV}Activity"))
        writer.add(activity, node(f"{PROV}used"), applied)
        writer.add(activity, node(f"{PROV}wasAssociatedWith"), agent)
        writer.add(applied, a, node(f"{PROV}Entity"))
        writer.add(applied, node(f"{PROV}value"), text(each.text))
    return writer.lines
