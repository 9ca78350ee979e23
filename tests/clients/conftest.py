"""Real servers, in processes of their own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from helpers.background.cells import BackgroundCell, named
from helpers.clients.program import PROGRAM

Start = Callable[..., tuple[str, int]]
Cell = Callable[..., BackgroundCell]
SERVERS = Path(__file__).with_name("servers.py")
THREADS = """
import os, socket, threading

def serve(line):
    while message := line.recv(1000):
        line.sendall(message)

listener = socket.create_server(("127.0.0.1", 0))
print("listening")
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
"""


def client_programs(pid: int | None = None) -> list[psutil.Process]:
    """The client programs of a process; of this one by default."""
    found = []
    for child in psutil.Process(pid).children(recursive=True):
        with suppress(psutil.Error):
            found += [child] if str(PROGRAM) in child.cmdline() else []
    return found


@pytest.fixture
def start() -> Iterator[Start]:
    """start(kind, backlog=128) → the address of such a server."""
    running: list[subprocess.Popen[str]] = []

    def begin(kind: str, backlog: int = 128) -> tuple[str, int]:
        command = [sys.executable, "-P", str(SERVERS), kind, str(backlog)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        running.append(process)
        assert process.stdout
        return "127.0.0.1", int(process.stdout.readline())

    yield begin
    for process in running:
        assert process.poll() is None, "the server has died"
        process.kill()
        process.wait()
        assert process.stdout
        process.stdout.close()


@pytest.fixture
def cell() -> Iterator[Cell]:
    """cell(code, plain=True) → the background cell "server", running; its code has printed "listening"."""
    server = named("server")

    def begin(code: str, plain: bool = True) -> BackgroundCell:
        server.stop()
        server.begin(code, plain)
        server.wait_for("listening")
        return server

    yield begin
    server.stop()


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    """No client program outlives its call."""
    yield
    assert not client_programs()
