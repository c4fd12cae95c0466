"""What has to be at hand to validate one part of the dataset alone, and no more.

Every node has one owner: the plan that its IRI names, the agencies of a jurisdiction, or what stands beside them. A part
answers for the nodes of its owner. Its pool holds what is said of them anywhere: the owner's own graphs, and the lines
of others about these nodes or, by a predicate that is followed from object to subject, towards them. From there the
walks of the shapes lead into other pools, and each question that is put to one is kept: as long as the answers stay
the same, whatever else changes in the other pools, so do the results.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from atkg.namespaces import BASE
from atkg.validate.cache import digest_of
from atkg.validate.walks import ANY, Step, Walk

CONTEXT: Final = ""
"""The owner of what belongs to no plan and is no agency."""

_KEYED: Final = re.compile(
    re.escape(f"<{BASE}")
    + r"(?:(?:eli|source|id/(?:task|assignment|milestone|reconstructed|derivation))/(?P<plan>[^/>]+)"
    + r"|id/(?P<agency>agency/[^/>]+))"
)
Quad = tuple[str, str, str, str]
"""Subject, predicate, object and graph, each as in N-Quads."""
Question = tuple[str, bool, str]
"""(node, whether its lines are those that it is the object of, predicate without brackets)."""


def owner_of(term: str) -> str:
    """The plan that an IRI (in brackets) names, or the jurisdiction of an agency; CONTEXT for all else.

    >>> owner_of("<https://w3id.org/atkg/id/task/luan-2022-49/art_1/t1>")
    'luan-2022-49'
    >>> owner_of("<https://w3id.org/atkg/id/agency/luan/civil-affairs>")
    'agency/luan'
    >>> owner_of("<https://w3id.org/atkg/id/role/lead>")
    ''
    """
    match = _KEYED.match(term)
    return CONTEXT if match is None else match["plan"] or match["agency"]


def is_blank(term: str) -> bool:
    return term.startswith("_:")


class Pool:
    """Quads by their predicates, and by their subjects or objects."""

    def __init__(self, quads: Iterable[Quad], backward: Collection[str]) -> None:
        """Sort the quads; `backward` are the predicates that may be followed from object to subject."""
        self._ways: dict[tuple[str, bool], dict[str, list[Quad]]] = {}
        for quad in quads:
            subject, predicate, value, _ = quad
            name = predicate[1:-1]
            self._ways.setdefault((name, False), {}).setdefault(subject, []).append(quad)
            if name in backward:
                self._ways.setdefault((name, True), {}).setdefault(value, []).append(quad)

    @property
    def subjects(self) -> set[str]:
        """What something is said about."""
        return {node for (_, backward), found in self._ways.items() if not backward for node in found}

    def along(self, predicate: str, *, backward: bool) -> list[dict[str, list[Quad]]]:
        """Node → its quads with this predicate, for each predicate that is meant."""
        if predicate == ANY:
            return [found for (_, back), found in self._ways.items() if back == backward]
        found = self._ways.get((predicate, backward))
        return [] if found is None else [found]

    def answer(self, question: Question) -> list[Quad]:
        node, backward, predicate = question
        return [quad for found in self.along(predicate, backward=backward) for quad in found.get(node, ())]

    def digest(self, questions: Iterable[Question]) -> str:
        """A digest of the answers to these questions."""
        lines = {line_of(quad) for question in questions for quad in self.answer(question)}
        return digest_of("\n".join(sorted(lines)))


def line_of(quad: Quad) -> str:
    return f"{quad[0]} {quad[1]} {quad[2]} {quad[3]} ."


@dataclass
class Closure:
    """Follows walks from the nodes of one owner, and keeps what it asked of other pools and what they answered.

    Args:
        owner: whose nodes they are.
        own: the pool of this owner.
        pool: the pool of any other.
        home: owner as an IRI has it → owner whose pool it is in.
    """

    owner: str
    own: Pool
    pool: Callable[[str], Pool]
    home: Callable[[str], str]
    asked: dict[str, set[Question]] = field(default_factory=dict)
    lines: set[str] = field(default_factory=set)
    _homes: dict[str, str] = field(default_factory=dict)

    def follow(self, walks: Iterable[Walk], nodes: Collection[str]) -> None:
        """Ask for all that these walks come by from these nodes."""
        if not nodes:
            return
        known: dict[Walk, set[str]] = {(): set(nodes)}
        begun = {walk[:length] for walk in walks for length in range(1, len(walk) + 1)}
        for way in sorted(begun, key=len):
            known[way] = self._reached(way[-1], known[way[:-1]])

    def _reached(self, step: Step, nodes: set[str]) -> set[str]:
        if step.made:
            named = {_KEYED.match(node) for node in nodes}
            keys = {match["plan"] for match in named if match and match["plan"]}
            return nodes | {f"<{BASE}{kind}/{key}>" for kind in ("eli", "source") for key in keys}
        found: set[str] = set()
        pending = nodes
        while pending:
            ends: set[str] = set()
            foreign = [(node, home) for node in pending if (home := self._home(node)) != self.owner]
            for predicate, backward in step.along:
                end = 0 if backward else 2
                for quads in self.own.along(predicate, backward=backward):
                    ends.update(quad[end] for node in quads.keys() & pending for quad in quads[node])
                for node, home in foreign:
                    if backward or not node.startswith('"'):
                        ends.update(quad[end] for quad in self._ask(home, (node, backward, predicate)))
            pending = ends - found if step.repeated else set()
            found |= ends
        return found

    def _home(self, node: str) -> str:
        """The owner of a node; a blank node belongs to whose graphs it is in."""
        if node not in self._homes:
            self._homes[node] = self.owner if is_blank(node) else self.home(owner_of(node))
        return self._homes[node]

    def _ask(self, owner: str, question: Question) -> list[Quad]:
        quads = self.pool(owner).answer(question)
        self.asked.setdefault(owner, set()).add(question)
        self.lines.update(map(line_of, quads))
        return quads

    def answers(self) -> Mapping[str, tuple[list[Question], str]]:
        """Owner → the questions that were put to its pool, and a digest of the answers."""
        return {
            owner: (sorted(questions), self.pool(owner).digest(questions)) for owner, questions in self.asked.items()
        }


_LINE: Final = re.compile(r"(\S+) (\S+) (.*) (<[^<>\"{}|^`\\\s]*>) \.")


def quad_of(line: str) -> Quad:
    """The terms of a line of N-Quads.

    Raises:
        ValueError: it is none.
    """
    match = _LINE.fullmatch(line)
    if not match:
        raise ValueError(line)
    return match[1], match[2], match[3], match[4]
