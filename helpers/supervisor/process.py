"""The supervisor: starts processes for one owner and ends them all when the owner is gone.

A program of its own, run as ``python -I -S process.py OWNER_PID`` with a stream socket as standard input.
Orders come in and events go out as JSON lines; `helpers.supervisor` is the other end. The owner is gone
when the socket ends *or* when our parent is somebody else: a forked child of the owner may hold the socket
for ever, and its death is then told by the parent id alone.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import sys
import time

TYPE_CHECKING = False  # Not typing's: importing it would be a tenth of this process.
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

PATIENCE = 0.2
"""Seconds between two looks at the parent id; the end of the socket is noticed at once."""
LINUX = sys.platform == "linux"
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36


class Supervisor:
    """Keeps what it started (`children`: process id to key) and adopted (process id to birth)."""

    def __init__(self, owner: int) -> None:
        self.owner = owner
        self.children: dict[int, int] = {}
        self.adopted: dict[int, str] = {}
        self.directories: list[str] = []
        self.line = socket.socket(fileno=os.dup(0))
        self.rest = b""
        self.ending = False
        self.prctl = _prctl()

    # -- the loop ---------------------------------------------------------------------------

    def serve(self) -> None:
        """Obeys until the owner is gone or says so, then ends everything."""
        self.prctl(PR_SET_CHILD_SUBREAPER, 1)
        woken = _wake_on_signals(self.stop)
        try:
            self.tell(greeting="hello")
            while True:
                # Looked at before the line is: what was ordered just before the end still counts.
                leaving = self.ending or os.getppid() != self.owner
                ready, _, _ = select.select([self.line, woken], [], [], 0 if leaving else PATIENCE)
                if woken in ready:
                    woken.recv(4096)
                self.reap()
                if self.line in ready:
                    self.obey()
                elif leaving:
                    break
        except (OSError, EOFError):
            pass
        finally:
            self.end()

    def obey(self) -> None:
        """Carries out the orders that have come in: each names a method and its arguments.

        Raises EOFError if the line has ended.
        """
        data = self.line.recv(65536)
        if not data:
            raise EOFError
        *orders, self.rest = (self.rest + data).split(b"\n")
        for order in map(json.loads, orders):
            getattr(self, order.pop("do"))(**order)

    def tell(self, **event: Any) -> None:
        # An owner that is gone hears nothing, but what it ordered last is still to be read.
        with contextlib.suppress(OSError):
            self.line.sendall(json.dumps(event).encode() + b"\n")

    # -- the orders -------------------------------------------------------------------------

    def stop(self) -> None:
        self.ending = True

    def spawn(self, key: int, **how: Any) -> None:
        pid, error = self.fork(**how)
        if error:
            self.tell(key=key, error=error)
        else:
            self.children[pid] = key
            self.tell(key=key, pid=pid)

    def signal(self, key: int, number: int, group: bool) -> None:
        for pid, its in self.children.items():
            if its == key:
                with contextlib.suppress(OSError):
                    (os.killpg if group else os.kill)(pid, number)

    def adopt(self, pid: int, birth: str) -> None:
        self.adopted[pid] = birth

    def release(self, pid: int) -> None:
        self.adopted.pop(pid, None)

    def remove_at_end(self, directory: str) -> None:
        self.directories.append(directory)

    # -- children ---------------------------------------------------------------------------

    def fork(
        self,
        argv: list[str],
        env: dict[str, str],
        cwd: str | None,
        log: str | None,
        user: tuple[int, int] | None,
    ) -> tuple[int, str]:
        """Starts `argv` in a session of its own. Returns its process id, and what went wrong or ""."""
        news, report = os.pipe()
        pid = os.fork()
        if pid:
            os.close(report)
            with open(news, "rb") as stream:
                error = stream.read().decode()
            if error:
                os.waitpid(pid, 0)
            return pid, error
        try:
            os.setsid()
            for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM, signal.SIGPIPE):
                signal.signal(number, signal.SIG_DFL)
            _redirect(log)
            os.chdir(cwd or "/")
            if user:
                _become(*user)
            # After the change of user, which clears it: when the supervisor is killed, its children go too.
            self.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            os.execve(argv[0], argv, env)
        except BaseException as error:
            os.write(report, str(error).encode())
        finally:
            os._exit(127)

    def reap(self) -> None:
        """Tells which children have ended; what is left of their process groups ends with them."""
        for pid, status in _ended():
            key = self.children.pop(pid, None)
            if key is not None:
                _kill_group(pid)
                self.tell(key=key, returncode=os.waitstatus_to_exitcode(status))

    # -- the end ----------------------------------------------------------------------------

    def end(self) -> None:
        """Kills all and removes the directories. Nothing is asked politely: the data goes too."""
        for pid, birth in self.adopted.items():
            # An id that now belongs to a younger process is not ours to kill.
            if born(pid) in (birth, ""):
                _kill_group(pid)
        for pid in self.children:
            _kill_group(pid)
        deadline = time.monotonic() + 1.5
        while _has_children() and time.monotonic() < deadline:
            for pid in _orphans():
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.005)
        import shutil  # Late: its compression modules would be a third of this process.

        for directory in self.directories:
            shutil.rmtree(directory, ignore_errors=True)


def born(pid: int) -> str:
    """When `pid` was started, in the operating system's own ticks; "" if that is unknown."""
    fields = _stat(pid)
    return fields[19] if fields else ""


def _prctl() -> Callable[[int, int], object]:
    if not LINUX:
        return lambda option, value: None
    import ctypes

    return ctypes.CDLL(None).prctl


def _wake_on_signals(stop: Callable[[], None]) -> socket.socket:
    """A socket that becomes readable at each signal: a child's end must wake the loop at once."""
    reader, writer = socket.socketpair()
    reader.setblocking(False)
    writer.setblocking(False)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: stop())
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(writer.detach())
    return reader


def _redirect(log: str | None) -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600) if log else nothing
    for source, target in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(source, target)


def _become(uid: int, gid: int) -> None:
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def _kill_group(pid: int) -> None:
    with contextlib.suppress(OSError):
        os.killpg(pid, signal.SIGKILL)


def _ended() -> Iterator[tuple[int, int]]:
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            yield pid, status


def _has_children() -> bool:
    """Whether any are left; those that have ended are reaped on the way."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return False
    return True


def _orphans() -> Iterator[int]:
    """Our children, among them the daemonized grandchildren that the kernel gave to us, the subreaper."""
    for pid in (int(name) for name in os.listdir("/proc") if name.isdigit()) if LINUX else ():
        if _stat(pid)[1:2] == [str(os.getpid())]:
            yield pid


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the program's name: state, parent, …; empty if there are none."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()
    except OSError:
        return []


if __name__ == "__main__":
    Supervisor(int(sys.argv[1])).serve()
