"""A slow site for all tests, and Pythons of their own for what must not happen in this one."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from helpers import services
from helpers.tracing import Trace


@pytest.fixture(scope="session", autouse=True)
def site() -> Iterator[Any]:
    with services.slow_site() as running:
        yield running


@pytest.fixture
def calm() -> Callable[..., Trace]:
    """Records until it takes less than `seconds`, or six times: a busy machine tells another story.

    With `turns`, until each lane had turns as well. With three threads, CPython's lock now and then goes to
    and fro between two of them until they are done.
    """

    def record(seconds: float, once: Callable[[], Trace], turns: bool = False) -> Trace:
        for _ in range(6):
            trace = once()
            if trace.duration < seconds and (not turns or _all_had_turns(trace)):
                return trace
        before, end = time.perf_counter(), time.thread_time() + 0.2
        while time.thread_time() < end:
            pass
        if time.perf_counter() - before > 0.26:
            pytest.skip(
                "other programs keep this machine busy: no recording is what it would be without them"
            )
        return trace

    return record


def _all_had_turns(trace: Trace) -> bool:
    return all("running and ready by turns" in line for line in trace.text().splitlines()[1:])


@pytest.fixture
def fresh_python(site: Any) -> Callable[[str], str]:
    """Runs a program in a Python of its own. Returns what it printed."""

    def run(program: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(program)],
            env=os.environ | {"ART_OF_WAITING_SITE": site.url.removeprefix("http://")},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run
