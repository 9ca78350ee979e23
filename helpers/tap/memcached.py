"""memcached's text protocol: lines, and after some lines a block of data (doc/protocol.txt of memcached)."""

from __future__ import annotations

from helpers.tap.said import Speech

__all__ = ["Memcached"]

_STORES = {b"set", b"add", b"replace", b"append", b"prepend", b"cas"}
"""Commands whose fifth word says how many bytes of data follow."""
_MORE = (b"VALUE ", b"STAT ")
"""How the lines begin after which another one belongs to the same reply, up to END."""
_MOST_LINES = 6
"""So many lines of a long reply are shown."""


class Memcached(Speech):
    """Its requests and replies."""

    def __init__(self, to_server: bool) -> None:
        super().__init__(to_server)
        self._rest = b""
        self._lines: list[bytes] = []
        self._due = -1
        """Bytes of the data block that follows, or -1."""

    def complete(self, data: bytes) -> list[tuple[str, tuple[str, ...]]]:
        self._rest += data
        found = []
        while (line := self._next()) is not None:
            self._lines.append(line)
            if self._over(line):
                found.append(self._told())
                self._lines.clear()
        return found

    def _next(self) -> bytes | None:
        """The next line, or the data block that is due; None while it is not whole."""
        if self._due >= 0:
            if len(self._rest) < self._due + 2:
                return None
            line, self._rest = self._rest[: self._due], self._rest[self._due + 2 :]
        else:
            line, end, rest = self._rest.partition(b"\r\n")
            if not end:
                return None
            self._rest = rest
        return line

    def _over(self, line: bytes) -> bool:
        """Whether what was said is complete with this line; sets what is due."""
        if self._due >= 0:
            self._due = -1
            return self.to_server
        words = line.split()
        place = (
            (4 if words and words[0] in _STORES else 0) if self.to_server else 3 * (words[:1] == [b"VALUE"])
        )
        if place and len(words) > place and words[place].isdigit():
            self._due = int(words[place])
            return False
        return self.to_server or not line.startswith(_MORE)

    def _told(self) -> tuple[str, tuple[str, ...]]:
        lines = [self.shown(line) for line in self._lines]
        if len(lines) > _MOST_LINES:
            lines[_MOST_LINES - 2 : -1] = [f"… ({len(lines) - _MOST_LINES + 1} more lines)"]
        name = lines[0].partition(" ")[0] if self.to_server else ""
        return name, tuple(lines)
