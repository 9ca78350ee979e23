"""Breaking the wire between one client and the broker: what the tap does, by the client's name."""

from __future__ import annotations

from helpers.errors import CourseError
from helpers.queues.broker import the_broker

__all__ = ["cut", "hold", "mend"]


def cut(name: str, inside: bool = False) -> None:
    """Resets the connections called `name`, on both sides; `inside`: in the middle of their next frame.

    Raises CourseError if there are none.
    """
    numbers = _numbers(name)
    tap = the_broker().tap
    if inside:
        tap.cut_inside("server", numbers)
    else:
        tap.cut(numbers)


def hold(name: str, way: str = "both") -> None:
    """Lets nothing pass to and from `name` any more, as if the cable were out, until `mend`.

    `way` is where to: "server", "client" or "both". Raises CourseError if there is no such connection.
    """
    the_broker().tap.hold(way, _numbers(name))


def mend() -> None:
    """Everything passes again, and what was held goes on."""
    the_broker().tap.mend()


def _numbers(name: str) -> list[int]:
    numbers = the_broker().numbers(name)
    if not numbers:
        known = sorted({client.name for client in the_broker().story.clients.values()})
        raise CourseError(f"nobody called {name!r} is connected; there are: {', '.join(known) or 'none'}.")
    return numbers
