"""Run a function in several processes at once, each on a lane of the recording."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

import cloudpickle

from helpers.errors import CourseError
from helpers.tracing import recorder as recording
from helpers.tracing.errands import SITE, site_address
from helpers.tracing.trace import Span, Trace

__all__ = ["in_processes"]


def in_processes(function: Callable[[str], Any], names: Iterable[str], *, timeout: float = 30) -> list[Any]:
    """Call ``function(name)`` for every name, each in a new process, all at once.

    Returns the results in the order of `names`. The function travels by value, so one defined in a
    notebook cell will do; so do its result and what the process prints. On the timeline a process is
    "starting" from the moment it was asked for until it runs the function.

    Raises CourseError if a process fails, or is not done within `timeout` seconds; none is left over.
    """
    names = list(names)
    deadline = time.monotonic() + timeout
    workers = [_Worker(function, name) for name in names]
    try:
        return [worker.result(deadline) for worker in workers]
    finally:
        for worker in workers:
            worker.end()


class _Worker:
    def __init__(self, function: Callable[[str], Any], name: str) -> None:
        from helpers import supervisor

        self.name = name
        self.asked_ns = time.perf_counter_ns()
        job = cloudpickle.dumps((function, name))
        self.process = subprocess.Popen(
            [sys.executable, "-c", "from helpers.tracing.worker import main; main()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=os.environ | {SITE: site_address()},
            start_new_session=True,
        )
        supervisor.adopt(self.process.pid)
        assert self.process.stdin is not None
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
        if self.process.returncode or not answer:
            raise CourseError(f"process {self.name} ended with exit code {self.process.returncode} and no result.")
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

        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdout, self.process.stderr):
            if pipe:
                pipe.close()
        supervisor.release(self.process.pid)
