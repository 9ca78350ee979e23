"""From events to spans: what the probes noted about one lane, and what that says about its states."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from helpers.tracing.trace import READY, RUNNING, WAITING
from helpers.tracing.words import NO_CORE

__all__ = ["ANSWERED", "DONE", "PREEMPTED", "UNCLEAR", "Stay", "stays"]

DONE = "done"
"""Closes a lane: whatever it did is over."""
ANSWERED = "answered"
"""What the lane waits for is there: from now on it is ready. Says nothing if the lane doesn't wait."""
PREEMPTED = "preempted"
"""Ready, and no thread of this process ran meanwhile: the core was given to another program."""
UNCLEAR = "unclear"
"""The state of a span of which nobody knows when it ran and when it didn't."""
_LONG = 5_000_000  # nanoseconds: clocks that are read one after the other say nothing about less
_SLEEP = 20_000_000  # nanoseconds: for less, a busy machine may let a thread lie that wants to run


class Stay(NamedTuple):
    """A lane was in `state` from `start` to `end` (nanoseconds)."""

    state: str
    start: int
    end: int
    label: str = ""


def stays(events: Iterable[tuple[Any, ...]], origin: int, end: int) -> list[Stay]:
    """The states of one lane between `origin` and `end`; `events` in time order, see `Recorder.note`."""
    found: list[Stay] = []
    last: tuple[Any, ...] = (0, "", DONE)
    for event in [*events, (end, "", DONE, None, None)]:
        if event[2] == ANSWERED:
            if last[2] != WAITING:
                continue
            event = (event[0], event[1], READY)
        elif event[2] == last[2] and len(event) < 5:
            continue
        since, until = max(last[0], origin), min(event[0], end)
        if last[2] != DONE and until > since:
            _append(found, _truth(last, event, since, until))
        last = event
    return found


def _append(found: list[Stay], new: Stay) -> None:
    if found and (found[-1].state, found[-1].end, found[-1].label) == (new.state, new.start, new.label):
        new = new._replace(start=found.pop().start)
    found.append(new)


def _truth(begin: tuple[Any, ...], end: tuple[Any, ...], since: int, until: int) -> Stay:
    """What the lane did between two events, after a look at the CPU clocks of its thread, if both have them.

    A thread in code that no probe knows counts as running. If it used no CPU to speak of while the
    process as a whole idled, it slept: waiting. If it used a part of it, nobody can say when: "unclear".
    """
    state: str = begin[2]
    if state == PREEMPTED:
        return Stay(READY, since, until, NO_CORE)
    wall = end[0] - begin[0]
    if state == RUNNING and wall >= _LONG and len(begin) == len(end) == 5:
        state = UNCLEAR
        if end[3] is not None:  # None: cut off while it went on, so nobody read its clocks
            own, everyone = end[3] - begin[3], end[4] - begin[4]
            if own > 0.8 * wall:
                state = RUNNING
            elif wall >= _SLEEP and own < 1_000_000 + wall / 50 and everyone < wall / 5:
                state = WAITING
    return Stay(state, since, until)
