"""JupyterLab in a real browser, in the words of someone who sits before it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from playwright.sync_api import FloatRect, Locator, Page, TimeoutError, expect

from tests.server import Kernel, Server

__all__ = ["FLAGS", "Lab"]

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-color-profile=srgb",
]
IDLE = """() => {
    const panel = jupyterapp.shell.currentWidget;
    const prompts = [...panel.node.querySelectorAll('.jp-CodeCell .jp-InputPrompt')];
    const waiting = prompts.some(prompt => prompt.textContent.includes('*'));
    const kernel = panel.sessionContext.session?.kernel;
    return kernel?.connectionStatus === 'connected' && kernel.status === 'idle' && !waiting;
}"""
ALL_RAN = """() => {
    const models = jupyterapp.shell.currentWidget.content.widgets.map(cell => cell.model);
    const code = models.filter(model => model.type === 'code');
    const failed = code.some(model => model.toJSON().outputs.some(output => output.output_type === 'error'
        && !model.getMetadata('tags')?.includes('raises-exception')));
    return failed || code.every(model => model.executionCount !== null);
}"""
HEIGHT_OF_ALL = """() => {
    const panel = document.querySelector('.jp-Notebook .jp-WindowedPanel-outer');
    panel.scrollTop = 0;
    return Math.ceil([...panel.querySelectorAll('.jp-Cell')].at(-1).getBoundingClientRect().bottom) + 60;
}"""
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
WIDTH, HEIGHT = 1280, 900
SHEET = 2400
"""Pixels of height that a person can look at in one picture."""


class Lab:
    """One browser page that shows a notebook of the server's folder."""

    def __init__(self, page: Page, server: Server):
        self.page = page
        self.name = ""
        """For pictures."""
        self.troubles: list[str] = []
        """What the page's scripts complained of and nobody caught."""
        self._server = server
        self._opened: set[str] = set()
        page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
        page.on("pageerror", self._heed)

    def _heed(self, error: Exception) -> None:
        # No script of the course calls removeChild: JupyterLab's own trips over it now and then.
        if "'removeChild'" not in str(error):
            self.troubles.append(str(error))

    def open(self, notebook: str) -> None:
        """Open a notebook of the server's folder, and wait for its kernel."""
        self._opened.add(notebook)
        self.page.goto(f"{self._server.url}/doc/tree/{notebook}?reset&token={self._server.token}")
        self.page.wait_for_function("() => window.jupyterapp?.shell?.currentWidget?.sessionContext?.isReady")
        self.wait_idle()

    def close(self) -> None:
        """Close the page and shut down the kernels of the notebooks that it opened."""
        self.page.close()
        for session in self._server.ask("GET", "api/sessions"):
            if session["path"] in self._opened:
                self._server.ask("DELETE", f"api/sessions/{session['id']}")

    def clear(self) -> None:
        """Edit > Clear Outputs of All Cells: what is to be seen from now on was run from now on."""
        self.page.evaluate("() => jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")

    def run(self, text: str) -> Locator:
        """Run the code cell whose source contains `text`, as Ctrl+Enter does, and wait; the cell.

        Raises AssertionError if the cell failed.
        """
        cell = self.cell(text)
        cell.locator(".jp-InputArea-editor").click()
        self._run_active()
        return cell

    def answer(self, text: str, source: str) -> Locator:
        """Replace what stands in the code cell that contains `text`, by keyboard, and run it; the cell."""
        cell = self.cell(text)
        cell.locator(".jp-InputArea-editor").click()
        self.page.keyboard.press("ControlOrMeta+A")
        self.page.keyboard.insert_text(source)
        self._run_active()
        return cell

    def _run_active(self) -> None:
        # Its number goes first: else a cell that was run before looks done before it has begun.
        active = "jupyterapp.shell.currentWidget.content.activeCell.model.executionCount"
        self.page.evaluate(f"() => {{ {active} = null; }}")
        self.page.keyboard.press("Control+Enter")
        self.page.wait_for_function(f"() => {active} !== null", timeout=60_000)
        self.wait_idle()
        ran = self.page.evaluate("() => jupyterapp.shell.currentWidget.content.activeCell.model.toJSON()")
        assert not (errors := _errors(ran)), errors

    def run_all(self, seconds: float = 200) -> None:
        """Run > Run All Cells, and wait until the last is done, or one has failed: see `errors`."""
        self.clear()
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.get_by_text("Run All Cells", exact=True).click()
        try:
            self.page.wait_for_function(ALL_RAN, timeout=seconds * 1000, polling=250)
        except TimeoutError:
            waiting = [cell["source"] for cell in self.cells() if not cell["execution_count"]]
            raise AssertionError(f"after {seconds} s not done: {waiting[0]!r}; {self.errors()}") from None
        self.wait_idle(seconds)

    def run_again(self) -> list[str]:
        """All code cells once more, in the page's kernel and behind its back; what failed and should not."""
        (session,) = [s for s in self._server.ask("GET", "api/sessions") if s["path"] in self._opened]
        kernel, failed = Kernel(self._server, session["kernel"]["id"]), []
        for cell in self.cells():
            kernel.run(cell["source"])
            if kernel.failed and "raises-exception" not in cell["metadata"].get("tags", []):
                failed.append(f"{kernel.failed}: {cell['source']!r:.80}")
        kernel.close()
        return failed

    def wait_idle(self, seconds: float = 60) -> None:
        """Wait until the kernel has nothing more to do."""
        self.page.wait_for_function(IDLE, timeout=seconds * 1000, polling=50)

    def cell(self, text: str) -> Locator:
        """The first code cell whose source contains `text`."""
        number = self.page.evaluate(
            "text => jupyterapp.shell.currentWidget.content.widgets.findIndex("
            "w => w.model.type === 'code' && w.model.sharedModel.source.includes(text))",
            text,
        )
        assert number >= 0, f"no code cell contains {text!r}"
        cell = self.page.locator(".jp-Notebook .jp-Cell").nth(number)
        cell.scroll_into_view_if_needed()
        return cell

    def cells(self) -> list[dict[str, Any]]:
        """The code cells with their outputs, as they would be saved now."""
        return [cell for cell in self._notebook()["cells"] if cell["cell_type"] == "code"]

    def errors(self) -> list[str]:
        """The errors that cells show and should not."""
        return [error for cell in self.cells() for error in _errors(cell)]

    def save(self, path: Path) -> None:
        """Write the notebook as it stands there now, with all its outputs."""
        path.write_text(json.dumps(self._notebook()))

    def _notebook(self) -> dict[str, Any]:
        notebook: dict[str, Any] = self.page.evaluate(
            "() => jupyterapp.shell.currentWidget.content.model.toJSON()"
        )
        return notebook

    def restart(self) -> None:
        """Restart the kernel, without being asked whether that is meant."""
        self.page.evaluate("() => jupyterapp.shell.currentWidget.sessionContext.restartKernel()")
        self.wait_idle()

    def theme(self, name: str) -> None:
        """`light` or `dark`, from the settings menu's command."""
        change = "name => jupyterapp.commands.execute('apputils:change-theme', {theme: name})"
        self.page.evaluate(change, THEMES[name])
        expect(self.page.locator("body")).to_have_attribute("data-jp-theme-name", THEMES[name])

    def draw_all(self, name: str, pictures: Path | None) -> None:
        """Make the page as high as the whole notebook for a moment, so that all of it is drawn.

        With a folder of `pictures`, keep it there as `NAME-1.png`, `-2`, ….
        """
        height = HEIGHT
        for _ in range(3):  # cells off the screen have estimated heights until they are drawn
            height = self.page.evaluate(HEIGHT_OF_ALL)
            self.page.set_viewport_size({"width": WIDTH, "height": height})
        for part, top in enumerate(range(0, height, SHEET) if pictures else (), 1):
            sheet: FloatRect = {"x": 0, "y": top, "width": WIDTH, "height": min(SHEET, height - top)}
            self.page.screenshot(path=f"{pictures}/{name}-{part}.png", clip=sheet)
        self.page.set_viewport_size({"width": WIDTH, "height": HEIGHT})


def _errors(cell: dict[str, Any]) -> list[str]:
    if "raises-exception" in cell["metadata"].get("tags", []):
        return []
    failed = (output for output in cell["outputs"] if output["output_type"] == "error")
    return [f"{output['ename']}: {output['evalue']}" for output in failed]
