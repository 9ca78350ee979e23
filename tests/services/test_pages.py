"""page: the same site for the notebook and for the processes that it starts."""

from __future__ import annotations

import os
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from helpers import services
from helpers.background.cells import named
from helpers.services.pages import page


def test_a_page_comes_from_the_slow_site_which_is_started_if_need_be() -> None:
    assert "<h1>ant & bee</h1>" in urlopen(page("ant & bee")).read().decode().replace("&amp;", "&")
    assert page("A", 0.3).startswith(services.slow_site().url)
    with pytest.raises(HTTPError, match="400"):
        urlopen(page("A", -1))


def test_a_plain_process_asks_the_site_of_its_notebook() -> None:
    site = page("A")
    cell = named("asks")
    try:
        cell.begin("from helpers import page\nwhere = page('A')", plain=True).wait(20)
        assert cell.fetch("where") == site and os.environ["ART_OF_WAITING_SITE"] in site
    finally:
        cell.stop()
