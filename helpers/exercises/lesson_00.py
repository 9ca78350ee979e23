"""The exercises of lesson 00."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from helpers.exercises.exercise import Answer, Exercise, Miss, Wrong

__all__ = ["EXERCISES"]

# -- a stopwatch with two hands ---------------------------------------------------------------

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
    if not (isinstance(result, tuple | list) and len(result) == 2 and all(map(_is_number, result))):
        raise Miss(f"`stopwatch` must return two numbers, `(wall, cpu)`, and yours returned {result!r:.60}.")
    return float(result[0]), float(result[1])


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


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

# -- how much of it was waiting? --------------------------------------------------------------

SHARE_STARTER = '''\
def waiting_share(wall, cpu):
    """Return which part of the wall's seconds was waiting: from 0 to 1."""
'''
SHARE = """\
def waiting_share(wall, cpu):
    if wall == 0:
        return 0
    return max(0, 1 - cpu / wall)
"""
NO_SHARE = "`waiting_share` returned nothing. Work out which part of `wall` was not `cpu`, and return it."


def check_share(answer: Answer) -> None:
    share_of = answer.function("waiting_share", "def waiting_share(wall, cpu):")
    only_waits = _share(share_of, 1.0, 0.0)
    half_works = _share(share_of, 2.0, 0.5)
    if only_waits in (0, 0.0):
        raise Miss("That is the share of *work*. For a program that only waits you say 0.")
    if max(only_waits, half_works) >= 50:
        raise Miss(
            f"A fraction, please: between 0 and 1. For a program that only waits you say {only_waits:g}."
        )
    if half_works == 1.5:
        raise Miss(
            "Seconds, not a share: divide by the whole. For 2 s with 0.5 s of work you say 1.5, which is "
            "more than all of it."
        )
    _must_be(1.0, only_waits, 1.0, 0.0)
    _must_be(0.75, half_works, 2.0, 0.5)
    _must_be(0.0, _share(share_of, 1.0, 1.0), 1.0, 1.0)
    if _share(share_of, 1.0, 1.6) != 0:
        raise Miss(
            "More CPU than wall is possible: several cores at work. Nothing was waited for then: 0. "
            f"You say {_share(share_of, 1.0, 1.6):.2g} for 1.0 s of wall and 1.6 s of CPU."
        )
    _no_length(share_of)
    _on_a_question(answer, share_of)


def _share(share_of: Callable[..., Any], wall: float, cpu: float) -> float:
    share = share_of(wall, cpu)
    if share is None:
        raise Miss(NO_SHARE)
    if not _is_number(share):
        raise Miss(f"`waiting_share` must return a number from 0 to 1, and yours returned {share!r:.60}.")
    return float(share)


def _must_be(right: float, share: float, wall: float, cpu: float) -> None:
    if abs(share - right) > 1e-6:
        raise Miss(
            f"Of {wall:g} s on the wall this job computed {cpu:g} s, so it waited {wall - cpu:g} s: "
            f"a share of {right:g}, and you say {share:.3g}."
        )


def _no_length(share_of: Callable[..., Any]) -> None:
    message = "A job of no length waited for nothing: return 0"
    try:
        share = _share(share_of, 0.0, 0.0)
    except ZeroDivisionError:
        raise Miss(f"{message} when `wall` is 0, before you divide by it.") from None
    if share != 0:
        raise Miss(f"{message}. You say {share:.3g} for `waiting_share(0.0, 0.0)`.")


def _on_a_question(answer: Answer, share_of: Callable[..., Any]) -> None:
    """The learner's own stopwatch, and a real question to a real server."""
    from helpers.tracing.errands import ask

    ask(0)  # the first question of a process also connects
    wall, cpu = answer.function("stopwatch", "def stopwatch(job):")(lambda: ask(0.2))
    share = _share(share_of, wall, cpu)
    if share < 0.9:
        raise Miss(
            f"`ask(0.2)` only waits, and with your stopwatch's ({wall:.2f}, {cpu:.2f}) you say {share:.2f}. "
            "Run this cell once more; if it stays so, look at the two hands."
        )


def _waiting_share(*lines: str) -> str:
    return "def waiting_share(wall, cpu):\n" + "".join(f"    {line}\n" for line in lines)


SHARE_WRONG = (
    Wrong(_waiting_share("return cpu / wall"), "That is the share of *work*"),
    Wrong(_waiting_share("return 100 * (1 - cpu / wall)"), "A fraction, please: between 0 and 1"),
    Wrong(_waiting_share("return wall - cpu"), "Seconds, not a share: divide by the whole"),
    Wrong(_waiting_share("return (wall - cpu) / wall"), "More CPU than wall is possible"),
    Wrong(_waiting_share("return abs(wall - cpu) / wall"), "More CPU than wall is possible"),
    Wrong(_waiting_share("return max(0, 1 - cpu / wall)"), "A job of no length waited for nothing: return 0"),
    Wrong(
        _waiting_share("if not wall:", "    return 1", "return max(0, 1 - cpu / wall)"),
        "A job of no length waited for nothing: return 0",
    ),
    Wrong(_waiting_share("return 0.5"), "a share of 1, and you say 0.5"),
    Wrong(_waiting_share("return f'{1 - cpu / wall:.0%}'"), "must return a number from 0 to 1"),
)

EXERCISES = (
    Exercise(
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
    ),
    Exercise(
        name="waiting_share",
        lesson="00",
        title="How much of it was waiting?",
        starter=SHARE_STARTER,
        solution=SHARE,
        hints=(
            "What is left of the wall's time when you take the work away?",
            "Divide what is left by the wall's time, unless that is 0.",
            "`max(0, …)` keeps a share from going below 0.",
        ),
        check=check_share,
        starter_message=NO_SHARE,
        wrong=SHARE_WRONG,
        passed="On a real question your two functions say: more than nine tenths of it was waiting.",
        builds_on=("stopwatch",),
        asks=True,
    ),
)
