"""SPARQL constraints: whether one query over the whole graph answers for all focus nodes, and how far it looks.

SHACL evaluates such a constraint once for each focus node, with `$this` bound beforehand. Evaluated once without it and
joined with the targets it gives the same, provided that every expression about `$this` stands where a pattern has bound
it already. Where that can't be seen from the query, the constraint is refused, and pySHACL answers it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from rdflib import Graph, Literal, Node, URIRef, Variable
from rdflib.namespace import OWL, SH
from rdflib.paths import AlternativePath, InvPath, MulPath, NegatedPath, SequencePath
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.parserutils import CompValue

from atkg.namespaces import BASE
from atkg.validate.reach import ANY, Reach
from atkg.validate.reading import Unsupported

THIS: Final = Variable("this")
_FORBIDDEN: Final = {"Minus": "MINUS", "ToMultiSet": "VALUES", "ServiceGraphPattern": "SERVICE"}
_EXISTS: Final = ("Builtin_EXISTS", "Builtin_NOTEXISTS")
_PLAIN: Final = {"SelectQuery", "Project", "Distinct", "BGP", "Join", "LeftJoin", "Filter", "Union", "Extend", "Graph"}


def select_of(shapes: Graph, constraint: Node, step: str | None) -> tuple[str, str]:
    """(declarations of prefixes, query) of a constraint, with `$PATH` replaced.

    Raises:
        Unsupported: it has no query of this kind.
    """
    select = shapes.value(constraint, SH.select)
    if not isinstance(select, Literal):
        raise Unsupported("sh:sparql without sh:select")
    lines = {
        f"PREFIX {shapes.value(declaration, SH.prefix)}: <{shapes.value(declaration, SH.namespace)}>\n"
        for named in shapes.objects(constraint, SH.prefixes)
        for declared in shapes.transitive_objects(named, OWL.imports)
        for declaration in shapes.objects(declared, SH.declare)
    }
    text = str(select)
    if step is not None:
        text = re.sub(r"[$?]PATH\b", lambda _: step, text)
    return "".join(sorted(lines)), text


def analysed(select: str, known: dict[str, Any]) -> Reach:
    """How far a query looks from `$this`.

    Args:
        select: the query with its prefixes.
        known: what was found about queries before, as plain values, since parsing is slow; it is added to.

    Raises:
        Unsupported: as parsed.
    """
    if select not in known:
        try:
            reach = reach_of(parsed(select))
        except Unsupported as reason:
            known[select] = {"refused": str(reason)}
        else:
            known[select] = {
                "backward": sorted(reach.backward),
                "inner": sorted(reach.inner),
                "whole": reach.whole,
            }
    found = known[select]
    if "refused" in found:
        raise Unsupported(found["refused"])
    return Reach(frozenset(found["backward"]), frozenset(found["inner"]), found["whole"])


def parsed(select: str) -> CompValue:
    """The algebra of a query.

    Raises:
        Unsupported: it can't be parsed, or asks for more than its focus node.
    """
    if re.search(r"[$?](shapesGraph|currentShape|PATH)\b", select):
        raise Unsupported("$shapesGraph, $currentShape or $PATH")
    try:
        algebra: CompValue = prepareQuery(select).algebra
    except Exception as error:  # the parser raises errors of many kinds
        raise Unsupported(f"a query that can't be parsed: {error}") from error
    _Binding().check(algebra)
    return algebra


class _Binding:
    """Looks whether `$this` is bound by a pattern wherever an expression uses it."""

    def check(self, algebra: CompValue) -> None:
        if THIS not in self._bound(algebra, frozenset()):
            raise Unsupported("a query that doesn't bind $this by a pattern")

    def _bound(self, part: CompValue, outer: frozenset[Variable]) -> frozenset[Variable]:
        """The variables that every solution binds, given those bound outside."""
        if part.name in _FORBIDDEN:
            raise Unsupported(f"{_FORBIDDEN[part.name]} in a constraint")
        if part.name not in _PLAIN:
            raise Unsupported(f"{part.name} in a constraint")
        match part.name:
            case "BGP":
                return frozenset(term for triple in part.triples for term in _variables(triple))
            case "Join":
                return self._bound(part.p1, outer) | self._bound(part.p2, outer)
            case "Union":
                return self._bound(part.p1, outer) & self._bound(part.p2, outer)
            case "LeftJoin":
                bound = self._bound(part.p1, outer)
                if THIS not in bound | outer and THIS in _variables(part.p2):
                    raise Unsupported("OPTIONAL that binds $this")
                within = self._bound(part.p2, outer)
                self._expression(part.expr, bound | within | outer)
                return bound
            case "Filter":
                bound = self._bound(part.p, outer)
                self._expression(part.expr, bound | outer)
                return bound
            case "Extend":
                bound = self._bound(part.p, outer)
                if part.var == THIS:
                    raise Unsupported("AS $this")
                self._expression(part.expr, bound | outer)
                return bound
            case "Graph":
                return self._bound(part.p, outer) | frozenset(_variables(part.term))
            case "Project":
                return self._bound(part.p, outer) & frozenset(part.PV)
            case _:
                return self._bound(part.p, outer)

    def _expression(self, expression: Any, bound: frozenset[Variable]) -> None:
        for inner in _existences(expression):
            self._bound(inner, bound)
        if THIS not in bound and THIS in _variables(expression):
            raise Unsupported("an expression about $this where no pattern has bound it")


def _existences(expression: Any) -> Iterator[CompValue]:
    """The patterns of EXISTS and NOT EXISTS in an expression, without those inside them."""
    if isinstance(expression, CompValue):
        if expression.name in _EXISTS:
            yield expression.graph
            return
        for value in expression.values():
            yield from _existences(value)
    elif isinstance(expression, list | tuple):
        for value in expression:
            yield from _existences(value)


def _variables(thing: Any) -> set[Variable]:
    """All variables in a part of a query; an annotation of the parser that repeats them is no part."""
    if isinstance(thing, Variable):
        return {thing}
    if isinstance(thing, CompValue):
        return {name for key, value in thing.items() if key not in {"_vars", "PV"} for name in _variables(value)}
    if isinstance(thing, list | tuple | set | frozenset):
        return {name for value in thing for name in _variables(value)}
    return set()


def reach_of(algebra: CompValue) -> Reach:
    """How far the query looks from `$this`."""
    return _Walk(list(_triples(algebra)), dict(_bindings(algebra))).reach()


def _triples(algebra: CompValue) -> Iterator[tuple[Any, Any, Any]]:
    for part in _parts(algebra):
        if part.name == "BGP":
            yield from part.triples


def _bindings(algebra: CompValue) -> Iterator[tuple[Variable, Any]]:
    for part in _parts(algebra):
        if part.name == "Extend":
            yield part.var, part.expr


def _parts(thing: Any) -> Iterator[CompValue]:
    """All parts of an algebra, patterns before the conditions on them, the patterns of EXISTS among these."""
    if isinstance(thing, CompValue):
        yield thing
        # the translated pattern is an attribute; the item of the same name is as it was parsed
        items = {"graph": thing.graph} if thing.name in _EXISTS else {**thing}
        for key in sorted(items, key=lambda key: key == "expr"):
            if key != "_vars":
                yield from _parts(items[key])
    elif isinstance(thing, list | tuple):
        for value in thing:
            yield from _parts(value)


@dataclass
class _Walk:
    """Follows the patterns of a query from `$this`, along their direction as long as that leads on."""

    triples: list[tuple[Any, Any, Any]]
    bindings: dict[Variable, Any]
    reached: set[Variable] = field(default_factory=lambda: {THIS})
    behind: set[str] = field(default_factory=set)
    inner: set[str] = field(default_factory=set)

    def reach(self) -> Reach:
        pending = list(self.triples)
        try:
            while pending:
                pending = self._step(pending)
        except Unsupported as reason:
            return Reach(frozenset(self.behind), frozenset(self.inner), str(reason))
        return Reach(frozenset(self.behind), frozenset(self.inner))

    def _step(self, pending: Sequence[tuple[Any, Any, Any]]) -> list[tuple[Any, Any, Any]]:
        """The patterns left after one more that hangs on what is reached.

        Raises:
            Unsupported: none does.
        """
        for variable, expression in self.bindings.items():
            if variable not in self.reached and _variables(expression) <= self.reached:
                self._compute(expression)
                self.reached.add(variable)
        for against in (False, True):
            for place, (subject, predicate, value) in enumerate(pending):
                start, end = (value, subject) if against else (subject, value)
                if start in self.reached:
                    self.behind |= _behind(predicate, inverse=against)
                    if start != THIS or not isinstance(predicate, URIRef | Variable):
                        self.inner |= _named(predicate)
                    self.reached |= {term for term in (predicate, end) if isinstance(term, Variable)}
                    return [*pending[:place], *pending[place + 1 :]]
        raise Unsupported("a pattern that doesn't hang on $this")

    @staticmethod
    def _compute(expression: Any) -> None:
        """Make sure that an IRI which is made from another stays with the plan that the other names.

        Raises:
            Unsupported: that can't be seen.
        """
        if not _names_iri(expression):
            return
        inner = expression.arg
        shape = getattr(inner, "name", None), getattr(getattr(inner, "arg", None), "name", None)
        if expression.name not in {"Builtin_IRI", "Builtin_URI"} or shape != ("Builtin_REPLACE", "Builtin_STR"):
            raise Unsupported("an IRI that is made otherwise than by IRI(REPLACE(STR(…)))")
        if not isinstance(inner.arg.arg, Variable) or inner.flags:
            raise Unsupported("an IRI that is made from more than one variable")
        pattern, replacement = str(inner.pattern), re.sub(r"\$(\d)", r"\\\1", str(inner.replacement))
        for example in _EXAMPLES:
            made = re.sub(pattern, replacement, example)
            if made not in {example, f"{BASE}eli/{_KEY}", f"{BASE}source/{_KEY}"}:
                raise Unsupported(f"an IRI made from <{example}> that names no plan or source")


def _names_iri(expression: Any) -> bool:
    if isinstance(expression, CompValue):
        return expression.name in {"Builtin_IRI", "Builtin_URI"} or any(map(_names_iri, expression.values()))
    return isinstance(expression, list | tuple) and any(map(_names_iri, expression))


_KEY: Final = "place-2022-1"
_EXAMPLES: Final = tuple(
    BASE + path.format(_KEY)
    for path in (
        *("eli/{}", "eli/{}/art_1/sub_2", "source/{}", "source/{}/3-45", "id/task/{}/art_1/t1"),
        *("id/assignment/{}/art_1/t1/a1", "id/milestone/{}/art_1/m1", "id/reconstructed/{}/1.2"),
        *("id/agency/place/office", "id/role/lead"),
    )
)
"""IRIs of every kind that plans have, and of things that no plan owns."""


def _named(path: Any) -> set[str]:
    """The predicates of a path."""
    if isinstance(path, URIRef):
        return {str(path)}
    if isinstance(path, InvPath):
        return _named(path.arg)
    if isinstance(path, SequencePath | AlternativePath):
        return {name for step in path.args for name in _named(step)}
    return _named(path.path) if isinstance(path, MulPath) else {ANY}


def _behind(path: Any, *, inverse: bool) -> set[str]:
    """The predicates that a path follows from object to subject.

    Raises:
        Unsupported: it may follow any.
    """
    if isinstance(path, URIRef):
        return {str(path)} if inverse else set()
    if isinstance(path, InvPath):
        return _behind(path.arg, inverse=not inverse)
    if isinstance(path, SequencePath | AlternativePath):
        return {name for step in path.args for name in _behind(step, inverse=inverse)}
    if isinstance(path, MulPath):
        return _behind(path.path, inverse=inverse)
    if inverse or isinstance(path, NegatedPath):
        raise Unsupported("a path that may follow any predicate backward")
    return set()
