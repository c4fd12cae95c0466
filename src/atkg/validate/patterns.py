"""How far from its focus node a SPARQL constraint looks, read from the algebra of its query."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, product
from typing import Any, Final

from rdflib import URIRef, Variable
from rdflib.paths import AlternativePath, InvPath, MulPath, NegatedPath, SequencePath
from rdflib.plugins.sparql.parserutils import CompValue

from atkg.namespaces import BASE
from atkg.validate.reading import Unsupported
from atkg.validate.walks import ANY, MADE, Reach, Step, Walk, repetition

THIS: Final = Variable("this")
_EXISTS: Final = ("Builtin_EXISTS", "Builtin_NOTEXISTS")
_Known = Mapping[Variable, frozenset[Walk]]
"""Variable → the walks that lead to its values."""
_Triple = tuple[Any, Any, Any]


def reach_of(algebra: CompValue, start: Variable = THIS) -> Reach:
    """How far the query looks from `$this`, or from another variable."""
    walker = _Walker()
    try:
        walker.follow(algebra, {start: frozenset({()})}, frozenset({start}))
    except Unsupported as reason:
        return Reach(frozenset(walker.walks), str(reason))
    return Reach(frozenset(walker.walks))


def existences(expression: Any) -> Iterator[CompValue]:
    """The patterns of EXISTS and NOT EXISTS in an expression, without those inside them."""
    if isinstance(expression, CompValue):
        if expression.name in _EXISTS:
            yield expression.graph
            return
        for value in expression.values():
            yield from existences(value)
    elif isinstance(expression, list | tuple):
        for value in expression:
            yield from existences(value)


def variables(thing: Any) -> set[Variable]:
    """All variables in a part of a query; an annotation of the parser that repeats them is no part."""
    if isinstance(thing, Variable):
        return {thing}
    if isinstance(thing, CompValue):
        return {name for key, value in thing.items() if key not in {"_vars", "PV"} for name in variables(value)}
    if isinstance(thing, list | tuple | set | frozenset):
        return {name for value in thing for name in variables(value)}
    return set()


@dataclass
class _Group:
    """The patterns that hold together.

    Args:
        triples: what is looked up.
        bindings: variables that are computed, and how.
        unions: the branches of each UNION.
        optional: what may be missing.
        within: the patterns of EXISTS, each with the variables that are bound where it stands.
    """

    triples: list[_Triple] = field(default_factory=list)
    bindings: list[tuple[Variable, Any]] = field(default_factory=list)
    unions: list[tuple[CompValue, CompValue]] = field(default_factory=list)
    optional: list[CompValue] = field(default_factory=list)
    within: list[tuple[CompValue, set[Variable]]] = field(default_factory=list)

    def collect(self, part: CompValue) -> None:
        match part.name:
            case "BGP":
                self.triples += part.triples
            case "Join":
                self.collect(part.p1)
                self.collect(part.p2)
            case "LeftJoin":
                self.collect(part.p1)
                self.optional.append(part.p2)
                self._conditions(part.expr, variables(part.p1) | variables(part.p2))
            case "Filter":
                self.collect(part.p)
                self._conditions(part.expr, variables(part.p))
            case "Extend":
                self.collect(part.p)
                self.bindings.append((part.var, part.expr))
                self._conditions(part.expr, variables(part.p))
            case "Union":
                self.unions.append((part.p1, part.p2))
            case _:
                self.collect(part.p)

    def _conditions(self, expression: Any, bound: set[Variable]) -> None:
        self.within += [(pattern, bound) for pattern in existences(expression)]


@dataclass
class _Walker:
    """Follows the patterns of a query from `$this`, along their direction as long as that leads on."""

    walks: set[Walk] = field(default_factory=set)

    def follow(self, part: CompValue, known: _Known, outside: frozenset[Variable]) -> _Known:
        """The variables known after this part, given those known before it; `outside` are bound around it.

        Raises:
            Unsupported: a pattern doesn't hang on what is known.
        """
        group = _Group()
        group.collect(part)
        found = dict(known)
        triples, unions = list(group.triples), list(group.unions)
        while triples or unions:
            self._bind(group.bindings, found)
            if self._step(triples, found):
                continue
            for branches in unions:
                if (after := self._union(branches, found, outside)) is not None:
                    found |= {name: walks for name, walks in after.items() if name not in found}
                    unions.remove(branches)
                    break
            else:
                raise Unsupported("a pattern that doesn't hang on $this")
        self._bind(group.bindings, found)
        for pattern in group.optional:
            after = self.follow(pattern, found, outside)
            found |= {name: walks for name, walks in after.items() if name not in found}
        self._bind(group.bindings, found)
        for pattern, bound in group.within:
            seen = frozenset(bound) | outside
            self.follow(pattern, {name: walks for name, walks in found.items() if name in seen}, seen)
        return found

    def _union(self, branches: Iterable[CompValue], known: _Known, outside: frozenset[Variable]) -> _Known | None:
        """The variables known after either branch; None where one of them doesn't hang on what is known yet."""
        try:
            ends = [self.follow(branch, known, outside) for branch in branches]
        except Unsupported:
            return None
        names = {name for end in ends for name in end}
        return {name: frozenset(chain.from_iterable(end.get(name, ()) for end in ends)) for name in names}

    def _step(self, pending: list[_Triple], known: dict[Variable, frozenset[Walk]]) -> bool:
        """Follow one pattern that hangs on what is known, and take it away; False where none does."""
        for against in (False, True):
            for place, (subject, predicate, value) in enumerate(pending):
                start, end = (value, subject) if against else (subject, value)
                if start not in known:
                    continue
                reached = {before + walk for before in known[start] for walk in walks_along(predicate, inverse=against)}
                self.walks |= reached - {()}
                if isinstance(end, Variable) and end not in known:
                    known[end] = frozenset(reached)
                del pending[place]
                return True
        return False

    def _bind(self, bindings: Sequence[tuple[Variable, Any]], known: dict[Variable, frozenset[Walk]]) -> None:
        """Note what is known of computed variables: that of a literal is nothing, and no pattern can start there.

        Raises:
            Unsupported: an IRI is made from another otherwise than so that it stays with its plan.
        """
        for variable, expression in bindings:
            if variable in known or not variables(expression) <= known.keys():
                continue
            if isinstance(expression, Variable):
                known[variable] = known[expression]
            elif _names_iri(expression):
                known[variable] = frozenset((*walk, MADE) for walk in known[_maker(expression)])


