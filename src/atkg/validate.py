"""SHACL validation: core constraints by pySHACL, SPARQL constraints once over the whole graph in Oxigraph.

The shapes files are the only source of rules. Both halves give the same kind of result, each led to its
file and line: in graph.ttl by the subject, in source.txt by the evidence.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import pyshacl
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import RDF, SH

from atkg import iris
from atkg.errors import AtkgError
from atkg.extract.text import line_and_column
from atkg.namespaces import ATKG, BASE, OA, SHAPES, SKOS, shorten
from atkg.plans import PlanFolder
from atkg.resources import resource
from atkg.store import Store


class Level(StrEnum):
    """The severity of a result, the gravest first."""

    VIOLATION = "violation"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something stands: a file, and in it a line and column counted from 1 where they are known."""

    file: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)


@dataclass(frozen=True, slots=True)
class Result:
    """One fault: the shape that is broken, the node, and where it stands in text and graph."""

    shape: str
    level: Level
    messages: Mapping[str, str]
    node: str
    path: str | None = None
    value: str | None = None
    label: str | None = None
    plan: str | None = None
    text: Place | None = None
    graph: Place | None = None
    quote: str | None = None

    def message(self, language: str) -> str:
        return self.messages.get(language) or next(iter(self.messages.values()), self.shape)

    def as_json(self, language: str) -> dict[str, Any]:
        """The result as plain values, the message in one language."""
        return {
            "shape": self.shape,
            "severity": self.level.value,
            "message": self.message(language),
            "node": self.node,
            "label": self.label,
            "path": self.path,
            "value": self.value,
            "plan": self.plan,
            "text": _place_json(self.text),
            "graph": _place_json(self.graph),
            "quote": self.quote,
        }


def _place_json(place: Place | None) -> dict[str, Any] | None:
    return {"file": place.file, "line": place.line, "column": place.column} if place else None


@dataclass(frozen=True, slots=True)
class Report:
    """All results, the gravest of each document in the order of its lines."""

    results: Sequence[Result]

    def count(self, level: Level) -> int:
        return sum(result.level is level for result in self.results)

    @property
    def conforms(self) -> bool:
        """No Violation; Warnings and Infos don't count."""
        return not self.count(Level.VIOLATION)

    def fails(self, at: Level) -> bool:
        """A result of this severity or a graver one is there."""
        levels = list(Level)
        return any(levels.index(result.level) <= levels.index(at) for result in self.results)

    def as_text(self, language: str) -> str:
        """The report for people: by document, in the order of its lines, with the quoted words."""
        lines: list[str] = []
        for result in self.results:
            where = result.text or result.graph
            lines.append(f"{where or '-'}: {_LEVEL_WORDS[language][result.level]} {result.shape}")
            lines.append(f"    {result.message(language)}")
            node = shorten(result.node)
            lines.append(f"    {node}" + (f"  {result.label}" if result.label else ""))
            if result.value and result.value != result.node:
                path = f"{shorten(result.path)} " if result.path else ""
                lines.append(f"    {path}→ {shorten(result.value) if '://' in result.value else result.value}")
            if result.quote:
                lines.append(f"    “{result.quote}”")
            if result.text and result.graph:
                lines.append(f"    {result.graph}")
        return "\n".join([*lines, self.summary(language)])

    def summary(self, language: str) -> str:
        counts = (self.count(level) for level in Level)
        return _SUMMARY[language].format(*counts)

    def as_json(self, language: str) -> str:
        counts = {level.value: self.count(level) for level in Level}
        results = [result.as_json(language) for result in self.results]
        document = {"conforms": self.conforms, "counts": counts, "results": results}
        return json.dumps(document, ensure_ascii=False, indent=1)


_LEVEL_WORDS: Final = {
    "zh": {Level.VIOLATION: "错误", Level.WARNING: "警告", Level.INFO: "提示"},
    "en": {Level.VIOLATION: "violation", Level.WARNING: "warning", Level.INFO: "info"},
}
_SUMMARY: Final = {
    "zh": "错误 {} 条，警告 {} 条，提示 {} 条。",
    "en": "{} violations, {} warnings, {} infos.",
}
_LEVELS: Final = {str(SH.Violation): Level.VIOLATION, str(SH.Warning): Level.WARNING, str(SH.Info): Level.INFO}


@dataclass(frozen=True, slots=True)
class SparqlRule:
    """A node shape with a SPARQL constraint, as one query over the whole graph."""

    shape: str
    query: str


