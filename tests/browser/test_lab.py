"""The harness itself, and what JupyterLab does with this course's folder."""

from __future__ import annotations

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from playwright.sync_api import expect

from tests.browser.lab import Lab
from tests.server import Server

SLIDER = """from ipywidgets import HTML, IntSlider, VBox
slider, picture = IntSlider(3, 0, 10, description="tasks"), HTML("tasks: 3")
slider.observe(lambda change: setattr(picture, "value", f"tasks: {change['new']}"), "value")
VBox([slider, picture])"""


def notebook(server: Server, name: str, *sources: str) -> str:
    folder = server.log.parent / "scratch"
    folder.mkdir(exist_ok=True)
    cells = [new_markdown_cell(f"# {name}"), *map(new_code_cell, sources)]
    metadata = {
        "kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    }
    nbformat.write(new_notebook(cells=cells, metadata=metadata), folder / f"{name}.ipynb")
    return f"scratch/{name}.ipynb"


def test_run_all_runs_all_and_an_error_is_seen(lab: Lab, server: Server) -> None:
    lab.open(notebook(server, "errors", "x = 1", "print(x + 1)", "1 / 0"))
    lab.run_all()
    assert [cell["execution_count"] for cell in lab.cells()] == [1, 2, 3]
    assert lab.cells()[1]["outputs"][0]["text"] == "2\n"
    assert lab.errors() == ["ZeroDivisionError: division by zero"]


def test_a_slider_moved_by_keyboard_changes_its_picture(lab: Lab, server: Server) -> None:
    lab.open(notebook(server, "slider", SLIDER))
    cell = lab.run("IntSlider")
    cell.locator(".noUi-handle").focus()
    lab.page.keyboard.press("ArrowRight")
    expect(cell.get_by_text("tasks: 4")).to_be_visible()
    assert lab.troubles == []


def test_restarting_and_running_a_cell_again_works(lab: Lab, server: Server) -> None:
    lab.open(
        notebook(server, "restart", "print('fresh' if 'seen' not in globals() else 'seen')", "seen = True")
    )
    lab.run_all()
    lab.restart()
    lab.run("fresh")
    assert lab.cells()[0]["outputs"][0]["text"] == "fresh\n"


def test_jupyterlab_opens_the_first_lesson_and_asks_nothing(lab: Lab, server: Server) -> None:
    lab.page.goto(f"{server.url}/?token={server.token}")
    expect(lab.page.locator(".jp-NotebookPanel h1").first).to_contain_text("00")
    lab.page.wait_for_function("() => jupyterapp.shell.currentWidget.sessionContext.isReady")
    expect(lab.page.locator(".jp-Dialog, .Toastify__toast")).to_have_count(0)
