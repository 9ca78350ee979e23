"""Copies of a server in which a line or two are different, and clients that they may not survive.

variant("hoarder", of="textbook", change={"inputs.append(client)": "…"}, first="everyone = []")
fate("hoarder", client)         "lives", or the name of the exception that ended it
with frozen("hoarder"): …       meanwhile it doesn't run, and its clients do
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from helpers.clients.addresses import address, process_of
from helpers.clients.visits import connect
from helpers.errors import CourseError

__all__ = ["fate", "frozen", "variant"]

LIVES = "lives"
COPY = "copy"
_PATIENCE = 10.0
# A kernel outlives its code's exception, and keeps the clients' sockets open; a script ends, and hangs up.
_PROGRAM = """\
import linecache, os, traceback
code, name = {code!r}, {name!r}
linecache.cache[name] = (len(code), None, code.splitlines(keepends=True), name)
try:
    exec(compile(code, name, "exec"), {{"__name__": "__main__"}})
except Exception as error:
    traceback.print_exception(error.with_traceback(error.__traceback__.tb_next))
    os._exit(1)
"""
_sources: dict[str, str] = {}


def variant(name: str, of: str, change: Mapping[str, str] | None = None, first: str = "") -> None:
    """Start the background cell `name`: a copy of the server `of`, with other lines.

    `change` maps a line, without its indentation, to what stands there in the copy: one line or several,
    indented as the old one was. `first` runs before everything else. The copy prints "listening", as its
    model does, runs as a plain process and ends with its first exception, as a script does.

    Raises CourseError if there is no such server, if it has no such line, or if the copy does not start.
    """
    code = _source(of)
    for old, new in (change or {}).items():
        code = _changed(code, old, new, of)
    _sources[name] = f"{first}\n{code}" if first else code
    _start(name, _sources[name])


def fate(server: str, client: Callable[[socket.socket], Any], busy: bool = False) -> str:
    """What becomes of a fresh copy of `server` when it meets one client.

    The copy is the background cell "copy". `client` gets a connected socket, which is closed afterward;
    with `busy` the copy doesn't run until that is done. Then somebody else says hello, twice: the result
    is "lives" if the answers are right, else the name of the exception that ended the copy, or "silent".
    Raises CourseError as `variant` does.
    """
    from helpers.background.cells import named

    _start(COPY, _source(server))
    with contextlib.ExitStack() as leaving:
        connection = leaving.enter_context(socket.create_connection(address(COPY), timeout=5))
        if busy:
            leaving.enter_context(frozen(COPY))
            # Closed last of all, that is before the copy goes on.
            leaving.callback(connection.close)
        client(connection)
    with contextlib.suppress(CourseError):
        (somebody,) = connect(COPY)
        # In the turn that answers the first hello the copy may still die of what the client did before.
        if all(somebody.say("hello", _PATIENCE).upper().startswith("HELLO") for _ in range(2)):
            return LIVES
    copy = named(COPY)
    deadline = time.monotonic() + _PATIENCE
    while copy.running:
        if time.monotonic() > deadline:
            return "silent"
        time.sleep(0.01)
    last = copy.output.strip().rpartition("\n")[2]
    return re.split(r"[:\s]", last, maxsplit=1)[0].rpartition(".")[2] or "silent"


@contextlib.contextmanager
def frozen(server: str) -> Iterator[None]:
    """Inside the block the background cell `server` gets no turn on any core, as on a very busy machine.

    What is sent to it arrives all the same: the operating system keeps it. Raises CourseError if there is
    no such cell, or if it is stopped.
    """
    import psutil

    pid = process_of(server)
    if pid is None:
        raise CourseError(f"Only a background cell can be frozen: give its name, not {server!r}.")
    process = psutil.Process(pid)
    os.kill(pid, signal.SIGSTOP)
    try:
        deadline = time.monotonic() + _PATIENCE
        while process.status() != psutil.STATUS_STOPPED and time.monotonic() < deadline:
            time.sleep(0.001)
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def _source(server: str) -> str:
    from helpers.background.cells import cell

    return _sources.get(server) or cell(server).code


def _changed(code: str, old: str, new: str, server: str) -> str:
    changed, found = re.subn(
        rf"^([ ]*){re.escape(old)}[ ]*(?:#.*)?$",
        lambda line: "\n".join(line[1] + each for each in new.splitlines()),
        code,
        flags=re.MULTILINE,
    )
    if not found:
        raise CourseError(
            f"The server {server!r} has no line “{old}”, so there is nothing to change. "
            "Run its cell again as it stood at first, then this one."
        )
    return changed


def _start(name: str, code: str) -> None:
    from helpers.background.cells import named

    server = named(name)
    server.begin(_PROGRAM.format(code=code, name=name), True, lambda *_: None)
    try:
        server.wait_for("listening", _PATIENCE)
    except CourseError:
        raise CourseError(
            f"The copy {name!r} of the server did not start. It printed:\n{server.output.strip()[-500:]}"
        ) from None
