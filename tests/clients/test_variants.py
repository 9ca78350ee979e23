"""Copies of a server with other lines, and what becomes of them when they meet a client."""

from __future__ import annotations

import contextlib
import re
import socket
import time
from collections.abc import Iterator

import pytest

from helpers import CourseError, address, background, connect, fate, frozen, variant
from helpers.background.cells import named

ECHO = """
import select, socket

with socket.create_server(("127.0.0.1", 0), backlog=100) as listener:
    print("listening")
    sockets = [listener]
    while True:
        for s in select.select(sockets, [], [])[0]:
            if s is listener:
                sockets.append(s.accept()[0])
            elif data := s.recv(1024):      # somebody said something
                s.sendall(data)
            else:
                sockets.remove(s)
"""
BUG = {"elif data := s.recv(1024):": "elif data := s.recv(1024).replace(b'bug', bytes(1 // 0)):"}


@pytest.fixture(autouse=True)
def echo() -> Iterator[None]:
    server = named("echo")
    server.begin(ECHO, True, lambda *_: None)
    server.wait_for("listening")
    yield
    background.stop_all()


def bug(s: socket.socket) -> None:
    s.sendall(b"bug")
    with contextlib.suppress(OSError):
        s.recv(99)  # an answer left unread would be a reset: another story


def nothing(s: socket.socket) -> None:
    pass


def test_a_variant_runs_beside_its_model_with_other_lines() -> None:
    variant("shouting", of="echo", change={"s.sendall(data)": "loud = data.upper()\ns.sendall(loud)"})
    assert connect("shouting")[0].say("hello") == "HELLO"
    assert connect("echo")[0].say("hello") == "hello"


def test_a_variant_of_a_variant_has_both_changes_and_both_beginnings() -> None:
    variant("one", of="echo", first="end = b'!'", change={"s.sendall(data)": "s.sendall(data + end)"})
    variant(
        "two", of="one", first="more = b'?'", change={"s.sendall(data + end)": "s.sendall(data + end + more)"}
    )
    assert connect("two")[0].say("hello") == "hello!?"


def test_a_line_with_a_comment_is_found_and_one_that_is_not_there_is_named() -> None:
    variant("deaf", of="echo", change={"elif data := s.recv(1024):": "elif data := s.recv(1):"})
    assert connect("deaf")[0].say("x") == "x"
    with pytest.raises(CourseError, match=re.escape("has no line “s.send(data)”")):
        variant("other", of="echo", change={"s.send(data)": "pass"})


def test_a_copy_that_does_not_start_shows_what_it_printed() -> None:
    with pytest.raises(CourseError, match="did not start(.|\n)*ZeroDivisionError"):
        variant("broken", of="echo", first="1 / 0")


def test_an_unknown_server_is_named_with_what_to_do() -> None:
    with pytest.raises(CourseError, match="no background cell 'nobody'"):
        fate("nobody", nothing)


def test_a_client_is_survived_or_its_exception_is_named() -> None:
    assert fate("echo", bug) == "lives"
    variant("buggy", of="echo", change=BUG)
    assert fate("buggy", bug) == "ZeroDivisionError"


def test_a_traceback_shows_the_line_of_the_server_and_none_of_ours() -> None:
    variant("buggy", of="echo", change=BUG)
    fate("buggy", bug)
    printed = background.cell("copy").output
    assert "1 // 0" in printed
    assert "exec(" not in printed


def test_a_script_that_ends_hangs_up_on_everyone() -> None:
    variant("buggy", of="echo", change={"s.sendall(data)": "s.sendall(data[: 9 // (data != b'bug')])"})
    good, bad = connect("buggy", 2)
    assert good.say("hello") == "hello"
    bad.say("bug")
    assert good.say("hello") != "hello"


def test_what_a_busy_server_gets_meanwhile_is_there_when_it_goes_on() -> None:
    with socket.create_connection(address("echo"), timeout=5) as client:
        with frozen("echo"):
            for part in (b"one ", b"two ", b"three"):
                client.sendall(part)
            client.settimeout(0.2)
            with pytest.raises(TimeoutError):
                client.recv(1024)
        client.settimeout(5)
        assert client.recv(1024) == b"one two three"


def test_a_busy_copy_meets_the_words_and_the_goodbye_together() -> None:
    variant("heedless", of="echo", change={"s.sendall(data)": "s.setblocking(False)\n1 / len(s.recv(1))"})

    def slow(s: socket.socket) -> None:
        s.sendall(b"hi")
        time.sleep(0.3)

    assert fate("heedless", slow) == "BlockingIOError"
    assert fate("heedless", slow, busy=True) == "ZeroDivisionError"


def test_a_server_goes_on_after_an_exception_in_the_block() -> None:
    with pytest.raises(KeyError), frozen("echo"):
        raise KeyError
    assert connect("echo")[0].say("hello") == "hello"


def test_only_a_background_cell_can_be_frozen() -> None:
    with pytest.raises(CourseError, match="give its name"), frozen(("127.0.0.1", 1)):
        pass
