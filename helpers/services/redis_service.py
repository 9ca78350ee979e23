"""Redis (or Valkey, which speaks the same protocol), as a service."""

from __future__ import annotations

import secrets
import socket
from typing import TYPE_CHECKING, Any

from helpers.services.programs import Program
from helpers.services.service import Service

if TYPE_CHECKING:
    from redis import Redis as Client

__all__ = ["Redis"]

_CONFIGURATION = """
bind {host}
port {port}
requirepass {password}
dir {directory}
save ""
appendonly yes
appendfsync no
"""


class Redis(Service):
    """A Redis of your own, with a password of its own. What was written survives `stop` and `kill`.

    Each answer comes after its line of the log has gone to the operating system (``appendfsync no``). With
    Redis' own default, ``everysec``, it may be held back for two seconds while the disk is busy.
    """

    name = "redis"
    title = "Redis"

    def __init__(self) -> None:
        super().__init__()
        self.password = secrets.token_urlsafe(16)

    @property
    def url(self) -> str:
        """For ``redis.from_url``: ``redis://:PASSWORD@127.0.0.1:PORT/0``."""
        return f"redis://:{self.password}@{self.host}:{self.port}/0"

    def client(self, address: tuple[str, int] | None = None, **more: Any) -> Client:
        """A redis-py ``Redis`` whose answers are strings; `more` are other settings of it.

        `address` is where it connects instead: that of a tap.
        """
        from redis import Redis as Client

        host, port = address or (self.host, self.port)
        where: dict[str, Any] = {"host": host, "port": port, "password": self.password}
        return Client(**(where | {"decode_responses": True} | more))

    def _accepted(self, settings: dict[str, Any]) -> dict[str, Any]:
        return {name.replace("_", "-"): value for name, value in settings.items()}

    def _argv(self, program: Program) -> list[str]:
        configuration = _CONFIGURATION.format(
            host=self.host, port=self.port, password=self.password, directory=self._directory
        )
        # Of two lines about one thing Redis takes the last.
        configuration += "".join(f"{name} {value}\n" for name, value in self._settings.items())
        return [str(program.path), str(self._write("redis.conf", configuration))]

    def _greets(self, line: socket.socket) -> bool:
        line.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
        said = b""
        while said.count(b"\r\n") < 2 and (more := line.recv(256)):
            said += more
        return b"+PONG" in said
