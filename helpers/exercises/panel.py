"""What stands under an exercise's cell: one message, hints one at a time, the solution when it is time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from IPython.display import display

from helpers.exercises.exercise import Exercise
from helpers.exercises.inside import Verdict
from helpers.exercises.markup import note, program, sentence
from helpers.exercises.progress import PASSED, TRIED, store

if TYPE_CHECKING:
    import ipywidgets

__all__ = ["TRIES", "show_verdict", "tries_left"]

TRIES = 3
"""Different answers (the starter is none) after which the solution opens without a pass."""

_hints_open: dict[str, int] = {}
"""How many hints of an exercise were opened in this kernel: they stay open in the next try."""


def tries_left(exercise: Exercise) -> int:
    """How many more tries until the solution opens; 0 after a pass."""
    if exercise.name in store().passed():
        return 0
    return max(0, TRIES - len(store().sources(TRIED, exercise.name)))


def show_verdict(exercise: Exercise, source: str, verdict: Verdict) -> None:
    """Note the try, and show what came out of it."""
    if source.strip() != exercise.starter.strip():
        store().note(PASSED if verdict.passed else TRIED, exercise.lesson, exercise.name, source)
    panel = Panel(exercise, verdict)
    display({**panel.mime, "text/plain": verdict.message}, raw=True)
    if verdict.seen and verdict.seen.traces:
        from helpers.views import show

        show(*verdict.seen.traces, expected=verdict.seen.expected)


class Panel:
    """The message with its two buttons."""

    def __init__(self, exercise: Exercise, verdict: Verdict) -> None:
        import ipywidgets

        self.exercise = exercise
        sign = "✓" if verdict.passed else "✗"
        self.message = ipywidgets.HTML(note(sign, verdict.message, good=verdict.passed))
        self.hints = ipywidgets.HTML(layout={"display": "none"})
        self.solution = ipywidgets.HTML(program(exercise.solution), layout={"display": "none"})
        self.hint_button = ipywidgets.Button(icon="lightbulb-o")
        self.hint_button.on_click(self._next_hint)
        self.solution_button = ipywidgets.Button(icon="key")
        self.solution_button.on_click(self._turn_solution)
        for button in (self.hint_button, self.solution_button):
            button.layout.width = "auto"
        self._draw_hints()
        self._draw_solution_button()
        buttons = ipywidgets.HBox([self.hint_button, self.solution_button])
        self.box = ipywidgets.VBox([self.message, buttons, self.hints, self.solution])

    @property
    def mime(self) -> dict[str, Any]:
        """The widget as a display bundle."""
        return dict(self.box._repr_mimebundle_())

    def _next_hint(self, _: ipywidgets.Button) -> None:
        _hints_open[self.exercise.name] = _hints_open.get(self.exercise.name, 0) + 1
        self._draw_hints()

    def _draw_hints(self) -> None:
        hints = self.exercise.hints
        opened = min(_hints_open.get(self.exercise.name, 0), len(hints))
        items = "".join(f"<li>{sentence(hint)}</li>" for hint in hints[:opened])
        self.hints.value = f'<ol style="margin:4px 0" role="status" aria-label="Hints">{items}</ol>'
        self.hints.layout.display = "" if opened else "none"
        self.hint_button.disabled = opened == len(hints)
        self.hint_button.description = (
            "No more hints" if opened == len(hints) else f"Hint {opened + 1} of {len(hints)}"
        )

    def _turn_solution(self, _: ipywidgets.Button) -> None:
        if not tries_left(self.exercise):
            self.solution.layout.display = "none" if self.solution.layout.display != "none" else ""
        self._draw_solution_button()

    def _draw_solution_button(self) -> None:
        left = tries_left(self.exercise)
        self.solution_button.disabled = left > 0
        if left:
            self.solution_button.description = f"Solution after {left} more {'try' if left == 1 else 'tries'}"
        else:
            opened = self.solution.layout.display != "none"
            self.solution_button.description = "Hide the solution" if opened else "A solution"
