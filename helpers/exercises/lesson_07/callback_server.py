"""A selectors loop in a thread, around a learner's callback."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["CallbackServer", "serving"]

ROOM = 65536
"""Bytes of each buffer of the system: small, so that they are soon full."""


class CallbackServer:
    """Calls ``talk(sel, client, mask, pending)`` for each client that is ready, until it raises.

    `turns` counts the calls, `peak` is the most bytes that were ever pending for one client. `forgot`: the
    learner's code replaced a client's pending bytes by something else.
    """

    def __init__(self, talk: Callable[..., Any]) -> None:
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.talk, self.sel = talk, selectors.DefaultSelector()
        self.turns = self.peak = 0
        self.error: BaseException | None = None
        self.forgot = self.over = False
        self.busy_since: float | None = None

    def _run(self) -> None:
        try:
            while not self.over:
                for key, mask in self.sel.select(0.05):
                    self.turns += 1
                    self._serve(key, mask)
        except BaseException as error:
            self.error = error

    def _serve(self, key: selectors.SelectorKey, mask: int) -> None:
        pending = key.data
        self.busy_since = time.monotonic()
        self.talk(self.sel, key.fileobj, mask, pending)
        self.busy_since = None
        self.peak = max(self.peak, len(pending))
        now = self.sel.get_map().get(key.fd)
        if now is not None and now.data is not pending:
            self.forgot = self.over = True

    @property
    def stuck(self) -> bool:
        """It is in the middle of a `talk` that has lasted for half a second."""
        since = self.busy_since
        return since is not None and time.monotonic() - since > 0.5

    def client(self) -> tuple[socket.socket, socket.socket]:
        """A new connection: the client's end and the server's, which is registered."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            ours = socket.socket()
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, ROOM)
            ours.connect(listener.getsockname())
            theirs, _ = listener.accept()
        theirs.setblocking(False)
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, ROOM)
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, ROOM)
        self.sel.register(theirs, selectors.EVENT_READ, bytearray())
        return ours, theirs

    def holds(self, theirs: socket.socket) -> bool:
        """Whether this client is still registered, and open."""
        return theirs.fileno() != -1 and theirs.fileno() in self.sel.get_map()


@contextlib.contextmanager
def serving(talk: Callable[..., Any]) -> Iterator[CallbackServer]:
    """Such a server runs inside the block; one whose `talk` never returns is left alone."""
    server = CallbackServer(talk)
    server.thread.start()
    try:
        yield server
    finally:
        server.over = True
        if not server.stuck:
            server.thread.join(1)
