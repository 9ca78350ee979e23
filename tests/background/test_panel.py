"""The panel: its text form, and its buttons as a browser presses them (comm messages)."""

from __future__ import annotations

from typing import Any

from tests.background.foreground import Foreground

WIDGET = "application/vnd.jupyter.widget-view+json"
PARTS = """\
import ipywidgets
from helpers.background.status import _panel
def parts(name):
    row = _panel()._rows[name]
    return row._label.value, [row._interrupt.disabled, row._restart.disabled, row._stop.disabled]
"""


def press(foreground: Foreground, cell: str, button: str) -> None:
    """What JupyterLab sends for a click."""
    model = foreground.run(f"print(_panel()._rows[{cell!r}].{button}.model_id)").text.strip()
    data: dict[str, Any] = {"method": "custom", "content": {"event": "click"}}
    message = foreground.client.session.msg("comm_msg", {"comm_id": model, "data": data})
    foreground.client.shell_channel.send(message)


def test_it_is_a_widget_with_a_text_form(foreground: Foreground) -> None:
    empty = foreground.run("background.panel()")
    assert empty.data("text/plain") == ["No background cell was started yet."] and empty.data(WIDGET)
    foreground.run("%%background one\npass")
    foreground.run("%%background two --process\npass")
    assert foreground.run("background.panel()").data("text/plain") == ["Background cells: one, two"]


def test_it_shows_state_and_memory_and_which_buttons_make_sense(foreground: Foreground) -> None:
    foreground.run("%%background long --wait-for on\nprint('on')\nwhile True: pass")
    foreground.run("%%background done\npass")
    foreground.run("%%background gone\npass")
    foreground.run("background.cell('gone').stop()")
    foreground.run(f"background.panel()\n{PARTS}")
    shown = foreground.run("parts('long'), parts('done'), parts('gone')").value
    assert "<b>long</b>: running, " in shown and "<b>done</b>: done, " in shown and " MB" in shown
    assert "('<b>gone</b>: stopped', [True, False, True])" in shown
    assert "[False, False, False]" in shown and "[True, False, False]" in shown


def test_its_buttons_interrupt_restart_and_stop(foreground: Foreground) -> None:
    cell = foreground.run("%%background long --wait-for on\nprint('on')\nwhile True: pass")
    foreground.run(f"background.panel()\n{PARTS}")
    press(foreground, "long", "_interrupt")
    foreground.until(lambda: bool(cell.errors))
    assert cell.error == "KeyboardInterrupt: "
    press(foreground, "long", "_restart")
    foreground.until(lambda: cell.text == "on\non\n")
    press(foreground, "long", "_stop")
    foreground.until(lambda: foreground.run("background.cell('long').state").value == "'stopped'")
    assert len(cell.errors) == 1, "stopping is no news"


def test_its_buttons_work_while_a_cell_waits(foreground: Foreground) -> None:
    cell = foreground.run("%%background long --wait-for on\nprint('on')\nwhile True: pass")
    foreground.run(f"background.panel()\n{PARTS}")
    model = foreground.run("_panel()._rows['long']._stop.model_id").value.strip("'")
    waiting = foreground.send("print(background.cell('long')._run.wait(20).status)")
    subshell = foreground.client.session.msg("create_subshell_request", {})
    foreground.client.control_channel.send(subshell)
    reply = foreground.client.get_control_msg(timeout=10)
    message = foreground.client.session.msg(
        "comm_msg", {"comm_id": model, "data": {"method": "custom", "content": {"event": "click"}}}
    )
    message["header"]["subshell_id"] = reply["content"]["subshell_id"]
    foreground.client.shell_channel.send(message)
    foreground.until(lambda: bool(waiting.status))
    assert waiting.text == "died\n" and not cell.errors
