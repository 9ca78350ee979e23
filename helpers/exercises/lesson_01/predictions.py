"""What the predictions of lesson 01 are held against: out of sight until they are made."""

from typing import Any

__all__ = ["ANSWERS"]

ANSWERS: dict[str, dict[str, Any]] = {
    "01 one by one": {
        "answer": 0.9,
        "tolerance": 0.1,
        "replies": {0.3: "Each answer takes 0.3 s, but B's question isn't even sent until A is answered."},
    },
    "01 three threads": {
        "answer": 0.3,
        "tolerance": 0.1,
        "replies": {
            0.1: "A third of 0.3? Each answer still takes its 0.3 s; the waits only overlap.",
            0.9: "So it would be if a waiting thread kept the others from waiting. It doesn't.",
        },
    },
    "01 three threads compute": {
        "answer": 0.9,
        "tolerance": 0.15,
        "replies": {
            0.3: "So it was a minute ago. Look at the picture: how many lanes are solid at the same time?",
            0.45: "You counted two cores. Look at the picture: how many lanes are solid at the same time?",
        },
    },
    "01 ready share": {"answer": "about half"},
    "01 three processes": {"answer": "0.9 s divided by the cores (at most 3), plus the start"},
    "01 start costs": {"answer": ["task", "thread", "process"]},
    "01 event loop": {
        "answer": 0.3,
        "tolerance": 0.1,
        "replies": {0.9: "One thread, so one after another? Not if each task gives it back while it waits."},
    },
    "01 mixed loop": {"answer": 0.4, "tolerance": 0.1},
    "01 mixed threads": {
        "answer": 0.6,
        "tolerance": 0.1,
        "replies": {0.4: "A shares its computing time with B and C, so its question goes out late."},
    },
    "01 greenlets": {"answer": "the event loop"},
    "01 frozen loop": {
        "answer": 0.5,
        "tolerance": 0.1,
        "replies": {0.1: "Its answer was there by then, but the thread that should read it was stuck in C."},
    },
}
"""Arguments of `Prediction.check`, by the prediction's name."""
