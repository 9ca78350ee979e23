"""Boxes in a picture: a column for each moment at which one of them changed, the first few of them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from matplotlib.patches import FancyBboxPatch

from helpers.tracing.trace import Trace
from helpers.views.palette import INK
from helpers.views.paper import WIDTH, Paper, fitted, text_width

__all__ = ["Table", "turns"]

_MOST_TURNS, _MOST_CHIPS = 10, 4
_CHIP, _LETTERS = 17, 10.5
_WIDEST = 110

Turn = dict[str, tuple[str, ...]]
"""What each box holds."""


def turns(trace: Trace, most: int = _MOST_TURNS) -> list[Turn]:
    """What the boxes held after each of the first `most` moments that changed one.

    If one of them is called "running", only the moments at which it holds something count.
    """
    held: Turn = {box.name: () for box in sorted(trace.boxes, key=lambda b: b.time)}
    found: list[Turn] = []
    for _, group in groupby(sorted(trace.boxes, key=lambda b: b.time), key=lambda b: b.time):
        before, held = held, held | {box.name: box.items for box in group}
        # At first all may be empty. Where a box says who runs, a turn is when somebody does.
        if held != before and held.get("running") != ():
            found.append(held)
        if len(found) == most:
            break
    return found


class Table:
    """The boxes of one recording, ready to be drawn; `height` is in CSS pixels, 0 without boxes."""

    def __init__(self, trace: Trace, titled: bool) -> None:
        found = turns(trace)
        self.title = (
            f"{trace.title}: what its boxes hold" if titled and trace.title else "what the boxes hold"
        )
        self.rows = list(found[0]) if found else []
        self.left = max((text_width(name, 12) for name in self.rows), default=0) + 16
        chips = [text_width(item, _LETTERS) for turn in found for items in turn.values() for item in items]
        self.pitch = min(max([30.0, *chips]) + 24, _WIDEST)
        self.turns = found[: int((WIDTH - self.left) / self.pitch)]
        self.cut = len(turns(trace, len(self.turns) + 1)) > len(self.turns)
        self.heights = [_CHIP * self._most(name) + 9 for name in self.rows]
        self.height = sum(self.heights) + 52 if self.rows else 0.0

    def _most(self, name: str) -> int:
        return max(1, *(min(len(turn[name]), _MOST_CHIPS + 1) for turn in self.turns))

    def draw(self, paper: Paper, top: float) -> None:
        """Put it on `paper`, from height `top` on."""
        if not self.rows:
            return
        kind = "turn" if "running" in self.rows else "change"
        rest = f"at each of the first {len(self.turns)} {kind}s" if self.cut else f"{kind} by {kind}"
        paper.write(f"{self.title}, {rest}", 0, top + 12, size=12, weight="bold")
        for number in range(len(self.turns)):
            x = self._middle(number)
            paper.write(str(number + 1), x, top + 33, size=11, align="center", color=INK["quiet"])
        y = top + 44
        for name, height in zip(self.rows, self.heights, strict=True):
            paper.line([0, self._middle(len(self.turns) - 0.5)], [y, y], INK["rule"])
            paper.write(name, self.left - 10, y + 4 + _CHIP / 2, align="right")
            for number, turn in enumerate(self.turns):
                self._cell(paper, turn[name], self._middle(number), y + 4)
            y += height

    def _middle(self, number: float) -> float:
        return self.left + (number + 0.5) * self.pitch

    def _cell(self, paper: Paper, items: Sequence[str], x: float, top: float) -> None:
        if not items:
            paper.write("–", x, top + _CHIP / 2, size=_LETTERS, align="center", color=INK["quiet"])
        for place, item in enumerate(items[: _MOST_CHIPS + 1]):
            y = top + _CHIP * place
            if place == _MOST_CHIPS:
                more = f"+ {len(items) - _MOST_CHIPS} more"
                paper.write(more, x, y + _CHIP / 2, size=_LETTERS, align="center", color=INK["quiet"])
                return
            text = fitted(item, self.pitch - 20, _LETTERS)
            wide = text_width(text, _LETTERS) + 12
            shape = FancyBboxPatch(
                (x - wide / 2, y + 1.5), wide, _CHIP - 3, boxstyle="round,pad=0,rounding_size=6", fill=False,
                edgecolor=INK["text"].neutral, linewidth=0.8,
            )  # fmt: skip
            paper.axes.add_patch(shape)
            paper.write(text, x, y + _CHIP / 2, size=_LETTERS, align="center")
