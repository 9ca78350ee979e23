"""The rule of a topic exchange, written by the learner and held against the broker."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from helpers.exercises.brokered import named, table
from helpers.exercises.exercise import Answer, Exercise, Miss, Wrong
from helpers.queues.routes import route

__all__ = ["EXERCISE"]

STARTER = '''\
def matches(pattern, key):
    """Whether a topic exchange takes the routing key `key` along a binding with `pattern`."""
    return pattern == key
'''
SOLUTION = """\
def matches(pattern, key):
    return fits(pattern.split("."), key.split(".") if key else [])

def fits(pattern, words):
    if not pattern:
        return not words
    first, *rest = pattern
    if first == "#":
        return fits(rest, words) or bool(words) and fits(pattern, words[1:])
    return bool(words) and first in ("*", words[0]) and fits(rest, words[1:])
"""
ONE_WORD = "`kern.*` takes `kern.info`, and you said False: `*` stands for one word, whichever it is."
CARDS = (
    ("kern.info", "kern.info", "A pattern without `*` and `#` takes the key that is equal to it."),
    ("kern.*", "kern.info", ONE_WORD),
    ("kern.*", "cron.info", "`kern.*` took `cron.info`: a word that is no sign must be equal."),
    ("kern.*", "kern.disk.critical", "`kern.*` took `kern.disk.critical`: `*` is one word, not two."),
    ("kern.*", "kern", "`kern.*` took `kern`: `*` is one word, never none."),
    ("kern.#", "kern.disk.critical", "`kern.#` must take `kern.disk.critical`: `#` may be many words."),
    ("kern.#", "kern", "`kern.#` must take `kern`: `#` may be no word at all, and then its dot goes, too."),
    ("kern.#", "kernel", "`kern.#` took `kernel`: compare whole words, not characters."),
    ("#.b", "a.c", "`#.b` took `a.c`: what comes after `#` must fit as well."),
    ("#.b.c", "a.b.b.c", "`#.b.c` must take `a.b.b.c`: let `#` try every number of words, not one."),
    ("#", "", "`#` must take the empty key: it has no words, and `#` may be none."),
    ("*", "", "`*` took the empty key. Python's split finds a word in it, the broker finds none."),
    ("kern.*", "kern.", "`kern.*` must take `kern.`: after the last dot stands an empty word."),
    ("kern.crit#", "kern.critical", "`kern.crit#` took `kern.critical`: within a word `#` is a letter."),
    ("a.b", "a.*", "`a.b` took the key `a.*`: in a routing key the signs are words like any other."),
)
"""Pattern, key, and what to say to an answer that is not the broker's."""


def check(answer: Answer) -> None:
    matches = answer.function("matches", "def matches(pattern, key):")
    random = Random(17)

    def some(words: str) -> str:
        return ".".join(random.choice(words) for _ in range(random.randint(1, 5)))

    keys = [some("ab") for _ in range(12)]
    more = [(pattern, key) for pattern in (some("ab*##") for _ in range(10)) for key in keys]
    truth = _truth([card[:2] for card in CARDS] + more)
    for pattern, key, message in CARDS:
        if _said(matches, pattern, key) != truth[pattern, key]:
            raise Miss(message)
    for pattern, key in more:
        if (said := _said(matches, pattern, key)) != truth[pattern, key]:
            raise Miss(f"All cards are right. But for {pattern!r} and {key!r} you said {said}.")


def _truth(pairs: list[tuple[str, str]]) -> dict[tuple[str, str], bool]:
    """What the broker does: a queue for each pattern, a message for each key."""
    queues = {pattern: named("pattern") for pattern, _ in pairs}
    exchange = named("topics")
    with table() as channel:
        channel.exchange_declare(exchange, "topic", auto_delete=True)
        for pattern, queue in queues.items():
            channel.queue_declare(queue, exclusive=True)
            channel.queue_bind(queue, exchange, pattern)
        got = route(channel, exchange, {key or "(empty)": key for _, key in pairs}, list(queues.values()))
    return {(pattern, key): queues[pattern] in got[key or "(empty)"] for pattern, key in pairs}


def _said(matches: Callable[..., Any], pattern: str, key: str) -> bool:
    said = matches(pattern, key)
    if not isinstance(said, bool):
        raise Miss(f"For {pattern!r} and {key!r} you returned {said!r:.60}. Return True or False.")
    return said


def _source(*lines: str) -> str:
    return "import re, fnmatch\ndef matches(pattern, key):\n" + "".join(f"    {line}\n" for line in lines)


WRONG = (
    Wrong(_source("return fnmatch.fnmatch(key, pattern.replace('#', '*'))"), "`*` is one word, not two"),
    Wrong(
        _source(
            "rule = re.escape(pattern).replace(r'\\*', r'[^.]*').replace(r'\\#', '.+')",
            "return bool(re.fullmatch(rule, key))",
        ),
        "`kern.#` must take `kern`",
    ),
    Wrong(
        _source(
            "rule = re.escape(pattern).replace(r'\\.\\#', '.*').replace(r'\\#', '.*')",
            "rule = rule.replace(r'\\*', r'[^.]*')",
            "return bool(re.fullmatch(rule, key))",
        ),
        "compare whole words, not characters",
    ),
    Wrong(
        _source(
            "return fits(pattern.split('.'), key.split('.'))",
            "",
            *SOLUTION[SOLUTION.index("def fits") :].splitlines(),
        ).replace("\n    def fits", "\ndef fits"),
        "the broker finds none",
    ),
    Wrong(
        _source(
            "words = key.split('.') if key else []",
            "pattern = pattern.split('.')",
            "for number, part in enumerate(pattern):",
            "    after = pattern[number + 1:number + 2]",
            "    if part == '#':",
            "        while words and words[:1] != after:",
            "            words = words[1:]",
            "    elif words and part in ('*', words[0]):",
            "        words = words[1:]",
            "    else:",
            "        return False",
            "return not words",
        ),
        "let `#` try every number of words",
    ),
)

EXERCISE = Exercise(
    name="matches",
    lesson="17",
    title="Does the pattern match?",
    starter=STARTER,
    solution=SOLUTION,
    hints=(
        "Cut both at the dots. An empty key has no words: `key.split('.') if key else []`.",
        "Compare the first word of the pattern, and let the function answer for the rest: recursion.",
        "`#` may do two things: take no word and be done, or take one word and stay.",
        "With nothing left of the pattern, the answer is whether nothing is left of the key.",
    ),
    check=check,
    starter_message=ONE_WORD,
    wrong=WRONG,
    passed="It says what the broker does, about the cards and about a hundred pairs made up at random.",
    broker=True,
)
