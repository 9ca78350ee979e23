"""Reads what passed the tap, method by method, and follows the broker: see `model`."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from helpers.queues.model import DEFAULT, BrokerModel
from helpers.queues.records import Binding, Channel, Client, Flight, Message, Queue, Remark
from helpers.queues.routing import NoExchange, Refused
from helpers.tap.amqp import Content, Event

__all__ = ["Story"]

LONGEST_LABEL = 14
MOST_LINES = 20_000
DIRECT = "amq.rabbitmq.reply-to"
"""A name to which a client listens, and that is no queue: answers go through the broker without resting."""
_FATES = {"client": "killed", "server": "cut off", "cut": "cut", "cut inside a frame": "cut inside a frame"}


class Story(BrokerModel):
    """Everything that was ever said through one tap, and what became of it."""

    def __init__(self) -> None:
        super().__init__()
        self.clients: dict[int, Client] = {}
        self.gone: list[Client] = []
        self.labels: dict[str, str] = {}
        self.wire: deque[tuple[int, Client, str]] = deque(maxlen=MOST_LINES)
        """What was said, by whom or to whom: the lines of a listing."""
        self._leaving_broker = False
        self._refused: set[int] = set()
        self._addresses: dict[str, Client] = {}
        self._coming: dict[tuple[Client, Any], list[Flight]] = {}

    def label(self, queue: str) -> str:
        """What a queue is called: its name, or a number if the broker has made the name up."""
        if not queue.startswith("amq.gen-"):
            return queue
        return self.labels.setdefault(queue, f"queue-{len(self.labels) + 1}")

    def read(self, events: Iterable[Event]) -> None:
        """Follow `events`, in order."""
        events = list(events)
        self._refused = _refusals(events)
        for event in events:
            if isinstance(event.method, str):
                self._connection(event)
                continue
            client = self.clients.get(event.connection)
            if client:
                self.wire.append((event.came, client, _in_words(event)))
            act = getattr(self, "_" + event.name.lower().replace(".", "_"), None)
            if client and act:
                channel = client.channels.setdefault(event.channel, Channel())
                with suppress(Refused):  # the broker, which knows more, has not refused it
                    act(event, client, channel, event.method)

    # -- connections ----------------------------------------------------------------------------

    def _connection(self, event: Event) -> None:
        what, at = event.name, event.went
        if what == "open":
            self.clients[event.connection] = Client(event.connection, "", at)
        elif what == "server gone":
            self.broker_is_gone(at)
        elif what.startswith("ended by") and (client := self.clients.pop(event.connection, None)):
            self.gone.append(client)
            fate = _FATES[what.removeprefix("ended by ")]
            self.leave(at, client, "closed" if client.leaving else fate)

    def broker_is_gone(self, at: int) -> None:
        """Every connection ends with it."""
        for number, client in list(self.clients.items()):
            self.gone.append(self.clients.pop(number))
            self.leave(at, client, "closed" if client.leaving else "cut off")
        self.stop(at, self._leaving_broker)
        self._leaving_broker = False

    def _connection_startok(self, event: Event, client: Client, _: Channel, method: Any) -> None:
        client.name = str((method.client_properties or {}).get("connection_name") or "")

    def _connection_close(self, event: Event, client: Client, _: Channel, method: Any) -> None:
        if event.to_server:
            client.leaving = True
        elif method.reply_code == 320 and "shutdown" in method.reply_text:
            self._leaving_broker = True
        else:
            self.remarks.append(Remark(client, event.went, f"refused: {_code(method)}"))

    def _connection_blocked(self, event: Event, client: Client, _: Channel, method: Any) -> None:
        self.remarks.append(Remark(client, event.went, "blocked"))

    def _connection_unblocked(self, event: Event, client: Client, _: Channel, method: Any) -> None:
        self.remarks.append(Remark(client, event.went, "unblocked"))

    def _channel_close(self, event: Event, client: Client, channel: Channel, method: Any) -> None:
        if not event.to_server:
            client.kind = client.kind or "producer"
            refused: list[Message | None] = [*client.refused.pop(event.channel, ())]
            for message in refused or [None]:
                self.remarks.append(Remark(client, event.went, f"refused: {_code(method)}", message))
                self._comes_back(event, client, message)
        channel.pending.clear()
        self.close_channel(event.went, client, event.channel)

    # -- requests, which count when the broker has said Ok -------------------------------------------

    def _ask(self, event: Event, client: Client, channel: Channel, method: Any) -> None:
        if getattr(method, "queue", None) == "" and event.name != "Queue.Declare":
            method.queue = channel.latest  # who names no queue means the one declared last
            if event.name == "Queue.Bind" and not method.routing_key:
                method.routing_key = channel.latest
        if getattr(method, "nowait", False):
            self._done(event, client, channel, method, None)
        else:
            channel.pending.append(method)

    _exchange_declare = _exchange_delete = _exchange_bind = _exchange_unbind = _ask
    _queue_declare = _queue_delete = _queue_bind = _queue_unbind = _queue_purge = _ask
    _basic_consume = _basic_get = _confirm_select = _ask

    def _answer(self, event: Event, client: Client, channel: Channel, method: Any) -> None:
        if channel.pending:
            self._done(event, client, channel, channel.pending.pop(0), method)

    _exchange_declareok = _exchange_deleteok = _exchange_bindok = _exchange_unbindok = _answer
    _queue_declareok = _queue_deleteok = _queue_bindok = _queue_unbindok = _queue_purgeok = _answer
    _basic_consumeok = _basic_getok = _basic_getempty = _confirm_selectok = _answer

    def _done(self, event: Event, client: Client, channel: Channel, asked: Any, answer: Any) -> None:
        at = event.went
        arguments = getattr(asked, "arguments", None) or {}
        self.expire(at)
        match asked.name:
            case "Exchange.Declare" if not asked.passive:
                alternate = arguments.get("alternate-exchange", "")
                self.declare_exchange(at, asked.exchange, asked.exchange_type, asked.durable, alternate)
            case "Exchange.Delete":
                self.delete_exchange(at, asked.exchange)
            case "Exchange.Bind" | "Exchange.Unbind":
                act = self.bind if asked.name == "Exchange.Bind" else self.unbind
                act(at, asked.source, asked.destination, asked.routing_key, arguments, True)
            case "Queue.Declare" if not asked.passive:
                owner = client.number if asked.exclusive else 0
                name = answer.queue if answer else asked.queue
                queue = Queue(name, at, asked.durable, owner, asked.auto_delete, dict(arguments))
                channel.latest = name
                self.declare_queue(at, queue)
                self.label(name)
            case "Queue.Delete":
                self.delete_queue(at, asked.queue)
            case "Queue.Bind" | "Queue.Unbind":
                act = self.bind if asked.name == "Queue.Bind" else self.unbind
                act(at, asked.exchange, asked.queue, asked.routing_key, arguments, False)
            case "Queue.Purge":
                self.purge(at, asked.queue)
            case "Basic.Consume":
                self._subscribe(at, client, channel, asked, answer)
            case "Basic.Get":
                client.kind = client.kind or "consumer"
                if event.content:
                    self._deliver(event, client, channel, self.queue(asked.queue), asked.no_ack)
                else:
                    self.remarks.append(Remark(client, at, "empty"))
                    self.queue(asked.queue).touched.append(at)
            case "Confirm.Select":
                channel.confirming = channel.confirming or 1

    def _subscribe(self, at: int, client: Client, channel: Channel, asked: Any, answer: Any) -> None:
        client.kind = client.kind or "consumer"
        if asked.queue == DIRECT:
            return
        queue = self.queue(asked.queue)
        queue.consumers += 1
        queue.touched.append(at)
        link = Binding(queue, client, "", at)
        self.bindings.append(link)
        channel.consumers[answer.consumer_tag if answer else asked.consumer_tag] = queue, asked.no_ack, link

    def _basic_cancel(self, event: Event, client: Client, channel: Channel, method: Any) -> None:
        self.cancel(event.went, channel, method.consumer_tag)

    # -- messages -------------------------------------------------------------------------------

    def _basic_publish(self, event: Event, client: Client, channel: Channel, method: Any) -> None:
        content = event.content
        assert content
        client.kind = client.kind or "producer"
        properties = content.properties
        persistent = properties.delivery_mode == 2
        message = Message(_label(content), client, event.came, method.exchange, persistent)
        if channel.confirming:
            channel.unconfirmed[channel.confirming] = message
            channel.confirming += 1
        if id(event) in self._refused:
            self._turn_away(event, client, message, method.routing_key)
            return
        owner = self._addresses.get(method.routing_key if not method.exchange else "")
        if owner and not owner.until:
            self._straight(event, client, message, owner)
            return
        self.expire(event.came)
        ttl = int(properties.expiration) if (properties.expiration or "").isdecimal() else -1
        identity, headers = _identity(content), properties.headers or {}
        try:
            self.publish(event.came, event.went, message, method.routing_key, identity, headers, ttl)
        except NoExchange:
            self._turn_away(event, client, message, method.routing_key)
            return
        if message.fate == "unroutable" and not method.mandatory:
            self.remarks.append(Remark(client, event.went, "lost: no queue", message))

    def _straight(self, event: Event, client: Client, message: Message, owner: Client) -> None:
        """To a client that listens directly; it is there when the broker delivers it, and rests nowhere."""
        message.fate = "unroutable"
        self.messages.append(message)
        flight = Flight(client, event.came, DEFAULT, event.went, message, "", (DEFAULT,))
        self.flights.append(flight)
        self._coming.setdefault((owner, _identity(event.content)), []).append(flight)

    def _turn_away(self, event: Event, client: Client, message: Message, key: str) -> None:
        """The broker will say so when it closes the channel."""
        message.fate = "refused"
        self.messages.append(message)
        client.refused.setdefault(event.channel, []).append(message)
        place = message.exchange or DEFAULT
        self.flights.append(Flight(client, event.came, place, event.went, message, key, (place,)))

    def _comes_back(self, event: Event, client: Client, message: Message | None) -> None:
        if message:
            place = message.exchange or DEFAULT
            self.flights.append(Flight(place, event.came, client, event.went, message))

    def _basic_return(self, event: Event, client: Client, channel: Channel, method: Any) -> None:
        assert event.content
        label = _label(event.content)
        for message in self.messages:
            if message.fate == "unroutable" and message.client is client and message.label == label:
                message.fate = "returned"
                self.remarks.append(Remark(client, event.went, f"returned: {method.reply_code}", message))
                self._comes_back(event, client, message)
                return

    def _basic_deliver(self, event: Event, client: Client, channel: Channel, method: Any) -> None:
        if found := channel.consumers.get(method.consumer_tag):
            self.expire(event.came)
            self._deliver(event, client, channel, found[0], found[1])
        elif coming := self._coming.get((client, _identity(event.content))):
            flight = coming.pop(0)
            flight.target, flight.arrived, flight.message.fate = client, event.went, "received"

    def _deliver(self, event: Event, client: Client, channel: Channel, queue: Queue, auto: bool) -> None:
        method, content = event.method, event.content
        assert content
        identity = (method.exchange, method.routing_key, *_identity(content))
        copy = self.deliver(event.came, event.went, queue, identity, client, _label(content), auto)
        address = content.properties.reply_to or ""
        if address.startswith(f"{DIRECT}.") and copy.message.client:
            self._addresses[address] = copy.message.client  # the broker put it in place of the name
        if not auto:
            channel.held[method.delivery_tag] = copy

    def _basic_ack(self, event: Event, client: Client, channel: Channel, method: Any) -> None:
        if event.to_server:
            self.acknowledge(event.went, _meant(channel.held, method))
        else:
            for message in _meant(channel.unconfirmed, method):
                message.confirmed = True

    def _basic_nack(self, event: Event, client: Client, channel: Channel, method: Any) -> None:
        if event.to_server:
            act = self.give_back if method.requeue else self.reject
            act(event.went, _meant(channel.held, method))
        else:
            for message in _meant(channel.unconfirmed, method):
                self.remarks.append(Remark(client, event.went, "refused: nack", message))

    def _basic_reject(self, event: Event, client: Client, channel: Channel, method: Any) -> None:
        method.multiple = False
        self._basic_nack(event, client, channel, method)

    def _basic_recover(self, event: Event, client: Client, channel: Channel, method: Any) -> None:
        held = list(channel.held.values())
        channel.held.clear()
        self.give_back(event.went, held)


def _refusals(events: list[Event]) -> set[int]:
    """Ids of publishes that the broker refused: it says so later, and ignores what comes in between."""
    refused: set[int] = set()
    for end, event in enumerate(events):
        if event.to_server or event.name != "Channel.Close":
            continue
        close = event.method
        if (close.class_id, close.method_id) != (60, 40):
            continue
        named = re.search(r"exchange '([^']*)'", close.reply_text)
        exchange = named[1].replace("amq.default", "") if named else ""
        began = False
        for earlier in events[:end]:
            if (earlier.connection, earlier.channel) != (event.connection, event.channel):
                continue
            if earlier.name == "Channel.Open":
                began = False
            elif earlier.name == "Basic.Publish":
                began = began or earlier.method.exchange == exchange
                if began:
                    refused.add(id(earlier))
    return refused


def _meant(waiting: dict[int, Any], method: Any) -> list[Any]:
    """What a delivery tag is about: one, or all up to it (0: all)."""
    tag = method.delivery_tag
    tags = (
        [t for t in waiting if not tag or t <= tag]
        if method.multiple
        else [t for t in (tag,) if t in waiting]
    )
    return [waiting.pop(each) for each in tags]


def _in_words(event: Event) -> str:
    """ "→ Basic.Publish hello 'a'": the arrow points to the broker, or from it."""
    method = event.method
    about = [getattr(method, name, "") for name in ("exchange", "routing_key", "queue", "consumer_tag")]
    words = [str(word) for word in about if word and not str(word).startswith(("amq.gen-", "ctag"))]
    if "Close" in event.name and getattr(method, "reply_code", None):
        words.append(_code(method))
    if event.content:
        words.append(repr(_label(event.content)))
    return " ".join(["→" if event.to_server else "←", event.name, *dict.fromkeys(words)])


def _identity(content: Content | None) -> tuple[Any, ...]:
    assert content
    return content.size, content.checksum, content.properties.correlation_id


def _label(content: Content) -> str:
    """What a picture calls the message: its text, if that is short, else how large it is."""
    if not content.size:
        return "(empty)"
    if content.size > 60:
        return f"{content.size:,} bytes"
    try:
        text = " ".join(content.body.decode().split())
    except UnicodeDecodeError:
        return f"{content.size} bytes"
    return text if len(text) <= LONGEST_LABEL else text[: LONGEST_LABEL - 1] + "…"


def _code(method: Any) -> str:
    return f"{method.reply_code} {method.reply_text.split(' ')[0]}"
