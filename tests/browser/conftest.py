"""A page of JupyterLab for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext

from tests.browser.lab import Lab
from tests.server import Server


@pytest.fixture
def lab(
    window: BrowserContext, server: Server, artifacts: Path, request: pytest.FixtureRequest
) -> Iterator[Lab]:
    """A new page; its kernels are shut down afterward, and a failed test leaves a picture of it."""
    failed_before = request.session.testsfailed
    lab = Lab(window.new_page(), server)
    yield lab
    if request.session.testsfailed > failed_before:
        lab.page.screenshot(path=artifacts / f"failed-{request.node.name}.png")
    lab.close()
