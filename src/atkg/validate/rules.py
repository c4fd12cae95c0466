"""What a validation has to know about the shapes before it reads them, so that a cached run never does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from atkg import dataset
from atkg.store import Store
from atkg.validate.inferred import mentioned, widening, with_inferred
from atkg.validate.places import BACKWARD
from atkg.validate.shapes import Shapes
from atkg.validate.walks import Reach, Walk


@dataclass(frozen=True, slots=True)
class Rules:
    """What is known about the shapes without reading them again.

    Args:
        analyses: see constraints.analysed.
        walks: shape with targets that is validated in parts → the ways that it looks.
        widened: rule that may make instances of the classes that shapes name → the ways that it looks.
        aimed: the predicates whose objects are targets.
        apart: the shapes that are validated on the whole dataset, and why.
        names: shape with targets → the local names of all that hang on it.
    """

    analyses: dict[str, Any]
    walks: dict[str, frozenset[Walk]]
    widened: dict[str, frozenset[Walk]]
    aimed: frozenset[str]
    apart: dict[str, str]
    names: dict[str, list[str]]

    @classmethod
    def of(cls, shapes: Shapes) -> Rules:
        store = Store()
        dataset.add_terms(store)
        compiled = shapes.compile(store)
        apart = {str(root): reason for root, reason in compiled.refused.items()}
        apart |= {str(root): reach.whole for root, reach in compiled.reach.items() if reach.whole}
        for root in compiled.reach:
            if names := mentioned(shapes.graph, root):
                apart.setdefault(str(root), f"inferred: {', '.join(names)}")
        try:
            widened = widening(shapes.graph, store)
        except ValueError as rule:
            widened = {}
            apart |= {str(root): f"the rule {rule}, which may look anywhere" for root in compiled.reach}
        ways = frozenset[Walk]().union(*widened.values())
        reaches = {str(root): reach for root, reach in compiled.reach.items() if str(root) not in apart}
        walks = {root: with_inferred(reach.walks, ways) for root, reach in reaches.items()}
        names_below = {str(root): sorted(shapes.names_below(root)) for root in shapes.roots}
        return cls(shapes.analyses, walks, widened, frozenset(shapes.aimed), apart, names_below)

    @property
    def backward(self) -> frozenset[str]:
        """The predicates that are followed from object to subject, by shapes or to find the places of results."""
        reaches = map(Reach, (*self.walks.values(), *self.widened.values()))
        return self.aimed | BACKWARD | frozenset().union(*(reach.backward for reach in reaches))

    def as_json(self) -> dict[str, Any]:
        return {
            "analyses": self.analyses,
            "walks": {root: Reach(walks).as_json() for root, walks in self.walks.items()},
            "widened": {rule: Reach(walks).as_json() for rule, walks in self.widened.items()},
            "aimed": sorted(self.aimed),
            "apart": self.apart,
            "names": self.names,
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Rules:
        walks = {root: Reach.from_json(reach).walks for root, reach in document["walks"].items()}
        widened = {rule: Reach.from_json(reach).walks for rule, reach in document["widened"].items()}
        return cls(
            document["analyses"], walks, widened, frozenset(document["aimed"]), document["apart"], document["names"]
        )
