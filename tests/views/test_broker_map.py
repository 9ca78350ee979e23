"""The broker's map in a real JupyterLab: what stands on it, what flies, and what can be followed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.lab import Lab
from tests.views.cells import run_new
from tests.views.test_player import Player, plays_smoothly

LANDED = """canvas => new Promise((done, fail) => {
    const begin = performance.now(), look = () => {  // first after a frame: what was launched is drawn
        if (canvas.dataset.air === '0') done();
        else if (performance.now() - begin > 8000) fail(new Error('still in the air'));
        else requestAnimationFrame(look);
    };
    requestAnimationFrame(() => requestAnimationFrame(look));
})"""
WATCH = """map => {
    const { dataset } = map.parentElement.querySelector('.aow-flights'), frames = window.watched = [];
    const look = () => {
        if (window.watched !== frames) return;
        const chips = map.querySelectorAll('.aow-node .aow-message').length;
        frames.push({ air: Number(dataset.air), flying: Number(dataset.flying), chips });
        requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
}"""
WATCHED = """() => {
    const frames = window.watched;
    window.watched = null;
    return frames;
}"""
EIGHT_STEPS = """plot => {
    const right = { key: 'ArrowRight', bubbles: true };
    for (let i = 0; i < 8; i++) plot.dispatchEvent(new KeyboardEvent('keydown', right));
}"""
"""Before anything can land."""
PAINTED = """canvas => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let painted = 0;
    for (let i = 3; i < data.length; i += 4) painted += data[i] > 0;
    return painted;
}"""
BOXES = """map => [...map.querySelectorAll('.aow-node')].map(node => {
    const box = node.getBoundingClientRect();
    return [box.left, box.top, box.right, box.bottom];
})"""
ROADS = """map => [...map.querySelectorAll('.aow-road')].map(road => {
    const box = map.querySelector('.aow-ground').getBoundingClientRect(), length = road.getTotalLength();
    return Array.from({length: 200}, (_, i) => {
        const { x, y } = road.getPointAtLength(length * i / 199);
        return [x + box.left, y + box.top];
    });
})"""


class MapPlayer(Player):
    def __init__(self, lab: Lab, cell: Locator) -> None:
        super().__init__(lab, cell)
        self.cell = cell
        self.map = cell.locator(".aow-map")
        self.air = cell.locator(".aow-flights")
        self.insight = cell.locator(".aow-unseen")

    def node(self, name: str) -> Locator:
        return self.map.locator(f'.aow-node[data-name="{name}"]')

    def chips(self, name: str) -> Locator:
        return self.node(name).locator(".aow-message")

    def step_to(self, words: str) -> None:
        """Forward until the readout says that."""
        for _ in range(60):
            if words in self.readout.inner_text():
                return
            self.press("ArrowRight")
        raise AssertionError(f"never {words!r}, at last: {self.readout.inner_text()!r}")

    def land(self) -> None:
        self.air.evaluate(LANDED)

    @contextmanager
    def watched(self) -> Iterator[list[dict[str, int]]]:
        """How many messages were in the air, flew and rested, frame by frame, however late somebody looks."""
        frames: list[dict[str, int]] = []
        self.map.evaluate(WATCH)
        yield frames
        frames += self.page.evaluate(WATCHED)


Opener = Callable[[str], MapPlayer]


RECORDINGS = ("hello", "parcels", "handover", "news", "call")


@pytest.fixture(scope="module")
def made(lab: Lab) -> dict[str, Locator]:
    cell = run_new(lab, f"for make in ({', '.join(RECORDINGS)}):\n    broker_map(make())")
    outputs = cell.locator(".jp-OutputArea-output:has(.aow-player)")
    expect(outputs).to_have_count(len(RECORDINGS))
    return {name: outputs.nth(number) for number, name in enumerate(RECORDINGS)}


@pytest.fixture
def open_map(lab: Lab, made: dict[str, Locator]) -> Iterator[Opener]:
    def open_map(name: str) -> MapPlayer:
        made[name].scroll_into_view_if_needed()
        player = MapPlayer(lab, made[name])
        player.press("Escape", "0", "End")
        return player

    yield open_map
    assert lab.troubles == []


def test_at_the_end_everything_is_where_it_has_come_to(open_map: Opener) -> None:
    player = open_map("hello")
    expect(player.chips("hello")).to_have_text(["b", "c"])
    expect(player.node("default exchange").locator(".aow-bin")).to_have_text("1 lost")
    assert player.chips("A").count() == 0
    expect(player.map.locator(".aow-sum")).to_have_text("sent 4 = received 1 + resting 2 + lost 1")


def test_the_message_that_leaves_next_stands_where_it_leaves(open_map: Opener) -> None:
    b, c = (chip.bounding_box() for chip in open_map("hello").chips("hello").all())
    assert b and c and b["x"] > c["x"] and b["y"] == c["y"]


def test_what_is_not_there_yet_is_a_ghost_and_comes_when_its_time_has_come(open_map: Opener) -> None:
    player = open_map("hello")
    player.press("Home")
    expect(player.node("A")).to_have_class(re.compile("ghost"))
    expect(player.node("you")).not_to_have_class(re.compile("ghost"))
    player.step_to("delivered to A")
    expect(player.node("A")).not_to_have_class(re.compile("ghost"))


def test_a_message_is_seen_to_fly_before_it_is_in_its_queue(open_map: Opener) -> None:
    player = open_map("hello")
    player.press("Home")
    player.land()
    assert player.air.evaluate(PAINTED) == 0
    with player.watched() as frames:
        player.step_to("a in hello")
        player.land()
    in_the_air = [frame["chips"] for frame in frames if frame["air"] == 1]
    assert in_the_air and not any(in_the_air)
    expect(player.chips("hello")).to_have_text(["a"])
    player.press("ArrowLeft")
    expect(player.air).to_have_attribute("data-air", "0")


def test_the_roads_of_the_last_step_stand_out(open_map: Opener) -> None:
    player = open_map("hello")
    player.press("Home")
    player.step_to("b in hello")
    assert player.map.locator(".aow-road.used").count() == 2
    player.step_to("delivered to A")
    assert player.map.locator(".aow-road.used").count() == 1


def flies_one_by_one(player: MapPlayer, until: str) -> None:
    """Several are in the air at once on the way there, and of those only one moves at any time."""
    player.press("Home")
    player.land()
    with player.watched() as frames:
        player.step_to(until)
        player.land()
    assert max(frame["air"] for frame in frames) > 1
    assert max(frame["flying"] for frame in frames) == 1


def test_no_leg_begins_before_the_one_before_has_ended(open_map: Opener) -> None:
    player = open_map("handover")
    flies_one_by_one(player, "delivered to B")
    expect(player.chips("B")).to_have_text(["3"])


def test_who_wants_less_motion_sees_nothing_fly(open_map: Opener) -> None:
    player = open_map("hello")
    player.page.emulate_media(reduced_motion="reduce")
    player.press("Home")
    player.step_to("a in hello")
    expect(player.chips("hello")).to_have_text(["a"])
    assert player.air.evaluate(PAINTED) == 0
    player.page.emulate_media(reduced_motion="no-preference")


def test_what_a_worker_holds_goes_back_when_it_is_killed(open_map: Opener) -> None:
    player = open_map("parcels")
    player.press("Home")
    player.step_to("2 begun by A")
    player.land()
    expect(player.chips("A")).to_have_text([str(number) for number in range(2, 11)])
    expect(player.node("A").locator(".running")).to_have_text(["2"])
    expect(player.node("parcels").locator(".aow-foot")).to_have_text("9 unacknowledged")
    expect(player.insight).to_have_text("parcels: empty, 9 unacknowledged; A: holds 3 to 10, works on 2")
    player.step_to("A: killed")
    player.land()
    expect(player.chips("parcels")).to_have_text([str(number) for number in range(3, 11)])
    expect(player.node("A")).to_have_class(re.compile("broken"))
    expect(player.node("A").locator(".aow-none")).to_have_text("killed")
    assert player.map.locator(".aow-road.cut").count() == 1
    expect(player.insight).to_have_text("parcels: 3 to 10 ready; A: killed")


def test_a_chip_that_is_clicked_is_followed_and_its_story_told(open_map: Opener) -> None:
    player = open_map("hello")
    player.chips("hello").first.click()
    expect(player.readout).to_have_text(
        "b: sent by you at 2.80 ms through default exchange with key hello, rests in hello"
    )
    expect(player.map.locator(".aow-message.followed")).to_have_text(["b"])
    assert player.map.locator(".aow-road.on").count() == 2
    expect(player.node("A")).not_to_have_class(re.compile(r"\bon\b"))
    followed = player.picture()
    player.press("Escape")
    expect(player.map.locator(".followed")).to_have_count(0)
    assert player.picture() != followed


def test_m_goes_from_message_to_message_and_back_and_steps_are_its_own(open_map: Opener) -> None:
    player = open_map("handover")
    player.press("m")
    expect(player.readout).to_have_text(
        "3: sent by you at 0.002 s through default exchange with key hello, rested in hello for 400 ms, "
        "delivered to A, came back when A was killed, rested in hello for 0.4 ms, delivered to B, "
        "acknowledged"
    )
    player = open_map("hello")
    player.press("m", "m")
    expect(player.readout).to_have_text(re.compile("^b: sent"))
    player.press("Shift+M", "Shift+M")
    expect(player.readout).to_have_text(re.compile("^d: sent .* lost at default exchange: no queue$"))
    player.press("Home", "ArrowRight")
    assert player.now == pytest.approx(0.0072)
    player.press("?")
    expect(player.buttons.get_by_text("follow the next message")).to_be_visible()
    player.press("?")


def test_a_bar_that_is_clicked_is_followed_and_the_cursor_stays(open_map: Opener) -> None:
    player = open_map("hello")
    player.plot.scroll_into_view_if_needed()
    box = player.plot.bounding_box()
    assert box
    # The lowest row of three is the message that came first.
    player.page.mouse.click(box["x"] + box["width"] / 3, box["y"] + 95)
    expect(player.readout).to_have_text(re.compile("^a: sent by you"))
    assert player.now == pytest.approx(0.01515)
    player.page.mouse.click(box["x"] + box["width"] / 3, box["y"] + 40)
    expect(player.map.locator(".following")).to_have_count(0)
    assert player.now < 0.006


def test_a_copy_machine_sends_one_message_to_each_queue(open_map: Opener) -> None:
    player = open_map("news")
    player.press("Home")
    player.land()
    with player.watched() as frames:
        player.step_to("1 in queue-1")
        player.picture()  # its frame has come
    assert max(frame["air"] for frame in frames) >= 3
    player.step_to("1 acknowledged by A")
    player.land()
    expect(player.chips("diary")).to_have_text(["1"])
    expect(player.chips("scores")).to_have_text(["1"])
    player.press("End")
    expect(player.node("queue-1")).to_have_class(re.compile("gone"))
    expect(player.node("queue-1").locator(".aow-none")).to_have_text("deleted")
    expect(player.map.locator(".aow-roads text").filter(has_text="sport")).to_have_text("sport.*, news.#  ×2")


@pytest.mark.parametrize("name", ["parcels", "news", "call"])
def test_on_a_narrow_page_no_road_runs_through_a_node(open_map: Opener, name: str) -> None:
    player = open_map(name)
    root = player.cell.locator(".aow-player")
    root.evaluate("root => root.style.width = '760px'")
    player.picture()
    boxes, roads = player.map.evaluate(BOXES), player.map.evaluate(ROADS)
    for left, top, right, bottom in boxes:
        for road in roads:
            inside = [1 for x, y in road if left + 2 < x < right - 2 and top + 2 < y < bottom - 2]
            assert not inside
    ground = player.map.bounding_box()
    assert ground and max(box[2] for box in boxes) <= ground["x"] + ground["width"] + 1
    root.evaluate("root => root.style.width = ''")
    player.picture()


def test_an_answer_leaves_when_its_question_has_come(open_map: Opener) -> None:
    player = open_map("call")
    flies_one_by_one(player, "8 in replies")
    expect(player.chips("replies")).to_have_text(["8"])


def test_who_steps_on_from_the_end_sees_no_answer_of_before_in_the_air(open_map: Opener) -> None:
    player = open_map("call")
    player.press(*["ArrowLeft"] * 6)
    player.land()
    player.plot.evaluate(EIGHT_STEPS)
    expect(player.readout).to_contain_text("fib 6 in rpc")
    # The question leaves its queue; of before, nothing hangs there.
    expect(player.air).to_have_attribute("data-air", "1")


def test_the_theme_changes_the_map(open_map: Opener, lab: Lab) -> None:
    player = open_map("hello")

    def colors() -> list[str]:
        return [
            place.evaluate("it => [getComputedStyle(it).stroke, getComputedStyle(it).backgroundColor].join()")
            for place in (player.map.locator(".aow-road").first, player.chips("hello").first)
        ]

    lab.theme("light")
    light = colors()
    lab.theme("dark")
    assert all(one != other for one, other in zip(light, colors(), strict=True))
    lab.theme("light")
    lab.troubles.clear()  # JupyterLab itself trips over a theme that is changed before it was loaded


def test_a_timeline_without_a_map_tells_and_follows_messages_too(lab: Lab) -> None:
    player = Player(lab, run_new(lab, "show(parcels())"))
    player.press("Home", *["ArrowRight"] * 8)
    expect(player.readout).to_have_text(
        re.compile(r"you: 10 sent; A: works on \d, \d+ to 10 unacknowledged$")
    )
    player.press("m")
    expect(player.readout).to_have_text(re.compile("^1: sent by you at"))
    assert player.buttons.locator(".aow-map").count() == 0


def test_two_thousand_messages_play_at_sixty_frames_a_second(lab: Lab) -> None:
    player = MapPlayer(lab, run_new(lab, "broker_map(flood())"))
    plays_smoothly(player)
    player.press("Home")
    with player.watched() as frames:
        player.press(" ")
        player.page.wait_for_timeout(400)
        player.press(" ")
    assert 50 < max(frame["air"] for frame in frames) <= 150
    expect(player.node("parcels").locator(".aow-rest")).to_have_text(re.compile(r"^\+ [\d,]+ more$"))
    assert player.chips("parcels").count() == 12
