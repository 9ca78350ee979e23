"""Boxes in the PNG: which moments become columns, and that the table is there and fits."""

from __future__ import annotations

import io
import warnings

import numpy as np
from PIL import Image

from helpers.tracing import WAITING, Box, Span, Trace
from helpers.views.palette import INK
from helpers.views.paper import WIDTH
from helpers.views.picture import picture
from helpers.views.turns import Table, turns
from tests.views.recordings import staircase, two_turns


def boxed(*boxes: Box) -> Trace:
    return Trace("t", ["A"], [Span("A", WAITING, 0, 1)], duration=1.0, boxes=list(boxes))


def pixels(*traces: Trace) -> np.ndarray:
    png = picture(traces, [None] * len(traces), (0, 1))
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGBA")).astype(int)


def test_a_column_is_a_moment_at_which_a_box_changed() -> None:
    trace = boxed(
        Box("in", 0.0, ()),
        Box("out", 0.0, ()),
        Box("in", 0.1, ("a",)),
        Box("out", 0.1, ("b",)),
        Box("in", 0.2, ("a",)),
        Box("out", 0.3, ()),
    )
    assert turns(trace) == [{"in": ("a",), "out": ("b",)}, {"in": ("a",), "out": ()}]


def test_where_a_box_says_who_runs_only_its_moments_count() -> None:
    trace = boxed(
        Box("ready", 0.0, ("a", "b")),
        Box("running", 0.0, ()),
        Box("ready", 0.1, ("b",)),
        Box("running", 0.2, ("a",)),
        Box("running", 0.3, ()),
        Box("ready", 0.4, ()),
        Box("running", 0.5, ("b",)),
    )
    assert turns(trace) == [{"ready": ("b",), "running": ("a",)}, {"ready": (), "running": ("b",)}]


def test_only_the_first_ten_are_drawn_and_long_names_get_fewer() -> None:
    short = boxed(*(Box("in", n / 100, (f"c{n}",)) for n in range(50)))
    long = boxed(*(Box("in", n / 100, (f"a client of a long name {n}",)) for n in range(50)))
    assert len(Table(short, titled=False).turns) == 10
    table = Table(long, titled=False)
    assert 4 <= len(table.turns) < 10
    assert table.left + table.pitch * len(table.turns) <= WIDTH


def test_the_table_stands_below_the_legend_and_is_readable_in_gray() -> None:
    plain, told = pixels(boxed()), pixels(two_turns())
    assert told.shape[0] > plain.shape[0] + 100
    table = told[plain.shape[0] :]
    assert table[..., 3].max() == 255
    strong = table[table[..., 3] > 200]
    ink = [int(INK["text"].neutral[i : i + 2], 16) for i in (1, 3, 5)]
    assert (np.abs(strong[:, :3] - ink).max(axis=1) < 40).mean() > 0.9, "letters and frames, no color"
    assert told[-4:, :, 3].max() == 0, "nothing is cut off at the lower edge"


def test_each_recording_has_a_table_of_its_own_and_one_without_boxes_none() -> None:
    one, two = pixels(two_turns(), staircase()), pixels(two_turns(), two_turns())
    table = Table(two_turns(), titled=True).height
    assert two.shape[0] - one.shape[0] > table
    assert Table(staircase(), titled=True).height == 0


def test_many_and_odd_chips_are_drawn_without_a_word() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        crowd = tuple("$x_1$ 標題" + str(number) for number in range(1000))
        assert picture([boxed(Box("標", 0.1, crowd), Box("標", 0.2, ("",)))], [None], (0, 1))
