"""The same errand under four models: what the laboratory of lesson 01 and its exercises run for real."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

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

    def errand(name: str) -> None:
        compute(computing)
        ask(asking)

    async def errand_async() -> None:
        compute(computing)
        await ask_async(asking)

    with timeline(model) as trace:
        if model == "loop":
            asyncio.run(_on_a_loop(errand_async, names))
        elif model == "processes":
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


async def _on_a_loop(errand: Callable[[], object], names: list[str]) -> None:
    async with asyncio.TaskGroup() as group:
        for name in names:
            group.create_task(errand(), name=name)  # type: ignore[arg-type]


MODELS = ("one by one", "threads", "processes", "loop")
