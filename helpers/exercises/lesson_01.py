"""The exercises of lesson 01."""

from __future__ import annotations

import asyncio
import inspect
import itertools
import threading
import time
from collections.abc import Callable
from typing import Any

from helpers.exercises.exercise import Answer, Exercise, Miss, Seen, Wrong
from helpers.tracing import Trace

__all__ = ["EXERCISES"]

# -- how long will it take? -------------------------------------------------------------------

TOTAL_STARTER = '''\
def total(model, n, c, w):
    """Seconds until n errands are done, each computing c seconds, then asking w seconds.

    model is "one by one", "threads" or "loop".
    """
'''
TOTAL = """\
def total(model, n, c, w):
    if model == "one by one":
        return n * (c + w)
    return n * c + w
"""
NO_TOTAL = (
    "`total` returned nothing: is there a `return`? Begin with the model “one by one”, then run this cell."
)
RUNS = (
    ("one by one", 3, 0.0, 0.3),
    ("threads", 3, 0.2, 0.0),
    ("loop", 3, 0.0, 0.3),
    ("threads", 4, 0.05, 0.1),
    ("loop", 3, 0.15, 0.1),
)
"""What is run for real, about 2.7 s in all: model, tasks, seconds of computing, seconds of asking."""


async def check_total(answer: Answer) -> Seen:
    total = answer.function("total", "def total(model, n, c, w):")
    for model, *_ in RUNS[:3]:
        _total(total, model, 3, 0.1, 0.2)  # what is no number at all need not wait for a run
    seen = Seen([], [])
    for model, n, c, w in RUNS:
        said = _total(total, model, n, c, w)
        # In a thread, because this one's event loop is running already.
        trace, took = await asyncio.to_thread(_measured, model, n, c, w)
        if not _near(said, took):
            raise Miss(_off(said, took, model, n, c, w), Seen([trace], [said]) if trace.title else None)
        if c and w and trace.title:
            seen.traces.append(trace)
            seen.expected.append(said)  # type: ignore[union-attr]
    return seen


def _total(total: Callable[..., Any], model: str, n: int, c: float, w: float) -> float:
    said = total(model, n, c, w)
    if said is None:
        other = f"`total` returned nothing for “{model}”: is there a `return` for it?"
        raise Miss(NO_TOTAL if model == "one by one" else other)
    if isinstance(said, bool) or not isinstance(said, int | float):
        raise Miss(f"`total` must return a number of seconds, and yours returned {said!r:.60}.")
    return float(said)


def _measured(model: str, n: int, c: float, w: float) -> tuple[Trace, float]:
    """A recording and its length (seconds): the arithmetic's, without a title, if the machine is too busy."""
    from helpers.tracing.models import run_errands

    right = n * (c + w) if model == "one by one" else n * c + w
    for _ in range(2):
        trace = run_errands(model, n, c, w)
        if fair := abs(trace.duration - right) <= 0.1 * right + 0.03:
            break
    trace.title = f"{model}: {n} errands of {c:g} + {w:g} s" if fair else ""
    return trace, trace.duration if fair else right


def _near(said: float, took: float) -> bool:
    return abs(said - took) <= 0.2 * took + 0.1


def _off(said: float, took: float, model: str, n: int, c: float, w: float) -> str:
    def is_like(other: float) -> bool:
        return abs(said - other) < 1e-6

    if said > 20 * took:
        return "Your number is a thousand times too big: seconds, please."
    if model == "threads" and is_like(c + w):
        return (
            f"You let {_word(n)} threads compute at once. "
            "Look at the third experiment (the same, but computing): how many lanes are dark?"
        )
    if model == "loop" and is_like(n * (c + w)):
        return "That is one `await` after another. Are they tasks?"
    if model == "loop" and is_like(c + w):
        return f"All {_word(n)} tasks compute in one thread: can two of them compute at once?"
    if model == "threads" and is_like(n * (c + w)):
        return "A thread that waits for an answer lets the others run: do the waits lie on top of each other?"
    if model == "one by one" and (is_like(n * c + w) or is_like(c + w)):
        return "In one thread, does B ask before A is answered?"
    return (
        f"{n} errands of {c:g} s computing and {w:g} s asking under “{model}” took {took:.1f} s, "
        f"and you say {said:.3g}. The picture shows where the time went."
    )


