"""The tap, as seen by the notebook that has started it."""

from __future__ import annotations

import json
import pickle
import socket
import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from helpers.errors import CourseError
from helpers.services.programs import Program
from helpers.services.service import Service

__all__ = ["Note", "Tap"]

WAYS = {"server": (0,), "client": (1,), "both": (0, 1)}


class Note(NamedTuple):
    """One frame that passed: times are `time.perf_counter_ns`, `way` is 0 to the server, 1 to the client.

    What happened to a connection as a whole ("open", "ended by client") is a `kind` with way -1.
    `payload` is whole for an AMQP method or header; of a body and of plain data it is the beginning,
    `size` and `checksum` (CRC-32) are those of the whole.
    """

    came: int
    went: int
    connection: int
    way: int
    kind: int | str
    channel: int
    payload: bytes
    size: int
    checksum: int


class Tap(Service):
    """A relay in front of `service`, on a port of its own. `framing` is "amqp", "plain" or "whole".

    "whole" keeps every byte until somebody asks for the notes: for conversations, not for loads.
    """

    name = "tap"
    title = "the tap"
    for_nobody = False

    def __init__(self, service: Service, framing: str = "plain") -> None:
        super().__init__()
        self.service, self.framing = service, framing
        self.dropped = 0
        """So many frames could not be kept: nobody had asked for too long."""

    @property
    def address(self) -> tuple[str, int]:
        """Host and port, where clients connect instead."""
        return self.host, self.port

    def notes(self) -> Iterator[Note]:
        """What has passed since the last call, in order."""
        answer = self._order("notes")
        self.dropped += answer["dropped"]
        return (Note(*note) for note in answer["notes"])

    def awake(self) -> bool:
        """Whether clients are let in, which they are while the server listens.

        It would be found out anyway, some hundredths of a second after the server has come back.
        """
        return bool(self._order("awake", server_port=self.service.port))

    # -- faults -----------------------------------------------------------------------------------

    def hold(self, way: str = "both", who: Collection[int] | None = None) -> None:
        """Nothing passes any more until `mend`. `way` is where to: "server", "client" or "both".

        `who` are numbers of connections (`Note.connection`); None is all, those of the future included.
        """
        self._fault(way, who, hold=True)

    def delay(self, seconds: float, way: str = "both", who: Collection[int] | None = None) -> None:
        """Everything arrives later by `seconds`, in order."""
        self._fault(way, who, delay=_positive(seconds, "delay"))

    def throttle(self, rate: float, way: str = "both", who: Collection[int] | None = None) -> None:
        """At most `rate` bytes a second pass."""
        self._fault(way, who, rate=_positive(rate, "rate"))

    def mend(self) -> None:
        """No delay, no limit; what was held goes on."""
        self._order("mend")

    def cut(self, who: Collection[int] | None = None) -> int:
        """Resets connections, on both sides. Returns how many. (A cable that is pulled out is `hold`.)"""
        return int(self._order("cut", who=_numbers(who)))

    def cut_inside(self, way: str = "server", who: Collection[int] | None = None) -> int:
        """Cuts each connection in the middle of the next frame that goes this way. Returns how many wait."""
        return sum(self._order("cut_inside", who=_numbers(who), way=number) for number in _ways(way))

    def _fault(self, way: str, who: Collection[int] | None, **fault: Any) -> None:
        for number in _ways(way):
            self._order("fault", who=_numbers(who), way=number, **fault)

    # -- the relay's process --------------------------------------------------------------------

    @property
    def _control(self) -> Path:
        return self._directory / "c"

    def _order(self, do: str, **what: Any) -> Any:
        if not self.running:
            raise CourseError(f"The tap in front of {self.service.title} is gone. Run the first cells again.")
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(10)
            try:
                line.connect(str(self._control))
                line.sendall(json.dumps({"do": do, **what}).encode() + b"\n")
                with line.makefile("rb") as stream:
                    return pickle.load(stream)
            except (OSError, EOFError) as error:
                raise CourseError(
                    f"The tap in front of {self.service.title} does not answer ({error}). "
                    "Restart the kernel (Kernel menu) and run all cells."
                ) from None

    def answers(self) -> bool:
        """Whether its process takes orders."""
        with socket.socket(socket.AF_UNIX) as line:
            return line.connect_ex(str(self._control)) == 0

    def _check(self) -> Program:
        return Program(self.name, Path(sys.executable), sys.version.split()[0])

    def _argv(self, program: Program) -> list[str]:
        self._control.unlink(missing_ok=True)
        relay = Path(__file__).with_name("relay.py")
        ports = [str(self.port), str(self.service.port)]
        return [str(program.path), "-I", "-S", str(relay), *ports, self.framing, str(self._control)]


def _ways(way: str) -> tuple[int, ...]:
    if way not in WAYS:
        raise CourseError(f"there is no way {way!r}; there are: {', '.join(WAYS)}.")
    return WAYS[way]


def _numbers(who: Collection[int] | None) -> list[int] | None:
    return None if who is None else list(who)


def _positive(number: float, what: str) -> float:
    if not number > 0:
        raise CourseError(f"the {what} is a number above 0, not {number!r}.")
    return number
