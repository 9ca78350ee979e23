"""The cache meter: of a recording, in three forms; of a live server, in a real JupyterLab."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from playwright.sync_api import Locator, expect
from traitlets.config import Config

from helpers import CourseError, cache_meter, services
from helpers.caches import metering
from helpers.caches.gauges import Inside, Key, Reading
from helpers.caches.metered import Metered
from helpers.views.meter import wire
from helpers.views.meter_chart import chart, in_megabytes, lifetime
from tests.browser.lab import Lab
from tests.views.cells import run_new

VIEW = "application/vnd.jupyter.widget-view+json"
RECORD = """from helpers import cache_meter, services
from helpers.caches import metering
cache = services.memcached(megabytes=2)
client = cache.client()
client.flush_all()
with metering(cache, "a shelf") as metered:
    for page in ("a", "b", "c"):
        client.get(page), client.set(page, 1, expire=100), client.get(page)
cache_meter(metered)"""
LIVE = """from helpers import cache_meter, services
import time
store = services.redis("live", appendonly="no", maxmemory="4mb")
client = store.client()
client.flushall()
client.set("soon", 1, ex=50), client.set("late", 1, ex=500)
cache_meter(store)"""


LOOKS = """async () => {
    const kernel = jupyterapp.shell.currentWidget.sessionContext.session.kernel;
    const n = "store.client().info('commandstats')['cmdstat_scan']['calls']";
    const reply = await kernel.requestExecute({ code: '', user_expressions: { n } }).done;
    return reply.content.user_expressions.n.data['text/plain'];
}"""


@pytest.fixture
def shown() -> Iterator[Callable[..., dict[str, Any]]]:
    InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))

    def call(thing: Any) -> dict[str, Any]:
        with capture_output() as captured:
            cache_meter(thing)
        assert captured.stdout == captured.stderr == ""
        (output,) = captured.outputs
        return dict(output.data)

    yield call
    services.stop_all()


def recorded() -> Metered:
    """Two seconds, with a fall in the middle, and two samples that are too close."""
    metered = Metered(
        "a fall", "redis", inside=Inside(12, [Key("a" * 60, 3.0), Key("b", 7200.0), Key("c", None)])
    )
    for tick in range(41):
        away = 20 <= tick < 25
        metered.times.append(tick / 20)
        metered.readings.append(
            None if away else Reading(tick * 9, tick, tick // 3, tick // 9, 9000, 9000, 10000)
        )
    metered.times.insert(6, 0.2501)
    metered.readings.insert(6, metered.readings[5])
    metered.marks = [
        (0.2501, "second pass"),
        (1.0, "went away"),
        (1.25, "came back"),
        (1.3, "so close"),
        (1.35, "no"),
    ]
    return metered


def test_a_recording_has_a_widget_a_picture_and_words(shown: Callable[..., Any]) -> None:
    cache = services.memcached()
    with metering(cache, "a shelf") as metered:
        cache.client().get("nothing")
    forms = shown(metered)
    assert set(forms) == {VIEW, "image/png", "text/plain"}
    assert forms["image/png"].startswith(b"\x89PNG")
    assert forms["text/plain"] == "\n".join(metered.words())


def test_a_live_server_has_a_widget_and_words(shown: Callable[..., Any]) -> None:
    forms = shown(services.redis())
    assert set(forms) == {VIEW, "text/plain"}
    assert forms["text/plain"] == "Cache meter of Redis. Run this cell in JupyterLab to see it move."


def test_what_cannot_be_drawn_is_said_with_what_to_type() -> None:
    with pytest.raises(CourseError, match="after the block"):
        cache_meter(Metered("not yet"))
    with pytest.raises(CourseError, match=r"got a list. Type services.memcached\(\)"):
        cache_meter([1])


def test_samples_that_are_too_close_become_one_and_marked_ones_stay() -> None:
    data = wire(recorded())
    assert len(data["times"]) == 41 and 0.2501 in data["times"] and 0.25 not in data["times"]
    assert data["hits"][20:25] == [None] * 5 and data["hits"][-1] == 360
    assert data["keys"][0] == ["a" * 60, 3.0] and data["count"] == 12


def test_the_picture_holds_falls_long_names_and_close_marks() -> None:
    everything = wire(recorded())
    bare = {**everything, "marks": [], "keys": None, "limit": [0] * 41}
    assert chart(everything) != chart(bare)


def test_sizes_and_lives_are_told_as_people_say_them() -> None:
    assert [in_megabytes(size) for size in (0, 2 << 20, 300 << 20)] == ["0.0 MB", "2.0 MB", "300 MB"]
    lives = [lifetime(life) for life in (0.04, 1.5, 90, 200, 7200, 200_000, None)]
    assert lives == ["0.0 s", "1.5 s", "90.0 s", "3 min", "2 h", "2 d", "no end"]


# -- in the browser ------------------------------------------------------------------------------


def test_a_recording_can_be_read_interval_by_interval(lab: Lab) -> None:
    cell = run_new(lab, RECORD)
    expect(cell.locator(".aow-legend")).to_have_text("3 hits3 misses0 evicted0 expired")
    expect(cell.locator(".aow-meter-keys")).to_contain_text("keys inside 3, and what is left of their lives")
    expect(cell.locator(".aow-lives li")).to_have_count(3)
    plot, readout = cell.get_by_role("slider"), cell.locator(".aow-readout")
    expect(plot).to_have_attribute("aria-label", re.compile("Cache meter. a shelf.*3 hits, 3 misses", re.S))
    plot.focus()
    lab.page.keyboard.press("ArrowRight")
    expect(readout).to_contain_text(
        re.compile(r"0\.00 to 0\.\d\d s: \d hits, \d misses, 0 evicted, 0 expired; memory")
    )
    lab.page.keyboard.press("End")
    expect(plot).to_have_attribute("aria-valuetext", re.compile("evicted"))
    lab.page.keyboard.press("Escape")
    expect(readout).to_have_text("")
    assert lab.cells()[-1]["source"] == RECORD, "JupyterLab took a key"
    assert lab.troubles == []


@pytest.fixture(scope="module")
def made(lab: Lab) -> Locator:
    return run_new(lab, LIVE)


@pytest.fixture
def live(made: Locator) -> Locator:
    """In view: otherwise it does not ask."""
    made.locator(".aow-plot").scroll_into_view_if_needed()
    return made


def tell(lab: Lab, code: str) -> None:
    """Run `code` behind the notebook's back."""
    lab.page.evaluate(
        "code => { jupyterapp.shell.currentWidget.sessionContext.session.kernel.requestExecute({ code }); }",
        code,
    )


