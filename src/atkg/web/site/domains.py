"""What the parameters of the named queries range over: the values to choose from, and whether a value is one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from atkg.errors import UsageError
from atkg.namespaces import ATKG, BASE, DCT, RDFS, SKOS
from atkg.web.engine import Engine, Term, ask, select

MAX_OPTIONS: Final = 400
"""Up to so many values a form lets the reader choose from; above, the value is typed."""

_PROLOGUE: Final = f"PREFIX atkg: <{ATKG}> PREFIX dct: <{DCT}> PREFIX rdfs: <{RDFS}> PREFIX skos: <{SKOS}> "
_TASKS: Final = "?value rdfs:subClassOf atkg:Task FILTER (ISIRI(?value))"
_PART: Final = "?value a ?class FILTER (?class IN (atkg:Clause, atkg:Task))"


@dataclass(frozen=True, slots=True)
class Domain:
    """The things that a parameter can name."""

    pattern: str
    """The graph pattern that holds of each, as ?value."""
    zh: str
    en: str
    example: str
    """One of them, as a path below our base."""
    listed: str = ""
    """The pattern of those that a form lists; none where people don't know them by name."""
    label: str = "skos:prefLabel"
    number: str = ""
    """The property whose value stands before the label."""
    group: str = ""
    """The path to the label by which a form groups them."""


@dataclass(frozen=True, slots=True)
class Option:
    """One value to choose, as a path below our base, with its name."""

    value: str
    label: str
    group: str = ""


def _of_class(name: str, zh: str, en: str, example: str, label: str = "skos:prefLabel", group: str = "") -> Domain:
    pattern = f"?value a atkg:{name}"
    return Domain(pattern, zh, en, example, listed=pattern, label=label, group=group)


def _of_scheme(scheme: str, zh: str, en: str, example: str) -> Domain:
    pattern = f"?value skos:inScheme <{BASE}id/{scheme}>"
    return Domain(pattern, zh, en, f"id/{scheme}/{example}", listed=pattern)


DOMAINS: Final[Mapping[str, Domain]] = {
    "above": Domain(_PART, "条款或任务", "a clause or task", "id/reconstructed/cn-2021-13/2.1.2.2.1"),
    "agency": _of_class(
        "Agency", "单位", "an agency", "id/agency/luan/civil-affairs", group="atkg:jurisdiction/skos:prefLabel"
    ),
    "basis": _of_scheme("derivation-basis", "承接依据", "a basis of derivation", "text"),
    "class": Domain(_TASKS, "任务的类", "a class of tasks", "ontology#DeadlineTask", listed=_TASKS, label="rdfs:label"),
    "function": _of_scheme("function", "条线", "a line of work", "public-security"),
    "jurisdiction": _of_class("Jurisdiction", "辖区", "a jurisdiction", "id/jurisdiction/luan"),
    "nationalClause": Domain(
        "?value a atkg:Clause",
        "国家计划条款",
        "a clause of the national plan",
        "id/reconstructed/cn-2021-13/2.1.2.2.1",
        listed="?value a atkg:ReconstructedClause",
        number="atkg:presumedNumber",
    ),
    "part": Domain(_PART, "条款或任务", "a clause or task", "id/task/luan-2022-49/annex/row_1/item_1/t1"),
    "plan": _of_class("Plan", "计划", "a plan", "eli/luan-2022-49", label="dct:title"),
    "stage": _of_scheme("stage", "工作环节", "a stage", "prevention"),
    "task": Domain("?value a atkg:Task", "任务", "a task", "id/task/luan-2022-49/annex/row_1/item_1/t1"),
    "timing": _of_scheme("timing", "时间类型", "a timing", "deadline"),
}
"""What each parameter of type iri can name, by the parameter's name."""


class Domains:
    """The domains of one snapshot."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._found: dict[str, Sequence[Mapping[str, Term]]] = {}

    def options(self, name: str, language: str) -> list[Option]:
        """The values of a parameter for a form, in groups; none where they are too many to choose from."""
        domain = DOMAINS.get(name)
        if domain is None or not domain.listed:
            return []
        if name not in self._found:
            self._found[name] = select(self._engine, _listing(domain))
        rows = self._found[name]
        if len(rows) > MAX_OPTIONS:
            return []
        options = [_option(row, language) for row in rows]
        return sorted(options, key=lambda option: (option.group, _natural(option.value)))

    def check(self, name: str, term: str) -> None:
        """Pass an IRI, as it stands in a query, that is in the domain of this parameter.

        Raises:
            UsageError: the graph knows no such thing; the message gives an example, and the nearest values.
        """
        domain = DOMAINS.get(name)
        pattern = domain.pattern if domain else "?value ?property ?object"
        if ask(self._engine, f"{_PROLOGUE}ASK {{ VALUES ?value {{ {term} }} {pattern} }}"):
            return
        zh, en, example = (domain.zh, domain.en, domain.example) if domain else ("资源", "a thing", "eli/luan-2022-49")
        known = [option.value for option in self.options(name, "zh")]
        near = get_close_matches(term[1:-1].removeprefix(BASE), known, n=3, cutoff=0.6) or [example]
        raise UsageError(
            f"参数 {name}：图谱中没有这个{zh} {term}；例如 {'、'.join(near)}。",
            f"parameter {name}: the graph has no such thing as {term}; expected {en} such as {' or '.join(near)}",
        )


def _listing(domain: Domain) -> str:
    """The query for the values of a form; one more than a form may have, to see that they are too many."""
    parts = [domain.listed]
    for language in ("zh", "en"):
        parts.append(f'OPTIONAL {{ ?value {domain.label} ?{language} FILTER (LANG(?{language}) = "{language}") }}')
        if domain.group:
            name = f"?group_{language}"
            parts.append(f'OPTIONAL {{ ?value {domain.group} {name} FILTER (LANG({name}) = "{language}") }}')
    if domain.number:
        parts.append(f"OPTIONAL {{ ?value {domain.number} ?number }}")
    names = " ".join(f"?{name}" for name in ("value", "zh", "en", "group_zh", "group_en", "number"))
    return f"{_PROLOGUE}SELECT DISTINCT {names} WHERE {{ {' '.join(parts)} }} LIMIT {MAX_OPTIONS + 1}"


def _option(row: Mapping[str, Term], language: str) -> Option:
    def text(*names: str) -> str:
        return next((row[name].value for name in names if name in row), "")

    other = "en" if language == "zh" else "zh"
    value = row["value"].value.removeprefix(BASE)
    label = " ".join(filter(None, (text("number"), text(language, other))))
    return Option(value, label or value, text(f"group_{language}", f"group_{other}"))


def _natural(value: str) -> list[tuple[int, str]]:
    """A key that sorts 2.1.10 behind 2.1.9."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"([0-9]+)", value)]
