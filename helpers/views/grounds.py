"""Where everything stands on the broker's map, in CSS pixels, for the picture and for the browser.

Sizes and heights are the same at any width of the map: only the gaps between its columns stretch.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from helpers.tracing.trace import RUNNING
from helpers.views.paper import WIDTH
from helpers.views.plan import Node, Plan, Road

__all__ = ["BIN", "CHIP", "EDGE", "FOOT", "HEAD", "LABEL", "MOST_CHIPS", "Box", "Grounds"]

MOST_CHIPS = 12
"""At one place at one time; the rest is counted."""
CHIP, HEAD, LABEL, FOOT, BIN = 20, 25, 14, 17, 24
"""Heights: a row of chips, a node's name, its label, the words at its foot, the bin below an exchange."""
_GAP, _TRACK, EDGE = 18, 13, 16
_LETTER = 7.2
_BOLD = 9.4
"""Of a letter, about: the browser's font is not known here."""
_WIDTHS = {"producer": (74, 140), "exchange": (78, 150), "queue": (164, 228), "consumer": (98, 150)}


@dataclass(slots=True)
class Box:
    """A node's height on the map and its size; `foot` says whether it needs room for words at its foot."""

    width: float
    height: float = 0.0
    foot: bool = False
    y: float = 0.0


@dataclass(slots=True)
class Held:
    """The widths of the chips at a node's fullest moment, and whether anything is delivered from there."""

    chips: list[float]
    feeds: bool


@dataclass(slots=True)
class Way:
    """The heights at which a road leaves its source and reaches its target.

    `over` are those at which it passes columns on its way, `track` is that of its long way back.
    """

    leave: float = 0.0
    reach: float = 0.0
    track: float = 0.0
    over: tuple[float, ...] = ()


