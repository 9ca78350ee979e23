"""A loop step by step: its lines, what its boxes hold, who runs, and what the tasks are called."""

from __future__ import annotations

import asyncio
import gc
import socket
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest

from helpers.errors import CourseError
from helpers.tracing import READY, RUNNING, WAITING, Box, Trace
from helpers.tracing.names import names_of
from helpers.tracing.stepping import stepping, stepping_asyncio
from helpers.tracing.steps import MOST_LINES
from tests.tracing.loops_under_test import Loop, careless, generators, naps, spinner, talk
from tests.tracing.test_in_a_kernel import Notebook


def stepped(coro: Any, loop: Loop | None = None) -> Trace:
    loop = loop or Loop()
    with loop.selector, stepping(loop, title="test") as trace:
        loop.run(coro)
    return trace


def history(trace: Trace, name: str) -> list[tuple[str, ...]]:
    return [box.items for box in trace.boxes if box.name == name]


def at(boxes: list[Box], name: str, time: float) -> tuple[str, ...]:
    return [box.items for box in boxes if box.name == name and box.time <= time][-1]


# -- the learner's own loop -----------------------------------------------------------------


def test_the_boxes_tell_the_whole_story_of_three_naps() -> None:
    trace = stepped(naps())
    names = ["naps", "nap 10", "nap 20", "nap 30"]
    assert trace.lanes == names
    who = [items[0] for items in history(trace, "running") if items]
    assert who[:7] == ["naps", "nap 10", "naps", "nap 20", "naps", "nap 30", "naps"]
    assert sorted(set(who[7:])) == sorted(names) and who[-1] == "naps", "each is woken once more, main last"
    assert history(trace, "timers")[:4] == [
        (),
        ("nap 10",),
        ("nap 10", "nap 20"),
        ("nap 10", "nap 20", "nap 30"),
    ]
    assert history(trace, "selector") == [()]
    assert trace.text().splitlines()[:5] == ["test", *(f"  {name:<6}  waiting" for name in names)]


def test_never_do_two_run_and_who_runs_lies_in_no_box() -> None:
    trace = stepped(naps())
    running = sorted((s for s in trace.spans if s.state == RUNNING), key=lambda s: s.start)
    assert len(running) > 7
    assert all(one.end <= other.start for one, other in pairwise(running))
    for span in running:
        middle = (span.start + span.end) / 2
        assert at(trace.boxes, "running", middle) == (span.lane,)
        assert all(span.lane not in at(trace.boxes, name, middle) for name in ("ready", "timers", "selector"))


def test_a_lane_has_no_gaps_and_its_state_is_the_box_that_holds_it() -> None:
    trace = stepped(naps())
    for lane in trace.lanes:
        spans = trace.on(lane)
        assert all(one.end == other.start for one, other in pairwise(spans))
        assert spans[0].state == READY and spans[-1].state == RUNNING
        for span in spans:
            middle = (span.start + span.end) / 2
            if span.state == WAITING:
                assert lane not in at(trace.boxes, "ready", middle)
            if lane in at(trace.boxes, "timers", middle):
                assert span.state == WAITING


def test_the_lines_are_those_of_the_listing() -> None:
    trace = stepped(naps())
    listing = trace.listing.splitlines()
    assert listing[0] == "class Loop:"
    assert listing[-1].strip() == "other.waiters.append(task)"
    assert "    # the heart" in listing, "what stands between two methods is shown"
    told = [listing[line - 1].strip() for _, line in trace.lines]
    assert told[:3] == ["main = self.start(coro)", "task = Task(coro)", "self.ready.append((task, None))"]
    assert told[-1] == "return main.result"
    times = [moment for moment, _ in trace.lines]
    assert times == sorted(times)
    # The task runs while its line is the one that sends.
    for span in (s for s in trace.spans if s.state == RUNNING):
        line = [number for moment, number in trace.lines if moment <= span.start][-1]
        assert listing[line - 1].strip() == "verb, what = task.coro.send(value)"


def test_generators_and_sockets_are_seen_too() -> None:
    trace = stepped(generators())
    assert trace.lanes == ["generators", "doze 1", "doze 2"]
    trace = stepped(talk())
    assert trace.lanes == ["talk", "echo"]
    assert {("echo",), ("talk",)} <= {items[:1] for items in history(trace, "selector") if items}


def test_a_task_that_joins_waits_in_no_box() -> None:
    trace = stepped(naps())
    longest = max(trace.on("naps"), key=lambda s: s.length)
    assert longest.state == WAITING and longest.length > 0.08
    middle = (longest.start + longest.end) / 2
    assert all("naps" not in at(trace.boxes, name, middle) for name in ("ready", "timers", "selector"))


