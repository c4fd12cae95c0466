"""The registers in data/registers: jurisdictions, functions, agencies, stages, concepts.

A register row is where a quirk of a document becomes data: a new way to write an agency's name is a
pattern in agencies.csv, never a line of code.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from atkg.errors import InputError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

GROUP: Final = "group"
"""The kind of a phrase that stands for several bodies."""


@dataclass(frozen=True, slots=True)
class Jurisdiction:
    slug: str
    name_zh: str
    place_zh: str
    name_en: str
    level: str
    within: str
    source: str


@dataclass(frozen=True, slots=True)
class Identifier:
    """A code or identifier of a jurisdiction elsewhere, with the time in which it was in force."""

    slug: str
    scheme: str
    identifier: str
    valid_from: str
    valid_until: str
    match: str
    source: str


@dataclass(frozen=True, slots=True)
class Concept:
    scheme: str
    slug: str
    label_zh: str
    label_en: str
    definition_zh: str = ""
    definition_en: str = ""


@dataclass(frozen=True, slots=True)
class AgencyRow:
    """A row of agencies.csv: a body (or collective), the names it goes by, and its lines."""

    slug: str
    scope: str
    names: tuple[str, ...]
    misspellings: tuple[str, ...]
    functions: tuple[str, ...]
    kind: str
    label_zh: str
    label_en: str
    note: str

    @property
    def is_group(self) -> bool:
        return self.kind == GROUP


@dataclass(frozen=True, slots=True)
class Known:
    """A registered agency that a name stands for."""

    jurisdiction: str
    row: AgencyRow
    misspelt: bool
    full_name: str
    """The name with the jurisdiction's own name for its level: 玉溪市公安局 for 市公安局."""


@dataclass(frozen=True, slots=True)
class Stage:
    slug: str
    label_zh: str
    label_en: str
    headings: re.Pattern[str]


