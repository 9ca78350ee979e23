"""However the owner ends: its children, what it adopted and its directories go with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from tests.supervisor.owner import alive, eventually, owner

FORK_IN_C = """
import ctypes
libc = ctypes.CDLL(None)
holder = libc.fork()
if holder == 0:
    libc.pause()
"""


@pytest.mark.parametrize(
    "ending",
    [
        "report()",
        "report(); sys.exit(3)",
        "report(); raise ValueError('a mistake')",
        "report(); os._exit(0)",
        "report(); os.kill(os.getpid(), signal.SIGKILL)",
        "report(); os.kill(os.getpid(), signal.SIGTERM)",
        "report(); os.killpg(0, signal.SIGKILL)",
        "report(); import ctypes; ctypes.string_at(0)",
        "report(); os.execv('/bin/sleep', ['sleep', '0'])",
    ],
)
def test_nothing_is_left_when_the_owner_ends(ending: str) -> None:
    with owner(ending) as it:
        assert it.nothing_is_left()


def test_nothing_is_left_when_the_owner_is_killed_from_outside() -> None:
    with owner("report(); time.sleep(1000)") as it:
        it.process.kill()
        assert it.nothing_is_left()


def test_nothing_is_left_although_a_forked_worker_lives_on() -> None:
    with owner("pid = os.fork()\nif pid == 0: time.sleep(1000)\nreport(holder=pid); time.sleep(1000)") as it:
        it.process.kill()
        assert it.nothing_is_left()
        assert alive(it.report["holder"])


def test_nothing_is_left_although_a_forked_worker_holds_the_line() -> None:
    with owner(FORK_IN_C + "report(holder=holder); time.sleep(1000)") as it:
        it.process.kill()
        assert it.nothing_is_left()
        assert alive(it.report["holder"])


def test_nothing_is_left_when_the_supervisor_is_asked_to_end() -> None:
    with owner("report(); time.sleep(1000)") as it:
        os.kill(it.report["supervisor"], signal.SIGTERM)
        assert eventually(lambda: not alive(it.report["child"]))
        it.process.kill()
        assert eventually(lambda: not alive(it.report["other"]))


def test_a_killed_supervisor_takes_its_children_along_and_is_replaced() -> None:
    again = "input(); child = supervisor.spawn(['/bin/sleep', '1000'], log=None); report(); time.sleep(1000)"
    with owner("report();" + again) as it:
        first = dict(it.report)
        os.kill(first["supervisor"], signal.SIGKILL)
        assert eventually(lambda: not alive(first["child"]))
        assert alive(first["other"])
        it.next_report()
        assert it.report["supervisor"] != first["supervisor"]
        it.process.kill()
        assert it.nothing_is_left()


def test_what_was_adopted_is_kept_safe_when_the_supervisor_and_then_the_owner_are_killed() -> None:
    with owner("report(); time.sleep(1000)") as it:
        os.kill(it.report["supervisor"], signal.SIGKILL)
        assert eventually(lambda: not alive(it.report["child"]))
        assert eventually(lambda: it.supervisors() not in ([], [it.report["supervisor"]]))
        it.process.kill()
        assert it.nothing_is_left()


def test_a_released_process_lives_on() -> None:
    with owner("supervisor.release(other); report()") as it:
        assert eventually(lambda: not alive(it.report["supervisor"]))
        assert alive(it.report["other"])


def test_a_process_id_that_now_means_another_process_is_left_alone() -> None:
    false_birth = (
        "supervisor.release(other); link.current().send(do='adopt', pid=other.pid, birth='1'); report()"
    )
    with owner(false_birth) as it:
        assert eventually(lambda: not alive(it.report["supervisor"]))
        assert alive(it.report["other"]) is (sys.platform == "linux")


def test_an_interrupt_does_not_reach_what_is_supervised() -> None:
    ignoring = (
        "signal.signal(signal.SIGINT, lambda *_: os.write(1, b'heard\\n'));"
        "report(); time.sleep(1000); time.sleep(1000)"
    )
    with owner(ignoring) as it:
        os.killpg(it.process.pid, signal.SIGINT)
        assert it.process.stdout and it.process.stdout.readline() == "heard\n"
        assert all(alive(it.report[name]) for name in ("supervisor", "child", "other"))


def test_the_end_of_the_thread_that_started_it_does_not_end_a_child() -> None:
    threads = """
def start():
    global child
    child = supervisor.spawn(["/bin/sleep", "1000"], log=None)
thread = threading.Thread(target=start); thread.start(); thread.join()
supervisor.spawn(["/bin/sleep", "0"], log=None).wait(5)
report(); time.sleep(1000)
"""
    with owner(threads) as it:
        assert alive(it.report["child"])


def test_the_end_of_a_forked_child_ends_nothing_of_its_parent() -> None:
    fork = "pid = os.fork()\nif pid == 0: sys.exit()\nos.waitpid(pid, 0); report(); time.sleep(1000)"
    with owner(fork) as it:
        assert all(alive(it.report[name]) for name in ("supervisor", "child", "other"))


def test_a_forked_child_has_a_supervisor_of_its_own() -> None:
    fork = """
reader, writer = os.pipe()
pid = os.fork()
if pid == 0:
    mine = supervisor.spawn(["/bin/sleep", "1000"], log=None)
    os.write(writer, f"{mine.pid} {child.running} {link.current()._process.pid}".encode())
    os._exit(0)
os.waitpid(pid, 0)
grandchild, running, its = os.read(reader, 100).decode().split()
report(grandchild=int(grandchild), running=running, its=int(its)); time.sleep(1000)
"""
    with owner(fork) as it:
        assert it.report["running"] == "True"
        assert it.report["its"] != it.report["supervisor"]
        assert eventually(lambda: not alive(it.report["grandchild"]))
        assert alive(it.report["child"])


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux gives orphans to a subreaper")
def test_a_daemonized_grandchild_is_found() -> None:
    daemon = """
import tempfile
note = place / "pid"
leave = f"setsid sh -c 'echo $$ > {note}; exec sleep 1000' & while [ ! -s {note} ]; do sleep 0.01; done"
supervisor.spawn(["/bin/sh", "-c", leave], log=None).wait(5)
report(daemon=int(note.read_text())); time.sleep(1000)
"""
    with owner(daemon) as it:
        assert alive(it.report["daemon"])
        it.process.kill()
        assert eventually(lambda: not alive(it.report["daemon"]))


def test_nothing_is_started_by_the_import() -> None:
    code = (
        "import helpers.supervisor, threading, psutil;"
        "print(threading.active_count(), psutil.Process().children())"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "1 []"


def test_giving_back_a_process_while_python_exits_does_not_hang() -> None:
    # What is registered before the supervisor's own end runs after it.
    late = "report(); import atexit; atexit._clear(); atexit.register(supervisor.release, other);"
    with owner(late + "atexit.register(link._end)") as it:
        assert it.nothing_is_left()
        assert it.process.wait(2) == 0