@dataclass(frozen=True)
class Shapes:
    """The shapes of a folder, parted into those for pySHACL and those for Oxigraph."""

    graph: Graph

    @classmethod
    def load(cls, folder: Path | None = None) -> Shapes:
        """The shapes files of this folder, else those that came with atkg."""
        graph = Graph()
        for path in sorted((folder or resource("shapes")).glob("*.ttl")):
            graph.parse(path, format="turtle")
        return cls(graph)

    @cached_property
    def core(self) -> Graph:
        """The shapes without their SPARQL constraints."""
        core = Graph()
        for triple in self.graph:
            core.add(triple)
        for shape, constraint in list(core.subject_objects(SH.sparql)):
            core.remove((shape, SH.sparql, constraint))
            core.remove((constraint, None, None))
        return core

    @cached_property
    def rules(self) -> tuple[SparqlRule, ...]:
        """The SPARQL constraints, each joined with the targets of its shape."""
        rules = []
        for shape, constraint in sorted(self.graph.subject_objects(SH.sparql)):
            select = str(self.graph.value(constraint, SH.select, any=False))
            rules.append(SparqlRule(str(shape), self._prefixes(constraint) + _joined(select, self._target(shape))))
        return tuple(rules)

    def _prefixes(self, constraint: Any) -> str:
        lines = []
        for declared in self.graph.objects(constraint, SH.prefixes):
            for declaration in self.graph.objects(declared, SH.declare):
                prefix = self.graph.value(declaration, SH.prefix)
                lines.append(f"PREFIX {prefix}: <{self.graph.value(declaration, SH.namespace)}>\n")
        return "".join(sorted(lines))

    def _target(self, shape: Any) -> str:
        """A pattern that binds ?this to the targets of the shape."""
        patterns = [f"{{ ?this a <{target}> }}" for target in self.graph.objects(shape, SH.targetClass)]
        patterns += [f"{{ ?this <{path}> ?object }}" for path in self.graph.objects(shape, SH.targetSubjectsOf)]
        patterns += [f"{{ ?subject <{path}> ?this }}" for path in self.graph.objects(shape, SH.targetObjectsOf)]
        patterns += [f"{{ BIND (<{node}> AS ?this) }}" for node in self.graph.objects(shape, SH.targetNode)]
        return " UNION ".join(sorted(patterns))

    def level(self, shape: str) -> Level:
        return _LEVELS.get(str(self.graph.value(URIRef(shape), SH.severity)), Level.VIOLATION)

    def messages(self, shape: str) -> dict[str, str]:
        """The messages of the shape (or of its constraint) by language, as the shapes file has them."""
        node = URIRef(shape)
        holders = [node, *self.graph.objects(node, SH.sparql)]
        found = (message for holder in holders for message in self.graph.objects(holder, SH.message))
        return {str(message.language): str(message) for message in found if isinstance(message, Literal)}


def _joined(select: str, target: str) -> str:
    """The constraint's query, its answers limited to the targets: a triple pattern, then the select inside."""
    return f"SELECT DISTINCT ?this ?path ?value WHERE {{ {target} {{ {select} }} }}"


def validate(
    store: Store, shapes: Shapes, plans: Sequence[PlanFolder] = (), files: Mapping[str, Path] | None = None
) -> Report:
    """The report on everything in the store, with text places for these plans and lines in these files.

    Args:
        store: the graphs, those of registers and ontology included.
        shapes: the rules.
        plans: the plans whose source.txt results are led to.
        files: named graph → the file that it was read from.
    """
    found = [*_core(store, shapes), *_sparql(store, shapes)]
    places = Places(store, plans, files or {}, {result.node for result in found})
    results = [places.locate(result) for result in found]
    return Report(sorted(results, key=_order))


def _order(result: Result) -> tuple[Any, ...]:
    where = result.text or result.graph or Place("")
    return (
        where.file,
        where.line or 0,
        where.column or 0,
        list(Level).index(result.level),
        result.shape,
        result.node,
        result.value or "",
    )


def _core(store: Store, shapes: Shapes) -> Iterator[Result]:
    data = Graph()
    graphs = [graph for graph in store.graphs() if graph != iris.graph("shapes")]
    data.parse(data=store.graph_ntriples(graphs), format="nt")
    _, report, text = pyshacl.validate(data, shacl_graph=shapes.core, inplace=True, allow_warnings=True)
    if not isinstance(report, Graph):
        raise AtkgError(f"pySHACL 无法校验：{text}", f"pySHACL could not validate: {text}")
    for node in report.subjects(RDF.type, SH.ValidationResult):
        shape = str(report.value(node, SH.sourceShape))
        path, value = report.value(node, SH.resultPath), report.value(node, SH.value)
        yield Result(
            shape=shape.removeprefix(SHAPES),
            level=shapes.level(shape),
            messages=shapes.messages(shape),
            node=str(report.value(node, SH.focusNode)),
            path=str(path) if isinstance(path, URIRef) else None,
            value=None if value is None else str(value),
        )


