"""Ways from the focus nodes of a shape to all that it may look at: what has to be at hand so that it finds there what it finds in the whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

ANY: Final = "*"
"""Stands for every predicate."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step from a set of nodes to the next.

    Args:
        along: (predicate, whether it is followed from object to subject); the step may go along any of these.
        repeated: it may be taken several times.
        made: it leads to the node itself, and to the IRIs of plan and source that a query makes from its own.
    """

    along: frozenset[tuple[str, bool]] = frozenset()
    repeated: bool = False
    made: bool = False

    @classmethod
    def to(cls, predicate: str, *, backward: bool = False) -> Step:
        """The step along one predicate."""
        return cls(frozenset({(str(predicate), backward)}))

    def as_json(self) -> list[Any]:
        return [sorted(self.along), self.repeated, self.made]

    @classmethod
    def from_json(cls, document: Sequence[Any]) -> Step:
        along, repeated, made = document
        return cls(frozenset((name, backward) for name, backward in along), repeated, made)


Walk = tuple[Step, ...]
"""Steps one after the other; the empty walk stays where it starts."""

MADE: Final = Step(made=True)


def repetition(walks: Iterable[Walk]) -> Walk:
    """One step for any number of these walks, and perhaps for more than they allow."""
    return (Step(frozenset(pair for walk in walks for step in walk for pair in step.along), repeated=True),)


@dataclass(frozen=True, slots=True)
class Reach:
    """How far from its focus nodes a constraint looks.

    Args:
        walks: the ways that it goes.
        whole: why it may look anywhere; None where every pattern hangs on the focus node.
    """

    walks: frozenset[Walk] = frozenset()
    whole: str | None = None

    def __or__(self, other: Reach) -> Reach:
        return Reach(self.walks | other.walks, self.whole or other.whole)

    @property
    def backward(self) -> frozenset[str]:
        """The predicates that are followed from object to subject, at any distance."""
        return frozenset(name for walk in self.walks for step in walk for name, back in step.along if back)

    @property
    def inner(self) -> frozenset[str]:
        """The predicates that are followed from another node than the focus node; `ANY` for all."""
        later = [step for walk in self.walks for place, step in enumerate(walk) if place or step.repeated]
        return frozenset(name for step in later for name, _ in step.along)

    def as_json(self) -> dict[str, Any]:
        walks = sorted(([step.as_json() for step in walk] for walk in self.walks), key=repr)
        return {"walks": walks, "whole": self.whole}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Reach:
        walks = (tuple(map(Step.from_json, walk)) for walk in document["walks"])
        return cls(frozenset(walks), document["whole"])
