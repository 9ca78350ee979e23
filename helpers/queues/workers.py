"""Workers: processes that take tasks from a queue, can be killed, and say what they have done."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import sys
import time
from pathlib import Path
from typing import TypeVar

from helpers.errors import CourseError
from helpers.queues.telling import Report
from helpers.supervisor import Child, scratch, spawn

__all__ = ["Worker", "begin", "reports", "when_done", "worker"]

ACKS = ("after", "before", "auto", "auto and after", "never")
"""When a worker acknowledges a task: after the work, before it, by itself, both, or not at all."""
_SAYS = {"ready": "ready", "begins": "begin", "done": "done", "answered": "done"}
_logs: list[Path] = []
W = TypeVar("W", bound="Worker")


class Worker:
    """One process with one connection; `pid` is its process id."""

    kind = "worker"

    def __init__(self, name: str, child: Child, log: Path) -> None:
        self.name, self._child, self._log = name, child, log

    def __repr__(self) -> str:
        return f"<worker {self.name}: {'running' if self.running else 'ended'}>"

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def running(self) -> bool:
        """Whether the process is alive."""
        return self._child.running

    @property
    def lines(self) -> list[str]:
        """What it has printed so far, line by line."""
        return [re.sub(r"^\d+ ", "", line) for line in self._log.read_text(errors="replace").splitlines()]

    @property
    def done(self) -> list[str]:
        """The tasks that it has finished, in order."""
        done = f"{self.name} done "
        return [line.removeprefix(done) for line in self.lines if line.startswith(done)]

    def wait_for(self, text: str, timeout: float = 10.0) -> str:
        """The first line with `text` in it. Raises CourseError if it does not come in `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while True:
            over = not self.running
            for line in self.lines:
                if text in line:
                    return line
            if over or time.monotonic() > deadline:
                how = "before it ended" if over else f"in {timeout:g} s"
                said = "\n".join(self.lines[-8:]) or "nothing"
                raise CourseError(
                    f"The {self.kind} {self.name!r} did not print {text!r} {how}. It printed:\n{said}"
                )
            time.sleep(0.002)

    def ended(self, timeout: float = 5.0) -> str:
        """Its last line, once it has ended. Raises CourseError if it has not after `timeout` seconds."""
        with contextlib.suppress(TimeoutError):
            self._child.wait(timeout)
            return self.lines[-1] if self.lines else ""
        raise CourseError(
            f"The {self.kind} {self.name!r} still runs after {timeout:g} s. Stop it: {self.name}.stop()"
        )

    def kill(self) -> None:
        """``kill -9``: no goodbye."""
        self._child.kill()
        self._child.wait(5)

    def stop(self) -> None:
        """Asks it to stop, as Ctrl+C does; it closes its connection. Killed if it does not in 2 s."""
        if self.running:
            os.kill(self.pid, signal.SIGINT)
            with contextlib.suppress(TimeoutError):
                self._child.wait(2)
                return
            self.kill()


def worker(
    name: str,
    queue: str,
    seconds: float | None = None,
    ack: str = "after",
    prefetch: int = 0,
    pause: float = 0,
) -> Worker:
    """A process that takes tasks from `queue` until it is stopped; returns when it has subscribed.

    Each task takes `seconds` seconds, or, if that is None, as many as the last word of the message says.
    `ack` is one of "after" the work, "before" it, "auto", "auto and after", "never"; `prefetch` 0 is no
    limit; after "NAME done TASK" it waits for `pause` seconds, and only then acknowledges. It prints "NAME
    begins TASK", "NAME done TASK", and the reason if it ends.
    """
    if ack not in ACKS:
        raise CourseError(f"there is no ack={ack!r}; there are: {', '.join(ACKS)}.")
    task = "as it says" if seconds is None else f"{seconds:g}"
    return begin(Worker, "work.py", name, queue, task, ack, str(prefetch), f"{pause:g}")


def begin(kind: type[W], program: str, name: str, *arguments: str) -> W:
    """Starts `program`, a file beside this one, with `name` and `arguments`; returns when it says ready."""
    from helpers.queues.broker import ADDRESS, the_broker

    if not os.environ.get(ADDRESS):
        the_broker()
    log = scratch(f"{kind.kind}-{name}-{len(_logs)}") / "log"
    log.touch(0o600)
    argv = [sys.executable, "-u", "-P", str(Path(__file__).with_name(program)), name, *arguments]
    made = kind(name, spawn(argv, log=log), log)
    _logs.append(log)
    made.wait_for(f"{name} ready")
    return made


def when_done(count: int, *workers: Worker, timeout: float = 10.0) -> dict[str, list[str]]:
    """What each of `workers` has done, by its name, once they have done `count` tasks together.

    Raises CourseError if they have not after `timeout` seconds.
    """
    deadline = time.monotonic() + timeout
    while True:
        done = {each.name: each.done for each in workers}
        total = sum(map(len, done.values()))
        if total >= count:
            return done
        if time.monotonic() > deadline:
            raise CourseError(f"The workers have done {total} of {count} tasks in {timeout:g} s: {done}.")
        time.sleep(0.005)


def reports() -> list[Report]:
    """What all workers have begun and done, in order of time."""
    found = []
    for log in _logs:
        for line in log.read_text(errors="replace").splitlines():
            if match := re.match(rf"(\d+) (\S+) ({'|'.join(_SAYS)}) ?(.*)", line):
                found.append(Report(match[2], _SAYS[match[3]], match[4], int(match[1])))
    return sorted(found, key=lambda report: report.at)
