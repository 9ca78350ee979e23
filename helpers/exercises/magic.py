"""The cell magic ``%%exercise``."""

from __future__ import annotations

from IPython.core.magic import Magics, cell_magic, magics_class

from helpers.errors import CourseError
from helpers.exercises.exercise import find

__all__ = ["ExerciseMagics"]


@magics_class
class ExerciseMagics(Magics):
    """``%%exercise NAME``, for ``%load_ext helpers``."""

    @cell_magic
    def exercise(self, line: str, cell: str) -> None:
        """Run this cell in a kernel of its own, check what it defines, and say one thing about it.

        A wrong answer raises nothing, so that Run All goes on. Unknown names raise CourseError.
        """
        from helpers.background.cells import show_here
        from helpers.exercises.judge import judge
        from helpers.exercises.panel import show_verdict

        exercise = find(line.strip())
        try:
            verdict = judge(exercise, cell, show_here)
        except KeyboardInterrupt:
            raise CourseError("You stopped the check. Run the cell again whenever you like.") from None
        show_verdict(exercise, cell, verdict)
