"""What the predictions of lesson 05 are held against: out of sight until they are made."""

from typing import Any

__all__ = ["ANSWERS"]

ANSWERS: dict[str, dict[str, Any]] = {
    "05 writable": {
        "answer": 3,
        "replies": {
            0: "Writable doesn't mean that somebody wants to write: it means that there is room.",
            1: "Being sent something makes b readable. Room to write is there in all three.",
            2: "b has room too: what came in lies in another buffer than what goes out.",
        },
    },
    "05 newcomer": {
        "answer": "readable",
        "replies": {"exceptional": "It feels special, and is the most ordinary event that a server has."},
    },
    "05 three sends": {
        "answer": 1,
        "replies": {
            3: "Three sends, but the stream has no borders: what lies together is read together.",
            0: "The server is late, and it answers as soon as it runs again.",
        },
    },
    "05 idle turns": {
        "answer": "thousands",
        "replies": {"about 30": "Nothing makes the loop pause for a hundredth of a second."},
    },
    "05 leaves at once": {
        "answer": "it dies with a KeyError",
        "replies": {
            "the answer is lost, the server lives": "The answer is lost, yes: nobody lives to send it.",
            "it dies with a ConnectionResetError": "It can die of that, too: that client comes next.",
        },
    },
    "05 descriptors": {
        "answer": 1,
        "replies": {
            50: "So everybody says. Nobody closed them, and yet they are closed: who did it?",
            0: "Nearly. One is still held, by a name that nobody thinks of.",
        },
    },
    "05 long answer": {"answer": "a part of it"},
    "05 exceptional": {"answer": "readable"},
    "05 wall": {
        "answer": "none",
        "replies": {
            "all who were there before": "They have sockets that work, and nobody anymore who serves them.",
        },
    },
}
"""Arguments of `Prediction.check`, by the prediction's name."""
