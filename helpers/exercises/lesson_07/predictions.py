"""What the predictions of lesson 07 are held against: out of sight until they are made."""

from typing import Any

__all__ = ["ANSWERS"]

ANSWERS: dict[str, dict[str, Any]] = {
    "07 order": {
        "answer": "nobody promises",
        "replies": {
            "by registration: a, b, c": "Some selectors do it so, and others don't.",
            "by arrival: b, c, a": "Some selectors do it so, and others don't.",
        },
    },
    "07 who suffers": {
        "answer": "everybody",
        "replies": {
            "nobody: TCP slows it down": "So it would, if the server stopped reading. It reads on.",
            "the greedy client": "It was its fault, but the loop is everybody's.",
        },
    },
    "07 held": {
        "answer": "10 MB or more",
        "replies": {"some kB: one piece": "One piece at a time is read, and each piece is kept."},
    },
    "07 generator": {
        "answer": "nothing",
        "replies": {"up to the first yield": "It gets there with the first `send`."},
    },
    "07 two users": {
        "answer": "yes",
        "replies": {
            "no: he waits for Ada": "Ada's generator stands still, and the loop doesn't.",
            "no: his name overwrites hers": "Each call has variables of its own, also while it stands still.",
        },
    },
    "07 three naps": {
        "answer": 0.3,
        "tolerance": 0.1,
        "replies": {0.9: "That would be one after another. All three lie in the heap at once."},
    },
    "07 lines to change": {
        "answer": "none",
        "replies": {"about five": "A coroutine has the same `send` as a generator: the loop can't tell."},
    },
    "07 await nap": {
        "answer": "a RuntimeError",
        "replies": {"10, after 0.3 s": "It is a coroutine. But who reads its letters?"},
    },
    "07 cost": {
        "answer": "much the same",
        "replies": {
            "ten times as much, or more": "Much of an echo is the operating system's, whoever calls it.",
            "a tenth, or less": "It leaves out much, but its letters cost calls of the operating system.",
        },
    },
    "07 reset": {
        "answer": 0,
        "replies": {
            9: "So it should be. But the exception of one task leaves `run`, and `run` is everybody."
        },
    },
}
"""Arguments of `Prediction.check`, by the prediction's name."""
