"""A learner's kernel in which everything runs, and all that it has started, seen from outside."""

from __future__ import annotations

import shutil
import socket
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.server import Kernel, Server

__all__ = ["LIMIT", "Footprint", "House", "within"]

LIMIT = 2.0
"""Seconds until nothing may be left."""

MARK = "ART_OF_WAITING_TEST"


def within(condition: Callable[[], object], seconds: float = LIMIT) -> bool:
    """Wait until `condition` holds, for so many seconds at most; whether it does."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@dataclass(frozen=True)
class Footprint:
    """What a kernel had started at one moment."""

    processes: list[psutil.Process]
    ports: list[tuple[str, int]]
    places: list[Path]
    next_kernels: list[tuple[str, int]]
    """Those of the ports that the kernel itself has: Jupyter may begin the next one there at once."""

    @classmethod
    def of(cls, kernel: Kernel) -> Footprint:
        """The kernel and everything that it has started."""
        owner = kernel.process
        processes = [owner, *owner.children(recursive=True)]
        ports = {port for process in processes for port in _listening(process)}
        places = Path(owner.environ().get("TMPDIR", "/tmp")).glob(f"aow-{owner.pid}-*")
        return cls(processes, sorted(ports), list(places), _listening(owner))

    def left(self) -> list[str]:
        """Which of it is still there."""
        return [
            *(_name(process) for process in self.processes if lives(process)),
            *(f"port {at[1]}" for at in self.ports if at not in self.next_kernels and _answers(*at)),
            *(str(place) for place in self.places if place.exists()),
        ]


class House:
    """A Jupyter server with a temporary directory of its own, in which nothing may be left."""

    def __init__(self, folder: Path) -> None:
        # Short, because unix sockets live in it; open to all, because as root servers run as nobody.
        self.place = Path(tempfile.mkdtemp(prefix="leak-", dir="/tmp"))
        self.place.chmod(0o755)
        self._mark = self.place.name
        self.server = Server(
            folder,
            lab=False,
            environment={
                "TMPDIR": str(self.place),
                "JUPYTER_RUNTIME_DIR": str(self.place / "runtime"),
                MARK: self._mark,
            },
        )

    def __enter__(self) -> House:
        return self

    def __exit__(self, *error: object) -> None:
        """Everything ends, also what a failed test has found to be left."""
        self.server.stop()
        self.kill_marked()
        shutil.rmtree(self.place)

    def kill_marked(self) -> None:
        marked = self.marked()
        for process in marked:
            with suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(marked, 5)

    def marked(self) -> list[psutil.Process]:
        """Every process that has this house in its environment, but for the server."""
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if process.pid != self.server.process.pid and process.environ().get(MARK) == self._mark:
                    found.append(process)
        return found

    def scratch(self) -> list[Path]:
        """The directories that the course made and should remove."""
        return list(self.place.glob("aow-*"))


def lives(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def _listening(process: psutil.Process) -> list[tuple[str, int]]:
    with suppress(psutil.Error):
        found = process.net_connections(kind="tcp")
        return [(c.laddr.ip, c.laddr.port) for c in found if c.status == psutil.CONN_LISTEN]
    return []


def _name(process: psutil.Process) -> str:
    with suppress(psutil.Error):
        return f"{process.pid} {' '.join(process.cmdline())[:90]}"
    return str(process.pid)


def _answers(host: str, port: int) -> bool:
    with suppress(OSError), socket.create_connection((host, port), 0.2):
        return True
    return False
