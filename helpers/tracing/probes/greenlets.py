"""gevent: `greenlet.settrace` reports every switch; whoever is switched to runs, the other waits.

A spawned greenlet is ready until its first switch. When the hub's poll has ended, those that it woke
are ready until their turn comes; `ask` knows better when its answer arrived and says so itself.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from time import perf_counter_ns
from typing import Any

import gevent
import greenlet

from helpers.tracing.recorder import Recorder, thread_name
from helpers.tracing.spans import ANSWERED, DONE
from helpers.tracing.trace import READY, RUNNING, WAITING

__all__ = ["probe"]


@contextlib.contextmanager
def probe(recorder: Recorder) -> Iterator[None]:
    """Give every greenlet spawned inside a lane of its own, named after it or its first argument."""
    lanes, note, now = recorder.greenlets, recorder.note, perf_counter_ns
    hub = gevent.get_hub()
    polled = 0

    def spawned(new: Any) -> None:
        lanes[new] = recorder.open(_name(new))
        note((now(), lanes[new], READY))

    def switched(event: str, pair: tuple[Any, Any]) -> None:
        origin, target = pair
        at = now()
        if origin in lanes:
            note((at, lanes[origin], DONE if origin.dead else WAITING))
        if target in lanes:
            if polled:
                note((polled, lanes[target], ANSWERED))
            note((at, lanes[target], RUNNING))

    def poll_ended() -> None:
        nonlocal polled
        polled = now()

    check = hub.loop.check()
    check.start(poll_ended)
    before = greenlet.settrace(switched)
    gevent.Greenlet.add_spawn_callback(spawned)
    try:
        yield
    finally:
        gevent.Greenlet.remove_spawn_callback(spawned)
        greenlet.settrace(before)
        check.stop()
        check.close()


def _name(new: Any) -> str:
    # gevent's own "Greenlet-3" says nothing; spawn(errand, "A") does.
    function = new._run
    thread = getattr(function, "__self__", None)
    if isinstance(thread, threading.Thread):  # monkey patching turned it into a greenlet
        return thread_name(thread)
    first = new.args[0] if new.args else None
    if "name" in vars(new) and not new.name.startswith("Greenlet-"):
        return str(new.name)
    return first if isinstance(first, str) else getattr(function, "__name__", "greenlet")
