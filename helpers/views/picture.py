"""Recordings as a picture, laid out as the player lays out its canvas: PNG for any page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Any

from matplotlib.patches import PathPatch
from matplotlib.path import Path

from helpers.tracing.messages import summed
from helpers.tracing.trace import MOST_ARROWS, Arrow, Mark, Trace
from helpers.views.brokermap import Map
from helpers.views.guess import Guess
from helpers.views.palette import INK, in_order, look
from helpers.views.paper import WIDTH, Paper, fitted, text_width, ticks
from helpers.views.rows import DEEP
from helpers.views.stacks import Stack, arrow_ends, bars
from helpers.views.turns import Table

__all__ = ["picture"]

_MARK_ROW, _GUESS_ROW = 15, 20
_GUTTER_MOST = 190
_MANY_ARROWS, _THRONG = 40, 300


def picture(
    traces: Sequence[Trace],
    guesses: Sequence[Guess | None],
    zoom: tuple[float, float],
    maps: Sequence[Map] = (),
) -> bytes:
    """The recordings below each other on one time axis from ``zoom[0]`` to ``zoom[1]`` seconds, as PNG.

    Above them stand `maps`, below them boxes, and what became of all messages.
    """
    return _Timeline(traces, guesses, zoom, maps).png()


class _Timeline(Paper):
    def __init__(
        self,
        traces: Sequence[Trace],
        guesses: Sequence[Guess | None],
        zoom: tuple[float, float],
        maps: Sequence[Map],
    ) -> None:
        self.zoom, self.top = zoom, 6.0
        if maps:  # the title stands above the map
            traces = [replace(trace, title="") for trace in traces]
        tables = [Table(trace, len(traces) > 1) for trace in traces]
        boxes = sum(table.height for table in tables)
        sums = [line for trace in traces if (line := summed(trace.counts))]
        extra = sum(one.height for one in maps) + 22 * len(sums)
        super().__init__(self.top + sum(map(_block_height, traces, guesses)) + 30 + 22 + boxes + extra)
        names = [lane for trace in traces for lane in trace.lanes]
        deep = [75.0] * any(Stack(t.on(lane), 0).count > DEEP for t in traces for lane in t.lanes)
        widths = [*(text_width(name, 12) for name in names), *deep]
        self.left = min(max(widths, default=0), _GUTTER_MOST) + 16
        self.right = WIDTH - 14
        self.states = in_order({s.state for t in traces for s in t.spans})
        for one in maps:
            one.draw(self, self.top)
            self.top += one.height
        for trace, guess in zip(traces, guesses, strict=True):
            self.block(trace, guess)
        self.axis()
        self.legend()
        self.top += 22
        for table in tables:
            table.draw(self, self.top)
            self.top += table.height
        for line in sums:
            self.write(line, self.left, self.top + 8, size=12)
            self.top += 22

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
        stacks: dict[str, Stack] = {}
        for lane in trace.lanes:
            y += _MARK_ROW if any(mark.lane == lane for mark in trace.marks) else 0
            stacks[lane] = Stack(trace.on(lane), y)
            self.lane(lane, stacks[lane])
            y += stacks[lane].height
        if len(trace.arrows) > _THRONG:
            self.throng(trace, stacks)
        else:
            for arrow, start, end in arrow_ends(trace, stacks):
                self.arrow(arrow, start, end, stacks, len(trace.arrows))
        for lane, stack in stacks.items():
            self.marks(stack, [m for m in trace.marks if m.lane == lane])
        if guess:
            self.guess(guess, top + _head_height(trace, guess) - _GUESS_ROW / 2, bottom - 6)
        self.top = bottom

    def lane(self, lane: str, stack: Stack) -> None:
        self.write(
            fitted(lane, _GUTTER_MOST, 12), self.left - 10, stack.middle, align="right", color=INK["text"]
        )
        stack.draw(self, self.states, self.zoom, self.edges)
        if stack.count > DEEP:
            most = f"up to {stack.deepest:,}"
            self.write(most, self.left - 10, stack.middle + 16, size=11, align="right", color=INK["quiet"])

    def marks(self, stack: Stack, marks: list[Mark]) -> None:
        free_from = 0.0
        seen = [m for m in sorted(marks, key=lambda m: m.time) if self.zoom[0] <= m.time <= self.zoom[1]]
        for mark, following in zip_longest(seen, seen[1:]):
            # Of equal ones so close that the next would stand in the words, only the last says what it is.
            close = following and self.x(following.time) < self.x(mark.time) + 8 + text_width(
                mark.label, 10.5
            )
            silent = bool(close and following.label == mark.label)
            free_from = self.mark(mark, stack.top, free_from, silent)

    def edges(self, start: float, end: float, least: float) -> tuple[float, float]:
        begin, stop = self.x(max(start, self.zoom[0])), self.x(min(end, self.zoom[1]))
        return begin, max(stop, begin + least)

    def mark(self, mark: Mark, top: float, free_from: float, silent: bool) -> float:
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
        if silent or begin < free_from:
            return free_from
        self.write(mark.label, begin, y, size=10.5, color=color)
        return max(begin + wide, x + 5) + 6

    def arrow(self, arrow: Arrow, y1: float, y2: float, stacks: dict[str, Stack], of: int) -> None:
        begin, stop = self.x(arrow.sent), self.x(arrow.arrived)
        if not self.left <= begin <= stop <= self.right + 1:
            return
        style: Any = {
            "arrowstyle": "-|>",
            "color": INK["text"].neutral,
            "linewidth": 1.2,
            # A crowd of them must not hide the lanes.
            "alpha": 0.4 if of > _MANY_ARROWS else 1.0,
            "shrinkA": 0,
            "shrinkB": 0,
        }
        self.axes.annotate("", (stop, y2), (begin, y1), arrowprops=style)
        if of <= MOST_ARROWS and arrow.label and not arrow.item:
            x = (begin + stop) / 2
            flip = x + 7 + text_width(arrow.label, 10.5) > self.right
            self.write(
                arrow.label,
                x - 7 if flip else x + 7,
                (stacks[arrow.source].middle + 2 * stacks[arrow.target].middle) / 3,
                size=10.5,
                align="right" if flip else "left",
            )

    def throng(self, trace: Trace, stacks: dict[str, Stack]) -> None:
        """Hundreds of arrows: pale lines without heads, those that share a pixel once."""
        lines = {
            (round(self.x(arrow.sent)), round(start), round(end))
            for arrow, start, end in arrow_ends(trace, stacks)
            if self.zoom[0] <= arrow.sent and arrow.arrived <= self.zoom[1]
        }
        corners = [corner for x, start, end in sorted(lines) for corner in ((x, start), (x, end))]
        if corners:
            path = Path(corners, [Path.MOVETO, Path.LINETO] * len(lines))
            pale = (INK["text"].neutral, 0.25)
            self.axes.add_patch(PathPatch(path, fill=False, edgecolor=pale, linewidth=0.7))

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
            bars(self, [(x, x + 18)], y - 6, look(state), 12)
            self.write(state, x + 24, y, size=11)
            x += 24 + text_width(state, 11) + 22


def _head_height(trace: Trace, guess: Guess | None) -> float:
    return (28 if trace.title else 8) + (_GUESS_ROW if guess else 0)


def _block_height(trace: Trace, guess: Guess | None) -> float:
    marked = len({m.lane for m in trace.marks} & set(trace.lanes))
    lanes = sum(Stack(trace.on(lane), 0).height for lane in trace.lanes)
    return _head_height(trace, guess) + lanes + _MARK_ROW * marked + 10
