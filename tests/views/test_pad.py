"""The pad in a real JupyterLab: clicks and keys arrive, also while a cell waits; and its robot."""

from __future__ import annotations

import threading
from queue import Queue

import pytest
from playwright.sync_api import Locator, expect

from helpers import Event, pad
from tests.browser.lab import Lab
from tests.views.cells import run_new

MAKE = """from queue import Queue
from threading import Thread
import time
from helpers import pad
events = Queue()
board = pad(events.put, patience=3600)
def loop():
    while (event := events.get()).kind != "stop":
        board.handled(event)
Thread(target=loop, daemon=True).start()
board"""


@pytest.fixture
def cell(lab: Lab) -> Locator:
    return run_new(lab, MAKE)


def test_clicks_and_keys_arrive_in_order_and_lab_takes_none_of_them(cell: Locator, lab: Lab) -> None:
    touch, rows = cell.get_by_role("application"), cell.locator("tbody tr")
    touch.click()
    expect(rows).to_have_count(1)
    for key in ("a", "b", "Space", "Enter"):
        lab.page.keyboard.press(key)
    expect(rows).to_have_count(5)
    names = [row.locator("td").first.inner_text() for row in rows.all()]
    assert names == ["click", "key a", "key b", "key space", "key Enter"]
    assert lab.cells()[-1]["source"] == MAKE
    assert lab.troubles == []


def test_an_event_is_handled_while_a_cell_sleeps(cell: Locator, lab: Lab) -> None:
    cell.get_by_role("application").click()
    expect(cell.locator("tbody tr")).to_have_count(1)
    busy = "print(len(board.rows)); time.sleep(3); print(len(board.rows))"
    lab.page.evaluate(
        "code => { jupyterapp.shell.currentWidget.sessionContext.session.kernel.requestExecute({ code }); }",
        busy,
    )
    cell.get_by_role("application").click()
    expect(cell.locator("tbody tr")).to_have_count(2, timeout=2500)


def test_stop_ends_the_loop_and_the_pad_takes_nothing_more(cell: Locator, lab: Lab) -> None:
    cell.get_by_role("button", name="Stop").click()
    expect(cell.get_by_text("Stopped. Run the cell again")).to_be_visible()
    cell.get_by_role("application").click()
    expect(cell.locator("tbody tr")).to_have_count(0)


def test_a_robot_plays_when_nobody_touches_it_and_a_new_pad_stops_the_old_one() -> None:
    events: Queue[Event] = Queue()
    board = pad(events.put, patience=0.01)

    def loop() -> None:
        while (event := events.get(timeout=10)).kind != "stop":
            board.handled(event)

    thread = threading.Thread(target=loop)
    thread.start()
    assert board.seen(6) == ["click", "a", "click", "b", "c", "click"]
    assert {row["by"] for row in board.rows} == {"robot"}
    pad(print, patience=3600).stop()
    thread.join(5)
    assert not thread.is_alive()
    assert board.seen(7, timeout=0.01) == ["click", "a", "click", "b", "c", "click"]
