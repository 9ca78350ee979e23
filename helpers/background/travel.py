"""What a notebook hands to another process: functions and values, packed for the way."""

from __future__ import annotations

from typing import Any

from helpers.errors import CourseError

__all__ = ["packed"]


def packed(load: Any) -> bytes:
    """`load`, with all that its functions use from the notebook, for ``pickle.loads`` over there.

    Functions and classes of a cell travel by value. Raises CourseError if something in it cannot travel.
    """
    import cloudpickle

    try:
        data: bytes = cloudpickle.dumps(load)
    except Exception as error:
        raise CourseError(
            f"This function cannot travel to another process: {error}. Does it use something from outside, "
            "such as a lock, a socket or an open file? Make that inside the function."
        ) from None
    return data
