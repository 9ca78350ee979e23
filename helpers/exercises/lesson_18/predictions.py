"""What the predictions of lesson 18 are held against: out of sight until they are made."""

from typing import Any

__all__ = ["ANSWERS"]

ANSWERS: dict[str, dict[str, Any]] = {
    "18 messages": {
        "answer": 2,
        "replies": {
            1: "One brings the question. And what brings the answer?",
            4: "The broker passes them on, and publishes nothing itself: two.",
        },
    },
    "18 queues": {
        "answer": 2,
        "replies": {
            1: "If the answer lay in `rpc`, a server would take it for a question.",
            4: "Client and server have one connection each; a queue each is not needed.",
        },
    },
    "18 one server": {
        "answer": ["slow", "fast"],
        "said": "slow, then fast",
    },
    "18 two servers": {
        "answer": ["fast", "slow"],
        "said": "fast, then slow",
    },
    "18 nobody": {
        "answer": "TimeoutError, and the request stays",
        "replies": {
            "it fails at once": "That would be a refused connection, with HTTP. A queue takes what comes.",
            "it waits for a server": "So it would, without a time-out: that is why it has one.",
            "TimeoutError, and the request is gone": "You gave up. The queue did not.",
        },
    },
    "18 late": {
        "answer": "13, 55, 89",
        "replies": {
            "55, 89, 144": "As it should be. But look at who else has an answer in that reply queue.",
            "a time-out, 55, 89": "Each call finds an answer right away. It is the wrong one.",
            "13, 89, 144": "fib(10) was asked, too, and its answer comes. Whose turn is it then?",
        },
    },
    "18 deaths": {
        "answer": {
            "dies before its answer": "1",
            "dies before its ack": "2",
            "dies, having acked first": "0",
        },
        "replies": {
            ("dies before its answer", "0"): "It was not acknowledged, so it goes back, and B takes it.",
            (
                "dies before its ack",
                "1",
            ): "The answer is out. But the broker knows about acknowledgments only.",
            ("dies, having acked first", "1"): "Acknowledged is forgotten: B finds nothing in the queue.",
        },
    },
    "18 direct": {
        "answer": 0,
        "replies": {1: "So it looks to the client, which listens as if there were one."},
    },
    "18 poison": {
        "answer": 3,
        "replies": {
            1: "The first one, yes. And where does its request go then?",
            0: "The exception leaves the callback, and `start_consuming`, and the program.",
        },
    },
    "18 broker": {
        "answer": "it raises at once",
        "replies": {
            "it raises at its time-out": "A connection that breaks is noticed. One that falls silent is not.",
            "the answer comes all the same": "Every way from the server to you leads through the broker.",
            "it returns when the broker is back": "pika does not connect again by itself.",
        },
    },
}
"""Arguments of `Prediction.check`, by the prediction's name."""
