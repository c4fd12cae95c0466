"""The dataset as JSON-LD that is plain JSON to who knows nothing of RDF: a plan is one object, with all that is in it.

Every file has its context in it. Nothing is left out: all files together say what the triples say, and a name that
stands beside a reference, for the reader, is said again in the file of the thing itself. What rules have concluded
stands in files of its own, so that a plan's file says what was read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final, TextIO

from atkg import iris
from atkg.export.profile import DATASET, PLAN_KEY, Profile, Source
from atkg.export.sort import plan_lines, sorted_quads
from atkg.export.terms import STRING, Quad, quad_of, subjects
from atkg.namespaces import ATKG, BASE, DCT, OA, PREFIXES, RDF, SCHEMA, SKOS, XSD

Json = dict[str, Any]

_MAPS: Final = {
    f"{SKOS}prefLabel": "name",
    f"{SKOS}altLabel": "otherNames",
    f"{SKOS}hiddenLabel": "misspellings",
    f"{SKOS}definition": "definition",
    f"{SKOS}editorialNote": "note",
    f"{DCT}title": "title",
    f"{DCT}description": "description",
}
"""Properties whose values are given by language: {"zh": …, "en": …}."""
_CHINESE: Final = {f"{ATKG}{name}": name for name in ("sourceText", "heading", "recoveredText")}
"""Properties whose values are Chinese, and given as they are."""
_TYPED: Final = {
    f"{ATKG}beginDate": ("beginDate", "date"),
    f"{ATKG}endDate": ("endDate", "date"),
    f"{DCT}issued": ("issued", "date"),
    f"{ATKG}confidence": ("confidence", "decimal"),
}
"""Properties whose values are given as texts of this type."""
_PLAIN: Final = {
    f"{DCT}identifier": "documentNumber",
    f"{DCT}source": "source",
    f"{DCT}references": "references",
    f"{SCHEMA}url": "url",
    f"{OA}start": "start",
    f"{OA}end": "end",
    f"{ATKG}text": "fullText",
}
"""Other names for properties outside our ontology, and one within."""
_REVERSE: Final = {"clauses": "partOf", "parts": "partOf", "tasks": "partOf", "derivations": "from"}
"""Lists of what points to the object that they stand in, and by which property."""
_LISTS: Final = frozenset(
    (
        "assignment",
        "assignedAgency",
        "attestedBy",
        "cooperatingAgency",
        "derivedFrom",
        "evidence",
        "function",
        "hasMember",
        "implementingAgency",
        "implementsPlan",
        "leadAgency",
        "milestone",
        "references",
        "tracesTo",
    )
)
"""What is a list even if it holds one thing."""
_WITHIN: Final = frozenset(f"{ATKG}{name}" for name in ("assignment", "milestone", "evidence"))
"""Properties whose values stand in the object itself."""

CONTEXT: Final[Json] = {
    **{name: iri for name, iri in sorted(PREFIXES.items()) if name != "atkg"},
    "@vocab": ATKG,
    "id": "@id",
    "type": "@type",
    "Concept": f"{SKOS}Concept",
    "ConceptScheme": f"{SKOS}ConceptScheme",
    **{term: {"@id": iri, "@container": "@language"} for iri, term in _MAPS.items()},
    **{term: {"@id": iri, "@language": "zh"} for iri, term in _CHINESE.items()},
    **{term: {"@id": iri, "@type": f"{XSD}{type_}"} for iri, (term, type_) in _TYPED.items()},
    **{term: {"@id": iri} for iri, term in _PLAIN.items() if term != "references"},
    "references": {"@id": f"{DCT}references", "@container": "@set"},
    **{term: {"@id": f"{ATKG}{term}", "@container": "@set"} for term in sorted(_LISTS - {"references"})},
    **{term: {"@reverse": f"{ATKG}{name}", "@container": "@set"} for term, name in _REVERSE.items()},
}
"""What the plain names mean."""

_NUMBER: Final = re.compile(r"-?[0-9]{1,15}")
_DEEPEST: Final = 64
"""How far objects stand in each other; what is deeper has an object of its own, since readers of JSON have bounds."""
_FILE: Final = re.compile(r"[A-Za-z0-9-]{1,100}")
"""What a graph can be called so that a file is called like it."""
_MOST_FILES: Final = 200
"""How many files are open at once; graphs that come later stand together in `other`."""

_HEAD: Final = f'{{\n"@context": {json.dumps(CONTEXT, indent=1)},\n"@graph": [\n'
_FOOT: Final = "\n]\n}\n"
_TYPE: Final = f"{RDF}type"
_NAMES: Final = (f"{SKOS}prefLabel", f"{DCT}title")
_PLAN_GRAPHS: Final = (iris.graph("plan", ""), iris.graph("derivation", ""))
_INFERRED: Final = iris.graph("inferred")


class _Document:
    """The objects of one file.

    Args:
        quads: what the file says.
        names: the labels of what it refers to.
    """

    def __init__(self, quads: Iterable[Quad], names: Mapping[str, list[Quad]]) -> None:
        self._told: dict[str, list[Quad]] = {}
        self._below: dict[tuple[str, str], list[str]] = {}
        for quad in quads:
            self._told.setdefault(quad.subject, []).append(quad)
            if quad.kind == "iri" and quad.predicate in (f"{ATKG}partOf", f"{ATKG}from"):
                self._below.setdefault((quad.value, quad.predicate), []).append(quad.subject)
        self._names = names
        self._done: set[str] = set()
        self._depth = 0

    def objects(self, first: str) -> Iterator[Json]:
        """The first thing with all that is in it, then what is not in it."""
        for subject in (first, *self._told):
            if subject in self._told and subject not in self._done:
                yield self._object(subject)

    def _object(self, subject: str) -> Json:
        self._done.add(subject)
        self._depth += 1
        quads = self._told[subject]
        types = {quad.value for quad in quads if quad.predicate == _TYPE}
        found = self.properties(subject, quads)
        lists = {"derivations": f"{ATKG}from"}
        if f"{ATKG}Plan" in types:
            lists = {"clauses": f"{ATKG}partOf", "tasks": f"{ATKG}partOf", **lists}
        elif f"{ATKG}Clause" in types:
            lists = {"parts": f"{ATKG}partOf", **lists}
        for term, property_ in lists.items():
            below = [each for each in self._below.get((subject, property_), ()) if self._fits(each, term)]
            if below:
                self._done.update(below)
                found[term] = [self._without(each, property_, subject) for each in sorted(below, key=self._place)]
        self._depth -= 1
        return found

    def _fits(self, subject: str, term: str) -> bool:
        if subject in self._done or self._depth >= _DEEPEST:
            return False
        types = {quad.value for quad in self._told[subject] if quad.predicate == _TYPE}
        return term == "derivations" or (f"{ATKG}Task" in types) == (term == "tasks")

    def _place(self, subject: str) -> tuple[int, str]:
        """Clauses in the order that they state, all else by name."""
        orders = [quad.value for quad in self._told[subject] if quad.predicate == f"{ATKG}order"]
        return (_small(orders[0]) or 0) if orders else 0, subject

    def _without(self, subject: str, property_: str, above: str) -> Json:
        """The object without the property that its place in a list says already."""
        kept = [quad for quad in self._told[subject] if (quad.predicate, quad.value) != (property_, above)]
        self._told[subject] = kept
        return self._object(subject)

    def properties(self, subject: str, quads: Iterable[Quad]) -> Json:
        """An object of what these quads say."""
        found: Json = {"id": subject}
        for quad in sorted(quads, key=_rank):
            key, value, language = self._said(quad)
            if language:
                by_language = found.setdefault(key, {})
                _put(by_language, language, value, listed=False)
            else:
                _put(found, key, value, listed=key in _LISTS)
        return found

    def _said(self, quad: Quad) -> tuple[str, Any, str]:
        """(name, value, language where the values are given by language)."""
        if quad.predicate == _TYPE and quad.kind == "iri":
            return "type", _class(quad.value), ""
        if quad.kind != "literal":
            return _term(quad.predicate), self._reference(quad), ""
        if quad.language and quad.predicate in _MAPS:
            return _MAPS[quad.predicate], quad.value, quad.language
        key = quad.predicate if quad.predicate in _MAPS else _term(quad.predicate)
        return key, _literal(quad), ""

    def _reference(self, quad: Quad) -> Any:
        """What stands for another thing: itself if its place is here, else its IRI and name."""
        thing = quad.value
        deep = self._depth >= _DEEPEST
        if quad.predicate in _WITHIN and thing in self._told and thing not in self._done and not deep:
            if quad.predicate == f"{ATKG}evidence":
                return self.properties(thing, self._span(thing))
            return self._object(thing)
        if quad.predicate == f"{ATKG}evidence" and thing in self._told:
            return self.properties(thing, self._span(thing))
        names = self._names.get(thing) or [each for each in self._told.get(thing, ()) if _is_name(each)]
        return self.properties(thing, names)

    def _span(self, thing: str) -> list[Quad]:
        """A place in a text is said wherever it is named, so that nobody has to look for it."""
        quads = self._told[thing]
        if all(quad.kind == "literal" for quad in quads):
            self._done.add(thing)
            return quads
        return []


def _is_name(quad: Quad) -> bool:
    return quad.predicate in _NAMES and bool(quad.language)


def _put(found: Json, key: str, value: Any, *, listed: bool) -> None:
    if key not in found:
        found[key] = [value] if listed else value
    elif isinstance(found[key], list):
        found[key].append(value)
    else:
        found[key] = [found[key], value]


def _rank(quad: Quad) -> tuple[int, str, str, str]:
    """The type first, then names, then the rest."""
    first = 0 if quad.predicate == _TYPE else 1 if quad.predicate in _NAMES else 2
    return first, quad.predicate, quad.value, quad.language


def _class(iri: str) -> str:
    if iri in (f"{SKOS}Concept", f"{SKOS}ConceptScheme"):
        return iri.removeprefix(SKOS)
    return iri.removeprefix(ATKG) if iri.startswith(ATKG) and iri.removeprefix(ATKG).isalnum() else iri


def _term(predicate: str) -> str:
    if predicate in _TYPED:
        return _TYPED[predicate][0]
    if predicate in _PLAIN:
        return _PLAIN[predicate]
    name = predicate.removeprefix(ATKG)
    # a name that means something else in the context can't stand for ours
    if predicate.startswith(ATKG) and name.isalnum() and CONTEXT.get(name, {"@id": predicate}) == _own(name):
        return name
    return predicate


def _own(name: str) -> Json:
    given = CONTEXT.get(name)
    return given if isinstance(given, dict) and given.get("@id") == f"{ATKG}{name}" else {"@id": f"{ATKG}{name}"}


def _literal(quad: Quad) -> Any:
    """The value as JSON has it, where that says the same; else with its type or language."""
    predicate, value = quad.predicate, quad.value
    if quad.language:
        chinese = predicate in _CHINESE and quad.language == "zh"
        return value if chinese else {"@value": value, "@language": quad.language}
    typed = _TYPED.get(predicate)
    if typed and quad.datatype == f"{XSD}{typed[1]}":
        return value
    coerced = typed or predicate in _CHINESE
    if quad.datatype == STRING:
        return {"@value": value} if coerced else value
    if not coerced and quad.datatype == f"{XSD}boolean" and value in ("true", "false"):
        return value == "true"
    if not coerced and quad.datatype == f"{XSD}integer" and value == str(_small(value)):
        return int(value)
    return {"@value": value, "@type": quad.datatype}


def _small(value: str) -> int | None:
    """The number, if every reader of JSON can hold it."""
    return int(value) if _NUMBER.fullmatch(value) else None


def _write(source: Source, folder: Path) -> Iterator[Path]:
    place = folder / "jsonld"
    place.mkdir()
    if not source.plans:
        keys = {_plan_of(graph) for graph in source.store.graphs()} - {""}
        for key in sorted(keys):
            lines = source.store.lines_in([f"{start}{key}" for start in _PLAN_GRAPHS])
            yield _write_plan(source, key, _quads(lines), place / f"{key}.jsonld")
        yield from _write_others(source, folder, place)
    for key in source.plans:
        quads = _quads(plan_lines(source.store, key))
        concluded = [quad for quad in quads if quad.graph.startswith(_INFERRED)]
        said = [quad for quad in quads if not quad.graph.startswith(_INFERRED)]
        yield _write_plan(source, key, said, place / f"{key}.jsonld")
        yield _write_plan(source, key, concluded, place / f"{key}.inferred.jsonld")


def _quads(lines: Iterable[bytes]) -> list[Quad]:
    return [quad_of(line.decode()) for line in sorted(lines)]


def _plan_of(graph: str) -> str:
    """The key of the plan whose graph this is.

    >>> _plan_of("https://w3id.org/atkg/graph/derivation/luan-2022-49"), _plan_of("https://w3id.org/atkg/graph/plan/../x")
    ('luan-2022-49', '')
    """
    start = next(filter(graph.startswith, _PLAN_GRAPHS), None)
    key = graph.removeprefix(start) if start else ""
    return key if PLAN_KEY.fullmatch(key) else ""


def _write_plan(source: Source, key: str, quads: list[Quad], path: Path) -> Path:
    told = {quad.subject for quad in quads}
    named = {quad.value for quad in quads if quad.kind == "iri" and quad.value.startswith(BASE)} - told
    names: dict[str, list[Quad]] = {}
    for quad in _quads(source.store.lines_about(sorted(named), iris.graph(""))):
        if _is_name(quad):
            names.setdefault(quad.subject, []).append(quad)
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(_HEAD)
        for number, each in enumerate(_Document(quads, names).objects(iris.plan(key))):
            # without indentation, which takes ten times as long
            file.write((",\n" if number else "") + json.dumps(each, ensure_ascii=False))
        file.write(_FOOT)
    source.advance(path.name)
    return path


def _write_others(source: Source, folder: Path, place: Path) -> Iterator[Path]:
    """A file a graph for what belongs to no plan or is inferred, each thing an object of its own.

    No plan's key has a dot, so that no plan's file is called the same.
    """
    files: dict[str, TextIO] = {}
    with ExitStack() as stack:
        for subject, quads in subjects(sorted_quads(source, DATASET, folder)):
            graphs: dict[str, list[Quad]] = {}
            for quad in quads:
                if not _plan_of(quad.graph):
                    name = _name(quad.graph)
                    known = name in files or len(files) + len(graphs) < _MOST_FILES
                    graphs.setdefault(name if known else "other", []).append(quad)
            for name, told in graphs.items():
                written = json.dumps(_Document(told, {}).properties(subject, told), ensure_ascii=False)
                if name not in files:
                    path = place / f"{name}.graph.jsonld"
                    files[name] = stack.enter_context(path.open("w", encoding="utf-8", newline="\n"))
                    files[name].write(_HEAD + written)
                else:
                    files[name].write(f",\n{written}")
        for file in files.values():
            file.write(_FOOT)
    for name in sorted(files):
        source.advance(f"{name}.graph.jsonld")
        yield place / f"{name}.graph.jsonld"


def _name(graph: str) -> str:
    """The name of a graph's file: that of the register, the ontology, the shapes …

    >>> _name("https://w3id.org/atkg/graph/register/agencies"), _name("https://example.org/x")
    ('register-agencies', 'other')
    """
    start = iris.graph("")
    name = graph.removeprefix(start).replace("/", "-")
    return name if graph.startswith(start) and _FILE.fullmatch(name) else "other"


JSONLD: Final = Profile(
    "jsonld",
    "每个计划一个 JSON 文件，条款、任务、单位层层嵌套，名称浅白：供 Python 和 JavaScript 程序使用；同时也是 JSON-LD。",
    "A JSON file a plan, clauses, tasks and agencies nested under plain names, for Python and JavaScript; JSON-LD too.",
    {".jsonld": "application/ld+json"},
    _write,
)