def test_the_result_and_the_loop_are_as_without() -> None:
    loop, results = Loop(), []
    before = set(vars(loop))
    with loop.selector, stepping(loop) as trace:
        assert trace.lanes == []
        results.append(loop.run(naps(0.01)))
    assert results == [60] and set(vars(loop)) == before
    assert sys.gettrace() is None and gc.isenabled()


def test_an_error_comes_out_and_the_recording_stays() -> None:
    loop = Loop()
    with loop.selector, pytest.raises(ValueError, match="boom"), stepping(loop) as trace:
        loop.run(careless())
    assert trace.lanes == ["careless"] and trace.on("careless")[-1].state == RUNNING
    assert sys.gettrace() is None


def test_a_recording_ends_after_so_many_lines_and_says_so_and_the_loop_goes_on() -> None:
    loop, results = Loop(), []
    with loop.selector, stepping(loop, title="spinning") as trace:
        results.append(loop.run(spinner(3000)))
    assert results == [3000]
    assert trace.title == "spinning: the first 5,000 lines"
    assert len(trace.lines) == MOST_LINES
    assert max(span.end for span in trace.spans) <= trace.duration


def test_twice_the_same_is_told_the_same() -> None:
    assert stepped(naps()).text() == stepped(naps()).text()
    assert stepped(talk()).text() == stepped(talk()).text()


def test_other_programs_take_no_time_from_the_recording_but_waiting_does() -> None:
    class Slow(Loop):
        def start(self, coro: Any) -> Any:
            lose(0.15)
            return super().start(coro)

    lose: Callable[[float], None] = time.sleep  # under a name that does not look like waiting
    loop = Slow()
    with loop.selector, stepping(loop) as trace:
        loop.run(naps(0.1))
    assert 0.1 <= trace.duration < 0.45, "four starts of 0.15 s were no lines that wait"


def test_a_recording_travels() -> None:
    trace = stepped(naps(0.01))
    assert Trace.from_json(trace.to_json()) == trace


def test_a_loop_whose_cells_are_a_class_and_functions_put_into_it_is_one_listing() -> None:
    class Small:
        def __init__(self) -> None:
            self.ready: deque[Any] = deque()

    def run(self: Any, coro: Any) -> None:
        class Task:
            pass

        task: Any = Task()
        task.coro = coro
        self.ready.append(task)
        while self.ready:
            try:
                self.ready.popleft().coro.send(None)
                self.ready.append(task)
            except StopIteration:
                pass

    Small.run = run  # type: ignore[attr-defined]

    def twice() -> Any:
        yield
        yield

    loop: Any = Small()
    with stepping(loop) as trace:
        loop.run(twice())
    assert trace.listing.startswith("class Small:")
    assert "\ndef run(self: Any, coro: Any) -> None:" in trace.listing
    assert len([items for items in history(trace, "running") if items]) == 3


CELLS = [
    """\
import heapq, selectors, time
from collections import deque, namedtuple
from helpers import stepping, stepping_asyncio
Task = namedtuple("Task", "coro")
class Loop:
    def __init__(self):
        self.ready, self.timers, self.selector = deque(), [], selectors.DefaultSelector()

    def run(self, *coros):
        self.ready.extend((Task(coro), None) for coro in coros)
        while self.ready or self.timers:
            self.wait()
            self.step(*self.ready.popleft())
""",
    """\
class Loop(Loop):
    def wait(self):
        if not self.ready:
            self.selector.select(max(0, self.timers[0][0] - time.monotonic()))
            self.ready.append((heapq.heappop(self.timers)[-1], None))
""",
    """\
def step(self, task, value):
    try:
        seconds = task.coro.send(value)
    except StopIteration:
        return
    heapq.heappush(self.timers, (time.monotonic() + seconds, id(task), task))
Loop.step = step
""",
    """\
def nap(seconds):
    yield seconds
with stepping(loop := Loop(), title="cells") as trace:
    loop.run(nap(0.2), nap(0.1))
print(trace.to_json())
""",
]


@pytest.fixture(scope="module")
def notebook() -> Iterator[Notebook]:
    notebook = Notebook()
    yield notebook
    notebook.close()


def test_a_loop_written_in_three_cells_is_one_listing_and_steps_through_all(notebook: Notebook) -> None:
    trace = Trace.from_json([notebook.run(cell) for cell in CELLS][-1])
    assert trace.text().splitlines() == [
        "cells",
        "  nap 0.2  waiting",
        "  nap 0.1  waiting",
        "  running: nap 0.1, nap 0.2",
        "  ready: nap 0.1, nap 0.2",
        "  timers: nap 0.1, nap 0.2",
        "  selector: always empty",
    ]
    lines = trace.listing.splitlines()
    heads = [line for line in lines if line.startswith(("class", "def"))]
    assert heads == ["class Loop:", "class Loop(Loop):", "def step(self, task, value):"]
    visited = {lines[line - 1].strip() for _, line in trace.lines}
    assert {"while self.ready or self.timers:", "if not self.ready:", "except StopIteration:"} <= visited