def _word(number: int) -> str:
    return {2: "two", 3: "three", 4: "four"}[number]


def _total_source(one_by_one: str, threads: str, loop: str) -> str:
    return (
        "def total(model, n, c, w):\n"
        f'    if model == "one by one":\n        return {one_by_one}\n'
        f'    if model == "threads":\n        return {threads}\n'
        f"    return {loop}\n"
    )


TOTAL_WRONG = (
    Wrong(_total_source("n * (c + w)", "c + w", "n * c + w"), "You let three threads compute at once"),
    Wrong(
        _total_source("n * (c + w)", "n * c + w", "n * (c + w)"), "one `await` after another. Are they tasks?"
    ),
    Wrong(_total_source("n * c + w", "n * c + w", "n * c + w"), "does B ask before A is answered?"),
    Wrong(
        _total_source("1000 * n * (c + w)", "1000 * (n * c + w)", "1000 * (n * c + w)"),
        "a thousand times too big: seconds, please",
    ),
    Wrong(
        "def total(model, n, c, w):\n    print(n * (c + w))\n",
        "`total` returned nothing: is there a `return`?",
    ),
    Wrong(
        'def total(model, n, c, w):\n    if model == "one by one":\n        return n * (c + w)\n'
        '    if model == "thread":\n        return n * c + w\n',
        "`total` returned nothing for “threads”",
    ),
    Wrong(_total_source("n * (c + w)", "n * c + w", "c + w"), "can two of them compute at once?"),
    Wrong(_total_source("n * (c + w)", "n * (c + w)", "n * c + w"), "do the waits lie on top of each other?"),
    Wrong(
        _total_source("n * (c + w)", "n * c + w / n", "n * c + w / n"),
        "The picture shows where the time went",
    ),
)

# -- ask them all, in threads -----------------------------------------------------------------

DELAYS = [0.3, 0.2, 0.1]
"""Seconds; the longest first, so that the order of the answers is not that of the questions."""

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
CALLED = (
    "You *called* `ask` and gave its answer to {where}. "
    "Hand over the function and its arguments: `{example}`."
)


def check_ask_all(answer: Answer) -> Seen:
    ask_all = answer.function("ask_all", "def ask_all(delays):")
    first = _ask_all(ask_all)
    if not first.complaint:
        return Seen([first.trace])
    again = _ask_all(ask_all)  # a busy machine can spoil one run
    if again.complaint:
        raise Miss(again.complaint, Seen([again.trace]))
    return Seen([again.trace])


class _Threaded:
    """One run of the learner's `ask_all`, and what is wrong with it."""

    def __init__(self, trace: Trace, result: Any, errors: list[BaseException], alive: int) -> None:
        self.trace, self.result, self.errors, self.alive = trace, result, errors, alive
        self.seconds = trace.duration
        self.complaint = self._complaint()

    def _complaint(self) -> str:
        if any("is not callable" in str(error) for error in self.errors):
            return CALLED.format(where="Thread", example="Thread(target=ask, args=(d,))")
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
        if _same(result, DELAYS):
            return ""
        if _same(sorted(r for r in result if isinstance(r, float)), sorted(DELAYS)) and len(result) == 3:
            return "Right answers in the order they came. Give each thread its own place."
        if result[:-1] == [None] * (len(DELAYS) - 1) or _same(result, [DELAYS[-1]] * len(DELAYS)):
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
            result = ask_all(list(DELAYS))
        left = [thread for thread in threading.enumerate() if thread not in before]
        alive = len(left)
        end = time.monotonic() + 1
        for thread in left:
            thread.join(max(0.0, end - time.monotonic()))
    finally:
        threading.excepthook = hook
    return _Threaded(trace, result, errors, alive)


def _same(found: list[Any], right: list[float]) -> bool:
    return len(found) == len(right) and all(
        isinstance(f, int | float) and abs(f - r) < 0.01 for f, r in zip(found, right, strict=True)
    )


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
)

# -- keep the loop alive ----------------------------------------------------------------------

