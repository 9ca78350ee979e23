"""The broker's map as a picture: how everything stands at the end of a recording, and how much went where."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from matplotlib.patches import FancyBboxPatch, PathPatch
from matplotlib.path import Path

from helpers.tracing.trace import RUNNING, Trace
from helpers.views.grounds import BIN, CHIP, HEAD, LABEL, MOST_CHIPS, Grounds
from helpers.views.palette import INK, Look, look
from helpers.views.paper import WIDTH, Paper, fitted, text_width
from helpers.views.plan import Node, Plan, Road, broken
from helpers.views.rows import Ends

__all__ = ["Map"]

_LETTERS, _TITLE = 10.5, 26
_WHITE = Look("", "", "#ffffff")
_FADED = 0.45
_STILL = 1e-6  # seconds: what lasts so long before the end lasts to the end
Point = tuple[float, float]


class Map:
    """Of one recording, to be drawn on paper; `height` is in CSS pixels."""

    def __init__(self, trace: Trace) -> None:
        self.trace, self.plan = trace, Plan(trace)
        self.grounds = Grounds(self.plan)
        self.xs = self.grounds.xs()
        self.height = self.grounds.height + (_TITLE if trace.title else 0)
        spans = sorted(trace.spans, key=lambda s: s.start)
        last = [n for n, s in enumerate(spans) if s.item and s.end >= trace.duration - _STILL]
        self.held = [spans[n] for n in last]
        self.running = {(s.lane, s.item) for s in self.held if s.state == RUNNING}
        ends = Ends(spans)
        opened = {ends.of(arrow)[1]: arrow.source for arrow in trace.arrows}
        waiting = [opened.get(n) for n in last if spans[n].state == "unacknowledged"]
        self.unacknowledged = {name: waiting.count(name) for name in self.plan.nodes}

    def draw(self, paper: Paper, top: float) -> None:
        """Put it on `paper`, from height `top` on."""
        paper.write(self.trace.title, 0, top + 12, size=13, weight="bold")
        if self.plan.left_out:
            words = f"{self.plan.left_out} more are not drawn"
            paper.write(words, WIDTH - 2, top + 12, size=11, align="right", color=INK["quiet"])
        self.paper, self.top = paper, top + (_TITLE if self.trace.title else 0)
        for road in self.plan.roads.values():
            self._road(road)
        for node in self.plan.nodes.values():
            self._node(node)

    # -- roads -------------------------------------------------------------------------------

    def _box(self, name: str) -> tuple[float, float, float, float]:
        """Left, right, top and bottom."""
        box, left = self.grounds.boxes[name], self.xs[self.plan.nodes[name].column]
        return left, left + box.width, self.top + box.y, self.top + box.y + box.height

    def _road(self, road: Road) -> None:
        there = road.times and road.times[-1][1] >= self.trace.duration - _STILL
        color = INK["text" if road.used else "quiet"]
        points = self._back(road) if road.back else self._ahead(road)
        words = road.words
        middle = len(points) * 11 // 20
        free = _around(points, middle, text_width(words, 10) / 2 + 4 if words else 0)
        self._line(points[: free.start], color, bool(road.used), bool(there))
        self._line(points[free.stop :], color, bool(road.used), bool(there), head=True)
        x, y = points[middle]
        self.paper.write(words, x, y, size=10, align="center", color=color)

    def _ahead(self, road: Road) -> list[Point]:
        way = self.grounds.ways[road.source, road.target]
        x1, x2 = self._box(road.source)[1], self._box(road.target)[0]
        stops = [(x1, self.top + way.leave)]
        for number, y in enumerate(way.over, self.plan.nodes[road.source].column + 1):
            left, width = self.xs[number], self.grounds.boxes[self.plan.columns[number][0]].width
            stops += [(left, self.top + y), (left + width, self.top + y)]
        return _waved([*stops, (x2, self.top + way.reach)])

    def _back(self, road: Road) -> list[Point]:
        way = self.grounds.ways[road.source, road.target]
        left, right, _, bottom = self._box(road.source)
        track = self.top + way.track
        corners: list[Point]
        if self.grounds.lowest(road.source):
            corners = [((left + right) / 2, bottom), ((left + right) / 2, track)]
        else:
            y = self.top + way.leave
            corners = [(right, y), (right + 9, y), (right + 9, track)]
        left, right, _, bottom = self._box(road.target)
        if self.grounds.lowest(road.target):
            corners += [((left + right) / 2, track), ((left + right) / 2, bottom)]
        else:
            y = self.top + way.reach
            corners += [(left - 11, track), (left - 11, y), (left, y)]
        return _rounded(corners)

    def _line(self, points: list[Point], color: Look, used: bool, there: bool, head: bool = False) -> None:
        if len(points) < 2:
            return
        ink = color if there else Look("", "", color.neutral, opacity=_FADED)
        xs, ys = ([point[axis] for point in points] for axis in (0, 1))
        self.paper.line(xs, ys, ink, 1.5 if used else 1.0, "-" if there else (0, (4, 3)))
        if head and there:
            (x0, y0), (x1, y1) = points[-4] if len(points) > 3 else points[0], points[-1]
            angle = math.atan2(y1 - y0, x1 - x0)
            corners = [
                (x1 - 8 * math.cos(angle + turn), y1 - 8 * math.sin(angle + turn)) for turn in (-0.42, 0.42)
            ]
            path = Path([(x1, y1), *corners])
            self.paper.axes.add_patch(PathPatch(path, facecolor=ink.neutral, linewidth=0))

    # -- nodes -------------------------------------------------------------------------------

    def _node(self, node: Node) -> None:
        left, right, top, bottom = self._box(node.name)
        fate = node.lives[-1].fate
        if node.lost:
            bottom -= BIN
            self._bin(node, (left + right) / 2, bottom + BIN / 2)
        frame = INK["killed" if broken(fate) else "text"]
        round_ = min(15.0, (bottom - top) / 2) if node.kind == "exchange" else 5.0
        alpha = _FADED if fate and not broken(fate) else 1.0
        shape = FancyBboxPatch(
            (left + round_, top + round_), right - left - 2 * round_, bottom - top - 2 * round_,
            boxstyle=f"round,pad={round_}", facecolor=(INK["quiet"].neutral, 0.08 * alpha),
            edgecolor=(frame.neutral, alpha), linewidth=1.0, linestyle=(0, (4, 3)) if fate else "-",
        )  # fmt: skip
        self.paper.axes.add_patch(shape)
        if broken(fate):
            for slope in (6, -6):
                self.paper.line([right - 12, right], [top - slope, top + slope], frame, 2.2)
        middle, ink = (left + right) / 2, Look("", "", frame.neutral, opacity=alpha)
        name = fitted(node.name, right - left - 12, 12)
        y = (top + bottom - (LABEL if node.label else 0)) / 2 if node.kind == "exchange" else top + 13
        self.paper.write(name, middle, y, align="center", color=ink, weight="bold")
        y += 15
        if node.label:
            self.paper.write(node.label, middle, y, size=10.5, align="center", color=INK["quiet"])
        if node.kind == "exchange":
            return
        y = top + HEAD + (LABEL if node.label else 0)
        if fate or not self._chips(node, left + 7, right - 7, y):
            word = fitted(fate, right - left - 12, 10.5) or ("empty" if node.kind == "queue" else "")
            self.paper.write(word, middle, y + CHIP / 2 - 1, size=10.5, align="center", color=INK["quiet"])
        if node.kind == "queue" and self.unacknowledged[node.name]:
            words = f"{self.unacknowledged[node.name]:,} unacknowledged"
            self.paper.write(words, middle, bottom - 11, size=10.5, align="center", color=INK["quiet"])

    def _chips(self, node: Node, left: float, right: float, y: float) -> bool:
        """What rests here, from the right, where it leaves; or what a client holds. Whether there is any."""
        first: dict[str, float] = {}
        for span in self.trace.spans:
            if span.lane == node.name:
                first[span.item] = min(span.start, first.get(span.item, span.start))
        held = sorted((s for s in self.held if s.lane == node.name), key=lambda s: (first[s.item], s.start))
        items = list(dict.fromkeys(span.item for span in held))
        x = right if node.kind == "queue" else left
        for place, item in enumerate([*items[:MOST_CHIPS], *[""] * (len(items) > MOST_CHIPS)]):
            text = fitted(item, 100, _LETTERS) or f"+ {len(items) - MOST_CHIPS:,} more"
            wide = text_width(text, _LETTERS) + (12 if item else 4)
            if place and (x - wide < left if node.kind == "queue" else x + wide > right):
                x, y = right if node.kind == "queue" else left, y + CHIP
            begin = x - wide if node.kind == "queue" else x
            self._chip(text, begin, y, wide, node, item)
            x += -(wide + 4) if node.kind == "queue" else wide + 4
        return bool(items)

    def _chip(self, text: str, x: float, y: float, wide: float, node: Node, item: str) -> None:
        if not item:
            self.paper.write(text, x + 2, y + CHIP / 2, size=_LETTERS, color=INK["quiet"])
            return
        running, ready = (node.name, item) in self.running, node.kind == "queue"
        style = look("running" if running else "resting" if ready else "unacknowledged")
        filled = running or ready
        shape = FancyBboxPatch(
            (x + 7, y + 9), wide - 14, CHIP - 18, boxstyle="round,pad=7", linewidth=0.9,
            edgecolor=style.neutral, facecolor=(style.neutral, 1.0 if filled else 0.12),
        )  # fmt: skip
        self.paper.axes.add_patch(shape)
        ink = _WHITE if filled else INK["text"]
        self.paper.write(text, x + wide / 2, y + CHIP / 2, size=_LETTERS, align="center", color=ink)

    def _bin(self, node: Node, x: float, y: float) -> None:
        words, ink = f"{node.lost:,} lost", INK["killed"]
        x -= (text_width(words, _LETTERS) + 16) / 2
        self.paper.line([x + 1, x + 2.5, x + 9.5, x + 11], [y - 4, y + 7, y + 7, y - 4], ink, 1.4)
        self.paper.line([x - 0.5, x + 12.5], [y - 5, y - 5], ink, 1.4)
        self.paper.line([x + 4.5, x + 7.5], [y - 7, y - 7], ink, 1.4)
        self.paper.write(words, x + 17, y + 0.5, size=_LETTERS, color=ink)


def _bezier(a: Point, b: Point, c: Point, d: Point, t: float) -> Point:
    weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
    x, y = (sum(w * p[i] for w, p in zip(weights, (a, b, c, d), strict=True)) for i in (0, 1))
    return x, y


def _waved(stops: Sequence[Point]) -> list[Point]:
    """From stop to stop, level at each of them."""
    points = [stops[0]]
    for (x1, y1), (x2, y2) in pairwise(stops):
        bend = max(min(24, x2 - x1), (x2 - x1) / 2)
        points += [
            _bezier((x1, y1), (x1 + bend, y1), (x2 - bend, y2), (x2, y2), n / 60) for n in range(1, 61)
        ]
    return points


def _rounded(corners: Sequence[Point], radius: float = 8) -> list[Point]:
    """A line through `corners`, in small steps, its corners rounded."""
    points = [corners[0]]
    for before, corner, after in zip(corners, corners[1:], corners[2:], strict=False):
        near, far = _toward(corner, before, radius), _toward(corner, after, radius)
        points += _straight(points[-1], near)
        points += [_bezier(near, corner, corner, far, n / 6) for n in range(1, 7)]
    return points + _straight(points[-1], corners[-1])


def _toward(start: Point, end: Point, most: float) -> Point:
    far = math.dist(start, end)
    share = min(most, far / 2) / far if far else 0
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share


def _straight(start: Point, end: Point) -> list[Point]:
    (x, y), count = start, max(1, int(math.dist(start, end) / 4))
    return [(x + (end[0] - x) * n / count, y + (end[1] - y) * n / count) for n in range(1, count + 1)]


def _around(points: Sequence[Point], middle: int, wide: float) -> range:
    """The points that a word at the middle one would lie on."""
    (x, y), first, last = points[middle], middle, middle
    while first > 0 and wide and abs(points[first][0] - x) < wide and abs(points[first][1] - y) < 8:
        first -= 1
    while last < len(points) and wide and abs(points[last][0] - x) < wide and abs(points[last][1] - y) < 8:
        last += 1
    return range(first, max(first, last - 1))