def test_a_live_server_is_asked_again_and_again_also_while_a_cell_runs(live: Locator, lab: Lab) -> None:
    expect(live.locator(".aow-meter-keys")).to_contain_text("keys inside 2")
    expect(live.locator(".aow-lives li").first).to_contain_text(re.compile(r"soon\s*\d+\.\d s"))
    first = live.locator(".aow-lives li").first.inner_text()
    expect(live.locator(".aow-lives li").first).not_to_have_text(first)
    tell(lab, "[client.get('soon') for _ in range(7)]; client.get('nothing'); time.sleep(4)")
    expect(live.locator(".aow-legend")).to_have_text("7 hits1 misses0 evicted0 expired", timeout=3000)
    lab.wait_idle()
    assert lab.troubles == []


def test_a_server_that_dies_or_comes_back_is_told_without_a_traceback(live: Locator, lab: Lab) -> None:
    tell(lab, "store.kill()")
    expect(live.locator(".aow-message")).to_have_text(
        "Redis does not answer. Start it again, with its .start()"
    )
    tell(lab, "store.start().client().set('new', 1)")
    expect(live.locator(".aow-message")).to_have_text("")
    expect(live.locator(".aow-meter-keys")).to_contain_text("new")
    assert [output["output_type"] for output in lab.cells()[-1]["outputs"]] == ["display_data"]


def test_nobody_asks_while_it_is_paused_or_off_the_screen(live: Locator, lab: Lab) -> None:
    def looks() -> int:
        return int(lab.page.evaluate(LOOKS))

    def quiet() -> bool:
        lab.page.wait_for_timeout(600)  # an answer may be on its way
        before = looks()
        lab.page.wait_for_timeout(1200)
        return looks() == before

    assert not quiet()
    live.get_by_role("button", name="Pause").press("Enter")
    assert quiet()
    live.get_by_role("button", name="Go on").click()
    assert not quiet()
    lab.cell("from helpers import laboratory")  # scrolls up
    expect(live.locator(".aow-plot")).not_to_be_in_viewport()
    assert quiet()
