"""What the lessons' echo servers cost, beside one in C that does the same: in one run, in turn."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from statistics import median

import psutil

from helpers.background.cells import named
from helpers.background.footprint import held
from helpers.clients.crowd import hold, load
from helpers.clients.limits import raise_file_limit
from helpers.tracing.timeline import timeline
from tests.notebooks.listing import listing

__all__ = ["CROWDS", "Cost", "Crowd", "compared", "costs", "held_together", "probe_keeps"]

HERE = Path(__file__).parent
NAME = "server under load"
LISTINGS: dict[str, Path | tuple[str, str]] = {
    "select": ("05", "e2-server"),
    "selectors": ("07", "e3-server"),
    "gevent": ("08", "e5-many-server"),
}
"""A program, or the number of a lesson and the id of the cell whose listing is measured."""
REPLIES = {"select": "upper"}
"""What a server answers that is no echo."""
LOOPS: dict[str, Path | tuple[str, ...]] = {
    "our loop": ("07", "e5-loop", "e5-wait", "e5-step", "e6-ask", "e6-server"),
    "streams": HERE / "listings/streams_server.py",
}
"""Loops with the same coroutine on them; a tuple names all the cells of which one is made."""
OUR_LOOP = """\
import heapq, itertools, selectors, socket, time, types
from collections import deque
{cells}
Loop().run(our_server())
"""
MOST = {"select": 1000}
"""`select` ends at descriptor 1024."""


@dataclass(frozen=True)
class Crowd:
    """So many connections, of which `active` send."""

    connections: int
    active: int

    def __str__(self) -> str:
        active = "" if self.active == self.connections else f", {self.active} active"
        return f"{self.connections:,} connections{active}"


CROWDS = (Crowd(100, 100), Crowd(1000, 10), Crowd(10_000, 10))


@dataclass(frozen=True)
class Cost:
    """Medians: µs of CPU, the same as a multiple of the C server's, requests a second, KiB a connection."""

    server: str
    crowd: Crowd
    cpu: float
    times: float
    requests: float
    kib: float


def costs(rounds: int = 5, seconds: float = 0.7) -> Iterator[Cost]:
    """Every server with every crowd that it can bear."""
    with tempfile.TemporaryDirectory() as place:
        programs = {"C": _compiled(Path(place))} | {name: _source(name) for name in LISTINGS}
        for crowd in CROWDS:
            able = [name for name in programs if crowd.connections <= MOST.get(name, 10_000)]
            reports: dict[str, list[tuple[float, float, float]]] = {name: [] for name in able}
            for _ in range(rounds):
                for name in able:
                    reports[name].append(_measured(programs[name], crowd, seconds, REPLIES.get(name)))
            cpu = {name: median(each[0] for each in found) for name, found in reports.items()}
            for name, found in reports.items():
                times = cpu[name] / cpu["C"]
                yield Cost(
                    name, crowd, cpu[name], times, *(median(each[i] for each in found) for i in (1, 2))
                )


def compared(
    one: tuple[str, Crowd], other: tuple[str, Crowd], rounds: int = 5, seconds: float = 0.7
) -> float:
    """CPU a request of `one` over that of `other`: the median of so many pairs, measured in turn."""
    pairs = [
        [_measured(_source(name), crowd, seconds, REPLIES.get(name))[0] for name, crowd in (one, other)]
        for _ in range(rounds)
    ]
    return median(first / second for first, second in pairs)


def probe_keeps(rounds: int = 7, seconds: float = 1.0) -> float:
    """How much of its throughput the selectors server keeps while it is recorded, in percent: a median."""
    with redirect_stdout(StringIO()):
        server = named(NAME)
        server.begin(_source("selectors"), plain=False)
        try:
            server.wait_for("listening")
            shares = []
            for _ in range(rounds):
                bare = load(NAME, 100, seconds).requests_per_second
                with timeline(server=NAME):
                    recorded = load(NAME, 100, seconds).requests_per_second
                shares.append(100 * recorded / bare)
        finally:
            server.stop()
    return median(shares)


def held_together(name: str = "selectors", connections: int = 10_000) -> float:
    """MB that a server and the clients hold together, all connected."""
    with _running(_source(name)) as server, hold(NAME, connections):
        clients = [child for child in psutil.Process().children() if "client.py" in " ".join(child.cmdline())]
        return sum(held(pid).megabytes for pid in (server, *(child.pid for child in clients)))


def _measured(
    code: str, crowd: Crowd, seconds: float, reply: str | None = None
) -> tuple[float, float, float]:
    with _running(code):
        report = load(NAME, crowd.connections, seconds, active=crowd.active, reply=reply)
    if report.served != crowd.connections or report.wrong or report.missing or report.errors:
        raise RuntimeError(f"not a measurement: {report}")
    assert report.cpu_per_request is not None and report.memory_per_connection is not None
    return report.cpu_per_request * 1e6, report.requests_per_second, report.memory_per_connection / 1024


@contextmanager
def _running(code: str) -> Iterator[int]:
    raise_file_limit(12_000)  # the server inherits it
    server = named(NAME)
    with redirect_stdout(StringIO()):  # what it prints is no figure
        server.begin(code, plain=True)
        try:
            server.wait_for("listening")
            yield server.pid
        finally:
            server.stop()


def _source(name: str) -> str:
    place = {**LISTINGS, **LOOPS}[name]
    if isinstance(place, Path):
        return place.read_text()
    lesson, *cells = place
    code = "\n".join(listing(lesson, cell) for cell in cells)
    return OUR_LOOP.format(cells=code) if name == "our loop" else code


def _compiled(place: Path) -> str:
    """A cell that becomes the C server."""
    program = place / "epoll_server"
    source = HERE / "epoll_server.c"
    subprocess.run(["cc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", program, source], check=True)
    return f"import os; os.execv({str(program)!r}, ['epoll_server'])"
