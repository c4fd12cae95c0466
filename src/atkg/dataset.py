"""The whole dataset as it stands in the data folder: graphs written by `build`, registers, ontology, shapes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from atkg import iris, rules
from atkg.derivation import attested, by_reference
from atkg.errors import InputError
from atkg.graph import PlanWriter, agency_lines, catalogue_lines, register_clause_lines, register_lines
from atkg.model import Reading
from atkg.namespaces import ATKG, BASE
from atkg.national import read_register
from atkg.plans import PlanFolder
from atkg.registers import Registers, normalise_name
from atkg.resources import VERSION, resource
from atkg.store import Store

_ASSIGNED: Final = f"""
PREFIX atkg: <{ATKG}>
SELECT ?agency ?mention ?clause (COUNT(*) AS ?times) WHERE {{
    GRAPH ?graph {{
        ?task atkg:statedIn ?clause ; atkg:assignment ?assignment .
        ?assignment atkg:agency ?agency ; atkg:mention ?mention .
    }}
}}
GROUP BY ?agency ?mention ?clause
"""

_MEMBERS: Final = f"""
PREFIX atkg: <{ATKG}>
SELECT ?group ?clause ?text ?member WHERE {{
    GRAPH ?graph {{
        ?group atkg:hasMember ?member ; atkg:statedIn ?clause .
        ?clause atkg:sourceText ?text .
    }}
}}
"""

_REFERENCES: Final = f"""
PREFIX atkg: <{ATKG}>
SELECT ?clause ?reference WHERE {{ ?clause atkg:reference ?reference }}
"""

_STATING: Final = f"""
PREFIX atkg: <{ATKG}>
SELECT DISTINCT ?clause WHERE {{ ?task a atkg:Task ; atkg:statedIn ?clause }}
"""

_OTHERS: Final = f"""
PREFIX atkg: <{ATKG}>
SELECT DISTINCT ?agency WHERE {{
    FILTER (ISIRI(?agency) && STRSTARTS(STR(?agency), "{BASE}id/agency/"))
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
        if folder.text is not None:
            for path, graph in graph_files(folder.path):
                load_graph(store, path, graph)
    add_context(store, plans, registers)
    return store


def graph_files(folder: Path) -> tuple[tuple[Path, str], ...]:
    """(file, named graph) of the graphs in the folder of a plan with a text."""
    return (
        (folder / "graph.ttl", iris.graph("plan", folder.name)),
        (folder / "derivation.ttl", iris.graph("derivation", folder.name)),
    )


def load_graph(store: Store, path: Path, graph: str) -> None:
    """Add a graph file that `atkg build` writes.

    Raises:
        InputError: it is not there yet, or can't be parsed.
    """
    if not path.exists():
        raise InputError(
            path,
            "没有这个文件；请运行 atkg build，由 source.txt 生成。",
            "is missing; run `atkg build` to make it from source.txt",
        )
    store.load_file(path, graph)


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

    And add what follows from them by the rules: graph/inferred/….

    Raises:
        InputError: a register cites a part that its plan doesn't have.
    """
    keys = {plan.key for plan in plans}
    references = {key: rows for key, rows in references_in(store).items() if key in keys}
    store.load("\n".join(context_lines(plans, registers, references)).encode())
    add_terms(store)
    usage = Usage.of(store)
    usage.add_names(issued(plans, registers))
    places = {plan.key: plan.record.jurisdiction for plan in plans}
    store.load("\n".join(agency_quads(usage, places, registers)).encode())
    rules.materialise(store)


References = list[tuple[str, str, bool]]
"""(clause path, the form that people cite it by, whether it states a task), for one plan."""


def context_lines(
    plans: Sequence[PlanFolder], registers: Registers, references: Mapping[str, References]
) -> Iterator[str]:
    """What stands beside the plans that have a text: cited plans, registers, catalogue.

    Raises:
        InputError: a register cites a part that its plan doesn't have.
    """
    for folder in plans:
        if folder.text is None:
            yield from PlanWriter(Reading(folder.record, ""), registers).plan_lines()
        if folder.record.register:
            path = register_path(folder)
            clauses = read_register(path)
            cited = {key: by_reference(sorted(rows)) for key, rows in references.items() if rows}
            witnesses = {name: key for name, key in folder.record.witnesses.items() if key in cited}
            found = attested(clauses, witnesses, cited, path)
            yield from register_clause_lines(folder.record, clauses, found, registers)
    yield from register_lines(registers)
    yield from catalogue_lines(VERSION)


def add_terms(store: Store) -> None:
    """Add ontology and shapes."""
    for name in ("ontology", "shapes"):
        for path in sorted(resource(name).glob("*.ttl")):
            store.load_file(path, iris.graph(name))


def references_in(store: Store) -> dict[str, References]:
    """Plan key → how its clauses are cited."""
    # asked apart: within an EXISTS of two patterns the engine knows nothing of the clause outside
    stating = {row["clause"] for row in store.select(_STATING)}
    cited: dict[str, References] = {}
    for row in store.select(_REFERENCES):
        key, _, part = row["clause"].removeprefix(BASE + "eli/").partition("/")
        cited.setdefault(key, []).append((part, row["reference"], row["clause"] in stating))
    return cited


def register_path(folder: PlanFolder) -> Path:
    """The register that the clauses of this plan are reconstructed in."""
    return folder.path.parent.parent / "registers" / f"{folder.record.register}.csv"


@dataclass(slots=True)
class Usage:
    """How graphs use agencies, graph by graph, so that what several say together is the sum of what each says.

    Args:
        agencies: the agencies that are named as an object of any kind.
        mentions: (agency, name as written, plan of the clause) → how often.
        listed: (text of a clause, its plan, member) for the members of collectives.
    """

    agencies: set[str] = field(default_factory=set)
    mentions: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    listed: set[tuple[str, str, str]] = field(default_factory=set)

    @classmethod
    def of(cls, store: Store) -> Usage:
        """What the graphs of this store say."""
        usage = cls({row["agency"] for row in store.select(_OTHERS)})
        for row in store.select(_ASSIGNED):
            usage.mentions[row["agency"], row["mention"], _plan_key(row["clause"])] += int(row["times"])
        usage.listed = {(row["text"], _plan_key(row["clause"]), row["member"]) for row in store.select(_MEMBERS)}
        return usage

    def add_names(self, names: Iterable[tuple[str, str]]) -> None:
        """Count further names of agencies, where the agencies are used."""
        for agency, name in names:
            if agency in self.agencies:
                self.mentions[agency, name, ""] += 1

    def add(self, other: Usage) -> None:
        """Add what other graphs say."""
        self.agencies |= other.agencies
        self.mentions.update(other.mentions)
        self.listed |= other.listed

    def about(self, agencies: Container[str]) -> Usage:
        """What is said about these agencies."""
        return Usage(
            {agency for agency in self.agencies if agency in agencies},
            Counter({key: times for key, times in self.mentions.items() if key[0] in agencies}),
            {row for row in self.listed if row[2] in agencies},
        )


def issued(plans: Iterable[PlanFolder], registers: Registers) -> Iterator[tuple[str, str]]:
    """(agency, its name) for the issuer of each plan, which stands in plan.toml."""
    for folder in plans:
        name = folder.record.issuer or ""
        for known in registers.candidates(name, folder.record.jurisdiction) if name else ():
            yield iris.agency(known.jurisdiction, known.row.slug), name


def agency_quads(usage: Usage, places: Mapping[str, str], registers: Registers) -> Iterator[str]:
    """The lines of graph/register/agencies for every agency that is used.

    Args:
        usage: how the agencies are used.
        places: plan key → its jurisdiction.
        registers: the registers; an agency of a jurisdiction that they don't know has no line.
    """
    start = len(BASE + "id/agency/")
    homes = {agency: agency[start:].partition("/")[0] for agency in usage.agencies}
    homes = {agency: place for agency, place in homes.items() if place in registers.jurisdictions}
    used: dict[str, Counter[str]] = {agency: Counter() for agency in homes}
    for (agency, mention, key), times in sorted(usage.mentions.items(), key=lambda row: row[0][2], reverse=True):
        if agency in used:
            used[agency][mention] += times
            homes[agency] = places.get(key, homes[agency])
    for agency, mention in _listed(usage, registers, places):
        if agency in used:
            used[agency][mention] += 1
    yield from agency_lines(registers, used, homes)


def _listed(usage: Usage, registers: Registers, places: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The members of a collective by the names that its clause lists."""
    members: dict[tuple[str, str], set[str]] = {}
    for text, key, member in usage.listed:
        members.setdefault((key, text), set()).add(member)
    # plan by plan: the registers keep the names of a few places only
    for (key, text), listed in sorted(members.items()):
        place = places.get(key, "")
        for name in filter(None, re.split(r"[、，,。]|为[^，。、]*成员单位", text)):
            known = registers.candidates(name, place)
            agencies = [iris.agency(each.jurisdiction, each.row.slug) for each in known]
            for agency in agencies or [iris.agency(place, iris.unregistered_slug(normalise_name(name)))]:
                if agency in listed:
                    yield agency, name


def _plan_key(clause: str) -> str:
    return clause.removeprefix(BASE + "eli/").partition("/")[0]
