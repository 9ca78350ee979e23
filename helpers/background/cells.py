"""Background cells by name: what ``%%background NAME`` starts and ``background.cell("NAME")`` finds."""

from __future__ import annotations

import atexit
import os
import sys
from contextvars import copy_context
from functools import cache
from typing import Any

from helpers.background.footprint import listening
from helpers.background.kernel import Kernel
from helpers.background.plain import PlainProcess
from helpers.background.run import OnOutput, Outcome, Run
from helpers.errors import CourseError

__all__ = ["BackgroundCell", "cell", "cells", "named", "stop_all"]

WIDGET = "application/vnd.jupyter.widget-view+json"


class BackgroundCell:
    """A cell that runs in a Python of its own; its output appears under it, whatever else runs here."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._code, self._plain = "", False
        self._other: Kernel | PlainProcess | None = None
        self._run: Run | None = None
        self._place = copy_context()

    def __repr__(self) -> str:
        return f"<background cell {self.name!r}: {self.state}>"

    # -- looking ----------------------------------------------------------------------------

    @property
    def running(self) -> bool:
        """Its code is not finished."""
        return self._run is not None and self._run.outcome is None

    @property
    def state(self) -> str:
        """In one word: running, done (its values can be fetched) or stopped."""
        if self.running:
            return "running"
        return "done" if self._other and self._other.alive else "stopped"

    @property
    def code(self) -> str:
        """What it runs, or ran last."""
        return self._code

    @property
    def output(self) -> str:
        """What its last run printed so far."""
        return self._run.text if self._run else ""

    @property
    def pid(self) -> int:
        """The process id of its Python. Raises CourseError if it is stopped."""
        return self._living().pid

    @property
    def ports(self) -> set[tuple[str, int]]:
        """``(host, port)`` of all that its code listens on now, child processes included.

        Raises CourseError if it is stopped.
        """
        other = self._living()
        return {place for place in listening(other.pid) if place[1] not in other.own_ports}

    def wait_for(self, text: str, timeout: float = 10.0) -> str:
        """The first line of its output that has `text` in it.

        Lines printed before the call count too. Raises CourseError if the line is not there after
        `timeout` seconds, or if the cell ends without it.
        """
        line = self._run.wait_for(text, timeout) if self._run else None
        if line is None:
            how = f"in {timeout:g} s" if self.running else "before it ended"
            raise CourseError(
                f"The background cell {self.name!r} did not print {text!r} {how}. {self._printed()}"
            )
        return line

    def fetch(self, name: str) -> Any:
        """The value that `name` has over there, as a copy. Raises CourseError if that cannot be."""
        if self.running:
            raise CourseError(
                f"The background cell {self.name!r} is still running, so {name!r} may change: wait until it"
                f" is done, or type background.cell({self.name!r}).interrupt() first."
            )
        return self._living().evaluate(name)

    @property
    def can_be_asked(self) -> bool:
        """Whether `evaluate_beside` is possible: of a kernel, not of a plain process."""
        return isinstance(self._other, Kernel)

    def evaluate_beside(self, expression: str, timeout: float = 10.0) -> Any:
        """The value of `expression` over there, also while its code runs; see `Kernel.evaluate`."""
        other = self._living()
        assert isinstance(other, Kernel)
        return other.evaluate(expression, timeout, beside=True)

    # -- acting -----------------------------------------------------------------------------

    def begin(self, code: str, plain: bool, on_output: OnOutput | None = None) -> Run:
        """Run `code`; a kernel that is done goes on with its state, anything else starts afresh.

        Its output is shown in the cell that calls this, unless `on_output` takes it (see `Kernel.run`).
        """
        usable = isinstance(self._other, Kernel) and not plain and self._other.alive and not self.running
        if not usable:
            self.stop()
            self._other = PlainProcess(f"%%background {self.name}") if plain else _prepared(Kernel.take())
            _quiet_at_exit()
        assert self._other is not None
        self._code, self._plain, self._place = code, plain, copy_context()
        self._run = self._other.begin(code, on_output or show_here)
        return self._run

    def interrupt(self) -> None:
        """KeyboardInterrupt in its code, as Ctrl+C in a terminal."""
        if self.running:
            self._living().interrupt()

    def restart(self) -> None:
        """Stop it, and run its code again in a fresh Python; its output appears where it did before."""
        self.stop()
        self._place.run(self._again)

    def _again(self) -> None:
        self.begin(self._code, self._plain).when_over(self.report_here)

    def stop(self) -> None:
        """End its Python and everything that it started; ports are free again."""
        self.hush()
        if self._other:
            self._other.stop()

    def hush(self) -> None:
        """Say nothing when it ends: that is wanted."""
        if self._run:
            self._run.when_over(lambda _: None)

    # -- what went wrong ----------------------------------------------------------------------

    def failure(self, outcome: Outcome) -> Exception | None:
        """The exception that says under the cell what went wrong over there; None if nothing did."""
        if outcome.status == "error":
            # The other Python's own traceback, once, and under its own name.
            view = {"_render_traceback_": lambda _: outcome.traceback}
            return type(outcome.ename, (Exception,), view)(outcome.evalue)
        if outcome.status == "died":
            return CourseError(f"The background cell {self.name!r} died. {outcome.evalue} Run it again.")
        return None

    def report_here(self, outcome: Outcome) -> None:
        """Show a failure under the cell of the current context, long after that cell is over."""
        failure = self.failure(outcome)
        if failure is None:
            return
        from IPython.core.getipython import get_ipython

        shell = get_ipython()
        if shell is None:
            print("".join(failure._render_traceback_()), file=sys.stderr)  # type: ignore[attr-defined]
        else:
            shell._showtraceback(type(failure), failure, failure._render_traceback_())  # type: ignore[attr-defined]

    def _living(self) -> Kernel | PlainProcess:
        if self._other is None or not self._other.alive:
            raise CourseError(f"The background cell {self.name!r} is stopped. Run it again.{self.ending}")
        return self._other

    @property
    def ending(self) -> str:
        """How its last run ended and what it printed, as sentences after a space; "" if it went well."""
        outcome = self._run.outcome if self._run else None
        if outcome is None or outcome.status == "ok":
            return ""
        return f" {outcome.ename and f'{outcome.ename}: '}{outcome.evalue} {self._printed()}"

    def _printed(self) -> str:
        tail = self.output[-500:].strip()
        return f"It printed:\n{tail}" if tail else "It printed nothing."


def _prepared(kernel: Kernel) -> Kernel:
    """A spare kernel may be older than a server whose address stands in our environment by now."""
    ours = {name: value for name, value in os.environ.items() if name.startswith("ART_OF_WAITING_")}
    kernel.evaluate(f"__import__('os').environ.update({ours!r})")
    return kernel


def show_here(kind: str, content: dict[str, Any]) -> None:
    """Print or display one Jupyter message of another Python in the current context."""
    if kind == "stream":
        stream = sys.stderr if content["name"] == "stderr" else sys.stdout
        stream.write(content["text"])
        stream.flush()
        return
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.display import clear_output, publish_display_data

    if not InteractiveShell.initialized():
        return
    if kind == "clear_output":
        clear_output(content["wait"])
        return
    # A widget of the other kernel has no model here; its picture and its text say the same.
    data = {mime: value for mime, value in content["data"].items() if mime != WIDGET}
    extra = {"transient": content.get("transient"), "update": kind == "update_display_data"}
    publish_display_data(data, content["metadata"], **extra)


_cells: dict[str, BackgroundCell] = {}


def cells() -> list[BackgroundCell]:
    """All of them, in the order of their first start."""
    return list(_cells.values())


def named(name: str) -> BackgroundCell:
    """The cell of that name, made if there is none yet."""
    return _cells.setdefault(name, BackgroundCell(name))


def cell(name: str) -> BackgroundCell:
    """The background cell `name`. Raises CourseError if it was never started."""
    if name not in _cells:
        known = f" Started so far: {', '.join(_cells)}." if _cells else ""
        raise CourseError(
            f"There is no background cell {name!r}: start it first, run the cell that begins with"
            f" %%background {name}.{known}"
        )
    return _cells[name]


def stop_all() -> None:
    """Stop every background cell."""
    for each in cells():
        each.stop()


@cache
def _quiet_at_exit() -> None:
    """The supervisor ends what is ours when we end; that is no news to print under a cell."""
    atexit.register(_hush_all)


def _hush_all() -> None:
    for each in cells():
        each.hush()
