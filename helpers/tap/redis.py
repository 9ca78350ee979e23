"""The protocol of Redis and Valkey, RESP (redis.io, "Redis serialization protocol"), read by `hiredis`."""

from __future__ import annotations

from typing import Any

import hiredis

from helpers.tap.said import Speech

__all__ = ["Redis"]


class Redis(Speech):
    """Its requests and replies, as redis-cli writes them."""

    def __init__(self, to_server: bool) -> None:
        super().__init__(to_server)
        self._reader = hiredis.Reader(notEnoughData=Ellipsis)  # not False: that may be a reply

    def complete(self, data: bytes) -> list[tuple[str, tuple[str, ...]]]:
        self._reader.feed(data)
        found: list[tuple[str, tuple[str, ...]]] = []
        while (said := self._reader.gets()) is not Ellipsis:
            if self.to_server and isinstance(said, list):
                name = self.shown(said[0])
                words = [name.upper(), *map(self._quoted, said[1:])]
                found.append((name.lower(), (" ".join(words),)))
            else:
                found.append(("", (self._reply(said),)))
        return found

    def _quoted(self, word: bytes) -> str:
        return f'"{self.shown(word)}"' if b" " in word or not word else self.shown(word)

    def _reply(self, said: Any) -> str:
        if said is None:
            return "(nil)"
        if isinstance(said, Exception):
            return f"(error) {said}"
        if isinstance(said, bytes):
            return self.shown(said)
        if isinstance(said, list):
            items = [self._reply(item) for item in said[:8]]
            more = [f"… {len(said) - 8} more"] if len(said) > 8 else []
            return f"[{', '.join(items + more)}]"
        if isinstance(said, dict):
            return self._reply([part for pair in said.items() for part in pair])
        return str(said)
