"""`timeline`: record a block of ordinary code.

    with timeline("three threads") as trace:
        ...
    show(trace)

Threads, tasks and greenlets that start inside the block get a lane each.
"""

from __future__ import annotations

import contextlib
import gc
import sys
from collections.abc import Iterator

from helpers.tracing import recorder as recording
from helpers.tracing.errands import connect_ahead
from helpers.tracing.trace import Trace

__all__ = ["timeline"]


@contextlib.contextmanager
def timeline(title: str = "", *, ready: bool = True) -> Iterator[Trace]:
    """Record threads, asyncio tasks and greenlets that start inside the block, each on a lane.

    Yields a Trace that is empty inside the block and filled when it ends (also when it ends with an
    exception). Lanes are named after the thread, task or greenlet. ``ready=False`` leaves out the
    *ready* state of asyncio tasks, which costs three times less.

    Like `timeit`, it switches the garbage collector off inside the block: in a notebook's kernel a full
    collection stops everybody for 0.1 to 0.2 s, which is longer than what the lessons measure.

    Raises CourseError if another recording is under way.
    """
    from helpers.tracing.probes import threads

    trace = Trace(title)
    recorder = recording.Recorder(title)
    with contextlib.ExitStack() as undo:
        # Undone last of all: the probes' own endings still complete the recording.
        undo.callback(lambda: vars(trace).update(vars(recorder.trace())))
        undo.callback(recorder.release)
        recorder.claim()
        connect_ahead()
        undo.enter_context(threads.probe(recorder))
        if "asyncio" in sys.modules:
            from helpers.tracing.probes import loops

            undo.enter_context(loops.probe(recorder, ready))
        if "gevent" in sys.modules:
            from helpers.tracing.probes import greenlets

            undo.enter_context(greenlets.probe(recorder))
        token = recording.mine.set(recorder)
        undo.callback(recording.mine.reset, token)
        if gc.isenabled():
            gc.disable()
            undo.callback(gc.enable)
        recorder.begin()
        try:
            yield trace
        finally:
            recorder.finish()
