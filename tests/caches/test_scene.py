"""Scenes: what is asked is really asked, and told in order."""

from __future__ import annotations

import pytest

from helpers import CourseError
from helpers.caches import Scene


class Cache:
    """A dictionary with the commands of a cache."""

    def __init__(self) -> None:
        self.kept: dict[str, object] = {}

    def get(self, key: str) -> object:
        return self.kept.get(key)

    def set(self, key: str, value: object, ex: int | None = None) -> bool:
        self.kept[key] = value
        return True

    def write(self, key: str, value: object) -> None:
        self.kept[key] = value

    def gets(self, key: str) -> tuple[object, bytes]:
        return b"?", b"7"

    def fail(self) -> None:
        raise TimeoutError


def test_the_steps_are_told_in_order_with_what_was_said() -> None:
    cache, source = Cache(), Cache()
    scene = Scene("a scene", cache=cache, source=source)
    ada, bob = scene.actors("Ada", "Bob")
    assert ada.cache.get("price") is None
    assert bob.cache.set("price", 2, ex=60) is True
    bob.source.write("price", 2)
    assert ada.cache.gets("price") == (b"?", b"7")
    assert cache.kept == {"price": 2} == source.kept
    assert scene.text().splitlines() == [
        "a scene",
        "  1 Ada → cache: get price → nothing",
        "  2 Bob → cache: set price 2 ex=60 → done",
        "  3 Bob → source: write price 2",
        "  4 Ada → cache: gets price → ?, 7",
    ]
    assert scene.lanes == ["Ada", "cache", "source", "Bob"]


def test_what_is_raised_is_a_step_too() -> None:
    scene = Scene("it fails", cache=Cache())
    (ada,) = scene.actors("Ada")
    with pytest.raises(TimeoutError):
        ada.cache.fail()
    assert scene.text().endswith("1 Ada → cache: fail → TimeoutError")


def test_who_asks_for_what_is_not_on_the_stage_is_told_what_is() -> None:
    scene = Scene("a scene", cache=Cache())
    (ada,) = scene.actors("Ada")
    with pytest.raises(AttributeError, match=r"There are: Ada\.cache"):
        ada.source.read("price")
    with pytest.raises(CourseError, match="Nothing has been played yet"):
        scene.show()
