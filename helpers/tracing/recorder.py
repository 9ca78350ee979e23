"""The recorder: collects what the probes see and turns it into a Trace.

While recording, everything is a tuple appended to one list, because a recording that slows the
program down shows the recorder and not the program. Thinking happens once, in `trace`.

Inside, a lane goes by a key; it gets its name at the end, because asyncio names a task after making it.
"""

from __future__ import annotations

import contextlib
import itertools
import re
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from typing import Any

from helpers.errors import CourseError
from helpers.tracing.spans import DONE, Stay, stays
from helpers.tracing.trace import RUNNING, WAITING, Arrow, Mark, Span, Trace

__all__ = ["MAIN", "Recorder", "arrow", "current", "lane", "mark", "mine", "thread_name"]

MAIN = "\0main"
"""The lane of the thread that records."""

_current: Recorder | None = None
_claiming = threading.Lock()
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
        self.names: dict[str, str] = {MAIN: "main"}
        """What the lanes are called, in the order they appeared."""
        self.marks: list[tuple[int, str, str]] = []
        self.arrows: list[tuple[int, str, int, str, str]] = []
        self.parts: list[Trace] = []
        self.calls: list[tuple[Any, ...]] = []
        """What `probes.sockets` noted: see there."""
        self.whole = False
        """Whether it is about all threads of this process, and not only about the recorded block's."""
        self.tasks: dict[Any, str] = {}
        self.greenlets: dict[Any, str] = {}
        self.threads: dict[str, threading.Thread] = {MAIN: threading.current_thread()}
        self.carriers: dict[str, str] = {}
        """For a task's lane the lane of the thread that runs it."""
        self.bookkeeping: set[str] = {MAIN}
        """Lanes that only start others and wait for them, as far as is known: not worth drawing."""
        self.shown: dict[str, str] = {}
        """After `trace`: what the lanes that are drawn are called there."""
        self.origin = self.end = 0
        self._named: dict[str, str] = {}
        self._lock = threading.Lock()

    # -- life -------------------------------------------------------------------------------

    def claim(self) -> None:
        """Make this the recording of the process. Raises CourseError if there is one already."""
        global _current
        with _claiming:
            if _current is not None:
                other = f"the timeline {_current.title!r}" if _current.title else "another timeline"
                raise CourseError(
                    f"{other} is still recording, and there can be one at a time. "
                    "Wait until its cell is done (or interrupt it), then run this cell again."
                )
            _current = self

    def release(self) -> None:
        """Undo `claim`."""
        global _current
        if _current is self:
            _current = None

    def begin(self) -> None:
        """The recording's time begins now.

        The calling thread runs. Of other threads one doesn't know until their next call.
        """
        self.origin = time.perf_counter_ns()
        if not self.whole:
            self.note_thread(MAIN, RUNNING)

    def finish(self) -> None:
        """The recording's time is over: what still goes on is cut here."""
        self.end, everyone = time.perf_counter_ns(), time.process_time_ns()
        for lane, thread in list(self.threads.items()):
            if thread.is_alive():
                self.note((self.end, lane, DONE, _cpu_time(thread), everyone))

    # -- lanes ------------------------------------------------------------------------------

    def open(self, name: str) -> str:
        """A new lane. Returns its key."""
        with self._lock:
            key = f"\0{len(self.names)}"
            self.names[key] = name
            self._named.setdefault(name, key)
            return key

    def open_named(self, name: str) -> str:
        """The first lane of that name, or a new one. Returns its key."""
        return self._named.get(name) or self.open(name)

    def here(self) -> str:
        """The lane that the calling code runs on: its greenlet's, its task's or its thread's."""
        found = self._task_or_greenlet()
        if found is None:
            owner, found = getattr(_here, "lane", (None, ""))
            if owner is not self:
                found = self._thread()
        self.bookkeeping.discard(found)
        return found

    def _task_or_greenlet(self) -> str | None:
        if self.greenlets:
            found = self.greenlets.get(sys.modules["greenlet"].getcurrent())
            if found:
                return found
        if self.tasks:
            asyncio = sys.modules["asyncio"]
            if asyncio._get_running_loop() is not None:
                return self.tasks.get(asyncio.current_task())
        return None

    def _thread(self) -> str:
        thread = threading.current_thread()
        if thread is self.threads[MAIN]:
            return MAIN
        lane = self.open(thread_name(thread))
        self.threads[lane] = thread
        self.enter(lane)
        return lane

    def enter(self, lane: str) -> Any:
        """From now on this thread's code draws on `lane`. Returns what `leave` needs."""
        before = getattr(_here, "lane", (None, ""))
        _here.lane = (self, lane)
        return before

    def leave(self, before: Any) -> None:
        """Undo `enter`."""
        _here.lane = before

    # -- events -----------------------------------------------------------------------------

    def note_at(self, at: int, lane: str, state: str) -> None:
        """`note` for code that blocks its thread: what holds for a task holds for the thread under it."""
        self.note((at, lane, state))
        if lane in self.carriers:
            self.note((at, self.carriers[lane], state))

    def note_thread(self, lane: str, state: str) -> int:
        """`note_at` now, with the clocks that tell later whether it ran (about 1 µs). Returns now."""
        now, own, everyone = time.perf_counter_ns(), time.thread_time_ns(), time.process_time_ns()
        self.note((now, lane, state, own, everyone))
        if lane in self.carriers:
            self.note((now, self.carriers[lane], state, own, everyone))
        return now

    # -- the result -------------------------------------------------------------------------

    def trace(self) -> Trace:
        """What happened, as a Trace."""
        by_lane: dict[str, list[tuple[Any, ...]]] = {lane: [] for lane in self.names}
        for event in sorted([*self.events, *self._step_events()], key=lambda e: e[0]):
            by_lane[event[1]].append(event)
        states = {lane: stays(events, self.origin, self.end) for lane, events in by_lane.items()}
        names = self.shown = self._shown(states)
        whole = Trace(self.title, duration=self._seconds(self.end), origin_ns=self.origin)
        for lane, name in names.items():
            whole.spans += [
                Span(name, s.state, self._seconds(s.start), self._seconds(s.end), s.label)
                for s in self._unblocked(lane, states)
            ]
        for at, lane, label in self.marks:
            whole.marks.append(Mark(names.get(lane, lane), self._seconds(at), label))
        for sent, source, arrived, target, label in self.arrows:
            source, target = names.get(source, source), names.get(target, target)
            whole.arrows.append(Arrow(source, self._seconds(sent), target, self._seconds(arrived), label))
        ends = [end for a in whole.arrows for end in (a.source, a.target)]
        whole.lanes = list(dict.fromkeys([*names.values(), *(m.lane for m in whole.marks), *ends]))
        return Trace.join(self.title, [whole, *self.parts]) if self.parts else whole

    def _step_events(self) -> Iterator[tuple[Any, ...]]:
        over = {lane for task, lane in self.tasks.items() if task.done()}
        for lane, stamps in self.steps.items():
            yield from zip(stamps, itertools.repeat(lane), itertools.cycle((RUNNING, WAITING)), strict=False)
            if lane in over and stamps:
                yield stamps[-1], lane, DONE

    def _shown(self, states: dict[str, list[Stay]]) -> dict[str, str]:
        """The lanes worth drawing, with names made unique."""
        marked = {lane for _, lane, _ in self.marks}
        shown = [lane for lane in self.names if states[lane] or lane in marked]
        under = {MAIN, *self.carriers.values()}
        if self.parts or any(lane not in self.bookkeeping | under for lane in shown):
            shown = [lane for lane in shown if lane not in self.bookkeeping]
        elif any(lane not in under for lane in shown) and MAIN in self.bookkeeping:
            shown.remove(MAIN)
        return dict(zip(shown, _unique(self.names[lane] for lane in shown), strict=True))

    def _unblocked(self, lane: str, states: dict[str, list[Stay]]) -> list[Stay]:
        """A task that "runs" while the thread under it sleeps has blocked the thread: it waits."""
        if lane not in self.carriers:
            return states[lane]
        asleep = [s for s in states[self.carriers[lane]] if s.state == WAITING]
        return [
            s._replace(state=WAITING)
            if s.state == RUNNING
            and s.end - s.start > 5_000_000
            and any(a.start <= s.start + 1_000_000 and s.end - 1_000_000 <= a.end for a in asleep)
            else s
            for s in states[lane]
        ]

    def _seconds(self, at: int) -> float:
        return (min(at, self.end) - self.origin) / 1e9


