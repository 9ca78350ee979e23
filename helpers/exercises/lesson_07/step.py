"""The heart of the loop, with tasks that may fail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from helpers.exercises.exercise import Answer, Exercise, Miss, Wrong
from helpers.exercises.lesson_07.loop import Checked, Loop, Stuck, Task, ask

__all__ = ["EXERCISE"]

NAP = 0.01
STARTER = '''\
def step(self, task, value):
    """Resume task with value. If it fails, others go on, and whoever joins it gets the exception raised."""
    try:
        verb, what = task.coro.send(value)
    except StopIteration as stop:
        task.done, task.result = True, stop.value
        self.ready.extend((waiter, stop.value) for waiter in task.waiters)
    else:
        getattr(self, verb)(task, what)
'''
SOLUTION = """\
def step(self, task, value):
    resume = task.coro.throw if isinstance(value, Exception) else task.coro.send
    try:
        verb, what = resume(value)
    except StopIteration as stop:
        result = stop.value
    except Exception as error:
        result = error
    else:
        return getattr(self, verb)(task, what)
    task.done, task.result = True, result
    self.ready.extend((waiter, result) for waiter in task.waiters)
"""
DIED = (
    "One task failed, and its ValueError came out of the loop and ended all others. "
    "Catch it in `step`, and keep it: it is the task's result."
)
ASLEEP = (
    "The one who joined sleeps for ever: the task failed, and nobody woke its waiters. "
    "They must go into `ready`, as when a task is done."
)
NONE = "`join` returned None for a task that failed: the error is lost. Hand it on to those who wait."
RETURNED = (
    "`join` *returned* the exception instead of raising it. `task.coro.send(error)` hands over a value; "
    "`task.coro.throw(error)` raises it in there."
)
UNHEARD = (
    "A task caught the error and asked for more, and nobody heard it: what `throw` returns is a request, "
    "as from `send`."
)
CHAIN = (
    "A joined B and B joined C, which failed. B didn't catch the error, so it fails too: put `throw` into "
    "the same `try` as `send`."
)
UNSTOPPABLE = (
    "Interrupting the kernel no longer stops the loop: you catch KeyboardInterrupt too. "
    "`except Exception:` doesn't."
)


async def _careless() -> None:
    await ask("sleep", NAP)
    raise ValueError("boom")


async def _nap(result: Any) -> Any:
    await ask("sleep", 2 * NAP)
    return result


async def _joins(coro: Any) -> Any:
    return await ask("join", await ask("spawn", coro))


async def _ordinary() -> Any:
    return [await _joins(_nap(10)), await _joins(_nap(20))]


async def _beside() -> Any:
    await ask("spawn", _careless())
    return await _joins(_nap("u"))


async def _hears() -> Any:
    try:
        return await _joins(_careless())
    except ValueError as error:
        return f"heard {error}"


async def _hears_late() -> Any:
    task = await ask("spawn", _careless())
    await ask("sleep", 3 * NAP)
    try:
        return await ask("join", task)
    except ValueError as error:
        return f"heard {error}"


async def _goes_on() -> Any:
    await _hears()
    await ask("sleep", NAP)
    return "went on"


async def _chain() -> Any:
    try:
        return await _joins(_joins(_careless()))
    except ValueError as error:
        return f"heard {error}"


async def _all_hear() -> Any:
    failing = await ask("spawn", _careless())

    async def hear() -> Any:
        try:
            return await ask("join", failing)
        except ValueError as error:
            return f"heard {error}"

    hearers = [await ask("spawn", hear()) for _ in range(2)]
    heard = {await ask("join", hearer) for hearer in hearers}
    return heard.pop() if len(heard) == 1 else heard


async def _other_failure() -> Any:
    async def careless() -> None:
        await ask("sleep", NAP)
        raise ZeroDivisionError

    try:
        return await _joins(careless())
    except ZeroDivisionError:
        return "heard boom"


async def _interrupted() -> None:
    await ask("sleep", NAP)
    raise KeyboardInterrupt


def check(answer: Answer) -> None:
    step = answer.function("step", "def step(self, task, value):")
    if _run(step, _ordinary(), DIED, "Tasks that don't fail are no longer done.") != [10, 20]:
        raise Miss("Two tasks returned 10 and 20, and `join` gave something else. Hand on `stop.value`.")
    if _run(step, _beside(), DIED, "The nap beside the task that failed never ended.") != "u":
        raise Miss("A nap beside the task that failed returned 'u', and `join` gave something else.")
    for scene in (_hears, _hears_late, _all_hear, _other_failure):
        _heard(_run(step, scene(), DIED, ASLEEP))
    if _run(step, _goes_on(), DIED, UNHEARD) != "went on":
        raise Miss(UNHEARD)
    _heard(_run(step, _chain(), CHAIN, CHAIN))
    try:
        _run(step, _interrupted(), DIED, UNSTOPPABLE)
    except KeyboardInterrupt:
        return
    raise Miss(UNSTOPPABLE)


def _run(step: Callable[..., Any], coro: Any, died: str, stuck: str) -> Any:
    """What `coro` returns on a loop with the learner's `step`; raises Miss if that cannot be."""

    class Learners(Checked):
        def step(self, task: Task, value: Any) -> None:
            step(self, task, value)

    loop: Loop = Learners()
    with loop.selector:
        try:
            return loop.run(coro)
        except Stuck:
            raise Miss(stuck) from None
        except ValueError as error:
            if str(error) == "boom":
                raise Miss(died) from None
            raise
        except ZeroDivisionError:
            raise Miss(died.replace("ValueError", "ZeroDivisionError")) from None