def _maker(expression: Any) -> Variable:
    """The variable from which an IRI is made that stays with the plan that the variable's value names.

    Raises:
        Unsupported: that can't be seen.
    """
    inner = expression.arg
    shape = getattr(inner, "name", None), getattr(getattr(inner, "arg", None), "name", None)
    if expression.name not in {"Builtin_IRI", "Builtin_URI"} or shape != ("Builtin_REPLACE", "Builtin_STR"):
        raise Unsupported("an IRI that is made otherwise than by IRI(REPLACE(STR(…)))")
    maker = inner.arg.arg
    if not isinstance(maker, Variable) or inner.flags:
        raise Unsupported("an IRI that is made from more than one variable")
    pattern, replacement = str(inner.pattern), re.sub(r"\$(\d)", r"\\\1", str(inner.replacement))
    for example in _EXAMPLES:
        made = re.sub(pattern, replacement, example)
        if made not in {example, f"{BASE}eli/{_KEY}", f"{BASE}source/{_KEY}"}:
            raise Unsupported(f"an IRI made from <{example}> that names no plan or source")
    return maker


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


def walks_along(path: Any, *, inverse: bool = False) -> list[Walk]:
    """The ways that a path of a query goes.

    Raises:
        Unsupported: it may follow any predicate backward.
    """
    if isinstance(path, URIRef):
        return [(Step.to(str(path), backward=inverse),)]
    if isinstance(path, InvPath):
        return walks_along(path.arg, inverse=not inverse)
    if isinstance(path, AlternativePath):
        return [walk for step in path.args for walk in walks_along(step, inverse=inverse)]
    if isinstance(path, SequencePath):
        parts = [walks_along(step, inverse=inverse) for step in (reversed(path.args) if inverse else path.args)]
        return [tuple(chain.from_iterable(chosen)) for chosen in product(*parts)]
    if isinstance(path, MulPath):
        walks = walks_along(path.path, inverse=inverse)
        several = [repetition(walks)] if path.mod in "*+" else walks
        return several if path.mod == "+" else [(), *several]
    if inverse or isinstance(path, NegatedPath):
        raise Unsupported("a path that may follow any predicate backward")
    return [(Step.to(ANY),)]
