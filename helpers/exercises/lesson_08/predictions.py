"""What the predictions of lesson 08 are held against: out of sight until they are made."""

from typing import Any

__all__ = ["ANSWERS"]

ANSWERS: dict[str, dict[str, Any]] = {
    "08 ping pong": {
        "answer": 5,
        "replies": {6: "Six are written down. But who switches back to pong for its third?"},
    },
    "08 hub order": {
        "answer": "a1 b1 c1 a2 b2 c2",
        "replies": {
            "a1 a2 b1 b2 c1 c2": "sleep(0) says *others first*, and two others were in the queue.",
            "nobody can know": "Of threads, yes. Greenlets switch only where they wait, and take turns.",
        },
    },
    "08 three pages": {
        "answer": 0.9,
        "tolerance": 0.15,
        "replies": {0.3: "That is what spawn promises. But urlopen stops the thread that they all share."},
    },
    "08 left alone": {
        "answer": "open and input",
        "replies": {
            "none of the five": "A file counts as ready at any time, however slow it is.",
            "open, input and the start of a thread": "Threads are replaced, too: they become greenlets.",
        },
    },
    "08 hundred clients": {"answer": 1000},
    "08 wrong socket": {
        "answer": 0,
        "replies": {
            3: "Three greenlets were spawned. Who would have given them their turn?",
            1: "Not even one: they run when the cell waits *in gevent*, and this accept isn't gevent's.",
        },
    },
    "08 ten thousand": {"answer": "about 10 kB"},
    "08 second tick": {
        "answer": 0.65,
        "tolerance": 0.1,
        "replies": {0.2: "It would be, if anybody could interrupt the hog. Between greenlets nobody can."},
    },
    "08 forgotten break": {
        "answer": "never again",
        "replies": {
            "more slowly: it shares the thread with a useless loop": (
                "So it is with threads. A greenlet shares when it waits, and this one never waits again."
            ),
            "as before: the one who left has no more to say": (
                "It has nothing to say, and its handler hears that, at once, again and again."
            ),
        },
    },
    "08 tutorial": {
        "answer": "by an exception",
        "replies": {"cleanly": "There is no way out of that loop but an exception."},
    },
}
"""Arguments of `Prediction.check`, by the prediction's name."""
