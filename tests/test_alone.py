"""What runs alone is listed by name in conftest.py: a renamed test must not drop out unseen."""

from __future__ import annotations

import pytest

from conftest import ALONE, ROOT
from helpers.exercises import exercises


@pytest.mark.parametrize("name", [name for names in ALONE.values() for name in names])
def test_every_name_on_the_list_means_a_test(name: str) -> None:
    path, _, test = name.partition("::")
    function, _, exercise = test.partition("[")
    assert (ROOT / path).exists()
    assert not function or f"\ndef {function}" in (ROOT / path).read_text()
    assert not exercise or exercise in exercises()