@dataclass(frozen=True)
class Registers:
    """All registers of one data folder, read and checked."""

    jurisdictions: Mapping[str, Jurisdiction]
    identifiers: Sequence[Identifier]
    functions: Sequence[Concept]
    stages: Sequence[Stage]
    schemes: Sequence[Concept]
    concepts: Sequence[Concept]
    agencies: Sequence[AgencyRow]

    @classmethod
    def load(cls, folder: Path) -> Registers:
        """The registers in this folder.

        Raises:
            InputError: a file is missing, or a row lacks a column or names something unknown.
        """
        jurisdictions: dict[str, Jurisdiction] = {}
        places = list(read_csv(folder / "jurisdictions.csv", _columns(Jurisdiction)))
        for line, row in places:
            if row["slug"] in jurisdictions or not row["slug"] or not row["name_zh"]:
                raise InputError(
                    folder / "jurisdictions.csv",
                    f"slug {row['slug']!r} 重复，或 slug、name_zh 为空。",
                    f"the slug {row['slug']!r} is there twice, or slug or name_zh is empty",
                    line,
                )
            jurisdictions[row["slug"]] = Jurisdiction(**row)
        for line, row in places:
            if row["within"] and row["within"] not in jurisdictions:
                raise InputError(
                    folder / "jurisdictions.csv",
                    f"within：没有行政区划 {row['within']!r}。",
                    f"within: no jurisdiction {row['within']!r}",
                    line,
                )
        _check_within(folder / "jurisdictions.csv", jurisdictions)
        functions = [
            Concept("function", row["slug"], row["label_zh"], row["label_en"])
            for _, row in read_csv(folder / "functions.csv", ("slug", "label_zh", "label_en", "note"))
        ]
        concepts = [Concept(**row) for _, row in read_csv(folder / "concepts.csv", _columns(Concept))]
        return cls(
            jurisdictions=jurisdictions,
            identifiers=[
                Identifier(**row) for _, row in read_csv(folder / "jurisdiction-identifiers.csv", _columns(Identifier))
            ],
            functions=functions,
            stages=list(_stages(folder / "stages.csv")),
            schemes=[
                Concept("", row["slug"], row["label_zh"], row["label_en"])
                for _, row in read_csv(folder / "schemes.csv", ("slug", "label_zh", "label_en"))
            ],
            concepts=concepts,
            agencies=list(
                _agencies(
                    folder / "agencies.csv",
                    functions={concept.slug for concept in functions},
                    kinds={concept.slug for concept in concepts if concept.scheme == "body-kind"} | {GROUP},
                    scopes={concept.slug for concept in concepts if concept.scheme == "level"} | set(jurisdictions),
                )
            ),
        )

    def lineage(self, jurisdiction: str) -> Iterator[Jurisdiction]:
        """The jurisdiction and all above it, nearest first; nothing for an unregistered one."""
        here = self.jurisdictions.get(jurisdiction)
        while here:
            yield here
            here = self.jurisdictions.get(here.within) if here.within else None

    def candidates(self, name: str, jurisdiction: str) -> list[Known]:
        """The registered agencies that a name in a plan of this jurisdiction may stand for.

        None: the name is unknown. Several: the register can't tell, so the name is ambiguous.
        """
        names = self._names(jurisdiction)
        wanted = normalise_name(name)
        if wanted in names:
            return names[wanted]
        for above in list(self.lineage(jurisdiction))[1:]:  # 重庆市大足区人民政府办公室 = 大足区人民政府办公室
            shorter = wanted.removeprefix(above.name_zh)
            if shorter != wanted and shorter in names:
                return names[shorter]
        return []

    def subject_pattern(self, jurisdiction: str) -> re.Pattern[str]:
        """A pattern that matches every registered name in a plan of this jurisdiction, longest first."""
        names = sorted(self._names(jurisdiction), key=lambda name: (-len(name), name))
        return re.compile("|".join(_loose(name) for name in names) or r"(?!)")

    def stage(self, headings: Sequence[str]) -> str | None:
        """The stage that the outermost telling heading of a clause names, if any does."""
        for heading in headings:
            for stage in self.stages:
                if stage.headings.search(heading):
                    return stage.slug
        return None

    @cached_property
    def jurisdiction_names(self) -> Sequence[tuple[str, str]]:
        """(full Chinese name, slug), longest first, the nation last."""
        places = [place for place in self.jurisdictions.values() if place.level != "nation"]
        return sorted(((place.name_zh, place.slug) for place in places), key=lambda pair: (-len(pair[0]), pair))

    @cached_property
    def _names(self) -> Callable[[str], dict[str, list[Known]]]:
        """As _names_of, kept for the places asked about last: a nation has thousands, at half a megabyte each."""
        return lru_cache(maxsize=32)(self._names_of)

    def _names_of(self, jurisdiction: str) -> dict[str, list[Known]]:
        """Every name that a plan of this jurisdiction can use, with what it stands for."""
        found: dict[str, list[tuple[int, Known]]] = {}
        for place in self.lineage(jurisdiction):
            for row in self.agencies:
                if row.scope not in ("", place.level, place.slug):
                    continue
                rank = ("", place.level, place.slug).index(row.scope)
                for patterns, misspelt in ((row.names, False), (row.misspellings, True)):
                    for pattern in patterns:
                        own = place.slug == jurisdiction
                        # 公安部 is known in every plan; 国资委 means the plan's own place's
                        bare = own or (row.scope == "nation" and normalise_name(pattern) not in found)
                        if (name := _expand(pattern, place, bare=bare)) is not None:
                            full_name = pattern.format(L=place.name_zh, J=place.name_zh, P=place.place_zh)
                            known = Known(place.slug, row, misspelt, full_name)
                            found.setdefault(normalise_name(name), []).append((rank, known))
        return {name: _most_specific(rows) for name, rows in found.items()}


def normalise_name(name: str) -> str:
    """The name without white space and without the difference of half and full width.

    >>> normalise_name("区委统战部（区民族和 宗教事务委员会）")
    '区委统战部(区民族和宗教事务委员会)'
    """
    return "".join(unicodedata.normalize("NFKC", name).split())


def _most_specific(rows: list[tuple[int, Known]]) -> list[Known]:
    best = max(rank for rank, _ in rows)
    kept: dict[tuple[str, str], Known] = {}
    for rank, known in rows:
        if rank == best:
            kept.setdefault((known.jurisdiction, known.row.slug), known)
    return list(kept.values())


def _expand(pattern: str, place: Jurisdiction, *, bare: bool) -> str | None:
    if "{" not in pattern:
        return pattern if bare else None
    if "{L}" in pattern and place.level == "nation":
        return None
    return pattern.format(L=place.name_zh[-1], J=place.name_zh, P=place.place_zh)


def _loose(name: str) -> str:
    """A pattern for the name in either width of its brackets and commas."""
    widths = {"(": "[(（]", ")": "[)）]", ",": "[,，]", ":": "[:：]"}
    return "".join(widths.get(char) or re.escape(char) for char in name)


