"""What a crowd of clients met with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Report", "Tally"]


@dataclass(frozen=True)
class Tally:
    """Clients of one kind, and what became of the messages that they sent.

    Every message is right, wrong or missing: a wrong answer differs in at least one byte, a missing one was
    not complete when everything was over. `connected` counts those whom the system let in, `served` those
    who got at least one right answer; `errors` is name → count.
    """

    clients: int = 0
    connected: int = 0
    served: int = 0
    right: int = 0
    wrong: int = 0
    missing: int = 0
    errors: Mapping[str, int] = field(default_factory=dict)

    def told(self, by_count: bool) -> str:
        """In words. Without a number of messages how many were right is chance: then who was served."""
        good = f"{self.right:,} right" if by_count else f"{self.served:,} served"
        parts = [good, f"{self.wrong:,} wrong", f"{self.missing:,} missing"]
        parts += [f"{count:,} {name}" for name, count in sorted(self.errors.items())]
        return ", ".join(parts)


@dataclass(frozen=True)
class Report(Tally):
    """A Tally of the well-behaved clients, their times, and what the server used.

    `str` tells the counts only, so that it says the same in every run that goes the same way. `seconds` is
    from the first message after all were connected to the last answer; `p50` and `p99` are the seconds that
    half and 99 % of the answers took at most. `cpu_per_request` is CPU seconds of the server's processes for
    each right answer to a well-behaved client, `memory_per_connection` bytes (as in Footprint) for each
    served client while all were idle; both are None where nobody can look: at a bare address. `others` are
    the clients who misbehave, kind → Tally.
    """

    seconds: float = 0.0
    requests_per_second: float = 0.0
    p50: float | None = None
    p99: float | None = None
    cpu_per_request: float | None = None
    memory_per_connection: float | None = None
    others: Mapping[str, Tally] = field(default_factory=dict)
    note: str = ""
    stopped: bool = False
    active: int = 0
    each: int | None = None

    @classmethod
    def of(cls, counts: dict[str, Any], **more: Any) -> Report:
        """From an event of the client program."""
        others = {kind: Tally(**tally) for kind, tally in counts["others"].items()}
        known = {name: value for name, value in counts.items() if name in cls.__dataclass_fields__}
        return cls(**known | {"others": others} | more)

    def __str__(self) -> str:
        by_count = self.each is not None
        who = f"{self.clients:,} client{'s' if self.clients != 1 else ''}"
        if self.active < self.clients:
            who += f" ({self.active:,} active)"
        lines = [f"{who}: {self.told(by_count)}"]
        for kind, tally in self.others.items():
            sends = kind in ("slow", "half_open")
            lines.append(f"{tally.clients:,} {kind}" + (f": {tally.told(by_count)}" if sends else ""))
        if self.stopped:
            lines.append("stopped before the end")
        return "; ".join(lines) + (f"\n{self.note}" if self.note else "")

    def __repr__(self) -> str:
        return f"{self}\n{self.times()}"

    def times(self) -> str:
        """Rates, times and costs in words: different in every run."""
        parts = [f"{self.requests_per_second:,.0f} requests/s"] if self.active else []
        for name in ("p50", "p99"):
            value = getattr(self, name)
            if value is not None:
                parts.append(f"{name} {_seconds(value)}")
        if self.cpu_per_request is not None:
            parts.append(f"CPU {_seconds(self.cpu_per_request)} a request")
        if self.memory_per_connection is not None:
            parts.append(f"{self.memory_per_connection / 1024:,.1f} KiB a connection")
        return ", ".join(parts)


def _seconds(value: float) -> str:
    if value < 1e-3:
        return f"{value * 1e6:.0f} µs"
    return f"{value * 1e3:.1f} ms" if value < 1 else f"{value:.2f} s"
