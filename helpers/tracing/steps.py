"""One event loop under the magnifying glass: its current line, what its boxes hold, which task runs.

`sys.settrace` tells when a line of the loop's own code is reached, and when a task's coroutine gets the
turn and gives it back. All else is looked up in the loop's own queue, heap and selector, which stay as
they are.
"""

from __future__ import annotations

import contextlib
import gc
import inspect
import re
import sys
from collections.abc import Callable, Iterator
from time import perf_counter_ns
from types import FrameType
from typing import Any

from helpers.tracing.listing import Listing
from helpers.tracing.names import names_of, signature
from helpers.tracing.trace import READY, RUNNING, WAITING, Box, Span, Trace

__all__ = ["MOST_LINES", "Item", "Steps"]

_RUNS = "running"
"""The box of the task that has the turn."""

MOST_LINES = 5_000
"""The recording ends there: nobody steps through more, and it must not grow for ever."""
_COROUTINE = inspect.CO_COROUTINE | inspect.CO_GENERATOR
_LONG = 1_000_000  # nanoseconds: of a loop, only lines that wait or run what belongs to others take longer
_TAKES_LONG = re.compile(r"\b(select|sleep|send|throw|_run|data|callback)\(")

Item = tuple[str, Any]
"""What lies in a box: words, and the task they are about or None."""


