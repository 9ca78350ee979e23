"""What each of many clients does on its connection, in one thread: send, listen, compare, misbehave."""

from __future__ import annotations

import contextlib
import errno
import heapq
import selectors
import socket
import struct
import time
from array import array

from helpers.clients.member import Counts, Member
from helpers.clients.plan import MISBEHAVING, REPLIES, Plan

__all__ = ["READ", "Members"]

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
BYTE_EVERY = 0.001
"""Seconds between two bytes of a slow client."""
STUFFING = 16 << 20
"""Bytes that a client which never reads sends at most: more than the system's buffers hold."""
ERRORS = {
    errno.ECONNREFUSED: "refused",
    errno.ECONNRESET: "reset",
    errno.EPIPE: "reset",
    errno.ETIMEDOUT: "timed out",
    errno.EADDRNOTAVAIL: "no free port",
}


class Members:
    """The clients of a plan, and what happened to them so far.

    `ungreeted` have had no answer yet, `working` have something left to do; `going` says whether they go on
    after their first answer.
    """

    def __init__(self, plan: Plan, room: int) -> None:
        self.plan, self.going, self.stop_at = plan, False, float("inf")
        kinds = ("well", *(kind for kind in MISBEHAVING if kind in plan.misbehaving))
        self.counts = {kind: Counts() for kind in kinds}
        self.clients = []
        for number, kind in enumerate(plan.kinds(room)):
            counts = self.counts["well" if kind in ("active", "idle") else kind]
            counts.clients += 1
            self.clients.append(Member(number, kind, counts))
        self.selector = selectors.DefaultSelector()
        self.padding = (b"abcdefghijklmnopqrstuvwxyz" * (plan.size // 26 + 1))[: plan.size]
        self.answer = REPLIES[plan.reply]
        self.ungreeted, self.working = set(self.clients), set(self.clients)
        self.timers: list[tuple[float, int, Member]] = []
        self.latencies = array("d")
        self.last_news = self.last_answer = time.perf_counter()
        self.stuffing = memoryview(b"")
        if "never_reading" in plan.misbehaving:
            self.stuffing = memoryview((self.padding[:-1] + b"\n") * (STUFFING // plan.size))

    # -- what the loop calls --------------------------------------------------------------------

    def start(self, client: Member) -> None:
        """Begins to connect."""
        host, port = self.plan.address
        sock = client.sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        sock.setblocking(False)
        if client.kind == "never_reading":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        number = sock.connect_ex((host, port))
        if number in (0, errno.EINPROGRESS):
            self.selector.register(sock, WRITE, client)
        else:
            self._fail(client, number)

    def heed(self, client: Member, mask: int) -> None:
        """Its connection is ready to be read from or written to."""
        if not client.sock:
            return
        if not client.sent:
            self._connected(client, client.sock)
        elif mask & WRITE:
            self._push(client, client.sock)
        else:
            self._receive(client, client.sock)

    def run_timers(self) -> None:
        """Sends what is due now."""
        now = time.perf_counter()
        while self.timers and self.timers[0][0] <= now:
            client = heapq.heappop(self.timers)[2]
            if client.sock and client.rest:
                self._one_byte(client, client.sock)
            elif client.sock:
                self._send(client, client.sock)

    def go_on(self, client: Member) -> None:
        """What a client does next whose last message was answered."""
        assert client.sock
        if client.kind == "idle":
            self.working.discard(client)
        elif client.kind in ("leaving", "resetting", "never_reading"):
            self._misbehave(client, client.sock)
        elif client.done or (self.last_news >= self.stop_at and client.kind != "half_open"):
            client.done = True
            self.working.discard(client)
            # With a number of messages they leave when they are done, and make room for others.
            if self.plan.each is not None:
                self._leave(client)
        elif self.plan.think and self.last_news < self.stop_at:
            heapq.heappush(self.timers, (self.last_news + self.plan.think, client.number, client))
        else:
            self._send(client, client.sock)

    def close(self) -> None:
        """What has no answer now will not get one."""
        for client in self.clients:
            if client.expected is not None:
                self._lost(client)
            elif not client.sent and not client.done:
                client.counts.errors["no connection"] += 1

    def outside(self) -> int:
        """How many the system has not let in."""
        return sum(c.clients - c.connected - c.errors.total() for c in self.counts.values())

    def right(self) -> int:
        """Right answers to the well-behaved."""
        return self.counts["well"].right

    # -- one client -----------------------------------------------------------------------------

    def _connected(self, client: Member, sock: socket.socket) -> None:
        if number := sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            self._fail(client, number)
            return
        client.counts.connected += 1
        self.last_news = time.perf_counter()
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.selector.modify(sock, READ, client)
        self._send(client, sock)

    def _message(self, client: Member) -> bytes:
        return (b"%d %d %b" % (client.number, client.sent, self.padding))[: self.plan.size - 1] + b"\n"

    def _send(self, client: Member, sock: socket.socket) -> None:
        message = self._message(client)
        client.expected = self.answer(message)
        client.sent += 1
        client.since = time.perf_counter()
        if client.kind == "slow":
            client.rest = message
            self._one_byte(client, sock)
            return
        sent = self._written(client, sock, message)
        if sent == len(message):
            self._all_sent(client, sock)
        elif sent is not None:
            client.rest = message[sent:]
            self.selector.modify(sock, READ | WRITE, client)

    def _push(self, client: Member, sock: socket.socket) -> None:
        """Goes on with what did not go out in one piece."""
        sent = self._written(client, sock, client.rest)
        if sent is None:
            return
        client.rest = client.rest[sent:]
        if client.rest:
            return
        if client.kind == "never_reading" and client.done:
            self.selector.unregister(sock)
        else:
            self.selector.modify(sock, READ, client)
            self._all_sent(client, sock)

    def _one_byte(self, client: Member, sock: socket.socket) -> None:
        sent = self._written(client, sock, client.rest[:1])
        if sent is None:
            return
        client.rest = client.rest[sent:]
        if client.rest:
            heapq.heappush(self.timers, (time.perf_counter() + BYTE_EVERY, client.number, client))

    def _written(self, client: Member, sock: socket.socket, data: bytes | memoryview) -> int | None:
        """How much of it went out; None if the connection is gone."""
        try:
            return sock.send(data)
        except BlockingIOError:
            return 0
        except OSError as error:
            self._fail(client, error.errno)
            return None

    def _all_sent(self, client: Member, sock: socket.socket) -> None:
        if client.kind == "half_open" and (client.sent == self.plan.each or client.since >= self.stop_at):
            with contextlib.suppress(OSError):  # gone already: reading will say so
                sock.shutdown(socket.SHUT_WR)
            client.done = True

    def _receive(self, client: Member, sock: socket.socket) -> None:
        try:
            data = sock.recv(65536)
        except BlockingIOError:
            return
        except OSError as error:
            self._fail(client, error.errno)
            return
        if not data:
            self._fail(client, None)
            return
        now = self.last_news = time.perf_counter()
        if client.got:
            data = client.got + data
        if client.expected is not None and len(data) < len(client.expected):
            client.got = data
            return
        client.got = b""
        if data != client.expected:
            client.counts.wrong += 1
        else:
            client.counts.served += client in self.ungreeted
            client.counts.right += client.kind != "idle"
            if client.kind == "active":
                self.latencies.append(now - client.since)
                self.last_answer = now
        surprise, client.expected = client.expected is None, None
        self.ungreeted.discard(client)
        client.done = client.done or client.sent == self.plan.each
        if self.going and not surprise:
            self.go_on(client)

    def _misbehave(self, client: Member, sock: socket.socket) -> None:
        client.done = True
        self.working.discard(client)
        if client.kind == "never_reading":
            client.rest = self.stuffing
            self.selector.modify(sock, WRITE, client)
            return
        message = self._message(client)
        with contextlib.suppress(OSError):
            sock.send(message if client.kind == "resetting" else message[: len(message) // 2])
        if client.kind == "resetting":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._leave(client)

    def _fail(self, client: Member, number: int | None) -> None:
        """The connection is gone, closed by the server (None) or with an error."""
        name = "closed" if number is None else ERRORS.get(number, errno.errorcode.get(number, str(number)))
        # Whoever is done may be sent away.
        if not client.done or client.expected is not None:
            client.counts.errors[name] += 1
        if client.expected is not None:
            self._lost(client)
        self._leave(client)
        self.last_news = time.perf_counter()

    def _lost(self, client: Member) -> None:
        """It gave up waiting: for an answer that began well, or for one that was wrong already."""
        assert client.expected is not None
        if client.expected.startswith(client.got):
            client.counts.missing += 1
        else:
            client.counts.wrong += 1
        client.expected = None

    def _leave(self, client: Member) -> None:
        self.ungreeted.discard(client)
        self.working.discard(client)
        client.done = True
        if client.sock:
            with contextlib.suppress(KeyError):
                self.selector.unregister(client.sock)
            client.sock.close()
            client.sock = None
