"""What the predictions of lesson 00 are held against: out of sight until they are made."""

from typing import Any

__all__ = ["ANSWERS"]

ANSWERS: dict[str, dict[str, Any]] = {
    "00 start order": {
        "answer": ["memcached", "Redis", "RabbitMQ"],
        # The first two are milliseconds apart: on one core either may be first.
        "also": [["Redis", "memcached", "RabbitMQ"]],
    },
    "00 one second": {
        "answer": 0,
        "tolerance": 20,
        "said": "a millisecond or less",
        "replies": {1000: "That is the wall's clock. Look at the second clock."},
    },
    "00 late answer": {"answer": "hardly later"},
    "00 far count": {"answer": "about as far as alone"},
    "00 dead server": {
        "answer": "an empty answer, at once",
        "replies": {
            "an exception, at once": "Many expect one. Client libraries raise it; a plain socket doesn't.",
        },
    },
}
"""Arguments of `Prediction.check`, by the prediction's name."""
