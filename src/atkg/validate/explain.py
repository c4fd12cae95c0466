"""What a shape asks and why, in words, with an example that passes and one that fails."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from rdflib import Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.namespace import RDF, RDFS, SH

from atkg.errors import UsageError
from atkg.namespaces import SHAPES, shorten
from atkg.resources import resource
from atkg.validate.files import FILE_CHECKS
from atkg.validate.results import Level
from atkg.validate.shapes import Shapes, SparqlRule
from atkg.validate.statements import Statements

_TARGETS: Final = {
    SH.targetClass: ("类 {} 的每个成员", "every member of the class {}"),
    SH.targetSubjectsOf: ("有属性 {} 的每个节点", "every node that has the property {}"),
    SH.targetObjectsOf: ("作为属性 {} 的值的每个节点", "every node that is a value of the property {}"),
    SH.targetNode: ("节点 {}", "the node {}"),
}
_CONSTRAINTS: Final = {
    SH.minCount: ("至少有 {} 个值", "it has {} value(s) at least"),
    SH.maxCount: ("至多有 {} 个值", "it has {} value(s) at most"),
    SH["class"]: ("每个值属于类 {}", "each value is a member of the class {}"),
    SH.datatype: ("每个值的数据类型是 {}", "each value has the datatype {}"),
    SH.nodeKind: ("每个值的种类是 {}", "each value is of the kind {}"),
    SH["in"]: ("每个值是以下之一：{}", "each value is one of {}"),
    SH.languageIn: ("每个值的语言是以下之一：{}", "each value is in one of the languages {}"),
    SH.uniqueLang: ("每种语言至多一个值", "there is one value at most in a language"),
    SH.minLength: ("每个值至少 {} 个字符", "each value has {} character(s) at least"),
    SH.maxLength: ("每个值至多 {} 个字符", "each value has {} character(s) at most"),
    SH.minInclusive: ("每个值不小于 {}", "each value is {} or more"),
    SH.maxInclusive: ("每个值不大于 {}", "each value is {} or less"),
    SH.minExclusive: ("每个值大于 {}", "each value is more than {}"),
    SH.maxExclusive: ("每个值小于 {}", "each value is less than {}"),
    SH.pattern: ("每个值符合正则表达式 {}", "each value matches the regular expression {}"),
    SH.lessThan: ("每个值小于属性 {} 的值", "each value is less than those of {}"),
    SH.lessThanOrEquals: ("每个值不大于属性 {} 的值", "each value is not more than those of {}"),
    SH.equals: ("值与属性 {} 的值相同", "its values are those of {}"),
    SH.disjoint: ("值与属性 {} 的值没有相同的", "it shares no value with {}"),
    SH.hasValue: ("值中有 {}", "{} is one of its values"),
    SH.node: ("每个值符合形状 {}", "each value conforms to the shape {}"),
    SH["not"]: ("每个值不符合形状 {}", "no value conforms to the shape {}"),
    SH["or"]: ("每个值符合以下之一：{}", "each value conforms to one of {}"),
    SH["and"]: ("每个值符合以下全部：{}", "each value conforms to all of {}"),
    SH.xone: ("每个值只符合以下之一：{}", "each value conforms to exactly one of {}"),
}
_LEVELS: Final = {
    Level.VIOLATION: ("错误：数据有错。", "Violation: the data is wrong."),
    Level.WARNING: (
        "警告：须再看一遍；可以在基线文件中说明理由并接受。",
        "Warning: look again; a baseline can accept it with a reason.",
    ),
    Level.INFO: (
        "提示：供参考；可以在基线文件中说明理由并接受。",
        "Info: advice; a baseline can accept it with a reason.",
    ),
}
_HEADINGS: Final = {
    "message": ("提示语", "Message"),
    "why": ("理由", "Why"),
    "level": ("级别", "Severity"),
    "target": ("检查对象", "Looks at"),
    "path": ("属性", "Property"),
    "asks": ("要求", "Asks"),
    "source": ("出处", "Source"),
    "pass": ("通过的例子", "An example that passes"),
    "fail": ("不通过的例子", "An example that fails"),
    "query": ("以下查询找出的每一行都是一个错误", "Every row that this query finds is a fault"),
    "nothing": ("（没有不同的语句：区别在于另一例多出的语句）", "(nothing that the other lacks: the other says more)"),
}


@dataclass(frozen=True)
class Guide:
    """The shapes as a reader meets them: by name, each with its reason, its place and its examples."""

    shapes: Shapes

    @property
    def _graph(self) -> Graph:
        return self.shapes.graph

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The shapes that can have results: property shapes and rules."""
        found = set(self._graph.subjects(RDF.type, SH.PropertyShape)) | set(self._graph.subjects(SH.sparql, None))
        return tuple(sorted(_local(shape) for shape in found if isinstance(shape, URIRef)))

    @cached_property
    def groups(self) -> dict[str, tuple[str, ...]]:
        """Node shape → the property shapes hung on it and the rules that bear its name."""
        found: dict[str, tuple[str, ...]] = {}
        for shape in self._graph.subjects(RDF.type, SH.NodeShape):
            name = _local(shape)
            if name not in self.names:
                hung = {_local(part) for part in self._graph.objects(shape, SH.property)}
                found[name] = tuple(sorted(hung | {rule for rule in self.names if rule.startswith(f"{name}-")}))
        return found

    def chosen(self, wanted: Iterable[str]) -> set[str]:
        """The shapes of these names; the name of a node shape stands for all that belong to it.

        Raises:
            UsageError: there is no such shape; the nearest names are given.
        """
        found: set[str] = set()
        for name in wanted:
            shape = name.removeprefix("atkgs:").removeprefix(SHAPES)
            if shape in self.names or shape in FILE_CHECKS:
                found.add(shape)
            elif shape in self.groups:
                found.update(self.groups[shape])
            else:
                raise self.unknown(name)
        return found

    @cached_property
    def indiscriminate(self) -> set[str]:
        """The shapes that look at whatever has a class, so that their looking at a node says nothing."""
        return {_local(shape) for shape in self._graph.subjects(SH.targetSubjectsOf, RDF.type)}

    def rules(self, names: Iterable[str]) -> tuple[SparqlRule, ...]:
        """The SPARQL constraints of these shapes."""
        return self.shapes.only([URIRef(SHAPES + name) for name in names]).rules

    def unknown(self, name: str) -> UsageError:
        """The error for a name that no shape has, with the nearest ones."""
        known = {each.lower(): each for each in (*self.names, *self.groups, *FILE_CHECKS)}
        wanted = name.lower()
        near = [known[each] for each in difflib.get_close_matches(wanted, known, 3, 0.5)]
        near += [each for low, each in known.items() if wanted and wanted in low and each not in near][: 3 - len(near)]
        return UsageError(
            f"没有形状 {name!r}。" + (f"相近的有：{'、'.join(near)}。" if near else ""),
            f"there is no shape {name!r}" + (f"; near are {', '.join(near)}" if near else ""),
        )

    def name(self, shape: str, language: str) -> str:
        """What the shape is called, in one language."""
        if shape in FILE_CHECKS:
            return FILE_CHECKS[shape].name(language)
        return self._said(shape, SH.name, language) or shape

    def reason(self, shape: str, language: str) -> str:
        """Why the shape is there, in one language."""
        if shape in FILE_CHECKS:
            return FILE_CHECKS[shape].reason(language)
        return self._said(shape, RDFS.comment, language)

    def message(self, shape: str, language: str) -> str:
        """The shape's own message, in one language."""
        messages = FILE_CHECKS[shape].messages if shape in FILE_CHECKS else self.shapes.messages(SHAPES + shape)
        return messages.get(language) or next(iter(messages.values()), shape)

    def level(self, shape: str) -> Level:
        """The severity of the shape's results."""
        return FILE_CHECKS[shape].level if shape in FILE_CHECKS else self.shapes.level(SHAPES + shape)

    def _said(self, shape: str, predicate: URIRef, language: str) -> str:
        said = {
            str(text.language): str(text)
            for text in self._graph.objects(URIRef(SHAPES + shape), predicate)
            if isinstance(text, Literal)
        }
        return said.get(language) or next(iter(said.values()), "")

    @cached_property
    def _sources(self) -> dict[str, tuple[Path, int]]:
        """Shape → the file and the line in which it begins."""
        found: dict[str, tuple[Path, int]] = {}
        for path in sorted(resource("shapes").glob("*.ttl")):
            for subject, line in Statements.of(path).lines.items():
                if subject.startswith(SHAPES):
                    found.setdefault(_local(subject), (path, line))
        return found

    def source(self, shape: str) -> tuple[Path, int] | None:
        """The file and the line in which the shape begins."""
        return self._sources.get(shape)

    def explain(self, name: str, language: str) -> str:
        """What a shape asks and why, its source, and an example of either kind.

        Raises:
            UsageError: there is no such shape; the nearest names are given.
        """
        shape = name.removeprefix("atkgs:").removeprefix(SHAPES)
        if shape in FILE_CHECKS:
            return "\n".join(_plain(self, shape, language)) + "\n"
        if shape in self.groups:
            lines = [f"{shape}  {self.name(shape, language)}", f"  {self.reason(shape, language)}", ""]
            lines += [f"  {part}  {self.name(part, language)}" for part in self.groups[shape]]
            return "\n".join(lines) + "\n"
        if shape not in self.names:
            raise self.unknown(name)
        lines = [*_plain(self, shape, language), *self._asked(shape, language), *self._shown(shape, language)]
        return "\n".join(lines) + "\n"

    def _asked(self, shape: str, language: str) -> Iterator[str]:
        node = URIRef(SHAPES + shape)
        holders = [node, *self._graph.subjects(SH.property, node)]
        english = language == "en"
        targets = [
            words[english].format(shorten(str(target)))
            for holder in holders
            for predicate, words in _TARGETS.items()
            for target in sorted(self._graph.objects(holder, predicate), key=str)
        ]
        yield from _section("target", targets, language)
        path = self._graph.value(node, SH.path)
        if path is not None:
            yield from _section("path", [self.path(path)], language)
        asks = [
            words[english].format(self._value(value))
            for predicate, words in _CONSTRAINTS.items()
            for value in self._graph.objects(node, predicate)
        ]
        yield from _section("asks", asks, language)
        for constraint in self._graph.objects(node, SH.sparql):
            yield f"{_HEADINGS['query'][english]}:"
            yield from (f"  {line}" for line in str(self._graph.value(constraint, SH.select)).strip().splitlines())

    def _shown(self, shape: str, language: str) -> Iterator[str]:
        source = self.source(shape)
        if source:
            yield f"{_HEADINGS['source'][language == 'en']}: {source[0]}:{source[1]}"
        passes, fails = examples(shape)
        for heading, own, other in (("pass", passes, fails), ("fail", fails, passes)):
            if own is not None:
                yield f"{_HEADINGS[heading][language == 'en']}: {own.notes[language == 'en']}"
                lacking = other.statements if other else ()
                told = [line for each in own.statements if each not in lacking for line in each.splitlines()]
                yield from (f"  {line}" for line in told or [_HEADINGS["nothing"][language == "en"]])

    def path(self, path: Any) -> str:
        """A property path as SPARQL writes it."""
        if isinstance(path, URIRef):
            return shorten(str(path))
        if (path, RDF.first, None) in self._graph:
            return "/".join(self.path(step) for step in Collection(self._graph, path))
        for predicate, form in _PATHS.items():
            inner = self._graph.value(path, predicate)
            if inner is not None:
                steps = Collection(self._graph, inner) if predicate == SH.alternativePath else [inner]
                return form.format("|".join(self.path(step) for step in steps))
        return "?"

    def _value(self, value: Any) -> str:
        if (value, RDF.first, None) in self._graph or value == RDF.nil:
            return ", ".join(self._value(item) for item in Collection(self._graph, value))
        return shorten(str(value)) if isinstance(value, URIRef) else str(value)


