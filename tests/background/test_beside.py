"""A function of the notebook in a process beside it, and how a background cell ended."""

from __future__ import annotations

from tests.background.foreground import Foreground

SERVER = """\
%load_ext helpers
import socket
from helpers import background, connect, ended_by, run_beside

WORD = "hello"
class Clerk:
    def serve(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            print("listening")
            client, _ = listener.accept()
            while data := client.recv(99):
                client.sendall(WORD.encode() + data)
            raise LookupError("nobody is left")
"""


def test_a_function_takes_all_that_it_uses_along(foreground: Foreground) -> None:
    foreground.run(SERVER)
    foreground.run("run_beside('clerk', lambda: Clerk().serve())")
    said = foreground.run("(ada,) = connect('clerk'); print(ada.say(' Ada')); ada.leave()")
    assert said.text == "hello Ada\n"


def test_how_a_cell_ended_is_told_and_that_it_still_runs(foreground: Foreground) -> None:
    foreground.run(SERVER)
    foreground.run("run_beside('clerk', lambda: Clerk().serve())")
    assert foreground.run("print(repr(ended_by('clerk', within=0.05)))").text == "''\n"
    assert foreground.run("connect('clerk')[0].leave(); print(ended_by('clerk'))").text == "LookupError\n"


def test_a_function_that_ends_too_early_or_cannot_travel_is_explained(foreground: Foreground) -> None:
    foreground.run(SERVER)
    early = foreground.run("run_beside('clerk', lambda: 1 / 0)")
    assert early.error == "ZeroDivisionError: division by zero"
    silent = foreground.run("run_beside('clerk', lambda: None)")
    assert silent.error.startswith("CourseError: 'clerk' did not print 'listening'")
    foreground.run("import threading; lock = threading.Lock()")
    stuck = foreground.run("run_beside('clerk', lambda: lock.acquire())")
    assert "cannot travel to another process" in stuck.error
