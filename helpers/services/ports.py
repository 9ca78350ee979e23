"""Ports on loopback."""

import random
import socket

__all__ = ["free_port", "is_free"]

_PORTS = range(20_000, 32_000)
"""Below the ephemeral ranges of Linux and macOS, so that no client takes the port of a stopped server."""


def free_port() -> int:
    """A port on loopback that nobody listens on, or keeps to listen there again.

    The dice are its own: notebooks that seed Python's alike would draw the same ports.
    """
    ports = random.Random().sample(_PORTS, len(_PORTS))
    return next(port for port in ports if is_free(port, lingering=False))


def is_free(port: int, lingering: bool = True) -> bool:
    """Whether a server could listen on `port` now; `lingering`: also amid connections of its earlier life."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, lingering)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
