"""memcached's own counters, and its keys.

Source: its doc/protocol.txt on "stats", "stats slabs" and "lru_crawler metadump".
"""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator
from itertools import islice
from urllib.parse import unquote_to_bytes

from helpers.caches.gauges import MOST_KEYS, PATIENCE, Gauge, Inside, Key, Reading
from helpers.services.memcached_service import Memcached

__all__ = ["MemcachedGauge"]

_TOO_OLD = ("get_expired", "reclaimed", "crawler_reclaimed")
"""Where memcached counts keys whose time was over: found dead by a get, by a set, or by its crawler."""


class MemcachedGauge(Gauge):
    _broken = (OSError, ValueError, KeyError)

    def __init__(self, server: Memcached) -> None:
        self._server = server
        self._talk: _Talk | None = None

    def close(self) -> None:
        if self._talk:
            self._talk.close()
            self._talk = None

    def _stats(self, about: str) -> dict[str, str]:
        self._talk = self._talk or _Talk(self._server.address)
        words = [line.split(" ", 2) for line in self._talk.ask(about)]
        return {word[1]: word[2] for word in words if word[0] == "STAT"}

    def _read(self) -> Reading:
        stats, slabs = self._stats("stats"), self._stats("stats slabs")
        return Reading(
            hits=int(stats["get_hits"]),
            misses=int(stats["get_misses"]),
            evictions=int(stats["evictions"]),
            expirations=sum(int(stats.get(name, 0)) for name in _TOO_OLD),
            memory=int(stats["bytes"]),
            taken=int(slabs["total_malloced"]),
            limit=int(stats["limit_maxbytes"]),
            process=stats["pid"],
        )

    def _inside(self) -> Inside:
        count = int(self._stats("stats")["curr_items"])
        for _ in range(10):
            # A connection of its own: who has enough hangs up, and the rest is not sent.
            with contextlib.closing(_Talk(self._server.address)) as talk:
                dump = list(islice(talk.ask("lru_crawler metadump all"), MOST_KEYS))
            if not dump or dump[0].startswith("key="):
                return Inside(count, _dumped(dump))
            if not dump[0].startswith("BUSY"):
                return Inside(count, None)
            time.sleep(0.01)
        return Inside(count)


class _Talk:
    """A connection to memcached, line by line."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._line = socket.create_connection(address, PATIENCE)
        self._said = self._line.makefile("rb")

    def ask(self, command: str) -> Iterator[str]:
        """The answer's lines, without its END."""
        self._line.sendall(command.encode() + b"\r\n")
        for line in self._said:
            words = line.decode("utf-8", "replace").strip()
            if words == "END":
                return
            if words:
                yield words
            if words.startswith(("ERROR", "BUSY", "CLIENT_ERROR", "SERVER_ERROR")):
                return
        raise ConnectionError("it hung up")

    def close(self) -> None:
        self._said.close()
        self._line.close()


def _dumped(lines: list[str]) -> list[Key]:
    """A line is ``key=a%20b exp=1700000000 …``: exp is a date in seconds, or -1."""
    now, keys = time.time(), []
    for line in lines:
        told = dict(word.split("=", 1) for word in line.split() if "=" in word)
        end = int(told["exp"])
        name = unquote_to_bytes(told["key"]).decode("utf-8", "backslashreplace")
        keys.append(Key(name, None if end < 0 else max(0.0, end - now)))
    return keys
