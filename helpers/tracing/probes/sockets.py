"""Sockets and selectors: what a server's calls did, noted from under its code.

`probe` stands in for `socket.socket`'s methods, `select.select` and the selectors of this process, and
appends one tuple for each call to ``recorder.calls``. A call that may wait also notes *waiting* on the lane
of its thread. What the calls mean together, `helpers.tracing.conversations` says afterward.
"""

from __future__ import annotations

import asyncio
import contextlib
import select
import selectors
import socket
from collections.abc import Callable, Iterable, Iterator
from time import perf_counter_ns
from typing import Any

from helpers.tracing.recorder import Recorder
from helpers.tracing.trace import RUNNING, WAITING

__all__ = ["probe"]

_MOST = 64
"""So many descriptors of a set are noted by name; of a larger one only how many there are."""
_SELECTORS = [
    found
    for name in ("SelectSelector", "PollSelector", "EpollSelector", "DevpollSelector", "KqueueSelector")
    if (found := getattr(selectors, name, None))
]


@contextlib.contextmanager
def probe(recorder: Recorder) -> Iterator[None]:
    """Record what TCP sockets do, and selectors too if the recording is about the whole process.

    The code that uses them does not change.

    Each call becomes ``(time_ns, what, ...)``, the time being that of its return:
    ``accept`` (listener, lane, beginning), ``meet`` (a descriptor seen for the first time, own
    port, peer's port, lane), ``recv`` and ``send`` (descriptor; bytes, or the exception's name; lane and
    beginning, if it may have waited), ``close`` (descriptor), ``asked`` (lane, descriptors to read and to
    write), ``ready`` (the same), ``turn`` (lane, which list or callback, the descriptor whose turn it is in
    the loop over the answer, and of a selector the events), ``turned`` (lane, which list or "").
    """
    with contextlib.ExitStack() as undo:
        _Calls(recorder, undo)
        yield


def _patch(undo: contextlib.ExitStack, owner: Any, name: str, replacement: Callable[..., Any]) -> None:
    if name in vars(owner):
        undo.callback(setattr, owner, name, vars(owner)[name])
    else:
        undo.callback(delattr, owner, name)
    setattr(owner, name, replacement)


