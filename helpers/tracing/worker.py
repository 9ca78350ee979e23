"""The other end of `in_processes`: reads a function from stdin, calls it, writes what came of it."""

from __future__ import annotations

import contextlib
import io
import pickle
import sys

import cloudpickle

from helpers.tracing.recorder import lane
from helpers.tracing.timeline import timeline

__all__ = ["main"]


def main() -> None:
    """Read (function, name), call, and write (result, error, what was printed, Trace as JSON)."""
    function, name = pickle.load(sys.stdin.buffer)
    printed = io.StringIO()
    value, error = b"", ""
    with contextlib.redirect_stdout(printed):
        try:
            with timeline(name) as trace, lane(name):
                result = function(name)
            value = cloudpickle.dumps(result)
        except Exception as problem:
            error = f"{type(problem).__name__}: {problem}"
    pickle.dump((value, error, printed.getvalue(), trace.to_json()), sys.stdout.buffer)
