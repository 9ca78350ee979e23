"""The other end of `in_processes`: reads a function from stdin, calls it, writes what came of it."""

from __future__ import annotations

import contextlib
import io
import os
import pickle
import sys

import cloudpickle

from helpers.tracing.recorder import lane
from helpers.tracing.timeline import timeline

__all__ = ["main"]


def main() -> None:
    """Read (function, name), call, and write (result, error, what was printed, Trace as JSON)."""
    # What the function's own children print must not end up in the answer.
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    function, name = pickle.load(sys.stdin.buffer)
    printed = io.StringIO()
    value, error = b"", ""
    with contextlib.redirect_stdout(printed):
        try:
            with timeline(str(name)) as trace, lane(str(name)):
                result = function(name)
            value = cloudpickle.dumps(result)
        except (Exception, SystemExit) as problem:
            error = f"{type(problem).__name__}: {problem}"
    with answer:
        pickle.dump((value, error, printed.getvalue(), trace.to_json()), answer)
