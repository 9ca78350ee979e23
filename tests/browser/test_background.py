"""Background cells before a learner's eyes."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Locator, expect

from tests.browser.lab import Lab
from tests.browser.test_lab import notebook
from tests.server import Server

LOAD = """from helpers import background
from helpers.background.magic import BackgroundMagics
get_ipython().register_magics(BackgroundMagics)"""
CLOCK = """%%background clock --wait-for 'tick 0'
import time
for n in range(5):
    print('tick', n)
    time.sleep(0.4)
print('end')"""
ASLEEP = "import time\ntime.sleep(1)\nprint('awake')"
BAD = "%%background bad\nprint('before')\ndef f():\n    1 / 0\nf()"
TYPO = "%%background typo\nx = 1\ndef f(:\n    pass"
CRASH = "%%background crash --process\nimport os\nos.kill(os.getpid(), 9)"
SERVER = "%%background server --wait-for on\nimport time\nprint('on')\nwhile True: time.sleep(0.1)"
WAITING = "background.cell('server').wait_for('off', timeout=30)"


def begin(lab: Lab, text: str) -> Locator:
    """Run the cell that contains `text`, and do not wait."""
    cell = lab.cell(text)
    cell.locator(".jp-InputArea-editor").click()
    lab.page.keyboard.press("Control+Enter")
    return cell


def test_output_streams_under_its_own_cell_while_another_runs(lab: Lab, server: Server) -> None:
    lab.open(notebook(server, "streams", LOAD, CLOCK, ASLEEP))
    lab.run("BackgroundMagics")
    clock = lab.run("tick")
    asleep = begin(lab, "awake")
    expect(clock.locator(".jp-OutputArea")).to_contain_text("tick 1", timeout=2000)
    assert "awake" not in asleep.locator(".jp-OutputArea").inner_text(), (
        "it came only when the other was done"
    )
    expect(clock.locator(".jp-OutputArea")).to_contain_text("end")
    expect(asleep.locator(".jp-OutputArea")).to_have_text("awake")


def test_errors_and_crashes_appear_once_under_their_cell(
    lab: Lab, server: Server, pictures: Path | None
) -> None:
    lab.open(
        notebook(server, "errors-in-the-background", LOAD, BAD, TYPO, CRASH, SERVER, "background.panel()")
    )
    lab.run("BackgroundMagics")
    for text, red in (
        ("background bad", "ZeroDivisionError"),
        ("typo", "SyntaxError"),
        ("crash", "CourseError"),
    ):
        expect(begin(lab, text).locator(".jp-OutputArea")).to_contain_text(red)
    lab.run("background server")
    lab.run("panel()")
    first, second, third = lab.errors()
    assert first == "ZeroDivisionError: division by zero" and second.startswith("SyntaxError: invalid syntax")
    assert third.startswith("CourseError: The background cell 'crash' died.")
    expect(lab.cell("background bad").locator(".jp-OutputArea .ansi-red-fg").first).to_be_visible()
    for theme in ("light", "dark"):
        lab.theme(theme)
        lab.draw_all(f"background-{theme}", pictures)
    assert lab.troubles == []


def test_the_panels_buttons_answer_while_a_cell_waits(lab: Lab, server: Server) -> None:
    lab.open(notebook(server, "panel", LOAD, SERVER, "background.panel()", WAITING))
    lab.run("BackgroundMagics")
    shown = lab.run("background server")
    panel = lab.run("panel()")
    expect(panel.get_by_text("running, ")).to_be_visible()
    begin(lab, "wait_for")
    panel.get_by_role("button", name="Stop").press("Enter")
    expect(panel.get_by_text("stopped")).to_be_visible(timeout=10_000)
    lab.wait_idle()
    assert [error.partition("It printed")[0] for error in lab.errors()] == [
        "CourseError: The background cell 'server' did not print 'off' before it ended. "
    ]
    panel.get_by_role("button", name="Restart").press("Enter")
    expect(panel.get_by_text("running, ")).to_be_visible()
    expect(shown.locator(".jp-OutputArea")).to_contain_text("on\non")
