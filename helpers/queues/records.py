"""What a story of messages is about: clients, queues, messages and their copies. Times are nanoseconds."""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass, field
from typing import Any

__all__ = [
    "Binding",
    "Channel",
    "Client",
    "Copy",
    "Exchange",
    "Flight",
    "Message",
    "Queue",
    "Remark",
    "Stretch",
]

RESTING, UNACKNOWLEDGED, DELIVERED = "resting", "unacknowledged", "delivered"
"""States of a copy that still is somewhere; *delivered* is what automatic acknowledgment makes of it."""


@dataclass(eq=False, slots=True)
class Message:
    """Something that a client published; `fate` if it reached no queue: refused, returned, unroutable."""

    label: str
    client: Client | None
    sent: int
    exchange: str = ""
    persistent: bool = False
    confirmed: bool = False
    fate: str = ""
    copies: list[Copy] = field(default_factory=list)


@dataclass(eq=False, slots=True)
class Copy:
    """A message in one queue. `fate` is a state, "received", "moved", or "lost: " and why."""

    message: Message
    identity: tuple[Any, ...]
    queue: Queue
    number: int
    fate: str = RESTING
    deadline: int = 0
    holder: Client | None = None
    stretch: Stretch | None = None

    def __lt__(self, other: Copy) -> bool:
        return self.number < other.number


@dataclass(eq=False, slots=True)
class Queue:
    """`ready` is in the order of delivery. `owner` is the connection of an exclusive queue."""

    name: str
    since: int
    durable: bool = False
    owner: int = 0
    auto_delete: bool = False
    arguments: dict[str, Any] = field(default_factory=dict)
    ready: list[Copy] = field(default_factory=list)
    lost: list[Copy] = field(default_factory=list)
    consumers: int = 0
    until: int = 0
    fate: str = ""
    touched: list[int] = field(default_factory=list)

    @property
    def label(self) -> str:
        kinds = (("exclusive", self.owner), ("durable", self.durable), ("auto-delete", self.auto_delete))
        return ", ".join(word for word, true in kinds if true)

    def put(self, copy: Copy) -> None:
        """In its place: what comes back stands where it stood."""
        insort(self.ready, copy)


@dataclass(eq=False, slots=True)
class Exchange:
    name: str
    kind: str
    since: int
    until: int = 0
    durable: bool = True


@dataclass(eq=False, slots=True)
class Channel:
    confirming: int = 0
    """The number of the next message to be confirmed; 0 without confirms."""
    latest: str = ""
    """The queue that was declared last."""
    pending: list[Any] = field(default_factory=list)
    """Requests that the broker has not answered yet."""
    consumers: dict[str, tuple[Queue, bool, Binding]] = field(default_factory=dict)
    """Consumer tag to queue, whether it acknowledges by itself, and the line on the map."""
    held: dict[int, Copy] = field(default_factory=dict)
    """Delivery tag to what is not acknowledged yet."""
    unconfirmed: dict[int, Message] = field(default_factory=dict)


@dataclass(eq=False, slots=True)
class Client:
    """A connection. `kind` says what it did first, "" if it has neither sent nor asked for anything."""

    number: int
    name: str
    since: int
    kind: str = ""
    until: int = 0
    fate: str = ""
    leaving: bool = False
    channels: dict[int, Channel] = field(default_factory=dict)
    refused: dict[int, list[Message]] = field(default_factory=dict)
    """By channel, what the broker will refuse when it closes it; the client may have closed it before."""
    received: list[Copy] = field(default_factory=list)
    """What it has acknowledged automatically."""


@dataclass(eq=False, slots=True)
class Stretch:
    """A copy was in `state` at `place` from `start` to `end` (0: it still is)."""

    place: Queue | Client
    state: str
    start: int
    copy: Copy
    end: int = 0


@dataclass(eq=False, slots=True)
class Flight:
    """A message went from one place to another; `via` are names of exchanges."""

    source: Queue | Client | str
    sent: int
    target: Queue | Client | str
    arrived: int
    message: Message
    label: str = ""
    via: tuple[str, ...] = ()


@dataclass(eq=False, slots=True)
class Binding:
    """A line on the map; `source` and `target` are exchanges' names, or queues and clients."""

    source: Queue | str
    target: Queue | Client | str
    key: str
    since: int
    until: int = 0


@dataclass(eq=False, slots=True)
class Remark:
    """A moment on the lane of a client or a queue."""

    place: Queue | Client
    at: int
    label: str
    message: Message | None = None
