"""A JupyterLab of its own on a copy of the lessons, and a browser, for all tests in this folder."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, sync_playwright

from launcher.system import browser as find_browser
from tests.browser.lab import FLAGS, Lab
from tests.server import ROOT, Server


@pytest.fixture(scope="session")
def window() -> Iterator[BrowserContext]:
    """The browser that `./course doctor` finds; one context, so that JupyterLab is loaded from its cache."""
    found = find_browser()
    assert found, "no Chrome or Chromium was found; type: ./course test"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        context = browser.new_context()
        context.set_default_timeout(15_000)
        yield context
        browser.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Saved notebooks go into a copy: no test changes a lesson."""
    folder = tmp_path_factory.mktemp("course")
    shutil.copytree(
        ROOT / "notebooks", folder / "notebooks", ignore=shutil.ignore_patterns(".ipynb_checkpoints")
    )
    shutil.copy(ROOT / "jupyter_server_config.py", folder)
    settings = {"JUPYTER_CONFIG_PATH": str(folder)}
    with Server(folder, "--LabApp.expose_app_in_browser=True", environment=settings) as server:
        yield server


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
