"""Three greenlets that add to one number and lose nothing, with a wait in the middle."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any

from helpers.exercises.exercise import Answer, Exercise, Miss, Wrong

__all__ = ["EXERCISE"]

GREENLETS, ADDITIONS = 3, 100
STARTER = '''\
import gevent
from gevent.lock import BoundedSemaphore

def add(account):
    """Add 1 to account.count, a hundred times. Others do the same at the same time."""
    for _ in range(100):
        seen = account.count
        gevent.sleep(0)                # the database takes its time
        account.count = seen + 1
'''
SOLUTION = """\
import gevent
from gevent.lock import BoundedSemaphore

lock = BoundedSemaphore()

def add(account):
    for _ in range(100):
        with lock:
            seen = account.count
            gevent.sleep(0)
            account.count = seen + 1
"""
LOST = (
    "Three greenlets added 100 each, and the account says 100: between a look and its write the two others "
    "look too. Who keeps them out?"
)


class Account:
    """A number that knows whether somebody else had a turn between a look and the write after it."""

    def __init__(self) -> None:
        self.value = self.writes = self.turns = 0
        self.waited = True
        self._looked: dict[Any, int] = {}

    @property
    def count(self) -> int:
        """The number."""
        from greenlet import getcurrent

        self._looked[getcurrent()] = self.turns
        return self.value

    @count.setter
    def count(self, value: int) -> None:
        from greenlet import getcurrent

        self.writes += 1
        self.waited = self.waited and self._looked.get(getcurrent()) != self.turns
        self.value = value

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """Count the switches of this thread inside the block."""
        import greenlet

        def switched(*_: Any) -> None:
            self.turns += 1

        before = greenlet.settrace(switched)
        try:
            yield
        finally:
            greenlet.settrace(before)


def check(answer: Answer) -> None:
    import gevent
    from gevent.exceptions import LoopExit

    add = answer.function("add", "def add(account):")
    if any(isinstance(thing, type(threading.Lock())) for thing in answer.names.values()):
        raise Miss(
            "A lock of `threading` stops the whole thread, and whoever could release it lives in the same "
            "thread. Greenlets need gevent's: `BoundedSemaphore()`."
        )
    made = _count_locks(answer.names)
    account = Account()
    with account.watched():
        greenlets = [gevent.spawn(add, account) for _ in range(GREENLETS)]
        try:
            gevent.joinall(greenlets, raise_error=True)
        except LoopExit:
            raise Miss(
                "All three wait for the lock for ever: somebody took it and didn't give it back, or took it "
                "twice. `with lock:` gives it back on every path."
            ) from None
    _judge(account, answer, bool(made))


def _judge(account: Account, answer: Answer, made: bool) -> None:
    wanted = GREENLETS * ADDITIONS
    if account.writes != wanted:
        raise Miss(f"Each of the three should write 100 times; together you wrote {account.writes} times.")
    if not account.waited:
        raise Miss(
            "The waiting must stay, between look and write: `gevent.sleep(0)` stands for the database, and "
            "any call of a library may be one."
        )
    if account.value == wanted:
        return
    if made:
        raise Miss(
            f"Still {account.value} of {wanted}: each greenlet made a lock that nobody else knows. All must "
            "use the same one: make it outside `add`."
        )
    if _locks(answer.names):
        raise Miss(
            f"Still {account.value} of {wanted}, in spite of your lock: it isn't held from the look to the "
            "write. Begin the `with` above the look."
        )
    raise Miss(LOST)


def _count_locks(names: dict[str, Any]) -> list[Any]:
    """From now on each lock that the learner's code makes is in the list."""
    made: list[Any] = []

    def counted(kind: Callable[..., Any]) -> Callable[..., Any]:
        def make(*args: Any) -> Any:
            made.append(kind(*args))
            return made[-1]

        return make

    for name in ("BoundedSemaphore", "Semaphore", "RLock"):
        if callable(names.get(name)):
            names[name] = counted(names[name])
    return made


def _locks(names: dict[str, Any]) -> list[Any]:
    from gevent.lock import RLock, Semaphore

    return [thing for thing in names.values() if isinstance(thing, Semaphore | RLock)]


def _source(*lines: str, before: str = "lock = BoundedSemaphore()\n") -> str:
    body = "".join(f"    {line}\n" for line in lines)
    return f"import gevent\nfrom gevent.lock import BoundedSemaphore\n\n{before}\ndef add(account):\n{body}"


WRONG = (
    Wrong(
        _source("for _ in range(100):", "    account.count += 1", before=""),
        "The waiting must stay, between look and write",
    ),
    Wrong(
        _source(
            "for _ in range(100):",
            "    with lock:",
            "        seen = account.count",
            "        account.count = seen + 1",
            "    gevent.sleep(0)",
        ),
        "The waiting must stay, between look and write",
    ),
    Wrong(
        _source(
            "for _ in range(100):",
            "    seen = account.count",
            "    gevent.sleep(0)",
            "    with lock:",
            "        account.count = seen + 1",
        ),
        "it isn't held from the look to the write",
    ),
    Wrong(
        _source(
            "lock = BoundedSemaphore()",
            "for _ in range(100):",
            "    with lock:",
            "        seen = account.count",
            "        gevent.sleep(0)",
            "        account.count = seen + 1",
            before="",
        ),
        "make it outside `add`",
    ),
    Wrong(
        _source(
            "for _ in range(100):",
            "    lock.acquire()",
            "    seen = account.count",
            "    gevent.sleep(0)",
            "    account.count = seen + 1",
        ),
        "somebody took it and didn't give it back",
    ),
    Wrong(
        _source(
            "for _ in range(100):",
            "    with lock:",
            "        seen = account.count",
            "        gevent.sleep(0)",
            "        account.count = seen + 1",
            before="from threading import Lock\nlock = Lock()\n",
        ),
        "Greenlets need gevent's",
    ),
)

EXERCISE = Exercise(
    name="count_together",
    lesson="08",
    title="Count together",
    starter=STARTER,
    solution=SOLUTION,
    hints=(
        "What must not come between the look and the write? Another greenlet's look.",
        "Who has to see the same lock? All three: so it is made once, outside `add`.",
        "Where does the `with lock:` begin? Above the look, and the write is still inside.",
    ),
    check=check,
    starter_message=LOST,
    wrong=WRONG,
    passed="300 of 300. Threads lose a visit now and then; greenlets lose the same ones every time.",
    time_limit=6,
)
