"""The source of one cell of a lesson: a server that is shown is the server that is tested and measured."""

from __future__ import annotations

import re

from tests.notebooks.lesson import Lesson
from tests.notebooks.rerun import find

__all__ = ["listing"]


def listing(number: str, cell: str) -> str:
    """What stands in the code cell with the id `cell` of lesson `number`, without the line of a cell magic.

    Raises LookupError if the lesson has no such cell.
    """
    lesson = Lesson(find(number))
    found = [each.source for each in lesson.code if each.id == cell]
    if not found:
        ids = ", ".join(each.id for each in lesson.code)
        raise LookupError(f"lesson {number} has no code cell {cell!r}; there are: {ids}")
    return re.sub(r"\A%%.*\n", "", found[0])
