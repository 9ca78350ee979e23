"""The one exception that learners meet from this package."""

from __future__ import annotations

__all__ = ["CourseError"]


class CourseError(Exception):
    """Something a learner can mend: the message says what happened, why, and what to type next.

    IPython shows the message alone, because a traceback into ``helpers`` would teach nothing.
    """

    def _render_traceback_(self) -> list[str]:
        return [f"\x1b[31m{type(self).__name__}\x1b[0m: {self}"]
