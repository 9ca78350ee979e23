"""Which queue gets which message, asked of a real broker.

got = route(channel, "log", ["info", "error"], ["errors", "all"])
print(got)                               # a grid of ✓ and .
got["error"]                             # ["errors", "all"]
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import uuid4

import pika
from pika.exceptions import ChannelClosedByBroker

__all__ = ["Message", "Routed", "look", "named", "publish", "route", "words"]

Message = str | Mapping[str, Any]
"""A routing key, or headers."""


class Routed(dict[str, list[str]]):
    """For each message the queues that got it: printed as a grid, and an answer of `predict.grid`."""

    def __init__(self, got: Mapping[str, list[str]], queues: Sequence[str]) -> None:
        super().__init__(got)
        self.queues = list(queues)

    def __repr__(self) -> str:
        from helpers.exercises.grid import Sheet

        return Sheet(list(self), self.queues).text(dict(self))


def route(
    channel: Any, exchange: str, messages: Sequence[Message] | Mapping[str, Message], queues: Sequence[str]
) -> Routed:
    """Publish `messages` to `exchange`, wait until they are where they belong, say which queue got which.

    A message is a routing key or, as a dictionary, headers; in a dictionary of messages each has a name of
    its own, which is its body, too. They are published on a further channel of the same connection, with
    confirms: a message is confirmed when it is in its queues. They stay there.

    Raises what the broker refuses, as pika does.
    """
    from helpers.queues.broker import aside

    asked, mark = named(messages), uuid4().hex
    connection = channel.connection
    publish(connection, exchange, asked, mark)
    with aside() as eye:  # so that no picture shows that somebody looks
        try:
            return look(eye or connection, asked, queues, mark)
        except ChannelClosedByBroker as error:
            if error.reply_code != 405:  # an exclusive queue: only its own connection may look
                raise
    return look(connection, asked, queues, mark)


def named(messages: Sequence[Message] | Mapping[str, Message]) -> dict[str, Message]:
    """Messages by what a grid calls them: their routing key or headers, if they have no other name."""
    return dict(messages) if isinstance(messages, Mapping) else {words(each): each for each in messages}


def words(message: Message) -> str:
    """A routing key, or headers, as a grid shows it."""
    if isinstance(message, str):
        return message or '""'
    return ", ".join(f"{name}: {value!r}" for name, value in message.items()) or "no headers"


def publish(connection: Any, exchange: str, messages: Mapping[str, Message], mark: str) -> None:
    """Each message with its name as body and `mark` as correlation id.

    Returns when they are in their queues.
    """
    desk = connection.channel()
    desk.confirm_delivery()
    for name, message in messages.items():
        key, headers = (message, None) if isinstance(message, str) else ("", dict(message))
        properties = pika.BasicProperties(headers=headers, correlation_id=mark)
        desk.basic_publish(exchange, key, name, properties)
    desk.close()


def look(connection: Any, messages: Mapping[str, Message], queues: Sequence[str], mark: str) -> Routed:
    """What rests in `queues` and bears our `mark`. Closing the channel puts everything back in its place."""
    got: dict[str, list[str]] = {name: [] for name in messages}
    eye = connection.channel()
    for queue in queues:
        for properties, body in _all_in(eye, queue):
            if properties.correlation_id == mark:
                got[body.decode()].append(queue)
    eye.close()
    return Routed(got, queues)


def _all_in(channel: Any, queue: str) -> Iterator[tuple[pika.BasicProperties, bytes]]:
    while True:
        method, properties, body = channel.basic_get(queue)
        if method is None:
            return
        yield properties, body
