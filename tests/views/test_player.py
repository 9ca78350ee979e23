"""The player in a real JupyterLab, by keyboard and by mouse."""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.lab import Lab
from tests.server import Server
from tests.views.cells import run_new, write_notebook


class Player:
    """One player on the page, in the words of someone who uses it."""

    def __init__(self, lab: Lab, cell: Locator) -> None:
        self.page = lab.page
        self.plot = cell.locator(".aow-plot")
        self.readout = cell.locator(".aow-readout")
        self.buttons = cell.locator(".aow-player")
        expect(self.plot).to_be_visible()

    def press(self, *keys: str) -> None:
        self.plot.focus()
        for key in keys:
            self.page.keyboard.press(key)

    @property
    def now(self) -> float:
        return float(self.plot.get_attribute("aria-valuenow") or "nan")

    def middle(self) -> tuple[float, float]:
        """Where lane A is on the page, in the middle of the recording."""
        self.plot.scroll_into_view_if_needed()
        box = self.plot.bounding_box()
        assert box
        return box["x"] + box["width"] / 2, box["y"] + 45

    def picture(self) -> str:
        """The canvas as it is painted, after the frame that is due."""
        return str(self.plot.evaluate(PICTURE))


PICTURE = """async plot => {
    await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
    return plot.querySelector('canvas').toDataURL();
}"""


@pytest.fixture(scope="module")
def shown(lab: Lab) -> Locator:
    return run_new(lab, "show(on_a_loop())")


@pytest.fixture
def player(lab: Lab, shown: Locator) -> Iterator[Player]:
    shown.scroll_into_view_if_needed()
    player = Player(lab, shown)
    player.press("Escape", "0", "End")
    yield player
    assert lab.troubles == []
    assert "show(on_a_loop())" in [cell["source"] for cell in lab.cells()], "JupyterLab took a key"


def test_the_arrow_keys_step_from_event_to_event(player: Player) -> None:
    player.press("Home")
    expect(player.readout).to_have_text("At 0.000 s: A runs, B is ready, C is ready, the thread runs")
    player.press("ArrowRight")
    expect(player.readout).to_have_text("At 0.100 s: A waits, B runs, C is ready, the thread runs")
    player.press("ArrowRight", "ArrowRight", "ArrowRight")
    expect(player.readout).to_have_text("At 0.400 s: A is done, B waits, C waits, the thread waits")
    player.press("ArrowLeft")
    assert player.now == pytest.approx(0.3)
    player.press("End")
    expect(player.readout).to_have_text("Press play, or step with ← and →.")


def test_up_and_down_choose_a_lane_and_tell_its_details(player: Player) -> None:
    player.press("Home", "ArrowDown", "ArrowDown")
    expect(player.readout).to_have_text("At 0.000 s: B is ready for 100 ms, from 0.000 s to 0.100 s")
    player.press("ArrowRight", "ArrowRight")
    expect(player.readout).to_have_text("At 0.200 s: B waits for 300 ms, from 0.200 s to 0.500 s")


def test_space_plays_four_times_slower_and_stops(player: Player) -> None:
    player.press("Home", " ")
    expect(player.buttons.get_by_role("button", name="Pause (Space)")).to_be_visible()
    took = player.plot.evaluate(
        """async plot => {
            const begin = performance.now(), button = plot.parentElement.querySelectorAll('.aow-button')[1];
            while (button.ariaLabel !== 'Play (Space)') await new Promise(requestAnimationFrame);
            return performance.now() - begin;
        }"""
    )
    assert 1500 < took < 4000  # 0.6 s of recording, four times slower: 2.4 s
    expect(player.readout).to_have_text("Press play, or step with ← and →.")
    player.press(" ")
    player.page.wait_for_function(
        "plot => !plot.querySelector('.aow-cursor').hidden", arg=player.plot.element_handle()
    )
    player.press(" ")
    assert 0 < player.now < 0.6
    before = player.now
    player.picture()
    assert player.now == before


def test_zooming_and_moving_along_change_the_picture_and_0_brings_it_back(player: Player) -> None:
    whole = player.picture()
    player.press("+", "+")
    zoomed = player.picture()
    player.press("Shift+ArrowRight")
    moved = player.picture()
    assert len({whole, zoomed, moved}) == 3
    player.press("0")
    assert player.picture() == whole


def test_the_buttons_do_what_the_keys_do(player: Player) -> None:
    player.press("Home")
    player.buttons.get_by_role("button", name="Step to the next event (→)").click()
    assert player.now == pytest.approx(0.1)
    player.buttons.get_by_role("button", name="Step to the event before (←)").click()
    assert player.now == 0
    whole = player.picture()
    player.buttons.get_by_role("button", name="Zoom in (+)").click()
    assert player.picture() != whole
    player.buttons.get_by_role("button", name="Show all (0)").click()
    assert player.picture() == whole
    player.press("?")
    expect(player.buttons.get_by_text("choose a lane")).to_be_visible()


