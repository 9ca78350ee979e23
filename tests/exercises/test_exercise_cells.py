"""`%%exercise` in a notebook: one message, hints, the solution when it is time, and Run All goes on."""

from __future__ import annotations

import pytest

from helpers.exercises import exercises, find
from helpers.exercises.progress import PASSED, TRIED, store
from tests.exercises.conftest import Notebook

WIDGET = "application/vnd.jupyter.widget-view+json"
PANEL = """
from helpers.exercises.exercise import find
from helpers.exercises.inside import Verdict
from helpers.exercises.panel import Panel
panel = Panel(find('stopwatch'), Verdict(False, 'Not yet'))
def hint():
    panel.hint_button.click()
    return panel.hint_button.description, panel.hints.value.count('<li>')
def key():
    panel._draw_solution_button()
    return panel.solution_button.description, panel.solution_button.disabled
def look():
    panel.solution_button.click()
    return panel.solution.layout.display
"""


DRAWN = {
    "ask_all": ["your threads\n  main  waiting"],
    "unfreeze": [
        "your loop and its heart\n  main        waiting\n  heart       ready\n  the thread  waiting"
    ],
}
"""What stands under the starter's message, as stored in the lesson."""


@pytest.mark.parametrize("name", list(exercises()))
def test_a_starter_shows_its_message_and_run_all_goes_on(notebook: Notebook, name: str) -> None:
    exercise = find(name)
    texts = notebook.run(f"%%exercise {name}\n{exercise.starter}")
    assert texts == [exercise.starter_message, *DRAWN.get(name, [])]
    assert WIDGET in notebook.outputs[0]
    assert store().events() == []  # running what was given is no try


def test_a_pass_is_kept_with_its_source_and_so_is_a_try(notebook: Notebook) -> None:
    exercise = find("waiting_share")
    wrong = exercise.wrong[0].source
    notebook.run(f"%%exercise waiting_share\n{wrong}")
    assert store().sources(TRIED, "waiting_share") == [wrong]
    assert notebook.run(f"%%exercise waiting_share\n{exercise.solution}")[0].startswith("Passed.")
    assert store().sources(PASSED, "waiting_share") == [exercise.solution]


def test_a_check_that_recorded_something_draws_it_under_the_message(notebook: Notebook) -> None:
    texts = notebook.run(f"%%exercise ask_all\n{find('ask_all').solution}")
    assert len(texts) == 2
    assert texts[1].startswith("your threads")
    assert "image/png" in notebook.outputs[1]


def test_an_unknown_exercise_says_which_there_are(notebook: Notebook) -> None:
    outcome = notebook.try_to_run("%%exercise stopwach\npass")
    assert outcome.ename == "CourseError"
    assert "one of these names: stopwatch, waiting_share, total" in outcome.evalue


def test_hints_come_one_at_a_time_and_stay_open_in_the_next_try(notebook: Notebook) -> None:
    notebook.run(PANEL)
    assert notebook.kernel.evaluate("[hint(), hint(), hint(), hint()]") == [
        ("Hint 2 of 3", 1),
        ("Hint 3 of 3", 2),
        ("No more hints", 3),
        ("No more hints", 3),
    ]
    notebook.run("panel = Panel(find('stopwatch'), Verdict(False, 'Not yet'))")
    assert notebook.kernel.evaluate("panel.hints.value.count('<li>')") == 3


def test_the_solution_opens_after_three_different_tries(notebook: Notebook) -> None:
    notebook.run(PANEL)
    for source in ("a", "a", "b"):
        store().note(TRIED, "00", "stopwatch", source)
    assert notebook.kernel.evaluate("key()") == ("Solution after 1 more try", True)
    assert notebook.kernel.evaluate("look()") == "none"
    store().note(TRIED, "00", "stopwatch", "c")
    assert notebook.kernel.evaluate("key()") == ("A solution", False)
    assert notebook.kernel.evaluate("[look(), key()]") == ["", ("Hide the solution", False)]
    assert notebook.kernel.evaluate("look()") == "none"


def test_the_solution_opens_after_a_pass(notebook: Notebook) -> None:
    notebook.run(PANEL)
    store().note(PASSED, "00", "stopwatch", "…")
    assert notebook.kernel.evaluate("[key(), look()]") == [("A solution", False), ""]


def test_an_interrupted_check_says_so_and_leaves_no_kernel(notebook: Notebook) -> None:
    import psutil

    begun = notebook.kernel.begin(
        "%%exercise stopwatch\nimport os\nprint('process', os.getpid())\nwhile True: pass"
    )
    line = begun.wait_for("process", timeout=20)
    assert line
    notebook.kernel.interrupt()
    outcome = begun.wait(10)
    assert outcome and outcome.ename == "CourseError"
    assert "You stopped the check" in outcome.evalue
    assert not psutil.pid_exists(int(line.split()[1]))


def test_five_runs_leave_no_more_processes_than_one(notebook: Notebook) -> None:
    import psutil

    cell = "%%exercise stopwatch\nimport os\nos._exit(1)"
    notebook.run(cell)
    notebook.run("from helpers.background import start; start.warm(); start._spare.result(); None")
    me = psutil.Process(notebook.kernel.pid)
    before = len(me.children(recursive=True))
    for _ in range(5):
        notebook.run(cell)
    notebook.run("start.warm(); start._spare.result(); None")
    assert len(me.children(recursive=True)) <= before
