"""asyncio: each task drives its coroutine through `_steps`, which stamps both ends of every step.

Running and waiting need only that (about 100 ns an event). *Ready* also needs to know when the loop
learned that a task can go on: `call_soon` says when, and `call_at` when a timer was due. The thread
that runs the loop gets a lane too: it waits while the loop's selector waits.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import types
from collections.abc import Callable, Coroutine, Generator, Iterator
from time import monotonic_ns, perf_counter_ns
from typing import Any

from helpers.tracing.recorder import Recorder, mine
from helpers.tracing.trace import READY, RUNNING, WAITING

__all__ = ["THREAD", "probe"]

THREAD = "the thread"
"""The lane of the thread that runs the event loop."""


@contextlib.contextmanager
def probe(recorder: Recorder, ready: bool) -> Iterator[None]:
    """Give every task that the recorded code creates a lane of its own, on whatever loop it runs."""
    loop_class: Any = asyncio.BaseEventLoop
    create_task = loop_class.create_task
    coroutine_names: dict[str, str] = {}

    with contextlib.ExitStack() as undo:

        def recorded_create_task(loop: Any, coro: Any, **options: Any) -> Any:
            if mine.get() is not recorder or _is_of_the_loop(coro):
                return create_task(loop, coro, **options)
            lane = recorder.open_unnamed()
            recorder.steps[lane] = []
            coroutine_names[lane] = getattr(coro, "__name__", "task")
            recorder.note((perf_counter_ns(), lane, READY))
            if ready and not recorder.loop_threads:
                _watch_selector(loop, recorder, undo)
            task = create_task(loop, _drive(coro, recorder.steps[lane]), **options)
            recorder.tasks[task] = lane
            return task

        _patch(undo, loop_class, "create_task", recorded_create_task)
        if ready:
            _note_ready(undo, loop_class, recorder)
        yield
    recorder.rename({lane: _name(task, coroutine_names[lane]) for task, lane in recorder.tasks.items()})
    for thread in recorder.loop_threads:  # below the tasks that it carries
        recorder.lanes.remove(thread)
        recorder.lanes.append(thread)


def _is_of_the_loop(coro: Any) -> bool:
    # asyncio.run ends with two tasks of its own.
    return getattr(coro, "__qualname__", "").startswith("BaseEventLoop.")


def _name(task: asyncio.Task[Any], coroutine: str) -> str:
    # asyncio's own "Task-17" counts every task since the process began: no two runs agree.
    return coroutine if re.fullmatch(r"Task-\d+", task.get_name()) else task.get_name()


def _patch(undo: contextlib.ExitStack, owner: Any, name: str, replacement: Callable[..., Any]) -> None:
    undo.callback(setattr, owner, name, getattr(owner, name))
    setattr(owner, name, replacement)


async def _drive(coro: Coroutine[Any, Any, Any], stamps: list[int]) -> Any:
    return await _steps(coro, stamps.append)


@types.coroutine
def _steps(coro: Coroutine[Any, Any, Any], stamp: Callable[[int], None]) -> Generator[Any, Any, Any]:
    """Step `coro`, and stamp the beginning and the end of every step: nothing else may cost time here."""
    now, send = perf_counter_ns, coro.send
    stamp(now())
    try:
        awaited = send(None)
        while True:
            stamp(now())
            try:
                yield awaited
            except GeneratorExit:
                coro.close()
                raise
            except BaseException as error:
                stamp(now())
                awaited = coro.throw(error)
            else:
                stamp(now())
                awaited = send(None)
    except StopIteration as stop:
        return stop.value
    finally:
        stamp(now())


def _note_ready(undo: contextlib.ExitStack, loop_class: Any, recorder: Recorder) -> None:
    """A task is ready when the loop is told to step it, or when its timer is due, if that is earlier."""
    call_soon, call_at = loop_class.call_soon, loop_class.call_at
    due: dict[int, int] = {}
    to_perf_counter = perf_counter_ns() - monotonic_ns()

    def recorded_call_soon(loop: Any, callback: Any, *args: Any, context: Any = None) -> Any:
        lane = recorder.tasks.get(getattr(callback, "__self__", None))
        if lane:
            when = due.pop(id(args[0]), None) if args else None
            now = perf_counter_ns()
            recorder.note((min(now, when) if when else now, lane, READY))
        return call_soon(loop, callback, *args, context=context)

    def recorded_call_at(loop: Any, when: float, callback: Any, *args: Any, context: Any = None) -> Any:
        if args and mine.get() is recorder:
            due[id(args[0])] = round(when * 1e9) + to_perf_counter
        return call_at(loop, when, callback, *args, context=context)

    _patch(undo, loop_class, "call_soon", recorded_call_soon)
    _patch(undo, loop_class, "call_at", recorded_call_at)


def _watch_selector(loop: Any, recorder: Recorder, undo: contextlib.ExitStack) -> None:
    selector = getattr(loop, "_selector", None)
    if selector is None:  # a loop of another make (uvloop) has none to watch
        return
    recorder.loop_threads.append(recorder.open(THREAD))
    recorder.note_thread(THREAD, RUNNING)
    select = selector.select

    def recorded_select(timeout: float | None = None) -> Any:
        if timeout is not None and timeout <= 0:
            return select(timeout)
        recorder.note_thread(THREAD, WAITING)
        try:
            return select(timeout)
        finally:
            recorder.note_thread(THREAD, RUNNING)

    selector.select = recorded_select
    undo.callback(delattr, selector, "select")
