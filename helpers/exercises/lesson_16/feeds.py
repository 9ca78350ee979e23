"""What the checks of this lesson share: a news desk of their own, and a look at somebody's queue."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Any

from pika.exceptions import ChannelClosedByBroker

from helpers.exercises.brokered import named
from helpers.exercises.exercise import Miss
from helpers.queues.broker import connect

__all__ = ["Desk", "desk", "is_name"]


class Desk:
    """A fanout exchange called `exchange`, and who publishes to it; `channel` has confirms."""

    def __init__(self, channel: Any) -> None:
        self.channel, self.exchange = channel, named("news")
        self.queues: set[str] = set()
        channel.confirm_delivery()
        channel.exchange_declare(self.exchange, "fanout", durable=True)

    def publish(self, *bodies: str) -> None:
        """They rest in every bound queue afterward."""
        for body in bodies:
            self.channel.basic_publish(self.exchange, "", body)

    def look(self, queue: str) -> tuple[int, int]:
        """What the broker says about `queue`, and how many consume from it.

        It says 200 if all may use it, 405 if it is somebody's own, and 404 if there is none.
        """
        self.queues.add(queue)
        channel = self.channel.connection.channel()
        try:
            return 200, int(channel.queue_declare(queue, passive=True).method.consumer_count)
        except ChannelClosedByBroker as error:
            return error.reply_code, 0

    def is_durable(self, queue: str) -> bool:
        """Whether `queue`, which is there, would survive a restart of the broker."""
        try:
            self.channel.connection.channel().queue_declare(queue, durable=True)
        except ChannelClosedByBroker as error:  # there may be other arguments that it objects to
            return "'durable'" not in error.reply_text
        return True

    def goes(self, queue: str, within: float = 1.0) -> bool:
        """Whether `queue` goes with its connection, which was closed; it goes at once or never."""
        deadline = time.monotonic() + within
        while (seen := self.look(queue)) not in ((404, 0), (200, 0)) and time.monotonic() < deadline:
            time.sleep(0.01)
        return seen[0] == 404


@contextlib.contextmanager
def desk() -> Iterator[Desk]:
    """A Desk; its exchange, and the queues that it has looked at, are deleted when the block ends."""
    with connect("desk of the check") as connection:
        made = Desk(connection.channel())
        try:
            yield made
        finally:
            for queue in made.queues:
                with contextlib.suppress(Exception):
                    connection.channel().queue_delete(queue)
            with contextlib.suppress(Exception):
                connection.channel().exchange_delete(made.exchange)


def is_name(queue: object) -> str:
    """`queue`; raises Miss if it is no queue's name."""
    if isinstance(queue, str) and queue:
        return queue
    what = "None" if queue is None else f"{queue!r:.30}"
    raise Miss(f"Return the queue's name. You returned {what}. The broker's answer has it: `.method.queue`.")