class _Calls:
    """The stand-ins of one recording."""

    def __init__(self, recorder: Recorder, undo: contextlib.ExitStack) -> None:
        self.recorder, self.note = recorder, recorder.calls.append
        self.known: set[int] = set()
        self.met: set[int] = set()
        self.lanes: set[str] = set()
        kind = socket.socket
        _patch(undo, kind, "recv", self.recv(kind.recv))
        _patch(undo, kind, "send", self.send(kind.send))
        _patch(undo, kind, "sendall", self.send(kind.sendall))
        _patch(undo, kind, "accept", self.accept(kind.accept))
        _patch(undo, kind, "connect", self.connect(kind.connect))
        _patch(undo, kind, "close", self.close(kind.close))
        if not recorder.whole:  # the selectors of a notebook's kernel are Jupyter's and the course's own
            return
        _patch(undo, select, "select", self.select(select.select))
        for each in _SELECTORS:
            _patch(undo, each, "select", self.selector(each.select))
            for name in ("register", "modify", "unregister"):
                _patch(undo, each, name, self.change(getattr(each, name)))

    # -- sockets ------------------------------------------------------------------------------

    # Every name that these two look up costs the recorded server: what does not wait pays for two notes and
    # no more.

    def recv(self, inner: Callable[..., Any]) -> Any:
        note, now, met = self.note, perf_counter_ns, self.met

        def recorded(sock: Any, size: int, flags: int = 0) -> Any:
            __tracebackhide__ = True  # IPython leaves this frame out
            if flags & socket.MSG_PEEK:  # the bytes stay where they are
                return inner(sock, size, flags)
            descriptor = sock.fileno()
            if descriptor not in met:
                self.meet(sock)
            if sock.timeout != 0.0:
                return self.waited(inner, "recv", sock, size, flags)
            try:
                data = inner(sock, size, flags)
            except OSError as error:
                note((now(), "recv", descriptor, type(error).__name__))
                raise
            note((now(), "recv", descriptor, len(data)))
            return data

        return recorded

    def send(self, inner: Callable[..., Any]) -> Any:
        note, now, met = self.note, perf_counter_ns, self.met

        def recorded(sock: Any, data: Any, flags: int = 0) -> Any:
            __tracebackhide__ = True  # IPython leaves this frame out
            descriptor = sock.fileno()
            if descriptor not in met:
                self.meet(sock)
            if sock.timeout != 0.0:
                return self.waited(inner, "send", sock, data, flags)
            try:
                sent = inner(sock, data, flags)
            except OSError as error:
                note((now(), "send", descriptor, type(error).__name__))
                raise
            note((now(), "send", descriptor, len(data) if sent is None else sent))
            return sent

        return recorded

    def waited(self, inner: Callable[..., Any], what: str, sock: socket.socket, *args: Any) -> Any:
        """`inner` for a socket that may wait: its lane waits meanwhile."""
        __tracebackhide__ = True
        if sock.family != socket.AF_INET:
            return inner(sock, *args)
        descriptor = sock.fileno()
        with self.waiting() as (lane, began):
            try:
                result = inner(sock, *args)
            except OSError as error:
                self.note((perf_counter_ns(), what, descriptor, type(error).__name__, lane, began))
                raise
        size = len(result) if what == "recv" else len(args[0]) if result is None else result
        self.note((perf_counter_ns(), what, descriptor, size, lane, began))
        return result

    def accept(self, inner: Callable[..., Any]) -> Any:
        def recorded(sock: socket.socket) -> Any:
            __tracebackhide__ = True  # IPython leaves this frame out
            if sock.family != socket.AF_INET:
                return inner(sock)
            self.awake()
            if sock.gettimeout() == 0.0:
                lane, began = self.recorder.here(), perf_counter_ns()
                client, address = inner(sock)
            else:
                with self.waiting() as (lane, began):
                    client, address = inner(sock)
            self.note((perf_counter_ns(), "accept", sock.fileno(), lane, began))
            self.meet(client)
            return client, address

        return recorded

    def connect(self, inner: Callable[..., Any]) -> Any:
        def recorded(sock: socket.socket, address: Any) -> Any:
            __tracebackhide__ = True  # IPython leaves this frame out
            try:
                return inner(sock, address)
            finally:
                self.meet(sock)

        return recorded

    def close(self, inner: Callable[..., Any]) -> Any:
        def recorded(sock: socket.socket) -> Any:
            __tracebackhide__ = True  # IPython leaves this frame out
            self.note((perf_counter_ns(), "close", sock.fileno()))
            self.met.discard(sock.fileno())
            return inner(sock)

        return recorded

    def meet(self, sock: socket.socket) -> None:
        """Whose descriptor this is; the recording may have begun when the connection was there already."""
        self.met.add(sock.fileno())
        if sock.family == socket.AF_INET:
            with contextlib.suppress(OSError):
                own, peer = sock.getsockname()[1], sock.getpeername()[1]
                self.note((perf_counter_ns(), "meet", sock.fileno(), own, peer, self.recorder.here()))
            self.awake()

    def awake(self) -> None:
        """Whoever was in the middle of a call when the recording began, is out of it by now."""
        lane = self.recorder.here()
        if lane not in self.lanes:
            self.lanes.add(lane)
            self.recorder.note_thread(lane, RUNNING)

    @contextlib.contextmanager
    def waiting(self) -> Iterator[tuple[str, int]]:
        """The lane of this thread waits inside the block. Yields the lane and the time."""
        recorder = self.recorder
        lane = recorder.here()
        began = recorder.note_thread(lane, WAITING)
        try:
            yield lane, began
        finally:
            recorder.note_thread(lane, RUNNING)

    # -- selectors ----------------------------------------------------------------------------

    def select(self, inner: Callable[..., Any]) -> Any:
        """Stand-in for `select.select`, whose lists are walked through under our eyes."""

        def recorded(reads: Any, writes: Any, others: Any, timeout: float | None = None) -> Any:
            __tracebackhide__ = True  # IPython leaves this frame out
            self.awake()
            lane, now, asked = self.recorder.here(), perf_counter_ns, (_numbers(reads), _numbers(writes))
            self.note((now(), "asked", lane, *asked))
            self.recorder.note((now(), lane, WAITING if timeout != 0 else RUNNING))
            try:
                ready = inner(reads, writes, others, timeout)
            finally:
                self.recorder.note((now(), lane, RUNNING))
            self.note((now(), "ready", lane, _numbers(ready[0]), _numbers(ready[1])))
            return tuple(
                _Turns(found, self.note, lane, name) for found, name in zip(ready, _LISTS, strict=True)
            )

        return recorded

    def selector(self, inner: Callable[..., Any]) -> Any:
        """Stand-in for the `select` method of a selector."""

        def recorded(chosen: Any, timeout: float | None = None) -> Any:
            __tracebackhide__ = True  # IPython leaves this frame out
            loop = asyncio._get_running_loop()
            if getattr(loop, "_selector", None) is chosen:  # Jupyter's own, or one that `loops` watches
                return inner(chosen, timeout)
            lane, now = self.recorder.here(), perf_counter_ns
            if id(chosen) not in self.known:
                self.awake()
                self.known.add(id(chosen))
                self.note((now(), "asked", lane, *_registered(chosen)))
            self.recorder.note((now(), lane, WAITING if timeout is None or timeout > 0 else RUNNING))
            try:
                ready = inner(chosen, timeout)
            finally:
                self.recorder.note((now(), lane, RUNNING))
            return _Turns(ready, self.note, lane, "")

        return recorded

    def change(self, inner: Callable[..., Any]) -> Any:
        """Stand-in for `register`, `modify` and `unregister`."""

        def recorded(chosen: Any, *args: Any, **options: Any) -> Any:
            __tracebackhide__ = True  # IPython leaves this frame out
            key = inner(chosen, *args, **options)
            if id(chosen) in self.known:
                lane = self.recorder.here()
                self.note((perf_counter_ns(), "asked", lane, *_registered(chosen)))
            return key

        return recorded


