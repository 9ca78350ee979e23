"""What passed a tap in front of RabbitMQ, read by `pamqp`: methods, each with the message that it carries."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from pamqp import frame as pamqp_frame
from pamqp.header import ContentHeader

from helpers.tap.tap import Note

__all__ = ["Content", "Event", "Reader"]

_METHOD, _HEADER, _BODY = 1, 2, 3


@dataclass(slots=True)
class Content:
    """A message on the wire: properties, and of its body the beginning, the size and a checksum."""

    properties: Any
    size: int
    body: bytes = b""
    checksum: int = 0
    missing: int = field(default=0)
    """Bytes that have not passed yet."""


@dataclass(slots=True)
class Event:
    """`method` is pamqp's object, or a word about the whole connection ("open", "ended by client").

    It came in at `came` and had gone on, with all its content, at `went` (`time.perf_counter_ns`).
    """

    came: int
    went: int
    connection: int
    to_server: bool
    channel: int
    method: Any
    content: Content | None = None

    @property
    def name(self) -> str:
        """ "Basic.Publish", or the word."""
        return self.method if isinstance(self.method, str) else str(self.method.name)


class Reader:
    """Puts frames together, also those of one message that were noted in two parts."""

    def __init__(self) -> None:
        self._begun: dict[tuple[int, int, int], Event] = {}

    def read(self, notes: Iterable[Note]) -> Iterator[Event]:
        """The events that `notes` complete, in order."""
        for note in notes:
            place = note.connection, note.way, note.channel
            event: Event | None
            if isinstance(note.kind, str):
                if note.way < 0:
                    yield Event(note.came, note.went, note.connection, False, 0, note.kind)
                continue
            if note.kind == _METHOD:
                method = _unmarshal(note)
                event = Event(note.came, note.went, note.connection, note.way == 0, note.channel, method)
                if method.name in _WITH_CONTENT:
                    self._begun[place] = event
                    continue
            else:
                event = self._begun.get(place)
                if event is None or not _grown(event, note):
                    continue
                del self._begun[place]
            yield event


_WITH_CONTENT = {"Basic.Publish", "Basic.Deliver", "Basic.GetOk", "Basic.Return"}


def _grown(event: Event, note: Note) -> bool:
    """Whether the event's message is complete with this frame."""
    event.went = note.went
    if note.kind == _HEADER:
        header = _unmarshal(note)
        assert isinstance(header, ContentHeader)
        event.content = Content(header.properties, header.body_size, missing=header.body_size)
    elif note.kind == _BODY and event.content:
        if not event.content.body:
            event.content.body, event.content.checksum = note.payload, note.checksum
        event.content.missing -= note.size
    return event.content is not None and event.content.missing <= 0


def _unmarshal(note: Note) -> Any:
    head = struct.pack(">BHI", note.kind, note.channel, len(note.payload))
    return pamqp_frame.unmarshal(head + note.payload + b"\xce")[2]
