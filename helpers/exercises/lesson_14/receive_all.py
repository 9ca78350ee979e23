"""Taking everything that rests in a queue, and no waiting for more."""

from __future__ import annotations

from helpers.exercises.brokered import named, publish, resting, table
from helpers.exercises.exercise import Answer, Exercise, Miss, Wrong

__all__ = ["EXERCISE"]

STARTER = '''\
def receive_all(channel, queue):
    """Take every message that rests in `queue`; return their bodies in order, as a list."""
    method, properties, body = channel.basic_get(queue, auto_ack=True)
    return [body]
'''
SOLUTION = """\
def receive_all(channel, queue):
    bodies = []
    while True:
        method, properties, body = channel.basic_get(queue, auto_ack=True)
        if method is None:
            return bodies
        bodies.append(body)
"""
ONE = "Five messages rested, and you returned 1. `basic_get` takes one: ask until it says that there is none."


def check(answer: Answer) -> None:
    receive_all = answer.function("receive_all", "def receive_all(channel, queue):")
    sent = [b"a", b"b", b"", b"c", b"d"]
    queue = named("letters")
    with table(queue) as channel:
        publish(channel, queue, *sent)
        got = receive_all(channel, queue)
        if not isinstance(got, list | tuple):
            raise Miss(f"Return a list of bodies. Yours is of type {type(got).__name__}.")
        got = list(got)
        if got == sent[:1]:
            raise Miss(ONE)
        if got == sent[:2]:
            raise Miss(
                "You stopped at an empty message: its body is b''. That there is none is told by `method`."
            )
        if got == [*sent, None]:
            raise Miss("The last thing in your list is None: that was the answer 'empty', and no message.")
        if got != sent:
            raise Miss(f"a, b, an empty one, c and d rested, and you returned {got!r:.60}.")
        channel.connection.close()
        if left := resting(queue, 0):
            raise Miss(
                f"You returned all five, and when the connection closed {left} rested again: the broker was "
                "not told that it may forget them."
            )
    with table(queue) as channel:
        if (got := receive_all(channel, queue)) != []:
            raise Miss(f"Nothing rested, and you returned {got!r:.60} instead of an empty list.")


def _source(*lines: str) -> str:
    return "def receive_all(channel, queue):\n" + "".join(f"    {line}\n" for line in lines)


WRONG = (
    Wrong(
        _source(
            "bodies = []",
            "def on_message(channel, method, properties, body):",
            "    bodies.append(body)",
            "channel.basic_consume(queue, on_message, auto_ack=True)",
            "channel.start_consuming()",
            "return bodies",
        ),
        "a wait for something that never comes",
    ),
    Wrong(
        _source(
            "bodies = []",
            "while body := channel.basic_get(queue, auto_ack=True)[2]:",
            "    bodies.append(body)",
            "return bodies",
        ),
        "You stopped at an empty message",
    ),
    Wrong(
        _source(
            "bodies = []",
            "while True:",
            "    method, properties, body = channel.basic_get(queue)",
            "    if method is None:",
            "        return bodies",
            "    bodies.append(body)",
        ),
        "the broker was not told that it may forget them",
    ),
    Wrong(
        _source(
            "bodies = []",
            "method = 1",
            "while method is not None:",
            "    method, properties, body = channel.basic_get(queue, auto_ack=True)",
            "    bodies.append(body)",
            "return bodies",
        ),
        "The last thing in your list is None",
    ),
    Wrong(
        _source(
            "count = channel.queue_declare(queue).method.message_count",
            "return [channel.basic_get(queue, auto_ack=True)[2].decode() for _ in range(count)]",
        ),
        "and you returned ['a', 'b', '', 'c', 'd']",
    ),
)

EXERCISE = Exercise(
    name="receive_all",
    lesson="14",
    title="Everything that rests",
    starter=STARTER,
    solution=SOLUTION,
    hints=(
        "Which call takes one message, and what does it give for an empty queue?",
        "A body may be empty. Of the three that `basic_get` returns, `method` tells whether there was one.",
        "`while True:` get one; `if method is None: return bodies`; else append the body.",
    ),
    check=check,
    starter_message=ONE,
    wrong=WRONG,
    passed="Also of an empty queue, and of empty messages.",
    broker=True,
)
