"""memcached, as a service."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

from helpers.errors import CourseError
from helpers.services.programs import Program
from helpers.services.service import Service
from helpers.supervisor import Child

if TYPE_CHECKING:
    from pymemcache import Client

__all__ = ["PATIENT", "Memcached"]

PATIENT: dict[str, Any] = {"no_delay": True, "default_noreply": False, "timeout": 2, "connect_timeout": 2}
"""Settings of a pymemcache ``Client`` that waits for each answer, at most 2 s."""


class Memcached(Service):
    """A memcached of your own. It forgets everything when it is stopped: that is what it is."""

    name = "memcached"
    title = "memcached"

    @property
    def address(self) -> tuple[str, int]:
        """Host and port, as pymemcache's ``Client`` takes them."""
        return self.host, self.port

    def client(self, address: tuple[str, int] | None = None, **more: Any) -> Client:
        """A pymemcache ``Client`` that waits for each answer, at most 2 s; `more` are other settings of it.

        `address` is where it connects instead: that of a tap.
        """
        from pymemcache import Client

        return Client(address or self.address, **(PATIENT | more))

    def _accepted(self, settings: dict[str, Any]) -> dict[str, Any]:
        kept = {"megabytes": 64, "options": ""} | settings
        if len(kept) > 2 or not isinstance(kept["megabytes"], int) or kept["megabytes"] < 2:
            raise CourseError(
                "memcached takes megabytes=N, a whole number of 2 or more (items of 1 MB must fit in twice), "
                f'and options="...", and you gave: {settings}.'
            )
        return kept

    def _argv(self, program: Program) -> list[str]:
        # root is asked for a user to become; the supervisor has made it one already, where it can.
        settings = self._accepted(self._settings)
        options = ["-o", settings["options"]] if settings["options"] else []
        # One thread: what it evicts depends on the order of the requests then, and on nothing else.
        limits = ["-t", "1", "-m", str(settings["megabytes"]), *options]
        return [
            str(program.path), "-l", self.host, "-p", str(self.port), "-U", "0", "-u", "root", "-v", *limits
        ]  # fmt: skip

    def _greets(self, line: socket.socket) -> bool:
        line.sendall(b"version\r\n")
        return line.recv(64).startswith(b"VERSION")

    def _ask_to_end(self, child: Child) -> None:
        # It has nothing to save, and takes a second to say so.
        child.kill()
