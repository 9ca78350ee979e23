"""The listing that a lesson shows can be run elsewhere."""

from __future__ import annotations

import pytest

from tests.notebooks.lesson import Lesson
from tests.notebooks.listing import listing
from tests.notebooks.rerun import lessons


def test_every_code_cell_can_be_had_by_its_id() -> None:
    for path in lessons():
        for cell in Lesson(path).code:
            found = listing(path.stem, cell.id)
            assert cell.source.endswith(found) and not found.startswith("%%")


def test_a_cell_that_is_not_there_is_no_listing() -> None:
    with pytest.raises(LookupError, match="lesson 01 has no code cell 'nothing'; there are: "):
        listing("01", "nothing")
