"""A prediction as the views need it: where its line stands, and what it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from helpers.errors import CourseError

__all__ = ["Guess", "guesses"]


_SECONDS = {"s": 1.0, "ms": 0.001}


@dataclass(frozen=True, slots=True)
class Guess:
    """`seconds` is None where there is no line to draw: nothing predicted, in words, or no time."""

    seconds: float | None
    text: str
    made: bool = True


def guesses(expected: Any, count: int) -> list[Guess | None]:
    """One guess (or None) for each of `count` recordings.

    `expected` is None, a number of seconds, an object with ``.value`` and ``.unit`` (a line is drawn for "s"
    and "ms"), or a list of those, one for each recording. One guess alone is about the last: the others are
    there to compare.
    """
    if isinstance(expected, Sequence) and not isinstance(expected, str):
        if len(expected) != count:
            raise CourseError(
                f"there are {count} recordings and {len(expected)} predictions. Give one prediction, "
                "or a list with one for each recording (None where there is none)."
            )
        return [_guess(one) for one in expected]
    return [None] * (count - 1) + [_guess(expected)]


def _guess(expected: Any) -> Guess | None:
    if expected is None:
        return None
    value, unit = getattr(expected, "value", expected), getattr(expected, "unit", "s")
    if value is None:
        return Guess(None, "no prediction", made=False)
    if isinstance(value, int | float):
        seconds = value * _SECONDS[unit] if unit in _SECONDS else None
        return Guess(seconds, f"your prediction: {value:g} {unit}".rstrip())
    words = value if isinstance(value, str) else ", ".join(map(str, value))
    return Guess(None, f"your prediction: {words}")
