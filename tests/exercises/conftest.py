"""Every test has a learner of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from helpers.background.kernel import Kernel
from helpers.background.run import Outcome


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder where this test's learner keeps their progress."""
    folder = tmp_path / "data"
    monkeypatch.setenv("ART_OF_WAITING_DATA", str(folder))
    return folder


class Notebook:
    """A kernel as a notebook has it: `run` gives what the cell displayed, and raises if it failed."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self.outputs: list[dict[str, Any]] = []

    def run(self, source: str, timeout: float = 60) -> list[str]:
        """Run a cell; the text forms of what it displayed."""
        self.outputs = []
        outcome = self.try_to_run(source, timeout)
        assert outcome.status == "ok", "\n".join(outcome.traceback) or outcome.evalue
        return [output["text/plain"] for output in self.outputs]

    def try_to_run(self, source: str, timeout: float = 60) -> Outcome:
        """Run a cell that may fail."""
        return self.kernel.run(source, timeout, self._hear)

    def _hear(self, kind: str, content: dict[str, Any]) -> None:
        if kind == "display_data":
            self.outputs.append(content["data"])


@pytest.fixture(scope="module")
def kernel() -> Iterator[Kernel]:
    """One for the tests of a file: starting one takes longer than most of them."""
    with Kernel.take() as kernel:
        yield kernel


@pytest.fixture
def notebook(kernel: Kernel, data: Path) -> Notebook:
    """A running notebook of this test's learner, in which `%load_ext helpers` has been typed."""
    notebook = Notebook(kernel)
    notebook.run(
        f"import os; os.environ['ART_OF_WAITING_DATA'] = {str(data)!r}\n%load_ext helpers\n"
        "from helpers import course_map, predict, progress\n"
        "from helpers.exercises import panel; panel._hints_open.clear()"
    )
    return notebook


@pytest.fixture
def output() -> tuple[list[str], Callable[[str, dict[str, Any]], None]]:
    """A list of what was printed, and the function that fills it."""
    printed: list[str] = []
    return printed, lambda kind, content: printed.append(content["text"]) if kind == "stream" else None
