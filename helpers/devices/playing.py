"""`play`: somebody presses, and the recording shows what the program made of it."""

from __future__ import annotations

import contextlib
import json
import math
import mmap
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from helpers.devices.device import Device, Event
from helpers.errors import CourseError
from helpers.tracing import recorder as recording
from helpers.tracing.spans import DONE
from helpers.tracing.timeline import timeline
from helpers.tracing.trace import RUNNING, WAITING, Span, Trace

__all__ = ["handle", "nap", "play", "resting"]

_PLAYER = Path(__file__).with_name("player.py")
_REST = 0.1  # seconds that a play goes on after the last release

_LONG = 0.03  # seconds: a shorter press is drawn as a moment


@contextlib.contextmanager
def play(title: str, *devices: Device) -> Iterator[Trace]:
    """Record the block on the lane *program*, while another process plays the `devices`, each on its lane.

    The play begins with the block and ends a tenth of a second after the last release. Yields what
    `timeline` yields: a Trace that is filled when the block ends.

    Raises CourseError if no device is given, one is given twice, or another recording is under way.
    """
    if not devices or len({device.name for device in devices}) < len(devices):
        raise CourseError(
            'play needs one or more devices with different names: play("a title", mouse, keyboard).'
        )
    seconds = max((p.at + p.hold for device in devices for p in device.presses), default=0.9) + _REST
    with contextlib.ExitStack() as undo:
        player = _Player(devices, seconds, undo)
        trace = undo.enter_context(timeline(title))
        recorder = recording.current()
        assert recorder is not None
        lanes = [recorder.open_named(device.name) for device in devices]
        undo.callback(lambda: player.draw(recorder, lanes))
        for device in devices:
            device.until(recorder.origin + round(seconds * 1e9))
        player.begin(recorder.origin)
        with recording.lane("program"):
            yield trace


def handle(event: Event | None) -> float:
    """Draw an arrow from the press to this moment. Returns how late it is (seconds after the press).

    Raises CourseError if there is no event, because the play was over or a time limit had passed.
    """
    if event is None:
        raise CourseError(
            "There is no event to handle: wait() has returned None, because the play was over or the time "
            "limit had passed. Ask first: if event := mouse.wait(): ..."
        )
    now, recorder = time.perf_counter_ns(), recording.current()
    if recorder:
        here = recorder.here()
        recorder.note_thread(here, RUNNING)
        recorder.arrows.append((event.sent_ns, event.device, now, here, event.key))
    return (now - event.sent_ns) / 1e9


def resting(trace: Trace) -> Trace:
    """The recording with a lane for each event, on which it rests from the press until it is handled.

    Instead of arrows; lanes of threads beside the program are left out.
    """
    lanes = {number: f"{arrow.label} in the queue" for number, arrow in enumerate(trace.arrows)}
    stays = [Span(lanes[n], "resting", a.sent, a.arrived) for n, a in enumerate(trace.arrows)]
    at = trace.lanes.index("program")
    order = [*trace.lanes[:at], *lanes.values(), "program"]
    spans = [span for span in (*trace.spans, *stays) if span.lane in order]
    return replace(trace, lanes=order, spans=spans, arrows=[])


def nap(seconds: float) -> None:
    """Sleep until the recording's clock shows the next multiple of `seconds`.

    Unlike ``time.sleep``, a row of naps doesn't drift. Raises CourseError outside of a recording.
    """
    recorder = recording.current()
    if recorder is None or seconds <= 0:
        raise CourseError(
            "nap(0.2) sleeps until the next multiple of 0.2 s since the play began: "
            "call it with a number above 0, inside the block: with play(...): ..."
        )
    here = recorder.here()
    recorder.note_thread(here, WAITING)
    passed = (time.perf_counter_ns() - recorder.origin) / 1e9
    time.sleep((math.floor(passed / seconds) + 1) * seconds - passed)
    recorder.note_thread(here, RUNNING)


class _Player:
    """The other process, as long as one `play` lasts."""

    def __init__(self, devices: Sequence[Device], seconds: float, undo: contextlib.ExitStack) -> None:
        from helpers import supervisor

        self.devices = devices
        plan, handed = [], []
        for device in devices:
            state = undo.enter_context(tempfile.TemporaryFile())  # noqa: SIM115
            state.truncate(mmap.PAGESIZE)
            ours, theirs = socket.socketpair()
            undo.callback(ours.close)
            handed += [state.fileno(), theirs.detach()]
            presses = [press[:2] for press in device.presses]
            plan.append({"state": handed[-2], "line": handed[-1], "presses": presses})
            device.begin(mmap.mmap(state.fileno(), 1), ours)
            undo.callback(device.end)
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(_PLAYER), json.dumps({"devices": plan, "seconds": seconds})],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=handed,
            start_new_session=True,
        )
        undo.callback(self.end)
        for line in handed[1::2]:
            os.close(line)  # the player has the only one now: when it ends, who waits is let go
        supervisor.adopt(self.process.pid)
        assert self.process.stdout is not None
        if self.process.stdout.readline() != b"ready\n":
            raise CourseError("The process that plays the devices did not start. Run the cell again.")

    def begin(self, origin_ns: int) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(b"%d\n" % origin_ns)
        self.process.stdin.flush()

    def draw(self, recorder: recording.Recorder, lanes: list[str]) -> None:
        """Put what was really pressed on the recording; the play is over now, done or not."""
        self._kill()
        assert self.process.stdout is not None
        for line in self.process.stdout.read().decode().splitlines():
            place, number, down, at = map(int, line.split())
            device, lane = self.devices[place], lanes[place]
            press = device.presses[number]
            if press.hold >= _LONG:
                recorder.note((at, lane, "down" if down else DONE))
            if down:
                recorder.marks.append((at, lane, press.key or device.kind))

    def end(self) -> None:
        from helpers import supervisor

        self._kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
        supervisor.release(self.process.pid)

    def _kill(self) -> None:
        if self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
