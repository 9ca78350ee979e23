"""Many coroutines at once, on the loop of the lesson."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from helpers.exercises.exercise import Answer, Exercise, Miss, Wrong
from helpers.exercises.lesson_07.loop import Checked, NoRequest, Stuck, Task, ask

__all__ = ["EXERCISE"]

NAPS = {"a": 0.06, "b": 0.02, "c": 0.04}
"""The longest first, so that the order of finishing is not that of the arguments."""
HEAD = """\
import types

@types.coroutine
def ask(verb, what):
    return (yield verb, what)

"""
STARTER = (
    HEAD
    + '''\
async def gather(*coros):
    """Run all coros at the same time; return the list of their results, in the order given."""
    results = []
    for coro in coros:
        task = await ask("spawn", coro)
        results.append(await ask("join", task))
    return results
'''
)
SOLUTION = (
    HEAD
    + """\
async def gather(*coros):
    tasks = [await ask("spawn", coro) for coro in coros]
    return [await ask("join", task) for task in tasks]
"""
)
ONE_BY_ONE = "One after another: you wait for the first before you start the second. Start all, then wait."
UNSPAWNED = (
    "One after another: `await coro` runs a coroutine to its end before the next begins. "
    'Make tasks: `await ask("spawn", coro)`.'
)
UNASKED = "A letter that nobody sent: `ask(…)` without `await` asks nobody. Write `await ask(…)`."
FOREIGN = (
    "The loop got something that is no request. It understands (verb, what) only, so nothing of asyncio's "
    "works here: use `ask`."
)


class Counting(Checked):
    """Notes what was asked, and says so if a task is joined that is none."""

    def __init__(self) -> None:
        super().__init__()
        self.spawned = 0

    def spawn(self, task: Task, coro: Any) -> None:
        if not inspect.iscoroutine(coro):
            raise Miss(f"You spawned something that is no coroutine, but a {type(coro).__name__}.")
        self.spawned += 1
        super().spawn(task, coro)

    def join(self, task: Task, other: Any) -> None:
        if inspect.isgenerator(other) or inspect.iscoroutine(other):
            other.close()
            raise Miss(UNASKED if inspect.isgenerator(other) else "You joined a coroutine: spawn it first.")
        if not isinstance(other, Task):
            kind = type(other).__name__
            raise Miss(f"`join` needs the task that `spawn` gave, and this is a {kind}.")
        super().join(task, other)


def check(answer: Answer) -> None:
    gather = answer.function("gather", "async def gather(*coros):")
    if not inspect.iscoroutinefunction(gather):
        raise Miss("`gather` asks the loop, so it must be awaited. Begin it with `async def gather(*coros):`")
    loop, results, most = _gathered(gather)
    if isinstance(results, list | tuple) and any(map(inspect.isawaitable, results)):
        for result in results:
            if inspect.iscoroutine(result) or inspect.isgenerator(result):
                result.close()
        raise Miss(UNASKED)
    if results is None:
        raise Miss("`gather` returned nothing: return the list of results.")
    if not isinstance(results, list | tuple):
        raise Miss(f"`gather` should return the list of results, and yours returned {results!r:.60}.")
    if most < len(NAPS):
        raise Miss(ONE_BY_ONE if loop.spawned else UNSPAWNED)
    if any(isinstance(result, Task) for result in results):
        raise Miss('You returned the tasks. Join each: `await ask("join", task)` gives its result.')
    if list(results) != list(NAPS):
        if sorted(map(str, results)) == sorted(NAPS):
            raise Miss(
                f"Right results in the order of finishing, {list(results)}. "
                "Join the tasks in the order in which you spawned them."
            )
        raise Miss(f"Three naps returned 'a', 'b' and 'c', and you returned {list(results)!r:.60}.")
    if list(Counting().run(gather())) != []:
        raise Miss("`gather()` of nothing is an empty list.")


def _gathered(gather: Callable[..., Any]) -> tuple[Counting, Any, int]:
    """The loop, what `gather` returned for three naps, and how many of them slept at the same time."""
    loop, asleep, most = Counting(), 0, 0

    async def nap(name: str) -> str:
        nonlocal asleep, most
        asleep += 1
        most = max(most, asleep)
        await ask("sleep", NAPS[name])
        asleep -= 1
        return name

    naps = [nap(name) for name in NAPS]
    try:
        with loop.selector:
            return loop, loop.run(gather(*naps)), most
    except Stuck:
        raise Miss("Somebody waits for a task that never ends: is each joined once it was spawned?") from None
    except NoRequest:
        raise Miss(FOREIGN) from None
    finally:
        for each in naps:
            each.close()


def _source(*lines: str, head: str = HEAD) -> str:
    return head + "async def gather(*coros):\n" + "".join(f"    {line}\n" for line in lines)


WRONG = (
    Wrong(
        _source('return [await ask("join", await ask("spawn", coro)) for coro in coros]'),
        "Start all, then wait",
    ),
    Wrong(_source("return [await coro for coro in coros]"), "runs a coroutine to its end before the next"),
    Wrong(
        _source(
            "results = []",
            "async def collect(coro):",
            "    results.append(await coro)",
            'tasks = [await ask("spawn", collect(coro)) for coro in coros]',
            "for task in tasks:",
            '    await ask("join", task)',
            "return results",
        ),
        "Right results in the order of finishing",
    ),
    Wrong(
        _source(
            'tasks = [ask("spawn", coro) for coro in coros]',
            'return [await ask("join", task) for task in tasks]',
        ),
        "A letter that nobody sent",
    ),
    Wrong(
        _source(
            'tasks = [await ask("spawn", coro) for coro in coros]',
            'return [ask("join", task) for task in tasks]',
        ),
        "`ask(…)` without `await` asks nobody",
    ),
    Wrong(_source('return [await ask("spawn", coro) for coro in coros]'), "You returned the tasks"),
    Wrong(
        _source("return await asyncio.gather(*coros)", head="import asyncio\n\n"),
        "nothing of asyncio's works here",
    ),
    Wrong(
        _source(
            'tasks = [await ask("spawn", coro) for coro in coros]',
            'results = [await ask("join", task) for task in tasks]',
        ),
        "`gather` returned nothing",
    ),
)

EXERCISE = Exercise(
    name="gather",
    lesson="07",
    title="Gather",
    starter=STARTER,
    solution=SOLUTION,
    hints=(
        "Which of the two requests waits, and which one only starts something?",
        "Two rounds: one that spawns all, one that joins all.",
        'A list of tasks: `[await ask("spawn", coro) for coro in coros]`. Then join them in that order.',
    ),
    check=check,
    starter_message=ONE_BY_ONE,
    wrong=WRONG,
    passed="Two lines. asyncio's gather adds what happens when one of them fails: lesson 10.",
    time_limit=5,
)
