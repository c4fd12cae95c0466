"""SHACL core as SPARQL: each constraint of each shape with targets is one query over the whole graph.

The specification of SHACL defines each core constraint by a query with `$this` bound to a focus node; here the
targets of the shape are joined with it, so that one evaluation answers for all of them. A shape with a construct that
is not known here is refused with the reason, and never left out in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from itertools import count
from operator import or_
from typing import Any

from rdflib import Graph, Node, URIRef
from rdflib.namespace import SH

from atkg.validate.conditions import VALUE_WISE, Conditions
from atkg.validate.constraints import analysed, select_of
from atkg.validate.reach import reach_of_core
from atkg.validate.reading import (
    Unsupported,
    allowed_paths,
    arguments,
    constant,
    deactivated,
    implicit,
    is_true,
    numbers,
    path_text,
    roots,
    target_pattern,
)
from atkg.validate.walks import Reach


@dataclass(frozen=True, slots=True)
class Check:
    """One constraint of one shape as a query.

    Args:
        shape: the shape that has the constraint.
        component: the local name of the constraint component.
        path: the path of the shape, where it has one.
        query: its answers are `?this` and, where there are any, `?value` and `?path`.
        root: the variable of the answers that is a target of a shape with targets.
        constraint: the node of a SPARQL constraint.
        reach: how far a SPARQL constraint looks.
    """

    shape: Node
    component: str
    path: Node | None
    query: str
    root: str = "this"
    constraint: Node | None = None
    reach: Reach = field(default_factory=Reach)


@dataclass(frozen=True, slots=True)
class Compiled:
    """What became of the shapes that have targets, the roots.

    Args:
        checks: root → its constraints and those of the shapes that hang on it.
        targets: root → the query for its targets.
        refused: root → the construct that isn't known.
        reach: root → how far its constraints look.
    """

    checks: Mapping[Node, Sequence[Check]]
    targets: Mapping[Node, str]
    refused: Mapping[Node, str]
    reach: Mapping[Node, Reach]


@dataclass(frozen=True, slots=True)
class _Focus:
    """A pattern that binds `?this` to the focus nodes; each row of its other variables stands for a result of its own."""

    pattern: str
    variables: tuple[str, ...] = ()

    @property
    def root(self) -> str:
        return (*self.variables, "?this")[0].removeprefix("?")

    def select(self, *more: str) -> str:
        return " ".join(("?this", *self.variables, *more))


@dataclass
class Compiler:
    """Compiles the shapes of a graph; the arguments are those of Conditions."""

    shapes: Graph
    subclasses: Mapping[str, Sequence[str]]
    evaluates: Callable[[str], bool]
    analyses: dict[str, Any] = field(default_factory=dict)
    """What is known about queries, see constraints.analysed."""
    _names: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        self._conditions = Conditions(self.shapes, self.subclasses, self.evaluates)

    def compile(self) -> Compiled:
        """The checks of every shape that has targets."""
        classes = set(implicit(self.shapes))
        checks: dict[Node, Sequence[Check]] = {}
        targets: dict[Node, str] = {}
        refused: dict[Node, str] = {}
        reach: dict[Node, Reach] = {}
        for root in sorted(roots(self.shapes), key=str):
            if deactivated(self.shapes, root):
                continue
            try:
                pattern = target_pattern(self.shapes, root, self.subclasses, classes)
                targets[root] = f"SELECT DISTINCT ?this WHERE {{ {pattern} }}"
                found = list(self._checks(root, _Focus(pattern), (root,)))
            except Unsupported as construct:
                refused[root] = str(construct)
                continue
            reach[root] = reduce(or_, (check.reach for check in found), reach_of_core(self.shapes, root))
            checks[root] = found
        return Compiled(checks, targets, refused, reach)

    def _checks(self, shape: Node, focus: _Focus, above: tuple[Node, ...]) -> Iterator[Check]:
        """The checks of a shape on focus nodes: its own, and those of the property shapes under it."""
        self._conditions.refuse_unknown(shape)
        path = self.shapes.value(shape, SH.path)
        if path is None:
            values, step = "BIND (?this AS ?value)", None
        else:
            step = path_text(self.shapes, path)
            values = f"?this {step} ?value ."
        for name, parameter in VALUE_WISE.items():
            for argument in arguments(self.shapes, shape, parameter):
                condition = self._conditions.violated(name, shape, argument, "?value", above)
                yield self._check(shape, name, path, focus, values, f"FILTER ({condition})")
        yield from self._pairs(shape, path, step, focus, values)
        if step is not None and path is not None:
            yield from self._counts(shape, path, step, focus, above)
        yield from self._closed(shape, focus, values)
        yield from self._queries(shape, path, step, focus)
        for inner in arguments(self.shapes, shape, SH.property):
            if inner in above:
                raise Unsupported("recursion")
            if deactivated(self.shapes, inner):
                continue
            yield from self._checks(inner, self._below(focus, step), (*above, inner))

    def _below(self, focus: _Focus, step: str | None) -> _Focus:
        """The value nodes of a shape as the focus nodes of those under it."""
        if step is None:
            return focus
        before = f"?focus{next(self._names)}"
        inner = f"SELECT DISTINCT {focus.select('?value')} WHERE {{ {focus.pattern} ?this {step} ?value . }}"
        renamed = inner.replace("?this", before).replace("?value", "?this")
        return _Focus(f"{{ {renamed} }}", (*focus.variables, before))

    def _check(
        self, shape: Node, name: str, path: Node | None, focus: _Focus, values: str, rest: str, *more: str
    ) -> Check:
        query = f"SELECT DISTINCT {focus.select('?value', *more)} WHERE {{ {focus.pattern} {values} {rest} }}"
        return Check(shape, f"{name}ConstraintComponent", path, query, focus.root)

    def _pairs(self, shape: Node, path: Node | None, step: str | None, focus: _Focus, values: str) -> Iterator[Check]:
        """Constraints that set the value nodes against the values of another property, or against each other."""

        def others(parameter: URIRef) -> list[str]:
            return [other.n3() for other in arguments(self.shapes, shape, parameter)]

        for other in others(SH.equals):
            lone = f"FILTER NOT EXISTS {{ ?this {other} ?value }}"
            yield self._check(shape, "Equals", path, focus, values, lone)
            reached = (
                "FILTER (!SAMETERM(?value, ?this))" if step is None else f"FILTER NOT EXISTS {{ ?this {step} ?value }}"
            )
            yield self._check(shape, "Equals", path, focus, f"?this {other} ?value .", reached)
        for other in others(SH.disjoint):
            yield self._check(shape, "Disjoint", path, focus, values, f"FILTER EXISTS {{ ?this {other} ?value }}")
        for name, parameter, operator in (
            ("LessThan", SH.lessThan, "<"),
            ("LessThanOrEquals", SH.lessThanOrEquals, "<="),
        ):
            for other in others(parameter):
                rest = f"?this {other} ?other . FILTER (!COALESCE(?value {operator} ?other, false))"
                yield self._check(shape, name, path, focus, values, rest, "?other")
        if is_true(self.shapes, shape, SH.uniqueLang) and step is not None:
            pattern = (
                f"?this {step} ?one , ?two . FILTER (!SAMETERM(?one, ?two)) BIND (LCASE(LANG(?one)) AS ?tag)"
                ' FILTER (?tag != "" && ?tag = LCASE(LANG(?two)))'
            )
            query = f"SELECT DISTINCT {focus.select('?tag')} WHERE {{ {focus.pattern} {pattern} }}"
            yield Check(shape, "UniqueLangConstraintComponent", path, query, focus.root)
        for value in arguments(self.shapes, shape, SH.hasValue):
            wanted = constant(value)
            without = f"!SAMETERM(?this, {wanted})" if step is None else f"NOT EXISTS {{ ?this {step} {wanted} }}"
            query = f"SELECT DISTINCT {focus.select()} WHERE {{ {focus.pattern} FILTER ({without}) }}"
            yield Check(shape, "HasValueConstraintComponent", path, query, focus.root)

    def _counts(self, shape: Node, path: Node, step: str, focus: _Focus, above: tuple[Node, ...]) -> Iterator[Check]:
        def check(name: str, bound: int, condition: str | None, *, least: bool) -> Check | None:
            query = _counted(focus, step, bound, condition, least=least)
            return None if query is None else Check(shape, f"{name}ConstraintComponent", path, query, focus.root)

        found: list[Check | None] = []
        for bound in numbers(self.shapes, shape, SH.minCount):
            found.append(check("MinCount", bound, None, least=True))
        for bound in numbers(self.shapes, shape, SH.maxCount):
            found.append(check("MaxCount", bound, None, least=False))
        for qualified in arguments(self.shapes, shape, SH.qualifiedValueShape):
            condition = self._conditions.qualifies(shape, qualified, "?value", above)
            for bound in numbers(self.shapes, shape, SH.qualifiedMinCount):
                found.append(check("QualifiedMinCount", bound, condition, least=True))
            for bound in numbers(self.shapes, shape, SH.qualifiedMaxCount):
                found.append(check("QualifiedMaxCount", bound, condition, least=False))
        yield from filter(None, found)

    def _closed(self, shape: Node, focus: _Focus, values: str) -> Iterator[Check]:
        if not is_true(self.shapes, shape, SH.closed):
            return
        allowed = ", ".join(path.n3() for path in allowed_paths(self.shapes, shape))
        # the triple's own predicate and object are the path and value of the result
        before = values.replace("?value", "?node")
        rest = "?node ?path ?value ." + (f" FILTER (?path NOT IN ({allowed}))" if allowed else "")
        yield self._check(shape, "Closed", None, focus, before, rest, "?path", "?node")

    def _queries(self, shape: Node, path: Node | None, step: str | None, focus: _Focus) -> Iterator[Check]:
        for constraint in arguments(self.shapes, shape, SH.sparql):
            if deactivated(self.shapes, constraint):
                continue
            if focus.variables:
                raise Unsupported("sh:sparql under the values of another shape")
            prefixes, select = select_of(self.shapes, constraint, step)
            reach = analysed(prefixes + select, self.analyses)
            targets = f"{{ SELECT DISTINCT ?this WHERE {{ {focus.pattern} }} }}"
            query = f"{prefixes}SELECT ?this ?path ?value WHERE {{ {targets} {{ {select} }} }}"
            yield Check(shape, "SPARQLConstraintComponent", path, query, "this", constraint, reach)


def _counted(focus: _Focus, step: str, bound: int, condition: str | None, *, least: bool) -> str | None:
    """The focus nodes with fewer than `bound` values (or more), or None where that can't be."""
    values = f"?this {step} ?value" + (f" FILTER ({condition})" if condition else "")
    select = f"SELECT DISTINCT {focus.select()} WHERE {{ {focus.pattern}"
    if least and bound <= 0:
        return None
    if least and bound == 1:
        return f"{select} FILTER NOT EXISTS {{ {values} }} }}"
    if not least and bound == 0:
        return f"{select} {values} }}"
    group = f"GROUP BY {focus.select()} HAVING (COUNT(DISTINCT ?value) {'<' if least else '>'} {bound})"
    values = f"OPTIONAL {{ {values} }}" if least else values
    inner = f"SELECT DISTINCT {focus.select()} WHERE {{ {focus.pattern} }}"
    return f"SELECT {focus.select()} WHERE {{ {{ {inner} }} {values} }} {group}"
