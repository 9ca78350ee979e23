"""The PNG: what is drawn, where, and that it can be read on any page."""

from __future__ import annotations

import io
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image

from helpers.tracing import Span, Trace
from helpers.views.brokermap import Map
from helpers.views.guess import guesses
from helpers.views.palette import INK, LOOKS, css, look
from helpers.views.paper import WIDTH, fitted, text_width, ticks
from helpers.views.picture import picture
from tests.views.letters import call, flood, handover, hello, news, parcels
from tests.views.recordings import comb, death, frozen, many, on_a_loop, staircase

LEGEND = 60  # pixels at the bottom, with swatches of the same colors


def pixels(*traces: Trace, expected: object = None, zoom: tuple[float, float] = (0, 1)) -> np.ndarray:
    png = picture(traces, guesses(expected, len(traces)), zoom)
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGBA")).astype(int)


def where(image: np.ndarray, color: str) -> tuple[Any, ...]:
    """Rows and columns of the pixels of about this color."""
    wanted = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)])
    return np.nonzero((np.abs(image[..., :3] - wanted).max(axis=2) < 12) & (image[..., 3] > 180))


def test_the_picture_is_twice_as_fine_as_the_page_and_transparent() -> None:
    image = pixels(staircase())
    assert image.shape[1] == 2 * WIDTH
    assert image[0, 0, 3] == 0


def test_a_bar_stands_where_its_span_was() -> None:
    trace = Trace("", ["A"], [Span("A", "running", 0.25, 0.5)], duration=1.0)
    whole = Trace("", ["A"], [Span("A", "running", 0, 1)], duration=1.0)
    (left, right), (begin, end) = (
        (min(columns), max(columns))
        for columns in (where(pixels(t)[:-LEGEND], LOOKS["running"].neutral)[1] for t in (trace, whole))
    )
    assert (left - begin) / (end - begin) == pytest.approx(0.25, abs=0.01)
    assert (right - begin) / (end - begin) == pytest.approx(0.5, abs=0.01)


def test_a_short_span_on_a_quiet_lane_is_not_lost() -> None:
    trace = Trace(
        "", ["A"], [Span("A", "waiting", 0, 0.5), Span("A", "running", 0.5, 0.500001)], duration=1.0
    )
    rows, _ = where(pixels(trace)[:-LEGEND], LOOKS["running"].neutral)
    assert len(set(rows)) > 20


def test_zooming_shows_only_that_part() -> None:
    trace = Trace("", ["A"], [Span("A", "running", 0, 0.1), Span("A", "waiting", 0.1, 1)], duration=1.0)
    early, late = (pixels(trace, zoom=zoom)[:-LEGEND] for zoom in ((0, 1), (0.5, 1)))
    assert len(where(early, LOOKS["running"].neutral)[0]) > 1000
    assert len(where(late, LOOKS["running"].neutral)[0]) == 0


def test_the_prediction_is_a_line_through_the_lanes() -> None:
    image = pixels(staircase(), expected=0.3, zoom=(0, 0.909))
    rows, _ = where(image, INK["prediction"].neutral)
    assert len(rows) > 500
    assert len(where(pixels(staircase(), zoom=(0, 0.909)), INK["prediction"].neutral)[0]) == 0


def test_every_kind_of_recording_is_drawn_without_a_word() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for trace in (staircase(), comb(), on_a_loop(), frozen(), death()):
            assert len(picture([trace], guesses(0.3, 1), (0, 1))) > 5000
        odd = Trace("$x_1$ 標題 🐢", ["日本", "a" * 100, ""], [Span("日本", "new state", 0, 1)], duration=1)
        assert picture([odd], guesses(None, 1), (0, 1))


def test_ten_thousand_spans_are_drawn_within_seconds_and_fit_into_a_notebook() -> None:
    begin = time.process_time()
    png = picture([many()], guesses(None, 1), (0, 10))
    assert time.process_time() - begin < 6
    assert len(png) < 400_000


def test_an_empty_lane_and_a_recording_of_no_length_can_be_drawn() -> None:
    assert picture([Trace("", ["A"])], guesses(None, 1), (0, 0.001))


