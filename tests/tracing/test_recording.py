"""`timeline` hooks into Python and leaves no trace of itself, however its block ends."""

from __future__ import annotations

import asyncio
import gc
import itertools
import selectors
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import gevent
import greenlet
import pytest

from helpers import CourseError, arrow, ask, compute, lane, mark, timeline
from helpers.tracing import READY, RUNNING, WAITING
from helpers.tracing.recorder import current, mine


def hooks() -> list[object]:
    """Everything a recording touches, as it is now."""
    loop = asyncio.BaseEventLoop
    gevent.get_hub()
    return [
        threading.Thread.start,
        loop.create_task,
        loop.call_soon,
        loop.call_at,
        selectors.DefaultSelector.select,
        greenlet.gettrace(),
        current(),
        mine.get(),
        gc.isenabled(),
    ]


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    before = hooks()
    yield
    assert hooks() == before


def test_no_garbage_is_collected_in_the_middle_of_a_recording() -> None:
    with timeline():
        assert not gc.isenabled()
    assert gc.isenabled()
    gc.disable()
    try:
        with timeline():
            pass
        assert not gc.isenabled()  # it was off before, and stays so
    finally:
        gc.enable()


class Surprise(Exception):
    pass


@pytest.mark.parametrize("error", [Surprise, KeyboardInterrupt, SystemExit, GeneratorExit])
def test_a_block_that_ends_early_is_recorded_so_far(error: type[BaseException]) -> None:
    before = hooks()
    with pytest.raises(error), timeline("cut short") as trace:
        assert hooks() != before
        with lane("A"):
            ask(0.1)
            raise error
    assert hooks() == before
    assert trace.text().startswith("cut short\n  A  waiting")
    assert 0.1 <= trace.duration < 1


