"""The Python environment: the active one if it has everything, else `.venv` made from requirements.lock."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from launcher.steps import ROOT, StepFailed, Trouble, read, run, say

__all__ = ["OURS", "active", "can_make_environments", "in_step", "lacking", "python_of", "ready"]

OURS = ROOT / ".venv"
LOCK = ROOT / "requirements.lock"
STAMP = OURS / "installed-from-lock"
"""Written last: without it the installation was interrupted."""


def python_of(prefix: Path) -> Path:
    """The interpreter of an environment."""
    return prefix / "bin" / "python"


def active() -> Path | None:
    """The environment that is active here (virtual environment, conda, Binder), other than our own."""
    working = (prefix for prefix in _active_prefixes() if os.access(python_of(prefix), os.X_OK))
    prefix = next(working, OURS)
    return None if prefix.resolve() == OURS.resolve() else prefix


def lacking(prefix: Path, development: bool) -> list[str]:
    """The packages that the environment lacks."""
    check = [ROOT / "launcher/lacking.py", ROOT / "pyproject.toml", "--dev" if development else "--lab"]
    answer = subprocess.run(
        [python_of(prefix), "-I", *check], capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    return answer.stdout.split() if answer.returncode == 0 else ["Python>=3.11"]


def in_step() -> bool:
    """Whether our own environment works and was installed completely from the lock as it is today."""
    return read(STAMP) == _fingerprint()


def ready(development: bool = False) -> Path:
    """The interpreter of an environment that has everything; makes or mends our own if need be."""
    prefix = active()
    if prefix:
        missing = lacking(prefix, development)
        if not missing:
            return python_of(prefix)
        some = ", ".join(missing[:3]) + (", ..." if len(missing) > 3 else "")
        say(f"The active environment {prefix} lacks {some}: left alone; using the course's own .venv.")
    if not in_step():
        _make()
    return python_of(OURS)


def can_make_environments() -> bool:
    """Debian and Ubuntu keep the module `ensurepip` in a package of its own."""
    return importlib.util.find_spec("ensurepip") is not None


def _active_prefixes() -> Iterator[Path]:
    if sys.prefix != sys.base_prefix or (Path(sys.prefix) / "conda-meta").is_dir():
        yield Path(sys.prefix)
    for name in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        if os.environ.get(name):
            yield Path(os.environ[name])


def _fingerprint() -> str:
    """The lock and the Python it was installed for; "broken" if that Python does not run any more."""
    version = _output(python_of(OURS), "-I", "-S", "-c", "import sys; print(sys.version_info[:2])")
    if not version:
        return "broken"
    return f"{hashlib.sha256(LOCK.read_bytes()).hexdigest()} {version}\n"


def _output(*command: Path | str) -> str:
    try:
        answer = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    except OSError:
        return ""
    return answer.stdout.strip() if answer.returncode == 0 else ""


def _make() -> None:
    if not os.access(OURS if OURS.exists() else ROOT, os.W_OK):
        raise Trouble(
            f"The folder {ROOT} cannot be written to, so the Python packages have no place to go.\n"
            f"Type: cp -r '{ROOT}' ~/course && cd ~/course && ./course lab"
        )
    STAMP.unlink(missing_ok=True)
    if not _output(python_of(OURS), "-m", "pip", "--version"):
        _make_empty()
    try:
        run(
            "Installing the Python packages into .venv (once; half a minute to two minutes)",
            [python_of(OURS), "-m", "pip", "install", "--quiet", "--no-input", "-r", LOCK],
            PIP_DISABLE_PIP_VERSION_CHECK="1",
            PIP_USER="0",
        )
    except StepFailed as failed:
        raise Trouble(f"{failed}\n{_advice(failed.output)}") from None
    library = next(OURS.glob("lib/python3*/site-packages"))
    # Relative, so that the checkout may be moved. Editors that start kernels themselves find `helpers` too.
    (library / "the-art-of-waiting.pth").write_text("../../../..\n", encoding="utf-8")
    STAMP.write_text(_fingerprint(), encoding="utf-8")


def _make_empty() -> None:
    if not can_make_environments():
        raise Trouble(
            "This Python cannot make virtual environments: its module `ensurepip` is missing.\n"
            f"Type: sudo apt-get install python3.{sys.version_info.minor}-venv"
        )
    try:
        run("Making the environment .venv", [sys.executable, "-m", "venv", "--clear", OURS])
    except StepFailed as failed:
        raise Trouble(f"{failed}\nType: rm -rf .venv && ./course lab") from None


def _advice(output: str) -> str:
    if "No space left" in output:
        return "The disk is full. Make room (1 GB), then type: ./course lab"
    if any(word in output for word in ("resolution", "connection", "timed out", "Could not find a version")):
        return "The package index does not answer. Is there a network? Then type: ./course lab"
    if "HASHES" in output:
        return "A package arrived changed or cut short. Type: ./course lab"
    return f"Tested with Python 3.11 to 3.13; this is {sys.version.split()[0]}. Type: ./course doctor"
