"""A recording in words: what a lane did, in order, times left out. See `Trace.text`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from helpers.tracing.trace import Box, Mark, Span

__all__ = ["NO_CORE", "boxed", "stolen", "words"]

NO_CORE = "no free core"
"""Label of a *ready* span during which nobody in the process ran: the machine was busy with others."""
_NOTHING = 0.001  # seconds: a task that gives the loop back for one turn has not waited
_BUSY = ("running", "ready")

Stretch = tuple[float, float, str]
"""start, end (seconds) and what the lane did."""


def words(spans: list[Span], marks: Iterable[Mark], least: float) -> Iterator[str]:
    """What one lane did (`spans` in time order), no word for what took less than `least` seconds."""
    happened = [(start, 0, word) for start, _, word in _told(list(_stretches(spans, least)), least)]
    happened += [(mark.time, 1, mark.label) for mark in marks]
    for word, _ in groupby(word for _, _, word in sorted(happened)):
        yield word


def stolen(spans: Iterable[Span]) -> float:
    """Seconds for which some lane could not run because other programs kept the machine busy."""
    total = until = 0.0
    for span in sorted((s for s in spans if s.label == NO_CORE), key=lambda s: s.start):
        total += max(0.0, span.end - max(until, span.start))
        until = max(until, span.end)
    return total


def boxed(boxes: Iterable[Box]) -> Iterator[str]:
    """What each box ever held, sorted. Not when, how often, nor how much at once: a busy machine finds two
    answers where an idle one finds one and then the other.
    """
    held: dict[str, set[str]] = {}
    for box in sorted(boxes, key=lambda b: b.time):
        held.setdefault(box.name, set()).update(box.items)
    for name, items in held.items():
        yield f"{name}: {', '.join(sorted(items, key=_by_number)) or 'always empty'}"


def _by_number(item: str) -> list[tuple[str, int]]:
    """client 2 before client 10."""
    return [(word, int(number or 0)) for word, number in re.findall(r"(\D*)(\d*)", item)]


def _stretches(spans: list[Span], least: float) -> Iterator[Stretch]:
    told = [s for s in _without_wakings(spans) if s.state in _BUSY or s.length >= _NOTHING]
    for run in _unbroken(told, least):
        for busy, group in groupby(run, key=lambda s: s.state in _BUSY):
            if busy:
                yield from _busy(list(group), least)
            else:
                yield from ((s.start, s.end, s.state + (f" ({s.label})" if s.label else "")) for s in group)


def _unbroken(spans: list[Span], least: float) -> Iterator[list[Span]]:
    """The runs of `spans` without a gap of `least` seconds: somebody may use a lane and come back to it."""
    run: list[Span] = []
    for span in spans:
        if run and span.start - run[-1].end >= least:
            yield run
            run = []
        run.append(span)
    yield run


def _without_wakings(spans: list[Span]) -> Iterator[Span]:
    """Getting the turn back is part of every wait: it is told only if it took a third of it, or more."""
    waited = 0.0
    for span in spans:
        if not (span.state == "ready" and span.length < waited / 3):
            yield span
        waited = span.length if span.state == "waiting" else 0.0


def _busy(spans: list[Span], least: float) -> Iterator[Stretch]:
    """Running and ready: either by turns, or one after the other with moments of interruption.

    Who is interrupted now and then by the interpreter's or the machine's other business has been running;
    whoever takes turns is ready for a good part of the time that it takes to get its work done.
    """
    # What the machine does besides differs from run to run: the words leave it out.
    turns = [(s.start, s.end, "running" if s.label == NO_CORE else s.state) for s in spans]
    ran = [place for place, turn in enumerate(turns) if turn[2] == "running"]
    pauses = {turn for turn in turns[ran[0] : ran[-1]] if turn[2] == "ready"} if ran else set()
    work, paused = (sum(end - start for start, end, _ in some) for some in ([turns[i] for i in ran], pauses))
    if len(pauses) > 1 and paused > work / 4 and work + paused >= least:
        yield spans[0].start, spans[-1].end, "running and ready by turns"
        return
    brief = {turn for turn in pauses if turn[1] - turn[0] < least}
    for word, group in groupby(turns, key=lambda turn: "running" if turn in brief else turn[2]):
        members = list(group)
        yield members[0][0], members[-1][1], word


def _told(stretches: list[Stretch], least: float) -> Iterator[Stretch]:
    """The long stretches; many short ones in a row are told together, by what took a good part of them."""
    for long, group in groupby(stretches, key=lambda s: s[1] - s[0] >= least):
        members = list(group)
        if long:
            yield from members
            continue
        shares: dict[str, float] = {}
        for start, end, word in members:
            shares[word] = shares.get(word, 0.0) + end - start
        total = sum(shares.values())
        if total >= least:
            main = sorted(word for word, share in shares.items() if share >= total / 5)
            yield members[0][0], members[-1][1], " and ".join(main) + " by turns" * (len(main) > 1)