def _columns(record: type[DataclassInstance]) -> tuple[str, ...]:
    """The columns of a register whose rows are records of this class."""
    return tuple(field.name for field in fields(record))


def read_csv(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a CSV file with their line numbers, each with exactly these columns, stripped.

    Raises:
        InputError: the file is missing, is not UTF-8, or a row or the header is not as expected.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = next(reader, [])
            if tuple(header) != tuple(columns):
                expected, found = ",".join(columns), ",".join(header)
                raise InputError(
                    path, f"列应为 {expected}，现为 {found}。", f"expected the columns {expected}; found {found}", 1
                )
            for row in reader:
                if not row:
                    continue
                if len(row) != len(columns):
                    raise InputError(
                        path,
                        f"应有 {len(columns)} 个值，现有 {len(row)} 个。",
                        f"expected {len(columns)} values, found {len(row)}",
                        reader.line_num,
                    )
                yield reader.line_num, dict(zip(columns, (value.strip() for value in row), strict=True))
    except OSError as error:
        raise InputError.unreadable(path, error) from error
    except UnicodeDecodeError as error:
        at = error.start
        raise InputError(path, f"不是 UTF-8 文本（第 {at} 字节）。", f"is not UTF-8 text (byte {at})") from error
    except csv.Error as error:
        raise InputError(path, f"不是有效的 CSV：{error}", f"is not valid CSV: {error}", reader.line_num) from error


def _check_within(path: Path, jurisdictions: Mapping[str, Jurisdiction]) -> None:
    """Every jurisdiction reaches one that lies in no other.

    Raises:
        InputError: jurisdictions lie within each other.
    """
    for line, slug in enumerate(jurisdictions, 2):
        seen: set[str] = set()
        here = slug
        while here:
            if here in seen:
                raise InputError(
                    path, f"within：{slug!r} 归根到底在自身之内。", f"within: {slug!r} lies within itself", line
                )
            seen.add(here)
            here = jurisdictions[here].within


def _split(value: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split("|") if part.strip())


def _stages(path: Path) -> Iterator[Stage]:
    for line, row in read_csv(path, ("slug", "label_zh", "label_en", "headings")):
        try:
            headings = re.compile(row["headings"])
        except re.error as error:
            raise InputError(
                path, f"headings 不是正则表达式：{error}", f"headings is not a regular expression: {error}", line
            ) from error
        yield Stage(row["slug"], row["label_zh"], row["label_en"], headings)


def _agencies(path: Path, *, functions: set[str], kinds: set[str], scopes: set[str]) -> Iterator[AgencyRow]:
    lines: dict[tuple[str, str], int] = {}
    for line, row in read_csv(path, _columns(AgencyRow)):
        first = lines.setdefault((row["slug"], row["scope"]), line)
        if first != line or not row["slug"]:
            raise InputError(
                path,
                f"slug {row['slug']!r} 为空，或与第 {first} 行同 slug、同 scope。",
                f"the slug {row['slug']!r} is empty, or stands with the same scope in line {first}",
                line,
            )
        agency = AgencyRow(
            slug=row["slug"],
            scope=row["scope"],
            names=_split(row["names"]),
            misspellings=_split(row["misspellings"]),
            functions=_split(row["functions"]),
            kind=row["kind"],
            label_zh=row["label_zh"],
            label_en=row["label_en"],
            note=row["note"],
        )
        unknown: list[tuple[Literal["kind", "scope", "function"], str]] = [
            ("function", function) for function in agency.functions if function not in functions
        ]
        if agency.kind not in kinds:
            unknown.append(("kind", agency.kind))
        if agency.scope and agency.scope not in scopes:
            unknown.append(("scope", agency.scope))
        for what, value in unknown:
            raise InputError(
                path, f"{what}：登记表中没有 {value!r}。", f"{what}: {value!r} is not in the registers", line
            )
        if agency.is_group == bool(agency.functions):
            raise InputError(
                path,
                "具体机构至少有一条线，机构统称没有条线。",
                "a body has one function or more, a group has none",
                line,
            )
        for pattern in (*agency.names, *agency.misspellings):
            if re.search(r"[{}]", re.sub(r"\{[LJP]\}", "", pattern)):
                raise InputError(
                    path,
                    f"{pattern!r}：占位符应为 {{L}}、{{J}} 或 {{P}}。",
                    f"{pattern!r}: expected {{L}}, {{J}} or {{P}} as place-holders",
                    line,
                )
        yield agency
