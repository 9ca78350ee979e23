"""A load for a cache: many requests, each with the moment at which it was due and how long it then took.

    load = await open_load("naive", naive, rate=300, seconds=1.5, source=source)
    load.sent, load.failed, load.calls, load.slow(0.05), load.p99

An *open* load sends at a fixed rate, whatever becomes of the requests before, as the world outside does; a
latency counts from the moment at which the request was *due*, also if the client itself was late. A *closed*
load is a number of clients that each wait for their answer before they ask again: a slow system is asked less
and looks better (Gil Tene's "coordinated omission").
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import math
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from statistics import median
from typing import Any, NamedTuple

from helpers.caches.source import SlowSource
from helpers.errors import CourseError

__all__ = ["Load", "Request", "closed_load", "open_load"]

PATIENCE = 10.0
"""Seconds after the last request was due, in which all must have been answered."""
_MOST = 20_000
"""Requests of one load."""

Handle = Callable[[str], Awaitable[Any]]


class Request(NamedTuple):
    """It was due at `due` (seconds since the load began), and answered `took` seconds later.

    `failed` is the name of the exception, or empty.
    """

    due: float
    took: float
    failed: str = ""


@dataclass
class Load:
    """What came out: all requests in the order in which they were due, and the calls of the source."""

    title: str
    requests: list[Request] = field(default_factory=list)
    source_calls: list[tuple[float, float]] = field(default_factory=list)
    """When each call of the source began and ended, in seconds since the load began."""

    @property
    def sent(self) -> int:
        """How many requests were sent."""
        return len(self.requests)

    @property
    def failed(self) -> int:
        """How many of them ended with an exception."""
        return sum(bool(request.failed) for request in self.requests)

    @property
    def answered(self) -> int:
        """How many of them had an answer."""
        return self.sent - self.failed

    @property
    def failures(self) -> dict[str, int]:
        """How many failed with which exception."""
        return dict(Counter(request.failed for request in self.requests if request.failed))

    @property
    def calls(self) -> int:
        """How often the source was asked."""
        return len(self.source_calls)

    def slow(self, seconds: float) -> int:
        """How many requests took longer than `seconds`."""
        return sum(request.took > seconds for request in self.requests)

    @property
    def p99(self) -> float:
        """Seconds within which 99% of the requests were done (nearest rank)."""
        return self._rank(0.99)

    @property
    def worst(self) -> float:
        """Seconds that the slowest request took."""
        return self._rank(1)

    @property
    def meanwhile(self) -> float:
        """Of the requests that were due while the source was at work: half took so many seconds or less."""
        took = [r.took for r in self.requests if any(a <= r.due < b for a, b in self.source_calls)]
        return median(took) if took else 0.0

    def _rank(self, share: float) -> float:
        took = sorted(request.took for request in self.requests)
        return took[math.ceil(share * len(took)) - 1] if took else 0.0


async def open_load(
    title: str,
    handle: Handle,
    *,
    rate: float = 300,
    seconds: float = 1.5,
    key: str = "page 1",
    source: SlowSource | None = None,
) -> Load:
    """Call ``await handle(key)`` `rate` times a second for `seconds`, each in a task of its own.

    Returns when all are done. `source` is forgotten before and its calls are noted. Whoever has no answer
    `PATIENCE` seconds after the last was due is cancelled and has failed. Raises CourseError for a load of
    no request or of too many.
    """
    count = _count(rate * seconds)
    with _measured(title, source) as (load, begin):

        async def one(due: float) -> None:
            load.requests.append(await _timed(handle, key, begin, due))

        tasks = []
        for number in range(count):
            due = number / rate
            await asyncio.sleep(max(0.0, begin + due - time.perf_counter()))
            tasks.append(asyncio.create_task(one(due)))
        await _finish(tasks)
    return load


async def closed_load(
    title: str,
    handle: Handle,
    *,
    clients: int = 50,
    seconds: float = 1.5,
    pause: float = 0.01,
    key: str = "page 1",
    source: SlowSource | None = None,
) -> Load:
    """`clients` tasks call ``await handle(key)`` again and again for `seconds`, each after its last answer.

    Between an answer and the next request a client pauses for `pause` seconds.
    """
    _count(clients)
    with _measured(title, source) as (load, begin):

        async def client(number: int) -> None:
            await asyncio.sleep(pause * number / clients)  # not all at once
            while (due := time.perf_counter() - begin) < seconds:
                load.requests.append(await _timed(handle, key, begin, due))
                await asyncio.sleep(pause)

        await _finish([asyncio.create_task(client(number)) for number in range(clients)], seconds)
    return load


def _count(number: float) -> int:
    if not 1 <= number <= _MOST:
        raise CourseError(
            f"A load has 1 to {_MOST:,} requests, and this one would have {number:,.0f}: change its rate "
            "or its seconds."
        )
    return round(number)


async def _timed(handle: Handle, key: str, begin: float, due: float) -> Request:
    failed = ""
    try:
        await handle(key)
    except asyncio.CancelledError:
        failed = "no answer"
    except Exception as error:
        failed = type(error).__name__
    return Request(due, time.perf_counter() - begin - due, failed)


async def _finish(tasks: list[asyncio.Task[None]], seconds: float = 0.0) -> None:
    try:
        _, late = await asyncio.wait(tasks, timeout=seconds + PATIENCE)
    except asyncio.CancelledError:  # the cell was interrupted
        late = set(tasks)
        raise
    finally:
        for task in late:
            task.cancel()
    if late:
        await asyncio.wait(late, timeout=1)


@contextlib.contextmanager
def _measured(title: str, source: SlowSource | None) -> Iterator[tuple[Load, float]]:
    """A load and when it begins. Inside nobody collects garbage: that stops a notebook for 0.1 s and more."""
    if source:
        source.forget()
    load, collects = Load(title), gc.isenabled()
    gc.disable()
    begin = time.perf_counter()
    try:
        yield load, begin
    finally:
        if collects:
            gc.enable()
        load.requests.sort()
        if source:
            load.source_calls = [(call.begin - begin, call.end - begin) for call in source.records]
