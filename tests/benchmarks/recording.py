"""What recording an event loop costs, and what viztracer costs on the same work."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

from helpers.tracing.timeline import timeline

__all__ = ["CALLS", "LOOP", "Cost", "cost"]

STEPS = 8_000
TASKS = 4
LOOP = 1250
"""Work without a call, the least that viztracer can cost: it sees only the event loop around the work."""
CALLS = -1
"""The same time spent in a few dozen small functions, as programs do."""


@dataclass(frozen=True)
class Cost:
    """`step` in µs, `per_event` in ns (two events a step), `slower` and `viztracer` in percent."""

    step: float
    per_event: float
    per_event_ready: float
    slower: float
    viztracer: float


def cost(work: int, rounds: int = 9) -> Cost:
    """Measure bare, recorded, recorded with ready, and under viztracer in turn; the least of each."""
    ways: dict[str, Callable[[], AbstractContextManager[Any]]] = {
        "bare": nullcontext,
        "recorded": lambda: timeline(ready=False),
        "ready": lambda: timeline(ready=True),
        "viztracer": _viztracer,
    }
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(rounds):
        for way, recording in ways.items():
            seconds[way].append(_run(work, recording))
    bare, recorded, ready, viztracer = (min(times) for times in seconds.values())
    return Cost(
        step=bare / STEPS * 1e6,
        per_event=(recorded - bare) / STEPS / 2 * 1e9,
        per_event_ready=(ready - bare) / STEPS / 2 * 1e9,
        slower=(recorded / bare - 1) * 100,
        viztracer=(viztracer / bare - 1) * 100,
    )


def _run(work: int, recording: Callable[[], AbstractContextManager[Any]]) -> float:
    """Seconds of CPU for all steps; setting the recording up and reading it out don't count."""

    async def steps() -> None:
        for _ in range(STEPS // TASKS):
            if work == CALLS:
                _small_calls()
            elif work:
                sum(range(work))
            await asyncio.sleep(0)

    async def main() -> float:
        with recording():
            begun = time.thread_time()
            await asyncio.gather(*[asyncio.create_task(steps()) for _ in range(TASKS)])
            return time.thread_time() - begun

    return asyncio.run(main())


@contextmanager
def _viztracer() -> Iterator[None]:
    from viztracer import VizTracer

    tracer = VizTracer(tracer_entries=4_000_000, verbose=0)
    tracer.start()
    yield
    tracer.stop()
    tracer.clear()


def _small_calls() -> None:
    for number in range(4):
        _decode(_encode({"id": number, "body": "hello", "keys": ["a", "b"]}))


def _encode(message: dict[str, Any]) -> str:
    return json.dumps(message)


def _decode(line: str) -> Any:
    return json.loads(line)
