"""An alarm clock for code that might wait for ever."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType

__all__ = ["at_most"]


@contextlib.contextmanager
def at_most(seconds: float, error: BaseException | None = None) -> Iterator[None]:
    """Raise `error` inside the block when it is not done after `seconds`.

    That is, if none is given, a TimeoutError: "still waiting after 1 s".
    It gets through to whatever waits in Python: `select`, `recv`, `sleep`. Only in a cell's own thread.
    """

    def ring(number: int, frame: FrameType | None) -> None:
        raise error or TimeoutError(f"still waiting after {seconds:g} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
