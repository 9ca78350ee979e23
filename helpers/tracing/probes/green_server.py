"""A server that gevent runs in another thread, recorded from beside it: its greenlets and its sockets.

`probes.sockets` sees the standard library's sockets, and a trace function is the business of one thread
only. So this one is brought into that thread by its hub, and gevent's socket methods get stand-ins that say
who talked to whom. When somebody waits is known from the switches.
"""

from __future__ import annotations

import contextlib
import gc
import socket
import threading
from collections.abc import Callable, Iterator
from time import perf_counter_ns
from typing import Any

import gevent
import greenlet
from gevent._socketcommon import SocketMixin
from gevent.hub import Hub
from gevent.socket import socket as GreenSocket

from helpers.tracing.probes.greenlets import Switches
from helpers.tracing.recorder import MAIN, Recorder
from helpers.tracing.trace import WAITING

__all__ = ["probe"]

_MOMENT = 1_000_000  # nanoseconds
PATIENCE = 1.0
"""Seconds that a hub gets to come round: one that is held up by its greenlets is recorded without them."""


@contextlib.contextmanager
def probe(recorder: Recorder) -> Iterator[None]:
    """Record the greenlets of the main thread, from another thread. Without a hub there it does nothing."""
    hub = _main_hub()
    if hub is None:
        yield
        return
    switches = _SwitchesThere(recorder)
    there = threading.Event()

    def begin() -> None:
        if not switches.over:
            recorder.greenlets[hub.parent] = MAIN
            recorder.note((perf_counter_ns(), MAIN, WAITING))
            greenlet.settrace(switches)
        there.set()

    def end() -> None:
        if greenlet.gettrace() is switches:
            greenlet.settrace(None)

    with contextlib.ExitStack() as undo:
        _Sockets(recorder, undo)
        gevent.Greenlet.add_spawn_callback(switches.spawned)
        undo.callback(gevent.Greenlet.remove_spawn_callback, switches.spawned)
        hub.loop.run_callback_threadsafe(begin)
        there.wait(PATIENCE)
        try:
            yield
        finally:
            switches.over = True
            hub.loop.run_callback_threadsafe(end)  # whenever that hub comes round


class _SwitchesThere(Switches):
    over = False

    def __call__(self, event: str, pair: tuple[Any, Any]) -> None:
        if not self.over:
            super().__call__(event, pair)

    def met(self, target: Any) -> None:
        if isinstance(target, gevent.Greenlet):  # it was there when the recording began
            self.spawned(target)

    @staticmethod
    def clocks() -> tuple[int, ...]:
        return ()  # at the end of the recording nobody could read that thread's clock


def _main_hub() -> Any:
    main = threading.main_thread().ident
    hubs = (found for found in gc.get_objects() if isinstance(found, Hub))
    return next((hub for hub in hubs if hub.thread_ident == main and not hub.dead), None)


class _Sockets:
    """Stand-ins for the methods of gevent's sockets; the notes are those of `probes.sockets`."""

    def __init__(self, recorder: Recorder, undo: contextlib.ExitStack) -> None:
        self.recorder, self.note = recorder, recorder.calls.append
        self.met: set[int] = set()
        self.whole: set[int] = set()
        """Descriptors that are in the middle of a sendall."""
        for owner, name, stand_in in (
            (SocketMixin, "recv", self.recv),
            (SocketMixin, "send", self.send),
            (SocketMixin, "sendall", self.sendall),
            (GreenSocket, "accept", self.accept),
            (GreenSocket, "close", self.close),
        ):
            inner = getattr(owner, name)
            undo.callback(setattr, owner, name, inner)
            setattr(owner, name, stand_in(inner))

    def recv(self, inner: Callable[..., Any]) -> Any:
        def recorded(sock: Any, *args: Any) -> Any:
            return self.noted("recv", sock, lambda: inner(sock, *args), len)

        return recorded

    def send(self, inner: Callable[..., Any]) -> Any:
        def recorded(sock: Any, data: Any, *args: Any, **more: Any) -> Any:
            if sock.fileno() in self.whole:
                return inner(sock, data, *args, **more)
            return self.noted("send", sock, lambda: inner(sock, data, *args, **more), int)

        return recorded

    def sendall(self, inner: Callable[..., Any]) -> Any:
        def recorded(sock: Any, data: Any, *args: Any) -> Any:
            descriptor = sock.fileno()
            self.whole.add(descriptor)
            try:
                return self.noted("send", sock, lambda: inner(sock, data, *args), lambda _: len(data))
            finally:
                self.whole.discard(descriptor)

        return recorded

    def noted(self, what: str, sock: Any, call: Callable[[], Any], size: Callable[[Any], int]) -> Any:
        descriptor = sock.fileno()
        if descriptor not in self.met:
            self.meet(sock)
        lane, began = self.recorder.here(), perf_counter_ns()
        try:
            result = call()
        except OSError as error:
            self.note((perf_counter_ns(), what, descriptor, type(error).__name__, lane, began))
            raise
        now, length = perf_counter_ns(), size(result)
        if length or now - began > _MOMENT:  # one that spins reads nothing, thousands of times
            self.note((now, what, descriptor, length, lane, began))
        return result

    def accept(self, inner: Callable[..., Any]) -> Any:
        def recorded(sock: Any) -> Any:
            lane, began = self.recorder.here(), perf_counter_ns()
            client, address = inner(sock)
            self.note((perf_counter_ns(), "accept", sock.fileno(), lane, began))
            self.meet(client)
            return client, address

        return recorded

    def close(self, inner: Callable[..., Any]) -> Any:
        def recorded(sock: Any) -> Any:
            self.note((perf_counter_ns(), "close", sock.fileno()))
            self.met.discard(sock.fileno())
            return inner(sock)

        return recorded

    def meet(self, sock: Any) -> None:
        self.met.add(sock.fileno())
        if sock.family == socket.AF_INET:
            with contextlib.suppress(OSError):
                own, peer = sock.getsockname()[1], sock.getpeername()[1]
                self.note((perf_counter_ns(), "meet", sock.fileno(), own, peer, self.recorder.here()))
