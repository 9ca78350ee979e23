"""Choosing a node by rendezvous hashing: a new node takes its share, and nothing else moves."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from typing import Any

import cloudpickle

from helpers.exercises.exercise import Answer, Exercise, Miss, Wrong

__all__ = ["EXERCISE"]

HEAD = '''\
from hashlib import blake2b
from zlib import crc32

class Nodes:
    """Which node has which key. Nodes may be added and removed; few keys may move then."""

    def __init__(self, names):
        self.names = list(names)

    def add(self, name):
        self.names.append(name)

    def remove(self, name):
        self.names.remove(name)

    def node(self, key):
'''
STARTER = HEAD + "        return self.names[crc32(key.encode()) % len(self.names)]\n"
SOLUTION = (
    HEAD
    + """\
        def score(name):
            return blake2b(f"{name}-{key}".encode()).digest()
        return max(self.names, key=score)
"""
)
BID = "Let every node bid for the key, with a score made of its name and the key: the highest wins."
KEYS = [f"k{number}" for number in range(1000)]
ELSEWHERE = """\
import sys, cloudpickle
nodes, keys = cloudpickle.load(sys.stdin.buffer)
print("\\n".join(map(str, map(nodes.node, keys))))
"""


def check(answer: Answer) -> None:
    kind = answer.names.get("Nodes")
    if not isinstance(kind, type):
        raise Miss("There is no class `Nodes` in your cell. Begin it with `class Nodes:`")
    nodes = kind(["a", "b", "c", "d"])
    before = _asked(nodes)
    _steady(nodes, before)
    _fair(before)
    nodes.add("e")
    _few_move(before, _asked(nodes), "e")
    nodes.remove("e")
    if _asked(nodes) != before:
        raise Miss("Node e came and went, and now some keys have another node than before.")


def _asked(nodes: Any) -> dict[str, str]:
    return {key: nodes.node(key) for key in KEYS}


def _steady(nodes: Any, before: dict[str, str]) -> None:
    strangers = set(before.values()) - {"a", "b", "c", "d"}
    if strangers:
        raise Miss(f"`node` should return the name of a node, and returned {strangers.pop()!r:.40}.")
    again = _asked(nodes)
    elsewhere = subprocess.run(
        [sys.executable, "-c", ELSEWHERE],
        input=cloudpickle.dumps((nodes, KEYS[:20])),
        env=os.environ | {"PYTHONHASHSEED": "7"},
        capture_output=True,
        check=False,
    )
    there = dict(zip(KEYS, elsewhere.stdout.decode().split(), strict=False))
    different = [key for key in KEYS[:20] if there.get(key) != before[key] or again[key] != before[key]]
    if different:
        raise Miss(
            f"Another process chose another node for {different[0]!r}, and would never find it. Python's "
            "`hash` of a string, and chance, differ from process to process."
        )


def _fair(before: dict[str, str]) -> None:
    shares = Counter(before.values())
    most, least = max(shares.values()), min(shares.values()) if len(shares) == 4 else 0
    if most > 350 or least < 150:
        raise Miss(
            f"One node holds {most} of 1,000 keys, another {least}. The scores of different names must have "
            "nothing to do with each other: crc32 is too regular for that, blake2b is not."
        )


def _few_move(before: dict[str, str], after: dict[str, str], new: str) -> None:
    moved = [key for key in KEYS if before[key] != after[key]]
    if not moved:
        raise Miss("Node e was added, and no key has moved to it. Does `add` tell `node`?")
    if len(moved) > 300 or any(after[key] != new for key in moved):
        raise Miss(f"Node e was added, and {len(moved)} of 1,000 keys moved. {BID}")


WRONG = (
    Wrong(
        HEAD + "        return self.names[hash(key) % len(self.names)]\n",
        "Another process chose another node",
    ),
    Wrong(
        HEAD + "        import random\n        return random.choice(self.names)\n",
        "Another process chose another node",
    ),
    Wrong(
        HEAD + '        return max(self.names, key=lambda name: crc32(f"{name}-{key}".encode()))\n',
        "One node holds 522 of 1,000 keys, another 114",
    ),
    Wrong(
        HEAD + "        number = int.from_bytes(blake2b(key.encode()).digest())\n"
        "        return self.names[number % len(self.names)]\n",
        "of 1,000 keys moved",
    ),
)

EXERCISE = Exercise(
    name="nodes",
    lesson="20",
    title="Nodes that bid",
    starter=STARTER,
    solution=SOLUTION,
    hints=(
        "With `%`, nearly every answer changes when the number of nodes does. Ask each *node* what it bids, "
        "instead.",
        "A score for each name and key together; the node with the highest has the key. A new node then only "
        "wins, or it doesn't.",
        '`blake2b(f"{name}-{key}".encode()).digest()` is such a score: bytes compare, so `max` works.',
    ),
    check=check,
    starter_message=f"Node e was added, and 809 of 1,000 keys moved. {BID}",
    wrong=WRONG,
    passed="The new node took a fifth of the keys, and nothing else moved.",
)
