"""The cell magic ``%%background``."""

from __future__ import annotations

from IPython.core.magic import Magics, cell_magic, magics_class
from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring

from helpers.background import start
from helpers.background.cells import BackgroundCell, named
from helpers.background.run import Outcome, Run
from helpers.errors import CourseError

__all__ = ["BackgroundMagics"]

PATIENCE = 2.0
"""Seconds that interrupted code gets to end before it is stopped."""


def _text(argument: str) -> str:
    """IPython leaves the quotes in."""
    quoted = len(argument) > 1 and argument[0] == argument[-1] and argument[0] in "\"'"
    return argument[1:-1] if quoted else argument


@magics_class
class BackgroundMagics(Magics):
    """``%%background NAME``, for ``%load_ext helpers``."""

    @magic_arguments()
    @argument("name", help="what background.cell(...) finds it by")
    @argument("--process", action="store_true", help="in a plain Python process instead of a kernel")
    @argument("--wait-for", metavar="TEXT", type=_text, help="go on when a line with TEXT was printed")
    @argument("--detach", action="store_true", help="go on at once")
    @argument("--timeout", type=float, help="wait so many seconds at most (10 for a line, 60 for the end)")
    @cell_magic
    def background(self, line: str, cell: str) -> None:
        """Run this cell in a Python of its own; its output appears here, also while other cells run.

        The cell is done when its code is: with ``--wait-for`` when a line was printed, with ``--detach``
        at once. The same NAME again goes on in the same kernel, or in a fresh one if it was still busy.
        """
        args = parse_argstring(self.background, line)
        target = named(args.name)
        # A comment in place of the magic's line, so that the numbers in a traceback are the learner's.
        try:
            run = target.begin(f"#%%background {line}\n{cell}", args.process)
        except KeyboardInterrupt:
            raise CourseError(f"Interrupted before {target.name!r} had begun. Run it again.") from None
        outcome = None
        if not args.detach:
            try:
                outcome = _wait(target, run, args.wait_for, args.timeout)
            except KeyboardInterrupt:
                outcome = _give_up(target, run)
        outcome = outcome or run.when_over(target.report_here)
        if not args.process:
            start.warm()
        failure = outcome and target.failure(outcome)
        if failure:
            raise failure from None


def _wait(target: BackgroundCell, run: Run, text: str | None, timeout: float | None) -> Outcome | None:
    """Wait for the line or the end; raises CourseError, and interrupts the code, if it takes too long."""
    if text is None:
        timeout = 60.0 if timeout is None else timeout
        if outcome := run.wait(timeout):
            return outcome
        missed = f"was not done after {timeout:g} s, so it was interrupted"
        hint = "A server never is: write --wait-for TEXT with a line that it prints, or --detach."
    else:
        timeout = 10.0 if timeout is None else timeout
        if run.wait_for(text, timeout) is not None:
            return None
        if run.outcome and run.outcome.status != "ok":
            return run.outcome
        how = "before it ended" if run.outcome else f"in {timeout:g} s, so it was interrupted"
        missed = f"did not print {text!r} {how}"
        hint = "Does it print that line, with a line end?"
    _give_up(target, run)
    raise CourseError(f"The background cell {target.name!r} {missed}. {hint}")


def _give_up(target: BackgroundCell, run: Run) -> Outcome | None:
    """Interrupt it; stop it if that does not help, and raise CourseError."""
    target.interrupt()
    if run.wait(PATIENCE) is None:
        target.stop()
        raise CourseError(
            f"The background cell {target.name!r} did not heed the interrupt, so it was stopped. "
            "Run it again."
        )
    return run.outcome
