"""A source that can be down, and that answers nobody before all who come have looked into the cache."""

from __future__ import annotations

import asyncio
import time
from typing import Any

__all__ = ["Source", "client"]

PATIENCE = 0.5
"""Seconds in which all readers have looked into the cache, and both pages are asked for."""


class Source:
    """A slow source that can be down, and answers nobody before all readers have looked into the cache."""

    def __init__(self) -> None:
        from helpers.caches import SlowSource

        self.slow, self.down = SlowSource(seconds=0.02, servers=32), False
        self.looks = self.readers = 0
        self.together: set[str] = set()
        self.begin(0)

    def begin(self, readers: int, *together: str) -> None:
        """From now on so many readers come; `together` are pages that are asked for at the same time."""
        self.calls: list[str] = []
        self.at_once = self.most_at_once = 0
        self.missed = False
        self.looks, self.readers, self.together = 0, readers, set(together)

    async def read_async(self, key: str) -> str | None:
        """As that of a SlowSource. Raises OSError while the source is down."""
        self.calls.append(key)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            page = await self.slow.read_async(key)
            await self._all_there()
            if self.down:
                raise OSError("the source is down")
            return page
        finally:
            self.at_once -= 1

    async def _all_there(self) -> None:
        end = time.monotonic() + PATIENCE
        while self.looks < self.readers or not self.together <= set(self.calls):
            if time.monotonic() > end:
                self.missed = True
                return
            await asyncio.sleep(0.002)


def client(url: str, source: Source) -> Any:
    """A client that tells the source of each look into the cache."""
    from redis.asyncio import Redis

    class Client(Redis):
        async def execute_command(self, *command: Any, **options: Any) -> Any:
            answer = await super().execute_command(*command, **options)
            source.looks += command[0] == "GET"
            return answer

    return Client.from_url(url, decode_responses=True)