def test_the_mouse_scrubs_hovers_and_the_wheel_zooms_only_a_focused_plot(player: Player) -> None:
    player.plot.blur()
    whole = player.picture()
    x, y = player.middle()
    player.page.mouse.move(x, y)
    expect(player.plot.locator(".aow-bubble")).to_have_text(
        re.compile("^A waits for 300 ms, from 0.100 s to 0.400 s")
    )
    player.page.mouse.wheel(0, -200)
    assert player.picture() == whole, "the page could not be scrolled past the player"
    x, y = player.middle()  # the page has scrolled
    player.page.mouse.move(x, y)
    player.page.mouse.down()
    player.page.mouse.move(x - 100, y)
    early = player.now
    player.page.mouse.move(x + 50, y)
    player.page.mouse.up()
    assert 0 < early < player.now < 0.6
    player.page.mouse.wheel(0, -200)
    assert player.picture() != whole


def test_a_change_of_theme_repaints_at_once(player: Player, lab: Lab) -> None:
    lab.theme("light")
    light = player.picture()
    lab.theme("dark")
    assert player.picture() != light
    lab.theme("light")
    assert player.picture() == light
    lab.troubles.clear()  # JupyterLab itself trips over a theme that is changed before it was loaded


def test_whoever_wants_less_motion_gets_steps_and_no_film(player: Player) -> None:
    player.page.emulate_media(reduced_motion="reduce")
    player.press("Home", " ")
    player.page.emulate_media(reduced_motion="no-preference")
    places = player.plot.evaluate(
        """async plot => {
            const seen = new Set(), cursor = plot.querySelector('.aow-cursor'), begin = performance.now();
            while (performance.now() - begin < 1500) {
                seen.add(cursor.style.transform);
                await new Promise(requestAnimationFrame);
            }
            return seen.size;
        }"""
    )
    player.press(" ")
    assert 2 <= places <= 6


def test_two_recordings_share_the_axis_the_cursor_and_the_readout(lab: Lab) -> None:
    player = Player(lab, run_new(lab, "show(staircase(), on_a_loop())"))
    player.press("Home", "ArrowRight")
    expect(player.readout).to_have_text(
        "At 0.100 s\n"
        "one after another: A waits, B hasn't begun, C hasn't begun\n"
        "an event loop: A waits, B runs, C is ready, the thread runs"
    )


def test_a_step_skips_nothing_that_lasts_even_if_it_begins_within_a_pixel(lab: Lab) -> None:
    player = Player(lab, run_new(lab, "show(one_question())"))
    player.press("Home", "ArrowRight")
    expect(player.readout).to_have_text("At 0.000 s: main waits")
    player.press("ArrowRight")
    expect(player.readout).to_have_text("At 0.900 s: main is done")
    player.press("ArrowRight")
    expect(player.readout).to_have_text("Press play, or step with ← and →.")


def test_ten_thousand_spans_move_at_sixty_frames_a_second_and_a_step_takes_under_16_ms(
    lab: Lab,
) -> None:
    player = Player(lab, run_new(lab, "show(many())"))
    plays_smoothly(player)


def plays_smoothly(player: Player) -> None:
    """The machine draws without a graphics card: medians, room, and some tries."""
    for _ in range(5):
        measured = player.plot.evaluate(FRAMES)
        typical = {name: statistics.median(times) for name, times in measured.items()}
        print(typical)
        if typical["step"] < 16 and typical["draw"] < 16 and typical["playing"] < 20:
            return
    raise AssertionError(typical)


FRAMES = """async plot => {
    plot.scrollIntoView();
    const frame = () => new Promise(requestAnimationFrame);
    const key = (key) => plot.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}));
    const measured = {step: [], draw: [], playing: [], zooming: []};
    key('Home');
    for (let i = 0; i < 40; i++) {
        const begin = performance.now();
        key('ArrowRight');
        measured.step.push(performance.now() - begin);
    }
    for (let i = 0; i < 40; i++) {
        let begin;
        requestAnimationFrame(() => (begin = performance.now()));
        key(i % 2 ? '-' : '+');  // asks for a new picture in this same frame
        await frame();
        measured.draw.push(performance.now() - begin);
    }
    for (const [name, act] of [['playing', () => {}], ['zooming', (i) => key(i % 2 ? '-' : '+')]]) {
        if (name === 'playing') key(' ');
        let before = await frame();
        for (let i = 0; i < 60; i++) {
            act(i);
            const now = await frame();
            measured[name].push(now - before);
            before = now;
        }
        if (name === 'playing') key(' ');
    }
    return measured;
}"""


def test_a_saved_notebook_shows_the_picture_to_whoever_has_not_run_it(lab: Lab, server: Server) -> None:
    run_new(lab, "show(staircase(), expected=0.9)")
    (output,) = lab.cells()[-1]["outputs"]
    output["data"] = {mime: "".join(value) for mime, value in output["data"].items() if "widget" not in mime}
    write_notebook(server.log.parent / "fresh.ipynb", "show(...)", output)
    with lab.page.context.new_page() as page:
        fresh = Lab(page, server)
        fresh.open("fresh.ipynb")
        image = fresh.cell("show(").locator("img")
        expect(image).to_be_visible()
        assert image.evaluate("i => i.naturalWidth") == 2 * image.evaluate("i => i.width")
