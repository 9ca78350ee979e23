"""Redis (or Valkey, which speaks the same protocol), as a service."""

from __future__ import annotations

import secrets
import socket

from helpers.services.programs import Program
from helpers.services.service import Service

__all__ = ["Redis"]

_CONFIGURATION = """
bind {host}
port {port}
requirepass {password}
dir {directory}
save ""
appendonly yes
"""


class Redis(Service):
    """A Redis of your own, with a password of its own. What was written survives `stop` and `kill`."""

    name = "redis"
    title = "Redis"

    def __init__(self) -> None:
        super().__init__()
        self.password = secrets.token_urlsafe(16)

    @property
    def url(self) -> str:
        """For ``redis.from_url``: ``redis://:PASSWORD@127.0.0.1:PORT/0``."""
        return f"redis://:{self.password}@{self.host}:{self.port}/0"

    def _argv(self, program: Program) -> list[str]:
        configuration = _CONFIGURATION.format(
            host=self.host, port=self.port, password=self.password, directory=self._directory
        )
        return [str(program.path), str(self._write("redis.conf", configuration))]

    def _greets(self, line: socket.socket) -> bool:
        line.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
        said = b""
        while said.count(b"\r\n") < 2 and (more := line.recv(256)):
            said += more
        return b"+PONG" in said
