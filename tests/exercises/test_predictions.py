"""Predictions: shown at once, fixed once committed, judged kindly, and never in the way of Run All."""

from __future__ import annotations

import ast
import importlib
import json
from collections.abc import Iterator

import pytest

from helpers.exercises.exercise import WITH_EXERCISES
from helpers.exercises.lessons import notebooks
from helpers.exercises.progress import PREDICTED, store
from tests.exercises.conftest import Notebook

NUMBER = 'guess = predict.number("01 three threads", "How long?", unit="s", low=0, high=2)'
ORDER = 'guess = predict.order("00 start order", "Who answers first?", ["memcached", "RabbitMQ", "Redis"])'
CHOICE = 'guess = predict.choice("00 late", "When does it come?", ["twice as late", "hardly later"])'
WIDGET = "application/vnd.jupyter.widget-view+json"


def commit(notebook: Notebook, value: object) -> None:
    """What the box in the browser sends when the learner commits."""
    notebook.run(f"guess.box.set_state({{'committed': {value!r}}})")


def verdict(notebook: Notebook, call: str) -> str:
    """The sentence that `guess.check(…)` shows to a person."""
    notebook.run(f"guess.check({call})")
    return str(notebook.outputs[0]["text/html"]).partition("<span>")[2].partition("</span>")[0]


@pytest.mark.parametrize("source", [NUMBER, ORDER, CHOICE])
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


def asked(lesson: str) -> Iterator[tuple[str, str, list[str]]]:
    """Kind, name and options of every prediction that a lesson's notebook asks for."""
    (path,) = notebooks().glob(f"**/{lesson}_*.ipynb")
    lists: dict[str, list[str]] = {}
    for cell in json.loads(path.read_text())["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] != "code" or "predict." not in source or source.startswith("%"):
            continue
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).isupper():
                lists[ast.unparse(node.targets[0])] = ast.literal_eval(node.value)
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("predict."):
                third = node.args[2] if len(node.args) > 2 else ast.List([])
                options = lists[third.id] if isinstance(third, ast.Name) else ast.literal_eval(third)
                yield (
                    ast.unparse(node.func).removeprefix("predict."),
                    ast.literal_eval(node.args[0]),
                    list(options),
                )


@pytest.mark.parametrize("lesson", WITH_EXERCISES)
def test_each_prediction_of_a_lesson_has_one_answer_that_can_be_chosen(lesson: str) -> None:
    answers = importlib.import_module(f"helpers.exercises.lesson_{lesson}.predictions").ANSWERS
    predictions = list(asked(lesson))
    assert sorted(name for _, name, _ in predictions) == sorted(answers)
    for kind, name, options in predictions:
        right, replies = answers[name]["answer"], answers[name].get("replies", {})
        if kind == "choice":
            assert {right, *replies} <= set(options), name
        elif kind == "order":
            assert sorted(right) == sorted(options), name
            assert options != right, f"{name}: the items must not start in the right order"
        else:
            assert not any(abs(wrong - right) <= answers[name].get("tolerance", 0) for wrong in replies), name
