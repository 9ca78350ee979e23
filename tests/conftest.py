"""One JupyterLab and one browser window for all tests that need them; both start when first asked for."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.server import ROOT, Server

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """JupyterLab with the course's settings, on a copy of the lessons: no test changes a lesson."""
    folder = tmp_path_factory.mktemp("course")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks", ignore=shutil.ignore_patterns(".*"))
    settings = {"JUPYTER_CONFIG_PATH": str(ROOT / "jupyter")}
    with Server(folder, "--LabApp.expose_app_in_browser=True", environment=settings) as server:
        yield server


@pytest.fixture(scope="session")
def window() -> Iterator[BrowserContext]:
    """The browser that `./course doctor` finds; one window, so that JupyterLab is loaded from its cache."""
    from playwright.sync_api import expect, sync_playwright

    from launcher.system import browser as find_browser
    from tests.browser.lab import FLAGS

    found = find_browser()
    assert found, "no Chrome or Chromium was found; type: ./course test"
    with sync_playwright() as playwright:
        # With a profile, Chromium keeps JupyterLab's scripts compiled from one page to the next.
        context = playwright.chromium.launch_persistent_context("", executable_path=found, args=FLAGS)
        context.set_default_timeout(30_000)
        expect.set_options(timeout=30_000)
        yield context
        context.close()
