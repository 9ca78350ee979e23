"""The client program, as seen by the process that started it."""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from helpers.background.footprint import cpu_seconds, held
from helpers.clients.addresses import Server, process_of
from helpers.clients.line import Line
from helpers.clients.plan import LONGEST, Plan
from helpers.clients.report import Report
from helpers.errors import CourseError

__all__ = ["Program"]

PROGRAM = Path(__file__).with_name("client.py")


class Program:
    """The client program, from its start to its end."""

    def __init__(self, server: Server, plan: Plan) -> None:
        self._plan = plan
        self._pid = process_of(server)
        self._rest = b""
        self._latest: dict[str, Any] = {}
        self._costs: dict[str, float] = {}
        self.line = Line(plan, server)

    def __enter__(self) -> Self:
        from helpers import supervisor

        self._process = subprocess.Popen(
            [sys.executable, "-P", str(PROGRAM)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            env=os.environ | {"PYTHONPATH": str(PROGRAM.parents[2])},
            start_new_session=True,
        )
        try:
            supervisor.adopt(self._process)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is KeyboardInterrupt:
                self._break_off()
        finally:
            self._end()

    def gather(self) -> Report:
        """All connect; returns when they are idle."""
        self._before = held(self._pid) if self._pid else None
        self._cpu = cpu_seconds(self._pid) if self._pid else 0.0
        self._tell(json.dumps(vars(self._plan)))
        counts = self._until("idle")
        served = counts["served"] + sum(tally["served"] for tally in counts["others"].values())
        now = held(self._pid) if self._pid else None
        if now and self._before and now.processes and served:
            self._costs["memory_per_connection"] = (now - self._before).bytes / served
        return self._report(counts)

    def talk(self) -> Report:
        """They send their messages."""
        if self._pid and self._plan.each != 1:
            self._cpu = cpu_seconds(self._pid)
        self._tell("go")
        counts = self._until("done")
        used = cpu_seconds(self._pid) - self._cpu if self._pid else 0.0
        if used > 0 and counts["measured"]:  # less than nothing: the server has died
            self._costs["cpu_per_request"] = used / counts["measured"]
        report = self._report(counts)
        self.line.finish(report)
        return report

    def settle(self, within: float = 1.0) -> None:
        """Wait until the server has let go of the clients that have left, if it does so in time."""
        end = time.monotonic() + within
        while self._pid and self._before and time.monotonic() < end:
            if held(self._pid).descriptors <= self._before.descriptors:
                return
            time.sleep(0.01)

    def _break_off(self) -> None:
        """Show what there is so far."""
        with contextlib.suppress(CourseError):
            self._tell("stop")
            self._until("done", patience=2.0)
        if self._latest:
            self.line.finish(self._report(self._latest | {"stopped": True}))

    def _report(self, counts: dict[str, Any]) -> Report:
        active = min(self._plan.active, counts["clients"])
        return Report.of(counts, each=self._plan.each, active=active, **self._costs)

    def _tell(self, text: str) -> None:
        assert self._process.stdin
        with contextlib.suppress(BrokenPipeError):  # it has died: `_until` says so
            self._process.stdin.write(text.encode() + b"\n")

    def _until(self, event: str, patience: float = 2 * LONGEST) -> dict[str, Any]:
        """What that event says; those before it go to the line under the cell."""
        deadline = time.monotonic() + patience
        for said in self._events(deadline):
            self._latest = said
            if said["event"] == event:
                return said
            self.line.show(self._report(said))
        raise self._gone()

    def _events(self, deadline: float) -> Iterator[dict[str, Any]]:
        assert self._process.stdout
        output = self._process.stdout.fileno()
        while True:
            *lines, self._rest = self._rest.split(b"\n")
            yield from map(json.loads, lines)
            ready, _, _ = select.select([output], [], [], max(0.0, deadline - time.monotonic()))
            if not ready or not (data := os.read(output, 65536)):
                return
            self._rest += data

    def _gone(self) -> CourseError:
        assert self._process.stderr
        self._process.kill()
        last_words = self._process.stderr.read().decode(errors="replace").strip()[-500:]
        return CourseError(f"The process of the clients ended in mid-run. Run the cell again. {last_words}")

    def _end(self) -> None:
        """Its connections close as if it had closed them."""
        from helpers import supervisor

        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            assert pipe
            pipe.close()
        supervisor.release(self._process)
