"""Boxes in layers with lines between them: who stands where, for a picture that nobody laid out by hand.

The steps are those of Sugiyama, Tagawa and Toda (1981): break cycles, give each box a layer, order the layers so that
few lines cross, then find places. Lines to the same box share their way. The same input gives the same picture.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

_SWEEPS: Final = 24
_GAP: Final = 26.0
"""Between two boxes of a layer."""
_LANE: Final = 9.0
"""Between two lines, or a line and a box."""
_BETWEEN: Final = 44.0
"""Between two layers, and for each line that ends there a little more."""


@dataclass(frozen=True, slots=True)
class Line:
    """From one box to another; lines of one kind that end in the same box run together."""

    start: str
    end: str
    kind: str
    upwards: bool = False
    """The end belongs above the start, where cycles leave the choice."""


@dataclass(frozen=True, slots=True)
class Box:
    """Where a box stands: its upper left corner and its size."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of one or more lines that end in the same box."""

    end: str
    kind: str
    points: tuple[tuple[float, float], ...]
    arrow: str = ""
    """Where the line ends: "down" into a box at the last point, "up" or "left" into one at the first, "" nowhere."""
    bent: bool = False
    """The last two points are joined by a curve that leaves and arrives upright."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The whole picture."""

    width: float
    height: float
    boxes: Mapping[str, Box]
    stretches: Sequence[Stretch]


@dataclass(frozen=True, slots=True, order=True)
class _Lane:
    """A line's passage through a layer that it only crosses."""

    end: str
    kind: str
    layer: int


_Node = str | _Lane


class _Segment(NamedTuple):
    """A piece of one or more lines between neighbouring layers."""

    upper: _Node
    lower: _Node
    end: str
    kind: str


def lay_out(sizes: Mapping[str, tuple[float, float]], lines: Iterable[Line], width: float) -> Layout:
    """The layout of boxes with these sizes, as wide as asked where that is possible.

    Args:
        sizes: box → (width, height).
        lines: between the boxes; one that ends where it starts is left out.
        width: the most that the picture should take.
    """
    drawn = sorted(
        {line for line in lines if line.start != line.end and line.start in sizes and line.end in sizes},
        key=lambda line: (line.end, line.kind, line.start),
    )
    best: Layout | None = None
    for most in range(6, 0, -1):
        found = _Drawing(sizes, drawn, most).layout()
        if found.width <= width:
            return found
        if best is None or found.width < best.width:
            best = found
    return best or Layout(0.0, 0.0, {}, ())