@pytest.mark.parametrize(
    ("begin", "end", "labels"),
    [
        (0, 0.9, ["0", "0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "0.9 s"]),
        (0.4, 0.5, ["400", "410", "420", "430", "440", "450", "460", "470", "480", "490", "500 ms"]),
        (0, 0.001, ["0", "0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "0.9", "1.0 ms"]),
        (0, 60, ["0", "10", "20", "30", "40", "50", "60 s"]),
    ],
)
def test_ticks_are_round_and_the_last_names_the_unit(begin: float, end: float, labels: list[str]) -> None:
    assert [label for _, label in ticks(begin, end, 10)] == labels


# -- messages -------------------------------------------------------------------------------


def test_words_are_shortened_to_the_room_that_there_is_however_long_they_are() -> None:
    begin = time.perf_counter()
    for text in ("short", "wider than this room", "i" * 100_000, "W" * 1000, "標題" * 50):
        words = fitted(text, 80, 12)
        assert text_width(words, 12) <= 80
        assert words == text or (words[-1] == "…" and text_width(f"{text[: len(words)]}…", 12) > 80)
    assert time.perf_counter() - begin < 5
    assert fitted("short", 80, 12) == "short" and fitted("", 80, 12) == "" and fitted("WWW", 1, 12) == "W…"


def test_messages_that_rest_together_lie_above_each_other() -> None:
    def height(*items: str) -> int:
        trace = Trace("", ["q"], [Span("q", "running", 0.2, 1, item=item) for item in items], duration=1.0)
        rows, _ = where(pixels(trace)[:-LEGEND], LOOKS["running"].neutral)
        return int(max(rows) - min(rows))

    one, two, twenty, thousand = (height(*map(str, range(count))) for count in (1, 2, 20, 1000))
    assert one < two < twenty <= 170
    assert thousand <= 170, "two thousand messages are as high as a screen is not"


def test_a_lane_on_which_nothing_overlaps_is_drawn_as_ever() -> None:
    spans = [Span("A", "waiting", 0, 0.5), Span("A", "running", 0.5, 1)]
    named = [Span("A", "waiting", 0, 0.5, item="a"), Span("A", "running", 0.5, 1, item="b")]
    assert (
        pixels(Trace("", ["A"], spans, duration=1)).shape == pixels(Trace("", ["A"], named, duration=1)).shape
    )


def test_the_map_stands_above_the_timeline_and_the_sum_below() -> None:
    trace = hello()
    plain, mapped = (picture([trace], [None], (0, 0.016), maps) for maps in ((), [Map(trace)]))
    heights = [Image.open(io.BytesIO(png)).height for png in (plain, mapped)]
    assert heights[1] - heights[0] == pytest.approx(2 * (Map(trace).height - 20), abs=4)


def test_the_map_shows_what_rests_what_runs_and_what_is_broken() -> None:
    trace = parcels()
    map_ = Map(trace)
    image = np.asarray(
        Image.open(io.BytesIO(picture([trace], [None], (0, 1), [map_]))).convert("RGBA")
    ).astype(int)
    above = image[: int(2 * map_.height)]
    edges = [2 * x for x in map_.xs]
    for color, column in (("resting", 2), ("running", 3)):
        _, columns = where(above, LOOKS[color].neutral)
        width = 2 * map_.grounds.boxes[map_.plan.columns[column][0]].width
        assert len(columns) > 300 and edges[column] <= min(columns) and max(columns) <= edges[column] + width
    _, columns = where(above, INK["killed"].neutral)
    assert min(columns) >= edges[3] - 2


@pytest.mark.parametrize("make", [call, flood, handover, hello, news, parcels])
def test_every_map_is_drawn_without_a_word_and_in_time(make: Callable[[], Trace]) -> None:
    trace, begin = make(), time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(picture([trace], [None], (0, trace.duration), [Map(trace)])) < 300_000
    assert time.process_time() - begin < 5


# -- colors ---------------------------------------------------------------------------------


def luminance(color: str) -> float:
    """Relative luminance as WCAG 2.2 defines it, 0 (black) to 1 (white)."""
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_states_differ_in_grayscale_or_by_their_hatch() -> None:
    names = list(LOOKS)
    for i, one in enumerate(names):
        for other in names[i + 1 :]:
            a, b = look(one), look(other)
            if a.hatch == b.hatch and {one, other} & {"running", "waiting", "ready"}:
                assert contrast(a.light, b.light) > 1.5, (one, other)
                assert contrast(a.dark, b.dark) > 1.5, (one, other)


@pytest.mark.parametrize("name", ["text", "quiet", "prediction", "killed"])
def test_letters_can_be_read_on_light_dark_and_unknown_pages(name: str) -> None:
    assert contrast(INK[name].light, "#ffffff") >= 4.5
    assert contrast(INK[name].dark, "#111111") >= 4.5
    assert contrast(INK[name].neutral, "#ffffff") >= 3.5
    assert contrast(INK[name].neutral, "#111111") >= 3.5


def test_every_color_is_a_css_variable_in_both_themes() -> None:
    text = css()
    for name, ink in {**LOOKS, **INK}.items():
        assert f"--aow-{name}: {ink.light};" in text
        assert f"--aow-{name}: {ink.dark};" in text
