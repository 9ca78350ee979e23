"""The recorder: collects what the probes see and turns it into a Trace.

While recording, everything is a tuple appended to one list, because a recording that slows the
program down shows the recorder and not the program. Thinking happens once, in `trace`.
"""

from __future__ import annotations

import contextlib
import itertools
import sys
import threading
import time
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import replace
from typing import Any

from helpers.errors import CourseError
from helpers.tracing.trace import READY, RUNNING, WAITING, Arrow, Mark, Span, Trace

__all__ = ["ANSWERED", "DONE", "MAIN", "Recorder", "arrow", "current", "lane", "mark", "mine"]

DONE = "done"
"""Closes a lane: whatever it did is over."""
ANSWERED = "answered"
"""What the lane waits for is there: from now on it is ready. Says nothing if the lane doesn't wait."""
MAIN = "main"
"""The lane of the thread that records."""

_current: Recorder | None = None
_here = threading.local()
mine: ContextVar[Recorder | None] = ContextVar("recording", default=None)
"""The recording that this context belongs to: Jupyter's own tasks and threads belong to none."""


def current() -> Recorder | None:
    """The recording under way in this process, if any."""
    return _current


class Recorder:
    """One recording under way. Probes call `note`; `trace` makes the result."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.events: list[tuple[Any, ...]] = []
        self.note = self.events.append
        """Takes ``(time_ns, lane, state)``; on a thread's lane also the two CPU clocks, see `note_thread`."""
        self.steps: dict[str, list[int]] = {}
        """For a task's lane the times at which its steps began and ended, in turn."""
        self.lanes: list[str] = []
        self.marks: list[tuple[int, str, str]] = []
        self.arrows: list[tuple[int, str, int, str, str]] = []
        self.parts: list[Trace] = []
        self.tasks: dict[Any, str] = {}
        self.greenlets: dict[Any, str] = {}
        self.bookkeeping: set[str] = {MAIN}
        self.loop_threads: list[str] = []
        self.thread = threading.get_ident()
        self.origin = self.end = 0
        self._lock = threading.Lock()

    # -- life -------------------------------------------------------------------------------

    def begin(self) -> None:
        """Make this the recording of the process. Raises CourseError if there is one already."""
        global _current
        if _current is not None:
            raise CourseError(
                f"the timeline {_current.title!r} is still recording, and there can be one at a time. "
                "Wait until its cell is done (or interrupt it), then run this cell again."
            )
        _current = self
        self.origin = time.perf_counter_ns()
        self.note_thread(MAIN, RUNNING)

    def finish(self) -> None:
        """Stop recording; what still goes on is cut here."""
        global _current
        for name in (MAIN, *self.loop_threads):
            self.note_thread(name, DONE)
        self.end = time.perf_counter_ns()
        _current = None

    # -- lanes ------------------------------------------------------------------------------

    def open(self, name: str) -> str:
        """A new lane: `name`, or `name (2)` if that is taken."""
        with self._lock:
            unique, count = name, 1
            while unique in self.lanes:
                count += 1
                unique = f"{name} ({count})"
            self.lanes.append(unique)
            return unique

    def here(self) -> str:
        """The lane that the calling code runs on: its greenlet's, its task's or its thread's."""
        if self.greenlets:
            found = self.greenlets.get(sys.modules["greenlet"].getcurrent())
            if found:
                return found
        if self.tasks:
            asyncio = sys.modules["asyncio"]
            if asyncio._get_running_loop() is not None:
                found = self.tasks.get(asyncio.current_task())
                if found:
                    return found
        owner, name = getattr(_here, "lane", (None, ""))
        if owner is self:
            return name
        if threading.get_ident() == self.thread:
            self.bookkeeping.discard(MAIN)
            return MAIN
        name = self.open(threading.current_thread().name)
        self.enter(name)
        return name

    def open_unnamed(self) -> str:
        """A lane whose name is not known yet: asyncio names a task after it has made it."""
        with self._lock:
            self.lanes.append(f"\0{len(self.lanes)}")
            return self.lanes[-1]

    def rename(self, names: dict[str, str]) -> None:
        """Give lanes their final names, made unique: everything noted so far moves along."""
        final = {}
        for old in [lane for lane in self.lanes if lane in names]:
            final[old] = self.open(names[old])
            self.lanes.remove(final[old])
            self.lanes[self.lanes.index(old)] = final[old]
        self.tasks = {task: final.get(lane, lane) for task, lane in self.tasks.items()}
        self.steps = {final.get(lane, lane): stamps for lane, stamps in self.steps.items()}
        self.events = [(e[0], final.get(e[1], e[1]), *e[2:]) for e in self.events]
        self.marks = [(at, final.get(lane, lane), label) for at, lane, label in self.marks]
        self.arrows = [(s, final.get(a, a), t, final.get(b, b), label) for s, a, t, b, label in self.arrows]

    def enter(self, name: str) -> Any:
        """From now on this thread's code draws on the lane `name`. Returns what `leave` needs."""
        before = getattr(_here, "lane", (None, ""))
        _here.lane = (self, name)
        return before

    def leave(self, before: Any) -> None:
        """Undo `enter`."""
        _here.lane = before

    def owns_this_thread(self) -> bool:
        """Whether the calling thread was started by recorded code."""
        return getattr(_here, "lane", (None, ""))[0] is self

    def note_thread(self, lane: str, state: str) -> None:
        """`note` with the clocks that tell later whether "running" was true (about 1 µs)."""
        self.note((time.perf_counter_ns(), lane, state, time.thread_time_ns(), time.process_time_ns()))

    # -- the result -------------------------------------------------------------------------

    def trace(self) -> Trace:
        """What happened, as a Trace."""
        by_lane: dict[str, list[tuple[Any, ...]]] = {}
        for event in sorted([*self.events, *self._step_events()], key=lambda e: e[0]):
            by_lane.setdefault(event[1], []).append(event)
        marked = {lane for _, lane, _ in self.marks} | {a[1] for a in self.arrows} | {a[3] for a in self.arrows}
        names = [MAIN, *self.lanes, *sorted(marked - {MAIN, *self.lanes})]
        whole = Trace(self.title, duration=(self.end - self.origin) / 1e9, origin_ns=self.origin)
        for name in names:
            spans = self._spans(name, by_lane.get(name, []))
            if spans or name in marked:
                whole.lanes.append(name)
                whole.spans += spans
        for thread in self.loop_threads:
            self._blocked(whole, thread)
        others = [name for name in whole.lanes if name != MAIN]
        if (others or self.parts) and MAIN in self.bookkeeping:
            whole.lanes = others
            whole.spans = [s for s in whole.spans if s.lane != MAIN]
        whole.marks = [Mark(lane, self._seconds(at), label) for at, lane, label in self.marks]
        whole.arrows = [
            Arrow(source, self._seconds(sent), target, self._seconds(arrived), label)
            for sent, source, arrived, target, label in self.arrows
        ]
        return Trace.join(self.title, [whole, *self.parts]) if self.parts else whole

    def _step_events(self) -> Iterator[tuple[Any, ...]]:
        over = {lane for task, lane in self.tasks.items() if task.done()}
        for lane, stamps in self.steps.items():
            yield from zip(stamps, itertools.repeat(lane), itertools.cycle((RUNNING, WAITING)), strict=False)
            if lane in over:
                yield stamps[-1], lane, DONE

    def _seconds(self, at: int) -> float:
        return (min(at, self.end) - self.origin) / 1e9

    def _spans(self, lane: str, events: list[tuple[Any, ...]]) -> list[Span]:
        spans: list[Span] = []
        last: tuple[Any, ...] = (0, lane, DONE)
        for event in [*events, (self.end, lane, DONE, None, None)]:
            state = event[2]
            if state == ANSWERED:
                if last[2] != WAITING:
                    continue
                event = (event[0], lane, READY)
            elif state == last[2] and len(event) < 5:
                continue
            start, end = max(last[0], self.origin), min(event[0], self.end)
            if last[2] != DONE and end > start:
                truth = _truth(last, event)
                if spans and spans[-1].state == truth and spans[-1].end == self._seconds(start):
                    start = self.origin + round(spans.pop().start * 1e9)
                spans.append(Span(lane, truth, self._seconds(start), self._seconds(end)))
            last = event
        return spans

    def _blocked(self, whole: Trace, thread: str) -> None:
        """A task that "runs" while the thread under it sleeps has blocked the thread: it waits."""
        asleep = [s for s in whole.spans if s.lane == thread and s.state == WAITING]
        tasks = set(self.tasks.values())
        whole.spans = [
            replace(s, state=WAITING)
            if s.state == RUNNING
            and s.lane in tasks
            and any(a.start <= s.start + 0.001 and s.end - 0.001 <= a.end for a in asleep if s.length > 0.005)
            else s
            for s in whole.spans
        ]


