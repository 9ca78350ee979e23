"""`ask`, `ask_async`, `compute`: what they take, what they give, what they say when the site is gone."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy
import pytest

from helpers import CourseError, ask, ask_async, compute, count_for, services, timeline
from helpers.tracing import READY, RUNNING, WAITING


def ask_in_a_loop(seconds: Any) -> float:
    return asyncio.run(ask_async(seconds))


@pytest.fixture(params=[ask, ask_in_a_loop], ids=["ask", "ask_async"])
def asking(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture(autouse=True)
def the_site_runs_again() -> Iterator[None]:
    yield
    services.slow_site()


@pytest.mark.parametrize("seconds", [0, 0.05, 0.2, 1e-7])
def test_an_answer_takes_as_long_as_was_asked_for_and_says_so(asking: Any, seconds: float) -> None:
    before = time.perf_counter()
    assert asking(seconds) == pytest.approx(seconds, abs=1e-6)
    assert seconds <= time.perf_counter() - before + 0.001 < seconds + 1


@pytest.mark.parametrize("nonsense", [-1, 60.5, "x", "0.3", None, [], float("nan"), float("inf"), 1j])
def test_what_is_no_number_of_seconds_is_refused_with_an_example(asking: Any, nonsense: Any) -> None:
    with pytest.raises(CourseError, match=r"from 0 to 60, for example ask\(0\.3\)"):
        asking(nonsense)


def test_numbers_of_other_libraries_are_numbers(asking: Any) -> None:
    assert asking(numpy.float32(0.125)) == 0.125
    assert asking(numpy.int64(0)) == 0


def test_a_site_that_was_stopped_is_started_again_by_the_next_question(asking: Any, site: Any) -> None:
    asking(0)
    site.stop()
    assert not site.running
    assert asking(0.05) == 0.05


def test_a_site_that_was_stopped_and_started_is_asked_on_a_new_connection(asking: Any, site: Any) -> None:
    asking(0)
    site.restart()
    assert asking(0.05) == 0.05


def test_a_site_that_is_killed_while_we_wait_says_what_to_do(asking: Any, site: Any) -> None:
    killer = threading.Timer(0.2, site.kill)
    killer.start()
    before = time.perf_counter()
    with pytest.raises(CourseError, match=r"No answer: .+ Run services.slow_site\(\) in a cell.*ask again"):
        asking(30)
    assert time.perf_counter() - before < 5
    killer.join()
    assert asking(0) == 0


def test_a_recording_in_which_the_site_is_killed_ends_the_wait_there(site: Any) -> None:
    killer = threading.Timer(0.2, site.kill)
    killer.start()
    with pytest.raises(CourseError), timeline("killed") as trace:
        ask(30)
    killer.join()
    assert trace.text() == "killed\n  main  waiting"


def test_a_recording_without_questions_needs_no_site(fresh_python: Any) -> None:
    program = """
        import os
        os.environ["ART_OF_WAITING_SITE"] = "127.0.0.1:9"  # nobody listens there
        from helpers import CourseError, ask, compute, timeline
        with timeline("no site") as trace:
            compute(0.05)
        print(trace.lanes)
        try:
            ask(0.1)
        except CourseError as error:
            print(error)
    """
    lanes, error = fresh_python(program).splitlines()
    assert lanes == "['main']"
    assert error.startswith("No answer: ")


def test_a_python_that_inherits_the_site_starts_none_of_its_own(fresh_python: Any) -> None:
    program = """
        import sys
        from helpers import ask
        ask(0.01)
        print([name for name in sys.modules if name.startswith("helpers.services")])
    """
    assert fresh_python(program).strip() == "[]"


def test_a_hundred_threads_can_ask_at_once() -> None:
    answers: list[float] = []
    threads = [threading.Thread(target=lambda: answers.append(ask(0.2))) for _ in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [0.2] * 100


def test_a_question_that_is_cancelled_spoils_none_of_those_that_follow() -> None:
    async def main() -> None:
        for _ in range(20):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(ask_async(0.05), 0.01)
            assert await ask_async(0.001) == 0.001

    asyncio.run(main())


def test_compute_burns_the_cpu_time_of_its_own_thread(fresh_python: Any) -> None:
    before = time.thread_time()
    compute(0.1)
    assert 0.1 <= time.thread_time() - before < 0.13
    before = time.thread_time()
    compute(0)
    compute(-1)
    assert time.thread_time() - before < 0.01


def test_three_threads_that_compute_a_tenth_of_a_second_take_three() -> None:
    threads = [threading.Thread(target=compute, args=(0.1,)) for _ in range(3)]
    before = time.process_time()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.process_time() - before >= 0.3


def test_counting_takes_the_walls_time_and_says_how_far_it_came() -> None:
    before = time.perf_counter()
    assert count_for(0.05) > 100
    assert 0.05 <= time.perf_counter() - before < 0.5


def test_an_answer_that_comes_while_others_hold_the_lock_makes_ready_not_waiting(calm: Any) -> None:
    """The thread cannot know when its answer came, because it had no turn: the site's time stamp tells."""

    def record() -> Any:
        with timeline("late") as trace:
            threads = [threading.Thread(target=ask, args=(0.1,), name="asks")]
            threads += [threading.Thread(target=compute, args=(0.15,), name=name) for name in ("X", "Y")]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        return trace

    old = sys.getswitchinterval()
    sys.setswitchinterval(0.1)  # a turn lasts so long that the answer has to wait for it
    try:
        trace = calm(0.36, record)
    finally:
        sys.setswitchinterval(old)
    assert trace.seconds(WAITING, "asks") == pytest.approx(0.1, abs=0.06)
    assert trace.on("asks")[-2].state == READY
    assert trace.at_once(RUNNING) == 1


def test_compute_in_the_main_thread_is_ready_while_another_thread_has_the_lock(calm: Any) -> None:
    def record() -> Any:
        with timeline("shared") as trace:
            thread = threading.Thread(target=compute, args=(0.2,), name="other")
            thread.start()
            compute(0.2)
            thread.join()
        return trace

    trace = calm(0.5, record)
    assert trace.text() == (
        "shared\n  main   running and ready by turns\n  other  running and ready by turns"
    )
    assert trace.seconds(READY, "main") == pytest.approx(0.2, abs=0.1)
    assert trace.seconds(RUNNING, "main") == pytest.approx(0.2, abs=0.05)


def test_the_site_is_told_to_other_processes_by_its_address(site: Any) -> None:
    ask(0)
    assert os.environ["ART_OF_WAITING_SITE"] == site.url.removeprefix("http://")
