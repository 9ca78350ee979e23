"""Predictions: shown at once, fixed once committed, judged kindly, and never in the way of Run All."""

from __future__ import annotations

import ast
import importlib
import json
from collections.abc import Iterable, Iterator
from itertools import product
from typing import Any, NamedTuple

import pytest

from helpers.exercises.exercise import WITH_EXERCISES
from helpers.exercises.grid import Sheet
from helpers.exercises.lessons import notebooks
from helpers.exercises.progress import PREDICTED, store
from tests.exercises.conftest import Notebook

NUMBER = 'guess = predict.number("01 three threads", "How long?", unit="s", low=0, high=2)'
ORDER = 'guess = predict.order("00 start order", "Who answers first?", ["memcached", "RabbitMQ", "Redis"])'
CHOICE = 'guess = predict.choice("00 late", "When does it come?", ["twice as late", "hardly later"])'
GRID = 'guess = predict.grid("17 keys", "Who gets it?", ["order.new", "user.new"], ["audit", "pager"])'
WIDGET = "application/vnd.jupyter.widget-view+json"


def commit(notebook: Notebook, value: object) -> None:
    """What the box in the browser sends when the learner commits."""
    notebook.run(f"guess.box.set_state({{'committed': {value!r}}})")


def verdict(notebook: Notebook, call: str) -> str:
    """The sentence that `guess.check(…)` shows to a person."""
    notebook.run(f"guess.check({call})")
    return str(notebook.outputs[0]["text/html"]).partition("<span>")[2].partition("</span>")[0]


@pytest.mark.parametrize("source", [NUMBER, ORDER, CHOICE, GRID])
def test_a_prediction_shows_a_box_and_says_the_same_in_words(notebook: Notebook, source: str) -> None:
    texts = notebook.run(source)
    assert len(texts) == 1
    assert texts[0].startswith("Prediction: ")
    assert texts[0].endswith("? Choose in the box, then run the next cell.")
    assert WIDGET in notebook.outputs[0]


def test_as_the_last_line_of_its_cell_it_is_shown_once_and_later_again(notebook: Notebook) -> None:
    assert len(notebook.run(f"{NUMBER}\nguess")) == 1
    assert len(notebook.run("guess")) == 1


def test_without_a_prediction_nothing_stops_and_the_answer_is_said(notebook: Notebook) -> None:
    notebook.run(NUMBER)
    assert notebook.run("guess.check(0.3, tolerance=0.1)") == ["The answer: 0.3 s."]
    said = verdict(notebook, "0.3, tolerance=0.1")
    assert said == "The answer: 0.3 s. You made no prediction this time: to make one, run its cell again."
    assert notebook.kernel.evaluate("guess.value") is None


def test_the_words_that_are_stored_are_the_same_with_and_without_a_prediction(notebook: Notebook) -> None:
    notebook.run(NUMBER)
    without = notebook.run("guess.check(0.3)")
    commit(notebook, 0.9)
    assert notebook.run("guess.check(0.3)") == without


def test_a_committed_prediction_stays_and_is_kept(notebook: Notebook) -> None:
    notebook.run(NUMBER)
    commit(notebook, 0.9)
    commit(notebook, 0.3)
    assert notebook.kernel.evaluate("(guess.value, guess.unit)") == (0.9, "s")
    kept = [(e.lesson, e.name, json.loads(e.value)) for e in store().events() if e.kind == PREDICTED]
    assert kept == [("01", "01 three threads", 0.9)]


def test_running_the_cell_again_lets_one_predict_anew(notebook: Notebook) -> None:
    notebook.run(NUMBER)
    commit(notebook, 0.9)
    notebook.run(NUMBER)
    assert notebook.kernel.evaluate("guess.value") is None


@pytest.mark.parametrize(
    ("said", "call", "verdict_is"),
    [
        (0.3, "0.3, tolerance=0.1", "You said 0.3 s, and so it is."),
        (0.35, "0.3, tolerance=0.1", "You said 0.35 s. The answer: 0.3 s. You saw it coming."),
        (0.4, "0.3, tolerance=0.1", "You said 0.4 s. The answer: 0.3 s. You saw it coming."),
        (0.9, "0.3, tolerance=0.1", "You said 0.9 s. The answer: 0.3 s."),
        (
            0.95,
            "0.3, 0.1, {0.9: 'The lock is let go.', 0.1: 'No.'}",
            "The answer: 0.3 s. The lock is let go.",
        ),
        (5, "0, tolerance=20, said='hardly anything'", "The answer: hardly anything. You saw it coming."),
    ],
)
def test_a_number_gets_a_kind_verdict(notebook: Notebook, said: float, call: str, verdict_is: str) -> None:
    notebook.run(NUMBER)
    commit(notebook, said)
    assert verdict(notebook, call).endswith(verdict_is)


