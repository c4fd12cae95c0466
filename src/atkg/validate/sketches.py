"""What others have to know of a plan, and of what stands beside the plans, so that they need not read its graphs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from atkg import dataset
from atkg.dataset import Usage
from atkg.namespaces import ATKG, BASE, RDF, RDFS, SKOS
from atkg.store import Store
from atkg.validate.cache import digest_of
from atkg.validate.closure import Quad, is_blank, line_of, owner_of, quad_of

AGENCY_PREDICATES: Final = frozenset(
    {f"{RDF}type"}
    | {f"{ATKG}{name}" for name in ("jurisdiction", "function", "bodyKind")}
    | {f"{SKOS}{name}" for name in ("prefLabel", "altLabel", "hiddenLabel")}
)
"""The predicates of the lines that are made for agencies."""
_SUBCLASS: Final = f"<{RDFS}subClassOf>"


@dataclass(slots=True)
class Sketch:
    """What others have to know of graphs.

    Args:
        says: owner of a node → the lines about it, and those towards it by a predicate that is followed backward.
        usage: jurisdiction → how its agencies are used.
        subclasses: the lines that put one class below another.
    """

    says: dict[str, list[str]] = field(default_factory=dict)
    usage: dict[str, Usage] = field(default_factory=dict)
    subclasses: list[str] = field(default_factory=list)

    @classmethod
    def of(
        cls, own: Collection[str], store: Store, backward: Collection[str], issued: Iterable[tuple[str, str]]
    ) -> Sketch:
        """The sketch of the graphs in this store; `own` are the owners whose nodes these graphs are about.

        Args:
            own: what is said of these is left out, unless it is empty.
            store: the graphs.
            backward: the predicates that are followed from object to subject.
            issued: agencies that issue the plans, and their names.
        """
        sketch = cls()
        owners: dict[str, str] = {}
        for quad in quads_of(store):
            subject, predicate, value, _ = quad
            for term in (subject, value):
                if term not in owners:
                    owners[term] = owner_of(term)
            told = set() if is_blank(subject) else {owners[subject]}
            if predicate[1:-1] in backward and not is_blank(value):
                told.add(owners[value])
            for owner in told.difference(own):
                sketch.says.setdefault(owner, []).append(line_of(quad))
            if predicate == _SUBCLASS and not (is_blank(subject) or is_blank(value)):
                sketch.subclasses.append(line_of(quad))
        for lines in (*sketch.says.values(), sketch.subclasses):
            lines.sort()
        sketch.usage = _by_jurisdiction(Usage.of(store), issued)
        return sketch

    def as_json(self) -> dict[str, Any]:
        usage = {place: usage_as_json(used) for place, used in sorted(self.usage.items())}
        return {"says": self.says, "usage": usage, "subclasses": self.subclasses}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Sketch:
        usage = {place: usage_from_json(used) for place, used in document["usage"].items()}
        return cls(document["says"], usage, document["subclasses"])

    def summary(self) -> dict[str, Any]:
        """What tells whether anything in the sketch has changed, for each of those whom it may concern."""
        return {
            "says": {owner: digest_of("\n".join(lines)) for owner, lines in sorted(self.says.items())},
            "usage": {place: _told(used) for place, used in sorted(self.usage.items())},
            "subclasses": self.subclasses,
        }


def _told(usage: Usage) -> list[Any]:
    """[digest of a usage, the plans whose places it depends on]."""
    keys = {key for _, _, key in usage.mentions if key} | {key for _, key, _ in usage.listed}
    return [digest_of(usage_as_json(usage)), sorted(keys)]


def _by_jurisdiction(usage: Usage, issued: Iterable[tuple[str, str]]) -> dict[str, Usage]:
    """Jurisdiction → the part of a usage that is about its agencies; a name that was only issued stands without use."""
    found: dict[str, Usage] = {}

    def part(agency: str) -> Usage:
        return found.setdefault(agency.removeprefix(f"{BASE}id/agency/").partition("/")[0], Usage())

    for agency in usage.agencies:
        part(agency).agencies.add(agency)
    for mention, times in usage.mentions.items():
        if mention[0].startswith(f"{BASE}id/agency/"):
            part(mention[0]).mentions[mention] += times
    for row in usage.listed:
        if row[2].startswith(f"{BASE}id/agency/"):
            part(row[2]).listed.add(row)
    for agency, name in issued:
        part(agency).mentions[agency, name, ""] += 1
    return found


def usage_as_json(usage: Usage) -> dict[str, Any]:
    mentions = [[*mention, times] for mention, times in sorted(usage.mentions.items())]
    return {"agencies": sorted(usage.agencies), "mentions": mentions, "listed": sorted(usage.listed)}


def usage_from_json(document: Mapping[str, Any]) -> Usage:
    mentions = Counter({(agency, name, key): times for agency, name, key, times in document["mentions"]})
    return Usage(set(document["agencies"]), mentions, {(text, key, agency) for text, key, agency in document["listed"]})


def together(usages: Iterable[Usage]) -> Usage:
    """What several usages say; a name for an agency that nobody uses is left out."""
    total = Usage()
    for usage in usages:
        total.add(usage)
    return total.about(total.agencies)


def quads_of(store: Store) -> Iterator[Quad]:
    """The quads of the named graphs, each term as in N-Quads."""
    for graph in store.graphs():
        for line in store.graph_ntriples([graph]).decode().splitlines():
            yield quad_of(f"{line[:-2]} <{graph}> .")


def references_of(store: Store, key: str) -> dataset.References:
    """How the clauses of a plan are cited."""
    return dataset.references_in(store).get(key, [])
