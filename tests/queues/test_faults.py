"""What is broken on purpose is broken, says so, and loses nothing that was confirmed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pika
import pytest
from pika.exceptions import AMQPError, ConnectionBlockedTimeout

from helpers import services
from helpers.errors import CourseError
from helpers.queues import connect, cut, fresh, hold, mend, recording, reply, resting, wire, worker
from helpers.queues.broker import PATIENCE, quiet_ctl, the_broker
from tests.queues.test_recording import adds_up, marks, publish


@pytest.fixture
def alarm() -> Iterator[None]:
    """The broker is out of memory."""
    quiet_ctl("set_vm_memory_high_watermark", "absolute", "1MB")
    yield
    quiet_ctl("set_vm_memory_high_watermark", "absolute", "256MB")


def test_a_broker_without_memory_blocks_who_publishes_and_the_wait_is_bounded(
    channel: Any, alarm: None
) -> None:
    sender = connect("sender", blocked_connection_timeout=0.5)
    line = sender.channel()
    line.queue_declare("hello")
    with recording("out of memory") as trace:
        publish(line, "a")
        with pytest.raises(ConnectionBlockedTimeout):
            line.confirm_delivery()
    assert marks(trace)[0] == ("sender", "blocked")
    assert adds_up(trace)


@pytest.mark.parametrize(
    "act",
    [
        lambda channel: channel.basic_publish("", "hello", "a"),
        lambda channel: channel.queue_declare("other"),
        lambda channel: channel.start_consuming(),
    ],
    ids=["publish", "declare", "consume"],
)
def test_a_broker_that_dies_meanwhile_ends_every_call(channel: Any, act: Callable[[Any], object]) -> None:
    channel.queue_declare("hello", durable=True)
    channel.confirm_delivery()
    channel.basic_consume("hello", lambda *_: None)
    threading.Timer(0.1, services.rabbitmq().kill).start()
    try:
        with recording("the broker dies") as trace, pytest.raises(AMQPError):
            deadline = time.monotonic() + 5
            while time.monotonic() < deadline:
                act(channel)
    finally:
        services.rabbitmq().start()
    assert adds_up(trace)
    assert ("you", "cut off") in marks(trace)


def test_of_confirmed_messages_none_is_lost_when_the_broker_is_killed_in_mid_publish(durable: Any) -> None:
    durable.confirm_delivery()
    confirmed = 0
    threading.Timer(0.2, services.rabbitmq().kill).start()
    try:
        while True:
            durable.basic_publish("", "hello", str(confirmed), pika.BasicProperties(delivery_mode=2))
            confirmed += 1
    except AMQPError:
        services.rabbitmq().start()
    assert confirmed > 10
    kept = resting("hello")
    assert kept in (confirmed, confirmed + 1), "of the last one nobody can know"


def test_a_frame_that_is_cut_is_no_message(channel: Any) -> None:
    channel.queue_declare("hello")
    sender = connect("sender")
    line = sender.channel()
    publish(line, "whole")
    cut("sender", inside=True)
    with recording("cut") as trace, pytest.raises(AMQPError):
        publish(line, "half")
        sender.process_data_events(1)
    assert resting("hello", 1) == 1
    assert marks(trace) == [("sender", "cut inside a frame")]


def test_a_client_that_is_cut_off_leaves_the_others_alone(channel: Any) -> None:
    listener = connect("listener")
    cut("listener")
    with pytest.raises(AMQPError):
        listener.process_data_events(1)
    channel.queue_declare("hello")
    with pytest.raises(CourseError, match="nobody called 'listener' is connected; there are: .*you"):
        cut("listener")


def test_what_is_held_arrives_when_it_is_mended(channel: Any) -> None:
    channel.queue_declare("hello")
    sender = connect("sender")
    line = sender.channel()
    hold("sender", "server")
    publish(line, "late")
    assert resting("hello") == 0
    mend()
    assert resting("hello", 1) == 1


def test_who_misses_heartbeats_is_cut_off_and_hears_of_it_at_the_next_call(channel: Any) -> None:
    sleeper = connect("sleeper", heartbeat=1)
    line = sleeper.channel()
    time.sleep(3.5)  # the broker waits for two and a half
    with pytest.raises(AMQPError):
        line.queue_declare("hello")


def test_a_queue_that_is_declared_differently_is_refused_and_stays_as_it_was(channel: Any) -> None:
    channel.queue_declare("hello")
    publish(channel, "a")
    other = connect("other")
    with pytest.raises(AMQPError) as caught:
        other.channel().queue_declare("hello", durable=True)
    assert reply(caught.value) == "406 PRECONDITION_FAILED"
    assert other.is_open
    assert resting("hello", 1) == 1


def test_a_worker_says_that_its_broker_is_gone(channel: Any) -> None:
    channel.queue_declare("tasks")
    A = worker("A", "tasks")
    services.rabbitmq().kill()
    try:
        assert A.ended() in ("A ends: StreamLostError", "A ends: ConnectionClosedByBroker")
    finally:
        services.rabbitmq().start()


@pytest.mark.parametrize("seconds", [0.1, 1.0])
def test_fresh_waits_for_a_moment_until_those_who_received_have_been_told(
    channel: Any, seconds: float
) -> None:
    """Whoever is told late might receive from the next queue of that name."""
    late = connect("late").channel()
    late.queue_declare("hello")
    late.basic_consume("hello", lambda *_: None)
    the_broker().tap.delay(seconds, "client", the_broker().numbers("late"))
    began = time.monotonic()
    fresh("hello")
    took = time.monotonic() - began
    assert min(seconds, PATIENCE) <= took < 5
    assert "Basic.Cancel" in wire("late") or took >= PATIENCE
    mend()
    late.connection.close()


def test_an_automatic_queue_that_was_deleted_and_made_again_stays(channel: Any) -> None:
    late = connect("late").channel()
    late.queue_declare("hello", auto_delete=True)
    late.basic_consume("hello", lambda *_: None)
    the_broker().tap.delay(0.1, "client", the_broker().numbers("late"))
    channel.queue_delete("hello")
    channel.queue_declare("hello")
    with recording("again") as trace:
        publish(channel, "a")
        time.sleep(0.2)
    mend()
    assert trace.counts == {"sent": 1, "received": 0, "resting": 1, "lost": 0}
    late.connection.close()
