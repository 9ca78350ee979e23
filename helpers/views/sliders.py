"""The laboratory of lesson 01: choose a model and numbers, see the arithmetic, then run it for real."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from typing import Any

import anywidget
import traitlets
from IPython import get_ipython

from helpers.errors import CourseError
from helpers.tracing.trace import Trace
from helpers.views import palette
from helpers.views.player import sources, view_mime
from helpers.views.wire import wire

__all__ = ["Laboratory"]

Run = Callable[[str, int, float, float], Trace]


class Laboratory(anywidget.AnyWidget):
    """Sliders over a picture: outlines are arithmetic, filled bars what ``run`` recorded.

    ``run(model, tasks, compute, ask)`` is called in a thread of its own, one call at a time.
    """

    _esm = sources("drawing.js", "stacks.js", "parts.js", "laboratory.js")
    _css = palette.css() + sources("views.css")

    models = traitlets.List(traitlets.Unicode()).tag(sync=True)
    numbers = traitlets.Dict().tag(sync=True)
    cores = traitlets.Int().tag(sync=True)
    measured = traitlets.Dict().tag(sync=True)

    def __init__(self, run: Run, models: Sequence[str]) -> None:
        super().__init__(
            models=list(models), numbers={"tasks": 3, "compute": 0.1, "ask": 0.3}, cores=_cores(), measured={}
        )
        self._run = run
        self._foreground = _Foreground.watched()
        self._lock = threading.Lock()
        self.on_msg(self._asked)
        # JupyterLab sends a click to a subshell, which answers while a cell waits; ipykernel 7.4 would send
        # it on to whoever spoke to this panel last.
        self.comm._reply_subshell_for = lambda _data, subshell: subshell

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        text = f"Laboratory: {', '.join(self.models)}. Run this cell in JupyterLab to move its sliders."
        return {**view_mime(self), "text/plain": text}, {}

    def _asked(self, _: Any, question: dict[str, Any], __: Any) -> None:
        if self._foreground.busy:
            self._tell("A cell is running, and would falsify the result. Try again when it is done.")
        elif not self._lock.acquire(blocking=False):
            self._tell("One run at a time.")
        else:
            threading.Thread(target=self._measure, args=(question,), name="laboratory", daemon=True).start()

    def _measure(self, question: dict[str, Any]) -> None:
        message, before = "", self._foreground.cells
        try:
            model, tasks, compute, ask = (question[name] for name in ("model", "tasks", "compute", "ask"))
            trace = self._run(model, tasks, compute, ask)
            self.measured = question | _result(trace)
            if self._foreground.cells != before:
                message = "A cell ran at the same time, so this was no fair run. Run it again."
        except Exception as error:  # whatever it is, the panel must be usable again
            message = _words(error)
        finally:
            self._lock.release()
            self._tell(message)

    def _tell(self, message: str) -> None:
        self.send({"message": message})


def _words(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):  # what a TaskGroup makes of one task's error
        error = error.exceptions[0]
    return (
        str(error) if isinstance(error, CourseError) else f"That went wrong: {type(error).__name__}: {error}"
    )


def _result(trace: Trace) -> dict[str, Any]:
    done = [trace.finished(lane) for lane in trace.lanes]
    starts = [trace.seconds("starting", lane) for lane in trace.lanes]
    return {
        "data": wire([trace], [None], trace.duration),
        "first": min(done, default=0.0),
        "all": max(done, default=0.0),
        "start": max(starts, default=0.0),
    }


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class _Foreground:
    """Whether a cell is running in this kernel, and how many have: watched once for all laboratories."""

    _only: _Foreground | None = None

    def __init__(self) -> None:
        shell = get_ipython()
        # The first laboratory is made by a cell that is running now.
        self.busy, self.cells = shell is not None, 0
        if shell is not None:
            shell.events.register("pre_run_cell", self._begun)
            shell.events.register("post_run_cell", self._done)

    @classmethod
    def watched(cls) -> _Foreground:
        cls._only = cls._only or cls()
        return cls._only

    def _begun(self, *_: Any) -> None:
        self.busy, self.cells = True, self.cells + 1

    def _done(self, *_: Any) -> None:
        self.busy = False
