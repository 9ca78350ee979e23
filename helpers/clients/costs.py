"""What a server holds at one moment."""

from __future__ import annotations

from helpers.background.footprint import Footprint, held
from helpers.clients.addresses import Server, process_of
from helpers.errors import CourseError

__all__ = ["memory"]


def memory(server: Server) -> Footprint:
    """What the background cell `server` holds now: the whole process, Python and its kernel included.

    Lessons compare two moments: ``memory("server") - before``. Raises CourseError if there is no such
    cell, if it is stopped, or if `server` is an address: nobody can see whose process is behind it.
    """
    pid = process_of(server)
    if pid is None:
        raise CourseError(
            f"What stands behind {server!r} cannot be seen from here: give the name of a background cell."
        )
    return held(pid)
