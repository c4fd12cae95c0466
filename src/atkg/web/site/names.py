"""What a page calls a thing: its name in the reader's language, its kind, its place, and where to read on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from atkg.namespaces import ADMS, ATKG, BASE, DCT, OWL, RDF, RDFS, SH, SKOS, VOID, shorten
from atkg.web.engine import Engine, Term, iri, select
from atkg.web.site.negotiation import page_path
from atkg.web.site.things import Properties, iris_of, text_of
from atkg.web.site.vocabulary import OTHERS

EXCERPT: Final = 42
"""The most characters of a text that stand for a thing without a name."""
_AT_ONCE: Final = 200

KINDS: Final = (
    f"{ATKG}ReconstructedClause",
    f"{ATKG}Task",
    f"{ATKG}Clause",
    f"{ATKG}Plan",
    f"{ATKG}Body",
    f"{ATKG}AgencyGroup",
    f"{ATKG}Agency",
    f"{ATKG}Assignment",
    f"{ATKG}Milestone",
    f"{ATKG}Derivation",
    f"{ATKG}Jurisdiction",
    f"{ATKG}Function",
    f"{ATKG}Role",
    f"{ATKG}Stage",
    f"{SKOS}ConceptScheme",
    f"{SKOS}Concept",
    f"{ADMS}Identifier",
    f"{VOID}Dataset",
    f"{OWL}Ontology",
)
"""The classes that give a thing its kind, the more telling one first."""

_NAMES: Final = (f"{SKOS}prefLabel", f"{DCT}title", f"{RDFS}label", f"{SH}name")
_PLAIN: Final = (f"{ATKG}reference", f"{ATKG}heading", f"{ATKG}sourceText", f"{ATKG}mention", f"{SKOS}notation")
_LINKS: Final = (
    f"{RDF}type",
    f"{ATKG}from",
    f"{ATKG}to",
    f"{ATKG}agency",
    f"{ATKG}role",
    f"{ATKG}statedIn",
    f"{ATKG}partOf",
    f"{ATKG}textState",
    f"{ATKG}jurisdiction",
)
_ASKED: Final = ", ".join(f"<{property_}>" for property_ in (*_NAMES, *_PLAIN, *_LINKS))
_FOLLOWED: Final = tuple(
    link for link in _LINKS if link not in (f"{ATKG}partOf", f"{ATKG}textState", f"{ATKG}jurisdiction")
)
_WITH_PLAN: Final = ("id/task/", "id/reconstructed/", "id/assignment/", "id/milestone/", "eli/", "source/")


@dataclass(frozen=True, slots=True)
class Node:
    """A thing as a page shows it."""

    iri: str
    label: str
    kind: str | None
    place: str | None
    path: str | None
    language: str | None = None

    @property
    def short(self) -> str:
        """The IRI as people write it."""
        return shorten(self.iri)


class Names:
    """The names of things in one language; asked for by the hundred, kept for one page."""

    def __init__(self, engine: Engine, language: str) -> None:
        self._engine, self.language = engine, language
        self._known: dict[str, dict[str, list[Term]]] = {}

    def learn(self, things: Iterable[str]) -> None:
        """Know these things, and those that their names are made of."""
        waiting = {thing for thing in things if thing not in self._known}
        for _ in range(4):
            if not waiting:
                return
            self._ask(waiting)
            waiting = {other for thing in waiting for other in self._needed(thing) if other not in self._known}

    def _ask(self, things: set[str]) -> None:
        for thing in things:
            self._known[thing] = {}
        asked = sorted(things)
        for start in range(0, len(asked), _AT_ONCE):
            listed = " ".join(iri(thing).to_sparql() for thing in asked[start : start + _AT_ONCE])
            rows = select(
                self._engine,
                f"""SELECT ?thing ?property (IF(ISLITERAL(?all), SUBSTR(?all, 1, 200), ?all) AS ?value) WHERE {{
                    VALUES ?thing {{ {listed} }} ?thing ?property ?all FILTER (?property IN ({_ASKED}))
                }}""",
            )
            for row in rows:
                if "value" in row:
                    known = self._known[row["thing"].value]
                    known.setdefault(row["property"].value, []).append(row["value"])

    def _needed(self, thing: str) -> set[str]:
        properties = self._known[thing]
        needed = {other for link in _FOLLOWED for other in iris_of(properties, link)}
        if plan := plan_of(thing):
            needed.add(plan)
        if f"{ATKG}Plan" in iris_of(properties, f"{RDF}type"):
            needed.update(iris_of(properties, f"{ATKG}jurisdiction"))
        return needed

    def properties(self, thing: str) -> Properties:
        """What is known of a thing as far as names need it."""
        self.learn([thing])
        return self._known[thing]

    def node(self, thing: str) -> Node:
        """The thing as a page shows it."""
        self.learn([thing])
        kind = self.kind_of(thing)
        label, language = self._label(thing)
        return Node(
            thing, label, self.node(kind).label if kind else None, self._place(thing), page_path(thing), language
        )

    def kind_of(self, thing: str) -> str | None:
        """The class that gives the thing its kind."""
        types = iris_of(self.properties(thing), f"{RDF}type")
        return next((kind for kind in (*KINDS, *types) if kind in types), None)

    def _place(self, thing: str) -> str | None:
        """The jurisdiction of the plan that the thing is of."""
        plan = plan_of(thing)
        if not plan or plan == thing:
            return None
        for jurisdiction in iris_of(self.properties(plan), f"{ATKG}jurisdiction"):
            return self._label(jurisdiction)[0]
        return None

    def _label(self, thing: str) -> tuple[str, str | None]:
        """(name, its language where that isn't the page's)."""
        properties = self.properties(thing)
        for property_ in _NAMES:
            if chosen := self._chosen(properties, property_):
                return chosen
        if thing in OTHERS:
            return OTHERS[thing][self.language != "zh"], None
        chinese = None if self.language == "zh" else "zh-Hans"
        if notation := text_of(properties, f"{SKOS}notation"):
            return notation, None
        match self.kind_of(thing):
            case kind if kind == f"{ATKG}Derivation":
                ends = [*iris_of(properties, f"{ATKG}from")[:1], *iris_of(properties, f"{ATKG}to")[:1]]
                if len(ends) == 2:
                    return " → ".join(excerpt(self._label(end)[0], 20) for end in ends), chinese
            case kind if kind == f"{ATKG}Assignment":
                roles = [self._label(role)[0] for role in iris_of(properties, f"{ATKG}role")]
                if mention := text_of(properties, f"{ATKG}mention"):
                    return f"{mention}（{'、'.join(roles)}）" if roles else mention, chinese
        words = text_of(properties, f"{ATKG}sourceText")
        reference = text_of(properties, f"{ATKG}reference")
        heading = text_of(properties, f"{ATKG}heading") or words
        lost = iris_of(properties, f"{ATKG}textState")
        for clause in iris_of(properties, f"{ATKG}statedIn"):
            # a task or a milestone is known by its clause
            reference = reference or text_of(self.properties(clause), f"{ATKG}reference")
        if reference or heading:
            gone = ("（原文缺失）" if self.language == "zh" else "(text lost)") if lost else None
            return " ".join(filter(None, (reference, excerpt(heading or ""), gone))), chinese
        for clause in iris_of(properties, f"{ATKG}statedIn"):
            return self._label(clause)
        if thing.startswith(f"{BASE}source/") and (plan := plan_of(thing)):
            name, language = self._label(plan)
            place = thing.removeprefix(f"{BASE}source/").partition("/")[2]
            return f"{name} {place}".strip(), language
        return shorten(thing), None

    def _chosen(self, properties: Properties, property_: str) -> tuple[str, str | None] | None:
        literals = [term for term in properties.get(property_, ()) if term.kind == "literal"]
        name = text_of({property_: literals}, property_, self.language)
        if name is None:
            return None
        languages = {term.language for term in literals if term.value == name}
        if self.language in languages or None in languages:
            return name, None
        return name, "zh-Hans" if "zh" in languages else min(str(each) for each in languages)


def excerpt(text: str, length: int = EXCERPT) -> str:
    """The beginning of a text, with … where there is more."""
    return text if len(text) <= length else text[: length - 1].rstrip("，。、；： ") + "…"


def plan_of(thing: str) -> str | None:
    """The plan that an IRI of ours belongs to, as its path says; None where it belongs to none.

    >>> plan_of("https://w3id.org/atkg/id/task/luan-2022-49/sec_3/t1")
    'https://w3id.org/atkg/eli/luan-2022-49'
    """
    path = thing.removeprefix(BASE)
    for kind in _WITH_PLAN:
        if path.startswith(kind):
            return f"{BASE}eli/{path.removeprefix(kind).partition('/')[0]}"
    return None
