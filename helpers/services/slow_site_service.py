"""The course's slow website, as a service."""

from __future__ import annotations

import socket
import sys
from pathlib import Path
from urllib.parse import quote

from helpers.services.programs import Program
from helpers.services.service import Service

__all__ = ["SlowSite"]


class SlowSite(Service):
    """A local website whose pages answer after a delay that you choose."""

    name = "slow_site"
    title = "the slow site"
    for_nobody = False

    @property
    def url(self) -> str:
        """Where the site is: ``http://127.0.0.1:PORT``."""
        return f"http://{self.host}:{self.port}"

    def page(self, name: str, delay: float = 0.0) -> str:
        """The URL of the page `name`, which answers after `delay` seconds (0 to 60)."""
        return f"{self.url}/{quote(name)}?delay={delay:g}"

    def _check(self) -> Program:
        import tornado

        self.version = tornado.version
        return Program(self.name, Path(sys.executable), tornado.version)

    def _argv(self, program: Program) -> list[str]:
        # -P: next to the website lie modules of ours that no library should find.
        return [str(program.path), "-P", str(Path(__file__).with_name("website.py")), str(self.port)]

    def _greets(self, line: socket.socket) -> bool:
        line.sendall(b"GET /ready HTTP/1.0\r\n\r\n")
        return line.recv(12).startswith(b"HTTP/1.1 200")
