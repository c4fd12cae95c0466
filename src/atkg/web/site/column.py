"""Boxes one below the other, their lines in lanes at the right: the layout for a narrow screen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from atkg.web.site.layered import Box, Layout, Line, Stretch, layers

_BETWEEN: Final = 18.0
_LANE: Final = 8.5
_FIRST: Final = 12.0


def stack(
    sizes: Mapping[str, tuple[float, float]], lines: Iterable[Line], exits: Mapping[Line, float], entry: float
) -> Layout:
    """The layout of boxes with these sizes in one column, as high as it must be.

    Args:
        sizes: box → (width, height).
        lines: between the boxes; one that ends where it starts is left out.
        exits: how far below the top of its box a line leaves it.
        entry: how far below the top of a box lines of the first kind enter it; those of others a little lower.
    """
    drawn = sorted(
        {line for line in lines if line.start != line.end and line.start in sizes and line.end in sizes},
        key=lambda line: (line.end, line.kind, line.start),
    )
    order = layers(sorted(sizes), drawn, 1)
    boxes: dict[str, Box] = {}
    y = 0.0
    for name in sorted(order, key=lambda name: order[name]):
        boxes[name] = Box(0.0, y, *sizes[name])
        y += sizes[name][1] + _BETWEEN
    kinds = sorted({line.kind for line in drawn})
    runs: dict[tuple[str, str], list[float]] = {}
    for line in drawn:
        bundle = (line.end, line.kind)
        runs.setdefault(bundle, [boxes[line.end].y + entry + 7.0 * kinds.index(line.kind)])
        runs[bundle].append(boxes[line.start].y + exits[line])
    lanes = _lanes({bundle: (min(heights), max(heights)) for bundle, heights in runs.items()})
    right = max((box.width for box in boxes.values()), default=0.0)
    stretches = []
    for (end, kind), heights in runs.items():
        x = right + _FIRST + _LANE * lanes[end, kind]
        stretches.append(Stretch(end, kind, ((boxes[end].width, heights[0]), (x, heights[0])), "left"))
        stretches.append(Stretch(end, kind, ((x, min(heights)), (x, max(heights)))))
    for line in drawn:
        x, height = right + _FIRST + _LANE * lanes[line.end, line.kind], boxes[line.start].y + exits[line]
        stretches.append(Stretch(line.end, line.kind, ((boxes[line.start].width, height), (x, height))))
    width = right + _FIRST + _LANE * max(lanes.values(), default=0) + 2.0
    return Layout(width, y - _BETWEEN if boxes else 0.0, boxes, stretches)


def _lanes(runs: Mapping[tuple[str, str], tuple[float, float]]) -> dict[tuple[str, str], int]:
    """The lane of each run, short runs inside; no two that overlap share one."""
    taken: list[list[tuple[float, float]]] = []
    found: dict[tuple[str, str], int] = {}
    for bundle, (low, high) in sorted(runs.items(), key=lambda item: (item[1][1] - item[1][0], item[0])):
        for number, lane in enumerate(taken):
            if all(high < other_low or low > other_high for other_low, other_high in lane):
                lane.append((low, high))
                found[bundle] = number
                break
        else:
            taken.append([(low, high)])
            found[bundle] = len(taken) - 1
    return found
