"""The whole dataset as it stands in the data folder: graphs written by `build`, registers, ontology, shapes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Final

from atkg import iris
from atkg.derivation import attested, by_reference
from atkg.errors import InputError
from atkg.graph import PlanWriter, agency_lines, catalogue_lines, register_clause_lines, register_lines
from atkg.model import Reading
from atkg.namespaces import ATKG, BASE
from atkg.national import read_register
from atkg.plans import PlanFolder
from atkg.registers import Registers, normalise_name
from atkg.resources import resource
from atkg.store import Store

VERSION: Final = version("atkg")

_ASSIGNED: Final = f"""
PREFIX atkg: <{ATKG}>
SELECT ?agency ?mention ?clause (COUNT(*) AS ?times) WHERE {{
    ?task atkg:statedIn ?clause ; atkg:assignment ?assignment .
    ?assignment atkg:agency ?agency ; atkg:mention ?mention .
}}
GROUP BY ?agency ?mention ?clause
"""

_MEMBERS: Final = f"""
PREFIX atkg: <{ATKG}>
SELECT ?group ?clause ?text ?member WHERE {{
    ?group atkg:hasMember ?member ; atkg:statedIn ?clause .
    ?clause atkg:sourceText ?text .
}}
"""

_REFERENCES: Final = f"""
PREFIX atkg: <{ATKG}>
SELECT ?clause ?reference (STR(EXISTS {{ ?task atkg:statedIn ?clause ; atkg:partOf ?plan }}) AS ?states) WHERE {{
    ?clause atkg:reference ?reference .
}}
"""

TRACES: Final = f"""
PREFIX atkg: <{ATKG}>
CONSTRUCT {{ ?part atkg:tracesTo ?above }} WHERE {{ ?part atkg:derivedFrom+ ?above }}
"""

_OTHERS: Final = f"""
PREFIX atkg: <{ATKG}>
SELECT DISTINCT ?agency WHERE {{
    {{ ?node atkg:agency ?agency }} UNION {{ ?plan atkg:issuer ?agency }} UNION {{ ?group atkg:hasMember ?agency }}
    UNION {{ ?task atkg:assignedAgency|atkg:leadAgency|atkg:cooperatingAgency|atkg:implementingAgency ?agency }}
}}
"""


def load(plans: Sequence[PlanFolder], registers: Registers) -> Store:
    """All graphs in one store in memory.

    Raises:
        InputError: a plan has no graph.ttl or derivation.ttl yet, or a file can't be parsed.
    """
    store = Store()
    for folder in plans:
        if folder.text is None:
            continue
        for name, kind in (("graph.ttl", "plan"), ("derivation.ttl", "derivation")):
            path = folder.path / name
            if not path.exists():
                raise InputError(
                    path,
                    "没有这个文件；请运行 atkg build，由 source.txt 生成。",
                    "is missing; run `atkg build` to make it from source.txt",
                )
            store.load_file(path, iris.graph(kind, folder.key))
    add_context(store, plans, registers)
    return store


def files(data: Path, plans: Sequence[PlanFolder]) -> dict[str, Path]:
    """Named graph → the file of the data folder (or of atkg) that its triples come from."""
    found = {iris.graph("ontology"): resource("ontology") / "atkg.ttl"}
    for folder in plans:
        text = folder.text is not None
        found[iris.graph("plan", folder.key)] = folder.path / ("graph.ttl" if text else "plan.toml")
        found[iris.graph("derivation", folder.key)] = folder.path / "derivation.ttl"
    for path in (data / "registers").glob("*.csv"):
        found[iris.graph("register", path.stem)] = path
    return found


def add_context(store: Store, plans: Sequence[PlanFolder], registers: Registers) -> None:
    """Add what the plans' graphs refer to: cited plans, registers, agencies, ontology, shapes, catalogue.

    And add what follows from them: graph/inferred/tracesTo.

    Raises:
        InputError: a register cites a part that its plan doesn't have.
    """
    lines: list[str] = []
    for folder in plans:
        if folder.text is None:
            lines += PlanWriter(Reading(folder.record, ""), registers).plan_lines()
        if folder.record.register:
            lines += _register_clauses(store, folder, plans, registers)
    lines += register_lines(registers)
    lines += catalogue_lines(VERSION)
    store.load("\n".join(lines).encode())
    for name in ("ontology", "shapes"):
        for path in sorted(resource(name).glob("*.ttl")):
            store.load_file(path, iris.graph(name))
    store.load("\n".join(_agencies(store, plans, registers)).encode())
    store.infer(TRACES, iris.graph("inferred", "tracesTo"))


def _register_clauses(
    store: Store, folder: PlanFolder, plans: Sequence[PlanFolder], registers: Registers
) -> Iterator[str]:
    path = register_path(folder)
    clauses = read_register(path)
    cited: dict[str, list[tuple[str, str, bool]]] = {plan.key: [] for plan in plans}
    for row in store.select(_REFERENCES):
        key, _, part = row["clause"].removeprefix(BASE + "eli/").partition("/")
        if key in cited:
            cited[key].append((part, row["reference"], row["states"] == "true"))
    references = {key: by_reference(sorted(rows)) for key, rows in cited.items() if rows}
    witnesses = {name: key for name, key in folder.record.witnesses.items() if key in references}
    return register_clause_lines(folder.record, clauses, attested(clauses, witnesses, references, path), registers)


def register_path(folder: PlanFolder) -> Path:
    """The register that the clauses of this plan are reconstructed in."""
    return folder.path.parent.parent / "registers" / f"{folder.record.register}.csv"


def _agencies(store: Store, plans: Sequence[PlanFolder], registers: Registers) -> Iterator[str]:
    """The lines of graph/register/agencies for every agency that the store mentions."""
    places = {folder.key: folder.record.jurisdiction for folder in plans}
    used: dict[str, Counter[str]] = {row["agency"]: Counter() for row in store.select(_OTHERS)}
    homes = {agency: agency.removeprefix(BASE + "id/agency/").partition("/")[0] for agency in used}
    for row in store.select(_ASSIGNED):
        used[row["agency"]][row["mention"]] += int(row["times"])
        homes[row["agency"]] = places.get(_plan_key(row["clause"]), homes[row["agency"]])
    issuers = [(folder.record.jurisdiction, folder.record.issuer) for folder in plans if folder.record.issuer]
    for agency, place, mention in (*_issued(registers, issuers), *_listed(store, registers, places)):
        if agency in used:
            used[agency][mention] += 1
            homes.setdefault(agency, place)
    yield from agency_lines(registers, used, homes)


def _issued(registers: Registers, issuers: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str, str]]:
    for place, name in issuers:
        for known in registers.candidates(name, place):
            yield iris.agency(known.jurisdiction, known.row.slug), place, name


def _listed(store: Store, registers: Registers, places: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """The members of a collective by the names that its clause lists."""
    rows = store.select(_MEMBERS)
    members = {(row["clause"], row["member"]) for row in rows}
    for clause, text in sorted({(row["clause"], row["text"]) for row in rows}):
        place = places.get(_plan_key(clause), "")
        for name in filter(None, re.split(r"[、，,。]|为[^，。、]*成员单位", text)):
            known = registers.candidates(name, place)
            agencies = [iris.agency(each.jurisdiction, each.row.slug) for each in known]
            for agency in agencies or [iris.agency(place, iris.unregistered_slug(normalise_name(name)))]:
                if (clause, agency) in members:
                    yield agency, place, name


def _plan_key(clause: str) -> str:
    return clause.removeprefix(BASE + "eli/").partition("/")[0]
