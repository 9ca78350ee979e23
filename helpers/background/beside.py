"""A function of the notebook, run in a process beside it."""

from __future__ import annotations

import base64
import linecache
import os
from collections.abc import Callable
from typing import Any

from helpers.background.travel import packed
from helpers.errors import CourseError

__all__ = ["ended_by", "run_beside"]

# A traceback shows two lines above the one that failed: not the long one.
_PROGRAM = """\
import base64, linecache, pickle
function, cells = pickle.loads(base64.b64decode({load!r}))
linecache.cache.update(cells)
del base64, linecache, pickle, cells
function()
"""


def run_beside(name: str, function: Callable[[], Any], wait_for: str = "listening") -> None:
    """Run ``function()`` in a plain process, as the background cell `name`; go on at the line `wait_for`.

    The process has a copy of the function and of all that it uses from the notebook, as it is now. Its
    output appears under the cell that calls this. The same `name` again ends the process that has it.

    Raises what the function raised before that line; CourseError if it cannot travel, or ends without the
    line, or has not printed it after 10 s.
    """
    from helpers.background.cells import named

    load = base64.b64encode(packed((function, _cells()))).decode()
    target = named(name)
    target.stop()
    run = target.begin(_PROGRAM.format(load=load), plain=True)
    if run.wait_for(wait_for, 10.0) is None:
        failure = target.failure(run.outcome) if run.outcome else None
        target.stop()
        raise failure or CourseError(
            f"{name!r} did not print {wait_for!r}: neither in 10 s nor to its end."
        ) from None
    run.when_over(target.report_here)


def _cells() -> dict[str, Any]:
    """What `linecache` has of this notebook's cells, so that a traceback over there can show their lines.

    Without a time of change, since there is no file whose time could be compared.
    """
    known = [(name, entry) for name, entry in linecache.cache.items() if len(entry) == 4]
    return {name: (e[0], None, e[2], name) for name, e in known if not os.path.exists(name)}


def ended_by(name: str, within: float = 2.0) -> str:
    """The name of the exception that the background cell `name` ended with; "" if it still runs.

    Waits for its end for `within` seconds at most. Raises CourseError if there is no such cell.
    """
    from helpers.background.cells import cell

    run = cell(name)._run
    outcome = run.wait(within) if run else None
    return outcome.ename if outcome else ""
