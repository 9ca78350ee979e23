"""Who was online on two days, in a bit for each."""

from __future__ import annotations

from typing import Any

from helpers.exercises.exercise import Answer, Exercise, Miss, Wrong
from helpers.exercises.lesson_21.shop import empty

__all__ = ["EXERCISE"]

STARTER = '''\
def online(r, day, user):
    """Note that `user`, a number from 0 to 1,000, was online on `day`."""
    r.sadd(day, user)

def both_days(r, a, b):
    """How many users were online on both days."""
    return len(r.sinter(a, b))
'''
LARGE = (
    "The number is right, and it takes far more memory than it must: with a bit for each number "
    "a day has 126 bytes. `setbit` sets one."
)
SOLUTION = """\
def online(r, day, user):
    r.setbit(day, user, 1)

def both_days(r, a, b):
    r.bitop("AND", "both days", a, b)
    return r.bitcount("both days")
"""
BITS = "def online(r, day, user):\n    r.setbit(day, user, 1)\n\n"
DAYS = {
    "mon": {user for user in range(1001) if user % 3 != 1},
    "tue": {user for user in range(1001) if user % 4 != 1},
    "wed": {user for user in range(1001) if user % 5 != 1},
}


def check(answer: Answer) -> None:
    online = answer.function("online", "def online(r, day, user):")
    both_days = answer.function("both_days", "def both_days(r, a, b):")
    r = empty()
    for day, users in DAYS.items():
        for user in users:
            online(r, day, user)
    online(r, "mon", 2)
    cost = sum(r.memory_usage(key, samples=0) or 0 for key in r.scan_iter())
    asked = _commands(r)
    got = both_days(r, "mon", "tue")
    asked = _commands(r) - asked
    _is_number(got)
    _first(got)
    if cost > 1000 * len(DAYS):
        raise Miss(LARGE)
    if asked > 10:
        raise Miss(
            f"The number is right, and you asked the server {asked - 1:,} times for it. `bitop` lays two "
            "days on top of each other over there."
        )
    _others(r, both_days)


def _is_number(got: Any) -> None:
    if isinstance(got, bool) or not isinstance(got, int):
        raise Miss(f"`both_days` returned {got!r:.40}. How many users were online on both days?")


def _first(got: int) -> None:
    truth = len(DAYS["mon"] & DAYS["tue"])
    if got == len(DAYS["mon"] | DAYS["tue"]):
        raise Miss("That is how many were online on one of the days, or both: OR. Both is AND.")
    if got == truth - 1:
        raise Miss(f"{truth} users were online on both days, and you say {got}. Where is user 0?")
    if got == 126:
        raise Miss(
            "126 is how many bytes the result has, which is what `bitop` answers. How many of its bits are 1?"
        )
    if abs(got - truth) > truth / 3:
        raise Miss(f"{truth} users were online on both days, and you say {got:,}.")
    if got != truth:
        raise Miss(f"{truth} users were online on both days, and you say {got}: that is an estimate.")


def _others(r: Any, both_days: Any) -> None:
    for a, b in (("mon", "wed"), ("mon", "tue"), ("tue", "wed"), ("mon", "mon")):
        got, truth = both_days(r, a, b), len(DAYS[a] & DAYS[b])
        if got != truth:
            raise Miss(
                f"Asked again, for {a} and {b}, you said {got!r:.20}, and {truth} is right: the first "
                "question has changed something. Where does `bitop` put its result?"
            )
    if both_days(r, "mon", "sun"):
        raise Miss("Nobody was online on sun, so for mon and sun the number is 0.")


def _commands(r: Any) -> int:
    return int(r.info("stats")["total_commands_processed"])


WRONG = (
    Wrong(
        BITS + "def both_days(r, a, b):\n"
        "    return sum(r.getbit(a, user) and r.getbit(b, user) for user in range(1001))\n",
        "`bitop` lays two days on top of each other",
    ),
    Wrong(
        BITS + "def both_days(r, a, b):\n    r.bitop('AND', a, a, b)\n    return r.bitcount(a)\n",
        "the first question has changed something",
    ),
    Wrong(
        BITS + "def both_days(r, a, b):\n    return r.bitop('AND', 'both', a, b)\n", "126 is how many bytes"
    ),
    Wrong(
        BITS + "def both_days(r, a, b):\n    r.bitop('OR', 'both', a, b)\n    return r.bitcount('both')\n",
        "one of the days, or both: OR",
    ),
    Wrong(
        BITS + "def both_days(r, a, b):\n    r.bitop('AND', 'both', a, b)\n",
        "`both_days` returned None",
    ),
    Wrong(
        "def online(r, day, user):\n    r.rpush(day, user)\n\ndef both_days(r, a, b):\n"
        "    return len(set(r.lrange(a, 0, -1)) & set(r.lrange(b, 0, -1)))\n",
        "with a bit for each number",
    ),
    Wrong(
        "def online(r, day, user):\n    r.pfadd(day, user)\n\ndef both_days(r, a, b):\n"
        "    return r.pfcount(a) + r.pfcount(b) - r.pfcount(a, b)\n",
        "that is an estimate",
    ),
)

EXERCISE = Exercise(
    name="online",
    lesson="21",
    title="Who was online on both days?",
    starter=STARTER,
    solution=SOLUTION,
    hints=(
        "A set is right, and large. What did experiment 1 take for a user?",
        "`setbit(day, user, 1)` for each; then AND of two days, and count.",
        '`bitop("AND", "a third key", a, b)` and `bitcount("a third key")`.',
    ),
    check=check,
    starter_message=LARGE,
    wrong=WRONG,
    passed="A bit for each, and two commands for the question.",
)
