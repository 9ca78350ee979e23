"""Real servers, started privately for this notebook, gone when it is gone.

``services.redis()`` starts a Redis of your own and returns it; asked again, it returns the same one (and
starts it again if it was stopped or died). ``services.redis("second")`` is another one. All servers listen
on this machine only.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from helpers.services.memcached_service import Memcached
    from helpers.services.rabbitmq_service import RabbitMQ
    from helpers.services.readiness import Readiness
    from helpers.services.redis_service import Redis
    from helpers.services.service import Service
    from helpers.services.slow_site_service import SlowSite

    S = TypeVar("S", bound=Service)

__all__ = ["memcached", "rabbitmq", "redis", "slow_site", "start_all", "status", "stop_all"]

_running: dict[str, Service] = {}
_lock = Lock()


def memcached(name: str = "memcached", **settings: Any) -> Memcached:
    """A memcached of your own; with another `name`, another one.

    `settings` are `megabytes` (at least 2; default 64) and `options` ("no_lru_maintainer": what follows -o on
    memcached's command line). Settings that differ from those of its last start begin it anew, empty.
    """
    from helpers.services.memcached_service import Memcached

    return _the(Memcached, name).configured(**settings).start()


def redis(name: str = "redis", **configuration: Any) -> Redis:
    """A Redis of your own (or a Valkey, which speaks the same protocol); with another `name`, another one.

    `configuration` has lines of redis.conf, with "_" for "-": ``appendonly="no"``, ``maxmemory="4mb"``. One
    that differs from that of its last start starts it again, on the data it has.
    """
    from helpers.services.redis_service import Redis

    return _the(Redis, name).configured(**configuration).start()


def rabbitmq() -> RabbitMQ:
    """A RabbitMQ broker of your own."""
    from helpers.services.rabbitmq_service import RabbitMQ

    return _the(RabbitMQ).start()


def slow_site() -> SlowSite:
    """A website of your own whose pages answer after a delay that you choose: see `SlowSite.page`."""
    from helpers.services.slow_site_service import SlowSite

    return _the(SlowSite).start()


def start_all() -> Readiness:
    """Starts memcached, Redis and RabbitMQ side by side: it takes as long as the slowest alone.

    Raises nothing if one is missing or fails: the table that this returns says so, and what to type.
    """
    from helpers.services import readiness

    return readiness.start(_servers())


def status() -> Readiness:
    """The same table as `start_all`, for the servers as they are."""
    from helpers.services import readiness

    return readiness.ask(_servers())


def stop_all() -> None:
    """Stops every service of this notebook; their data stays until the kernel ends."""
    for service in list(_running.values()):
        service.stop()


def _servers() -> list[Service]:
    from helpers.services.memcached_service import Memcached
    from helpers.services.rabbitmq_service import RabbitMQ
    from helpers.services.redis_service import Redis

    return [_the(Memcached), _the(Redis), _the(RabbitMQ)]


def _the(kind: type[S], name: str = "") -> S:
    """The one service of that kind, and of that name, in this process, running or not."""
    place = kind.name if name in ("", kind.name) else f"{kind.name} {name}"
    with _lock:
        service = _running.setdefault(place, kind())
    assert isinstance(service, kind)
    return service
