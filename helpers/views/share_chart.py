"""Parts of one whole as bars on a linear scale."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from matplotlib.patches import Rectangle

from helpers.views.guess import Guess
from helpers.views.palette import INK, look
from helpers.views.paper import WIDTH, Paper, text_width

__all__ = ["drawn", "in_words"]

_BAR, _PITCH = 18, 27


def in_words(amounts: Mapping[str, float], whole: float | None) -> Iterator[str]:
    """One line a label: "none", "a part" or "all" of the whole; without a whole, only the label."""
    for label, amount in amounts.items():
        told = "" if whole is None else ": none" if not amount else ": all" if amount == whole else ": a part"
        yield f"  {label}{told}"


def drawn(title: str, amounts: Mapping[str, float], most: float, guess: Guess | None, value: Any) -> bytes:
    """PNG: one bar a label, its number behind it, over a pale bar that is the whole."""
    head = 52 if guess else 34
    paper = Paper(head + _PITCH * len(amounts) + 10)
    left, right = max(text_width(label, 12) for label in amounts) + 16, WIDTH - 70
    paper.write(title, 0, 18, size=13, weight="bold")
    for number, (label, amount) in enumerate(amounts.items()):
        middle = head + _PITCH * (number + 0.5)
        paper.write(label, left - 10, middle, align="right")
        for name, part in (("waiting", most), ("running", amount)):
            wide, color = part / most * (right - left), look(name)
            bar = Rectangle(
                (left, middle - _BAR / 2), wide, _BAR,
                facecolor=color.neutral, alpha=color.opacity, linewidth=0,
            )  # fmt: skip
            paper.axes.add_patch(bar)
        paper.write(f"{amount:,.3g}" if amount < 1 else f"{amount:,.0f}", right + 8, middle, size=11.5)
    if guess:
        ink = INK["prediction" if guess.made else "quiet"]
        paper.write(guess.text, left, 42, size=11, color=ink)
        if isinstance(value, int | float) and 0 <= value <= most:
            x = left + value / most * (right - left)
            paper.line([x, x], [head, head + _PITCH * len(amounts)], ink, width=1.5, dashes=(0, (4, 3)))
    return paper.png()