def test_an_order_is_right_in_each_order_that_counts(notebook: Notebook) -> None:
    notebook.run(ORDER)
    commit(notebook, ["Redis", "memcached", "RabbitMQ"])
    right = "['memcached', 'Redis', 'RabbitMQ']"
    also = "also=[['Redis', 'memcached', 'RabbitMQ']]"
    assert verdict(notebook, f"{right}, {also}").endswith("You saw it coming.")
    assert verdict(notebook, right).endswith("The answer: memcached, then Redis, then RabbitMQ.")


def test_a_choice_gets_the_reply_that_was_written_for_it(notebook: Notebook) -> None:
    notebook.run(CHOICE)
    commit(notebook, "twice as late")
    assert verdict(notebook, "'hardly later', replies={'twice as late': 'Waiting needs no CPU.'}") == (
        "You said “twice as late”. The answer: “hardly later”. Waiting needs no CPU."
    )


def test_a_prediction_is_drawn_over_a_recording(notebook: Notebook) -> None:
    notebook.run(NUMBER)
    recording = "from helpers import show\nfrom helpers.tracing import Span, Trace\n"
    recording += "trace = Trace('one', ['A'], [Span('A', 'waiting', 0, 0.3)], duration=0.3)\n"
    assert "no prediction" in notebook.run(recording + "show(trace, expected=guess)")[0]
    commit(notebook, 0.9)
    assert "your prediction: 0.9 s" in notebook.run("show(trace, expected=guess)")[0]


def test_a_name_without_its_lesson_is_refused(notebook: Notebook) -> None:
    outcome = notebook.try_to_run('predict.number("three threads", "How long?")')
    assert "must begin with the number of its lesson" in outcome.evalue


def test_without_arguments_the_answer_kept_for_the_lesson_counts(notebook: Notebook) -> None:
    notebook.run(ORDER)
    commit(notebook, ["Redis", "memcached", "RabbitMQ"])
    assert verdict(notebook, "").endswith(
        "The answer: memcached, then Redis, then RabbitMQ. You saw it coming."
    )


class Asked(NamedTuple):
    """A prediction that a lesson's notebook asks for."""

    kind: str
    name: str
    lists: list[list[str]]
    """Its options or items, or its rows and columns."""
    one: bool


def sources(lesson: str) -> Iterator[str]:
    """The cells of a lesson that ask for a prediction."""
    (path,) = notebooks().glob(f"**/{lesson}_*.ipynb")
    for cell in json.loads(path.read_text())["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code" and "predict." in source and not source.startswith("%"):
            yield source


def asked(cells: Iterable[str]) -> Iterator[Asked]:
    """Every prediction in cells; a list that got a name in capitals may be given by that."""
    named: dict[str, list[str]] = {}
    for node in (node for source in cells for node in ast.walk(ast.parse(source))):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).isupper():
            named[ast.unparse(node.targets[0])] = ast.literal_eval(node.value)
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("predict."):
            given = [*node.args[2:], *(keyword.value for keyword in node.keywords)]
            yield Asked(
                ast.unparse(node.func).removeprefix("predict."),
                ast.literal_eval(node.args[0]),
                [
                    named[value.id] if isinstance(value, ast.Name) else ast.literal_eval(value)
                    for value in given
                    if isinstance(value, ast.Name | ast.List)
                ],
                any(keyword.arg == "one" and ast.literal_eval(keyword.value) for keyword in node.keywords),
            )


def check_that_it_can_be_chosen(prediction: Asked, kept: dict[str, Any]) -> None:
    """The answer is among what the learner can say, and each reply is for something wrong among it."""
    kind, name, lists, one = prediction
    right, replies = kept["answer"], kept.get("replies", {})
    if kind == "choice":
        assert {right, *replies} <= set(lists[0]), name
    elif kind == "order":
        assert sorted(right) == sorted(lists[0]), name
        assert lists[0] != right, f"{name}: the items must not start in the right order"
    elif kind == "grid":
        truth = Sheet(lists[0], lists[1], one).read(right)
        places = {(row, column) for row, column in product(*lists) if not one or column not in truth[row]}
        assert set(replies) <= places | set(truth), name
    else:
        assert not any(abs(wrong - right) <= kept.get("tolerance", 0) for wrong in replies), name


@pytest.mark.parametrize("lesson", WITH_EXERCISES)
def test_each_prediction_of_a_lesson_has_one_answer_that_can_be_chosen(lesson: str) -> None:
    answers = importlib.import_module(f"helpers.exercises.lesson_{lesson}.predictions").ANSWERS
    predictions = list(asked(sources(lesson)))
    assert sorted(prediction.name for prediction in predictions) == sorted(answers)
    for prediction in predictions:
        check_that_it_can_be_chosen(prediction, answers[prediction.name])
