"""One client of a crowd, and the tally of a kind of clients."""

from __future__ import annotations

import socket
from collections import Counter

__all__ = ["Counts", "Member"]


class Counts:
    """What became of the messages of one kind of clients; a `Tally` for whoever asked."""

    def __init__(self) -> None:
        self.clients = self.connected = self.served = self.right = self.wrong = self.missing = 0
        self.errors: Counter[str] = Counter()


class Member:
    """One connection. `expected` is the answer that it waits for, `rest` what is still to be sent."""

    __slots__ = ("counts", "done", "expected", "got", "kind", "number", "rest", "sent", "since", "sock")

    def __init__(self, number: int, kind: str, counts: Counts) -> None:
        self.number, self.kind, self.counts = number, kind, counts
        self.sock: socket.socket | None = None
        self.expected: bytes | None = None
        self.got = b""
        self.rest: bytes | memoryview = b""
        self.sent, self.since, self.done = 0, 0.0, False
