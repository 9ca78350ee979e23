"""Which pages people ask for, and what share of that a cache can answer: Zipf's law and Che's formula.

p = popularity(1_000, skew=1)               # of 1,000 pages: page n is asked 1/n as often as page 1
pages = requests(1_000, 1, 20_000, seed=1)  # what 20,000 requests ask for
che(p, 100)                                 # share of them that an LRU cache of 100 pages answers
sizes, shares = che_curve(p)                # the same for each size of the cache
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from helpers.errors import CourseError

__all__ = ["MOST_KEYS", "che", "che_curve", "popularity", "requests"]

Numbers = NDArray[np.float64]

MOST_KEYS = 10_000_000
"""Above that a laptop's memory is what one waits for."""
_FINE = 200
"""Popularities that differ by less than 1/200 count as one: the sums stay right within 0.00001."""


def popularity(keys: int, skew: float) -> Numbers:
    """The probability that a request asks for page 1, 2, … `keys`.

    Page n is asked for 1 / n**skew as often as page 1.
    `skew` 0 makes them all alike; the web has 0.6 to 1 (Breslau, Cao, Fan, Phillips and Shenker, "Web caching
    and Zipf-like distributions", INFOCOM 1999). Raises CourseError for a number that cannot be.
    """
    keys = _whole("keys", keys, 1, MOST_KEYS)
    if not isinstance(skew, int | float | np.number) or not 0 <= skew <= 10:
        raise CourseError(f"skew is a number from 0 (all alike) to 10, and you gave {skew!r}. Try skew=1.")
    weights = np.arange(1, keys + 1, dtype=np.float64) ** -float(skew)
    return weights / weights.sum()


def requests(keys: int, skew: float, count: int, seed: int = 1) -> NDArray[np.int64]:
    """Which page each of `count` requests asks for: numbers from 1, the most popular page, to `keys`.

    The same `seed` gives the same requests with any numpy: PCG64's raw numbers are promised to stay
    (NEP 19), and here become what ``default_rng(seed).random`` makes of them today.
    """
    count = _whole("count", count, 0, MOST_KEYS)
    raw = np.random.PCG64(_whole("seed", seed, 0)).random_raw(count)
    dice = (raw >> np.uint64(11)) * 2.0**-53
    upto = popularity(keys, skew).cumsum()
    return np.searchsorted(upto / upto[-1], dice, side="right").astype(np.int64) + 1


def che(probabilities: Any, size: float) -> float:
    """The share of requests that an LRU cache with room for `size` pages answers: its hit ratio, 0 to 1.

    A page stays in the cache if it is asked for again within the *characteristic time* T, counted in
    requests: the time in which `size` different pages are asked for, Σ(1 − exp(−pT)) = size. So the answer
    is Σ p(1 − exp(−pT)). An approximation, within 0.01 from ten pages on. H. Che, Y. Tung and Z. Wang,
    "Hierarchical web caching systems: modeling, design and experimental results", IEEE JSAC 20(7), 2002.
    """
    p, alike = _groups(probabilities)
    if not isinstance(size, int | float | np.number) or not size >= 0:
        raise CourseError(f"size is how many pages fit, 0 or more, and you gave {size!r}. Try size=100.")
    if size >= alike.sum():
        return 1.0
    shortest, longest = 0.0, float(size)
    while _inside(p, alike, longest) < size:
        longest *= 2
    for _ in range(60):
        middle = (shortest + longest) / 2
        if _inside(p, alike, middle) < size:
            shortest = middle
        else:
            longest = middle
    return float(alike @ (p * -np.expm1(-p * longest)))


def che_curve(probabilities: Any, points: int = 120) -> tuple[Numbers, Numbers]:
    """Sizes of the cache, from one page to all of them, and the hit ratio of each: the same formula as `che`.

    Each T gives a size and a hit ratio, so that nothing has to be solved: 100,000 pages take milliseconds.
    """
    p, alike = _groups(probabilities)
    points = _whole("points", points, 2, 10_000)
    times = np.geomspace(1, 20 / p.min(), points)
    gone = -np.expm1(-np.outer(times, p))
    return gone @ alike, gone @ (alike * p)


def _inside(p: Numbers, alike: Numbers, time: float) -> float:
    """How many different pages are asked for within `time` requests."""
    return float(alike @ -np.expm1(-p * time))


def _groups(probabilities: Any) -> tuple[Numbers, Numbers]:
    """The different probabilities above 0, and how many pages have each; nearly equal counts as equal."""
    try:
        p = np.asarray(probabilities, dtype=np.float64)
    except (TypeError, ValueError):
        p = np.empty(0)
    if p.ndim != 1 or not p.size or not np.isfinite(p).all() or p.min() < 0 or abs(p.sum() - 1) > 1e-6:
        raise CourseError(
            "this needs the probability of each page, numbers from 0 that add up to 1. "
            "Type p = popularity(1_000, skew=1), or divide yours by their sum: p / p.sum()."
        )
    p = p[p > 0]
    group = np.rint(np.log(p) * _FINE).astype(np.int64)
    group -= group.min()
    alike = np.bincount(group).astype(np.float64)
    there = alike > 0
    return (np.bincount(group, weights=p)[there] / alike[there]), alike[there]


def _whole(name: str, number: Any, least: int, most: int | None = None) -> int:
    try:
        whole = operator.index(number)
    except TypeError:
        whole = least - 1
    if whole < least or (most is not None and whole > most):
        span = f"from {least} to {most:,}" if most is not None else f"from {least}"
        raise CourseError(
            f"{name} is a whole number {span}, and you gave {number!r}. Try {name}={max(least, 1)}."
        )
    return whole
