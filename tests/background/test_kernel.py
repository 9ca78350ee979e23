"""Kernel: code in a Python of its own, and what it may do to us (nothing)."""

from __future__ import annotations

import os
import resource
import threading
import time
from collections.abc import Iterator
from statistics import median

import psutil
import pytest

from helpers.background import start
from helpers.background.kernel import Kernel
from helpers.errors import CourseError
from helpers.tracing.trace import Span, Trace


@pytest.fixture(scope="module")
def lasting() -> Iterator[Kernel]:
    with Kernel.take() as kernel:
        yield kernel


@pytest.fixture
def kernel(lasting: Kernel) -> Kernel:
    if not lasting.alive:
        lasting.restart()
    return lasting


def test_it_runs_code_and_keeps_state(kernel: Kernel) -> None:
    assert kernel.run("print('hello'); x = 20").status == "ok"
    assert kernel.run("print(x + 1)").stdout == "21\n"


def test_it_is_a_process_of_its_own(kernel: Kernel) -> None:
    assert kernel.run("import os; print(os.getpid(), os.getpgid(0))").stdout.split() == [str(kernel.pid)] * 2
    assert kernel.pid != os.getpid()


def test_output_comes_while_the_code_runs(kernel: Kernel) -> None:
    came: list[tuple[str, str]] = []
    first = threading.Event()

    def on_output(kind: str, content: dict) -> None:
        came.append((kind, content.get("text", "")))
        first.set()

    run = kernel.begin("print('first')\nimport sys\nwhile True: pass", on_output)
    assert first.wait(10) and run.outcome is None
    kernel.interrupt()
    assert run.wait(10)
    assert {kind for kind, _ in came} == {"stream"} and "".join(text for _, text in came) == "first\n"


def test_values_come_back_functions_and_traces_too(kernel: Kernel) -> None:
    kernel.run(
        "from helpers.tracing.trace import *\ny = 3\ndef f(x): return x * y\n"
        "t = Trace('run', ['A'], [Span('A', 'waiting', 0, 1)])"
    )
    assert kernel.evaluate("[f(2), {'a': y}]") == [6, {"a": 3}]
    assert kernel.evaluate("f")(5) == 15
    assert kernel.evaluate("t") == Trace("run", ["A"], [Span("A", "waiting", 0, 1)])
    assert len(kernel.evaluate("'x' * 3_000_000")) == 3_000_000


def test_a_value_that_is_not_there_or_cannot_leave_says_so(kernel: Kernel) -> None:
    with pytest.raises(CourseError, match=r"no 'nowhere' over there.*Was its line reached"):
        kernel.evaluate("nowhere")
    with pytest.raises(CourseError, match=r"cannot leave its process \(TypeError: cannot pickle"):
        kernel.evaluate("__import__('threading').Lock()")
    with pytest.raises(CourseError, match="no value over there: ZeroDivisionError"):
        kernel.evaluate("1 / 0")
    with pytest.raises(CourseError, match="no value over there: SyntaxError"):
        kernel.evaluate("1 +")


def test_a_value_is_not_fetched_from_running_code(kernel: Kernel) -> None:
    run = kernel.begin("while True: pass")
    with pytest.raises(CourseError, match="still running"):
        kernel.evaluate("1")
    kernel.interrupt()
    assert run.wait(10)


def test_an_exception_is_told_in_the_usual_colors(kernel: Kernel) -> None:
    outcome = kernel.run("print('before')\n1 / 0")
    assert (outcome.status, outcome.ename, outcome.evalue) == (
        "error",
        "ZeroDivisionError",
        "division by zero",
    )
    assert outcome.stdout == "before\n"
    assert "\x1b[31mZeroDivisionError" in "\n".join(outcome.traceback)


def test_a_syntax_error_is_told_with_its_line(kernel: Kernel) -> None:
    outcome = kernel.run("x = 1\ndef f(:\n    pass")
    assert (outcome.status, outcome.ename) == ("error", "SyntaxError")
    assert "line 2" in outcome.evalue


def test_an_endless_loop_is_interrupted_and_the_state_is_kept(kernel: Kernel) -> None:
    kernel.run("x = 5")
    began = time.monotonic()
    outcome = kernel.run("while True: pass", timeout=0.5)
    assert outcome.status == "timeout" and time.monotonic() - began < 2
    assert outcome.evalue == "not done after 0.5 s"
    assert "while" in "\n".join(outcome.traceback)
    assert kernel.evaluate("x") == 5


def test_an_interrupt_at_any_moment_ends_the_run(kernel: Kernel) -> None:
    for _ in range(40):
        run = kernel.begin("while True: pass")
        kernel.interrupt()
        outcome = run.wait(5)
        assert outcome and outcome.ename == "KeyboardInterrupt" and outcome.traceback


def test_an_interrupt_that_ipython_drops_is_sent_again(kernel: Kernel) -> None:
    called = threading.Event()
    kernel.run(
        "import time\n"
        "def slow(): print('called'); time.sleep(0.5)\n"
        "get_ipython().events.register('pre_execute', slow)"
    )
    try:
        run = kernel.begin("while True: pass", lambda kind, content: called.set())
        assert called.wait(10)
        kernel.interrupt()
        outcome = run.wait(5)
        assert outcome and outcome.ename == "KeyboardInterrupt"
        assert "Error in callback <function slow" in outcome.stdout
    finally:
        kernel.interrupt()
        kernel.run("get_ipython().events.unregister('pre_execute', slow)")


