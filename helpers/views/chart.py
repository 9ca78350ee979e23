"""Amounts that differ a hundredfold, as a picture: each line of its scale is ten times the one before."""

from __future__ import annotations

import math
from collections.abc import Mapping

from matplotlib.patches import PathPatch
from matplotlib.path import Path

from helpers.views.guess import Guess
from helpers.views.palette import INK, look
from helpers.views.paper import WIDTH, Paper, text_width

__all__ = ["chart", "in_words"]

_BAR, _PITCH = 18, 27


def chart(title: str, amounts: Mapping[str, float], guess: Guess | None, unit: str = "s") -> bytes:
    """One bar a label on a logarithmic scale, the shortest first, each with its amount; PNG."""
    return _Bars(title, dict(sorted(amounts.items(), key=lambda item: item[1])), guess, unit).png()


SCALES = {
    "s": ((1, "s"), (1e-3, "ms"), (1e-6, "µs")),
    "B": ((1e6, "MB"), (1e3, "kB"), (1, "B")),
}
"""For each unit its multiples, the largest first: seconds and bytes."""


def in_words(amount: float, unit: str = "s") -> str:
    """Two digits and the multiple of `unit` that suits them."""
    scales = SCALES[unit]
    scale, name = next((scale for scale in scales if amount >= scale[0]), scales[-1])
    return f"{float(f'{amount / scale:.2g}'):g} {name}"


class _Bars(Paper):
    def __init__(self, title: str, amounts: dict[str, float], guess: Guess | None, unit: str) -> None:
        self.unit = unit
        head, lanes = (52 if guess else 34), _PITCH * len(amounts)
        super().__init__(head + lanes + 40)
        self.left = max(text_width(label, 12) for label in amounts) + 16
        self.right = WIDTH - 80  # the longest bar's time stands behind it
        self.first = math.floor(math.log10(min(amounts.values())) - 0.01)
        self.last = max(math.log10(max(amounts.values())), self.first + 1)
        self.write(title, 0, 18, size=13, weight="bold")
        scale = "each line is ten times the one before"
        self.write(scale, WIDTH - 2, 18, size=11, align="right", color=INK["quiet"])
        if guess:
            self.write(guess.text, self.left, 42, size=11, color=INK["prediction" if guess.made else "quiet"])
        for power in range(self.first, math.floor(self.last) + 1):
            x = self.x(10.0**power)
            self.line([x, x], [head, head + lanes], INK["rule"])
            self.write(
                in_words(10.0**power, unit), x, head + lanes + 14, size=11, align="center", color=INK["quiet"]
            )
        for number, (label, value) in enumerate(amounts.items()):
            self.bar(label, value, head + _PITCH * (number + 0.5))

    def x(self, amount: float) -> float:
        share = (math.log10(amount) - self.first) / (self.last - self.first)
        return self.left + share * (self.right - self.left)

    def bar(self, label: str, amount: float, middle: float) -> None:
        end, top, bottom = self.x(amount), middle - _BAR / 2, middle + _BAR / 2
        self.write(label, self.left - 10, middle, align="right")
        corners = [(self.left, top), (end, top), (end, bottom), (self.left, bottom)]
        self.axes.add_patch(PathPatch(Path(corners), facecolor=look("running").neutral, linewidth=0))
        self.write(in_words(amount, self.unit), end + 8, middle, size=11.5)
