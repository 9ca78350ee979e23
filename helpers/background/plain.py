"""A plain Python process for one cell: what must not run in a kernel (monkey patching) runs here."""

from __future__ import annotations

import codecs
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from helpers import supervisor
from helpers.background.run import OUTPUT_LIMIT, OnOutput, Outcome, Run, how_it_ended, unpack
from helpers.errors import CourseError

__all__ = ["PlainProcess"]

GATHER = 0.005
"""Seconds that output is gathered before it travels on: a line is several writes."""


class PlainProcess:
    """One ``python -u`` that runs one piece of code as a script; then it stays: values can be fetched.

    It offers what `Kernel` offers, but for a second `begin`: a script starts in a fresh process.
    """

    own_ports: frozenset[int] = frozenset()

    def __init__(self, name: str) -> None:
        self.name = name
        self._line, theirs = socket.socketpair()
        with theirs:
            bootstrap = str(Path(__file__).with_name("bootstrap.py"))
            self._process = subprocess.Popen(
                [sys.executable, "-u", "-P", bootstrap, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        supervisor.adopt(self.pid)
        self._rest = b""
        self._run: Run | None = None
        self._asked: Run | None = None
        self._value: dict[str, Any] = {}
        self._lock = threading.Lock()
        self._pump = threading.Thread(target=self._listen, name="background output", daemon=True)

    @property
    def pid(self) -> int:
        """Process id, which is also that of its process group."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """The process is there."""
        return self._process.poll() is None

    @property
    def running(self) -> bool:
        """The code is not finished."""
        return self._run is not None and self._run.outcome is None

    def begin(self, code: str, on_output: OnOutput | None = None, output_limit: int = OUTPUT_LIMIT) -> Run:
        """Start `code` and return at once."""
        assert self._run is None, "a plain process runs one cell"
        self._run = Run(on_output, output_limit)
        self._pump.start()
        self._send(f"{self.name}\0{code}")
        return self._run

    def evaluate(self, expression: str, timeout: float = 10.0) -> Any:
        """The value of `expression` over there; raises CourseError as `Kernel.evaluate` does."""
        if self.running:
            raise CourseError("It is still running: its values can be fetched when it is done.")
        with self._lock:
            self._asked = Run()
            if self.alive:
                self._send(expression)
            else:
                self._asked.end(Outcome("died", evalue="Its process is gone."))
            outcome = self._asked.wait(timeout)
        if outcome is None:
            self.stop()
            raise CourseError(f"{expression!r} had no value after {timeout:g} s; the process was stopped.")
        if outcome.status == "died":
            raise CourseError(f"{expression!r} has no value. {outcome.evalue}")
        return unpack(expression, self._value)

    def interrupt(self) -> None:
        """KeyboardInterrupt over there."""
        self._signal(signal.SIGINT)

    def stop(self) -> None:
        """Kill the process and all that it started. A second call does nothing."""
        self._signal(signal.SIGKILL)
        self._process.wait()
        if self._pump.is_alive():
            self._pump.join()
        supervisor.release(self.pid)

    def _signal(self, number: int) -> None:
        if self.alive:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, number)

    def _send(self, text: str) -> None:
        data = text.encode()
        with suppress(OSError):  # it died: the listening thread says so
            self._line.sendall(len(data).to_bytes(8, "big") + data)

    # -- the listening thread ---------------------------------------------------------------------

    def _listen(self) -> None:
        run, process = self._run, self._process
        assert run and process.stdout and process.stderr
        with selectors.DefaultSelector() as selector, process.stdout, process.stderr, self._line:
            for name, stream in (("stdout", process.stdout), ("stderr", process.stderr)):
                decoder = codecs.getincrementaldecoder("utf-8")("replace")
                selector.register(stream, selectors.EVENT_READ, (name, decoder))
            selector.register(self._line, selectors.EVENT_READ, None)
            while selector.get_map():
                ready = [key for key, _ in selector.select(0.5)]
                time.sleep(GATHER)
                # Output first: it was written before the news that the code is done.
                for key in [key for key in ready if key.data] or ready:
                    data = os.read(key.fd, 1 << 16)
                    if not data:
                        selector.unregister(key.fileobj)
                    elif key.data:
                        name, decoder = key.data
                        run.hear("stream", {"name": name, "text": decoder.decode(data)})
                    else:
                        self._heed(run, data)
                if not ready and process.poll() is not None:
                    break  # a daemon that it left behind may hold the pipes for ever
        self._bury(run)

    def _heed(self, run: Run, data: bytes) -> None:
        *answers, self._rest = (self._rest + data).split(b"\n")
        for answer in map(json.loads, answers):
            if run.outcome is None:
                run.end(Outcome(**answer))
            elif self._asked:
                self._value = answer
                self._asked.end(Outcome("ok"))

    def _bury(self, run: Run) -> None:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(1)
        how = f"Its Python is gone: {how_it_ended(self._process.returncode)}."
        for waiting in (run, self._asked):
            if waiting:
                waiting.end(Outcome("died", evalue=how))
