"""What pictures are drawn on: transparent, in CSS pixels, in colors for any page.

A picture is laid out in pixels of a page 760 wide and drawn twice as fine. matplotlib's `Figure` is
used without pyplot, so any thread may draw.
"""

from __future__ import annotations

import io
import math
import warnings
from bisect import bisect_right
from functools import lru_cache
from typing import Any

from matplotlib.figure import Figure
from matplotlib.textpath import TextPath

from helpers.views.palette import INK, Look

__all__ = ["WIDTH", "Paper", "fitted", "text_width", "ticks"]

WIDTH = 760
"""Of every picture on the page, in CSS pixels."""
_FINE = 2
_DPI = 96
_POINTS = 72 / _DPI


class Paper:
    """A sheet `height` CSS pixels high; y grows downward."""

    def __init__(self, height: float) -> None:
        self.figure = Figure(figsize=(WIDTH / _DPI, height / _DPI), dpi=_DPI * _FINE)
        self.axes = self.figure.add_axes((0, 0, 1, 1))
        self.height = height
        self.frame()
        self.axes.axis("off")

    def frame(self) -> None:
        """Show the whole sheet, whatever was drawn on it."""
        self.axes.set(xlim=(0, WIDTH), ylim=(self.height, 0))

    def png(self) -> bytes:
        """The finished picture."""
        png = io.BytesIO()
        with warnings.catch_warnings():  # a name in a script that the font lacks is no news for learners
            warnings.filterwarnings("ignore", message="Glyph")
            self.figure.savefig(png, format="png", transparent=True, metadata={"Software": None})
        return png.getvalue()

    def line(
        self, xs: list[float], ys: list[float], color: Look, width: float = 1, dashes: Any = "-"
    ) -> None:
        self.axes.plot(
            xs,
            ys,
            color=color.neutral,
            alpha=color.opacity,
            linewidth=width * _POINTS,
            linestyle=dashes,
            clip_on=False,
        )

    def write(
        self,
        text: str,
        x: float,
        y: float,
        size: float = 12,
        color: Look = INK["text"],
        align: str = "left",
        **font: Any,
    ) -> None:
        self.axes.text(
            x,
            y,
            text,
            fontsize=size * _POINTS,
            color=color.neutral,
            ha=align,
            va="center_baseline",
            parse_math=False,
            **font,
        )


def ticks(begin: float, end: float, most: int) -> list[tuple[float, str]]:
    """At most `most` round times from `begin` to `end` with labels; the last one names the unit."""
    raw = (end - begin) / most
    power = 10 ** math.floor(math.log10(raw))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= raw * 0.999)
    scale, unit = (1, "s") if step >= 0.05 else (1000, "ms")
    digits = max(0, -math.floor(math.log10(step * scale) + 1e-9))
    first, last = math.ceil(begin / step - 1e-6), math.floor(end / step + 1e-6)
    labels = [f"{i * step * scale:.{digits}f}" if i else "0" for i in range(first, last + 1)]
    return [
        (i * step, label + (f" {unit}" if i == last else ""))
        for i, label in zip(range(first, last + 1), labels, strict=True)
    ]


@lru_cache(4096)
def text_width(text: str, size: float) -> float:
    """Of `text` in letters `size` pixels high."""
    return float(TextPath((0, 0), text, size=size).get_extents().width) if text.strip() else 0.0


def fitted(text: str, most: float, size: float) -> str:
    """`text` in letters `size` pixels high, shortened until it is at most `most` pixels wide."""
    longest = math.ceil(5 * most / size)  # few letters are as narrow as that: the rest need not be measured
    if len(text) <= longest and text_width(text, size) <= most:
        return text
    lengths = range(1, min(len(text), longest))
    return text[: max(1, bisect_right(lengths, most, key=lambda n: text_width(f"{text[:n]}…", size)))] + "…"
