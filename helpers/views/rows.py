"""Where messages overlap on a lane they get rows: which row each of its spans has, and where arrows end."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from heapq import heappop, heappush

from helpers.tracing.trace import RUNNING, Arrow, Span, Trace

__all__ = ["AREA", "BAR", "DEEP", "PITCH", "Ends", "lane_height", "row_height", "rows", "thinned"]

BAR, PITCH = 18, 27
"""Height of a bar, and of a lane with one row of them (CSS pixels)."""
_ROW, _MOST = 16, 80
DEEP = 26
"""Lanes of more rows than this are drawn as an area: how many at a time, not which."""
AREA = 63
"""Its height (CSS pixels)."""
_CLOSE = 1e-7  # seconds: one message leaves at the moment at which the next comes


def rows(spans: Sequence[Span]) -> list[int]:
    """The row of each of one lane's `spans` (in time order), 0 the lowest; all 0 if no messages overlap.

    A span takes the lowest row that is free, and *running* lies over what its message is besides.
    """
    free: list[int] = []
    busy: list[tuple[float, int]] = []
    held: dict[str, tuple[float, int]] = {}
    found, used = [], 0
    # A message may come and be begun at the same moment.
    for number in sorted(range(len(spans)), key=lambda n: (spans[n].start, spans[n].state == RUNNING)):
        span = spans[number]
        end, row = held.get(span.item, (-1.0, 0)) if span.state == RUNNING and span.item else (-1.0, 0)
        if end < span.start - _CLOSE or not span.item:
            row = 0
            if span.item:
                while busy and busy[0][0] <= span.start + _CLOSE:
                    heappush(free, heappop(busy)[1])
                if not free:
                    heappush(free, used)
                    used += 1
                row = heappop(free)
                heappush(busy, (span.end, row))
                held[span.item] = (span.end, row)
        found.append((number, row))
    return [row for _, row in sorted(found)]


def row_height(count: int) -> float:
    """Of each of `count` rows, with the gap above it (CSS pixels)."""
    return float(BAR) if count <= 1 else min(_ROW, _MOST / count)


def lane_height(count: int) -> float:
    """Of a lane with `count` rows (CSS pixels)."""
    return PITCH - BAR + (AREA if count > DEEP else count * row_height(count))


def thinned(trace: Trace, most: int = 40_000) -> Trace:
    """`trace`, or of too many messages only every so manieth, and a title that says so."""
    pieces = len(trace.arrows) + sum(bool(span.item) for span in trace.spans)
    if pieces <= most:
        return trace
    step = -(-pieces // most)
    items = dict.fromkeys(arrow.item for arrow in sorted(trace.arrows, key=lambda a: a.sent))
    kept = {"", *list(items)[::step]}
    return replace(
        trace,
        title=f"{trace.title} (one of {step} messages is drawn)".strip(),
        spans=[span for span in trace.spans if span.item in kept],
        marks=[mark for mark in trace.marks if mark.item in kept],
        arrows=[arrow for arrow in trace.arrows if arrow.item in kept],
    )


class Ends:
    """Finds the span at which an arrow begins or ends: that of its message on that lane."""

    def __init__(self, spans: Sequence[Span]) -> None:
        found: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        for number, span in enumerate(spans):
            if span.item:
                found[span.lane, span.item].append(number)
        self._ended: dict[tuple[str, str], list[tuple[float, int]]] = {}
        self._began: dict[tuple[str, str], list[tuple[float, int]]] = {}
        for key, numbers in found.items():
            # Running lies over the message's stay, if there is one.
            stays = [n for n in numbers if spans[n].state != RUNNING] or numbers
            self._ended[key] = sorted((spans[n].end, n) for n in stays)
            self._began[key] = sorted((spans[n].start, n) for n in stays)

    def of(self, arrow: Arrow) -> tuple[int, int]:
        """The numbers of the spans that end where `arrow` begins and begin where it ends; -1 for none."""
        left = _nearest(self._ended.get((arrow.source, arrow.item), ()), arrow.sent)
        return left, _nearest(self._began.get((arrow.target, arrow.item), ()), arrow.arrived)


def _nearest(times: Sequence[tuple[float, int]], time: float) -> int:
    place = bisect_left(times, (time, -1))
    near = times[max(0, place - 1) : place + 1]
    return min(near, key=lambda one: abs(one[0] - time))[1] if near else -1
