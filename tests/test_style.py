"""The code is in the style that the project agreed on: ruff and mypy, with the settings in pyproject.toml."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
CODE = ["helpers", "launcher", "tests", "conftest.py", "course", "jupyter"]


def run(*command: str) -> None:
    command = (sys.executable, "-m", *command)
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stdout + done.stderr


def test_ruff_finds_nothing() -> None:
    run("ruff", "check", "--output-format", "concise", *CODE)


def test_mypy_finds_nothing() -> None:
    run("mypy", *CODE)
