"""Many questions at once, and one deadline for all answers."""

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

def scatter(channel, queue, numbers, timeout):
    """Ask for all `numbers` at once. {n: fib(n)}, with None for what has no answer in `timeout` seconds."""
'''
STARTER = (
    HEAD
    + """\
    found = dict.fromkeys(numbers)
    mine = channel.queue_declare("", exclusive=True).method.queue

    def on_reply(channel, method, properties, body):
        ...

    channel.basic_consume(mine, on_reply, auto_ack=True)
    for n in numbers:
        channel.basic_publish("", queue, str(n), pika.BasicProperties(reply_to=mine))
    return found
"""
)
ASKED = (
    HEAD
    + """\
    found = {}
    mine = channel.queue_declare("", exclusive=True).method.queue

    def on_reply(channel, method, properties, body):
        found[int(properties.correlation_id)] = json.loads(body)

    channel.basic_consume(mine, on_reply, auto_ack=True)
    end = time.monotonic() + timeout
    for n in numbers:
        about = pika.BasicProperties(reply_to=mine, correlation_id=str(n))
        channel.basic_publish("", queue, str(n), about)
    while len(found) < len(numbers) and (left := end - time.monotonic()) > 0:
        channel.connection.process_data_events(time_limit=left)
"""
)
SOLUTION = ASKED + "    return {n: found.get(n) for n in numbers}\n"
NUMBERS = (10, 6, 11, 5, 12, 7)
NOBODY_WAITED = (
    "Six numbers were asked for, and you returned with no answer at all. They come while pika reads: wait "
    "until all are there, with one deadline."
)


class Servers:
    """They answer when all questions are there, the last one first; `silent` gets no answer."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.silent: int | None = None

    def serve(self, requests: Iterator[Request | None], answer: Callable[..., None]) -> None:
        batch: list[Request] = []
        since = time.monotonic()
        for request in requests:
            if request:
                batch.append(request)
                since = time.monotonic()
            if len(batch) == len(NUMBERS) or (batch and time.monotonic() - since > 0.1):
                self.sizes.append(len(batch))
                for each in reversed(batch):
                    if each.n != self.silent:
                        answer(each, FIB[each.n])
                batch.clear()


def check(answer: Answer) -> None:
    scatter = answer.function("scatter", "def scatter(channel, queue, numbers, timeout):")
    servers = Servers()
    with office(servers.serve) as (channel, queue):
        _all_answered(scatter(channel, queue, list(NUMBERS), 2), servers)
        servers.silent = 11
        begun = time.monotonic()
        try:
            got = scatter(channel, queue, list(NUMBERS), 0.3)
        except Exception as error:
            raise Miss(
                f"A server died with one of six questions, and you raised {type(error).__name__}: five "
                "answers are lost with it. Put None for the missing one."
            ) from None
        _one_missing(got, time.monotonic() - begun)


def _all_answered(got: Any, servers: Servers) -> None:
    if not isinstance(got, dict):
        raise Miss(f"Return a dict from n to fib(n). Yours is of type {type(got).__name__}.")
    if not any(got.values()):
        raise Miss(NOBODY_WAITED)
    if servers.sizes and max(servers.sizes) == 1:
        raise Miss(
            "You asked one at a time, and each question waited for the answer before it. Publish all six, "
            "then wait."
        )
    wrong = [n for n in NUMBERS if got.get(n) != FIB[n]]
    if wrong:
        raise Miss(
            f"fib({wrong[0]}) came out as {got.get(wrong[0])!r:.20}. Answers come in any order: what says "
            "which number one belongs to?"
        )


def _one_missing(got: Any, took: float) -> None:
    if not isinstance(got, dict) or 11 not in got:
        raise Miss("A server died with fib(11), and your dict doesn't have 11 in it. Put None for it.")
    if took > 0.7:
        raise Miss(f"You had 0.3 s for all six, and took {took:.1f} s. One deadline for all of them.")
    if got != {n: FIB[n] if n != 11 else None for n in NUMBERS}:
        raise Miss(f"With no answer for 11 you returned {got!r:.90}.")


WRONG = (
    Wrong(
        HEAD
        + """\
    found = {}
    mine = channel.queue_declare("", exclusive=True).method.queue

    def on_reply(channel, method, properties, body):
        found[int(properties.correlation_id)] = json.loads(body)

    channel.basic_consume(mine, on_reply, auto_ack=True)
    for n in numbers:
        about = pika.BasicProperties(reply_to=mine, correlation_id=str(n))
        channel.basic_publish("", queue, str(n), about)
        end = time.monotonic() + timeout
        while n not in found and time.monotonic() < end:
            channel.connection.process_data_events(time_limit=0.05)
    return {n: found.get(n) for n in numbers}
""",
        "You asked one at a time",
    ),
    Wrong(
        ASKED.replace("found = {}", "found = []").replace(
            "found[int(properties.correlation_id)] = json.loads(body)", "found.append(json.loads(body))"
        )
        + "    return dict(zip(numbers, found))\n",
        "Answers come in any order",
    ),
    Wrong(ASKED + "    return {n: found[n] for n in numbers}\n", "and you raised KeyError"),
    Wrong(ASKED + "    return found\n", "doesn't have 11 in it"),
)

EXERCISE = Exercise(
    name="scatter",
    lesson="18",
    title="Six questions at once",
    starter=STARTER,
    solution=SOLUTION,
    hints=(
        "Publish all questions first, and wait after that.",
        "What links an answer to its number? A correlation id may be any text, `str(n)` for one.",
        "`end = time.monotonic() + timeout` once; loop while answers are missing and time is left; "
        "at the end `{n: found.get(n) for n in numbers}`.",
    ),
    check=check,
    starter_message=NOBODY_WAITED,
    wrong=WRONG,
    passed="All at once, in whatever order they came, and with one of them missing.",
    broker=True,
)
