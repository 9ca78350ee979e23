"""What the predictions of lesson 02 are held against: out of sight until they are made."""

from typing import Any

__all__ = ["ANSWERS"]

ANSWERS: dict[str, dict[str, Any]] = {
    "02 one clerk": {
        "answer": 0.9,
        "tolerance": 0.15,
        "replies": {
            0.3: "The thinking costs the server nothing, but while it waits for one it hears no other."
        },
    },
    "02 waiting room": {"answer": "about 5", "said": "about 5: on Linux one more than the backlog"},
    "02 three servers": {"answer": "all three take about 0.3 s"},
    "02 memory": {"answer": ["loop", "thread", "process"]},
    "02 process to thread": {"answer": "ten times as much, or more"},
    "02 counter": {
        "answer": 5,
        "replies": {
            20: "Twenty visits were counted, but not by one counter: every process has a copy of its own.",
            1: "Each child counts for its own client, who comes five times.",
        },
    },
    "02 slow counter": {
        "answer": 5,
        "tolerance": 2,
        "replies": {20: "So it would be if nobody could look while another waits. Threads can."},
    },
    "02 two locks": {
        "answer": 0,
        "replies": {1: "The faster one? Each waits for what the other holds, and neither lets go."},
    },
    "02 one computes": {"answer": "the whole half second"},
    "02 raises": {"answer": "the loop"},
    "02 dies": {"answer": "the thread server and the loop"},
    "02 zombies": {"answer": 20, "replies": {0: "The children have ended, but nobody has asked how."}},
}
"""Arguments of `Prediction.check`, by the prediction's name."""
