"""Recordings as the browser gets them: a few flat lists, whole microseconds, bounded in size.

Of a span four numbers: lane, state, start, end. Of an arrow nine: source, sent, target, arrived, and which of
``arrowLabels``, ``items`` and ``ways`` (-1: none) are its label, its message and the exchanges on its way;
last the spans that end where it begins and begin where it ends (-1: none). A source or target beyond the
last lane is one of ``elsewhere``; ``back`` are the numbers of those arrows that bring a message back. Where
spans are about messages, ``rows`` and ``about`` say the row and the message of each.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from helpers.tracing.messages import gone_back, summed
from helpers.tracing.trace import RUNNING, Box, Span, Trace
from helpers.views.grounds import BIN, EDGE, Grounds
from helpers.views.guess import Guess
from helpers.views.palette import in_order, look
from helpers.views.plan import Node, Plan
from helpers.views.rows import Ends, rows

__all__ = ["MOST_CHANGES", "MOST_CHIPS", "MOST_SPANS", "condensed", "wire"]

MOST_SPANS = 60_000
"""Of one recording; about a megabyte and a half on its way to the browser."""
MOST_CHANGES = 20_000
"""Of all boxes of one recording."""
MOST_CHIPS = 12
"""Of one box at one time; the rest is counted."""


def wire(
    traces: Sequence[Trace], guesses: Sequence[Guess | None], until: float, mapped: bool = False
) -> dict[str, Any]:
    """What `drawing.js` draws, and `brokermap.js` if it is `mapped`.

    Times are seconds, but those of spans, arrows, boxes and lines whole microseconds.
    """
    states = in_order({span.state for trace in traces for span in trace.spans})
    return {
        "recordings": [
            _recording(trace, states) | ({"map": _map(trace)} if mapped else {}) for trace in traces
        ],
        "guesses": [guess and asdict(guess) for guess in guesses],
        "states": states,
        "hatches": [look(state).hatch for state in states],
        "until": until,
    }


def _recording(trace: Trace, states: list[str]) -> dict[str, Any]:
    lanes = {name: number for number, name in enumerate(trace.lanes)}
    by_lane = [list(condensed(trace.on(name), trace, MOST_SPANS)) for name in trace.lanes]
    for lane in by_lane:  # what runs lies over its message's stay, also if both begin at the same moment
        lane.sort(key=lambda s: (s.start, bool(s.item) and s.state == RUNNING))
    spans = [span for lane in by_lane for span in lane]
    chips: dict[str, int] = {}
    labels: dict[str, int] = {"": -1}
    items: dict[str, int] = {"": -1}
    flat = [(lanes[s.lane], states.index(s.state), round(s.start * 1e6), round(s.end * 1e6)) for s in spans]
    about = [_number(items, span.item) for span in spans]
    told = any(number >= 0 for number in about)
    marks = [mark for mark in trace.marks if mark.lane in lanes]
    return {
        "title": trace.title,
        "duration": trace.duration,
        "lanes": trace.lanes,
        "spans": [number for row in flat for number in row],
        "labels": {number: span.label for number, span in enumerate(spans) if span.label},
        "rows": [row for lane in by_lane for row in rows(lane)] if told else [],
        "about": about if told else [],
        "marks": [
            {"lane": lanes[m.lane], "time": m.time, "label": m.label}
            | ({"item": _number(items, m.item)} if m.item else {})
            for m in marks
        ],
        **_arrows(trace, spans, lanes, labels, items),
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
        "sum": summed(trace.counts),
        "fates": [[place.name, place.end, place.fate] for place in trace.places if place.fate],
    }


def _arrows(
    trace: Trace, spans: list[Span], lanes: dict[str, int], labels: dict[str, int], items: dict[str, int]
) -> dict[str, Any]:
    known: dict[str, int] = dict(lanes)
    ways: dict[tuple[str, ...], int] = {(): -1}
    ends, flat, gone = Ends(spans), list[int](), gone_back(trace)
    back = []
    for number, arrow in sorted(enumerate(trace.arrows), key=lambda one: one[1].sent):
        if not arrow.item and not {arrow.source, arrow.target} <= set(lanes):
            continue
        back += [len(flat) // 9] if number in gone else []
        source, target = (known.setdefault(name, len(known)) for name in (arrow.source, arrow.target))
        sent, arrived = round(arrow.sent * 1e6), round(arrow.arrived * 1e6)
        flat += [source, sent, target, arrived, _number(labels, arrow.label), _number(items, arrow.item)]
        flat += [ways.setdefault(arrow.via, len(ways) - 1), *ends.of(arrow)]
    return {
        "arrows": flat,
        "arrowLabels": list(labels)[1:],
        "items": list(items)[1:],
        "ways": [list(way) for way in ways][1:],
        "back": back,
        "elsewhere": list(known)[len(lanes) :],
    }


def _map(trace: Trace) -> dict[str, Any]:
    """The map as the browser gets it; times are seconds."""
    plan = Plan(trace)
    grounds = Grounds(plan)
    return {
        "columns": plan.columns,
        "gaps": grounds.gaps,
        "edge": EDGE,
        "height": grounds.height,
        "leftOut": plan.left_out,
        "nodes": [_wired_node(node, grounds) for node in plan.nodes.values()],
        "roads": [
            {
                "source": source,
                "target": target,
                "label": ", ".join(plan.roads[source, target].labels),
                "times": plan.roads[source, target].times,
                "back": plan.roads[source, target].back,
                "leave": way.leave,
                "reach": way.reach,
                "track": way.track,
                "over": way.over,
            }
            for (source, target), way in grounds.ways.items()
        ],
    }


def _wired_node(node: Node, grounds: Grounds) -> dict[str, Any]:
    box = grounds.boxes[node.name]
    return {
        "name": node.name,
        "kind": node.kind,
        "label": node.label,
        "lives": [[life.start, life.end, life.fate] for life in node.lives],
        "column": node.column,
        "y": box.y,
        "width": box.width,
        "height": box.height - (BIN if node.lost else 0),
        "foot": box.foot,
        "lowest": grounds.lowest(node.name),
        "bin": bool(node.lost),
    }


def _number(known: dict[str, int], text: str) -> int:
    return known.setdefault(text, len(known) - 1)


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
