"""A child under supervision: started, watched, ended."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from threading import Thread

import pytest

from helpers import supervisor
from helpers.errors import CourseError
from tests.supervisor.owner import alive, eventually

SLEEP = ["/bin/sleep", "1000"]


def test_a_child_runs_until_it_is_killed() -> None:
    child = supervisor.spawn(SLEEP, log=None)
    assert child.running and alive(child.pid)
    child.kill()
    assert child.wait(2) == -signal.SIGKILL
    assert not child.running and not alive(child.pid)


def test_a_child_that_is_asked_to_end_may_say_goodbye(tmp_path: Path) -> None:
    log = tmp_path / "log"
    child = supervisor.spawn(
        ["/bin/sh", "-c", "trap 'echo goodbye; exit 7' TERM; echo ready; while :; do sleep 0.01; done"],
        log=log,
    )
    assert eventually(lambda: "ready" in log.read_text())
    child.terminate()
    assert child.wait(2) == 7
    assert log.read_text() == "ready\ngoodbye\n"


def test_killing_a_child_ends_its_whole_group(tmp_path: Path) -> None:
    log = tmp_path / "log"
    child = supervisor.spawn(["/bin/sh", "-c", "sleep 1000 & echo $!; wait"], log=log)
    assert eventually(lambda: log.read_text().endswith("\n"))
    grandchild = int(log.read_text())
    child.kill()
    assert eventually(lambda: not alive(grandchild))


def test_a_child_that_ends_by_itself_tells_its_exit_code() -> None:
    child = supervisor.spawn(["/bin/sh", "-c", "exit 5"], log=None)
    assert child.wait(2) == 5
    child.kill()
    assert child.returncode == 5


def test_waiting_for_a_child_is_bounded() -> None:
    child = supervisor.spawn(SLEEP, log=None)
    with pytest.raises(TimeoutError):
        child.wait(0.05)
    child.kill()


def test_a_child_gets_its_environment_and_its_directory(tmp_path: Path) -> None:
    log = tmp_path / "log"
    supervisor.spawn(
        ["/bin/sh", "-c", "echo $WORD; pwd"], env={"WORD": "ä\udcff"}, cwd=tmp_path, log=log
    ).wait(2)
    assert log.read_bytes().split(b"\n")[:2] == [
        "ä\udcff".encode(errors="surrogateescape"),
        os.fsencode(tmp_path),
    ]


def test_a_child_leads_a_session_of_its_own_and_hears_nothing_of_ours() -> None:
    child = supervisor.spawn(SLEEP, log=None)
    assert os.getpgid(child.pid) == os.getsid(child.pid) == child.pid
    child.kill()


def test_a_child_inherits_no_descriptor_and_no_ignored_signal(tmp_path: Path) -> None:
    log = tmp_path / "log"
    code = "import os, signal; print(sorted(os.listdir('/dev/fd')), signal.getsignal(signal.SIGINT).__name__)"
    supervisor.spawn([sys.executable, "-c", code], log=log).wait(5)
    # 3 is the listing's own.
    assert log.read_text() == "['0', '1', '2', '3'] default_int_handler\n"


@pytest.mark.parametrize("program", ["/no/such/program", "/etc/passwd", "/"])
def test_what_cannot_be_run_is_said(program: str) -> None:
    with pytest.raises(CourseError, match=f"{program} cannot be started"):
        supervisor.spawn([program], log=None)


def test_a_log_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="cannot be started"):
        supervisor.spawn(SLEEP, log=tmp_path / "no" / "such" / "log")


def test_many_threads_start_children_at_once() -> None:
    children = []
    threads = [Thread(target=lambda: children.append(supervisor.spawn(SLEEP, log=None))) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len({child.pid for child in children}) == 20
    assert all(alive(child.pid) for child in children)
    for child in children:
        child.kill()
    assert all(child.wait(2) == -signal.SIGKILL for child in children)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has privileges to drop")
def test_an_unprivileged_child_of_root_is_nobody(tmp_path: Path) -> None:
    place = supervisor.scratch("of nobody", unprivileged=True)
    log = tmp_path / "log"
    supervisor.spawn(["/usr/bin/id", "-un"], log=log, unprivileged=True).wait(2)
    supervisor.spawn(["/bin/sh", "-c", "echo > mine && ls"], cwd=place, log=log, unprivileged=True).wait(2)
    assert log.read_text() == "nobody\nmine\n"
