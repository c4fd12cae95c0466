"""SPARQL constraints: whether one query over the whole graph answers for all focus nodes, and how far it looks.

SHACL evaluates such a constraint once for each focus node, with `$this` bound beforehand. Evaluated once without it and
joined with the targets it gives the same, provided that every expression about `$this` stands where a pattern has bound
it already. Where that can't be seen from the query, the constraint is refused, and pySHACL answers it.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Final

from rdflib import Graph, Literal, Node, Variable
from rdflib.namespace import OWL, SH
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.parserutils import CompValue

from atkg.validate.patterns import THIS, existences, reach_of, variables
from atkg.validate.reading import Unsupported
from atkg.validate.walks import Reach

_FORBIDDEN: Final = {"Minus": "MINUS", "ToMultiSet": "VALUES", "ServiceGraphPattern": "SERVICE"}
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
        known[select] = _analysis(select)
    found = known[select]
    if "refused" in found:
        raise Unsupported(found["refused"])
    return Reach.from_json(found)


@cache
def _analysis(select: str) -> dict[str, Any]:
    try:
        return reach_of(parsed(select)).as_json()
    except Unsupported as reason:
        return {"refused": str(reason)}


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
                return frozenset(term for triple in part.triples for term in variables(triple))
            case "Join":
                return self._bound(part.p1, outer) | self._bound(part.p2, outer)
            case "Union":
                return self._bound(part.p1, outer) & self._bound(part.p2, outer)
            case "LeftJoin":
                bound = self._bound(part.p1, outer)
                if THIS not in bound | outer and THIS in variables(part.p2):
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
                return self._bound(part.p, outer) | frozenset(variables(part.term))
            case "Project":
                return self._bound(part.p, outer) & frozenset(part.PV)
            case _:
                return self._bound(part.p, outer)

    def _expression(self, expression: Any, bound: frozenset[Variable]) -> None:
        for inner in existences(expression):
            self._bound(inner, bound)
        if THIS not in bound and THIS in variables(expression):
            raise Unsupported("an expression about $this where no pattern has bound it")
