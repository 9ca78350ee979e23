"""From looks at a state to events: how many presses are in a row of looks?"""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from helpers.exercises.exercise import Answer, Exercise, Miss, Wrong, is_number

__all__ = ["EXERCISE"]

STARTER = '''\
def count_clicks(looks):
    """Return how many presses began in these looks: 0 is up, 1 is down.

    Before the first look the button was up.
    """
'''
SOLUTION = """\
def count_clicks(looks):
    clicks, was_down = 0, 0
    for down in looks:
        clicks += down and not was_down
        was_down = down
    return clicks
"""
NOTHING = (
    "`count_clicks` returned nothing: is there a `return`? A click is a change: compare each look with the "
    "one before, then run this cell."
)
CASES: tuple[list[int], ...] = ([0, 1, 1, 1, 0, 1], [1, 1, 1], [0, 1, 0, 1, 0], [0, 0], [])


def check_count_clicks(answer: Answer) -> None:
    count_clicks = answer.function("count_clicks", "def count_clicks(looks):")
    dice = random.Random(3)
    for looks in (*CASES, [dice.randint(0, 1) for _ in range(1000)]):
        said, right = _said(count_clicks, looks), _changes(looks, 1)
        if said is None:
            raise Miss(NOTHING)
        if not is_number(said) and not isinstance(said, bool):
            raise Miss(f"`count_clicks` must return a number, and yours returned {said!r:.60}.")
        if said != right:
            raise Miss(_off(said, right, looks))


def _said(count_clicks: Callable[..., Any], looks: list[int]) -> Any:
    try:
        return count_clicks(list(looks))
    except (IndexError, ValueError):
        if looks:
            raise
        raise Miss("Your function fails on `[]`. Nobody looked, so nobody saw a press: that is 0.") from None


def _changes(looks: list[int], to: int) -> int:
    return sum(b == to and a != to for a, b in pairwise([0, *looks]))


def _off(said: Any, right: int, looks: list[int]) -> str:
    ups = _changes(looks, 0)
    if said == sum(looks):
        return "You counted looks, not presses: a long press counts once."
    if said == ups + right:
        return "You counted every change, releases too. Which of the two changes is a press?"
    if looks[:1] == [1] and said == right - 1:
        return "The button was already down at the first look: that press counts."
    if said == ups:
        return "You counted releases: the last press hasn't ended yet, and it counts."
    shown = f"`{looks}`" if len(looks) < 10 else f"{len(looks)} looks at random"
    return f"In {shown} there are {right} presses, and you say {said!r:.20}."


def _source(*lines: str) -> str:
    return "def count_clicks(looks):\n" + "".join(f"    {line}\n" for line in lines)


WRONG = (
    Wrong(_source("return sum(looks)"), "You counted looks, not presses"),
    Wrong(_source("return sum(a and not b for a, b in zip(looks, looks[1:]))"), "You counted releases"),
    Wrong(_source("return sum(a != b for a, b in zip([0] + looks, looks))"), "You counted every change"),
    Wrong(
        _source("return sum(b and not a for a, b in zip(looks, looks[1:]))"),
        "already down at the first look",
    ),
    Wrong(
        _source("return looks[0] + sum(b and not a for a, b in zip(looks, looks[1:]))"),
        "Nobody looked, so nobody saw a press",
    ),
    Wrong(_source("print(sum(b and not a for a, b in zip([0] + looks, looks)))"), "returned nothing"),
    Wrong(_source("return [look for look in looks if look]"), "must return a number"),
)

EXERCISE = Exercise(
    name="count_clicks",
    lesson="03",
    title="Count the clicks",
    starter=STARTER,
    solution=SOLUTION,
    hints=(
        "A click is a change, from 0 to 1.",
        "So compare each look with the look before it.",
        "Before the first look the button was up: begin with `was_down = 0`.",
    ),
    check=check_count_clicks,
    starter_message=NOTHING,
    wrong=WRONG,
    passed="From states you made events.",
)