class _Drawing:
    def __init__(self, sizes: Mapping[str, tuple[float, float]], lines: Sequence[Line], most: int) -> None:
        self.sizes, self.lines = sizes, lines
        self.layer = layers(sorted(sizes), lines, most)
        self.segments = self._segments()
        self.order = self._ordered()

    def _segments(self) -> list[_Segment]:
        """All pieces between neighbouring layers, each once; lines of one kind that end in one box share them."""
        found: dict[_Segment, None] = {}
        for line in self.lines:
            low, high = sorted((self.layer[line.start], self.layer[line.end]))
            between: list[_Node] = [_Lane(line.end, line.kind, each) for each in range(low + 1, high)]
            ends = (line.start, line.end) if self.layer[line.start] == low else (line.end, line.start)
            for upper, lower in pairwise([ends[0], *between, ends[1]]):
                found[_Segment(upper, lower, line.end, line.kind)] = None
        return list(found)

    def _ordered(self) -> list[list[_Node]]:
        """The layers from above, each from left to right, with few crossings."""
        every: list[_Node] = [*self.layer, *(each for segment in self.segments for each in segment[:2])]
        nodes = {node: self._layer_of(node) for node in every}
        rows: list[list[_Node]] = [[] for _ in range(max(nodes.values(), default=-1) + 1)]
        for node in sorted(nodes, key=_key):
            rows[nodes[node]].append(node)
        above, below = _neighbours(self.segments)
        best, fewest = [list(row) for row in rows], _crossings(rows, below)
        for sweep in range(_SWEEPS):
            down = sweep % 2 == 0
            for number in range(1, len(rows)) if down else range(len(rows) - 2, -1, -1):
                fixed = {node: place for place, node in enumerate(rows[number - 1 if down else number + 1])}
                _sort_by_neighbours(rows[number], above if down else below, fixed)
                _swap_neighbours(rows[number], above if down else below, fixed)
            if (count := _crossings(rows, below)) < fewest:
                best, fewest = [list(row) for row in rows], count
        return best

    def layout(self) -> Layout:
        place = self._places()
        tops = self._tops()
        left = min((place[node] - self._width(node) / 2 for node in place), default=0.0)
        right = max((place[node] + self._width(node) / 2 for node in place), default=0.0)
        boxes = {
            name: Box(place[name] - left - width / 2, tops[self.layer[name]], width, height)
            for name, (width, height) in sorted(self.sizes.items())
        }
        heights = self._heights()
        stretches = self._stretches({node: x - left for node, x in place.items()}, tops, heights, boxes)
        return Layout(right - left, tops[-1] + heights[-1] if tops else 0.0, boxes, stretches)

    def _width(self, node: _Node) -> float:
        return 0.0 if isinstance(node, _Lane) else self.sizes[node][0]

    def _heights(self) -> list[float]:
        return [max((self.sizes[n][1] for n in layer if isinstance(n, str)), default=0.0) for layer in self.order]

    def _tops(self) -> list[float]:
        tops, y = [], 0.0
        for number, height in enumerate(self._heights()):
            tops.append(y)
            bent = sum(1 for segment in self.segments if self._layer_of(segment.upper) == number)
            y += height + _BETWEEN + 2.0 * bent
        return tops

    def _layer_of(self, node: _Node) -> int:
        return node.layer if isinstance(node, _Lane) else self.layer[node]

    def _apart(self, left: _Node, right: _Node) -> float:
        """The least distance between the middles of two neighbours."""
        gap = _LANE if isinstance(left, _Lane) or isinstance(right, _Lane) else _GAP
        if isinstance(left, _Lane) != isinstance(right, _Lane):
            gap += 4.0
        return (self._width(left) + self._width(right)) / 2 + gap

    def _places(self) -> dict[_Node, float]:
        """The middle of each node: near its neighbours, lanes as straight as can be."""
        above, below = _neighbours(self.segments)
        place: dict[_Node, float] = {}
        for layer in self.order:
            x = 0.0
            for number, node in enumerate(layer):
                x += self._apart(layer[number - 1], node) if number else 0.0
                place[node] = x
        for sweep in range(2 * _SWEEPS):
            for layer in self.order if sweep % 2 == 0 else self.order[::-1]:
                wishes = []
                for node in layer:
                    near = [
                        (other, 8.0 if isinstance(node, _Lane) and isinstance(other, _Lane) else 1.0)
                        for other in (*above.get(node, ()), *below.get(node, ()))
                    ]
                    weight = sum(each for _, each in near)
                    wish = sum(place[other] * each for other, each in near) / weight if near else place[node]
                    wishes.append((wish, weight or 0.1))
                gaps = [self._apart(left, right) for left, right in pairwise(layer)]
                place |= dict(zip(layer, _spread(wishes, gaps), strict=True))
        return place

    def _stretches(
        self,
        place: Mapping[_Node, float],
        tops: Sequence[float],
        heights: Sequence[float],
        boxes: Mapping[str, Box],
    ) -> list[Stretch]:
        ports: dict[tuple[_Segment, bool], float] = {}
        for name, box in boxes.items():
            for top in (True, False):
                here = [each for each in self.segments if name == (each.lower if top else each.upper)]
                here.sort(key=lambda each: (place[each.upper if top else each.lower], each.end, each.kind))
                for number, each in enumerate(here, 1):
                    ports[each, top] = box.x + box.width * number / (len(here) + 1)
        found = []
        for segment in self.segments:
            upper, lower, end, kind = segment
            high, low = self._layer_of(upper), self._layer_of(lower)
            begins, ends = ports.get((segment, False), place[upper]), ports.get((segment, True), place[lower])
            points = [(begins, tops[high] + heights[high]), (ends, tops[low])]
            if isinstance(upper, str):
                points.insert(0, (begins, boxes[upper].y + boxes[upper].height))
            arrow = "down" if lower == end else "up" if upper == end else ""
            found.append(Stretch(end, kind, tuple(points), arrow, bent=True))
        for lane in sorted({node for layer in self.order for node in layer if isinstance(node, _Lane)}):
            x, y = place[lane], tops[lane.layer]
            found.append(Stretch(lane.end, lane.kind, ((x, y), (x, y + heights[lane.layer]))))
        return found