_PATHS: Final = {
    SH.alternativePath: "({})",
    SH.inversePath: "^{}",
    SH.zeroOrMorePath: "{}*",
    SH.oneOrMorePath: "{}+",
    SH.zeroOrOnePath: "{}?",
}


def _plain(guide: Guide, shape: str, language: str) -> Iterator[str]:
    english = language == "en"
    yield f"{shape}  {guide.name(shape, language)}"
    for heading, said in (
        ("message", guide.message(shape, language)),
        ("why", guide.reason(shape, language)),
        ("level", _LEVELS[guide.level(shape)][english]),
    ):
        yield f"{_HEADINGS[heading][english]}: {said}"


def _section(heading: str, lines: list[str], language: str) -> Iterator[str]:
    if len(lines) == 1:
        yield f"{_HEADINGS[heading][language == 'en']}: {lines[0]}"
    elif lines:
        yield f"{_HEADINGS[heading][language == 'en']}:"
        yield from (f"  {line}" for line in lines)


@dataclass(frozen=True, slots=True)
class Example:
    """A small graph that keeps or breaks a shape: what it is about, in Chinese and in English, and its statements."""

    notes: tuple[str, str]
    statements: tuple[str, ...]


def examples(shape: str) -> tuple[Example | None, Example | None]:
    """An example that the shape accepts, and one that it rejects.

    They are the files that the shape is tested with: beside the shapes in an installed atkg, among the tests in
    a checkout. The first line of a file says in Chinese what it shows, the second in English.
    """
    root = resource("shapes").parent
    folder = next((each for each in (root / "examples", root / "tests" / "shapes") if each.is_dir()), root)
    found: Mapping[str, Path] = {
        kind: path for kind in ("pass", "fail") for path in folder.glob(f"{shape}.{kind}.t*") if path.is_file()
    }
    return (
        _example(found["pass"]) if "pass" in found else None,
        _example(found["fail"]) if "fail" in found else None,
    )


def _example(path: Path) -> Example:
    chinese, english, *lines = path.read_text(encoding="utf-8").splitlines()
    body = "\n".join(line for line in lines if not re.match(r"@?(prefix|base)\b|#", line, re.IGNORECASE))
    statements = re.split(r"(?<=[.}])[ \t]*\n(?=\S)", body.strip())
    return Example(
        (chinese.removeprefix("#").strip(), english.removeprefix("#").strip()),
        tuple(statement.strip() for statement in statements if statement.strip()),
    )


def _local(shape: Any) -> str:
    return str(shape).removeprefix(SHAPES)
