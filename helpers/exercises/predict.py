"""Predictions: what the learner commits to before the run, and a kind verdict after it.

    guess = predict.number("01 three threads", "How long until all are done?", unit="s", low=0, high=2)
    guess = predict.order("00 who answers first", "Who answers first?", ["memcached", "Redis", "RabbitMQ"])
    guess = predict.choice("00 counting", "Does the answer come later?", ["twice as late", "hardly later"])

    guess.check()
    show(trace, expected=guess)

Each of the three shows its panel at once. The name begins with the number of its lesson. Nothing waits
for a prediction: without one, `check` says the answer, and the course goes on.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from helpers.errors import CourseError
from helpers.exercises.lessons import lesson_of
from helpers.exercises.progress import PREDICTED, store

__all__ = ["Choice", "Number", "Order", "Prediction", "choice", "number", "order"]


def number(name: str, question: str, unit: str = "s", low: float = 0, high: float = 2) -> Number:
    """Ask for a number of `unit`, on a ruler from `low` to `high` (any other number may be typed too)."""
    return Number(name, question, unit=unit, low=low, high=high)


def order(name: str, question: str, items: Sequence[str]) -> Order:
    """Ask in which order the `items` come; they start as given, so do not give the right one."""
    return Order(name, question, items=list(items))


def choice(name: str, question: str, options: Sequence[str]) -> Choice:
    """Ask which of the `options` it is."""
    return Choice(name, question, options=list(options))


class Prediction:
    """One prediction: `value` is None until the learner commits to it, then it stays."""

    kind: ClassVar[str]

    def __init__(self, name: str, question: str, **what: Any) -> None:
        from helpers.exercises.guess_box import GuessBox

        self.name, self.question = name, question
        self.unit: str = what.get("unit", "")
        self.lesson = lesson_of(name)
        self.value: Any = None
        self.box = GuessBox(self.kind, question, what, self._commit)
        self._shown_in = _cell_number()
        self._show()

    def _show(self) -> None:
        from IPython.display import display

        how = f"Prediction: {self.question} Choose in the box, then run the next cell."
        display({**self.box.mime, "text/plain": how}, raw=True)

    def _ipython_display_(self) -> None:
        # As the last line of the cell that made it, its panel is on the screen already.
        if _cell_number() != self._shown_in:
            self._show()

    def __repr__(self) -> str:
        said = "no prediction yet" if self.value is None else self._words(self.value)
        return f"<prediction {self.name!r}: {said}>"

    def _commit(self, value: Any) -> None:
        self.value = value
        store().note(PREDICTED, self.lesson, self.name, json.dumps(value))

    # -- afterwards ---------------------------------------------------------------------------

    def check(
        self,
        answer: Any = None,
        tolerance: float = 0,
        replies: Mapping[Any, str] | None = None,
        *,
        said: str = "",
        also: Sequence[Any] = (),
    ) -> None:
        """Show how the prediction did.

        In a lesson nothing is passed: an answer in the cell below the box would be read too early, so it
        stands in the lesson's `predictions.ANSWERS`, with the other arguments.

        `answer` is what the lesson says, never a measured number: it is part of the stored output.
        Numbers within `tolerance` of it are right, and so are the answers in `also`. `replies` has a
        sentence for a wrong prediction (for the nearest number, within a fifth of it). `said` puts the
        answer in other words.
        """
        from IPython.display import display

        if answer is None:
            self.check(**self._kept())
            return
        truth = f"The answer: {said or self._words(answer)}."
        forms = {
            "text/plain": truth,
            "text/html": self._verdict(answer, tolerance, replies or {}, truth, also),
        }
        display(forms, raw=True)

    def _kept(self) -> dict[str, Any]:
        module = importlib.import_module(f"helpers.exercises.lesson_{self.lesson}.predictions")
        kept: dict[str, Any] | None = module.ANSWERS.get(self.name)
        if kept is None:
            raise CourseError(
                f"There is no answer for {self.name!r} in {module.__name__}.ANSWERS: add one there."
            )
        return kept

    def _verdict(
        self, answer: Any, tolerance: float, replies: Mapping[Any, str], truth: str, also: Sequence[Any]
    ) -> str:
        from helpers.exercises.markup import note

        if self.value is None:
            return note("·", f"{truth} You made no prediction this time: to make one, run its cell again.")
        you = f"You said {self._words(self.value)}"
        if truth == f"The answer: {self._words(self.value)}.":
            return note("✓", f"{you}, and so it is.", good=True)
        if any(self._is_right(right, tolerance) for right in (answer, *also)):
            return note("✓", f"{you}. {truth} You saw it coming.", good=True)
        return note("→", " ".join(filter(None, [f"{you}. {truth}", self._reply(replies)])), good=False)

    def _is_right(self, answer: Any, tolerance: float) -> bool:
        return bool(self.value == answer)

    def _reply(self, replies: Mapping[Any, str]) -> str:
        return next((text for value, text in replies.items() if self._is_right(value, 0)), "")

    def _words(self, value: Any) -> str:
        return str(value)


class Number(Prediction):
    """A number of `unit`."""

    kind = "number"

    def _is_right(self, answer: Any, tolerance: float) -> bool:
        return bool(abs(self.value - answer) <= tolerance + 1e-9)

    def _reply(self, replies: Mapping[Any, str]) -> str:
        near = [value for value in replies if abs(self.value - value) <= 0.2 * abs(value) + 1e-9]
        return replies[min(near, key=lambda value: abs(self.value - value))] if near else ""

    def _words(self, value: Any) -> str:
        return f"{value:g} {self.unit}".strip()


class Order(Prediction):
    """An order of items, as a list."""

    kind = "order"

    def _is_right(self, answer: Any, tolerance: float) -> bool:
        return list(self.value) == list(answer)

    def _words(self, value: Any) -> str:
        return ", then ".join(value)


class Choice(Prediction):
    """One of some options, as its text."""

    kind = "choice"

    def _words(self, value: Any) -> str:
        return f"“{value}”"


def _cell_number() -> int:
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    return shell.execution_count if shell else 0