def _key(node: _Node) -> tuple[str, str, int]:
    return (node.end, node.kind, node.layer) if isinstance(node, _Lane) else (node, "", -1)


def _downwards(names: Sequence[str], lines: Sequence[Line]) -> set[tuple[str, str]]:
    """(upper, lower) of each line, so that there are no cycles; few lines run upwards (Eades, Lin and Smyth 1993)."""
    weights: dict[tuple[str, str], int] = {}
    for line in lines:
        pair = (line.end, line.start) if line.upwards else (line.start, line.end)
        weights[pair] = weights.get(pair, 0) + (100 if line.upwards else 1)
    left: list[str] = []
    right: list[str] = []
    waiting = list(names)
    while waiting:
        out = {name: sum(w for (a, b), w in weights.items() if a == name and b in waiting) for name in waiting}
        into = {name: sum(w for (a, b), w in weights.items() if b == name and a in waiting) for name in waiting}
        sink = next((name for name in waiting if not out[name]), None)
        source = next((name for name in waiting if not into[name]), None)
        if sink is not None:
            right.insert(0, sink)
        elif source is not None:
            left.append(source)
        else:
            left.append(max(waiting, key=lambda name: (out[name] - into[name], name)))
        waiting = [name for name in waiting if name not in (left[-1] if left else None, right[0] if right else None)]
    rank = {name: number for number, name in enumerate([*left, *right])}
    return {(a, b) if rank[a] < rank[b] else (b, a) for a, b in weights}


def layers(names: Sequence[str], lines: Sequence[Line], most: int) -> dict[str, int]:
    """The layer of each box, below most of what points to it, with no more than `most` boxes in one."""
    pairs = _downwards(names, lines)
    above = {name: sorted(a for a, b in pairs if b == name) for name in names}
    below = {name: sorted(b for a, b in pairs if a == name) for name in names}
    depth: dict[str, int] = {}

    def down(name: str) -> int:
        if name not in depth:
            depth[name] = 1 + max((down(each) for each in below[name]), default=0)
        return depth[name]

    layer: dict[str, int] = {}
    waiting = sorted(names, key=lambda name: (-down(name), name))
    while waiting:
        name = next(each for each in waiting if all(a in layer for a in above[each]))
        waiting.remove(name)
        number = max((layer[a] + 1 for a in above[name]), default=0)
        while sum(1 for each in layer.values() if each == number) >= most:
            number += 1
        layer[name] = number
    _pull_together(layer, above, below, most)
    used = {number: place for place, number in enumerate(sorted(set(layer.values())))}
    return {name: used[number] for name, number in layer.items()}


