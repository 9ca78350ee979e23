"""A learner's server function in a process of its own, as a script would run it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import psutil

__all__ = ["CAME_BACK", "Serving"]

# The function comes on the standard input; the listener is descriptor {listener}.
_PROGRAM = """\
import os, pickle, socket, sys
sys.path[:] = {path!r}
serve = pickle.load(sys.stdin.buffer)
serve(socket.socket(fileno={listener}))
print({came_back!r}, file=sys.stderr)
"""
CAME_BACK = "came back"
"""Written by whoever returns from the function."""
_START = 10.0


class Serving:
    """``serve(listener)`` runs in another process until the block ends; it ends with all that it started."""

    def __init__(self, serve: Callable[[socket.socket], Any]) -> None:
        import cloudpickle

        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115
        with socket.create_server(("127.0.0.1", 0), backlog=100) as listener:
            self.address = listener.getsockname()
            number = listener.fileno()
            self._process = subprocess.Popen(
                [sys.executable, "-c", _PROGRAM.format(path=sys.path, listener=number, came_back=CAME_BACK)],
                stdin=subprocess.PIPE,
                stderr=self._complaints,
                pass_fds=[number],
                start_new_session=True,
            )
        assert self._process.stdin
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(cloudpickle.dumps(serve))
            self._process.stdin.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
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
            found = psutil.Process(self._process.pid).children(recursive=True)
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
        return self._process.poll() is not None


def _is_zombie(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    return False