class Steps:
    """A recording under way. `boxes` looks into the loop; `coroutine_of` gives a task's coroutine."""

    def __init__(
        self,
        listing: Listing,
        boxes: Callable[[], dict[str, list[Item]]],
        coroutine_of: Callable[[Any], Any],
    ) -> None:
        self.listing, self.boxes, self.coroutine_of = listing, boxes, coroutine_of
        lines = enumerate(listing.text.splitlines(), 1)
        self.long_lines = {number for number, line in lines if _TAKES_LONG.search(line)}
        self.lines: list[tuple[int, int]] = []
        self.held: dict[str, list[tuple[str, int]]] = {}
        """What each box holds now: words, and the task they are about."""
        self.changes: list[tuple[int, str, list[tuple[str, int]]]] = []
        """Since when which box holds what."""
        self.tasks: dict[int, Any] = {}
        """By id; in the order they were first seen. Kept, so that no id is given out twice."""
        self.signatures: dict[int, tuple[str, list[str]]] = {}
        self.states: dict[int, tuple[str, int]] = {}
        """What each unfinished task does, and since when."""
        self.frames: dict[int, int] = {}
        self.spans: list[tuple[int, str, int, int]] = []
        self.origin = self.end = self.lost = 0
        self.running: int | None = None
        self.left: int | None = None
        """The task that gave its turn back last, as long as the loop has not yet put it anywhere."""
        self.sender = 0
        self.full = False

    @contextlib.contextmanager
    def recorded(self) -> Iterator[None]:
        """Record what this thread does inside the block."""
        before, collecting = sys.gettrace(), gc.isenabled()
        gc.disable()  # a full collection would be the longest line of all
        self.origin = self.last = perf_counter_ns()
        self.changes.append((self.origin, _RUNS, []))
        self._compare(self.origin)
        sys.settrace(self._called)
        try:
            yield
        finally:
            sys.settrace(before)
            if collecting:
                gc.enable()
            if not self.full:
                self._finish()

    # -- what settrace calls ----------------------------------------------------------------

    def _called(self, frame: FrameType, event: str, _: Any) -> Any:
        if self.full:
            return None
        if frame.f_code in self.listing.shifts:
            self._look()
            return self._in_loop
        if frame.f_code.co_flags & _COROUTINE:
            task = self.frames.get(id(frame))
            if task is not None and _frame(self.coroutine_of(self.tasks[task])) is frame:
                self._settle()
                self._run(task)
                caller = frame.f_back
                self.sender = id(caller) if caller and caller.f_code in self.listing.shifts else 0
                frame.f_trace_lines = False
                return self._in_task
        return None

    def _in_loop(self, frame: FrameType, event: str, _: Any) -> Any:
        if self.full:
            return None
        if event == "line":
            now = self._look()
            self.lines.append((now, frame.f_lineno + self.listing.shifts[frame.f_code]))
            if len(self.lines) >= MOST_LINES:
                self.full = True
                self._finish()
        elif event == "return":
            self._look()
            if id(frame) == self.sender:
                self._settle()
        return self._in_loop

    def _in_task(self, frame: FrameType, event: str, _: Any) -> Any:
        # The frame of a coroutine that another awaits is not known as a task's: the outermost is.
        if event == "return" and self.running is not None and not self.full:
            self._settle()
            now, self.left, self.running = self._now(), self.running, None
            self._set(self.left, WAITING, now)
            self.changes.append((now, _RUNS, []))
        return self._in_task

    # -- bookkeeping ------------------------------------------------------------------------

    def _now(self) -> int:
        """The recording's clock. It stands still while the machine runs other programs instead."""
        now = perf_counter_ns() - self.lost
        short = self.lines and self.lines[-1][1] not in self.long_lines
        if now - self.last > _LONG and self.running is None and short:
            self.lost += now - self.last
            now = self.last
        self.last = now
        return now

    def _look(self) -> int:
        now = self._now()
        self._compare(now)
        return now

    def _compare(self, now: int) -> None:
        """See what the boxes hold now, and conclude who is ready and who waits."""
        boxes = self.boxes()
        held = {name: [(words, id(task)) for words, task in items] for name, items in boxes.items()}
        ready = {task for _, task in held.get("ready", ())}
        waiting = {task for name, items in held.items() if name != "ready" for _, task in items}
        if self.left is not None and (self.left in ready or not self.sender):
            if self.left in ready:
                self.states[self.left] = (READY, self.states[self.left][1])
            self._settle()
        if held != self.held:
            for name, items in boxes.items():
                for _, task in items:
                    if task is not None and id(task) not in self.tasks:
                        self._meet(task, now)
                if held[name] != self.held.get(name):
                    self.changes.append((now, name, held[name]))
            self.held = held
            for number in list(self.states):
                # Who has left the queue and is in no other box is about to run: still ready.
                if number not in (self.running, self.left) and number in ready | waiting:
                    self._set(number, READY if number in ready else WAITING, now)

    def _meet(self, task: Any, now: int) -> None:
        self.tasks[id(task)] = task
        coroutine = self.coroutine_of(task)
        self.signatures[id(task)] = signature(coroutine)
        frame = _frame(coroutine)
        if frame is not None:
            self.frames[id(frame)] = id(task)
            self.states[id(task)] = (READY, now)

    def _run(self, task: int) -> None:
        now, self.running = self._now(), task
        self._set(task, RUNNING, now)
        self.changes.append((now, _RUNS, [("", task)]))

    def _settle(self) -> None:
        """The loop has put the task that gave its turn back where it belongs, or it is done."""
        if self.left is not None and _frame(self.coroutine_of(self.tasks[self.left])) is None:
            del self.states[self.left]
        self.left = None

    def _set(self, task: int, state: str, now: int) -> None:
        before, since = self.states.get(task, (state, now))
        if before != state:
            self.spans.append((task, before, since, now))
            since = now
        self.states[task] = (state, since)

    def _finish(self) -> None:
        self.end = self._now()
        self._settle()
        self.spans += [(task, state, since, self.end) for task, (state, since) in self.states.items()]

    # -- the result -------------------------------------------------------------------------

    def trace(self, title: str) -> Trace:
        """What happened, as a Trace."""
        names = names_of(self.signatures)
        if self.full:
            title = f"{title}: the first {MOST_LINES:,} lines".lstrip(": ")
        whole = Trace(
            title,
            [names[task] for task in self.tasks],
            duration=self._seconds(self.end),
            origin_ns=self.origin,
            listing=self.listing.text,
            lines=[(self._seconds(at), number) for at, number in self.lines],
        )
        whole.spans = [
            Span(names[task], state, self._seconds(start), self._seconds(end))
            for task, state, start, end in self.spans
            if end > start
        ]
        names[id(None)] = ""
        whole.boxes = [
            Box(name, self._seconds(at), tuple(words + names[task] for words, task in items))
            for at, name, items in self.changes
        ]
        return whole

    def _seconds(self, at: int) -> float:
        return (at - self.origin) / 1e9


def _frame(coroutine: Any) -> FrameType | None:
    """Where the coroutine or generator stands; None if it is done."""
    return getattr(coroutine, "cr_frame", None) or getattr(coroutine, "gi_frame", None)
