"""Workers on Redis: a function of the notebook in a process of its own, which can be killed."""

from __future__ import annotations

import inspect
import json
import sys
import textwrap
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from helpers.errors import CourseError
from helpers.queues.workers import Worker
from helpers.services.redis_service import Redis
from helpers.supervisor import scratch, spawn

__all__ = ["worker"]

_numbers = count(1)


def worker(name: str, work: Callable[[Any, str], object], service: Redis | None = None) -> Worker:
    """Runs ``work(r, name)`` in a process of its own; `r` is a client of `service`, the notebook's Redis.

    Returns when it is about to begin. The function travels as its source, so it knows no other names of the
    notebook: there are `redis`, `time`, and what it imports itself. What it prints is in the Worker's
    `lines`, last of all "NAME ends", with the reason if there was one. Raises CourseError if `work` has no
    source.
    """
    from helpers import services

    log = scratch(f"redis-worker-{next(_numbers)}") / "log"
    log.touch(0o600)
    # By way of a file: a process's arguments can be read by everybody on the machine, and here is a password.
    order = log.with_name("order.json")
    order.touch(0o600)
    url = (service or services.redis()).url
    order.write_text(json.dumps({"url": url, "source": _source(work), "function": work.__name__}))
    program = str(Path(__file__).with_name("work.py"))
    made = Worker(name, spawn([sys.executable, "-u", "-P", program, name, str(order)], log=log), log)
    made.wait_for(f"{name} ready")
    return made


def _source(work: Callable[..., object]) -> str:
    try:
        return textwrap.dedent(inspect.getsource(work))
    except (OSError, TypeError):
        raise CourseError(
            f"worker needs a function that was written with def in a cell, and this is {work!r}."
        ) from None
