"""What all services share: a process, a port, a directory, a log, a life that can be ended and resumed."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import time
from collections import deque
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import Any, Self

from helpers.errors import CourseError
from helpers.services import programs
from helpers.services.ports import free_port, is_free
from helpers.supervisor import Child, scratch, spawn, temporary_directory

__all__ = ["Service"]

_numbers = count(1)


class Service:
    """A server of our own on this machine, reachable from here only.

    ``with`` starts it and stops it at the end; `start`, `stop`, `kill` and `restart` do the same as plain
    calls. Its port and its data stay as long as this Python process lives, whatever is done to the server.
    """

    name = ""
    """What the course calls it: "redis"."""
    title = ""
    """What it calls itself: "Redis"."""
    patience = 10.0
    """Seconds until a server that does not answer counts as stuck."""
    for_nobody = True
    """Whether root starts it as the user nobody (if that user can reach the program)."""

    def __init__(self) -> None:
        self.host = "127.0.0.1"
        self.port = 0
        self.version = ""
        self.spawned = self.answered = 0.0
        """When the process was last started and first answered, by `time.perf_counter`."""
        self._child: Child | None = None
        self._place = f"{self.name}-{next(_numbers)}"
        self._directory = Path("/nowhere")
        self._unprivileged = False
        self._settings: dict[str, Any] = {}
        self._lock = RLock()

    def __repr__(self) -> str:
        return f"<{self.title}: {'running' if self.running else 'stopped'}>"

    # -- what a lesson asks -----------------------------------------------------------------

    @property
    def url(self) -> str:
        """The address, as clients of this server write it."""
        return f"{self.host}:{self.port}"

    @property
    def running(self) -> bool:
        """Whether its process is alive."""
        return self._child is not None and self._child.running

    @property
    def pid(self) -> int | None:
        """Its process id, or None if it is not running."""
        return self._child.pid if self._child and self._child.running else None

    def memory(self) -> int:
        """Bytes of main memory that its processes use: their own, and their share of what they share (PSS).

        Where the system does not know shares (macOS), resident memory. 0 if it is not running.
        """
        import psutil

        total = 0
        with contextlib.suppress(psutil.Error):
            leader = psutil.Process(self.pid) if self.pid else None
            for process in (leader, *leader.children(recursive=True)) if leader else ():
                with contextlib.suppress(psutil.NoSuchProcess):
                    total += _memory(process)
        return total

    def answers(self) -> bool:
        """Whether it replies, now, in its own protocol."""
        with contextlib.suppress(OSError), socket.create_connection((self.host, self.port), 1) as line:
            return self._greets(line)
        return False

    def log(self, lines: int = 20) -> str:
        """The last `lines` lines that the server logged."""
        return "\n".join(deque((line for file in self._logs() for line in _lines(file)), lines))

    # -- what a lesson does -----------------------------------------------------------------

    def start(self) -> Self:
        """Starts it if it is not running; returns when it answers.

        Raises CourseError if the server is missing, too old, dies or does not answer.
        """
        with self._lock:
            if self.running:
                return self
            program = self._check()
            try:
                self._settle(program)
                return self._try_ports(program)
            except OSError as error:
                raise CourseError(f"{self.title} cannot be started: {error}. Run the cell again.") from None

    def stop(self) -> None:
        """Asks it to end, and waits until it has. Its data stays."""
        with self._lock:
            if self._child and self._child.running:
                self.thaw()  # a frozen one would not hear it
                self._ask_to_end(self._child)
                with contextlib.suppress(TimeoutError):
                    self._child.wait(5)
                self.kill()

    def kill(self) -> None:
        """Ends it at once (``kill -9``): no goodbye to its clients. Its data stays."""
        with self._lock:
            if self._child and self._child.running:
                self._child.kill()
                self._child.wait(5)

    def freeze(self) -> None:
        """Halts its process, and returns when it stands still: it says nothing until `thaw`."""
        import psutil

        with self._lock:
            if self.pid:
                process = psutil.Process(self.pid)
                os.kill(self.pid, signal.SIGSTOP)
                deadline = time.perf_counter() + 5
                while process.status() != psutil.STATUS_STOPPED and time.perf_counter() < deadline:
                    time.sleep(0.001)

    def thaw(self) -> None:
        """Undoes `freeze`."""
        with self._lock, contextlib.suppress(ProcessLookupError):
            if self.pid:
                os.kill(self.pid, signal.SIGCONT)

    def restart(self) -> Self:
        """`stop`, then `start`."""
        self.stop()
        return self.start()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def configured(self, **settings: Any) -> Self:
        """With these settings, from its next start on; if they are new to it, it is stopped first."""
        with self._lock:
            if settings and self._settings != (wanted := self._accepted(settings)):
                self.stop()
                self._settings = wanted
            return self

    # -- what a kind of server says about itself ----------------------------------------------

    def _accepted(self, settings: dict[str, Any]) -> dict[str, Any]:
        """The `settings` as this kind of server keeps them. Raises CourseError for an unknown one."""
        raise CourseError(f"{self.title} takes no settings here, and you gave: {', '.join(settings)}.")

    def _argv(self, program: programs.Program) -> list[str]:
        """The command line; `port` and `_directory` are set."""
        raise NotImplementedError

    def _env(self, program: programs.Program) -> dict[str, str] | None:
        return None

    def _greets(self, line: socket.socket) -> bool:
        """Whether the server, at the other end of a fresh connection, replies in its own protocol."""
        raise NotImplementedError

    def _ask_to_end(self, child: Child) -> None:
        child.terminate()

    def _last_words(self) -> str:
        """The lines of its log that tell why it ended."""
        return self.log(8)

    def _logs(self) -> list[Path]:
        return [self._directory / "log"]

    def _needed(self, program: programs.Program) -> list[Path]:
        """What the user nobody must be able to reach, if root is to start the server as that user."""
        return [program.path]

    # -- starting -----------------------------------------------------------------------------

    def _write(self, name: str, text: str) -> Path:
        """Writes a file that the server, and nobody else, can read."""
        path = self._directory / name
        path.unlink(missing_ok=True)
        path.touch(0o600)
        path.write_text(text)
        if os.geteuid() == 0:
            owner = self._directory.stat()
            os.chown(path, owner.st_uid, owner.st_gid)
        return path

    def _check(self) -> programs.Program:
        """The program to run. Raises CourseError if there is none that is new enough."""
        program = programs.find(self.name)
        if not program:
            raise CourseError(
                f"{self.title} is missing on this machine. In a terminal, type: {programs.remedy(self.name)}"
            )
        self.version = program.version
        if program.too_old:
            raise CourseError(
                f"{program.title} {program.version} is too old: the course needs {program.oldest} or newer.\n"
                f"In a terminal, type: {programs.remedy(self.name)}"
            )
        return program

    def _settle(self, program: programs.Program) -> None:
        """Chooses the user, the directory and the port: the port of its last life, if that is still free."""
        needed = [*self._needed(program), temporary_directory()]
        self._unprivileged = self.for_nobody and all(map(programs.open_to_all, needed))
        self._directory = scratch(self._place, unprivileged=self._unprivileged)
        self.port = self.port if self.port and is_free(self.port) else free_port()

    def _try_ports(self, program: programs.Program) -> Self:
        for _ in range(3):
            try:
                self._launch(program)
                return self
            except CourseError:
                # Another process was faster: the port was free when we looked.
                if is_free(self.port):
                    raise
                self.port = free_port()
        raise CourseError(f"{self.title} found no free port on {self.host}. Run the cell again.")

    def _launch(self, program: programs.Program) -> None:
        argv, env = self._argv(program), self._env(program)
        self.spawned = time.perf_counter()
        child = spawn(
            argv, env=env, cwd=self._directory, log=self._directory / "log", unprivileged=self._unprivileged
        )
        try:
            self._wait_for(child)
        except BaseException:
            # Interrupted or stuck: a server that nobody holds must not keep the port.
            child.kill()
            raise
        self.answered = time.perf_counter()
        self._child = child

    def _wait_for(self, child: Child) -> None:
        deadline = self.spawned + self.patience
        while not self.answers():
            if not child.running:
                raise self._failure(f"ended while it was starting (exit code {child.returncode})")
            if time.perf_counter() > deadline:
                raise self._failure(f"did not answer within {self.patience:.0f} s")
            time.sleep(0.005)

    def _failure(self, what: str) -> CourseError:
        said = self._last_words() or "(nothing)"
        return CourseError(
            f"{self.title} {what}. The last lines of its log:\n\n{said}\n\n"
            "Run the cell again. If it happens again, type in a terminal: ./course doctor"
        )


def _memory(process: object) -> int:
    import psutil

    assert isinstance(process, psutil.Process)
    try:
        return int(process.memory_full_info().pss)
    except (AttributeError, psutil.AccessDenied):
        return int(process.memory_info().rss)


def _lines(file: Path) -> Iterator[str]:
    with contextlib.suppress(OSError), file.open(errors="replace") as stream:
        # The end of a long log is enough.
        stream.seek(max(0, os.fstat(stream.fileno()).st_size - 65536))
        yield from stream.read().splitlines()
