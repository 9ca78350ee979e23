"""The panel of background cells: what each is doing, and buttons."""

from __future__ import annotations

import html
import threading
from collections.abc import Callable
from contextvars import copy_context
from functools import cache
from typing import Any

import ipywidgets
from IPython.display import display

from helpers.background.cells import BackgroundCell, cells
from helpers.background.footprint import held
from helpers.errors import CourseError

__all__ = ["show_panel"]

EVERY = 2.0
"""Seconds between two looks: each look costs a millisecond or so of what the learner may be measuring."""
WIDGET = "application/vnd.jupyter.widget-view+json"


def show_panel() -> None:
    """Display the panel; the same one again when called again."""
    panel = _panel()
    panel.refresh()
    names = ", ".join(cell.name for cell in cells())
    text = f"Background cells: {names}" if names else "No background cell was started yet."
    bundle: Any = panel.box._repr_mimebundle_()
    display({WIDGET: bundle[WIDGET], "text/plain": text}, raw=True)


class Row:
    """One background cell: its name, its state, its memory, three buttons."""

    def __init__(self, cell: BackgroundCell) -> None:
        self.cell = cell
        self._busy = threading.Lock()
        self._label = ipywidgets.HTML(layout=ipywidgets.Layout(width="24em"))
        self._trouble = ipywidgets.HTML()
        self._interrupt = self._button("Interrupt", "As Ctrl+C in a terminal", cell.interrupt)
        self._restart = self._button("Restart", "Stop it and run its code again", cell.restart)
        self._stop = self._button("Stop", "End its Python; ports are free again", cell.stop)
        buttons = [self._interrupt, self._restart, self._stop]
        line = ipywidgets.HBox([self._label, *buttons], layout=ipywidgets.Layout(align_items="center"))
        self.box = ipywidgets.VBox([line, self._trouble])
        self.refresh()

    def refresh(self) -> None:
        """Show the state of this moment."""
        state = self.cell.state
        try:
            memory = f", {held(self.cell.pid).megabytes:.0f} MB"
        except CourseError:
            state, memory = "stopped", ""
        self._label.value = f"<b>{html.escape(self.cell.name)}</b>: {state}{memory}"
        self._interrupt.disabled = state != "running"
        self._stop.disabled = state == "stopped"

    def _button(self, text: str, tooltip: str, act: Callable[[], None]) -> ipywidgets.Button:
        button = ipywidgets.Button(description=text, tooltip=tooltip, layout=ipywidgets.Layout(width="7em"))
        button.on_click(lambda _: self._do(act))
        # JupyterLab sends a click to a subshell, which answers while a cell waits; ipykernel 7.4 would send
        # it on to whoever spoke to the button last: the main shell, which is waiting.
        button.comm._reply_subshell_for = lambda _data, subshell: subshell
        return button

    def _do(self, act: Callable[[], None]) -> None:
        """Act, unless the last click is still being answered."""
        if not self._busy.acquire(blocking=False):
            return
        try:
            self._trouble.value = ""
            act()
        except CourseError as error:
            self._trouble.value = html.escape(str(error))
        finally:
            self._busy.release()
        self.refresh()


class Panel:
    """All rows, and the thread that keeps them up to date."""

    def __init__(self) -> None:
        self._rows: dict[str, Row] = {}
        self._nothing = ipywidgets.HTML("No background cell was started yet.")
        self.box = ipywidgets.VBox([self._nothing])
        self.refresh()
        context = copy_context()
        threading.Thread(target=context.run, args=(self._keep,), name="background panel", daemon=True).start()

    def refresh(self) -> None:
        """Look at every background cell, new ones too."""
        for cell in cells():
            if cell.name not in self._rows:
                self._rows[cell.name] = Row(cell)
            self._rows[cell.name].refresh()
        rows = tuple(row.box for row in self._rows.values()) or (self._nothing,)
        if rows != self.box.children:
            self.box.children = rows

    def _keep(self) -> None:
        pause = threading.Event()
        while not pause.wait(EVERY):
            self.refresh()


@cache
def _panel() -> Panel:
    return Panel()
