"""Greenlets: `greenlet.settrace` reports every switch; whoever is switched to runs, the other waits.

A spawned greenlet is ready until its first switch, and so is one that said ``sleep(0)``. When the hub's poll
has ended, those that it woke are ready until their turn comes; `ask` knows better when its answer arrived and
says so itself. Who "runs" and uses no CPU is in a call that blocks the thread: see `helpers.tracing.spans`.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from time import perf_counter_ns
from types import FrameType
from typing import Any

import gevent
import greenlet
from gevent.hub import sleep

from helpers.tracing.recorder import Recorder, thread_name
from helpers.tracing.spans import ANSWERED, DONE
from helpers.tracing.trace import READY, RUNNING, WAITING

__all__ = ["Switches", "probe"]


@contextlib.contextmanager
def probe(recorder: Recorder) -> Iterator[None]:
    """Give every greenlet that starts inside a lane of its own, named after it or its first argument.

    One that was made by hand (``greenlet(function)``) is named after its function, and its switches to
    others of that kind are arrows.
    """
    switches = Switches(recorder)
    check = gevent.get_hub().loop.check()
    check.start(switches.poll_ended)
    before = greenlet.settrace(switches)
    gevent.Greenlet.add_spawn_callback(switches.spawned)
    try:
        yield
    finally:
        gevent.Greenlet.remove_spawn_callback(switches.spawned)
        greenlet.settrace(before)
        check.stop()
        check.close()


class Switches:
    """What the recording learns of greenlets: a trace function for `greenlet.settrace`, and more."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder, self.lanes, self.note = recorder, recorder.greenlets, recorder.note
        self.polled = 0
        self.by_hand: dict[Any, bool] = {}
        """Greenlets without gevent, and whether the name of the function is known."""

    def spawned(self, new: Any) -> None:
        """`new` was given to the hub."""
        self.lanes[new] = self.recorder.open(_name(new))
        self.note((perf_counter_ns(), self.lanes[new], READY))

    def poll_ended(self) -> None:
        """The hub knows now who has something to do."""
        self.polled = perf_counter_ns()

    def __call__(self, event: str, pair: tuple[Any, Any]) -> None:
        origin, target = pair
        at, lanes = perf_counter_ns(), self.lanes
        if target not in lanes and event == "switch":  # a "throw" ends one that nobody wants any more
            self.met(target)
        if origin in lanes:
            state = DONE if origin.dead else READY if _gave_way(origin.gr_frame) else WAITING
            self.note((at, lanes[origin], state, *self.clocks()))
        if target in lanes:
            if self.polled:
                self.note((self.polled, lanes[target], ANSWERED))
            self.note((at, lanes[target], RUNNING, *self.clocks()))
        if origin in self.by_hand:
            self.handed_over(origin, target, at)

    def met(self, target: Any) -> None:
        """Somebody nobody has heard of is about to run."""
        if type(target) is greenlet.greenlet and target.parent is not None:
            self.by_hand[target] = False
            self.lanes[target] = self.recorder.open("greenlet")

    def handed_over(self, origin: Any, target: Any, at: int) -> None:
        """One that was made by hand has switched to another."""
        if not self.by_hand[origin] and (frame := _outermost(origin.gr_frame)):
            self.by_hand[origin] = True  # earlier it has no frame, and no function any more
            self.recorder.names[self.lanes[origin]] = frame.f_code.co_name
        if target in self.by_hand:
            self.recorder.arrows.append((at, self.lanes[origin], at, self.lanes[target], ""))

    @staticmethod
    def clocks() -> tuple[int, ...]:
        """What tells later whether somebody who had the thread has used it."""
        return time.thread_time_ns(), time.process_time_ns()


def _gave_way(frame: FrameType | None) -> bool:
    """Whether a greenlet has stopped in ``sleep(0)``: all it waits for is its turn."""
    return frame is not None and frame.f_code is sleep.__code__ and frame.f_locals["seconds"] <= 0


def _outermost(frame: FrameType | None) -> FrameType | None:
    while frame and frame.f_back:
        frame = frame.f_back
    return frame


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
