"""The source of one cell of a lesson: a server that is shown is the server that is tested and measured."""

from __future__ import annotations

import re
from functools import cache

from tests.notebooks.lesson import Lesson
from tests.notebooks.rerun import find

__all__ = ["listing"]


def listing(number: str, cell: str) -> str:
    """What stands in the code cell with the id `cell` of lesson `number`, without the line of a cell magic.

    Raises LookupError if the lesson has no such cell.
    """
    cells = _cells(number)
    if cell not in cells:
        raise LookupError(f"lesson {number} has no code cell {cell!r}; there are: {', '.join(cells)}")
    return re.sub(r"\A%%.*\n", "", cells[cell])


@cache
def _cells(number: str) -> dict[str, str]:
    """The code cells by their ids."""
    return {each.id: each.source for each in Lesson(find(number)).code}
