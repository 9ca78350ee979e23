"""Visitors who say a word at a time, and the three servers of lesson 02."""

from __future__ import annotations

import resource
import socket
import threading
from collections.abc import Iterator

import pytest

from helpers import CourseError, background, connect, knock, memory, serve, visit
from helpers.clients.models import MODELS
from helpers.clients.thousand import measure
from tests.clients.conftest import THREADS, Cell

SILENT = """
import socket
with socket.create_server(("127.0.0.1", 0)) as listener:
    print("listening")
    client, _ = listener.accept()
    client.recv(99)
    {then}
"""


@pytest.fixture
def no_cells_left() -> Iterator[None]:
    yield
    background.stop_all()


def test_each_visitor_hears_the_answers_to_its_own_words(cell: Cell) -> None:
    cell(THREADS)
    assert visit("server", clients=2, words=["one", "two"]) == [["one", "two"]] * 2
    assert visit("server", words=[["a"], ["b", "c"]]) == [["a"], ["b", "c"]]


def test_in_step_nobody_is_a_word_ahead(cell: Cell) -> None:
    counting = THREADS.replace("import os,", "import itertools,").replace(
        "message)", "str(next(heard)).encode())"
    )
    cell(counting.replace("def serve", "heard = itertools.count()\n\ndef serve"))
    answers = visit("server", clients=3, words="abc", in_step=True)
    rounds = [{int(heard[step]) for heard in answers} for step in range(3)]
    assert rounds == [{0, 1, 2}, {3, 4, 5}, {6, 7, 8}]


def test_a_silent_server_is_no_answer_and_a_closed_connection_hangs_up(cell: Cell) -> None:
    cell(SILENT.format(then="import time; time.sleep(60)"))
    assert connect("server")[0].say("hello", timeout=0.2) == "no answer"
    cell(SILENT.format(then="client.close(); listener.accept()"))
    (visitor,) = connect("server")
    assert visitor.say("hello") == "hung up"
    assert visitor.say("hello again") == "hung up"


def test_a_refused_visitor_says_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        where = listener.getsockname()
    (visitor,) = connect(where)
    assert visitor.say("hello") == visitor.trouble == "ConnectionRefusedError"


def test_more_visitors_than_a_process_may_at_first_have_files_open(cell: Cell) -> None:
    cell("from helpers import raise_file_limit; raise_file_limit(2048)\n" + THREADS)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    visitors = connect("server", 300)
    assert {visitor.say("hello") for visitor in visitors} == {"hello"}


def test_a_full_waiting_room_lets_few_in() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=2) as listener:
        few = knock(listener, clients=10)
    with socket.create_server(("127.0.0.1", 0), backlog=100) as listener:
        assert knock(listener, clients=10) == 10
    assert 0 < few < 10


def test_the_three_servers_give_the_learners_answer_and_are_what_they_are_called(no_cells_left: None) -> None:
    count = 0

    def answer(word: str) -> str:
        nonlocal count
        count += 1
        return f"{word} {count}"

    serve(answer)
    assert [visit(server, clients=1, words="ab") for server in MODELS] == [[["a 1", "b 2"]]] * 3
    grown = {}
    for server in MODELS:
        before = memory(server)
        visitors = connect(server, 3)
        assert all(visitor.say("hello") for visitor in visitors)
        grown[server] = memory(server) - before
    assert [grown[server].processes for server in MODELS] == [3, 0, 0]
    assert [grown[server].threads for server in MODELS] == [3, 3, 0]


def test_served_again_they_begin_afresh(no_cells_left: None) -> None:
    serve(str.upper)
    old = background.cell("loop").pid
    serve(str.title)
    assert connect("loop")[0].say("hello") == "Hello"
    assert background.cell("loop").pid != old


def test_an_answer_that_fails_ends_the_loop_and_is_told(no_cells_left: None) -> None:
    def answer(word: str) -> str:
        raise ValueError("nobody thought of this")

    serve(answer)
    assert connect("process")[0].say("hello") in ("hung up", "ConnectionResetError")
    assert connect("loop")[0].say("hello") in ("hung up", "ConnectionResetError")
    cell = background.cell("loop")
    assert cell._run and cell._run.wait(5)
    assert "nobody thought of this" in cell.output


def test_an_answer_that_cannot_travel_is_explained(no_cells_left: None) -> None:
    lock = threading.Lock()
    with pytest.raises(CourseError, match="cannot travel"):
        serve(lambda word: str(lock))
    with pytest.raises(CourseError, match="needs a function"):
        serve("hello")


def test_the_costs_of_the_three_are_measured_and_ordered(no_cells_left: None) -> None:
    costs = measure(clients=30, seconds=0.3)
    assert list(costs["cpu"]) == list(costs["memory"]) == list(MODELS)
    assert min(costs["cpu"].values()) > 0
    assert costs["memory"]["process"] > costs["memory"]["thread"] > costs["memory"]["loop"]
