"""A client who sends and reads nothing."""

from __future__ import annotations

import pytest

from helpers.background.cells import stop_all
from helpers.clients.greedy import pour
from helpers.errors import CourseError
from tests.clients.conftest import Cell

LISTEN = """
import socket
listener = socket.create_server(("127.0.0.1", 0), backlog=100)
print("listening")
client, _ = listener.accept()
"""
HOARDER = (
    LISTEN
    + """
import select
held = bytearray()
client.setblocking(False)
while True:
    readable, writable, _ = select.select([client], [client] if held else [], [])
    if readable:
        held += client.recv(65536)
    if writable:
        del held[:client.send(held)]
"""
)


def test_a_server_that_keeps_everything_is_sent_everything_and_it_comes_back_whole(cell: Cell) -> None:
    cell(HOARDER)
    greedy = pour("server", megabytes=12.5)
    assert greedy.taken == 12_500_000
    assert greedy.read_back() == greedy.taken
    greedy.leave()


def test_a_server_that_reads_nothing_takes_what_fits_into_the_buffers_and_no_more(cell: Cell) -> None:
    cell(LISTEN + "input = __import__('time').sleep(60)")
    greedy = pour("server", megabytes=64, patience=0.2)
    assert 0 < greedy.taken < 64_000_000
    assert greedy.read_back(timeout=0.2) == 0


def test_bytes_that_are_missing_or_come_back_wrong_are_not_counted(cell: Cell) -> None:
    cell(LISTEN + "client.sendall(client.recv(1000)[:400])\nimport time; time.sleep(60)")
    assert pour("server", megabytes=0.001, patience=0.2).read_back(timeout=0.2) == 400
    cell(LISTEN + "client.sendall(client.recv(1000)[::-1])\nimport time; time.sleep(60)")
    assert pour("server", megabytes=0.001, patience=0.2).read_back(timeout=0.2) == 0


def test_a_server_that_is_not_there_or_an_ocean_is_explained() -> None:
    stop_all()
    with pytest.raises(CourseError, match="no background cell"):
        pour("nobody's server")
    with pytest.raises(CourseError, match="at most 256"):
        pour(("127.0.0.1", 9), megabytes=1000)
