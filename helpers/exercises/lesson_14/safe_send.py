"""Sending to a queue, and knowing whether it is there."""

from __future__ import annotations

from helpers.exercises.brokered import named, resting, table
from helpers.exercises.exercise import Answer, Exercise, Miss, Wrong

__all__ = ["EXERCISE"]

STARTER = '''\
import pika

def safe_send(channel, queue, body):
    """Send `body` to `queue`. True if there is such a queue; else False, and nothing is sent."""
    channel.basic_publish(exchange="", routing_key=queue, body=body)
    return True
'''
SOLUTION = """\
import pika

def safe_send(channel, queue, body):
    look = channel.connection.channel()
    try:
        look.queue_declare(queue, passive=True)
    except pika.exceptions.ChannelClosedByBroker:
        return False
    look.close()
    channel.basic_publish(exchange="", routing_key=queue, body=body)
    return True
"""
ALWAYS = (
    "There was no such queue, and you said True: the message is gone. Publishing does not tell; "
    "who could you ask?"
)


def check(answer: Answer) -> None:
    safe_send = answer.function("safe_send", "def safe_send(channel, queue, body):")
    here, nowhere = named("inbox"), named("nowhere")
    with table(here) as channel:
        channel = channel.connection.channel()  # an ordinary one, without confirms
        for number, (queue, expected) in enumerate(((here, True), (nowhere, False), (here, True)), 1):
            if not channel.is_open:
                raise Miss(
                    "After a miss the caller's channel is closed: a refusal ends its channel. Look on a "
                    "channel of its own: `channel.connection.channel()`."
                )
            said = safe_send(channel, queue, b"letter")
            if said is not expected and expected:
                raise Miss(f"Send number {number} went to a queue that is there, and you returned {said!r}.")
            if said is not expected:
                made = resting(nowhere) is not None
                channel.connection.channel().queue_delete(nowhere)
                raise Miss(
                    "You said True, because you made the missing queue. Then a misspelled name gets one, too."
                    if made
                    else ALWAYS
                )
        if (count := resting(here, 2)) != 2:
            raise Miss(f"Two messages were sent to a queue that is there, and {count} rest in it.")


def _source(*lines: str) -> str:
    return "import pika\ndef safe_send(channel, queue, body):\n" + "".join(f"    {line}\n" for line in lines)


PUBLISH = 'channel.basic_publish(exchange="", routing_key=queue, body=body)'
WRONG = (
    Wrong(
        _source("try:", f"    {PUBLISH}", "    return True", "except Exception:", "    return False"),
        "Publishing does not tell",
    ),
    Wrong(
        _source(
            "try:",
            "    channel.queue_declare(queue, passive=True)",
            "except pika.exceptions.ChannelClosedByBroker:",
            "    return False",
            PUBLISH,
            "return True",
        ),
        "Look on a channel of its own",
    ),
    Wrong(
        _source("channel.queue_declare(queue)", PUBLISH, "return True"), "because you made the missing queue"
    ),
    Wrong(
        _source(
            "look = channel.connection.channel()",
            "try:",
            "    look.queue_declare(queue, passive=True)",
            "    return True",
            "except pika.exceptions.ChannelClosedByBroker:",
            "    return False",
        ),
        "and 0 rest in it",
    ),
    Wrong(
        _source(
            "channel.confirm_delivery()",
            "try:",
            "    channel.basic_publish('', queue, body)",
            "    return True",
            "except pika.exceptions.UnroutableError:",
            "    return False",
        ),
        "Publishing does not tell",
    ),
)

EXERCISE = Exercise(
    name="safe_send",
    lesson="14",
    title="Is there such a queue?",
    starter=STARTER,
    solution=SOLUTION,
    hints=(
        "Experiment 4 has a call that looks for a queue and makes none.",
        "If there is none, the channel on which you looked is closed. Whose channel must that not be?",
        "`look = channel.connection.channel()`, `look.queue_declare(queue, passive=True)` in a `try`, and "
        "`except pika.exceptions.ChannelClosedByBroker: return False`.",
    ),
    check=check,
    starter_message=ALWAYS,
    wrong=WRONG,
    passed="Between the look and the sending the queue may still go: lesson 16 has a way without that gap.",
    broker=True,
)
