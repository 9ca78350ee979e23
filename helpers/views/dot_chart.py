"""Loads as pictures: every request a dot (when it was due, how long it took), the source's calls below.

The scale of the seconds is logarithmic; each load has a panel of its own, all on the same axes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.patches import Rectangle

from helpers.caches.load import Load
from helpers.views.chart import in_words as seconds_in_words
from helpers.views.palette import INK, look
from helpers.views.paper import WIDTH, Paper, ticks

__all__ = ["drawn", "in_words"]

FEW = 4
"""So many calls of the source are a few; how many exactly is not told in words: no two runs agree."""
_HEAD, _GAP, _PANEL, _STRIP, _LANE, _FOOT = 30, 24, 92, 12, 7, 26
_LEFT, _RIGHT = 64, WIDTH - 8
_SHORTEST = 1e-4
"""Seconds: what took less is drawn there."""


def drawn(title: str, loads: Sequence[Load], slow: float) -> bytes:
    """One panel a load; a broken line at `slow` seconds; PNG."""
    return _Dots(title, loads, slow).png()


def in_words(load: Load) -> str:
    """One load without what differs from run to run."""
    asked = "never" if not load.calls else "a few times" if load.calls <= FEW else "many times"
    ended = "some failed" if load.failed else "all answered"
    return f"{load.title}: every request a dot, {ended}; the source was asked {asked}"


class _Dots(Paper):
    def __init__(self, title: str, loads: Sequence[Load], slow: float) -> None:
        lanes = [_lanes(load) for load in loads]
        heights = [_GAP + _PANEL + _STRIP + _LANE * max(1, len(rows)) for rows in lanes]
        super().__init__(_HEAD + sum(heights) + _FOOT)
        took = [request.took for load in loads for request in load.requests]
        self.first = math.log10(_SHORTEST)
        self.last = math.log10(max([*took, 10 * slow])) + 0.1
        calls = [end for load in loads for _, end in load.source_calls]
        self.until = 1.01 * max([*calls, *(request.due for load in loads for request in load.requests), 0.1])
        self.write(title, 0, 15, size=13, weight="bold")
        says = "→ when it was due   ↑ how long it took: each line is ten times the one below"
        self.write(says, WIDTH - 2, 15, size=11, align="right", color=INK["quiet"])
        top = float(_HEAD)
        for load, rows, height in zip(loads, lanes, heights, strict=True):
            self.panel(load, rows, top, slow)
            top += height
        for at, label in ticks(0, self.until, 10):
            self.line([self.x(at)] * 2, [top, top + 4], INK["quiet"])
            self.write(label, self.x(at), top + 15, size=11, align="center", color=INK["quiet"])

    def x(self, seconds: float) -> float:
        return _LEFT + (_RIGHT - _LEFT) * seconds / self.until

    def panel(self, load: Load, rows: list[list[tuple[float, float]]], top: float, slow: float) -> None:
        bottom = top + _GAP + _PANEL
        self.write(load.title, 0, top + 12, size=12, weight="bold")
        counts = f"{load.sent} requests, {load.slow(slow)} over {seconds_in_words(slow)}"
        counts += f", {load.failed} failed" if load.failed else ""
        self.write(
            f"{counts} · source asked {_times(load.calls)}", _RIGHT, top + 12, size=11.5, align="right"
        )

        def y(seconds: float) -> float:
            share = (math.log10(max(seconds, _SHORTEST)) - self.first) / (self.last - self.first)
            return bottom - _PANEL * share

        for power in range(math.ceil(self.first), math.floor(self.last) + 1):
            at = y(10.0**power)
            self.line([_LEFT, _RIGHT], [at, at], INK["rule"])
            words = seconds_in_words(10.0**power)
            self.write(words, _LEFT - 8, at, size=11, align="right", color=INK["quiet"])
        self.line([_LEFT, _RIGHT], [y(slow)] * 2, INK["quiet"], dashes=(0, (4, 4)))
        groups = (
            ([r for r in load.requests if not r.failed and r.took <= slow], "o", look("running").neutral),
            ([r for r in load.requests if not r.failed and r.took > slow], "D", look("ready").neutral),
            ([r for r in load.requests if r.failed], "x", INK["killed"].neutral),
        )
        for requests, shape, color in groups:
            xs, ys = [self.x(r.due) for r in requests], [y(r.took) for r in requests]
            self.axes.plot(xs, ys, shape, color=color, markersize=2.6, markeredgewidth=0.7, clip_on=False)
        self.write("source", _LEFT - 8, bottom + _STRIP + _LANE * len(rows) / 2, size=11, align="right")
        for number, row in enumerate(rows):
            for begin, end in row:
                corner, width = (self.x(begin), bottom + _STRIP + _LANE * number), self.x(end) - self.x(begin)
                color = look("running").neutral
                # A little shorter than it is: calls one after another stay apart.
                bar = Rectangle(corner, max(1.0, width - 1.5), _LANE - 2, facecolor=color, linewidth=0)
                self.axes.add_patch(bar)


def _lanes(load: Load) -> list[list[tuple[float, float]]]:
    """The calls of the source on as few lanes as hold them without overlap."""
    lanes: list[list[tuple[float, float]]] = []
    for call in sorted(load.source_calls):
        lane = next((lane for lane in lanes if lane[-1][1] <= call[0] + 1e-3), None)
        if lane is None:
            lane = []
            lanes.append(lane)
        lane.append(call)
    return lanes or [[]]


def _times(number: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(number, f"{number} times")
