"""A leaderboard on which equals stand in alphabetical order."""

from __future__ import annotations

from typing import Any

from helpers.exercises.exercise import Answer, Exercise, Miss, Wrong, is_number
from helpers.exercises.lesson_21.shop import empty, watched

__all__ = ["EXERCISE"]

STARTER = '''\
def add_points(r, board, player, points):
    """Give `player` so many more points on the board, a sorted set at the key `board`."""
    r.zadd(board, {player: points})

def top(r, board, n):
    """The best `n` as a list of (player, points), best first; equals in the order of the alphabet."""
    return r.zrange(board, 0, n, desc=True, withscores=True)
'''
REPLACED = (
    "ann got 10 points, and then 15, and has 15: `zadd` stores a score in place of the old one. Which "
    "command adds to it?"
)
SOLUTION = """\
def add_points(r, board, player, points):
    r.zincrby(board, -points, player)

def top(r, board, n):
    best = r.zrange(board, 0, n - 1, withscores=True)
    return [(player, -score) for player, score in best]
"""
ADD = "def add_points(r, board, player, points):\n    r.zincrby(board, points, player)\n\n"
POINTS = (("ann", 10), ("bob", 20), ("ann", 15), ("eve", 20), ("cem", 5), ("dan", 20))
BEST: list[tuple[str, float]] = [("ann", 25), ("bob", 20), ("dan", 20), ("eve", 20), ("cem", 5)]


def check(answer: Answer) -> None:
    add_points = answer.function("add_points", "def add_points(r, board, player, points):")
    top = answer.function("top", "def top(r, board, n):")
    r = empty()
    for player, points in POINTS:
        add_points(r, "board", player, points)
    best = _pairs(top(r, "board", 10))
    _points(best)
    _order(best)
    for n in (1, 2, 3):
        got = _pairs(top(r, "board", n))
        if len(got) != n:
            raise Miss(
                f"The best {n} were wanted, and {len(got)} came: in `zrange` the last place counts, too."
            )
        if got != BEST[:n]:
            raise Miss(
                f"The best {n} are {_named(BEST[:n])}, and you say {_named(got)}: equals, at the border."
            )
    _two_at_once(r, add_points, top)
    _many(r, add_points, top)


def _pairs(got: Any) -> list[tuple[str, float]]:
    try:
        pairs = [(str(player), points) for player, points in got]
    except (TypeError, ValueError):
        pairs = None
    if pairs is None or not all(is_number(points) for _, points in pairs):
        raise Miss(f"`top` returned {got!r:.60}. A list of (player, points) is wanted: `withscores=True`.")
    return pairs


def _points(best: list[tuple[str, float]]) -> None:
    points = dict(best)
    if points.get("ann") == 15:
        raise Miss(REPLACED)
    if points.get("ann") == -25:
        raise Miss(
            "ann has -25 points in your answer: what is stored with a minus is to be shown without it."
        )
    if {name: round(number, 3) for name, number in points.items()} != dict(BEST):
        raise Miss(f"ann has 25 points, bob, dan and eve have 20, cem has 5; you say {_named(best)}.")


def _order(best: list[tuple[str, float]]) -> None:
    names = [player for player, _ in best]
    if names == ["cem", "bob", "dan", "eve", "ann"]:
        raise Miss("The worst stands first: `zrange` begins with the lowest score.")
    if names == ["ann", "eve", "dan", "bob", "cem"]:
        raise Miss(
            "bob, dan and eve have 20 each, and you have eve first: the descending order turns the names "
            "around, too. What if more points were a *lower* score?"
        )
    if names != [player for player, _ in BEST]:
        raise Miss(f"The order is {', '.join(player for player, _ in BEST)}; yours: {', '.join(names)}.")


def _two_at_once(r: Any, add_points: Any, top: Any) -> None:
    """Somebody else gives zoe a point before each of the learner's commands."""
    given = 0

    def before(_: bytes) -> None:
        nonlocal given
        if given < 3:
            given += 1
            add_points(r, "race", "zoe", 1)

    add_points(watched(before), "race", "zoe", 10)
    got = dict(_pairs(top(r, "race", 1))).get("zoe", 0)
    if got != 10 + given:
        raise Miss(
            f"zoe got 10 points from you and {given} from somebody else, and has {got:g}: between your "
            "reading and your writing, some got lost."
        )


def _many(r: Any, add_points: Any, top: Any) -> None:
    with r.pipeline(transaction=False) as pipe:
        for number in range(3000):
            add_points(pipe, "large", f"player {number}", number)
        pipe.execute()
    sent = int(r.info("stats")["total_net_output_bytes"])
    top(r, "large", 3)
    sent = int(r.info("stats")["total_net_output_bytes"]) - sent
    if sent > 40_000:
        raise Miss("The best 3 of 3,000 were wanted, and the server had to send all of them. Let it choose.")


def _named(pairs: list[tuple[str, float]]) -> str:
    return ", ".join(f"{player} {points:g}" for player, points in pairs)[:70]


WRONG = (
    Wrong(
        ADD + "def top(r, board, n):\n    return r.zrange(board, 0, n - 1, withscores=True)\n",
        "The worst stands first",
    ),
    Wrong(
        ADD + "def top(r, board, n):\n    return r.zrevrange(board, 0, n - 1, withscores=True)\n",
        "you have eve first",
    ),
    Wrong(SOLUTION.replace("n - 1", "n"), "the last place counts, too"),
    Wrong(SOLUTION.replace("-score", "score"), "ann has -25 points"),
    Wrong(
        SOLUTION.replace(", withscores=True", "").replace("(player, -score) for player, score", "p for p"),
        "`withscores=True`",
    ),
    Wrong(
        "def add_points(r, board, player, points):\n    score = r.zscore(board, player) or 0\n"
        "    r.zadd(board, {player: score - points})\n\n" + SOLUTION.partition("\n\n")[2],
        "some got lost",
    ),
    Wrong(
        ADD + "def top(r, board, n):\n    everybody = r.zrange(board, 0, -1, withscores=True)\n"
        "    return sorted(everybody, key=lambda pair: (-pair[1], pair[0]))[:n]\n",
        "Let it choose",
    ),
    Wrong(
        ADD + "def top(r, board, n):\n    best = r.zrange(board, 0, n - 1, desc=True, withscores=True)\n"
        "    return sorted(best, key=lambda pair: (-pair[1], pair[0]))\n",
        "equals, at the border",
    ),
)

EXERCISE = Exercise(
    name="top",
    lesson="21",
    title="A fair board",
    starter=STARTER,
    solution=SOLUTION,
    hints=(
        "The ascending order of a sorted set has the names in the order you want. Only the scores are the "
        "wrong way round.",
        "Store what is wanted first as the lowest score: with a minus.",
        "`zincrby(board, -points, player)`; `zrange(board, 0, n - 1, withscores=True)`; and a minus on the "
        "way out.",
    ),
    check=check,
    starter_message=REPLACED,
    wrong=WRONG,
    passed="The server ranks, adds and chooses; you only turn the sign.",
)