def test_a_cell_that_awaits_hears_an_interrupt_at_once(kernel: Kernel) -> None:
    printed = threading.Event()
    code = "import asyncio\nprint('begun', flush=True)\nawait asyncio.sleep(100)"
    run = kernel.begin(code, lambda kind, content: printed.set())
    assert printed.wait(10)
    kernel.interrupt()
    outcome = run.wait(2)
    assert outcome and outcome.ename == "CancelledError"


@pytest.mark.parametrize(
    "code",
    [
        "sum(range(10**12))",
        "import time\nwhile True:\n    try:\n        time.sleep(600)\n    except BaseException: pass",
    ],
    ids=["in C", "that catches everything"],
)
def test_a_loop_that_cannot_be_interrupted_is_killed(kernel: Kernel, code: str) -> None:
    pid, began = kernel.pid, time.monotonic()
    assert kernel.run(code, timeout=0.5).status == "timeout"
    assert time.monotonic() - began < 3
    assert not psutil.pid_exists(pid) and not kernel.alive
    with pytest.raises(CourseError, match="restart it"):
        kernel.run("1")


@pytest.mark.parametrize(
    ("code", "how"),
    [
        ("import sys; sys.exit()", "called sys.exit()"),
        ("exit()", "called exit()"),
        ("import os; os._exit(3)", "ended with exit code 3"),
        ("import os; os.kill(os.getpid(), 9)", "killed by SIGKILL"),
        ("import ctypes; ctypes.string_at(0)", "killed by SIGSEGV"),
    ],
)
def test_the_end_of_its_python_is_told_in_words(kernel: Kernel, code: str, how: str) -> None:
    outcome = kernel.run(code, timeout=10)
    assert outcome.status == "died" and how in outcome.evalue
    kernel.restart()
    assert kernel.run("print('again')").stdout == "again\n"


def test_a_flood_of_lines_is_cut_with_a_line_that_says_so(kernel: Kernel) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    pieces: list[int] = []
    outcome = kernel.run(
        "for n in range(200_000): print(n)",
        timeout=60,
        on_output=lambda kind, content: pieces.append(len(content["text"])),
        output_limit=20_000,
    )
    assert outcome.status == "ok"
    assert outcome.stdout.endswith("\n[The output is cut here: it is longer than 20,000 characters.]\n")
    assert len(outcome.stdout) < 20_100 and sum(pieces) == len(outcome.stdout)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown * (1 if os.uname().sysname == "Darwin" else 1024) < 30_000_000
    assert kernel.run("print('well')").stdout == "well\n"


def test_what_is_displayed_arrives_as_jupyter_messages(kernel: Kernel) -> None:
    came: list[tuple[str, dict]] = []
    kernel.run("display('a')\n1 + 1", on_output=lambda kind, content: came.append((kind, content["data"])))
    assert came == [("display_data", {"text/plain": "'a'"}), ("execute_result", {"text/plain": "2"})]


def test_what_a_thread_prints_later_is_heard(kernel: Kernel) -> None:
    heard = threading.Event()

    def on_output(kind: str, content: dict) -> None:
        if "late" in content["text"]:
            heard.set()

    go = (
        "import threading\ngo = threading.Event()\n"
        "threading.Thread(target=lambda: (go.wait(10), print('late'))).start()"
    )
    outcome = kernel.run(go, on_output=on_output)
    assert outcome.status == "ok" and not heard.is_set()
    kernel.evaluate("go.set()")
    assert heard.wait(10)


def test_stopping_ends_what_it_started_too() -> None:
    kernel = Kernel.take()
    child = int(kernel.run("import subprocess; print(subprocess.Popen(['sleep', '600']).pid)").stdout)
    kernel.stop()
    kernel.stop()
    assert not psutil.pid_exists(kernel.pid)
    assert not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE


def test_a_run_that_is_stopped_by_somebody_else_ends(kernel: Kernel) -> None:
    run = kernel.begin("while True: pass")
    kernel.stop()
    outcome = run.wait(1)
    assert outcome and outcome.status == "died" and "it was stopped" in outcome.evalue


def test_many_threads_may_use_one_kernel(kernel: Kernel) -> None:
    outputs: list[str] = []
    threads = [
        threading.Thread(target=lambda n=n: outputs.append(kernel.run(f"print({n})").stdout))
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(outputs) == sorted(f"{n}\n" for n in range(8))


def test_a_warm_spare_is_there_at_once() -> None:
    def first_output() -> float:
        start.warm().result(30)
        came = threading.Event()
        began = time.monotonic()
        kernel = Kernel.take()
        kernel.begin("print('there')", lambda *_: came.set())
        assert came.wait(10)
        taken = time.monotonic() - began
        kernel.stop()
        return taken

    assert median(first_output() for _ in range(3)) < 0.15


def test_a_spare_that_died_is_replaced() -> None:
    spare = start.warm().result(30)
    os.kill(spare.pid, 9)
    while spare.returncode() is None:  # bounded by the test's own time limit
        pass
    with Kernel.take() as kernel:
        assert kernel.run("print('there')").stdout == "there\n"


def test_a_listener_that_fails_does_not_make_us_wait_for_ever(
    kernel: Kernel, capsys: pytest.CaptureFixture
) -> None:
    def on_output(*_: object) -> None:
        raise ZeroDivisionError

    outcome = kernel.run("print('one', flush=True)\nprint('two')", timeout=10, on_output=on_output)
    assert outcome.status == "ok" and outcome.stdout == "one\ntwo\n"
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_an_interrupt_at_the_moment_a_kernel_is_ready_leaves_it_as_the_spare(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    spare = start.warm()
    spare.result(30)
    with monkeypatch.context() as moment, pytest.raises(KeyboardInterrupt):
        moment.setattr(spare, "result", interrupted)
        start.take()
    assert start.warm() is spare
