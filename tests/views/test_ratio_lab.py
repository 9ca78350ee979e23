"""The hit ratio laboratory: Che's curve at once, points as they come; in a real JupyterLab."""

from __future__ import annotations

import re
import statistics
import time

import pytest
from playwright.sync_api import Locator, expect

from helpers.caches import che, hit_ratio_lab, popularity
from helpers.views.ratio_lab import predicted
from tests.browser.lab import Lab
from tests.views.cells import Panel, run_new

MAKE = """import time
from helpers import CourseError
from helpers.caches import hit_ratio_lab
from helpers.caches.hit_ratios import Point
def run(keys, skew, rate, stopped):
    if rate == 100:
        raise CourseError("no server: type services.redis()")
    if rate == 200:
        raise ValueError("a plain mistake")
    for size in (10, 20, 50):
        for _ in range(1 if rate != 20_000 else 400):
            time.sleep(0.1)
            if stopped():
                return
        yield Point("memcached", size, 0.5, 1000)
hit_ratio_lab(run)"""

GONE = """from helpers import services
laboratory = [one for name, one in services._running.items() if "laboratory" in name]
assert len(laboratory) == 2 and not any(one.running for one in laboratory), laboratory"""
SEEN = """element => {
    window.seen = [];
    new MutationObserver(() => window.seen.push(element.textContent)).observe(element, { childList: true });
}"""
"""From now on, keep every text that the element shows, however briefly."""


def test_a_curve_of_a_hundred_thousand_keys_takes_less_than_a_tenth_of_a_second() -> None:
    times = []
    for skew in (0.0, 0.5, 0.8, 1.0, 1.5):
        begin = time.perf_counter()
        predicted(100_000, skew)
        times.append(1000 * (time.perf_counter() - begin))
    print({"100,000 keys, ms": [round(each, 1) for each in times]})
    assert statistics.median(times) < 100


def test_the_lines_are_ches_and_the_best_cache_is_never_worse() -> None:
    line = predicted(1_000, 1.0)
    assert line["tenth"] == [100, che(popularity(1_000, 1), 100)]
    assert all(best >= share - 1e-4 for best, share in zip(line["best"], line["shares"], strict=True))
    assert predicted(10, 0)["tenth"][0] == 1


def test_outside_jupyterlab_there_are_a_picture_and_words() -> None:
    forms, _ = hit_ratio_lab()._repr_mimebundle_()
    assert set(forms) == {"application/vnd.jupyter.widget-view+json", "image/png", "text/plain"}
    assert forms["text/plain"].startswith("Hit ratio laboratory. Run this cell")


# -- in the browser ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def made(lab: Lab) -> Locator:
    return run_new(lab, MAKE)


@pytest.fixture
def panel(lab: Lab, made: Locator) -> Panel:
    made.locator(".aow-plot").scroll_into_view_if_needed()
    panel = Panel(made, "Measure")
    for slider, value in enumerate(("12", "20", "5")):
        panel.sliders.nth(slider).fill(value)
    expect(panel.sums).to_contain_text("room for 100 of 1,000 pages")
    assert lab.troubles == []
    return panel


def test_sliders_move_by_keyboard_and_the_curve_follows(panel: Panel, lab: Lab) -> None:
    expect(panel.sums).to_have_text(
        "Computed: with room for 100 of 1,000 pages, a cache answers 0.58 of the requests. "
        "Of 5,000 a second, 2,117 go on to the source."
    )
    panel.move(1, "Home")
    expect(panel.sums).to_contain_text("a cache answers 0.10 of the requests")
    panel.move(0, "End")
    expect(panel.sums).to_contain_text("room for 10,000 of 100,000 pages, a cache answers 0.10")
    panel.move(1, "End")
    panel.move(2, "End")
    expect(panel.sums).to_contain_text("a cache answers 0.99 of the requests. Of 20,000 a second, 158 go")
    expect(panel.sliders.nth(2)).to_have_attribute("aria-valuetext", "20,000 per second")
    assert lab.cells()[-1]["source"] == MAKE, "JupyterLab took a key"


