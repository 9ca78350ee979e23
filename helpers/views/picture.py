"""A recording as a picture: PNG, transparent, in colors that can be read on white and on black.

The picture is laid out in pixels of a page 760 wide, as the player lays out its canvas, and drawn
twice as fine. matplotlib's `Figure` is used without pyplot, so any thread may draw.
"""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.textpath import TextPath

from helpers.tracing.trace import Arrow, Mark, Trace
from helpers.views.guess import Guess
from helpers.views.palette import INK, Look, in_order, look

__all__ = ["WIDTH", "picture"]

WIDTH = 760
"""Of the picture on the page, in CSS pixels."""
_FINE = 2
_DPI = 96
_BAR, _PITCH, _MARK_ROW, _GUESS_ROW = 18, 27, 15, 20
_GUTTER_MOST = 190


def picture(traces: Sequence[Trace], guesses: Sequence[Guess | None], zoom: tuple[float, float]) -> bytes:
    """The recordings below each other on one time axis from ``zoom[0]`` to ``zoom[1]`` seconds, as PNG."""
    canvas = _Canvas(traces, guesses, zoom)
    with warnings.catch_warnings():  # a lane name in a script that the font lacks is no news for learners
        warnings.filterwarnings("ignore", message="Glyph")
        return canvas.draw()


class _Canvas:
    def __init__(
        self, traces: Sequence[Trace], guesses: Sequence[Guess | None], zoom: tuple[float, float]
    ) -> None:
        self.traces, self.guesses, self.zoom = traces, guesses, zoom
        names = [lane for trace in traces for lane in trace.lanes]
        self.left = min(max((_width(name, 12) for name in names), default=0), _GUTTER_MOST) + 16
        self.right = WIDTH - 14
        self.states = in_order({s.state for t in traces for s in t.spans})
        self.top = 6.0
        self.height = self.top + sum(map(_block_height, traces, guesses)) + 30 + 26

    def x(self, seconds: float) -> float:
        begin, end = self.zoom
        return self.left + (seconds - begin) / (end - begin) * (self.right - self.left)

    def draw(self) -> bytes:
        figure = Figure(figsize=(WIDTH / _DPI, self.height / _DPI), dpi=_DPI * _FINE)
        self.axes = axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, WIDTH), ylim=(self.height, 0))
        axes.axis("off")
        for trace, guess in zip(self.traces, self.guesses, strict=True):
            self.block(trace, guess)
        self.axis()
        self.legend()
        png = io.BytesIO()
        figure.savefig(png, format="png", transparent=True, metadata={"Software": None})
        return png.getvalue()

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
                self.arrow(arrow, middles[arrow.source], middles[arrow.target], len(trace.arrows) < 7)
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

    def bars(self, edges: list[tuple[float, float]], top: float, style: Look) -> None:
        if not edges:
            return
        # One path for all: the hatch is drawn once, and runs on from bar to bar.
        corners = [
            corner
            for begin, end in edges
            for corner in ((begin, top), (end, top), (end, top + _BAR), (begin, top + _BAR), (begin, top))
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
        wide = _width(mark.label, 10.5)
        begin = x + 8 if x + 8 + wide <= WIDTH else x - 8 - wide
        if begin < free_from:
            return free_from
        self.write(mark.label, begin, y, size=10.5, color=color)
        return max(begin + wide, x + 5) + 6

    def arrow(self, arrow: Arrow, start: float, end: float, labeled: bool) -> None:
        begin, stop = self.x(arrow.sent), self.x(arrow.arrived)
        if not self.left <= begin <= stop <= self.right + 1:
            return
        inset = math.copysign(_BAR / 2 - 3, end - start)
        style: Any = {
            "arrowstyle": "-|>",
            "color": INK["text"].neutral,
            "linewidth": 1.2,
            "shrinkA": 0,
            "shrinkB": 0,
        }
        self.axes.annotate("", (stop, end - inset), (begin, start + inset), arrowprops=style)
        if labeled and arrow.label:
            x = (begin + stop) / 2
            flip = x + 7 + _width(arrow.label, 10.5) > self.right
            self.write(
                arrow.label,
                x - 7 if flip else x + 7,
                (start + 2 * end) / 3,
                size=10.5,
                align="right" if flip else "left",
            )

    def guess(self, guess: Guess, y: float, bottom: float) -> None:
        color = INK["prediction" if guess.text != "no prediction" else "quiet"]
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
        if x + 8 + _width(words, 11) <= WIDTH:
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
            self.swatch(x, y, look(state))
            self.write(state, x + 24, y, size=11)
            x += 24 + _width(state, 11) + 22

    def swatch(self, x: float, y: float, style: Look) -> None:
        self.bars([(x, x + 18)], y - _BAR / 2, style)

    # -- strokes -----------------------------------------------------------------------------

    def line(
        self, xs: list[float], ys: list[float], color: Look, width: float = 1, dashes: Any = "-"
    ) -> None:
        self.axes.plot(
            xs,
            ys,
            color=color.neutral,
            alpha=color.opacity,
            linewidth=width * 0.75,
            linestyle=dashes,
            clip_on=False,
        )

    def write(
        self,
        text: str,
        x: float,
        y: float,
        size: float = 12,
        color: Look = INK["text"],
        align: str = "left",
        **font: Any,
    ) -> None:
        self.axes.text(
            x,
            y,
            text,
            fontsize=size * 0.75,
            color=color.neutral,
            ha=align,
            va="center_baseline",
            parse_math=False,
            **font,
        )


def ticks(begin: float, end: float, most: int) -> list[tuple[float, str]]:
    """At most `most` round times from `begin` to `end` with labels; the last one names the unit."""
    raw = (end - begin) / most
    power = 10 ** math.floor(math.log10(raw))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= raw * 0.999)
    scale, unit = (1, "s") if step >= 0.05 else (1000, "ms")
    digits = max(0, -math.floor(math.log10(step * scale) + 1e-9))
    first, last = math.ceil(begin / step - 1e-6), math.floor(end / step + 1e-6)
    labels = [f"{i * step * scale:.{digits}f}" if i else "0" for i in range(first, last + 1)]
    return [
        (i * step, label + (f" {unit}" if i == last else ""))
        for i, label in zip(range(first, last + 1), labels, strict=True)
    ]


def _head_height(trace: Trace, guess: Guess | None) -> float:
    return (28 if trace.title else 8) + (_GUESS_ROW if guess else 0)


def _block_height(trace: Trace, guess: Guess | None) -> float:
    marked = len({m.lane for m in trace.marks} & set(trace.lanes))
    return _head_height(trace, guess) + _PITCH * len(trace.lanes) + _MARK_ROW * marked + 10


def _width(text: str, size: float) -> float:
    return float(TextPath((0, 0), text, size=size).get_extents().width) if text.strip() else 0.0


def _shortened(name: str) -> str:
    while _width(name, 12) > _GUTTER_MOST:
        name = name[:-2] + "…"
    return name
