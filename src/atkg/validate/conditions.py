"""When a value node breaks a constraint or conforms to a shape, as expressions of SPARQL that are never an error."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, count
from typing import Final

from rdflib import Graph, Literal, Node
from rdflib.namespace import RDF, SH, XSD

from atkg.validate.reading import (
    Unsupported,
    allowed_paths,
    arguments,
    constant,
    deactivated,
    is_true,
    members,
    numbers,
    path_text,
)

VALUE_WISE: Final = {
    "Class": SH["class"],
    "Datatype": SH.datatype,
    "NodeKind": SH.nodeKind,
    "MinExclusive": SH.minExclusive,
    "MinInclusive": SH.minInclusive,
    "MaxExclusive": SH.maxExclusive,
    "MaxInclusive": SH.maxInclusive,
    "MinLength": SH.minLength,
    "MaxLength": SH.maxLength,
    "Pattern": SH.pattern,
    "LanguageIn": SH.languageIn,
    "In": SH["in"],
    "Not": SH["not"],
    "And": SH["and"],
    "Or": SH["or"],
    "Xone": SH.xone,
    "Node": SH.node,
}
"""The constraints that look at one value node at a time, and their parameters."""

_OF_SETS: Final = {
    *(SH.minCount, SH.maxCount, SH.uniqueLang, SH.equals, SH.disjoint, SH.lessThan, SH.lessThanOrEquals, SH.hasValue),
    *(SH.qualifiedValueShape, SH.qualifiedMinCount, SH.qualifiedMaxCount, SH.qualifiedValueShapesDisjoint),
    *(SH.closed, SH.ignoredProperties, SH.property, SH.flags),
}
_BESIDE: Final = {
    *(SH.targetClass, SH.targetNode, SH.targetSubjectsOf, SH.targetObjectsOf, SH.path, SH.deactivated, SH.sparql),
    *(SH.severity, SH.message, SH.name, SH.description, SH.order, SH.group, SH.defaultValue),
}
_KNOWN: Final = {*VALUE_WISE.values(), *_OF_SETS, *_BESIDE}

_COMPARED: Final = {"MinExclusive": ">", "MinInclusive": ">=", "MaxExclusive": "<", "MaxInclusive": "<="}
_KINDS: Final[dict[Node, tuple[str, ...]]] = {
    SH.IRI: ("ISIRI",),
    SH.BlankNode: ("ISBLANK",),
    SH.Literal: ("ISLITERAL",),
    SH.BlankNodeOrIRI: ("ISBLANK", "ISIRI"),
    SH.BlankNodeOrLiteral: ("ISBLANK", "ISLITERAL"),
    SH.IRIOrLiteral: ("ISIRI", "ISLITERAL"),
}
_CAST: Final = {XSD.boolean, XSD.date, XSD.dateTime, XSD.decimal, XSD.double, XSD.float, XSD.integer, XSD.time}
"""The datatypes whose lexical forms the engine knows."""
_MERGED: Final = {
    *(XSD.byte, XSD.short, XSD.int, XSD.long, XSD.unsignedByte, XSD.unsignedShort, XSD.unsignedInt, XSD.unsignedLong),
    *(XSD.nonNegativeInteger, XSD.nonPositiveInteger, XSD.positiveInteger, XSD.negativeInteger, XSD.dateTimeStamp),
}
"""The datatypes that the engine keeps under another name."""
_MOST_DISTINCT: Final = 5
"""The most values that a nested shape may count: each pair of them is compared."""

_Each = Callable[[str], str]
_Qualified = tuple[Node, Node, Sequence[Node]]


@dataclass
class Conditions:
    """Writes expressions about the shapes of a graph.

    Args:
        shapes: the shapes graph.
        subclasses: class → itself and all below it, as the data has them.
        evaluates: whether the engine can evaluate an expression at all, such as a regular expression.
    """

    shapes: Graph
    subclasses: Mapping[str, Sequence[str]]
    evaluates: Callable[[str], bool]
    _names: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        # the parameters of constraint components that the shapes define themselves
        declared = set(self.shapes.objects(None, SH.parameter))
        self._parameters = {path for parameter in declared for path in self.shapes.objects(parameter, SH.path)}

    def refuse_unknown(self, shape: Node) -> None:
        """Make sure that everything which is asked of this shape is known here.

        Raises:
            Unsupported: something isn't.
        """
        for predicate in self.shapes.predicates(shape, unique=True):
            if predicate in self._parameters or (str(predicate).startswith(str(SH)) and predicate not in _KNOWN):
                raise Unsupported(predicate.n3())

    def violated(self, name: str, shape: Node, argument: Node, value: str, above: Sequence[Node]) -> str:
        """When this value node breaks this constraint of the shape.

        Raises:
            Unsupported: the constraint, or a shape that it names, asks something that is not known here.
        """
        if name == "Not":
            return self.conforms(argument, value, above)
        return f"!({self._kept(name, shape, argument, value, above)})"

    def _kept(self, name: str, shape: Node, argument: Node, value: str, above: Sequence[Node]) -> str:
        match name:
            case "Class":
                return self._is_a(argument, value)
            case "Datatype":
                return self._has_datatype(argument, value)
            case "NodeKind":
                kinds = _KINDS.get(argument)
                if kinds is None:
                    raise Unsupported(f"sh:nodeKind {argument.n3()}")
                return " || ".join(f"{kind}({value})" for kind in kinds)
            case "MinExclusive" | "MinInclusive" | "MaxExclusive" | "MaxInclusive":
                return f"COALESCE({value} {_COMPARED[name]} {constant(argument)}, false)"
            case "MinLength" | "MaxLength":
                operator = ">=" if name == "MinLength" else "<="
                return f"!ISBLANK({value}) && STRLEN(STR({value})) {operator} {int(str(argument))}"
            case "Pattern":
                return f"!ISBLANK({value}) && {self._matches(shape, argument, value)}"
            case "LanguageIn":
                tags = [constant(tag) for tag in members(self.shapes, argument)]
                return self._any(f"COALESCE(LANGMATCHES(LANG({value}), {tag}), false)" for tag in tags)
            case "In":
                return self._any(f"SAMETERM({value}, {constant(each)})" for each in members(self.shapes, argument))
            case "Node":
                return self.conforms(argument, value, above)
            case "And":
                shapes = members(self.shapes, argument)
                return " && ".join(f"({self.conforms(each, value, above)})" for each in shapes) or "true"
            case "Or":
                return self._any(self.conforms(each, value, above) for each in members(self.shapes, argument))
            case _:
                shapes = members(self.shapes, argument)
                held = [f"IF({self.conforms(each, value, above)}, 1, 0)" for each in shapes]
                return f"({' + '.join(held) or '0'}) = 1"

    @staticmethod
    def _any(conditions: Iterator[str]) -> str:
        return " || ".join(f"({condition})" for condition in conditions) or "false"

    def _is_a(self, argument: Node, value: str) -> str:
        names = self.subclasses.get(str(argument), (str(argument),))
        found = " || ".join(f"EXISTS {{ {value} <{RDF.type}> <{name}> }}" for name in names)
        return f"!ISLITERAL({value}) && ({found})"

    @staticmethod
    def _has_datatype(argument: Node, value: str) -> str:
        if argument in _MERGED:
            raise Unsupported(f"sh:datatype {argument.n3()}")
        same = f"ISLITERAL({value}) && DATATYPE({value}) = {argument.n3()}"
        if argument not in _CAST:
            return same
        return f"{same} && COALESCE(ISLITERAL({argument.n3()}(STR({value}))), false)"

    def _matches(self, shape: Node, argument: Node, value: str) -> str:
        flags = self.shapes.value(shape, SH.flags)
        pattern = Literal(str(argument)).n3() + (f", {Literal(str(flags)).n3()}" if flags is not None else "")
        if not self.evaluates(f'REGEX("", {pattern})'):
            raise Unsupported(f"sh:pattern {pattern}")
        return f"REGEX(STR({value}), {pattern})"

    def conforms(self, shape: Node, value: str, above: Sequence[Node]) -> str:
        """When this node conforms to the shape.

        Raises:
            Unsupported: the shape asks something that is not known here, or refers to itself.
        """
        if shape in above:
            raise Unsupported("recursion")
        if deactivated(self.shapes, shape):
            return "true"
        self.refuse_unknown(shape)
        if (shape, SH.sparql, None) in self.shapes:
            raise Unsupported("sh:sparql in a shape that another names")
        return " && ".join(f"({part})" for part in self._parts(shape, value, (*above, shape))) or "true"

    def _parts(self, shape: Node, node: str, above: Sequence[Node]) -> Iterator[str]:
        path = self.shapes.value(shape, SH.path)
        step = None if path is None else path_text(self.shapes, path)
        value = node if step is None else self._name()

        def each(condition: str) -> str:
            """Every value node fulfils the condition."""
            return condition if step is None else f"NOT EXISTS {{ {node} {step} {value} FILTER (!({condition})) }}"

        for name, parameter in VALUE_WISE.items():
            for argument in arguments(self.shapes, shape, parameter):
                yield each(f"!({self.violated(name, shape, argument, value, above)})")
        for inner in arguments(self.shapes, shape, SH.property):
            yield each(self.conforms(inner, value, above))
        yield from self._pairs(shape, node, step, value, each)
        if step is not None:
            yield from self._counts(shape, node, step, above)
        if is_true(self.shapes, shape, SH.closed):
            path_name, other = self._name(), self._name()
            allowed = ", ".join(name.n3() for name in allowed_paths(self.shapes, shape))
            beyond = f"FILTER ({path_name} NOT IN ({allowed}))" if allowed else ""
            yield each(f"NOT EXISTS {{ {value} {path_name} {other} {beyond} }}")

    def _pairs(self, shape: Node, node: str, step: str | None, value: str, each: _Each) -> Iterator[str]:
        for other in arguments(self.shapes, shape, SH.equals):
            yield each(f"EXISTS {{ {node} {other.n3()} {value} }}")
            name = self._name()
            reached = f"SAMETERM({name}, {node})" if step is None else f"EXISTS {{ {node} {step} {name} }}"
            yield f"NOT EXISTS {{ {node} {other.n3()} {name} FILTER (!({reached})) }}"
        for other in arguments(self.shapes, shape, SH.disjoint):
            yield each(f"NOT EXISTS {{ {node} {other.n3()} {value} }}")
        for parameter, operator in ((SH.lessThan, "<"), (SH.lessThanOrEquals, "<=")):
            for other in arguments(self.shapes, shape, parameter):
                name = self._name()
                unordered = f"FILTER (!COALESCE({value} {operator} {name}, false))"
                yield each(f"NOT EXISTS {{ {node} {other.n3()} {name} {unordered} }}")
        if is_true(self.shapes, shape, SH.uniqueLang) and step is not None:
            name = self._name()
            same = f'LANG({value}) != "" && LCASE(LANG({value})) = LCASE(LANG({name})) && !SAMETERM({value}, {name})'
            yield f"NOT EXISTS {{ {node} {step} {value} , {name} FILTER ({same}) }}"
        for wanted in arguments(self.shapes, shape, SH.hasValue):
            term = constant(wanted)
            yield f"SAMETERM({node}, {term})" if step is None else f"EXISTS {{ {node} {step} {term} }}"

    def _counts(self, shape: Node, node: str, step: str, above: Sequence[Node]) -> Iterator[str]:
        for bound in numbers(self.shapes, shape, SH.minCount):
            yield self._at_least(bound, node, step, None)
        for bound in numbers(self.shapes, shape, SH.maxCount):
            yield f"!({self._at_least(bound + 1, node, step, None)})"
        for qualified in arguments(self.shapes, shape, SH.qualifiedValueShape):
            for bound in numbers(self.shapes, shape, SH.qualifiedMinCount):
                yield self._at_least(bound, node, step, (shape, qualified, above))
            for bound in numbers(self.shapes, shape, SH.qualifiedMaxCount):
                yield f"!({self._at_least(bound + 1, node, step, (shape, qualified, above))})"

    def _at_least(self, bound: int, node: str, step: str, qualified: _Qualified | None) -> str:
        """The node has this many values, distinct and, where asked, conforming to a shape."""
        if bound <= 0:
            return "true"
        if bound > _MOST_DISTINCT:
            raise Unsupported(f"a count of {bound} in a shape that another names")
        names = [self._name() for _ in range(bound)]
        conditions = [f"!SAMETERM({one}, {two})" for one, two in combinations(names, 2)]
        if qualified:
            shape, argument, above = qualified
            conditions += [self.qualifies(shape, argument, name, above) for name in names]
        tested = f" FILTER ({' && '.join(f'({condition})' for condition in conditions)})" if conditions else ""
        return f"EXISTS {{ {node} {step} {' , '.join(names)}{tested} }}"

    def qualifies(self, shape: Node, qualified: Node, value: str, above: Sequence[Node]) -> str:
        """When a value node counts for sh:qualifiedValueShape: siblings may claim it for themselves.

        Raises:
            Unsupported: as conforms.
        """
        condition = self.conforms(qualified, value, above)
        if not is_true(self.shapes, shape, SH.qualifiedValueShapesDisjoint):
            return condition
        siblings = {
            other
            for parent in self.shapes.subjects(SH.property, shape)
            for sibling in self.shapes.objects(parent, SH.property)
            for other in self.shapes.objects(sibling, SH.qualifiedValueShape)
        } - {qualified}
        others = [f"!({self.conforms(other, value, above)})" for other in sorted(siblings, key=str)]
        return " && ".join(f"({part})" for part in (condition, *others))

    def _name(self) -> str:
        return f"?v{next(self._names)}"
