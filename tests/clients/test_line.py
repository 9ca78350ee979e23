"""The line under a cell, in a real kernel, and what an interrupt of that cell leaves."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from tests.background.foreground import Foreground
from tests.clients.conftest import THREADS, client_programs
from tests.supervisor.owner import eventually

WIDGET = "application/vnd.jupyter.widget-view+json"
SHOWN = """
import ipywidgets
[w.value for w in ipywidgets.Widget._active_widgets.values() if isinstance(w, ipywidgets.HTML)][-1]
"""


@pytest.fixture(scope="module")
def foreground() -> Iterator[Foreground]:
    with Foreground() as foreground:
        foreground.run("import ipywidgets\nfrom helpers import hold, load, memory")
        foreground.run(f"%%background server --process --wait-for listening{THREADS}")
        yield foreground


def shown(foreground: Foreground) -> str:
    """What the last line says."""
    return foreground.run(SHOWN).value


def test_the_text_form_says_what_was_asked_and_the_line_what_came(foreground: Foreground) -> None:
    ran = foreground.run("print(load('server', 20, each=5, slow=1, active=4))")
    told = "19 clients (4 active): 20 right, 0 wrong, 0 missing; 1 slow: 5 right, 0 wrong, 0 missing"
    assert ran.data("text/plain") == ["server: 20 clients: 4 active, 1 slow, 5 messages each"] and ran.data(
        WIDGET
    )
    assert (ran.text, ran.errors) == (f"{told}\n", [])
    line = shown(foreground)
    assert told in line and " requests/s" in line and "KiB a connection" in line and "CPU " in line


def test_holding_is_shown_too(foreground: Foreground) -> None:
    ran = foreground.run("with hold('server', 20): print('held')")
    assert (ran.text, ran.data("text/plain")) == ("held\n", ["server: 20 clients, held"])
    assert "20 clients (0 active): 20 served" in shown(foreground)


def test_an_interrupt_shows_what_there_is_and_leaves_nothing(foreground: Foreground) -> None:
    ran = foreground.send("load('server', 20, seconds=20)")
    assert eventually(lambda: any(p.num_fds() > 20 for p in client_programs(foreground.pid)), 10)
    os.kill(foreground.pid, signal.SIGINT)
    foreground.until(lambda: bool(ran.status))
    assert ran.error.startswith("KeyboardInterrupt")
    assert "stopped before the end" in shown(foreground)
    assert not client_programs(foreground.pid)
