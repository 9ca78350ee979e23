"""Loads: every request is counted, from when it was due, whatever becomes of it."""

from __future__ import annotations

import asyncio
import gc
import time

import pytest

from helpers import CourseError
from helpers.caches import Load, Request, SlowSource, closed_load, open_load
from helpers.caches import load as module


def test_an_open_load_sends_at_its_rate_whatever_becomes_of_the_answers() -> None:
    async def slow(key: str) -> None:
        await asyncio.sleep(0.3)

    load = asyncio.run(open_load("slow", slow, rate=100, seconds=0.3))
    assert (load.sent, load.answered, load.failed) == (30, 30, 0)
    assert [round(request.due, 3) for request in load.requests[:3]] == [0, 0.01, 0.02]
    assert all(request.took >= 0.29 for request in load.requests)
    assert load.slow(0.2) == 30


def test_a_latency_counts_from_when_the_request_was_due() -> None:
    """The client itself stands still: a request that could not even be sent has waited, too."""
    first = True

    async def blocks(key: str) -> None:
        nonlocal first
        if first:
            first = False
            time.sleep(0.2)

    load = asyncio.run(open_load("blocked", blocks, rate=100, seconds=0.3))
    assert load.requests[1].took > 0.15
    assert load.requests[10].took > 0.08


def test_a_closed_load_asks_less_when_answers_are_slow() -> None:
    async def answers_in(seconds: float) -> int:
        async def handle(key: str) -> None:
            await asyncio.sleep(seconds)

        return (await closed_load("closed", handle, clients=5, seconds=0.4, pause=0.01)).sent

    assert asyncio.run(answers_in(0.2)) <= 15 < asyncio.run(answers_in(0))


def test_failures_are_counted_and_the_sum_is_right() -> None:
    asked = 0

    async def sometimes(key: str) -> None:
        nonlocal asked
        asked += 1
        if asked % 3 == 0:
            raise ConnectionError

    load = asyncio.run(open_load("some fail", sometimes, rate=300, seconds=0.1))
    assert load.failures == {"ConnectionError": 10}
    assert load.sent == load.answered + load.failed == 30


def test_whoever_never_gets_an_answer_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.1)

    async def never(key: str) -> None:
        await asyncio.Event().wait()

    load = asyncio.run(open_load("never", never, rate=100, seconds=0.1))
    assert load.failures == {"no answer": 10}


def test_the_calls_of_the_source_are_on_the_same_clock() -> None:
    source = SlowSource(seconds=0.05, servers=1)
    source.read("page 1")

    async def once(key: str) -> None:
        if key not in seen:
            seen.add(key)
            await source.read_async(key)

    seen: set[str] = set()
    load = asyncio.run(open_load("once", once, rate=100, seconds=0.1, key="page 2", source=source))
    assert load.calls == 1
    begin, end = load.source_calls[0]
    assert 0 <= begin < end and end - begin >= 0.05
    assert load.requests[0].took >= end - 0.001


def test_the_numbers_of_a_load_are_those_of_its_requests() -> None:
    requests = [Request(n / 100, 0.001 * (n + 1)) for n in range(100)]
    load = Load("a", requests, [(0.5, 0.6)])
    assert (load.p99, load.worst) == (0.099, 0.1)
    assert load.slow(0.09) == 10
    assert load.meanwhile == pytest.approx(0.0555)
    assert Load("none").worst == Load("none").meanwhile == 0


def test_garbage_is_collected_again_afterward() -> None:
    async def handle(key: str) -> None:
        assert not gc.isenabled()

    assert not asyncio.run(open_load("gc", handle, rate=10, seconds=0.1)).failed
    assert gc.isenabled()


@pytest.mark.parametrize(("rate", "seconds"), [(0, 1), (1e6, 1), (200, -1)])
def test_a_load_that_cannot_be_is_explained(rate: float, seconds: float) -> None:
    async def handle(key: str) -> None: ...

    with pytest.raises(CourseError, match="A load has 1 to 20,000 requests"):
        asyncio.run(open_load("no", handle, rate=rate, seconds=seconds))
