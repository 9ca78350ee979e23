"""An event loop as a learner of lesson 07 writes it, and tasks for it: generators and coroutines."""

from __future__ import annotations

import heapq
import itertools
import selectors
import socket
import time
import types
from collections import deque
from collections.abc import Generator
from typing import Any

__all__ = ["Loop", "Task", "ask", "careless", "echo", "generators", "nap", "naps", "spinner", "talk"]


class Task:
    def __init__(self, coro: Any) -> None:
        self.coro, self.done, self.result = coro, False, None
        self.waiters: list[Task] = []


class Loop:
    def __init__(self) -> None:
        self.ready: deque[tuple[Task, Any]] = deque()
        self.timers: list[tuple[float, int, Task]] = []
        self.selector = selectors.DefaultSelector()
        self.numbers = itertools.count()

    def start(self, coro: Any) -> Task:
        task = Task(coro)
        self.ready.append((task, None))
        return task

    def run(self, coro: Any) -> Any:
        main = self.start(coro)
        while not main.done:
            self.wait()
            for _ in range(len(self.ready)):
                self.step(*self.ready.popleft())
        return main.result

    def wait(self) -> None:
        timeout = None
        if self.ready:
            timeout = 0.0
        elif self.timers:
            timeout = max(0.0, self.timers[0][0] - time.monotonic())
        for key, _ in self.selector.select(timeout):
            self.selector.unregister(key.fileobj)
            self.ready.append((key.data, None))
        while self.timers and self.timers[0][0] <= time.monotonic():
            self.ready.append((heapq.heappop(self.timers)[2], None))

    # the heart
    def step(self, task: Task, value: Any) -> None:
        try:
            verb, what = task.coro.send(value)
        except StopIteration as stop:
            task.done, task.result = True, stop.value
            self.ready.extend((waiter, stop.value) for waiter in task.waiters)
        else:
            getattr(self, verb)(task, what)

    def read(self, task: Task, sock: socket.socket) -> None:
        self.selector.register(sock, selectors.EVENT_READ, task)

    def write(self, task: Task, sock: socket.socket) -> None:
        self.selector.register(sock, selectors.EVENT_WRITE, task)

    def sleep(self, task: Task, seconds: float) -> None:
        heapq.heappush(self.timers, (time.monotonic() + seconds, next(self.numbers), task))

    def spawn(self, task: Task, coro: Any) -> None:
        self.ready.append((task, self.start(coro)))

    def join(self, task: Task, other: Task) -> None:
        if other.done:
            self.ready.append((task, other.result))
        else:
            other.waiters.append(task)


# -- tasks ----------------------------------------------------------------------------------


@types.coroutine
def ask(verb: str, what: Any) -> Generator[Any, Any, Any]:
    """A letter to the loop."""
    return (yield verb, what)


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