def test_a_slider_changes_the_curve_without_lag_also_while_a_cell_runs(panel: Panel, lab: Lab) -> None:
    lab.page.evaluate(
        "() => { jupyterapp.shell.currentWidget.sessionContext.session.kernel"
        ".requestExecute({ code: 'time.sleep(6)' }); }"
    )
    panel.sliders.nth(0).fill("24")
    expect(panel.sums).to_contain_text("100,000 pages", timeout=3000)
    times = panel.cell.evaluate(
        """async cell => {
            const slider = cell.querySelectorAll('input[type=range]')[1];
            const canvas = cell.querySelector('canvas');
            const times = [], frame = () => new Promise(requestAnimationFrame);
            for (let i = 0; i < 12; i++) {
                await frame();
                const before = canvas.toDataURL(), begin = performance.now();
                slider.value = 10 + i;
                slider.dispatchEvent(new InputEvent('input'));
                while (canvas.toDataURL() === before && performance.now() < begin + 3000) await frame();
                times.push(performance.now() - begin);
            }
            return times;
        }"""
    )
    print(
        {
            "slider to curve of 100,000 keys, ms": round(statistics.median(times), 1),
            "worst": round(max(times), 1),
        }
    )
    assert statistics.median(times) < 250
    lab.wait_idle()


def test_points_come_one_by_one_and_grow_pale_when_a_slider_moves(panel: Panel) -> None:
    panel.found.evaluate(SEEN)
    panel.button.press("Enter")
    expect(panel.found).to_contain_text("memcached with 50 pages 0.50")
    expect(panel.button).to_be_visible()
    expect(panel.message).to_have_text("")
    seen = list(dict.fromkeys(panel.found.evaluate("() => window.seen")))
    points = [f"memcached with {size} pages 0.50" for size in (10, 20, 50)]
    grown = [f"Measured: {'; '.join(points[:count])}." for count in (1, 2, 3)]
    assert seen == ["Nothing measured yet.", *grown], seen
    panel.move(1, "ArrowLeft")
    expect(panel.found).to_contain_text("Measured for 1,000 pages, skew 1.00:")
    expect(panel.found).to_have_class(re.compile("stale"))
    panel.move(1, "ArrowRight")
    expect(panel.found).not_to_have_class(re.compile("stale"))


def test_it_can_be_stopped_and_another_panel_has_to_wait(panel: Panel, lab: Lab) -> None:
    panel.move(2, "End")
    panel.button.click()
    expect(panel.message).to_have_text("measuring …")
    other = Panel(run_new(lab, MAKE + "  # another"), "Measure")
    other.button.click()
    expect(other.message).to_have_text("Another panel is measuring. One measurement at a time.")
    panel.cell.get_by_role("button", name="Stop").click()
    expect(panel.message).to_have_text("Stopped.")
    other.button.click()
    expect(other.found).to_contain_text("memcached with 50 pages")
    expect(other.button).to_be_visible()  # it has ended: the next test's panel need not wait


def test_what_goes_wrong_is_said_and_the_button_works_again(panel: Panel) -> None:
    for place, message in (
        (0, "no server: type services.redis()"),
        (1, "That went wrong: ValueError: a plain mistake"),
    ):
        panel.sliders.nth(2).fill(str(place))
        panel.button.click()
        expect(panel.message).to_have_text(message)
    panel.sliders.nth(2).fill("5")
    panel.button.click()
    expect(panel.found).to_contain_text("memcached with 50 pages")
    expect(panel.button).to_be_visible()


def test_real_servers_are_measured_and_gone_afterwards(lab: Lab) -> None:
    panel = Panel(run_new(lab, "from helpers.caches import hit_ratio_lab\nhit_ratio_lab()"), "Measure")
    panel.move(0, "Home")
    panel.button.click()
    # Of the whole panel: if it fails, the panel's message is shown.
    expect(panel.cell).to_contain_text(
        re.compile("memcached with . pages .*lru with . pages .*lfu with . pages")
    )
    expect(panel.button).to_be_visible()
    expect(panel.message).to_have_text("")
    run_new(lab, GONE)  # the other files' servers may be there: they share this notebook
