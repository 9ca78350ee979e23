"""A game of routing puzzles: you tick which queue gets which message, and a real broker answers."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain, cycle
from pathlib import Path
from random import Random
from typing import Any

import anywidget
import traitlets

from helpers.errors import CourseError
from helpers.exercises.grid import Sheet
from helpers.queues.puzzles import Puzzle, make
from helpers.queues.routes import words
from helpers.views import palette

__all__ = ["PuzzleBox", "routing_game"]

ORDER = ("direct", "topic", "topic", "headers")
"""Kinds of the first puzzles; after them come topics and headers in turn."""
HERE = Path(__file__).parent
EXERCISES = HERE.parent / "exercises"


def routing_game(seed: int = 1) -> None:
    """Show a game of routing puzzles, which keeps the score; the same `seed` gives the same puzzles."""
    from IPython.display import display

    display(PuzzleBox(seed).mime, raw=True)


class PuzzleBox(anywidget.AnyWidget):
    """One puzzle after another, with a score of cells and of puzzles without a mistake.

    The page sends ``{"kind": "answer", "ticks": …}`` and ``{"kind": "next"}``.
    """

    _esm = "\n".join(path.read_text("utf-8") for path in (EXERCISES / "grid_box.js", HERE / "puzzle_box.js"))
    _css = (
        palette.css()
        + "".join(
            (EXERCISES / name).read_text("utf-8")
            for name in ("guess_box.css", "grid_box.css", "grid_truth.css")
        )
        + (HERE / "puzzle_box.css").read_text("utf-8")
    )

    puzzle = traitlets.Dict().tag(sync=True)
    """What is asked: number, kind, bindings, and the grid."""
    verdict = traitlets.Dict().tag(sync=True)
    """What came out: a sentence, and the truth as HTML; empty until the broker was asked."""
    score = traitlets.Unicode().tag(sync=True)
    trouble = traitlets.Unicode().tag(sync=True)
    """Why the broker could not be asked."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._random = Random(seed)
        self._kinds = chain(ORDER, cycle(("topic", "headers")))
        self._asked = self._cells = self._right = self._faultless = 0
        self._now = self._next()
        self.on_msg(self._heard)

    @property
    def mime(self) -> dict[str, Any]:
        """The game as a display bundle; its text holds the first puzzle, and never the score."""
        bundle = self._repr_mimebundle_()
        forms = dict(bundle[0] if isinstance(bundle, tuple) else bundle or {})
        text = (
            f"Routing game: tick which queue gets which message, and ask the broker. Puzzle 1:\n{self._now}"
        )
        return {**forms, "text/plain": text}

    def _next(self) -> Puzzle:
        self._now = make(next(self._kinds), self._random)
        self._asked += 1
        self._sheet = Sheet(self._now.rows, self._now.queues)
        self.verdict, self.trouble = {}, ""
        self.puzzle = {
            "number": self._asked,
            "kind": self._now.kind,
            "bindings": [[queue, list(map(words, each))] for queue, each in self._now.bindings.items()],
            "rows": self._now.rows,
            "columns": self._now.queues,
            "one": False,
            "widths": self._sheet.widths(),
        }
        return self._now

    def _heard(self, _: object, content: Mapping[str, Any], __: object) -> None:
        if content.get("kind") == "next" and self.verdict:
            self._next()
        elif content.get("kind") == "answer" and not self.verdict:
            try:
                self._judge(self._sheet.read(content["ticks"]))
            except Exception as error:  # whatever it is, the game must be usable again
                said = str(error) if isinstance(error, CourseError) else f"{type(error).__name__}: {error}"
                self.trouble = f"The broker could not be asked. {said}"

    def _judge(self, said: dict[str, list[str]]) -> None:
        truth = self._sheet.read(_ask(self._now))
        wrong = self._sheet.wrong(said, truth)
        cells = len(self._sheet.rows) * len(self._sheet.columns)
        self._cells += cells
        self._right += cells - len(wrong)
        self._faultless += not wrong
        self.trouble = ""
        puzzles = f"{self._faultless} of {self._asked} puzzles without a mistake"
        self.score = f"{self._right} of {self._cells} cells, {puzzles}"
        told = "" if not wrong else "; framed is where you said something else"
        self.verdict = {
            "right": not wrong,
            "text": f"{self._sheet.score(wrong)}{told}.",
            "html": self._sheet.html(truth, wrong, "What the broker did"),
        }


def _ask(puzzle: Puzzle) -> Mapping[str, Any]:
    """The broker's answer, on a connection of its own: whoever plays may have others that are busy."""
    from helpers.queues.broker import connect
    from helpers.queues.telling import COURSE

    with connect(COURSE) as connection:
        return puzzle.ask(connection)
