"""Lesson 22: other right answers pass, and what the exercises call right is what a cache does."""

from __future__ import annotations

from collections import OrderedDict

import numpy as np
import pytest

from helpers.caches import popularity, requests
from helpers.exercises.exercise import find
from helpers.exercises.lesson_22 import get_page, hit_ratio, prices, release
from tests.exercises.quick import _verdict

LOCKED_PRICES = """
def read_price(cache, source):
    with cache.lock("price lock", timeout=5):
        price = cache.get("price")
        if price is None:
            price = source.read("price")
            cache.set("price", price, ex=60)
        return price

def change_price(cache, source, new):
    with cache.lock("price lock", timeout=5):
        source.write("price", new)
        cache.delete("price")
"""
VERSIONED_KEY = """
def read_price(cache, source):
    version = cache.get("version") or "0"
    price = cache.get("price v" + version)
    if price is None:
        price = source.read("price")
        cache.set("price v" + version, price, ex=60)
    return price

def change_price(cache, source, new):
    source.write("price", new)
    cache.incr("version")
"""
SECOND_LOOK = (
    get_page.LOCKS
    + get_page.HEAD
    + get_page.IN_LOCK
    + " " * 16
    + get_page.ASKS.format(" " * 16)
    + get_page.TAIL
)
WATCHED_RELEASE = (
    "import redis\n"
    + release.HEAD
    + """\
    with cache.pipeline() as pipe:
        pipe.watch(name)
        if pipe.get(name) != me:
            return False
        pipe.multi()
        pipe.delete(name)
        try:
            pipe.execute()
        except redis.WatchError:
            return False
        return True
"""
)
REGISTERED_RELEASE = (
    release.HEAD
    + """\
    script = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"
    return bool(cache.register_script(script)(keys=[name], args=[me]))
"""
)


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("prices", LOCKED_PRICES),
        ("prices", VERSIONED_KEY),
        ("get_page", SECOND_LOOK),
        ("release", WATCHED_RELEASE),
        ("release", REGISTERED_RELEASE),
    ],
    ids=["a lock", "a version in the key", "a lock and a second look", "watched", "registered"],
)
def test_another_right_answer_passes(name: str, source: str) -> None:
    assert _verdict(find(name), source) is None
    inside = __import__("helpers.exercises.inside", fromlist=["last"])
    assert inside.last and inside.last.passed


@pytest.mark.parametrize("text", [prices.SOLUTION.replace("ex=60", "px=60_000"), prices.SOLUTION])
def test_fifty_orders_of_real_steps_are_played_in_time(text: str) -> None:
    assert _verdict(find("prices"), text) is None


def test_the_hit_ratio_of_pages_of_different_sizes_is_that_of_an_lru() -> None:
    p, size, room = popularity(1000, 1), np.where(np.arange(1000) < 50, 50_000.0, 2_000.0), 1_000_000
    kept, filled, hits = OrderedDict[int, float](), 0.0, []
    for page in requests(1000, 1, 40_000, seed=3) - 1:
        hits.append(page in kept)
        if hits[-1]:
            kept.move_to_end(page)
            continue
        kept[page] = size[page]
        filled += size[page]
        while filled > room:
            filled -= kept.popitem(last=False)[1]
    assert np.mean(hits[10_000:]) == pytest.approx(hit_ratio._right(p, size, room)[0], abs=0.01)
