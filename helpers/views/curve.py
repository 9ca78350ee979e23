"""Shares against a size, as a picture: lines that were computed, points that were measured, and a guess."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from helpers.errors import CourseError
from helpers.views.guess import Guess, guesses
from helpers.views.palette import INK, Look, look
from helpers.views.paper import WIDTH, Paper, text_width

__all__ = ["LINES", "POINTS", "curve", "curve_picture", "size_ticks"]

Sizes = NDArray[np.float64]
Curve = tuple[Sequence[float], Sequence[float]]

LINES: tuple[tuple[str, Any], ...] = (
    ("running", "-"),
    ("ready", (0, (6, 3))),
    ("starting", (0, (2, 2))),
    ("resting", (0, (7, 2, 2, 2))),
)
"""For each line in turn its color, and its dashes: color alone tells nothing in grayscale."""
POINTS = (("ready", "o"), ("starting", "s"), ("resting", "^"), ("running", "D"), ("delivered", "v"))
"""For each set of points in turn its color and its shape."""
_TOP, _HIGH, _ROW = 46.0, 230.0, 20.0
_LEFT, _RIGHT = 38.0, WIDTH - 26.0


def curve(
    title: str,
    lines: Mapping[str, Curve],
    points: Mapping[str, Curve] | None = None,
    expected: Any = None,
    at: float | None = None,
    x: str = "pages that fit",
    y: str = "hit ratio",
) -> None:
    """Draw shares (0 to 1, upward) against sizes (above 0, on a logarithmic scale).

    Both `lines`, which are joined, and `points` are ``{label: (sizes, shares)}``. `expected` is a prediction
    of a share: a line across, or a star if `at` says for which size it was made. `x` and `y` name the axes.
    The text form has the labels and the prediction, and no number of a run. Raises CourseError for what
    cannot be drawn.
    """
    from helpers.views import _display

    points = points or {}
    if not isinstance(lines, Mapping) or not isinstance(points, Mapping) or not (lines or points):
        raise CourseError('there is nothing to draw. Type curve("a title", {"Che": (sizes, shares)}).')
    drawn = {label: _checked(label, pair) for label, pair in lines.items()}
    marked = {label: _checked(label, pair) for label, pair in points.items()}
    if isinstance(expected, int | float):  # a bare number is a share here, and no time
        expected = SimpleNamespace(value=expected, unit="")
    (guess,) = guesses(expected, 1)
    words = [title, f"  {y} against {x}"]
    words += [f"  line: {label}" for label in drawn] + [f"  points: {label}" for label in marked]
    words += [guess.text] if guess else []
    picture = curve_picture(title, drawn, marked, guess, (at, _share(expected)), (x, y))
    _display({"image/png": picture, "text/plain": "\n".join(words)})


def curve_picture(
    title: str,
    lines: Mapping[str, tuple[Sizes, Sizes]],
    points: Mapping[str, tuple[Sizes, Sizes]],
    guess: Guess | None = None,
    guessed: tuple[float | None, float | None] = (None, None),
    axes: tuple[str, str] = ("pages that fit", "hit ratio"),
) -> bytes:
    """The same as PNG; `guessed` is the size that was asked for, and the share that was guessed."""
    at, share = guessed
    series = [
        _Series(label, *pair, look(ink), dashes=dashes)
        for (label, pair), (ink, dashes) in zip(lines.items(), cycle(LINES), strict=False)
    ]
    series += [
        _Series(label, *pair, look(ink), shape=shape)
        for (label, pair), (ink, shape) in zip(points.items(), cycle(POINTS), strict=False)
    ]
    if guess and at is not None and share is not None and at > 0 and 0 <= share <= 1:
        star = _Series(guess.text, np.array([at]), np.array([share]), INK["prediction"], shape="*", high=11)
        return _Curves(title, [*series, star], None, None, axes).png()
    return _Curves(title, series, guess, share, axes).png()


def size_ticks(first: float, last: float) -> list[tuple[float, str]]:
    """The powers of ten from `first` to `last`; 2 and 5 times them too, if there are few."""
    powers = range(math.floor(math.log10(first)), math.ceil(math.log10(last)) + 1)
    steps = (1, 2, 5) if math.log10(last / first) < 2.5 else (1,)
    marks = [step * 10.0**power for power in powers for step in steps]
    return [(mark, f"{mark:,.12g}") for mark in marks if first * 0.999 <= mark <= last * 1.001]


@dataclass(frozen=True, slots=True)
class _Series:
    """What is drawn in one way, and has one entry in the legend."""

    label: str
    sizes: Sizes
    shares: Sizes
    ink: Look
    dashes: Any = None
    """Of a line; None for points."""
    shape: str = ""
    high: float = 6

    def draw(self, paper: Paper, xs: list[float], ys: list[float]) -> None:
        if self.dashes is not None:
            paper.line(xs, ys, self.ink, 2.2, self.dashes)
        else:
            paper.axes.plot(
                xs, ys, linestyle="", marker=self.shape, color=self.ink.neutral, markersize=self.high,
                markeredgewidth=0, clip_on=False,
            )  # fmt: skip


class _Curves(Paper):
    def __init__(
        self,
        title: str,
        series: list[_Series],
        guess: Guess | None,
        share: float | None,
        axes: tuple[str, str],
    ) -> None:
        rows = _rows(series)
        super().__init__(_TOP + _HIGH + 50 + _ROW * len(rows))
        sizes = np.concatenate([each.sizes for each in series])
        self.first, self.last = float(sizes.min()), max(float(sizes.max()), float(sizes.min()) * 2)
        self.write(title, 0, 12, size=13, weight="bold")
        self.write(axes[1], _LEFT - 8, 33, size=11, color=INK["quiet"])
        self.grid(axes[0])
        if guess:
            self.guess(guess, share)
        for each in series:
            each.draw(self, [*map(self.x, each.sizes)], [*map(self.y, each.shares)])
        for number, row in enumerate(rows):
            self.legend(row, _TOP + _HIGH + 60 + _ROW * number)

    def x(self, size: float) -> float:
        return _LEFT + math.log(size / self.first) / math.log(self.last / self.first) * (_RIGHT - _LEFT)

    def y(self, share: float) -> float:
        return _TOP + (1 - share) * _HIGH

    def grid(self, label: str) -> None:
        for fifth in range(6):
            y = self.y(fifth / 5)
            self.line([_LEFT, _RIGHT], [y, y], INK["rule"])
            self.write(f"{fifth / 5:g}", _LEFT - 8, y, size=11, align="right", color=INK["quiet"])
        for size, words in size_ticks(self.first, self.last):
            x = self.x(size)
            self.line([x, x], [_TOP, _TOP + _HIGH], INK["rule"])
            self.write(words, x, _TOP + _HIGH + 14, size=11, align="center", color=INK["quiet"])
        self.write(label, _RIGHT, _TOP + _HIGH + 34, size=11, align="right", color=INK["quiet"])

    def guess(self, guess: Guess, share: float | None) -> None:
        """A line across; only words, if there is no share that fits."""
        ink = INK["prediction" if guess.made else "quiet"]
        if share is None or not 0 <= share <= 1:
            self.write(guess.text, _RIGHT, 33, size=11, color=ink, align="right")
        else:
            y = self.y(share)
            self.line([_LEFT, _RIGHT], [y, y], ink, 1.4, (0, (4, 3)))
            self.write(guess.text, _LEFT + 6, y + (9 if share > 0.9 else -9), size=11, color=ink)

    def legend(self, row: list[_Series], y: float) -> None:
        x = _LEFT
        for each in row:
            begin, end = (x, x + 26) if each.dashes is not None else (x + 7, x + 7)
            each.draw(self, [begin, end], [y, y])
            self.write(each.label, end + (7 if each.dashes is not None else 11), y, size=11.5)
            x += _wide(each)


def _wide(series: _Series) -> float:
    return (33 if series.dashes is not None else 18) + text_width(series.label, 11.5) + 22


def _rows(series: list[_Series]) -> list[list[_Series]]:
    """The legend, broken into as many lines as it needs."""
    rows: list[list[_Series]] = [[]]
    for each in series:
        if rows[-1] and sum(map(_wide, [*rows[-1], each])) > _RIGHT - _LEFT:
            rows.append([])
        rows[-1].append(each)
    return rows


def _checked(label: str, pair: Any) -> tuple[Sizes, Sizes]:
    """The pair as two arrays. Raises CourseError if they cannot be drawn."""
    try:
        xs, ys = (np.asarray(one, dtype=np.float64) for one in pair)
        fits = xs.ndim == ys.ndim == 1 and xs.size == ys.size > 0
        fits = fits and bool((np.isfinite(xs) & (xs > 0) & (ys > -1e-9) & (ys < 1 + 1e-9)).all())
    except (TypeError, ValueError):
        fits = False
    if not fits:
        raise CourseError(
            f"{label!r} needs two lists that are equally long: sizes above 0, and shares from 0 to 1. "
            f'Type {{"{label}": (sizes, shares)}}.'
        )
    return xs, ys


def _share(expected: Any) -> float | None:
    value, unit = getattr(expected, "value", expected), getattr(expected, "unit", "")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value / 100 if unit == "%" else float(value)
