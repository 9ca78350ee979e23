"""A Trace is plain data: it travels as JSON, moves along the axis, joins others, and answers questions."""

from __future__ import annotations

import random

import pytest

from helpers.tracing import READY, RUNNING, WAITING, Arrow, Box, Mark, Span, Trace

STATES = [RUNNING, WAITING, READY, "starting", "unclear"]


def some_trace(seed: int) -> Trace:
    """Any recording at all: odd names, no lanes, spans that overlap, times of every size."""
    dice = random.Random(seed)
    alphabet = 'AB "\\\n\t→é\0𝔘'
    lanes = list({"".join(dice.choices(alphabet, k=dice.randrange(1, 6))) for _ in range(dice.randrange(5))})
    made = Trace("".join(dice.choices(alphabet, k=4)), lanes, origin_ns=dice.randrange(10**15))
    for _ in range(dice.randrange(30) if lanes else 0):
        start = dice.choice([0.0, dice.random(), dice.random() * 1e-9, dice.random() * 1e5])
        made.spans.append(
            Span(
                dice.choice(lanes), dice.choice(STATES), start, start + dice.random(), dice.choice(["", "x"])
            )
        )
        made.marks.append(Mark(dice.choice(lanes), start, "killed"))
        made.arrows.append(Arrow(dice.choice(lanes), start, dice.choice(lanes), start + dice.random(), "→"))
        made.boxes.append(Box("queue", start, tuple(dice.choices(alphabet, k=dice.randrange(4)))))
    if made.spans and dice.random() < 0.5:
        made.listing = "def f():\n    pass"
        made.lines = [(span.start, dice.choice((1, 2))) for span in made.spans]
    made.duration = max((span.end for span in made.spans), default=0.0)
    return made


def moments(trace: Trace) -> list[tuple[str, str, float]]:
    """Everything that happened, by the clock of the machine (seconds)."""
    zero = trace.origin_ns / 1e9
    return sorted(
        [(s.lane, s.state, zero + s.start) for s in trace.spans]
        + [(s.lane, s.state, zero + s.end) for s in trace.spans]
        + [(m.lane, m.label, zero + m.time) for m in trace.marks]
        + [(b.name, "|".join(b.items), zero + b.time) for b in trace.boxes]
        + [("line", str(line), zero + time) for time, line in trace.lines]
        + [(a.source + a.target, a.label, zero + a.sent) for a in trace.arrows]
        + [(a.source + a.target, a.label, zero + a.arrived) for a in trace.arrows]
    )


def same(one: list[tuple[str, str, float]], other: list[tuple[str, str, float]]) -> bool:
    # A float holds the time since a machine was started to a tenth of a microsecond.
    return [m[:2] for m in one] == [m[:2] for m in other] and all(
        abs(a[2] - b[2]) < 1e-6 for a, b in zip(one, other, strict=True)
    )


@pytest.mark.parametrize("seed", range(100))
def test_what_is_written_is_read_back_equal(seed: int) -> None:
    trace = some_trace(seed)
    assert Trace.from_json(trace.to_json()) == trace


@pytest.mark.parametrize(
    "text", ["", "3", "null", "[]", "{}", '{"spans": 3}', '{"spans": [1], "marks": [], "arrows": []}',
             '{"spans": [], "marks": [], "arrows": [], "color": "red"}', "not JSON"],
)  # fmt: skip
def test_anything_else_is_refused_with_a_value_error(text: str) -> None:
    with pytest.raises(ValueError):
        Trace.from_json(text)


@pytest.mark.parametrize("seed", range(50))
def test_a_recording_that_is_moved_happened_at_the_same_time(seed: int) -> None:
    trace = some_trace(seed)
    for seconds in (0.0, 0.125, 7.3, -0.5):
        assert same(moments(trace.moved(seconds)), moments(trace))


@pytest.mark.parametrize("seed", range(50))
def test_joining_loses_nothing_and_moves_nothing(seed: int) -> None:
    parts = [some_trace(10 * seed + number) for number in range(3)]
    origin = parts[0].origin_ns
    for number, part in enumerate(parts):  # recordings of one machine begin within minutes of each other
        part.origin_ns = origin + (number - 1) * 123_456_789
    before = [part.to_json() for part in parts]
    whole = Trace.join("whole", parts)
    told = next((part for part in parts if part.listing), Trace())
    wanted = [m for part in parts for m in moments(part) if part is told or m[0] != "line"]
    assert same(moments(whole), sorted(wanted))
    assert whole.listing == told.listing
    assert whole.lanes == list(dict.fromkeys(lane for part in parts for lane in part.lanes))
    assert whole.origin_ns == min(part.origin_ns for part in parts)
    ends = [part.origin_ns / 1e9 + part.duration for part in parts]
    assert whole.origin_ns / 1e9 + whole.duration == pytest.approx(max(ends), abs=1e-6)
    assert [part.to_json() for part in parts] == before, "the parts stay as they were"


def test_joining_one_recording_changes_only_its_title() -> None:
    trace = some_trace(3)
    joined = Trace.join(trace.title, [trace])
    assert joined == trace


def test_joining_nothing_is_an_empty_recording() -> None:
    assert Trace.join("nothing", []) == Trace("nothing")


def test_an_unknown_lane_is_answered_with_the_names_there_are() -> None:
    with pytest.raises(KeyError, match="no lane 'C'; there are: A, B"):
        Trace(lanes=["A", "B"]).on("C")


def test_seconds_are_counted_on_one_lane_or_on_all() -> None:
    trace = Trace(
        lanes=["A", "B"],
        spans=[Span("A", WAITING, 0, 1), Span("B", WAITING, 0.5, 1), Span("B", RUNNING, 1, 2)],
    )
    assert trace.seconds(WAITING) == 1.5
    assert trace.seconds(WAITING, "B") == 0.5
    assert trace.seconds(READY) == 0
    assert trace.finished("B") == 2


def test_lanes_that_follow_each_other_are_not_at_once() -> None:
    spans = [Span("ABC"[n % 3], RUNNING, n / 10, (n + 1) / 10) for n in range(10)]
    assert Trace(lanes=list("ABC"), spans=spans, duration=1).at_once(RUNNING) == 1


def test_a_moment_of_overlap_does_not_count_as_at_once() -> None:
    spans = [Span("A", RUNNING, 0, 0.52), Span("B", RUNNING, 0.5, 1)]
    trace = Trace(lanes=list("AB"), spans=spans, duration=1)
    assert trace.at_once(RUNNING) == 1
    assert trace.at_once(RUNNING, share=0.01) == 2
    assert trace.at_once(READY) == 0


def test_boxes_are_told_by_what_they_ever_held_sorted_by_name_and_number() -> None:
    trace = Trace("server", ["A"])
    trace.boxes = [
        Box("outputs", 0.3, ("client 1",)),
        Box("readable", 0.1, ()),
        Box("outputs", 0.1, ("client 2",)),
        Box("outputs", 0.5, ("client 2", "client 1")),
    ]
    lines = trace.text().splitlines()
    assert lines[2:] == ["  readable: always empty", "  outputs: client 1, client 2"]
    assert trace.moved(2.0).text() == trace.text()


def test_a_listing_is_not_told() -> None:
    trace = Trace("t", ["A"], listing="def f(): ...", lines=[(0.0, 1)])
    assert trace.text() == Trace("t", ["A"]).text()