def _heard(result: Any) -> None:
    if isinstance(result, Exception):
        raise Miss(RETURNED)
    if result is None:
        raise Miss(NONE)
    if result != "heard boom":
        raise Miss(f"`join` on a task that failed with ValueError('boom') returned {result!r:.40}. Raise it.")


def _source(failing: str, resume: str = "verb, what = task.coro.send(value)") -> str:
    lines = "".join(f"        {line}\n" for line in failing.splitlines())
    return (
        f"def step(self, task, value):\n    try:\n        {resume}\n    except StopIteration as stop:\n"
        "        task.done, task.result = True, stop.value\n"
        "        self.ready.extend((waiter, stop.value) for waiter in task.waiters)\n"
        f"    except Exception as error:\n{lines}"
        "    else:\n        getattr(self, verb)(task, what)\n"
    )


UNDISPATCHED = """\
def step(self, task, value):
    if isinstance(value, Exception):
        try:
            task.coro.throw(value)
        except StopIteration as stop:
            task.done, task.result = True, stop.value
            self.ready.extend((waiter, stop.value) for waiter in task.waiters)
        return
"""
_KEEP = "task.done, task.result = True, error\nself.ready.extend((waiter, error) for waiter in task.waiters)"
_REST = _source(_KEEP).partition("\n")[2]

WRONG = (
    Wrong(
        _source("task.done = True\nself.ready.extend((waiter, None) for waiter in task.waiters)"),
        "`join` returned None for a task that failed",
    ),
    Wrong(_source("print('a task failed:', error)"), "The one who joined sleeps for ever"),
    Wrong(_source("task.done, task.result = True, error"), "nobody woke its waiters"),
    Wrong(SOLUTION.replace("except Exception", "except BaseException"), "no longer stops the loop"),
    Wrong(_source(_KEEP), "`join` *returned* the exception instead of raising it"),
    Wrong(SOLUTION.replace("in task.waiters)", "in task.waiters[:1])"), "The one who joined sleeps for ever"),
    Wrong(
        SOLUTION.replace("    except Exception as error", "    except ValueError as error"),
        "its ZeroDivisionError came out of the loop",
    ),
    Wrong(UNDISPATCHED + _REST, "nobody heard it: what `throw` returns is a request"),
    Wrong(
        "def step(self, task, value):\n    if isinstance(value, Exception):\n"
        "        try:\n            verb, what = task.coro.throw(value)\n"
        "        except StopIteration as stop:\n"
        "            task.done, task.result = True, stop.value\n"
        "            self.ready.extend((waiter, stop.value) for waiter in task.waiters)\n"
        "            return\n        return getattr(self, verb)(task, what)\n" + _REST,
        "put `throw` into the same `try`",
    ),
)

EXERCISE = Exercise(
    name="step",
    lesson="07",
    title="A loop that survives its tasks",
    starter=STARTER,
    solution=SOLUTION,
    hints=(
        "A task can end in two ways now: with a value, or with an error. Both are results, for its waiters.",
        "How does `step` see that a value is an error? `isinstance(value, Exception)`.",
        "`task.coro.throw(error)` resumes a task by raising in it. Like `send`, it returns the next request.",
    ),
    check=check,
    starter_message=DIED,
    wrong=WRONG,
    passed="asyncio's Task does the same, and adds one more thing to throw: the order to stop.",
    time_limit=5,
)
