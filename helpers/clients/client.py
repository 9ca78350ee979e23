"""Many clients of one echo server: a program of its own, because ten thousand descriptors need one.

Its first input line is a `Plan` (JSON). It connects every client and has it get one answer, says
``{"event": "idle"}`` on its output, and goes on when "go" is read; "stop" ends the run early, and the end of
the input ends the program. Events are JSON lines: ``progress`` a few times a second, ``done`` at the end.

Every message is unlike all others, and an answer is right only if it is that message, byte by byte (or what
`REPLIES` makes of it). So what was sent is what was right, wrong or missing, and nothing else.
"""

from __future__ import annotations

import json
import os
import time
from array import array
from typing import Any

from helpers.clients.limits import raise_file_limit
from helpers.clients.members import READ, Members
from helpers.clients.plan import LONGEST, Plan

AT_ONCE = 5
"""Clients on their way in at one time: many servers call listen(5), and more would be turned away."""
STALLED = 0.5
"""Seconds without news after which a server is taken to serve no more of those who wait."""
SPARE_FILES = 16
TELL_EVERY = 0.25


class Crowd:
    """The loop that serves the clients, in three phases."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        room, self.note = _room(plan.clients)
        self.crowd = Members(plan, room)
        self.crowd.selector.register(0, READ, None)
        self.stopped = self.ended = False
        self.begun = time.perf_counter()
        self.give_up, self.next_tell, self.right_before = self.begun + LONGEST, 0.0, 0

    def connect(self) -> None:
        """Every client connects and gets one answer; those who must wait too long go on waiting."""
        crowd = self.crowd
        started, at_once, all_come = 0, AT_ONCE, False
        patience = min(STALLED, self.plan.quiet)
        while crowd.ungreeted and not self._over():
            inside = len(crowd.clients) - len(crowd.ungreeted)
            while started < min(inside + at_once, len(crowd.clients)):
                crowd.start(crowd.clients[started])
                started += 1
            self._turn(0.1)
            silent = time.perf_counter() - crowd.last_news
            if silent > patience and not all_come:
                at_once, all_come, crowd.last_news = len(crowd.clients), True, time.perf_counter()
            # Whom the system has not let in yet, it may let in when it tries again, a second later.
            elif silent > (self.plan.quiet if crowd.outside() else patience):
                return

    def wait_for_go(self) -> None:
        """The clients are idle until somebody says go, or stop."""
        while not (self.crowd.going or self.stopped or self.ended):
            self._turn(None)

    def talk(self) -> None:
        """Messages until each client has sent its number or the time is over, and until none is missing."""
        crowd = self.crowd
        begun = crowd.last_news = time.perf_counter()
        self.give_up = begun + LONGEST
        if self.plan.each != 1:
            # The first messages have included the way in.
            self.begun = crowd.last_answer = begun
            self.right_before, crowd.latencies = crowd.right(), array("d")
        if self.plan.seconds is not None:
            crowd.stop_at = begun + self.plan.seconds
        for client in crowd.clients:
            if client.sock and client.sent and client.expected is None:
                crowd.go_on(client)
        while crowd.working and not self._over():
            self._turn(0.1)
            if not crowd.timers and time.perf_counter() - crowd.last_news > self.plan.quiet:
                return

    def wait_for_the_end(self) -> None:
        """Nobody leaves before whoever started us has looked at the server."""
        while not self.ended:
            self._turn(None)

    def _over(self) -> bool:
        return self.stopped or self.ended or time.perf_counter() > self.give_up

    def _turn(self, longest: float | None) -> None:
        crowd = self.crowd
        if crowd.timers:
            due = max(0.0, crowd.timers[0][0] - time.perf_counter())
            longest = due if longest is None else min(longest, due)
        for key, mask in crowd.selector.select(longest):
            if key.data:
                crowd.heed(key.data, mask)
            else:
                self._listen()
        crowd.run_timers()
        if time.perf_counter() > self.next_tell:
            self.next_tell = time.perf_counter() + TELL_EVERY
            tell("progress", **self.counts())

    def _listen(self) -> None:
        words = os.read(0, 4096).split()
        self.ended = self.ended or not words
        self.stopped = self.stopped or b"stop" in words
        self.crowd.going = self.crowd.going or b"go" in words

    def counts(self) -> dict[str, Any]:
        """The numbers of this moment; `measured` is the right answers within `seconds`."""
        others = {kind: vars(tally) for kind, tally in self.crowd.counts.items() if kind != "well"}
        seconds = self.crowd.last_answer - self.begun
        measured = self.crowd.right() - self.right_before
        return vars(self.crowd.counts["well"]) | {
            "others": others,
            "measured": measured,
            "seconds": seconds,
            "requests_per_second": measured / seconds if seconds > 0 else 0.0,
            "note": self.note,
            "stopped": self.stopped,
        }

    def report(self) -> dict[str, Any]:
        """The same, and percentiles of the latency of well-behaved clients."""
        ordered = sorted(self.crowd.latencies)
        return self.counts() | {f"p{q}": ordered[(len(ordered) - 1) * q // 100] for q in (50, 99) if ordered}


def _room(clients: int) -> tuple[int, str]:
    """How many of `clients` connections this process may open, and a note if that is less."""
    allowed = raise_file_limit(clients + SPARE_FILES, quiet=True)
    room = min(clients, max(1, allowed - SPARE_FILES))
    if room == clients:
        return room, ""
    return room, (
        f"This system lets a process have {allowed:,} files open, so {room:,} of {clients:,} clients came. "
        "Whoever looks after the computer can allow more (ulimit -Hn in a terminal says how many)."
    )


def tell(event: str, **what: Any) -> None:
    """One event to whoever started us."""
    print(json.dumps({"event": event} | what), flush=True)


def main() -> None:
    """The whole program."""
    plan = b""
    while not plan.endswith(b"\n"):
        part = os.read(0, 1)  # no more: "go" may follow
        if not part:
            return
        plan += part
    crowd = Crowd(Plan(**json.loads(plan)))
    crowd.connect()
    tell("idle", **crowd.report())
    crowd.wait_for_go()
    if crowd.ended:
        return
    if not crowd.stopped:
        crowd.talk()
    crowd.crowd.close()
    tell("done", **crowd.report())
    crowd.wait_for_the_end()


if __name__ == "__main__":
    main()
