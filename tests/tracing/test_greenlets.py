"""gevent: the unchanged function in a plain process with monkey patching, and gevent's own names without."""

from __future__ import annotations

import time

import gevent
import greenlet
import pytest

from helpers import ask, compute, timeline
from helpers.tracing import READY, RUNNING, WAITING, Trace

ERRAND = """
import gevent, threading
from helpers import ask, compute, timeline

def errand(name):
    compute(0.1)
    ask(0.3)
"""


def patched(fresh_python, program: str) -> Trace:
    return Trace.from_json(
        fresh_python(
            "from gevent import monkey; monkey.patch_all()" + ERRAND + program + "\nprint(trace.to_json())"
        )
    )


def test_the_unchanged_function_in_greenlets_looks_like_the_event_loop(fresh_python, calm) -> None:
    program = """
with timeline("greenlets") as trace:
    gevent.joinall([gevent.spawn(errand, name) for name in "ABC"])
"""
    trace = calm(0.68, lambda: patched(fresh_python, program))
    assert trace.text() == (
        "greenlets\n  A  running, waiting\n  B  ready, running, waiting\n  C  ready, running, waiting"
    )
    assert [trace.finished(name) for name in "ABC"] == pytest.approx([0.4, 0.5, 0.6], abs=0.1)
    assert trace.at_once(RUNNING) == 1


def test_threads_of_a_patched_process_are_greenlets_and_have_one_lane_each(fresh_python, calm) -> None:
    program = """
with timeline("threads") as trace:
    threads = [threading.Thread(target=errand, args=(name,), name=name) for name in "ABC"]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
"""
    trace = calm(0.68, lambda: patched(fresh_python, program))
    assert trace.lanes == ["A", "B", "C"]
    assert trace.at_once(RUNNING) == 1
    assert trace.at_once(WAITING) == 3
    assert trace.finished("A") < trace.finished("B") < trace.finished("C")


def test_without_the_patch_they_queue_as_one_by_one() -> None:
    with timeline("not patched") as trace:
        gevent.joinall([gevent.spawn(ask, 0.2), gevent.spawn(ask, 0.2)])
    assert trace.text() == "not patched\n  ask      waiting\n  ask (2)  ready, waiting"
    assert trace.duration >= 0.4


def test_a_timer_that_is_due_while_another_greenlet_computes_wakes_nobody(calm) -> None:
    def record() -> Trace:
        with timeline("timers") as trace:
            gevent.joinall([gevent.spawn(sleeper, "sleeper"), gevent.spawn(hog, "hog")])
        return trace

    def sleeper(name: str) -> None:
        gevent.sleep(0.1)

    def hog(name: str) -> None:
        gevent.sleep(0.02)
        compute(0.3)

    trace = calm(0.4, record)
    # gevent learns of it when its hub polls again: until then the greenlet waits.
    assert trace.text() == "timers\n  sleeper  waiting\n  hog      running"
    assert trace.finished("sleeper") >= 0.3


def test_a_greenlet_woken_by_another_was_not_ready_while_it_ran_itself() -> None:
    from gevent.event import Event

    woken = Event()

    def first(name: str) -> None:
        compute(0.1)
        gevent.sleep(0)
        compute(0.1)
        woken.set()

    def second(name: str) -> None:
        compute(0.1)
        woken.wait()

    with timeline("woken") as trace:
        gevent.joinall([gevent.spawn(first, "first"), gevent.spawn(second, "second")])
    assert trace.seconds(RUNNING) == pytest.approx(0.3, abs=0.06)
    assert trace.seconds(RUNNING, "first") == pytest.approx(0.2, abs=0.05)
    assert trace.at_once(RUNNING) == 1


def test_a_greenlet_that_is_killed_or_fails_ends_its_lane() -> None:
    def fail(name: str) -> None:
        gevent.sleep(0.01)
        raise LookupError

    with timeline("endings") as trace:
        victim = gevent.spawn(gevent.sleep, 5)
        failing = gevent.spawn(fail, "failing")
        gevent.sleep(0.1)
        victim.kill()
        failing.join()
        gevent.sleep(0.1)
    assert isinstance(failing.exception, LookupError)
    assert trace.finished("sleep") < trace.duration - 0.05
    assert trace.finished("failing") < trace.duration - 0.1


def test_greenlets_that_start_after_the_recording_are_not_in_it() -> None:
    with timeline("before") as trace:
        gevent.joinall([gevent.spawn(compute, 0.01)])
    told = trace.to_json()
    assert greenlet.gettrace() is None
    gevent.joinall([gevent.spawn(compute, 0.01)])
    assert trace.to_json() == told
    assert trace.seconds(READY) < trace.duration


def test_switches_by_hand_are_arrows_between_lanes_named_after_the_functions() -> None:
    def ping() -> None:
        compute(0.05)
        there.switch()
        compute(0.05)

    def pong() -> None:
        compute(0.05)
        here.switch()
        compute(0.05)

    with timeline("by hand") as trace:
        here, there = greenlet.greenlet(ping), greenlet.greenlet(pong)
        here.switch()
    assert trace.text() == (
        "by hand\n  ping  running, waiting, running\n  pong  running, waiting\n  ping → pong\n  pong → ping"
    )
    assert trace.at_once(RUNNING) == 1
    assert trace.finished("pong") == trace.duration, "nobody went back to it: it waits for ever"


def test_one_that_nobody_wants_any_more_has_no_lane_when_it_is_thrown_away() -> None:
    def stand() -> None:
        here.switch()

    here = greenlet.getcurrent()
    old = greenlet.greenlet(stand)
    old.switch()
    with timeline("thrown away") as trace:
        del old
        gevent.spawn(compute, 0.01).join()
    assert trace.lanes == ["compute"]


def test_who_says_sleep_0_is_ready_and_does_not_wait() -> None:
    def twice(name: str) -> None:
        compute(0.05)
        gevent.sleep(0)
        compute(0.05)

    with timeline("others first") as trace:
        gevent.joinall([gevent.spawn(twice, name) for name in "ab"])
    assert trace.seconds(READY, "a") >= 0.04
    assert trace.seconds(WAITING) < 0.01


def test_a_call_that_stops_the_thread_is_a_wait_and_not_work() -> None:
    with timeline("blocked") as trace:
        gevent.joinall([gevent.spawn(time.sleep, 0.1), gevent.spawn(time.sleep, 0.1)])
    assert trace.text() == "blocked\n  sleep      waiting\n  sleep (2)  ready, waiting"
