"""`./course doctor`: what is there, what is missing, and the one command that mends it, on one screen."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from launcher.environment import OURS, active, in_step, lacking
from launcher.steps import say
from launcher.system import browser, programs, remedy, why_not

__all__ = ["examine"]


class Finding(NamedTuple):
    """One line of the report: what was looked at, how it is, and what to type (nothing if it is well)."""

    what: str
    state: str
    remedy: str = ""


def examine() -> int:
    """Print the report; returns 0 if everything that the lessons need is there, else 1."""
    findings = list(_findings())
    width = max(len(finding.what) for finding in findings)
    for finding in findings:
        say(f"{'--' if finding.remedy else 'ok'}  {finding.what:{width}}  {finding.state}")
        if finding.remedy:
            say(f"    {'':{width}}  type: {finding.remedy}")
    say()
    ill = [finding.what for finding in findings if finding.remedy and finding.what != BROWSER]
    say("This machine is ready. Type: ./course lab" if not ill else f"To be mended: {', '.join(ill)}.")
    return 1 if ill else 0


BROWSER = "Browser for tests"


def _findings() -> Iterator[Finding]:
    yield Finding("Python", f"{sys.version.split()[0]}, {sys.executable}")
    yield _packages()
    for name in programs.NAMES:
        yield _server(name)
    yield _temporary_directory()
    found = browser()
    yield Finding(BROWSER, str(found or "missing; lessons work without"), "" if found else "./course test")


def _packages() -> Finding:
    prefix = active()
    if prefix:
        missing = lacking(prefix, development=False)
        if not missing:
            return Finding("Packages", f"complete in the active environment {prefix}")
    if in_step():
        return Finding("Packages", f"complete in {OURS}, as in requirements.lock")
    state = "half installed or out of date" if OURS.exists() else "not installed yet"
    return Finding("Packages", f"{state} in {OURS}", "./course lab")


def _server(name: str) -> Finding:
    title, trouble = programs.TITLES[name], why_not(name)
    if trouble:
        return Finding(title, trouble, remedy(name))
    program = programs.find(name)
    return Finding(title, f"{program.version}, {program.path}")


def _temporary_directory() -> Finding:
    what = "Room for data"
    try:
        place = Path(tempfile.gettempdir())
        with tempfile.TemporaryFile(dir=place) as file:
            file.write(b"x")
    except OSError as error:
        return Finding(what, f"no temporary directory: {error.strerror}", "export TMPDIR=$HOME")
    free = shutil.disk_usage(place).free
    if free < 300e6:
        return Finding(what, f"only {free / 1e6:.0f} MB free in {place}", "export TMPDIR=$HOME")
    return Finding(what, f"{free / 1e9:.1f} GB free in {place}")
