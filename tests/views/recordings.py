"""Recordings as the lessons make them, by hand, so that a test knows every edge."""

from __future__ import annotations

import random

from helpers.tracing import READY, RUNNING, WAITING, Arrow, Box, Mark, Span, Trace

__all__ = [
    "comb",
    "death",
    "frozen",
    "many",
    "many_lines",
    "on_a_loop",
    "one_question",
    "staircase",
    "two_turns",
]


def staircase() -> Trace:
    """Three waits of 0.3 s, one after another."""
    trace = Trace("one after another", list("ABC"), duration=0.9)
    trace.spans = [Span(lane, WAITING, 0.3 * i, 0.3 * (i + 1)) for i, lane in enumerate("ABC")]
    return trace


def one_question() -> Trace:
    """A question that is sent 0.2 ms after the beginning: less than a pixel."""
    trace = Trace("one question", ["main"], duration=1.0)
    trace.spans = [Span("main", RUNNING, 0, 0.0002), Span("main", WAITING, 0.0002, 0.9)]
    return trace


def comb(seconds: float = 0.9, slice_length: float = 0.005) -> Trace:
    """Three threads that compute: one runs, the others are ready, by turns of 5 ms and more."""
    trace, chance = Trace("three threads compute", list("ABC"), duration=seconds), random.Random(1)
    ended, now, turn = dict.fromkeys("ABC", 0.0), 0.0, 0
    while now < seconds - 1e-9:
        lane, end = "ABC"[turn % 3], min(seconds, now + slice_length * chance.uniform(1, 1.3))
        if now > ended[lane]:
            trace.spans.append(Span(lane, READY, ended[lane], now))
        trace.spans.append(Span(lane, RUNNING, now, end))
        ended[lane], now, turn = end, end, turn + 1
    return trace


def on_a_loop() -> Trace:
    """Three tasks on an event loop: each computes 0.1 s, then asks for 0.3 s."""
    trace = Trace("an event loop", [*"ABC", "the thread"], duration=0.6)
    for i, lane in enumerate("ABC"):
        begin, end = 0.1 * i, 0.1 * (i + 1)
        trace.spans += [Span(lane, READY, 0, begin)] if i else []
        trace.spans += [Span(lane, RUNNING, begin, end), Span(lane, WAITING, end, end + 0.3)]
    trace.spans += [Span("the thread", RUNNING, 0, 0.3), Span("the thread", WAITING, 0.3, 0.6)]
    return trace


def frozen() -> Trace:
    """One blocking call: two answers lie unread for 0.4 s."""
    trace = Trace("one blocking call", list("ABC"), duration=0.5)
    trace.spans = [Span("C", WAITING, 0, 0.5)]
    for lane in "AB":
        trace.spans += [Span(lane, WAITING, 0, 0.1), Span(lane, READY, 0.1, 0.5)]
        trace.marks.append(Mark(lane, 0.1, "answered"))
    return trace


def death() -> Trace:
    """A server is killed while a program waits for it; the news travels at once."""
    trace = Trace("the server dies", ["program", "server"], duration=0.6)
    trace.spans = [
        Span("program", WAITING, 0, 0.301),
        Span("program", RUNNING, 0.301, 0.31),
        Span("server", "resting", 0, 0.3),
    ]
    trace.marks = [Mark("server", 0.3, "killed")]
    trace.arrows = [
        Arrow("program", 0.0, "server", 0.001, "question"),
        Arrow("server", 0.3, "program", 0.301, "closed"),
    ]
    return trace


def many(spans: int = 10_000, lanes: int = 20) -> Trace:
    """As many spans as the player must take, on as many lanes as a screen holds."""
    names = [f"task {number + 1}" for number in range(lanes)]
    trace, chance, each = Trace("many spans", names, duration=10.0), random.Random(2), spans // lanes
    for name in names:
        edges = [0.0, *sorted(chance.uniform(0, 10) for _ in range(each - 1)), 10.0]
        states = (RUNNING, WAITING, READY)
        trace.spans += [Span(name, states[i % 3], edges[i], edges[i + 1]) for i in range(each)]
    return trace


def two_turns() -> Trace:
    """A server's two turns, its boxes and its three lines; four changes lie within 4 µs."""
    trace = Trace("two turns", ["server"], duration=1.0)
    trace.spans = [Span("server", WAITING, 0, 0.5), Span("server", RUNNING, 0.5, 1.0)]
    crowd = tuple(f"client {number}" for number in range(1, 51))
    trace.boxes = [
        Box("readable", 0.0, ()),
        Box("outputs", 0.0, ()),
        Box("readable", 0.500001, ("listener", "client 1")),
        Box("outputs", 0.500003, ("client 1",)),
        Box("readable", 0.500004, ()),
        Box("outputs", 0.8, crowd),
    ]
    trace.listing = "\n".join(
        ["while True:", "    serve(select(inputs))", *["    pass"] * 60, "    # the end"]
    )
    trace.lines = [(0.0, 1), (0.0, 2), (0.500002, 1), (0.8, 63)]
    return trace


def many_lines() -> Trace:
    """`many`, and as many lines and changes of boxes as are ever recorded."""
    trace, names = many(), [f"task {number + 1}" for number in range(20)]
    trace.listing = "\n".join(f"line {number + 1}" for number in range(60))
    trace.lines = [(0.002 * step, step % 60 + 1) for step in range(5_000)]
    trace.boxes = [
        Box("ready" if step % 2 else "timers", 0.002 * step, tuple(names[step % 20 :]))
        for step in range(5_000)
    ]
    return trace
