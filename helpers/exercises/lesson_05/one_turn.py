"""One turn of a select server that survives every client of the lesson."""

from __future__ import annotations

import socket
from typing import Any

from helpers.exercises.exercise import Answer, Exercise, Miss, Wrong
from helpers.exercises.lesson_05.turns import UNDER_WAY, Turns

__all__ = ["EXERCISE", "HEAR", "LONG", "check_turns", "hangs_up_in_mid_answer"]

STARTER = '''\
import select

def step(listener, pending):
    """One turn: wait until somebody is ready, then serve whoever is.

    All get back in capitals what they sent. `pending` holds a bytearray of unsent bytes for
    each client; whoever left is closed, and no longer in there.
    """
    readable, writable, _ = select.select([listener, *pending], [], [])
    for s in readable:
        if s is listener:
            client, _ = listener.accept()
            client.setblocking(False)
            pending[client] = bytearray()
'''
HEAR = """\
import select

def hear(s):
    try:
        return s.recv(1024)
    except ConnectionError:
        return b""

"""
ACCEPT = (
    "for s in readable:",
    "    if s is listener:",
    "        client, _ = listener.accept()",
    "        client.setblocking(False)",
    "        pending[client] = bytearray()",
)
ASK = (
    "talkative = [s for s in pending if pending[s]]",
    "readable, writable, _ = select.select([listener, *pending], talkative, [])",
)
READ = (
    "    elif data := hear(s):",
    "        pending[s] += data.upper()",
    "    else:",
    "        del pending[s]",
    "        s.close()",
)
WRITE = (
    "for s in writable:",
    "    if s in pending:",
    "        try:",
    "            del pending[s][:s.send(pending[s])]",
    "        except ConnectionError:",
    "            del pending[s]",
    "            s.close()",
)


def _source(*lines: str) -> str:
    return HEAR + "def step(listener, pending):\n" + "".join(f"    {line}\n" for line in lines)


SOLUTION = _source(*ASK, *ACCEPT, *READ, *WRITE)
UNREAD = (
    "A client sent b'hi', and no turn reads it. Next: what is to be done for an `s` that isn't the listener? "
    "`recv` once, and keep the capitals in `pending`."
)
LONG = b"the art of waiting, for long. " * 20_000


def check(answer: Answer) -> None:
    step = answer.function("step", "def step(listener, pending):")
    pending: dict[socket.socket, Any] = {}
    with Turns(step, pending) as turns:
        check_turns(turns)
        hasty = turns.client()
        hasty.send(b"hi")
        hasty.close()
        turns.gone(hasty)
        hangs_up_in_mid_answer(turns)
        _urgent(turns)


def hangs_up_in_mid_answer(turns: Turns, half_close: bool = False) -> None:
    """A client sends much, reads nothing and goes: much is unread on both sides, and `send` finds out."""
    wordy = turns.client()
    turns.send(wordy, LONG)
    if half_close:
        wordy.shutdown(socket.SHUT_WR)
        turns.turn(UNDER_WAY)
    wordy.close()
    turns.gone(wordy)


def _urgent(turns: Turns) -> None:
    hurried = turns.client()
    hurried.send(b"!", socket.MSG_OOB)
    hurried.send(b"hi")
    if (
        turns.heard(hurried, 2, lambda _: "A client sent an urgent byte, then b'hi', and got no answer.")
        != b"HI"
    ):
        raise Miss(
            "One urgent byte, and you hung up on a healthy client: that is what the third list is about. "
            "Leave it empty."
        )
    hurried.close()
    turns.gone(hurried)


def check_turns(turns: Turns) -> None:
    """What each turn owes to all clients, but for those who leave in the middle of their answer."""
    ada, bob = turns.client(), turns.client()
    for client in (ada, bob):
        client.send(b"hi")
        if (heard := turns.heard(client, 2, lambda _: _no_answer(turns))) != b"HI":
            raise Miss(f"A client sent b'hi' and heard {heard!r}. In capitals that is b'HI'.")
    if not turns.rests():
        raise Miss(
            "Nobody says anything, and your turns end at once, again and again. "
            "Who may be in the second list? Only who has bytes pending."
        )
    rude = turns.client()
    turns.reset(rude)
    turns.gone(rude)
    turns.send(ada, LONG)
    turns.settle()
    if turns.heard(ada, len(LONG), _partly) != LONG.upper():
        raise Miss("A long answer came with its parts in another order, or was cut off.")
    ada.close()
    turns.gone(ada)
    bob.send(b"still here")
    if (
        turns.heard(bob, 10, lambda _: "A silent client was forgotten while others came and went.")
        != b"STILL HERE"
    ):
        raise Miss("A client heard what was meant for another.")


