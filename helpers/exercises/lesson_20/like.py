"""A counter of likes that loses none, also when another client is quicker."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from helpers import services
from helpers.exercises.exercise import Answer, Exercise, Miss, Wrong, is_number
from helpers.exercises.lesson_20.rivals import Rivaled

__all__ = ["EXERCISE"]

HEAD = '''\
def like(client, page):
    """Add one like to `page`, and return how many it has now. None may get lost, not even the first."""
'''
STARTER = (
    HEAD
    + """\
    likes = int(client.get(page))
    client.set(page, likes + 1)
    return likes + 1
"""
)
SOLUTION = (
    HEAD
    + """\
    client.add(page, 0)
    while True:
        likes, ticket = client.gets(page)
        if client.cas(page, int(likes) + 1, ticket):
            return int(likes) + 1
"""
)
LOST = (
    "Two likes were given at once, and one is lost: somebody wrote between your read and your write. "
    "Write only if nothing has changed since (`gets`, `cas`), or let the server add."
)
MISSING = "The first like of a page failed: there is no such key yet. Who may create it, and with what?"
MOST = 50
"""So many vain tries with cas, and the loop counts as endless."""


class Counted(Rivaled):
    """Breaks off what tries without end."""

    tries = 0

    def cas(self, *args: Any, **more: Any) -> Any:
        self.tries += 1
        if self.tries > MOST:
            raise Miss(
                "The page has no likes yet, and your loop never ends: for a missing key `cas` answers None, "
                "however often one tries. Create the key first, with `add`."
            )
        return super().cas(*args, **more)


def check(answer: Answer) -> None:
    like = answer.function("like", "def like(client, page):")
    with services.memcached():
        mine, other = Counted(), services.memcached().client()
        _quick(like, mine, other)
        _first(like, mine, other)
        _first_of_two(like, mine, other)


def _quick(like: Callable[..., Any], mine: Counted, other: Any) -> None:
    other.set("page", 10)
    mine.meanwhile = lambda: other.incr("page", 1)
    mine.times = 1
    told = like(mine, "page")
    stored = int(other.get("page"))
    used = 1 - mine.times
    if stored == 10 + used:
        raise Miss(LOST if told else _GAVE_UP)
    if stored != 11 + used:
        raise Miss(f"A page had {10 + used} likes, you added one, and the server has {stored}.")
    if not is_number(told):
        raise Miss(f"Return how many likes the page has now, a number; you returned {told!r:.40}.")
    if told != stored:
        raise Miss(f"The page has {stored} likes now, and you returned {told}.")
    mine.times = 3
    like(mine, "page")
    if int(other.get("page")) != stored + 1 + 3 - mine.times:
        raise Miss(_GAVE_UP)


_GAVE_UP = (
    "Another client was quicker, your `cas` was refused, and you gave up: that like is lost. Look again, and "
    "try again until it is True."
)


def _first(like: Callable[..., Any], mine: Counted, other: Any) -> None:
    mine.times, mine.tries = 0, 0
    try:
        told = like(mine, "new")
    except (TypeError, ValueError):
        raise Miss(MISSING) from None
    if other.get("new") is None:
        raise Miss(MISSING)
    if told is None:
        raise Miss("The first like of a page returned None: `incr` on a missing key answers so. " + MISSING)
    if int(other.get("new")) != 1 or told != 1:
        raise Miss(f"After its first like a page has {other.get('new').decode()}, and you returned {told}.")


def _first_of_two(like: Callable[..., Any], mine: Counted, other: Any) -> None:
    def quicker() -> None:
        if not other.add("newer", 1):
            other.incr("newer", 1)

    mine.meanwhile, mine.times = quicker, 1
    like(mine, "newer")
    if int(other.get("newer")) != 2 - mine.times:
        raise Miss(
            "Two clients gave a page its first like at once, and one is lost: your `set` wrote over the "
            "other's. `add` stores only if nobody was quicker."
        )


WRONG = (
    Wrong(
        HEAD + "    likes, ticket = client.gets(page)\n"
        "    if client.cas(page, int(likes) + 1, ticket):\n        return int(likes) + 1\n",
        "you gave up: that like is lost",
    ),
    Wrong(
        HEAD + "    while True:\n        likes, ticket = client.gets(page)\n"
        "        if client.cas(page, int(likes or 0) + 1, ticket or b'1'):\n"
        "            return int(likes) + 1\n",
        "for a missing key `cas` answers None",
    ),
    Wrong(HEAD + "    return client.incr(page, 1)\n", "The first like of a page failed"),
    Wrong(
        SOLUTION.replace(
            "    client.add(page, 0)\n",
            "    if client.get(page) is None:\n        client.set(page, 0)\n",
        ),
        "Two clients gave a page its first like at once",
    ),
    Wrong(SOLUTION.replace("return int(likes) + 1", "return True"), "you returned True"),
)

EXERCISE = Exercise(
    name="like",
    lesson="20",
    title="A like that cannot get lost",
    starter=STARTER,
    solution=SOLUTION,
    hints=(
        "`cas` has three answers: True, False (somebody was quicker) and None (no such key). What does each "
        "ask of you?",
        "False: look again with `gets`, and try again, in a loop. It ends when the answer is True.",
        "Before the loop, `client.add(page, 0)`: it creates the key, or leaves it as it is.",
    ),
    check=check,
    starter_message=LOST,
    wrong=WRONG,
    passed="No like was lost: not to a quicker client, and not at the very beginning.",
)
