"""A server in a background cell, recorded with its clients: who waited for whom, which bytes went where."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable, Iterator

import psutil
import pytest

from helpers import timeline
from helpers.background.cells import BackgroundCell, named, stop_all
from helpers.clients.addresses import address
from helpers.clients.visits import connect, visit
from helpers.errors import CourseError
from helpers.tracing import RUNNING, WAITING, Trace
from tests.supervisor.owner import eventually

LISTEN = """
import select, selectors, socket
listener = socket.create_server(("127.0.0.1", 0), backlog=100)
print("listening")
"""
CLERK = """
while True:
    client, _ = listener.accept()
    with client:
        while data := client.recv(1024):
            client.sendall(data)
"""
LOOP = """
sockets = [listener]
while True:
    for s in select.select(sockets, [], [])[0]:
        if s is listener:
            sockets.append(s.accept()[0])
        elif data := s.recv(1024):
            s.sendall(data)
        else:
            sockets.remove(s)
"""
CALLBACKS = """
sel = selectors.DefaultSelector()

def accept(listener, mask):
    client, _ = listener.accept()
    client.setblocking(False)
    sel.register(client, selectors.EVENT_READ, read)

def read(client, mask):
    data = client.recv(1024)
    if data:
        client.send(data)
    else:
        sel.unregister(client)
        client.close()

sel.register(listener, selectors.EVENT_READ, accept)
while True:
    for key, mask in sel.select():
        key.data(key.fileobj, mask)
"""
THREADS = """
from threading import Thread

def talk(client):
    with client:
        while data := client.recv(1024):
            client.sendall(data)

while True:
    Thread(target=talk, args=(listener.accept()[0],), daemon=True).start()
