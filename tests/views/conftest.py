"""One notebook in JupyterLab for all browser tests here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext

from tests.browser.lab import Lab
from tests.server import Server
from tests.views.cells import IMPORTS, write_notebook


@pytest.fixture(scope="session")
def lab(window: BrowserContext, server: Server) -> Iterator[Lab]:
    """The imports are done; tests add the cells that they need."""
    write_notebook(server.log.parent / "views.ipynb", IMPORTS)
    with window.new_page() as page:
        lab = Lab(page, server)
        lab.open("views.ipynb")
        lab.run("import")
        yield lab
