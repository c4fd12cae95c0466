"""What the catalogue lists: the plans, and the files and addresses from which the data can be had."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from atkg import iris
from atkg.catalogue.counts import Select
from atkg.catalogue.words import FORMS, SHORT
from atkg.namespaces import ATKG, BASE, DCT, SKOS

_PLANS: Final = f"""
PREFIX atkg: <{ATKG}>
PREFIX dct: <{DCT}>
PREFIX skos: <{SKOS}>
SELECT ?plan ?zh ?en ?number ?begin ?end ?place ?placeZh ?placeEn ?source WHERE {{
    ?plan a atkg:Plan ; dct:title ?zh .
    FILTER (LANG(?zh) = "zh")
    OPTIONAL {{ ?plan dct:title ?en FILTER (LANG(?en) = "en") }}
    OPTIONAL {{ ?plan dct:identifier ?number }}
    OPTIONAL {{ ?plan atkg:beginDate ?begin }}
    OPTIONAL {{ ?plan atkg:endDate ?end }}
    OPTIONAL {{ ?plan atkg:jurisdiction ?place }}
    OPTIONAL {{ ?plan atkg:jurisdiction/skos:prefLabel ?placeZh FILTER (LANG(?placeZh) = "zh") }}
    OPTIONAL {{ ?plan atkg:jurisdiction/skos:prefLabel ?placeEn FILTER (LANG(?placeEn) = "en") }}
    OPTIONAL {{ ?plan dct:source ?source }}
}}
ORDER BY ?plan
"""


@dataclass(frozen=True, slots=True)
class PlanEntry:
    """A plan as the catalogue lists it; where its text is not at hand, `has_text` says so."""

    key: str
    title: tuple[str, str | None]
    """In Chinese, and in English where there is one."""
    number: str | None
    period: tuple[str, str] | None
    place: str | None
    place_name: tuple[str | None, str | None]
    has_text: bool

    @property
    def graph(self) -> str:
        """The named graph of what was read in it, which is the plan's dataset."""
        return iris.graph("plan", self.key)


@dataclass(frozen=True, slots=True)
class File:
    """A file or document that can be had, with its checksum where its bytes are known.

    Args:
        url: where it is.
        media_type: of what it holds.
        zh: its title in Chinese.
        en: its title in English.
        sha256: of its bytes, in hexadecimal digits.
        size: in bytes.
    """

    url: str
    media_type: str
    zh: str
    en: str
    sha256: str | None = None
    size: int | None = None


def plan_entries(select: Select, keys: Sequence[str] = ()) -> list[PlanEntry]:
    """The plans, or those with these keys, by key."""
    start = len(iris.plan(""))
    found: dict[str, PlanEntry] = {}
    for row in select(_PLANS):
        key = row["plan"][start:]
        if not keys or key in keys:
            found.setdefault(key, _entry(key, row))
    return list(found.values())


def _entry(key: str, row: Mapping[str, Any]) -> PlanEntry:
    return PlanEntry(
        key=key,
        title=(row["zh"], row.get("en")),
        number=row.get("number"),
        period=(row["begin"], row["end"]) if row.get("begin") and row.get("end") else None,
        place=row.get("place"),
        place_name=(row.get("placeZh"), row.get("placeEn")),
        has_text=bool(row.get("source")),
    )


def dumps(manifest: Mapping[str, Any]) -> list[File]:
    """The whole dataset as the site always gives it; the sorted N-Quads have the snapshot's digest as checksum."""
    found = [
        File(
            f"{BASE}graphs?default&format={SHORT[extension]}", type_, f"全部三元组（{name}）", f"All triples as {name}"
        )
        for extension, (type_, name) in FORMS.items()
    ]
    digest = str(manifest.get("digest", "")).removeprefix("sha256:")
    if digest:
        nquads = f"{BASE}download/atkg.nq"
        title = ("全部四元组（规范 N-Quads，已排序）", "All quads as sorted canonical N-Quads")
        found.append(File(nquads, "application/n-quads", *title, sha256=digest))
    return found


def documents(plan: PlanEntry) -> list[File]:
    """What was read in a plan, as the site gives it."""
    address = f"{BASE}data/{plan.graph.removeprefix(BASE)}"
    return [
        File(f"{address}.{extension}", type_, f"{plan.title[0]}（{name}）", f"{plan.title[1] or plan.key} as {name}")
        for extension, (type_, name) in FORMS.items()
    ]


def period_of(plans: Iterable[PlanEntry]) -> tuple[str, str] | None:
    """From the first day of a plan to the last day of one."""
    periods = [plan.period for plan in plans if plan.period]
    return (min(begin for begin, _ in periods), max(end for _, end in periods)) if periods else None
