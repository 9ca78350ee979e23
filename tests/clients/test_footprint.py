"""What a server holds, as differences between two moments."""

from __future__ import annotations

import pytest

from helpers import CourseError, hold, memory
from helpers.background.status import Row
from tests.clients.conftest import THREADS, Cell

GROW = """
import os, threading, time
memory = bytearray(os.urandom(1)) * (20 << 20)
{more}
print("grown")
time.sleep(60)
"""
SLEEP = "time.sleep, args=(60,)"
WAIT = 'print("listening"); import time; time.sleep(60)'


def grown(cell: Cell, more: str) -> dict[str, int]:
    """The Footprint of a process that does `more`, over one that sleeps."""
    server = cell(f'print("listening")\n{GROW.format(more=more)}')
    server.wait_for("grown")
    after = memory("server")
    cell(WAIT)
    return vars(after - memory("server"))


def test_memory_threads_and_descriptors_are_counted(cell: Cell) -> None:
    more = f"lines = os.pipe()\nfor _ in range(3): threading.Thread(target={SLEEP}, daemon=True).start()"
    found = grown(cell, more)
    assert 19 < found["bytes"] / 2**20 < 25
    assert (found["threads"], found["descriptors"], found["processes"]) == (3, 2, 0)


def test_children_are_counted_and_the_dead_ones_apart(cell: Cell) -> None:
    more = (
        "living = os.fork() or time.sleep(60)\n"
        "dead = os.fork() or os._exit(0)\n"
        "os.waitid(os.P_PID, dead, os.WEXITED | os.WNOWAIT)"
    )
    found = grown(cell, more)
    assert (found["processes"], found["zombies"]) == (1, 1)
    assert found["bytes"] / 2**20 < 30, "what both share counts once"


def test_a_thread_for_each_client_can_be_seen(cell: Cell) -> None:
    cell(THREADS)
    before = memory("server")
    with hold("server", 20):
        held = memory("server") - before
    assert (held.threads, held.descriptors, held.processes) == (20, 20, 0)
    assert held.bytes > 0


def test_nobody_sees_behind_an_address() -> None:
    with pytest.raises(CourseError, match="give the name of a background cell"):
        memory(("127.0.0.1", 1))


def test_the_panel_shows_the_same_memory(cell: Cell) -> None:
    server = cell(WAIT)
    assert f"{memory('server').megabytes:.0f} MB" in Row(server)._label.value
