"""`in_processes`: functions and results travel, everything that can go wrong says so, and nothing is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import psutil
import pytest

from helpers import CourseError, ask, compute, in_processes, timeline


def workers(parent: int) -> list[psutil.Process]:
    return [
        child
        for child in psutil.Process(parent).children(recursive=True)
        if "helpers.tracing.worker" in " ".join(_arguments(child))
    ]


def _arguments(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def within(seconds: float, condition: Callable[[], Any]) -> Any:
    end = time.monotonic() + seconds
    while not (found := condition()) and time.monotonic() < end:
        time.sleep(0.01)
    return found


@pytest.fixture(autouse=True)
def no_process_is_left() -> Iterator[None]:
    yield  # whoever is interrupted at its birth ends as soon as it sees that nobody will give it work
    assert within(2, lambda: not workers(os.getpid()))


def test_results_come_back_in_the_order_of_the_names() -> None:
    secret = 42

    def errand(name: str) -> tuple[str, int, bool]:
        ask({"A": 0.2, "B": 0.1, "C": 0}[name])
        return name, secret, os.getpid() != parent

    parent = os.getpid()
    assert in_processes(errand, "ABC") == [(name, 42, True) for name in "ABC"]


def test_the_processes_ask_the_slow_site_that_runs_already() -> None:
    def errand(name: str) -> str:
        ask(0.01)
        return os.environ["ART_OF_WAITING_SITE"]

    ask(0)
    assert in_processes(errand, ["A"]) == [os.environ["ART_OF_WAITING_SITE"]]


def test_names_may_be_numbers() -> None:
    with timeline("numbers") as trace:
        assert in_processes(lambda number: number * 2, range(2)) == [0, 2]
    assert trace.lanes == ["0", "1"]
    assert trace.text().startswith("numbers\n  0  starting")


def test_no_names_no_processes() -> None:
    assert in_processes(ask, []) == []


def test_what_they_print_appears_in_the_order_of_the_names(capfd: pytest.CaptureFixture[str]) -> None:
    def errand(name: str) -> None:
        ask({"A": 0.1, "B": 0}[name])
        print("this is", name)
        print("complaint of", name, file=sys.stderr)
        os.system(f"echo child of {name}")  # would spoil an answer sent over the standard output

    in_processes(errand, "AB")
    out, err = capfd.readouterr()
    assert out == "this is A\nthis is B\n"
    assert err == "complaint of A\nchild of A\ncomplaint of B\nchild of B\n"


def test_an_exception_is_told_with_the_process_it_happened_in(capsys: pytest.CaptureFixture[str]) -> None:
    def errand(name: str) -> float:
        print("before", name)
        return 1 / "AB".index(name)

    with pytest.raises(CourseError, match="in process A: ZeroDivisionError: division by zero"):
        in_processes(errand, "AB")
    assert capsys.readouterr().out == "before A\n"


def test_sys_exit_is_told() -> None:
    with pytest.raises(CourseError, match="in process A: SystemExit: 3"):
        in_processes(lambda name: sys.exit(3), "A")


def test_os_exit_is_told() -> None:
    with pytest.raises(CourseError, match="process A ended before its function returned, with exit code 7"):
        in_processes(lambda name: os._exit(7), "A")


def test_a_process_that_is_killed_is_told() -> None:
    with pytest.raises(CourseError, match="process A ended before its function returned, with exit code -9"):
        in_processes(lambda name: os.kill(os.getpid(), 9), "A")


def test_a_result_that_cannot_travel_is_told() -> None:
    with pytest.raises(CourseError, match="in process A: TypeError: cannot pickle"):
        in_processes(lambda name: threading.Lock(), "A")


def test_a_function_that_cannot_travel_is_told_before_anything_starts() -> None:
    lock = threading.Lock()
    with pytest.raises(CourseError, match="cannot travel to another process: cannot pickle '_thread.lock'"):
        in_processes(lambda name: lock, "A")


def test_an_endless_loop_is_ended_in_time() -> None:
    def forever(name: str) -> None:
        while True:
            pass

    before = time.monotonic()
    with pytest.raises(CourseError, match="process A was not done in time.*longer timeout"):
        in_processes(forever, "AB", timeout=1.5)
    assert time.monotonic() - before < 5


def test_what_a_process_has_started_ends_with_it() -> None:
    def errand(name: str) -> int:
        return subprocess.Popen(["sleep", "100"]).pid

    (pid,) = in_processes(errand, "A")
    assert within(2, lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == "zombie")


def test_a_failing_process_does_not_wait_for_the_others() -> None:
    def errand(name: str) -> None:
        if name == "A":
            raise LookupError("gone")
        time.sleep(20)

    before = time.monotonic()
    with pytest.raises(CourseError, match="gone"):
        in_processes(errand, "AB")
    assert time.monotonic() - before < 10


def test_an_interrupt_ends_them_all() -> None:
    me = threading.get_ident()

    def interrupt() -> None:
        within(10, lambda: len(workers(os.getpid())) == 2)
        signal.pthread_kill(me, signal.SIGINT)

    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        in_processes(lambda name: time.sleep(20), "AB")


def test_when_the_parent_is_killed_nothing_is_left() -> None:
    program = "from helpers import in_processes; in_processes(lambda name: sum(iter(int, 1)), 'AB')"
    parent = subprocess.Popen([sys.executable, "-c", program])
    assert within(20, lambda: len([p for p in workers(parent.pid) if p.cpu_times().user > 0.3]) == 2)
    children = psutil.Process(parent.pid).children(recursive=True)
    parent.kill()
    parent.wait()
    assert within(4, lambda: not [c for c in children if c.is_running() and c.status() != "zombie"])


def test_each_process_has_a_lane_that_begins_with_its_start() -> None:
    with timeline("processes") as trace:
        in_processes(lambda name: compute(0.1), "AB")
    assert trace.lanes == ["A", "B"]
    for name in "AB":
        first = trace.on(name)[0]
        assert first.state == "starting"
        assert first.start < 0.3
        assert trace.on(name)[1].start == pytest.approx(first.end, abs=0.05)
        assert trace.seconds("running", name) == pytest.approx(0.1, abs=0.03)
    assert trace.finished("A") <= trace.duration


def test_without_a_recording_they_run_as_well() -> None:
    assert in_processes(str.lower, ["A"]) == ["a"]
