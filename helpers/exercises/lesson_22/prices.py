"""A reader and a writer of which no order leaves an old price in the cache."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any

from helpers.exercises.exercise import Answer, Exercise, Miss, Wrong
from helpers.exercises.lesson_22.steps import Player, finish

__all__ = ["EXERCISE"]

READ = '''\
import time
import redis

def read_price(cache, source):
    """The price: from the cache under "price", or from the source. What is stored gets 60 s."""
    price = cache.get("price")
    if price is None:
        price = source.read("price")
        cache.set("price", price, ex=60)
    return price
'''
WRITE = '''
def change_price(cache, source, new):
    """Change the price in the source; no reader may leave an old one in the cache."""
'''
DELETES = '    source.write("price", new)\n    cache.delete("price")\n'
COUNTS = '    source.write("price", new)\n    cache.incr("price version")\n    cache.delete("price")\n'
STARTER = READ + WRITE + DELETES
WATCHES = READ.replace(
    """        price = source.read("price")
        cache.set("price", price, ex=60)
""",
    """        with cache.pipeline() as pipe:
            pipe.watch("price version")
            price = source.read("price")
            pipe.multi()
            pipe.set("price", price, ex=60)
            try:
                pipe.execute()
            except redis.WatchError:
                pass                        # it has changed meanwhile: do not keep it
