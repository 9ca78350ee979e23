"""A copy of the checkout as a stranger has it: in a folder with spaces, without an environment."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from launcher.steps import ROOT


class Checkout:
    """A copy of what `./course` needs; its shell has no package manager on PATH."""

    def __init__(self, folder: Path, commands: Path):
        self.folder = folder
        self.environment = {
            "HOME": str(folder.parent),
            "PATH": str(commands),
            "PIP_CONFIG_FILE": os.devnull,
            "TMPDIR": str(folder.parent),
        }

    def command(self, *words: str) -> list[str]:
        """This Python outside its virtual environment, so that nothing is active."""
        python = getattr(sys, "_base_executable", None) or sys.executable
        return [python, str(self.folder / "course"), *words]

    def course(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run `./course ...` from another folder; stdout and stderr come as one text."""
        return subprocess.run(
            self.command(*words),
            cwd="/",
            env=self.environment | more,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=100,
        )


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    folder = tmp_path / "a folder with spaces"
    folder.mkdir()
    for name in ("course", "pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, folder)
    for name in ("launcher", "helpers", "jupyter"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    commands = tmp_path / "bin"
    commands.mkdir()
    return Checkout(folder, commands)
