"""What clients and a cache say to each other: a tap in front of it, and its notes as lines and as a Trace."""

from __future__ import annotations

import contextlib
import re
import time
import weakref
from collections import deque
from collections.abc import Iterator
from typing import Any

from helpers.services.memcached_service import Memcached
from helpers.services.redis_service import Redis
from helpers.tap import memcached, redis
from helpers.tap.said import Said, Speech
from helpers.tap.tap import Note, Tap
from helpers.tracing.trace import WAITING, Arrow, Mark, Span, Trace

__all__ = ["Wire"]

QUIET, PATIENCE = 0.02, 0.5
"""Seconds of silence after which a recording is complete; and for how long that is waited for."""
HANDSHAKE = {"hello", "auth", "client", "readonly"}
"""What redis-py says when it connects, which is not what anybody asked for."""
_TICKET = re.compile(r"(VALUE \S+ \d+ \d+|cas \S+ -?\d+ -?\d+ \d+) (\d+)")
"""A line of memcached's with one of the tickets that `gets` gives and `cas` takes."""


class Wire:
    """A tap in front of a memcached or a Redis; clients connect to it as they would to the server.

    Not for loads: every byte is kept until somebody looks. memcached's own tickets are long, and others in
    every run: here they are #1, #2, … in the order in which they appear.
    """

    def __init__(self, service: Memcached | Redis) -> None:
        self.service = service
        self.tap = Tap(service, "whole").start()
        weakref.finalize(self, self.tap.kill)  # the cell is run again: another one takes its place
        self.round_trips = 0
        """In what was looked at last: how often a client had asked and its answer came."""
        self._speech = memcached.Memcached if isinstance(service, Memcached) else redis.Redis
        self._speakers: dict[tuple[int, int], Speech] = {}
        self._names: dict[int, str] = {}
        self._asked: dict[int, deque[tuple[Said, bool]]] = {}

    # -- what a lesson does -----------------------------------------------------------------

    @property
    def address(self) -> tuple[str, int]:
        """Host and port for clients that are not made by `client`."""
        return self.tap.address

    def client(self, name: str = "you", **more: Any) -> Any:
        """The service's own `client`, by way of the tap; pictures call it `name`. It is connected."""
        if isinstance(self.service, Redis):
            found: Any = self.service.client(self.address, client_name=name, **more)
            found.ping()
            self._gather()
            return found
        found = self.service.client(self.address, **more)
        self._gather()
        known = set(self._names)
        found.version()
        self._gather()
        for number in set(self._names) - known:
            self._names[number] = name
        return found

    @contextlib.contextmanager
    def recording(self, title: str = "") -> Iterator[Trace]:
        """Record what is said while the block runs.

        Yields a Trace that is empty inside the block and filled when it ends (also with an exception).
        """
        self._gather()
        begin, trace = time.perf_counter_ns(), Trace(title)
        try:
            yield trace
        finally:
            end = time.perf_counter_ns()
            notes, said = self._look()
            end = max([end, *(each.went for each in said)])
            vars(trace).update(vars(self._trace(title, begin, end, notes, said)))

    def said(self) -> str:
        """What was said since the last look, line by line: → goes to the server, ← comes from it."""
        lines = []
        for each in self._look()[1]:
            if not self._is_handshake(each):
                lines += [f"{'→' if each.to_server else '←'} {line}" for line in each.lines]
        return "\n".join(lines)

    # -- what it breaks ---------------------------------------------------------------------

    def hold(self, way: str = "client") -> None:
        """Nothing passes any more in this direction ("client": replies; "server", "both") until `mend`."""
        self.tap.hold(way)

    def delay(self, seconds: float, way: str = "client") -> None:
        """Everything in this direction arrives later by `seconds`."""
        self.tap.delay(seconds, way)

    def mend(self) -> None:
        """What was held goes on, without delay."""
        self.tap.mend()

    def cut_reply(self) -> int:
        """Ends each connection in the middle of the next reply. Returns how many wait for it."""
        return self.tap.cut_inside("client")

    # -- what has passed --------------------------------------------------------------------

    def _look(self) -> tuple[list[Note], list[Said]]:
        """All since the last time, when nothing has passed for a moment."""
        notes, said, deadline = *self._gather(), time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            time.sleep(QUIET)
            more, words = self._gather()
            notes, said = notes + more, said + words
            if not more:
                break
        self.round_trips = _round_trips(said)
        tickets: dict[str, str] = {}

        def numbered(line: re.Match[str]) -> str:
            return f"{line[1]} {tickets.setdefault(line[2], f'#{len(tickets) + 1}')}"

        said = [
            each._replace(lines=tuple(_TICKET.sub(numbered, line) for line in each.lines)) for each in said
        ]
        return notes, said

    def _gather(self) -> tuple[list[Note], list[Said]]:
        notes, said = list(self.tap.notes()), []
        for note in notes:
            if note.way < 0:
                if note.kind == "open":
                    self._names[note.connection] = f"client {note.connection}"
                continue
            place = note.connection, note.way
            speaker = self._speakers.setdefault(place, self._speech(note.way == 0))
            said += speaker.hear(note)
        for each in said:
            if each.name == "client" and each.lines[0].upper().startswith("CLIENT SETNAME "):
                self._names[each.connection] = each.lines[0].split(" ", 2)[2].strip('"')
        return notes, said

    def _is_handshake(self, said: Said) -> bool:
        """Whether it belongs to redis-py's own greeting; replies come in the order of their requests."""
        asked = self._asked.setdefault(said.connection, deque())
        if said.to_server:
            asked.append((said, said.name in HANDSHAKE))
            return asked[-1][1]
        return asked.popleft()[1] if asked else False

    def _trace(self, title: str, begin: int, end: int, notes: list[Note], said: list[Said]) -> Trace:
        server = self.service.name
        trace = Trace(title, origin_ns=begin, duration=(end - begin) / 1e9, talk=True)

        def at(time_ns: int) -> float:
            return max(0.0, (time_ns - begin) / 1e9)

        for each in said:
            client = self._names[each.connection]
            asked = self._asked.setdefault(each.connection, deque())
            waited_since = asked[0][0].came if asked else each.came
            if self._is_handshake(each):
                continue
            label = " / ".join(each.lines)
            ends = (client, server) if each.to_server else (server, client)
            trace.arrows.append(Arrow(ends[0], at(each.came), ends[1], at(each.went), label))
            if not each.to_server:
                trace.spans.append(Span(client, WAITING, at(waited_since), at(each.went), f"for {server}"))
        for note in notes:
            if note.way < 0 and str(note.kind).startswith(("ended by server", "cut", "ended by cut")):
                trace.marks.append(Mark(self._names[note.connection], at(note.came), "cut off"))
        clients = [end for arrow in trace.arrows for end in (arrow.source, arrow.target) if end != server]
        trace.lanes = [*dict.fromkeys(clients + [mark.lane for mark in trace.marks]), server]
        return trace


def _round_trips(said: list[Said]) -> int:
    """How often the direction turned back on some connection: however many requests went together."""
    turns, last = 0, dict[int, bool]()
    for each in said:
        if not each.to_server and last.get(each.connection, False):
            turns += 1
        last[each.connection] = each.to_server
    return turns
