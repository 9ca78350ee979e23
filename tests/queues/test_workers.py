"""Workers do what they are told, and say so; the ledger counts each task once."""

from __future__ import annotations

from typing import Any

import pytest

from helpers.errors import CourseError
from helpers.queues import ack_timeout, ledger, recording, resting, when_done, worker
from helpers.queues.broker import quiet_ctl
from tests.queues.test_recording import marks, publish


def test_tasks_are_dealt_in_turn_to_workers_that_wait(channel: Any) -> None:
    channel.queue_declare("tasks")
    A, B = (worker(name, "tasks", seconds=0.01) for name in "AB")
    publish(channel, *"1234", key="tasks")
    assert when_done(4, A, B) == {"A": ["1", "3"], "B": ["2", "4"]}
    with pytest.raises(CourseError, match=r"have done 4 of 5 tasks in 0\.1 s"):
        when_done(5, A, B, timeout=0.1)


def test_a_task_says_with_its_last_word_how_long_it_takes(channel: Any) -> None:
    channel.queue_declare("tasks")
    publish(channel, "a 3", "b 0", key="tasks")
    A, B = (worker(name, "tasks", prefetch=1) for name in "AB")
    assert when_done(1, A, B) == {"A": [], "B": ["b 0"]}


def test_who_dies_between_the_work_and_its_ack_leaves_a_task_that_is_done_and_rests(channel: Any) -> None:
    channel.queue_declare("tasks")
    publish(channel, "1", "2", key="tasks")
    A = worker("A", "tasks", seconds=0, pause=2)
    A.wait_for("A done 1")
    A.kill()
    assert A.done == ["1"]
    assert resting("tasks", 2) == 2


def test_a_worker_whose_queue_is_deleted_takes_its_leave(channel: Any) -> None:
    channel.queue_declare("tasks")
    A = worker("A", "tasks")
    with recording("deleted") as trace:
        channel.queue_delete("tasks")
        assert A.ended() == "A ends: nothing to consume from any more"
    assert [label for lane, label in marks(trace) if lane == "A"] in ([], ["closed"])


def test_who_acknowledges_too_late_is_refused_and_the_settings_are_put_back(
    channel: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    look = "[application:get_env(rabbit, K) || K <- [consumer_timeout, channel_tick_interval]]."
    channel.queue_declare("tasks")
    publish(channel, "1", key="tasks")
    with ack_timeout(0.2, look=0.1):
        A = worker("A", "tasks", seconds=0.6)
        assert A.ended() == "A ends: ChannelClosedByBroker 406"
    assert A.done == ["1"]
    assert resting("tasks", 1) == 1
    assert quiet_ctl("eval", look) == "[{ok,1800000},{ok,60000}]"
    assert capsys.readouterr().out.startswith("The broker waits for an acknowledgment for 30 minutes")


@pytest.mark.parametrize(
    ("done", "rest", "said"),
    [
        (["1"], [], "sent 3 = done 1 + resting 0 + lost 2\n"),
        (["1"], ["2", "3"], "sent 3 = done 1 + resting 2 + lost 0\n"),
        (
            ["1"],
            ["1", "2"],
            "sent 3 = done 1 + resting 2 + lost 1 - in both 1\n  done, and resting again: 1\n",
        ),
        (["3", "2", "3", "2"], ["1"], "sent 3 = done 2 + resting 1 + lost 0\n  done more than once: 2, 3\n"),
        (["1", "of before"], {"of before": True}, "sent 3 = done 1 + resting 0 + lost 2\n"),
    ],
)
def test_a_ledger_counts_each_task_once(
    done: list[str], rest: Any, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger("123", done, rest)
    assert capsys.readouterr().out == said
