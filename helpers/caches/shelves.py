"""Real caches with room for a number of pages: how large a page is decides how many fit."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from itertools import islice
from typing import Any

from pymemcache.exceptions import MemcacheServerError
from redis.backoff import NoBackoff
from redis.retry import Retry

from helpers.services.memcached_service import Memcached
from helpers.services.redis_service import Redis

__all__ = ["MemcachedShelf", "RedisShelf", "Shelf"]

_ROOM = 2 << 20
"""Bytes: the smallest memcached that there is; Redis gets about as much."""


class Shelf(ABC):
    """A cache of pages, which have numbers."""

    _client: Any = None
    _page = b""

    @abstractmethod
    def fill(self, pages: list[int], size: int, until: float) -> bool:
        """Empty it, and put `pages` in, the last one last, so that about `size` stay.

        Whether it is full: at `until` there is no more time for it.
        """

    def get(self, page: int) -> bool:
        """Whether it has the page: the server sends all of it."""
        return self._client.get(f"p{page}") is not None

    def put(self, page: int) -> None:
        """Store the page."""
        self._client.set(f"p{page}", self._page)

    @abstractmethod
    def held(self) -> int:
        """How many pages are in it."""


class MemcachedShelf(Shelf):
    """Its memory is given, so pages are as large as they must be."""

    def __init__(self, server: Memcached) -> None:
        self._server = server

    def fill(self, pages: list[int], size: int, until: float) -> bool:
        # Begun anew: it would leave its memory to values of the size before.
        self._server.restart()
        self._client = self._server.client(no_delay=True)
        self._page = b"x" * max(20, int(_ROOM / size * 0.94) - 70)
        for batch in _batches(pages, len(self._page)):
            if time.perf_counter() > until:
                return False
            self._store(batch)
        return True

    def put(self, page: int) -> None:
        self._store([page])

    def _store(self, pages: list[int]) -> None:
        """Store them, unless memcached refuses.

        With room for a few pages it does now and then: what its own thread is just looking at cannot be
        evicted. To a cache-aside loop that is one more miss.
        """
        try:
            self._client.set_many({f"p{page}": self._page for page in pages})
        except MemcacheServerError as error:
            if b"out of memory" not in error.args[0]:
                raise

    def held(self) -> int:
        return int(self._client.stats()[b"curr_items"])


class RedisShelf(Shelf):
    """It is filled first, and told then that this is all the memory it may use."""

    def __init__(self, server: Redis, policy: str) -> None:
        self._client = server.client(socket_timeout=5, decode_responses=False, retry=Retry(NoBackoff(), 0))
        self._policy = policy

    def fill(self, pages: list[int], size: int, until: float) -> bool:
        client: Any = self._client
        client.config_set("maxmemory", 0)
        client.config_set("maxmemory-policy", self._policy)
        client.flushall()
        self._page = b"x" * max(20, min(50_000, _ROOM // size))
        for batch in _batches(pages[-size:], len(self._page)):
            if time.perf_counter() > until:
                return False
            client.mset({f"p{page}": self._page for page in batch})
        memory = client.info("memory")
        client.config_set("maxmemory", memory["used_memory"] - memory.get("mem_not_counted_for_evict", 0))
        return True

    def held(self) -> int:
        held: Any = self._client.dbsize()
        return int(held)


def _batches(pages: list[int], each: int) -> Any:
    """Some at once, but not many bytes."""
    rest, count = iter(pages), max(1, min(500, 500_000 // each))
    while batch := list(islice(rest, count)):
        yield batch
