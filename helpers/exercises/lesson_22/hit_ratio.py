"""Che's approximation for pages of different sizes."""

from __future__ import annotations

from typing import Any

import numpy as np

from helpers.exercises.exercise import Answer, Exercise, Miss, Wrong, is_number

__all__ = ["EXERCISE"]

HEAD = '''\
import numpy as np

def hit_ratio(p, size, room):
    """The hit ratio of an LRU: page n has size[n] bytes and probability p[n]; `room` is in bytes."""
'''
STARTER = (
    HEAD
    + """\
    T = np.logspace(0, 6, 1000)
    filled = (1 - np.exp(-np.outer(T, p))).sum(axis=1)
    T = np.interp(room, filled, T)
    return (p * (1 - np.exp(-p * T))).sum()
"""
)
SOLUTION = (
    HEAD
    + """\
    if room >= size.sum():
        return 1.0

    def filled(T):
        return (size * (1 - np.exp(-p * T))).sum()

    low, high = 0, 1
    while filled(high) < room:
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        if filled(middle) < room:
            low = middle
        else:
            high = middle
    return (p * (1 - np.exp(-p * high))).sum()
"""
)
PAGES = (
    "1,000 pages of 10,000 bytes, room for 1,000,000 bytes: you say 1.00, as if all fitted. What counts "
    "is the bytes of the pages that are inside, and not how many they are."
)
NEAR = 0.001


def check(answer: Answer) -> None:
    from helpers.caches import popularity

    hit_ratio = answer.function("hit_ratio", "def hit_ratio(p, size, room):")

    def said(p: Any, size: Any, room: float) -> float:
        got = hit_ratio(p.copy(), size.copy(), room)
        if not is_number(got) and not isinstance(got, np.number):
            raise Miss(f"`hit_ratio` returned {got!r:.40}. A number is wanted, from 0 to 1.")
        return float(got)

    p, alike = popularity(1000, 1), np.full(1000, 10_000.0)
    _alike(said(p, alike, 1_000_000))
    _uniform(said(np.full(1000, 0.001), np.full(1000, 100.0), 25_000))
    size = np.where(np.arange(1000) < 50, 50_000.0, 2_000.0)
    _sizes(said(p, size, 1_000_000), p, size, 1_000_000)
    steep = popularity(2000, 2)
    _far(said(steep, np.full(2000, 1000.0), 1_990_000), steep, np.full(2000, 1000.0), 1_990_000)
    if abs(said(p, alike, 20_000_000) - 1) > NEAR:
        raise Miss("With room for all pages, and more, everything is a hit in the end: 1.0.")


def _alike(got: float) -> None:
    right = 0.577
    if got > 0.99:
        raise Miss(PAGES)
    if abs(got - 0.693) < 0.005:
        raise Miss(
            "0.693 is the perfect cache, which always holds the pages that are asked for most. An LRU "
            "does not know them: a page is inside with probability 1 − exp(−pT)."
        )
    if abs(got - 0.1) < 0.005:
        raise Miss(
            "0.10 is the share of the *pages* that are inside. What is wanted is the share of the "
            "*requests*: page n counts p[n]."
        )
    if abs(got - right) > 0.003:
        raise Miss(
            f"1,000 pages of 10,000 bytes, skew 1, room for 1,000,000 bytes: the lesson has 0.577, and you "
            f"have {got:.3f}. Is T found finely enough?"
        )


def _uniform(got: float) -> None:
    if abs(got - 0.25) > NEAR:
        raise Miss(
            f"All pages alike, room for a quarter of them: the hit ratio is 0.25, and you say {got:.3f}."
        )


def _sizes(got: float, p: Any, size: Any, room: float) -> None:
    right, inside = _right(p, size, room)
    in_bytes = float((p * size * inside).sum() / (p * size).sum())
    if abs(got - in_bytes) < NEAR:
        raise Miss(
            "You return the share of the *bytes* that the cache delivers. A hit on a small page is "
            "a hit, too."
        )
    if abs(got - right) > NEAR:
        raise Miss(
            f"Popular pages of 50,000 bytes, others of 2,000: you say {got:.3f}, and {right:.3f} is "
            "right. Page n takes size[n] × (1 − exp(−p[n]T)) bytes of the room."
        )


def _far(got: float, p: Any, size: Any, room: float) -> None:
    right, _ = _right(p, size, room)
    if abs(got - right) > 1e-5:
        raise Miss(
            "Nearly all pages fit, and some are hardly ever asked for: T is in the millions, and beyond "
            "your list. Double T until the room is filled, then halve the gap."
        )


def _right(p: Any, size: Any, room: float) -> tuple[float, Any]:
    low, high = 0.0, 1e12
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if (size * -np.expm1(-p * middle)).sum() < room else (low, middle)
    inside = -np.expm1(-p * high)
    return float((p * inside).sum()), inside


LISTED = STARTER.replace("(1 - np.exp(-np.outer(T, p)))", "(size * (1 - np.exp(-np.outer(T, p))))")
WRONG = (
    Wrong(
        HEAD + "    order = np.argsort(-p)\n    fits = size[order].cumsum() <= room\n"
        "    return p[order][fits].sum()\n",
        "0.693 is the perfect cache",
    ),
    Wrong(SOLUTION.replace("return (p * (1 - np.exp(-p * high))).sum()", "return filled(high) / size.sum()"),
          "0.10 is the share of the *pages*"),
    Wrong(
        LISTED.replace("np.logspace(0, 6, 1000)", "np.arange(0, 10**6, 10_000)"),
        "Is T found finely enough?",
    ),
    Wrong(LISTED, "T is in the millions, and beyond your list"),
    Wrong(
        SOLUTION.replace("return (p * (1 - np.exp(-p * high))).sum()",
                         "return (p * size * (1 - np.exp(-p * high))).sum() / (p * size).sum()"),
        "the share of the *bytes*",
    ),
    Wrong(SOLUTION.replace("(size * (1 - np.exp(-p * T)))", "(size.mean() * (1 - np.exp(-p * T)))"),
          "Popular pages of 50,000 bytes"),
)  # fmt: skip

EXERCISE = Exercise(
    name="hit_ratio",
    lesson="22",
    title="Pages of different sizes",
    starter=STARTER,
    solution=SOLUTION,
    hints=(
        "In experiment 2, each page inside takes up 1 of the room. How much does it take here?",
        "`filled(T)` is the sum of size × (1 − exp(−pT)). It grows with T: double T until the room is "
        "filled, then halve the gap sixty times.",
        "If all pages fit, no T fills the room: answer 1.0 before you begin. The last line stays as it is.",
    ),
    check=check,
    starter_message=PAGES,
    wrong=WRONG,
    passed="The hit ratio of a cache that does not exist yet, in bytes.",
)
