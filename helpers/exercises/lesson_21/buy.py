"""Take one from a stock that others take from, too."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from helpers import services
from helpers.exercises.exercise import Answer, Exercise, Miss, Wrong
from helpers.exercises.lesson_21.shop import empty, watched

__all__ = ["EXERCISE"]

ITEM = "stock:tea"
FIRST_LINE = "def buy(r, item):"
STARTER = '''\
def buy(r, item):
    """Take one from the stock at the key `item`. True if there was one; it never gets below 0."""
    if int(r.get(item) or 0) > 0:
        r.decr(item)
        return True
    return False
'''
TWICE = (
    "There was one, and two were sold: somebody bought it between your commands. To look and to take must be "
    "one step: `watch` the key, or write a script."
)
SOLUTION = """\
import redis

def buy(r, item):
    with r.pipeline() as pipe:
        while True:
            try:
                pipe.watch(item)
                if int(pipe.get(item) or 0) < 1:
                    return False
                pipe.multi()
                pipe.decr(item)
                pipe.execute()
                return True
            except redis.WatchError:
                pass
"""
SCRIPT = """\
TAKE = '''
if tonumber(redis.call('GET', KEYS[1]) or 0) < 1 then return 0 end
redis.call('DECR', KEYS[1])
return 1
'''

def buy(r, item):
    return bool(r.eval(TAKE, 1, item))
"""


@dataclass
class Rival:
    """Buys one right before the learner's command number `when`, from 1; looks at the shelf before each."""

    shop: Any
    when: int
    sent: list[bytes] = field(default_factory=list)
    bought: int = 0
    lowest: int = 0

    def before(self, what: bytes) -> None:
        self.sent.append(what)
        stock = int(self.shop.get(ITEM) or 0)
        self.lowest = min(self.lowest, stock)
        if len(self.sent) == self.when and stock > 0:
            self.shop.decr(ITEM)
            self.bought += 1


def check(answer: Answer) -> None:
    buy = answer.function("buy", FIRST_LINE)
    shop = empty()
    _alone(buy, shop)
    for stock in (1, 5):
        for when in range(1, 6):
            _with_a_rival(buy, shop, stock, when)
    _in_a_crowd(buy, shop)


def _alone(buy: Any, shop: Any) -> None:
    shop.set(ITEM, 2)
    got = [buy(shop, ITEM) for _ in range(3)]
    if any(not isinstance(each, bool | int) for each in got):
        raise Miss(f"`buy` returned {got[0]!r:.40}. True or False is wanted: did the buyer get one?")
    left = int(shop.get(ITEM) or 0)
    if left < 0:
        raise Miss(
            f"Two were there, three buyers came, and the stock says {left}: it says how many are there, so "
            "never below 0. Look before you take."
        )
    if [bool(each) for each in got] != [True, True, False] or left:
        raise Miss(f"Two were there, three buyers came one after the other, and got {got}; {left} are left.")
    try:
        nothing = buy(shop, "stock:coffee")
    except TypeError:
        nothing = None
    if nothing is None or nothing:
        raise Miss(f"There is no key `stock:coffee`, so the shelf is empty: False, and not {nothing!r:.30}.")


def _with_a_rival(buy: Any, shop: Any, stock: int, when: int) -> None:
    from redis import WatchError

    shop.set(ITEM, stock)
    rival = Rival(shop, when)
    try:
        mine = bool(buy(watched(rival.before), ITEM))
    except WatchError:
        raise Miss(
            "Somebody touched the key, and your `buy` ended with a WatchError. That is no error but a `look "
            "again`: catch it, and begin once more."
        ) from None
    left = int(shop.get(ITEM) or 0)
    lowest = min(rival.lowest, left)
    sold = mine + rival.bought
    if lowest < 0 and sold <= stock:
        raise Miss(
            f"For a moment the stock was {lowest}, and others can see that. Look first and take then, in one "
            "step."
        )
    if sold > stock or sold + left != stock:
        if any(b"\nEXEC\r\n" in what for what in rival.sent) and not _watches(rival):
            raise Miss(
                f"{stock} in stock, {sold} sold, {left} left. MULTI keeps others out between its commands, "
                "and your `get` is before it. Who watches the key meanwhile?"
            )
        raise Miss(
            TWICE
            if stock == 1
            else f"{stock} in stock, {sold} sold, and {left} left: a sale was written over."
        )
    if stock > 1 and not mine:
        raise Miss(f"{left} were on the shelf, and the buyer went home: somebody had bought one. Look again.")


def _watches(rival: Rival) -> bool:
    return any(b"\nWATCH\r\n" in what for what in rival.sent)


def _in_a_crowd(buy: Any, shop: Any) -> None:
    shop.set(ITEM, 10)

    def shopper(_: int) -> int:
        client = services.redis().client()
        return sum(bool(buy(client, ITEM)) for _ in range(10))

    with ThreadPoolExecutor(4) as threads:
        sold = sum(threads.map(shopper, range(4)))
    left = int(shop.get(ITEM) or 0)
    if (sold, left) != (10, 0):
        raise Miss(f"Four shoppers, 40 tries, 10 in stock: {sold} were sold, and {left} are left.")


WRONG = (
    Wrong("def buy(r, item):\n    return r.decr(item) >= 0\n", "the stock says -1"),
    Wrong(
        "def buy(r, item):\n    if r.decr(item) < 0:\n        r.incr(item)\n        return False\n"
        "    return True\n",
        "For a moment the stock was -1",
    ),
    Wrong(
        "def buy(r, item):\n    stock = int(r.get(item) or 0)\n    if stock > 0:\n"
        "        with r.pipeline() as pipe:\n            pipe.decr(item)\n            pipe.execute()\n"
        "        return True\n    return False\n",
        "your `get` is before it",
    ),
    Wrong(
        "def buy(r, item):\n    stock = int(r.get(item) or 0)\n    if stock > 0:\n"
        "        r.set(item, stock - 1)\n        return True\n    return False\n",
        "two were sold",
    ),
    Wrong(
        SOLUTION.replace("                pass\n", "                return False\n"),
        "the buyer went home",
    ),
    Wrong(
        "def buy(r, item):\n    with r.pipeline() as pipe:\n        pipe.watch(item)\n"
        "        if int(pipe.get(item) or 0) < 1:\n            return False\n        pipe.multi()\n"
        "        pipe.decr(item)\n        pipe.execute()\n        return True\n",
        "your `buy` ended with a WatchError",
    ),
    Wrong(SOLUTION.replace(" or 0", ""), "There is no key `stock:coffee`"),
    Wrong(
        "def buy(r, item):\n    if int(r.get(item) or 0) > 0:\n        return r.decr(item)\n"
        "    return False\n",
        "and got [1, 0, False]",
    ),
)

EXERCISE = Exercise(
    name="buy",
    lesson="21",
    title="The last piece",
    starter=STARTER,
    solution=SOLUTION,
    hints=(
        "Between your `get` and your `decr` there is room for others. What makes one step of two?",
        "`watch` the key, read it, `multi()`, `decr`, `execute()`. If that raises WatchError, begin again.",
        "Or four lines of Lua: `if tonumber(redis.call('GET', KEYS[1]) or 0) < 1 then return 0 end`, then "
        "DECR, then `return 1`.",
    ),
    check=check,
    starter_message=TWICE,
    wrong=WRONG,
    passed="Nobody could get between, and nobody went home while something was left.",
)