UNFREEZE_STARTER = '''\
import asyncio
from helpers import ask

async def unfreeze(delays):
    """Return the answers of the blocking ask(d) for each d, in order, and leave the loop alive."""
    return [ask(d) for d in delays]
'''
UNFREEZE = """\
import asyncio
from helpers import ask

async def unfreeze(delays):
    return await asyncio.gather(*[asyncio.to_thread(ask, d) for d in delays])
"""
BEAT = 0.02
"""Seconds between two heartbeats of the loop."""
STOPPED = (
    "The heart stopped for {freeze}: the loop can't beat while its own thread is blocked. "
    "Who else could do the blocking `ask`?"
)
STILL_BLOCKING = (
    "The heart stopped for {freeze}: `async def` around a blocking call is still a blocking call. "
    "Who else could do the waiting?"
)
LONG = "more than half a second"
"""What is said instead of a number that another machine would contradict."""


async def check_unfreeze(answer: Answer) -> Seen:
    unfreeze = answer.function("unfreeze", "async def unfreeze(delays):")
    run = await _unfrozen(unfreeze)
    if run.complaint:  # a busy machine can spoil one run
        run = await _unfrozen(unfreeze)
    if run.complaint:
        raise Miss(run.complaint, Seen([run.trace]))
    return Seen([run.trace])


class _Looped:
    """One run of the learner's `unfreeze` beside a heart that beats, and what is wrong with it."""

    def __init__(
        self, trace: Trace, result: Any, error: Exception | None, seconds: float, freeze: float
    ) -> None:
        self.trace, self.result, self.error = trace, result, error
        self.seconds, self.freeze = seconds, freeze
        self.complaint = self._complaint()

    def _complaint(self) -> str:
        if isinstance(self.error, TypeError) and (complaint := _misused(str(self.error))):
            return complaint
        if self.error:
            raise self.error
        if self.freeze > 0.1:
            tasks = set(self.trace.lanes) - {"main", "heart", "the thread"}
            freeze = LONG if self.freeze > 0.5 else f"{self.freeze:.1f} s"
            return (STILL_BLOCKING if tasks else STOPPED).format(freeze=freeze)
        if _promises(self.result):
            return "You returned promises, not answers. `await` them first; `asyncio.gather` awaits many."
        if self.result is None:
            return "`unfreeze` returned nothing: return the list of answers."
        if not isinstance(self.result, list | tuple):
            return f"`unfreeze` must return a list of answers, and yours returned {self.result!r:.60}."
        return self._wrong_answers() or self._wrong_time()

    def _wrong_answers(self) -> str:
        if _same(list(self.result), DELAYS):
            return ""
        if _same(sorted(r for r in self.result if isinstance(r, float)), sorted(DELAYS)):
            return "Right answers in the order they came. `asyncio.gather` keeps the order of the questions."
        return f"For `unfreeze({DELAYS})` the answers are {DELAYS}, and you returned {self.result!r:.80}."

    def _wrong_time(self) -> str:
        if self.seconds > max(DELAYS) + 0.15:
            return "The loop lives, but they queue. Start all, then wait."
        return ""


def _misused(error: str) -> str:
    """The message for a TypeError that asyncio's ways provoke."""
    if "is not callable" in error:
        return CALLED.format(where="to_thread", example="asyncio.to_thread(ask, d)")
    if "await" in error and ("float" in error or "int" in error):
        return (
            "`ask` blocks and gives a number, and a number can't be awaited. "
            "Have a thread do it: `await asyncio.to_thread(ask, d)`."
        )
    if "await" in error and ("list" in error or "generator" in error):
        return "`await` waits for one promise, and this is a list of them. `asyncio.gather(*…)` awaits many."
    return ""


def _promises(result: Any) -> bool:
    parts = result if isinstance(result, list | tuple) else [result]
    found = [part for part in parts if inspect.isawaitable(part)]
    for part in found:
        if inspect.iscoroutine(part):
            part.close()  # else Python warns that nobody awaited it
    return bool(found)


