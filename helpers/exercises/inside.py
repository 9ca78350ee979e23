"""The part of an exercise that runs in the exercise's own kernel: the check, on the learner's names."""

from __future__ import annotations

import linecache
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from helpers.exercises.exercise import Answer, Exercise, Miss, Seen, find

__all__ = ["Verdict", "examine", "examine_async", "last"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came out: one message, and perhaps recordings to draw under it."""

    passed: bool
    message: str
    seen: Seen | None = None


last: Verdict | None = None
"""What `examine` found."""


def examine(name: str, names: dict[str, Any]) -> None:
    """Check the exercise `name` on the learner's `names`, and leave the Verdict in `last`."""
    global last
    last = None
    exercise = find(name)
    try:
        last = _passed(exercise, exercise.check(Answer(names)))
    except (Exception, SystemExit) as error:
        last = _not_passed(error, names)


async def examine_async(name: str, names: dict[str, Any]) -> None:
    """`examine` for a check that is a coroutine function.

    Not used for the others: while a cell awaits, an interrupt can't reach a loop that never ends.
    """
    global last
    last = None
    exercise = find(name)
    try:
        last = _passed(exercise, await exercise.check(Answer(names)))
    except (Exception, SystemExit) as error:
        last = _not_passed(error, names)


def _passed(exercise: Exercise, seen: Seen | None) -> Verdict:
    return Verdict(True, f"Passed. {exercise.passed}".strip(), seen)


def _not_passed(error: Exception | SystemExit, names: dict[str, Any]) -> Verdict:
    """The one thing to say; what is not the learner's doing is raised again."""
    if isinstance(error, Miss):
        return Verdict(False, str(error), error.seen)
    if isinstance(error, SystemExit):
        return Verdict(False, "Your code called sys.exit(), which ends Python. Return a value instead.")
    where = _where(error.__traceback__, names)
    if where is None and not isinstance(error, TypeError):
        raise error
    return Verdict(False, _raised(error, where))


def _raised(error: Exception, where: tuple[int, str] | None) -> str:
    kind, text = type(error).__name__, str(error)
    what = f"{kind}: {text}" if text else kind
    if where is None:  # the call itself failed: the parameters are not those of the starter
        return f"Your function could not be called ({text}). Keep the parameters of the starter's first line."
    line, source = where
    return f"Your code stopped with {what}, in line {line}: `{source}`."


def _where(traceback: TracebackType | None, names: dict[str, Any]) -> tuple[int, str] | None:
    """The last line of the learner's own that the exception went through."""
    found = None
    while traceback is not None:
        frame = traceback.tb_frame
        if frame.f_globals is names:
            source = linecache.getline(frame.f_code.co_filename, traceback.tb_lineno).strip()
            found = traceback.tb_lineno, source
        traceback = traceback.tb_next
    return found
