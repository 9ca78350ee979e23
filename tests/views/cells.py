"""Notebooks and cells for the browser tests of this folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import Locator

from tests.browser.lab import Lab

__all__ = ["IMPORTS", "Panel", "run_new", "write_notebook"]

IMPORTS = """from helpers import laboratory, show
from helpers.views import broker_map
from tests.views.letters import call, flood, handover, hello, news, parcels
from tests.views.recordings import many, many_lines, on_a_loop, one_question, staircase, two_turns"""
ADD = """source => {
    const { content } = jupyterapp.shell.currentWidget, cells = content.model.sharedModel;
    cells.addCell({ cell_type: 'code', source });
    content.activeCellIndex = cells.cells.length - 1;
}"""


def write_notebook(path: Path, source: str, *outputs: dict[str, Any]) -> None:
    """A notebook with one cell; with `outputs`, as if somebody had run and saved it."""
    cell = new_code_cell(source, outputs=[nbformat.from_dict(output) for output in outputs])
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    nbformat.write(new_notebook(cells=[cell], metadata={"kernelspec": kernel}), path)


def run_new(lab: Lab, source: str) -> Locator:
    """Add a cell at the end of the open notebook and run it; the cell."""
    lab.page.evaluate(ADD, source)
    return lab.run(source)


class Panel:
    """A laboratory with sliders, in the words of someone who uses it; `button` is what runs it."""

    def __init__(self, cell: Locator, button: str) -> None:
        self.cell = cell
        self.sliders = cell.locator("input[type=range]")
        self.sums, self.found = cell.locator(".aow-sums").all()
        self.message = cell.locator(".aow-message")
        self.button = cell.get_by_role("button", name=button)

    def move(self, slider: int, *keys: str) -> None:
        self.sliders.nth(slider).focus()
        for key in keys:
            self.cell.page.keyboard.press(key)
