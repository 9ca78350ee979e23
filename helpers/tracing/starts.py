"""What it costs to start something that can wait: a task, a greenlet, a thread, a process."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

__all__ = ["start_costs"]


def start_costs() -> dict[str, float]:
    """Seconds from asking until it ran and was over, for one of each kind: medians, cheapest kind first.

    Measured on this machine, now: 200 tasks, greenlets and threads, and 5 processes (a bare Python).
    """
    costs = {
        "task": _task(200),
        "greenlet": _median(_greenlet, 200),
        "thread": _median(_thread, 200),
        "process": _median(_process, 5),
    }
    return dict(sorted(costs.items(), key=lambda item: item[1]))


def _median(once: Callable[[], object], times: int) -> float:
    readings = []
    for _ in range(times):
        before = time.perf_counter()
        once()
        readings.append(time.perf_counter() - before)
    return sorted(readings)[times // 2]


def _task(times: int) -> float:
    async def nothing() -> None: ...

    async def readings() -> list[float]:
        found = []
        for _ in range(times):
            before = time.perf_counter()
            await asyncio.create_task(nothing())
            found.append(time.perf_counter() - before)
        return found

    # In a thread of its own, because the notebook's thread has a loop that is running already.
    with ThreadPoolExecutor(1) as pool:
        return sorted(pool.submit(asyncio.run, readings()).result())[times // 2]


def _greenlet() -> None:
    import gevent

    gevent.spawn(int).join()


def _thread() -> None:
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()


def _process() -> None:
    subprocess.run([sys.executable, "-S", "-c", ""], check=True)
