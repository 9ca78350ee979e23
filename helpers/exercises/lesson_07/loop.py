"""The event loop of lesson 07, for the checks; a test holds it against the lesson's own cells."""

from __future__ import annotations

import heapq
import itertools
import selectors
import time
import types
from collections import deque
from collections.abc import Generator
from typing import Any

__all__ = ["Checked", "Loop", "NoRequest", "Stuck", "Task", "ask"]


class Task:
    coro: Any
    done: bool
    result: Any
    waiters: list[Task]

    def __init__(self, coro: Any) -> None:
        self.coro, self.done, self.result, self.waiters = coro, False, None, []


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
        until = self.timers[0][0] - time.monotonic() if self.timers else None
        for key, _ in self.selector.select(0 if self.ready else until):
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

    def read(self, task: Task, sock: Any) -> None:
        self.selector.register(sock, selectors.EVENT_READ, task)

    def write(self, task: Task, sock: Any) -> None:
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


@types.coroutine
def ask(verb: str, what: Any) -> Generator[Any, Any, Any]:
    return (yield verb, what)


class Stuck(Exception):
    """Nobody is ready and nobody ever will be."""


class NoRequest(Exception):
    """A task gave the loop something that is no pair of a verb and its object."""


class Checked(Loop):
    """The loop, with an end where the lesson's would wait for ever or speak of tuples."""

    def wait(self) -> None:
        if not (self.ready or self.timers or self.selector.get_map()):
            raise Stuck
        super().wait()

    def step(self, task: Task, value: Any) -> None:
        try:
            super().step(task, value)
        except (TypeError, ValueError, RuntimeError) as error:
            deepest = error.__traceback__
            while deepest and deepest.tb_next:
                deepest = deepest.tb_next
            if deepest and deepest.tb_frame.f_code is Loop.step.__code__:
                raise NoRequest from error
            raise
