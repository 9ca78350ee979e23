"""Whether the servers are there: found, started, answered; as a table, as text and as a recording."""

from __future__ import annotations

import html
import time
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Thread
from typing import Any

from helpers.errors import CourseError
from helpers.services import programs
from helpers.services.service import Service
from helpers.tracing.trace import Mark, Span, Trace

__all__ = ["Readiness", "Row", "ask", "start"]

_NEEDED_BY = {
    "memcached": "lessons 20 and 22 to 24",
    "redis": "lessons 21 to 24",
    "rabbitmq": "lessons 14 to 19, 23 and 24",
}


@dataclass
class Row:
    """What is known of one server."""

    name: str
    title: str
    found: bool = False
    """The program is installed on this machine."""
    version: str = ""
    started: bool = False
    """A process of yours runs it."""
    answered: bool = False
    """It replied in its own protocol."""
    ready_after: float | None = None
    """Seconds from the start of the process to the first answer."""
    memory: int = 0
    """Bytes."""
    remedy: str = ""
    """The command that gets a missing server."""
    trouble: str = ""
    """Why it did not start, if it did not."""

    def __str__(self) -> str:
        if self.answered:
            return f"{self.title} answered"
        if not self.found:
            return (
                f"{self.title} is missing: type {self.remedy} in a terminal. "
                f"Only {_NEEDED_BY[self.name]} need it; go on with the others."
            )
        if self.trouble:
            return f"{self.title} did not start. {self.trouble}"
        return f"{self.title} {'runs, but does not answer' if self.started else 'is not running'}"


class Readiness:
    """One row a server, in the order in which they usually answer, and a `trace` of the start.

    In a notebook it shows as a table; as text it is one line a server, the same for every good start.
    """

    def __init__(self, rows: Sequence[Row], trace: Trace) -> None:
        self.rows = list(rows)
        self.trace = trace

    def __repr__(self) -> str:
        return "\n".join(map(str, self.rows))

    def __getitem__(self, name: str) -> Row:
        return next(row for row in self.rows if row.name == name)

    def html(self) -> str:
        """The table, in the colors of the page around it."""
        heads = ("server", "version", "found", "started", "answered", "ready after", "memory")
        head = "".join(f'<th scope="col" style="{_CELL}">{text}</th>' for text in heads)
        body = "".join(_line(row) for row in self.rows)
        notes = "".join(
            _note(row) for row in self.rows if not row.answered and (row.trouble or not row.found)
        )
        return f'<table style="{_TABLE}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{notes}'

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        # A widget, not text/html: seconds and versions differ on each run, and stored HTML would be compared.
        import ipywidgets

        bundle = ipywidgets.HTML(self.html())._repr_mimebundle_() or {}
        return {**bundle, "text/plain": repr(self)}


def start(services: Sequence[Service]) -> Readiness:
    """Starts `services` side by side, and waits until each answers or has failed. Raises nothing."""
    origin = time.perf_counter_ns()
    rows = [Row(service.name, service.title) for service in services]
    works = [Thread(target=_start, args=pair, daemon=True) for pair in zip(services, rows, strict=True)]
    for work in works:
        work.start()
    for work in works:
        work.join()
    return _readiness("the servers start", services, rows, origin)


def ask(services: Sequence[Service]) -> Readiness:
    """The same table for the servers as they are, without starting any."""
    origin = time.perf_counter_ns()
    rows = [Row(service.name, service.title) for service in services]
    for service, row in zip(services, rows, strict=True):
        _look(service, row)
    return _readiness("the servers as they are", services, rows, origin)


def _start(service: Service, row: Row) -> None:
    try:
        service.start()
    except CourseError as error:
        row.trouble = str(error)
    _look(service, row)


def _look(service: Service, row: Row) -> None:
    row.started = service.running
    if row.started:
        row.found, row.version = True, service.version
    elif program := programs.find(service.name):
        row.found, row.version = True, program.version
    else:
        row.remedy = programs.remedy(service.name)
    row.answered = row.started and service.answers()
    if row.answered:
        row.ready_after = service.answered - service.spawned
        row.memory = service.memory()


def _readiness(title: str, services: Sequence[Service], rows: list[Row], origin: int) -> Readiness:
    now = (time.perf_counter_ns() - origin) / 1e9
    trace = Trace(title=title, lanes=[row.title for row in rows], duration=now, origin_ns=origin)
    for service, row in zip(services, rows, strict=True):
        # One that was running before answers at once: its lane has a mark and no span.
        began, answered = (max(0.0, moment - origin / 1e9) for moment in (service.spawned, service.answered))
        if row.answered and answered > began:
            trace.spans.append(Span(row.title, "starting", began, answered))
        word = "answered" if row.answered else "no answer" if row.found else "missing"
        trace.marks.append(Mark(row.title, answered if row.answered else now, word))
    return Readiness(rows, trace)


# -- the table ------------------------------------------------------------------------------

_TABLE = "border-collapse: collapse; color: var(--jp-content-font-color1, inherit); line-height: 1.6"
_CELL = (
    "text-align: left; padding: 0.1em 1.2em 0.1em 0; border-bottom: 1px solid var(--jp-border-color2, #9998)"
)
_GOOD = "color: var(--jp-success-color1, #388e3c)"
_BAD = "color: var(--jp-error-color1, #d32f2f)"


def _line(row: Row) -> str:
    seconds = "" if row.ready_after is None else f"{row.ready_after:.2f} s"
    cells = [row.version, _check(row.found), _check(row.started), _check(row.answered), seconds]
    cells.append(f"{row.memory / 1e6:.0f} MB" if row.memory else "")
    name = f'<th scope="row" style="{_CELL}">{html.escape(row.title)}</th>'
    return f"<tr>{name}" + "".join(f'<td style="{_CELL}">{cell}</td>' for cell in cells) + "</tr>"


def _check(true: bool) -> str:
    return f'<span style="{_GOOD}">✓</span> yes' if true else f'<span style="{_BAD}">✗</span> no'


def _note(row: Row) -> str:
    return f'<p style="{_BAD}; white-space: pre-wrap">{html.escape(str(row))}</p>'
