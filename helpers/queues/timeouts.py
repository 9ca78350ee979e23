"""How long the broker waits for an acknowledgment, made short enough to be seen."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

from helpers.queues.broker import ctl, quiet_ctl

__all__ = ["ack_timeout"]

_KEYS = ("consumer_timeout", "channel_tick_interval")


@contextlib.contextmanager
def ack_timeout(seconds: float, look: float = 0.5) -> Iterator[None]:
    """Channels that are opened in this block must ack within `seconds`; the broker looks every `look`.

    Prints what it was before, and puts both back at the end. These are settings of the running node, read
    by a channel when it is opened (rabbit_channel.erl of RabbitMQ 3.10.8 and 4.0.5).
    """
    before = re.findall(r"undefined|\d+", quiet_ctl("eval", _look()))
    print(f"The broker waits for an acknowledgment for {_minutes(before[0])}, unless one says otherwise.")
    ctl("eval", _set(str(round(seconds * 1000)), str(round(look * 1000))))
    try:
        yield
    finally:
        quiet_ctl("eval", _set(*before))


def _look() -> str:
    return "[application:get_env(rabbit, K, undefined) || K <- [" + ", ".join(_KEYS) + "]]."


def _set(*values: str) -> str:
    orders = [
        f"application:set_env(rabbit, {key}, {value})"
        if value != "undefined"
        else f"application:unset_env(rabbit, {key})"
        for key, value in zip(_KEYS, values, strict=True)
    ]
    return ", ".join(orders) + "."


def _minutes(milliseconds: str) -> str:
    return f"{int(milliseconds) // 60_000} minutes" if milliseconds.isdigit() else "as long as it takes"
