"""What the predictions of lesson 14 are held against: out of sight until they are made."""

from typing import Any

__all__ = ["ANSWERS"]

DOOR = ("403 at the login", "530 at the virtual host")

ANSWERS: dict[str, dict[str, Any]] = {
    "14 resting": {
        "answer": 3,
        "replies": {0: "With nobody at its end, a socket would lose them. A queue belongs to the broker."},
    },
    "14 order": {
        "answer": ["a", "b", "c"],
        "said": "a, then b, then c",
    },
    "14 left": {
        "answer": 2,
        "replies": {
            3: "Reading a file leaves it as it is. Taking a message means that the broker may forget it."
        },
    },
    "14 asks": {
        "answer": "once",
        "replies": {
            "many times": "That would be polling, as in lesson 03. Here the broker does the calling.",
            "three times": "That is how basic_get works: a question for each message.",
            "never": "Once it must say that it wants to hear. Then never again.",
        },
    },
    "14 misspelled": {
        "answer": "the message is gone",
        "replies": {
            "an exception, now": "Publishing has no answer, so there is nothing that could be raised.",
            "an exception at the next call": "The channel stays open: to reach no queue is no error.",
            "the queue is made": "Only a declare makes a queue.",
        },
    },
    "14 door": {
        "answer": {
            "wrong password": DOOR[0],
            "unknown user": DOOR[0],
            "alex, no permission yet": DOOR[1],
            "no such virtual host": DOOR[1],
        },
        "replies": {
            (
                "alex, no permission yet",
                "connects",
            ): "Without any permission on a virtual host, nobody gets in.",
            "unknown user": "Another answer than for a wrong password would tell which names exist.",
        },
    },
    "14 inside": {
        "answer": {
            "declare alex-inbox": "allowed",
            "declare theirs": "refused",
            "receive from hello": "refused",
            "send to alex-inbox": "refused",
            "look whether hello exists": "allowed",
        },
        "replies": {
            "send to alex-inbox": "It is his queue, yes. But does he send to a queue?",
            "look whether hello exists": "To look makes nothing, puts nothing in and takes nothing out.",
        },
    },
    "14 whose": {
        "answer": 1,
        "replies": {
            0: "Nobody has asked about queues: he may write to the exchange, and it reaches all of them."
        },
    },
    "14 exceptions": {
        "answer": 0,
        "replies": {
            10: "Each was refused, and each refusal was sent. Who would have read it?",
            1: "Not even one: no program stayed long enough to read what the broker had to say.",
        },
    },
}
"""Arguments of `Prediction.check`, by the prediction's name."""
