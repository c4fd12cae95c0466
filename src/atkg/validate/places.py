"""Where a node stands: in source.txt by its evidence, in the files of the data folder by subject or row."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from atkg.extract.text import line_and_column
from atkg.namespaces import ATKG, BASE, DCT, SKOS
from atkg.plans import PlanFolder
from atkg.store import Store
from atkg.validate.results import Place, Result
from atkg.validate.rows import Offsets, Rows
from atkg.validate.statements import Key, Statements
from atkg.validate.walks import ANY, Reach, Step, Walk

_IRI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`\x00-\x20]*")
_SPAN: Final = re.compile(re.escape(BASE) + r"source/(?P<plan>[^/]+)/(?P<start>[0-9]{1,9})-(?P<end>[0-9]{1,9})")

_LABELS: Final = {
    # the order is that of preference
    "label": "?node skos:prefLabel ?text",
    "title": "?node dct:title ?text",
    "reference": "?node atkg:reference ?text",
    "clause": "?node atkg:statedIn ?clause . ?clause atkg:reference ?text",
    "mention": "?node atkg:mention ?text",
}
_EVIDENCE: Final = (
    # the nearest evidence first: the node's own, then that of what it belongs to or is named by
    "?node atkg:evidence ?span",
    "?part atkg:assignment|atkg:milestone ?node . ?part atkg:evidence ?span",
    "?node atkg:statedIn ?part . ?part atkg:evidence ?span",
)
_NAMED: Final = "?part atkg:agency ?node . ?part atkg:evidence ?span"
"""The places that name an agency: evidence for one that no register knows."""


def _way(*names: str) -> Walk:
    """The walk along these properties of the ontology, backward where a caret stands before one."""
    return tuple(Step.to(f"{ATKG}{name.removeprefix('^')}", backward=name.startswith("^")) for name in names)


VALUE_WALKS: Final[frozenset[Walk]] = frozenset({(Step.to(f"{SKOS}prefLabel"),)})
"""The ways from the value of a result to all that is asked here about it."""
WALKS: Final[frozenset[Walk]] = VALUE_WALKS | {
    # from its focus node; what is not asked of a node of one owner is not there
    (Step.to(ANY),),
    _way("statedIn", "reference"),
    _way("^assignment", "evidence"),
    _way("^milestone", "evidence"),
    _way("statedIn", "evidence"),
    _way("^agency", "evidence"),
    _way("^issuer"),
}
BACKWARD: Final = Reach(WALKS).backward
"""The predicates that these follow from object to subject."""


@dataclass
class Places:
    """Leads nodes to their places in source.txt and in the files of the data folder.

    Args:
        store: the graphs that were validated.
        plans: plan key → the plan, whose source.txt results are led to.
        files: named graph → the file that it was read from.
        nodes: the focus nodes of all results that will be asked for.
        read: the files that were looked into.
    """

    store: Store
    plans: Mapping[str, PlanFolder]
    files: Mapping[str, Path]
    nodes: set[str]
    read: set[Path] = field(default_factory=set)
    _statements: dict[Path, Statements] = field(default_factory=dict)
    _value_labels: dict[str, str | None] = field(default_factory=dict)

    def locate(self, result: Result) -> Result:
        """The result with plan, label, quoted words and places."""
        plan = self._plan_of(result.node)
        text, quote, key = self._text(result.node, plan)
        plan = plan or key
        folder = self.plans.get(plan or "")
        row = self._rows.find(result, folder, self._spans.get(result.node, ()))
        if row is None and text is None and (issued := self.plans.get(self._issuers.get(result.node, ""))):
            plan, row = plan or issued.key, self._rows.issuer(issued)
        graph = self._graph(result)
        if row and graph and graph.file == row.file:
            graph = None
        return replace(
            result,
            label=self._labels.get(result.node),
            value_label=self._value_label(result),
            plan=plan,
            text=text,
            quote=quote,
            row=row,
            graph=graph,
            term=result.term or self._term(result),
        )

    @cached_property
    def _rows(self) -> Rows:
        return Rows(self.files, self.plans, self.read)

    def _plan_of(self, node: str) -> str | None:
        """The plan that a node belongs to; a link belongs to the plan that it starts from."""
        steps = node.removeprefix(BASE).split("/") if node.startswith(BASE) else []
        return next((step for step in steps if step in self.plans), None)

    def _text(self, node: str, plan: str | None) -> tuple[Place | None, str | None, str | None]:
        """(place, words, plan) of the first evidence in the node's own plan."""
        for key, start, end in self._spans.get(node, ()):
            folder = self.plans.get(key) if plan in (None, key) else None
            if folder is None or folder.text is None:
                continue
            self.read.add(folder.path / "source.txt")
            if start >= end or end > len(folder.text):
                continue
            first, last = line_and_column(folder.text, start), line_and_column(folder.text, end)
            return Place(str(folder.path / "source.txt"), *first, *last), _short(folder.text[start:end]), key
        return None, None, None

    @cached_property
    def _known(self) -> list[str]:
        return sorted(node for node in self.nodes if _IRI.fullmatch(node))

    def _ask(self, variables: str, pattern: str, nodes: Iterable[str]) -> list[list[Any]]:
        values = " ".join(f"<{node}>" for node in nodes)
        if not values:
            return []
        prefixes = f"PREFIX atkg: <{ATKG}> PREFIX dct: <{DCT}> PREFIX skos: <{SKOS}>"
        query = f"{prefixes} SELECT DISTINCT {variables} WHERE {{ VALUES ?node {{ {values} }} {pattern} }}"
        return self.store.query(query).rows()[1]

    @cached_property
    def _labels(self) -> dict[str, str]:
        """Node → how people call it, in Chinese where it has a Chinese name."""
        found: dict[str, str] = {}
        for pattern in _LABELS.values():
            rows = self._ask("?node ?text", pattern, [node for node in self._known if node not in found])
            for node, text in sorted(rows, key=lambda row: (row[1].language != "zh", str(row[1]))):
                found.setdefault(node.value, text.value)
        return found

    def _value_label(self, result: Result) -> str | None:
        """How people call the value, where it is a node."""
        value = result.value
        if value is None or value == result.node or not _IRI.fullmatch(value) or not value.startswith(BASE):
            return None
        if value not in self._value_labels:
            rows = self._ask("?node ?text", _LABELS["label"], [value])
            texts = sorted((text.language != "zh", text.value) for _, text in rows)
            self._value_labels[value] = texts[0][1] if texts else None
        return self._value_labels[value]

    @cached_property
    def _spans(self) -> dict[str, list[Offsets]]:
        """Node → (plan, start, end) of its evidence, the nearest and first in the text before others."""
        found: dict[str, list[Offsets]] = {}
        for node in self._known:
            if match := _SPAN.fullmatch(node):
                found[node] = [_offsets(match)]
        unknown = [node for node in self._known if node.startswith(f"{BASE}id/agency/") and not self._rows.knows(node)]
        for pattern, nodes in (*((pattern, self._known) for pattern in _EVIDENCE), (_NAMED, unknown)):
            near: dict[str, list[Offsets]] = {}
            for node, span in self._ask("?node ?span", pattern, [node for node in nodes if node not in found]):
                if match := _SPAN.fullmatch(span.value):
                    near.setdefault(node.value, []).append(_offsets(match))
            found |= {node: sorted(spans) for node, spans in near.items()}
        dated = [node for node in self._known if node.startswith(f"{BASE}id/milestone/")]
        around: dict[str, list[Offsets]] = {}
        for node, span in self._ask("?node ?span", _EVIDENCE[-1], dated):
            if match := _SPAN.fullmatch(span.value):
                around.setdefault(node.value, []).append(_offsets(match))
        for node, clause in around.items():
            # the measure itself before the heading of its column
            found[node] = sorted(found.get(node, ()), key=lambda span: (not _within(span, clause), span))
        return found

    @cached_property
    def _issuers(self) -> dict[str, str]:
        """Agency that no register knows → the first plan that it issues."""
        unknown = [node for node in self._known if node.startswith(f"{BASE}id/agency/") and not self._rows.knows(node)]
        rows = self._ask("?node ?plan", "?plan atkg:issuer ?node", unknown)
        pairs = sorted(((plan.value, node.value) for node, plan in rows), reverse=True)
        return {node: plan.removeprefix(f"{BASE}eli/") for plan, node in pairs}

    @cached_property
    def _graphs(self) -> dict[str, list[str]]:
        """Node → the graphs in which it is a subject, its home (where it has a class) first."""
        rows = self._ask(
            "?node ?graph ?home",
            "GRAPH ?graph { ?node ?predicate ?object } BIND (EXISTS { GRAPH ?graph { ?node a ?class } } AS ?home)",
            self._known,
        )
        found: dict[str, list[str]] = {}
        for node, graph, _ in sorted(rows, key=lambda row: (str(row[2].value) != "true", row[1].value)):
            found.setdefault(node.value, []).append(graph.value)
        return found

    def _graph(self, result: Result) -> Place | None:
        """The statement at fault in its graph file, else the subject; else the file alone."""
        files = [self.files[graph] for graph in self._graphs.get(result.node, ()) if graph in self.files]
        if not files:
            # a node without a statement of its own, or a blank node, in a file that was given alone
            files = list(dict.fromkeys(self.files.values()))
            files = files if len(files) == 1 else []
        best: tuple[int, Place] | None = None
        for path in files:
            stretch, exactness = self._in_file(path, result)
            place = Place(str(path), *stretch) if stretch else Place(str(path))
            if best is None or exactness > best[0]:
                best = (exactness, place)
        return best[1] if best else None

    def _in_file(self, path: Path, result: Result) -> tuple[tuple[int | None, ...] | None, int]:
        if path not in self._statements:
            self.read.add(path)
            self._statements[path] = Statements.of(path, self.nodes)
        statements = self._statements[path]
        keys: list[Key] = [(result.node, None, None)]
        if result.path:
            keys.append((result.node, result.path, None))
        if result.value is not None and result.value != result.node:
            keys.append((result.node, result.path, result.value))
        for exactness, key in reversed(list(enumerate(keys, 1))):
            if key in statements.places:
                return statements.places[key], exactness
        return None, 0

    def _term(self, result: Result) -> str | None:
        """The value as N-Triples writes it, by what stands in the store."""
        if result.value is None:
            return None
        known = self._terms.get((result.node, result.value))
        if known:
            return known
        return f"<{result.value}>" if _IRI.fullmatch(result.value) and "://" in result.value else None

    @cached_property
    def _terms(self) -> dict[tuple[str, str], str]:
        """(node, value) → the value as N-Triples writes it, for values that hang on the node."""
        rows = self._ask("?node ?value", "?node ?path ?value", self._known)
        return {(node.value, getattr(value, "value", "")): str(value) for node, value in rows}


def subject_lines(path: Path) -> dict[str, int]:
    """IRI of each subject of an RDF file → the number of the line that it first stands on."""
    return Statements.of(path).lines


def _offsets(match: re.Match[str]) -> Offsets:
    return match["plan"], int(match["start"]), int(match["end"])


def _within(span: Offsets, spans: Sequence[Offsets]) -> bool:
    return any(key == span[0] and start <= span[1] and span[2] <= end for key, start, end in spans)


def _short(text: str, longest: int = 40) -> str:
    words = " ".join(text.split())
    return words if len(words) <= longest else words[: longest - 1] + "…"
