"""asyncio: each task drives its coroutine through `_steps`, which stamps both ends of every step.

Running and waiting need only that (about 100 ns an event). *Ready* also needs to know when the loop
learned that a task can go on: `call_soon` says when, and `call_at` when a timer was due. The thread
that runs the loop gets a lane too: it waits while the loop's selector waits.
"""

from __future__ import annotations

import asyncio
import concurrent.futures.thread  # noqa: F401  to_thread would import it in the middle of a recording
import contextlib
import re
import threading
import types
from collections.abc import Callable, Coroutine, Generator, Iterator
from time import monotonic_ns, perf_counter_ns
from typing import Any

from helpers.tracing.recorder import Recorder, mine
from helpers.tracing.spans import ANSWERED, DONE
from helpers.tracing.trace import READY, RUNNING, WAITING

__all__ = ["THREAD", "probe"]

THREAD = "the thread"
"""The lane of the thread that runs the event loop."""


@contextlib.contextmanager
def probe(recorder: Recorder, ready: bool) -> Iterator[None]:
    """Give every task that the recorded code creates a lane of its own, on whatever loop it runs."""
    loop_class: Any = asyncio.BaseEventLoop
    create_task, tasks, now = loop_class.create_task, recorder.tasks, perf_counter_ns
    coroutines: dict[str, Coroutine[Any, Any, Any]] = {}

    with contextlib.ExitStack() as undo:
        undo.callback(_finish, recorder, coroutines)
        threads = _Threads(recorder, undo)

        def recorded_create_task(loop: Any, coro: Any, **options: Any) -> Any:
            if mine.get() is not recorder or not asyncio.iscoroutine(coro) or _is_of_the_loop(coro):
                return create_task(loop, coro, **options)
            asked, stamps = now(), list[int]()
            driven: Any = _drive(coro, stamps)
            driven.__name__ = driven.__qualname__ = _called(coro)
            task = create_task(loop, driven, **options)
            lane = tasks[task] = recorder.open("")
            recorder.steps[lane], coroutines[lane] = stamps, coro
            recorder.note((asked, lane, READY))
            if asyncio._get_running_loop() is None:
                recorder.bookkeeping.add(lane)  # the one that the loop is started with
            if ready:
                threads.carry(lane, loop)
            return task

        _patch(undo, loop_class, "create_task", recorded_create_task)
        if ready:
            _note_ready(undo, loop_class, recorder)
        yield


def _finish(recorder: Recorder, coroutines: dict[str, Coroutine[Any, Any, Any]]) -> None:
    for task, lane in recorder.tasks.items():
        recorder.names[lane] = _name(task, _called(coroutines[lane]))
        if task.done():
            coroutines[lane].close()  # canceled before its first step: it was not forgotten
    for thread in dict.fromkeys(recorder.carriers.values()):  # below the tasks that it carries
        recorder.names[thread] = recorder.names.pop(thread)


def _called(coro: Any) -> str:
    return getattr(coro, "__name__", "task")


def _is_of_the_loop(coro: Any) -> bool:
    # asyncio.run ends with two tasks of its own.
    return getattr(coro, "__qualname__", "").startswith("BaseEventLoop.")


def _name(task: asyncio.Task[Any], coroutine: str) -> str:
    # asyncio's own "Task-17" counts every task since the process began: no two runs agree. (Python 3.13
    # names an eager task "None".)
    return coroutine if re.fullmatch(r"Task-\d+|None", task.get_name()) else task.get_name()


def _patch(undo: contextlib.ExitStack, owner: Any, name: str, replacement: Callable[..., Any]) -> None:
    undo.callback(setattr, owner, name, getattr(owner, name))
    setattr(owner, name, replacement)


async def _drive(coro: Coroutine[Any, Any, Any], stamps: list[int]) -> Any:
    __tracebackhide__ = True  # IPython leaves this frame out
    return await _steps(coro, stamps.append)


@types.coroutine
def _steps(coro: Coroutine[Any, Any, Any], stamp: Callable[[int], None]) -> Generator[Any, Any, Any]:
    """Step `coro`, and stamp the beginning and the end of every step: nothing else may cost time here."""
    __tracebackhide__ = True
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
    tasks, note, now = recorder.tasks, recorder.note, perf_counter_ns
    due: dict[asyncio.Future[Any], int] = {}
    to_perf_counter = perf_counter_ns() - monotonic_ns()

    def recorded_call_soon(loop: Any, callback: Any, *args: Any, context: Any = None) -> Any:
        task = getattr(callback, "__self__", None)
        if isinstance(task, asyncio.Task) and task in tasks:
            if args and args[0] in due:
                note((due.pop(args[0]), tasks[task], ANSWERED))
            note((now(), tasks[task], READY))
        return call_soon(loop, callback, *args, context=context)

    def recorded_call_at(loop: Any, when: float, callback: Any, *args: Any, context: Any = None) -> Any:
        if args and isinstance(args[0], asyncio.Future) and mine.get() is recorder:
            due[args[0]] = round(when * 1e9) + to_perf_counter
        return call_at(loop, when, callback, *args, context=context)

    _patch(undo, loop_class, "call_soon", recorded_call_soon)
    _patch(undo, loop_class, "call_at", recorded_call_at)


class _Threads:
    """The lanes of the threads that run event loops: a thread waits while its loop's selector waits."""

    def __init__(self, recorder: Recorder, undo: contextlib.ExitStack) -> None:
        self.recorder, self.undo = recorder, undo
        self.lanes: dict[threading.Thread, str] = {}
        self.watched: set[Any] = set()

    def carry(self, task: str, loop: Any) -> None:
        """Note that this loop, in the calling thread, runs the task with the lane `task`."""
        selector = getattr(loop, "_selector", None)
        if selector is None:  # a loop of another make (uvloop) has none to watch
            return
        thread = threading.current_thread()
        if thread not in self.lanes:
            lane = self.lanes[thread] = self.recorder.open(THREAD)
            self.recorder.threads[lane] = thread
        self.recorder.carriers[task] = self.lanes[thread]
        if selector not in self.watched:
            self.watched.add(selector)
            self._watch(selector, self.lanes[thread])

    def _watch(self, selector: Any, lane: str) -> None:
        note, select, close = self.recorder.note_thread, selector.select, selector.close
        note(lane, RUNNING)

        def recorded_select(timeout: float | None = None) -> Any:
            if timeout is not None and timeout <= 0:
                return select(timeout)
            note(lane, WAITING)
            try:
                return select(timeout)
            finally:
                note(lane, RUNNING)

        def recorded_close() -> None:
            note(lane, DONE)
            close()

        selector.select, selector.close = recorded_select, recorded_close
        self.undo.callback(delattr, selector, "select")
        self.undo.callback(delattr, selector, "close")
