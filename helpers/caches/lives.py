"""How long keys of a memcached really live."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from helpers.errors import CourseError
from helpers.tracing.trace import Mark, Span, Trace

__all__ = ["lifetimes"]

_LOOK = 0.002
"""Seconds between two looks."""


def lifetimes(
    client: Any, seconds: int = 1, keys: int = 6, every: float = 0.14, title: str = "six lives"
) -> Trace:
    """Set `keys` keys, one every `every` seconds, each to expire after `seconds`; look until all are gone.

    Returns a Trace with a lane for each key. The first is set right after a tick of the server's clock.
    Raises CourseError if a key lives two seconds longer than it was given.
    """
    names = [f"key {number}" for number in range(1, keys + 1)]
    places = {name: name.replace(" ", "-") for name in names}
    deadline = time.monotonic() + 2 * seconds + keys * every + 2

    def gone(name: str) -> bool:
        if time.monotonic() > deadline:
            raise CourseError(f"{name} is still there, long after its time. Run the cell again.")
        return client.get(name) is None

    client.set("edge", "", expire=1)
    _until(lambda: gone("edge"))
    origin = time.perf_counter_ns()

    def now() -> float:
        return (time.perf_counter_ns() - origin) / 1e9

    born: dict[str, float] = {}
    died: dict[str, float] = {}
    while len(died) < keys:
        if len(born) < keys and now() >= len(born) * every:
            name = names[len(born)]
            born[name] = now()
            client.set(places[name], "", expire=seconds)
        for name in born.keys() - died.keys():
            if gone(places[name]):
                died[name] = now()
        time.sleep(_LOOK)
    return Trace(
        title,
        lanes=names,
        spans=[Span(name, "resting", born[name], died[name]) for name in names],
        marks=[Mark(name, died[name], "gone") for name in names],
        duration=max(died.values()) * 1.05,
        origin_ns=origin,
    )


def _until(condition: Callable[[], bool]) -> None:
    while not condition():
        time.sleep(_LOOK)
