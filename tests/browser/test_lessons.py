"""Every lesson in a real browser: from top to bottom, twice, with all its widgets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext

from tests.browser.lab import Lab
from tests.notebooks.rerun import ROOT, lessons
from tests.server import Server

pytestmark = pytest.mark.timeout(300)
"""The longest lesson takes 42 s alone. On a busy machine it has taken three times that."""
WIDGET = "application/vnd.jupyter.widget-view+json"
DRAWN = """() => [...document.querySelectorAll('.lm-Panel.jp-OutputArea-output')].filter(
    output => output.firstElementChild?.getBoundingClientRect().height > 5).length"""
"""How many widgets are to be seen: only their outputs are panels."""


@pytest.fixture(scope="module", params=reversed(lessons()), ids=lambda path: path.stem)
def lesson(
    request: pytest.FixtureRequest, window: BrowserContext, server: Server, artifacts: Path
) -> Iterator[Lab]:
    """A lesson after Run All; if a test fails, the notebook is kept with all that it shows.

    The last come first: they take longest, and at the end nobody should wait for one.
    """
    failed_before = request.session.testsfailed
    lab = Lab(window.new_page(), server)
    lab.name = request.param.stem
    lab.open(str(request.param.relative_to(ROOT)))
    lab.theme("light")
    lab.run_all()
    yield lab
    if request.session.testsfailed > failed_before:
        lab.save(artifacts / f"failed-{lab.name}.ipynb")
    lab.close()


def test_run_all_goes_through_without_an_error(lesson: Lab) -> None:
    assert lesson.errors() == []
    assert all(cell["execution_count"] for cell in lesson.cells())


def test_every_widget_is_there(lesson: Lab, pictures: Path | None) -> None:
    shown = sum(WIDGET in output.get("data", {}) for cell in lesson.cells() for output in cell["outputs"])
    assert shown > 0
    lesson.draw_all(f"{lesson.name}-light", pictures)
    text = lesson.page.locator(".jp-Notebook").inner_text()
    for trouble in ("Error displaying widget", "model not found", "Loading widget", "[anywidget]"):
        assert trouble not in text
    assert lesson.page.evaluate(DRAWN) == shown
    assert lesson.troubles == []


def test_run_all_goes_through_a_second_time(lesson: Lab, pictures: Path | None) -> None:
    """In the same kernel. Nothing is drawn, which is most of the work, unless somebody wants to see it."""
    if not pictures:
        assert lesson.run_again() == []
        return
    lesson.theme("dark")
    lesson.run_all()
    assert lesson.errors() == []
    lesson.draw_all(f"{lesson.name}-dark", pictures)
