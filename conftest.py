"""What every test and every notebook under test gets.

It stands beside `tests/` and not in it, because the cells of `notebooks/` are tests too.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent
HOUSE = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    """Nothing of the user's own leaks in: no configuration, no startup file, no progress."""
    config.option.nbval_sanitize_with = str(ROOT / "tests/notebooks/sanitize.cfg")
    # Short, and not pytest's own temporary directory: unix socket paths end at about 104 bytes.
    house = config.stash[HOUSE] = Path(tempfile.mkdtemp(prefix="aow-test-"))
    for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR"):
        os.environ[name] = str(house / name.lower())
    os.environ.pop("ART_OF_WAITING_SITE", None)


def pytest_unconfigure(config: pytest.Config) -> None:
    shutil.rmtree(config.stash[HOUSE], ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The browser comes last: playwright leaves an event loop running, and asyncio.run would refuse."""
    items.sort(key=lambda item: "window" in getattr(item, "fixturenames", ()))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Each test file and each notebook is a learner of its own, who begins with an empty map."""
    learner = (
        item.path.relative_to(ROOT).with_suffix("") if item.path.is_relative_to(ROOT) else item.path.stem
    )
    os.environ["ART_OF_WAITING_DATA"] = str(item.config.stash[HOUSE] / "learners" / learner)
    return (yield)


@pytest.fixture(scope="session")
def artifacts() -> Path:
    """Where a test leaves what a person may want to look at: screenshots, logs. Git ignores it."""
    folder = ROOT / "artifacts"
    folder.mkdir(exist_ok=True)
    return folder