def test_an_interrupt_while_it_waits_for_its_threads_leaves_a_recording() -> None:
    over = threading.Event()

    def errand() -> None:
        ask(1.5)
        over.set()

    me = threading.get_ident()
    threading.Timer(0.3, lambda: signal.pthread_kill(me, signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt), timeline("interrupted") as trace:
        thread = threading.Thread(target=errand, name="A")
        thread.start()
        thread.join()
    assert not over.is_set()
    assert trace.text() == "interrupted\n  A  waiting"
    assert trace.finished("A") == trace.duration < 1.5
    before = trace.to_json()
    assert over.wait(10)
    assert trace.to_json() == before, "what happens later changes nothing"


def test_the_recording_is_empty_inside_its_block() -> None:
    with timeline("not yet") as trace:
        compute(0.01)
        assert not trace.spans
    assert trace.spans


@pytest.mark.parametrize(("title", "called"), [("first", "the timeline 'first'"), ("", "another timeline")])
def test_a_second_recording_is_refused_and_the_first_goes_on(title: str, called: str) -> None:
    with timeline(title) as first:
        hooked = hooks()
        with (
            pytest.raises(CourseError, match=f"{called} is still recording.*run this cell again"),
            timeline("second"),
        ):
            pytest.fail("must not be reached")
        assert hooks() == hooked
        with lane("A"):
            compute(0.03)
    assert first.text() == f"{title or 'a recording'}\n  A  running"


def test_a_second_recording_in_another_thread_is_refused_too() -> None:
    refused: list[CourseError] = []

    def other() -> None:
        try:
            with timeline("second"):
                pass
        except CourseError as error:
            refused.append(error)

    with timeline("first") as trace:
        thread = threading.Thread(target=other, name="A")
        thread.start()
        thread.join()
    assert len(refused) == 1
    assert trace.lanes == ["A"]


def test_a_thousand_threads_that_want_to_record_agree_on_one_at_a_time() -> None:
    recorded: list[int] = []
    barrier = threading.Barrier(20)

    def one(number: int) -> None:
        barrier.wait()
        for _ in range(50):
            try:
                with timeline(), lane("A"):
                    recorded.append(number)
            except CourseError:
                time.sleep(0.0005)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert recorded


def test_recordings_follow_each_other() -> None:
    for _ in range(50):
        with timeline("again") as trace, lane("A"):
            pass
    assert trace.lanes == ["A"]


def test_a_block_without_a_lane_of_its_own_is_the_main_thread() -> None:
    with timeline("plain") as trace:
        ask(0.1)
    assert trace.text() == "plain\n  main  waiting"


def test_a_main_thread_that_only_starts_others_is_not_drawn() -> None:
    with timeline("three") as trace:
        thread = threading.Thread(target=ask, args=(0.1,), name="A")
        thread.start()
        thread.join()
    assert trace.lanes == ["A"]


def test_a_main_thread_that_works_along_is_drawn() -> None:
    with timeline("along") as trace:
        thread = threading.Thread(target=ask, args=(0.2,), name="A")
        thread.start()
        ask(0.1)
        thread.join()
    assert trace.lanes == ["main", "A"]
    assert trace.seconds(WAITING, "main") == pytest.approx(0.15, abs=0.1)


def test_lanes_with_the_same_name_are_told_apart() -> None:
    with timeline("twins") as trace:
        threads = [
            threading.Thread(target=ask, args=(0.1,), name=name) for name in ("A", "A", "A (2)", "main")
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert trace.lanes == ["A", "A (2)", "A (2) (2)", "main"]


def test_a_name_that_python_counted_up_becomes_the_functions() -> None:
    with timeline("unnamed") as trace:
        threads = [threading.Thread(target=ask, args=(0.05,)), threading.Timer(0.01, ask, (0.05,))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert trace.lanes == ["ask", "Timer"]


def test_a_thread_that_a_thread_starts_has_a_lane_too() -> None:
    def parent() -> None:
        child = threading.Thread(target=ask, args=(0.1,), name="child")
        child.start()
        child.join()

    with timeline("family") as trace:
        thread = threading.Thread(target=parent, name="parent")
        thread.start()
        thread.join()
    assert trace.lanes == ["parent", "child"]
    assert trace.text() == "family\n  parent  waiting\n  child   waiting"


def test_threads_that_nobody_recorded_starts_are_none_of_ours() -> None:
    """Jupyter's threads start threads while a cell runs; so does anything that was there before."""
    started, stop = threading.Event(), threading.Event()

    def stranger() -> None:
        started.wait()
        child = threading.Thread(target=int, name="stranger's child")
        child.start()
        child.join()
        stop.set()

    thread = threading.Thread(target=stranger, name="stranger")
    thread.start()
    with timeline("ours") as trace, lane("A"):
        started.set()
        stop.wait()
    thread.join()
    assert trace.lanes == ["A"]


def test_a_thread_from_before_gets_a_lane_when_it_asks() -> None:
    go, asked = threading.Event(), threading.Event()

    def old() -> None:
        go.wait()
        ask(0.1)
        asked.set()

    thread = threading.Thread(target=old, name="old")
    thread.start()
    with timeline("late") as trace:
        go.set()
        asked.wait()
    thread.join()
    assert trace.text() == "late\n  old  waiting"


def test_a_thread_that_sleeps_on_at_the_end_waits_until_the_end() -> None:
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait, name="sleeper")
    with timeline("alive") as trace:
        thread.start()
        ask(0.2)
    stop.set()
    thread.join()
    last = trace.on("sleeper")[-1]
    assert last.end == trace.duration
    # Only Linux tells what a thread does that is not one's own.
    assert last.state in (WAITING, "unclear")


def test_a_thread_that_works_on_at_the_end_does_not_wait() -> None:
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            pass

    thread = threading.Thread(target=work, name="worker")
    with timeline("alive") as trace:
        thread.start()
        ask(0.2)
    stop.set()
    thread.join()
    assert trace.on("worker")[-1].state in (RUNNING, "unclear")
    assert trace.finished("worker") == trace.duration


def test_an_exception_in_a_thread_ends_its_lane(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    monkeypatch.setattr(threading, "excepthook", lambda args: seen.append(args.exc_value))

    def fail() -> None:
        ask(0.05)
        raise Surprise

    with timeline("failing") as trace:
        thread = threading.Thread(target=fail, name="A")
        thread.start()
        thread.join()
        ask(0.2)
    assert isinstance(seen[0], Surprise)
    assert trace.finished("A") < trace.duration - 0.1
    assert "run" not in vars(thread)


def test_a_thread_started_twice_complains_as_ever_and_has_one_lane() -> None:
    with timeline("twice") as trace:
        thread = threading.Thread(target=ask, args=(0.05,), name="A")
        thread.start()
        with pytest.raises(RuntimeError, match="threads can only be started once"):
            thread.start()
        thread.join()
    assert trace.lanes == ["A"]


def test_a_pool_of_threads_has_names_that_do_not_depend_on_earlier_pools() -> None:
    with timeline("pool") as trace, ThreadPoolExecutor(3) as pool:
        list(pool.map(ask, [0.1, 0.1, 0.1]))
    assert trace.lanes == ["pool thread", "pool thread (2)", "pool thread (3)"]
    assert trace.at_once(WAITING) == 3


def test_more_threads_than_cores_have_a_lane_each() -> None:
    with timeline("many") as trace:
        threads = [threading.Thread(target=ask, args=(0.3,), name=f"errand {n}") for n in range(200)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(trace.lanes) == 200
    assert trace.at_once(WAITING) > 20
    assert min(trace.seconds(WAITING, name) for name in trace.lanes) > 0.1


def test_a_lane_can_be_taken_up_again() -> None:
    with timeline("again") as trace:
        for _ in range(2):
            for name in "AB":
                with lane(name):
                    ask(0.05)
    assert trace.lanes == ["A", "B"]
    assert len([span for span in trace.on("A") if span.state == WAITING]) == 2


def test_a_lane_inside_a_lane_hides_it_for_a_while() -> None:
    with timeline("nested") as trace, lane("outer"):
        with lane("inner"):
            ask(0.1)
        ask(0.05)
    assert trace.lanes == ["outer", "inner"]
    assert [s.state for s in trace.on("inner") if s.length > 0.02] == [WAITING]
    assert trace.on("outer")[-2].state in (WAITING, READY)


def test_without_a_recording_nothing_is_noted_and_nothing_fails() -> None:
    with lane("A"):
        mark("here")
        arrow("A", "B")
        compute(0)
        assert ask(0) == 0


def test_marks_and_arrows_are_on_the_recordings_clock() -> None:
    sent = time.perf_counter_ns()
    with timeline("marks") as trace:
        with lane("A"):
            ask(0.1)
            mark("answered")
        arrow("A", "queue", "task", sent_ns=sent)
        mark("full", "queue")
    assert trace.lanes == ["A", "queue"]
    assert trace.marks[0].lane == "A"
    assert 0.1 <= trace.marks[0].time <= trace.duration
    assert trace.arrows[0].sent < 0 < trace.arrows[0].arrived
    assert trace.text() == "marks\n  A      waiting, answered\n  queue  full\n  A → queue: task"


def test_recordings_of_one_machine_share_a_clock() -> None:
    before = time.perf_counter_ns()
    with timeline("clock") as trace:
        compute(0.01)
    after = time.perf_counter_ns()
    assert before <= trace.origin_ns <= trace.origin_ns + trace.duration * 1e9 <= after + 1


def test_every_span_lies_inside_the_recording_and_none_overlap_on_a_lane() -> None:
    def errand() -> None:
        for _ in range(5):
            compute(0.005)
            ask(0.01)

    with timeline("tidy") as trace:
        threads = [threading.Thread(target=errand, name=name) for name in "ABC"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for name in trace.lanes:
        spans = trace.on(name)
        assert all(0 <= span.start < span.end <= trace.duration for span in spans)
        for one, other in itertools.pairwise(spans):
            assert one.end <= other.start
            assert one.end < other.start or (one.state, one.label) != (other.state, other.label)
