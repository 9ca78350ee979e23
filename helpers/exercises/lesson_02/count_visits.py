"""A counter that threads share."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from helpers.exercises.exercise import Answer, Exercise, Miss, Wrong

__all__ = ["EXERCISE"]

CLIENTS, VISITS = 4, 5
SLEEP = 0.01

STARTER = '''\
import time
from threading import Lock

class Counter:
    """Counts the visits to one page, from many threads."""

    def __init__(self):
        self.count = 0

    def visit(self):
        seen = self.count
        time.sleep(0.01)          # the database takes its time
        self.count = seen + 1
        return self.count
'''
SOLUTION = """\
import time
from threading import Lock

class Counter:
    def __init__(self):
        self.count = 0
        self.lock = Lock()

    def visit(self):
        with self.lock:
            seen = self.count
            time.sleep(0.01)
            self.count = seen + 1
            return self.count
"""
LOST = (
    "Most of 20 visits are lost: between one thread's look and its write the others looked, too. "
    "Let one thread at a time do all of it: `with self.lock:`."
)


def check(answer: Answer) -> None:
    kind = answer.function("Counter", "class Counter:")
    made = _count_locks(answer.names)
    counter = kind()
    before = len(made)
    began = time.perf_counter()
    heard = _visits([counter] * CLIENTS)
    one = time.perf_counter() - began
    total = CLIENTS * VISITS
    if any(not isinstance(number, int) for number in heard):
        raise Miss("`visit()` should return the count, as in the starter: `return self.count`.")
    if sorted(heard) != list(range(1, total + 1)):
        raise Miss(_why_lost(counter, len(made) - before))
    if one < total * SLEEP * 0.9:
        raise Miss("The waiting must stay: `time.sleep(0.01)` stands for the database. Put it back.")
    began = time.perf_counter()
    _visits([kind() for _ in range(CLIENTS)])
    if time.perf_counter() - began > one * 0.7:
        raise Miss(
            "Four different counters waited for each other: all share one lock. "
            "Each needs its own: make it in `__init__`."
        )


def _count_locks(names: dict[str, Any]) -> list[Any]:
    """From now on each lock that the learner's code makes is in the list."""
    made: list[Any] = []

    def counted(kind: Callable[[], Any]) -> Callable[[], Any]:
        def make() -> Any:
            made.append(kind())
            return made[-1]

        return make

    for name in ("Lock", "RLock"):
        if callable(names.get(name)):
            names[name] = counted(names[name])
    return made


def _why_lost(counter: Any, made_meanwhile: int) -> str:
    if made_meanwhile:
        return "Most visits are lost: every call brought a lock of its own. All must use the same one."
    if any(hasattr(thing, "acquire") for thing in vars(counter).values()):
        return (
            "Most visits are lost, in spite of your lock: it is not held from the look to the write. "
            "All the lines belong into its block."
        )
    return LOST


def _visits(counters: list[Any]) -> list[Any]:
    """All answers, when one thread for each of `counters` visits it so many times, all in step."""
    step = threading.Barrier(len(counters), timeout=5)
    heard: list[Any] = []
    failures: list[BaseException] = []

    def visit(counter: Any) -> None:
        try:
            for _ in range(VISITS):
                step.wait()
                heard.append(counter.visit())
        except threading.BrokenBarrierError:
            pass
        except BaseException as error:
            failures.append(error)
            step.abort()

    threads = [threading.Thread(target=visit, args=(counter,), daemon=True) for counter in counters]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return heard


def _source(*visit: str, before: str = "", init: str = "") -> str:
    lines = "".join(f"        {line}\n" for line in visit)
    extra = f"        {init}\n" if init else ""
    return (
        f"import time\nfrom threading import Lock\n{before}\nclass Counter:\n    def __init__(self):\n"
        f"        self.count = 0\n{extra}\n    def visit(self):\n{lines}"
    )


WRONG = (
    Wrong(
        _source(
            "seen = self.count",
            "time.sleep(0.01)",
            "with self.lock:",
            "    self.count = seen + 1",
            "return self.count",
            init="self.lock = Lock()",
        ),
        "it is not held from the look to the write",
    ),
    Wrong(
        _source(
            "with Lock():",
            "    seen = self.count",
            "    time.sleep(0.01)",
            "    self.count = seen + 1",
            "    return self.count",
        ),
        "every call brought a lock of its own",
    ),
    Wrong(
        _source(
            "with everybody:",
            "    seen = self.count",
            "    time.sleep(0.01)",
            "    self.count = seen + 1",
            "    return self.count",
            before="everybody = Lock()\n",
        ),
        "Four different counters waited for each other",
    ),
    Wrong(
        _source("self.count += 1", "return self.count"),
        "The waiting must stay",
    ),
)

EXERCISE = Exercise(
    name="count_visits",
    lesson="02",
    title="A counter that loses nothing",
    starter=STARTER,
    solution=SOLUTION,
    hints=(
        "What must not come between the look and the write? Somebody else's look.",
        "Who has to see the same lock? All visits to the same counter, and nobody else.",
        "Make it in `__init__`, and begin the `with` block above the look.",
    ),
    check=check,
    starter_message=LOST,
    wrong=WRONG,
    passed="The visits to one page now queue, as they would in the loop; other pages don't notice.",
    time_limit=8,
)
