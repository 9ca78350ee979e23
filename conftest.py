"""What every test and every notebook under test gets.

It stands beside `tests/` and not in it, because the cells of `notebooks/` are tests too.
"""

from __future__ import annotations

import fcntl
import os
import re
import resource
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

ROOT = Path(__file__).parent
FILES = 1024
"""What most systems let a process have open unless it asks for more."""
HOUSE = pytest.StashKey[Path]()
TURNS = pytest.StashKey["Turns"]()
ALONE = (
    "notebooks/",
    "tests/background/test_endings.py",
    "tests/background/test_kernel.py",
    "tests/devices/",
    "tests/exercises/test_three_ways.py::test_another",
    *(
        f"tests/exercises/test_three_ways.py::{test}[{exercise}"
        for exercise in ("stopwatch", "waiting_share", "total", "ask_all", "unfreeze")
        for test in (
            "test_the_starter_fails_with_a_message_that_says_what_to_do_next",
            "test_the_solution_passes",
        )
    ),
    *(
        f"tests/exercises/test_three_ways.py::test_a_known_wrong_answer_gets_its_own_message[{exercise}"
        for exercise in ("total", "ask_all", "unfreeze")
    ),
    "tests/leaks/",
    "tests/supervisor/test_endings.py",
    "tests/tracing/",
)
"""What measures times runs first, in one process, and nothing beside it; then the rest, side by side."""

MANY = ("tests/browser/test_lessons.py", "tests/exercises/test_three_ways.py")
"""Files with minutes of work for each process: one lesson, or one exercise, at a time."""


class Schedule(LoadFileScheduling):
    """Which tests one process runs one after another: all that run alone, and else those of a file."""

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(ALONE):
            return "alone"
        if nodeid.startswith(MANY):
            return re.sub(r"[^[]*\[(\w+).*", r"\1", nodeid)
        return super()._split_scope(nodeid)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--pictures", action="store_true", help="keep pictures of all lessons, light and dark, in artifacts/"
    )


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Schedule:
    return Schedule(config, log)


def pytest_configure(config: pytest.Config) -> None:
    """Nothing of the user's own leaks in: no configuration, no startup file, no progress."""
    # Whoever runs us in the background of a script has Ctrl-C ignored, and every child would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    config.option.nbval_sanitize_with = str(ROOT / "tests/notebooks/sanitize.cfg")
    # Short, and not pytest's own temporary directory: unix socket paths end at about 104 bytes.
    house = config.stash[HOUSE] = Path(tempfile.mkdtemp(prefix="aow-test-"))
    for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR"):
        os.environ[name] = str(house / name.lower())
    if not hasattr(config, "workerinput"):
        os.environ["ART_OF_WAITING_TURNS"] = str(house)  # the processes that run tests inherit it
    config.stash[TURNS] = Turns(Path(os.environ["ART_OF_WAITING_TURNS"]))


def pytest_unconfigure(config: pytest.Config) -> None:
    shutil.rmtree(config.stash[HOUSE], ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What runs alone comes first, so that the rest runs side by side; whole lessons early in the rest.

    The browser comes last: playwright leaves an event loop running, and asyncio.run would refuse.
    """

    def place(item: pytest.Item) -> tuple[bool, ...]:
        wanted = getattr(item, "fixturenames", ())
        return "window" in wanted, not _alone(item), "lesson" not in wanted

    items.sort(key=place)


def _alone(item: pytest.Item) -> bool:
    return item.nodeid.startswith(ALONE)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """Each test file and each notebook is a learner of its own, who begins with an empty map and no site.

    And with the usual limit of open files, wherever this machine's is; a lower one stays as it is.
    """
    with suppress(ValueError):
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, most))
    os.environ.pop("ART_OF_WAITING_SITE", None)
    learner = (
        item.path.relative_to(ROOT).with_suffix("") if item.path.is_relative_to(ROOT) else item.path.stem
    )
    os.environ["ART_OF_WAITING_DATA"] = str(item.config.stash[HOUSE] / "learners" / learner)
    turns = item.config.stash[TURNS]
    turns.enter(_alone(item))
    try:
        return (yield)
    finally:
        if not (_alone(item) and nextitem and _alone(nextitem)):
            turns.leave()


class Turns:
    """A readers-writer lock between the processes that run tests.

    Whoever comes shuts the door until there is room inside, so that short tests do not overtake one that
    waits to be alone. Who is alone stays inside until `leave`.
    """

    def __init__(self, place: Path) -> None:
        self._door, self._room = (place / "door").open("w"), (place / "room").open("w")
        self._inside = False

    def enter(self, alone: bool) -> None:
        if self._inside:
            return
        fcntl.flock(self._door, fcntl.LOCK_EX)
        fcntl.flock(self._room, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        fcntl.flock(self._door, fcntl.LOCK_UN)
        self._inside = True

    def leave(self) -> None:
        fcntl.flock(self._room, fcntl.LOCK_UN)
        self._inside = False


@pytest.fixture(scope="session")
def artifacts() -> Path:
    """Where a test leaves what a person may want to look at: screenshots, logs. Git ignores it."""
    folder = ROOT / "artifacts"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def pictures(request: pytest.FixtureRequest, artifacts: Path) -> Path | None:
    """Where to keep pictures of whole notebooks, if somebody wants to look at them."""
    return artifacts if request.config.getoption("pictures") else None
