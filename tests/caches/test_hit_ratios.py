"""Hit ratios of real caches: measured in a bounded time, one after another, and nothing is left running."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest

from helpers import CourseError, services
from helpers.caches.hit_ratios import CACHES, measure, recent, sizes
from helpers.caches.shelves import MemcachedShelf

SERVERS = ("redis laboratory", "memcached laboratory")


@pytest.fixture(autouse=True)
def left_running() -> Iterator[None]:
    yield
    assert not any(services._running[name].running for name in SERVERS if name in services._running)


def test_where_all_pages_are_alike_the_hit_ratio_is_the_share_of_pages_that_fit() -> None:
    begin = time.perf_counter()
    points = list(measure(1_000, 0, 5_000, bound=3))
    assert time.perf_counter() - begin < 6
    order = [(size, cache) for size in (20, 100, 400) for cache in CACHES]
    found = [
        min(order, key=lambda one: (one[1] != point.cache, abs(one[0] - point.size))) for point in points
    ]
    # A busy machine plays fewer requests, and fewer say less; or fills a cache too late.
    assert found == sorted(found, key=order.index) and len(set(found)) == len(found) >= 3
    for point, (size, _) in zip(points, found, strict=True):
        assert 0.6 * size < point.size < 1.4 * size
        assert abs(point.ratio - point.size / 1_000) < 0.05 + 2 / point.requests**0.5
    print([(point.cache, point.size, round(point.ratio, 2), point.requests) for point in points])


def test_few_pages_and_many_can_be_measured() -> None:
    for keys in (10, 100_000):
        points = list(measure(keys, 1.0, 20_000, bound=2))
        assert points and {point.cache for point in points} <= set(CACHES)
        assert all(0 < point.size <= keys and 0 < point.ratio < 1 for point in points)


def test_it_can_be_stopped_between_two_requests() -> None:
    stop = [False]
    points = measure(1_000, 1.0, 100, lambda: stop[0])
    assert next(points).cache == CACHES[0]
    stop[0] = True
    begin = time.perf_counter()
    assert list(points) == []
    assert time.perf_counter() - begin < 2


def test_a_server_that_goes_away_is_told() -> None:
    points = measure(1_000, 1.0, 1_000, bound=3)
    next(points)
    for name in SERVERS:
        services._running[name].kill()
    with pytest.raises(CourseError, match="went away meanwhile. Measure again"):
        list(points)


def test_sizes_suit_the_number_of_pages() -> None:
    assert sizes(1_000) == [20, 100, 400]
    assert sizes(10) == [4] and sizes(20) == [4, 8]
    assert sizes(100_000) == [2_000, 10_000]


def test_what_was_asked_for_last_is_put_in_last() -> None:
    assert recent([3, 1, 2, 1], 5) == [1, 2, 3, 4, 5]


def test_a_page_that_memcached_refuses_is_missed_and_no_more() -> None:
    with services.memcached("laboratory", megabytes=2) as server:
        shelf = MemcachedShelf(server)
        assert shelf.fill([1, 2, 3, 4, 5], 4, time.perf_counter() + 10)
        kept = [page for page in range(1, 6) if shelf.get(page)]
        with socket.create_connection(server.address) as reader:
            # What is on its way to somebody who does not read cannot be evicted.
            reader.sendall(f"get {' '.join(f'p{page}' for page in 5 * kept)}\r\n".encode())
            reader.recv(1, socket.MSG_PEEK)
            refused = 0
            for page in range(6, 26):
                shelf.put(page)
                refused += not shelf.get(page)
        assert refused >= 10
