"""How soon the servers answer."""

from __future__ import annotations

import subprocess
import sys
from statistics import median

from tests.server import ROOT

__all__ = ["ready_after"]

START = {
    "RabbitMQ": "services.rabbitmq()",
    "Redis": "services.redis()",
    "memcached": "services.memcached()",
    "all": "services.start_all()",
}
CODE = """
import time
from helpers import services, supervisor
supervisor.scratch("warm")  # the supervisor is there: what counts is the server
begun = time.perf_counter()
{call}
print(time.perf_counter() - begun)
"""


def ready_after(runs: int = 5) -> dict[str, float]:
    """Seconds until each server answered, and all three together: in new processes, in turn."""
    seconds: dict[str, list[float]] = {name: [] for name in START}
    for _ in range(runs):
        for name, call in START.items():
            command = [sys.executable, "-c", CODE.format(call=call)]
            seconds[name].append(float(subprocess.check_output(command, cwd=ROOT)))
    return {name: median(times) for name, times in seconds.items()}
