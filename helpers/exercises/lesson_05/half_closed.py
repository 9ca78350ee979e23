"""A server that lets a client finish listening when it has finished talking."""

from __future__ import annotations

import socket
from typing import Any

from helpers.exercises.exercise import Answer, Exercise, Miss, Wrong
from helpers.exercises.lesson_05.one_turn import HEAR, LONG, check_turns, hangs_up_in_mid_answer
from helpers.exercises.lesson_05.turns import Turns

__all__ = ["EXERCISE"]

STARTER = '''\
import select

def step(listener, pending, finished):
    """One turn, for clients that may stop talking and go on listening.

    `finished` is a set of those who have sent all they will. They are read no more, get all that
    is pending for them, and are closed then.
    """
'''
ASK = (
    "talkative = [s for s in pending if pending[s]]",
    "listened_to = [s for s in pending if s not in finished]",
    "readable, writable, _ = select.select([listener, *listened_to], talkative, [])",
)
READ = (
    "for s in readable:",
    "    if s is listener:",
    "        client, _ = listener.accept()",
    "        client.setblocking(False)",
    "        pending[client] = bytearray()",
    "    elif data := hear(s):",
    "        pending[s] += data.upper()",
    "    else:",
)
WRITE = (
    "for s in writable:",
    "    try:",
    "        del pending[s][:s.send(pending[s])]",
    "    except ConnectionError:",
    "        pending[s].clear()",
    "        finished.add(s)",
)
CLOSE = (
    "for s in [s for s in finished if not pending[s]]:",
    "    finished.remove(s)",
    "    del pending[s]",
    "    s.close()",
)
DONE = ("        finished.add(s)",)


def _source(*lines: str) -> str:
    return HEAR + "def step(listener, pending, finished):\n" + "".join(f"    {line}\n" for line in lines)


SOLUTION = _source(*ASK, *READ, *DONE, *WRITE, *CLOSE)
EMPTY = (
    "A newcomer knocked, and no turn put it into `pending`. Copy your `step` from the exercise above, "
    "give it the parameter `finished`, and begin where `recv` gave b''."
)


def check(answer: Answer) -> None:
    step = answer.function("step", "def step(listener, pending, finished):")
    pending: dict[socket.socket, Any] = {}
    finished: set[socket.socket] = set()
    with Turns(step, pending, finished, unseen=EMPTY) as turns:
        _short_goodbye(turns)
        check_turns(turns)
        _long_goodbye(turns, finished)
        hangs_up_in_mid_answer(turns, half_close=True)
        if finished:
            raise Miss("All have left, and some are still in `finished`: forget them there, too.")


def _short_goodbye(turns: Turns) -> None:
    client = turns.client()
    client.send(b"bye")
    client.shutdown(socket.SHUT_WR)
    # One byte more than the answer has: so it is the end that is waited for.
    if turns.heard(client, 4, lambda size: _no_end(turns, size)) != b"BYE":
        raise Miss(
            "You hung up on a client that was still listening: b'' means that it has finished talking."
        )
    turns.gone(client)


def _no_end(turns: Turns, size: int) -> str:
    if size < 3:
        return "A client said b'bye' and finished talking; its answer never came. Does it lie in `pending`?"
    if turns.rests():
        return (
            "The client has its answer, and waits for your end of the conversation for ever. When is it time?"
        )
    return "Your turns spin: who has finished talking is readable for ever. Don't ask about it anymore."


def _long_goodbye(turns: Turns, finished: set[socket.socket]) -> None:
    client = turns.client()
    turns.send(client, LONG)
    client.shutdown(socket.SHUT_WR)
    end = turns.ends[client]
    turns.until(
        lambda: end in finished or end not in turns.pending,
        "A client has finished talking, and isn't in `finished`. Put it there when `recv` gives b''.",
    )
    heard = turns.heard(client, len(LONG) + 1, lambda size: _no_end(turns, size))
    if heard != LONG.upper():
        raise Miss(
            f"{len(LONG):,} bytes were pending when a client finished talking, and {len(heard):,} arrived. "
            "Close when nothing is left."
        )
    turns.gone(client)


WRONG = (
    Wrong(
        _source(
            *ASK,
            *READ,
            "        del pending[s]",
            "        s.close()",
            "for s in [s for s in writable if s in pending]:",
            *WRITE[1:],
            *CLOSE,
        ),
        "You hung up on a client that was still listening",
    ),
    Wrong(
        _source(*ASK[:1], "listened_to = list(pending)", *ASK[2:], *READ, "        pass", *WRITE),
        "Your turns spin",
    ),
    Wrong(_source(*ASK, *READ, *DONE, *WRITE), "waits for your end of the conversation for ever"),
    Wrong(
        _source(
            *ASK,
            *READ,
            *DONE,
            *WRITE,
            "    if s in finished:",
            "        finished.remove(s)",
            "        del pending[s]",
            "        s.close()",
        ),
        "is in `pending` for ever",
    ),
    Wrong(
        _source(
            *ASK,
            *READ,
            *DONE,
            "leaving = [s for s in finished if s in writable or not pending[s]]",
            *WRITE,
            "for s in leaving:",
            *CLOSE[1:],
        ),
        "Close when nothing is left",
    ),
    Wrong(_source(*ASK, *READ, *DONE, *WRITE, CLOSE[0], *CLOSE[2:]), "KeyError"),
)

EXERCISE = Exercise(
    name="half_closed",
    lesson="05",
    title="Done talking, still listening",
    starter=STARTER,
    solution=SOLUTION,
    hints=(
        "Does b'' mean *gone*, or *done talking*? Nobody can tell, so treat both as done talking.",
        "Who is in `finished` stays readable for ever. It must not be in the first list again.",
        "There are two moments at which it can be closed: at its b'', and after its last `send`. "
        "One loop at the end of the turn finds both.",
    ),
    check=check,
    starter_message=EMPTY,
    wrong=WRONG,
    passed="So somebody may send a whole file, say that this was all, and still get everything back.",
    time_limit=8,
)
