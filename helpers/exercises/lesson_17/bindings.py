"""Patterns for three queues, tried out on the broker with twelve messages."""

from __future__ import annotations

from helpers.exercises.brokered import named, table
from helpers.exercises.exercise import Answer, Exercise, Miss, Wrong
from helpers.queues.routes import Routed, route

__all__ = ["EXERCISE"]

STARTER = '''\
def bindings():
    """Bindings of a topic exchange, as (queue, pattern).

    pager:   whatever is critical, that is, ends in the word critical; and all of kern, kern itself, too
    archive: everything
    cron:    all of cron, its jobs and their jobs, too: cron, cron.info, cron.daily.info
    """
    return [("pager", "kern.*"), ("archive", "#")]
'''
SOLUTION = """\
def bindings():
    return [("pager", "kern.#"), ("pager", "#.critical"), ("archive", "#"), ("cron", "cron.#")]
"""
QUEUES = ("pager", "archive", "cron")
KEYS = (
    *("kern", "kern.info", "kern.critical", "kern.disk.critical", "kern.disk.info"),
    *("cron", "cron.info", "cron.daily.info", "cron.critical"),
    *("app.info", "app.web.critical", "critical"),
)
NONE = "Nothing is bound to `cron`. One queue may have several bindings, and each queue needs one."
MISSED = {
    ("pager", "kern.info"): "`pager` has missed `kern.info`: all of kern, not only what is critical there.",
    ("pager", "kern"): "`pager` has missed `kern`: which sign stands for no word as well?",
    ("pager", "kern.disk.info"): "`pager` has missed `kern.disk.info`: how many words may come after kern?",
    ("pager", "app.web.critical"): "`pager` has missed `app.web.critical`: how many words may come before?",
    ("pager", "cron.critical"): "`pager` has missed `cron.critical`: whatever is critical, not only kern's.",
    ("pager", "critical"): "`pager` has missed `critical`: perhaps no word comes before it.",
    (
        "cron",
        "cron.daily.info",
    ): "`cron` has missed `cron.daily.info`: the jobs of its jobs have a third word.",
    ("cron", "cron"): "`cron` has missed `cron`: which sign stands for no word as well?",
}
"""What to say first, if that is missing."""


def check(answer: Answer) -> None:
    bindings = answer.function("bindings", "def bindings():")()
    try:
        pairs = [(str(queue), str(pattern)) for queue, pattern in bindings]
    except (TypeError, ValueError):
        raise Miss("Return a list of pairs: `[(queue, pattern), (queue, pattern)]`.") from None
    for queue, _ in pairs:
        if queue not in QUEUES:
            raise Miss(f"There is no queue {queue!r} here. The three are pager, archive and cron.")
    for queue in QUEUES:
        if queue not in dict(pairs):
            raise Miss(NONE.replace("cron", queue))
    _judge(_ask(pairs))


def _ask(pairs: list[tuple[str, str]]) -> Routed:
    names = {queue: named(queue) for queue in QUEUES}
    exchange = named("log")
    with table(*names.values()) as channel:
        channel.exchange_declare(exchange, "topic", auto_delete=True)
        for queue, pattern in pairs:
            channel.queue_bind(names[queue], exchange, pattern)
        got = route(channel, exchange, KEYS, list(names.values()))
    return Routed({key: [q for q in QUEUES if names[q] in found] for key, found in got.items()}, QUEUES)


def _judge(got: Routed) -> None:
    wanted = {key: [queue for queue in QUEUES if _wants(queue, key.split("."))] for key in KEYS}
    cells = [(queue, key) for queue in QUEUES for key in KEYS]
    missing = [cell for cell in cells if cell[0] in wanted[cell[1]] and cell[0] not in got[cell[1]]]
    extra = [cell for cell in cells if cell[0] not in wanted[cell[1]] and cell[0] in got[cell[1]]]
    if missing or extra:
        print(f"What the broker did:\n{got}")
    for cell in [cell for cell in MISSED if cell in missing] or missing:
        queue, key = cell
        raise Miss(MISSED.get(cell, f"`{queue}` has missed `{key}`, and it wants everything."))
    for queue, key in extra:
        raise Miss(f"`{queue}` got `{key}`, and does not want it. Which of its patterns takes that?")


def _wants(queue: str, words: list[str]) -> bool:
    return {
        "pager": words[-1] == "critical" or words[0] == "kern",
        "archive": True,
        "cron": words[0] == "cron",
    }[queue]


def _source(**patterns: str) -> str:
    pairs = [(queue, pattern) for queue, each in patterns.items() for pattern in each.split()]
    return f"def bindings():\n    return {pairs!r}\n"


WRONG = (
    Wrong(_source(pager="kern.# #.critical", archive="#", cron="cron.*"), "the jobs of its jobs"),
    Wrong(_source(pager="kern.# #.critical", archive="*.*", cron="cron.#"), "and it wants everything"),
    Wrong(_source(pager="kern.# *.critical", archive="#", cron="cron.#"), "how many words may come before"),
    Wrong(_source(pager="kern.critical #.critical", archive="#", cron="cron.#"), "all of kern"),
    Wrong(_source(pager="kern.* #.critical", archive="#", cron="cron.#"), "`pager` has missed `kern`"),
)

EXERCISE = Exercise(
    name="bindings",
    lesson="17",
    title="Who wants what",
    starter=STARTER,
    solution=SOLUTION,
    hints=(
        "How many words may come before the one that you care for, and how many after it?",
        "`#` is any number of words, also none. `*` is exactly one.",
        "Two wishes are two bindings of one queue, and what fits both still comes once.",
    ),
    check=check,
    starter_message=NONE,
    wrong=WRONG,
    passed="Twelve messages, three queues, and every one where it is wanted.",
    broker=True,
)
