"""A learner's handler of one client, in a process of its own that serves with a greenlet for each client.

There it may spin for ever: the check, out here, still goes on.
"""

from __future__ import annotations

import json
import pickle
import socket
import struct
import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any

from helpers.exercises.served import Served

__all__ = ["Handling", "Report", "main", "reset"]

PATIENCE = 2.0
"""Seconds after which whoever says nothing is taken to be stuck."""
CLEAN = "clean"
# The function comes on the standard input.
_PROGRAM = f"import sys; sys.path[:] = {{path!r}}; from {__name__} import main; main({{listener}}, {{line}})"


class Report:
    """What the server says of its handlers, numbered in the order in which their clients came.

    `ends` says how each that is done has ended: "clean", or an exception's name. `still_open` has those
    that are done and whose connection is not closed. `killed` says whether all others could be ended.
    """

    def __init__(self, ends: dict[str, str], still_open: list[int], killed: bool | None = None) -> None:
        self.ends = {int(number): end for number, end in ends.items()}
        self.still_open, self.killed = still_open, killed


class Handling(Served):
    """A server whose clients are handled by ``handle(client)``, until the block ends."""

    def __init__(self, handle: Callable[[Any], Any]) -> None:
        self.clients = 0
        self._line, theirs = socket.socketpair()
        self._line.settimeout(PATIENCE)
        with theirs:
            # A failing greenlet's traceback goes nowhere: `Report` says the same.
            super().__init__(_PROGRAM, handle, line=theirs)

    def __exit__(self, *how: type[BaseException] | BaseException | TracebackType | None) -> None:
        super().__exit__(*how)
        self._line.close()

    def client(self) -> socket.socket:
        """A new connection; its calls wait `PATIENCE` seconds at most."""
        self.clients += 1
        return socket.create_connection(self.address, timeout=PATIENCE)

    def ended(self, number: int) -> Report | None:
        """The report when the handler of that client is done, or should be; None if the server is stuck."""
        deadline = time.monotonic() + PATIENCE
        while (report := self._ask("report")) and number not in report.ends:
            if time.monotonic() > deadline:
                break
            time.sleep(0.01)
        return report

    def kill_all(self) -> Report | None:
        """Have the server kill the handlers that are left; None if it is stuck."""
        return self._ask("kill")

    def _ask(self, what: str) -> Report | None:
        try:
            self._line.sendall(what.encode())
            return Report(**json.loads(self._line.recv(65536)))
        except (OSError, ValueError):
            return None


def reset(client: socket.socket) -> None:
    """Close the connection the hard way: the other side gets ConnectionResetError."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


# -- over there -----------------------------------------------------------------------------------


def main(listener: int, line: int) -> None:
    """Serve on that descriptor, and answer the questions that come on the other one."""
    import gevent
    from gevent.socket import socket as GreenSocket

    class Noted(GreenSocket):
        """A connection that notes which of its sends have failed, whoever hides that afterward."""

        def send(self, *args: Any, **options: Any) -> int:
            try:
                return super().send(*args, **options)
            except OSError as error:
                self.failed.append(type(error).__name__)
                raise

    server = _Server(pickle.load(sys.stdin.buffer), Noted)
    gevent.spawn(server.serve, GreenSocket(fileno=listener))
    questions = GreenSocket(fileno=line)
    while question := questions.recv(100):
        killed = server.kill() if question == b"kill" else None
        report = {"ends": server.ends, "still_open": server.still_open(), "killed": killed}
        questions.sendall(json.dumps(report).encode())


class _Server:
    def __init__(self, handle: Callable[[Any], Any], kind: type[Any]) -> None:
        self.handle, self.kind = handle, kind
        self.ends: dict[int, str] = {}
        self.clients: list[Any] = []  # held, so that none is closed for want of anybody who knows it
        self.handlers: list[Any] = []

    def serve(self, listener: Any) -> None:
        import gevent

        while True:
            client = self.kind(fileno=listener.accept()[0].detach())
            self.clients.append(client)
            self.handlers.append(gevent.spawn(self.run, len(self.handlers), client))

    def run(self, number: int, client: Any) -> None:
        client.failed = []
        try:
            self.handle(client)
            self.ends[number] = "BrokenPipeError" if "BrokenPipeError" in client.failed else CLEAN
        except BaseException as error:
            self.ends[number] = type(error).__name__

    def kill(self) -> bool:
        import gevent

        left = [handler for handler in self.handlers if not handler.dead]
        gevent.killall(left, block=False)
        gevent.joinall(left, timeout=PATIENCE / 4)
        return all(handler.dead for handler in left)

    def still_open(self) -> list[int]:
        return [number for number in self.ends if self.clients[number].fileno() != -1]
