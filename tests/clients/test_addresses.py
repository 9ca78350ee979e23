"""Where a background cell listens: the system is asked, not the cell."""

from __future__ import annotations

import pytest

from helpers import CourseError, address
from tests.clients.conftest import Cell

LISTEN = 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1], "listening")\n'


def port(printed: str) -> int:
    return int(printed.split()[0])


@pytest.mark.parametrize("plain", [True, False])
def test_a_name_is_enough(cell: Cell, plain: bool) -> None:
    server = cell(LISTEN + "s.accept()", plain)
    assert address("server") == ("127.0.0.1", port(server.output))


def test_a_child_may_be_the_one_that_listens(cell: Cell) -> None:
    server = cell(f"import os, time\nif os.fork():\n    time.sleep(60)\n{LISTEN}time.sleep(60)")
    assert address("server") == ("127.0.0.1", port(server.output))


def test_parent_and_child_with_the_same_socket_are_one_server(cell: Cell) -> None:
    server = cell(f"import os, time\n{LISTEN}os.fork()\ntime.sleep(60)")
    assert address("server") == ("127.0.0.1", port(server.output))


def test_a_server_that_hears_all_addresses_is_reached_on_this_machine(cell: Cell) -> None:
    code = 'import socket; s = socket.socket(); s.listen(); print("listening"); s.accept()'
    cell(code)
    assert address("server")[0] == "127.0.0.1"


def test_an_address_is_itself() -> None:
    assert address(("127.0.0.1", 8000)) == ("127.0.0.1", 8000)


def test_what_is_missing_is_said(cell: Cell) -> None:
    with pytest.raises(CourseError, match="There is no background cell 'nobody': start it first"):
        address("nobody")
    with pytest.raises(CourseError, match=r"give the name of a background cell"):
        address(8000)
    server = cell('print("listening"); input')
    with pytest.raises(CourseError, match=r"listens on nothing. Does its code call listen\(\)"):
        address("server")
    server.stop()
    with pytest.raises(CourseError, match="'server' is stopped. Run it again"):
        address("server")


def test_two_ports_are_one_too_many(cell: Cell) -> None:
    cell(
        'import socket; a, b = [socket.create_server(("", 0)) for _ in "ab"]; print("listening"); a.accept()'
    )
    with pytest.raises(CourseError, match="listens on several ports"):
        address("server")
