"""Headers on a message, of the right names and types, so that bindings find them."""

from __future__ import annotations

from helpers.exercises.brokered import named, resting, table
from helpers.exercises.exercise import Answer, Exercise, Miss, Wrong

__all__ = ["EXERCISE"]

STARTER = '''\
def send_document(channel, exchange, format, pages, body):
    """Publish `body` so that bindings find its headers `format` (a str) and `pages` (an int)."""
    channel.basic_publish(exchange, routing_key=format, body=body)
'''
SOLUTION = """\
import pika

def send_document(channel, exchange, format, pages, body):
    labels = pika.BasicProperties(headers={"format": format, "pages": pages})
    channel.basic_publish(exchange, routing_key="", body=body, properties=labels)
"""
KEY = "No queue got the document: a headers exchange does not read the routing key. What does it read?"


def check(answer: Answer) -> None:
    send_document = answer.function("send_document", "def send_document(channel, exchange, format, ")
    pdf, single, marked, every = (named(word) for word in ("pdf", "single", "marked", "every"))
    exchange = named("documents")
    with table(pdf, single, marked, every) as channel:
        channel.exchange_declare(exchange, "headers", auto_delete=True)
        channel.queue_bind(every, exchange, arguments={"x-match": "all"})
        channel.queue_bind(pdf, exchange, arguments={"format": "pdf"})
        channel.queue_bind(single, exchange, arguments={"x-match": "all", "format": "pdf", "pages": 1})
        channel.queue_bind(marked, exchange, arguments={"x-match": "any-with-x", "x-format": None})
        send_document(channel, exchange, "pdf", 1, b"one")
        sent = channel.basic_get(every, auto_ack=True)
        if sent[0] is None:
            raise Miss("Nothing has come to the exchange. Publish to `exchange`, with `channel`.")
        if sent[2] != b"one":
            raise Miss(f"The body was to be b'one', and {sent[2]!r:.40} came.")
        _look(channel, pdf, single, marked, sent[1].headers or {})
        send_document(channel, exchange, "png", 1, b"two")
        send_document(channel, exchange, "pdf", 3, b"three")
        for queue, what, most in (
            (pdf, "two are pdf", 2),
            (single, "one is a pdf of one page", 1),
        ):
            if (count := resting(queue, most)) != most:
                raise Miss(f"Of three documents {what}; the queue for them got {count}.")


def _look(channel: object, pdf: str, single: str, marked: str, headers: dict[str, object]) -> None:
    found = {queue: resting(queue) for queue in (pdf, single, marked)}
    if found[marked] and not found[pdf]:
        raise Miss("No queue got it: names that begin with `x-` are not compared. Call the header `format`.")
    if not headers:
        raise Miss(KEY)
    if not found[pdf]:
        raise Miss(f"The queue for `format: 'pdf'` did not get it. Its headers were {headers!r:.90}.")
    if not found[single] and isinstance(headers.get("pages"), str):
        raise Miss("The queue for `pages: 1` did not get it: you sent the text '1', and that is no number.")
    if not found[single]:
        raise Miss(f"The queue for `pages: 1` did not get it. Its headers were {headers!r:.90}.")


def _source(*lines: str) -> str:
    body = "".join(f"    {line}\n" for line in lines)
    return f"import pika\ndef send_document(channel, exchange, format, pages, body):\n{body}"


WRONG = (
    Wrong(
        _source(
            "headers = {'format': format, 'pages': pages}",
            "channel.basic_publish(exchange, '', body, headers=headers)",
        ),
        "unexpected keyword argument 'headers'",
    ),
    Wrong(
        _source(
            "labels = pika.BasicProperties(headers={'format': format, 'pages': str(pages)})",
            "channel.basic_publish(exchange, '', body, labels)",
        ),
        "that is no number",
    ),
    Wrong(
        _source(
            "labels = pika.BasicProperties(headers={'x-format': format, 'x-pages': pages})",
            "channel.basic_publish(exchange, '', body, labels)",
        ),
        "names that begin with `x-` are not compared",
    ),
    Wrong(
        _source(
            "labels = pika.BasicProperties(headers={'format': 'pdf', 'pages': 1})",
            "channel.basic_publish(exchange, '', body, labels)",
        ),
        "Of three documents two are pdf",
    ),
)

EXERCISE = Exercise(
    name="send_document",
    lesson="17",
    title="Labels on a document",
    starter=STARTER,
    solution=SOLUTION,
    hints=(
        "Besides the body and the routing key, a message carries properties.",
        "`basic_publish` takes `properties=`, an object of the class `pika.BasicProperties`.",
        "`pika.BasicProperties(headers={…})`: give the values as they come, without `str`.",
    ),
    check=check,
    starter_message=KEY,
    wrong=WRONG,
    passed="The bindings found what they asked for, and nothing else.",
    broker=True,
)
