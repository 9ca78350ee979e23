"""Python processes that start something under supervision and then end in some way."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).parents[2]

HOLDINGS = """
import json, os, signal, subprocess, sys, threading, time
from helpers import supervisor
from helpers.supervisor import link

child = supervisor.spawn(["/bin/sleep", "1000"], log=None)
other = subprocess.Popen(["/bin/sleep", "1000"], start_new_session=True)
supervisor.adopt(other)
place = supervisor.scratch("data")
(place / "file").write_text("something")

def report(**more):
    known = dict(supervisor=link.current()._process.pid, child=child.pid, other=other.pid, place=str(place))
    print(json.dumps(known | more), flush=True)
"""


@dataclass
class Owner:
    """A running owner and what it reported."""

    process: subprocess.Popen[str]
    report: dict[str, Any]

    def next_report(self) -> None:
        """Lets the owner go on after an ``input()``, and takes its next report."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        self.report = json.loads(self.process.stdout.readline())

    def supervisors(self) -> list[int]:
        """The supervisors that it has now."""
        children = psutil.Process(self.process.pid).children()
        return [child.pid for child in children if "process.py" in " ".join(child.cmdline())]

    def nothing_is_left(self, within: float = 2.0) -> bool:
        """Whether all that it started is gone in time."""
        pids = [self.report[name] for name in ("supervisor", "child", "other")]
        place = Path(self.report["place"]).parent
        return eventually(lambda: not any(map(alive, pids)) and not place.exists(), within)


@contextlib.contextmanager
def owner(ending: str, **env: str) -> Iterator[Owner]:
    """A Python process that holds a child, an adopted process and a directory, and then runs `ending`."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDINGS + ending],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **env},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    report: dict[str, Any] = {}
    try:
        assert process.stdout
        report = json.loads(process.stdout.readline())
        yield Owner(process, report)
    finally:
        process.kill()
        process.wait()
        for pid in (pid for pid in report.values() if isinstance(pid, int)):
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)


def alive(pid: int) -> bool:
    """Whether a process runs; one that waits for its parent to notice its end does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def eventually(condition: Callable[[], bool], within: float = 2.0) -> bool:
    """Whether `condition` becomes true within so many seconds."""
    deadline = time.monotonic() + within
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True
