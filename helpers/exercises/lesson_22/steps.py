"""Who does what when: learners' functions run in threads, and each step of theirs waits until it is allowed.

A step is a command to the cache or a call of the source. The servers are real; only the order is ours.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, NamedTuple

__all__ = ["Player", "Step", "Watched", "finish"]

PATIENCE = 0.2
"""Seconds in which a player gets from one step to the next, unless it waits for another player."""
LONGEST = 4.0
"""Seconds that a player waits for its turn."""
NO_STEPS = {"multi", "pipeline", "lock", "register_script", "reset", "close", "get_encoder"}
"""What sends nothing by itself."""


class Step(NamedTuple):
    """`what` is asked of `thing`, with `arguments`."""

    thing: str
    what: str
    arguments: tuple[Any, ...]


class Watched:
    """Stands for a client, a pipeline of it or a source, and calls `before` with each step first."""

    def __init__(self, thing: Any, name: str, before: Callable[[Step], None]) -> None:
        self._thing, self._name, self._before = thing, name, before

    def __getattr__(self, what: str) -> Any:
        found = getattr(self._thing, what)
        if not callable(found):
            return found

        def act(*arguments: Any, **more: Any) -> Any:
            if what not in NO_STEPS and not self._collects(what):
                self._before(Step(self._name, what, arguments))
            answer = found(*arguments, **more)
            if answer is self._thing:
                return self
            return Watched(answer, self._name, self._before) if what == "pipeline" else answer

        return act

    def _collects(self, what: str) -> bool:
        """Whether a pipeline keeps this command for its `execute`."""
        pipe = self._thing
        immediate = getattr(pipe, "watching", False) and not getattr(pipe, "explicit_transaction", False)
        return (
            hasattr(pipe, "command_stack") and not immediate and what not in ("watch", "execute", "unwatch")
        )

    def __enter__(self) -> Watched:
        self._thing.__enter__()
        return self

    def __exit__(self, *error: Any) -> Any:
        return self._thing.__exit__(*error)

    def __len__(self) -> int:
        return len(self._thing)


class Player:
    """A learner's function in a thread of its own: ``step`` lets it do its next step."""

    def __init__(self, function: Callable[..., Any], *arguments: Any, **things: Any) -> None:
        self.past: list[Step] = []
        self.next: Step | None = None
        self.result: Any = None
        self.error: BaseException | None = None
        self._arrived, self._go = threading.Event(), threading.Semaphore(0)
        watched = [Watched(thing, name, self._before) for name, thing in things.items()]
        self._thread = threading.Thread(
            target=self._run, args=(function, [*watched, *arguments]), daemon=True
        )
        self._thread.start()
        self._arrived.wait(PATIENCE)

    @property
    def done(self) -> bool:
        """Its function has returned, or raised."""
        return not self._thread.is_alive()

    def has(self, what: str) -> bool:
        """Whether it has done a step of that name."""
        return any(step.what == what for step in self.past)

    def step(self) -> bool:
        """Let it do its next step, and get to the one after; False if it waits for another, or is done."""
        if not self._arrived.wait(PATIENCE):
            return False
        if self.next is None:
            self._thread.join(PATIENCE)
            return False
        self._arrived.clear()
        self._go.release()
        if self._arrived.wait(PATIENCE) and self.next is None:
            self._thread.join(PATIENCE)
        return True

    def until(self, when: Callable[[Player], bool]) -> Player:
        """Step until `when` is true of it, or it is done, or waits for another player."""
        while not when(self) and self.step():
            pass
        return self

    def steps(self, number: int) -> Player:
        """Step until it has done so many steps in all."""
        return self.until(lambda player: len(player.past) >= number)

    def run(self) -> Player:
        """All its steps, unless it waits for another player."""
        return self.until(lambda player: False)

    def _before(self, step: Step) -> None:
        self.next = step
        self._arrived.set()
        if not self._go.acquire(timeout=LONGEST):
            raise TimeoutError("the check was given up")
        self.next = None
        self.past.append(step)

    def _run(self, function: Callable[..., Any], arguments: list[Any]) -> None:
        try:
            self.result = function(*arguments)
        except BaseException as error:
            self.error = error
        finally:
            self.next = None
            self._arrived.set()


def finish(*players: Player) -> None:
    """All the steps that are left, in turns if need be. Raises what a player's function has raised."""
    deadline = time.monotonic() + LONGEST
    while time.monotonic() < deadline:
        done = [player.run().done for player in players]  # each has its turn, also if another is not done
        if all(done):
            break
    for player in players:
        if player.error:
            raise player.error
