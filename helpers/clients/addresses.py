"""Where the server of a background cell listens."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from helpers.errors import CourseError

__all__ = ["Server", "address", "pinned", "process_of"]

Server = str | tuple[str, int]
"""The name of a background cell, or ``(host, port)``."""
_pinned: dict[str, tuple[str, int]] = {}
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}


def address(server: Server) -> tuple[str, int]:
    """``(host, port)`` of a server: `server` is the name of a background cell, or such a pair already.

    The operating system says which port the cell's process, or a child of it, listens on. Raises
    CourseError if there is no such cell, if it is stopped, if it listens on nothing or on several ports.
    """
    if not isinstance(server, str):
        return _pair(server)
    if server in _pinned:
        return _pinned[server]
    from helpers.background.cells import cell

    found = cell(server).ports
    if not found:
        raise CourseError(
            f"The background cell {server!r} listens on nothing. Does its code call listen(), and has it not "
            "ended since? Run its cell again."
        )
    if len(found) > 1:
        ports = ", ".join(str(port) for _, port in sorted(found))
        raise CourseError(
            f"The background cell {server!r} listens on several ports ({ports}), so which one is meant "
            "cannot be told. Run its cell again to be rid of old ones, or give (host, port) instead."
        )
    host, port = found.pop()
    return EVERYWHERE.get(host, host), port


@contextlib.contextmanager
def pinned(server: str) -> Iterator[None]:
    """Inside the block `address` knows where `server` listens: to look costs time that one may be measuring.

    A server that listens on nothing, or on several ports, is for `address` to complain about.
    """
    with contextlib.suppress(CourseError):
        _pinned[server] = address(server)
    try:
        yield
    finally:
        _pinned.pop(server, None)


def process_of(server: Server) -> int | None:
    """The process id of a background cell; None for a bare ``(host, port)``.

    Raises CourseError if there is no such cell, if it is stopped, or if `server` is neither.
    """
    if not isinstance(server, str):
        _pair(server)
        return None
    from helpers.background.cells import cell

    return cell(server).pid


def _pair(server: object) -> tuple[str, int]:
    if isinstance(server, tuple) and len(server) == 2:
        host, port = server
        if isinstance(host, str) and isinstance(port, int):
            return host, port
    raise CourseError(
        f"{server!r} is no server: give the name of a background cell, such as 'server', "
        "or a pair (host, port), such as ('127.0.0.1', 8000)."
    )
