"""A recording of what a real server counts: what happened in it, in words that every run has."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from helpers import CourseError, services
from helpers.caches import metering
from tests.supervisor.owner import eventually


@pytest.fixture(params=["memcached", "redis"])
def server(request: pytest.FixtureRequest) -> Iterator[Any]:
    if request.param == "redis":
        server: Any = services.redis(
            "metered", appendonly="no", maxmemory="4mb", maxmemory_policy="allkeys-lru"
        )
        server.client().flushall()
    else:
        server = services.memcached("metered", megabytes=2)
        server.client().flush_all()
    yield server
    services.stop_all()


def test_parts_are_told_apart_and_counts_are_exact(server: Any) -> None:
    client = server.client()
    client.get("before")
    with metering(server, "a shelf") as metered:
        metered.mark("first pass")
        for number in range(50):
            if client.get(f"k{number}") is None:
                client.set(f"k{number}", "x")
        metered.mark("second pass")
        for number in range(50):
            client.get(f"k{number}")
    assert metered.words() == [
        "a shelf",
        "  first pass: only misses",
        "  second pass: only hits",
        "  evictions: none",
        "  expirations: none",
        "  memory: stays below its limit",
        "  keys inside: none expires",
    ]
    assert [metered.total(name) for name in ("hits", "misses", "evictions")] == [50, 50, 0]
    assert metered.inside.count == 50
    assert [text for _, text in metered.marks] == ["first pass", "second pass"]


def test_a_cache_that_is_full_reaches_its_limit_and_evicts(server: Any) -> None:
    client, page = server.client(), "x" * 5000
    with metering(server) as metered:
        for number in range(1500):
            client.set(f"k{number}", page)
    assert "  evictions: yes" in metered.words() and "  memory: reaches its limit" in metered.words()
    assert metered.words()[:2] == [server.title, "  no reads"]


def test_keys_that_expire_are_counted_and_those_that_stay_say_how_long(server: Any) -> None:
    client = server.client()
    with metering(server, "lives") as metered:
        for name, life in (("soon", 1), ("late", 100), ("for ever".replace(" ", "-"), 0)):
            more: dict[str, Any] = {"expire": life} if server.name == "memcached" else {"ex": life or None}
            client.set(name, "x", **more)
        assert eventually(lambda: client.get("soon") is None, 4)
    assert "  expirations: yes" in metered.words() and "  keys inside: some will expire" in metered.words()
    assert metered.inside.keys and [key.name for key in metered.inside.keys] == ["late", "for-ever"]


def test_it_is_asked_about_twenty_times_a_second_by_a_thread_that_ends_with_the_block(server: Any) -> None:
    before = threading.active_count()
    with metering(server, "nothing") as metered:
        assert threading.active_count() == before + 1
        assert eventually(lambda: len(metered.times) > 5, 5)
    assert threading.active_count() == before
    assert metered.times == sorted(metered.times) and metered.times[0] == 0
    assert len(metered.times) == len(metered.readings)


@pytest.mark.parametrize("slowly", [True, False])
def test_a_server_that_dies_and_comes_back_is_recorded(server: Any, slowly: bool) -> None:
    client = server.client()
    with metering(server, "a fall") as metered:
        client.get("a")
        metered.mark("then")
        server.kill()
        if slowly:
            assert eventually(lambda: metered.readings[-1] is None, 5)
        server.start()
        server.client().get("a")
    assert f"  {server.name} went away, came back" in metered.words()
    assert metered.total("misses") == 2


def test_a_server_that_stays_away_ends_the_recording_all_the_same(server: Any) -> None:
    with metering(server, "a fall") as metered:
        server.kill()
    assert f"  {server.name} went away" in metered.words()
    with pytest.raises(CourseError, match=r"does not answer.* with its \.start\(\)"), metering(server):
        raise AssertionError("there was nothing to record")


def test_a_server_that_stands_still_holds_nobody_for_long(server: Any) -> None:
    with metering(server, "frozen") as metered:
        os.kill(server.pid, signal.SIGSTOP)
        assert eventually(lambda: metered.readings[-1] is None, 5)
        begin = time.perf_counter()
    assert time.perf_counter() - begin < 5
    os.kill(server.pid, signal.SIGCONT)
    assert f"  {server.name} went away" in metered.words()


def test_an_exception_in_the_block_passes_and_leaves_the_recording(server: Any) -> None:
    with pytest.raises(ZeroDivisionError), metering(server, "oh") as metered:
        server.client().get("a")
        raise ZeroDivisionError
    assert metered.total("misses") == 1
    with pytest.raises(CourseError, match="inside the with-block"):
        metered.mark("too late")


def test_only_a_cache_can_be_metered() -> None:
    with pytest.raises(CourseError, match="got a int"), metering(5):
        pass
