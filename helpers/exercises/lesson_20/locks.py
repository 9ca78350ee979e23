"""A lock in a cache: one holder at a time, and a dead holder does not keep it for ever."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from pymemcache import Client

from helpers import services
from helpers.exercises.exercise import Answer, Exercise, Miss, Wrong
from helpers.exercises.lesson_20.rivals import Rivaled

__all__ = ["EXERCISE"]

HEAD = '''\
def try_lock(client, name, seconds):
    """True if the lock `name` is ours now, for at most `seconds`; False if somebody else holds it."""
'''
TAIL = '''\

def unlock(client, name):
    """Give the lock back."""
'''
FREED = TAIL + "    client.delete(name, noreply=False)\n"
STARTER = (
    HEAD
    + "    if client.get(name):\n        return False\n    client.set(name, 1)\n    return True\n"
    + FREED
)
SOLUTION = HEAD + "    return client.add(name, 1, expire=seconds, noreply=False)\n" + FREED
TWO = (
    "Two clients hold the lock at once: both looked, both found it free, both took it. Looking and taking "
    "must be *one* command."
)


def check(answer: Answer) -> None:
    try_lock = answer.function("try_lock", "def try_lock(client, name, seconds):")
    unlock = answer.function("unlock", "def unlock(client, name):")
    with services.memcached():
        first, second = Rivaled(), Rivaled()
        _one_holder(try_lock, first, second)
        _of_any_client(try_lock)
        _given_back(try_lock, unlock, first, second)
        _of_the_dead(try_lock, second)


def _took(try_lock: Callable[..., Any], client: Any, name: str, seconds: int = 60) -> bool:
    got = try_lock(client, name, seconds)
    if not isinstance(got, bool):
        raise Miss(f"`try_lock` should return True or False, and returned {got!r:.40}.")
    return got


def _one_holder(try_lock: Callable[..., Any], first: Rivaled, second: Rivaled) -> None:
    if not _took(try_lock, first, "a"):
        raise Miss("Nobody holds the lock, and `try_lock` says False.")
    if _took(try_lock, second, "a"):
        raise Miss(
            "The first client holds the lock, and the second got it too: `set` stores whatever is there. "
            "Which command stores only if nothing is?"
        )
    got: list[bool] = []
    first.meanwhile, first.times = lambda: got.append(_took(try_lock, second, "b")), 1
    got.append(_took(try_lock, first, "b"))
    first.times = 0
    if got == [True, True]:
        raise Miss(TWO)


def _of_any_client(try_lock: Callable[..., Any]) -> None:
    """Clients as pymemcache makes them, which ask for no replies."""
    where = services.memcached().address
    if [_took(try_lock, Client(where, no_delay=True, timeout=2), "c") for _ in range(2)] == [True, True]:
        raise Miss(
            "Two default clients were both told True: such a client does not wait for the answer, and says "
            "True to everything. Ask for it, with `noreply=False`."
        )


def _given_back(
    try_lock: Callable[..., Any], unlock: Callable[..., Any], first: Rivaled, second: Rivaled
) -> None:
    _took(try_lock, first, "d")
    unlock(first, "d")
    if not _took(try_lock, second, "d"):
        raise Miss(
            "The first client gave the lock back, and the second cannot get it. What does `unlock` do?"
        )


def _of_the_dead(try_lock: Callable[..., Any], second: Rivaled) -> None:
    holder = Rivaled()
    _took(try_lock, holder, "e", 1)
    holder.close()
    deadline = time.monotonic() + 1.5
    while time.monotonic() < deadline:
        if _took(try_lock, second, "e", 1):
            return
        time.sleep(0.02)
    raise Miss(
        "The holder of a lock for 1 s has died, and 1.5 s later nobody can get it. Let the lock expire: "
        "`expire=seconds`."
    )


WRONG = (
    Wrong(
        HEAD + "    client.set(name, 1, expire=seconds, noreply=False)\n    return True\n" + FREED,
        "the second got it too: `set` stores whatever is there",
    ),
    Wrong(SOLUTION.replace("expire=seconds, ", ""), "Let the lock expire"),
    Wrong(SOLUTION.replace("expire=seconds, noreply=False", "expire=seconds"), "`noreply=False`"),
    Wrong(
        SOLUTION.replace("client.delete(name, noreply=False)", "client.set(name, 0, noreply=False)"),
        "gave the lock back, and the second cannot get it",
    ),
    Wrong(SOLUTION.replace("return client.add", "client.add"), "returned None"),
)

EXERCISE = Exercise(
    name="locks",
    lesson="20",
    title="A lock for everybody",
    starter=STARTER,
    solution=SOLUTION,
    hints=(
        "Taking the lock is storing a key that was not there. One command of memcached does both, and says "
        "whether it did.",
        "`client.add(name, 1)` answers True or False. What if the holder dies before it calls `unlock`?",
        "`add` takes `expire=seconds`, and `noreply=False`, so that its True can be believed.",
    ),
    check=check,
    starter_message=TWO,
    wrong=WRONG,
    passed="One holder at a time, and the dead let go.",
)