async def _unfrozen(unfreeze: Callable[..., Any]) -> _Looped:
    from helpers.tracing.timeline import timeline

    before = asyncio.all_tasks()
    beats: list[float] = []
    result: Any = None
    error: Exception | None = None
    with timeline("your loop and its heart") as trace:
        heart = asyncio.create_task(_beat(beats), name="heart")
        await asyncio.sleep(BEAT)
        asked = time.perf_counter()
        try:
            promise = unfreeze(list(DELAYS))
            if inspect.isawaitable(promise):
                result = await promise
        except Exception as raised:
            promise, error = None, raised
        seconds = time.perf_counter() - asked
        await asyncio.sleep(2 * BEAT)
        heart.cancel()
    for task in asyncio.all_tasks() - before:
        task.cancel()
    if error is None and not inspect.isawaitable(promise):
        raise Miss("`unfreeze` is an ordinary function now. Begin it with `async def unfreeze(delays):`")
    freeze = max(later - earlier for earlier, later in itertools.pairwise(beats)) - BEAT
    return _Looped(trace, result, error, seconds, freeze)


async def _beat(beats: list[float]) -> None:
    while True:
        beats.append(time.perf_counter())
        await asyncio.sleep(BEAT)


def _unfreeze_source(*lines: str) -> str:
    body = "".join(f"    {line}\n" for line in lines)
    return f"import asyncio\nfrom helpers import ask\n\nasync def unfreeze(delays):\n{body}"


UNFREEZE_WRONG = (
    Wrong(
        _unfreeze_source(
            "async def one(d):",
            "    return ask(d)",
            "return await asyncio.gather(*[one(d) for d in delays])",
        ),
        "`async def` around a blocking call is still a blocking call",
    ),
    Wrong(
        _unfreeze_source("return [await asyncio.to_thread(ask, d) for d in delays]"),
        "The loop lives, but they queue. Start all, then wait",
    ),
    Wrong(
        _unfreeze_source("return [asyncio.create_task(asyncio.to_thread(ask, d)) for d in delays]"),
        "You returned promises, not answers",
    ),
    Wrong(
        _unfreeze_source("return [asyncio.to_thread(ask, d) for d in delays]"),
        "You returned promises, not answers",
    ),
    Wrong(
        _unfreeze_source("return await asyncio.gather(*[asyncio.to_thread(ask(d)) for d in delays])"),
        "You *called* `ask` and gave its answer to to_thread",
    ),
    Wrong(
        _unfreeze_source("return [await ask(d) for d in delays]"),
        "a number can't be awaited",
    ),
    Wrong(
        _unfreeze_source("return await [asyncio.to_thread(ask, d) for d in delays]"),
        "`await` waits for one promise, and this is a list of them",
    ),
    Wrong(
        UNFREEZE_STARTER.replace("async def", "def"),
        "Begin it with `async def unfreeze(delays):`",
    ),
    Wrong(
        _unfreeze_source("await asyncio.gather(*[asyncio.to_thread(ask, d) for d in delays])"),
        "`unfreeze` returned nothing",
    ),
)

EXERCISES = (
    Exercise(
        name="total",
        lesson="01",
        title="How long will it take?",
        starter=TOTAL_STARTER,
        solution=TOTAL,
        hints=(
            "Which part of an errand can overlap with another's?",
            "Computing adds up in all three models.",
            "Threads and the loop have the same total: all the computing, then the last wait.",
        ),
        check=check_total,
        starter_message=NO_TOTAL,
        wrong=TOTAL_WRONG,
        passed="Your numbers and the measured runs agree: the lines stand where the work ended.",
        time_limit=15,
        asks=True,
    ),
    Exercise(
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
    ),
    Exercise(
        name="unfreeze",
        lesson="01",
        title="Keep the loop alive",
        starter=UNFREEZE_STARTER,
        solution=UNFREEZE,
        hints=(
            "Who may block? A thread of its own.",
            "`asyncio.to_thread(ask, d)` asks in a thread; `await` it.",
            "`asyncio.gather(*[…])` awaits many at once, in order.",
        ),
        check=check_unfreeze,
        starter_message=STOPPED.format(freeze=LONG),
        wrong=UNFREEZE_WRONG,
        passed="The heart never stopped, and all three answers took as long as the slowest.",
        time_limit=8,
        asks=True,
    ),
)
