"""What the tap costs, how fast a broker is back, and how fast a consumer lets go."""

from __future__ import annotations

import itertools
import statistics
import time
from typing import Any, NamedTuple

import pika

from helpers import services
from helpers.queues.broker import connect, fresh, recording, resting, the_broker
from helpers.queues.workers import worker
from helpers.tap.tap import Tap

__all__ = ["Tapped", "broker_is_back", "consumer_lets_go", "tapped"]

MESSAGES, ROUNDS, TRIPS = 5000, 7, 500


class Tapped(NamedTuple):
    """`publish` and `consume` in percent of what is possible without the tap; `trip` in ms more."""

    publish: float
    consume: float
    trip: float


def tapped() -> Tapped:
    """pika through the tap and without it, in turn; medians of the ratios."""
    broker = services.rabbitmq()
    found: list[Tapped] = []
    with Tap(broker, "amqp") as tap:
        for _ in range(ROUNDS):
            without, through = _run(broker.port), _run(tap.port)
            list(tap.notes())
            publish, consume = (100 * without[i] / through[i] for i in (0, 1))
            found.append(Tapped(publish, consume, through[2] - without[2]))
    return Tapped(*(statistics.median(each) for each in zip(*found, strict=True)))


def _run(port: int) -> tuple[float, float, float]:
    """Seconds to publish, seconds to consume, and milliseconds of a round trip."""
    broker = services.rabbitmq()
    who = pika.PlainCredentials(broker.user, broker.password)
    connection = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", port, credentials=who))
    channel = connection.channel()
    channel.queue_delete("speed")
    channel.queue_declare("speed")
    begun = time.perf_counter()
    for _ in range(MESSAGES):
        channel.basic_publish("", "speed", b"x" * 100)
    channel.queue_declare("speed", passive=True)
    published = time.perf_counter() - begun
    while channel.queue_declare("speed", passive=True).method.message_count < MESSAGES:
        time.sleep(0.01)
    consumed = _consume(channel)
    trips = []
    for _ in range(TRIPS):
        begun = time.perf_counter()
        channel.queue_declare("speed", passive=True)
        trips.append(time.perf_counter() - begun)
    connection.close()
    return published, consumed, statistics.median(trips) * 1000


def _consume(channel: Any) -> float:
    begun = time.perf_counter()
    channel.basic_qos(prefetch_count=100)
    for method, _, _ in itertools.islice(channel.consume("speed"), MESSAGES):
        channel.basic_ack(method.delivery_tag)
    channel.cancel()
    return time.perf_counter() - begun


def broker_is_back() -> tuple[float, float]:
    """Seconds from `stop`, and from `kill`, until the broker accepts again; medians of three."""
    broker, times = services.rabbitmq(), ([], [])  # type: tuple[Any, tuple[list[float], list[float]]]
    for _ in range(3):
        for end, found in zip((broker.stop, broker.kill), times, strict=True):
            begun = time.perf_counter()
            end()
            broker.start()
            found.append(time.perf_counter() - begun)
    return statistics.median(times[0]), statistics.median(times[1])


def consumer_lets_go() -> float:
    """Milliseconds until a worker that waits on an empty queue has ended; the longest of ten."""
    connection = connect()
    connection.channel().queue_declare("empty")
    longest = 0.0
    for _ in range(10):
        waiting = worker("W", "empty")
        begun = time.perf_counter()
        waiting.stop()
        longest = max(longest, time.perf_counter() - begun)
    connection.close()
    return longest * 1000


def recorded(messages: int = 2000) -> float:
    """Seconds to make the recording of so many messages, sent and taken."""
    fresh("many")
    channel = connect().channel()
    channel.queue_declare("many")
    the_broker()
    with recording() as trace:
        for number in range(messages):
            channel.basic_publish("", "many", str(number))
        resting("many", messages)
        for _ in range(messages):
            channel.basic_get("many", auto_ack=True)
        begun = time.perf_counter()
    assert trace.counts["received"] == messages
    return time.perf_counter() - begun
