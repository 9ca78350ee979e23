from __future__ import annotations

from collections.abc import Iterator

import pytest

from helpers import services


@pytest.fixture(scope="package", autouse=True)
def _nothing_stays() -> Iterator[None]:
    yield
    services.stop_all()
