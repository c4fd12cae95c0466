"""What a page of each class shows beside what every page shows: one reader a class, each with its template."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from atkg.namespaces import ATKG, BASE, DCT, OA, RDF, SKOS
from atkg.web.engine import Engine, iri, select
from atkg.web.site.names import Names, Node
from atkg.web.site.things import MAX_RELATED, Properties, describe, iris_of, natural, subjects, text_of

MAX_LINKS: Final = 200
"""The most derivations in the chain of one page."""

_ROLES: Final = tuple(f"{BASE}id/role/{role}" for role in ("lead", "cooperating", "implementing"))


@dataclass(frozen=True, slots=True)
class Scene:
    """One thing on its way to a page: what is said of it, and who knows the names."""

    engine: Engine
    names: Names
    thing: str
    properties: Properties

    def has(self, property_: str, value: str) -> bool:
        """The thing has this value of this property of ours."""
        return any(term.value == value for term in self.properties.get(f"{ATKG}{property_}", ()))


@dataclass(frozen=True, slots=True)
class Link:
    """One derivation of a chain, and what lies above its upper end."""

    derivation: str
    to: Node
    basis: Node | None
    confidence: str | None
    reviewed: bool
    self_attested: bool
    further: list[Link] = field(default_factory=list)


@dataclass(slots=True)
class Part:
    """One clause of an outline, with what it contains and the tasks that it states."""

    node: Node
    parts: list[Part] = field(default_factory=list)
    tasks: list[tuple[Node, list[Node]]] = field(default_factory=list)


def chain(scene: Scene) -> list[Link]:
    """The derivations upwards from a thing, each with those of its upper end."""
    below: dict[str, list[tuple[str, Properties]]] = {}
    frontier, links = {scene.thing}, 0
    while frontier and links < MAX_LINKS:
        listed = " ".join(iri(each).to_sparql() for each in sorted(frontier))
        rows = select(
            scene.engine,
            f"SELECT ?link WHERE {{ VALUES ?from {{ {listed} }} ?link <{ATKG}from> ?from }} LIMIT {MAX_LINKS}",
        )
        found = describe(scene.engine, [row["link"].value for row in rows])
        below |= {each: [] for each in frontier}
        frontier = set()
        for name in sorted(found, key=natural):
            links += 1
            for lower in iris_of(found[name], f"{ATKG}from"):
                below.setdefault(lower, []).append((name, found[name]))
            frontier.update(upper for upper in iris_of(found[name], f"{ATKG}to") if upper not in below)
    scene.names.learn(upper for some in below.values() for _, each in some for upper in iris_of(each, f"{ATKG}to"))
    return _above(scene.thing, below, scene.names, frozenset())


def _above(
    thing: str, below: Mapping[str, list[tuple[str, Properties]]], names: Names, passed: frozenset[str]
) -> list[Link]:
    return [
        Link(
            derivation=name,
            to=names.node(upper),
            basis=next((names.node(each) for each in iris_of(found, f"{ATKG}derivationBasis")), None),
            confidence=text_of(found, f"{ATKG}confidence"),
            reviewed=text_of(found, f"{ATKG}reviewed") == "true",
            self_attested=text_of(found, f"{ATKG}selfAttested") == "true",
            further=_above(upper, below, names, passed | {thing}),
        )
        for name, found in below.get(thing, ())
        for upper in iris_of(found, f"{ATKG}to")
        if upper not in passed
    ]


def _words(scene: Scene) -> dict[str, Any]:
    """The words of a part, or why there are none."""
    return {
        "words": text_of(scene.properties, f"{ATKG}sourceText"),
        "recovered": text_of(scene.properties, f"{ATKG}recoveredText"),
        "lost": scene.has("textState", f"{BASE}id/text-state/lost"),
        "local": scene.has("localMeasure", "true"),
        "reason": text_of(scene.properties, f"{ATKG}reason", scene.names.language),
    }


def _milestones(scene: Scene) -> list[dict[str, Any]]:
    found = describe(scene.engine, iris_of(scene.properties, f"{ATKG}milestone"))
    return [
        {
            "thing": name,
            "timing": next((scene.names.node(each) for each in iris_of(found[name], f"{ATKG}timing")), None),
            "done": f"{BASE}id/timing/done" in iris_of(found[name], f"{ATKG}timing"),
            "begin": text_of(found[name], f"{ATKG}beginDate"),
            "end": text_of(found[name], f"{ATKG}endDate"),
            "recurrence": text_of(found[name], f"{ATKG}recurrence"),
            "words": text_of(found[name], f"{ATKG}sourceText"),
        }
        for name in sorted(found, key=natural)
    ]


def task(scene: Scene) -> dict[str, Any]:
    """Who does what in which role, by when, and the line up to the national plan."""
    found = describe(scene.engine, iris_of(scene.properties, f"{ATKG}assignment"))
    scene.names.learn(each for some in found.values() for each in iris_of(some, f"{ATKG}agency"))
    roles = sorted(
        {role for some in found.values() for role in iris_of(some, f"{ATKG}role")},
        key=lambda role: _ROLES.index(role) if role in _ROLES else len(_ROLES),
    )
    return {
        **_words(scene),
        "roles": [
            (
                scene.names.node(role),
                [
                    {
                        "thing": name,
                        "agency": scene.names.node(agency),
                        "mention": text_of(found[name], f"{ATKG}mention"),
                        "wording": text_of(found[name], f"{ATKG}roleWording"),
                    }
                    for name in sorted(found, key=natural)
                    if role in iris_of(found[name], f"{ATKG}role")
                    for agency in iris_of(found[name], f"{ATKG}agency")
                ],
            )
            for role in roles
        ],
        "open_list": scene.has("openList", "true"),
        "milestones": _milestones(scene),
        "chain": chain(scene),
        "within": _within(scene, next(iter(iris_of(scene.properties, f"{ATKG}statedIn")), None)),
    }


def clause(scene: Scene) -> dict[str, Any]:
    """Where the clause stands, its words, what it contains, and the line up to the national plan."""
    parts = subjects(scene.engine, f"{ATKG}partOf", scene.thing, f"{ATKG}Clause")
    tasks = subjects(scene.engine, f"{ATKG}statedIn", scene.thing, f"{ATKG}Task")
    scene.names.learn([*parts, *tasks])
    return {
        **_words(scene),
        "parts": _in_order(scene, parts),
        "tasks": [(scene.names.node(each), leads) for each, leads in _leads(scene, tasks).items()],
        "milestones": _milestones(scene),
        "chain": chain(scene),
        "within": _within(scene, scene.thing)[:-1],
    }


def reconstructed_clause(scene: Scene) -> dict[str, Any]:
    """What attests the clause, and which parts take it up."""
    attested = iris_of(scene.properties, f"{ATKG}attestedBy")
    scene.names.learn(attested)
    return {
        **clause(scene),
        "attested": [scene.names.node(each) for each in attested],
        "single": text_of(scene.properties, f"{ATKG}attestationCount") == "1",
        "state": next((scene.names.node(each) for each in iris_of(scene.properties, f"{ATKG}numberState")), None),
    }


def plan(scene: Scene) -> dict[str, Any]:
    """The outline of the plan: each clause with its tasks and who leads them."""
    rows = select(
        scene.engine,
        f"""SELECT ?part ?above ?clause WHERE {{
            ?part <{ATKG}partOf>+ {iri(scene.thing).to_sparql()} ; <{ATKG}partOf> ?above .
            OPTIONAL {{ ?part <{ATKG}statedIn> ?clause }}
        }} LIMIT {MAX_RELATED}""",
    )
    scene.names.learn(row["part"].value for row in rows)
    tasks = [row["part"].value for row in rows if "clause" in row]
    leads = _leads(scene, sorted(tasks, key=natural))
    clauses = [row["part"].value for row in rows if "clause" not in row]
    parts = {name: Part(scene.names.node(name)) for name in clauses}
    place = _places(scene.engine, clauses)
    tops: list[Part] = []
    for row in sorted(rows, key=lambda row: place.get(row["part"].value, (0, 0, natural(row["part"].value)))):
        name, above = row["part"].value, row["above"].value
        if "clause" in row:
            if row["clause"].value in parts:
                parts[row["clause"].value].tasks.append((scene.names.node(name), leads.get(name, [])))
        else:
            (parts[above].parts if above in parts else tops).append(parts[name])
    return {
        "outline": tops,
        "task_count": len(tasks),
        "clause_count": len(parts),
        "cut": len(rows) == MAX_RELATED,
        "chain": chain(scene),
        "implementing": _nodes(scene, subjects(scene.engine, f"{ATKG}implementsPlan", scene.thing, limit=MAX_LINKS)),
        "title": text_of(scene.properties, f"{DCT}title"),
        "source": next(iter(iris_of(scene.properties, f"{DCT}source")), None),
    }


def agency(scene: Scene) -> dict[str, Any]:
    """Whether the agency is registered, and its names."""
    types = iris_of(scene.properties, f"{RDF}type")
    return {
        "registered": any(f"{ATKG}{kind}" in types for kind in ("Body", "AgencyGroup")),
        "group": f"{ATKG}AgencyGroup" in types,
        "members": _nodes(scene, iris_of(scene.properties, f"{ATKG}hasMember")),
        "other_names": sorted({term.value for term in scene.properties.get(f"{SKOS}altLabel", ())}),
        "misspellings": sorted({term.value for term in scene.properties.get(f"{SKOS}hiddenLabel", ())}),
        "functions": _nodes(scene, iris_of(scene.properties, f"{ATKG}function")),
        "kinds": _nodes(scene, iris_of(scene.properties, f"{ATKG}bodyKind")),
        "jurisdictions": _nodes(scene, iris_of(scene.properties, f"{ATKG}jurisdiction")),
    }


def jurisdiction(scene: Scene) -> dict[str, Any]:
    """The plans in force there, the jurisdiction above and those within."""
    plans = subjects(scene.engine, f"{ATKG}jurisdiction", scene.thing, f"{ATKG}Plan", MAX_LINKS)
    return {
        "plans": _nodes(scene, plans),
        "above": _nodes(scene, iris_of(scene.properties, f"{ATKG}within")),
        "below": _nodes(scene, subjects(scene.engine, f"{ATKG}within", scene.thing, limit=MAX_LINKS)),
    }


def derivation(scene: Scene) -> dict[str, Any]:
    """Both ends of the link with their words, and why it was made."""
    ends = [*iris_of(scene.properties, f"{ATKG}from"), *iris_of(scene.properties, f"{ATKG}to")]
    found = describe(scene.engine, ends)
    return {
        "ends": [
            (
                scene.names.node(end),
                text_of(found.get(end, {}), f"{ATKG}sourceText") or text_of(found.get(end, {}), f"{ATKG}heading"),
            )
            for end in ends
        ],
        "basis": next((scene.names.node(each) for each in iris_of(scene.properties, f"{ATKG}derivationBasis")), None),
        "confidence": text_of(scene.properties, f"{ATKG}confidence"),
        "reviewed": scene.has("reviewed", "true"),
        "self_attested": scene.has("selfAttested", "true"),
        "reason": text_of(scene.properties, f"{ATKG}reason", scene.names.language),
    }


def _nodes(scene: Scene, things: list[str]) -> list[Node]:
    scene.names.learn(things)
    return [scene.names.node(each) for each in things]


def _in_order(scene: Scene, things: list[str]) -> list[Node]:
    place = _places(scene.engine, things)
    return _nodes(scene, sorted(things, key=lambda thing: place[thing]))


def _places(engine: Engine, things: list[str]) -> dict[str, tuple[int, int, list[tuple[int, str]]]]:
    """Thing → a key that sorts things as their document has them, and by their number where none was read."""
    found: dict[str, tuple[int, int]] = {}
    for start in range(0, len(things), MAX_LINKS):
        listed = " ".join(iri(each).to_sparql() for each in things[start : start + MAX_LINKS])
        rows = select(
            engine,
            f"""SELECT ?thing (MIN(?start) AS ?first) (MIN(?order) AS ?number) WHERE {{
                VALUES ?thing {{ {listed} }} ?thing <{ATKG}order> ?order
                OPTIONAL {{ ?thing <{ATKG}evidence> ?span . ?span <{OA}start> ?start }}
            }} GROUP BY ?thing""",
        )
        for row in rows:
            if "thing" in row:
                first = int(row["first"].value) if "first" in row else 0
                found[row["thing"].value] = (first, int(row["number"].value))
    return {each: (*found.get(each, (0, 0)), natural(each)) for each in things}


def _leads(scene: Scene, tasks: list[str]) -> dict[str, list[Node]]:
    """Task → its lead agencies."""
    leads: dict[str, list[str]] = {each: [] for each in tasks}
    for start in range(0, len(tasks), MAX_LINKS):
        listed = " ".join(iri(each).to_sparql() for each in tasks[start : start + MAX_LINKS])
        query = f"SELECT ?task ?lead WHERE {{ VALUES ?task {{ {listed} }} ?task <{ATKG}leadAgency> ?lead }}"
        for row in select(scene.engine, query):
            leads[row["task"].value].append(row["lead"].value)
    scene.names.learn(lead for some in leads.values() for lead in some)
    return {each: [scene.names.node(lead) for lead in sorted(some, key=natural)] for each, some in leads.items()}


def _within(scene: Scene, thing: str | None) -> list[Node]:
    """What contains a clause, the plan first, the clause itself last."""
    path: list[str] = []
    if thing:
        rows = select(
            scene.engine, f"SELECT ?above WHERE {{ {iri(thing).to_sparql()} <{ATKG}partOf>+ ?above }} LIMIT {MAX_LINKS}"
        )
        # all at once, so that the walk below asks nothing
        scene.names.learn([thing, *(row["above"].value for row in rows)])
    while thing and thing not in path:
        path.append(thing)
        thing = next(iter(iris_of(scene.names.properties(thing), f"{ATKG}partOf")), None)
    return [scene.names.node(each) for each in reversed(path)]


Reader = Callable[[Scene], dict[str, Any]]

READERS: Final[Mapping[str, tuple[str, Reader]]] = {
    f"{ATKG}Agency": ("agency.html", agency),
    f"{ATKG}AgencyGroup": ("agency.html", agency),
    f"{ATKG}Body": ("agency.html", agency),
    f"{ATKG}Clause": ("clause.html", clause),
    f"{ATKG}Derivation": ("derivation.html", derivation),
    f"{ATKG}Jurisdiction": ("jurisdiction.html", jurisdiction),
    f"{ATKG}Plan": ("plan.html", plan),
    f"{ATKG}ReconstructedClause": ("reconstructed-clause.html", reconstructed_clause),
    f"{ATKG}Task": ("task.html", task),
}
"""Class → its template and its reader; a thing of any other class has thing.html alone."""
