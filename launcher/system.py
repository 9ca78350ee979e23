"""The servers, Python's own missing parts and the tests' browser: what is there, and installing the rest.

With Homebrew where it is; on Debian and Ubuntu with apt, through install_packages.sh (no daemon starts).
"""

from __future__ import annotations

import grp
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

from launcher.environment import OURS, active, can_make_environments
from launcher.steps import ROOT, StepFailed, read, run, say

__all__ = ["browser", "install_browser", "install_missing", "programs", "remedy", "why_not"]

_APT = {"memcached": "memcached", "redis": "redis-server", "rabbitmq": "rabbitmq-server"}
_SCRIPT = ("sh", "launcher/install_packages.sh")
_CHROMES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
_DOWNLOADED = (
    ".cache/ms-playwright/chromium-*/chrome-linux*/chrome",
    "Library/Caches/ms-playwright/chromium-*/chrome-mac*/*.app/Contents/MacOS/*",
)
_CONDA = "conda env create -f environment.yml && conda activate art-of-waiting"


def _load_programs() -> ModuleType:
    # By its path: the package around it needs libraries that are not installed yet.
    path = ROOT / "helpers/services/programs.py"
    spec = importlib.util.spec_from_file_location("programs", path)
    assert spec and spec.loader
    module = sys.modules["programs"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


programs = _load_programs()
"""helpers/services/programs.py: it finds the servers of this machine."""


def why_not(name: str) -> str:
    """Why the server cannot be used: "missing" or "too old"; "" if it can."""
    program = programs.find(name)
    if program is None:
        return "missing"
    return f"{program.version} is too old, {program.oldest} is needed" if program.too_old else ""


def remedy(name: str) -> str:
    """The one command that gets the server onto this machine."""
    if programs.find(name):
        # The package manager's was too old.
        return _CONDA
    answer: str = programs.remedy(name)
    if answer == "./course lab" and _as_root() is None:
        # Typed by hand, apt-get itself would start daemons that listen to the whole network.
        return _for_an_administrator()
    return answer


def install_missing(with_browser: bool = False) -> None:
    """Install the servers that are missing (and, for the tests, a browser); says so first, never raises.

    What cannot be installed gets one line that says what to type: everything else works without it.
    """
    missing = [name for name in programs.NAMES if programs.find(name) is None]
    titles = [programs.TITLES[name] for name in missing]
    if shutil.which("brew"):
        if missing:
            packages = [_APT[name].removesuffix("-server") for name in missing]
            _install(titles, "Homebrew", ["brew", "install", "--quiet", *packages])
    elif shutil.which("apt-get"):
        packages = [_APT[name] for name in missing]
        if not can_make_environments() and active() is None and not OURS.exists():
            titles.append("Python's venv module")
            packages.append(f"python3.{sys.version_info.minor}-venv")
        if with_browser and browser() is None and _debian():
            titles.append("Chromium")
            packages += ["chromium", "fonts-liberation"]
        _apt(titles, packages)
    _say_what_is_still_missing()


def install_browser(python: Path) -> None:
    """Where no Chrome or Chromium came from the system, let the Playwright package fetch one."""
    if browser() is None:
        dependencies = ["--with-deps"] if sys.platform == "linux" and _as_root() is not None else []
        try:
            run(
                "Fetching a Chromium for the browser tests",
                [python, "-m", "playwright", "install", *dependencies, "chromium"],
            )
        except StepFailed as failed:
            say(f"{failed}\nThe browser tests need Chrome or Chromium. Install one, then type: ./course test")


def browser() -> Path | None:
    """The Chrome or Chromium that the browser tests drive."""
    for name in ("chromium", "google-chrome", "google-chrome-stable"):
        found = shutil.which(name)
        # A snap's Chromium sees neither the temporary directory nor hidden folders.
        if found and not Path(found).resolve().name.startswith("snap"):
            return Path(found)
    downloaded = (path for pattern in _DOWNLOADED for path in sorted(Path.home().glob(pattern), reverse=True))
    return next((path for path in (*map(Path, _CHROMES), *downloaded) if os.access(path, os.X_OK)), None)


def _apt(titles: list[str], packages: list[str]) -> None:
    rights = _as_root()
    if packages and rights is not None:
        how = "apt-get" if not rights else "sudo apt-get"
        _install(titles, f"{how} (no daemon is started or enabled)", [*rights, *_SCRIPT, *packages])


def _install(titles: list[str], how: str, command: list[str]) -> None:
    try:
        run(f"Installing {_listed(titles)} with {how}", command)
    except StepFailed as failed:
        say(f"{failed}\n{_advice(failed.output)}")


def _advice(output: str) -> str:
    if "lock" in output:
        return "Another program is installing software right now: wait until it is done."
    if any(word in output for word in ("resolving", "connect", "Unable to locate", "installation candidate")):
        return "The package servers do not answer. Is there a network?"
    if "No space left" in output or "enough free space" in output:
        return "The disk is full: make room (1 GB)."
    return "Going on without."


def _say_what_is_still_missing() -> None:
    by_remedy: dict[str, list[str]] = {}
    for name in programs.NAMES:
        if why_not(name):
            by_remedy.setdefault(remedy(name), []).append(f"{programs.TITLES[name]} ({why_not(name)})")
    for command, servers in by_remedy.items():
        types = "an administrator types" if "install_packages.sh" in command else "type"
        say(f"Without {_listed(servers)}: only cells that need it stop. To get it, {types}: {command}")


def _for_an_administrator() -> str:
    missing = [_APT[name] for name in programs.NAMES if programs.find(name) is None]
    command = " ".join([*_SCRIPT, *missing])
    return f"sudo {command}" if shutil.which("sudo") else f"su -c '{command}'"


def _as_root() -> list[str] | None:
    """What to put before a command so that root runs it: [], sudo, or None where this account may not."""
    if os.geteuid() == 0:
        return []
    if not shutil.which("sudo"):
        return None
    silent = subprocess.run(["sudo", "-n", "true"], stdin=subprocess.DEVNULL, capture_output=True)
    if silent.returncode == 0:
        return ["sudo", "-n"]
    groups = {entry.gr_name for entry in grp.getgrall() if entry.gr_gid in os.getgroups()}
    # Nobody is asked for a password that would be refused.
    return ["sudo"] if sys.stdin.isatty() and groups & {"sudo", "wheel", "admin"} else None


def _debian() -> bool:
    """Ubuntu's package `chromium` is an empty one that fetches a snap."""
    return "ubuntu" not in read(Path("/etc/os-release")).lower()


def _listed(words: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
