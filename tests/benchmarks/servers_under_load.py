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
from tests.notebooks.listing import listing

__all__ = ["Cost", "Crowd", "costs", "held_together"]

HERE = Path(__file__).parent
NAME = "server under load"
LISTINGS: dict[str, Path | tuple[str, str]] = {
    "select": HERE / "listings/select_server.py",
    "selectors": HERE / "listings/selectors_server.py",
}
"""A program, or the number of a lesson and the id of the cell whose listing is measured."""
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
            reports = {name: [_measured(programs[name], crowd, seconds)] for name in able}
            for _ in range(rounds - 1):
                for name in able:
                    reports[name].append(_measured(programs[name], crowd, seconds))
            cpu = {name: median(each[0] for each in found) for name, found in reports.items()}
            for name, found in reports.items():
                times = cpu[name] / cpu["C"]
                yield Cost(
                    name, crowd, cpu[name], times, *(median(each[i] for each in found) for i in (1, 2))
                )


def held_together(connections: int = 10_000) -> float:
    """MB that the selectors server and the clients hold together, all connected."""
    with _running(_source("selectors")) as server, hold(NAME, connections):
        clients = [child for child in psutil.Process().children() if "client.py" in " ".join(child.cmdline())]
        return sum(held(pid).megabytes for pid in (server, *(child.pid for child in clients)))


def _measured(code: str, crowd: Crowd, seconds: float) -> tuple[float, float, float]:
    with _running(code):
        report = load(NAME, crowd.connections, seconds, active=crowd.active)
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
    place = LISTINGS[name]
    return place.read_text() if isinstance(place, Path) else listing(*place)


def _compiled(place: Path) -> str:
    """A cell that becomes the C server."""
    program = place / "epoll_server"
    source = HERE / "epoll_server.c"
    subprocess.run(["cc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", program, source], check=True)
    return f"import os; os.execv({str(program)!r}, ['epoll_server'])"
