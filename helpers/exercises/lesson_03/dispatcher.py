"""Register and trigger, as a class."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from helpers.devices.device import Event
from helpers.exercises.exercise import Answer, Exercise, Miss, Wrong
from helpers.exercises.lesson_03.answers import own_class

__all__ = ["EXERCISE"]

STARTER = '''\
class Dispatcher:
    def on(self, kind, handler):
        """From now on, handler(event) is called for every event of this kind."""

    def fire(self, event):
        """Call all handlers of event.kind with the event, in the order in which they were registered."""
'''
SOLUTION = """\
from collections import defaultdict

class Dispatcher:
    def __init__(self):
        self.handlers = defaultdict(list)

    def on(self, kind, handler):
        self.handlers[kind].append(handler)

    def fire(self, event):
        for handler in list(self.handlers[event.kind]):
            handler(event)
"""
NOTHING = (
    "A click was fired, and the handler that was registered for it never ran: `on` must keep it, and `fire` "
    "must call it with the event."
)
CLICK = Event("click", device="mouse")


def check_dispatcher(answer: Answer) -> None:
    cls = own_class(answer, "Dispatcher")
    _one(cls)
    _two(cls)
    _unknown(cls)
    _while_firing(cls)


class _Calls:
    """Handlers that note who was called with what."""

    def __init__(self) -> None:
        self.made: list[tuple[str, tuple[Any, ...]]] = []

    def handler(self, name: str) -> Callable[..., None]:
        return lambda *given: self.made.append((name, given))

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.made]


def _one(cls: type) -> None:
    dispatcher, calls = cls(), _Calls()
    dispatcher.on("click", calls.handler("first"))
    if calls.made:
        raise Miss("Your handler ran before anything happened: store it, don't call it (no parentheses).")
    dispatcher.fire(CLICK)
    if not calls.made:
        raise Miss(NOTHING)
    if calls.made[0][1] != (CLICK,):
        raise Miss("A handler wants to know what happened: call it with the event, `handler(event)`.")
    with contextlib.suppress(KeyError):  # see `_unknown`
        cls().fire(CLICK)
    if len(calls.made) > 1:
        raise Miss("Two dispatchers share one table. Make it in `__init__`, on `self`.")


def _two(cls: type) -> None:
    dispatcher, calls = cls(), _Calls()
    for kind, name in (("click", "first"), ("click", "second"), ("key", "typed")):
        dispatcher.on(kind, calls.handler(name))
    dispatcher.fire(CLICK)
    if "typed" in calls.names:
        raise Miss("A click called the handler that was registered for keys: ask for `event.kind`.")
    if calls.names == ["second"]:
        raise Miss("The second `on('click', …)` threw the first away: keep a list for each kind.")
    if calls.names == ["second", "first"]:
        raise Miss("Both ran, the second one first. Call them in the order in which they were registered.")
    if calls.names != ["first", "second"]:
        raise Miss(f"Two handlers were registered for one click, and {', '.join(calls.names) or 'none'} ran.")
    dispatcher, calls = cls(), _Calls()
    twice = calls.handler("twice")
    for _ in range(2):
        dispatcher.on("click", twice)
    dispatcher.fire(CLICK)
    if len(calls.made) == 1:
        raise Miss("One function was registered twice and called once: keep a list, not a set.")


def _unknown(cls: type) -> None:
    try:
        cls().fire(Event("scroll"))
    except KeyError:
        raise Miss("Nobody listens to “scroll”. That is no error: there is nobody to call.") from None


def _while_firing(cls: type) -> None:
    dispatcher, calls = cls(), _Calls()

    def adds(*_: Any) -> None:
        calls.made.append(("adds", ()))
        if len(calls.made) < 5:  # else it would never end
            dispatcher.on("click", adds)

    dispatcher.on("click", adds)
    dispatcher.fire(CLICK)
    if len(calls.made) > 1:
        raise Miss(
            "A handler registered another one while you fired, and that one ran for this same event. "
            "The list changed while you walked through it: walk through a copy."
        )


def _source(make: str, on: str, *fire: str) -> str:
    body = "".join(f"        {line}\n" for line in fire)
    return (
        "from collections import defaultdict\n\nclass Dispatcher:\n"
        f"    def __init__(self):\n        self.handlers = {make}\n"
        f"    def on(self, kind, handler):\n        {on}\n    def fire(self, event):\n{body}"
    )


APPEND, LISTS = "self.handlers[kind].append(handler)", "defaultdict(list)"
WALK = ("for handler in list(self.handlers[event.kind]):", "    handler(event)")

WRONG = (
    Wrong(
        _source(
            "{}",
            "self.handlers[kind] = handler",
            "if event.kind in self.handlers:",
            "    self.handlers[event.kind](event)",
        ),
        "threw the first away",
    ),
    Wrong(
        _source(LISTS, "self.handlers[kind].append(handler())", *WALK),
        "ran before anything happened",
    ),
    Wrong(
        _source(
            "{}",
            "self.handlers.setdefault(kind, []).append(handler)",
            "for handler in list(self.handlers[event.kind]):",
            "    handler(event)",
        ),
        "Nobody listens to “scroll”",
    ),
    Wrong(
        _source(LISTS, APPEND, "for handler in self.handlers[event.kind]:", "    handler(event)"),
        "walk through a copy",
    ),
    Wrong(
        _source(LISTS, APPEND, "for handler in list(self.handlers[event.kind]):", "    handler()"),
        "call it with the event",
    ),
    Wrong(_source(LISTS, "self.handlers[kind].insert(0, handler)", *WALK), "the second one first"),
    Wrong(
        _source(
            "[]", "self.handlers.append(handler)", "for handler in list(self.handlers):", "    handler(event)"
        ),
        "registered for keys",
    ),
    Wrong(_source("defaultdict(dict)", "self.handlers[kind][handler] = True", *WALK), "called once"),
    Wrong(
        "from collections import defaultdict\n\nclass Dispatcher:\n    handlers = defaultdict(list)\n"
        "    def on(self, kind, handler):\n        self.handlers[kind].append(handler)\n"
        "    def fire(self, event):\n        for handler in list(self.handlers[event.kind]):\n"
        "            handler(event)\n",
        "Two dispatchers share one table",
    ),
    Wrong("def on(kind, handler):\n    pass\n", "There is no class `Dispatcher`"),
)

EXERCISE = Exercise(
    name="dispatcher",
    lesson="03",
    title="Register and trigger",
    starter=STARTER,
    solution=SOLUTION,
    hints=(
        "One kind, many handlers: a list for each kind.",
        "`defaultdict(list)` makes the list when it is first asked for. Make it in `__init__`.",
        "A handler may register others: walk through `list(...)` of the list.",
    ),
    check=check_dispatcher,
    starter_message=NOTHING,
    wrong=WRONG,
    passed="That is the core of every GUI toolkit.",
)
