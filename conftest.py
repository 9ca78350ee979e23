"""What every test and every notebook under test gets.

It stands beside `tests/` and not in it, because the cells of `notebooks/` are tests too.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent
HOUSE = pytest.StashKey[Path]()
ALONE = (
    "notebooks/",
    "tests/background/test_endings.py",
    "tests/background/test_kernel.py",
    "tests/exercises/test_three_ways.py",
    "tests/leaks/",
    "tests/supervisor/test_endings.py",
    "tests/tracing/",
    "tests/views/test_player.py::test_ten_thousand_spans",
)
"""What measures times: tests run side by side (pyproject.toml), but nothing runs beside these."""


def pytest_configure(config: pytest.Config) -> None:
    """Nothing of the user's own leaks in: no configuration, no startup file, no progress."""
    config.option.nbval_sanitize_with = str(ROOT / "tests/notebooks/sanitize.cfg")
    # Short, and not pytest's own temporary directory: unix socket paths end at about 104 bytes.
    house = config.stash[HOUSE] = Path(tempfile.mkdtemp(prefix="aow-test-"))
    for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR"):
        os.environ[name] = str(house / name.lower())
    if not hasattr(config, "workerinput"):
        os.environ["ART_OF_WAITING_TURNS"] = str(house)  # the processes that run tests inherit it


def pytest_unconfigure(config: pytest.Config) -> None:
    shutil.rmtree(config.stash[HOUSE], ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What runs alone comes first, so that the rest runs side by side.

    The browser comes last: playwright leaves an event loop running, and asyncio.run would refuse.
    """
    items.sort(key=lambda item: ("window" in getattr(item, "fixturenames", ()), not _alone(item)))


def _alone(item: pytest.Item) -> bool:
    return item.nodeid.startswith(ALONE)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Each test file and each notebook is a learner of its own, who begins with an empty map and no site."""
    os.environ.pop("ART_OF_WAITING_SITE", None)
    learner = (
        item.path.relative_to(ROOT).with_suffix("") if item.path.is_relative_to(ROOT) else item.path.stem
    )
    os.environ["ART_OF_WAITING_DATA"] = str(item.config.stash[HOUSE] / "learners" / learner)
    with _turn(_alone(item)):
        return (yield)


@contextlib.contextmanager
def _turn(alone: bool) -> Iterator[None]:
    """A readers-writer lock between the processes that run tests.

    Whoever wants to be alone keeps the door shut while the test that is inside finishes; else a neighbor
    with many short tests would never let it in.
    """
    place = Path(os.environ["ART_OF_WAITING_TURNS"])
    with (place / "door").open("w") as door, (place / "room").open("w") as room:
        fcntl.flock(door, fcntl.LOCK_EX)
        fcntl.flock(room, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        fcntl.flock(door, fcntl.LOCK_UN)
        try:
            yield
        finally:
            fcntl.flock(room, fcntl.LOCK_UN)  # closing is not enough if a test has left a fork of us behind


@pytest.fixture(scope="session")
def artifacts() -> Path:
    """Where a test leaves what a person may want to look at: screenshots, logs. Git ignores it."""
    folder = ROOT / "artifacts"
    folder.mkdir(exist_ok=True)
    return folder
