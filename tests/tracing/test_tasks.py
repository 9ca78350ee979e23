"""asyncio under recording: names, endings, loops, and that a recorded program does what it did before."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import threading
import time
import warnings
from collections.abc import Coroutine
from typing import Any

import pytest

from helpers import ask_async, compute, mark, timeline
from helpers.tracing import READY, RUNNING, WAITING, Trace


def record(main: Coroutine[Any, Any, Any], *, ready: bool = True) -> Trace:
    with timeline("tasks", ready=ready) as trace:
        asyncio.run(main)
    return trace


def lanes(trace: Trace) -> list[str]:
    return [name for name in trace.lanes if name != "the thread"]


async def errand(seconds: float = 0.05) -> float:
    return await ask_async(seconds)


def test_lanes_bear_the_names_that_tasks_got_after_they_were_made() -> None:
    """Up to Python 3.12 a TaskGroup names its tasks afterwards; anybody may at any time."""

    async def main() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(errand(), name="A")
            group.create_task(errand(0.1)).set_name("B")
            late = group.create_task(errand(0.1))
            await asyncio.sleep(0.05)
            late.set_name("C")

    assert lanes(record(main())) == ["A", "B", "C"]


def test_a_name_that_asyncio_counted_up_becomes_the_coroutines() -> None:
    async def main() -> None:
        await asyncio.gather(errand(), errand(), asyncio.sleep(0.01))

    assert lanes(record(main())) == ["errand", "errand (2)", "sleep"]


def test_the_first_task_is_drawn_if_it_does_something_itself() -> None:
    async def main() -> None:
        task = asyncio.create_task(errand(), name="A")
        await ask_async(0.1)
        await task

    assert lanes(record(main())) == ["main", "A"]


def test_the_first_task_is_drawn_if_it_is_the_only_one() -> None:
    async def main() -> None:
        await asyncio.sleep(0.1)

    assert record(main()).text() == "tasks\n  main        waiting\n  the thread  waiting"


def test_await_alone_is_not_concurrency() -> None:
    async def main() -> None:
        for _ in range(3):
            await ask_async(0.1)

    trace = record(main())
    assert lanes(trace) == ["main"]
    assert trace.duration >= 0.3
    assert trace.text().splitlines()[1] == "  main        waiting"


def test_a_task_that_is_cancelled_ends_where_it_was_cancelled() -> None:
    async def main() -> None:
        task = asyncio.create_task(ask_async(2), name="A")
        await ask_async(0.2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await ask_async(0.2)

    trace = record(main())
    assert trace.finished("A") == pytest.approx(0.2, abs=0.15)
    assert trace.duration >= 0.4
    assert trace.text().splitlines()[2] == "  A           waiting"


def test_a_task_that_is_cancelled_before_it_began_leaves_no_warning() -> None:
    async def main() -> None:
        task = asyncio.create_task(errand(), name="A")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        trace = record(main())
        gc.collect()
    assert trace.seconds(RUNNING, "A") == 0


def test_an_exception_in_a_task_ends_its_lane_and_reaches_whoever_awaits_it() -> None:
    async def fail() -> None:
        await ask_async(0.05)
        raise LookupError("nothing there")

    async def main() -> None:
        with pytest.raises(ExceptionGroup) as caught:
            async with asyncio.TaskGroup() as group:
                group.create_task(fail(), name="A")
                group.create_task(ask_async(3), name="B")
        assert caught.group_contains(LookupError, match="nothing there")
        await ask_async(0.1)

    trace = record(main())
    assert trace.finished("A") < trace.duration - 0.05
    assert trace.finished("B") < trace.duration - 0.05 < 2


def test_a_task_may_swallow_its_cancellation_and_go_on() -> None:
    async def stubborn() -> str:
        try:
            await asyncio.sleep(5)
        except asyncio.CancelledError:
            await ask_async(0.05)
        return "done"

    async def main() -> str:
        task = asyncio.create_task(stubborn())
        await asyncio.sleep(0.01)
        task.cancel()
        return await task

    with timeline("stubborn") as trace:
        assert asyncio.run(main()) == "done"
    assert trace.duration < 2


def test_timeouts_async_generators_and_context_variables_work_as_ever() -> None:
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="none")
    closed = []

    async def numbers() -> Any:
        try:
            for number in range(10):
                yield number
                await asyncio.sleep(0)
        finally:
            closed.append(True)

    async def child() -> str:
        before = variable.get()
        variable.set("child")
        await asyncio.sleep(0)
        return f"{before}, {variable.get()}"

    async def main() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await ask_async(2)
        variable.set("main")
        assert await asyncio.create_task(child()) == "main, child"
        assert variable.get() == "main"
        context = contextvars.copy_context()
        context.run(variable.set, "given")
        assert await asyncio.create_task(child(), context=context) == "given, child"
        assert context[variable] == "child"
        assert [number async for number in numbers()] == list(range(10))

    record(main())
    assert closed == [True]


def test_what_asyncio_refuses_it_refuses_in_the_same_words() -> None:
    async def main() -> None:
        with pytest.raises(TypeError, match="a coroutine was expected, got <function errand"):
            asyncio.create_task(errand)  # type: ignore[arg-type]  # noqa: RUF006

    assert lanes(record(main())) == ["main"]


def test_a_task_says_what_it_runs() -> None:
    async def main() -> str:
        task = asyncio.create_task(errand(), name="A")
        said = repr(task)
        await task
        return said

    with timeline("repr"):
        assert "coro=<errand() running" in asyncio.run(main())


def test_callbacks_of_every_kind_pass_through() -> None:
    """The hooks look at ``callback.__self__``, which may be anything: a list cannot be a dictionary's key."""
    seen: list[int] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.call_soon(seen.append, 1)
        loop.call_later(0.01, seen.append, 2)
        loop.call_soon_threadsafe(seen.append, 3)
        loop.call_later(0.01, lambda *numbers: seen.extend(numbers), 4, 5)
        await asyncio.sleep(0.05)

    record(main())
    assert sorted(seen) == [1, 2, 3, 4, 5]