def _no_answer(turns: Turns) -> str:
    if any(turns.pending.values()):
        return (
            "An answer lies in `pending`, and no turn sends it. Ask `select` who is writable, and send there."
        )
    return UNREAD


def _partly(arrived: int) -> str:
    return (
        f"{len(LONG):,} bytes were pending, and {arrived:,} arrived. `send` returns how many it took: "
        "keep the rest."
    )


WRONG = (
    Wrong(
        _source(*ASK, *ACCEPT, *READ, "for s in writable:", "    del pending[s][:s.send(pending[s])]"),
        "KeyError: a client that had just left was looked up",
    ),
    Wrong(
        _source(
            *ASK,
            *ACCEPT,
            *READ,
            "for s in writable:",
            "    if s in pending:",
            "        s.sendall(pending[s])",
            "        pending[s].clear()",
        ),
        "BlockingIOError: `sendall`",
    ),
    Wrong(
        _source(
            *ASK,
            *ACCEPT,
            *READ,
            "for s in writable:",
            "    if s in pending:",
            "        s.send(pending[s])",
            "        pending[s].clear()",
        ),
        "`send` returns how many it took",
    ),
    Wrong(
        _source(
            "readable, writable, _ = select.select([listener, *pending], pending, [])",
            *ACCEPT,
            *READ,
            *WRITE,
        ),
        "Who may be in the second list?",
    ),
    Wrong(
        _source(
            *ASK,
            *(line for line in ACCEPT if "setblocking" not in line),
            "    else:",
            "        data = b''",
            "        while part := s.recv(1024):",
            "            data += part",
            "        pending[s] += data.upper()",
            *WRITE,
        ),
        "One turn waited for one client",
    ),
    Wrong(
        _source(*ASK, *ACCEPT, *(line.replace("hear(s)", "s.recv(1024)") for line in READ), *WRITE),
        "ConnectionResetError: a client reset its connection",
    ),
    Wrong(
        _source(
            *ASK,
            *ACCEPT,
            *READ,
            "for s in writable:",
            "    if s in pending:",
            "        del pending[s][:s.send(pending[s])]",
        ),
        "so `recv` or `send` raised",
    ),
    Wrong(
        _source(
            ASK[0],
            "everybody = [listener, *pending]",
            "readable, writable, exceptional = select.select(everybody, talkative, everybody)",
            *ACCEPT,
            *READ,
            *WRITE,
            "for s in exceptional:",
            "    if pending.pop(s, None) is not None:",
            "        s.close()",
        ),
        "that is what the third list is about",
    ),
    Wrong(_source(*ASK, *ACCEPT, *READ[:-1], *WRITE), "its socket is still open"),
    Wrong(
        _source(*ASK, *ACCEPT, *READ[:-2], "        s.close()", *WRITE), "Is a socket that you closed still"
    ),
    Wrong(_source(*ASK, *ACCEPT, *READ), "no turn sends it"),
    Wrong(
        _source("while True:", *(f"    {line}" for line in (*ASK, *ACCEPT, *READ, *WRITE))),
        "`step` is one turn, and yours went on and on",
    ),
    Wrong(_source(*ASK, *ACCEPT, READ[0], READ[1].replace(".upper()", ""), *READ[2:], *WRITE), "In capitals"),
)

EXERCISE = Exercise(
    name="one_turn",
    lesson="05",
    title="One turn",
    starter=STARTER,
    solution=SOLUTION,
    hints=(
        "Who belongs into the second list? Only those for whom something is pending.",
        "A client is readable in three cases: it said something, it left (b''), or it reset (an exception).",
        "`send` returns how many bytes it took. `del pending[s][:taken]` takes them off.",
        "Before you send: is the client still in `pending`? The lists were made before anybody left.",
    ),
    check=check,
    starter_message=UNREAD,
    wrong=WRONG,
    passed="Two polite clients, a rude one, a long answer and a hasty goodbye: nobody noticed anybody else.",
    time_limit=8,
)
