from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.background.foreground import Foreground


@pytest.fixture(scope="module")
def shared() -> Iterator[Foreground]:
    with Foreground() as foreground:
        yield foreground


@pytest.fixture
def foreground(shared: Foreground) -> Iterator[Foreground]:
    """A foreground kernel without background cells."""
    yield shared
    if shared.manager.is_alive():
        shared.run("background.stop_all()")
