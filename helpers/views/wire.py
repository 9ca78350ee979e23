"""Recordings as the browser gets them: a few flat lists, whole microseconds, bounded in size."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from helpers.tracing.trace import Box, Span, Trace
from helpers.views.guess import Guess
from helpers.views.palette import in_order, look

__all__ = ["MOST_CHANGES", "MOST_CHIPS", "MOST_SPANS", "condensed", "wire"]

MOST_SPANS = 60_000
"""Of one recording; about a megabyte and a half on its way to the browser."""
MOST_CHANGES = 20_000
"""Of all boxes of one recording."""
MOST_CHIPS = 12
"""Of one box at one time; the rest is counted."""


def wire(traces: Sequence[Trace], guesses: Sequence[Guess | None], until: float) -> dict[str, Any]:
    """What `drawing.js` draws. Times are seconds, but those of spans, boxes and lines whole microseconds."""
    states = in_order({span.state for trace in traces for span in trace.spans})
    return {
        "recordings": [_recording(trace, states) for trace in traces],
        "guesses": [guess and asdict(guess) for guess in guesses],
        "states": states,
        "hatches": [look(state).hatch for state in states],
        "until": until,
    }


def _recording(trace: Trace, states: list[str]) -> dict[str, Any]:
    lanes = {name: number for number, name in enumerate(trace.lanes)}
    spans = [span for name in trace.lanes for span in condensed(trace.on(name), trace, MOST_SPANS)]
    chips: dict[str, int] = {}
    flat = [(lanes[s.lane], states.index(s.state), round(s.start * 1e6), round(s.end * 1e6)) for s in spans]
    return {
        "title": trace.title,
        "duration": trace.duration,
        "lanes": trace.lanes,
        "spans": [number for row in flat for number in row],
        "labels": {number: span.label for number, span in enumerate(spans) if span.label},
        "marks": [
            {"lane": lanes[m.lane], "time": m.time, "label": m.label} for m in trace.marks if m.lane in lanes
        ],
        "arrows": [
            {
                "source": lanes[a.source],
                "sent": a.sent,
                "target": lanes[a.target],
                "arrived": a.arrived,
                "label": a.label,
            }
            for a in trace.arrows
            if a.source in lanes and a.target in lanes
        ],
        "boxes": [
            {
                "name": name,
                "times": [round(box.time * 1e6) for box in changes],
                "held": [
                    [chips.setdefault(item, len(chips)) for item in box.items[:MOST_CHIPS]] for box in changes
                ],
                "counts": [len(box.items) for box in changes],
            }
            for name, changes in _by_name(trace).items()
        ],
        "chips": list(chips),
        "listing": trace.listing.splitlines(),
        "steps": [round(time * 1e6) for time, _ in trace.lines],
        "lines": [line for _, line in trace.lines],
    }


def _by_name(trace: Trace) -> dict[str, list[Box]]:
    """The changes of each box in time order; of too many, the last within each short while."""
    boxes: dict[str, list[Box]] = {}
    for box in sorted(trace.boxes, key=lambda b: b.time):
        changes = boxes.setdefault(box.name, [])
        if not changes or changes[-1].items != box.items:
            changes.append(box)
    if len(trace.boxes) > MOST_CHANGES:
        least = trace.duration * len(boxes) / MOST_CHANGES
        for name, changes in boxes.items():
            boxes[name] = list({int(box.time / least): box for box in changes}.values())
    return boxes


def condensed(spans: list[Span], trace: Trace, most: int) -> Iterable[Span]:
    """One lane's spans, unless its recording has more than `most`: then short neighbors become one.

    Such a span has the state that took most of its time. What is lost is shorter than anything the
    eye finds without zooming in a hundred times.
    """
    if len(trace.spans) <= most:
        return spans
    # Twice the lanes: a kept long span may stand between any two merged ones.
    least = trace.duration * 2 * len(trace.lanes) / most
    result: list[Span] = []
    group: list[Span] = []
    for span in spans:
        if group and (span.length >= least or span.end - group[0].start > least):
            result.append(_merged(group))
            group = []
        if span.length >= least:
            result.append(span)
        else:
            group.append(span)
    return [*result, _merged(group)] if group else result


def _merged(group: list[Span]) -> Span:
    times: dict[str, float] = {}
    for span in group:
        times[span.state] = times.get(span.state, 0.0) + span.length
    return Span(group[0].lane, max(times, key=lambda state: times[state]), group[0].start, group[-1].end)
