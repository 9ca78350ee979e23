"""How long will n errands take, under three models?"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from helpers.exercises.exercise import Answer, Exercise, Miss, Seen, Wrong
from helpers.tracing import Trace

__all__ = ["EXERCISE"]

TOTAL_STARTER = '''\
def total(model, n, c, w):
    """Seconds until n errands are done, each computing c seconds, then asking w seconds.

    model is "one by one", "threads" or "loop".
    """
'''
TOTAL = """\
def total(model, n, c, w):
    if model == "one by one":
        return n * (c + w)
    return n * c + w
"""
NO_TOTAL = (
    "`total` returned nothing: is there a `return`? Begin with the model “one by one”, then run this cell."
)
RUNS = (
    ("one by one", 3, 0.0, 0.3),
    ("threads", 3, 0.2, 0.0),
    ("loop", 3, 0.0, 0.3),
    ("threads", 4, 0.05, 0.1),
    ("loop", 3, 0.15, 0.1),
)
"""What is run for real, about 2.7 s in all: model, tasks, seconds of computing, seconds of asking."""


async def check_total(answer: Answer) -> Seen:
    total = answer.function("total", "def total(model, n, c, w):")
    for model, *_ in RUNS[:3]:
        _total(total, model, 3, 0.1, 0.2)  # what is no number at all need not wait for a run
    seen = Seen([], [])
    for model, n, c, w in RUNS:
        said = _total(total, model, n, c, w)
        # In a thread, because this one's event loop is running already.
        trace, took = await asyncio.to_thread(_measured, model, n, c, w)
        if not _near(said, took):
            message = f"For “{model}”: {_off(said, took, model, n, c, w)}"
            raise Miss(message, Seen([trace], [said]) if trace.title else None)
        if c and w and trace.title:
            seen.traces.append(trace)
            seen.expected.append(said)  # type: ignore[union-attr]
    return seen


def _total(total: Callable[..., Any], model: str, n: int, c: float, w: float) -> float:
    said = total(model, n, c, w)
    if said is None:
        other = f"`total` returned nothing for “{model}”: is there a `return` for it?"
        raise Miss(NO_TOTAL if model == "one by one" else other)
    if isinstance(said, bool) or not isinstance(said, int | float):
        raise Miss(f"`total` must return a number of seconds, and yours returned {said!r:.60}.")
    return float(said)


def _measured(model: str, n: int, c: float, w: float) -> tuple[Trace, float]:
    """A recording and its length (seconds): the arithmetic's, without a title, if the machine is too busy."""
    from helpers.tracing.models import run_errands

    right = n * (c + w) if model == "one by one" else n * c + w
    for _ in range(2):
        trace = run_errands(model, n, c, w)
        if fair := abs(trace.duration - right) <= 0.1 * right + 0.03:
            break
    trace.title = f"{model}: {n} errands of {c:g} + {w:g} s" if fair else ""
    return trace, trace.duration if fair else right


def _near(said: float, took: float) -> bool:
    # As wide as a run may miss the arithmetic, and narrow enough for every wrong formula that is known.
    return abs(said - took) <= 0.1 * took + 0.03


def _off(said: float, took: float, model: str, n: int, c: float, w: float) -> str:
    def is_like(other: float) -> bool:
        return abs(said - other) < 1e-6

    if said > 20 * took:
        return "Your number is a thousand times too big: seconds, please."
    if model == "threads" and is_like(c + w):
        return (
            f"You let {_word(n)} threads compute at once. "
            "Look at the third experiment (the same, but computing): how many lanes run at once?"
        )
    if model == "loop" and is_like(n * (c + w)):
        return "That is one `await` after another. Are they tasks?"
    if model == "loop" and is_like(c + w):
        return f"All {_word(n)} tasks compute in one thread: can two of them compute at once?"
    if model == "threads" and is_like(n * (c + w)):
        return "A thread that waits for an answer lets the others run: do the waits lie on top of each other?"
    if model != "one by one" and is_like(max(n * c, c + w)):
        return "The last one asks only when all have computed: its wait comes on top of all the computing."
    if model == "one by one" and (is_like(n * c + w) or is_like(c + w)):
        return "In one thread, does B ask before A is answered?"
    return (
        f"{n} errands of {c:g} s computing and {w:g} s asking under “{model}” took {took:.1f} s, "
        f"and you say {said:.3g}. The picture shows where the time went."
    )


def _word(number: int) -> str:
    return {2: "two", 3: "three", 4: "four"}[number]


def _total_source(one_by_one: str, threads: str, loop: str) -> str:
    return (
        "def total(model, n, c, w):\n"
        f'    if model == "one by one":\n        return {one_by_one}\n'
        f'    if model == "threads":\n        return {threads}\n'
        f"    return {loop}\n"
    )


TOTAL_WRONG = (
    Wrong(_total_source("n * (c + w)", "c + w", "n * c + w"), "You let three threads compute at once"),
    Wrong(
        _total_source("n * (c + w)", "n * c + w", "n * (c + w)"), "one `await` after another. Are they tasks?"
    ),
    Wrong(_total_source("n * c + w", "n * c + w", "n * c + w"), "does B ask before A is answered?"),
    Wrong(
        _total_source("1000 * n * (c + w)", "1000 * (n * c + w)", "1000 * (n * c + w)"),
        "a thousand times too big: seconds, please",
    ),
    Wrong(
        "def total(model, n, c, w):\n    print(n * (c + w))\n",
        "`total` returned nothing: is there a `return`?",
    ),
    Wrong(
        'def total(model, n, c, w):\n    if model == "one by one":\n        return n * (c + w)\n'
        '    if model == "thread":\n        return n * c + w\n',
        "`total` returned nothing for “threads”",
    ),
    Wrong(_total_source("n * (c + w)", "n * c + w", "c + w"), "can two of them compute at once?"),
    Wrong(
        _total_source("n * (c + w)", "max(n * c, c + w)", "max(n * c, c + w)"),
        "its wait comes on top of all the computing",
    ),
    Wrong(_total_source("n * (c + w)", "n * (c + w)", "n * c + w"), "do the waits lie on top of each other?"),
    Wrong(
        _total_source("n * (c + w)", "n * c + w / n", "n * c + w / n"),
        "The picture shows where the time went",
    ),
)

EXERCISE = Exercise(
    name="total",
    lesson="01",
    title="How long will it take?",
    starter=TOTAL_STARTER,
    solution=TOTAL,
    hints=(
        "Which part of an errand can overlap with another's?",
        "Computing adds up in all three models.",
        "Threads and the loop have the same total: all the computing, then the last wait.",
    ),
    check=check_total,
    starter_message=NO_TOTAL,
    wrong=TOTAL_WRONG,
    passed="Your numbers and the measured runs agree: the lines stand where the work ended.",
    time_limit=15,
    asks=True,
)
