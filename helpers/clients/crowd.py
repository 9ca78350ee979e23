"""Many clients at once, in a process of their own: `load` has them talk, `hold` keeps them connected."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from helpers.clients.addresses import Server, address
from helpers.clients.plan import LONGEST, MOST_CLIENTS, REPLIES, Plan
from helpers.clients.program import Program
from helpers.clients.report import Report
from helpers.errors import CourseError

__all__ = ["hold", "load"]


def load(
    server: Server,
    clients: int = 100,
    seconds: float | None = None,
    each: int | None = None,
    *,
    active: int | None = None,
    size: int = 64,
    think: float = 0.0,
    slow: int = 0,
    half_open: int = 0,
    leaving: int = 0,
    resetting: int = 0,
    never_reading: int = 0,
    reply: str | None = None,
    timeout: float = 2.0,
) -> Report:
    """Have `clients` connect to an echo server and send messages, each when the last was answered.

    `server` is the name of a background cell or ``(host, port)``. Every client connects and gets one answer;
    then the `active` ones (all, by default) go on until each has sent `each` messages of `size` bytes, its
    first included, or for `seconds` (1, by default); the others stay connected. Clients with a number to
    send leave when they are done, the others when all is over. Between two messages a client pauses for
    `think` seconds. With ``reply="upper"`` the right answer is the message in capitals.

    Of the clients, `slow` ones send a byte at a time; `half_open` ones shut down their sending side after the
    last message and still expect its answer; `leaving` ones close in the middle of a message; `resetting`
    ones send a message and reset the connection; `never_reading` ones send on and on and read nothing.
    They have tallies of their own: see `Report`.

    What has no answer when for `timeout` seconds nothing came from the server is missing. Raises CourseError
    if the server does not listen or a number makes no sense. An interrupt ends the clients, shows what there
    is so far, and goes on as KeyboardInterrupt.
    """
    misbehaving = {
        "slow": slow,
        "half_open": half_open,
        "leaving": leaving,
        "resetting": resetting,
        "never_reading": never_reading,
    }
    well = clients - sum(misbehaving.values())
    _check("clients", clients, 1, MOST_CLIENTS)
    for name, count in misbehaving.items():
        _check(name, count, 0, clients)
    if well < 0:
        raise CourseError(f"{clients - well} of {clients} clients would misbehave: make clients larger.")
    active = well if active is None else active
    _check("active", active, 0, well)
    _check("each", 1 if each is None else each, 1, 1_000_000)
    if seconds is None and each is None:
        seconds = 1.0
    _check("seconds", 1 if seconds is None else seconds, 0.01, LONGEST / 2)
    _check("size", size, 16, 1 << 20)
    _check("clients * size", clients * size, 16, 64 << 20)
    _check("think", think, 0, LONGEST / 2)
    _check("timeout", timeout, 0.05, LONGEST / 2)
    if reply not in REPLIES:
        raise CourseError(f"reply is None (the message itself) or 'upper', not {reply!r}.")
    bad = {kind: count for kind, count in misbehaving.items() if count}
    plan = Plan(address(server), clients, active, each, seconds, size, think, reply, timeout, bad)
    with Program(server, plan) as crowd:
        crowd.gather()
        return crowd.talk()


@contextlib.contextmanager
def hold(server: Server, clients: int, *, timeout: float = 5.0) -> Iterator[Report]:
    """Keep `clients` connected to an echo server while the block runs; each has had one right answer.

        with hold("server", 1000) as report:
            ...

    Raises CourseError, which says how many there were and why, if not all of them got their answer:
    waiting ends when nothing came for `timeout` seconds.
    """
    _check("clients", clients, 1, MOST_CLIENTS)
    _check("timeout", timeout, 0.05, LONGEST / 2)
    plan = Plan(address(server), clients, quiet=timeout)
    with Program(server, plan) as crowd:
        report = crowd.gather()
        crowd.line.finish(report)
        if report.served < clients:
            raise CourseError(
                f"Only {report.served:,} of {clients:,} connections could be held: {_why(report)}"
            )
        yield report
    crowd.settle()


def _check(name: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:
        raise CourseError(f"{name} is from {least:,} to {most:,}, not {value:,}.")


def _why(report: Report) -> str:
    if report.note:
        return report.note
    if report.errors:
        names = ", ".join(f"{count:,} {name}" for name, count in sorted(report.errors.items()))
        return f"{names}. Look at what the server printed, and run its cell again."
    if report.wrong:
        return f"{report.wrong:,} got a wrong answer. Does the server send each what came from it?"
    return (
        f"the others got no answer. Does the server accept one client while another is connected? "
        f"{report.connected:,} are connected as far as the system is concerned."
    )
