"""The event loop of lesson 07, and tasks for it: generators and coroutines."""

from __future__ import annotations

import socket
from collections.abc import Generator
from typing import Any

from helpers.exercises.lesson_07.loop import Loop, Task, ask

__all__ = ["Loop", "Task", "ask", "careless", "echo", "generators", "nap", "naps", "spinner", "talk"]


async def nap(seconds: float, result: int) -> int:
    """Sleep and return something."""
    await ask("sleep", seconds)
    return result


async def naps(seconds: float = 0.1) -> int:
    """Three naps at once."""
    tasks = [await ask("spawn", nap(seconds, result)) for result in (10, 20, 30)]
    return sum([await ask("join", task) for task in tasks])


def generators() -> Generator[Any, Any, int]:
    """The same without a word of async."""
    one = yield "spawn", doze()
    other = yield "spawn", doze()
    return (yield "join", one) + (yield "join", other)


def doze() -> Generator[Any, Any, int]:
    yield "sleep", 0.05
    return 1


async def echo(server: socket.socket) -> None:
    """Answer one question."""
    await ask("read", server)
    data = server.recv(100)
    await ask("write", server)
    server.send(data.upper())


async def talk() -> bytes:
    """Two ends of a socket pair talk to each other."""
    left, right = socket.socketpair()
    with left, right:
        await ask("spawn", echo(right))
        left.send(b"hello")
        await ask("read", left)
        return left.recv(100)


async def careless() -> None:
    """Fails after its first nap."""
    await ask("sleep", 0.01)
    raise ValueError("boom")


async def spinner(turns: int) -> int:
    """Asks for nothing but its next turn."""
    for _ in range(turns):
        await ask("sleep", 0)
    return turns
