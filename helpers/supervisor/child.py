"""Children of the supervisor, as seen by the process that asked for them."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path
from threading import Event

from helpers.errors import CourseError
from helpers.supervisor import link

__all__ = ["Child", "adopt", "release", "spawn"]

_keys = count(1)


class Child:
    """A process that the supervisor started for us, in a session and process group of its own."""

    def __init__(self, argv: Sequence[str]) -> None:
        self.argv = list(argv)
        self.key = next(_keys)
        self.pid = 0
        self.returncode: int | None = None
        """None while it runs; the exit code afterwards, negative for the signal that ended it."""
        self.error = ""
        self._owner = os.getpid()
        self._started, self._ended = Event(), Event()

    def __repr__(self) -> str:
        return f"<Child {self.pid} {Path(self.argv[0]).name}: {'running' if self.running else 'ended'}>"

    @property
    def running(self) -> bool:
        """Whether the process is alive."""
        if self._owner == os.getpid():
            return self.returncode is None
        # A forked copy of us hears no news of its parent's children.
        with contextlib.suppress(OSError):
            os.kill(self.pid, 0)
            return True
        return False

    def terminate(self) -> None:
        """Asks the process to end (SIGTERM to it alone)."""
        self._signal(signal.SIGTERM, group=False)

    def kill(self) -> None:
        """Ends the whole process group at once (SIGKILL)."""
        self._signal(signal.SIGKILL, group=True)

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, once the process has ended. Raises TimeoutError after `timeout` seconds."""
        if not self._ended.wait(timeout):
            raise TimeoutError(f"process {self.pid} still runs after {timeout} s")
        assert self.returncode is not None
        return self.returncode

    def _signal(self, number: int, group: bool) -> None:
        if self._owner != os.getpid():
            raise CourseError(
                f"Process {self.pid} belongs to the Python process that started it: end it there."
            )
        if self.returncode is None:
            link.current().send(do="signal", key=self.key, number=number, group=group)

    def hear(self, pid: int = 0, error: str = "", returncode: int | None = None) -> None:
        """Takes note of an event from the supervisor."""
        if pid:
            self.pid = pid
        self.error = error
        if error or returncode is not None:
            self.returncode = 127 if returncode is None else returncode
            self._ended.set()
        self._started.set()

    def launched(self) -> None:
        """Returns once the program runs. Raises CourseError if it cannot be run."""
        if not self._started.wait(10):
            self.kill()
            raise CourseError(f"{self.argv[0]} did not start within 10 s. Run the cell again.")
        if self.error:
            raise CourseError(f"{self.argv[0]} cannot be started: {self.error}.")


def spawn(
    argv: Sequence[str | os.PathLike[str]],
    *,
    env: Mapping[str, str] | None = None,
    cwd: str | os.PathLike[str] | None = None,
    log: Path | None,
    unprivileged: bool = False,
) -> Child:
    """Starts `argv` (its first item an absolute path); returns when the program runs.

    Output goes to the end of the file `log`, or nowhere. `env` replaces the environment. If we are root,
    `unprivileged` runs it as the user nobody. Raises CourseError if it cannot be started.
    """
    child = Child([os.fspath(item) for item in argv])
    supervisor = link.current()
    supervisor.children[child.key] = child
    try:
        supervisor.send(
            do="spawn",
            key=child.key,
            argv=child.argv,
            env=dict(os.environ if env is None else env),
            cwd=cwd and os.fspath(cwd),
            log=log and os.fspath(log),
            user=nobody() if unprivileged else None,
        )
        child.launched()
    except BaseException:
        # Interrupted in between: nobody would ever hold this child, so it must not run.
        child.kill()
        raise
    return child


def nobody() -> tuple[int, int] | None:
    """User and group id of the unprivileged user, if we are root and could become one."""
    if os.geteuid() != 0:
        return None
    import pwd

    with contextlib.suppress(KeyError):
        entry = pwd.getpwnam("nobody")
        return entry.pw_uid, entry.pw_gid
    return None


def adopt(process: int | subprocess.Popen[bytes]) -> None:
    """Has a process that leads a group of its own (given as id or Popen) ended when we are gone."""
    link.current().adopt(process if isinstance(process, int) else process.pid)


def release(process: int | subprocess.Popen[bytes]) -> None:
    """Takes back `adopt`: the process may outlive us, or is gone already."""
    link.current().release(process if isinstance(process, int) else process.pid)
