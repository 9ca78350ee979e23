"""Somebody at the other end of a queue, for checks: a thread that answers as its check wants it to."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from helpers.exercises.brokered import named
from helpers.queues.broker import connect

__all__ = ["FIB", "Request", "office"]

FIB = {5: 5, 6: 8, 7: 13, 10: 55, 11: 89, 12: 144}


class Request(NamedTuple):
    """A question for fib(`n`), and what its client wrote on it."""

    n: int
    reply_to: str | None
    reference: str | None


Serve = Callable[[Iterator[Request | None], Callable[..., None]], None]


@contextlib.contextmanager
def office(serve: Serve) -> Iterator[tuple[Any, str]]:
    """A channel for the client, and a queue; ``serve(requests, answer)`` runs on a thread at its end.

    `requests` gives each Request as it comes, and None whenever none has come for 0.02 s;
    ``answer(request, value, reference)`` answers one, with its own reference if none is given.
    """
    queue, over, ready = named("rpc"), threading.Event(), threading.Event()

    def run() -> None:
        with contextlib.suppress(Exception), connect("office") as connection:
            channel = connection.channel()
            channel.queue_declare(queue, durable=True)
            ready.set()
            serve(_requests(channel, queue, over), lambda *letter: _answer(channel, *letter))
            channel.queue_delete(queue)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    ready.wait(5)
    try:
        with connect("client") as connection:
            yield connection.channel(), queue
    finally:
        over.set()
        thread.join(2)


def _requests(channel: Any, queue: str, over: threading.Event) -> Iterator[Request | None]:
    for method, properties, body in channel.consume(queue, auto_ack=True, inactivity_timeout=0.02):
        if over.is_set():
            return
        yield Request(int(body), properties.reply_to, properties.correlation_id) if method else None


def _answer(channel: Any, request: Request, value: object, reference: str | None = None) -> None:
    from pika import BasicProperties

    about = BasicProperties(correlation_id=reference or request.reference)
    if request.reply_to:
        channel.basic_publish("", request.reply_to, json.dumps(value), about)