def _sparql(store: Store, shapes: Shapes) -> Iterator[Result]:
    for rule in shapes.rules:
        for row in store.select(rule.query):
            yield Result(
                shape=rule.shape.removeprefix(SHAPES),
                level=shapes.level(rule.shape),
                messages=shapes.messages(rule.shape),
                node=row["this"],
                path=row.get("path"),
                value=row.get("value"),
            )


@dataclass
class Places:
    """Leads nodes to their places in source.txt and in the files of the data folder."""

    store: Store
    plans: Sequence[PlanFolder]
    files: Mapping[str, Path]
    nodes: set[str]
    _lines: dict[Path, dict[str, int]] = field(default_factory=dict)

    def locate(self, result: Result) -> Result:
        """The result with plan, label, quoted words and places."""
        facts = self._facts.get(result.node, {})
        plan = next(
            (plan for plan in self.plans if f"/{plan.key}" in result.node and self._of(plan, result.node)), None
        )
        text = quote = None
        if plan and plan.text is not None and "start" in facts:
            start, end = int(facts["start"]), int(facts["end"])
            text = Place(str(plan.path / "source.txt"), *line_and_column(plan.text, start))
            quote = _short(plan.text[start:end])
        return Result(
            shape=result.shape,
            level=result.level,
            messages=result.messages,
            node=result.node,
            path=result.path,
            value=result.value,
            label=facts.get("label"),
            plan=plan.key if plan else None,
            text=text,
            graph=self._in_graph(result.node, facts.get("graph")),
            quote=quote,
        )

    @staticmethod
    def _of(plan: PlanFolder, node: str) -> bool:
        return plan.key in re.split(r"/", node.removeprefix(BASE))

    @cached_property
    def _facts(self) -> dict[str, dict[str, str]]:
        """Node → its graph, label, and the offsets of its first evidence."""
        if not self.nodes:
            return {}
        values = " ".join(f"<{node}>" for node in sorted(self.nodes) if "://" in node)
        query = f"""
            PREFIX atkg: <{ATKG}> PREFIX oa: <{OA}> PREFIX skos: <{SKOS}>
            SELECT ?node (COALESCE(MIN(STR(?home)), MIN(STR(?any))) AS ?graph)
                   (MIN(?start) AS ?first) (MIN(?end) AS ?last) (MIN(?label) AS ?name)
            WHERE {{
                VALUES ?node {{ {values} }}
                GRAPH ?any {{ ?node ?predicate ?object }}
                OPTIONAL {{ GRAPH ?home {{ ?node a ?class }} }}
                OPTIONAL {{ ?node skos:prefLabel ?label . FILTER (LANG(?label) = "zh") }}
                OPTIONAL {{ ?node atkg:evidence? ?span . ?span oa:start ?start ; oa:end ?end }}
            }}
            GROUP BY ?node
        """
        facts: dict[str, dict[str, str]] = {}
        for row in self.store.select(query):
            known = {"graph": row["graph"], "start": row["first"], "end": row["last"], "label": row["name"]}
            facts[row["node"]] = {name: value for name, value in known.items() if value is not None}
        return facts

    def _in_graph(self, node: str, graph: str | None) -> Place | None:
        path = self.files.get(graph or "")
        if path is None or not path.exists():
            return None
        if path not in self._lines:
            self._lines[path] = subject_lines(path)
        return Place(str(path), self._lines[path].get(node))


_SUBJECT: Final = re.compile(r"^(?:<(?P<iri>[^>]*)>|(?P<prefix>[\w.-]*):(?P<local>\S+))\s", re.MULTILINE)
_PREFIX: Final = re.compile(r"^@?(?:prefix|PREFIX)\s+(?P<prefix>[\w.-]*):\s*<(?P<iri>[^>]*)>", re.MULTILINE)
_BASE: Final = re.compile(r"^@?(?:base|BASE)\s+<(?P<iri>[^>]*)>", re.MULTILINE)


def subject_lines(path: Path) -> dict[str, int]:
    """IRI of each subject that opens a line of a Turtle or N-Triples file → the number of that line."""
    text = path.read_text(encoding="utf-8")
    base = _BASE.search(text)
    root = base["iri"] if base else BASE
    prefixes = {match["prefix"]: _absolute(match["iri"], root) for match in _PREFIX.finditer(text)}
    lines: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), 1):
        match = _SUBJECT.match(line + " ")
        if not match:
            continue
        if match["iri"] is not None:
            lines.setdefault(_absolute(match["iri"], root), number)
        elif match["prefix"] in prefixes:
            lines.setdefault(prefixes[match["prefix"]] + match["local"].replace("\\", ""), number)
    return lines


def _absolute(iri: str, base: str) -> str:
    return iri if "://" in iri else base + iri


def _short(text: str, longest: int = 40) -> str:
    words = " ".join(text.split())
    return words if len(words) <= longest else words[: longest - 1] + "…"
