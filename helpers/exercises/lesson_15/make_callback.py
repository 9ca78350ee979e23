"""A callback that acknowledges what is done, rejects what failed, and loses nothing when it is stopped."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

from helpers.exercises.brokered import named, publish, resting, table
from helpers.exercises.exercise import Answer, Exercise, Miss, Wrong
from helpers.queues.broker import connect

__all__ = ["EXERCISE"]

STARTER = '''\
def make_callback(work):
    """Return a callback for basic_consume that calls work(body), and loses no task.

    A task for which `work` raises an exception is rejected, and not tried again.
    """
    def callback(channel, method, properties, body):
        channel.basic_ack(method.delivery_tag)
        work(body)
    return callback
'''
SOLUTION = """\
def make_callback(work):
    def callback(channel, method, properties, body):
        try:
            work(body)
        except Exception:
            channel.basic_reject(method.delivery_tag, requeue=False)
        else:
            channel.basic_ack(method.delivery_tag)
    return callback
"""
LOST = (
    "`work` raised for task 2, and it was acknowledged all the same: lost. Ack after the work, and only if "
    "it went well."
)


def check(answer: Answer) -> None:
    make_callback = answer.function("make_callback", "def make_callback(work):")
    if not callable(make_callback(len)):
        raise Miss("`make_callback` returns no function. Return the callback itself: `return callback`")
    tasks, failed = named("tasks"), named("failed")
    with table(failed, tasks + "-last") as channel:
        aside = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": failed}
        channel.queue_declare(tasks, arguments=aside)
        try:
            publish(channel, tasks, b"1", b"2", b"3")
            _one_fails(make_callback, tasks, failed)
            _stopped(make_callback, channel, tasks + "-last")
        finally:
            channel.queue_delete(tasks)


def _one_fails(make_callback: Any, tasks: str, failed: str) -> None:
    tried: Counter[bytes] = Counter()

    def work(body: bytes) -> None:
        tried[body] += 1
        if body == b"2":
            raise ValueError("task 2 cannot be done")

    raised = _consume(tasks, make_callback(work))
    if not tried:
        raise Miss("Three tasks came, and `work` was never called.")
    if tried[b"2"] > 5:
        raise Miss(
            f"Task 2 was tried {tried[b'2']} times in a moment: back into the queue, out again. Reject it "
            "with requeue=False."
        )
    back, aside = resting(tasks), resting(failed)
    if raised and back == 2:
        raise Miss(
            "Your callback raises what `work` raises: the worker ends at task 2, with every start anew, and "
            "task 3 never has its turn. Catch it."
        )
    if raised and not aside:
        raise Miss(LOST)
    if back:
        raise Miss(
            f"When the worker ended, {back} of 3 tasks were unacknowledged: they come again, though nobody "
            "needs them. Ack and reject."
        )
    if not aside:
        raise Miss(LOST)
    if aside > 1:
        raise Miss(f"One task failed, and {aside} were rejected. Ack those that went well.")


def _stopped(make_callback: Any, channel: Any, tasks: str) -> None:
    publish(channel, tasks, b"4")

    def work(body: bytes) -> None:
        raise KeyboardInterrupt  # what Ctrl+C does in the middle of a task

    _consume(tasks, make_callback(work))
    if resting(tasks, 1) != 1:
        raise Miss(
            "The worker was stopped (Ctrl+C) in the middle of a task, and the task was answered for: it is "
            "lost. Catch `Exception`, which Ctrl+C is not."
        )


def _consume(queue: str, callback: Any, seconds: float = 0.3) -> bool:
    """A worker that lives for so long. Whether the callback raised."""
    connection = connect("worker of the check")
    try:
        channel = connection.channel()
        channel.basic_consume(queue, callback)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            connection.process_data_events(0.02)
        return False
    except (Exception, KeyboardInterrupt):
        return True
    finally:
        connection.close()


def _source(*lines: str) -> str:
    body = "".join(f"        {line}\n" for line in lines)
    return (
        "def make_callback(work):\n"
        f"    def callback(channel, method, properties, body):\n{body}"
        "    return callback\n"
    )


ACK = "channel.basic_ack(method.delivery_tag)"
WRONG = (
    Wrong(_source("try:", "    work(body)", "finally:", f"    {ACK}"), "acknowledged all the same"),
    Wrong(_source("try:", "    work(body)", "except Exception:", "    pass"), "were unacknowledged"),
    Wrong(_source("work(body)", ACK), "Your callback raises what `work` raises"),
    Wrong(
        _source(
            "try:",
            "    work(body)",
            f"    {ACK}",
            "except Exception:",
            "    channel.basic_nack(method.delivery_tag, requeue=True)",
        ),
        "back into the queue, out again",
    ),
    Wrong(
        _source(
            "try:",
            "    work(body)",
            f"    {ACK}",
            "except:",
            "    channel.basic_reject(method.delivery_tag, requeue=False)",
        ),
        "which Ctrl+C is not",
    ),
)

EXERCISE = Exercise(
    name="make_callback",
    lesson="15",
    title="A callback that loses nothing",
    starter=STARTER,
    solution=SOLUTION,
    hints=(
        "When may the broker forget a task: before the work, or after it?",
        "If `work` raises, the line below it is not reached. Who then tells the broker that it failed?",
        "`try:` the work, `except Exception:` channel.basic_reject(method.delivery_tag, requeue=False), "
        "`else:` the ack.",
    ),
    check=check,
    starter_message=LOST,
    wrong=WRONG,
    passed="Done is acknowledged, failed is rejected, and what was interrupted comes again.",
    broker=True,
)
