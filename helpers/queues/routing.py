"""Where RabbitMQ takes a message: exchanges, queues and bindings of one virtual host, and what follows.

topology = Topology()                          begins with the exchanges that every broker has
topology.declare_exchange("log", "topic")
topology.declare_queue("pager")
topology.bind("log", "pager", "kern.#")
topology.route("log", "kern.disk").queues      ("pager",)

This predicts and draws; the truth is the broker, and a test compares the two. Left out is what routing
depends on besides declarations: policies, permissions, internal exchanges, reply-to pseudo-queues, and the
exchange types of plugins. Source: rabbit_exchange.erl of RabbitMQ 3.10.8 and 4.0.5, which route alike.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from helpers.errors import CourseError
from helpers.queues.headers import X_MATCH, Table, compare, matches_headers, table
from helpers.queues.topics import matches_topic

__all__ = ["NoExchange", "NoQueue", "Refused", "Route", "Topology", "matches_headers", "matches_topic"]

_KINDS = ("direct", "fanout", "topic", "headers")
_PREDECLARED = {"": "direct", "amq.match": "headers"} | {f"amq.{kind}": kind for kind in _KINDS}


class Refused(CourseError):
    """The broker would refuse this and close the channel; `code` is the reply code that it gives."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"{text} (The broker would say {code} and close the channel.)")
        self.code = code


class NoExchange(Refused, LookupError):
    """There is no exchange of that name: 404."""

    def __init__(self, name: str) -> None:
        super().__init__(404, f"There is no exchange {name!r}. Declare it first: declare_exchange({name!r})")


class NoQueue(Refused, LookupError):
    """There is no queue of that name: 404."""

    def __init__(self, name: str) -> None:
        super().__init__(404, f"There is no queue {name!r}. Declare it first: declare_queue({name!r})")


@dataclass(frozen=True)
class Route:
    """Where a message goes: one copy into each of `queues`, in the order in which it gets there.

    `paths` has for each queue the exchanges that the message passes on a shortest way, the one that it was
    published to first: ``{"pager": ("news", "log")}``. The default exchange is "".
    """

    queues: tuple[str, ...]
    paths: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class _Exchange:
    kind: str
    alternate: str


@dataclass(frozen=True)
class _Binding:
    """Everything in it makes it this one: the same with another argument is a second binding."""

    target: str
    to_exchange: bool
    key: str
    arguments: Table


@dataclass(frozen=True)
class _Message:
    keys: tuple[str, ...]
    headers: Table


