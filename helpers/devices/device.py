"""Devices as a program sees them: a state to look at, and events to wait for."""

from __future__ import annotations

import mmap
import resource
import socket
import struct
import threading
import time
from collections.abc import Sequence
from typing import NamedTuple

from helpers.errors import CourseError
from helpers.tracing import recorder as recording
from helpers.tracing.spans import PREEMPTED
from helpers.tracing.trace import RUNNING, WAITING

__all__ = ["MESSAGE", "Device", "Event", "Keyboard", "Mouse", "Press"]

MESSAGE = struct.Struct("=qq")
"""What a device says at each press: when (``time.perf_counter_ns``), and the number of the press."""
_JUMP = 1_000_000  # nanoseconds: no loop takes that long from one look to the next
_LONGEST = 30.0  # seconds: no script lasts longer, so that nothing waits for ever


class Press(NamedTuple):
    """Held down from `at` for `hold` seconds, counted from the beginning of the play."""

    at: float
    hold: float
    key: str = ""


class Event(NamedTuple):
    """Something that happened: plain data.

    `kind` is "click" or "key" (lessons invent others), `key` the letter that was pressed, `device` the
    name of the device, and `sent_ns` the ``time.perf_counter_ns`` reading at the press.
    """

    kind: str
    key: str = ""
    device: str = ""
    sent_ns: int = 0


class Device:
    """What mouse and keyboard have in common. It works inside ``with play(…, device):``."""

    name = "device"
    kind = "press"

    def __init__(self, presses: Sequence[Press]) -> None:
        self.presses = sorted(presses)
        for press in self.presses:
            if not (press.at >= 0 and press.hold > 0 and press.at + press.hold <= _LONGEST):
                raise CourseError(
                    f"{self.name}: a press at {press.at:g} s for {press.hold:g} s cannot be played. "
                    f"Give times from 0 to {_LONGEST:g} seconds, and hold longer than 0."
                )
        self._state: mmap.mmap | None = None
        self._line: socket.socket | None = None
        self._end_ns = self._looked_ns = self._slept = 0

    def __repr__(self) -> str:
        return f"<{self.name}, {len(self.presses)} presses>"

    def begin(self, state: mmap.mmap, line: socket.socket) -> None:
        """From now on there is something to look at and to wait for."""
        self._state, self._line, self._looked_ns = state, line, 0

    def until(self, end_ns: int) -> None:
        """The play ends at `end_ns` (``time.perf_counter_ns``)."""
        self._end_ns = end_ns

    def end(self) -> None:
        """Undo `begin`; who still waits is let go."""
        self._state, self._line, self._end_ns = None, None, 0

    def playing(self) -> bool:
        """Whether the play still goes on."""
        now = time.perf_counter_ns()
        if now - self._looked_ns > _JUMP:
            self._paused()
        self._looked_ns = now
        return now < self._end_ns

    def is_down(self) -> bool:
        """The state, now: whether it is held down. Raises CourseError outside of `play`."""
        try:
            return self._state[0] == 1  # type: ignore[index]
        except TypeError:
            raise self._idle() from None

    def wait(self, timeout: float | None = None) -> Event | None:
        """The next event, as soon as it is there; each is told once.

        None when the play is over, or when nothing has come for `timeout` seconds. Raises CourseError
        outside of `play`.
        """
        line = self._line
        if line is None:
            if threading.current_thread() is not threading.main_thread():
                return None  # a reader that comes round after the end is let go like one that waits
            raise self._idle()
        recorder = recording.current()
        lane = recorder.here() if recorder else ""
        if recorder:
            recorder.note_thread(lane, WAITING)
        try:
            line.settimeout(timeout)
            told = line.recv(MESSAGE.size, socket.MSG_WAITALL)
        except OSError:  # nothing has come, or the play has ended meanwhile
            return None
        finally:
            if recorder:
                recorder.note_thread(lane, RUNNING)
        if len(told) < MESSAGE.size:
            return None
        sent_ns, number = MESSAGE.unpack(told)
        return Event(self.kind, self.presses[number].key, self.name, sent_ns)

    def _paused(self) -> None:
        """A loop that asks has made a pause. If it didn't go to sleep, another program had the core."""
        before, self._slept = self._slept, _times_slept()
        recorder = recording.current()
        if recorder and self._looked_ns and before == self._slept >= 0:
            here = recorder.here()
            recorder.note_at(self._looked_ns, here, PREEMPTED)
            recorder.note_thread(here, RUNNING)

    def _idle(self) -> CourseError:
        return CourseError(
            f"Nobody plays this {self.name} now, so there is nothing to look at or to wait for. "
            f'Do it inside the block: with play("a title", {self.name}): ...'
        )


def _times_slept() -> int:
    """How often this thread has given up its core by itself; -1 where nobody counts that for one thread."""
    thread = getattr(resource, "RUSAGE_THREAD", None)
    return -1 if thread is None else resource.getrusage(thread).ru_nvcsw


class Mouse(Device):
    """One button, clicked `at` these times (seconds), held down for `hold` seconds each."""

    name = "mouse"
    kind = "click"

    def __init__(self, at: Sequence[float], hold: float = 0.02) -> None:
        super().__init__([Press(time, hold) for time in at])


class Keyboard(Device):
    """The `keys` (a string, one letter each) pressed `at` these times (seconds), for 5 ms each.

    `name` is for more than one of them. Raises CourseError unless there is a time for each key.
    """

    kind = "key"

    def __init__(self, keys: str, at: Sequence[float], name: str = "keyboard") -> None:
        self.name = name
        if len(keys) != len(at):
            raise CourseError(
                f"{len(keys)} keys and {len(at)} times: give one time for each key, "
                'as in Keyboard("ab", [0.1, 0.2]).'
            )
        super().__init__([Press(time, 0.005, key) for key, time in zip(keys, at, strict=True)])
