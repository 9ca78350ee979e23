"""What two exercises share: the questions that are asked, and how the answers are compared."""

from __future__ import annotations

from typing import Any

__all__ = ["CALLED", "DELAYS", "same"]

DELAYS = [0.3, 0.2, 0.1]
"""Seconds; the longest first, so that the order of the answers is not that of the questions."""

CALLED = (
    "You *called* `ask` and gave its answer to {where}. "
    "Hand over the function and its arguments: `{example}`."
)


def same(found: list[Any], right: list[float]) -> bool:
    """Whether these are the right answers, in the right order."""
    return len(found) == len(right) and all(
        isinstance(f, int | float) and abs(f - r) < 0.01 for f, r in zip(found, right, strict=True)
    )
