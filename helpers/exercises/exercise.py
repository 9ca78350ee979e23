"""What an exercise is, and what its check has to work with.

A check runs in the exercise's own kernel, on what the learner's cell defined there. It tries the code
out, never reads it, and raises `Miss` with the one thing to say.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from helpers.errors import CourseError
from helpers.tracing import Trace

__all__ = ["Answer", "Exercise", "Miss", "Seen", "Wrong", "exercises", "find", "is_number"]

WITH_EXERCISES = ("00", "01", "02", "03", "05", "07", "08", "14", "15", "16", "17", "18", "20", "21", "22")
"""Lessons that have a module of exercises here."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Recordings that the check made, to be drawn under the message, with the learner's number over them."""

    traces: list[Trace]
    expected: list[float | None] | None = None


class Miss(Exception):
    """The answer is not right yet; the message says what to do next."""

    def __init__(self, message: str, seen: Seen | None = None) -> None:
        super().__init__(message)
        self.seen = seen


@dataclass(frozen=True, slots=True)
class Wrong:
    """A wrong answer that people really give, and what the message for it contains."""

    source: str
    message: str


class Answer:
    """The names that the learner's cell defined."""

    def __init__(self, names: dict[str, Any]) -> None:
        self.names = names

    def function(self, name: str, first_line: str) -> Callable[..., Any]:
        """The learner's function `name`; raises Miss, with the starter's `first_line`, if there is none."""
        found = self.names.get(name)
        if found is None:
            raise Miss(f"There is no function `{name}` in your cell. Begin it with `{first_line}`")
        if not callable(found):
            kind = type(found).__name__
            raise Miss(
                f"`{name}` should be a function and is of type {kind} now. Begin it with `{first_line}`"
            )
        if inspect.iscoroutinefunction(found) and not first_line.startswith("async"):
            raise Miss(f"`{name}` needs no `async`: nobody awaits it here. Begin it with `{first_line}`")
        return found


@dataclass(frozen=True, slots=True)
class Exercise:
    """One exercise.

    `check` gets an Answer and returns what to draw, or None; it may be a coroutine function. `time_limit`
    is in seconds, for the cell and for the check each. `builds_on` names exercises whose functions it
    needs: the learner's own if they passed, else the solution's. `passed` is said after a pass.
    """

    name: str
    lesson: str
    title: str
    starter: str
    solution: str
    hints: tuple[str, ...]
    check: Callable[[Answer], Any]
    starter_message: str
    wrong: tuple[Wrong, ...]
    passed: str = ""
    time_limit: float = 5.0
    builds_on: tuple[str, ...] = ()
    asks: bool = field(default=False)
    """Whether the answer asks the slow site, which must then run before the clock starts."""
    broker: bool = field(default=False)
    """Whether it speaks to RabbitMQ: the notebook's own, which must run, too."""


@cache
def exercises() -> dict[str, Exercise]:
    """All exercises of the course, by name, in the order of the lessons."""
    found: dict[str, Exercise] = {}
    for number in WITH_EXERCISES:
        module = importlib.import_module(f"helpers.exercises.lesson_{number}")
        found |= {exercise.name: exercise for exercise in module.EXERCISES}
    return found


def find(name: str) -> Exercise:
    """The exercise `name`. Raises CourseError, with the names there are, if there is none."""
    known = exercises()
    if name not in known:
        raise CourseError(
            f"There is no exercise {name!r}. The cell's first line is %%exercise and one of these names: "
            f"{', '.join(known)}."
        )
    return known[name]


def is_number(value: object) -> bool:
    """Whether `value` is a number (True and False are none)."""
    return isinstance(value, int | float) and not isinstance(value, bool)
