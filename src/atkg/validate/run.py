"""SHACL validation of a store: every shape compiled to SPARQL, what can't be compiled by pySHACL, one report."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rdflib import Node, URIRef
from rdflib.util import from_n3

from atkg.plans import PlanFolder
from atkg.store import Store
from atkg.validate.compiled import Check
from atkg.validate.judge import judged
from atkg.validate.places import Places
from atkg.validate.results import Report, Result, order
from atkg.validate.shapes import Shapes, local_name


@dataclass(frozen=True, slots=True)
class Fault:
    """One validation result as SHACL has it; terms of the data are written as in N-Triples.

    Args:
        shape: the source shape.
        component: the local name of the constraint component.
        focus: the focus node.
        path: the path of the shape, or the property that the constraint itself names.
        value: the value node.
        root: the target that led to the focus node.
        constraint: the node of a SPARQL constraint.
    """

    shape: Node
    component: str
    focus: str
    path: Node | None
    value: str | None
    root: str
    constraint: Node | None = None


def faults(
    store: Store,
    shapes: Shapes,
    names: Collection[str] | None = None,
    looked: Mapping[Node, Collection[str]] | None = None,
) -> Iterator[Fault]:
    """The validation results of the whole store.

    Args:
        store: the graphs.
        shapes: the rules.
        names: the local names of the shapes that are wanted; None for all.
        looked: shape with targets → its targets that are wanted; None for all. Results on others may be among the
            answers, but a shape without any is not evaluated.

    Raises:
        AtkgError: pySHACL can't evaluate a shape that the compiler refused.
    """
    compiled = shapes.compile(store)
    for root, checks in compiled.checks.items():
        for check in checks:
            if (looked is None or looked[root]) and (names is None or local_name(check.shape) in names):
                yield from answers(store, check)
    refused = [root for root in compiled.refused if names is None or shapes.names_below(root) & set(names)]
    for fault in judged(store, shapes.only(refused).graph) if refused else ():
        if names is None or local_name(fault[0]) in names:
            yield Fault(*fault)


def answers(store: Store, check: Check) -> Iterator[Fault]:
    """The validation results of one constraint."""
    variables, rows = store.query(check.query).rows()
    place = {name: number for number, name in enumerate(variables)}

    def term(row: Sequence[Any], name: str) -> str | None:
        found = row[place[name]] if name in place else None
        return None if found is None else str(found)

    for row in rows:
        focus = str(row[place["this"]])
        value, path = term(row, "value"), check.path
        if check.constraint is not None and value is None and check.path is None:
            value = focus
        named = row[place["path"]] if "path" in place else None
        if named is not None:
            path = URIRef(named.value)
        root = str(row[place[check.root]])
        yield Fault(check.shape, check.component, focus, path, value, root, check.constraint)


def validate(
    store: Store, shapes: Shapes, plans: Sequence[PlanFolder] = (), files: Mapping[str, Path] | None = None
) -> Report:
    """The report on everything in the store, with text places for these plans and lines in these files.

    Args:
        store: the graphs, those of registers and ontology included.
        shapes: the rules.
        plans: the plans whose source.txt results are led to.
        files: named graph → the file that it was read from.

    Raises:
        AtkgError: as faults.
    """
    looked = targets(store, shapes)
    found = [result_of(fault, shapes) for fault in faults(store, shapes, looked=looked)]
    counts = spread({root: len(terms) for root, terms in looked.items()}, shapes)
    return Report(located(found, store, plans, files or {}), counts)


def located(
    found: Sequence[Result], store: Store, plans: Sequence[PlanFolder], files: Mapping[str, Path]
) -> list[Result]:
    """These results with their places, those of each document in the order of its lines."""
    places = Places(store, {plan.key: plan for plan in plans}, files, {result.node for result in found})
    return sorted((places.locate(result) for result in found), key=order)


def result_of(fault: Fault, shapes: Shapes) -> Result:
    """The fault as a result without its places."""
    name = str(fault.shape)
    return Result(
        shape=local_name(fault.shape),
        level=shapes.level(name),
        messages=shapes.messages(name),
        node=plain(fault.focus),
        path=str(fault.path) if isinstance(fault.path, URIRef) else None,
        value=None if fault.value is None else plain(fault.value),
        component=fault.component,
        term=fault.value,
    )


def plain(term: str) -> str:
    """A term of N-Triples as people write it: an IRI without brackets, the characters of a literal.

    >>> plain("<http://a/b>"), plain('"x"@zh')
    ('http://a/b', 'x')
    """
    if term.startswith("<"):
        return term[1:-1]
    return str(from_n3(term)) if term.startswith('"') else term


def coverage(store: Store, shapes: Shapes) -> dict[str, int]:
    """Local name of each shape that hangs on targets → how many of them it looked at."""
    return spread({root: len(terms) for root, terms in targets(store, shapes).items()}, shapes)


def targets(store: Store, shapes: Shapes) -> dict[Node, set[str]]:
    """Shape with targets → the terms that are its targets."""
    compiled = shapes.compile(store).targets
    answered = {query: {str(row[0]) for row in store.query(query).rows()[1]} for query in set(compiled.values())}
    return {root: answered[query] for root, query in compiled.items()}


def spread(counts: Mapping[Node, int], shapes: Shapes) -> dict[str, int]:
    """The counts of shapes with targets, given to all that hang on them, by local name."""
    found: dict[str, int] = {}
    for root, number in counts.items():
        for name in shapes.names_below(root):
            found[name] = found.get(name, 0) + number
    return found
