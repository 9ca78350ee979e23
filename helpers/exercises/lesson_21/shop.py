"""A Redis for checks, and a client between whose commands something happens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from helpers import services

__all__ = ["empty", "watched"]

Before = Callable[[bytes], None]


def empty() -> Any:
    """A client of this process's own Redis, in which there is nothing."""
    client = services.redis().client()
    client.flushall()
    return client


def watched(before: Before) -> Any:
    """A client that calls ``before(what)`` each time it is about to send: `what` is one or several commands.

    It is connected, so that `before` hears nothing of the greeting.
    """
    from redis import Connection, ConnectionPool, Redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    service, armed = services.redis(), False

    class Watched(Connection):
        def send_packed_command(self, command: Any, check_health: bool = True) -> None:
            if armed:
                before(b"".join(command) if isinstance(command, list | tuple) else bytes(command))
            super().send_packed_command(command, check_health)

    pool = ConnectionPool(
        connection_class=Watched,
        host=service.host,
        port=service.port,
        password=service.password,
        decode_responses=True,
        retry=Retry(NoBackoff(), 0),
    )
    client = Redis(connection_pool=pool)
    client.ping()
    armed = True
    return client
