"""What passed a tap in front of a cache: a request or a reply at a time, whatever the protocol."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from helpers.tap.tap import Note

__all__ = ["Said", "Speech"]


class Said(NamedTuple):
    """One request (`to_server`) or one reply, complete.

    It came in at `came` and had gone on at `went` (`time.perf_counter_ns`). `lines` are what was said, ready
    to be shown; `name` is the command's, in lower case, or "" for a reply.
    """

    came: int
    went: int
    connection: int
    to_server: bool
    name: str
    lines: tuple[str, ...]


class Speech:
    """One direction of one connection: gets the bytes of `Note`s, gives what they complete."""

    longest: ClassVar[int] = 48
    """Characters of a value that are shown."""

    def __init__(self, to_server: bool) -> None:
        self.to_server = to_server

    def complete(self, data: bytes) -> list[tuple[str, tuple[str, ...]]]:
        """The name and the lines of each request or reply that `data` completes."""
        raise NotImplementedError

    def hear(self, note: Note) -> list[Said]:
        """The same, with the times of `note`."""
        return [
            Said(note.came, note.went, note.connection, self.to_server, name, lines)
            for name, lines in self.complete(note.payload)
        ]

    @classmethod
    def shown(cls, value: bytes) -> str:
        """A value as text; of a long one the beginning."""
        text = value[: cls.longest + 1].decode(errors="backslashreplace")
        text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
        return text if len(value) <= cls.longest else f"{text[: cls.longest]}… ({len(value):,} bytes)"
