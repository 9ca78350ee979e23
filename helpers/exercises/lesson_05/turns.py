"""Turns of a learner's server in the check's own thread, between what its clients do: no race, no luck."""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import time
from collections.abc import Callable
from typing import Any, Self
from unittest import mock

from helpers.alarm import at_most
from helpers.exercises.exercise import Miss

__all__ = ["Turns"]

MOST_TURNS = 10_000
BUFFER = 64 << 10
"""Bytes of each buffer: so little is soon full."""
STUCK = 1.0
"""Seconds after which a turn that has something to do is taken to wait for something else."""
UNDER_WAY = 0.5
"""Seconds that bytes may be on their way from one small buffer to the other."""
REST = 0.2
"""Seconds that a turn with nothing to do must wait."""
FAILURES: dict[type[Exception], str] = {
    KeyError: (
        "KeyError: a client that had just left was looked up. The lists are a snapshot: "
        "is it still in `pending`?"
    ),
    BlockingIOError: (
        "BlockingIOError: `sendall` and a second `recv` may have to wait, and these sockets can't. "
        "Call `send` or `recv` once a turn."
    ),
    ConnectionError: (
        "{name}: a client reset its connection, so `recv` or `send` raised. That is a way of leaving, too."
    ),
    ValueError: "ValueError: {text}. Is a socket that you closed still in one of your lists?",
}
ENDLESS = (
    "`step` is one turn, and yours went on and on. Ask `select` once and serve whoever is ready: the loop "
    "around it belongs to the one who calls `step`."
)
UNSEEN = "A newcomer knocked, and no turn put it into `pending`."
WAITED = (
    "One turn waited for one client, and everybody else with it. Who has no `setblocking(False)` can wait: "
    "did you take the line out?"
)


class _Stuck(BaseException):
    """A turn that didn't end in time; no `except Exception` of the learner's catches it."""


class Turns:
    """Clients of ``step(listener, *state)``, which is called as often as it has something to do.

    The first of `state` is the dictionary in which the server keeps its clients; `unseen` is the message if
    a newcomer isn't put there.
    """

    def __init__(self, step: Callable[..., Any], *state: Any, unseen: str = UNSEEN) -> None:
        self.step, self.state, self.unseen = step, state, unseen
        self.pending: dict[socket.socket, Any] = state[0]
        self._leaving = contextlib.ExitStack()
        self.ends: dict[socket.socket, socket.socket] = {}
        """The server's end of each client's connection."""
        self.listener = self._leaving.enter_context(socket.create_server(("127.0.0.1", 0), backlog=100))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for end in self.ends.values():
            end.close()
        self._leaving.close()

    # -- clients ----------------------------------------------------------------------------------

    def client(self) -> socket.socket:
        """A client whom the server has accepted, and whose calls don't wait."""
        client = self._leaving.enter_context(socket.socket())
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            client.setsockopt(socket.SOL_SOCKET, option, BUFFER)
        client.connect(self.listener.getsockname())
        client.setblocking(False)
        before = set(self.pending)
        self.until(lambda: set(self.pending) - before, self.unseen)
        (end,) = set(self.pending) - before
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
        self.ends[client] = end
        return client

    def send(self, client: socket.socket, data: bytes) -> None:
        """The client sends all of `data`, and reads nothing meanwhile."""
        left = memoryview(data)

        def sent() -> bool:
            nonlocal left
            with contextlib.suppress(BlockingIOError):
                while left:
                    left = left[client.send(left) :]
            return not left

        self.until(sent, "A client sends more than the buffers hold, and your turns don't read on.")

    def heard(self, client: socket.socket, size: int, complaint: Callable[[int], str]) -> bytes:
        """What the client hears: `size` bytes, or less and then the end.

        Raises Miss if neither comes; `complaint` makes the message from how many bytes came.
        """
        found, over, patience = bytearray(), False, UNDER_WAY

        def done() -> bool:
            nonlocal over, patience
            if found and patience > 0 and not any(self.pending.values()):
                # All is sent, and may be under way: another turn would only wait.
                began = time.monotonic()
                select.select([client], [], [], patience)
                patience -= time.monotonic() - began
            with contextlib.suppress(BlockingIOError):
                while len(found) < size and not over:
                    part = client.recv(size - len(found))
                    found.extend(part)
                    over = not part
            return over or len(found) == size

        self.until(done, lambda: complaint(len(found)))
        return bytes(found)

    def reset(self, client: socket.socket) -> None:
        """The client leaves without a goodbye."""
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()

    def gone(self, client: socket.socket) -> None:
        """Turns until the server has forgotten the client and closed its own end, or Miss if it doesn't."""
        end = self.ends[client]
        self.until(lambda: end not in self.pending, "A client has left, and is in `pending` for ever.")
        if end.fileno() != -1:
            raise Miss(
                "A client that left is forgotten, and its socket is still open. Close what you accepted."
            )

    # -- turns ------------------------------------------------------------------------------------

    def until(self, condition: Callable[[], Any], complaint: str | Callable[[], str]) -> None:
        """Turns, until the condition holds. Raises Miss with the complaint if it never does."""
        for _ in range(MOST_TURNS):
            if condition():
                return
            try:
                self.turn(STUCK)
            except _Stuck:
                break
        if condition():
            return
        if any(end.fileno() != -1 and end.gettimeout() != 0 for end in self.pending):
            raise Miss(WAITED)
        raise Miss(complaint if isinstance(complaint, str) else complaint())

    def rests(self) -> bool:
        """Whether a turn waits when there is nothing to do. (A few may clear things away first.)"""
        with contextlib.suppress(_Stuck):
            for _ in range(5):
                self.turn(REST)
            return False
        return True

    def settle(self) -> None:
        """Turns, until there is nothing to do: all that was sent is read, and the buffers are full."""
        with contextlib.suppress(_Stuck):
            for _ in range(MOST_TURNS):
                self.turn(REST)

    def turn(self, longest: float) -> None:
        """One turn of `longest` seconds at most. Raises Miss for what many get wrong."""
        asked, began = 0, time.thread_time()

        def counted(*args: Any) -> Any:
            nonlocal asked
            asked += 1
            return inner(*args)

        inner = select.select
        try:
            with mock.patch.object(select, "select", counted), at_most(longest, _Stuck()):
                self.step(self.listener, *self.state)
        except _Stuck:
            if asked > 1 or time.thread_time() - began > longest / 5:
                raise Miss(ENDLESS) from None
            raise
        except tuple(FAILURES) as error:
            message = next(text for kind, text in FAILURES.items() if isinstance(error, kind))
            raise Miss(message.format(name=type(error).__name__, text=error)) from None
