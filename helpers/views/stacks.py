"""Messages on a lane of a picture: bars in rows with names; of very many only their number, as an area."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate

from matplotlib.patches import PathPatch
from matplotlib.path import Path

from helpers.tracing.trace import RUNNING, Arrow, Span, Trace
from helpers.views.palette import INK, Look, look
from helpers.views.paper import Paper, text_width
from helpers.views.rows import AREA, BAR, DEEP, PITCH, Ends, lane_height, row_height, rows

__all__ = ["Stack", "arrow_ends", "bars", "hatched", "wash"]

_NAMED = 12
"""Height of a row that has room for a name (CSS pixels)."""
_LETTERS = 10.0
_MOST_NAMES = 300
_THIN = 3  # pixels: no room for a frame
Edges = Callable[[float, float, float], tuple[float, float]]
"""From start and end (seconds) and the least width to both x."""


class Stack:
    """One lane's spans (in time order), to be drawn from height `y` on; most have one row, as any lane."""

    def __init__(self, spans: Sequence[Span], y: float) -> None:
        self.spans = spans
        self.rows = rows(spans)
        self.count = 1 + max(self.rows, default=0)
        self.height = lane_height(self.count)
        self.middle, self.top = y + self.height / 2, y + (PITCH - BAR) / 2

    def row(self, number: int) -> tuple[float, float]:
        """Top and height of the bar of the span of that number; without one (-1), of all of them."""
        if number < 0 or self.count > DEEP:
            return self.top, self.height - PITCH + BAR
        height = row_height(self.count)
        gap = 1 if self.count > 1 and height > 4 else 0
        return self.top + (self.count - self.rows[number] - 1) * height + gap, height - gap

    def draw(self, paper: Paper, states: Sequence[str], zoom: tuple[float, float], edges: Edges) -> None:
        """States in the order given; of messages running last, over what its message is besides."""
        seen = [n for n, s in enumerate(self.spans) if s.end >= zoom[0] and s.start <= zoom[1]]
        # A lane of few spans shows each of them, however short; in a dense one they would hide the rest.
        least = 1.0 if len(seen) < 200 else 0.0
        named = any(span.item for span in self.spans)
        names = dict(self._names(seen, edges)) if named else {}
        for state in sorted(states, key=lambda state: named and state == RUNNING):
            chosen = [n for n in seen if self.spans[n].state == state]
            if not chosen:
                continue
            if self.count > DEEP and state != RUNNING:
                self._area(paper, [self.spans[n] for n in chosen], edges, look(state))
                continue
            for row in sorted({self.rows[n] for n in chosen}) if self.count <= DEEP else [0]:
                numbers = [n for n in chosen if self.rows[n] == row or self.count > DEEP]
                top, height = (self.top + AREA - 8, 8) if self.count > DEEP else self.row(numbers[0])
                where = [self._apart(self.spans[n], edges, least) for n in numbers]
                bars(paper, where, top, look(state), height, [names[n] for n in numbers if n in names])
        for number, (begin, _) in names.items():
            span, (top, height) = self.spans[number], self.row(number)
            ink = Look("", "", "#ffffff") if span.state == RUNNING else INK["text"]
            paper.write(span.item, begin + 4, top + height / 2, size=_LETTERS, color=ink)

    def _apart(self, span: Span, edges: Edges, least: float) -> tuple[float, float]:
        """The bars of two messages in a row do not touch."""
        begin, end = edges(span.start, span.end, least)
        return begin, end - 1 if span.item and end - begin > 4 else end

    def _names(self, numbers: Sequence[int], edges: Edges) -> Iterator[tuple[int, tuple[float, float]]]:
        """The bars that have room for their message's name, and from where to where (x) it stands."""
        if self.count > DEEP or row_height(self.count) < _NAMED or len(numbers) > _MOST_NAMES:
            return
        for number in numbers:
            span = self.spans[number]
            begin, end = edges(span.start, span.end, 0)
            wide = text_width(span.item, _LETTERS) + 8
            for other in numbers if span.state != RUNNING else ():
                # What runs lies over its message's stay: the name stands in it, or beside it.
                run = self.spans[other]
                if run.state == RUNNING and run.item == span.item and run.end > span.start:
                    from_, to = edges(run.start, run.end, 0)
                    if begin <= from_ < end:
                        begin, end = (to, end) if max(to - from_, end - to) >= wide else (begin, from_)
                        end = begin if to - from_ >= wide else end
            if span.item and end - begin >= wide:
                yield number, (begin, begin + wide)

    def _area(self, paper: Paper, stays: Sequence[Span], edges: Edges, style: Look) -> None:
        """How many there are at each time."""
        bottom, before = self.top + AREA, 0
        corners = []
        for time, level in _levels(stays):
            x = edges(time, time, 0)[0]
            corners += [(x, bottom - AREA * count / self.count) for count in (before, level)]
            before = level
        area, frame = Path(corners), Look("", "", style.neutral, hatch="outlined")
        paper.axes.add_artist(PathPatch(area, facecolor=(style.neutral, 0.22), linewidth=0))
        hatched(paper, area, style)
        hatched(paper, area, frame)

    @property
    def deepest(self) -> int:
        """The largest number of messages that were there at once."""
        stays = [span for span in self.spans if span.state != RUNNING]
        return max((level for _, level in _levels(stays)), default=0)