def _truth(begin: tuple[Any, ...], end: tuple[Any, ...]) -> str:
    """The state of a span, after a look at the CPU clocks of its thread, if both ends have them.

    A thread in code that no probe knows counts as running. If it used no CPU while the process as a
    whole idled, it slept: waiting. If it used a part of it, nobody can say when: "unclear".
    """
    state: str = begin[2]
    wall = end[0] - begin[0]
    if state != RUNNING or wall < 5_000_000 or len(begin) < 5 or len(end) < 5:
        return state
    if end[3] is None:  # cut off while it went on: its clocks were not read
        return "unclear"
    own, everyone = (end[3] - begin[3]) / wall, (end[4] - begin[4]) / wall
    if own > 0.8:
        return RUNNING
    return WAITING if own < 0.1 and everyone < 0.5 else "unclear"


@contextlib.contextmanager
def lane(name: str) -> Iterator[None]:
    """Draw what this block does on the lane `name`. Without a recording it does nothing."""
    recorder = _current
    if recorder is None:
        yield
        return
    if name not in recorder.lanes:
        recorder.open(name)
    before = recorder.enter(name)
    recorder.note_thread(name, RUNNING)
    try:
        yield
    finally:
        recorder.note_thread(name, DONE)
        recorder.leave(before)


def mark(label: str, lane: str | None = None) -> None:
    """Note the moment: `label` happened now, on `lane` (default: where this code runs)."""
    if _current is not None:
        _current.marks.append((time.perf_counter_ns(), lane or _current.here(), label))


def arrow(source: str, target: str, label: str = "", sent_ns: int | None = None) -> None:
    """Note that something from `source` has reached `target` now.

    `sent_ns` is the ``time.perf_counter_ns`` reading at which it left (default: now as well).
    """
    if _current is not None:
        now = time.perf_counter_ns()
        _current.arrows.append((sent_ns or now, source, now, target, label))
