"""What the tests of views share: what is displayed, and one notebook in JupyterLab for all in the browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from playwright.sync_api import BrowserContext
from traitlets.config import Config

from helpers import show
from tests.browser.lab import Lab
from tests.server import Server
from tests.views.cells import IMPORTS, write_notebook


@pytest.fixture
def shown() -> Callable[..., dict[str, Any]]:
    """What a call of a view (default: `show`) displays, in all its forms."""
    # Without a history: the tests' user has one of their own.
    InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))

    def call(*things: Any, by: Callable[..., None] = show, **options: Any) -> dict[str, Any]:
        with capture_output() as captured:
            by(*things, **options)
        assert captured.stdout == captured.stderr == ""
        (output,) = captured.outputs
        return dict(output.data)

    return call


@pytest.fixture(scope="session")
def lab(window: BrowserContext, server: Server) -> Iterator[Lab]:
    """The imports are done; tests add the cells that they need."""
    write_notebook(server.log.parent / "views.ipynb", IMPORTS)
    with window.new_page() as page:
        lab = Lab(page, server)
        lab.open("views.ipynb")
        lab.run("import")
        yield lab
