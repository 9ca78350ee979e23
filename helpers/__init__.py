"""The Art of Waiting: what the lessons use and do not teach.

    %load_ext helpers
    from helpers import ask, compute, show, timeline

Names are loaded when they are first asked for, so that importing this package costs nothing.
"""

from __future__ import annotations

import importlib
from typing import Any

_WHERE = {
    "CourseError": "helpers.errors",
    "ask": "helpers.tracing.errands",
    "ask_async": "helpers.tracing.errands",
    "compute": "helpers.tracing.errands",
    "count_for": "helpers.tracing.errands",
    "timeline": "helpers.tracing.timeline",
    "stepping": "helpers.tracing.stepping",
    "stepping_asyncio": "helpers.tracing.stepping",
    "lane": "helpers.tracing.recorder",
    "mark": "helpers.tracing.recorder",
    "page": "helpers.services.pages",
    "arrow": "helpers.tracing.recorder",
    "in_processes": "helpers.tracing.processes",
    "cpu_percent": "helpers.tracing.cpu",
    **dict.fromkeys(("Event", "Keyboard", "Mouse", "handle", "nap", "play", "resting"), "helpers.devices"),
    "pad": "helpers.views.pad",
    "start_costs": "helpers.tracing.starts",
    "run_errands": "helpers.tracing.models",
    "show": "helpers.views",
    "bars": "helpers.views",
    "broker_map": "helpers.views",
    "conversation": "helpers.views",
    "dots": "helpers.views",
    "shares": "helpers.views",
    "strips": "helpers.views",
    "curve": "helpers.views.curve",
    "cache_meter": "helpers.views.meter",
    "laboratory": "helpers.views",
    "predict": "helpers.exercises",
    "progress": "helpers.exercises",
    "course_map": "helpers.exercises",
    "address": "helpers.clients.addresses",
    "memory": "helpers.clients.costs",
    "raise_file_limit": "helpers.clients.limits",
    **dict.fromkeys(("connect", "knock", "visit"), "helpers.clients.visits"),
    "serve": "helpers.clients.models",
    "thousand_clients": "helpers.clients.thousand",
    **dict.fromkeys(("fate", "frozen", "variant"), "helpers.clients.variants"),
    "load": "helpers.clients.crowd",
    "hold": "helpers.clients.crowd",
    "pour": "helpers.clients.greedy",
    "at_most": "helpers.alarm",
    **dict.fromkeys(("ended_by", "run_beside"), "helpers.background.beside"),
    "background": "helpers.background",
    "services": "helpers.services",
}
_PACKAGES = {"background", "services"}

__all__ = ["load_ipython_extension", *sorted(_WHERE)]


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"helpers has no {name!r}; there are: {', '.join(sorted(_WHERE))}")
    module = importlib.import_module(_WHERE[name])
    return module if name in _PACKAGES else getattr(module, name)


def __dir__() -> list[str]:
    return __all__


def load_ipython_extension(shell: Any) -> None:
    """``%load_ext helpers``: the cell magics ``%%background`` and ``%%exercise``, and prompt interrupts."""
    from helpers.background.inside import let_interrupts_wake
    from helpers.background.magic import BackgroundMagics
    from helpers.background.patching import refuse_patching
    from helpers.exercises.magic import ExerciseMagics

    shell.register_magics(BackgroundMagics, ExerciseMagics)
    let_interrupts_wake()
    refuse_patching()
