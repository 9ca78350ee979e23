"""`curve`: shares against a size as a picture, and in words without numbers of a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pytest

from helpers import CourseError, curve
from helpers.views.curve import size_ticks

LINES = {"Che": ([1, 10, 100, 1000], [0.1, 0.3, 0.6, 1])}
POINTS = {"LRU": (np.array([10, 100]), np.array([0.31, 0.58])), "memcached": ([50], [0.5])}


@dataclass
class Prediction:
    value: Any
    unit: str = ""


@pytest.fixture
def shown(shown: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    return partial(shown, by=curve)


def test_one_output_holds_a_picture_and_words_without_the_runs_numbers(shown: Callable[..., Any]) -> None:
    forms = shown("How large?", LINES, points=POINTS, expected=Prediction(0.3))
    assert forms["image/png"].startswith(b"\x89PNG")
    assert forms["text/plain"].splitlines() == [
        "How large?",
        "  hit ratio against pages that fit",
        "  line: Che",
        "  points: LRU",
        "  points: memcached",
        "your prediction: 0.3",
    ]
    assert set(forms) == {"image/png", "text/plain"}


@pytest.mark.parametrize(
    ("expected", "line"),
    [
        (0.3, "your prediction: 0.3"),
        (Prediction(30, "%"), "your prediction: 30 %"),
        (Prediction(3), "your prediction: 3"),
        (Prediction(None), "no prediction"),
        (Prediction("most of them"), "your prediction: most of them"),
    ],
)
def test_any_prediction_is_drawn_or_told(shown: Callable[..., Any], expected: Any, line: str) -> None:
    forms = shown("t", LINES, expected=expected)
    assert forms["text/plain"].splitlines()[-1] == line
    assert len(forms["image/png"]) > 1000


def test_a_guess_moves_its_star(shown: Callable[..., Any]) -> None:
    places = [(0.2, 100), (0.4, 100), (0.4, 1e6), (None, 100)]
    pictures = [shown("t", LINES, expected=share, at=at)["image/png"] for share, at in places]
    assert len(set(pictures)) == len(places)


def test_points_alone_and_one_size_alone_and_many_labels_can_be_drawn(shown: Callable[..., Any]) -> None:
    assert shown("t", {}, points={"LRU": ([5], [0.5])})["text/plain"].endswith("points: LRU")
    many = {f"a rather long label {number}": ([1, 10], [0, 1]) for number in range(9)}
    assert shown("t", many)["image/png"]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ({}, "nothing to draw"),
        ({"Che": ([], [])}, "'Che' needs two lists that are equally long"),
        ({"Che": ([1, 2], [0.1])}, "equally long"),
        ({"Che": ([0, 2], [0.1, 0.2])}, "sizes above 0"),
        ({"Che": ([1, 2], [0.1, 1.2])}, "shares from 0 to 1"),
        ({"Che": ([1, 2], [0.1, float("nan")])}, "shares from 0 to 1"),
        ({"Che": [1, 2]}, "Type"),
        ({"Che": 5}, "Type"),
        ({"Che": ("ab", "cd")}, "Type"),
        ([1, 2], r"curve\(\"a title\""),
    ],
)
def test_what_cannot_be_drawn_is_said_with_what_to_type(lines: Any, message: str) -> None:
    with pytest.raises(CourseError, match=message):
        curve("t", lines)


def test_the_axis_names_powers_of_ten_and_more_where_there_is_room() -> None:
    assert [label for _, label in size_ticks(1, 100_000)] == ["1", "10", "100", "1,000", "10,000", "100,000"]
    assert [label for _, label in size_ticks(40, 250)] == ["50", "100", "200"]
    assert [label for _, label in size_ticks(0.5, 60)] == ["0.5", "1", "2", "5", "10", "20", "50"]
