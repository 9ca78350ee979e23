"""The same errand under four models: what the laboratory of lesson 01 and its exercises run for real."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any

from helpers.errors import CourseError
from helpers.tracing.errands import ask, ask_async, compute
from helpers.tracing.processes import in_processes
from helpers.tracing.recorder import lane
from helpers.tracing.timeline import timeline
from helpers.tracing.trace import Trace

__all__ = ["MODELS", "run_errands"]


def run_errands(model: str, tasks: int, computing: float, asking: float) -> Trace:
    """Run `tasks` errands, each computing and then asking (seconds), under `model`, and record them.

    Must not be called from the thread of a running event loop. Raises CourseError for an unknown model.
    """
    if model not in MODELS:
        raise CourseError(f"there is no model {model!r}; there are: {', '.join(MODELS)}.")
    names = [chr(ord("A") + number) for number in range(tasks)]
    if asking:
        ask(0)  # the slow site starts with the first question: not while we record

    def errand(name: str) -> None:
        compute(computing)
        ask(asking)

    async def errand_async() -> None:
        compute(computing)
        await ask_async(asking)

    if model == "loop":
        return asyncio.run(_on_a_loop(errand_async, names))
    with timeline(model) as trace:
        if model == "processes":
            in_processes(errand, names)
        elif model == "threads":
            threads = [threading.Thread(target=errand, args=(name,), name=name) for name in names]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        else:
            for name in names:
                with lane(name):
                    errand(name)
    return trace


async def _on_a_loop(errand: Callable[[], Coroutine[Any, Any, None]], names: list[str]) -> Trace:
    # Recorded from inside: the task that only starts the others and waits for them is no errand.
    with timeline("loop") as trace:
        async with asyncio.TaskGroup() as group:
            for name in names:
                group.create_task(errand(), name=name)
    return trace


MODELS = ("one by one", "threads", "processes", "loop")
