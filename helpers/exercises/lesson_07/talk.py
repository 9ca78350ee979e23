"""The callback of an echo server, for clients who don't read."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable

from helpers.exercises.exercise import Answer, Exercise, Miss, Wrong
from helpers.exercises.lesson_07.callback_server import CallbackServer, serving

__all__ = ["EXERCISE"]

CHUNK = bytes(range(256)) * 64
MOST = 6_000_000
LIMIT = 300_000

HEAD = "from selectors import EVENT_READ as READ, EVENT_WRITE as WRITE\n\n"
STARTER = (
    HEAD
    + '''\
def talk(sel, client, mask, pending):
    """Echo what client sends. pending is its bytearray, and its data in sel.

    mask says whether it can be read, written, or both. Wait for nobody, lose nothing,
    and stop reading from whoever has 65,536 bytes or more pending.
    """
    if data := client.recv(65536):
        client.send(data)
    else:
        sel.unregister(client)
        client.close()
'''
)
SOLUTION = (
    HEAD
    + """\
def talk(sel, client, mask, pending):
    if mask & READ:
        data = client.recv(65536)
        if not data:
            sel.unregister(client)
            client.close()
            return
        pending += data
    try:
        del pending[:client.send(pending)]
    except BlockingIOError:
        pass
    events = (READ if len(pending) < 65536 else 0) | (WRITE if pending else 0)
    sel.modify(client, events, pending)
