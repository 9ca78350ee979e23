"""`show`: one output, three forms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from traitlets.config import Config

from helpers import CourseError, show
from helpers.tracing import Trace
from tests.views.recordings import frozen, on_a_loop, staircase

VIEW = "application/vnd.jupyter.widget-view+json"


@dataclass
class Prediction:
    value: Any
    unit: str = "s"


@pytest.fixture
def shown() -> Callable[..., dict[str, Any]]:
    # Without a history: the tests' user has one of their own.
    InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))

    def call(*traces: Trace, **options: Any) -> dict[str, Any]:
        with capture_output() as captured:
            show(*traces, **options)
        assert captured.stdout == captured.stderr == ""
        (output,) = captured.outputs
        return dict(output.data)

    return call


def test_one_output_holds_the_player_a_picture_and_the_text(shown: Callable[..., Any]) -> None:
    forms = shown(staircase())
    assert set(forms) == {VIEW, "image/png", "text/plain"}
    assert forms[VIEW]["model_id"]
    assert forms["image/png"].startswith(b"\x89PNG")
    assert forms["text/plain"] == staircase().text()


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
        show(0.9)  # type: ignore[arg-type]


def test_an_impossible_zoom_is_explained() -> None:
    with pytest.raises(CourseError, match="begin, end"):
        show(staircase(), zoom=(0.5, 0.4))
