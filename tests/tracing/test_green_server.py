"""A gevent server in a background kernel, recorded from here while it runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from helpers import connect, timeline, visit
from helpers.background.cells import BackgroundCell, named
from helpers.tracing import RUNNING, WAITING

SERVER = """
import gevent
from gevent import socket

def handle(client):
    {handle}

listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen(100)
print("listening")
while True:
    client, _ = listener.accept()
    gevent.spawn(handle, client)
"""
ECHO = "while data := client.recv(1024): client.sendall(data)"
SPIN = "while True: client.send(client.recv(1024))"


@pytest.fixture
def green() -> Iterator[Callable[[str], BackgroundCell]]:
    cell = named("green")

    def begin(handle: str) -> BackgroundCell:
        cell.stop()
        cell.begin(SERVER.format(handle=handle), plain=False)
        cell.wait_for("listening")
        return cell

    yield begin
    cell.stop()


def test_each_clients_greenlet_has_a_lane_and_waits_for_its_client(green) -> None:
    green(ECHO)
    with timeline("green", server="green") as trace:
        visit("green", clients=2, words="ab", think=0.2)
    assert trace.lanes == ["client 1", "client 2", "green", "handle", "handle (2)"]
    waits = [max(trace.on(lane), key=lambda s: s.length) for lane in ("handle", "handle (2)")]
    assert [(span.state, span.label) for span in waits] == [
        (WAITING, "for client 1"),
        (WAITING, "for client 2"),
    ]
    assert len(trace.arrows) == 8, "two words and two echoes each"
    assert all(arrow.arrived - arrow.sent < 0.15 for arrow in trace.arrows), "none is taken for another"
    assert trace.at_once(RUNNING) <= 1


def test_it_can_be_recorded_again_and_goes_on_afterward(green) -> None:
    green(ECHO)
    for _ in range(2):
        with timeline("green", server="green") as trace:
            visit("green", clients=1, words="ab", think=0.05)
        assert trace.lanes == ["client 1", "green", "handle"]
    assert connect("green")[0].say("hello") == "hello"


def test_a_connection_from_before_the_recording_has_its_lane(green) -> None:
    green(ECHO)
    (early,) = connect("green")
    early.say("before")
    with timeline("green", server="green") as trace:
        early.say("now")
    assert "handle" in trace.lanes


def test_a_greenlet_that_spins_runs_to_the_end_and_all_others_wait(green) -> None:
    cell = green(SPIN)
    with timeline("spin", server="green") as trace:
        leaver, stayer = connect("green", 2)
        assert (leaver.say("hi"), stayer.say("hi")) == ("hi", "hi")
        leaver.leave()
        time.sleep(0.1)  # both news at once, and the server may hear the other one first
        assert stayer.say("hello?", timeout=0.3) == "no answer"
    assert cell.running
    assert trace.seconds(RUNNING, "handle") > 0.35
    assert trace.seconds(RUNNING, "handle (2)") < 0.05
    with timeline("again", server="green"):  # nobody comes round there to be recorded: it must not hang
        stayer.say("hello?", timeout=0.1)