_LISTS = ("readable", "writable", "exceptional")


class _Turns(list[Any]):
    """What a selector answered; notes when the loop over it comes to each, and when it is through."""

    def __init__(
        self, found: Iterable[Any], note: Callable[[tuple[Any, ...]], None], lane: str, of: str
    ) -> None:
        super().__init__(found)
        self._note, self._lane, self._of = note, lane, of

    def __iter__(self) -> Iterator[Any]:
        note, now, lane, of = self._note, perf_counter_ns, self._lane, self._of
        if of:
            for item in super().__iter__():
                note((now(), "turn", lane, of, item if isinstance(item, int) else item.fileno()))
                yield item
        else:
            for item in super().__iter__():
                key = item[0]
                # Its name and not the thing itself: a recording must keep nobody's socket open.
                note((now(), "turn", lane, getattr(key.data, "__name__", ""), key.fd, item[1]))
                yield item
        note((now(), "turned", lane, of))


def _numbers(sockets: Any) -> tuple[int, ...] | int:
    if len(sockets) > _MOST:
        return len(sockets)
    return tuple(each if isinstance(each, int) else each.fileno() for each in sockets)


def _registered(selector: Any) -> tuple[Any, Any]:
    keys = selector.get_map()
    if keys is None:  # closed
        return (), ()
    if len(keys) > _MOST:
        return len(keys), 0
    return _events([(key.fd, key.events) for key in keys.values()])


def _events(pairs: list[tuple[int, int]]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    reads = tuple(fd for fd, events in pairs if events & selectors.EVENT_READ)
    return reads, tuple(fd for fd, events in pairs if events & selectors.EVENT_WRITE)
