"""Zipf's law and Che's approximation, held against a real LRU cache."""

from __future__ import annotations

import time
from collections import OrderedDict

import numpy as np
import pytest

from helpers import CourseError
from helpers.caches import che, che_curve, popularity, requests


def lru(pages: list[int], size: int, warmup: int) -> float:
    """The hit ratio of a cache that forgets what was not used for longest, after `warmup` requests."""
    cache: OrderedDict[int, None] = OrderedDict()
    hits = 0
    for number, page in enumerate(pages):
        if page in cache:
            cache.move_to_end(page)
            hits += number >= warmup
        else:
            cache[page] = None
            if len(cache) > size:
                cache.popitem(last=False)
    return hits / (len(pages) - warmup)


@pytest.mark.parametrize("skew", [0, 0.8, 1.0, 1.4])
@pytest.mark.parametrize(("keys", "size"), [(100, 10), (1_000, 100), (10_000, 1_000)])
def test_che_is_within_a_hundredth_of_a_real_lru(keys: int, skew: float, size: int) -> None:
    pages = requests(keys, skew, 100_000, seed=7).tolist()
    assert abs(che(popularity(keys, skew), size) - lru(pages, size, 30_000)) < 0.01


def test_the_lessons_numbers_are_those_of_its_storyboard() -> None:
    p = popularity(1_000, 1)
    assert [round(che(p, size), 3) for size in (10, 50, 100, 200, 500)] == [0.209, 0.461, 0.577, 0.697, 0.868]
    assert round(che(popularity(1_000, 0.8), 100), 3) == 0.378
    assert round(che(popularity(1_000, 1.2), 100), 3) == 0.757
    assert che(popularity(1_000, 0), 100) == pytest.approx(0.1)


def test_the_curve_goes_through_the_answers_for_one_size_and_from_one_page_to_all() -> None:
    p = popularity(1_000, 0.9)
    sizes, shares = che_curve(p)
    assert (
        sizes[0] <= 1 < sizes[1] * 2 and sizes[-1] == pytest.approx(1_000) and shares[-1] == pytest.approx(1)
    )
    assert (np.diff(sizes) > 0).all() and (np.diff(shares) > 0).all()
    for size, share in list(zip(sizes, shares, strict=True))[::10]:
        assert che(p, size) == pytest.approx(share, abs=1e-4)


@pytest.mark.parametrize("skew", [0.3, 1.0, 1.5])
@pytest.mark.parametrize("size", [10, 500, 15_000])
def test_counting_nearly_equal_pages_as_equal_changes_nothing_that_shows(skew: float, size: int) -> None:
    p = popularity(20_000, skew)
    short, long = 0.0, 20 / p.min()
    for _ in range(60):
        middle = (short + long) / 2
        short, long = (short, middle) if (1 - np.exp(-p * middle)).sum() > size else (middle, long)
    assert che(p, size) == pytest.approx((p * (1 - np.exp(-p * long))).sum(), abs=1e-5)


def test_any_probabilities_will_do_and_what_is_never_asked_for_takes_no_room() -> None:
    p = [0.0, 0.5, 0.3, 0.2, 0.0]
    assert che(p, 0) == 0 and che(p, 3) == che(p, 5) == 1
    assert 0.3 < che(p, 1) < che(p, 2) < 1
    assert che([1.0], 1) == 1


def test_a_hundred_thousand_keys_take_less_than_a_tenth_of_a_second() -> None:
    times = []
    for skew in (0, 0.7, 1.0, 1.5):
        begin = time.perf_counter()
        che_curve(popularity(100_000, skew))
        times.append(time.perf_counter() - begin)
    print({"100,000 keys, ms": [round(1000 * each, 1) for each in times]})
    assert sorted(times)[1] < 0.1


def test_requests_follow_the_law_and_their_seed() -> None:
    pages = requests(50, 1, 200_000, seed=3)
    assert pages.min() == 1 and pages.max() == 50
    assert np.bincount(pages, minlength=51)[1:] / 200_000 == pytest.approx(popularity(50, 1), abs=0.004)
    assert (requests(50, 1, 200_000, seed=3) == pages).all()
    assert (requests(50, 1, 200_000, seed=4) != pages).any()
    # As numpy's own generator draws them today.
    drawn = np.random.default_rng(1).choice(1_000, 2_000, p=popularity(1_000, 1)) + 1
    assert (requests(1_000, 1, 2_000, seed=1) == drawn).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: popularity(0, 1), "keys is a whole number from 1 .* you gave 0. Try keys=1"),
        (lambda: popularity(2.5, 1), "keys is a whole number"),
        (lambda: popularity(10**9, 1), "from 1 to 10,000,000"),
        (lambda: popularity(10, -1), "skew is a number from 0"),
        (lambda: popularity(10, float("nan")), "Try skew=1"),
        (lambda: popularity(10, "1"), "skew is a number"),
        (lambda: requests(10, 1, -1), "count is a whole number"),
        (lambda: requests(10, 1, 5, seed=-1), "seed is a whole number from 0"),
        (lambda: che([0.5, 0.2], 1), "divide yours by their sum"),
        (lambda: che([], 1), "add up to 1"),
        (lambda: che([1.5, -0.5], 1), "add up to 1"),
        (lambda: che("pages", 1), "popularity"),
        (lambda: che([0.5, 0.5], -1), "size is how many pages fit"),
        (lambda: che_curve([0.5, 0.5], points=1), "points is a whole number"),
    ],
)
def test_what_cannot_be_is_said_with_what_to_type(call: object, message: str) -> None:
    assert callable(call)
    with pytest.raises(CourseError, match=message):
        call()