def test_a_sleep_that_is_over_while_the_loop_computes_is_ready_from_then_on(calm: Any) -> None:
    async def sleeper() -> None:
        await asyncio.sleep(0.1)

    async def hog() -> None:
        await asyncio.sleep(0.02)
        compute(0.3)

    async def main() -> None:
        await asyncio.gather(sleeper(), hog())

    trace = calm(0.4, lambda: record(main()))
    assert trace.text().splitlines()[1] == "  sleeper     waiting, ready"
    assert trace.seconds(WAITING, "sleeper") == pytest.approx(0.1, abs=0.03)
    assert trace.seconds(READY, "sleeper") == pytest.approx(0.22, abs=0.1)


def test_sleeps_that_are_cancelled_again_and_again_make_nobody_ready_too_early() -> None:
    async def patient() -> None:
        for _ in range(60):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(asyncio.sleep(0.5), 0.003)

    async def main() -> None:
        task = asyncio.create_task(patient(), name="A")
        await asyncio.gather(*[asyncio.sleep(0.01 * n) for n in range(10)])
        await task

    trace = record(main())
    assert all(span.length < 0.1 for span in trace.spans if span.state == READY)


def test_a_task_that_sleeps_with_time_sleep_blocks_its_thread() -> None:
    async def blocker() -> None:
        time.sleep(0.2)

    async def main() -> None:
        await asyncio.gather(blocker(), errand())

    trace = record(main())
    assert trace.text().splitlines()[1] == "  blocker     waiting"
    assert trace.seconds(WAITING, "blocker") >= 0.15


