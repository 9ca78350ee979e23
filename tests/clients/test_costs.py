"""Many connections, what they cost, limits, and ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest

from helpers import CourseError, hold, load
from helpers.background.footprint import held
from tests.clients.conftest import SERVERS, THREADS, Cell, Start, client_programs
from tests.supervisor.owner import eventually

ROOT = Path(__file__).parents[2]


def test_ten_thousand_connections_fit_beside_each_other() -> None:
    if not _may_open(12_000):
        pytest.skip("this system does not let a process have 10,000 connections")
    command = [sys.executable, "-P", str(SERVERS), "echo", "128"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        address = "127.0.0.1", int(server.stdout.readline())
        try:
            with hold(address, 10_000) as report:
                [program] = client_programs()
                megabytes = held(server.pid).megabytes + held(program.pid).megabytes
                assert (report.served, report.errors) == (10_000, {})
                assert held(program.pid).descriptors >= 10_000
            assert megabytes < 400
        finally:
            server.kill()


def _may_open(files: int) -> bool:
    import resource

    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return hard == resource.RLIM_INFINITY or hard >= files


def test_a_low_limit_of_files_ends_in_a_clear_message(start: Start) -> None:
    code = f"""
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (256, 1024))
from helpers import CourseError, hold, load, raise_file_limit
print(raise_file_limit(500), raise_file_limit(10_000))
address = {start("echo")!r}
print(load(address, 10_000, each=1))
try:
    with hold(address, 10_000): pass
except CourseError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    note = "This system lets a process have 1,024 files open, so 1,008 of 10,000 clients came. "
    limit, limits, counts, told, error = done.stdout.splitlines()
    assert limit == "This system lets a process have 1,024 files open, not 10,000."
    assert (limits, counts) == ("500 1024", "1,008 clients: 1,008 right, 0 wrong, 0 missing")
    assert told.startswith(note)
    assert error.startswith(f"Only 1,008 of 10,000 connections could be held: {note}")


FORKS = """
import os, signal, socket
listener = socket.create_server(("127.0.0.1", 0))
print("listening")
while True:
    line, _ = listener.accept()
    if os.fork() == 0:
        listener.close()
        while message := line.recv(1000):
            sum(range(20_000))
            line.sendall(message)
        os._exit(0)
    line.close()
    try:
        while os.waitpid(-1, os.WNOHANG)[0]: pass
    except ChildProcessError:
        pass
"""


def test_a_report_says_what_the_server_used_children_included(cell: Cell) -> None:
    cell(FORKS)
    report = load("server", 10, each=20)
    assert str(report) == "10 clients: 200 right, 0 wrong, 0 missing"
    assert report.cpu_per_request and 100e-6 < report.cpu_per_request < 10e-3
    assert report.memory_per_connection and report.memory_per_connection > 50_000, "a process each"
    assert repr(report).startswith(f"{report}\n") and "requests/s, p50 " in repr(report)
    assert "CPU " in report.times() and "KiB a connection" in report.times()


def test_a_server_that_dies_in_mid_run_is_reported_not_raised(cell: Cell) -> None:
    cell(THREADS.replace("line.sendall", "os._exit(3) if b' 5 ' in message else line.sendall"))
    report = load("server", 3, each=10)
    assert sum(report.errors.values()) == 3 and report.missing == 3 and report.wrong == 0
    assert set(report.errors) <= {"closed", "reset"}


def test_connections_are_open_while_the_block_runs_and_no_longer(cell: Cell) -> None:
    process = psutil.Process(cell(FORKS).pid)
    with pytest.raises(ZeroDivisionError), hold("server", 5):
        children = process.children()
        raise ZeroDivisionError
    assert len(children) == 5
    assert eventually(lambda: all(not c.is_running() or c.status() == "zombie" for c in children), 10)


def test_not_everybody_can_be_held_by_a_server_for_one(start: Start) -> None:
    message = "Only 1 of 5 connections could be held: the others got no answer"
    with pytest.raises(CourseError, match=message), hold(start("one_by_one"), 5, timeout=0.3):
        pass


def test_an_interrupt_ends_the_clients_and_goes_on(start: Start) -> None:
    def interrupt() -> None:
        assert eventually(lambda: bool(client_programs()), 10)
        os.kill(os.getpid(), signal.SIGINT)

    address = start("echo")
    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        load(address, 50, seconds=20)
    # One that was interrupted while it was being started ends by itself, since nobody speaks to it.
    assert eventually(lambda: not client_programs())
    assert load(address, 5, each=2).right == 10


def test_clients_that_are_killed_are_news_for_the_learner(start: Start) -> None:
    def kill() -> None:
        assert eventually(lambda: bool(client_programs()), 10)
        client_programs()[0].kill()

    threading.Thread(target=kill).start()
    with pytest.raises(CourseError, match="The process of the clients ended in mid-run"):
        load(start("echo"), 50, seconds=20)
