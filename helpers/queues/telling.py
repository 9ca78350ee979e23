"""From a story of messages to a Trace: one stretch of time, with the names that a reader knows things by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from helpers.queues.model import DEFAULT
from helpers.queues.records import (
    DELIVERED,
    RESTING,
    UNACKNOWLEDGED,
    Binding,
    Client,
    Copy,
    Exchange,
    Message,
    Queue,
)
from helpers.queues.story import Story
from helpers.tracing.trace import RUNNING, Arrow, Link, Mark, Place, Span, Trace

__all__ = ["COURSE", "Report", "tell"]

COURSE = "the course"
"""Name of the connection that the course's own helpers use: no picture shows it."""


class Report(NamedTuple):
    """A worker says that it is "ready", has begun ("begin") or finished ("done") `label`; `at` in ns."""

    worker: str
    what: str
    label: str
    at: int


def tell(story: Story, title: str, begin: int, end: int, reports: Iterable[Report] = ()) -> Trace:
    """What happened from `begin` to `end` (`time.perf_counter_ns`)."""
    return _Telling(story, begin, end, list(reports)).trace(title)


class _Telling:
    def __init__(self, story: Story, begin: int, end: int, reports: list[Report]) -> None:
        self.story, self.begin, self.end, self.reports = story, begin, end, reports
        passed = {name for flight in story.flights if self.within(flight.sent) for name in flight.via}
        missed = [b.target for b in story.bindings if b.source in passed and self._alive(b)]
        self.queues = [
            queue
            for queue in [*story.past, *story.queues.values()]
            if any(map(self.within, queue.touched)) or queue in missed
        ]
        self.queues.sort(key=lambda queue: min(filter(self.within, queue.touched), default=end))
        self.messages = self._messages()
        self.clients = self._clients()
        self.kinds = {client: self._kind(client) for client in self.clients}
        self.working = {client for client in self.clients if self._of(client)}
        self.names = self._names()
        self.items = dict(zip(self.messages, _unique(m.label for m in self.messages), strict=True))
        self.lost = self._lost_at_workers()

    def within(self, at: int) -> bool:
        return self.begin <= at <= self.end

    def _alive(self, binding: Binding) -> bool:
        return binding.since <= self.end and not 0 < binding.until < self.begin

    def _messages(self) -> list[Message]:
        seen = {flight.message for flight in self.story.flights if self.within(flight.sent)}
        seen |= {s.copy.message for s in self.story.stretches if s.place in self.queues and self._overlaps(s)}
        sent = {message for message in self.story.messages if self.within(message.sent)}
        return sorted((m for m in self.story.messages if m in seen or m in sent), key=lambda m: m.sent)

    def _overlaps(self, stretch: object) -> bool:
        start, end = stretch.start, stretch.end  # type: ignore[attr-defined]
        return start <= self.end and (not end or end >= self.begin)

    def _clients(self) -> list[Client]:
        """Those who did something to be seen."""
        story = self.story
        everyone = [*story.gone, *story.clients.values()]
        seen: set[object] = {
            place for f in story.flights if self.within(f.sent) for place in (f.source, f.target)
        }
        seen |= {b.target for b in story.bindings if b.source in self.queues and self._alive(b)}
        seen |= {s.place for s in story.stretches if self._overlaps(s)}
        seen |= {remark.place for remark in story.remarks if self.within(remark.at)}
        seen |= {message.client for message in self.messages}
        alive = [c for c in everyone if not 0 < c.until < self.begin and c.since <= self.end]
        return [c for c in alive if c in seen and c.kind and c.name != COURSE]

    def _kind(self, client: Client) -> str:
        """What it did first in this time, or else ever."""
        for flight in self.story.flights:
            if self.within(flight.sent) and client in (flight.source, flight.target):
                return "producer" if client is flight.source else "consumer"
        return client.kind

    # -- names ------------------------------------------------------------------------------------

    def _names(self) -> dict[Client | Queue, str]:
        names: dict[Client | Queue, str] = {queue: self.story.label(queue.name) for queue in self.queues}
        taken: dict[str, list[Client]] = {}
        for client in sorted(self.clients, key=lambda client: client.since):
            wanted = client.name or self.kinds[client]
            name, number = wanted, 1
            # Who comes after another of the same name has gone may have its lane.
            while any(not other.until or other.until > client.since for other in taken.get(name, ())):
                number += 1
                name = f"{wanted} ({number})"
            taken.setdefault(name, []).append(client)
            names[client] = name
        return names

    def place(self, place: Client | Queue | str) -> str:
        return place if isinstance(place, str) else self.names.get(place, "")

    # -- workers ------------------------------------------------------------------------------------

    def _lost_at_workers(self) -> dict[Copy, int]:
        """What was acknowledged by itself and never done, and when its worker died."""
        lost = {}
        for client in self.clients:
            if client in self.working and client.until and client.fate != "closed":
                done = Counter(r.label for r in self._of(client) if r.what == "done")
                for copy in client.received:
                    if done[copy.message.label]:
                        done[copy.message.label] -= 1
                    else:
                        lost[copy] = client.until
        return lost

    def _of(self, client: Client) -> list[Report]:
        until = client.until or self.end
        return [r for r in self.reports if r.worker == client.name and client.since <= r.at <= until]

    def _running(self) -> Iterable[Span]:
        for client in self.clients:
            if client not in self.names:
                continue
            begun: dict[str, int] = {}
            items = {m.label: self.items[m] for m in reversed(self.messages)}
            for report in [*self._of(client), Report(client.name, "end", "", client.until or self.end)]:
                for label in list(begun) if report.what == "end" else [report.label]:
                    since = begun.pop(label, None)
                    if since is not None and report.at >= self.begin and since <= self.end:
                        start, stop = self.seconds(since), self.seconds(report.at)
                        yield Span(self.names[client], RUNNING, start, stop, item=items.get(label, ""))
                if report.what == "begin":
                    begun[report.label] = report.at

    # -- the recording ------------------------------------------------------------------------------

    def seconds(self, at: int) -> float:
        return (min(max(at, self.begin), self.end) - self.begin) / 1e9

    def until(self, at: int) -> float:
        return self.seconds(at or self.end)

    def trace(self, title: str) -> Trace:
        trace = Trace(title, duration=self.seconds(self.end), origin_ns=self.begin)
        self._lanes(trace)
        trace.spans = [*self._spans(), *self._running()]
        trace.arrows = list(self._arrows())
        trace.marks = list(self._marks())
        self._map(trace)
        trace.counts = self._counts()
        return trace

    def _lanes(self, trace: Trace) -> None:
        producers = [client for client in self.clients if self.kinds[client] == "producer"]
        others = [client for client in self.clients if self.kinds[client] != "producer"]
        places: list[Client | Queue] = [*producers, *self.queues, *others]
        trace.lanes = list(dict.fromkeys(self.names[place] for place in places))

    def _spans(self) -> Iterable[Span]:
        for stretch in self.story.stretches:
            copy, until = stretch.copy, stretch.end or self.end
            if not self._overlaps(stretch) or stretch.place not in self.names:
                continue
            if copy.message not in self.items:
                continue
            if stretch.state == DELIVERED:
                assert isinstance(stretch.place, Client)
                if stretch.place not in self.working:
                    continue
                until = self._done_at(stretch.place, copy)
            lane, item = self.names[stretch.place], self.items[copy.message]
            yield Span(lane, stretch.state, self.seconds(stretch.start), self.seconds(until), item=item)

    def _done_at(self, client: Client, copy: Copy) -> int:
        same = [other for other in client.received if other.message.label == copy.message.label]
        done = [r.at for r in self._of(client) if r.what == "done" and r.label == copy.message.label]
        number = same.index(copy)
        return done[number] if number < len(done) else client.until or self.end

    def _arrows(self) -> Iterable[Arrow]:
        for flight in self.story.flights:
            source, target = self.place(flight.source), self.place(flight.target)
            if source and target and self.within(flight.sent) and flight.message in self.items:
                times = self.seconds(flight.sent), target, self.seconds(flight.arrived)
                label = self.story.label(flight.label)  # an answer's key is the name of a reply queue
                yield Arrow(source, *times, label, self.items[flight.message], flight.via)

    def _marks(self) -> Iterable[Mark]:
        remarks = [
            (r.at, self.names[r.place], r.label, r.message)
            for r in self.story.remarks
            if r.place in self.names and self.within(r.at)
        ]
        remarks += [
            (at, self.names[copy.holder], "lost", copy.message)
            for copy, at in self.lost.items()
            if copy.holder and copy.holder in self.names and self.within(at)
        ]
        remarks.sort(key=lambda remark: remark[0])
        groups: list[list[tuple[int, str, str, Message | None]]] = []
        for remark in remarks:
            group = next((g for g in groups if _goes_with(g[-1], remark)), None)
            if group:
                group.append(remark)
            else:
                groups.append([remark])
        for group in groups:
            at, lane, label, message = group[0]
            words = Counter(label for _, _, label, _ in group)
            label = ", ".join(f"{word} ×{count}" if count > 1 else word for word, count in words.items())
            item = self.items.get(message, "") if message and len(group) == 1 else ""
            yield Mark(lane, self.seconds(at), label, item)

    def _map(self, trace: Trace) -> None:
        used = {name for arrow in trace.arrows for name in arrow.via}
        used |= {
            b.source for b in self.story.bindings if isinstance(b.source, str) and b.target in self.queues
        }
        alive = [*self.story.closed, *self.story.exchanges.values()]
        exchanges = [e for e in alive if e.since <= self.end and not 0 < e.until < self.begin]
        while more := {
            b.source
            for b in self.story.bindings
            if b.target in used and isinstance(b.source, str) and b.source not in used
        }:
            used |= more
        for client in self.clients:
            place = (
                self.names[client],
                self.kinds[client],
                self.seconds(client.since),
                self.until(client.until),
            )
            trace.places.append(Place(*place, fate=client.fate))
        known = {exchange.name for exchange in exchanges}
        exchanges += [Exchange(name, _kind_of(name), 0) for name in sorted(used - known)]
        for exchange in [exchange for exchange in exchanges if exchange.name in used]:
            fate = "deleted" if exchange.until else ""
            times = self.seconds(exchange.since), self.until(exchange.until)
            trace.places.append(Place(exchange.name, "exchange", *times, exchange.kind, fate))
        for queue in self.queues:
            times = self.seconds(queue.since), self.until(queue.until)
            trace.places.append(Place(self.names[queue], "queue", *times, queue.label, queue.fate))
        for binding in self.story.bindings:
            if not self._alive(binding):
                continue
            source, target = self.place(binding.source), self.place(binding.target)
            on_map = {place.name for place in trace.places}
            if source in on_map and target in on_map:
                times = self.seconds(binding.since), self.until(binding.until)
                trace.links.append(Link(source, target, binding.key, *times))

    def _counts(self) -> dict[str, int]:
        """The first number is the sum of the others."""
        found: Counter[str] = Counter()
        words = {
            RESTING: "resting",
            UNACKNOWLEDGED: "unacknowledged",
            DELIVERED: "received",
            "unroutable": "lost",
        }
        for message in self.messages:
            fates = [copy.fate for copy in message.copies if copy.fate != "moved"] or [message.fate]
            lost = [copy for copy in message.copies if copy in self.lost]
            found["lost"] += len(lost)
            found["received"] -= len(lost)
            for fate in fates:
                found[words.get(fate, fate.split(":")[0])] += 1
        total = sum(found.values())
        sent = all(self.within(message.sent) for message in self.messages)
        first = "copies" if total != len(self.messages) else "sent" if sent else "messages"
        shown = {name: found[name] for name in _COUNTED if found[name] or name in _ALWAYS}
        return {first: total, **shown} if total else {}


_COUNTED = ("received", "unacknowledged", "resting", "returned", "refused", "lost")
_ALWAYS = ("received", "resting", "lost")


_DEATHS = {"killed", "cut", "cut off"}


def _goes_with(one: tuple[int, str, str, object], other: tuple[int, str, str, object]) -> bool:
    """Whether two remarks are said in one: a death, and what was lost by it."""
    return one[:2] == other[:2] and {one[2].split(":")[0], other[2]} <= _DEATHS | {"lost"}


def _kind_of(name: str) -> str:
    if name != DEFAULT and not name.startswith("amq."):
        return "not there"
    return "direct" if name == DEFAULT else name.removeprefix("amq.").replace("match", "headers")


def _unique(labels: Iterable[str]) -> Iterable[str]:
    taken: Mapping[str, int] = Counter()
    for label in labels:
        taken[label] += 1  # type: ignore[index]
        yield label if taken[label] == 1 else f"{label} ({taken[label]})"
