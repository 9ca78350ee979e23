"""A handler that ends cleanly, however its client leaves."""

from __future__ import annotations

import socket

from helpers.exercises.exercise import Answer, Exercise, Miss, Wrong
from helpers.exercises.lesson_08.handling import CLEAN, Handling, Report, reset

__all__ = ["EXERCISE"]

STARTER = '''\
def handle(client):
    """Echo what this client says, until it leaves."""
    while True:
        data = client.recv(1024)
        client.sendall(data)
'''
SOLUTION = """\
def handle(client):
    with client:
        try:
            while data := client.recv(1024):
                client.sendall(data)
        except ConnectionError:
            pass
"""
SPINS = (
    "The chatting client waits for ever: another one left, and its greenlet never went back to the hub. What "
    "does `recv` return then, and how long does it wait?"
)


def check(answer: Answer) -> None:
    handle = answer.function("handle", "def handle(client):")
    with Handling(handle) as server, server.client() as chatting:
        _chat(chatting)
        told = [_goodbye(server, chatting, way) for way in (_reads, _at_once, _half_closes, _resets)]
        report = server.ended(server.clients - 1)
        if report is None:
            raise Miss(SPINS)
        _all_ended(report, server.clients)
        if report.still_open or not all(told):
            raise Miss(
                f"{len(report.still_open)} connections are still open though their handlers are done: a "
                "client that waits for its end waits for ever. Who closes, on every path?"
            )
        _can_be_killed(server)


def _chat(client: socket.socket) -> None:
    for word in (b"hello", b"you"):
        try:
            client.sendall(word)
            heard = client.recv(1024)
        except OSError:
            heard = b""
        if heard != word:
            raise Miss(f"A client said {word!r} , heard {heard!r}: send back what it says, until it leaves.")


def _goodbye(server: Handling, chatting: socket.socket, way: object) -> bool:
    """One client comes and leaves; the other one goes on. Whether the first was told of its end."""
    assert callable(way)
    with server.client() as client:
        told: bool = way(client)
    if server.ended(server.clients - 1) is None:
        raise Miss(SPINS)
    _chat(chatting)
    return told


def _reads(client: socket.socket) -> bool:
    _chat(client)
    client.close()
    return True


def _at_once(client: socket.socket) -> bool:
    client.close()
    return True


def _half_closes(client: socket.socket) -> bool:
    client.sendall(b"the last word")
    client.shutdown(socket.SHUT_WR)
    try:
        heard = client.recv(1024)
        end = client.recv(1024)
    except OSError:
        return False
    if heard != b"the last word":
        raise Miss("A client shut its writing end and still wanted its last echo, and you didn't send it.")
    return end == b""


def _resets(client: socket.socket) -> bool:
    _chat(client)
    reset(client)
    return True


def _all_ended(report: Report, clients: int) -> None:
    left = set(range(1, clients)) - set(report.ends)
    if left:
        raise Miss(
            f"{len(left)} of 4 clients have left, and their handlers go on. When `recv` returns b'', return."
        )
    failed = [end for end in report.ends.values() if end != CLEAN]
    if failed.count("BrokenPipeError"):
        raise Miss(
            f"{failed.count('BrokenPipeError')} of 4 handlers ended by BrokenPipeError, hidden or not: they "
            "sent something to a client that had left. After b'' there is nothing to send."
        )
    if "ConnectionResetError" in failed:
        raise Miss(
            "A client reset its connection, and its handler ended by ConnectionResetError. To do that is a "
            "client's right: catch it (`except ConnectionError:`)."
        )
    if failed:
        raise Miss(f"A handler ended by {failed[0]}. Whatever a client does, `handle` should return.")


def _can_be_killed(server: Handling) -> None:
    report = server.kill_all()
    if report is None or not report.killed:
        raise Miss(
            "The last handler could not be killed: a bare `except:` swallows gevent's GreenletExit too. "
            "Catch what a client may do, `ConnectionError`, and no more."
        )


def _source(*lines: str) -> str:
    return "def handle(client):\n" + "".join(f"    {line}\n" for line in lines)


WRONG = (
    Wrong(
        "import socket\n"
        + _source(
            "try:",
            "    while True:",
            "        data = client.recv(1024)",
            "        client.send(data)",
            "        if not data:",
            "            client.shutdown(socket.SHUT_WR)",
            "finally:",
            "    client.close()",
        ),
        "handlers ended by BrokenPipeError",
    ),
    Wrong(
        "import socket\n"
        + _source(
            "try:",
            "    while True:",
            "        data = client.recv(1024)",
            "        client.send(data)",
            "        if not data:",
            "            client.shutdown(socket.SHUT_WR)",
            "except Exception:",
            "    pass",
            "finally:",
            "    client.close()",
        ),
        "After b'' there is nothing to send",
    ),
    Wrong(
        _source(
            "with client:",
            "    while True:",
            "        try:",
            "            data = client.recv(1024)",
            "            if not data:",
            "                break",
            "            client.sendall(data)",
            "        except:",
            "            pass",
        ),
        "could not be killed",
    ),
    Wrong(
        _source(
            "try:",
            "    while data := client.recv(1024):",
            "        client.sendall(data)",
            "except ConnectionError:",
            "    pass",
        ),
        "connections are still open",
    ),
    Wrong(
        _source("with client:", "    while data := client.recv(1024):", "        client.sendall(data)"),
        "ended by ConnectionResetError",
    ),
    Wrong(
        _source("with client:", "    client.sendall(client.recv(1024))"),
        "send back what it says, until it leaves",
    ),
)

EXERCISE = Exercise(
    name="clean_endings",
    lesson="08",
    title="Four ways to leave",
    starter=STARTER,
    solution=SOLUTION,
    hints=(
        "What does `b''` say, and what should the loop do then?",
        "Who closes the connection on every path? `with client:` does.",
        "Which exceptions are a client's right? Those named `ConnectionError`.",
    ),
    check=check,
    starter_message=SPINS,
    wrong=WRONG,
    passed="Four ways to leave, four clean ends, and the one who goes on chatting noticed nothing.",
    time_limit=15,
)