def test_two_loops_one_after_the_other_share_the_threads_lane() -> None:
    with timeline("twice") as trace:
        asyncio.run(errand(0.1))
        compute(0.1)
        asyncio.run(errand(0.1))
    assert trace.lanes == ["main", "errand", "errand (2)", "the thread"]
    last = trace.on("the thread")
    assert last[-1].end == pytest.approx(trace.duration, abs=0.05)
    gap = [
        span
        for span in last
        if span.start >= trace.finished("errand") and span.end <= trace.on("errand (2)")[0].start
    ]
    assert sum(span.length for span in gap) < 0.05, "between two loops there is no loop to run"


def test_loops_in_two_threads_have_a_thread_lane_each() -> None:
    with timeline("two loops") as trace:
        threads = [threading.Thread(target=lambda: asyncio.run(errand(0.1)), name=name) for name in "XY"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert {"X", "Y", "errand", "errand (2)"} == set(trace.lanes[:4])
    assert trace.lanes[4:] == ["the thread", "the thread (2)"]
    for name in ("the thread", "the thread (2)"):
        assert trace.seconds(WAITING, name) == pytest.approx(0.1, abs=0.08)


def test_lanes_have_their_names_when_the_block_ends_with_an_exception() -> None:
    async def main() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(ask_async(1), name="A")
            await asyncio.sleep(0.1)
            raise LookupError

    with pytest.raises(ExceptionGroup), timeline("failing") as trace:
        asyncio.run(main())
    assert trace.text() == "failing\n  A           waiting\n  the thread  waiting"


def test_marks_find_the_task_they_are_made_in() -> None:
    async def marked() -> None:
        await ask_async(0.05)
        mark("answered")

    async def main() -> None:
        async with asyncio.TaskGroup() as group:
            for name in "AB":
                group.create_task(marked(), name=name)

    trace = record(main())
    assert sorted((m.lane, m.label) for m in trace.marks) == [("A", "answered"), ("B", "answered")]


def test_tasks_that_live_on_are_cut_at_the_end() -> None:
    async def main() -> Trace:
        with timeline("cut") as trace:
            task = asyncio.create_task(ask_async(0.5), name="A")
            await ask_async(0.1)
        before = trace.to_json()
        await task
        assert trace.to_json() == before
        return trace

    trace = asyncio.run(main())
    assert trace.on("A")[-1].state == WAITING
    assert trace.finished("A") == trace.duration < 0.4


def test_tasks_of_an_earlier_recording_are_not_in_the_next() -> None:
    async def main() -> Trace:
        with timeline("first"):
            old = asyncio.create_task(ask_async(0.2), name="old")
            await asyncio.sleep(0)
        with timeline("second") as trace:
            await asyncio.create_task(ask_async(0.1), name="new")
        await old
        return trace

    assert lanes(asyncio.run(main())) == ["new"]


def test_a_recording_without_ready_knows_running_and_waiting() -> None:
    async def mixed() -> None:
        compute(0.1)
        await ask_async(0.1)

    async def main() -> None:
        async with asyncio.TaskGroup() as group:
            for name in "AB":
                group.create_task(mixed(), name=name)

    trace = record(main(), ready=False)
    assert trace.lanes == ["A", "B"]
    assert trace.seconds(RUNNING, "A") == pytest.approx(0.1, abs=0.04)
    assert trace.seconds(WAITING, "A") >= 0.09


def test_ten_thousand_tasks_are_recorded_in_the_time_of_a_few() -> None:
    async def main() -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(10_000):
                group.create_task(asyncio.sleep(0.01))

    before = time.thread_time()
    trace = record(main())
    assert len(trace.lanes) == 10_001
    assert time.thread_time() - before < 8


@pytest.mark.skipif(not hasattr(asyncio, "eager_task_factory"), reason="eager tasks came with Python 3.12")
def test_eager_tasks_work_as_ever() -> None:
    async def main() -> Any:
        asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)  # type: ignore[attr-defined]
        return await asyncio.gather(errand(0.05), errand(0.1))

    with timeline("eager") as trace:
        assert asyncio.run(main()) == [0.05, 0.1]
    assert trace.lanes.count("errand") == 1