class Topology:
    """Exchanges, queues and bindings of one virtual host; what a broker refuses raises `Refused`."""

    def __init__(self) -> None:
        self._exchanges = {name: _Exchange(kind, "") for name, kind in _PREDECLARED.items()}
        # Dicts, not sets: they keep the order of declaration, and a route is the same every time.
        self._queues: dict[str, None] = {}
        self._bindings: dict[str, dict[_Binding, None]] = {name: {} for name in _PREDECLARED}

    def declare_exchange(self, name: str, kind: str = "direct", alternate: str = "") -> None:
        """An exchange of one of the kinds direct, fanout, topic, headers.

        What it has no binding for goes to the exchange `alternate`, if there is one of that name when a
        message comes. Declared once more, and alike, it stays as it is.
        """
        _not_the_default(name)
        if kind not in _KINDS:
            # So in 3.10.8, which even closes the connection; 4.0.5 says 406.
            raise Refused(503, f"No exchange type is called {kind!r}. Use one of: {', '.join(_KINDS)}.")
        found = self._exchanges.get(name)
        if found and found != _Exchange(kind, alternate):
            was = f"kind {found.kind!r}, alternate {found.alternate!r}"
            raise Refused(406, f"{name!r} was declared with {was}. Delete it before declaring it otherwise.")
        if not found:
            _not_reserved(name)
            self._exchanges[name] = _Exchange(kind, alternate)
            self._bindings[name] = {}

    def delete_exchange(self, name: str) -> None:
        """The exchange goes, and so do the bindings from it and to it. Without such an exchange: nothing."""
        _not_the_default(name)
        _not_reserved(name)
        if self._exchanges.pop(name, None):
            del self._bindings[name]
            self._forget_bindings_to(name, to_exchange=True)

    def declare_queue(self, name: str) -> None:
        """A queue; the default exchange reaches it by its name."""
        if not name:
            raise CourseError("A queue without a name gets one from the broker: declare it with that one.")
        self._queues[name] = None

    def delete_queue(self, name: str) -> None:
        """The queue goes, and so do the bindings to it. Without such a queue: nothing."""
        if name in self._queues:
            del self._queues[name]
            self._forget_bindings_to(name, to_exchange=False)

    def bind(
        self,
        source: str,
        target: str,
        key: str = "",
        arguments: Mapping[str, Any] | None = None,
        to_exchange: bool = False,
    ) -> None:
        """A binding from the exchange `source` to a queue, or to an exchange. The same once more: nothing."""
        binding = _binding(source, target, key, arguments, to_exchange)
        if source not in self._exchanges:
            raise NoExchange(source)
        if target not in (self._exchanges if to_exchange else self._queues):
            raise NoExchange(target) if to_exchange else NoQueue(target)
        word = (arguments or {}).get("x-match", X_MATCH[0])
        if self._exchanges[source].kind == "headers" and word not in X_MATCH:
            raise Refused(406, f"x-match can't be {word!r}. Use one of: {', '.join(X_MATCH)}.")
        self._bindings[source][binding] = None

    def unbind(
        self,
        source: str,
        target: str,
        key: str = "",
        arguments: Mapping[str, Any] | None = None,
        to_exchange: bool = False,
    ) -> None:
        """That one binding goes: same key, same arguments. Without such a binding: nothing."""
        binding = _binding(source, target, key, arguments, to_exchange)
        self._bindings.get(source, {}).pop(binding, None)

    def route(self, exchange: str, key: str = "", headers: Mapping[str, Any] | None = None) -> Route:
        """Where a message published to `exchange` goes. The headers CC and BCC, lists, are further keys.

        Raises `NoExchange` without such an exchange, and `Refused` if CC or BCC is no list.
        """
        if exchange not in self._exchanges:
            raise NoExchange(exchange)
        message = _message(key, headers or {})
        paths: dict[str, tuple[str, ...]] = {}
        passed = {exchange}
        ahead: deque[tuple[str, ...]] = deque([(exchange,)])
        while ahead:
            path = ahead.popleft()
            for name, is_exchange in self._next(path[-1], message):
                if not is_exchange:
                    paths.setdefault(name, path)
                elif name not in passed and name in self._exchanges:
                    # Each exchange is passed once, so circles end.
                    passed.add(name)
                    ahead.append((*path, name))
        return Route(tuple(paths), paths)

    def _next(self, name: str, message: _Message) -> list[tuple[str, bool]]:
        if name == "":
            return [(key, False) for key in message.keys if key in self._queues]
        exchange = self._exchanges[name]
        bindings = self._bindings[name]
        found = [(b.target, b.to_exchange) for b in bindings if _takes(exchange.kind, b, message)]
        # One binding that matches is enough for the alternate exchange to get nothing, wherever it leads.
        return found or [(exchange.alternate, True)] * bool(exchange.alternate)

    def _forget_bindings_to(self, target: str, to_exchange: bool) -> None:
        for bindings in self._bindings.values():
            for binding in list(bindings):
                if (binding.target, binding.to_exchange) == (target, to_exchange):
                    del bindings[binding]


def _takes(kind: str, binding: _Binding, message: _Message) -> bool:
    match kind:
        case "direct":
            return binding.key in message.keys
        case "topic":
            return any(matches_topic(binding.key, key) for key in message.keys)
        case "headers":
            return compare(binding.arguments, message.headers)
    return True


def _message(key: str, headers: Mapping[str, Any]) -> _Message:
    keys = [key]
    for name in ("CC", "BCC"):
        further = headers.get(name, [])
        if not isinstance(further, list):
            raise Refused(406, f"The header {name} is a list of routing keys, not {further!r}.")
        keys += [each for each in further if isinstance(each, str)]
    # The broker takes BCC out of a message before it routes it: the other receivers must not see it.
    visible = {name: value for name, value in headers.items() if name != "BCC"}
    return _Message(tuple(keys), table(visible))


def _binding(
    source: str, target: str, key: str, arguments: Mapping[str, Any] | None, to_exchange: bool
) -> _Binding:
    _not_the_default(source)
    if to_exchange:
        _not_the_default(target)
    return _Binding(target, to_exchange, key, table(arguments))


def _not_the_default(name: str) -> None:
    if name == "":
        raise Refused(403, "The default exchange reaches every queue by its name; nothing about it changes.")


def _not_reserved(name: str) -> None:
    if name.startswith("amq."):
        raise Refused(403, f"Names like {name!r} belong to the broker. Use a name without amq. before it.")
