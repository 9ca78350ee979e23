"""Every exercise: the starter fails with its message, the solution passes, each wrong answer gets its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from helpers.exercises import exercises, find
from helpers.exercises.exercise import Exercise, Wrong
from helpers.exercises.judge import judge
from helpers.queues.broker import ready_broker
from tests.exercises.quick import Quick

ALL = list(exercises().values())
WRONG = [
    pytest.param(exercise, wrong, id=f"{exercise.name}: {wrong.message}")
    for exercise in ALL
    for wrong in exercise.wrong
]


@pytest.mark.parametrize("exercise", ALL, ids=lambda e: e.name)
def test_the_starter_fails_with_a_message_that_says_what_to_do_next(exercise: Exercise) -> None:
    verdict = judge(exercise, exercise.starter)
    assert (verdict.passed, verdict.message) == (False, exercise.starter_message)


@pytest.mark.parametrize("exercise", ALL, ids=lambda e: e.name)
def test_the_solution_passes(exercise: Exercise) -> None:
    verdict = judge(exercise, exercise.solution)
    assert verdict.passed, verdict.message
    assert verdict.message == f"Passed. {exercise.passed}"


@pytest.fixture(scope="module")
def quick() -> Iterator[Quick]:
    quick = Quick()
    yield quick
    quick.end()


@pytest.mark.parametrize(("exercise", "wrong"), WRONG)
def test_a_known_wrong_answer_gets_its_own_message(exercise: Exercise, wrong: Wrong, quick: Quick) -> None:
    """Without a kernel, if that will do: there are hundreds, and a kernel costs half a second."""
    if exercise.broker:
        ready_broker()
    message = quick.message(exercise, wrong.source)
    if message is None or wrong.message not in message:
        verdict = judge(exercise, wrong.source)
        assert not verdict.passed
        message = verdict.message
    assert wrong.message in message
    assert len(message) < 200


@pytest.mark.parametrize("exercise", ALL, ids=lambda e: e.name)
def test_no_two_wrong_answers_are_the_same_program(exercise: Exercise) -> None:
    sources = [exercise.starter, exercise.solution, *(wrong.source for wrong in exercise.wrong)]
    assert len(set(sources)) == len(sources)
    assert 2 <= len(exercise.hints) <= 4


def test_a_broker_that_was_killed_is_started_again_for_an_exercise() -> None:
    ready_broker().service.kill()
    verdict = judge(find("safe_send"), find("safe_send").solution)
    assert verdict.passed, verdict.message


OTHER_WAYS = {
    "a list instead of a tuple": (
        "stopwatch",
        "import time\ndef stopwatch(job):\n    a, b = time.perf_counter(), time.process_time()\n    job()\n"
        "    return [time.perf_counter() - a, time.process_time() - b]",
    ),
    "a share with an early return": (
        "waiting_share",
        "def waiting_share(wall, cpu):\n    if cpu >= wall:\n        return 0.0\n"
        "    return (wall - cpu) / wall",
    ),
    "a sum for each model": (
        "total",
        "def total(model, n, c, w):\n    return {'one by one': n * (c + w), 'threads': n * c + w,"
        " 'loop': n * c + w}[model]",
    ),
    "a pool of threads": (
        "ask_all",
        "from concurrent.futures import ThreadPoolExecutor\nfrom helpers import ask\n"
        "def ask_all(delays):\n    with ThreadPoolExecutor() as pool:\n"
        "        return list(pool.map(ask, delays))",
    ),
    "a class of threads": (
        "ask_all",
        "import threading\nimport helpers\nclass Asker(threading.Thread):\n    def __init__(self, d):\n"
        "        super().__init__()\n        self.d = d\n    def run(self):\n"
        "        self.answer = helpers.ask(self.d)\n"
        "def ask_all(delays):\n    askers = [Asker(d) for d in delays]\n"
        "    for a in askers:\n        a.start()\n"
        "    for a in askers:\n        a.join()\n    return [a.answer for a in askers]",
    ),
    "a task group": (
        "unfreeze",
        "import asyncio\nfrom helpers import ask\nasync def unfreeze(delays):\n"
        "    async with asyncio.TaskGroup() as group:\n"
        "        tasks = [group.create_task(asyncio.to_thread(ask, d)) for d in delays]\n"
        "    return [task.result() for task in tasks]",
    ),
    "run_in_executor": (
        "unfreeze",
        "import asyncio\nfrom helpers import ask\nasync def unfreeze(delays):\n"
        "    loop = asyncio.get_running_loop()\n"
        "    return await asyncio.gather(*(loop.run_in_executor(None, ask, d) for d in delays))",
    ),
}


@pytest.mark.parametrize("way", OTHER_WAYS)
def test_another_right_answer_passes_too(way: str) -> None:
    name, source = OTHER_WAYS[way]
    verdict = judge(find(name), source)
    assert verdict.passed, verdict.message
