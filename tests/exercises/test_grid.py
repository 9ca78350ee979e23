"""The grid: what is committed, what it is held against, and the truth, framed where it was missed."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from helpers.errors import CourseError
from helpers.exercises.grid import Sheet
from helpers.exercises.progress import PREDICTED, store
from tests.exercises.conftest import Notebook
from tests.exercises.test_predictions import asked, check_that_it_can_be_chosen, commit, verdict

BOXES = """guess = predict.grid("17 keys", "Which queues get it?",
                     ["order.new", "order.error", "user.new"], ["audit", "pager", "orders"])"""
TRUTH = {"order.new": ["audit", "orders"], "order.error": ["audit", "pager", "orders"], "user.new": "audit"}
RIGHT = {**TRUTH, "user.new": ["audit"]}
ONE = """guess = predict.grid("14 doors", "What happens?",
                     ["wrong password", "unknown virtual host", "guest"],
                     ["403 at the door", "530 at the virtual host", "connects"], one=True)"""
DOORS = {
    "wrong password": "403 at the door",
    "unknown virtual host": "530 at the virtual host",
    "guest": "connects",
}


def framed(notebook: Notebook) -> list[str]:
    """What stands in the framed cells of the table that was shown last."""
    html = notebook.outputs[0]["text/html"]
    return [re.sub(r"<.*?>", "", cell) for cell in re.findall(r'<td class="guess-wrong">(.*?)</td>', html)]


def test_the_truth_is_a_grid_of_words_whatever_was_predicted(notebook: Notebook) -> None:
    notebook.run(BOXES)
    without = notebook.run(f"guess.check({TRUTH})")
    assert without[0].splitlines() == [
        "The answer:",
        "             audit  pager  orders",
        "order.new    ✓      .      ✓",
        "order.error  ✓      ✓      ✓",
        "user.new     ✓      .      .",
    ]
    commit(notebook, {"order.new": [], "order.error": [], "user.new": []})
    assert notebook.run(f"guess.check({TRUTH})") == without


def test_with_one_choice_in_each_row_the_truth_is_a_word_for_each_row(notebook: Notebook) -> None:
    notebook.run(ONE)
    assert notebook.run(f"guess.check({DOORS}, said='only guest gets in')")[0].splitlines() == [
        "The answer: only guest gets in.",
        "wrong password        403 at the door",
        "unknown virtual host  530 at the virtual host",
        "guest                 connects",
    ]


def test_what_was_committed_is_the_value_in_the_grids_order_and_kept(notebook: Notebook) -> None:
    notebook.run(BOXES)
    assert notebook.kernel.evaluate("guess.value") is None
    said = {"user.new": [], "order.error": ["orders", "audit"], "order.new": ["pager"]}
    commit(notebook, said)
    value = notebook.kernel.evaluate("guess.value")
    assert list(value.items()) == [
        ("order.new", ["pager"]),
        ("order.error", ["audit", "orders"]),
        ("user.new", []),
    ]
    (event,) = [event for event in store().events() if event.kind == PREDICTED]
    assert (event.lesson, event.name, json.loads(event.value)) == ("17", "17 keys", value)


def test_nothing_ticked_is_an_answer_and_no_prediction_is_none(notebook: Notebook) -> None:
    notebook.run(BOXES)
    assert verdict(notebook, f"{TRUTH}") == (
        "Here is the answer. You made no prediction this time: to make one, run its cell again."
    )
    assert framed(notebook) == []
    commit(notebook, {"order.new": [], "order.error": [], "user.new": []})
    assert verdict(notebook, f"{TRUTH}") == "3 of 9 cells right; framed is where you said something else."
    assert framed(notebook) == ["✓ you: no"] * 6


def test_a_wrong_cell_is_framed_and_gets_the_first_reply_that_is_for_it_or_its_row(
    notebook: Notebook,
) -> None:
    notebook.run(BOXES)
    commit(notebook, {**RIGHT, "order.new": ["audit", "pager", "orders"], "user.new": []})
    for_cell = {("order.error", "pager"): "No.", ("order.new", "pager"): "No `error` in it.", "user.new": "*"}
    told = "7 of 9 cells right; framed is where you said something else."
    assert verdict(notebook, f"{TRUTH}, replies={for_cell}") == f"{told} No <code>error</code> in it."
    assert framed(notebook) == ["· you: yes", "✓ you: no"]
    for_row = {"order.error": "No.", "user.new": "audit gets all."}
    assert verdict(notebook, f"{TRUTH}, replies={for_row}") == f"{told} audit gets all."


def test_with_one_choice_in_each_row_rows_are_counted_and_the_wrong_choice_is_framed(
    notebook: Notebook,
) -> None:
    notebook.run(ONE)
    commit(notebook, {row: ["connects"] for row in DOORS})
    replies = {("guest", "connects"): "No.", ("wrong password", "connects"): "It is not let in."}
    said = verdict(notebook, f"{DOORS}, replies={replies}")
    assert said == "1 of 3 rows right; framed is where you said something else. It is not let in."
    assert framed(notebook) == ["· you", "· you"]


def test_all_right_is_said_with_nothing_framed_and_so_is_another_right_answer(notebook: Notebook) -> None:
    notebook.run(BOXES)
    commit(notebook, RIGHT)
    assert verdict(notebook, f"{TRUTH}") == "All 9 cells right. You saw it coming."
    other = {**TRUTH, "user.new": ["pager"]}
    assert verdict(notebook, f"{other}, also=[{TRUTH}]") == "All 9 cells right. You saw it coming."
    assert framed(notebook) == []
    last_row = notebook.outputs[0]["text/html"].rpartition('<tr><th scope="row">user.')[2]
    assert re.findall('aria-label="(yes|no)"', last_row) == ["yes", "no", "no"]


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        ({"order.new": []}, "Name each row"),
        ({**TRUTH, "user.new": ["auditor"]}, "The row 'user.new' can have some of"),
    ],
)
def test_an_answer_that_does_not_fit_the_grid_is_refused(
    notebook: Notebook, answer: dict[str, Any], complaint: str
) -> None:
    notebook.run(BOXES)
    outcome = notebook.try_to_run(f"guess.check({answer})")
    assert (outcome.ename, complaint in outcome.evalue) == ("CourseError", True)


@pytest.mark.parametrize("said", [[], ["kept", "lost"]])
def test_with_one_choice_a_row_has_exactly_one(said: list[str]) -> None:
    with pytest.raises(CourseError, match="can have one of"):
        Sheet(["a queue"], ["kept", "lost"], one=True).read({"a queue": said})


@pytest.mark.parametrize("names", [[], ["a", "a"], ["a", ""], "ab"])
def test_rows_and_columns_have_names_of_their_own(names: list[str]) -> None:
    for rows, columns in ((names, ["b"]), (["b"], names)):
        with pytest.raises(ValueError, match="each with a name of its own"):
            Sheet(rows, columns)


def test_long_names_of_columns_are_wrapped_at_spaces_in_words_and_after_dots_on_the_page() -> None:
    sheet = Sheet(["a"], ["critical ones, whoever sent", "orders.in.europe"])
    assert sheet.text({"a": ["orders.in.europe"]}).splitlines() == [
        "   critical ones,  orders.in.europe",
        "   whoever sent",
        "a  .               ✓",
    ]
    assert "orders.<wbr>in.<wbr>europe" in sheet.html({"a": []}, [], "Which?")


def test_names_are_shown_as_they_are_and_never_as_html() -> None:
    html = Sheet(["<b> & c"], ['"a"']).html({"<b> & c": []}, [], 'Is it "<i>"?')
    assert ">&lt;b&gt; &amp; c</th>" in html
    assert 'aria-label="Is it &quot;&lt;i&gt;&quot;?"' in html


@pytest.mark.parametrize(
    ("replies", "fits"),
    [
        ({("wrong password", "connects"): ""}, True),
        ({"guest": ""}, True),
        ({("guest", "connects"): ""}, False),
    ],
)
def test_a_lessons_grid_is_found_and_its_replies_are_for_cells_that_can_be_wrong(
    replies: dict[Any, str], fits: bool
) -> None:
    (prediction,) = asked([ONE])
    kept = {"answer": DOORS, "replies": replies}
    if fits:
        check_that_it_can_be_chosen(prediction, kept)
    else:
        with pytest.raises(AssertionError, match="14 doors"):
            check_that_it_can_be_chosen(prediction, kept)
