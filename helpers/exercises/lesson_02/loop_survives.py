"""One turn of the loop that outlives a bad request."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator
from typing import Any

from helpers.exercises.exercise import Answer, Exercise, Miss, Wrong

__all__ = ["EXERCISE"]

STARTER = '''\
def turn(sockets, readable, answer):
    """Serve each socket in `readable`. Whoever makes `answer` fail is dropped; all others live."""
    for s in readable:
        if data := s.recv(1024):
            s.sendall(answer(data))
        else:
            sockets.remove(s)
            s.close()
'''
SOLUTION = """\
def turn(sockets, readable, answer):
    for s in readable:
        try:
            data = s.recv(1024)
            if data:
                s.sendall(answer(data))
        except Exception:
            data = b""
        if not data:
            sockets.remove(s)
            s.close()
"""
CLIENTS = 10
POISON = b"poison"
DIED = (
    "One bad request ended the turn with {name}: of 9 good clients 0 were served. "
    "Put a `try` around what is done for one client."
)


def check(answer: Answer) -> None:
    turn = answer.function("turn", "def turn(sockets, readable, answer):")
    _one_turn(turn, 0, ValueError)
    _one_turn(turn, 4, ZeroDivisionError)
    _leavers(turn)
    _interrupted(turn)


def _one_turn(turn: Callable[..., Any], poisoned: int, failure: type[Exception]) -> None:
    def answer(data: bytes) -> bytes:
        if data == POISON:
            raise failure("nobody thought of this")
        return data.upper()

    with _pairs() as (clients, servers):
        for number, client in enumerate(clients):
            client.sendall(POISON if number == poisoned else b"hello")
        sockets = list(servers)
        try:
            turn(sockets, list(servers), answer)
        except failure:
            raise Miss(DIED.format(name=failure.__name__)) from None
        good = [client for number, client in enumerate(clients) if number != poisoned]
        served = sum(_heard(client) == b"HELLO" for client in good)
        if served < len(good):
            raise Miss(
                f"The server lives, but of 9 good clients only {served} were served in this turn: the first "
                "failure ended the loop. Put the `try` inside it."
            )
        if _heard(clients[poisoned]) != b"":
            raise Miss(
                "The one with the bad request is never told: its connection stays open, without an answer. "
                "Close it, and take it out of `sockets`."
            )
        if servers[poisoned] in sockets:
            raise Miss("You closed the bad client's socket and left it in `sockets`: the next select fails.")


def _leavers(turn: Callable[..., Any]) -> None:
    with _pairs() as (clients, servers):
        clients[0].close()
        clients[1].sendall(b"hello")
        sockets = list(servers)
        turn(sockets, servers[:2], bytes.upper)
        if servers[0] in sockets or servers[0].fileno() != -1:
            raise Miss("A client that left (its `recv` gave b'') is still in `sockets`, or still open.")
        if _heard(clients[1]) != b"HELLO" or servers[1] not in sockets:
            raise Miss("A good client was lost when another one left.")


def _interrupted(turn: Callable[..., Any]) -> None:
    def interrupt(_: bytes) -> bytes:
        raise KeyboardInterrupt

    with _pairs() as (clients, servers):
        clients[0].sendall(b"hello")
        try:
            turn(list(servers), servers[:1], interrupt)
        except KeyboardInterrupt:
            return
    raise Miss("Ctrl+C no longer stops the server: you catch it too. `except Exception:` doesn't.")


def _heard(client: socket.socket) -> bytes | None:
    """What a client gets: an answer, b"" for the end, None for nothing."""
    try:
        return client.recv(1024)
    except BlockingIOError:
        return None
    except OSError:
        return b""


@contextlib.contextmanager
def _pairs() -> Iterator[tuple[list[socket.socket], list[socket.socket]]]:
    pairs = [socket.socketpair() for _ in range(CLIENTS)]
    try:
        for client, _ in pairs:
            client.setblocking(False)
        yield [client for client, _ in pairs], [server for _, server in pairs]
    finally:
        for pair in pairs:
            for each in pair:
                each.close()


def _source(*lines: str) -> str:
    return "def turn(sockets, readable, answer):\n" + "".join(f"    {line}\n" for line in lines)


WRONG = (
    Wrong(
        _source(
            "try:",
            "    for s in readable:",
            "        if data := s.recv(1024):",
            "            s.sendall(answer(data))",
            "        else:",
            "            sockets.remove(s)",
            "            s.close()",
            "except Exception:",
            "    pass",
        ),
        "Put the `try` inside it",
    ),
    Wrong(
        _source(
            "for s in readable:",
            "    try:",
            "        if data := s.recv(1024):",
            "            s.sendall(answer(data))",
            "        else:",
            "            sockets.remove(s)",
            "            s.close()",
            "    except Exception:",
            "        print('a bad request')",
        ),
        "The one with the bad request is never told",
    ),
    Wrong(
        _source(
            "for s in readable:",
            "    try:",
            "        data = s.recv(1024)",
            "        if data:",
            "            s.sendall(answer(data))",
            "    except:",
            "        data = b''",
            "    if not data:",
            "        sockets.remove(s)",
            "        s.close()",
        ),
        "Ctrl+C no longer stops the server",
    ),
    Wrong(
        _source(
            "for s in readable:",
            "    try:",
            "        if data := s.recv(1024):",
            "            s.sendall(answer(data))",
            "        else:",
            "            sockets.remove(s)",
            "            s.close()",
            "    except Exception:",
            "        s.close()",
        ),
        "left it in `sockets`",
    ),
    Wrong(
        _source(
            "for s in readable:",
            "    try:",
            "        data = s.recv(1024)",
            "        if data:",
            "            s.sendall(answer(data))",
            "    except ValueError:",
            "        data = b''",
            "    if not data:",
            "        sockets.remove(s)",
            "        s.close()",
        ),
        "ended the turn with ZeroDivisionError",
    ),
)

EXERCISE = Exercise(
    name="loop_survives",
    lesson="02",
    title="A loop that survives",
    starter=STARTER,
    solution=SOLUTION,
    hints=(
        "Whose failure is it? One client's: so the `try` goes around what is done for one client.",
        "What becomes of the client whose request failed? The same as of one that left.",
        "Which exceptions are none of your business? Ctrl+C: `except Exception:` lets it through.",
    ),
    check=check,
    starter_message=DIED.format(name="ValueError"),
    wrong=WRONG,
    passed="Four lines more, and one bad request costs one client.",
    time_limit=5,
)
