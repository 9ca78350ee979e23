"""One step of the set-up at a time: say what is about to happen, do it, and say what to type if it failed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path

__all__ = ["ROOT", "StepFailed", "Trouble", "read", "run", "say"]

ROOT = Path(__file__).resolve().parent.parent
"""The checkout."""


class Trouble(Exception):
    """Something the person at the keyboard can mend: what happened, and what to type next."""


class StepFailed(Trouble):
    """A program that the set-up called failed; `output` holds its last lines."""

    def __init__(self, title: str, output: str):
        super().__init__(f"{title}: this did not work.\n{output}")
        self.output = output


def say(line: str = "") -> None:
    """Print at once, whatever the terminal can show."""
    if isinstance(sys.stdout.encoding, str):
        line = line.encode(sys.stdout.encoding, "replace").decode(sys.stdout.encoding)
    print(line, flush=True)


def read(path: Path) -> str:
    """The file's text, or "" if there is none."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""


def run(title: str, command: Sequence[str | Path], **more_environment: str) -> None:
    """Run `command` quietly under a line that says `title`; if it fails, StepFailed has its last lines."""
    say(f"{title} ...")
    began = time.monotonic()
    last: deque[str] = deque(maxlen=12)
    process = subprocess.Popen(
        [str(word) for word in command],
        cwd=ROOT,
        env=_environment(more_environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    assert process.stdout
    try:
        last.extend(line.rstrip() for line in process.stdout)
        status = process.wait()
    except KeyboardInterrupt:
        # Ctrl-C reached the program too. It tidies up first; it may be root's: not ours to kill.
        last.extend(process.stdout)
        process.wait()
        raise
    if status:
        raise StepFailed(title, "\n".join(f"    {line}" for line in last if line))
    say(f"    done in {time.monotonic() - began:.0f} s")


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    # Another Python's home breaks every environment; messages are read in English to be recognized.
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONHOME", "PYTHONPATH")}
    return {**kept, "LC_ALL": "C.UTF-8", "LANGUAGE": "", **more}
