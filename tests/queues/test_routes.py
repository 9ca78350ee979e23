"""`route` says where a real broker took each message, and no picture shows that it looked."""

from __future__ import annotations

from typing import Any

import pytest
from pika.exceptions import ChannelClosedByBroker

from helpers.queues import fresh, recording, resting, route
from helpers.queues.routes import named


@pytest.fixture
def log(channel: Any) -> Any:
    """A channel; on its exchange `news`, `hello` wants a, and `other` wants a and b."""
    channel.exchange_declare("news", "direct")
    for queue, keys in {"hello": "a", "other": "ab"}.items():
        channel.queue_declare(queue)
        for key in keys:
            channel.queue_bind(queue, "news", key)
    return channel


def test_it_says_which_queue_got_which_message_and_prints_as_a_grid(log: Any) -> None:
    got = route(log, "news", ["a", "b", ""], ["hello", "other"])
    assert got == {"a": ["hello", "other"], "b": ["other"], '""': []}
    assert str(got).splitlines() == [
        "    hello  other",
        "a   ✓      ✓",
        "b   .      ✓",
        '""  .      .',
    ]


def test_the_messages_stay_and_what_rested_before_is_not_counted(log: Any) -> None:
    log.basic_publish("news", "b", "b")
    assert route(log, "news", ["a"], ["hello", "other"]) == {"a": ["hello", "other"]}
    assert (resting("hello", 1), resting("other", 2)) == (1, 2)
    assert [log.basic_get("other")[2] for _ in range(2)] == [b"b", b"a"]


def test_a_message_is_headers_too_and_may_have_a_name(channel: Any) -> None:
    channel.exchange_declare("news", "headers")
    channel.queue_declare("hello")
    channel.queue_bind("hello", "news", arguments={"n": 1})
    got = route(channel, "news", [{"n": 1}, {"n": "1", "m": 2}, {}], ["hello"])
    assert got == {"n: 1": ["hello"], "n: '1', m: 2": [], "no headers": []}
    assert route(channel, "news", {"one": {"n": 1}, "none": "n"}, ["hello"]) == {"one": ["hello"], "none": []}


def test_a_message_given_twice_is_one() -> None:
    assert list(named(["a", "b", "a"])) == ["a", "b"]


def test_it_looks_into_an_exclusive_queue_of_its_own_connection(log: Any) -> None:
    fresh("hello")
    log.queue_declare("hello", exclusive=True)
    log.queue_bind("hello", "news", "a")
    assert route(log, "news", ["a"], ["hello"]) == {"a": ["hello"]}


@pytest.mark.parametrize(("exchange", "queue"), [("nowhere", "hello"), ("news", "nowhere")])
def test_what_is_not_there_is_pikas_own_404(log: Any, exchange: str, queue: str) -> None:
    with pytest.raises(ChannelClosedByBroker, match="404"):
        route(log, exchange, ["a"], [queue])
    assert log.is_open


def test_no_picture_shows_that_somebody_looks(log: Any) -> None:
    with recording("three") as trace:
        route(log, "news", ["a", "b", "c"], ["hello", "other"])
    assert trace.lanes == ["you", "hello", "other"]
    assert trace.counts == {"copies": 4, "received": 0, "resting": 3, "lost": 1}


def test_a_queue_that_gets_nothing_is_on_the_map_if_its_exchange_was_asked(log: Any) -> None:
    with recording("only for the other") as trace:
        route(log, "news", ["b"], ["other"])
    assert trace.lanes == ["you", "other", "hello"]
    assert {(link.source, link.target, link.label) for link in trace.links} == {
        ("news", "hello", "a"),
        ("news", "other", "a"),
        ("news", "other", "b"),
    }
    with recording("another exchange") as trace:
        log.basic_publish("", "other", "past the news")
    assert trace.lanes == ["you", "other"]
