"""Threads: from `Thread.start` a lane is ready, then it runs until `Thread.run` returns."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Iterator
from typing import Any

from helpers.tracing.recorder import Recorder, mine, thread_name
from helpers.tracing.spans import DONE
from helpers.tracing.trace import READY, RUNNING

__all__ = ["probe"]


@contextlib.contextmanager
def probe(recorder: Recorder) -> Iterator[None]:
    """Give every thread that the recorded code starts a lane of its own."""
    gevent = sys.modules.get("gevent.monkey")
    if gevent and gevent.is_module_patched("threading"):
        yield  # here threads are greenlets
        return
    start = threading.Thread.start

    def recorded_start(thread: threading.Thread) -> None:
        # Threads that Jupyter starts meanwhile are none of ours.
        if not (recorder.whole or mine.get() is recorder) or thread.ident is not None or _serves(thread):
            start(thread)
            return
        lane = recorder.open(thread_name(thread))
        _record(thread, recorder, lane)
        recorder.note_thread(lane, READY)
        try:
            start(thread)
        except BaseException:  # the machine has no room for another thread
            recorder.note_thread(lane, DONE)
            raise

    threading.Thread.start = recorded_start  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        threading.Thread.start = start  # type: ignore[method-assign]


def _serves(thread: threading.Thread) -> bool:
    # A server that is started meanwhile brings a thread that listens to its supervisor, and asyncio.run
    # ends with a thread that waits for the other threads.
    target = getattr(thread, "_target", None)
    module = getattr(target, "__module__", None) or ""
    return module.startswith(("helpers.supervisor", "helpers.services", "helpers.background")) or getattr(
        target, "__qualname__", ""
    ).startswith("BaseEventLoop.")


def _record(thread: threading.Thread, recorder: Recorder, lane: str) -> None:
    run = thread.run

    def recorded_run() -> Any:
        __tracebackhide__ = True  # IPython leaves this frame out
        recorder.threads[lane] = thread
        recorder.enter(lane)
        mine.set(recorder)  # and so are the threads and tasks that it starts
        recorder.note_thread(lane, RUNNING)
        try:
            return run()
        finally:
            recorder.note_thread(lane, DONE)
            del thread.run  # the attribute below; the thread and this function hold each other

    thread.run = recorded_run  # type: ignore[method-assign]
