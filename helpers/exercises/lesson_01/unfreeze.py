"""Use the blocking `ask` and keep the loop alive."""

from __future__ import annotations

import asyncio
import inspect
import itertools
import threading
import time
from collections.abc import Callable
from typing import Any
from unittest import mock

from helpers.exercises.exercise import Answer, Exercise, Miss, Seen, Wrong
from helpers.exercises.lesson_01.answers import CALLED, DELAYS, same
from helpers.tracing import Trace

__all__ = ["EXERCISE"]

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
NOT_BLOCKING = (
    "Your questions went out from the loop's own thread, as with `ask_async`. Here you have only the "
    "blocking `ask`, as in a library that knows no `await`. Who could do the blocking for the loop?"
)
LONG = "more than half a second"
"""What is said instead of a number that another machine would contradict."""


async def check_unfreeze(answer: Answer) -> Seen:
    unfreeze = answer.function("unfreeze", "async def unfreeze(delays):")
    run = await _unfrozen(unfreeze)
    if run.late:  # a busy machine can spoil one run
        run = await _unfrozen(unfreeze)
    if run.complaint:
        raise Miss(run.complaint, Seen([run.trace]))
    return Seen([run.trace])


class _Looped:
    """One run of the learner's `unfreeze` beside a heart that beats, and what is wrong with it."""

    def __init__(
        self,
        trace: Trace,
        result: Any,
        error: Exception | None,
        seconds: float,
        freeze: float,
        askers: set[threading.Thread],
    ) -> None:
        self.trace, self.result, self.error = trace, result, error
        self.seconds, self.freeze, self.askers = seconds, freeze, askers
        self.complaint = self._complaint()
        self.late = self.complaint != "" and (self.freeze > 0.1 or self.complaint == self._wrong_time())

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
        return self._wrong_answers() or self._wrong_time() or self._wrong_askers()

    def _wrong_askers(self) -> str:
        return NOT_BLOCKING if threading.current_thread() in self.askers else ""

    def _wrong_answers(self) -> str:
        if same(list(self.result), DELAYS):
            return ""
        if same(sorted(r for r in self.result if isinstance(r, float)), sorted(DELAYS)):
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
    from helpers.tracing import errands
    from helpers.tracing.timeline import timeline

    before = asyncio.all_tasks()
    askers: set[threading.Thread] = set()
    open_link = errands.open_link

    def noted_link(address: tuple[str, int]) -> Any:
        askers.add(threading.current_thread())
        return open_link(address)

    beats: list[float] = []
    result: Any = None
    error: Exception | None = None
    with timeline("your loop and its heart") as trace:
        heart = asyncio.create_task(_beat(beats), name="heart")
        await asyncio.sleep(BEAT)
        asked = time.perf_counter()
        try:
            with mock.patch.object(errands, "open_link", noted_link):
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
    return _Looped(trace, result, error, seconds, freeze, askers)


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
    Wrong(
        _unfreeze_source("return await asyncio.gather(*[ask_async(d) for d in delays])").replace(
            "import ask\n", "import ask_async\n"
        ),
        "Here you have only the blocking `ask`",
    ),
)

EXERCISE = Exercise(
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
)
