"""What one learner has done, kept in a small SQLite file in their user's data directory.

    progress.export("my-progress.json")      # before Binder forgets
    progress.import_("my-progress.json")     # adds what the file knows; nothing here is lost

Only additions are ever written, each with an id of its own, so that several kernels can write at the
same time and two histories can be merged. ``ART_OF_WAITING_DATA`` names another directory.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helpers.errors import CourseError

__all__ = ["Event", "Store", "dumps", "export", "import_", "merge", "store"]

COURSE = "The Art of Waiting"
PREDICTED, TRIED, PASSED = "predicted", "tried", "passed"
TABLE = """CREATE TABLE IF NOT EXISTS events (
    id TEXT PRIMARY KEY, at REAL NOT NULL, lesson TEXT NOT NULL, kind TEXT NOT NULL,
    name TEXT NOT NULL, value TEXT NOT NULL)"""


@dataclass(frozen=True, slots=True)
class Event:
    """Something the learner did: `kind` is predicted, tried or passed; `at` is seconds since 1970."""

    id: str
    at: float
    lesson: str
    kind: str
    name: str
    value: str


class Store:
    """All events of one learner. Without a place to write, they live in memory and `trouble` says why."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.trouble = ""
        self._memory: sqlite3.Connection | None = None
        self._lock = threading.RLock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with self._open() as rows:
                rows.execute(TABLE)
        except (OSError, sqlite3.Error) as error:
            self._give_up(error)

    def _give_up(self, error: Exception) -> None:
        """Go on in memory, and say so once."""
        self.trouble = (
            f"Your progress can't be kept in {self.path} ({error}). Everything works, but it will be "
            "forgotten when this kernel ends. To keep it, set ART_OF_WAITING_DATA to a folder you can write "
            "to, then start JupyterLab again."
        )
        print(self.trouble, file=sys.stderr)
        self._memory = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        self._memory.execute(TABLE)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        # A connection for each call: kernels fork, and widgets call from threads.
        with self._lock:
            if self._memory is not None:
                yield self._memory
                return
            rows = sqlite3.connect(self.path, timeout=10, isolation_level=None)
            try:
                yield rows
            finally:
                rows.close()

    # -- writing ----------------------------------------------------------------------------

    def note(self, kind: str, lesson: str, name: str, value: str = "") -> None:
        """Add one event that happens now."""
        self.add([Event(uuid.uuid4().hex, time.time(), lesson, kind, name, value)])

    def add(self, events: list[Event]) -> int:
        """Add events; those already here (the same id) stay as they are. Returns how many were new."""
        try:
            return self._insert(events)
        except (OSError, sqlite3.Error) as error:  # the disk filled up, or the folder went away
            kept = self._saved_rows()
            self._give_up(error)
            self._insert(kept)
            return self._insert(events)

    def _insert(self, events: list[Event]) -> int:
        rows = [(e.id, e.at, e.lesson, e.kind, e.name, e.value) for e in events]
        with self._open() as base:
            base.execute("BEGIN IMMEDIATE")
            try:
                before = base.total_changes
                base.executemany("INSERT OR IGNORE INTO events VALUES (?,?,?,?,?,?)", rows)
                base.execute("COMMIT")
            except BaseException:
                base.rollback()
                raise
            return base.total_changes - before

    # -- reading ----------------------------------------------------------------------------

    def events(self) -> list[Event]:
        """Everything, oldest first."""
        with self._open() as rows:
            return [Event(*row) for row in rows.execute("SELECT * FROM events ORDER BY at, id")]

    def _saved_rows(self) -> list[Event]:
        try:
            return self.events()
        except sqlite3.Error:
            return []

    def sources(self, kind: str, name: str) -> list[str]:
        """The sources that were `kind` (tried or passed) for an exercise, oldest first, each once."""
        return list(dict.fromkeys(e.value for e in self.events() if (e.kind, e.name) == (kind, name)))

    def passed(self) -> set[str]:
        """Names of the exercises passed."""
        return {e.name for e in self.events() if e.kind == PASSED}

    def lessons(self) -> set[str]:
        """Numbers ("00", "01", …) of the lessons in which something was done."""
        return {e.lesson for e in self.events()}


_stores: dict[Path, Store] = {}
_making = threading.Lock()


def store() -> Store:
    """The learner's own store; the same one when asked again."""
    folder = os.environ.get("ART_OF_WAITING_DATA")
    if not folder:
        import platformdirs

        folder = platformdirs.user_data_dir("art-of-waiting", appauthor=False)
    path = Path(folder).expanduser() / "progress.sqlite"
    with _making:
        if path not in _stores:
            _stores[path] = Store(path)
        return _stores[path]


# -- to a file and back ---------------------------------------------------------------------------


def dumps() -> str:
    """The learner's progress as JSON text."""
    events = [{f: getattr(e, f) for f in Event.__slots__} for e in store().events()]
    return json.dumps({"course": COURSE, "version": 1, "events": events}, ensure_ascii=False, indent=1)


def export(path: str | Path = "my-progress.json") -> None:
    """Write the learner's progress to the file `path`. Raises CourseError if that cannot be written."""
    try:
        Path(path).expanduser().write_text(dumps(), encoding="utf-8")
    except OSError as error:
        raise CourseError(
            f"{path} could not be written ({error.strerror}). "
            "Give another place: progress.export('~/my-progress.json')"
        ) from error
    print(f"Saved to {path}. Bring it back with progress.import_({str(path)!r}).")


def import_(path: str | Path = "my-progress.json") -> None:
    """Add the progress in the file `path` to what is here; nothing here is lost.

    Raises CourseError if there is no such file, or it is not one that `export` wrote.
    """
    try:
        text = Path(path).expanduser().read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise CourseError(
            f"There is no file {str(path)!r} here. In the file browser at the left, right-click your saved "
            "file and choose Copy Path, then type progress.import_('…') with that path."
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise CourseError(
            f"{path} can't be read as text: choose the file that progress.export() wrote."
        ) from error
    print(merge(text))


def merge(text: str) -> str:
    """Add the events in `text` (what `dumps` gave) and say in a sentence what came.

    Raises CourseError if `text` is something else; then nothing is changed.
    """
    try:
        data: dict[str, Any] = json.loads(text)
        if data["course"] != COURSE:
            raise ValueError("another course")
        events = [Event(**item) for item in data["events"]]
        if not all(isinstance(e.at, int | float) and _all_text(e) for e in events):
            raise ValueError("fields of the wrong type")
    except (ValueError, TypeError, KeyError) as error:
        raise CourseError(
            "This is not a progress file of this course, so nothing was changed. Choose the file that "
            "progress.export() or the button “Save my progress” wrote."
        ) from error
    before = store().passed()
    new = store().add(events)
    if not new:
        return "Everything in that file was here already."
    exercises = len({e.name for e in events if e.kind == PASSED} - before)
    found = _count(exercises, "exercise", "exercises")
    return f"Brought back {_count(new, 'entry', 'entries')}; {found} newly passed."


def _all_text(event: Event) -> bool:
    return all(isinstance(getattr(event, name), str) for name in Event.__slots__ if name != "at")


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
