"""Predictions: what the learner commits to before the run, and a kind verdict after it.

    guess = predict.number("01 three threads", "How long until all are done?", unit="s", low=0, high=2)
    guess = predict.order("00 who answers first", "Who answers first?", ["memcached", "Redis", "RabbitMQ"])
    guess = predict.choice("00 counting", "Does the answer come later?", ["twice as late", "hardly later"])
    guess = predict.grid("17 error keys", "Who gets it?", ["order.new", "order.error"], ["audit", "pager"])

    guess.check()
    show(trace, expected=guess)

Each of the four shows its panel at once. The name begins with the number of its lesson. Nothing waits
for a prediction: without one, `check` says the answer, and the course goes on.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from helpers.errors import CourseError
from helpers.exercises.grid import Cell, Sheet
from helpers.exercises.lessons import lesson_of
from helpers.exercises.progress import PREDICTED, store

__all__ = ["Choice", "Grid", "Number", "Order", "Prediction", "choice", "grid", "number", "order"]

_NONE_MADE = "You made no prediction this time: to make one, run its cell again."


def number(name: str, question: str, unit: str = "s", low: float = 0, high: float = 2) -> Number:
    """Ask for a number of `unit`, on a ruler from `low` to `high` (any other number may be typed too)."""
    return Number(name, question, unit=unit, low=low, high=high)


def order(name: str, question: str, items: Sequence[str]) -> Order:
    """Ask in which order the `items` come; they start as given, so do not give the right one."""
    return Order(name, question, items=list(items))


def choice(name: str, question: str, options: Sequence[str]) -> Choice:
    """Ask which of the `options` it is."""
    return Choice(name, question, options=list(options))


def grid(name: str, question: str, rows: Sequence[str], columns: Sequence[str], one: bool = False) -> Grid:
    """Ask for each of the `rows` which of the `columns` are right: any number of them, or exactly `one`."""
    return Grid(name, question, rows=list(rows), columns=list(columns), one=one)


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
        sentence for a wrong prediction: for the nearest number, within a fifth of it; in a grid, for a wrong
        cell (row, column) or any in a row, and the first that applies is said. `said` puts the answer in
        other words.
        """
        from IPython.display import display

        if answer is None:
            self.check(**self._kept())
            return
        display(self._forms(answer, tolerance, replies or {}, said, also), raw=True)

    def _kept(self) -> dict[str, Any]:
        module = importlib.import_module(f"helpers.exercises.lesson_{self.lesson}.predictions")
        kept: dict[str, Any] | None = module.ANSWERS.get(self.name)
        if kept is None:
            raise CourseError(
                f"There is no answer for {self.name!r} in {module.__name__}.ANSWERS: add one there."
            )
        return kept

    def _forms(
        self, answer: Any, tolerance: float, replies: Mapping[Any, str], said: str, also: Sequence[Any]
    ) -> dict[str, str]:
        truth = f"The answer: {said or self._words(answer)}."
        return {"text/plain": truth, "text/html": self._verdict(answer, tolerance, replies, truth, also)}

    def _verdict(
        self, answer: Any, tolerance: float, replies: Mapping[Any, str], truth: str, also: Sequence[Any]
    ) -> str:
        from helpers.exercises.markup import note

        if self.value is None:
            return note("·", f"{truth} {_NONE_MADE}")
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


class Grid(Prediction):
    """For each row the columns that are ticked, as {row: [columns]}.

    An answer is such a dictionary too, or {row: column}; each row of the grid is in it.
    """

    kind = "grid"

    def __init__(self, name: str, question: str, **what: Any) -> None:
        self.sheet = Sheet(what["rows"], what["columns"], what["one"])
        super().__init__(name, question, **what, widths=self.sheet.widths())

    def _commit(self, value: Any) -> None:
        super()._commit(self.sheet.read(value))

    def _forms(
        self, answer: Any, tolerance: float, replies: Mapping[Any, str], said: str, also: Sequence[Any]
    ) -> dict[str, str]:
        ticks = self.sheet.read(answer)
        # Who is right in another way sees that one.
        seen = self.value if any(self._is_right(other, tolerance) for other in also) else ticks
        wrong = [] if self.value is None else self.sheet.wrong(self.value, seen)
        heading = f"The answer: {said}." if said else "The answer:"
        told = self._note(wrong, replies, heading if said else "")
        return {
            "text/plain": f"{heading}\n{self.sheet.text(ticks)}",
            "text/html": told + self.sheet.html(seen, wrong, self.question),
        }

    def _note(self, wrong: Sequence[Cell], replies: Mapping[Any, str], truth: str) -> str:
        from helpers.exercises.markup import note

        if self.value is None:
            return note("·", f"{truth or 'Here is the answer.'} {_NONE_MADE}")
        score = self.sheet.score(wrong)
        if not wrong:
            return note("✓", " ".join(filter(None, [f"{score}.", truth, "You saw it coming."])), good=True)
        places = {*wrong, *(row for row, _ in wrong)}
        reply = next((text for place, text in replies.items() if place in places), "")
        score += "; framed is where you said something else."
        return note("→", " ".join(filter(None, [score, truth, reply])), good=False)

    def _is_right(self, answer: Any, tolerance: float) -> bool:
        return bool(self.value == self.sheet.read(answer))

    def _words(self, value: Any) -> str:
        return "; ".join(f"{row}: {', '.join(ticked) or 'nothing'}" for row, ticked in value.items())


def _cell_number() -> int:
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    return shell.execution_count if shell else 0
