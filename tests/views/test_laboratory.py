"""The laboratory in a real JupyterLab: arithmetic at once, measuring only on demand."""

from __future__ import annotations

import re
import statistics

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.lab import Lab
from tests.views.cells import Panel, run_new

MAKE = """from helpers import laboratory
from time import sleep
from helpers import CourseError
from helpers.tracing import Span, Trace
def run(model, tasks, compute, ask):
    sleep(0.3)
    if ask > 0.55:
        raise CourseError("no server: type services.slow_site()")
    if ask > 0.5:
        raise ExceptionGroup("in tasks", [ValueError("a plain mistake")])
    trace = Trace(model, [chr(65 + i) for i in range(tasks)], duration=tasks * (compute + ask))
    for i, lane in enumerate(trace.lanes):
        trace.spans.append(Span(lane, "waiting", i * 0.4, i * 0.4 + 0.4))
    return trace
laboratory(run)"""


class Laboratory(Panel):
    def __init__(self, cell: Locator) -> None:
        super().__init__(cell, "Run it for real")

    def choose(self, model: str) -> None:
        self.cell.get_by_role("radio", name=model).check(force=True)


@pytest.fixture(scope="module")
def made(lab: Lab) -> Locator:
    return run_new(lab, MAKE)


@pytest.fixture
def panel(lab: Lab, made: Locator) -> Laboratory:
    made.scroll_into_view_if_needed()
    panel = Laboratory(made)
    for slider, value in enumerate(("3", "0.1", "0.3")):
        panel.sliders.nth(slider).fill(value)
    panel.choose("one by one")
    assert lab.troubles == []
    return panel


@pytest.mark.parametrize(
    ("model", "first", "everything"),
    [("one by one", "0.40", "1.20"), ("threads", "0.60", "0.60"), ("loop", "0.40", "0.60")],
)
def test_the_arithmetic_is_that_of_the_lesson(
    panel: Laboratory, model: str, first: str, everything: str
) -> None:
    panel.choose(model)
    expect(panel.sums).to_have_text(
        f"Arithmetic (outlines): first task done after {first} s, all after {everything} s."
    )


def test_a_loop_that_computes_long_lets_an_answer_wait(panel: Laboratory) -> None:
    panel.choose("loop")
    panel.sliders.nth(1).fill("0.2")
    panel.sliders.nth(2).fill("0.1")
    expect(panel.sums).to_contain_text("first task done after 0.60 s, all after 0.70 s")


def test_processes_share_the_cores_there_are_and_their_start_is_no_arithmetic(panel: Laboratory) -> None:
    panel.choose("processes")
    text = panel.sums.inner_text()
    cores = int(re.findall(r"on (\d+) core", text)[0])
    assert f"all after {3 * 0.1 / min(3, cores) + 0.3:.2f} s, plus the start of the processes" in text


def test_sliders_move_by_keyboard_and_both_ends_are_sensible(panel: Laboratory, lab: Lab) -> None:
    panel.move(1, "ArrowRight", "ArrowRight")
    expect(panel.sums).to_contain_text("first task done after 0.42 s")
    for slider in range(3):
        panel.move(slider, "Home")
    expect(panel.sums).to_contain_text("first task done after 0.00 s, all after 0.00 s")
    for slider in range(3):
        panel.move(slider, "End")
    expect(panel.sums).to_contain_text("first task done after 0.90 s, all after 5.40 s")
    assert lab.cells()[-1]["source"] == MAKE, "JupyterLab took a key"


def test_a_slider_changes_the_picture_within_50_ms(panel: Laboratory) -> None:
    times = panel.cell.evaluate(
        """async cell => {
            const slider = cell.querySelectorAll('input[type=range]')[1];
            const canvas = cell.querySelector('canvas');
            const times = [], frame = () => new Promise(requestAnimationFrame);
            for (let i = 0; i < 30; i++) {
                await frame();
                const before = canvas.toDataURL(), begin = performance.now();
                slider.value = (i % 2) ? 0.1 : 0.2;
                slider.dispatchEvent(new InputEvent('input'));
                await frame();
                times.push(performance.now() - begin);
                if (canvas.toDataURL() === before) throw Error('the picture stayed the same');
            }
            return times;
        }"""
    )
    print({"slider to picture": round(statistics.median(times), 1), "worst": round(max(times), 1)})
    assert statistics.median(times) < 50


def test_a_run_is_drawn_and_grows_pale_when_a_slider_moves(panel: Laboratory) -> None:
    panel.button.click()
    expect(panel.button).to_be_disabled()
    expect(panel.found).to_have_text("Measured (filled): first task done after 0.40 s, all after 1.20 s.")
    expect(panel.button).to_be_enabled()
    panel.move(1, "ArrowRight")
    expect(panel.found).to_contain_text("Measured with 3 tasks, 0.1 / 0.3 (filled)")
    expect(panel.found).to_have_class(re.compile("stale"))
    panel.move(1, "ArrowLeft")
    expect(panel.found).to_contain_text("Measured (filled)")
    panel.choose("threads")
    expect(panel.found).to_have_text("Nothing measured yet.")


def test_what_goes_wrong_is_said_and_the_button_works_again(panel: Laboratory) -> None:
    panel.move(2, "End")
    panel.button.click()
    expect(panel.message).to_have_text("no server: type services.slow_site()")
    panel.sliders.nth(2).fill("0.52")
    panel.button.click()
    expect(panel.message).to_have_text("That went wrong: ValueError: a plain mistake")
    panel.sliders.nth(2).fill("0.3")
    panel.button.click()
    expect(panel.message).to_have_text("")
    expect(panel.button).to_be_enabled()


def test_while_a_cell_runs_nothing_is_measured(panel: Laboratory, lab: Lab) -> None:
    lab.page.evaluate(
        """() => {
            const { content } = jupyterapp.shell.currentWidget;
            content.model.sharedModel.addCell({ cell_type: 'code', source: 'sleep(3)' });
            content.activeCellIndex = content.widgets.length - 1;
            jupyterapp.commands.execute('notebook:run-cell');
        }"""
    )
    expect(lab.page.get_by_text("[*]")).to_be_visible()
    panel.button.click()
    expect(panel.message).to_contain_text("A cell is running", timeout=2500)
    expect(panel.button).to_be_enabled()
    lab.wait_idle()
