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
    with window.new_page() as page:
        yield Lab(page, server, artifacts)
        if request.session.testsfailed > failed_before:
            page.screenshot(path=artifacts / f"failed-{request.node.name}.png")
    for session in server.ask("GET", "api/sessions"):
        server.ask("DELETE", f"api/sessions/{session['id']}")
