"""A server with a process for every client."""

from __future__ import annotations

import time

from helpers.exercises.exercise import Answer, Exercise, Miss, Wrong
from helpers.exercises.lesson_02.serving import CAME_BACK, Serving

__all__ = ["EXERCISE"]

HEAD = """\
import os, signal

def talk(client):
    with client:
        while data := client.recv(1024):
            client.sendall(data)

"""
STARTER = (
    HEAD
    + '''\
def serve_processes(listener):
    """Serve each client of `listener` in a process of its own, for ever."""
    while True:
        client, _ = listener.accept()
        talk(client)
'''
)
SOLUTION = (
    HEAD
    + """\
def serve_processes(listener):
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        client, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            talk(client)
            os._exit(0)
        client.close()
"""
)
ONE_BY_ONE = (
    "The second client waited until the first had left. "
    "Fork after `accept`: the child talks, and the parent goes back to `accept` at once."
)


def check(answer: Answer) -> None:
    with Serving(answer.function("serve_processes", "def serve_processes(listener):")) as server:
        _side_by_side(server)
        _ends_reach_the_clients(server)
        _children_go_home(server)
        _nobody_is_left(server)


def _side_by_side(server: Serving) -> None:
    with server.client() as first, server.client(timeout=1.0) as second:
        if server.asks(first, b"a") != b"a":
            raise Miss(_dead(server) or "The first client got no answer. Does the child call `talk(client)`?")
        if server.asks(second, b"b") != b"b":
            raise Miss(_dead(server) or ONE_BY_ONE)
        if len(server.children(zombies=False)) < 2:
            raise Miss("Both are served, but there is no process for each: `os.fork()` makes one.")


def _ends_reach_the_clients(server: Serving) -> None:
    with server.client(timeout=0.7) as client:
        server.asks(client, b"a")
        client.shutdown(1)
        try:
            client.recv(1)
        except TimeoutError:
            raise Miss(
                "A client that had finished got no end: two processes held its connection, and one "
                "still does. What must the parent close?"
            ) from None


def _children_go_home(server: Serving) -> None:
    if server.settled(lambda: not server.children(zombies=False), within=1.0):
        if server.complaint == CAME_BACK and not server.ended:
            raise Miss(
                "A child came back out of `serve_processes`, into the program that had called it. "
                "End the child with `os._exit(0)`."
            )
        return
    left = len(server.children(zombies=False))
    raise Miss(
        f"All clients have left, and {left} of your child processes live on: after `talk` they went on, to "
        "`accept`. End the child with `os._exit(0)`."
    )


def _nobody_is_left(server: Serving) -> None:
    for _ in range(6):
        with server.client() as client:
            server.asks(client, b"a")
    time.sleep(0.1)
    zombies = len(server.children(zombies=True))
    if zombies > 1:
        raise Miss(
            f"{zombies} zombies: children that ended, and their parent never asked how. "
            "`signal.signal(signal.SIGCHLD, signal.SIG_IGN)` says that you will never ask."
        )
    if server.ended:
        raise Miss(_dead(server))


def _dead(server: Serving) -> str:
    if not server.settled(lambda: server.ended, within=0.3):
        return ""
    how = server.complaint.replace(CAME_BACK, "serve_processes returned")
    return f"Your server ended: {how}. It should serve for ever."


def _source(*lines: str) -> str:
    body = "".join(f"    {line}\n" for line in lines)
    return f"{HEAD}def serve_processes(listener):\n{body}"


WRONG = (
    Wrong(
        _source(
            "signal.signal(signal.SIGCHLD, signal.SIG_IGN)",
            "while True:",
            "    client, _ = listener.accept()",
            "    if os.fork() == 0:",
            "        talk(client)",
            "        os._exit(0)",
        ),
        "What must the parent close?",
    ),
    Wrong(
        _source(
            "signal.signal(signal.SIGCHLD, signal.SIG_IGN)",
            "while True:",
            "    client, _ = listener.accept()",
            "    if os.fork() == 0:",
            "        talk(client)",
            "    client.close()",
        ),
        "End the child with `os._exit(0)`",
    ),
    Wrong(
        _source(
            "while True:",
            "    client, _ = listener.accept()",
            "    if os.fork() == 0:",
            "        talk(client)",
            "        os._exit(0)",
            "    client.close()",
        ),
        "zombies: children that ended",
    ),
    Wrong(
        _source(
            "while True:",
            "    client, _ = listener.accept()",
            "    if os.fork() == 0:",
            "        talk(client)",
            "        os._exit(0)",
            "    client.close()",
            "    os.wait()",
        ),
        "The second client waited until the first had left",
    ),
    Wrong(
        _source(
            "while True:",
            "    client, _ = listener.accept()",
            "    if os.fork() == 0:",
            "        talk(client)",
            "        os._exit(0)",
            "    listener.close()",
        ),
        "Your server ended: OSError",
    ),
    Wrong(
        "from threading import Thread\n"
        + _source(
            "while True:",
            "    client, _ = listener.accept()",
            "    Thread(target=talk, args=(client,), daemon=True).start()",
        ),
        "there is no process for each",
    ),
    Wrong(
        _source(
            "signal.signal(signal.SIGCHLD, signal.SIG_IGN)",
            "while True:",
            "    client, _ = listener.accept()",
            "    if os.fork() == 0:",
            "        talk(client)",
            "        return",
            "    client.close()",
        ),
        "A child came back out of `serve_processes`",
    ),
)

EXERCISE = Exercise(
    name="serve_processes",
    lesson="02",
    title="A process for every client",
    starter=STARTER,
    solution=SOLUTION,
    hints=(
        "After `fork` both processes have both sockets. Which one does each need, and which must it close?",
        "How does the child end? If it does nothing, it goes on in the loop, to `accept`.",
        "Who asks how a child ended? `SIG_IGN` for `SIGCHLD` says: nobody needs to.",
    ),
    check=check,
    starter_message=ONE_BY_ONE,
    wrong=WRONG,
    passed="This is how PostgreSQL serves its connections, with a few thousand lines around it.",
    time_limit=8,
)
