"""What was said to a real cache, by whom, and what happens when the wire is held or cut."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Thread

import pytest
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError
from redis.retry import Retry

from helpers import CourseError, conversation, services
from helpers.caches import Wire
from helpers.tracing import Trace
from helpers.views.sequence import drawn
from tests.supervisor.owner import eventually
from tests.views.recordings import staircase


@pytest.fixture
def memcached() -> Iterator[Wire]:
    yield Wire(services.memcached())
    services.stop_all()


@pytest.fixture
def redis() -> Iterator[Wire]:
    yield Wire(services.redis())
    services.stop_all()


def test_the_lines_are_those_of_memcacheds_protocol(memcached: Wire) -> None:
    you = memcached.client()
    memcached.said()
    you.set("n", 5)
    you.get("n")
    assert memcached.said().splitlines() == [
        "→ set n 0 0 1", "→ 5", "← STORED", "→ get n", "← VALUE n 0 1", "← 5", "← END",
    ]  # fmt: skip
    assert memcached.said() == ""


def test_two_clients_have_lanes_of_their_own_in_the_order_in_which_they_spoke(memcached: Wire) -> None:
    ada, bob = memcached.client("ada"), memcached.client("bob")
    with memcached.recording("two") as trace:
        bob.set("n", 1)
        ada.get("n")
    assert trace.text().splitlines() == [
        "two",
        "  bob → memcached: set n 0 0 1 / 1",
        "  memcached → bob: STORED",
        "  ada → memcached: get n",
        "  memcached → ada: VALUE n 0 1 / 1 / END",
    ]
    assert trace.lanes == ["bob", "ada", "memcached"]
    assert all(0 <= arrow.sent <= arrow.arrived <= trace.duration for arrow in trace.arrows)


def test_tickets_are_numbered_as_they_appear(memcached: Wire) -> None:
    you = memcached.client()
    you.set("n", 1)
    memcached.said()
    _, ticket = you.gets("n")
    you.cas("n", 2, ticket)
    you.gets("n")
    said = memcached.said().splitlines()
    assert [line for line in said if "#" in line] == [
        "← VALUE n 0 1 #1", "→ cas n 0 0 1 #1", "← VALUE n 0 1 #2",
    ]  # fmt: skip


def test_redis_py_s_greeting_is_left_out_and_its_commands_are_told(redis: Wire) -> None:
    you = redis.client()
    redis.said()
    you.set("n", "a b")
    with you.pipeline() as pipe:
        pipe.get("n").incr("n")
        pipe.execute(raise_on_error=False)
    assert redis.said().splitlines() == [
        '→ SET n "a b"', "← OK",
        "→ MULTI", "→ GET n", "→ INCRBY n 1", "→ EXEC",
        "← OK", "← QUEUED", "← QUEUED", "← [a b, (error) ERR value is not an integer or out of range]",
    ]  # fmt: skip


def test_a_pipeline_is_one_round_trip(redis: Wire) -> None:
    you = redis.client()
    with redis.recording():
        for _ in range(10):
            you.get("n")
    assert redis.round_trips == 10
    with redis.recording(), you.pipeline(transaction=False) as pipe:
        for _ in range(10):
            pipe.get("n")
        pipe.execute()
    assert redis.round_trips == 1


def test_a_reply_that_is_held_comes_when_the_wire_is_mended(memcached: Wire) -> None:
    you, heard = memcached.client(timeout=10), []
    memcached.hold("client")
    with memcached.recording() as trace:
        asking = Thread(target=lambda: heard.append(you.set("n", 5)))
        asking.start()
        assert eventually(lambda: services.memcached().client().get("n") == b"5")
        assert not heard
        memcached.mend()
        asking.join()
    assert heard == [True]
    (wait,) = trace.on("you")
    assert wait.label == "for memcached" and wait.length > 0


def test_a_reply_that_is_cut_off_has_been_executed_all_the_same(redis: Wire) -> None:
    you = redis.client(retry=Retry(NoBackoff(), 0))
    you.set("n", 1)
    with redis.recording("lost") as trace:
        assert redis.cut_reply() == 1
        with pytest.raises(ConnectionError):
            you.incr("n")
    assert services.redis().client().get("n") == "2"
    assert trace.text().splitlines() == ["lost", "  you    cut off", "  you → redis: INCRBY n 1"]


def test_a_conversation_is_drawn_and_told_row_by_row(redis: Wire) -> None:
    ann, bob = redis.client("ann"), redis.client("bob")
    with redis.recording("three words") as trace:
        ann.get("nobody")
        bob.set("n", "x" * 300)
        redis.cut_reply()
        ann.get("nobody")
    said = trace.text().splitlines()
    assert said[1] == "  ann    cut off"
    assert said[2:6] == [
        "  ann → redis: GET nobody", "  redis → ann: (nil)",
        f"  bob → redis: SET n {'x' * 48}… (300 bytes)", "  redis → bob: OK",
    ]  # fmt: skip
    assert drawn(trace).startswith(b"\x89PNG")


def test_a_wire_that_nobody_holds_any_more_is_taken_down(redis: Wire) -> None:
    second = Wire(services.redis())
    tap = second.tap
    assert tap.running and second.client().ping()
    del second
    assert not tap.running and redis.tap.running


def test_a_conversation_of_other_things_is_refused() -> None:
    for trace in (staircase(), Trace("empty")):
        with pytest.raises(CourseError, match="record"):
            conversation(trace)
