"""What the predictions of lesson 15 are held against: out of sight until they are made."""

from typing import Any

__all__ = ["ANSWERS"]

THERE, EMPTY, GONE = "all there", "queue there, empty", "queue gone"
DURABLE, PLAIN = "durable queue", "plain queue"
KEPT = {
    f"{DURABLE}, persistent messages": THERE,
    f"{DURABLE}, transient messages": EMPTY,
    f"{PLAIN}, persistent messages": GONE,
    f"{PLAIN}, transient messages": GONE,
}

ANSWERS: dict[str, dict[str, Any]] = {
    "15 cards": {
        "answer": "1 and 4",
        "replies": {
            "1 and 2": "Nobody's hand is filled first: each task goes to the next in turn.",
            "1 to 6": "Then B and C would have subscribed for nothing. They take turns.",
            "each time others": "Who is faster would matter if the workers fetched. The broker deals.",
        },
    },
    "15 lost": {
        "answer": 8,
        "replies": {
            1: "One was in its hands. But where were the other seven?",
            3: "Two of those were done. And seven more had been delivered.",
            0: "The broker had forgotten each of them when it was written to the socket.",
        },
    },
    "15 lost now": {
        "answer": 0,
        "replies": {1: "The third was begun, and not acknowledged: the broker still had it."},
    },
    "15 rest": {
        "answer": 8,
        "replies": {7: "The third was begun, and not acknowledged. So it is back, too."},
    },
    "15 when": {
        "answer": {"task 3, ack before the work": "it is lost", "task 2, ack late": "it will be done twice"},
        "replies": {
            "task 3, ack before the work": "It was acknowledged, so it may be forgotten, and was not done.",
            "task 2, ack late": "It was done, and the broker has not heard of it.",
        },
    },
    "15 both": {
        "answer": "the worker soon dies",
        "replies": {
            "harmless": "Old tutorials print exactly this program. The broker closes its channel.",
            "a warning, and it goes on": "AMQP knows no warnings. It closes the channel.",
            "each task comes twice": "None comes again: they were forgotten when they were delivered.",
        },
    },
    "15 plain": {
        "answer": 2,
        "tolerance": 0.2,
        "replies": {1.1: "B would have to take the second long one. It was in A's hand already."},
    },
    "15 fair": {
        "answer": 1.1,
        "tolerance": 0.11,
        "replies": {2: "That was without a limit. Now the second long one waits where B can get it."},
    },
    "15 speed": {
        "answer": "a few times as fast",
        "replies": {
            "hardly at all": "A round trip for each task, even on one machine, is longer than to do nothing.",
            "a hundred times as fast": "The waiting goes. To unpack and to acknowledge each message remains.",
        },
    },
    "15 restart": {
        "answer": KEPT,
        "replies": {
            (
                f"{DURABLE}, transient messages",
                THERE,
            ): "A graceful stop saves nothing that was not to be saved.",
            f"{PLAIN}, persistent messages": "Where should they be, when their queue is gone?",
            f"{PLAIN}, transient messages": "A graceful stop saves nothing that was not to be saved.",
        },
    },
    "15 kept": {
        "answer": 0,
        "replies": {
            50: "Persistent says where a message shall get to, and not when. These were not there yet.",
            49: "More than the last one was on its way to the disk: all of them were.",
        },
    },
    "15 confirmed": {
        "answer": KEPT,
        "replies": {
            (
                f"{DURABLE}, persistent messages",
                EMPTY,
            ): "Each of these was confirmed: written, and then said so.",
            f"{DURABLE}, transient messages": "A confirm says that the broker has it: in memory, as wanted.",
        },
    },
    "15 six": {
        "answer": "some are done twice",
        "replies": {
            "each is done once": "The third was done and its ack had nobody to go to.",
            "the third is lost": "It was confirmed, and not acknowledged: the broker must have it.",
        },
    },
}
"""Arguments of `Prediction.check`, by the prediction's name."""
