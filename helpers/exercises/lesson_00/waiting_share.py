"""How much of a job was waiting?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from helpers.exercises.exercise import Answer, Exercise, Miss, Wrong, is_number

__all__ = ["EXERCISE"]

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
    if not is_number(share):
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

EXERCISE = Exercise(
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
)
