"""A remote call that keeps to its time and takes no answer but its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from helpers.exercises.exercise import Answer, Exercise, Miss, Wrong
from helpers.exercises.lesson_18.office import FIB, Request, office

__all__ = ["EXERCISE"]

HEAD = '''\
import json, time
import pika

def call(channel, queue, n, timeout):
    """fib(n) from the servers behind `queue`; TimeoutError if none has answered in `timeout` seconds."""
    replies = []
    mine = channel.queue_declare("", exclusive=True).method.queue

    def on_reply(channel, method, properties, body):
        replies.append(json.loads(body))

    channel.basic_consume(mine, on_reply, auto_ack=True)
    about = pika.BasicProperties(reply_to=mine, correlation_id="mine")
    channel.basic_publish("", queue, str(n), about)
'''
STARTER = HEAD + "    channel.connection.process_data_events(time_limit=timeout)\n    return replies[0]\n"
CHECKED = HEAD.replace(
    "        replies.append(json.loads(body))",
    '        if properties.correlation_id == "mine":\n            replies.append(json.loads(body))',
)
SOLUTION = (
    CHECKED
    + """\
    end = time.monotonic() + timeout
    while not replies:
        left = end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        channel.connection.process_data_events(time_limit=left)
    return replies[0]
"""
)
STRANGER = (
    "You asked for fib(10) and took 13: it came to your queue under another correlation id. Whose answer "
    "is it? Compare it with yours."
)


def serve(requests: Iterator[Request | None], answer: Callable[..., None]) -> None:
    """fib(10) has a stranger's answer before its own; that of fib(11) takes 0.6 s."""
    for request in filter(None, requests):
        if request.n == 10:
            answer(request, 13, "somebody else's")
            time.sleep(0.2)
        if request.n == 11:
            time.sleep(0.6)
        answer(request, FIB[request.n])


def check(answer: Answer) -> None:
    call = answer.function("call", "def call(channel, queue, n, timeout):")
    with office(serve) as (channel, queue):

        def asked(n: int, timeout: float) -> tuple[Any, float]:
            """What the call returned, or TimeoutError; and after how many seconds."""
            begun = time.monotonic()
            try:
                return call(channel, queue, n, timeout), time.monotonic() - begun
            except TimeoutError:
                return TimeoutError, time.monotonic() - begun

        _first(*asked(6, 2))
        _among_strangers(*asked(10, 1))
        cpu = time.process_time()
        _in_time(*asked(11, 0.3), time.process_time() - cpu)
        _after_a_late_one(asked(12, 2)[0])


def _first(got: Any, took: float) -> None:
    if isinstance(got, str | bytes):
        raise Miss(f"You returned {got!r:.30}, the body as it came. A number is wanted: `json.loads(body)`.")
    if got is TimeoutError:
        raise Miss(f"A server was there, and you gave up after {took:.1f} s. Did the request say `reply_to`?")
    if got != 8:
        raise Miss(f"fib(6) is 8, and you returned {got!r:.60}.")


def _among_strangers(got: Any, took: float) -> None:
    if got == 13:
        raise Miss(STRANGER)
    if got != 55 and took < 0.9:
        raise Miss(
            f"You gave up after {took:.2f} s of 1 s: `process_data_events` comes back when anything has "
            "come, also a stranger's answer. Wait for what is left of the time."
        )
    if got != 55:
        raise Miss(f"fib(10) is 55, and you returned {_named(got)}.")


def _in_time(got: Any, took: float, cpu: float) -> None:
    if took > 0.5:
        raise Miss(
            f"You had 0.3 s of patience and waited for {took:.1f} s. Each turn of the loop should ask how "
            "much is left."
        )
    if got is not TimeoutError:
        raise Miss(f"No answer came in 0.3 s. Raise TimeoutError; you returned {_named(got)}.")
    if cpu > 0.06:
        raise Miss(
            f"Waiting for 0.3 s took {cpu:.1f} s of the processor: with no `time_limit` the loop spins. Give "
            "it what is left."
        )


def _after_a_late_one(got: Any) -> None:
    if got == 89:
        raise Miss(
            "You asked for fib(12) and took 89, the late answer to the call before. Each call needs a "
            "correlation id of its own."
        )
    if got != 144:
        raise Miss(f"After a time-out you asked for fib(12), which is 144, and got {_named(got)}.")


def _named(got: Any) -> str:
    return "TimeoutError" if got is TimeoutError else f"{got!r:.40}"


WRONG = (
    Wrong(
        CHECKED + "    while not replies:\n"
        "        channel.connection.process_data_events(time_limit=1)\n    return replies[0]\n",
        "You had 0.3 s of patience and waited",
    ),
    Wrong(
        CHECKED + "    channel.connection.process_data_events(time_limit=timeout)\n    if not replies:\n"
        "        raise TimeoutError\n    return replies[0]\n",
        "You gave up after",
    ),
    Wrong(
        CHECKED + "    end = time.monotonic() + timeout\n    while not replies:\n"
        "        channel.connection.process_data_events()\n        if time.monotonic() > end:\n"
        "            raise TimeoutError\n    return replies[0]\n",
        "with no `time_limit` the loop spins",
    ),
    Wrong(
        CHECKED + "    end = time.monotonic() + timeout\n    while not replies and time.monotonic() < end:\n"
        "        channel.connection.process_data_events(time_limit=0.05)\n"
        "    return replies[0] if replies else None\n",
        "Raise TimeoutError; you returned None",
    ),
    Wrong(SOLUTION.replace("json.loads(body)", "body"), "You returned b'8', the body as it came"),
)

EXERCISE = Exercise(
    name="call",
    lesson="18",
    title="A call that keeps its word",
    starter=STARTER,
    solution=SOLUTION,
    hints=(
        "What tells your answer from a stranger's? `on_reply` is where to ask.",
        "One look is too few, because anything may come. How much of the time is left for the next?",
        "`end = time.monotonic() + timeout`; `while not replies:` work out `left`, raise TimeoutError if it "
        "is used up, else `process_data_events(time_limit=left)`.",
    ),
    check=check,
    starter_message=STRANGER,
    wrong=WRONG,
    passed="It kept to its time, and a stranger's answer and a late one could not fool it.",
    broker=True,
)
