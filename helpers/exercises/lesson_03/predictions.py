"""What the predictions of lesson 03 are held against: out of sight until they are made."""

from typing import Any

__all__ = ["ANSWERS"]

LATE = "after the first handler has done its work"

ANSWERS: dict[str, dict[str, Any]] = {
    "03 asking": {
        "answer": 100,
        "tolerance": 15,
        "said": "100 %, or as much of a core as the others leave it",
        "replies": {
            10: "One look is cheap indeed. But nothing limits how many there are.",
            1: "One look is cheap indeed. But nothing limits how many there are.",
        },
    },
    "03 neighbor": {
        "answer": "a few milliseconds later",
        "replies": {
            "as quickly as before": "The listener has its key, and no turn: lesson 01 called that *ready*."
        },
    },
    "03 napping": {
        "answer": 1,
        "replies": {
            5: "Each click that lies between two looks is over before anybody looks.",
            2: "Look at the picture: how many of the thin lines go through a click?",
        },
    },
    "03 deaf": {
        "answer": 0.8,
        "tolerance": 0.1,
        "replies": {0.2: "It was pressed then. But the program stood at the mouse, until 0.8 s."},
    },
    "03 in turn": {
        "answer": 90,
        "tolerance": 15,
        "replies": {10: "Its own turn is 10 ms. But nine others have theirs first."},
    },
    "03 queue": {
        "answer": 0.2,
        "tolerance": 0.05,
        "replies": {0.8: "So it was when the program stood at the mouse. Now it stands at the queue."},
    },
    "03 queue cost": {"answer": "under 5 %"},
    "03 real clicks": {
        "answer": "that depends on where the notebook is open",
        "replies": {
            "at once": "In JupyterLab that is what you see. Elsewhere it waits until the cell has ended.",
            "when the cell has ended": "In many places it is so. In JupyterLab you see it at once.",
        },
    },
    "03 register": {"answer": ["wrote a", "counted", "drawn"]},
    "03 forgot": {
        "answer": LATE,
        "replies": {
            "at its class statement": "Nobody looks at a class before `execute` is called on its object.",
            "when it is registered": "A list takes whatever it is given, and looks at nothing.",
        },
    },
    "03 forgot abc": {
        "answer": LATE,
        "replies": {
            "at its class statement": "`abc` looks when an *object* is made. A class statement makes none.",
            "when it is registered": "`abc` looks when an *object* is made. The list holds the class.",
        },
    },
    "03 bad handler": {
        "answer": 2,
        "replies": {5: "Five were good. But the exception ended the loop, and nobody took the rest."},
    },
    "03 slow handler": {
        "answer": 0.5,
        "tolerance": 0.1,
        "replies": {0.1: "It was in the queue then. But the only one who could handle it was busy with a."},
    },
}
"""Arguments of `Prediction.check`, by the prediction's name."""
