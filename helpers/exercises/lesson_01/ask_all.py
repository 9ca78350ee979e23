"""Ask them all at once, in threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from helpers.exercises.exercise import Answer, Exercise, Miss, Seen, Wrong
from helpers.exercises.lesson_01.answers import CALLED, DELAYS, same
from helpers.tracing import Trace

__all__ = ["EXERCISE"]

ASK_ALL_STARTER = '''\
from threading import Thread
from helpers import ask

def ask_all(delays):
    """Return the answers of ask(d) for each d, in the order of delays."""
    return [ask(d) for d in delays]
'''
ASK_ALL = """\
from threading import Thread
from helpers import ask

def ask_all(delays):
    results = [None] * len(delays)
    def keep(i, d):
        results[i] = ask(d)
    threads = [Thread(target=keep, args=(i, d)) for i, d in enumerate(delays)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
"""
ONE_BY_ONE = (
    "One question after the other takes the sum of the delays. "
    "Give each a thread of its own, and start all before you wait for the first."
)
NO_TUPLE = (
    "`args=(d)` is `d` in brackets, and Thread wants a tuple of arguments. "
    "The comma makes the tuple: `args=(d,)`."
)


def check_ask_all(answer: Answer) -> Seen:
    ask_all = answer.function("ask_all", "def ask_all(delays):")
    run = _ask_all(ask_all)
    if run.late:  # a busy machine can spoil one run
        run = _ask_all(ask_all)
    if run.complaint:
        raise Miss(run.complaint, Seen([run.trace]))
    return Seen([run.trace])


class _Threaded:
    """One run of the learner's `ask_all`, and what is wrong with it."""

    def __init__(self, trace: Trace, result: Any, errors: list[BaseException], alive: int) -> None:
        self.trace, self.result, self.errors, self.alive = trace, result, errors, alive
        self.seconds = trace.duration
        self.complaint = self._complaint()
        self.late = self.complaint != "" and self.complaint == self._wrong_time()

    def _complaint(self) -> str:
        if any("is not callable" in str(error) for error in self.errors):
            return CALLED.format(where="Thread", example="Thread(target=ask, args=(d,))")
        if any("must be an iterable" in str(error) for error in self.errors):
            return NO_TUPLE
        if self.errors:
            kind, text = type(self.errors[0]).__name__, self.errors[0]
            return f"One of your threads ended with {kind}: {text}. Its answer is missing."
        if self.result is None:
            return "`ask_all` returned nothing: collect the answers in a list and return it."
        if not isinstance(self.result, list | tuple):
            kind = type(self.result).__name__
            return f"`ask_all` must return a list of answers, and yours returned something of type {kind}."
        if self.seconds < 0.9 * max(DELAYS) and self.alive:
            return "You returned before anyone was answered. Which method of a thread waits for its end?"
        return self._wrong_answers() or self._wrong_time()

    def _wrong_answers(self) -> str:
        result = list(self.result)
        if same(result, DELAYS):
            return ""
        if same(sorted(r for r in result if isinstance(r, float)), sorted(DELAYS)) and len(result) == 3:
            return "Right answers in the order they came. Give each thread its own place."
        if result[:-1] == [None] * (len(DELAYS) - 1) or same(result, [DELAYS[-1]] * len(DELAYS)):
            return (
                "All your lambdas see the last value of the variable. "
                "Pass it instead: `Thread(target=…, args=(i, d))`."
            )
        if self.alive:
            return f"You returned too early: {self.alive} of your threads still wait. Join each of them."
        return f"For `ask_all({DELAYS})` the answers are {DELAYS}, and you returned {result!r:.80}."

    def _wrong_time(self) -> str:
        if self.alive:
            return f"{self.alive} of your threads still live after you returned. Wait for each with `join()`."
        if self.seconds <= max(DELAYS) + 0.15:
            return ""
        if len(self.trace.lanes) > 1:
            return "You wait for each thread before starting the next. Two loops: start all, then join all."
        return ONE_BY_ONE


def _ask_all(ask_all: Callable[[list[float]], Any]) -> _Threaded:
    from helpers.tracing.timeline import timeline

    errors: list[BaseException] = []
    before, hook = set(threading.enumerate()), threading.excepthook
    threading.excepthook = lambda happened: errors.append(happened.exc_value or happened.exc_type())
    try:
        with timeline("your threads") as trace:
            result = _result(ask_all, before)
        left = [thread for thread in threading.enumerate() if thread not in before]
        alive = len(left)
        end = time.monotonic() + 1
        for thread in left:
            thread.join(max(0.0, end - time.monotonic()))
    finally:
        threading.excepthook = hook
    return _Threaded(trace, result, errors, alive)


def _result(ask_all: Callable[[list[float]], Any], before: set[threading.Thread]) -> Any:
    try:
        return ask_all(list(DELAYS))
    except Exception as error:
        waiting = len(set(threading.enumerate()) - before)
        if not waiting or not isinstance(error, LookupError | AttributeError):
            raise
        raise Miss(
            f"Your code looked for an answer that was not there yet ({type(error).__name__}: {error}): "
            f"{waiting} of your threads still waited for theirs. Join each thread before you look."
        ) from None


def _ask_all_source(*lines: str) -> str:
    body = "".join(f"    {line}\n" for line in lines)
    return f"from threading import Thread\nfrom helpers import ask\n\ndef ask_all(delays):\n{body}"


ASK_ALL_WRONG = (
    Wrong(
        _ask_all_source(
            "results = [None] * len(delays)",
            "def keep(i, d):",
            "    results[i] = ask(d)",
            "for i, d in enumerate(delays):",
            "    thread = Thread(target=keep, args=(i, d))",
            "    thread.start()",
            "    thread.join()",
            "return results",
        ),
        "You wait for each thread before starting the next",
    ),
    Wrong(
        _ask_all_source(
            "threads = [Thread(target=ask(d)) for d in delays]",
            "for thread in threads:",
            "    thread.start()",
            "for thread in threads:",
            "    thread.join()",
            "return threads",
        ),
        "You *called* `ask` and gave its answer to Thread",
    ),
    Wrong(
        _ask_all_source(
            "results = []",
            "for d in delays:",
            "    Thread(target=lambda d=d: results.append(ask(d))).start()",
            "return results",
        ),
        "You returned before anyone was answered",
    ),
    Wrong(
        _ask_all_source(
            "results = []",
            "threads = [Thread(target=lambda d=d: results.append(ask(d))) for d in delays]",
            "for thread in threads:",
            "    thread.start()",
            "for thread in threads:",
            "    thread.join()",
            "return results",
        ),
        "Right answers in the order they came. Give each thread its own place",
    ),
    Wrong(
        _ask_all_source(
            "results = [None] * len(delays)",
            "threads = []",
            "for i, d in enumerate(delays):",
            "    threads.append(Thread(target=lambda: results.__setitem__(i, ask(d))))",
            "for thread in threads:",
            "    thread.start()",
            "for thread in threads:",
            "    thread.join()",
            "return results",
        ),
        "All your lambdas see the last value of the variable",
    ),
    Wrong(
        _ask_all_source(
            "threads = [Thread(target=ask, args=(d,)) for d in delays]",
            "for thread in threads:",
            "    thread.start()",
            "for thread in threads:",
            "    thread.join()",
        ),
        "`ask_all` returned nothing",
    ),
    Wrong(
        _ask_all_source(
            "results = {}",
            "def keep(i, d):",
            "    results[i] = ask(d)",
            "threads = [Thread(target=keep, args=[i]) for i, d in enumerate(delays)]",
            "for thread in threads:",
            "    thread.start()",
            "for thread in threads:",
            "    thread.join()",
            "return list(results.values())",
        ),
        "One of your threads ended with TypeError",
    ),
    Wrong(
        _ask_all_source(
            "results = [None] * len(delays)",
            "def keep(i, d):",
            "    results[i] = ask(d)",
            "threads = [Thread(target=keep, args=(i, d)) for i, d in enumerate(delays)]",
            "for thread in threads:",
            "    thread.start()",
            "threads[-1].join()",
            "return results",
        ),
        "You returned before anyone was answered",
    ),
    Wrong(
        _ask_all_source(
            "results = {}",
            "def keep(d):",
            "    results[d] = ask(d)",
            "threads = [Thread(target=keep, args=(d)) for d in delays]",
            "for thread in threads:",
            "    thread.start()",
            "for thread in threads:",
            "    thread.join()",
            "return [results.get(d) for d in delays]",
        ),
        "The comma makes the tuple: `args=(d,)`",
    ),
    Wrong(
        _ask_all_source(
            "results = {}",
            "def keep(d):",
            "    results[d] = ask(d)",
            "for d in delays:",
            "    Thread(target=keep, args=(d,)).start()",
            "return [results[d] for d in delays]",
        ),
        "Join each thread before you look",
    ),
)

EXERCISE = Exercise(
    name="ask_all",
    lesson="01",
    title="Ask them all at once",
    starter=ASK_ALL_STARTER,
    solution=ASK_ALL,
    hints=(
        "Two loops, not one: start all, then wait for all.",
        "A place for each answer: `results = [None] * len(delays)`.",
        "Tell each thread its place: `Thread(target=keep, args=(i, d))`.",
    ),
    check=check_ask_all,
    starter_message=ONE_BY_ONE,
    wrong=ASK_ALL_WRONG,
    passed="Outside a course one writes `ThreadPoolExecutor().map(ask, delays)`, which does the same.",
    time_limit=8,
    asks=True,
)
