"""Many things in a row, each there or not: which keys a cache has kept, one strip for each treatment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

import numpy as np
from matplotlib.colors import to_rgb

from helpers.views.palette import INK, look
from helpers.views.paper import WIDTH, Paper, text_width

__all__ = ["drawn", "in_words"]

_HIGH, _PITCH = 18, 30
_SHORTEST = 0.005
"""Runs that are shorter than this share of a strip are not told."""


def in_words(kept: Sequence[bool]) -> str:
    """ "kept, gone, kept": the strip from its beginning to its end, without numbers."""
    runs = [(there, len(list(run))) for there, run in groupby(map(bool, kept))]
    long = [there for there, length in runs if length >= _SHORTEST * len(kept)]
    return ", ".join("kept" if there else "gone" for there, _ in groupby(long)) or "nothing"


def drawn(title: str, strips: Mapping[str, Sequence[bool]], ends: tuple[str, str]) -> bytes:
    """PNG: one strip a label, colored where things are kept; `ends` stand below its ends."""
    paper = Paper(34 + _PITCH * len(strips) + 26)
    left = max(text_width(label, 12) for label in strips) + 16
    right = WIDTH - 2
    paper.write(title, 0, 18, size=13, weight="bold")
    paper.write("colored: kept", right, 18, size=11, align="right", color=INK["quiet"])
    for number, (label, kept) in enumerate(strips.items()):
        top = 34 + _PITCH * number
        paper.write(label, left - 10, top + _HIGH / 2, align="right")
        _strip(paper, kept, (left, right, top + _HIGH, top))
    bottom = 34 + _PITCH * len(strips) + 4
    for text, x, align in zip(ends, (left, right), ("left", "right"), strict=True):
        paper.write(text, x, bottom, size=11, align=align, color=INK["quiet"])
    return paper.png()


def _strip(paper: Paper, kept: Iterable[bool], extent: tuple[float, float, float, float]) -> None:
    """Each pixel as dark as the share of things under it that are there, on a pale ground."""
    there = np.asarray(list(kept), dtype=float)
    columns = min(len(there), round(extent[1] - extent[0]))
    shares = [part.mean() for part in np.array_split(there, columns)]
    for name, strength in (
        ("waiting", np.full(columns, look("waiting").opacity)),
        ("running", np.array(shares)),
    ):
        pixels = np.empty((1, columns, 4))
        pixels[..., :3], pixels[..., 3] = to_rgb(look(name).neutral), strength
        paper.axes.imshow(pixels, extent=extent, aspect="auto", interpolation="nearest")
    paper.frame()  # an image moves it