def thread_name(thread: threading.Thread) -> str:
    """What the thread's lane is called: its name, unless Python counted it up and no two runs agree."""
    own = re.fullmatch(r"Thread-\d+(?: \((.*)\))?", thread.name)
    if own:
        return own[1] or type(thread).__name__
    return re.sub(r"^(?:ThreadPoolExecutor-\d+|asyncio)_\d+$", "pool thread", thread.name)


def _unique(names: Iterable[str]) -> Iterator[str]:
    taken: dict[str, int] = {}
    for name in names:
        unique = name
        while unique in taken:
            taken[name] += 1
            unique = f"{name} ({taken[name]})"
        taken[unique] = 1
        yield unique


def _cpu_time(thread: threading.Thread) -> int | None:
    """Nanoseconds of CPU that the thread has used so far; None where one cannot know that of another."""
    if thread is threading.current_thread():
        return time.thread_time_ns()
    if sys.platform == "linux" and thread.native_id:
        with contextlib.suppress(OSError):
            # The kernel's name for another thread's clock (man 2 clock_getres); the C library's own
            # function crashes if the thread has just ended.
            return time.clock_gettime_ns((~thread.native_id << 3) | 6)
    return None


@contextlib.contextmanager
def lane(name: str) -> Iterator[None]:
    """Draw what this block does on the lane `name`. Without a recording it does nothing."""
    recorder = _current
    if recorder is None:
        yield
        return
    key = recorder.open_named(name)
    before = recorder.enter(key)
    recorder.note_thread(key, RUNNING)
    try:
        yield
    finally:
        recorder.note_thread(key, DONE)
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
