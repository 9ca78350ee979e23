"""What checks of exercises with RabbitMQ share: a channel of the notebook's broker, names of their own."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

from helpers.queues.broker import connect, resting

__all__ = ["named", "publish", "refusal", "resting", "table"]

_numbers = count(1)


def named(word: str) -> str:
    """A name that no lesson and no other check uses."""
    return f"{word}-{os.getpid()}-{next(_numbers)}"


@contextlib.contextmanager
def table(*queues: str, name: str = "check") -> Iterator[Any]:
    """A channel with confirms, on which `queues` have been declared; they are deleted when the block ends."""
    connection = connect(name)
    try:
        channel = connection.channel()
        channel.confirm_delivery()
        for queue in queues:
            channel.queue_declare(queue)
        yield channel
    finally:
        with contextlib.suppress(Exception):
            connection.close()
        with contextlib.suppress(Exception), connect(name) as last:
            for queue in queues:
                last.channel().queue_delete(queue)


def publish(channel: Any, queue: str, *bodies: bytes) -> None:
    """Each body into `queue`, by the default exchange; with confirms they rest there afterward."""
    for body in bodies:
        channel.basic_publish("", queue, body)


def refusal(act: Callable[[], object]) -> int:
    """The reply code with which the broker refuses `act`, or 0."""
    from pika.exceptions import ChannelClosedByBroker, ConnectionClosedByBroker

    try:
        act()
    except (ChannelClosedByBroker, ConnectionClosedByBroker) as error:
        return int(error.reply_code)
    return 0
