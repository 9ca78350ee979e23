"""A kernel of its own: code runs there under a time limit, and the caller lives on whatever happens."""

from __future__ import annotations

import os
import threading
from collections import deque
from contextlib import suppress
from dataclasses import replace
from typing import Any, Self

from helpers.background import start
from helpers.background.request import Request
from helpers.background.run import OUTPUT_LIMIT, OnOutput, Outcome, Run, how_it_ended, unpack
from helpers.errors import CourseError

__all__ = ["Kernel", "Outcome"]

OUTPUT = {"stream", "display_data", "execute_result", "update_display_data", "clear_output"}

GRACE = 0.9
"""Seconds that interrupted code gets to end before it is killed."""

DROPPED = "(for pre_execute)"
"""IPython says so when it has dropped an interrupt that came as the code began; it runs the code then."""


class Kernel:
    """An ipykernel in a process of its own; state is kept from one `run` to the next.

    One thread owns its sockets, so that every method may be called from any thread.
    """

    def __init__(self) -> None:
        self._warmed = False
        self._begin()

    @classmethod
    def take(cls) -> Kernel:
        """A kernel, ready: the warm spare if there is one (16 to 100 ms), else a new one (half a second).

        The next spare is started when this kernel's first run is over, not earlier: starting one costs
        the CPU time that the run may be measuring.
        """
        return cls()

    def _begin(self) -> None:
        self._started = start.take()
        self._to_send: deque[Request] = deque()
        self._asked: dict[str, Request] = {}
        self._latest: Request | None = None
        self._lock = threading.Lock()
        self._stopping = self._over = False
        self._subshell = ""
        self._bell_read, self._bell_write = os.pipe()
        self._pump = threading.Thread(target=self._listen, name="background output", daemon=True)
        self._pump.start()

    # -- what one does with it ------------------------------------------------------------------

    @property
    def pid(self) -> int:
        """Process id, which is also that of its process group."""
        return self._started.pid

    @property
    def own_ports(self) -> frozenset[int]:
        """Ports that it listens on without any code of ours."""
        return self._started.own_ports

    @property
    def alive(self) -> bool:
        """The process is there."""
        return not self._over and self._started.returncode() is None

    @property
    def running(self) -> bool:
        """Some code is not finished."""
        return self._latest is not None and self._latest.outcome is None

    def begin(self, code: str, on_output: OnOutput | None = None, output_limit: int = OUTPUT_LIMIT) -> Run:
        """Start `code` and return at once; wait on what is returned. See `run`."""
        request = Request({"code": code}, on_output, output_limit)
        self._latest = request
        self._ask(request)
        return request

    def run(
        self,
        code: str,
        timeout: float | None = None,
        on_output: OnOutput | None = None,
        output_limit: int = OUTPUT_LIMIT,
    ) -> Outcome:
        """Run `code` for at most `timeout` seconds and say how it ended; never raises for what it does.

        `on_output(type, content)` gets Jupyter messages ("stream", "display_data", …) as they come, in
        another thread, in the caller's context. Output beyond `output_limit` characters is dropped, with
        a line that says so. Code that is too slow is interrupted, and killed if that does not help.
        """
        run = self.begin(code, on_output, output_limit)
        outcome = run.wait(timeout)
        if outcome is None:
            outcome = replace(self._cut_short(run), status="timeout", evalue=f"not done after {timeout:g} s")
        start.warm()
        return outcome

    def evaluate(self, expression: str, timeout: float = 10.0, beside: bool = False) -> Any:
        """The value of `expression` over there, pickled and brought here.

        `beside` asks in a thread of its own over there, also while code is running. Raises CourseError if
        code is still running otherwise, if the expression fails, or if its value cannot be pickled.
        """
        if self.running and not beside:
            raise CourseError("It is still running: its values can be fetched when it is done.")
        packed = f"__import__('helpers.background.inside', fromlist=['pack']).pack(({expression}))"
        content = {"code": "", "silent": True, "user_expressions": {"value": packed}}
        request = Request(content)
        request.beside = beside
        self._ask(request)
        outcome = request.wait(timeout)
        if outcome is None:
            if not beside:
                self._cut_short(request)
            raise CourseError(f"{expression!r} had no value after {timeout:g} s.")
        answer = request.answer()
        if answer is None:
            raise CourseError(f"{expression!r} has no value. {outcome.evalue}")
        return unpack(expression, answer)

    def interrupt(self) -> None:
        """What the square button of JupyterLab does: KeyboardInterrupt over there."""
        run = self._latest
        if run:
            run.begun.wait(GRACE)  # before it has begun, an interrupt would be lost
            run.interrupted = True
        if self.alive:
            self._started.manager.interrupt_kernel()

    def restart(self) -> None:
        """A fresh process; all state is lost."""
        self.stop()
        self._begin()

    def stop(self) -> None:
        """Kill the process and all that it started. A second call does nothing."""
        with self._lock:
            if self._stopping:
                return
            self._stopping = True
            os.write(self._bell_write, b"!")
        self._pump.join()
        os.close(self._bell_read)
        os.close(self._bell_write)
        self._started.end()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _cut_short(self, run: Run) -> Outcome:
        with suppress(RuntimeError):  # it ended this very moment
            self.interrupt()
        outcome = run.wait(GRACE)
        if outcome is None:
            self.stop()
            outcome = run.wait()
        assert outcome is not None
        return outcome

    # -- the thread that owns the sockets ---------------------------------------------------------

    def _ask(self, request: Request) -> None:
        with self._lock:
            if self._over or self._stopping:
                raise CourseError("This kernel is gone; restart it.")
            self._to_send.append(request)
            os.write(self._bell_write, b"!")

    def _listen(self) -> None:
        how = "its messages make no sense"
        try:
            how = self._serve()
        finally:  # whatever happened, nobody may wait for ever
            with self._lock:
                self._over = True
            for request in (*self._asked.values(), *self._to_send):
                request.end(Outcome("died", evalue=f"Its Python is gone: {how}."))

    def _serve(self) -> str:
        """Send and receive until the process ends or shall end; how it ended."""
        import zmq

        client = self._started.client
        poller = zmq.Poller()
        channels = {c.socket: c for c in (client.shell_channel, client.iopub_channel)}
        for source in (self._bell_read, *channels):
            poller.register(source, zmq.POLLIN)
        while not self._stopping:
            # Waking up costs whoever is being measured here, so an idle kernel is looked at rarely.
            ready = dict(poller.poll(100 if self._asked else 1000))
            if self._bell_read in ready:
                os.read(self._bell_read, 1)
                while self._to_send:
                    self._send(self._to_send.popleft())
            for socket, channel in channels.items():
                if socket in ready:
                    self._heed(channel.get_msg())
            self._asked = {asked: each for asked, each in self._asked.items() if not each.settle()}
            if not ready and (returncode := self._started.returncode()) is not None:
                return how_it_ended(returncode)
        return "it was stopped"

    def _send(self, request: Request) -> None:
        client = self._started.client
        content = {
            "silent": False,
            "store_history": not request.silent,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": False,
            **request.content,
        }
        message = client.session.msg("execute_request", content)
        if request.beside:
            message["header"]["subshell_id"] = self._the_subshell()
        client.shell_channel.send(message)
        self._asked[message["header"]["msg_id"]] = request

    def _the_subshell(self) -> str:
        """A second shell of the kernel, with a thread of its own."""
        if not self._subshell:
            client = self._started.client
            client.control_channel.send(client.session.msg("create_subshell_request", {}))
            self._subshell = client.control_channel.get_msg(timeout=5)["content"]["subshell_id"]
        return self._subshell

    def _heed(self, message: dict[str, Any]) -> None:
        kind, content = message["msg_type"], message["content"]
        request = self._asked.get(message["parent_header"].get("msg_id", ""))
        if kind in OUTPUT:
            # What a thread prints when its cell is over, or while a value is fetched, is the cell's still.
            listener = self._latest if request is None or request.silent else request
            if listener:
                listener.hear(kind, content)
                if listener.interrupted and DROPPED in content.get("text", ""):
                    threading.Thread(target=self._insist, args=(listener,), daemon=True).start()
        elif request:
            request.heed(kind, content)

    def _insist(self, run: Run) -> None:
        """Interrupt until it ends: an interrupt is also lost while IPython still tells about the last one."""
        for _ in range(5):
            if run.wait(0.2) or not self.alive:
                break
            self._started.manager.interrupt_kernel()
