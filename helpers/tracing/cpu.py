"""How much of a core a block of code used."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

__all__ = ["CpuMeter", "cpu_percent"]


class CpuMeter:
    """`percent` of one core, once the block is over; None inside it."""

    percent: float | None = None


@contextlib.contextmanager
def cpu_percent() -> Iterator[CpuMeter]:
    """Measure the block: CPU time of this process (all its threads) over the wall's time, in percent.

    100 is one core without a pause; more is possible, where several threads really run at once.
    """
    meter = CpuMeter()
    wall, cpu = time.perf_counter(), time.process_time()
    try:
        yield meter
    finally:
        meter.percent = 100 * (time.process_time() - cpu) / max(time.perf_counter() - wall, 1e-9)
