"""Sending so that not even a killed broker loses it, and hearing of it if the broker does not take it."""

from __future__ import annotations

from pika.exceptions import ChannelClosedByBroker, NackError

from helpers.exercises.brokered import named, refusal, resting, table
from helpers.exercises.exercise import Answer, Exercise, Miss, Wrong
from helpers.queues.broker import connect

__all__ = ["EXERCISE"]

STARTER = '''\
import pika

def send_for_good(channel, queue, body, arguments=None):
    """Declare `queue` with these `arguments`, and send `body` to it.

    When it returns, a kill -9 of the broker loses nothing. It raises if the broker does not take the message.
    """
    channel.queue_declare(queue, arguments=arguments)
    channel.basic_publish(exchange="", routing_key=queue, body=body)
'''
SOLUTION = """\
import pika

def send_for_good(channel, queue, body, arguments=None):
    channel.queue_declare(queue, durable=True, arguments=arguments)
    channel.confirm_delivery()
    persistent = pika.BasicProperties(delivery_mode=2)
    channel.basic_publish(exchange="", routing_key=queue, body=body, properties=persistent)
"""
PLAIN = "After a restart of the broker there is no such queue, and so no message: the queue is not durable."
FULL = {"x-max-length": 1, "x-overflow": "reject-publish"}


def check(answer: Answer) -> None:
    send_for_good = answer.function(
        "send_for_good", "def send_for_good(channel, queue, body, arguments=None):"
    )
    queue = named("for-good")
    with connect("check") as connection, table() as own:
        try:
            # A queue that takes one message, and says no to more.
            send_for_good(connection.channel(), queue, b"one", FULL)
            if resting(queue, 1) != 1:
                raise Miss(f"You sent one message, and {resting(queue) or 0} rest in the queue.")
            look = own.connection.channel()
            if refusal(lambda: look.queue_declare(queue, durable=True, arguments=FULL)):
                raise Miss(PLAIN)
            refused = _second(send_for_good, connection.channel(), queue)
            _, properties, body = own.basic_get(queue, auto_ack=True)
            if body != b"one":
                raise Miss("After a second call the first message is gone. Leave the queue as it is.")
            if properties.delivery_mode != 2:
                raise Miss("After a restart the queue is there, and empty: the message is not persistent.")
            if not refused:
                raise Miss(
                    "The queue was full, the broker refused the next message, and you returned as if it had "
                    "taken it. Who told you? Ask for confirms."
                )
        finally:
            own.queue_delete(queue)


def _second(send_for_good: object, channel: object, queue: str) -> bool:
    """Whether a message for a full queue made it raise."""
    assert callable(send_for_good)
    try:
        send_for_good(channel, queue, b"two", FULL)
    except NackError:
        return True
    except ChannelClosedByBroker as error:
        raise Miss(f"The second call was refused with {error.reply_code}: declare it twice alike.") from None
    return False


def _source(*lines: str) -> str:
    return (
        "import pika\n"
        "persistent = pika.BasicProperties(delivery_mode=2)\n"
        "def send_for_good(channel, queue, body, arguments=None):\n"
        + "".join(f"    {line}\n" for line in lines)
    )


DURABLE = "channel.queue_declare(queue, durable=True, arguments=arguments)"
WRONG = (
    Wrong(
        _source(DURABLE, "channel.confirm_delivery()", "channel.basic_publish('', queue, body)"),
        "the message is not persistent",
    ),
    Wrong(
        _source(
            "channel.queue_declare(queue, arguments=arguments)",
            "channel.confirm_delivery()",
            "channel.basic_publish('', queue, body, persistent)",
        ),
        "the queue is not durable",
    ),
    Wrong(
        _source(DURABLE, "channel.basic_publish('', queue, body, persistent)"),
        "Ask for confirms",
    ),
    Wrong(
        _source(
            "channel.queue_delete(queue)",
            DURABLE,
            "channel.confirm_delivery()",
            "channel.basic_publish('', queue, body, persistent)",
        ),
        "the first message is gone",
    ),
)

EXERCISE = Exercise(
    name="send_for_good",
    lesson="15",
    title="So that nothing is lost",
    starter=STARTER,
    solution=SOLUTION,
    hints=(
        "Three things are needed: one of the queue, one of the message, one of the channel.",
        "The queue must be durable, the message persistent, and you must wait until the broker has it.",
        "`durable=True`, `pika.BasicProperties(delivery_mode=2)`, and `channel.confirm_delivery()` before "
        "`basic_publish`.",
    ),
    check=check,
    starter_message=PLAIN,
    wrong=WRONG,
    passed="Durable, persistent, confirmed; and a full queue was heard of.",
    broker=True,
)
