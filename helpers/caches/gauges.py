"""What a memcached or a Redis says about itself, in the same words: what it answered, lost and holds."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self, TypeVar

from helpers.errors import CourseError
from helpers.services.memcached_service import Memcached
from helpers.services.redis_service import Redis

T = TypeVar("T")

__all__ = ["MOST_KEYS", "PATIENCE", "Gauge", "Inside", "Key", "Reading", "Silent", "gauge"]

MOST_KEYS = 300
"""How many keys are looked at."""
PATIENCE = 1.0
"""Seconds until a server that says nothing counts as gone."""


class Silent(Exception):
    """The server does not answer."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the server has counted since its start, and its memory now.

    Hits and misses are requests that found something or nothing; evictions and expirations are keys that were
    pushed out or were too old.
    """

    hits: int
    misses: int
    evictions: int
    expirations: int
    memory: int
    """Bytes that the values use, with all that belongs to them."""
    taken: int
    """Bytes that the server has set aside for them: memcached takes pages of 1 MB, and keeps them."""
    limit: int
    """Bytes that it may use; 0: as many as there are."""
    process: str = ""
    """Another one after a restart, which counts from zero."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key that is in the cache now; `life` is how many seconds it still has, or None for no end."""

    name: str
    life: float | None


@dataclass(frozen=True, slots=True)
class Inside:
    """How many keys there are, and some of them: those that end first come first.

    `keys` is None if the server does not tell them.
    """

    count: int = 0
    keys: list[Key] | None = field(default_factory=list)


class Gauge(ABC):
    """Asks one server, over a connection of its own that is made by the first question."""

    _broken: tuple[type[Exception], ...] = (OSError,)
    """What a broken line raises."""
    _slow: tuple[type[Exception], ...] = (TimeoutError,)
    """What is raised after a wait: no second one follows."""

    def read(self) -> Reading:
        """The server's counters now. Raises Silent if it does not answer."""
        return self._asked(self._read)

    def inside(self) -> Inside:
        """The keys that it holds, at most `MOST_KEYS` of them. Raises Silent if it does not answer."""
        inside = self._asked(self._inside)
        if inside.keys:
            inside.keys.sort(key=lambda key: (key.life is None, key.life or 0, key.name))
        return inside

    @abstractmethod
    def close(self) -> None:
        """Hang up; the next question connects anew."""

    @abstractmethod
    def _read(self) -> Reading: ...

    @abstractmethod
    def _inside(self) -> Inside: ...

    def _asked(self, question: Callable[[], T]) -> T:
        """The answer; if the line is broken, that over a new one: the server may be back already."""
        try:
            return question()
        except self._slow as error:
            self.close()
            raise Silent(str(error)) from None
        except self._broken:
            self.close()
        try:
            return question()
        except self._broken as error:
            self.close()
            raise Silent(str(error)) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def gauge(server: Any) -> Gauge:
    """The gauge for `server`. Raises CourseError if that is no memcached and no Redis of the course."""
    if isinstance(server, Memcached):
        from helpers.caches.memcached_gauge import MemcachedGauge

        return MemcachedGauge(server)
    if isinstance(server, Redis):
        from helpers.caches.redis_gauge import RedisGauge

        return RedisGauge(server)
    raise CourseError(
        f"this needs a memcached or a Redis of the course, and got a {type(server).__name__}. "
        "Type services.memcached() or services.redis()."
    )
