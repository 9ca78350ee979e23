"""A client who sends and sends and reads nothing: what becomes of a server, and of everybody else?

greedy = pour("server", megabytes=40)
greedy.taken              bytes that the server's side took
greedy.read_back()        now it reads: how many bytes came back, in the right order
"""

from __future__ import annotations

import contextlib
import socket

from helpers.clients.addresses import Server, address
from helpers.errors import CourseError
from helpers.tracing.recorder import lane

__all__ = ["Greedy", "pour"]

CHUNK = bytes(range(256)) * 256
NAME = "greedy"
MOST = 256


class Greedy:
    """One connection to an echo server, its lane is called greedy; it ends when nobody uses it anymore."""

    def __init__(self, where: tuple[str, int], size: int, patience: float) -> None:
        self.taken = 0
        """Bytes that are on their way or have arrived."""
        with lane(NAME):
            self._socket = socket.create_connection(where, timeout=5)
            self._socket.settimeout(patience)
            with contextlib.suppress(OSError):  # it takes no more, or is gone
                while self.taken < size:
                    rest = memoryview(CHUNK)[self.taken % len(CHUNK) :][: size - self.taken]
                    self.taken += self._socket.send(rest)

    def read_back(self, timeout: float = 2.0) -> int:
        """Read what was sent; how many bytes came back before something was wrong or missing.

        Whoever sends nothing for `timeout` seconds sends nothing anymore.
        """
        right = 0
        self._socket.settimeout(timeout)
        with lane(NAME), contextlib.suppress(OSError):
            while right < self.taken and (data := self._socket.recv(len(CHUNK))):
                place = right % len(CHUNK)
                if data != (CHUNK + CHUNK)[place : place + len(data)]:
                    break
                right += len(data)
        return right

    def leave(self) -> None:
        """Close the connection."""
        with lane(NAME):
            self._socket.close()


def pour(server: Server, megabytes: float = 40, patience: float = 0.5) -> Greedy:
    """Connect to an echo server and send `megabytes` (of 1,000,000 bytes) without reading an answer.

    It ends earlier when the server's side took nothing for `patience` seconds, or is gone. Raises
    CourseError if there is no such server, or if that is more than 256 MB.
    """
    if not 0 < megabytes <= MOST:
        raise CourseError(f"megabytes is above 0 and at most {MOST}, not {megabytes}.")
    return Greedy(address(server), int(megabytes * 1e6), patience)
