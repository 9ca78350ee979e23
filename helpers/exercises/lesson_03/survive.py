"""A loop that survives its handlers."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import Empty, Queue
from typing import Any

from helpers.devices.device import Event
from helpers.exercises.exercise import Answer, Exercise, Miss, Wrong

__all__ = ["EXERCISE"]

STARTER = '''\
def run(events, handlers):
    """Take events from the queue and call handlers[event.kind](event), until "quit" comes.

    Return the exceptions that handlers have raised, as a list.
    """
    failures = []
    while True:
        event = events.get()
        if event.kind == "quit":
            return failures
        handlers[event.kind](event)
'''
SOLUTION = """\
def run(events, handlers):
    failures = []
    while True:
        event = events.get()
        if event.kind == "quit":
            return failures
        if event.kind in handlers:
            try:
                handlers[event.kind](event)
            except Exception as error:
                failures.append(error)
"""
DIED = "Handled 2, left in the queue 3: a handler raised, and the loop died with it. Guard the call in it."
UNKNOWN = "Nobody listens to “scroll”, and that is no failure: look first whether there is a handler for it."
KINDS = ("click", "key", "bad", "click", "key", "click")
LATER = 0.15
"""Seconds after which an event comes that the loop has to wait for."""


class _PastQuit(BaseException):
    pass


class _Events(Queue[Event]):
    """A queue that nobody can wait at for ever: behind "quit" nothing comes."""

    def __init__(self, *kinds: str) -> None:
        super().__init__()
        self.over = False
        for kind in kinds:
            self.put(Event(kind))

    def get(self, block: bool = True, timeout: float | None = None) -> Event:
        if self.over:
            raise _PastQuit
        event = super().get(block, timeout)
        self.over = event.kind == "quit"
        return event


def check_survive(answer: Answer) -> None:
    run = answer.function("run", "def run(events, handlers):")
    _bad_handler(run)
    _other_mistakes(run)
    _unknown_kind(run)
    _late_event(run)
    _interrupted(run)


def _called(run: Callable[..., Any], events: _Events, handlers: dict[str, Callable[[Event], Any]]) -> Any:
    try:
        return run(events, handlers)
    except _PastQuit:
        raise Miss("You read on after “quit”, where nothing will ever come: it ends the loop.") from None


def _bad_handler(run: Callable[..., Any]) -> None:
    handled: list[str] = []

    def note(event: Event) -> None:
        handled.append(event.kind)

    error = ValueError("a handler's own mistake")

    def fail(event: Event) -> None:
        raise error

    try:
        failures = _called(run, _Events(*KINDS, "quit"), {"click": note, "key": note, "bad": fail})
    except ValueError as raised:
        if raised is not error:
            raise
        raise Miss(DIED) from None
    if handled == ["click", "key"]:
        raise Miss(
            "The first failure ended the loop, and three events stayed in the queue: put the `try` inside."
        )
    if handled != ["click", "key", "click", "key", "click"]:
        raise Miss(f"Five good events and a bad one were queued, and these were handled: {handled!r:.80}.")
    if not failures:
        raise Miss("A handler failed and nobody will ever know: collect the exceptions and return them.")
    if not isinstance(failures, list) or failures != [error]:
        raise Miss(f"Return a list with the one exception that was raised; yours is {failures!r:.60}.")


def _other_mistakes(run: Callable[..., Any]) -> None:
    for error in (KeyError("a handler's own"), ZeroDivisionError("a handler's own")):

        def fail(event: Event, error: Exception = error) -> None:
            raise error

        name = type(error).__name__
        try:
            failures = _called(run, _Events("bad", "quit"), {"bad": fail})
        except type(error):
            raise Miss(f"A handler raised {name}, and the loop died with it: guard against any.") from None
        if failures != [error]:
            raise Miss(f"A handler raised {name}, and nobody will ever know: it belongs into the list, too.")


def _unknown_kind(run: Callable[..., Any]) -> None:
    try:
        failures = _called(run, _Events("scroll", "quit"), {})
    except KeyError:
        raise Miss(UNKNOWN) from None
    if failures:
        raise Miss(UNKNOWN)


def _late_event(run: Callable[..., Any]) -> None:
    handled: list[Event] = []
    events = _Events()

    def come_later() -> None:
        events.put(Event("click"))
        events.put(Event("quit"))

    later = threading.Timer(LATER, come_later)
    later.start()
    try:
        _called(run, events, {"click": handled.append})
    except Empty:
        pass
    finally:
        later.cancel()
        later.join()
    if not handled:
        raise Miss(
            "An event that came a moment later was never read: wait with `events.get()`, until “quit”."
        )


def _interrupted(run: Callable[..., Any]) -> None:
    def ctrl_c(event: Event) -> None:
        raise KeyboardInterrupt

    try:
        _called(run, _Events("click", "quit"), {"click": ctrl_c})
    except KeyboardInterrupt:
        return
    raise Miss("You swallowed Ctrl-C: this loop can't be stopped. `except Exception` lets it through.")


def _source(*lines: str, head: str = "while True:") -> str:
    body = "".join(f"        {line}\n" for line in lines)
    return f"def run(events, handlers):\n    failures = []\n    {head}\n{body}    return failures\n"


TAKE = ("event = events.get()", 'if event.kind == "quit":', "    return failures")
CALL = "        handlers[event.kind](event)"
GUARD = ("if event.kind in handlers:", "    try:", CALL)
KEEP = "        failures.append(error)"

WRONG = (
    Wrong(
        _source(*TAKE, "if event.kind in handlers:", "    handlers[event.kind](event)"),
        "Handled 2, left in the queue 3",
    ),
    Wrong(
        "def run(events, handlers):\n    failures = []\n    try:\n"
        '        while (event := events.get()).kind != "quit":\n            handlers[event.kind](event)\n'
        "    except Exception as error:\n        failures.append(error)\n    return failures\n",
        "put the `try` inside",
    ),
    Wrong(
        _source(*TAKE, *GUARD, "    except:", "        failures.append(Exception())"),
        "Return a list with the one",
    ),
    Wrong(_source(*TAKE, *GUARD, "    except BaseException as error:", KEEP), "You swallowed Ctrl-C"),
    Wrong(_source(*TAKE, *GUARD, "    except Exception:", "        pass"), "nobody will ever know"),
    Wrong(
        _source(*TAKE, *GUARD, "    except Exception as error:", KEEP, head="while not events.empty():"),
        "An event that came a moment later was never read",
    ),
    Wrong(
        _source(
            *TAKE,
            "try:",
            "    handlers[event.kind](event)",
            "except Exception as error:",
            "    failures.append(error)",
        ),
        "Nobody listens to “scroll”",
    ),
    Wrong(
        _source("event = events.get()", *GUARD, "    except Exception as error:", KEEP),
        "You read on after “quit”",
    ),
    Wrong(
        _source(
            *TAKE,
            "try:",
            "    handlers[event.kind](event)",
            "except KeyError:",
            "    pass",
            "except Exception as error:",
            "    failures.append(error)",
        ),
        "A handler raised KeyError, and nobody will ever know",
    ),
    Wrong(_source(*TAKE, *GUARD, "    except ValueError as error:", KEEP), "the loop died with it: guard"),
)

EXERCISE = Exercise(
    name="survive",
    lesson="03",
    title="A loop that survives its handlers",
    starter=STARTER,
    solution=SOLUTION,
    hints=(
        "One `try`, around one call: inside the loop.",
        "`except Exception as error` catches what handlers raise, and lets Ctrl-C through.",
        "A kind that is not in `handlers` is skipped before the `try`.",
    ),
    check=check_survive,
    starter_message=DIED,
    wrong=WRONG,
    passed="Handled 5, failed 1, left in the queue 0.",
)
