"""Visitors who talk to a server one word at a time, each on a lane of the recording.

ada, bob = connect("clerk", 2)
ada.say("hello")                the answer, or in one word what came instead

visit("clerk", clients=3, words="ab", think=0.3)
"""

from __future__ import annotations

import contextlib
import contextvars
import select
import socket
import threading
import time
from collections.abc import Sequence

from helpers.clients.addresses import Server, address
from helpers.clients.limits import raise_file_limit
from helpers.tracing import recorder as recording
from helpers.tracing.recorder import lane
from helpers.tracing.trace import RUNNING, THINKING

__all__ = ["Visitor", "connect", "knock", "visit"]

NO_ANSWER = "no answer"
HUNG_UP = "hung up"
ROOM = 4096
"""Descriptors for visitors: many systems let a process have 1,024 unless it asks for more."""


class Visitor:
    """One connection to a server; it closes when the Visitor is no longer used."""

    def __init__(self, where: tuple[str, int], name: str) -> None:
        self.name = name
        self.trouble = ""
        """What ended the conversation, if something did: an exception's name, or "hung up"."""
        self._socket: socket.socket | None = None
        try:
            with lane(name):
                self._socket = socket.create_connection(where, timeout=5)
        except OSError as error:
            self.trouble = type(error).__name__

    def __repr__(self) -> str:
        return f"<{self.name}: {self.trouble or 'connected'}>"

    def say(self, text: str, timeout: float = 2.0) -> str:
        """Send `text` and return the answer; or "no answer" (not within `timeout` seconds), or `trouble`."""
        if self._socket is None:
            return self.trouble
        try:
            with lane(self.name):
                self._socket.settimeout(timeout)
                self._socket.sendall(text.encode())
                answer = self._socket.recv(65536).decode()
        except TimeoutError:
            return NO_ANSWER
        except OSError as error:
            answer, self.trouble = "", type(error).__name__
        if answer:
            return answer
        self.trouble = self.trouble or HUNG_UP
        self.leave()
        return self.trouble

    def leave(self) -> None:
        """Close the connection."""
        if self._socket is not None:
            with lane(self.name):
                self._socket.close()
            self._socket = None


def connect(server: Server, clients: int = 1) -> list[Visitor]:
    """Connect `clients` visitors, one after the other; they are called client 1, client 2, …

    `server` is the name of a background cell or an address. Raises CourseError if there is no such server;
    a connection that is refused is for `Visitor.trouble` to tell. Raises this process's limit of open
    files, as far as the system lets it; the limit stays raised.
    """
    where = address(server)
    raise_file_limit(ROOM, quiet=True)
    return [Visitor(where, f"client {number}") for number in range(1, clients + 1)]


def visit(
    server: Server,
    clients: int = 3,
    words: Sequence[str] | Sequence[Sequence[str]] = "ab",
    think: float = 0.0,
    *,
    in_step: bool = False,
) -> list[list[str]]:
    """Have `clients` visitors, connected first, say all `words` at the same time, then leave.

    `words` may also be a list of lists: one for each visitor. Between two words each thinks for `think`
    seconds; `in_step`, nobody says the next word before everybody has the answer to the last. Returns the
    answers of each. Bounded: whoever gets no answer for 10 seconds gives up.
    """
    if words and not isinstance(words[0], str):
        own: list[Sequence[str]] = [list(each) for each in words]
    else:
        own = [[str(word) for word in words]] * clients
    visitors = connect(server, len(own))
    answers: list[list[str]] = [[] for _ in visitors]
    step = threading.Barrier(len(own), timeout=30)

    def talk(visitor: Visitor, words: Sequence[str], heard: list[str]) -> None:
        with lane(visitor.name):
            step.wait()
            for number, word in enumerate(words):
                if number:
                    _think(think)
                    if in_step:
                        step.wait()
                heard.append(visitor.say(word, timeout=10))
            visitor.leave()

    threads = [
        threading.Thread(target=talk, args=each, daemon=True)
        for each in zip(visitors, own, answers, strict=True)
    ]
    for thread in threads:
        # In another context: only the visitors get lanes, not the threads that play them.
        contextvars.Context().run(thread.start)
    for thread in threads:
        thread.join()
    return answers


def knock(listener: socket.socket, clients: int, within: float = 0.3) -> int:
    """How many of `clients`, who all knock at once, are connected after `within` seconds."""
    with contextlib.ExitStack() as leaving:
        poll = select.poll()
        for _ in range(clients):
            client = leaving.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(listener.getsockname())
            poll.register(client, select.POLLOUT)
        time.sleep(within)
        return sum(event == select.POLLOUT for _, event in poll.poll(0))


def _think(seconds: float) -> None:
    recorder = recording.current() if seconds else None
    if recorder:
        here = recorder.here()
        recorder.note_thread(here, THINKING)
        time.sleep(seconds)
        recorder.note_thread(here, RUNNING)
    else:
        time.sleep(seconds)
