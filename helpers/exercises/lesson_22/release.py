"""Giving back a lock, if it is one's own."""

from __future__ import annotations

from typing import Any

from helpers.exercises.exercise import Answer, Exercise, Miss, Wrong
from helpers.exercises.lesson_22.steps import Step, Watched

__all__ = ["EXERCISE"]

HEAD = '''\
def release(cache, name, me):
    """Delete the lock `name` if `me` is its value, and return True; otherwise leave it, and return False."""
'''
STARTER = HEAD + "    return cache.delete(name) == 1\n"
SOLUTION = (
    HEAD
    + """\
    script = "return redis.call('get', KEYS[1]) == ARGV[1] and redis.call('del', KEYS[1]) or 0"
    return cache.eval(script, 1, name, me) == 1
"""
)
WALKED_IN = (
    "A's lock had expired, and B had it. A called `release`, B's lock was deleted, and C walked in beside B. "
    "Delete it only if its value is `me`."
)


def check(answer: Answer) -> None:
    from helpers import services

    release = answer.function("release", "def release(cache, name, me):")
    cache = services.redis("exercise", appendonly="no").client()
    _nobodys(cache, release)
    _somebody_elses(cache, release)
    _mine(cache, release)
    _changing_hands(cache, release)


def _called(cache: Any, release: Any) -> Any:
    cache.set("another lock", "A", px=5000)
    got = release(cache, "lock", "A")
    if cache.get("another lock") != "A":
        raise Miss("You were asked for the lock `lock`, and `another lock` is gone, too. Use `name`.")
    return got


def _nobodys(cache: Any, release: Any) -> None:
    cache.delete("lock")
    if _called(cache, release) or cache.exists("lock"):
        raise Miss("There was no lock: A's had expired. Nothing is to be given back, so return False.")


def _somebody_elses(cache: Any, release: Any) -> None:
    cache.set("lock", "B", px=5000)
    got = _called(cache, release)
    if cache.get("lock") != "B":
        raise Miss(WALKED_IN)
    if got:
        raise Miss("The lock was B's, and you left it alone, which is right. But you returned True.")


def _mine(cache: Any, release: Any) -> None:
    cache.set("lock", "A", px=5000)
    got = _called(cache, release)
    if cache.exists("lock"):
        raise Miss(f"The lock was A's, and after A's `release` it is still there: {cache.get('lock')!r:.20}.")
    if not got:
        raise Miss(f"A's own lock was given back, and you returned {got!r:.20}. Return True.")


def _changing_hands(cache: Any, release: Any) -> None:
    """Between the first command and the second the lock expires, and B takes it."""
    steps: list[str] = []

    def before(step: Step) -> None:
        steps.append(step.what)
        if len(steps) == 2:
            cache.set("lock", "B", px=5000)

    cache.set("lock", "A", px=5000)
    release(Watched(cache, "cache", before), "lock", "A")
    if len(steps) > 1 and cache.get("lock") != "B":
        raise Miss(
            f"The lock changed hands between your two commands, `{steps[0]}` and `{steps[1]}`: you saw "
            "that it was yours, and deleted B's. Let Redis do both in one script."
        )


WRONG = (
    Wrong(
        HEAD + "    if cache.get(name) == me:\n        return cache.delete(name) == 1\n    return False\n",
        "The lock changed hands between your two commands, `get` and `delete`",
    ),
    Wrong(
        HEAD + "    with cache.pipeline() as pipe:\n        pipe.get(name)\n        pipe.delete(name)\n"
        "        value, deleted = pipe.execute()\n    return value == me\n",
        "C walked in beside B",
    ),
    Wrong(HEAD + "    return cache.getdel(name) == me\n", "C walked in beside B"),
    Wrong(SOLUTION.replace("return cache", "cache"), "you returned None. Return True"),
    Wrong(SOLUTION.replace("and redis", "or redis"), "C walked in beside B"),
    Wrong(HEAD + "    return cache.get(name) == me\n", "it is still there"),
)

EXERCISE = Exercise(
    name="release",
    lesson="22",
    title="Give back what is yours",
    starter=STARTER,
    solution=SOLUTION,
    hints=(
        "Whose lock it is says its value. When you look and then delete: what can happen between the two?",
        "Redis runs a script without anything in between: `cache.eval(script, 1, name, me)`. In it, "
        "`KEYS[1]` is the name and `ARGV[1]` is `me`.",
        "`if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 "
        "end`; `eval` returns its number.",
    ),
    check=check,
    starter_message=WALKED_IN,
    wrong=WRONG,
    passed="A's lock is A's to give back, also when it changes hands in the worst moment.",
)
