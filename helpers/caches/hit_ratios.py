"""Hit ratios of real caches under a Zipf load: memcached, and Redis with two policies, at a few sizes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pymemcache.exceptions import MemcacheError
from redis.exceptions import RedisError

from helpers import services
from helpers.caches.shelves import MemcachedShelf, RedisShelf, Shelf
from helpers.caches.zipf import requests
from helpers.errors import CourseError

__all__ = ["BOUND", "CACHES", "Point", "measure", "sizes"]

CACHES = ("memcached", "Redis, allkeys-lru", "Redis, allkeys-lfu")
"""The labels of the points, in the order in which they are measured at each size."""
BOUND = 10.0
"""Seconds that all points together may take."""
_EACH = 1.0
"""Seconds for one point, at most."""
_LARGEST = 10_000
"""Pages in the largest cache: more could not be filled in time."""
_WARM = 0.3
"""Of the time for a point: its load is played, and not yet counted."""
_HISTORY = 400_000
"""Requests of the past, after which a cache begins."""

Stopped = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Point:
    """What one cache answered: it held `size` pages at the end, and `ratio` of the `requests` were hits."""

    cache: str
    size: int
    ratio: float
    requests: int


def sizes(keys: int) -> list[int]:
    """A fiftieth, a tenth and two fifths of the pages: a few at least, and no more than can be filled."""
    wanted = (max(4, min(_LARGEST, round(keys * share))) for share in (0.02, 0.1, 0.4))
    return sorted({size for size in wanted if size < keys})


def measure(
    keys: int, skew: float, rate: float, stopped: Stopped = lambda: False, bound: float = BOUND
) -> Iterator[Point]:
    """Play a seeded load of `rate` requests a second against each cache at each of `sizes`, one by one.

    A cache begins with the pages that an LRU would hold by then, and a part of its load goes by before hits
    are counted; one that could not be filled in time is left out. All of it takes `bound` seconds at most,
    however slow the machine is, and ends when `stopped` says so. The servers are private, and stopped at the
    end. Raises CourseError if one cannot be started, or goes away meanwhile.
    """
    tasks = [(size, cache) for size in sizes(keys) for cache in CACHES]
    latest = recent(requests(keys, skew, _HISTORY, seed=2).tolist(), keys)
    load = requests(keys, skew, int(rate * _EACH) + 16, seed=1).tolist()
    deadline = time.perf_counter() + bound
    store = services.redis("laboratory", appendonly="no")
    cache = services.memcached("laboratory", megabytes=2)
    try:
        shelves: list[Shelf] = [
            MemcachedShelf(cache), RedisShelf(store, "allkeys-lru"), RedisShelf(store, "allkeys-lfu")
        ]  # fmt: skip
        by_name = dict(zip(CACHES, shelves, strict=True))
        for number, (size, name) in enumerate(tasks):
            now = time.perf_counter()
            end = min(now + _EACH, now + (deadline - now) / (len(tasks) - number))
            shelf, pages = by_name[name], latest[: size + size // 3 + 1][::-1]
            if not shelf.fill(pages, size, end - 0.3 * (end - now)):
                continue  # half full, it would tell nothing
            hits, asked = _play(shelf, load, rate, end, stopped)
            if stopped():
                return
            if asked:
                yield Point(name, shelf.held(), hits / asked, asked)
    except (OSError, RedisError, MemcacheError):
        raise CourseError("A server of the laboratory went away meanwhile. Measure again.") from None
    finally:
        store.stop()
        cache.stop()


def recent(past: list[int], keys: int) -> list[int]:
    """All pages, that which was asked for last first; those that nobody asked for by their popularity."""
    return list(dict.fromkeys([*reversed(past), *range(1, keys + 1)]))


def _play(shelf: Shelf, load: list[int], rate: float, end: float, stopped: Stopped) -> tuple[int, int]:
    """The cache-aside loop, `rate` times a second until `end`; how many hits it counted, of how many."""
    begin = time.perf_counter()
    counted_from = begin + _WARM * (end - begin)
    hits = asked = 0
    counting = False
    for number, page in enumerate(load):
        if not number % 8:
            now = time.perf_counter()
            if now >= end or stopped():
                break
            counting = now >= counted_from
            time.sleep(max(0.0, min(begin + number / rate, end) - now))
        hit = shelf.get(page)
        if not hit:
            shelf.put(page)
        if counting:
            hits, asked = hits + hit, asked + 1
    return hits, asked