def _levels(stays: Sequence[Span]) -> Iterator[tuple[float, int]]:
    """When the number of messages changed, and to what."""
    steps: dict[float, int] = {}
    for span in stays:
        steps[span.start] = steps.get(span.start, 0) + 1
        steps[span.end] = steps.get(span.end, 0) - 1
    times = sorted(steps)
    yield from zip(times, accumulate(steps[time] for time in times), strict=True)


def arrow_ends(trace: Trace, stacks: dict[str, Stack]) -> Iterator[tuple[Arrow, float, float]]:
    """Each arrow between two lanes, with the heights at which it begins and ends."""
    ends = Ends([span for stack in stacks.values() for span in stack.spans])
    first = dict(zip(stacks, accumulate((len(s.spans) for s in stacks.values()), initial=0), strict=False))
    for arrow in trace.arrows:
        if arrow.source not in stacks or arrow.target not in stacks:
            continue
        source, target = stacks[arrow.source], stacks[arrow.target]
        down = math.copysign(1, target.middle - source.middle)
        left, opened = ends.of(arrow)
        start = source.row(left - first[arrow.source] if left >= 0 else -1)
        end = target.row(opened - first[arrow.target] if opened >= 0 else -1)
        yield arrow, _edge(*start, down), _edge(*end, -down)


def _edge(top: float, height: float, side: float) -> float:
    """Just inside a bar, at its upper (-1) or lower (1) edge."""
    return top + height / 2 + side * max(0.0, height / 2 - 3)


def bars(
    paper: Paper,
    edges: Sequence[tuple[float, float]],
    top: float,
    style: Look,
    height: float = BAR,
    names: Sequence[tuple[float, float]] = (),
) -> None:
    """Bars from x to x, each state's by one path; hatches leave the places of `names` free.

    So a hatch is drawn once, and runs on from bar to bar.
    """
    if not edges:
        return
    if style.hatch == "outlined":
        thin = [edge for edge in edges if edge[1] - edge[0] < _THIN]
        bars(paper, thin, top, Look("", "", style.neutral, opacity=0.5), height)
        # The frame belongs inside.
        edges = [(begin + 0.6, end - 0.6) for begin, end in edges if end - begin >= _THIN]
        top, height = top + 0.6, height - 1.2
        if not edges:
            return
    path = _path(edges, top, height)
    wash(paper, path, style)
    if names:
        free = dict(names)
        path = _path([(free.get(begin, begin), end) for begin, end in edges], top, height)
    hatched(paper, path, style)


def wash(paper: Paper, path: Path, style: Look) -> None:
    """The ground of a shape: pale under a hatch."""
    strength = 0.22 if style.hatch else style.opacity
    paper.axes.add_artist(PathPatch(path, facecolor=(style.neutral, strength), linewidth=0))


def _path(edges: Sequence[tuple[float, float]], top: float, height: float) -> Path:
    corners = [
        corner
        for begin, end in edges
        for corner in ((begin, top), (end, top), (end, top + height), (begin, top + height), (begin, top))
    ]
    return Path(corners, [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY] * len(edges))


def hatched(paper: Paper, path: Path, style: Look) -> None:
    """The outline or the hatch of a shape, if its look has one."""
    if style.hatch == "outlined":
        paper.axes.add_artist(PathPatch(path, fill=False, edgecolor=style.neutral, linewidth=0.9))
    elif style.hatch:
        hatch = {"lines": "/////", "dots": "...."}[style.hatch]
        lines = PathPatch(path, fill=False, hatch=hatch, edgecolor=style.neutral, linewidth=0)
        lines.set_hatch_linewidth(1.1)
        paper.axes.add_artist(lines)
