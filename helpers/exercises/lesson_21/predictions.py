"""What the predictions of lesson 21 are held against: out of sight until they are made."""

from typing import Any

__all__ = ["ANSWERS"]

KEEPS, EVER = "keeps its 10 s", "lives for ever"
LOST, ONE, EACH = "lost", "kept, for one of them", "kept, for each group"
ON, REFUSED = "goes on", "is refused"
SEVERAL, DOZENS = "several times less", "dozens of times less"

ANSWERS: dict[str, dict[str, Any]] = {
    "21 lives": {
        "answer": {"incr": KEEPS, "append": KEEPS, "set": EVER, "set with keepttl": KEEPS},
        "replies": {
            "set": "A new value comes with its own time, and no `ex` means: for ever.",
            "incr": "A change of the value is no new value: the time stays.",
            "append": "A change of the value is no new value: the time stays.",
            "set with keepttl": "Its name says it: keep the time to live.",
        },
    },
    "21 bitmap": {
        "answer": 126,
        "tolerance": 5,
        "replies": {
            1000: "That would be a byte for each. There are eight bits in a byte.",
            2000: "A bit for each: eight users share a byte.",
        },
    },
    "21 hset": {
        "answer": "0",
        "replies": {
            "1": "One was changed. It counts those that are new.",
            "True": "Many commands answer so. This one counts the new fields.",
            "37": "That is what `hincrby` does. This one counts the new fields.",
        },
    },
    "21 lpush": {"answer": ["3", "2", "1"]},
    "21 ties": {"answer": ["eve", "bob", "ann"]},
    "21 keys": {
        "answer": "when KEYS is done",
        "replies": {
            "at once: reading locks nothing": "There is no lock. There is one who executes, and he is busy.",
            "at once: it is another connection": "Connections are many. Who executes commands is one.",
            "a little later: they take turns": "Turns there are, and KEYS is one turn.",
        },
    },
    "21 dbsize": {
        "answer": 1000,
        "replies": {0: "Nobody gets them anymore. But who would have thrown them away?"},
    },
    "21 gain": {
        "answer": {"a pipeline of 100 GETs": SEVERAL, "one MGET of 100 keys": DOZENS},
        "replies": {
            (
                "a pipeline of 100 GETs",
                DOZENS,
            ): "Your Python still makes a hundred commands, and reads a hundred.",
            "a pipeline of 100 GETs": "Of the time for a GET, nearly all is the way there and back.",
            "one MGET of 100 keys": "One command, one answer, and the way is paid for once.",
        },
    },
    "21 multi": {
        "answer": "all the others are executed",
        "replies": {
            "none is executed": "The server has no idea what `k` holds while it takes notes.",
            "the first two are undone": "Undone is what databases do. Redis undoes nothing.",
            "the fourth is left out": "It does not stop, either: nobody asked it to.",
        },
    },
    "21 stock": {
        "answer": 0,
        "replies": {-1: "With two `decr`s it would be. But each stores what he has worked out: 1 − 1."},
    },
    "21 away": {
        "answer": {"publish/subscribe": LOST, "a list": ONE, "a stream": EACH},
        "replies": {
            "publish/subscribe": "It is a radio: nothing is kept for those who come later.",
            "a list": "It lies in the list until somebody pops it. Then it is out.",
            "a stream": "An entry stays, and each group has its own place in the stream.",
        },
    },
    "21 lost": {
        "answer": 1,
        "replies": {
            7: "That would be RabbitMQ with auto_ack, which pushes. Here a worker fetches one at a time.",
            0: "It was popped, so it is in no list. And it was not done.",
        },
    },
    "21 done": {
        "answer": 9,
        "replies": {10: "Somebody would have to give alice's order to bob. Nobody did: it is pending."},
    },
    "21 survives": {
        "answer": {
            "nothing": "0",
            "snapshot after 60": "60",
            "AOF, fsync no": "100",
            "AOF, fsync always": "100",
        },
        "replies": {
            "AOF, fsync no": "So it is when the power fails. Here the system lives, and writes.",
            "snapshot after 60": "The file holds what was there when it was written.",
            "nothing": "It was only in the memory of a process that is gone.",
            "AOF, fsync always": "Each was on the disk before it was answered.",
        },
    },
    "21 full": {
        "answer": {"get": ON, "set": REFUSED, "incr": REFUSED, "delete": ON},
        "replies": {
            "incr": "The counter is a new key, and even a changed one may need more memory.",
            "delete": "It makes room. It would be bad if that needed room.",
            "get": "To read takes no memory.",
            "set": "Where should it go? With `noeviction`, nothing is thrown away for it.",
        },
    },
    "21 reply": {
        "answer": "the answer 3; the server has 3",
        "replies": {
            "an exception; the server has 1": "The command had arrived. Only its answer was lost.",
            "an exception; the server has 2": "So it should be. But the client tried again in silence.",
            "the answer 2; the server has 2": "It asked again, and the server took it for one more call.",
        },
    },
}
