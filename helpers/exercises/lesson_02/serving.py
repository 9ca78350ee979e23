"""A learner's server function in a process of its own, as a script would run it."""

from __future__ import annotations

import contextlib
import socket
import tempfile
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any

import psutil

from helpers.exercises.served import Served

__all__ = ["CAME_BACK", "Serving"]

CAME_BACK = "came back"
"""Written by whoever returns from the function."""
_PROGRAM = f"""\
import os, pickle, socket, sys
sys.path[:] = {{path!r}}
serve = pickle.load(sys.stdin.buffer)
serve(socket.socket(fileno={{listener}}))
print({CAME_BACK!r}, file=sys.stderr)
"""


class Serving(Served):
    """``serve(listener)`` runs in another process until the block ends."""

    def __init__(self, serve: Callable[[socket.socket], Any]) -> None:
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115
        super().__init__(_PROGRAM, serve, self._complaints)

    def __exit__(self, *how: type[BaseException] | BaseException | TracebackType | None) -> None:
        super().__exit__(*how)
        self._complaints.close()

    def client(self, timeout: float = 5.0) -> socket.socket:
        """A new connection; its calls wait `timeout` seconds at most."""
        return socket.create_connection(self.address, timeout=timeout)

    def asks(self, client: socket.socket, text: bytes) -> bytes:
        """The answer to `text`; b"" if there is none."""
        try:
            client.sendall(text)
            return client.recv(1024)
        except OSError:
            return b""

    # -- what became of it ------------------------------------------------------------------------

    def children(self, zombies: bool) -> list[psutil.Process]:
        """Those of its processes that have ended and nobody asked how (zombies), or those that live."""
        with contextlib.suppress(psutil.Error):
            found = psutil.Process(self.process.pid).children(recursive=True)
            return [child for child in found if _is_zombie(child) == zombies]
        return []

    def settled(self, condition: Callable[[], bool], within: float = 2.0) -> bool:
        """Whether `condition` becomes true within so many seconds."""
        end = time.monotonic() + within
        while not condition():
            if time.monotonic() > end:
                return False
            time.sleep(0.02)
        return True

    @property
    def complaint(self) -> str:
        """The last line of what it wrote on its standard error: the exception that it ended with."""
        self._complaints.seek(0)
        return self._complaints.read().decode(errors="replace").strip().rpartition("\n")[2]

    @property
    def ended(self) -> bool:
        """The function has returned, or failed."""
        return self.process.poll() is not None


def _is_zombie(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    return False
