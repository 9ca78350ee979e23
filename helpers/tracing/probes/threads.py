"""Threads: from `Thread.start` a lane is ready, then it runs until `Thread.run` returns."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

from helpers.tracing.recorder import DONE, RUNNING, Recorder, mine
from helpers.tracing.trace import READY

__all__ = ["probe"]


@contextlib.contextmanager
def probe(recorder: Recorder) -> Iterator[None]:
    """Give every thread that the recorded code starts a lane of its own."""
    start = threading.Thread.start

    def recorded_start(thread: threading.Thread) -> None:
        # Threads that Jupyter starts meanwhile are none of ours.
        if mine.get() is recorder or recorder.owns_this_thread():
            lane = recorder.open(thread.name)
            _record(thread, recorder, lane)
            recorder.note_thread(lane, READY)
        start(thread)

    threading.Thread.start = recorded_start  # type: ignore[method-assign]
    try:
        yield
    finally:
        threading.Thread.start = start  # type: ignore[method-assign]


def _record(thread: threading.Thread, recorder: Recorder, lane: str) -> None:
    run = thread.run

    def recorded_run() -> Any:
        recorder.enter(lane)
        recorder.note_thread(lane, RUNNING)
        try:
            return run()
        finally:
            recorder.note_thread(lane, DONE)
            del thread.run  # the attribute below; the thread and this function hold each other

    thread.run = recorded_run  # type: ignore[method-assign]
