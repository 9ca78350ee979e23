"""A stopwatch with two hands: wall and CPU."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from helpers.exercises.exercise import Answer, Exercise, Miss, Wrong, is_number

__all__ = ["EXERCISE"]

NAP = 0.2
"""Seconds that each of the check's jobs sleeps or computes."""

STOPWATCH_STARTER = '''\
from time import perf_counter, thread_time

def stopwatch(job):
    """Call job() once; return the seconds it took: (wall, cpu)."""
'''
STOPWATCH = """\
from time import perf_counter, thread_time

def stopwatch(job):
    wall, cpu = perf_counter(), thread_time()
    job()
    return perf_counter() - wall, thread_time() - cpu
"""
NO_HANDS = (
    "`stopwatch` returned nothing. Read two clocks, call `job()`, read them again, return both differences."
)


def check_stopwatch(answer: Answer) -> None:
    stopwatch = answer.function("stopwatch", "def stopwatch(job):")
    _try_twice(lambda: _nap(*_hands(stopwatch, _sleep)))
    _try_twice(lambda: _work(*_hands(stopwatch, _burn)))
    _try_twice(lambda: _both(*_hands(stopwatch, _sleep_and_burn)))


def _sleep() -> None:
    time.sleep(NAP)


def _burn() -> None:
    end = time.thread_time() + NAP
    while time.thread_time() < end:
        pass


def _sleep_and_burn() -> None:
    _sleep()
    _burn()


def _try_twice(measure: Callable[[], None]) -> None:
    """A busy machine can spoil one measurement; an error in the answer spoils both."""
    try:
        measure()
    except Miss:
        measure()


def _hands(stopwatch: Callable[..., Any], job: Callable[[], Any]) -> tuple[float, float]:
    """What the learner's stopwatch says about `job`, made sure to be two numbers and one call."""
    calls = 0

    def counted() -> None:
        nonlocal calls
        calls += 1
        job()

    result = stopwatch(counted)
    if calls == 0 and result is not None:
        raise Miss("Your stopwatch ran, but the job never did: call `job()`.")
    if result is None:
        raise Miss(NO_HANDS)
    if calls > 1:
        times = "twice" if calls == 2 else f"{calls} times"
        raise Miss(f"The job ran {times}: once to measure it is enough.")
    if isinstance(result, int | float):
        raise Miss("Your stopwatch has one hand: return two numbers, `(wall, cpu)`.")
    if not (isinstance(result, tuple | list) and len(result) == 2 and all(map(is_number, result))):
        raise Miss(f"`stopwatch` must return two numbers, `(wall, cpu)`, and yours returned {result!r:.60}.")
    return float(result[0]), float(result[1])


def _nap(wall: float, cpu: float) -> None:
    """The nap tells nearly all mistakes apart."""
    clocks = time.perf_counter(), time.time(), time.monotonic()
    if any(abs(max(wall, cpu) - clock) < 5 for clock in clocks):
        raise Miss("These are clock readings. Subtract the earlier from the later.")
    if wall < -0.05 or cpu < -0.05:
        raise Miss("Time ran backward: later minus earlier.")
    if wall > 20:
        raise Miss(f"Seconds, please: your nap took {float(f'{wall:.2g}'):g}.")
    if wall < NAP / 4 and cpu > NAP / 2:
        raise Miss("Your hands are swapped: wall first, then CPU.")
    if cpu > NAP / 4:
        raise Miss(
            f"While napping no CPU is used, and your CPU hand says {cpu:.1f} s. "
            "Which clock stands still while you sleep?"
        )
    if wall < NAP / 2:
        raise Miss(
            f"The nap lasted {NAP} s, and your wall hand says {wall:.1f} s. "
            "Which clock goes on while you sleep?"
        )
    if not 0.95 * NAP <= wall <= 2 * NAP + 0.1:
        raise Miss(
            f"The nap lasted {NAP} s, and your wall hand says {wall:.2f} s. What else did you measure?"
        )


def _work(wall: float, cpu: float) -> None:
    if abs(cpu - NAP) > 0.05:
        raise Miss(
            f"The second job computed for {NAP} s, and your CPU hand says {cpu:.2f} s. "
            "Read the CPU's clock before the job and again after it."
        )
    if wall < 0.75 * NAP:
        raise Miss(f"The second job took {NAP} s or more, and your wall hand says {wall:.2f} s.")


def _both(wall: float, cpu: float) -> None:
    if wall < 1.75 * NAP or abs(cpu - NAP) > 0.05:
        raise Miss(
            f"A job that slept {NAP} s and then computed {NAP} s should give about (0.4, 0.2), "
            f"and yours gave ({wall:.1f}, {cpu:.1f})."
        )


def _stopwatch(*lines: str) -> str:
    body = "\n".join(f"    {line}" for line in lines)
    return f"from time import perf_counter, process_time, thread_time\n\ndef stopwatch(job):\n{body}\n"


STOPWATCH_WRONG = (
    Wrong(
        _stopwatch(
            "wall, cpu = perf_counter(), process_time()",
            "return perf_counter() - wall, process_time() - cpu",
        ),
        "but the job never did: call `job()`",
    ),
    Wrong(
        _stopwatch(
            "wall = perf_counter()",
            "job()",
            "wall = perf_counter() - wall",
            "cpu = process_time()",
            "job()",
            "return wall, process_time() - cpu",
        ),
        "The job ran twice",
    ),
    Wrong(
        _stopwatch(
            "start = perf_counter()",
            "job()",
            "end = perf_counter()",
            "return end - start, end - start",
        ),
        "your CPU hand says 0.2 s. Which clock stands still",
    ),
    Wrong(
        _stopwatch(
            "start = process_time()",
            "job()",
            "end = process_time()",
            "return end - start, end - start",
        ),
        "your wall hand says 0.0 s. Which clock goes on",
    ),
    Wrong(
        _stopwatch(
            "wall, cpu = perf_counter(), process_time()",
            "job()",
            "return process_time() - cpu, perf_counter() - wall",
        ),
        "Your hands are swapped",
    ),
    Wrong(_stopwatch("job()", "return perf_counter(), process_time()"), "These are clock readings"),
    Wrong(
        _stopwatch(
            "wall, cpu = perf_counter(), thread_time()",
            "job()",
            "return 1000 * (perf_counter() - wall), 1000 * (thread_time() - cpu)",
        ),
        "Seconds, please: your nap took 200",
    ),
    Wrong(
        _stopwatch(
            "wall, cpu = perf_counter(), process_time()",
            "job()",
            "return wall - perf_counter(), cpu - process_time()",
        ),
        "Time ran backward",
    ),
    Wrong(
        _stopwatch("wall = perf_counter()", "job()", "return perf_counter() - wall"),
        "one hand",
    ),
    Wrong(
        _stopwatch(
            "wall, cpu = perf_counter(), thread_time()",
            "job()",
            "print(perf_counter() - wall, thread_time() - cpu)",
        ),
        "`stopwatch` returned nothing",
    ),
)

EXERCISE = Exercise(
    name="stopwatch",
    lesson="00",
    title="A stopwatch with two hands",
    starter=STOPWATCH_STARTER,
    solution=STOPWATCH,
    hints=(
        "You did it in the second experiment, without a function.",
        "Two readings before the job, two after it.",
        "Before: `wall, cpu = perf_counter(), thread_time()`. Then `job()`. Then the two differences.",
    ),
    check=check_stopwatch,
    starter_message=NO_HANDS,
    wrong=STOPWATCH_WRONG,
    passed="Your stopwatch tells waiting from working.",
)
