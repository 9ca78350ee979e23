"""Runs a learner's answer in a kernel of its own and says in one message what came out."""

from __future__ import annotations

import re
from inspect import iscoroutinefunction

from helpers.background import start
from helpers.background.kernel import Kernel
from helpers.background.run import OnOutput, Outcome
from helpers.errors import CourseError
from helpers.exercises.exercise import Exercise, find
from helpers.exercises.inside import Verdict
from helpers.exercises.progress import PASSED, store

__all__ = ["judge"]

INSIDE = "__import__('helpers.exercises.inside', fromlist=['last'])"
ENDING = 1.0
"""Seconds that interrupted code gets to end, before its kernel is killed."""
_COLOR = re.compile(r"\x1b\[[\d;]*m")


def judge(exercise: Exercise, source: str, on_output: OnOutput | None = None) -> Verdict:
    """Run `source` as an answer to `exercise`, under its time limit.

    Never raises for what the answer does. What it prints (and where it failed, in the usual colors) goes
    to `on_output`, a function of a Jupyter message's type and content.
    """
    try:
        with Kernel.take() as kernel:
            return _judge(kernel, exercise, source, on_output)
    finally:
        start.warm()  # not earlier: starting the next kernel would disturb what the check measures


def _judge(kernel: Kernel, exercise: Exercise, source: str, on_output: OnOutput | None) -> Verdict:
    _prepare(kernel, exercise)
    # A comment in place of the magic's line, so that line numbers are those that the learner sees.
    cell = _run(kernel, f"#%%exercise {exercise.name}\n{source}", exercise.time_limit, on_output)
    if cell.status != "ok":
        if on_output and cell.status == "error":
            on_output("stream", {"name": "stdout", "text": "\n".join([*cell.traceback, ""])})
        return Verdict(False, _failed(cell, exercise))
    call = "await {}.examine_async" if iscoroutinefunction(exercise.check) else "{}.examine"
    code = f"{call.format(INSIDE)}({exercise.name!r}, globals())"
    check = _run(kernel, code, exercise.time_limit, on_output)
    if check.status == "error":
        return Verdict(
            False, f"The check itself failed, which is our mistake ({check.ename}: {check.evalue})."
        )
    if check.status != "ok":
        return Verdict(False, _failed(check, exercise))
    try:
        verdict: Verdict = kernel.evaluate(f"{INSIDE}.last")
    except CourseError:
        return Verdict(False, _failed(Outcome("died", evalue="Its Python is gone."), exercise))
    return verdict


def _prepare(kernel: Kernel, exercise: Exercise) -> None:
    """Give the kernel what the exercise builds on, and the address of this notebook's slow site."""
    if exercise.asks:
        from helpers import services
        from helpers.tracing.errands import SITE, site_address

        address = site_address()
        if not address:
            site = services.slow_site()
            address = f"{site.host}:{site.port}"
        kernel.evaluate(f"__import__('os').environ.update({{{SITE!r}: {address!r}}})")
    if exercise.broker:
        from helpers.queues.broker import ADDRESS, ready_broker

        kernel.evaluate(f"__import__('os').environ.update({{{ADDRESS!r}: {ready_broker().address!r}}})")
    for name in exercise.builds_on:
        own = store().sources(PASSED, name)
        code = own[-1] if own else find(name).solution
        kernel.begin(code).wait(find(name).time_limit)


def _run(kernel: Kernel, code: str, limit: float, on_output: OnOutput | None) -> Outcome:
    """`Kernel.run` without its warming of a spare, which would compete with what is measured."""
    run = kernel.begin(code, on_output)
    outcome = run.wait(limit)
    if outcome is not None:
        return outcome
    kernel.interrupt()
    stuck = run.wait(ENDING)
    return Outcome("timeout", traceback=stuck.traceback if stuck else [])


def _failed(outcome: Outcome, exercise: Exercise) -> str:
    if outcome.status == "timeout":
        where = _stuck_at(outcome.traceback)
        return (
            f"Your code was not done after {exercise.time_limit:g} seconds, so it was stopped{where}. "
            "Is there a loop that never ends, or a wait for something that never comes?"
        )
    if outcome.status == "died":
        if outcome.ename == "SystemExit":
            said = outcome.evalue.replace("The code", "Your code").rstrip(".")
            return f"{said}, which ends Python. Take that line out."
        return (
            f"Your code ended the Python that it ran in ({_lowered(outcome.evalue)}). This notebook is well: "
            "take out what ends it, then run this cell again."
        )
    if outcome.ename in ("SyntaxError", "IndentationError", "TabError"):
        reason, line = _syntax(outcome.evalue)
        return f"Python can't read line {line} of this cell: {reason}. The arrow above points at the place."
    return (
        f"Your cell stopped with {outcome.ename}: {outcome.evalue}. The arrow above points at the line; "
        "mend it, then run this cell again."
    )


def _syntax(text: str) -> tuple[str, str]:
    """Reason and line out of "expected ':' (1234.py, line 2)"."""
    match = re.fullmatch(r"(.*?) \(.*line (\d+)\)", text, re.DOTALL)
    return (match[1], match[2]) if match else (text, "1")


def _stuck_at(traceback: list[str]) -> str:
    """Where it was interrupted, as " in line 3: `while True:`", if a line of the learner's shows it."""
    text = _COLOR.sub("", "\n".join(traceback))
    cells = re.split(r"^(?:Cell|File) ", text, flags=re.MULTILINE)
    own = [re.search(r"^-+> *(\d+) (.*)$", part, re.MULTILINE) for part in cells if part.startswith("In[")]
    found = [match for match in own if match and "__import__" not in match[2]]
    return f" in line {found[-1][1]}: `{found[-1][2].strip()}`" if found else ""


def _lowered(text: str) -> str:
    return (text[:1].lower() + text[1:]).rstrip(".")
