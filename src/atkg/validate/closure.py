"""What has to be at hand to validate one plan alone: its own graphs, the plans that they name, and what others say of it.

A shape finds on a node what it finds in the whole dataset, provided that every quad which it may come to from there is
at hand. It goes on from a node in two ways: along any predicate to the object, or, by the few predicates that a path or
a query follows backward, to the subject. So the closure of a plan holds

- the registers, the ontology and whatever else stands beside the plans;
- the whole graphs of the plan, and of every plan that one of these graphs names;
- of all other plans the quads whose subject these graphs mention, and those whose object they mention and whose
  predicate is followed backward.

To find the latter without reading every graph, each plan has an outline: hashes of the nodes that it mentions, and of
those of them that another plan may hold. A hash that two nodes share makes a closure larger, never smaller.
"""

from __future__ import annotations

import hashlib
import re
from array import array
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from atkg.namespaces import BASE

_KEYED: Final = re.compile(
    re.escape(f"<{BASE}") + r"(?:eli|source|id/(?:task|assignment|milestone|reconstructed|derivation))/([^/>]+)"
)
Saying = tuple[list[str], list[int], list[str]]
"""Lines of N-Quads, the hashes of their subjects and objects, and the plans that these name."""
Lines = dict[str, Saying]
"""Kind and hash of a node, as `about-12` → the lines on account of which it is of that kind."""


def plan_of(term: str) -> str | None:
    """The plan that an IRI (in brackets) names, if it names one.

    >>> plan_of("<https://w3id.org/atkg/id/task/luan-2022-49/art_1/t1>")
    'luan-2022-49'
    >>> plan_of("<https://w3id.org/atkg/id/role/lead>")
    """
    match = _KEYED.match(term)
    return match[1] if match else None


def hashed(term: str) -> int:
    """64 bits that stand for a term."""
    return int.from_bytes(hashlib.blake2b(term.encode(), digest_size=8).digest(), "big")


def own_nodes(key: str) -> set[int]:
    """The nodes whose IRIs queries make from those of the plan's other nodes."""
    return {hashed(f"<{BASE}{kind}/{key}>") for kind in ("eli", "source")}


@dataclass(slots=True)
class Outline:
    """What a plan's graphs mention, in short.

    Args:
        keys: the plans that its IRIs name.
        agencies: the agencies that are named in them.
        mentions: the nodes that they mention.
        about: the subjects among them that belong to no plan, or to another.
        towards: the objects of predicates that are followed backward which belong to no plan, or to another.
        aimed: the same for the predicates whose objects are the targets of a shape.
    """

    keys: set[str] = field(default_factory=set)
    mentions: array[int] = field(default_factory=lambda: array("Q"))
    about: set[int] = field(default_factory=set)
    towards: set[int] = field(default_factory=set)
    aimed: set[int] = field(default_factory=set)

    @classmethod
    def of(
        cls, key: str, quads: Iterable[tuple[str, str, str, str]], backward: Collection[str], aimed: Collection[str]
    ) -> tuple[Outline, Lines]:
        """(outline, the lines that other plans may need) of a plan with these quads, terms as in N-Quads."""
        outline = cls()
        lines: Lines = {}
        hashes: dict[str, int] = {}
        for subject, predicate, value, graph in quads:
            for term in (subject, value):
                if term not in hashes:
                    hashes[term] = hashed(term)
                    if (named := plan_of(term)) is not None:
                        outline.keys.add(named)
            places = []
            if plan_of(subject) != key:
                places.append((outline.about, "about", hashes[subject]))
            if plan_of(value) != key:
                places += [(outline.towards, "towards", hashes[value])] if predicate[1:-1] in backward else []
                places += [(outline.aimed, "aimed", hashes[value])] if predicate[1:-1] in aimed else []
            for group, kind, node in places:
                group.add(node)
                said, nodes, keys = lines.setdefault(f"{kind}-{node}", ([], [], []))
                said.append(f"{subject} {predicate} {value} {graph} .")
                nodes += [hashes[subject], hashes[value]]
                keys += [named for term in (subject, value) if (named := plan_of(term)) is not None]
        outline.mentions = array("Q", sorted(set(hashes.values())))
        return outline, lines

    def as_json(self) -> dict[str, Any]:
        """The outline as plain values, but for what it mentions, which is much and seldom asked for."""
        groups = {name: packed(getattr(self, name)) for name in _GROUPS}
        return {"keys": sorted(self.keys), **groups}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Outline:
        """The outline that was made these plain values, without what it mentions."""
        about, towards, aimed = (set(unpacked(document[name])) for name in _GROUPS)
        return cls(set(document["keys"]), array("Q"), about, towards, aimed)


