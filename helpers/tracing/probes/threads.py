"""Threads: from `Thread.start` a lane is ready, then it runs until `Thread.run` returns."""

from __future__ import annotations

import contextlib
import re
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
        if (mine.get() is recorder or recorder.owns_this_thread()) and not _serves_the_course(thread):
            lane = recorder.open(_name(thread))
            _record(thread, recorder, lane)
            recorder.note_thread(lane, READY)
        start(thread)

    threading.Thread.start = recorded_start  # type: ignore[method-assign]
    try:
        yield
    finally:
        threading.Thread.start = start  # type: ignore[method-assign]


def _serves_the_course(thread: threading.Thread) -> bool:
    # A server that is started meanwhile brings a thread that listens to its supervisor.
    module = getattr(getattr(thread, "_target", None), "__module__", None) or ""
    return module.startswith(("helpers.supervisor", "helpers.services", "helpers.background"))


def _name(thread: threading.Thread) -> str:
    # Python's own "Thread-7 (errand)" counts every thread since the process began: no two runs agree.
    own = re.fullmatch(r"Thread-\d+(?: \((.*)\))?", thread.name)
    return (own[1] or type(thread).__name__) if own else thread.name


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
