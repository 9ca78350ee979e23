"""What the predictions of lesson 17 are held against: out of sight until they are made."""

from typing import Any

__all__ = ["ANSWERS"]

MATCH, NO = "match", "no match"

ANSWERS: dict[str, dict[str, Any]] = {
    "17 severity": {
        "answer": {"info": "desk", "error": ["errors", "desk"], "debug": [], "Error": []},
        "replies": {
            "error": "It is no letter with one address: each queue that is bound with `error` gets a copy.",
            ("debug", "desk"): "`desk` is bound with three words, and `debug` is none of them.",
            "Error": "A capital letter makes another word of it.",
        },
    },
    "17 copies": {
        "answer": 1,
        "replies": {4: "A binding is no subscription that one pays for again: the same four times is one."},
    },
    "17 patterns": {
        "answer": {
            "kern.critical": ["kern.*", "*.critical", "kern.#", "#"],
            "kern": ["kern.#", "#"],
            "cron.critical": ["*.critical", "#"],
            "kern.disk.critical": ["kern.#", "#"],
            "app.info": "#",
        },
        "replies": {
            (
                "kern.disk.critical",
                "kern.*",
            ): "A star in a file's name would go on to the end. Here it ends at the dot.",
            ("kern.disk.critical", "*.critical"): "The star would have to stand for two words, `kern.disk`.",
            ("kern", "kern.#"): "`#` is zero words or more, and here it is zero.",
            ("kern", "kern.*"): "The star needs a word, and after `kern` there is none.",
        },
    },
    "17 night": {
        "answer": 3,
        "replies": {
            4: "You counted `kern.critical` twice. The exchange counts queues, not bindings.",
            1: "Both patterns need not fit: one is enough.",
        },
    },
    "17 cards": {
        "answer": {
            "#.a / a": MATCH,
            "a.#.b / a.b": MATCH,
            "a.*.b / a.b": NO,
            "* / (empty)": NO,
            "# / (empty)": MATCH,
            "kern.* / kern.": MATCH,
            "kern.crit# / kern.critical": NO,
            "KERN.* / kern.info": NO,
        },
        "replies": {
            "#.a / a": "`#` may be no word at all, also at the front.",
            "a.#.b / a.b": "`#` may be no word at all, also in the middle.",
            "a.*.b / a.b": "A star is one word, never none.",
            "* / (empty)": "A star needs a word, and an empty key has none.",
            "# / (empty)": "No words at all is what `#` takes, too.",
            "kern.* / kern.": "What stands after the last dot is a word, though an empty one.",
            "kern.crit# / kern.critical": "Within a word, `#` is a letter like the others.",
            "KERN.* / kern.info": "Words are compared byte for byte.",
        },
    },
    "17 headers": {
        "answer": {
            "pdf": "either",
            "pdf report": ["both", "either"],
            "PDF report": "either",
            "pdf report, 3 pages": ["both", "either"],
            "bare": [],
        },
        "replies": {
            "PDF report": "Its type fits. Is that enough for `any`, or for `all`?",
            "pdf report, 3 pages": "What no binding asks for hinders nothing.",
            "bare": "`any` needs one that fits, and `all` needs two.",
        },
    },
    "17 strict": {
        "answer": 4,
        "replies": {
            1: "So it reads, and nearly everybody says so.",
            0: "You suspect that x- is special, and you are right. What is left to compare?",
        },
    },
    "17 typo": {
        "answer": 3,
        "replies": {
            0: "Nobody checks a pattern: any word is as good as another.",
            1: "Each report of `cron` meets the same wrong letter.",
            9: "The other two patterns are right, and do not know about the third.",
        },
    },
}
"""Arguments of `Prediction.check`, by the prediction's name."""
