"""Recordings as a picture, laid out as the player lays out its canvas: PNG for any page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from matplotlib.patches import PathPatch
from matplotlib.path import Path

from helpers.tracing.trace import MOST_ARROWS, Arrow, Mark, Trace
from helpers.views.guess import Guess
from helpers.views.palette import INK, Look, in_order, look
from helpers.views.paper import WIDTH, Paper, text_width, ticks
from helpers.views.turns import Table

__all__ = ["picture"]

_BAR, _PITCH, _MARK_ROW, _GUESS_ROW = 18, 27, 15, 20
_GUTTER_MOST = 190
_MANY_ARROWS = 40


def picture(traces: Sequence[Trace], guesses: Sequence[Guess | None], zoom: tuple[float, float]) -> bytes:
    """The recordings below each other on one time axis from ``zoom[0]`` to ``zoom[1]`` seconds, as PNG."""
    return _Timeline(traces, guesses, zoom).png()


class _Timeline(Paper):
    def __init__(
        self, traces: Sequence[Trace], guesses: Sequence[Guess | None], zoom: tuple[float, float]
    ) -> None:
        self.zoom, self.top = zoom, 6.0
        tables = [Table(trace, len(traces) > 1) for trace in traces]
        boxes = sum(table.height for table in tables)
        super().__init__(self.top + sum(map(_block_height, traces, guesses)) + 30 + 22 + boxes)
        names = [lane for trace in traces for lane in trace.lanes]
        self.left = min(max((text_width(name, 12) for name in names), default=0), _GUTTER_MOST) + 16
        self.right = WIDTH - 14
        self.states = in_order({s.state for t in traces for s in t.spans})
        for trace, guess in zip(traces, guesses, strict=True):
            self.block(trace, guess)
        self.axis()
        self.legend()
        self.top += 22
        for table in tables:
            table.draw(self, self.top)
            self.top += table.height

    def x(self, seconds: float) -> float:
        begin, end = self.zoom
        return self.left + (seconds - begin) / (end - begin) * (self.right - self.left)

    # -- the parts, from top to bottom -------------------------------------------------------

    def block(self, trace: Trace, guess: Guess | None) -> None:
        top = self.top
        self.write(trace.title, 0, top + 12, size=13, weight="bold")
        y = top + _head_height(trace, guess)
        bottom = top + _block_height(trace, guess)
        for tick, _ in ticks(*self.zoom, 10):
            self.line([self.x(tick)] * 2, [y, bottom - 6], INK["rule"])
        middles = {}
        for lane in trace.lanes:
            marks = [m for m in trace.marks if m.lane == lane]
            y += _MARK_ROW if marks else 0
            middles[lane] = y + _PITCH / 2
            self.lane(trace, lane, middles[lane], marks)
            y += _PITCH
        for arrow in trace.arrows:
            if arrow.source in middles and arrow.target in middles:
                self.arrow(arrow, middles[arrow.source], middles[arrow.target], len(trace.arrows))
        if guess:
            self.guess(guess, top + _head_height(trace, guess) - _GUESS_ROW / 2, bottom - 6)
        self.top = bottom

    def lane(self, trace: Trace, lane: str, middle: float, marks: list[Mark]) -> None:
        self.write(_shortened(lane), self.left - 10, middle, align="right", color=INK["text"])
        spans = [s for s in trace.on(lane) if s.end >= self.zoom[0] and s.start <= self.zoom[1]]
        # A lane of few spans shows each of them, however short; in a dense one they would hide the rest.
        least = 1.0 if len(spans) < 200 else 0.0
        for state in self.states:
            edges = [self.edges(s.start, s.end, least) for s in spans if s.state == state]
            self.bars(edges, middle - _BAR / 2, look(state))
        free_from = 0.0
        for mark in sorted(marks, key=lambda m: m.time):
            if self.zoom[0] <= mark.time <= self.zoom[1]:
                free_from = self.mark(mark, middle - _BAR / 2, free_from)

    def edges(self, start: float, end: float, least: float) -> tuple[float, float]:
        begin, stop = self.x(max(start, self.zoom[0])), self.x(min(end, self.zoom[1]))
        return begin, max(stop, begin + least)

    def bars(self, edges: list[tuple[float, float]], top: float, style: Look, height: float = _BAR) -> None:
        if not edges:
            return
        # One path for all: the hatch is drawn once, and runs on from bar to bar.
        corners = [
            corner
            for begin, end in edges
            for corner in ((begin, top), (end, top), (end, top + height), (begin, top + height), (begin, top))
        ]
        path = Path(
            corners, [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY] * len(edges)
        )
        wash = 0.22 if style.hatch else style.opacity
        self.axes.add_patch(PathPatch(path, facecolor=(style.neutral, wash), linewidth=0))
        if style.hatch:
            hatch = {"lines": "/////", "dots": "...."}[style.hatch]
            lines = PathPatch(path, fill=False, hatch=hatch, edgecolor=style.neutral, linewidth=0)
            lines.set_hatch_linewidth(1.1)
            self.axes.add_patch(lines)

    def mark(self, mark: Mark, top: float, free_from: float) -> float:
        """Draws the mark's sign, and its label if there is room. Returns where the next label may begin."""
        x, y = self.x(mark.time), top - 5
        color = INK["killed" if mark.label.startswith(("killed", "died", "lost")) else "text"]
        if color is INK["killed"]:
            for slope in (4, -4):
                self.line([x - 4, x + 4], [y - slope, y + slope], color, 2)
        else:
            corners = [(x - 4.5, y - 3), (x + 4.5, y - 3), (x, y + 4)]
            self.axes.add_patch(PathPatch(Path(corners), facecolor=color.neutral, linewidth=0))
        wide = text_width(mark.label, 10.5)
        begin = x + 8 if x + 8 + wide <= WIDTH else x - 8 - wide
        if begin < free_from:
            return free_from
        self.write(mark.label, begin, y, size=10.5, color=color)
        return max(begin + wide, x + 5) + 6

    def arrow(self, arrow: Arrow, start: float, end: float, of: int) -> None:
        begin, stop = self.x(arrow.sent), self.x(arrow.arrived)
        if not self.left <= begin <= stop <= self.right + 1:
            return
        inset = math.copysign(_BAR / 2 - 3, end - start)
        style: Any = {
            "arrowstyle": "-|>",
            "color": INK["text"].neutral,
            "linewidth": 1.2,
            "alpha": 0.4 if of > _MANY_ARROWS else 1.0,  # a crowd of them must not hide the lanes
            "shrinkA": 0,
            "shrinkB": 0,
        }
        self.axes.annotate("", (stop, end - inset), (begin, start + inset), arrowprops=style)
        if of <= MOST_ARROWS and arrow.label:
            x = (begin + stop) / 2
            flip = x + 7 + text_width(arrow.label, 10.5) > self.right
            self.write(
                arrow.label,
                x - 7 if flip else x + 7,
                (start + 2 * end) / 3,
                size=10.5,
                align="right" if flip else "left",
            )

    def guess(self, guess: Guess, y: float, bottom: float) -> None:
        color = INK["prediction" if guess.made else "quiet"]
        if guess.seconds is None:
            self.write(guess.text, self.left, y, size=11, color=color)
            return
        beyond = guess.seconds > self.zoom[1]
        x = self.right if beyond else self.x(max(guess.seconds, self.zoom[0]))
        self.line([self.left, x], [y, y], color, 1.6)
        if not beyond:
            self.line([x, x], [y - 5, y + 5], color, 1.6)
            self.line([x, x], [y + 5, bottom], color, 1.4, (0, (4, 3)))
        words = guess.text + (" →" if beyond else "")
        if x + 8 + text_width(words, 11) <= WIDTH:
            self.write(words, x + 8, y, size=11, color=color)
        else:
            self.write(words, x - 8, y - 8, size=11, color=color, align="right")

    def axis(self) -> None:
        y = self.top
        self.line([self.left, self.right], [y - 6, y - 6], INK["quiet"], 0.8)
        for tick, label in ticks(*self.zoom, 10):
            x = self.x(tick)
            self.line([x, x], [y - 6, y - 2], INK["quiet"], 0.8)
            self.write(label, x, y + 8, size=11, align="center", color=INK["quiet"])
        self.top += 30

    def legend(self) -> None:
        x, y = self.left, self.top + 6
        for state in self.states:
            self.bars([(x, x + 18)], y - 6, look(state), 12)
            self.write(state, x + 24, y, size=11)
            x += 24 + text_width(state, 11) + 22


def _head_height(trace: Trace, guess: Guess | None) -> float:
    return (28 if trace.title else 8) + (_GUESS_ROW if guess else 0)


def _block_height(trace: Trace, guess: Guess | None) -> float:
    marked = len({m.lane for m in trace.marks} & set(trace.lanes))
    return _head_height(trace, guess) + _PITCH * len(trace.lanes) + _MARK_ROW * marked + 10


def _shortened(name: str) -> str:
    while text_width(name, 12) > _GUTTER_MOST:
        name = name[:-2] + "…"
    return name
