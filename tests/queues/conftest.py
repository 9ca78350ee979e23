"""One broker and one tap for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from pika.exceptions import AMQPError

from helpers import services
from helpers.queues.broker import connect, fresh, ready_broker


@pytest.fixture(scope="package", autouse=True)
def _nothing_stays() -> Iterator[None]:
    broker = ready_broker()
    broker.gather()  # other tests of this process may have left queues, which would be counted
    fresh(*[queue.name for queue in broker.story.queues.values() if not queue.owner])
    yield
    services.stop_all()


@pytest.fixture
def channel() -> Iterator[Any]:
    """A channel of somebody called "you"."""
    fresh("hello", "tasks", "other", exchanges=("news", "sport", "lost"))
    connection = connect()
    yield connection.channel()
    with suppress(AMQPError):
        connection.close()


@pytest.fixture
def durable(channel: Any) -> Iterator[Any]:
    """A channel, and a durable queue "hello" that a killed broker still has.

    One that was declared a moment before the kill may be gone, on a busy machine also after half a second.
    A broker that was stopped with all politeness has written it down.
    """
    channel.queue_declare("hello", durable=True)
    services.rabbitmq().restart()
    connection = connect()
    yield connection.channel()
    with suppress(AMQPError):
        connection.close()
