"""What real servers say about themselves, in the same words for memcached and Redis."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from helpers import CourseError, services
from helpers.caches.gauges import MOST_KEYS, Reading, Silent, gauge
from tests.supervisor.owner import eventually


@pytest.fixture(params=["memcached", "redis"])
def server(request: pytest.FixtureRequest) -> Iterator[Any]:
    server = start(request.param)
    server.client().flush_all() if server.name == "memcached" else server.client().flushall()
    yield server
    services.stop_all()


def start(kind: str) -> Any:
    if kind == "redis":
        return services.redis("gauged", appendonly="no", maxmemory="4mb", maxmemory_policy="allkeys-lru")
    return services.memcached("gauged", megabytes=2)


def store(server: Any, name: str, value: bytes, expire: int = 0) -> None:
    if server.name == "redis":
        server.client().set(name, value, ex=expire or None)
    else:
        server.client().set(name.encode(), value, expire=expire)


def test_hits_misses_and_memory_are_counted(server: Any) -> None:
    client, meter = server.client(), gauge(server)
    before = meter.read()
    store(server, "a", b"x" * 1000)
    for key in ("a", "a", "a", "b"):
        client.get(key)
    after = meter.read()
    assert (after.hits - before.hits, after.misses - before.misses) == (3, 1)
    assert before.memory < after.memory <= after.taken
    assert after.limit in (2 << 20, 4_000_000, 4 << 20)
    meter.close()


def test_evictions_are_counted_when_it_is_full(server: Any) -> None:
    client, meter = server.client(), gauge(server)
    before, page = meter.read().evictions, b"x" * 5000
    for number in range(1500):
        client.set(f"page {number}".replace(" ", "_"), page)
    reading = meter.read()
    assert reading.evictions > before and reading.taken > 0.9 * reading.limit
    assert client.get("page_1499")
    meter.close()


def test_expirations_are_counted(server: Any) -> None:
    client, meter = server.client(), gauge(server)
    before = meter.read().expirations
    store(server, "soon", b"x", expire=1)
    assert eventually(lambda: client.get("soon") is None, 4)
    assert eventually(lambda: meter.read().expirations == before + 1, 2)
    meter.close()


def test_the_keys_inside_come_in_the_order_in_which_they_will_end(server: Any) -> None:
    for name, life in (("for-ever", 0), ("late", 100), ("soon", 20), ("é%b", 50)):
        store(server, name, b"x", expire=life)
    meter = gauge(server)
    inside = meter.inside()
    assert inside.count == 4 and inside.keys
    assert [key.name for key in inside.keys] == ["soon", "é%b", "late", "for-ever"]
    lives = [key.life for key in inside.keys]
    assert lives[3] is None
    for left, expected in zip(lives[:3], (20, 50, 100), strict=True):
        assert left is not None and expected - 3 < left <= expected + 1
    meter.close()


def test_of_many_keys_some_are_looked_at_and_the_server_goes_on(server: Any) -> None:
    client, meter = server.client(), gauge(server)
    for number in range(2000):
        client.set(f"k{number}", b"x")
    for _ in range(5):
        inside = meter.inside()
        assert inside.count == 2000 and inside.keys and len(inside.keys) == MOST_KEYS
    client.set("after", b"1")
    assert client.get("after") and server.running
    meter.close()


def test_looking_at_keys_is_not_taken_for_hits(server: Any) -> None:
    store(server, "a", b"x")
    meter = gauge(server)
    before = meter.read()
    for _ in range(3):
        meter.inside()
    after = meter.read()
    assert (after.hits, after.misses) == (before.hits, before.misses)
    meter.close()


def test_an_empty_cache_is_no_error(server: Any) -> None:
    with gauge(server) as meter:
        assert meter.inside().keys == [] and isinstance(meter.read(), Reading)


def test_a_dead_server_is_silent_and_one_that_is_back_counts_from_zero(server: Any) -> None:
    store(server, "a", b"x")
    with gauge(server) as meter:
        meter.read()
        meter.inside()
        server.kill()
        for question in (meter.read, meter.inside):
            with pytest.raises(Silent):
                question()
        server.start()
        assert meter.read().hits == 0
        server.client().get("a")
        reading = meter.read()
        assert reading.hits + reading.misses == 1


def test_a_memcached_that_does_not_tell_its_keys_is_no_error() -> None:
    server = services.memcached("gauged", options="no_lru_crawler")
    server.client().set("a", 1)
    with gauge(server) as meter:
        inside = meter.inside()
    assert inside.count == 1 and inside.keys is None
    services.stop_all()


def test_something_else_is_refused_with_what_to_type() -> None:
    with pytest.raises(CourseError, match=r"got a str. Type services.memcached\(\) or services.redis\(\)"):
        gauge("redis")
