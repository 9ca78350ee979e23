"""What crosses to the browser: right, in order, and never too much."""

from __future__ import annotations

import json
import time

import pytest

from helpers.tracing import RUNNING, WAITING, Box, Span, Trace
from helpers.views.guess import guesses
from helpers.views.wire import MOST_CHANGES, MOST_CHIPS, MOST_SPANS, wire
from tests.views.letters import flood, handover, hello
from tests.views.recordings import death, many, many_lines, on_a_loop, two_turns


def test_spans_arrive_by_lane_in_time_order_as_whole_microseconds() -> None:
    trace = Trace("t", ["B", "A"], [Span("A", WAITING, 0.5, 1.25), Span("A", RUNNING, 0, 0.5)], duration=2)
    data = wire([trace], [None], 2.0)
    assert data["states"] == ["running", "waiting"]
    assert data["recordings"][0]["spans"] == [1, 0, 0, 500_000, 1, 1, 500_000, 1_250_000]


def test_marks_arrows_and_labels_name_their_lane_by_number() -> None:
    trace = death()
    trace.spans[0] = Span("program", WAITING, 0, 0.301, "recv")
    recording = wire([trace], guesses(0.3, 1), 0.6)["recordings"][0]
    assert recording["marks"] == [{"lane": 1, "time": 0.3, "label": "killed"}]
    assert recording["arrows"] == [
        0,
        0,
        1,
        1000,
        0,
        -1,
        -1,
        -1,
        -1,
        1,
        300_000,
        0,
        301_000,
        1,
        -1,
        -1,
        -1,
        -1,
    ]
    assert recording["arrowLabels"] == ["question", "closed"]
    assert recording["labels"] == {0: "recv"}
    assert recording["rows"] == recording["about"] == []


def test_two_recordings_share_one_list_of_states() -> None:
    data = wire([on_a_loop(), death()], [None, None], 0.6)
    assert data["states"] == ["running", "ready", "waiting", "resting"]
    assert data["hatches"] == ["", "lines", "", "dots"]


def test_ten_thousand_spans_cross_as_they_are_and_cost_little() -> None:
    data = wire([many()], [None], 10.0)
    assert len(data["recordings"][0]["spans"]) == 4 * 10_000
    assert len(json.dumps(data)) < 400_000


def test_a_quarter_of_a_million_spans_are_condensed_and_lose_no_time() -> None:
    trace = many(spans=250_000, lanes=4)
    begin = time.process_time()
    spans = wire([trace], [None], 10.0)["recordings"][0]["spans"]
    assert time.process_time() - begin < 10
    assert len(spans) // 4 <= MOST_SPANS
    covered = sum(spans[i + 3] - spans[i + 2] for i in range(0, len(spans), 4))
    assert abs(covered - 4 * 10_000_000) < 40 * len(spans)


def test_a_long_wait_among_many_short_steps_stays_exact() -> None:
    short = [Span("A", RUNNING, i * 1e-5, (i + 1) * 1e-5) for i in range(100_000)]
    trace = Trace("t", ["A"], [*short, Span("A", WAITING, 1.0, 3.0)], duration=3.0)
    assert wire([trace], [None], 3.0)["recordings"][0]["spans"][-4:] == [0, 1, 1_000_000, 3_000_000]


def test_boxes_arrive_by_name_in_time_order_and_what_they_hold_by_number() -> None:
    trace = Trace("t", ["A"], duration=1.0)
    trace.boxes = [
        Box("out", 0.5, ("a", "b")),
        Box("in", 0.0, ("b",)),
        Box("out", 0.25, ()),
        Box("out", 0.75, ("a", "b")),  # no change
    ]
    recording = wire([trace], [None], 1.0)["recordings"][0]
    assert recording["chips"] == ["b", "a"]
    assert recording["boxes"] == [
        {"name": "in", "times": [0], "held": [[0]], "counts": [1]},
        {"name": "out", "times": [250_000, 500_000], "held": [[], [1, 0]], "counts": [0, 2]},
    ]


def test_lines_arrive_with_their_listing() -> None:
    recording = wire([two_turns()], [None], 1.0)["recordings"][0]
    assert recording["listing"][:2] == ["while True:", "    serve(select(inputs))"]
    assert recording["lines"] == [1, 2, 1, 63]
    assert recording["steps"] == [0, 0, 500_002, 800_000]


def test_boxes_are_bounded_in_what_they_hold_and_how_often_they_change() -> None:
    trace = Trace("t", ["A"], duration=10.0)
    crowd = [tuple(f"client {number}" for number in range(n % 100)) for n in range(100)]
    trace.boxes = [Box("out", n / 10_000, crowd[n % 100]) for n in range(100_000)]
    data = wire([trace], [None], 10.0)
    (box,) = data["recordings"][0]["boxes"]
    assert len(box["times"]) <= MOST_CHANGES + 1
    assert max(map(len, box["held"])) == MOST_CHIPS and max(box["counts"]) == 99
    assert box["times"] == sorted(box["times"])
    assert len(json.dumps(data)) < 1_500_000


def test_five_thousand_lines_cost_little() -> None:
    with_lines, without = (len(json.dumps(wire([t], [None], 10.0))) for t in (many_lines(), many()))
    assert with_lines - without < 400_000


def test_messages_arrive_with_their_rows_and_ways() -> None:
    recording = wire([hello()], [None], 0.02, mapped=True)["recordings"][0]
    assert recording["items"] == ["a", "b", "c", "d"]
    assert (recording["rows"], recording["about"]) == ([0, 1, 2, 0], [0, 1, 2, 0])
    assert (recording["ways"], recording["elsewhere"]) == ([["default exchange"]], ["default exchange"])
    first, lost = recording["arrows"][:9], recording["arrows"][27:36]
    assert first == [0, 600, 1, 800, 0, 0, 0, -1, 0]
    assert lost == [0, 7200, 3, 7400, 1, 3, 0, -1, -1]
    assert recording["sum"] == "sent 4 = received 1 + resting 2 + lost 1"
    assert [node["name"] for node in recording["map"]["nodes"]] == ["you", "default exchange", "hello", "A"]


def test_what_comes_back_is_named() -> None:
    recording = wire([handover()], [None], 1.0)["recordings"][0]
    assert recording["back"] == [2]
    assert recording["fates"] == [["A", pytest.approx(0.503, abs=1e-3), "killed"]]
    assert "map" not in recording


def test_two_thousand_messages_cost_less_than_a_megabyte_and_little_time() -> None:
    trace, begin = flood(), time.process_time()
    data = wire([trace], [None], trace.duration, mapped=True)
    assert time.process_time() - begin < 3
    assert len(json.dumps(data)) < 500_000
