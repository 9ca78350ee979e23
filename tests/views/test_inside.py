"""Boxes and listing in the player, in a real JupyterLab: what is shown at the cursor, step by step."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.lab import Lab
from tests.views.cells import run_new
from tests.views.test_player import Player, plays_smoothly

SETTLED = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


class Inside(Player):
    def __init__(self, lab: Lab, cell: Locator) -> None:
        super().__init__(lab, cell)
        self.cell = cell
        self.rows = cell.locator(".aow-box")
        self.listing = cell.locator(".aow-listing")
        self.line = self.listing.locator(".current")
        self.insight = cell.locator(".aow-unseen")

    def chips(self) -> dict[str, list[str]]:
        """What each box shows."""
        return {
            row.locator(".aow-box-name").inner_text(): row.locator(".aow-chips > span").all_inner_texts()
            for row in self.rows.all()
        }


@pytest.fixture(scope="module")
def made(lab: Lab) -> Locator:
    return run_new(lab, "show(two_turns())")


@pytest.fixture
def player(lab: Lab, made: Locator) -> Inside:
    made.scroll_into_view_if_needed()
    player = Inside(lab, made)
    player.press("Escape", "0", "Home")
    assert lab.troubles == []
    return player


EMPTY, LISTENER, CLIENT = ["empty"], ["listener", "client 1"], ["client 1"]
STEPS = [
    (EMPTY, EMPTY, "    serve(select(inputs))"),
    (EMPTY, EMPTY, "    serve(select(inputs))"),  # the server runs
    (LISTENER, EMPTY, "    serve(select(inputs))"),
    (LISTENER, EMPTY, "while True:"),
    (LISTENER, CLIENT, "while True:"),
    (EMPTY, CLIENT, "while True:"),
]


def test_each_change_of_a_box_or_line_is_a_step_forward_and_backward(player: Inside) -> None:
    for number, (readable, outputs, line) in enumerate([*STEPS, *reversed(STEPS[:-1])]):
        if number:
            player.press("ArrowRight" if number < len(STEPS) else "ArrowLeft")
        if number != 1 and number != 2 * len(STEPS) - 3:
            assert player.chips() == {"readable": readable, "outputs": outputs}, number
            assert player.line.text_content() == line
    assert player.now == 0


def test_many_chips_are_cut_and_counted(player: Inside) -> None:
    player.press(*["ArrowRight"] * 6)
    shown = player.chips()["outputs"]
    assert shown == [f"client {number}" for number in range(1, 13)] + ["+ 38 more"]


def test_the_current_line_is_kept_in_view_and_the_page_stays_where_it_is(player: Inside) -> None:
    height = player.cell.evaluate("cell => cell.querySelector('.aow-player').offsetHeight")
    for key, text in (("End", "    # the end"), ("Home", "    serve(select(inputs))")):
        player.press(key)
        assert player.line.text_content() == text
        frame, line = player.listing.bounding_box(), player.line.bounding_box()
        assert frame and line
        assert frame["y"] <= line["y"] <= frame["y"] + frame["height"] - line["height"]
        now = player.cell.evaluate("cell => cell.querySelector('.aow-player').offsetHeight")
        assert now == height, "the page has jumped"


def test_a_chosen_lane_is_stepped_by_its_own_events(player: Inside) -> None:
    player.press("ArrowDown", "ArrowRight")
    assert player.now == pytest.approx(0.5, abs=1e-6)
    player.press("ArrowRight")
    assert player.now == pytest.approx(1.0, abs=1e-6)


def test_what_is_inside_is_told_in_words(player: Inside) -> None:
    player.press(*["ArrowRight"] * 4)
    expect(player.insight).to_have_text(
        "Line 1: while True:; readable: listener, client 1; outputs: client 1"
    )
    expect(player.insight).to_have_attribute("aria-live", "polite")
    expect(player.readout).to_have_text("At 0.500 s: server runs")


def test_what_came_in_last_stands_out(player: Inside) -> None:
    player.press("ArrowRight", "ArrowRight")
    assert player.cell.locator(".aow-chip.new").all_inner_texts() == LISTENER
    player.press("ArrowRight", "ArrowRight")
    assert player.cell.locator(".aow-chip.new").all_inner_texts() == CLIENT


def test_on_a_narrow_page_the_listing_goes_below_and_nothing_sticks_out(player: Inside) -> None:
    player.press(*["ArrowRight"] * 6)
    root = player.cell.locator(".aow-player")
    root.evaluate("root => root.style.width = '360px'")
    player.page.evaluate(SETTLED)
    boxes, listing = player.cell.locator(".aow-boxes").bounding_box(), player.listing.bounding_box()
    assert boxes and listing and listing["y"] >= boxes["y"] + boxes["height"]
    assert root.evaluate("root => root.scrollWidth <= root.clientWidth")
    root.evaluate("root => root.style.width = ''")
    player.page.evaluate(SETTLED)


def test_the_theme_changes_the_chips_and_the_current_line(player: Inside, lab: Lab) -> None:
    def colors() -> list[str]:
        return [
            place.evaluate("it => [getComputedStyle(it).color, getComputedStyle(it).backgroundColor].join()")
            for place in (player.cell.locator(".aow-chip").first, player.line)
        ]

    player.press(*["ArrowRight"] * 4)
    lab.theme("light")
    light = colors()
    lab.theme("dark")
    dark = colors()
    lab.theme("light")
    assert all(one != other for one, other in zip(light, dark, strict=True))
    lab.troubles.clear()  # JupyterLab itself trips over a theme that is changed before it was loaded


def test_a_recording_without_boxes_has_no_such_part(lab: Lab) -> None:
    cell = run_new(lab, "show(staircase())")
    expect(cell.locator(".aow-plot")).to_be_visible()
    assert cell.locator(".aow-inside").count() == 0


def test_two_recordings_have_their_boxes_under_their_titles(lab: Lab) -> None:
    cell = run_new(lab, "show(two_turns(), staircase(), two_turns())")
    expect(cell.locator(".aow-inside-title")).to_have_text(["two turns", "two turns"])


def test_a_real_loop_is_stepped_from_line_to_line(lab: Lab) -> None:
    cell = run_new(
        lab,
        "from helpers import stepping\nfrom tests.tracing.loops_under_test import Loop, naps\n"
        "with stepping(loop := Loop(), title='naps') as trace:\n    loop.run(naps(0.01))\nshow(trace)",
    )
    player = Inside(lab, cell)
    player.press("Home")
    assert player.chips() == dict.fromkeys(("running", "ready", "timers", "selector"), EMPTY)
    seen = []
    for _ in range(40):
        player.press("ArrowRight")
        seen.append((player.line.text_content() or "", player.chips()["running"]))
    assert seen[0][0].strip() == "main = self.start(coro)"
    sends = [running for line, running in seen if "coro.send" in line]
    assert sends[:3] == [EMPTY, ["naps"], EMPTY]
    forward = player.now
    player.press(*["ArrowLeft"] * 5, *["ArrowRight"] * 5)
    assert player.now == forward


def test_ten_thousand_spans_and_five_thousand_lines_move_at_sixty_frames_a_second(lab: Lab) -> None:
    player = Player(lab, run_new(lab, "show(many_lines())"))
    plays_smoothly(player)
