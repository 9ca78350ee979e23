"""However the foreground ends: within two seconds no background process and no directory is left."""

from __future__ import annotations

import os
import signal
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.background.foreground import Foreground

EVERYTHING = """\
import os, psutil, subprocess
from helpers.background import start
mine = [background.cell(n).pid for n in ("server", "plain")] + [start.warm().result(30).pid]
tree = [p.pid for pid in mine for p in [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]]
print(*tree)
"""


def begin(foreground: Foreground) -> list[int]:
    """A busy kernel with a child, a busy plain process with a child, and a warm spare; all process ids."""
    child = "import subprocess\nsubprocess.Popen(['sleep', '600'])\nprint('on')\n"
    foreground.run(f"%%background server --wait-for on\n{child}while True: pass")
    foreground.run(f"%%background plain --process --wait-for on\n{child}while True: pass")
    pids = [int(pid) for pid in foreground.run(EVERYTHING).text.split()]
    assert len(pids) == 5
    return pids


def left(pids: list[int], owner: int) -> list[str]:
    alive = [p for p in psutil.process_iter(["pid", "status", "cmdline"]) if p.pid in pids]
    names = [str(p.info) for p in alive if p.info["status"] != psutil.STATUS_ZOMBIE]
    folders = Path(os.environ.get("TMPDIR") or tempfile.gettempdir()).glob(f"aow-{owner}-*")
    return names + [str(folder) for folder in folders]


def shut_down(foreground: Foreground) -> None:
    foreground.manager.shutdown_kernel()


def restart(foreground: Foreground) -> None:
    foreground.manager.restart_kernel()


def killed(foreground: Foreground) -> None:
    os.kill(foreground.pid, signal.SIGKILL)


def terminated(foreground: Foreground) -> None:
    os.kill(foreground.pid, signal.SIGTERM)


def left_by_itself(foreground: Foreground) -> None:
    foreground.send("import os; os._exit(1)")


def crashed(foreground: Foreground) -> None:
    foreground.send("import ctypes; ctypes.string_at(0)")


@pytest.mark.parametrize("end", [shut_down, restart, killed, terminated, left_by_itself, crashed])
def test_nothing_is_left(end: Callable[[Foreground], None]) -> None:
    with Foreground() as foreground:
        pids, owner = begin(foreground), foreground.pid
        end(foreground)
        deadline = time.monotonic() + 2
        while (rest := left(pids, owner)) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not rest


def test_shutting_down_prints_nothing_under_the_cells() -> None:
    with Foreground() as foreground:
        begin(foreground)
        cells = [cell for cell in foreground.cells.values() if cell.outputs]
        before = [len(cell.outputs) for cell in cells]
        foreground.manager.request_shutdown()
        foreground.until(lambda: not foreground.manager.is_alive())
        assert [len(cell.outputs) for cell in cells] == before


def test_a_crashed_supervisor_ends_nothing_and_still_nothing_is_left() -> None:
    with Foreground() as foreground:
        pids, owner = begin(foreground), foreground.pid
        found = foreground.run(
            "import psutil\n"
            "print(*[p.pid for p in psutil.Process().children() if 'process.py' in str(p.cmdline())])"
        )
        os.kill(int(found.text), signal.SIGKILL)
        assert foreground.run("background.cell('server').running").value == "True"
        assert foreground.run("%%background more\nprint('there')").text == "there\n"
        os.kill(owner, signal.SIGKILL)
        deadline = time.monotonic() + 2
        while (rest := left(pids, owner)) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not rest


def test_a_fork_of_the_foreground_ends_nothing() -> None:
    with Foreground() as foreground:
        begin(foreground)
        forked = foreground.run(
            "import os, sys\npid = os.fork()\nif pid == 0: os._exit(0)\nprint(os.waitpid(pid, 0)[1])\n"
            "from multiprocessing import get_context\n"
            "p = get_context('fork').Process(target=print)\np.start(); p.join()"
        )
        assert forked.text.startswith("0\n"), forked
        assert foreground.run("background.cell('server').running").value == "True"
        assert foreground.run("background.cell('plain').running").value == "True"
