"""What a cache counts while a block runs: hits, misses, evictions, expirations and memory, over time.

with metering(services.redis(), "a full cache") as metered:
    ...                             # any load, by any client
    metered.mark("second pass")     # what follows is told apart from what was before
cache_meter(metered)
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from typing import Any

from helpers.caches.gauges import Gauge, Inside, Reading, Silent, gauge
from helpers.errors import CourseError

__all__ = ["AWAY", "BACK", "COUNTERS", "Metered", "metering"]

COUNTERS = ("hits", "misses", "evictions", "expirations")
AWAY, BACK = "went away", "came back"
"""Marks of a server that dies or is restarted."""
_NEARLY = 0.97
"""Of its limit: so much of its memory Redis may use when it is full, as it pushes out whole keys."""


@dataclass
class Metered:
    """One recording: for each of `times` (seconds since its begin) what was counted up to then.

    `readings` has None where the server did not answer; `inside` are the keys at the end.
    """

    title: str = ""
    server: str = ""
    times: list[float] = field(default_factory=list)
    readings: list[Reading | None] = field(default_factory=list)
    marks: list[tuple[float, str]] = field(default_factory=list)
    inside: Inside = field(default_factory=Inside)
    _metering: _Metering | None = field(default=None, repr=False)

    def mark(self, text: str) -> None:
        """A new part begins here: pictures have a line with `text`, and the words tell the parts apart."""
        if self._metering is None:
            raise CourseError("this recording has ended: call metered.mark(…) inside the with-block.")
        self._metering.mark(text)

    def total(self, counter: str) -> int:
        """How many "hits", "misses", "evictions" or "expirations" there were in all."""
        return int(getattr(self._last(len(self.times)), counter))

    def words(self) -> list[str]:
        """What happened, without a number that another run would not have."""
        if not self.readings:
            return [self.title, "  nothing was recorded"]
        told = [self.title, *(f"  {part}" for part in self._parts())]
        told += [f"  {name}: {'yes' if self.total(name) else 'none'}" for name in COUNTERS[2:]]
        told += [f"  memory: {self._memory()}", f"  keys inside: {_ends(self.inside)}"]
        happened = [text for _, text in self.marks if text in (AWAY, BACK)]
        return told + ([f"  {self.server} {', '.join(happened)}"] if happened else [])

    def _last(self, before: int) -> Reading:
        return next(each for each in reversed(self.readings[:before]) if each)

    def _parts(self) -> Iterator[str]:
        """ "first pass: only misses", for each part that has a name."""
        starts = [(time, text) for time, text in self.marks if text not in (AWAY, BACK)]
        starts = [*([] if starts and starts[0][0] == 0 else [(0.0, "")]), *starts]
        ends = [time for time, _ in starts[1:]] + [float("inf")]
        for (begin, name), end in zip(starts, ends, strict=True):
            first = self._last(1 + sum(time <= begin for time in self.times[1:]))
            last = self._last(1 + sum(time <= end for time in self.times[1:]))
            told = _ratio(last.hits - first.hits, last.misses - first.misses)
            if name or told != "no reads" or len(starts) == 1:
                yield f"{name}: {told}" if name else told

    def _memory(self) -> str:
        there = [each for each in self.readings if each]
        if not any(each.limit for each in there):
            return "has no limit"
        full = any(each.limit and each.taken >= _NEARLY * each.limit for each in there)
        return "reaches its limit" if full or self.total("evictions") else "stays below its limit"


@contextlib.contextmanager
def metering(server: Any, title: str = "", every: float = 0.05) -> Iterator[Metered]:
    """Record what `server` (a memcached or a Redis of the course) counts while the block runs.

    It is asked each `every` seconds, over a connection of its own, in a thread that ends with the block.
    Yields a `Metered` that is filled when the block ends, also with an exception. A server that dies
    meanwhile is recorded too. Raises CourseError if it does not answer at the beginning.
    """
    with gauge(server) as asked:
        metered = Metered(title or server.title, server.name)
        metered._metering = work = _Metering(metered, asked, every)
        try:
            work.begin()
        except Silent:
            raise CourseError(
                f"{server.title} does not answer, so there is nothing to record. "
                "Start it again, with its .start()."
            ) from None
        try:
            yield metered
        finally:
            work.end()
            metered._metering = None


class _Metering:
    """Fills one `Metered`: a thread that asks again and again, and whoever marks a part."""

    def __init__(self, metered: Metered, asked: Gauge, every: float) -> None:
        self._metered, self._gauge, self._every = metered, asked, max(every, 0.005)
        self._stop, self._lock = Event(), Lock()
        self._thread = Thread(target=self._work, name="cache meter", daemon=True)
        self._began = 0.0
        self._process = ""
        self._raw = self._sums = Reading(0, 0, 0, 0, 0, 0, 0)

    def begin(self) -> None:
        self._raw = reading = self._gauge.read()
        self._process = reading.process
        self._began = time.perf_counter()
        self._add(0.0, reading)
        self._thread.start()

    def end(self) -> None:
        self._stop.set()
        self._thread.join(5)
        self._look()
        if self._metered.readings[-1]:
            with contextlib.suppress(Silent):
                self._metered.inside = self._gauge.inside()

    def mark(self, text: str) -> None:
        self._look()
        self._metered.marks.append((self._metered.times[-1], text))

    def _work(self) -> None:
        while not self._stop.wait(self._every):
            self._look()

    def _look(self) -> None:
        with self._lock:
            try:
                reading = self._gauge.read()
            except Silent:
                reading = None
            self._add(time.perf_counter() - self._began, reading)

    def _add(self, now: float, reading: Reading | None) -> None:
        metered = self._metered
        away = bool(metered.readings) and metered.readings[-1] is None
        metered.times.append(now)
        if reading is None:
            metered.readings.append(None)
            metered.marks += [] if away else [(now, AWAY)]
            return
        if away or reading.process != self._process:
            metered.marks += [(now, BACK)] if away else [(now, AWAY), (now, BACK)]
            self._raw = Reading(0, 0, 0, 0, 0, 0, 0) if reading.process != self._process else self._raw
        counted = {name: self._more(reading, name) for name in COUNTERS}
        self._raw, self._process = reading, reading.process
        self._sums = Reading(
            **counted,
            memory=reading.memory,
            taken=reading.taken,
            limit=reading.limit,
            process=reading.process,
        )
        metered.readings.append(self._sums)

    def _more(self, reading: Reading, name: str) -> int:
        """The sum so far and what is new; a counter that went down began at zero meanwhile."""
        new, old = getattr(reading, name), getattr(self._raw, name)
        return int(getattr(self._sums, name)) + (new - old if new >= old else new)


def _ratio(hits: int, misses: int) -> str:
    """Coarse, so that another run says the same."""
    if not hits + misses:
        return "no reads"
    if not misses or not hits:
        return "only hits" if hits else "only misses"
    share = hits / (hits + misses)
    return "mostly hits" if share > 0.75 else "mostly misses" if share < 0.25 else "hits and misses"


def _ends(inside: Inside) -> str:
    if inside.keys is None:
        return "the server does not tell them"
    if not inside.keys:
        return "none"
    ending = [key for key in inside.keys if key.life is not None]
    return (
        "all will expire"
        if len(ending) == len(inside.keys)
        else "some will expire"
        if ending
        else "none expires"
    )
