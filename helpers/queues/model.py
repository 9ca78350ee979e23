"""What happens to messages inside the broker, which no wire shows: they rest, they wait for an ack, they go.

It follows the broker by what passed the tap; where a message goes says `routing`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from helpers.queues.records import (
    DELIVERED,
    RESTING,
    UNACKNOWLEDGED,
    Binding,
    Channel,
    Client,
    Copy,
    Exchange,
    Flight,
    Message,
    Queue,
    Remark,
    Stretch,
)
from helpers.queues.routing import Refused, Topology
from helpers.tracing.messages import ALTERNATE

__all__ = ["DEFAULT", "BrokerModel"]

DEFAULT = "default exchange"
"""What the exchange without a name is called on the map."""


class BrokerModel:
    """Exchanges, queues and the messages in them; and a record of all that went on."""

    def __init__(self) -> None:
        self.topology = Topology()
        self.queues: dict[str, Queue] = {}
        self.exchanges: dict[str, Exchange] = {}
        self.number = 0
        self.past: list[Queue] = []
        self.closed: list[Exchange] = []
        self.messages: list[Message] = []
        self.stretches: list[Stretch] = []
        self.flights: list[Flight] = []
        self.bindings: list[Binding] = []
        self.remarks: list[Remark] = []

    # -- exchanges and queues -------------------------------------------------------------------

    def declare_exchange(self, at: int, name: str, kind: str, durable: bool, alternate: str) -> None:
        if name not in self.exchanges:
            self.exchanges[name] = Exchange(name, kind, at, durable=durable)
            self.topology.declare_exchange(name, kind, alternate)
            if alternate:
                self.bindings.append(Binding(name, alternate, ALTERNATE, at))

    def delete_exchange(self, at: int, name: str) -> None:
        if exchange := self.exchanges.pop(name, None):
            exchange.until = at
            self.closed.append(exchange)
            self.topology.delete_exchange(name)
            self._unlink(at, lambda binding: name in (binding.source, binding.target))

    def declare_queue(self, at: int, queue: Queue) -> None:
        known = self.queues.get(queue.name)
        if known is None:
            self.queues[queue.name] = queue
            self.topology.declare_queue(queue.name)
        self.queues[queue.name].touched.append(at)

    def queue(self, name: str) -> Queue:
        """A queue by its name; one that the tap saw nothing of was there before."""
        if name not in self.queues:
            self.declare_queue(0, Queue(name, 0, durable=True))
        return self.queues[name]

    def delete_queue(self, at: int, name: str, fate: str = "deleted") -> None:
        queue = self.queues.pop(name, None)
        if queue is None:
            return
        queue.until, queue.fate = at, fate
        queue.touched.append(at)
        self.past.append(queue)
        self.topology.delete_queue(name)
        self._unlink(at, lambda binding: queue in (binding.source, binding.target) or binding.target == name)
        for copy in queue.ready:
            self._lose(copy, at, f"queue {fate}")
        queue.ready.clear()

    def bind(
        self, at: int, source: str, target: str, key: str, arguments: Mapping[str, Any], to_exchange: bool
    ) -> None:
        end = target if to_exchange else self.queue(target)
        with suppress(Refused):  # of an exchange that was there before the tap nobody knows the kind
            self.topology.bind(source, target, key, arguments, to_exchange)
        line = self._line(source, key, arguments)
        if not to_exchange:
            self.queue(target).touched.append(at)
        if not any(
            b.key == line and b.source == source and b.target == end and not b.until for b in self.bindings
        ):
            self.bindings.append(Binding(source, end, line, at))

    def unbind(
        self, at: int, source: str, target: str, key: str, arguments: Mapping[str, Any], to_exchange: bool
    ) -> None:
        with suppress(Refused):
            self.topology.unbind(source, target, key, arguments, to_exchange)
        end = target if to_exchange else self.queue(target)
        line = self._line(source, key, arguments)
        self._unlink(at, lambda b: b.key == line and b.source == source and b.target == end)

    def _line(self, source: str, key: str, arguments: Mapping[str, Any]) -> str:
        """What stands at a binding: what its exchange compares."""
        kind = self.exchanges[source].kind if source in self.exchanges else source.removeprefix("amq.")
        if kind == "fanout":
            return ""
        if kind not in ("headers", "match"):
            return key
        headers = ", ".join(f"{name} {value}" for name, value in arguments.items() if name != "x-match")
        return f"{arguments.get('x-match', 'all')}: {headers or 'nothing'}"

    def purge(self, at: int, name: str) -> None:
        queue = self.queue(name)
        for copy in queue.ready:
            self._lose(copy, at, "purged")
        queue.ready.clear()

    def _unlink(self, at: int, which: Any) -> None:
        for binding in self.bindings:
            if not binding.until and which(binding):
                binding.until = at

    # -- messages -------------------------------------------------------------------------------

    def publish(
        self, came: int, went: int, message: Message, key: str, identity: Any, headers: Any, ttl: int
    ) -> None:
        """Routes a message; it must have a client. What nobody is bound for is unroutable."""
        self.messages.append(message)
        assert message.client
        route = self.topology.route(message.exchange, key, headers)
        for name in route.queues:
            via = tuple(one or DEFAULT for one in route.paths[name])
            queue = self.queue(name)
            self.flights.append(Flight(message.client, came, queue, went, message, key, via))
            self._arrive(went, message, queue, (message.exchange, key, *identity), ttl)
        if not route.queues:
            message.fate = "unroutable"
            place = message.exchange or DEFAULT
            self.flights.append(Flight(message.client, came, place, went, message, key, (place,)))

    def _arrive(self, at: int, message: Message, queue: Queue, identity: tuple[Any, ...], ttl: int) -> None:
        self.number += 1
        own = queue.arguments.get("x-message-ttl")
        lives = [
            milliseconds for milliseconds in (ttl, own) if isinstance(milliseconds, int) and milliseconds >= 0
        ]
        copy = Copy(message, identity, queue, self.number)
        copy.deadline = at + min(lives) * 1_000_000 if lives else 0
        message.copies.append(copy)
        self._rest(at, copy)
        most = queue.arguments.get("x-max-length")
        if isinstance(most, int) and len(queue.ready) > most:
            self._dead(queue.ready.pop(0), at, "queue full")

    def _rest(self, at: int, copy: Copy) -> None:
        copy.fate, copy.holder = RESTING, None
        copy.queue.put(copy)
        copy.queue.touched.append(at)
        self._begin(at, copy, copy.queue, RESTING)

    def _begin(self, at: int, copy: Copy, place: Queue | Client, state: str) -> None:
        self._end(at, copy)
        copy.stretch = Stretch(place, state, at, copy)
        self.stretches.append(copy.stretch)

    def _end(self, at: int, copy: Copy) -> None:
        if copy.stretch:
            copy.stretch.end = at
            copy.stretch = None

    def expire(self, at: int) -> None:
        """What has waited too long by now is gone, once it stands at the front of its queue."""
        for queue in self.queues.values():
            while queue.ready and 0 < queue.ready[0].deadline <= at:
                copy = queue.ready.pop(0)
                self._dead(copy, copy.deadline, "expired")

    def _dead(self, copy: Copy, at: int, why: str) -> None:
        exchange = copy.queue.arguments.get("x-dead-letter-exchange")
        if exchange is None or (exchange and exchange not in self.exchanges):
            self._lose(copy, at, why)
            return
        self._end(at, copy)
        copy.fate = "moved"
        key = copy.queue.arguments.get("x-dead-letter-routing-key", copy.identity[1])
        route = self.topology.route(exchange, key)
        for name in route.queues:
            via = tuple(one or DEFAULT for one in route.paths[name])
            self.flights.append(Flight(copy.queue, at, self.queue(name), at, copy.message, why, via))
            self._arrive(at, copy.message, self.queue(name), (exchange, key, *copy.identity[2:]), -1)

    def _lose(self, copy: Copy, at: int, why: str) -> None:
        place = copy.stretch.place if copy.stretch else copy.queue
        self._end(at, copy)
        copy.fate = f"lost: {why}"
        copy.queue.lost.append(copy)
        self.remarks.append(Remark(place, at, copy.fate, copy.message))

    # -- deliveries -----------------------------------------------------------------------------

    def deliver(
        self, came: int, went: int, queue: Queue, identity: Any, client: Client, label: str, auto: bool
    ) -> Copy:
        """The copy that `queue` gives to `client`."""
        copy = self._find(queue, identity) or self._unknown(queue, identity, label)
        self.flights.append(Flight(queue, came, client, went, copy.message))
        queue.touched.append(came)
        self._begin(went, copy, client, DELIVERED if auto else UNACKNOWLEDGED)
        copy.fate, copy.holder = DELIVERED if auto else UNACKNOWLEDGED, client
        if auto:
            self._end(went, copy)
            client.received.append(copy)
        return copy

    def _find(self, queue: Queue, identity: Any) -> Copy | None:
        for group in (queue.ready, queue.lost):  # a model may be wrong about a loss, the broker is not
            for copy in group:
                if copy.identity == identity:
                    group.remove(copy)
                    self.remarks = [
                        r for r in self.remarks if group is queue.ready or r.message is not copy.message
                    ]
                    return copy
        return None

    def _unknown(self, queue: Queue, identity: Any, label: str) -> Copy:
        """Something from before the tap, or from somebody who does not use it."""
        message = Message(label, None, queue.since)
        self.messages.append(message)
        self.number += 1
        copy = Copy(message, identity, queue, self.number)
        message.copies.append(copy)
        self._begin(queue.since, copy, queue, RESTING)
        return copy

    def acknowledge(self, at: int, copies: Iterable[Copy]) -> None:
        for copy in copies:
            self._end(at, copy)
            copy.fate = "received"

    def give_back(self, at: int, copies: Iterable[Copy]) -> None:
        """They are ready again, each in its old place."""
        for copy in copies:
            if copy.queue.until:
                self._lose(copy, at, "queue gone")
                continue
            assert copy.holder
            self.flights.append(Flight(copy.holder, at, copy.queue, at, copy.message, "back"))
            self._rest(at, copy)

    def reject(self, at: int, copies: Iterable[Copy]) -> None:
        for copy in copies:
            self._dead(copy, at, "rejected")

    # -- clients and the broker itself ------------------------------------------------------------

    def close_channel(self, at: int, client: Client, number: int) -> None:
        channel = client.channels.pop(number, None) or Channel()
        for tag in list(channel.consumers):
            self.cancel(at, channel, tag)
        self.give_back(at, channel.held.values())

    def cancel(self, at: int, channel: Channel, tag: str) -> None:
        found = channel.consumers.pop(tag, None)
        if found is None:
            return
        queue, _, link = found
        link.until = at
        queue.consumers -= 1
        if queue.auto_delete and not queue.consumers and not queue.until:
            self.delete_queue(at, queue.name)

    def leave(self, at: int, client: Client, fate: str) -> None:
        """A connection is over: what it held comes back, what was its own goes."""
        for number in list(client.channels):
            self.close_channel(at, client, number)
        for queue in [queue for queue in self.queues.values() if queue.owner == client.number]:
            self.delete_queue(at, queue.name, "gone with its connection")
        client.until, client.fate = at, fate
        if fate not in ("closed", "stopped"):
            self.remarks.append(Remark(client, at, fate))

    def stop(self, at: int, gracefully: bool) -> None:
        """The broker is gone: what was on no disk is lost."""
        for queue in list(self.queues.values()):
            if not queue.durable:
                self.delete_queue(at, queue.name, "gone with the broker")
                continue
            kept = [c for c in queue.ready if c.message.persistent and (gracefully or c.message.confirmed)]
            for copy in [copy for copy in queue.ready if copy not in kept]:
                self._lose(copy, at, "on no disk")
            queue.ready = kept
        for exchange in [exchange for exchange in self.exchanges.values() if not exchange.durable]:
            self.delete_exchange(at, exchange.name)
