"""Pictures of loads and scenes: every request a dot, every step an arrow, and the same in words."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from PIL import Image

from helpers import CourseError, dots
from helpers.caches import Load, Request, Scene
from helpers.caches.scene import Actor
from helpers.views.dot_chart import drawn, in_words
from helpers.views.palette import INK, LOOKS
from helpers.views.paper import WIDTH
from helpers.views.sequence import _columns
from helpers.views.sequence import drawn as drawn_trace


def drawn_scene(scene: Scene) -> bytes:
    return drawn_trace(scene.trace())


def stampede(title: str = "naive", failed: bool = False) -> Load:
    """300 requests; those due from 0.5 to 0.6 s wait for up to a second."""
    requests = [
        Request(
            n / 200, 0.002 if not 100 <= n < 120 else (n - 99) * 0.05, "OSError" if failed and n > 280 else ""
        )
        for n in range(300)
    ]
    return Load(title, requests, [(0.5 + n // 2 * 0.1, 0.6 + n // 2 * 0.1) for n in range(20)])


def pixels(*loads: Load) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(drawn("a load", loads, 0.05))).convert("RGBA")).astype(int)


def where(image: np.ndarray, color: str) -> tuple[Any, ...]:
    wanted = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)])
    return np.nonzero((np.abs(image[..., :3] - wanted).max(axis=2) < 12) & (image[..., 3] > 180))


@pytest.fixture
def shown(shown: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    return partial(shown, by=dots)


def test_slow_requests_stand_higher_and_look_different() -> None:
    image = pixels(stampede())
    fast, slow = where(image, LOOKS["running"].neutral), where(image, LOOKS["ready"].neutral)
    assert image.shape[1] == 2 * WIDTH and image[0, 0, 3] == 0
    assert len(fast[0]) > 1000 and len(slow[0]) > 100
    assert max(slow[0]) < min(fast[0])


def test_failed_requests_are_crosses_of_their_own_color() -> None:
    assert len(where(pixels(stampede(failed=True)), INK["killed"].neutral)[0]) > 30
    assert len(where(pixels(stampede()), INK["killed"].neutral)[0]) == 0


def test_the_source_has_as_many_lanes_as_it_needs_and_each_load_a_panel() -> None:
    quiet = Load("single flight", stampede().requests, [(0.5, 0.6)])
    one, two, both = pixels(quiet).shape[0], pixels(stampede()).shape[0], pixels(quiet, stampede()).shape[0]
    assert 8 <= two - one <= 20
    assert both > 1.5 * one


def test_every_load_is_drawn_without_a_word_of_complaint() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for load in (stampede(), Load("one", [Request(0, 0)]), Load("no time", [Request(0, 1e-9)], [(0, 0)])):
            assert len(drawn("$x_1$ 標題", [load], 0.05)) > 3000


def test_the_words_have_nothing_that_two_runs_disagree_about(shown: Callable[..., Any]) -> None:
    few = Load("single flight", stampede().requests, [(0.5, 0.6), (1.1, 1.2)])
    forms = shown("cures", stampede(), few, Load("none", [Request(0, 1, "OSError")]))
    assert forms["image/png"].startswith(b"\x89PNG")
    assert forms["text/plain"].splitlines() == [
        "cures",
        "  naive: every request a dot, all answered; the source was asked many times",
        "  single flight: every request a dot, all answered; the source was asked a few times",
        "  none: every request a dot, some failed; the source was asked never",
    ]
    assert in_words(few) == in_words(Load("single flight", few.requests, [(0.5, 0.6)]))


@pytest.mark.parametrize("loads", [(), (Load("empty"),), ("naive",)])
def test_what_is_no_load_is_explained(loads: Any) -> None:
    with pytest.raises(CourseError, match="dots draws loads that have run"):
        dots("nothing", *loads)


class Thing:
    def read(self, words: str) -> str:
        return words


def reading() -> tuple[Scene, Actor, Actor]:
    """A scene, a reader and a writer, who may read from a cache and from a source."""
    scene = Scene("a scene", cache=Thing(), source=Thing())
    reader, writer = scene.actors("reader", "writer")
    return scene, reader, writer


def test_a_scene_has_an_arrow_for_each_step() -> None:
    scene, reader, writer = reading()
    reader.cache.read("a")
    one = Image.open(io.BytesIO(drawn_scene(scene))).height
    writer.cache.read("words that are far too long for the space between two lines, and even " * 2)
    image = Image.open(io.BytesIO(drawn_scene(scene)))
    assert image.height - one == 2 * 34 and image.width == 2 * WIDTH
    rows, columns = where(np.asarray(image.convert("RGBA")).astype(int), LOOKS["running"].neutral)
    assert len(rows) > 500 and max(columns) < 2 * WIDTH


def test_no_column_goes_through_the_words_of_an_arrow_that_crosses_it() -> None:
    scene, reader, writer = reading()
    reader.source.read("price")
    writer.cache.read("price")
    ink = np.asarray(Image.open(io.BytesIO(drawn_scene(scene))).convert("RGBA"))[..., 3] > 0
    for name, row in (("cache", 0), ("source", 1)):
        x, line = round(2 * _columns(scene.trace())[name]), 2 * (56 + 34 * (row + 0.6))
        words = ink[round(line) - 28 : round(line) - 6, x - 20 : x + 20]
        assert words.any(axis=0).sum() <= 6
