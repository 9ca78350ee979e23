"""What a crowd of clients shall do: written by `load`, read by the client program."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

__all__ = ["LONGEST", "MISBEHAVING", "MOST_CLIENTS", "REPLIES", "Plan"]

MOST_CLIENTS = 10_000
LONGEST = 60.0
"""Seconds that connecting, and then talking, may take whatever was asked for."""
REPLIES: dict[str | None, Callable[[bytes], bytes]] = {None: bytes, "upper": bytes.upper}
MISBEHAVING = ("slow", "half_open", "leaving", "resetting", "never_reading")


@dataclass(frozen=True)
class Plan:
    """`quiet` is for how many seconds nothing may come from the server; the rest as in `load`."""

    address: tuple[str, int]
    clients: int
    active: int = 0
    each: int | None = None
    seconds: float | None = None
    size: int = 64
    think: float = 0.0
    reply: str | None = None
    quiet: float = 2.0
    misbehaving: dict[str, int] = field(default_factory=dict)

    @property
    def held(self) -> bool:
        """Connections only; nobody is going to send."""
        return self.each is None and self.seconds is None

    def kinds(self, clients: int) -> list[str]:
        """What each of the first `clients` is: active, idle or misbehaving in some way."""
        bad = [kind for kind in MISBEHAVING for _ in range(self.misbehaving.get(kind, 0))][:clients]
        well = clients - len(bad)
        active = min(self.active, well)
        return ["active"] * active + ["idle"] * (well - active) + bad
