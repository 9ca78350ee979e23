"""How a topic exchange compares: the words of a binding key with the words of a routing key.

Source: rabbit_exchange_type_topic.erl of RabbitMQ 3.10.8 and 4.0.5; a test holds this against a broker.
"""

from __future__ import annotations

__all__ = ["matches_topic"]


def matches_topic(pattern: str, key: str) -> bool:
    """Whether a topic exchange takes a message with the routing key `key` along a binding with `pattern`.

    Words are what stands between dots, and may be empty. In the pattern the word ``*`` is exactly one word
    and the word ``#`` any number of words, also none; in the key both are words like any other.
    """
    words = _words(key)
    eaten = {0}  # How many words the pattern, as far as it was read, may have taken.
    for part in _words(pattern):
        if part == "#":
            eaten = set(range(min(eaten, default=len(words) + 1), len(words) + 1))
        else:
            eaten = {n + 1 for n in eaten if n < len(words) and part in ("*", words[n])}
    return len(words) in eaten


def _words(key: str) -> list[str]:
    # The one place where the broker doesn't split as Python does: an empty key has no word at all.
    return key.split(".") if key else []
