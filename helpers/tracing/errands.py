"""What the lessons' tasks do: `ask` a slow server and wait, or `compute` and not wait.

The slow server stamps its answers with the machine-wide clock, so a recording knows when an answer
had arrived, however late the one who asked came round to reading it: waiting ends there, ready begins.
"""

from __future__ import annotations

import contextlib
import os
import re
import socket
import sys
import threading
import time
from collections.abc import Callable
from numbers import Real
from typing import NamedTuple

from helpers.errors import CourseError
from helpers.tracing import recorder as recording
from helpers.tracing.spans import ANSWERED, PREEMPTED
from helpers.tracing.trace import READY, RUNNING, WAITING

__all__ = ["SITE", "ask", "ask_async", "compute", "connect_ahead", "count_for", "site_address"]

SITE = "ART_OF_WAITING_SITE"
"""Environment variable, host:port: the slow site of the notebook that started this process."""
_inherited = os.environ.get(SITE)
_LONGEST = 60.0  # seconds: the slow site refuses more
_JUMP = 1_000_000  # nanoseconds: nobody's code takes that long from one line to the next
_resting: list[socket.socket] = []
_lock = threading.Lock()


class Answer(NamedTuple):
    seconds: float
    arrived_ns: int


def ask(seconds: float) -> float:
    """Ask the slow site a question that it answers after `seconds` (0 to 60), and wait for the answer.

    The calling thread waits. Returns how long the site says it took, in seconds. Raises CourseError if
    `seconds` is out of range or the site goes away before it has answered.
    """
    question, address = _question(seconds), _site()
    recorder = recording.current()
    lane = recorder.here() if recorder else ""
    if recorder:
        recorder.note_thread(lane, RUNNING)
    before = time.perf_counter_ns()
    link = open_link(address)
    # With a time-out, Python would first ask whether the socket is writable and let go of the interpreter
    # lock for that: the question would go out a turn late.
    link.setblocking(True)
    if recorder:
        # Each system call lets go of the interpreter lock. If time has passed, it was spent on getting
        # the lock back.
        if time.perf_counter_ns() - before > _JUMP:
            recorder.note_at(before, lane, READY)
        recorder.note_thread(lane, WAITING)
    try:
        link.sendall(question)
        link.settimeout(_LONGEST + 5)
        received = b""
        while not (answer := _answer(received)):
            received += _more(link.recv(65536))
    except BaseException as error:
        link.close()
        raise _explained(error) from None
    finally:
        if recorder:
            recorder.note_thread(lane, RUNNING)
    if recorder:
        recorder.note_at(answer.arrived_ns, lane, ANSWERED)
    _give_back(link)
    return answer.seconds


async def ask_async(seconds: float) -> float:
    """`ask` for an event loop: the same question, but the thread is given back meanwhile."""
    import asyncio

    question = _question(seconds)
    recorder = recording.current()
    lane = recorder.here() if recorder else ""
    link = open_link(_site())
    link.setblocking(False)
    loop = asyncio.get_running_loop()
    try:
        await loop.sock_sendall(link, question)
        received = b""
        while not (answer := _answer(received)):
            received += _more(await loop.sock_recv(link, 65536))
    except BaseException as error:
        link.close()
        raise _explained(error) from None
    if recorder:
        recorder.note((answer.arrived_ns, lane, ANSWERED))
    _give_back(link)
    return answer.seconds


def compute(seconds: float) -> None:
    """Burn `seconds` of this thread's CPU time.

    Not of the wall's: three threads that burn the same second of the wall's clock have computed a
    third of it each. Where the clock jumps by more than a millisecond, somebody else was running:
    the recording calls this thread *ready* there.
    """
    goal = time.thread_time_ns() + seconds * 1e9
    _keep_busy(lambda: time.thread_time_ns() < goal)


def count_for(seconds: float) -> int:
    """Count as fast as Python can until the wall's clock says `seconds`. Returns how far it came."""
    end = time.perf_counter_ns() + seconds * 1e9
    return _keep_busy(lambda: time.perf_counter_ns() < end)


