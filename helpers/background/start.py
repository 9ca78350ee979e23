"""Starting an ipykernel, and keeping one warm spare so that the next one is there at once."""

from __future__ import annotations

import shutil
import subprocess
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import cache
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helpers import supervisor
from helpers.background.footprint import listening
from helpers.errors import CourseError

if TYPE_CHECKING:
    import zmq
    from jupyter_client.blocking import BlockingKernelClient
    from jupyter_client.manager import KernelManager

__all__ = ["Started", "start", "take", "warm"]

READY_WITHIN = 30.0
"""Seconds that a start may take on a machine that is very busy."""

_lock = threading.Lock()
_numbers = count(1)
_spare: Future[Started] | None = None


@dataclass(frozen=True, slots=True)
class Started:
    """A running ipykernel, prepared, with a client whose sockets nobody uses yet."""

    manager: KernelManager
    client: BlockingKernelClient
    process: subprocess.Popen[bytes]
    log: Path
    own_ports: frozenset[int]
    """What ipykernel itself listens on: no server of a cell's."""

    @property
    def pid(self) -> int:
        """Process id; also that of its process group."""
        return self.process.pid

    def returncode(self) -> int | None:
        """None while it runs."""
        # The manager's own poll makes an event loop in each thread that asks, and nobody closes it.
        return self.process.poll()

    def end(self) -> None:
        """Kill it and everything it started."""
        pid = self.pid
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
        supervisor.release(pid)
        shutil.rmtree(self.log.parent, ignore_errors=True)


def start() -> Started:
    """A new ipykernel, ready. Takes about half a second. Raises CourseError if it does not answer."""
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_client.manager import KernelManager

    folder = supervisor.scratch(f"kernel{next(_numbers)}")
    manager = KernelManager(
        # Only ipykernel's own spec: a "python3" that somebody installed may be another Python.
        kernel_spec_manager=KernelSpecManager(kernel_dirs=[]),
        # Sockets in a private directory: no port, and nobody else can connect.
        transport="ipc",
        connection_file=str(folder / "k.json"),
        context=_context(),
    )
    log = folder / "log"
    with log.open("wb") as output:
        # Not our own stdout and stderr: ipykernel captures what is written to them.
        manager.start_kernel(
            stdout=output, stderr=output, extra_arguments=["--HistoryManager.hist_file=:memory:"]
        )
    client = manager.client(context=_context())
    process = manager.provisioner.process  # type: ignore[union-attr]
    started = Started(manager, client, process, log, frozenset())
    supervisor.adopt(started.pid)
    client.start_channels(shell=True, iopub=True, stdin=False, hb=False, control=False)
    _prepare(started)
    return replace(started, own_ports=frozenset(port for _, port in listening(started.pid)))


def _prepare(started: Started) -> None:
    """Prepare the kernel; return when it has answered and its output is known to reach us."""
    shell, iopub = started.client.shell_channel.socket, started.client.iopub_channel.socket
    code = "__import__('helpers.background.inside', fromlist=['prepare']).prepare()"
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline and started.returncode() is None:
        asked = started.client.execute(code, silent=True, store_history=False, allow_stdin=False)
        while shell.poll(1000):
            reply = started.client.get_shell_msg()
            if reply["parent_header"]["msg_id"] == asked:
                break
        # A subscription takes a moment: ask again until output arrives too.
        while iopub.poll(100):
            message = started.client.get_iopub_msg()
            idle = message["content"].get("execution_state") == "idle"
            if idle and message["parent_header"].get("msg_id") == asked:
                return
    tail = started.log.read_text(errors="replace")[-2000:]
    started.end()
    raise CourseError(f"A background kernel did not start within {READY_WITHIN:g} s. Its last words:\n{tail}")


def take() -> Started:
    """The spare, if there is one, else a new kernel. Call `warm` when it suits to have a spare again.

    Every kernel is started by `warm`, in its thread: an interrupt while we wait costs nothing, the kernel
    is the spare then.
    """
    global _spare
    while True:
        spare = warm()
        started = spare.result()
        with _lock:
            mine = _spare is spare
            if mine:
                _spare = None
        if mine and started.returncode() is None:
            return started
        if mine:
            started.end()


def warm() -> Future[Started]:
    """Start a spare in the background, unless there is one; returns at once."""
    global _spare
    with _lock:
        if _spare is None:
            _spare = Future()
            threading.Thread(target=_fill, args=(_spare,), name="spare kernel", daemon=True).start()
        return _spare


def _fill(spare: Future[Started]) -> None:
    global _spare
    try:
        spare.set_result(start())
    except BaseException as error:
        with _lock:
            _spare = None  # whoever asks next tries again
        spare.set_exception(error)


@cache
def _context() -> zmq.Context[Any]:
    """One for all kernels: each context costs two threads."""
    import zmq

    return zmq.Context()
