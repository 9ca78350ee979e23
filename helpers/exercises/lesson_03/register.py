"""A handler that is incomplete fails where it is registered, and a handler keeps what it knows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from helpers.devices.device import Event
from helpers.exercises.exercise import Answer, Exercise, Miss, Wrong
from helpers.exercises.lesson_03.answers import own_class

__all__ = ["EXERCISE"]

STARTER = """\
handlers = []

class BaseHandler:
    def execute(self, event):
        pass

def register(cls):
    handlers.append(cls)

def run(event):
    for cls in handlers:
        handler = cls()
        handler.execute(event)
"""
SOLUTION = """\
from abc import ABC, abstractmethod

handlers = []

class BaseHandler(ABC):
    @abstractmethod
    def execute(self, event):
        ...

def register(cls):
    handlers.append(cls())

def run(event):
    for handler in handlers:
        handler.execute(event)
"""
SILENT = (
    "A handler without `execute` was registered, ran, and did nothing: nobody will ever know. Who could "
    "refuse it, and when is an object made?"
)
CLICK = Event("click", device="mouse")


def check_register(answer: Answer) -> None:
    base = own_class(answer, "BaseHandler")
    register = answer.function("register", "def register(cls):")
    run = answer.function("run", "def run(event):")
    counts: list[int] = []
    register(_counter(base, counts))
    for misspelled in ({}, {"excute": lambda self, event: None}):
        _refused(base, misspelled, register, run)
    counts.clear()
    for _ in range(3):
        run(CLICK)
    if not counts:
        raise Miss("A complete handler was registered, an event came, and its `execute` never ran.")
    if counts == [1, 1, 1]:
        raise Miss(
            "Your handler forgot what it knew: it counts events, and it says 1, 1, 1. Make one object for "
            "each handler, not one for each event."
        )
    if [count - counts[0] for count in counts] != [0, 1, 2]:
        raise Miss(f"A handler that counts three events should go up by one each time, and it says {counts}.")


def _counter(base: type, counts: list[int]) -> type:
    class Counter(base):
        seen = 0

        def execute(self, event: Event) -> None:
            self.seen += 1
            counts.append(self.seen)

    return Counter


def _refused(
    base: type, methods: dict[str, Any], register: Callable[..., Any], run: Callable[..., Any]
) -> None:
    """An incomplete handler must not get through `register`."""
    try:
        # A base that refuses the class statement itself is earlier still.
        register(type("Forgot", (base,), methods))
    except Exception:
        return
    execute = getattr(base, "execute", None)
    if getattr(execute, "__isabstractmethod__", False) and not getattr(base, "__abstractmethods__", None):
        raise Miss("`@abstractmethod` does nothing unless the class inherits from `abc.ABC`.")
    try:
        run(CLICK)
    except TypeError as error:
        if "abstract" in str(error):
            raise Miss(
                "You keep the class, and nobody has tried to make an object of it yet. It fails only when it "
                "runs."
            ) from None
        raise
    except Exception as error:
        raise Miss(
            "It was registered without a murmur, and failed only when it ran "
            f"({type(error).__name__}). Fail where it is registered."
        ) from None
    raise Miss(SILENT)


ABSTRACT = "    @abstractmethod\n    def execute(self, event):\n        ...\n\n"


def _source(base: str, register: str, run: str) -> str:
    return (
        f"from abc import ABC, abstractmethod\n\nhandlers = []\n\n{base}"
        f"def register(cls):\n    {register}\n\n"
        f"def run(event):\n    for handler in handlers:\n        {run}\n"
    )


RAISES = "class BaseHandler:\n    def execute(self, event):\n        raise NotImplementedError\n\n"
CLASS, OBJECT = "handlers.append(cls)", "handlers.append(cls())"

WRONG = (
    Wrong(_source(RAISES, CLASS, "handler().execute(event)"), "registered without a murmur"),
    Wrong(_source(RAISES, OBJECT, "handler.execute(event)"), "failed only when it ran"),
    Wrong(
        _source(f"class BaseHandler:\n{ABSTRACT}", OBJECT, "handler.execute(event)"),
        "`@abstractmethod` does nothing unless",
    ),
    Wrong(
        _source(f"class BaseHandler(ABC):\n{ABSTRACT}", CLASS, "handler().execute(event)"),
        "You keep the class",
    ),
    Wrong(
        _source(f"class BaseHandler(ABC):\n{ABSTRACT}", f"cls()\n    {CLASS}", "handler().execute(event)"),
        "Your handler forgot what it knew",
    ),
    Wrong(_source(f"class BaseHandler(ABC):\n{ABSTRACT}", OBJECT, "pass"), "its `execute` never ran"),
    Wrong(
        _source(
            "class BaseHandler:\n    def execute(self, event):\n        pass\n\n",
            OBJECT,
            "handler.execute(event)",
        ),
        "did nothing: nobody will ever know",
    ),
)

EXERCISE = Exercise(
    name="register",
    lesson="03",
    title="Fail early",
    starter=STARTER,
    solution=SOLUTION,
    hints=(
        "Let `abc` refuse: `class BaseHandler(ABC)` and `@abstractmethod` above `execute`.",
        "`abc` looks when an object is made. Who makes it, and when?",
        "`register` makes the object and keeps it; `run` only calls `execute`.",
    ),
    check=check_register,
    starter_message=SILENT,
    wrong=WRONG,
    passed="Loud, and early: the line that registers an incomplete handler is the line that fails.",
)
