"""What the predictions of lesson 20 are held against: out of sight until they are made."""

from typing import Any

__all__ = ["ANSWERS"]

ANSWERS: dict[str, dict[str, Any]] = {
    "20 five": {
        "answer": "b'5'",
        "replies": {
            "5": "So it would be in a dictionary. Here it has to travel, as bytes.",
            "'5'": "Nearly. It went out as text and came back as what travels: bytes.",
            "an exception": "It would be kinder. The library calls `str` on it instead.",
        },
    },
    "20 add": {
        "answer": "True",
        "replies": {
            "False": "That is what the server would say, if it were asked for an answer.",
            "None": "It does not know, so None would be honest. It says something else.",
        },
    },
    "20 two likes": {
        "answer": 11,
        "replies": {12: "So it would be if Bob had looked after Ann's write. Both looked before."},
    },
    "20 one second": {
        "answer": 0.3,
        "tolerance": 0.15,
        "said": "about 0.3 s here, and it can be nearly nothing",
        "replies": {1: "That is the longest. Whose second is it, though: the key's or the clock's?"},
    },
    "20 room": {
        "answer": 3500,
        "tolerance": 350,
        "said": "about 3,500",
        "replies": {
            4000: "2 MB divided by 500 bytes, yes. But key and notes lie with each value.",
            10000: "That would be 5 MB. The limit is strict.",
        },
    },
    "20 read once": {
        "answer": "none",
        "replies": {
            "all hundred": "By the famous rule they would be. So this can't be the rule.",
            "about half": "It isn't a matter of luck: every run is the same.",
        },
    },
    "20 read twice": {
        "answer": "all hundred",
        "replies": {"none": "Once is not enough. Twice is."},
    },
    "20 large ones": {
        "answer": 184,
        "tolerance": 20,
        "said": "184, as many as fit into 1 MB",
        "replies": {
            800: "4 MB divided by 5,000 bytes. But whose are the 4 MB?",
            1000: "They would need 5 MB.",
        },
    },
    "20 fifth node": {
        "answer": 809,
        "tolerance": 50,
        "replies": {
            200: "That would be the new node's fair share. The remainder changes for the others, too.",
            250: "A quarter? Each key's remainder is worked out anew, with another number.",
            1000: "Some remainders happen to be the same, by 4 and by 5.",
        },
    },
    "20 one dies": {
        "answer": 248,
        "tolerance": 40,
        "replies": {
            750: "That many are still there, on three healthy nodes. Where does the client look for them?",
            0: "Some remainders happen to be the same, by 4 and by 3.",
        },
    },
}
"""Arguments of `Prediction.check`, by the prediction's name."""