""",
)
SOLUTION = WATCHES + WRITE + COUNTS
TOO_LATE = (
    "The reader had read 1, you wrote 2 and deleted, then the reader stored its 1, as in the first scene. It "
    "must store only if nothing has changed since it looked."
)


def check(answer: Answer) -> None:
    from helpers import services
    from helpers.caches import SlowSource

    read = answer.function("read_price", "def read_price(cache, source):")
    change = answer.function("change_price", "def change_price(cache, source, new):")
    cache = services.redis("exercise", appendonly="no").client()
    shop = _Shop(cache, SlowSource({"price": "1"}, seconds=0), read, change)
    _one_after_another(shop)
    _two_writers(shop)
    _before_the_change(shop)
    _too_late(shop)
    _between_the_last_steps(shop)
    _any_order(shop)


class _Shop:
    def __init__(self, cache: Any, source: Any, read: Callable[..., Any], change: Callable[..., Any]) -> None:
        self.cache, self.source, self._read, self._change = cache, source, read, change

    def fresh(self) -> None:
        self.cache.flushall()
        self.source.write("price", "1")

    def reader(self) -> Player:
        return Player(self._read, cache=self.cache, source=self.source)

    def writer(self, new: str) -> Player:
        return Player(self._change, new, cache=self.cache, source=self.source)

    def stale(self) -> tuple[str, str] | None:
        """What cache and source have, if the cache has an old price."""
        cached, real = self.cache.get("price"), self.source.rows()["price"]
        return (cached, real) if cached not in (None, real) else None


def _one_after_another(shop: _Shop) -> None:
    shop.fresh()
    first = shop.reader()
    finish(first)
    if first.result != "1":
        raise Miss(f"The price is 1, and `read_price` returned {first.result!r:.40}.")
    again = shop.reader()
    finish(again)
    if again.has("read"):
        raise Miss("The second reader had to ask the source again: `read_price` stored nothing.")
    if shop.cache.ttl("price") == -1:
        raise Miss("The price is stored without a TTL: give it `ex=60`, for all that nobody thought of.")
    finish(shop.writer("2"))
    if shop.source.rows()["price"] != "2":
        raise Miss("`change_price(cache, source, 2)` has left the source as it was: `source.write`.")
    last = shop.reader()
    finish(last)
    if last.result != "2":
        raise Miss(
            f"The price was changed to 2, and the next reader still gets {last.result!r:.20}: nobody "
            "took the old one out of the cache."
        )


def _two_writers(shop: _Shop) -> None:
    shop.fresh()
    ada, bob = shop.writer("2"), shop.writer("3")
    ada.until(lambda player: player.has("write"))
    bob.run()
    finish(ada, bob)
    if stale := shop.stale():
        raise Miss(
            f"Ada wrote 2, Bob wrote 3 and stored it, then Ada stored her 2: source {stale[1]}, cache "
            f"{stale[0]}. A writer cannot know whether its price is still the last one: delete."
        )


def _before_the_change(shop: _Shop) -> None:
    shop.fresh()
    writer = shop.writer("2").until(lambda player: bool(player.next and player.next.what == "write"))
    early = [step.what for step in writer.past]
    reader = shop.reader().run()
    finish(writer, reader)
    if (stale := shop.stale()) and "delete" in early:
        raise Miss(
            "A reader came between your `delete` and your `write`, and stored the old price: source "
            f"{stale[1]}, cache {stale[0]}. Change first."
        )


def _too_late(shop: _Shop) -> None:
    shop.fresh()
    reader = shop.reader().until(lambda player: player.has("read"))
    writer = shop.writer("2").run()
    finish(reader, writer)
    if not shop.stale():
        return
    if sum(step.what == "delete" for step in writer.past) > 1:
        raise Miss(
            "You delete twice, and the reader was slower: it stored 1 after that. No pause is long enough."
        )
    if any(step.what == "watch" and "price" in step.arguments for step in reader.past):
        raise Miss(
            "The reader watched `price`, which was missing; you deleted it, so it is still missing: no "
            "change. Watch something that every change really changes."
        )
    if any(step.what == "incr" for step in writer.past):
        raise Miss(
            "You count a version, and the reader stored its old price all the same: does it watch the "
            "version from before its `source.read` on?"
        )
    raise Miss(TOO_LATE)


def _between_the_last_steps(shop: _Shop) -> None:
    """The writer stops after each of its steps in turn, and the reader, who knows the old price, ends."""
    for number in range(1, 6):
        shop.fresh()
        reader = shop.reader().until(lambda player: player.has("read"))
        writer = shop.writer("2").steps(number)
        done, coming = [step.what for step in writer.past], writer.next
        finish(reader, writer)
        if coming is None:
            return
        if shop.stale():
            raise Miss(
                f"The reader stored its old price between your `{done[-1]}` and your `{coming.what}`, "
                "and nothing removes it. In which order must count and delete stand?"
            )


def _any_order(shop: _Shop) -> None:
    dice, deadline = random.Random(22), time.monotonic() + 1.0
    for number in range(1, 51):
        shop.fresh()
        kinds = dice.choice([[shop.reader, shop.reader], [shop.reader]])
        players = [kind() for kind in kinds] + [shop.writer(new) for new in dice.choice(["2", "23"])]
        order = []
        while going := [player for player in players if not player.done and player.next]:
            player = dice.choice(going)
            order.append(player.next.what if player.next else "")
            player.step()
        finish(*players)
        if stale := shop.stale():
            raise Miss(
                f"In order {number} of 50 the source has {stale[1]} and the cache {stale[0]}. "
                f"The last steps: {', '.join(order[-6:])}."
            )
        if time.monotonic() > deadline:
            return


WRONG = (
    Wrong(READ + WRITE + '    source.write("price", new)\n', "nobody took the old one out of the cache"),
    Wrong(
        READ + WRITE + '    source.write("price", new)\n    cache.set("price", new, ex=60)\n',
        "Ada wrote 2, Bob wrote 3 and stored it, then Ada stored her 2",
    ),
    Wrong(
        READ + WRITE + '    cache.delete("price")\n    source.write("price", new)\n',
        "A reader came between your `delete` and your `write`",
    ),
    Wrong(
        READ + WRITE + DELETES + '    time.sleep(0.05)\n    cache.delete("price")\n',
        "You delete twice, and the reader was slower",
    ),
    Wrong(WATCHES.replace("price version", "price") + WRITE + DELETES, "The reader watched `price`"),
    Wrong(
        SOLUTION.replace(
            '    cache.incr("price version")\n    cache.delete("price")\n',
            '    cache.delete("price")\n    cache.incr("price version")\n',
        ),
        "between your `delete` and your `incr`",
    ),
    Wrong(STARTER.replace(", ex=60", ""), "stored without a TTL"),
    Wrong(READ + WRITE + COUNTS, "does it watch the version from before its `source.read` on?"),
)

EXERCISE = Exercise(
    name="prices",
    lesson="22",
    title="No old price stays",
    starter=STARTER,
    solution=SOLUTION,
    hints=(
        "The reader's way from `read` to `set` is the gap. What could tell it, at the `set`, that a "
        "writer was there meanwhile?",
        "A version that every writer counts up. The reader watches it from before its `source.read` on, and "
        "stores in a transaction; if that is refused, it stores nothing.",
        "Reader: `pipe.watch(version)`, read, `pipe.multi()`, `pipe.set`, `pipe.execute()`, and "
        "`WatchError` is no trouble. Writer: write, then `incr`, then `delete`. Why not `delete` before "
        "`incr`?",
    ),
    check=check,
    time_limit=10.0,
    starter_message=TOO_LATE,
    wrong=WRONG,
    passed="Fifty orders, and in none of them does an old price stay.",
)
