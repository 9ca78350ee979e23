"""Subscribing so that a busy worker holds one task and no more."""

from __future__ import annotations

from typing import Any

from helpers.exercises.brokered import named, publish, resting, table
from helpers.exercises.exercise import Answer, Exercise, Miss, Wrong
from helpers.queues.broker import connect

__all__ = ["EXERCISE"]

STARTER = '''\
def consume_fairly(channel, queue, callback):
    """Subscribe `callback`, which acknowledges, to `queue`: one task in hand, the others in the queue."""
    channel.basic_consume(queue, callback)
'''
SOLUTION = """\
def consume_fairly(channel, queue, callback):
    channel.basic_qos(prefetch_count=1)
    channel.basic_consume(queue, callback)
"""
ALL = "All ten tasks were pushed to one busy worker: there was no limit. (0 means no limit, too.)"


def check(answer: Answer) -> None:
    consume_fairly = answer.function("consume_fairly", "def consume_fairly(channel, queue, callback):")
    tasks, more = named("tasks"), named("more")
    with table(tasks, more) as channel:
        for queue in (tasks, more):
            publish(channel, queue, *(str(n).encode() for n in range(1, 11)))
        with connect("busy") as connection:
            line = connection.channel()
            hand = _hand(consume_fairly, line, tasks)
            if len(hand) > 1:
                late = len(_hand(consume_fairly, line, more)) == 1
                connection.close()
                raise Miss(_why(len(hand), late, resting(tasks, 10) or 0))
            if not hand:
                raise Miss("Ten tasks rested, and none was pushed. Did you subscribe to `queue`?")
            if resting(tasks, 9) != 9:
                raise Miss("The one task in hand was acknowledged when it came: leave out auto_ack.")
            line.basic_ack(hand[-1])
            connection.process_data_events(2)  # or until it has come
            if len(hand) != 2:
                raise Miss(
                    "The worker acknowledged its task, and no second one came. Leave the channel open."
                )


def _hand(consume_fairly: Any, line: Any, queue: str) -> list[int]:
    """The delivery tags of what comes to a worker that acknowledges nothing by itself."""
    hand: list[int] = []
    consume_fairly(line, queue, lambda channel, method, properties, body: hand.append(method.delivery_tag))
    line.connection.sleep(0.3)  # not only until the first has come
    return hand


def _why(pushed: int, late: bool, back: int) -> str:
    if back != 10:
        return (
            f"{pushed} of ten were pushed, and none came back: with auto_ack nothing is unacknowledged, so "
            "there is nothing to limit."
        )
    if late:
        return "Ten were pushed, and then you said one: the broker deals at `basic_consume`. Say it before."
    if pushed == 10:
        return ALL
    return (
        f"{pushed} tasks were pushed to one busy worker, and {pushed - 1} of them wait there. Let it hold 1."
    )


def _source(*lines: str) -> str:
    return "def consume_fairly(channel, queue, callback):\n" + "".join(f"    {line}\n" for line in lines)


WRONG = (
    Wrong(
        _source("channel.basic_consume(queue, callback)", "channel.basic_qos(prefetch_count=1)"),
        "the broker deals at `basic_consume`",
    ),
    Wrong(
        _source(
            "channel.basic_qos(prefetch_count=1)", "channel.basic_consume(queue, callback, auto_ack=True)"
        ),
        "with auto_ack nothing is unacknowledged",
    ),
    Wrong(
        _source("channel.basic_qos(prefetch_count=0)", "channel.basic_consume(queue, callback)"),
        "0 means no limit",
    ),
    Wrong(
        _source("channel.basic_qos(prefetch_count=2)", "channel.basic_consume(queue, callback)"),
        "1 of them wait there",
    ),
)

EXERCISE = Exercise(
    name="consume_fairly",
    lesson="15",
    title="One in hand",
    starter=STARTER,
    solution=SOLUTION,
    hints=(
        "When does the broker decide who gets a task?",
        "How many unacknowledged tasks may a worker hold? There is a call that says so: `basic_qos`.",
        "`channel.basic_qos(prefetch_count=1)`, and then `basic_consume`, without auto_ack.",
    ),
    check=check,
    starter_message=ALL,
    wrong=WRONG,
    passed="One in hand, nine where anybody can take them.",
    broker=True,
)
