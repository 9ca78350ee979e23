"""The three servers of lesson 02, around an answer of the learner's own."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from typing import Any

from helpers.background.travel import packed
from helpers.errors import CourseError

__all__ = ["MODELS", "serve"]

_READY_WITHIN = 15.0
_TALK = """
def talk(client):
    with client:
        while data := client.recv(1024):
            client.sendall(answer(data.decode()).encode())
"""
_SERVERS = {
    "process": """
    while True:
        client, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            try:
                talk(client)
            except Exception:
                traceback.print_exc()
            os._exit(0)
        client.close()
""",
    "thread": """
    while True:
        client, _ = listener.accept()
        threading.Thread(target=talk, args=(client,), daemon=True).start()
""",
    "loop": """
    sockets = [listener]
    while True:
        for s in select.select(sockets, [], [])[0]:
            if s is listener:
                sockets.append(listener.accept()[0])
            elif data := s.recv(1024):
                s.sendall(answer(data.decode()).encode())
            else:
                sockets.remove(s)
                s.close()
""",
}
MODELS = tuple(_SERVERS)
# A script that fails ends, and with it its process; a kernel would live on, and its sockets with it.
_PROGRAM = """\
import base64, os, pickle, select, signal, socket, sys, threading, time, traceback
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
answer = pickle.loads(base64.b64decode({answer!r}))
{talk}
try:
    listener = socket.create_server(("127.0.0.1", 0), backlog=100)
    {server}
except Exception:
    traceback.print_exc()
    sys.stderr.flush()
    time.sleep(0.1)  # until that has left the kernel
    os._exit(1)
"""


def serve(answer: Callable[[str], str], *, plain: bool = False) -> None:
    """Start the three servers of experiment 2 afresh; to each word they answer ``answer(word)``.

    They are the background cells "process", "thread" and "loop". Each has a copy of `answer` and of the
    variables that it uses. What they print, tracebacks too, is in ``background.cell("loop").output``.
    `plain`: all are plain processes, which have few descriptors open; but nobody can look into one.
    Raises CourseError if `answer` cannot travel there, or if a server does not start.
    """
    from helpers.background.cells import BackgroundCell, named

    if not callable(answer):
        raise CourseError(f"serve needs a function of a word, such as answer, and not {answer!r}.")
    load = base64.b64encode(packed(answer)).decode()
    cells: list[BackgroundCell] = []
    for name, server in _SERVERS.items():
        cells.append(named(name))
        cells[-1].stop()
        program = _PROGRAM.format(answer=load, talk=_TALK, server=server)
        cells[-1].begin(program, plain or name == "process", _show_nothing)
    deadline = time.monotonic() + _READY_WITHIN
    for cell in cells:
        while not cell.ports:
            if not cell.running or time.monotonic() > deadline:
                raise CourseError(f"The server {cell.name!r} did not start. It printed:\n{cell.output}")
            time.sleep(0.01)


def _show_nothing(kind: str, content: dict[str, Any]) -> None:
    """For a Run's output that is kept, but not shown."""
