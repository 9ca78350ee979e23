"""A function of the notebook in a process of its own: it works, it is killed, it says why it ended."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from helpers import services
from helpers.caches import worker
from helpers.errors import CourseError
from helpers.services.redis_service import Redis


@pytest.fixture
def store() -> Iterator[Redis]:
    found = services.redis()
    found.client().flushall()
    yield found
    services.stop_all()


def carry(r: Any, me: str) -> None:
    while found := r.blpop("jobs", timeout=1):
        print(me, "begins", found[1])
        if found[1] == "stuck":
            time.sleep(60)  # type: ignore[name-defined]  # noqa: F821
        r.rpush("done", found[1])


def test_a_worker_does_its_jobs_until_none_is_left(store: Redis) -> None:
    store.client().rpush("jobs", "a", "b")
    assert worker("alice", carry).ended() == "alice ends"
    assert store.client().lrange("done", 0, -1) == ["a", "b"]


def test_a_killed_worker_keeps_what_it_had_in_hand(store: Redis) -> None:
    store.client().rpush("jobs", "stuck", "b")
    alice = worker("alice", carry)
    alice.wait_for("alice begins stuck")
    alice.kill()
    assert not alice.running
    assert store.client().lrange("jobs", 0, -1) == ["b"]
    assert store.client().exists("done") == 0


def test_a_worker_works_on_the_redis_that_it_is_given(store: Redis) -> None:
    other = services.redis("other")
    other.client().flushall()
    other.client().rpush("jobs", "a")
    worker("alice", carry, other).ended()
    assert other.client().lrange("done", 0, -1) == ["a"]
    assert store.client().exists("done") == 0


def test_a_worker_that_fails_says_how(store: Redis) -> None:
    def fail(r: Any, me: str) -> None:
        r.set("n", "word")
        r.incr("n")

    said = worker("alice", fail).ended()
    assert said == "alice ends: ResponseError: value is not an integer or out of range"


def test_a_function_without_source_is_refused(store: Redis) -> None:
    with pytest.raises(CourseError, match="written with def in a cell"):
        worker("alice", print)
