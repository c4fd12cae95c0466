"""What a validation has to know about the shapes before it reads them, so that a cached run never does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from atkg.store import Store
from atkg.validate.reach import Reach
from atkg.validate.shapes import Shapes


@dataclass(frozen=True, slots=True)
class Rules:
    """What is known about the shapes without reading them again.

    Args:
        analyses: see constraints.analysed.
        reach: how far the shapes look that are validated in parts.
        aimed: the predicates whose objects are targets.
        apart: the shapes that are validated on the whole dataset, and why.
        names: shape with targets → the local names of all that hang on it.
    """

    analyses: dict[str, Any]
    reach: Reach
    aimed: frozenset[str]
    apart: dict[str, str]
    names: dict[str, list[str]]

    @classmethod
    def of(cls, shapes: Shapes) -> Rules:
        compiled = shapes.compile(Store())
        apart = {str(root): reason for root, reason in compiled.refused.items()}
        apart |= {str(root): reach.whole for root, reach in compiled.reach.items() if reach.whole}
        reach = reduce(or_, (reach for root, reach in compiled.reach.items() if str(root) not in apart), Reach())
        names = {str(root): sorted(shapes.names_below(root)) for root in shapes.roots}
        return cls(shapes.analyses, reach, frozenset(shapes.aimed), apart, names)

    def as_json(self) -> dict[str, Any]:
        return {
            "analyses": self.analyses,
            "backward": sorted(self.reach.backward),
            "inner": sorted(self.reach.inner),
            "aimed": sorted(self.aimed),
            "apart": self.apart,
            "names": self.names,
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Rules:
        reach = Reach(frozenset(document["backward"]), frozenset(document["inner"]))
        return cls(document["analyses"], reach, frozenset(document["aimed"]), document["apart"], document["names"])
