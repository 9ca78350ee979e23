"""The notebook's own RabbitMQ, with a tap in front of it: connections, recordings, a look at the queues."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pika
from pika.exceptions import AMQPError, ChannelClosedByBroker, ChannelWrongStateError

from helpers import services
from helpers.errors import CourseError
from helpers.queues import workers
from helpers.queues.records import Queue
from helpers.queues.story import Story
from helpers.queues.telling import COURSE, tell
from helpers.services.rabbitmq_service import RabbitMQ, rabbitmqctl
from helpers.tap.amqp import Reader
from helpers.tap.tap import Tap
from helpers.tracing.trace import Trace

__all__ = [
    "ADDRESS",
    "Broker",
    "add_user",
    "aside",
    "connect",
    "ctl",
    "fresh",
    "label",
    "parameters",
    "quiet_ctl",
    "ready_broker",
    "recording",
    "reply",
    "resting",
    "the_broker",
    "wire",
]

ADDRESS = "ART_OF_WAITING_RABBITMQ"
"""Environment variable for processes that the notebook starts: its broker's AMQP address, and its node."""
QUIET, PATIENCE = 0.02, 0.5
"""Seconds without a frame after which a recording is complete; and for how long that is waited for."""


class Broker:
    """RabbitMQ, the tap, and the story that the tap tells."""

    def __init__(self, service: RabbitMQ) -> None:
        self.service = service
        self.tap = Tap(service, "amqp").start()
        self.story = Story()
        self._reader = Reader()
        self._spawned = service.spawned

    @property
    def url(self) -> str:
        """``amqp://USER:PASSWORD@HOST:PORT/%2F``, by way of the tap."""
        password = quote(self.service.password, safe="")
        return f"amqp://{self.service.user}:{password}@{self.tap.host}:{self.tap.port}/%2F"

    @property
    def address(self) -> str:
        """For `ADDRESS`: the url, and the node for rabbitmqctl."""
        return f"{self.url} {self.service.node}"

    def gather(self) -> int:
        """Follows what has passed since the last time. Returns when the latest passed (ns; 0: nothing)."""
        notes = list(self.tap.notes())
        events = list(self._reader.read(notes))
        if self.service.spawned != self._spawned:  # a restart may have been too quick for the tap to see
            self._spawned, at = self.service.spawned, round(self.service.spawned * 1e9)
            before = [event for event in events if event.went < at]
            self.story.read(before)
            events = events[len(before) :]
            if not any(event.name == "server gone" for event in before):
                self.story.broker_is_gone(at)
        self.story.read(events)
        return notes[-1].went if notes else 0

    def numbers(self, name: str) -> list[int]:
        """The numbers of the open connections called `name`, for the tap's faults."""
        self.gather()
        return [client.number for client in self.story.clients.values() if client.name == name]


_broker: Broker | None = None
_admin: pika.BlockingConnection | None = None


def the_broker() -> Broker:
    """The broker of this notebook and its tap, started if they have not been yet."""
    global _broker
    if _broker is None or not _broker.tap.running:
        _broker = Broker(services.rabbitmq())
    os.environ[ADDRESS] = _broker.address
    return _broker


def ready_broker() -> Broker:
    """`the_broker`, started again if it was stopped or has died."""
    services.rabbitmq()
    broker = the_broker()
    broker.tap.awake()
    return broker


def parameters(
    name: str = "you", user: str = "", password: str = "", **more: Any
) -> pika.ConnectionParameters:
    """What `connect` passes to pika: where the broker is, who one is, and the name that pictures show.

    In a process that the notebook has started, the broker is the notebook's. Connections have no heartbeat,
    because a notebook that is being read does not answer any; give ``heartbeat=60`` to have one. What the
    broker blocks for 20 s (it is out of memory, or of disk) ends with pika's ConnectionBlockedTimeout.
    """
    url = pika.URLParameters(_address().split(" ")[0])
    if user:
        url.credentials = pika.PlainCredentials(user, password)
    options: dict[str, Any] = {
        "host": url.host,
        "port": url.port,
        "virtual_host": url.virtual_host,
        "credentials": url.credentials,
        "heartbeat": 0,
        "blocked_connection_timeout": 20,
        "client_properties": {"connection_name": name},
    }
    return pika.ConnectionParameters(**(options | more))


def _address() -> str:
    if not os.environ.get(ADDRESS) or _broker is not None:
        the_broker()
    return os.environ[ADDRESS]


def ctl(*command: str) -> str:
    """Shows and runs ``rabbitmqctl`` with `command`, for the notebook's broker. Returns what it printed.

    Raises CourseError, with rabbitmqctl's own words, if the command fails.
    """
    print("$ rabbitmqctl", shlex.join(command))
    return quiet_ctl(*command)


def quiet_ctl(*command: str) -> str:
    """`ctl`, not shown."""
    return rabbitmqctl(_address().split(" ")[1], *command)


def add_user(name: str, password: str) -> None:
    """``rabbitmqctl add_user``; one who is there already has that password afterward, and no permissions."""
    try:
        ctl("add_user", name, password)
    except CourseError as error:
        if "already exists" not in str(error):
            raise
        quiet_ctl("change_password", name, password)
        quiet_ctl("clear_permissions", name)


