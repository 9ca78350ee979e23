"""Recording a server in a background cell while its code runs: the part over there, and the way to it."""

from __future__ import annotations

import contextlib
import gc
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from helpers.errors import CourseError
from helpers.tracing.recorder import MAIN, Recorder
from helpers.tracing.spans import DONE
from helpers.tracing.trace import Trace

__all__ = ["Side", "begin", "end", "recorded"]


PATIENCE = 0.2
"""Seconds that the server gets to note what has arrived here already."""


@dataclass(frozen=True, slots=True)
class Side:
    """One end of the conversations: its recording, and its calls as `probes.sockets` describes them.

    ``lanes`` has the names in `trace` of the lanes that `calls` speak of by their keys.
    """

    trace: Trace
    calls: list[tuple[Any, ...]]
    lanes: dict[str, str]

    @classmethod
    def of(cls, recorder: Recorder) -> Side:
        """What `recorder` has found; its recording must be over."""
        trace = recorder.trace()
        return cls(trace, recorder.calls, recorder.shown)


@contextlib.contextmanager
def recorded(server: str, here: Recorder) -> Iterator[Callable[[], Side]]:
    """Record the background cell `server` inside the block; what is yielded gives the result after it.

    `here` is the recording of its clients, which is over when the block is.

    Nobody can look into a plain process: of that, nothing is recorded. Raises CourseError if there is no
    such cell, or if it does not run.
    """
    from helpers.background import cell
    from helpers.clients.addresses import pinned

    there = cell(server)
    if not there.running:
        raise CourseError(
            f"The background cell {server!r} is not running. Run its cell, then this one.{there.ending}"
        )
    module = "__import__('helpers.tracing.remote', fromlist=['begin'])"
    found: list[Side] = []
    with pinned(server):
        if not there.can_be_asked:
            yield lambda: Side(Trace(), [], {})
            return
        there.evaluate_beside(f"{module}.begin({server!r})")
        try:
            yield lambda: found[0]
        finally:
            # Whatever happened to the server meanwhile, what was recorded here is worth showing.
            with contextlib.suppress(CourseError):
                came = dict(_passed(here.calls, "recv", 0))
                found.append(there.evaluate_beside(f"{module}.end({came})", 30))
            if not found:
                found.append(Side(Trace(), [], {}))


def _passed(calls: list[tuple[Any, ...]], what: str, client: int) -> Counter[int]:
    """How many bytes the calls `what` moved, by the port of the client: 0 if that is who calls, else 1."""
    ports: dict[int, int] = {}
    passed: Counter[int] = Counter()
    for _, call, descriptor, *rest in list(calls):
        if call == "meet":
            ports[descriptor] = rest[client]
            passed[ports[descriptor]] += 0
        elif call == "close":
            ports.pop(descriptor, None)
        elif call == what and descriptor in ports and isinstance(rest[0], int):
            passed[ports[descriptor]] += rest[0]
    return passed


# -- over there, in a thread beside the cell's code ----------------------------------------------

_undo: contextlib.ExitStack | None = None
_recorder: Recorder | None = None


def begin(name: str) -> None:
    """Record all threads of this process; the main thread's lane is called `name`."""
    global _undo, _recorder
    from helpers.tracing.probes import sockets, threads

    if _undo is not None:  # whoever began it went away without its end
        end()
    recorder = Recorder(name)
    recorder.whole = True
    recorder.threads[MAIN] = threading.main_thread()
    recorder.names[MAIN] = name
    with contextlib.ExitStack() as undo:
        undo.callback(recorder.release)
        recorder.claim()
        undo.enter_context(threads.probe(recorder))
        undo.enter_context(sockets.probe(recorder))
        _watch_the_end(recorder, undo)
        if "gevent.socket" in sys.modules:
            from helpers.tracing.probes import green_server

            undo.enter_context(green_server.probe(recorder))
        if gc.isenabled():
            gc.disable()
            undo.callback(gc.enable)
        recorder.begin()
        _undo, _recorder = undo.pop_all(), recorder


def _watch_the_end(recorder: Recorder, undo: contextlib.ExitStack) -> None:
    """The main thread's lane ends with the exception that ends the cell's code, and with its name."""
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    if shell is None:
        return
    inner = shell.showtraceback

    def noted(*args: Any, **options: Any) -> Any:
        error = sys.exc_info()[0]
        if error is not None and threading.current_thread() is threading.main_thread():
            recorder.marks.append((recorder.note_thread(MAIN, DONE), MAIN, error.__name__))
        return inner(*args, **options)

    shell.showtraceback = noted  # type: ignore[method-assign]
    undo.callback(delattr, shell, "showtraceback")


def end(came: dict[int, int] | None = None) -> Side:
    """End the recording that `begin` began, and return it.

    `came` has the bytes that arrived at each client, by its port: on a busy machine an answer may be there
    before the call that sent it has returned and been noted.
    """
    global _undo, _recorder
    undo, recorder, _undo, _recorder = _undo, _recorder, None, None
    assert undo and recorder
    deadline = time.monotonic() + PATIENCE
    while came and time.monotonic() < deadline:
        sent = _passed(recorder.calls, "send", 1)
        if all(sent[port] >= size for port, size in came.items() if port in sent):
            break
        time.sleep(0.002)
    recorder.finish()
    undo.close()
    return Side.of(recorder)