def _keep_busy(goes_on: Callable[[], bool]) -> int:
    """Count clock readings while `goes_on()`; note where the clock jumped. Returns the count."""
    recorder = recording.current()
    lane = recorder.here() if recorder else ""
    if recorder:
        recorder.note_thread(lane, RUNNING)
    before = time.perf_counter_ns()
    others = earlier = time.process_time_ns() - time.thread_time_ns()
    count, busy = 0, True
    while busy:
        busy = goes_on()
        others, earlier = time.process_time_ns() - time.thread_time_ns(), others
        for _ in range(50):
            now = time.perf_counter_ns()
            if now - before > _JUMP and recorder:
                # If no other thread of this process has run meanwhile, another program has.
                ran = time.process_time_ns() - time.thread_time_ns() - earlier
                recorder.note_at(before, lane, READY if ran > (now - before) / 10 else PREEMPTED)
                now = recorder.note_thread(lane, RUNNING)
            before = now
            count += 1
    if recorder:
        recorder.note_thread(lane, RUNNING)
    return count


# -- one question ---------------------------------------------------------------------------


def _question(seconds: float) -> bytes:
    if not isinstance(seconds, Real) or not 0 <= seconds <= _LONGEST:
        raise CourseError(
            f"ask({seconds!r}): the slow site waits for a number of seconds from 0 to {_LONGEST:.0f}, "
            "for example ask(0.3)."
        )
    return f"GET /ask?delay={float(seconds):.6f} HTTP/1.1\r\nHost: slow-site\r\n\r\n".encode()


def _answer(received: bytes) -> Answer | None:
    """The answer in these bytes, or None while some are missing."""
    head, end, body = received.partition(b"\r\n\r\n")
    if not end:
        return None
    status, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if len(body) < int(headers["content-length"]):
        return None
    if " 200 " not in f"{status} ":
        raise ConnectionError(f"the slow site said {status!r}")
    waited = re.search(r"([\d.e-]+) seconds", body.decode())
    if waited is None:
        raise ConnectionError("the slow site answered something else than a page of its own")
    return Answer(float(waited[1]), int(headers["answered-at"]))


def _more(data: bytes) -> bytes:
    if not data:
        raise ConnectionError("the slow site hung up before it had answered")
    return data


def _explained(error: BaseException) -> BaseException:
    if isinstance(error, OSError):
        return CourseError(
            f"No answer: {error}. Run services.slow_site() in a cell of the notebook, then ask again."
        )
    return error


# -- connections ----------------------------------------------------------------------------


def connect_ahead(count: int = 10) -> None:
    """Open connections before the clock starts, if there is a site: connecting would hide the lesson."""
    if _inherited or "helpers.services.slow_site_service" in sys.modules:
        # A site that is gone is for `ask` to complain about: perhaps nobody asks.
        with contextlib.suppress(CourseError):
            address = _site()
            for link in [open_link(address) for _ in range(count)]:
                _give_back(link)


def _site() -> tuple[str, int]:
    """Where the slow site listens; it is started if need be."""
    if _inherited:
        host, _, port = _inherited.rpartition(":")
        return host, int(port)
    from helpers import services

    site = services.slow_site()
    os.environ[SITE] = f"{site.host}:{site.port}"  # for background cells and exercises
    return site.host, site.port


def site_address() -> str:
    """host:port of the slow site, for a child process; empty if none was started here."""
    return _inherited or os.environ.get(SITE, "")


def open_link(address: tuple[str, int]) -> socket.socket:
    """A connection to the slow site: one that rests, if it still lives, else a new one."""
    with _lock:
        while _resting:
            link = _resting.pop()
            if _alive(link, address):
                return link
            link.close()
    try:
        link = socket.create_connection(address, timeout=5)
    except OSError as error:
        raise _explained(error) from None
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return link


def _alive(link: socket.socket, address: tuple[str, int]) -> bool:
    link.setblocking(False)
    try:
        return link.getpeername() == address and link.recv(1, socket.MSG_PEEK) is None
    except BlockingIOError:
        return True
    except OSError:
        pass
    return False  # between two questions there is nothing to read, except that the other side hung up


def _give_back(link: socket.socket) -> None:
    with _lock:
        _resting.append(link)
