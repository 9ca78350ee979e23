"""memcached, as a service."""

from __future__ import annotations

import socket

from helpers.services.programs import Program
from helpers.services.service import Service
from helpers.supervisor import Child

__all__ = ["Memcached"]


class Memcached(Service):
    """A memcached of your own. It forgets everything when it is stopped: that is what it is."""

    name = "memcached"
    title = "memcached"

    @property
    def address(self) -> tuple[str, int]:
        """Host and port, as pymemcache's ``Client`` takes them."""
        return self.host, self.port

    def _argv(self, program: Program) -> list[str]:
        # root is asked for a user to become; the supervisor has made it one already, where it can.
        return [str(program.path), "-l", self.host, "-p", str(self.port), "-U", "0", "-u", "root", "-v"]

    def _greets(self, line: socket.socket) -> bool:
        line.sendall(b"version\r\n")
        return line.recv(64).startswith(b"VERSION")

    def _ask_to_end(self, child: Child) -> None:
        # It has nothing to save, and takes a second to say so.
        child.kill()
