"""What the predictions of lesson 22 are held against: out of sight until they are made."""

from itertools import product
from typing import Any

__all__ = ["ANSWERS"]

RACE = [
    [*counting, "textbook LRU", *dice]
    for counting, dice in product(
        (["memcached", "Redis LFU"], ["Redis LFU", "memcached"]),
        (["Redis LRU", "Redis dice"], ["Redis dice", "Redis LRU"]),
    )
]
"""Within a group the order changes from run to run."""

FEW, WAIT, OLD = (
    "one call for each expiry",
    "some wait for the source",
    "some get a page past its TTL",
)

ANSWERS: dict[str, dict[str, Any]] = {
    "22 views": {
        "answer": 1.0,
        "tolerance": 0.3,
        "replies": {
            10: "That is without a cache: 100 calls of 0.1 s each.",
            0.1: "Ten different pages are ten misses, one after another.",
            0.5: "Two are served at a time, but only if two ask at a time. You view one page after another.",
        },
    },
    "22 a tenth": {
        "answer": 0.58,
        "tolerance": 0.1,
        "replies": {
            0.1: "That is the share of the pages. They are not asked for equally often.",
            0.3: "More than that: the 20 most popular pages alone get nearly half of the requests.",
            0.9: "Every second request or so goes to a page that few ask for.",
        },
    },
    "22 race": {
        "answer": RACE[0],
        "also": RACE[1:],
        "said": "memcached and Redis LFU, then the textbook LRU, then Redis LRU and dice",
    },
    "22 old price": {
        "answer": 0.5,
        "tolerance": 0.15,
        "replies": {
            0: "Nobody tells the cache that the price has changed.",
            1: "The TTL counts from when it was stored, and that was half a second.",
        },
    },
    "22 wrong for": {
        "answer": "forever",
        "replies": {
            "never": "The reader reads the old price, and only then come the change and the deletion.",
            "for a few milliseconds": "The change and the deletion take that long. But who stores last?",
            "until somebody reads it": "A reader finds a price in the cache, and is content with it.",
        },
    },
    "22 watched": {
        "answer": "stored",
        "replies": {"refused": "What was missing before is missing after: what should it have noticed?"},
    },
    "22 writes": {
        "answer": ["write-behind", "cache-aside", "write-through"],
        "also": [["write-behind", "write-through", "cache-aside"]],
        "said": "write-behind, and then the two others, which are alike",
    },
    "22 calls": {
        "answer": 10,
        "replies": {
            1: "That is what one wishes for. But who should tell the nine that somebody is asking already?",
            2: "Two are served at a time. The others stand in line, and are served, too.",
            5: "It is asked two by two, five times: ten calls.",
        },
    },
    "22 last": {
        "answer": 0.5,
        "tolerance": 0.1,
        "replies": {
            0.1: "So it would be if the source could serve all ten at a time.",
            1: "One after another would take 1 s. Two at a time are served.",
        },
    },
    "22 with a lock": {
        "answer": "10 calls, 1 s",
        "replies": {
            "1 call, 0.1 s": "That would be a cure. What do the nine do when they get the lock?",
            "1 call, 1 s": "Each one who gets the lock goes on with the next line, and that asks the source.",
            "10 calls, 0.5 s": "Two at a time are served, if two ask at a time. The lock lets one ask.",
        },
    },
    "22 gets in": {
        "answer": "C gets in, beside B",
        "replies": {
            "C waits for B": "B's lock is a key, and A has deleted that key.",
            "A's delete raises an error": "`delete` takes a name and asks nobody whose it is.",
        },
    },
    "22 expiry": {
        "answer": 20,
        "tolerance": 4,
        "replies": {
            1: "The first one asks, and until its answer is in the cache, everybody else misses, too.",
            2: "Two are served at a time, but how many have missed?",
            40: "200 a second, for 0.1 s: that is how many miss before the first answer is there.",
        },
    },
    "22 cures": {
        "answer": {
            "single flight": [FEW, WAIT],
            "lock in Redis": [FEW, WAIT],
            "early": [WAIT],
            "stale": [FEW, OLD],
        },
        "replies": {
            ("single flight", WAIT): "One asks. Whoever comes meanwhile has no page, and awaits the answer.",
            ("lock in Redis", WAIT): "Who does not get the lock waits for the one who has it.",
            ("early", FEW): "While one fetches, others throw dice, too, and nobody tells them of each other.",
            ("early", WAIT): "Who draws the lot asks the source, and waits for its answer.",
            ("early", OLD): "It is fetched before its TTL ends: that is what *early* means.",
            ("stale", WAIT): "The old page is there, and is served, while a task fetches the new one.",
            ("stale", OLD): "While the new page is fetched, everybody gets the old one.",
        },
    },
    "22 closed": {
        "answer": "less often",
        "replies": {
            "as often as the good one": "Who waits for an answer for a second sends nothing in that second.",
            "more often": "It asks the *source* more often. But how often can a client ask who waits?",
        },
    },
    "22 nobody": {
        "answer": 100,
        "replies": {
            1: "`None` is not stored: what would distinguish it from a miss?",
            0: "The cache does not know who is not there. Only the source knows.",
        },
    },
    "22 who is stale": {
        "answer": "B",
        "replies": {
            "nobody": "Each process has a dictionary of its own, and nobody else can see into it.",
            "A": "A has set its own dictionary.",
            "both": "A has set its own dictionary, so A knows.",
        },
    },
    "22 in the shop": {
        "answer": 40,
        "replies": {
            50: "\u201cok\u201d was said when it was in the cache. It goes to the shop twenty at a time.",
            0: "Twenty pending ones are brought there at once, and that happened twice.",
            20: "After 20, and again after 40.",
        },
    },
    "22 gone": {
        "answer": {"single flight": "some fail", "an error is a miss": "all answered"},
        "replies": {
            ("single flight", "all answered"): "`cache.get` raises, and nobody catches it.",
            ("single flight", "all fail from then on"): "The client connects again when the server is back.",
            ("an error is a miss", "some fail"): "A miss goes to the source, and that one is well.",
        },
    },
}
"""Arguments of `Prediction.check`, by the prediction's name."""
