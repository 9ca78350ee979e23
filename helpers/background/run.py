"""One run of some code in another Python: its output as it comes, and how it ended."""

from __future__ import annotations

import base64
import pickle
import signal
import threading
import time
import traceback
from collections.abc import Callable
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from typing import Any

from helpers.errors import CourseError

__all__ = ["OUTPUT_LIMIT", "OnOutput", "Outcome", "Run", "how_it_ended", "unpack"]

OUTPUT_LIMIT = 100_000
"""Characters of output that one run may show."""
A_DISPLAY = 1_000
"""What something displayed counts for: its pictures may be large, but a loop must not show them for ever."""

OnOutput = Callable[[str, dict[str, Any]], None]
"""Called with the type and the content of a Jupyter message: ``("stream", {"name": "stdout", "text": …})``,
``display_data``, ``execute_result``, ``update_display_data`` or ``clear_output``."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended.

    ``status`` is "ok", "error" (an exception: ``ename``, ``evalue`` and the colored lines of ``traceback``),
    "timeout" (``traceback`` says where it was) or "died" (``evalue`` says how). ``stdout`` is all that was
    printed, stderr included, cut at the run's limit.
    """

    status: str
    stdout: str = ""
    ename: str = ""
    evalue: str = ""
    traceback: list[str] = field(default_factory=list)


class Run:
    """One run: filled by the thread that listens to the other Python, waited for by anyone.

    `on_output` is called in that thread, but in the context of whoever made the Run: ipykernel sends what
    is printed and displayed there to the cell that is this context's, whichever cell runs meanwhile.
    """

    def __init__(self, on_output: OnOutput | None = None, output_limit: int = OUTPUT_LIMIT) -> None:
        self.outcome: Outcome | None = None
        self._on_output, self._limit = on_output, output_limit
        self._context = copy_context()
        self._changed = threading.Condition()
        self._when_over: Callable[[Outcome], None] | None = None
        self._text: list[str] = []
        self._size = 0

    @property
    def text(self) -> str:
        """What it printed so far."""
        with self._changed:
            return "".join(self._text)

    # -- for the listening thread -------------------------------------------------------------

    def hear(self, kind: str, content: dict[str, Any]) -> None:
        """Keep and pass on one piece of output, unless the limit is reached."""
        if self._size > self._limit:
            return
        stream = kind == "stream"
        size = len(content["text"]) if stream else A_DISPLAY
        room = self._limit - self._size
        if cut := size > room:
            kept = content["text"][:room].rpartition("\n")[0] if stream else ""
            text = f"{kept}\n[The output is cut here: it is longer than {self._limit:,} characters.]\n"
            kind, content = "stream", {"name": content.get("name", "stdout"), "text": text}
        # Shown first: whoever waits for a line goes on when it is on the screen.
        if self._on_output:
            try:
                self._context.run(self._on_output, kind, content)
            except Exception:
                self._on_output = None  # the run goes on: whoever waits for it must not wait for ever
                traceback.print_exc()
        with self._changed:
            self._size += size
            if stream or cut:
                self._text.append(content["text"])
            self._changed.notify_all()

    def end(self, outcome: Outcome) -> None:
        """The run is over; only the first call counts."""
        with self._changed:
            if self.outcome is not None:
                return
            self.outcome = replace(outcome, stdout="".join(self._text))
            self._changed.notify_all()
        if self._when_over:
            self._context.run(self._when_over, self.outcome)

    # -- for those who wait -------------------------------------------------------------------

    def wait(self, timeout: float | None = None) -> Outcome | None:
        """The outcome, or None if it is not over after `timeout` seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self.outcome is not None, timeout)
            return self.outcome

    def when_over(self, callback: Callable[[Outcome], None]) -> Outcome | None:
        """The outcome if it is over; else None, and `callback` gets it later, in the context of the Run."""
        with self._changed:
            if self.outcome is None:
                self._when_over = callback
            return self.outcome

    def wait_for(self, text: str, timeout: float) -> str | None:
        """The first line that has `text` in it, or None: not printed within `timeout` seconds, or over."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while True:
                whole = "".join(self._text)
                over = self.outcome is not None
                lines = whole.splitlines()
                if lines and not over and not whole.endswith("\n"):
                    lines.pop()  # the rest of this line is still to come
                if found := next((line for line in lines if text in line), None):
                    return found
                if over or not self._changed.wait(max(0.0, deadline - time.monotonic())):
                    return None


def how_it_ended(returncode: int | None) -> str:
    """In words: what a process's return code says about its end."""
    if returncode is None:
        return "it ended"
    if returncode >= 0:
        return f"it ended with exit code {returncode}"
    try:
        return f"it was killed by {signal.Signals(-returncode).name}"
    except ValueError:
        return f"it was killed by signal {-returncode}"


def unpack(expression: str, answer: dict[str, str]) -> Any:
    """The value that `helpers.background.inside.pack` packed; raises CourseError if there was none."""
    if answer["status"] == "ok":
        try:
            return pickle.loads(base64.b64decode(answer["packed"]))
        except Exception as error:
            raise CourseError(f"The value of {expression!r} cannot be used here ({error}).") from None
    why = f"{answer['ename']}: {answer['evalue']}"
    if answer["ename"] == "PicklingError":
        raise CourseError(f"The value of {expression!r} cannot leave its process ({answer['evalue']}).")
    if answer["ename"] == "NameError":
        raise CourseError(f"There is no {expression!r} over there ({why}). Was its line reached?")
    raise CourseError(f"{expression!r} has no value over there: {why}.")
