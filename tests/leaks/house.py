"""A learner's kernel in which everything runs, and all that it has started, seen from outside."""

from __future__ import annotations

import json
import socket
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psutil
import websocket

from tests.server import Server

__all__ = ["LIMIT", "Footprint", "House", "Kernel", "within"]

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

    def left(self) -> list[str]:
        """Which of it is still there."""
        return [
            *(_name(process) for process in self.processes if _lives(process)),
            *(f"port {port}" for host, port in self.ports if _answers(host, port)),
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

    def kernel(self) -> Kernel:
        """A new kernel, as Lab asks for one."""
        return Kernel(self, self.server.ask("POST", "api/kernels", {"name": "python3"})["id"])


class Kernel:
    """A kernel of the house's server, driven over the same web socket as by Lab."""

    def __init__(self, house: House, name: str) -> None:
        self.house = house
        self.name = name
        # The server answers this only when the kernel is there and its output reaches us.
        self._socket = websocket.create_connection(
            f"{house.server.url}/api/kernels/{name}/channels?token={house.server.token}".replace(
                "http", "ws"
            ),
            timeout=40,
        )

    def run(self, code: str, on_print: Callable[[], object] = lambda: None) -> str:
        """Run a cell; what it printed, or the name of the error that ended it.

        `on_print` is called for each piece of its output, while it runs.
        """
        request, printed, error, status = self.send(code), "", "", ""
        while status != "idle":
            message = json.loads(self._socket.recv())
            kind, content = message["msg_type"], message["content"]
            if message["parent_header"].get("msg_id") != request:
                continue
            if kind == "error":
                error = content["ename"]
            if kind == "stream" and content["name"] == "stdout":
                printed += content["text"]
                on_print()
            status = content["execution_state"] if kind == "status" else status
        return error or printed

    def send(self, code: str) -> str:
        """Run a cell without waiting for it; the message's id."""
        header = {"msg_id": uuid4().hex, "msg_type": "execute_request", "username": "", "session": self.name}
        content = {"code": code, "silent": False, "store_history": False, "allow_stdin": False}
        message = {"header": header | {"version": "5.3"}, "content": content, "channel": "shell"}
        self._socket.send(json.dumps(message | {"parent_header": {}, "metadata": {}}))
        return header["msg_id"]

    def post(self, what: str) -> None:
        """`restart` or `interrupt`, as the buttons of Lab do."""
        self.house.server.ask("POST", f"api/kernels/{self.name}/{what}")

    def shut_down(self) -> None:
        """As Lab's menu does."""
        self.house.server.ask("DELETE", f"api/kernels/{self.name}")

    @property
    def process(self) -> psutil.Process:
        """The kernel's own process."""
        return psutil.Process(int(self.run("import os; print(os.getpid())")))

    def footprint(self) -> Footprint:
        """The kernel and everything that it has started."""
        processes = [kernel := self.process, *kernel.children(recursive=True)]
        listening = []
        for process in processes:
            with suppress(psutil.Error):
                found = process.net_connections(kind="tcp")
                listening += [(c.laddr.ip, c.laddr.port) for c in found if c.status == psutil.CONN_LISTEN]
        return Footprint(processes, sorted(set(listening)), self.house.scratch())

    def close(self) -> None:
        """Our end of the line."""
        self._socket.close()


def _lives(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def _name(process: psutil.Process) -> str:
    with suppress(psutil.Error):
        return f"{process.pid} {' '.join(process.cmdline())[:90]}"
    return str(process.pid)


def _answers(host: str, port: int) -> bool:
    with suppress(OSError), socket.create_connection((host, port), 0.2):
        return True
    return False
