"""What the predictions of lesson 16 are held against: out of sight until they are made."""

from typing import Any

__all__ = ["ANSWERS"]

THERE, GONE = "still there", "gone"

ANSWERS: dict[str, dict[str, Any]] = {
    "16 shared": {
        "answer": 3,
        "replies": {6: "Each message in a queue goes to one consumer: that is what a queue is for."},
    },
    "16 copied": {
        "answer": 6,
        "replies": {3: "They would share if they read from one queue. Here each has a queue with all of it."},
    },
    "16 late": {
        "answer": 3,
        "replies": {
            6: "Where should 1 to 3 have been kept? Each copy was in a queue, and C had none yet.",
            0: "A binding holds from the moment at which it is made.",
        },
    },
    "16 unheard": {
        "answer": "gone without a word",
        "replies": {
            "an exception in the desk": "To reach no queue is no error, unless you say that it is.",
            "kept until somebody binds": "Where? Only queues keep messages, and there was none.",
        },
    },
    "16 ways": {
        "answer": {
            "neither": "nothing",
            "confirms": "nothing",
            "mandatory": "the message comes back, later",
            "both": "an exception, now",
        },
        "replies": {
            "confirms": "A confirm says that the broker has dealt with it. It has: by throwing it away.",
            ("mandatory", "an exception, now"): "Nobody waits for an answer there, so nothing can be raised.",
            "both": "Waiting for the confirm, pika also reads what comes back before it.",
        },
    },
    "16 stranger": {
        "answer": {
            "receive from it": "refused",
            "look for it (passive declare)": "refused",
            "send to it": "allowed",
        },
        "replies": {
            "send to it": "One never sends to a queue. Did anybody ask the exchange about owners?",
            "look for it (passive declare)": "Even a look is refused: the queue is there for its owner only.",
        },
    },
    "16 away": {
        "answer": "1 to 3 and 7 to 9",
        "replies": {
            "1 to 9": "A queue keeps messages as long as it exists. Whose was it, and where was its owner?",
            "1 to 9, some of them twice": "Nothing was given back: what it had heard, it had acknowledged.",
            "only 1 to 3": "It did come back, and bound a queue. Look at that queue's name.",
        },
    },
    "16 lives": {
        "answer": {
            "exclusive; its channel closes": THERE,
            "exclusive; its connection closes": GONE,
            "auto-delete; its only consumer leaves": GONE,
            "auto-delete, never a consumer; its connection closes": THERE,
            "durable, with a name; its connection closes": THERE,
        },
        "replies": {
            "auto-delete, never a consumer; its connection closes": (
                "It goes when its last consumer leaves. Which consumer would that have been?"
            ),
            "exclusive; its channel closes": "Its owner is the connection, and that is still open.",
        },
    },
    "16 chained": {
        "answer": 1,
        "replies": {
            0: "fans is not bound to news, but sport is, and fans to sport.",
            2: "One way leads from news to fans, and one copy comes along it.",
        },
    },
    "16 killed": {
        "answer": 3,
        "replies": {
            0: "They had arrived in a queue. But the exclusive one goes with its connection.",
            6: "The diary belongs to nobody, so nobody's death touches it.",
        },
    },
    "16 bounded": {
        "answer": "3, 4, 5",
        "replies": {
            "1, 2, 3": "A full queue drops at its front: the oldest goes, and the newest stays.",
            "1, 2, 3, and the desk gets an exception for 4": (
                "One can ask for that (x-overflow, lesson 19). Without asking, the oldest is dropped."
            ),
        },
    },
}
"""Arguments of `Prediction.check`, by the prediction's name."""
