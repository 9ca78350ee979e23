"""Ports on loopback."""

import random
import socket

__all__ = ["free_port", "is_free"]

_PORTS = range(20_000, 32_000)
"""Below the ephemeral ranges of Linux and macOS, so that no client takes the port of a stopped server."""


def free_port() -> int:
    """A port on loopback that nobody listens on."""
    return next(port for port in random.sample(_PORTS, len(_PORTS)) if is_free(port))


def is_free(port: int) -> bool:
    """Whether a server could listen on `port` now."""
    with socket.socket() as probe:
        # As servers do: a connection that lingers from an earlier life of the server does not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
