"""The line to our supervisor process: kept by one thread, opened anew if the supervisor dies."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Any

from helpers.errors import CourseError
from helpers.supervisor.process import born

if TYPE_CHECKING:
    from helpers.supervisor.child import Child

__all__ = ["Link", "current"]

_PROGRAM = Path(__file__).with_name("process.py")


class Link:
    """Our side of the socket. Its thread starts the supervisor, so that no interrupt can fall in between."""

    def __init__(self) -> None:
        self.children: dict[int, Child] = {}
        self.adopted: dict[int, str] = {}
        self.directories: list[str] = []
        self._socket: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._open, self._sending = Event(), Lock()
        self._ending = False
        self._trouble = ""
        Thread(target=self._keep, name="supervisor of the course's servers", daemon=True).start()

    @property
    def alive(self) -> bool:
        return not self._trouble

    # -- what is sent -----------------------------------------------------------------------

    def send(self, **order: Any) -> None:
        """Gives one order. Raises CourseError if there is no supervisor and none can be started."""
        deadline = time.monotonic() + 10
        if self._ending and order["do"] != "stop":
            raise CourseError("Python is about to exit: nothing can be started any more.")
        while self._open.wait(deadline - time.monotonic()) and not self._trouble:
            with contextlib.suppress(OSError), self._sending:
                assert self._socket
                self._socket.sendall(json.dumps(order).encode() + b"\n")
                return
            # It died this moment; the thread is about to open a new line.
            time.sleep(0.01)
        raise CourseError(
            "The helper process that looks after the course's servers does not run "
            f"({self._trouble or 'no answer'}). Restart the kernel (Kernel menu) and try again."
        )

    def adopt(self, pid: int) -> None:
        self.adopted[pid] = born(pid)
        self.send(do="adopt", pid=pid, birth=self.adopted[pid])

    def release(self, pid: int) -> None:
        if self.adopted.pop(pid, None) is not None and not self._ending:
            self.send(do="release", pid=pid)

    def remove_at_end(self, directory: str) -> None:
        self.directories.append(directory)
        self.send(do="remove_at_end", directory=directory)

    def end(self) -> None:
        """Ends everything now and waits until it is gone (at most 2 s)."""
        self._ending = True
        with contextlib.suppress(CourseError, subprocess.TimeoutExpired):
            self.send(do="stop")
            assert self._process
            self._process.wait(2)

    def forget(self) -> None:
        """In a forked child: the line is its parent's."""
        if self._socket:
            self._socket.close()

    # -- the thread -------------------------------------------------------------------------

    def _keep(self) -> None:
        while not self._ending:
            greeted = False
            try:
                self._start()
                greeted = self._listen()
            except OSError as error:
                self._trouble = str(error)
            self._bury()
            if not greeted:
                self._trouble = self._trouble or "it ended at once"
            if self._trouble:
                self._open.set()
                return

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        # Before the process, so that no moment is left in which it lives and does not know.
        inherited = [{"do": "adopt", "pid": pid, "birth": birth} for pid, birth in self.adopted.items()]
        inherited += [{"do": "remove_at_end", "directory": directory} for directory in self.directories]
        ours.sendall("".join(json.dumps(order) + "\n" for order in inherited).encode())
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", str(_PROGRAM), str(os.getpid())],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                start_new_session=True,
            )
        self._socket = ours
        self._open.set()

    def _listen(self) -> bool:
        """Hears events until the line ends. Returns whether there were any: the first is a greeting."""
        assert self._socket
        rest, greeted = b"", False
        with contextlib.suppress(ConnectionError):
            while data := self._socket.recv(65536):
                *events, rest = (rest + data).split(b"\n")
                for event in map(json.loads, events):
                    if event == {"greeting": "hello"}:
                        greeted = True
                        continue
                    child = self.children[event.pop("key")]
                    child.hear(**event)
                    if child.returncode is not None:
                        del self.children[child.key]
        return greeted

    def _bury(self) -> None:
        """The supervisor is gone, and so are its children (they asked the kernel for that)."""
        self._open.clear()
        if self._socket:
            self._socket.close()
        if self._process:
            self._process.wait()
        for key in list(self.children):
            child = self.children.pop(key)
            child.hear(error="" if child.pid else "its supervisor died", returncode=-9)


_link: Link | None = None
_lock = Lock()


def current() -> Link:
    """The line of this process, opened if there is none or the last one could not be kept."""
    global _link
    with _lock:
        if _link is None or not _link.alive:
            old, _link = _link, Link()
            if old:
                _link.adopted, _link.directories = old.adopted, old.directories
            else:
                atexit.register(_end)
        return _link


def _end() -> None:
    if _link:
        _link.end()


def _forked() -> None:
    global _link, _lock
    _lock = Lock()
    if _link:
        _link.forget()
    _link = None


os.register_at_fork(after_in_child=_forked)
