"""A listener's queue for a live ticker: what comes from now on, and nothing left behind."""

from __future__ import annotations

from typing import Any

from pika.exceptions import ChannelClosedByBroker

from helpers.exercises.exercise import Answer, Exercise, Miss, Wrong
from helpers.exercises.lesson_16.feeds import desk, is_name
from helpers.queues.broker import connect

__all__ = ["EXERCISE"]

STARTER = '''\
def subscribe(channel, exchange):
    """Return the name of a queue that gets all that is published to `exchange` (a fanout) from now on.

    Each caller has a queue; it is gone when the caller's connection is.
    """
    channel.queue_declare("ticker")
    return "ticker"
'''
SOLUTION = """\
def subscribe(channel, exchange):
    queue = channel.queue_declare("", exclusive=True).method.queue
    channel.queue_bind(queue, exchange)
    return queue
"""
SHARED = "Two callers got one queue, so they would share the headlines. Let the broker name a queue for each."


def check(answer: Answer) -> None:
    subscribe = answer.function("subscribe", "def subscribe(channel, exchange):")

    def screen(connection: Any) -> tuple[Any, str]:
        channel = connection.channel()
        try:
            queue = is_name(subscribe(channel, feed.exchange))
        except ChannelClosedByBroker as error:
            if error.reply_code == 405:
                raise Miss(
                    "The second caller was refused (405): that queue belongs to the first. Whose name is it?"
                ) from None
            raise
        feed.look(queue)  # so that it is deleted afterward
        return channel, queue

    def resting(channel: Any, queue: str) -> int:
        return int(channel.queue_declare(queue, passive=True).method.message_count)

    with desk() as feed:
        with connect("one") as one, connect("two") as two:
            screens = [screen(one), screen(two)]
            if screens[0][1] == screens[1][1]:
                raise Miss(SHARED)
            feed.publish("1", "2", "3", "4")
            for channel, queue in screens:
                if (count := resting(channel, queue)) != 4:
                    raise Miss(
                        f"Four headlines were published, and the queue has {count}. "
                        "Which line leads from the exchange to it?"
                    )
            late, queue = screen(one)
            feed.publish("5", "6")
            if resting(late, queue) != 2:
                raise Miss("Who came after four of six headlines should have the last two.")
        for _, queue in screens:
            if not feed.goes(queue):
                raise Miss(
                    "Both connections are closed, and a queue is left behind that nobody will ever read. "
                    "On what should its life hang?"
                )


def _source(*lines: str) -> str:
    return "def subscribe(channel, exchange):\n" + "".join(f"    {line}\n" for line in lines)


BIND = "channel.queue_bind(queue, exchange)"
WRONG = (
    Wrong(_source("queue = 'ticker'", "channel.queue_declare(queue)", BIND, "return queue"), SHARED),
    Wrong(
        _source("queue = 'ticker'", "channel.queue_declare(queue, exclusive=True)", BIND, "return queue"),
        "The second caller was refused (405)",
    ),
    Wrong(
        _source("return channel.queue_declare('', exclusive=True).method.queue"),
        "Four headlines were published, and the queue has 0",
    ),
    Wrong(
        _source("queue = channel.queue_declare('').method.queue", BIND, "return queue"),
        "a queue is left behind",
    ),
    Wrong(
        _source("queue = ''", "channel.queue_declare(queue, exclusive=True)", BIND, "return queue"),
        "Return the queue's name",
    ),
)

EXERCISE = Exercise(
    name="subscribe",
    lesson="16",
    title="A live ticker",
    starter=STARTER,
    solution=SOLUTION,
    hints=(
        "Who should name the queue, if two callers must never choose the same name?",
        "On what should its life hang, so that nothing is left when the screen is switched off?",
        "Three lines: declare `''` with `exclusive=True`, bind the queue, return its name, `.method.queue`.",
    ),
    check=check,
    starter_message=SHARED,
    wrong=WRONG,
    passed="Each screen has every headline from the moment at which it was switched on, and leaves nothing.",
    broker=True,
)
