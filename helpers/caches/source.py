"""A slow source: what stands behind a cache. A real SQLite table that takes its time, and counts.

    source = SlowSource(seconds=0.1, servers=2)
    source.read("page 7")              # 0.1 s later: its text; None for a key that is not in the table
    await source.read_async("page 7")  # the same, without blocking the event loop
    source.write("price", "2")         # takes as long
    source.calls                       # how often it was asked since `forget`

It serves `servers` callers at a time; the others wait in line. In a `timeline` each server has a lane.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from helpers.errors import CourseError
from helpers.supervisor.scratch import scratch
from helpers.tracing import recorder as recording
from helpers.tracing.spans import DONE
from helpers.tracing.trace import RUNNING, WAITING

__all__ = ["Call", "SlowSource"]

PAGES = 1000
"""Rows of a source that is not told otherwise: page 1, page 2, ..."""
_LONGEST = 5.0
"""Seconds that a call may take."""
_MOST = 32
_numbers = itertools.count(1)


class Call(NamedTuple):
    """One call of the source, being served from `begin` to `end` (``time.perf_counter``, seconds)."""

    key: str
    begin: float
    end: float


class SlowSource:
    """A table of texts by key; each call takes `seconds`, and `servers` calls are served at a time.

    `rows` is what the table holds at first (default: page 1 to page 1000). `path` is the database of
    another source, perhaps of another process: both then read and write the same table, and `rows` is not
    used. Raises CourseError for times and numbers that make no sense.
    """

    def __init__(
        self,
        rows: Mapping[str, str] | None = None,
        *,
        seconds: float = 0.1,
        servers: int = 2,
        path: str = "",
    ) -> None:
        if not isinstance(seconds, int | float) or not 0 <= seconds <= _LONGEST:
            raise CourseError(f"seconds={seconds!r}: a call takes 0 to {_LONGEST:g} s, for instance 0.1.")
        if not isinstance(servers, int) or not 1 <= servers <= _MOST:
            raise CourseError(f"servers={servers!r}: it serves 1 to {_MOST} callers at a time, say 2.")
        self.seconds, self.servers = float(seconds), servers
        self.path = path or str(scratch("sources") / f"{next(_numbers)}.db")
        """The file of its database, for another process: ``SlowSource(path=...)``."""
        self._records: list[Call] = []
        self._free = list(range(servers))
        self._waiting_or_served = 0
        self._lock = threading.Lock()
        self._own = threading.local()
        if path and not Path(path).is_file():
            raise CourseError("There is no source at that path: give the `path` of one that exists.")
        if not path:
            self._fill(rows if rows is not None else {f"page {n}": _text(n) for n in range(1, PAGES + 1)})
        self._pool = ThreadPoolExecutor(servers, "source")
        # Threads that start now can't be taken for threads of a recording.
        everybody = threading.Barrier(servers + 1)
        for _ in range(servers):
            self._pool.submit(everybody.wait)
        everybody.wait(5)

    # -- what callers do --------------------------------------------------------------------

    def read(self, key: str) -> str | None:
        """The text that belongs to `key`, after `seconds` (and a wait in line); None if there is none."""
        with _waiting():
            return self._ask(key, self._look_up).result()

    async def read_async(self, key: str) -> str | None:
        """`read` for an event loop."""
        return await asyncio.wrap_future(self._ask(key, self._look_up))

    def write(self, key: str, text: object) -> None:
        """From now on `text` belongs to `key`. It takes as long as a `read`."""
        with _waiting():
            self._ask(key, lambda key: self._put({key: str(text)})).result()

    # -- what an experiment looks at --------------------------------------------------------

    @property
    def calls(self) -> int:
        """How many calls have begun and ended since `forget`."""
        return len(self._records)

    @property
    def records(self) -> list[Call]:
        """Those calls, in the order in which they began."""
        return sorted(self._records, key=lambda call: call.begin)

    def forget(self) -> None:
        """Wait until nobody is served any more, and count from 0 again. The rows stay."""
        deadline = time.monotonic() + 2 * _LONGEST
        while self._waiting_or_served and time.monotonic() < deadline:
            time.sleep(0.002)
        self._records.clear()

    def rows(self) -> dict[str, str]:
        """What the table holds, at once: for looking, not counted."""
        return dict(self._connection().execute("SELECT key, text FROM pages ORDER BY rowid"))

    # -- inside -----------------------------------------------------------------------------

    def _ask(self, key: str, act: Callable[[str], str | None]) -> Future[str | None]:
        with self._lock:
            self._waiting_or_served += 1
        asked = self._pool.submit(self._serve, key, act)
        asked.add_done_callback(self._done)
        return asked

    def _done(self, _: Future[str | None]) -> None:
        with self._lock:
            self._waiting_or_served -= 1

    def _serve(self, key: str, act: Callable[[str], str | None]) -> str | None:
        with self._lock:
            number = heapq.heappop(self._free)
        name = "source" if self.servers == 1 else f"source {number + 1}"
        begin = time.perf_counter()
        _note(name, RUNNING)
        try:
            time.sleep(self.seconds)
            return act(key)
        finally:
            _note(name, DONE)
            self._records.append(Call(key, begin, time.perf_counter()))
            with self._lock:
                heapq.heappush(self._free, number)

    def _look_up(self, key: str) -> str | None:
        row = self._connection().execute("SELECT text FROM pages WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    def _put(self, rows: Mapping[str, str]) -> None:
        with self._connection() as connection:
            connection.executemany("INSERT OR REPLACE INTO pages VALUES (?, ?)", rows.items())

    def _fill(self, rows: Mapping[str, str]) -> None:
        with self._connection() as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("CREATE TABLE IF NOT EXISTS pages (key TEXT PRIMARY KEY, text TEXT)")
            connection.execute("DELETE FROM pages")
        self._put(rows)

    def _connection(self) -> sqlite3.Connection:
        """Of the calling thread: a connection of SQLite serves one at a time."""
        if not hasattr(self._own, "connection"):
            self._own.connection = sqlite3.connect(self.path, timeout=2)
            # What the operating system has got survives a killed process; nobody pulls a plug here.
            self._own.connection.execute("PRAGMA synchronous = OFF")
        connection: sqlite3.Connection = self._own.connection
        return connection


def _text(number: int) -> str:
    return f"This is page {number}."


def _note(lane: str, state: str) -> None:
    if (recorder := recording.current()) is not None:
        recorder.note((time.perf_counter_ns(), recorder.open_named(lane), state))


@contextlib.contextmanager
def _waiting() -> Iterator[None]:
    """The calling thread waits, says a recording that is under way."""
    recorder = recording.current()
    lane = recorder.here() if recorder else ""
    if recorder:
        recorder.note_thread(lane, WAITING)
    try:
        yield
    finally:
        if recorder:
            recorder.note_thread(lane, RUNNING)