_GROUPS: Final = ("about", "towards", "aimed")


def packed(numbers: Iterable[int]) -> str:
    """Numbers of 64 bits as text."""
    return array("Q", sorted(numbers)).tobytes().hex()


def unpacked(text: str) -> array[int]:
    """The numbers that were made this text."""
    numbers = array("Q")
    numbers.frombytes(bytes.fromhex(text))
    return numbers


@dataclass(frozen=True, slots=True)
class Closure:
    """What is needed beside the common context: whole plans, and lines of others.

    Args:
        plans: the plans whose graphs are needed whole.
        lines: further lines of N-Quads.
        nodes: the subjects and objects of these lines.
    """

    plans: frozenset[str]
    lines: frozenset[str]
    nodes: frozenset[int]


class Closures:
    """Finds the closure of each plan."""

    def __init__(
        self,
        outlines: Mapping[str, Outline],
        context: Outline,
        lines_of: Callable[[str], Lines],
        mentions_of: Callable[[str], Iterable[int]],
        always: Collection[str] = (),
    ) -> None:
        """Prepare.

        Args:
            outlines: the outline of each plan.
            context: the outline of what stands beside the plans.
            lines_of: the lines of a plan that others may need.
            mentions_of: the nodes that a plan mentions; asked for once, so that those of all need not be held.
            always: plans that every closure holds.
        """
        self._outlines, self._context, self._lines_of, self._always = outlines, context, lines_of, always
        self._about = _holders({key: outline.about for key, outline in outlines.items()})
        self._towards = _holders({key: outline.towards for key, outline in outlines.items()})
        self._aimed = _holders({key: outline.aimed for key, outline in outlines.items()})
        self._everywhere = self._found(context.mentions)
        self._of_plan = {key: self._found(mentions_of(key)) | self._found(own_nodes(key)) for key in outlines}

    def _found(self, mentions: Iterable[int]) -> set[tuple[str, str]]:
        """(plan, kind and node): who says something about these nodes."""
        found: set[tuple[str, str]] = set()
        for kind, index in (("about", self._about), ("towards", self._towards)):
            found.update((key, f"{kind}-{node}") for node in index.keys() & mentions for key in index[node])
        return found

    def of(self, key: str) -> Closure:
        """The closure of a plan."""
        return self._close({key, *self._always}, set(self._everywhere))

    def of_context(self) -> Closure:
        """The closure of what stands beside the plans, and of everything that names a target there."""
        aimed = self._aimed.keys() & self._context.mentions
        wanted = self._everywhere | {(key, f"aimed-{node}") for node in aimed for key in self._aimed[node]}
        return self._close(self._context.keys & self._outlines.keys(), wanted)

    def _close(self, plans: set[str], wanted: set[tuple[str, str]]) -> Closure:
        pending = set(plans)
        plans = set()
        lines: set[str] = set()
        nodes: set[int] = set()
        done: set[tuple[str, str]] = set()
        while pending or wanted - done:
            for key in pending - plans:
                plans.add(key)
                wanted |= self._of_plan[key]
                pending = pending | (self._outlines[key].keys & self._outlines.keys())
            pending -= plans
            for holder, place in sorted(wanted - done):
                done.add((holder, place))
                if holder in plans:
                    continue
                said, about, named = self._lines_of(holder).get(place, ((), (), ()))
                lines.update(said)
                pending |= (self._outlines.keys() & named) - plans
                wanted |= self._found(set(about) - nodes)
                nodes.update(about)
        return Closure(frozenset(plans), frozenset(lines), frozenset(nodes))


def _holders(groups: Mapping[str, Collection[int]]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for key, group in groups.items():
        for node in group:
            found.setdefault(node, []).append(key)
    return found


_LINE: Final = re.compile(r"(\S+) (\S+) (.*) (<[^<>\"{}|^`\\\s]*>) \.")


def terms_of(line: str) -> tuple[str, str, str, str]:
    """(subject, predicate, object, graph) of a line of N-Quads.

    Raises:
        ValueError: it is none.
    """
    match = _LINE.fullmatch(line)
    if not match:
        raise ValueError(line)
    return match[1], match[2], match[3], match[4]