def test_asyncio_is_stepped_in_a_cell(notebook: Notebook) -> None:
    cell = """\
import asyncio
async def nap(seconds):
    await asyncio.sleep(seconds)
async def main():
    await asyncio.gather(nap(0.2), nap(0.1))
print(stepping_asyncio(main(), "asyncio").text())"""
    assert notebook.run(cell).splitlines()[:4] == [
        "asyncio", "  main     waiting", "  nap 0.2  waiting", "  nap 0.1  waiting",
    ]  # fmt: skip


def test_something_that_is_no_loop_is_explained() -> None:
    with pytest.raises(CourseError, match="this list has none of them"), stepping([]):
        pass


def test_a_loop_without_source_is_explained() -> None:
    names: dict[str, Any] = {}
    exec("class Hidden:\n    ready = ()\n    def run(self): pass", names)
    with pytest.raises(CourseError, match=r"Hidden\.run cannot be found"), stepping(names["Hidden"]()):
        pass


# -- asyncio's ------------------------------------------------------------------------------


async def pause(seconds: float, result: int) -> int:
    await asyncio.sleep(seconds)
    return result


async def group() -> None:
    async with asyncio.TaskGroup() as tasks:
        for result in (10, 20, 30):
            tasks.create_task(pause(0.1, result))


def test_asyncios_own_loop_does_the_same() -> None:
    trace = stepping_asyncio(group(), title="asyncio")
    names = ["group", "pause 10", "pause 20", "pause 30"]
    assert trace.lanes == names
    who = [items[0] for items in history(trace, "running") if items]
    assert who == [*names, *names[1:], "group"]
    assert max(history(trace, "timers"), key=len) == tuple(names[1:])
    assert trace.listing.startswith("def _run_once(self):")
    lines = trace.listing.splitlines()
    assert any("select(timeout)" in lines[line - 1] for _, line in trace.lines)
    assert trace.text().splitlines()[:5] == ["asyncio", *(f"  {name:<8}  waiting" for name in names)]


def test_a_socket_that_a_task_waits_for_lies_in_the_selector_under_its_name() -> None:
    async def listen() -> bytes:
        left, right = socket.socketpair()
        with left, right:
            left.setblocking(False)
            loop = asyncio.get_running_loop()
            loop.call_later(0.05, right.send, b"x")
            return await loop.sock_recv(left, 10)

    trace = stepping_asyncio(listen())
    assert ("listen",) in [items[-1:] for items in history(trace, "selector")]
    assert ("send",) in history(trace, "timers")


def test_asyncio_is_stepped_inside_a_running_loop_and_leaves_no_thread() -> None:
    async def cell() -> Trace:
        return stepping_asyncio(group())

    before = threading.active_count()
    assert asyncio.run(cell()).lanes[0] == "group"
    assert threading.active_count() == before


def test_what_the_coroutine_raises_is_raised() -> None:
    async def fail() -> None:
        raise ValueError("boom")

    with pytest.raises(ValueError, match="boom"):
        stepping_asyncio(fail())


def test_a_coroutine_that_never_ends_is_canceled_and_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("helpers.tracing.stepping._PATIENCE", 0.2)
    ended = []

    async def forever() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("canceled")

    with pytest.raises(CourseError, match="still not done"):
        stepping_asyncio(forever())
    assert ended == ["canceled"]


def test_a_function_that_was_not_called_is_explained() -> None:
    with pytest.raises(CourseError, match=r"Call the function: stepping_asyncio\(main\(\)\)"):
        stepping_asyncio(group)  # type: ignore[arg-type]


# -- names ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("signatures", "names"),
    [
        ([("main", ["3"])], ["main"]),
        ([("nap", ["0.3", "a"]), ("nap", ["0.3", "b"])], ["nap a", "nap b"]),
        ([("nap", ["1", "a"]), ("main", []), ("nap", ["2", "a"])], ["nap 1", "main", "nap 2"]),
        ([("echo", [""]), ("echo", [""])], ["echo 1", "echo 2"]),
        ([("nap", ["1"]), ("nap", ["1"]), ("nap", ["2"])], ["nap 1", "nap 2", "nap 3"]),
        ([("go", []), ("go", ["x"])], ["go 1", "go 2"]),
    ],
)
def test_tasks_are_told_apart_by_an_argument_or_a_number(
    signatures: list[tuple[str, list[str]]], names: list[str]
) -> None:
    assert list(names_of(dict(enumerate(signatures))).values()) == names
