"""A durable subscription: a listener that misses nothing while it is not running."""

from __future__ import annotations

import time

from helpers.exercises.exercise import Answer, Exercise, Miss, Wrong
from helpers.exercises.lesson_16.feeds import desk, is_name
from helpers.queues.broker import connect

__all__ = ["EXERCISE"]

STARTER = '''\
def audit(channel, exchange):
    """Return the name of a queue that gets all that is published to `exchange` (a fanout).

    Called at every start of the program; what came while it was not running must be in the queue.
    """
    queue = channel.queue_declare("", exclusive=True).method.queue
    channel.queue_bind(queue, exchange)
    return queue
'''
SOLUTION = """\
def audit(channel, exchange):
    channel.queue_declare("audit", durable=True)
    channel.queue_bind("audit", exchange)
    return "audit"
"""
MISSED = "Six headlines, and you had 4: what came at night is lost. "
EXCLUSIVE = f"{MISSED}An exclusive queue goes with its connection. Which kind lives on without it?"


def check(answer: Answer) -> None:
    audit = answer.function("audit", "def audit(channel, exchange):")
    with desk() as feed:

        def a_day(expected: int, *headlines: str) -> tuple[str, bool, list[str]]:
            """The program starts, headlines come, it consumes them and stops: its queue, whose, what came."""
            heard: list[str] = []
            with connect("auditor") as connection:
                channel = connection.channel()
                queue = is_name(audit(channel, feed.exchange))
                exclusive = feed.look(queue)[0] == 405
                channel.basic_consume(queue, lambda *got: heard.append(got[3].decode()), auto_ack=True)
                feed.publish(*headlines)
                deadline = time.monotonic() + 1
                while len(heard) < expected and time.monotonic() < deadline:
                    connection.process_data_events(0.02)
            return queue, exclusive, heard

        monday = a_day(2, "1", "2")
        if (count := len(monday[2])) != 2:
            raise Miss(
                f"While your program ran, 2 headlines were published, and {count} came. Is the queue bound?"
            )
        gone = feed.goes(monday[0])
        feed.publish("3", "4")
        tuesday = a_day(4, "5", "6")
        if tuesday[0] != monday[0] and not gone:
            raise Miss(
                "Each start made another queue: the old one keeps the headlines of the night, and nobody "
                "knows its name anymore."
            )
        heard = monday[2] + tuesday[2]
        if heard == ["1", "2", "5", "6"]:
            raise Miss(_why(exclusive=monday[1], gone=gone))
        if heard != ["1", "2", "3", "4", "5", "6"]:
            raise Miss(f"1 to 6 were published, and you had {', '.join(heard)}.")
        if not feed.is_durable(tuesday[0]):
            raise Miss(
                "Six of six. But the queue is not durable: when the broker restarts at night, it is gone, "
                "with all that is in it."
            )


def _why(exclusive: bool, gone: bool) -> str:
    if exclusive:
        return EXCLUSIVE
    if gone:
        return f"{MISSED}An auto-delete queue goes with its last consumer."
    return f"{MISSED}The queue was still there in the morning. What did your start do with what was in it?"


def _source(*lines: str) -> str:
    return "def audit(channel, exchange):\n" + "".join(f"    {line}\n" for line in lines)


BIND = "channel.queue_bind(queue, exchange)"
WRONG = (
    Wrong(
        _source("queue = channel.queue_declare('', durable=True).method.queue", BIND, "return queue"),
        "Each start made another queue",
    ),
    Wrong(
        _source(
            "queue = channel.queue_declare('audit', durable=True, auto_delete=True).method.queue",
            BIND,
            "return queue",
        ),
        "An auto-delete queue goes",
    ),
    Wrong(
        _source("queue = channel.queue_declare('audit').method.queue", BIND, "return queue"),
        "But the queue is not durable",
    ),
    Wrong(
        _source("return channel.queue_declare('audit', durable=True).method.queue"),
        "2 headlines were published, and 0 came",
    ),
    Wrong(
        _source(
            "queue = channel.queue_declare('audit', durable=True).method.queue",
            BIND,
            "channel.queue_purge(queue)",
            "return queue",
        ),
        "What did your start do",
    ),
)

EXERCISE = Exercise(
    name="audit",
    lesson="16",
    title="The auditor",
    starter=STARTER,
    solution=SOLUTION,
    hints=(
        "Which of the queues of experiment 6 is still there when its connection is closed?",
        "Tomorrow the program must find the same queue again. What must it know for that?",
        "Declaring and binding what is there already changes nothing, so do both at every start.",
        '`queue_declare("audit", durable=True)`, `queue_bind`, and return "audit".',
    ),
    check=check,
    starter_message=EXCLUSIVE,
    wrong=WRONG,
    passed="Two days and a night, six of six, and a restart of the broker would not change that.",
    broker=True,
)
