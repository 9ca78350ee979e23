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
import time
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
TURNS = pytest.StashKey[dict[str, "Turns"]]()
ALONE = {
    "by the clock": (
        "notebooks/00_start_here.ipynb",
        "notebooks/part1_async_io/",
        "tests/tracing/test_greenlets.py",
        "tests/tracing/test_in_a_kernel.py",
        "tests/tracing/test_models.py",
        "tests/tracing/test_recording.py",
    ),
    "in company": (
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
        "tests/tracing/test_ask.py",
        "tests/tracing/test_conversations.py",
        "tests/tracing/test_green_server.py",
        "tests/tracing/test_processes.py",
        "tests/tracing/test_stepping.py",
        "tests/tracing/test_tasks.py",
    ),
    "by the frame": (
        "tests/views/test_broker_map.py::test_two_thousand_messages_play",
        "tests/views/test_inside.py::test_ten_thousand_spans",
        "tests/views/test_player.py::test_ten_thousand_spans",
        "tests/views/test_ratio_lab.py::test_a_slider_changes_the_curve",
    ),
}
"""What measures times. Of each kind one runs at a time, in this order, and nothing else beside these.

The last tests "by the clock" take notice of a core that is taken away for 10 ms. When it is their turn,
nothing is left that runs "in company".
"""

MANY = ("tests/browser/test_lessons.py", "tests/exercises/test_three_ways.py")
"""Files with minutes of work for each process: one lesson, or one exercise, at a time."""


class Schedule(LoadFileScheduling):
    """Which tests one process runs one after another: those alone of their kind, and else those of a file."""

    def _split_scope(self, nodeid: str) -> str:
        kind, _ = _alone(nodeid)
        if kind:
            return f"alone: {kind}"
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
    config.stash[TURNS] = {kind: Turns(Path(os.environ["ART_OF_WAITING_TURNS"]), kind) for kind in ALONE}


def pytest_unconfigure(config: pytest.Config) -> None:
    shutil.rmtree(config.stash[HOUSE], ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What runs alone comes first, so that the rest runs side by side; whole lessons early in the rest.

    The browser comes last: playwright leaves an event loop running, and asyncio.run would refuse.
    """

    def place(item: pytest.Item) -> tuple[Any, ...]:
        wanted = getattr(item, "fixturenames", ())
        kind, number = _alone(item.nodeid)
        return "window" in wanted, not kind, kind, number, "lesson" not in wanted

    items.sort(key=place)


def _alone(nodeid: str) -> tuple[str, int]:
    """Its kind of those that run alone, and its number on that list; nothing if it isn't on any."""
    numbered = ((kind, number, name) for kind in ALONE for number, name in enumerate(ALONE[kind]))
    return next(((kind, number) for kind, number, name in numbered if nodeid.startswith(name)), ("", 0))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """Each test file and each notebook is a learner of its own, who begins with an empty map and no server.

    And with the usual limit of open files, wherever this machine's is; a lower one stays as it is.
    """
    with suppress(ValueError):
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, most))
    for address in ("ART_OF_WAITING_SITE", "ART_OF_WAITING_RABBITMQ"):
        os.environ.pop(address, None)
    learner = (
        item.path.relative_to(ROOT).with_suffix("") if item.path.is_relative_to(ROOT) else item.path.stem
    )
    os.environ["ART_OF_WAITING_DATA"] = str(item.config.stash[HOUSE] / "learners" / learner)
    kind, _ = _alone(item.nodeid)
    turns = item.config.stash[TURNS]
    mine = [turns[kind]] if kind else list(turns.values())
    if kind:
        turns[kind].enter()
    else:
        while not all(each.join() for each in mine):
            for each in mine:
                each.leave()
            time.sleep(0.1)
    try:
        return (yield)
    finally:
        if not (kind and nextitem and _alone(nextitem.nodeid)[0] == kind):
            for each in mine:
                each.leave()


class Turns:
    """A readers-writer lock between the processes that run tests, by its name.

    Whoever wants to be alone shuts the door until the room is empty, so that short tests do not overtake
    it, and stays inside until `leave`. All others join those inside, or don't wait: who held one room and
    waited for another would keep those out who want to be alone in the first.
    """

    def __init__(self, place: Path, name: str) -> None:
        self._door, self._room = ((place / f"{part} {name}").open("w") for part in ("door", "room"))
        self._inside = False

    def enter(self) -> None:
        """Be alone inside."""
        if self._inside:
            return
        fcntl.flock(self._door, fcntl.LOCK_EX)
        fcntl.flock(self._room, fcntl.LOCK_EX)
        fcntl.flock(self._door, fcntl.LOCK_UN)
        self._inside = True

    def join(self) -> bool:
        """Be inside with others, unless somebody is alone there or wants to be."""
        try:
            fcntl.flock(self._door, fcntl.LOCK_SH | fcntl.LOCK_NB)
            fcntl.flock(self._room, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        finally:
            fcntl.flock(self._door, fcntl.LOCK_UN)
        return True

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