def _pull_together(
    layer: dict[str, int], above: Mapping[str, Sequence[str]], below: Mapping[str, Sequence[str]], most: int
) -> None:
    """Move boxes to layers nearer to their neighbours until no move makes the lines shorter."""
    moved = True
    while moved:
        moved = False
        for name in sorted(layer):
            low = max((layer[a] + 1 for a in above[name]), default=0)
            high = min((layer[b] - 1 for b in below[name]), default=max(layer.values()))
            near = [layer[each] for each in (*above[name], *below[name])]

            def cost(number: int, near: Sequence[int] = near) -> int:
                return sum(abs(number - each) for each in near)

            free = [
                number for number in range(low, high + 1) if sum(1 for each in layer.values() if each == number) < most
            ]
            best = min(free, key=lambda number: (cost(number), number), default=layer[name])
            if cost(best) < cost(layer[name]):
                layer[name], moved = best, True


def _neighbours(segments: Iterable[_Segment]) -> tuple[dict[_Node, list[_Node]], dict[_Node, list[_Node]]]:
    """(node → those above it, node → those below it)."""
    above: dict[_Node, list[_Node]] = {}
    below: dict[_Node, list[_Node]] = {}
    for segment in segments:
        below.setdefault(segment.upper, []).append(segment.lower)
        above.setdefault(segment.lower, []).append(segment.upper)
    return above, below


def _crossings(rows: Sequence[Sequence[_Node]], below: Mapping[_Node, Sequence[_Node]]) -> int:
    total = 0
    for upper, lower in pairwise(rows):
        place = {node: number for number, node in enumerate(lower)}
        ends = [sorted(place[each] for each in below.get(node, ())) for node in upper]
        flat = [end for each in ends for end in each]
        # ends of one node are in order, so that no two of them count
        total += sum(1 for number, end in enumerate(flat) for other in flat[number + 1 :] if other < end)
    return total


def _sort_by_neighbours(
    layer: list[_Node], neighbours: Mapping[_Node, Sequence[_Node]], fixed: Mapping[_Node, int]
) -> None:
    """Order a layer by the mean place of what each node is tied to; what is tied to nothing keeps its place."""
    old = {node: float(number) for number, node in enumerate(layer)}

    def wish(node: _Node) -> float:
        near = [fixed[other] for other in neighbours.get(node, ())]
        return sum(near) / len(near) if near else old[node]

    layer.sort(key=lambda node: (wish(node), old[node]))


def _swap_neighbours(
    layer: list[_Node], neighbours: Mapping[_Node, Sequence[_Node]], fixed: Mapping[_Node, int]
) -> None:
    """Swap two nodes that stand side by side wherever that saves crossings."""
    ends = {node: [fixed[other] for other in neighbours.get(node, ())] for node in layer}

    def crossed(left: _Node, right: _Node) -> int:
        return sum(1 for a in ends[left] for b in ends[right] if a > b)

    moved = True
    while moved:
        moved = False
        for number in range(len(layer) - 1):
            left, right = layer[number], layer[number + 1]
            if crossed(left, right) > crossed(right, left):
                layer[number], layer[number + 1] = right, left
                moved = True


def _spread(wishes: Sequence[tuple[float, float]], gaps: Sequence[float]) -> list[float]:
    """The places nearest to what is wished, each with its weight, and apart by these gaps at least.

    >>> _spread([(0.0, 1.0), (0.0, 1.0)], [10.0])
    [-5.0, 5.0]
    """
    shift = [0.0]
    for gap in gaps:
        shift.append(shift[-1] + gap)
    blocks: list[list[float]] = []  # [weighted sum, weight, members]
    for (wish, weight), moved in zip(wishes, shift, strict=False):
        blocks.append([(wish - moved) * weight, weight, 1.0])
        while len(blocks) > 1 and blocks[-2][0] / blocks[-2][1] > blocks[-1][0] / blocks[-1][1]:
            last = blocks.pop()
            blocks[-1] = [a + b for a, b in zip(blocks[-1], last, strict=True)]
    places = [block[0] / block[1] for block in blocks for _ in range(int(block[2]))]
    return [place + moved for place, moved in zip(places, shift, strict=False)]