def connect(name: str = "you", user: str = "", password: str = "", **more: Any) -> pika.BlockingConnection:
    """A connection to the notebook's broker, through its tap; the broker is started at the first call.

    `name` is what pictures call it; other arguments are pika's `ConnectionParameters`. Raises CourseError if
    the broker was stopped, and pika's own exceptions if it says no.
    """
    wanted = parameters(name, user, password, **more)
    if _broker is not None and not (_broker.service.running and _broker.tap.awake()):
        raise CourseError("RabbitMQ is not running. Start it: services.rabbitmq().start()")
    return pika.BlockingConnection(wanted)


def _channel() -> Any:
    """A channel of the course's own connection, which no picture shows."""
    global _admin
    with contextlib.suppress(AMQPError):
        if _admin is not None and _admin.is_open:
            _admin.process_data_events(0)
            return _admin.channel()
    _admin = connect(COURSE)
    return _admin.channel()


@contextlib.contextmanager
def aside() -> Iterator[pika.BlockingConnection | None]:
    """A connection that does not go by the tap: no picture shows it. None where the broker is not our own."""
    if _broker is None:
        yield None
        return
    with pika.BlockingConnection(pika.URLParameters(_broker.service.url)) as connection:
        yield connection


def fresh(*queues: str, exchanges: tuple[str, ...] = ()) -> None:
    """Deletes these queues and exchanges, with what is in them, so that an experiment begins anew.

    Returns when all who received from them have been told. RabbitMQ lets one that it tells late receive
    from the next queue of that name instead, and what it sends there meanwhile arrives nowhere.
    """
    known: list[Queue] = []
    if _broker is not None:
        _broker.gather()
        known = [_broker.story.queues[name] for name in queues if name in _broker.story.queues]
    channel = _channel()
    for exchange in exchanges:
        channel.exchange_delete(exchange)
    for queue in queues:
        channel.queue_delete(queue)
    channel.close()
    if _broker is not None:
        _broker.gather()
        deadline = time.monotonic() + PATIENCE
        while any(queue.consumers for queue in known) and time.monotonic() < deadline:
            time.sleep(0.002)
            _broker.gather()
        _broker.story.labels.clear()


def resting(queue: str, expect: int | None = None, timeout: float = 2.0) -> int | None:
    """How many messages are ready in `queue`: as soon as it is the number that is expected, or steady.

    The broker answers "how many?" ahead of messages that are still on their way into the queue, so one
    answer may be too small. None if there is no such queue, or it is exclusive to another connection.
    """
    deadline, last, since = time.monotonic() + timeout, -1, 0.0
    channel = _channel()
    while True:
        try:
            count = int(channel.queue_declare(queue, passive=True).method.message_count)
        except (ChannelClosedByBroker, ChannelWrongStateError) as error:
            # A broker that has come back a moment ago may know the queue and not have it yet.
            if "no queue" in str(error) or reply(error).startswith("405") or time.monotonic() > deadline:
                return None
            time.sleep(0.02)
            channel = _channel()
            continue
        now = time.monotonic()
        if count != last:
            last, since = count, now
        steady = now - since > (0.1 if expect is None else 0.5)
        if count == expect or steady or now > deadline:
            channel.close()
            return count
        time.sleep(0.005)


def label(queue: str) -> str:
    """A short name for a queue that the broker has named (``amq.gen-...``): "queue-1", "queue-2", ..."""
    broker = the_broker()
    broker.gather()
    return broker.story.label(queue)


def wire(name: str) -> str:
    """What was said on the latest connection called `name`, AMQP method by method.

    An arrow → goes to the broker, ← comes from it. Raises CourseError if nobody is called that.
    """
    story = the_broker().story
    the_broker().gather()
    said = [(client, line) for _, client, line in story.wire if client.name == name]
    if not said:
        known = sorted({client.name for _, client, _ in story.wire} - {"", COURSE})
        raise CourseError(f"no connection is called {name!r}; there are: {', '.join(known) or 'none'}.")
    return "\n".join(line for client, line in said if client is said[-1][0])


def reply(error: BaseException) -> str:
    """What the broker said when it refused, as "403 ACCESS_REFUSED"; "" if `error` holds no such thing."""
    found = re.search(r"\((\d{3})\b[^A-Z]*([A-Z_]+)", str(error))
    return f"{found[1]} {found[2]}" if found else ""


@contextlib.contextmanager
def recording(title: str = "") -> Iterator[Trace]:
    """Record the messages that pass the notebook's broker while the block runs.

    Yields a Trace that is empty inside the block and filled when it ends (also with an exception).
    """
    broker = the_broker()
    broker.gather()
    begin = time.perf_counter_ns()
    trace = Trace(title)
    try:
        yield trace
    finally:
        end = time.perf_counter_ns()
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:  # what was sent last may still be on its way
            time.sleep(QUIET)
            if not (latest := broker.gather()):
                break
            end = max(end, latest)
        # A part of the quiet is shown: what happened last would else be at the very edge.
        end = min(end + (end - begin) // 3, time.perf_counter_ns())
        # What happened before the first word was Python getting ready.
        said = [at for at, client, _ in broker.story.wire if begin <= at and client.name != COURSE]
        said += [remark.at for remark in broker.story.remarks if begin <= remark.at]
        begin = max(begin, min(said, default=begin) - (end - begin) // 20)
        vars(trace).update(vars(tell(broker.story, title, begin, end, workers.reports())))
