"""Two recordings and the bytes between them: who waited for whom, what went where, what lay unsent.

TCP numbers its bytes, so the two ends of a connection agree on which `recv` got the last byte of which
`send`, whatever the clocks say: that is an arrow.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from selectors import EVENT_READ, EVENT_WRITE
from typing import Any

from helpers.tracing.remote import Side
from helpers.tracing.trace import RUNNING, WAITING, Arrow, Box, Span, Trace

__all__ = ["conversations"]

LISTENER = "listener"
_MOST_BOXES = 5_000
_MOST_CHIPS = 64
_ASKED, _READY = ("waits to read", "waits to write"), ("readable", "writable")


def conversations(title: str, here: Side, there: Side, server: str) -> Trace:
    """One Trace of the clients `here` and the server `there`, whose lane is called `server`.

    Waits on a socket are labeled with the one who is waited for. Clients that were not recorded here are
    called client 1, client 2, … in the order in which they came.
    """
    clients = _clients(here)
    near, far = _Reading(here, clients), _Reading(there, clients, server)
    for reading in (near, far):
        reading.read()
    for reading, whom in ((near, lambda name: server), (far, lambda name: name)):
        reading.label(whom)
    far.cut()
    parts = [near.trace, _during(far.trace, near.trace)]
    whole = Trace.join(title, [part for part in parts if part.lanes])
    whole.arrows += [*_arrows(near, far, whole.origin_ns), *_arrows(far, near, whole.origin_ns)]
    whole.arrows.sort(key=lambda arrow: arrow.sent)
    return whole


def _during(far: Trace, near: Trace) -> Trace:
    """What `far` has between the beginning of `near` and its end: it began earlier, and ended later."""
    begin = (near.origin_ns - far.origin_ns) / 1e9
    end = begin + near.duration
    spans = [
        replace(span, start=max(span.start, begin), end=min(span.end, end))
        for span in far.spans
        if span.end > begin and span.start < end
    ]
    return replace(far, spans=spans, duration=0.0)


def _clients(here: Side) -> dict[int, str]:
    """The lane that first used each connection, by the port it has here."""
    met = [call for call in here.calls if call[1] == "meet" and call[5] in here.lanes]
    return {own: here.lanes[lane] for _, _, _, own, _, lane in met}


@dataclass
class _Flow:
    """One direction of one connection: how many bytes had passed when, and on which lane."""

    ends: list[int] = field(default_factory=list)
    calls: list[tuple[int, int, str]] = field(default_factory=list)
    """Beginning and return of the call (ns), and its lane."""

    def add(self, size: int, began: int, at: int, lane: str) -> None:
        self.ends.append((self.ends[-1] if self.ends else 0) + size)
        self.calls.append((began, at, lane))


class _Reading:
    """One side's calls, read in order."""

    def __init__(self, side: Side, clients: dict[int, str], server: str = "") -> None:
        self.side, self.trace, self.clients, self.server = side, side.trace, clients, server
        self.names: dict[int, str] = {}
        """Who is at the other end of a descriptor now."""
        self.ports: dict[int, int] = {}
        self.flows: dict[tuple[int, str], _Flow] = {}
        """By port of the client, and "recv" or "send"."""
        self.waits: list[tuple[int, int, str, str]] = []
        """Beginning, end (ns), lane, and for whom."""
        self.turns: dict[str, tuple[int, str]] = {}
        """On each lane, since when whose turn it is."""
        self.answer: list[tuple[int, str, int]] = []
        """What a selector found, as far as the loop over it has come."""
        self.handled: list[tuple[int, int, str, str]] = []
        self.unsent: dict[str, int] = {}
        self.boxes: list[Box] = []
        self.held: dict[str, tuple[str, ...]] = {}

    def lane(self, key: str, port: int) -> str:
        """Where a call was made: whoever does not wait says nothing about its lane."""
        return self.side.lanes.get(key) or self.server or self.clients[port]

    def read(self) -> None:
        """Take in all calls: for each kind that `probes.sockets` notes there is a method of its name."""
        for at, what, *rest in sorted(self.side.calls, key=lambda call: call[0]):
            getattr(self, what)(at, *rest)
        if any(name in self.held for name in (*_ASKED, *_READY)):
            self.trace.boxes += sorted(self.boxes, key=lambda box: box.time)

    def meet(self, at: int, descriptor: int, own: int, peer: int, lane: str) -> None:
        port = self.ports[descriptor] = peer if self.server else own
        self.names[descriptor] = self.clients.setdefault(port, f"client {len(self.clients) + 1}")

    def accept(self, at: int, descriptor: int, lane: str, began: int) -> None:
        self.names[descriptor] = LISTENER
        self.waits.append((began, at, lane, "a newcomer"))

    def recv(self, at: int, *call: Any) -> None:
        self.transfer(at, "recv", *call)

    def send(self, at: int, *call: Any) -> None:
        self.transfer(at, "send", *call)

    def close(self, at: int, descriptor: int) -> None:
        self.ports.pop(descriptor, None)
        self.unsent.pop(self.names.pop(descriptor, ""), None)

    def asked(self, at: int, lane: str, *sets: tuple[int, ...] | int) -> None:
        for name, members in zip(_ASKED, sets, strict=True):
            self.box(at, name, members)

    def ready(self, at: int, lane: str, *sets: tuple[int, ...] | int) -> None:
        for name, members in zip(_READY, sets, strict=True):
            self.box(at, name, members)

    def turn(self, at: int, lane: str, which: str, descriptor: int, events: int = 0) -> None:
        self.end_turn(at, lane)
        name = self.name(descriptor)
        self.turns[lane] = (at, f"{which} {name}".strip())
        if events:
            self.answer.append((at, name, events))

    def turned(self, at: int, lane: str, which: str) -> None:
        self.end_turn(at, lane)
        for name, event in zip(_READY, (EVENT_READ, EVENT_WRITE), strict=True):
            if self.answer:  # of a selector; it stood there from the first turn on
                found = tuple(who for _, who, events in self.answer if events & event)
                self.box(self.answer[0][0], name, found)
            if which in ("", name):
                self.box(at, name, ())
        self.answer.clear()

    def end_turn(self, at: int, lane: str) -> None:
        if lane in self.turns:
            began, doing = self.turns.pop(lane)
            self.handled.append((began, at, lane, doing))

    def name(self, descriptor: int) -> str:
        return self.names.get(descriptor, LISTENER)

    def transfer(
        self, at: int, what: str, descriptor: int, size: int | str, lane: str = "", began: int = 0
    ) -> None:
        if lane:
            self.waits.append((began, at, lane, self.name(descriptor)))
        port = self.ports.get(descriptor)
        if port is None or not isinstance(size, int):
            return
        if size:
            self.flows.setdefault((port, what), _Flow()).add(size, began or at, at, lane)
        name = self.name(descriptor)
        self.unsent[name] = self.unsent.get(name, 0) + (size if what == "recv" else -size)
        if len(self.boxes) < _MOST_BOXES:
            chips = tuple(f"{name}: {size}" for name, size in self.unsent.items() if size > 0)
            self.box(at, "unsent bytes", chips if len(chips) <= _MOST_CHIPS else len(chips))

    def box(self, at: int, name: str, members: tuple[Any, ...] | int) -> None:
        if len(self.boxes) >= _MOST_BOXES:
            return
        if isinstance(members, int):
            chips: tuple[str, ...] = (f"{members} sockets",)
        else:
            chips = tuple(m if isinstance(m, str) else self.name(m) for m in members)
        if chips != self.held.get(name, ()):
            self.held[name] = chips
            self.boxes.append(Box(name, self.seconds(at), chips))

    def seconds(self, at: int) -> float:
        return (at - self.trace.origin_ns) / 1e9

    # -- what that says about the spans ---------------------------------------------------------

    def label(self, whom: Any) -> None:
        """Say on each wait for a socket who is waited for."""
        waits: dict[str, list[tuple[float, float, str]]] = {}
        for began, at, lane, name in self.waits:
            if lane in self.side.lanes:
                wait = (self.seconds(began), self.seconds(at), f"for {whom(name)}")
                waits.setdefault(self.side.lanes[lane], []).append(wait)
        for found in waits.values():
            found.sort()
        self.trace.spans = [self._labeled(span, waits.get(span.lane, [])) for span in self.trace.spans]

    @staticmethod
    def _labeled(span: Span, waits: list[tuple[float, float, str]]) -> Span:
        if span.state == WAITING and not span.label:
            middle = (span.start + span.end) / 2
            place = bisect_left(waits, (middle,)) - 1
            if place >= 0 and middle <= waits[place][1]:
                return replace(span, label=waits[place][2])
        return span

    def cut(self) -> None:
        """Cut the running of a loop into the turns of those whom it handled."""
        turns: dict[str, list[tuple[float, float, str]]] = {}
        for began, at, lane, doing in self.handled:
            if lane in self.side.lanes:
                turn = (self.seconds(began), self.seconds(at), doing)
                turns.setdefault(self.side.lanes[lane], []).append(turn)
        self.trace.spans = [
            part for span in self.trace.spans for part in _parts(span, turns.get(span.lane, []))
        ]


def _parts(span: Span, turns: list[tuple[float, float, str]]) -> Iterator[Span]:
    since = span.start
    first = bisect_left(turns, (span.start,))
    for began, at, doing in turns[first:] if span.state == RUNNING else ():
        if began >= span.end:
            break
        if began > since:
            yield replace(span, start=since, end=began)
        since = min(at, span.end)
        yield replace(span, start=began, end=since, label=doing)
    if since < span.end or since == span.start:
        yield replace(span, start=since)


def _arrows(sender: _Reading, receiver: _Reading, origin: int) -> Iterator[Arrow]:
    for (port, what), taken in receiver.flows.items():
        given = sender.flows.get((port, "send"))
        if what != "recv" or given is None:
            continue
        done = 0
        for end, (_, arrived, lane) in zip(taken.ends, taken.calls, strict=True):
            size, done = end - done, end
            place = bisect_left(given.ends, end)
            if place < len(given.calls):
                began, _, source = given.calls[place]
                yield Arrow(
                    sender.lane(source, port),
                    (min(began, arrived) - origin) / 1e9,
                    receiver.lane(lane, port),
                    (arrived - origin) / 1e9,
                    f"{size} bytes" if size > 1 else "1 byte",
                )