"""
)
DEAD = (
    "One client sent and didn't read: its buffers were full, `send` raised BlockingIOError, and the server "
    "is dead. What `send` doesn't take must stay in `pending`."
)
STOPPED = "The chatty client waited: one who doesn't read stopped the loop. No call in a loop may wait."
CLOSED = "You closed the client who didn't read. It wasn't gone, only slow: keep its bytes, and go on."
FORGOT = (
    "The data of a client is no longer its `pending`: `modify` forgets it, unless you hand it over again: "
    "`sel.modify(client, events, pending)`."
)
UNHEARD = (
    "{kept:,} bytes still lie in `pending`, and nobody will tell you when there is room: "
    "wait for WRITE as long as something is pending."
)


def check(answer: Answer) -> None:
    with serving(answer.function("talk", "def talk(sel, client, mask, pending):")) as server:
        (chatty, _), (idle, _), (greedy, slow) = (server.client() for _ in range(3))
        with chatty, idle, greedy:
            if not _answered(server, chatty):
                raise Miss("A client said hello and got no echo. Send what you received.")
            _silence(server)
            taken = _pour(greedy)
            _complain(server)
            if server.stuck or not _answered(server, chatty):
                raise Miss(STOPPED)
            if not server.holds(slow):
                raise Miss(CLOSED)
            back = _read_back(greedy, taken)
            _complain(server)
            if back < taken and not server.holds(slow):
                raise Miss(CLOSED)
            if back < taken and (kept := len(server.sel.get_key(slow).data)):
                raise Miss(UNHEARD.format(kept=kept))
            if back < taken:
                raise Miss(
                    f"{taken / 1e6:.1f} MB sent, {back / 1e6:.1f} MB came back: "
                    "the bytes that didn't fit were dropped. `send` says how many it took."
                )
            if server.peak > LIMIT:
                raise Miss(
                    f"You held {server.peak / 1e6:.1f} MB for one client who doesn't read. "
                    "Stop reading from it while 65,536 bytes or more are pending."
                )
            greedy.close()
            if not _until(lambda: not server.holds(slow)):
                raise Miss("A client left (`recv` gave b''), and it is still registered, or open.")
            _complain(server)


def _complain(server: CallbackServer) -> None:
    """Raise what ended the server, if something did."""
    if server.forgot:
        raise Miss(FORGOT)
    if isinstance(server.error, BlockingIOError):
        raise Miss(DEAD)
    if server.error is not None:
        raise server.error


def _answered(server: CallbackServer, client: socket.socket) -> bool:
    client.settimeout(1)
    try:
        client.sendall(b"hello")
        heard = client.recv(99)
    except OSError:
        heard = b""
    _complain(server)
    return heard == b"hello"


def _silence(server: CallbackServer) -> None:
    time.sleep(0.05)
    before = server.turns
    time.sleep(0.2)
    if (turns := server.turns - before) > 20:
        raise Miss(
            f"{turns:,} turns in 0.2 s of silence: nearly every client can be written, always. "
            "Wait for WRITE only while something is pending."
        )


def _pour(greedy: socket.socket) -> int:
    """Send and read nothing; how many bytes were taken, until none was for a while."""
    greedy.settimeout(0.4)
    taken = 0
    with contextlib.suppress(OSError):
        while taken < MOST:
            taken += greedy.send(CHUNK[taken % len(CHUNK) :])
    return taken


def _read_back(greedy: socket.socket, taken: int) -> int:
    greedy.settimeout(1.0)
    back = 0
    with contextlib.suppress(OSError):
        while back < taken and (data := greedy.recv(len(CHUNK))):
            place = back % len(CHUNK)
            if data != (CHUNK + CHUNK)[place : place + len(data)]:
                break
            back += len(data)
    return back


def _until(condition: Callable[[], bool], within: float = 2.0) -> bool:
    end = time.monotonic() + within
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def _source(*lines: str, head: str = HEAD) -> str:
    return head + "def talk(sel, client, mask, pending):\n" + "".join(f"    {line}\n" for line in lines)


_LEAVE = ("if not data:", "    sel.unregister(client)", "    return client.close()")
_READ = ("if mask & READ:", "    data = client.recv(65536)", *(f"    {line}" for line in _LEAVE))

WRONG = (
    Wrong(
        _source(
            "data = client.recv(65536)",
            *_LEAVE,
            "try:",
            "    client.send(data)",
            "except BlockingIOError:",
            "    pass",
        ),
        "the bytes that didn't fit were dropped",
    ),
    Wrong(
        _source(
            *_READ,
            "    pending += data",
            "try:",
            "    del pending[:client.send(pending)]",
            "except BlockingIOError:",
            "    pass",
            "sel.modify(client, READ | WRITE, pending)",
        ),
        "turns in 0.2 s of silence",
    ),
    Wrong(
        _source("client.setblocking(True)", "data = client.recv(65536)", *_LEAVE, "client.sendall(data)"),
        "one who doesn't read stopped the loop",
    ),
    Wrong(
        _source(
            "data = client.recv(65536)",
            *_LEAVE,
            "try:",
            "    client.sendall(data)",
            "except BlockingIOError:",
            "    sel.unregister(client)",
            "    client.close()",
        ),
        "It wasn't gone, only slow",
    ),
    Wrong(
        _source(
            *_READ,
            "    pending += data",
            "try:",
            "    del pending[:client.send(pending)]",
            "except BlockingIOError:",
            "    pass",
            "sel.modify(client, READ | (WRITE if pending else 0), pending)",
        ),
        "MB for one client who doesn't read",
    ),
    Wrong(SOLUTION.replace("events, pending)", "events)"), "`modify` forgets it"),
    Wrong(
        SOLUTION.replace("(WRITE if pending else 0)", "0"),
        "nobody will tell you when there is room",
    ),
)

EXERCISE = Exercise(
    name="talk",
    lesson="07",
    title="Backpressure",
    starter=STARTER,
    solution=SOLUTION,
    hints=(
        "Where do the bytes rest that `send` didn't take? `pending` is still there the next time.",
        "Which event tells you that there is room again? And when do you not want to hear of it?",
        "Not to read is to leave READ out of the events: `sel.modify(client, events, pending)`.",
    ),
    check=check,
    starter_message=DEAD,
    wrong=WRONG,
    passed="A client who doesn't read now stops itself, and nobody else.",
    time_limit=8,
)
