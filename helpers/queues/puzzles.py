"""Routing puzzles: which queue gets which message? Made up by the routing model, and judged by a broker.

puzzle = make("topic", random.Random(1))  # an exchange, queues with their bindings, messages
puzzle.expected()                         # what the model says
puzzle.ask(connection)                    # what a broker does
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from random import Random
from typing import Any
from uuid import uuid4

from helpers.queues.routes import Message, Routed, look, named, publish, words
from helpers.queues.routing import Topology, matches_topic

__all__ = ["KINDS", "Puzzle", "make"]

KINDS = ("direct", "topic", "headers")
"""What puzzles are about."""


@dataclass(frozen=True, slots=True)
class Puzzle:
    """One exchange of `kind`, for each queue what it is bound with, and messages: which queue gets which?"""

    kind: str
    bindings: Mapping[str, Sequence[Message]]
    messages: Sequence[Message]

    @property
    def rows(self) -> list[str]:
        """What the messages are called."""
        return list(named(self.messages))

    @property
    def queues(self) -> list[str]:
        return list(self.bindings)

    def expected(self) -> Routed:
        """What the model says."""
        topology = Topology()
        topology.declare_exchange("puzzle", self.kind)
        for queue, bindings in self.bindings.items():
            topology.declare_queue(queue)
            for binding in bindings:
                topology.bind("puzzle", queue, *_key_and_table(binding))
        got = {}
        for name, message in named(self.messages).items():
            key, headers = _key_and_table(message)
            found = topology.route("puzzle", key, headers).queues
            got[name] = [queue for queue in self.queues if queue in found]
        return Routed(got, self.queues)

    def ask(self, connection: Any) -> Routed:
        """What the broker at the other end of `connection` does; nothing of it is left there."""
        mark = uuid4().hex
        place = f"puzzle-{mark}"
        theirs = {queue: f"{place}-{queue}" for queue in self.queues}
        channel = connection.channel()
        channel.exchange_declare(place, self.kind)
        for queue, bindings in self.bindings.items():
            channel.queue_declare(theirs[queue], exclusive=True)
            for binding in bindings:
                key, arguments = _key_and_table(binding)
                channel.queue_bind(theirs[queue], place, key, arguments)
        asked = named(self.messages)
        publish(connection, place, asked, mark)
        got = look(connection, asked, list(theirs.values()), mark)
        for queue in theirs.values():
            channel.queue_delete(queue)
        channel.exchange_delete(place)
        channel.close()
        ours = {their: our for our, their in theirs.items()}
        return Routed({name: [ours[their] for their in found] for name, found in got.items()}, self.queues)

    def __str__(self) -> str:
        bound = [f"{queue}: {'; '.join(map(words, each))}" for queue, each in self.bindings.items()]
        return "\n".join([f"A {self.kind} exchange.", *bound, f"Messages: {'; '.join(self.rows)}"])


def _key_and_table(message: Message) -> tuple[str, dict[str, Any] | None]:
    return (message, None) if isinstance(message, str) else ("", dict(message))


QUEUES = ("desk", "pager", "archive")
SEVERITIES = ("debug", "info", "warning", "error")
WORDS = (("kern", "cron", "app"), ("disk", "daily"), ("info", "error", "critical"))
FIELDS = {"format": ("pdf", "png"), "type": ("report", "bill"), "pages": (1, "1"), "x-from": ("shop",)}


def make(kind: str, random: Random) -> Puzzle:
    """A puzzle about one of `KINDS`: of several that `random` gives, the one with most to fall for."""
    invent = {"direct": _direct, "topic": _topic, "headers": _headers}[kind]
    fair: list[Puzzle] = []
    while len(fair) < 8:
        puzzle = invent(random)
        if _is_fair(puzzle.expected()):
            fair.append(puzzle)
    return max(fair, key=_traps)


def _direct(random: Random) -> Puzzle:
    bindings = {queue: random.sample(SEVERITIES, random.randint(1, 3)) for queue in QUEUES}
    keys = random.sample(SEVERITIES, 4)
    return Puzzle("direct", bindings, [*keys[:3], random.choice(keys).upper()])


def _topic(random: Random) -> Puzzle:
    def key() -> list[str]:
        """One to four words."""
        place, part, end = (random.sample(words, len(words)) for words in WORDS)
        middle = random.choice((None, 0, 1, 2))
        return place[:1] if middle is None else [place[0], *part[:middle], end[0]]

    def pattern() -> str:
        parts = key()
        for place in random.sample(range(len(parts)), min(len(parts), random.choice((1, 1, 2)))):
            parts[place] = random.choice("*#")
        return ".".join(parts)

    bindings = {queue: [pattern() for _ in range(random.choice((1, 1, 2)))] for queue in QUEUES}
    return Puzzle("topic", bindings, list({".".join(key()): None for _ in range(5)}))


def _headers(random: Random) -> Puzzle:
    def some(most: int) -> dict[str, Any]:
        names = random.sample(list(FIELDS), random.randint(1, most))
        return {name: random.choice(FIELDS[name]) for name in names}

    bindings = {queue: [{"x-match": random.choice(("all", "any")), **some(2)}] for queue in QUEUES}
    messages = [some(3) for _ in range(4)]
    return Puzzle("headers", bindings, list(named(messages).values()))


def _is_fair(got: Routed) -> bool:
    """Every queue gets something, no two get the same, and neither all yes nor all no is a good guess."""
    columns = {tuple(queue in found for found in got.values()) for queue in got.queues}
    share = sum(map(sum, columns)) / (len(got.queues) * len(got))
    return len(columns) == len(got.queues) and all(map(any, columns)) and 0.3 <= share <= 0.7


def _traps(puzzle: Puzzle) -> int:
    """How many cells somebody gets wrong who has misunderstood something."""
    truth, wrong = puzzle.expected(), set()
    for misread in MISREADINGS[puzzle.kind]:
        for name, message in named(puzzle.messages).items():
            for queue, bindings in puzzle.bindings.items():
                if any(misread(binding, message) for binding in bindings) != (queue in truth[name]):
                    wrong.add((name, queue))
    return len(wrong)


def _as_files(pattern: str, key: str) -> bool:
    """As a shell matches the names of files: dots are nothing special."""
    return fnmatchcase(key, pattern.replace("#", "*"))


def _at_least_one(pattern: str, key: str) -> bool:
    """As if # were never zero words."""
    return matches_topic(pattern.replace("#", "#.*"), key)


def _any_case(binding: str, key: str) -> bool:
    return binding.lower() == key.lower()


def _all_named(arguments: Mapping[str, Any], headers: Mapping[str, Any]) -> bool:
    """As if names that begin with x- were compared, and 1 were "1"."""
    rest = {name: str(value) for name, value in arguments.items() if name != "x-match"}
    found = [str(headers.get(name)) == value for name, value in rest.items()]
    return all(found) if arguments["x-match"] == "all" else any(found)


def _other_match(arguments: Mapping[str, Any], headers: Mapping[str, Any]) -> bool:
    """As if further headers hindered, and any were all."""
    return {n: v for n, v in arguments.items() if not n.startswith("x-")} == dict(headers)


MISREADINGS: dict[str, tuple[Callable[[Any, Any], bool], ...]] = {
    "direct": (_any_case,),
    "topic": (_as_files, _at_least_one),
    "headers": (_all_named, _other_match),
}
