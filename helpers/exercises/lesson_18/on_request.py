"""A server's callback that no request can end, and that forgets none before it is answered."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NoReturn

from helpers.exercises.brokered import named, resting, table
from helpers.exercises.exercise import Answer, Exercise, Miss, Wrong
from helpers.queues.broker import connect

__all__ = ["EXERCISE"]

FIB = """\
import json
import pika

def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)

"""
STARTER = (
    FIB
    + '''\
def on_request(channel, method, properties, body):
    """Answer with fib(n), or with {"error": ...}; no request ends the server, and none gets lost."""
    answer = json.dumps(fib(int(body)))
    about = pika.BasicProperties(correlation_id=properties.correlation_id)
    channel.basic_publish("", properties.reply_to, answer, about)
    channel.basic_ack(method.delivery_tag)
'''
)
SOLUTION = (
    FIB
    + """\
def on_request(channel, method, properties, body):
    try:
        answer = fib(int(body))
    except ValueError as error:
        answer = {"error": str(error)}
    about = pika.BasicProperties(correlation_id=properties.correlation_id)
    if properties.reply_to:
        channel.basic_publish("", properties.reply_to, json.dumps(answer), about)
    channel.basic_ack(method.delivery_tag)
"""
)
DEAD = (
    "`abc` raised ValueError in your callback: that ends the server, and the next one gets the same request. "
    "Answer with the error instead."
)
Callback = Callable[[Any, Any, Any, bytes], None]


class Killed(BaseException):
    """The server dies here."""


class Dying:
    """A channel whose connection ends at the first answer."""

    def __init__(self, channel: Any) -> None:
        self._channel = channel

    def __getattr__(self, name: str) -> Any:
        return getattr(self._channel, name)

    def basic_publish(self, *_: Any, **__: Any) -> NoReturn:
        self._channel.connection.close()
        raise Killed


class Desk:
    """A queue of requests, one of replies, and a server that takes one request at a time."""

    def __init__(self, on_request: Callback, requests: str, replies: str, channel: Any) -> None:
        self.on_request, self.requests, self.replies, self.channel = on_request, requests, replies, channel

    def serve(self, body: bytes, address: str | None, dies: bool = False) -> str:
        """One request, from its coming to the end of the server. Returns the name of what was raised."""
        from pika import BasicProperties

        about = BasicProperties(reply_to=address, correlation_id="the reference")
        self.channel.basic_publish("", self.requests, body, about)
        raised = ""
        connection = connect("server")
        try:
            channel = connection.channel()
            taken = channel.basic_get(self.requests)
            self.on_request(Dying(channel) if dies else channel, *taken)
        except (Killed, Exception) as error:
            raised = type(error).__name__
        finally:
            if connection.is_open:
                connection.close()
        return raised

    def answer(self) -> tuple[Any, Any]:
        """The body of the answer, and its reference; None, None if there is none."""
        if not resting(self.replies, 1):
            return None, None
        _, properties, body = self.channel.basic_get(self.replies, auto_ack=True)
        try:
            return json.loads(body), properties.correlation_id
        except ValueError:
            return body, properties.correlation_id

    def left(self, expect: int) -> int | None:
        count = resting(self.requests, expect)
        self.channel.queue_purge(self.requests)
        return count


def check(answer: Answer) -> None:
    on_request = answer.function("on_request", "def on_request(channel, method, properties, body):")
    requests, replies = named("requests"), named("replies")
    with table(requests, replies) as channel:
        desk = Desk(on_request, requests, replies, channel)
        _a_good_one(desk)
        _killed(desk)
        _a_bad_one(desk)
        _without_an_address(desk)


def _a_good_one(desk: Desk) -> None:
    raised = desk.serve(b"6", desk.replies)
    if raised:
        raise Miss(f"An ordinary request, `6`, raised {raised} in your callback.")
    got, reference = desk.answer()
    if got != 8:
        raise Miss(f"Asked for fib(6), your server answered {got!r:.40} and not 8.")
    if reference != "the reference":
        raise Miss(f"The answer came under the correlation id {reference!r:.30}: nobody waits for that one.")
    if desk.left(0):
        raise Miss(
            "The request was answered, and rested again when the server ended: acknowledge what is done."
        )


def _killed(desk: Desk) -> None:
    desk.serve(b"6", desk.replies, dies=True)
    if not desk.left(1):
        raise Miss(
            "The server was killed on its way to the answer: no answer came, and nothing rests for the next "
            "server. When may the request be forgotten?"
        )


def _a_bad_one(desk: Desk) -> None:
    if raised := desk.serve(b"abc", desk.replies):
        raise Miss(DEAD.replace("ValueError", raised))
    if desk.left(0):
        raise Miss(
            "You gave `abc` back to its queue: it comes again at once, thousands of times a second. It will "
            "not get better."
        )
    got, reference = desk.answer()
    if got is None:
        raise Miss("`abc` got no answer, so its client waits until its time-out. Answer with the error.")
    if not isinstance(got, dict) or "error" not in got or reference != "the reference":
        raise Miss(f'To `abc` came {got!r:.40}. Answer with JSON, {{"error": ...}}, under the same id.')


def _without_an_address(desk: Desk) -> None:
    if raised := desk.serve(b"6", None):
        raise Miss(
            f"A request without `reply_to` raised {raised} in your callback, and a server is dead. There is "
            "nobody to answer: what remains to be done?"
        )
    if desk.left(0):
        raise Miss("A request without `reply_to` rests again: nobody will ever answer it. Acknowledge it.")


WRONG = (
    Wrong(
        SOLUTION.replace("    channel.basic_ack(method.delivery_tag)\n", "").replace(
            "    try:\n", "    channel.basic_ack(method.delivery_tag)\n    try:\n"
        ),
        "no answer came, and nothing rests",
    ),
    Wrong(
        SOLUTION.replace("    channel.basic_ack(method.delivery_tag)\n", ""),
        "and rested again when the server",
    ),
    Wrong(SOLUTION.replace("correlation_id=properties.correlation_id", ""), "nobody waits for that one"),
    Wrong(
        SOLUTION.replace(
            '        answer = {"error": str(error)}\n',
            "        channel.basic_nack(method.delivery_tag, requeue=True)\n        return\n",
        ),
        "thousands of times a second",
    ),
    Wrong(
        SOLUTION.replace("    if properties.reply_to:\n        ch", "    ch"),
        "A request without `reply_to` raised",
    ),
)

EXERCISE = Exercise(
    name="on_request",
    lesson="18",
    title="A server that cannot be poisoned",
    starter=STARTER,
    solution=SOLUTION,
    hints=(
        "What may fail before there is an answer? And what is the answer then?",
        "A request without `reply_to` has nobody to answer, but it must be acknowledged, too.",
        '`try: answer = fib(int(body))`, `except ValueError as error: answer = {"error": str(error)}`; then '
        "publish if there is an address, and acknowledge last.",
    ),
    check=check,
    starter_message=DEAD,
    wrong=WRONG,
    passed="Killed, asked nonsense, and asked by nobody: no request was lost, and the server is alive.",
    broker=True,
)
