"""Whatever an answer does to its own kernel: one clear message, in time, and ours lives."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from helpers.exercises import find
from helpers.exercises.judge import judge

Output = tuple[list[str], Callable[[str, dict[str, Any]], None]]
STOPWATCH = "def stopwatch(job):\n"
FAULTS = {
    "an endless loop in the cell": (
        "x = 0\nwhile True:\n    x += 1",
        "not done after 2 seconds, so it was stopped in line",
    ),
    "an endless loop in the function": (
        STOPWATCH + "    while True:\n        pass",
        "not done after 2 seconds, so it was stopped in line 3",
    ),
    "an endless loop that catches the interrupt": (
        "while True:\n    try:\n        while True: pass\n    except KeyboardInterrupt: pass",
        "not done after 2 seconds, so it was stopped",
    ),
    "a lock that C code holds": ("sum(range(10**11))", "not done after 2 seconds, so it was stopped"),
    "a missing colon": (
        "def stopwatch(job)\n    job()",
        "Python can't read line 2 of this cell: expected ':'",
    ),
    "a missing indentation": (STOPWATCH + "job()", "Python can't read line 3 of this cell"),
    "an unknown name in the cell": ("perf_counter()", "NameError: name 'perf_counter' is not defined"),
    "an exception in the function": (
        STOPWATCH + "    job()\n    return 1 / 0",
        "Your code stopped with ZeroDivisionError: division by zero, in line 4: `return 1 / 0`.",
    ),
    "sys.exit() in the cell": ("import sys\nsys.exit()", "Your code called sys.exit(), which ends Python"),
    "exit() in the cell": ("exit()", "Your code called exit(), which ends Python"),
    "sys.exit() in the function": (
        STOPWATCH + "    import sys; sys.exit(3)",
        "Your code called sys.exit(), which ends Python",
    ),
    "os._exit() in the function": (
        STOPWATCH + "    import os; os._exit(3)",
        "ended the Python that it ran in (its Python is gone: it ended with exit code 3)",
    ),
    "killing itself": (
        "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
        "ended the Python that it ran in (its Python is gone: it was killed by SIGKILL)",
    ),
    "no such function": ("def stopwach(job):\n    pass", "There is no function `stopwatch` in your cell"),
    "a number instead of a function": (
        "stopwatch = 0.2",
        "`stopwatch` should be a function and is of type float",
    ),
    "too few parameters": ("def stopwatch():\n    pass", "could not be called (stopwatch() takes 0"),
    "a wrong type": (STOPWATCH + "    job()\n    return 'soon'", "must return two numbers, `(wall, cpu)`"),
    "an async function": (
        "async def stopwatch(job):\n    job()",
        "`stopwatch` needs no `async`",
    ),
    "no end of recursion": (STOPWATCH + "    return stopwatch(job)", "RecursionError"),
    "an empty cell": ("", "There is no function `stopwatch` in your cell"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_answer_ends_in_one_clear_message(fault: str, output: Output) -> None:
    source, message = FAULTS[fault]
    began = time.monotonic()
    verdict = judge(replace(find("stopwatch"), time_limit=2), source, output[1])
    assert not verdict.passed
    assert message in verdict.message
    assert len(verdict.message) < 330
    assert time.monotonic() - began < 15


def test_a_syntax_error_is_shown_with_its_line_in_color(output: Output) -> None:
    printed, listen = output
    judge(find("stopwatch"), "def stopwatch(job)\n    job()", listen)
    text = "".join(printed)
    assert "def stopwatch(job)" in text
    assert "\x1b[" in text


def test_a_million_lines_are_cut_and_the_answer_still_counts(output: Output) -> None:
    printed, listen = output
    source = "for i in range(1_000_000):\n    print(i)\n" + find("stopwatch").solution
    exercise = find("stopwatch")
    verdict = judge(exercise, source, listen)
    assert sum(map(len, printed)) < 200_000
    assert "The output is cut here" in printed[-1]
    assert verdict.passed or "not done after 5 seconds" in verdict.message


def test_what_an_answer_prints_is_shown(output: Output) -> None:
    printed, listen = output
    judge(find("waiting_share"), "def waiting_share(wall, cpu):\n    print('wall is', wall)", listen)
    assert "wall is 1.0" in "".join(printed)


def test_the_second_exercise_uses_the_stopwatch_that_the_learner_wrote(output: Output) -> None:
    from helpers.exercises.progress import PASSED, store

    own = "def stopwatch(job):\n    print('my own stopwatch')\n    job()\n    return 1.0, 0.0\n"
    store().note(PASSED, "00", "stopwatch", own)
    printed, listen = output
    verdict = judge(find("waiting_share"), find("waiting_share").solution, listen)
    assert verdict.passed, verdict.message
    assert "my own stopwatch" in "".join(printed)
