"""Publishing, and knowing whether any queue got it."""

from __future__ import annotations

from typing import Any

from pika.exceptions import ChannelClosedByBroker, UnroutableError

from helpers.exercises.brokered import named
from helpers.exercises.exercise import Answer, Exercise, Miss, Wrong
from helpers.exercises.lesson_16.feeds import desk
from helpers.queues.broker import connect

__all__ = ["EXERCISE"]

STARTER = '''\
import pika

def send_or_tell(channel, exchange, body):
    """Publish `body` to `exchange`. True if at least one queue got it, False if none did.

    An exchange that is not there is a mistake of the caller: let pika's exception out.
    """
    channel.basic_publish(exchange=exchange, routing_key="", body=body)
    return True
'''
SOLUTION = """\
import pika

def send_or_tell(channel, exchange, body):
    channel.confirm_delivery()
    try:
        channel.basic_publish(exchange, "", body, mandatory=True)
    except pika.exceptions.UnroutableError:
        return False
    return True
"""
ALWAYS = (
    "Nobody was bound, and you said True. Ask for the message back if no queue wants it: which flag is that?"
)


def check(answer: Answer) -> None:
    send_or_tell = answer.function("send_or_tell", "def send_or_tell(channel, exchange, body):")
    with desk() as feed, connect("sender") as connection:
        channel = connection.channel()
        returned: list[int] = []
        channel.add_on_return_callback(lambda channel, method, *_: returned.append(method.reply_code))
        _nobody(send_or_tell(channel, feed.exchange, "anybody?"), channel, feed.exchange, returned)

        queue = named("reader")
        feed.channel.queue_declare(queue, exclusive=True)
        feed.channel.queue_bind(queue, feed.exchange)
        channel = connection.channel()
        if (said := send_or_tell(channel, feed.exchange, "hello")) is not True:
            raise Miss(f"A queue was bound, and you returned {said!r:.40}. Return True when one has it.")
        count = feed.channel.queue_declare(queue, passive=True).method.message_count
        if count != 1:
            raise Miss(f"You were to send one message, and {count} rest in the queue that is bound.")
        _no_exchange(send_or_tell, connection.channel())


def _nobody(said: Any, channel: Any, exchange: str, returned: list[int]) -> None:
    if said is False:
        return
    if said is not True:
        raise Miss(f"Nobody was bound, and you returned {said!r:.40}. Return False then.")
    channel.connection.process_data_events(0.5)
    if returned:
        raise Miss(
            "You said True, and a moment later the message came back (312). You did not wait for it. What "
            "makes `basic_publish` wait?"
        )
    if not channel.is_open:
        raise Miss(ALWAYS)
    try:
        channel.basic_publish(exchange, "", "is this channel in confirm mode?", mandatory=True)
    except UnroutableError:
        raise Miss(
            "Nobody was bound, and you said True: a confirm says that the broker has dealt with it, also by "
            "throwing it away."
        ) from None
    raise Miss(ALWAYS)


def _no_exchange(send_or_tell: Any, channel: Any) -> None:
    try:
        said = send_or_tell(channel, named("nowhere"), "hello")
    except ChannelClosedByBroker as error:
        if error.reply_code == 404:
            return
        raise
    raise Miss(
        f"There was no such exchange at all, and you returned {said!r:.40}. That is a mistake and no answer: "
        "let the exception (404) out."
    )


def _source(*lines: str) -> str:
    body = "".join(f"    {line}\n" for line in lines)
    return f"import pika\ndef send_or_tell(channel, exchange, body):\n{body}"


MANDATORY = "channel.basic_publish(exchange, '', body, mandatory=True)"
WRONG = (
    Wrong(
        _source("channel.confirm_delivery()", "channel.basic_publish(exchange, '', body)", "return True"),
        "a confirm says that the broker has dealt with it",
    ),
    Wrong(_source(MANDATORY, "return True"), "You did not wait for it"),
    Wrong(
        _source(
            "channel.confirm_delivery()",
            "try:",
            f"    {MANDATORY}",
            "    return True",
            "except Exception:",
            "    return False",
        ),
        "There was no such exchange at all",
    ),
    Wrong(
        _source(
            "channel.confirm_delivery()",
            "try:",
            f"    {MANDATORY}",
            "except pika.exceptions.UnroutableError:",
            "    return False",
        ),
        "Return True when one has it",
    ),
)

EXERCISE = Exercise(
    name="send_or_tell",
    lesson="16",
    title="Send, or tell",
    starter=STARTER,
    solution=SOLUTION,
    hints=(
        "Experiment 3 has four ways to publish. In which one does the desk know at once?",
        "`mandatory` asks for the message back; confirms make `basic_publish` wait for what the broker says.",
        "Catch `pika.exceptions.UnroutableError` and nothing else.",
    ),
    check=check,
    starter_message=ALWAYS,
    wrong=WRONG,
    passed="True, False, and an exception for what is a mistake: three answers to three cases.",
    broker=True,
)
