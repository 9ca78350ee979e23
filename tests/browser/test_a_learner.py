"""What a learner does in lessons 00 and 01, done: predicting, running, stepping, answering."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Locator, expect

from helpers.exercises.exercise import exercises
from helpers.views.palette import INK
from tests.browser.lab import Lab
from tests.server import Server

START = "notebooks/00_start_here.ipynb"
TIMELINES = "notebooks/part1_async_io/01_timelines.ipynb"


@pytest.fixture(scope="module")
def start(window: BrowserContext, server: Server) -> Iterator[Lab]:
    """Lesson 00 after its import cell."""
    lab = Lab(window.new_page(), server)
    lab.open(START)
    lab.clear()
    lab.run("%load_ext helpers")
    yield lab
    lab.close()


def message(cell: Locator) -> Locator:
    """What an exercise or a prediction says under its cell."""
    return cell.locator(".jp-OutputArea [role=status]").first


def test_a_number_is_predicted_by_keyboard_and_drawn_over_the_run(start: Lab) -> None:
    box = start.run("predict.number(").locator(".guess")
    box.locator("input[type=number]").focus()
    start.page.keyboard.type("500")
    start.page.keyboard.press("Enter")
    expect(box.get_by_role("status")).to_contain_text("You said 500 ms")
    expect(box.locator("input[type=number]")).to_be_disabled()
    run = start.run("ask(1.0)")
    expect(run.locator(".aow-player")).to_be_visible()
    start.run("cpu * 1000")
    expect(message(start.run("work.check("))).to_contain_text("You said 500 ms")
    assert start.errors() == [] and start.troubles == []


def test_an_order_is_predicted_by_keyboard(start: Lab) -> None:
    box = start.run("predict.order(").locator(".guess")
    box.get_by_role("button", name="Redis: earlier").focus()
    start.page.keyboard.press("Enter")
    box.get_by_role("button", name="Commit").press("Enter")
    expect(box.get_by_role("status")).to_contain_text("You said memcached, then Redis, then RabbitMQ")
    assert start.errors() == [] and start.troubles == []


def test_a_choice_is_predicted_by_keyboard(start: Lab) -> None:
    box = start.run("predict.choice(").locator(".guess")
    box.get_by_role("radio").first.focus()
    start.page.keyboard.press("ArrowDown")
    start.page.keyboard.press("Enter")
    expect(box.get_by_role("status")).to_contain_text("You said “hardly later”")
    assert start.errors() == [] and start.troubles == []


def test_each_committed_choice_stays_to_be_seen(start: Lab) -> None:
    boxes = [start.run(question).locator(".guess") for question in ("00 far count", "00 dead server")]
    for box in boxes:
        box.get_by_role("radio").last.check()
        box.get_by_role("button", name="Commit").click()
        expect(box.get_by_role("status")).to_contain_text("You said")
    for box, question in zip(boxes, ("How far does", "What does your program"), strict=True):
        expect(box.get_by_role("radio").last).to_be_checked()
        expect(box.get_by_role("group")).to_have_accessible_name(re.compile(question))


def test_without_a_prediction_the_lesson_goes_on_and_says_so(start: Lab) -> None:
    start.run("predict.number(")
    start.run("ask(1.0)")
    expect(message(start.run("work.check("))).to_contain_text("made no prediction")
    assert start.errors() == []


def test_the_recorded_picture_is_stepped_and_zoomed_by_keyboard(start: Lab) -> None:
    player = start.run("count_for(1.0)").locator(".aow-player")
    player.locator(".aow-plot").focus()
    start.page.keyboard.press("Home")
    said = player.locator(".aow-readout")
    expect(said).to_contain_text("At 0")
    for key, words in (("ArrowRight", "runs|is ready"), ("End", "step with")):
        start.page.keyboard.press(key)
        expect(said).to_contain_text(re.compile(words))
    whole = player.locator(".aow-window").evaluate("window => window.style.width")
    start.page.keyboard.press("+")
    expect(player.locator(".aow-window")).not_to_have_attribute("style", re.compile(f"width: {whole}"))


def test_an_exercise_is_tried_helped_and_solved_and_the_map_knows(start: Lab) -> None:
    exercise = exercises()["waiting_share"]
    cell = start.run("%%exercise waiting_share")
    expect(message(cell)).to_contain_text(exercise.starter_message[:30].replace("`", ""))
    cell.get_by_role("button", name=re.compile("Hint 1")).click()
    expect(cell.get_by_label("Hints").get_by_role("listitem")).to_have_count(1)
    expect(cell.get_by_role("button", name=re.compile("Solution after 3"))).to_be_disabled()

    wrong = exercise.wrong[0]
    start.answer("%%exercise waiting_share", f"%%exercise waiting_share\n{wrong.source}")
    expect(message(cell)).to_contain_text(re.sub("[`*]", "", wrong.message))
    start.answer("%%exercise waiting_share", f"%%exercise waiting_share\n{exercise.solution}")
    expect(cell.locator(".jp-OutputArea")).to_contain_text("✓")
    cell.get_by_role("button", name="A solution").click()
    expect(cell.locator(".jp-OutputArea pre", has_text="def waiting_share")).to_be_visible()

    expect(start.run("course_map()").locator(".jp-OutputArea")).to_contain_text("1 of 2")
    assert start.errors() == [] and start.troubles == []


def test_the_laboratorys_sliders_move_the_outlines_at_once_and_the_button_runs_it(lab: Lab) -> None:
    lab.open(TIMELINES)
    lab.clear()
    lab.run("%load_ext helpers")
    lab.run("services.slow_site()")
    panel = lab.run("laboratory(run_errands)").locator(".jp-OutputArea")
    slider = panel.get_by_role("slider").first
    before = panel.inner_text()
    slider.focus()
    lab.page.keyboard.press("ArrowRight")
    expect(panel).not_to_have_text(before, use_inner_text=True)
    panel.get_by_role("button", name="Run it for real").press("Enter")
    expect(panel).to_contain_text("easured", timeout=20_000)
    assert lab.errors() == [] and lab.troubles == []


def test_a_grid_is_predicted_by_keyboard_and_framed_where_it_was_wrong(lab: Lab) -> None:
    lab.open(START)
    lab.clear()
    lab.run("%load_ext helpers")
    doors = "'14 doors', 'What happens?', ['wrong password', 'guest'], ['403', '530', 'connects'], one=True"
    box = lab.answer("ask(1.0)", f"doors = predict.grid({doors})").locator(".guess")
    keyboard, says = lab.page.keyboard, box.get_by_role("status")
    box.get_by_role("radio", name="wrong password, 403").focus()
    for key in ("ArrowRight", "Space", "ArrowRight", "Enter"):
        keyboard.press(key)
    expect(says).to_have_text("One more: choose in the row “guest”, then commit.")
    expect(box.get_by_role("radio", name="guest, 403")).to_be_focused()
    for key in ("Space", "ArrowUp", "Tab"):
        keyboard.press(key)
    expect(box.get_by_role("button", name="Commit")).to_be_focused()
    keyboard.press("Shift+Tab")
    expect(box.get_by_role("radio", name="wrong password, 403")).to_be_focused()
    expect(box.get_by_role("radio", checked=True)).to_have_count(2)
    keyboard.press("Enter")
    expect(says).to_contain_text("You chose in each row")
    expect(box.get_by_role("radio", name="guest, 403")).to_be_checked()
    expect(box.get_by_role("radio", name="guest, 403")).to_be_disabled()

    check = lab.answer("cpu * 1000", "doors.check({'wrong password': '403', 'guest': '403'})")
    expect(message(check)).to_contain_text("1 of 2 rows right")
    row = check.get_by_role("table", name="What happens?").get_by_role("row", name="wrong password")
    expect(row.get_by_role("cell")).to_have_text(["✓", "· you", "·"])
    frame = row.get_by_role("cell").nth(1).locator("div")
    expect(frame).to_have_css("border-top-style", "dashed")
    ink = "frame => getComputedStyle(frame).getPropertyValue('--aow-prediction')"
    for theme in ("light", "dark"):
        lab.theme(theme)
        assert frame.evaluate(ink) == getattr(INK["prediction"], theme)
    assert lab.errors() == [] and lab.troubles == []