"""

NAMES = "str([thread.name for thread in __import__('threading').enumerate()])"

Start = Callable[[str], BackgroundCell]


@pytest.fixture
def start() -> Iterator[Start]:
    def begin(code: str) -> BackgroundCell:
        cell = named("server")
        cell.begin(LISTEN + code, False)
        cell.wait_for("listening")
        return cell

    yield begin
    stop_all()


def labels(trace: Trace, lane: str, state: str, least: float = 0.05) -> list[str]:
    return [span.label for span in trace.on(lane) if span.state == state and span.length > least]


def boxes(trace: Trace, name: str) -> list[tuple[str, ...]]:
    return [box.items for box in trace.boxes if box.name == name]


def test_a_clerk_waits_for_one_client_after_the_other_and_they_for_the_clerk(start: Start) -> None:
    start(CLERK)
    with timeline("one clerk", server="server") as trace:
        answers = visit("server", clients=3, words="ab", think=0.2)
    assert answers == [["a", "b"]] * 3
    assert labels(trace, "server", WAITING) == ["for client 1", "for client 2", "for client 3"]
    assert labels(trace, "client 3", WAITING) == ["for server"]
    assert trace.lanes == ["client 1", "client 2", "client 3", "server"]


def test_an_arrow_leads_from_each_send_to_the_recv_that_got_its_last_byte(start: Start) -> None:
    start(CLERK)
    with timeline(server="server") as trace:
        visit("server", clients=1, words=["four", "seventy"])
    assert [(a.source, a.target, a.label) for a in trace.arrows] == [
        ("client 1", "server", "4 bytes"),
        ("server", "client 1", "4 bytes"),
        ("client 1", "server", "7 bytes"),
        ("server", "client 1", "7 bytes"),
    ]
    assert all(arrow.sent <= arrow.arrived for arrow in trace.arrows)


def test_what_is_read_in_one_piece_gets_one_arrow_however_often_it_was_sent(start: Start) -> None:
    start(
        "client, _ = listener.accept()\n"
        "while len(client.recv(99, socket.MSG_PEEK)) < 9: pass\n"
        "client.sendall(client.recv(99))"
    )
    where = named("server").ports.pop()
    with timeline(server="server") as trace, socket.create_connection(where) as client:
        for _ in range(3):
            client.sendall(b"abc")
        assert client.recv(99) == b"abc" * 3
    assert [arrow.label for arrow in trace.arrows] == ["9 bytes", "9 bytes"]


def test_a_select_loop_shows_its_lists_and_whose_turn_it_is(start: Start) -> None:
    cell = start(LOOP)
    with timeline("a loop", server="server") as trace:
        visit("server", clients=2, words="ab", think=0.1)
        eventually(lambda: cell.evaluate_beside("len(sockets)") == 1)  # it has noticed that both have left
        time.sleep(0.1)  # and waits again
    assert set(boxes(trace, "waits to read")[-1]) == {"listener"}
    assert ("listener", "client 1", "client 2") in boxes(trace, "waits to read")
    # Whether the two are readable together is a matter of luck.
    assert {name for names in boxes(trace, "readable") for name in names} == {
        "listener",
        "client 1",
        "client 2",
    }
    turns = {span.label for span in trace.on("server") if span.state == RUNNING}
    assert {"readable listener", "readable client 1", "readable client 2"} <= turns


def test_a_selector_shows_what_is_registered_and_which_callback_ran(start: Start) -> None:
    start(CALLBACKS)
    with timeline("callbacks", server="server") as trace:
        visit("server", clients=2, words="abc")
    assert ("listener", "client 1", "client 2") in boxes(trace, "waits to read")
    turns = {span.label for span in trace.on("server") if span.state == RUNNING}
    assert {"accept listener", "read client 1", "read client 2"} <= turns
    assert len([a for a in trace.arrows if a.source == "server"]) == 6


def test_bytes_that_a_server_has_taken_and_not_sent_back_are_shown(start: Start) -> None:
    start(LOOP.replace("s.sendall(data)", "__import__('time').sleep(0.05); s.sendall(data)"))
    with timeline(server="server") as trace:
        visit("server", clients=1, words=["hello"])
    assert boxes(trace, "unsent bytes") == [("client 1: 5",), ()]


def test_each_thread_of_a_server_has_a_lane(start: Start) -> None:
    cell = start(THREADS)
    with timeline("threads", server="server") as trace:
        visit("server", clients=3, words="ab", think=0.2)
        deadline = time.monotonic() + 5
        while "talk" in cell.evaluate_beside(NAMES) and time.monotonic() < deadline:
            pass  # until each has noticed that its client has left
    assert [lane for lane in trace.lanes if lane.startswith("talk")] == ["talk", "talk (2)", "talk (3)"]
    assert labels(trace, "talk (2)", WAITING) == ["for client 2"]
    assert all(trace.finished(lane) < trace.duration for lane in ("talk", "talk (2)"))


def test_after_a_recording_nothing_is_left_on_either_side(start: Start) -> None:
    cell = start(LOOP)
    before = select.select, {name for name in vars(socket.socket) if not name.startswith("__")}
    with timeline(server="server"):
        visit("server", clients=1)
    assert (select.select, {name for name in vars(socket.socket) if not name.startswith("__")}) == before
    assert cell.evaluate_beside("[f.__name__ for f in (select.select, socket.socket.recv)]") == [
        "select",
        "recv",
    ]
    assert visit("server", clients=2) == [["a", "b"]] * 2


def test_a_connection_that_was_there_before_is_recognized(start: Start) -> None:
    start(CALLBACKS)
    (old,) = connect("server")
    assert old.say("before") == "before"
    with timeline(server="server") as trace:
        assert old.say("during") == "during"
        assert old.say("again") == "again"
    assert [a.source for a in trace.arrows] == ["client 1", "server"] * 2
    assert [span.label for span in trace.on("server") if span.label == "read client 1"]


def test_an_answer_that_came_before_the_call_that_sent_it_returned_is_an_arrow(start: Start) -> None:
    slow = (
        "inner = socket.socket.sendall\n"
        "def slow(*args): inner(*args); __import__('time').sleep(0.1)\n"
        "socket.socket.sendall = slow\n"
    )
    start(slow + CLERK)
    with timeline(server="server") as trace:
        visit("server", clients=1)
    assert [arrow.source for arrow in trace.arrows] == ["client 1", "server"] * 2


def test_recording_keeps_no_socket_alive(start: Start) -> None:
    server = psutil.Process(start(LOOP).pid)
    _, port = address("server")

    def kept() -> int:
        found = server.net_connections("tcp")
        return sum(c.laddr.port == port and c.status != psutil.CONN_LISTEN for c in found)

    with timeline(server="server"):
        with socket.create_connection(("127.0.0.1", port)):
            assert eventually(lambda: kept() == 1)
        for _ in range(5):
            visit("server", clients=1)
        # The names of the loop still hold the last one; and it may not have heard yet that that one left.
        assert eventually(lambda: kept() <= 1)


def test_a_server_that_dies_while_it_is_recorded_leaves_the_clients_side(start: Start) -> None:
    start(CLERK.replace("client.sendall(data)", "__import__('os')._exit(1)"))
    with timeline(server="server") as trace:
        answers = visit("server", clients=1)
    assert answers[0][0] in ("hung up", "ConnectionResetError")
    assert trace.lanes == ["client 1"]


def test_the_lane_of_a_server_ends_with_the_exception_that_ends_it(start: Start) -> None:
    start(LOOP.replace("s.sendall(data)", "s.sendall(data[: 9 // len(data.strip())])"))
    with timeline(server="server") as trace:
        (client,) = connect("server")
        client.say("hello")
        client.say(" ", timeout=0.3)
    (mark,) = trace.marks
    assert (mark.lane, mark.label) == ("server", "ZeroDivisionError")
    assert trace.finished("server") == pytest.approx(mark.time, abs=0.001)
    assert trace.duration > mark.time + 0.2


def test_an_exception_in_the_block_ends_the_recording_over_there_too(start: Start) -> None:
    start(CLERK)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), timeline(server="server"):
            raise ZeroDivisionError
    with timeline(server="server") as trace:
        visit("server", clients=1)
    assert trace.arrows


def test_a_server_that_does_not_run_is_named_with_what_to_do(start: Start) -> None:
    with pytest.raises(CourseError, match="start it first"), timeline(server="nobody"):
        pass
    start("")
    named("server")._run.wait(5)  # type: ignore[union-attr]
    with pytest.raises(CourseError, match="is not running"), timeline(server="server"):
        pass


def test_of_a_plain_process_the_clients_are_recorded() -> None:
    cell = named("plain")
    cell.begin(LISTEN + CLERK, True)
    try:
        cell.wait_for("listening")
        with timeline(server="plain") as trace:
            visit("plain", clients=2, words="ab", think=0.2)
    finally:
        cell.stop()
    assert trace.lanes == ["client 1", "client 2"]
    assert labels(trace, "client 2", WAITING) == ["for plain"]
