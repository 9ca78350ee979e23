"""`show`: one output, three forms."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from helpers import CourseError, bars, shares, show, strips
from helpers.tracing import Trace
from helpers.views import broker_map
from helpers.views.chart import in_words
from helpers.views.guess import guesses
from tests.views.letters import hello
from tests.views.recordings import frozen, on_a_loop, staircase

VIEW = "application/vnd.jupyter.widget-view+json"


@dataclass
class Prediction:
    value: Any
    unit: str = "s"


def test_one_output_holds_the_player_a_picture_and_the_text(shown: Callable[..., Any]) -> None:
    forms = shown(staircase())
    assert set(forms) == {VIEW, "image/png", "text/plain"}
    assert forms[VIEW]["model_id"]
    assert forms["image/png"].startswith(b"\x89PNG")
    assert forms["text/plain"] == staircase().text()


def test_a_map_has_the_same_three_forms(shown: Callable[..., Any]) -> None:
    forms = shown(hello(), by=broker_map, expected=Prediction(2, "messages"))
    assert set(forms) == {VIEW, "image/png", "text/plain"}
    assert forms["text/plain"] == f"{hello().text()}\n\nyour prediction: 2 messages"


def test_a_map_of_something_without_queues_is_explained() -> None:
    with pytest.raises(CourseError, match="this one has no queues"):
        broker_map(staircase())
    with pytest.raises(CourseError, match="after the block"):
        broker_map(Trace("not yet"))


def test_two_recordings_are_told_one_after_the_other(shown: Callable[..., Any]) -> None:
    assert shown(staircase(), frozen())["text/plain"] == f"{staircase().text()}\n\n{frozen().text()}"


@pytest.mark.parametrize(
    ("expected", "line"),
    [
        (0.9, "your prediction: 0.9 s"),
        (Prediction(0.3), "your prediction: 0.3 s"),
        (Prediction(500, "ms"), "your prediction: 500 ms"),
        (Prediction(None), "no prediction"),
        (Prediction("the event loop", ""), "your prediction: the event loop"),
        (Prediction(["task", "thread"], ""), "your prediction: task, thread"),
    ],
)
def test_a_prediction_is_told_in_one_line(shown: Callable[..., Any], expected: Any, line: str) -> None:
    assert shown(staircase(), expected=expected)["text/plain"].endswith(f"\n\n{line}")


def test_a_prediction_for_each_recording(shown: Callable[..., Any]) -> None:
    text = shown(staircase(), on_a_loop(), expected=[Prediction(0.9), Prediction(0.4)])["text/plain"]
    assert text.endswith("\n\nyour prediction: 0.9 s\n\nyour prediction: 0.4 s")


def test_the_text_says_nothing_that_was_measured(shown: Callable[..., Any]) -> None:
    slower = staircase().moved(0.123456)
    assert shown(slower)["text/plain"] == shown(staircase())["text/plain"]


def test_too_few_predictions_are_explained() -> None:
    with pytest.raises(CourseError, match="2 recordings and 1 predictions"):
        show(staircase(), frozen(), expected=[0.9])


def test_an_empty_recording_is_explained() -> None:
    with pytest.raises(CourseError, match="after the block"):
        show(Trace("not yet"))


def test_something_else_than_a_recording_is_explained() -> None:
    with pytest.raises(CourseError, match="this is a float"):
        show(0.9)


def test_an_impossible_zoom_is_explained() -> None:
    with pytest.raises(CourseError, match="begin, end"):
        show(staircase(), zoom=(0.5, 0.4))


def test_one_prediction_for_two_recordings_is_about_the_last() -> None:
    assert [guess and guess.seconds for guess in guesses(0.3, 2)] == [None, 0.3]


def test_a_prediction_that_is_no_time_is_said_and_no_line_is_drawn() -> None:
    from helpers.views.guess import Guess, guesses

    assert guesses(Prediction(40, "%"), 1) == [Guess(None, "your prediction: 40 %")]
    assert guesses(Prediction(300, "ms"), 1) == [Guess(0.3, "your prediction: 300 ms")]


def test_bars_name_what_they_show_in_order_and_without_times(shown: Callable[..., Any]) -> None:
    forms = shown("what one start costs", {"thread": 7e-5, "task": 7e-6, "process": 0.01}, by=bars)
    assert forms["text/plain"] == "what one start costs, from short to long: task, thread, process"
    assert forms["image/png"].startswith(b"\x89PNG")


def test_bars_show_a_prediction_in_words(shown: Callable[..., Any]) -> None:
    text = shown("costs", {"a": 1.0}, by=bars, expected=Prediction(["a", "b"], ""))["text/plain"]
    assert text.endswith("\n\nyour prediction: a, b")


def test_bars_of_no_length_are_explained() -> None:
    with pytest.raises(CourseError, match="amounts above 0"):
        bars("costs", {"a": 0.0})


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(7.04e-6, "7 µs"), (2.13e-5, "21 µs"), (0.0111, "11 ms"), (0.1, "100 ms"), (2.345, "2.3 s")],
)
def test_times_are_told_with_two_digits(seconds: float, words: str) -> None:
    assert in_words(seconds) == words


def test_a_plain_process_prints_the_text() -> None:
    code = "from helpers import show; from tests.views.recordings import staircase; show(staircase())"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert run.stdout == staircase().text() + "\n"
    assert run.stderr == ""


def test_importing_the_views_loads_nothing_heavy() -> None:
    code = "import sys, helpers.views; print({'matplotlib', 'anywidget', 'ipywidgets'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert run.stdout == "set()\n"


def test_strips_tell_the_runs_and_leave_out_the_short_ones(shown: Callable[..., Any]) -> None:
    long = [True] * 100 + [False] * 890 + [True] * 3 + [False] * 7
    forms = shown("who is left", {"once": long, "never": [False] * 5}, by=strips)
    assert forms["image/png"].startswith(b"\x89PNG")
    assert forms["text/plain"] == "who is left\n  once: kept, gone\n  never: gone"


def test_shares_say_none_a_part_or_all(shown: Callable[..., Any]) -> None:
    forms = shown("kept", {"a": 0, "b": 300, "c": 500}, by=shares, whole=500, expected=Prediction(300, ""))
    assert forms["image/png"].startswith(b"\x89PNG")
    assert forms["text/plain"] == "kept\n  a: none\n  b: a part\n  c: all\nyour prediction: 300"


@pytest.mark.parametrize(
    "draw",
    [lambda: strips("t", {}), lambda: strips("t", {"a": []}), lambda: shares("t", {"a": 5}, whole=4)],
)
def test_charts_of_nothing_are_explained(draw: Callable[[], None]) -> None:
    with pytest.raises(CourseError, match="draws"):
        draw()