class Grounds:
    """The `boxes` of a plan's nodes, by name, and the `ways` of its roads, by source and target."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.held = {node.name: _held(plan, node) for node in plan.nodes.values()}
        self.boxes = {name: Box(self._width(name)) for name in plan.nodes}
        self.ways = {key: Way() for key in plan.roads}
        self.gaps = [self._gap(number) for number in range(len(plan.columns) - 1)]
        self._fit()
        for name, box in self.boxes.items():
            box.height = self._height(name, box)
        self._stack()
        self._attach()

    def xs(self, width: float = WIDTH) -> list[float]:
        """The left edges of the columns on a map `width` wide."""
        widths = [self.boxes[column[0]].width for column in self.plan.columns]
        if len(widths) < 2:
            return [width / 2 - wide / 2 for wide in widths]
        extra = (width - 2 * EDGE - sum(widths) - sum(self.gaps)) / len(self.gaps)
        found = [float(EDGE)]
        for wide, gap in zip(widths, self.gaps, strict=False):
            found.append(found[-1] + wide + max(24, gap + extra))
        return found

    def lowest(self, name: str) -> bool:
        """Whether nothing stands below it: a road back may leave or enter from below."""
        node = self.plan.nodes[name]
        return self.plan.columns[node.column][-1] == name and not node.lost

    def _width(self, name: str) -> float:
        """Eight chips beside each other, if there are as many."""
        node, chips = self.plan.nodes[name], self.held[name].chips
        least, most = _WIDTHS[node.kind]
        words = max(_BOLD * len(name), _LETTER * len(node.label)) + 20
        row = sum(chips[:8]) + 16 if node.kind == "queue" else 0
        return min(max(least, words, row), most)

    def _fit(self) -> None:
        """The nodes of a column are equally wide; queues make room for the words on roads if they must."""
        columns = [[self.boxes[name] for name in column] for column in self.plan.columns]
        for column in columns:
            for box in column:
                box.width = max(other.width for other in column)
        beyond = 2 * EDGE + sum(column[0].width for column in columns) + sum(self.gaps) - WIDTH
        for names, column in zip(self.plan.columns, columns, strict=True):
            if beyond > 0 and self.plan.nodes[names[0]].kind == "queue":
                for box in column:
                    box.width = max(_WIDTHS["queue"][0], box.width - beyond)

    def _height(self, name: str, box: Box) -> float:
        """Of the node at its fullest moment: the page must not jump while it plays."""
        node, held = self.plan.nodes[name], self.held[name]
        height = HEAD + (LABEL if node.label else 0)
        if node.kind == "exchange":
            return height + BIN * bool(node.lost) + 3
        box.foot = node.kind == "queue" and held.feeds
        room = CHIP * _lines(held.chips, box.width - 14) + (FOOT if box.foot else 0)
        return height + max(room, CHIP if node.kind == "queue" else 0) + 6

    def _stack(self) -> None:
        """One below the other, the columns around a common middle; below them the tracks of roads back."""
        columns = self.plan.columns
        heights = [sum(self.boxes[name].height + _GAP for name in column) - _GAP for column in columns]
        tallest = max(heights, default=0)
        for column, height in zip(columns, heights, strict=True):
            y = 8 + (tallest - height) / 2
            for name in column:
                self.boxes[name].y = y
                y += self.boxes[name].height + _GAP
        ahead = [road for road in self.plan.roads.values() if not road.back]
        passed: Counter[tuple[int, bool]] = Counter()
        bottom = max([tallest + 8, *(self._pass(road, passed) for road in ahead)])
        back = [key for key, road in self.plan.roads.items() if road.back]
        targets = list(dict.fromkeys(target for _, target in back))
        for source, target in back:
            self.ways[source, target].track = bottom + 10 + _TRACK * targets.index(target)
        self.height = bottom + 8 + (_TRACK * len(targets) + 4 if targets else 0)

    def _pass(self, road: Road, passed: Counter[tuple[int, bool]]) -> float:
        """Above or below the columns between, whatever is nearer; the lowest height that it comes to.

        Those that pass a column on the same side, counted in `passed`, have room for their words.
        """
        nodes, way = self.plan.nodes, self.ways[road.source, road.target]
        goal = self._middle(road.target)
        for number in range(nodes[road.source].column + 1, nodes[road.target].column):
            column = [self.boxes[name] for name in self.plan.columns[number]]
            top, bottom = column[0].y - 9, column[-1].y + column[-1].height + 9
            above = abs(goal - top) < abs(goal - bottom)
            far = 13 * (passed[number, above] % 3)
            passed[number, above] += 1
            way.over += (max(top - far, 3) if above else bottom + far,)
        return max(way.over, default=0.0)

    def _gap(self, number: int) -> float:
        """Room between two columns for the words on the roads there."""
        labels = [
            len(road.words)
            for road in self.plan.roads.values()
            if not road.back and self.plan.nodes[road.source].column == number
        ]
        return min(max(54, 6 * max(labels, default=0) + 28), 170)

    def _attach(self) -> None:
        """Roads that leave or reach a node on the same side do so side by side."""
        ahead = [road for road in self.plan.roads.values() if not road.back]
        for name in self.plan.nodes:
            leaving = sorted((r for r in ahead if r.source == name), key=lambda r: self._middle(r.target))
            reaching = sorted((r for r in ahead if r.target == name), key=lambda r: self._middle(r.source))
            for road, y in zip(leaving, self._spread(name, len(leaving)), strict=True):
                self.ways[road.source, road.target].leave = y
            for road, y in zip(reaching, self._spread(name, len(reaching)), strict=True):
                self.ways[road.source, road.target].reach = y
        for (source, target), way in self.ways.items():
            if self.plan.roads[source, target].back:
                way.leave, way.reach = self._middle(source), self._middle(target)

    def _spread(self, name: str, count: int) -> list[float]:
        pitch = min(16, (self._solid(name) - 12) / max(1, count))
        return [self._middle(name) + (n - (count - 1) / 2) * pitch for n in range(count)]

    def _middle(self, name: str) -> float:
        return self.boxes[name].y + self._solid(name) / 2

    def _solid(self, name: str) -> float:
        """The height of what stands above the bin."""
        return self.boxes[name].height - (BIN if self.plan.nodes[name].lost else 0)


def _held(plan: Plan, node: Node) -> Held:
    """Bounds: the widest chips that it ever shows, and as many as it ever shows at once."""
    its = [span for span in plan.trace.spans if span.lane == node.name and span.item]
    stays = [(span.start, span.end) for span in its if span.state != RUNNING] or [
        (span.start, span.end) for span in its
    ]
    deepest = _deepest(stays)
    chips = sorted((min(_LETTER * len(span.item) + 19, 120) for span in its), reverse=True)
    chips = chips[: min(deepest, MOST_CHIPS)] + [78.0] * (deepest > MOST_CHIPS)
    holders = {span.lane for span in plan.trace.spans if span.state == "unacknowledged"}
    return Held(chips, any(a.source == node.name and a.target in holders for a in plan.trace.arrows))


def _deepest(stays: Sequence[tuple[float, float]]) -> int:
    level = deepest = 0
    for _, step in sorted([(start, 1) for start, _ in stays] + [(end, -1) for _, end in stays]):
        level += step
        deepest = max(deepest, level)
    return max(deepest, int(bool(stays)))


def _lines(chips: Sequence[float], width: float) -> int:
    lines, x = int(bool(chips)), 0.0
    for chip in chips:
        if x and x + chip > width:
            lines, x = lines + 1, 0.0
        x += chip
    return lines
