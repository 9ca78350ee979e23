"""How soon a background kernel says something."""

from __future__ import annotations

import time
from statistics import median
from typing import Any

from helpers.background import start
from helpers.background.kernel import Kernel

__all__ = ["first_output", "print_to_caller"]


def first_output(warm: bool, runs: int = 7) -> float:
    """Milliseconds from asking for a kernel until what its first cell prints is here."""
    start.warm()  # loads jupyter_client, too
    start.take().end()
    return median(_first_output(warm) for _ in range(runs))


def _first_output(warm: bool) -> float:
    if warm:
        start.warm()
        assert start._spare is not None
        start._spare.result()
    heard: list[float] = []
    begun = time.perf_counter()
    kernel = Kernel.take()
    try:
        kernel.run("print('here')", 20, on_output=lambda kind, content: heard.append(time.perf_counter()))
    finally:
        kernel.stop()
        start.take().end()  # the spare that the run has ordered: else the next start isn't cold
    return (heard[0] - begun) * 1000


def print_to_caller(lines: int = 30) -> float:
    """Milliseconds from a line's print there until it is here."""
    took: list[float] = []

    def heard(kind: str, content: dict[str, Any]) -> None:
        now = time.perf_counter_ns()
        took.extend((now - int(sent)) / 1e6 for sent in content["text"].split())

    kernel = Kernel.take()
    try:
        code = f"import time\nfor _ in range({lines}): print(time.perf_counter_ns()); time.sleep(0.1)"
        kernel.run(code, 20, on_output=heard)
    finally:
        kernel.stop()
        start.take().end()
    return median(took)
