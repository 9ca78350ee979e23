"""A learner's function that serves a listener, in a process of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from types import TracebackType
from typing import IO, Any, Self

from helpers.background.travel import packed

__all__ = ["Served"]


class Served:
    """`program` runs until the block ends; it ends with all that it started.

    The program finds the packed `function` on its standard input. In its text ``{listener}`` and the names of
    `lines` stand for descriptors, ``{path!r}`` for where this process finds modules.
    """

    def __init__(
        self,
        program: str,
        function: Callable[..., Any],
        stderr: int | IO[bytes] = subprocess.DEVNULL,
        **lines: socket.socket,
    ) -> None:
        with socket.create_server(("127.0.0.1", 0), backlog=100) as listener:
            self.address: tuple[str, int] = listener.getsockname()
            numbers = {name: line.fileno() for name, line in {"listener": listener, **lines}.items()}
            self.process = subprocess.Popen(
                [sys.executable, "-c", program.format(path=sys.path, **numbers)],
                stdin=subprocess.PIPE,
                stderr=stderr,
                env=os.environ | {"PYTHON_COLORS": "0"},  # ipykernel asks all for colors, also in a file
                pass_fds=list(numbers.values()),
                start_new_session=True,
            )
        assert self.process.stdin
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(packed(function))
            self.process.stdin.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
