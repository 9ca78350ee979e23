"""RPC servers: processes that answer requests from a queue, can be killed, and say what they have done."""

from __future__ import annotations

from helpers.errors import CourseError
from helpers.queues.workers import Worker, begin

__all__ = ["Server", "server"]

ACKS = ("last", "first")
"""When a server acknowledges a request: after it has answered, or before it begins."""


class Server(Worker):
    """One server process with one connection; `pid` is its process id."""

    kind = "server"

    @property
    def begun(self) -> list[str]:
        """The requests that it has begun, in order."""
        return self._those_that("begins")

    @property
    def answered(self) -> list[str]:
        """The requests that it has answered, in order."""
        return self._those_that("answered")

    def _those_that(self, word: str) -> list[str]:
        start = f"{self.name} {word} "
        return [line.removeprefix(start) for line in self.lines if line.startswith(start)]


def server(
    name: str, queue: str = "rpc", ack: str = "last", pause: float = 0.0, careful: bool = False
) -> Server:
    """A process that computes Fibonacci numbers for whoever asks through `queue`; returns when it listens.

    It declares `queue` (durable), takes one request at a time, and is asked for fib(7) with "7", or with
    "7:0.4" to take 0.4 seconds for it. It answers with JSON to the request's `reply_to`, sleeps `pause`
    seconds and acknowledges the request; or acknowledges it "first". What is no request ends it; if it is
    `careful`, it answers ``{"error": ...}``, and one who left no address gets nothing.

    It prints "NAME begins 7:0.4", "NAME answered 7:0.4", and the reason if it ends. Raises CourseError for
    an unknown `ack`.
    """
    if ack not in ACKS:
        raise CourseError(f"there is no ack={ack!r}; there are: {', '.join(ACKS)}.")
    return begin(Server, "serve_rpc.py", name, queue, ack, f"{pause:g}", "careful" if careful else "")
