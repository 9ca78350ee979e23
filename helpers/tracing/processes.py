"""Run a function in several processes at once, each on a lane of the recording."""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from typing import Any

from helpers.background.travel import packed
from helpers.errors import CourseError
from helpers.tracing import recorder as recording
from helpers.tracing.errands import SITE, site_address
from helpers.tracing.trace import Span, Trace

__all__ = ["in_processes"]

# The other process finds modules where we find them.
_PROGRAM = "import sys; sys.path[:] = {path!r}; from helpers.tracing.worker import main; main()"


def in_processes(function: Callable[[Any], Any], names: Iterable[Any], *, timeout: float = 30) -> list[Any]:
    """Call ``function(name)`` for every name, each in a new process, all at once.

    Returns the results in the order of `names`. The function travels by value, so one defined in a
    notebook cell will do; so do its result and what the process prints. On the timeline a process is
    "starting" from the moment it was asked for until it runs the function.

    Raises CourseError if a process fails, or is not done within `timeout` seconds; none is left over.
    """
    deadline = time.monotonic() + timeout
    jobs = [(str(name), packed((function, name))) for name in names]
    with contextlib.ExitStack() as ending:
        workers: list[_Worker] = []
        for name, _ in jobs:
            workers.append(_Worker(name))
            ending.callback(workers[-1].end)
        # While they start.
        for worker, (_, job) in zip(workers, jobs, strict=True):
            worker.give(job)
        return [worker.result(deadline) for worker in workers]


class _Worker:
    def __init__(self, name: str) -> None:
        self.name = name
        # Not a pipe: that would stay open as long as anything the function has started.
        self.complaints = tempfile.TemporaryFile()  # noqa: SIM115
        self.asked_ns = time.perf_counter_ns()
        self.process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM.format(path=sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.complaints,
            env=os.environ | {SITE: site_address()},
            start_new_session=True,
        )

    def give(self, job: bytes) -> None:
        """From now on it works; and it ends when we do, whatever it works on."""
        from helpers import supervisor

        supervisor.adopt(self.process.pid)
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it has died already: `result` says so
            self.process.stdin.write(job)
            self.process.stdin.close()
        self.process.stdin = None

    def result(self, deadline: float) -> Any:
        try:
            answer, _ = self.process.communicate(timeout=max(0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            raise CourseError(
                f"process {self.name} was not done in time and has been ended. "
                "Is there a loop that never stops? Give it less to do, or a longer timeout."
            ) from None
        self.complaints.seek(0)
        print(self.complaints.read().decode(errors="replace"), end="", file=sys.stderr)
        if not answer:
            raise CourseError(
                f"process {self.name} ended before its function returned, with exit code "
                f"{self.process.returncode}. Whatever it had worked out is gone with it."
            )
        value, error, printed, trace = pickle.loads(answer)
        print(printed, end="")
        self._draw(Trace.from_json(trace))
        if error:
            raise CourseError(f"in process {self.name}: {error}")
        return pickle.loads(value)

    def _draw(self, trace: Trace) -> None:
        recorder = recording.current()
        if recorder is None:
            return
        begun = (trace.origin_ns - self.asked_ns) / 1e9
        trace = trace.moved(begun)
        trace.lanes = [self.name] if self.name not in trace.lanes else trace.lanes
        trace.spans.insert(0, Span(self.name, "starting", 0.0, begun))
        recorder.parts.append(trace)

    def end(self) -> None:
        from helpers import supervisor

        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)  # with whatever it has started
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.complaints):
            if pipe:
                pipe.close()
        supervisor.release(self.process.pid)
