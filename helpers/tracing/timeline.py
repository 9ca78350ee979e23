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
from collections.abc import Callable, Iterator

from helpers.tracing import recorder as recording
from helpers.tracing.conversations import conversations
from helpers.tracing.errands import connect_ahead
from helpers.tracing.remote import Side, recorded
from helpers.tracing.trace import Trace

__all__ = ["timeline"]


@contextlib.contextmanager
def timeline(title: str = "", *, ready: bool = True, server: str = "") -> Iterator[Trace]:
    """Record threads, asyncio tasks and greenlets that start inside the block, each on a lane.

    Yields a Trace that is empty inside the block and filled when it ends (also when it ends with an
    exception). Lanes are named after the thread, task or greenlet. ``ready=False`` leaves out the
    *ready* state of asyncio tasks, which costs three times less.

    `server` is the name of a background cell that runs a server: it is recorded too, its lanes follow, and
    arrows show which bytes went where. (Of a ``--process`` cell only what happens here is recorded.)

    Like `timeit`, it switches the garbage collector off inside the block: in a notebook's kernel a full
    collection stops everybody for 0.1 to 0.2 s, which is longer than what the lessons measure.

    Raises CourseError if another recording is under way, or if `server` does not run.
    """
    from helpers.tracing.probes import threads

    trace = Trace(title)
    recorder = recording.Recorder(title)
    with contextlib.ExitStack() as undo:
        # Undone last of all: the probes' own endings still complete the recording.
        undo.callback(lambda: vars(trace).update(vars(_result(recorder, server, there))))
        there = None
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
        if server:
            from helpers.tracing.probes import sockets

            undo.enter_context(sockets.probe(recorder))
            there = undo.enter_context(recorded(server, recorder))
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


def _result(recorder: recording.Recorder, server: str, there: Callable[[], Side] | None) -> Trace:
    if there is None:
        return recorder.trace()
    return conversations(recorder.title, Side.of(recorder), there(), server)
