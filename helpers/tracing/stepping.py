"""`stepping`: record an event loop line by line, the learner's own or asyncio's.

    with stepping(loop, title="three naps") as trace:
        loop.run(main())
    show(trace)

The loop does not change for it. Line by line it is about a hundred times slower than without.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import threading
from asyncio import base_events
from collections.abc import Coroutine, Iterable, Iterator
from typing import Any

from helpers.errors import CourseError
from helpers.tracing.listing import listing_of, methods_of
from helpers.tracing.steps import Item, Steps
from helpers.tracing.trace import Trace

__all__ = ["stepping", "stepping_asyncio"]

_PATIENCE = 30.0  # seconds: whatever a lesson shows line by line has ended by then


@contextlib.contextmanager
def stepping(loop: Any, title: str = "") -> Iterator[Trace]:
    """Record what `loop` does inside the block: its lines, its boxes, and a lane for each task.

    `loop` has at least one of these: ``ready``, a queue of tasks or of tuples with a task; ``timers``, a list
    of tuples that begin with the time and hold a task; ``selector``, whose keys' ``data`` is a task. A task
    is anything with ``coro``, a coroutine or a generator.

    Yields a Trace that is empty inside the block and filled when it ends. The loop must run in the calling
    thread. After 5,000 lines recording ends, and the title says so.

    Raises CourseError if `loop` has none of the three, or its source cannot be found.
    """
    if not any(hasattr(loop, name) for name in ("ready", "timers", "selector")):
        raise CourseError(
            f"stepping shows a loop's ready, timers and selector, and this {type(loop).__name__} has none of "
            "them. Make a loop first: with stepping(Loop()) as trace: ..."
        )
    steps = Steps(listing_of(methods_of(type(loop))), lambda: _boxes(loop), lambda task: task.coro)
    trace = Trace(title)
    try:
        with steps.recorded():
            yield trace
    finally:
        vars(trace).update(vars(steps.trace(title)))


def stepping_asyncio(coroutine: Coroutine[Any, Any, Any], title: str = "") -> Trace:
    """Run `coroutine` on a new asyncio loop in a thread of its own; the loop's `_run_once` line by line.

    Returns the recording: asyncio calls its boxes `_ready`, `_scheduled` and `_selector`; here they have the
    names that `stepping` uses. Raises what the coroutine raised, and CourseError if it is no
    coroutine or takes longer than 30 s.
    """
    if not asyncio.iscoroutine(coroutine):
        raise CourseError(
            f"stepping_asyncio runs a coroutine, and this is a {type(coroutine).__name__}. "
            "Call the function: stepping_asyncio(main())."
        )
    loop: Any = asyncio.SelectorEventLoop()
    listing = listing_of([base_events.BaseEventLoop._run_once])  # type: ignore[attr-defined]
    steps = Steps(listing, lambda: _asyncio_boxes(loop), lambda task: task.get_coro())
    errors: list[BaseException] = []

    def run() -> None:
        try:
            task = loop.create_task(coroutine)
            with steps.recorded():
                loop.run_until_complete(task)
        except BaseException as error:
            errors.append(error)
        finally:
            _close(loop)

    thread = threading.Thread(target=run, name="asyncio, step by step", daemon=True)
    thread.start()
    try:
        thread.join(_PATIENCE)
    finally:
        late = thread.is_alive()
        if late:  # also when a learner interrupts
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(_cancel_all, loop)
            thread.join(1)
    if late:
        raise CourseError(
            f"the coroutine was still not done after {_PATIENCE:.0f} s and was canceled. "
            "Give stepping_asyncio one that ends by itself."
        )
    if errors:
        raise errors[0]
    return steps.trace(title)


def _cancel_all(loop: asyncio.AbstractEventLoop) -> None:
    for task in asyncio.all_tasks(loop):
        task.cancel()


def _close(loop: asyncio.AbstractEventLoop) -> None:
    left = asyncio.all_tasks(loop)
    _cancel_all(loop)
    loop.run_until_complete(asyncio.gather(*left, return_exceptions=True) if left else asyncio.sleep(0))
    loop.close()


# -- a loop with ready, timers and selector -------------------------------------------------


def _boxes(loop: Any) -> dict[str, list[Item]]:
    boxes: dict[str, list[Item]] = {}
    if hasattr(loop, "ready"):
        boxes["ready"] = _tasks(loop.ready)
    if hasattr(loop, "timers"):
        boxes["timers"] = _tasks(sorted(loop.timers, key=lambda timer: timer[:2]))
    if hasattr(loop, "selector"):
        boxes["selector"] = _tasks(key.data for key in (loop.selector.get_map() or {}).values())
    return boxes


def _tasks(entries: Iterable[Any]) -> list[Item]:
    items: list[Item] = []
    for entry in entries:
        parts = entry if isinstance(entry, tuple) else (entry,)
        items += [("", part) for part in parts if hasattr(part, "coro")][:1]
    return items


# -- asyncio's own --------------------------------------------------------------------------


def _asyncio_boxes(loop: Any) -> dict[str, list[Item]]:
    watched = (loop._selector.get_map() or {}).values()
    return {
        "ready": [_item(handle) for handle in loop._ready],
        "timers": [_item(handle) for handle in sorted(loop._scheduled, key=lambda handle: handle.when())],
        "selector": [_item(handle) for key in watched for handle in key.data if handle],
    }


def _item(handle: Any) -> Item:
    """What a callback is for: a step of a task, or setting the future that a task waits for.

    Both bear the name of the task. Which timers are due at once differs from run to run, and so would the
    order in which names of their own appear.
    """
    callback = handle._callback
    owner = getattr(callback, "__self__", None)
    if isinstance(owner, asyncio.Task):
        return "", owner
    for future in handle._args or ():
        if isinstance(future, asyncio.Future) and not isinstance(future, asyncio.Task):
            for waiter, *_ in future._callbacks or ():
                task = getattr(waiter, "__self__", None)
                if isinstance(task, asyncio.Task):
                    return "", task
    if callback is None:
        return "canceled", None
    if getattr(callback, "__name__", "") == "_read_from_self":
        return "the loop's own pipe", None
    return getattr(inspect.unwrap(callback), "__name__", type(callback).__name__), None
